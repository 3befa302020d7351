#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/watch.h"
#include "sim.h"

enum { CALM_MS = 30000, STRIKE_MS = 30000, REPAIRED_MS = 3600 * 1000 };

static unsigned many(unsigned mask)
{
	return (unsigned)__builtin_popcount(mask);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned mask_of(const struct sim *sim, node_fits *fits)
{
	unsigned mask = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		mask |= sim->nodes[i].exists && fits(sim, i) ? 1U << i : 0;
	return mask;
}

/* A name that a chunk belongs to, for messages. */
static const char *name_of(const struct look *look, int chunk)
{
	for (int i = 0; i < look->version_count; i++)
		for (int e = 0; e < look->versions[i].extents; e++)
			if (look->extents[look->versions[i].first_extent + e].chunk == chunk)
				return model_names[look->versions[i].name];
	return "(nobody)";
}

/* ---- what faults have destroyed ---- */

static bool is_among(const struct digest *list, size_t count, const struct digest *digest)
{
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&list[i], digest))
			return true;
	return false;
}

bool check_is_doomed(const struct sim *sim, const struct digest *digest)
{
	return is_among(sim->doomed, sim->doomed_count, digest);
}

/* Its good copies do not count, but will, for they are there. */
static bool is_unclaimed(const struct sim *sim, const struct seen_chunk *chunk)
{
	return is_among(sim->unclaimed, sim->unclaimed_count, &chunk->digest) && look_for_files(sim, chunk);
}

bool check_holds_unclaimed(const struct sim *sim, int node)
{
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (is_among(sim->unclaimed, sim->unclaimed_count, &chunk->digest) &&
			!(chunk->good & chunk->catalogued) && look_for_files(sim, chunk) & 1U << node)
			return true;
	}
	return false;
}

static bool is_destroyed(const struct sim *sim, const struct seen_chunk *chunk)
{
	return chunk->needs && !(chunk->good & chunk->catalogued) && !check_is_doomed(sim, &chunk->digest) &&
	       !is_unclaimed(sim, chunk);
}

static void note_doomed(struct sim *sim, const struct seen_chunk *chunk)
{
	if (sim->doomed_count == sizeof(sim->doomed) / sizeof(*sim->doomed))
		violation(sim, "the simulation destroys more than it can remember");
	sim->doomed[sim->doomed_count++] = chunk->digest;
	count(COUNT_DOOMED);
}

void check_note_doomed(struct sim *sim)
{
	struct look *swap = sim->before;
	sim->before = sim->look;
	sim->look = swap;
	look_take(sim, sim->look);
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (!is_destroyed(sim, chunk))
			continue;
		if (!sim->harsh)
			violation(sim, "the simulation itself destroyed a chunk of '%s'",
				name_of(sim->look, i));
		note_doomed(sim, chunk);
	}
}

static bool is_risky(const struct sim *sim, const struct digest *digest)
{
	for (size_t i = 0; i < sim->risky_count; i++)
		if (digest_equal(&sim->risky[i], digest))
			return true;
	return false;
}

static void note_risky(struct sim *sim)
{
	for (int which = 0; which < 2; which++)
		for (size_t i = 0; sim->maintainers[which] && i < sim->maintainers[which]->task_count; i++) {
			const struct digest *digest = &sim->maintainers[which]->tasks[i]->chunk.digest;
			if (!is_risky(sim, digest) &&
				sim->risky_count < sizeof(sim->risky) / sizeof(*sim->risky))
				sim->risky[sim->risky_count++] = *digest;
		}
}

bool check_may_strike(struct sim *sim)
{
	if (!drive_is_busy(sim))
		return true;
	if (sim->harsh) {
		note_risky(sim);
		return true;
	}
	drive_pass(sim, STRIKE_MS);
	settle_as_it_was(sim);
	check_all(sim);
	return !drive_is_busy(sim);
}

bool check_may_lose(struct sim *sim, int node, const struct digest *only)
{
	unsigned weak = 1U << node;
	if (sim->harsh)
		return true;
	for (int i = 1; i < WORLD_NODES; i++)
		weak |= world.disks[i].bad_reads ? 1U << i : 0;
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		bool concerned = !only || digest_equal(only, &chunk->digest);
		if (concerned && chunk->needs && !(chunk->good & chunk->catalogued & ~weak))
			return false;
	}
	return true;
}

/* A rebuild knows nothing of what is on nodes that are away, and what it finds in its place may be bad. */
static void note_unclaimed(struct sim *sim)
{
	unsigned away = mask_of(sim, node_any) & ~mask_of(sim, node_is_there);
	for (int i = 0; sim->rebuilt && i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (!is_destroyed(sim, chunk) || !(look_for_files(sim, chunk) & away))
			continue;
		if (sim->unclaimed_count == sizeof(sim->unclaimed) / sizeof(*sim->unclaimed))
			violation(sim, "the simulation has more unclaimed chunks than it can remember");
		sim->unclaimed[sim->unclaimed_count++] = chunk->digest;
		count(COUNT_UNCLAIMED);
	}
}

/* ---- invariants 1 and 4 ---- */

static void check_copies_are_left(struct sim *sim)
{
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		char hex[DIGEST_HEX_SIZE];
		if (!is_destroyed(sim, chunk))
			continue;
		violation(sim,
			"no good copy of chunk %.12s of '%s' is left; good files on %x, catalogued on %x",
			digest_hex(&chunk->digest, hex), name_of(sim->look, i), chunk->good,
			chunk->catalogued);
	}
}

/* A good copy goes only while as many as are wanted stay; what cannot be read now may go too. */
static void check_removals(struct sim *sim)
{
	unsigned there = mask_of(sim, node_is_there), exist = mask_of(sim, node_any), unreadable = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		unreadable |= world.disks[i].bad_reads ? 1U << i : 0;
	for (int i = 0; i < sim->look->chunk_count && !sim->rebuilt; i++) {
		const struct seen_chunk *now = &sim->look->chunks[i];
		if (is_risky(sim, &now->digest))
			continue;
		int at = now->needs ? look_find(sim->before, &now->digest) : NOTHING;
		if (at == NOTHING)
			continue;
		const struct seen_chunk *was = &sim->before->chunks[at];
		unsigned kept = now->good & now->catalogued;
		unsigned gone = was->good & was->catalogued & ~kept & exist & ~unreadable;
		unsigned want = was->want < now->want ? was->want : now->want;
		if (gone && many(kept & there) < want)
			violation(sim,
				"good copies on %x of a chunk of '%s' were given up, though only those on %x "
				"are left and %u are wanted",
				gone, name_of(sim->look, i), kept & there, want);
	}
}

/* A copy that begins to count is good, whoever made it and whatever lay in its place (invariants 1 and 3). */
static void check_additions(struct sim *sim)
{
	unsigned exist = mask_of(sim, node_any);
	for (int i = 0; i < sim->look->chunk_count && !sim->rebuilt; i++) {
		const struct seen_chunk *now = &sim->look->chunks[i];
		int at = look_find(sim->before, &now->digest);
		unsigned was = at == NOTHING ? 0 : sim->before->chunks[at].catalogued;
		unsigned bad = now->catalogued & ~was & ~now->good & exist;
		if (bad && !is_risky(sim, &now->digest))
			violation(sim, "copies on %x of a chunk of '%s' count now, and are not good", bad,
				name_of(sim->look, i));
	}
}

/* Who does not change names adds copies of chunks that are there already, or takes them away: maintenance. */
static void count_copies(const struct sim *sim)
{
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *now = &sim->look->chunks[i];
		int at = now->needs ? look_find(sim->before, &now->digest) : NOTHING;
		if (at == NOTHING)
			continue;
		const struct seen_chunk *was = &sim->before->chunks[at];
		count_many(COUNT_COPIES_MADE, many(now->catalogued & ~was->catalogued));
		count_many(COUNT_COPIES_TRIMMED,
			many(was->catalogued & was->good & ~now->catalogued & ~now->good));
	}
}

static bool was_bad(const struct look *look, const struct seen_bad *bad)
{
	for (int i = 0; i < look->quarantine_count; i++)
		if (look->quarantine[i].node == bad->node &&
			digest_equal(&look->quarantine[i].digest, &bad->digest))
			return true;
	return false;
}

/* What is in quarantine stays while its chunk is short of copies on nodes that answer. */
static void check_quarantine(struct sim *sim)
{
	unsigned here = 0, counted = node_mask_counted(sim);
	for (int i = 1; i < WORLD_NODES; i++)
		here |= sim->nodes[i].exists && sim->nodes[i].place == PLACE_HERE ? 1U << i : 0;
	for (int i = 0; i < sim->before->quarantine_count && !sim->rebuilt; i++) {
		const struct seen_bad *bad = &sim->before->quarantine[i];
		int at = look_find(sim->look, &bad->digest);
		if (at == NOTHING || !(here & 1U << bad->node) || was_bad(sim->look, bad))
			continue;
		const struct seen_chunk *chunk = &sim->look->chunks[at];
		int before = look_find(sim->before, &bad->digest);
		const struct seen_chunk *was = before == NOTHING ? NULL : &sim->before->chunks[before];
		/* Where it had all, one may have been found bad after the collection. */
		bool was_short = !was || many(was->catalogued & counted) < was->want;
		if (chunk->needs && was_short && many(chunk->catalogued & counted) < chunk->want)
			violation(sim, "node-%d: a bad copy was deleted while its chunk is short of copies",
				bad->node);
	}
}

/* A file that no catalog knows may be all that is left of something: it goes only while all nodes are there. */
static void check_planted(struct sim *sim)
{
	int absent = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists && !node_is_there(sim, i) &&
			sim->checked_ms - sim->nodes[i].changed_ms > NOTICED_MS)
			absent = i;
	for (int i = 0; i < PLANTED; i++) {
		struct planted *planted = &sim->planted[i];
		if (!planted->node || look_is_file(sim, planted->node, &planted->digest))
			continue;
		if (absent)
			violation(sim,
				"a file that no catalog knows was removed from node-%d while node-%d is away",
				planted->node, absent);
		planted->node = 0;
		count(COUNT_PLANTED_COLLECTED);
	}
}

static void check_wants(struct sim *sim)
{
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (chunk->needs > chunk->want)
			violation(sim, "a chunk of '%s' has %u copies to get instead of %u",
				name_of(sim->look, i), chunk->want, chunk->needs);
	}
}

/* ---- invariant 5 ---- */

/* What stands in the place of a node holds what it held when it was put there. */
static void check_strangers(struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++) {
		const struct sim_node *node = &sim->nodes[i];
		if (!node->exists || (node->place != PLACE_UNMOUNTED && node->place != PLACE_FOREIGN))
			continue;
		unsigned found = fault_count_stranger(sim, i);
		if (found != node->stranger_entries)
			violation(sim,
				"%u entries are in the place of node-%d, though no node is there, and %u "
				"were",
				found, i, node->stranger_entries);
	}
}

/* ---- the counts of status ---- */

static bool is_calm(const struct sim *sim)
{
	int64_t now_ms = world_now_ms();
	if (!sim->maintainers[0] || now_ms - sim->strange_ms < CALM_MS)
		return false;
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists &&
			((node_is_there(sim, i) && !node_is_well(sim, i)) || world.disks[i].percent ||
				now_ms - sim->nodes[i].changed_ms < CALM_MS))
			return false;
	return true;
}

static enum node_state expected_state(const struct sim *sim, int node)
{
	const struct sim_node *it = &sim->nodes[node];
	if (it->failed || it->cut)
		return NODE_DOWN;
	if (it->place != PLACE_HERE)
		return NODE_ABSENT;
	return it->draining ? NODE_DRAINING : NODE_UP;
}

static void check_states(struct sim *sim, const struct view *view)
{
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		int number = atoi(node->name + strlen("node-"));
		enum node_state expected = expected_state(sim, number);
		if (node->state != expected)
			violation(sim, "%s is %s (%s), but should be %s", node->name,
				node_state_name(node->state), node->cause, node_state_name(expected));
	}
	if (view->node_count != node_count_all(sim))
		violation(sim, "status shows %zu nodes, there are %u", view->node_count, node_count_all(sim));
}

static void expect_count(struct sim *sim, const char *what, uint64_t said, uint64_t counted)
{
	if (said != counted)
		violation(sim, "status says that %llu chunks are %s, but %llu are", (unsigned long long)said,
			what, (unsigned long long)counted);
}

static void check_counts(struct sim *sim, const struct view *view)
{
	struct view_chunks counted = {0};
	unsigned there = mask_of(sim, node_is_there);
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		unsigned live = many(chunk->catalogued & there);
		counted.full += live >= chunk->want;
		counted.excess += live > chunk->want;
		counted.under_replicated += live > 0 && live < chunk->want;
		counted.last_copy += live == 1 && chunk->want > 1;
		counted.unavailable += live == 0 && chunk->catalogued;
		counted.lost += !chunk->catalogued;
	}
	expect_count(sim, "there", view->chunks.total, (uint64_t)sim->look->chunk_count);
	expect_count(sim, "full", view->chunks.full, counted.full);
	expect_count(sim, "in excess", view->chunks.excess, counted.excess);
	expect_count(sim, "under-replicated", view->chunks.under_replicated, counted.under_replicated);
	expect_count(sim, "on their last copy", view->chunks.last_copy, counted.last_copy);
	expect_count(sim, "unavailable", view->chunks.unavailable, counted.unavailable);
	expect_count(sim, "lost", view->chunks.lost, counted.lost);
}

static void check_status(struct sim *sim)
{
	const struct view *view;
	struct error error;
	if (!is_calm(sim))
		return;
	if (view_take(sim->stores[0], 0, &view, &error) < 0)
		violation(sim, "no status can be had: %s", error.message);
	check_states(sim, view);
	check_counts(sim, view);
	view_unref(view);
	count(COUNT_HEALTH_COMPARED);
}

/* Whether for so long nothing has come between repair and its work. */
static bool has_had_time(const struct sim *sim)
{
	unsigned there = node_count_there(sim), all = node_count_all(sim);
	int64_t now_ms = world_now_ms();
	if (!is_calm(sim) || now_ms - sim->strange_ms < REPAIRED_MS ||
		(double)there < sim->settings.up_ratio * (double)all)
		return false;
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists &&
			(sim->nodes[i].capacity_kib || now_ms - sim->nodes[i].changed_ms < REPAIRED_MS))
			return false;
	return true;
}

/* What can be repaired is: nothing is short of copies now that was so in the same way an hour ago. */
static void check_repaired(struct sim *sim)
{
	unsigned there = mask_of(sim, node_is_there), takers = 0;
	if (world_now_ms() - sim->checked_ms < REPAIRED_MS || !has_had_time(sim))
		return;
	for (int i = 1; i < WORLD_NODES; i++)
		takers += node_is_there(sim, i) && !sim->nodes[i].draining;
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *now = &sim->look->chunks[i];
		int at = look_find(sim->before, &now->digest);
		const struct seen_chunk *was = at == NOTHING ? NULL : &sim->before->chunks[at];
		unsigned live = now->catalogued & there;
		if (was && was->catalogued == now->catalogued && was->want == now->want && now->good & live &&
			many(live) < least(now->want, takers))
			violation(sim, "a chunk of '%s' has copies on %x for an hour, and %u are wanted",
				name_of(sim->look, i), live, now->want);
	}
	count(COUNT_REPAIR_COMPARED);
}

void check_all(struct sim *sim)
{
	note_unclaimed(sim);
	check_copies_are_left(sim);
	check_removals(sim);
	check_additions(sim);
	count_copies(sim);
	check_quarantine(sim);
	check_wants(sim);
	check_strangers(sim);
	check_planted(sim);
	check_status(sim);
	check_repaired(sim);
	sim->rebuilt = false;
	sim->checked_ms = world_now_ms();
	sim->risky_count = drive_is_busy(sim) ? sim->risky_count : 0;
}

/* ---- in the end ---- */

static unsigned count_zones(const struct sim *sim, unsigned nodes)
{
	unsigned zones = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		zones |= nodes & 1U << i ? 1U << sim->nodes[i].zone : 0;
	return many(zones);
}

static void check_healed_chunk(struct sim *sim, int at, uint64_t *lost)
{
	const struct seen_chunk *chunk = &sim->look->chunks[at];
	unsigned all = mask_of(sim, node_any), copies = chunk->good & chunk->catalogued & all;
	if (check_is_doomed(sim, &chunk->digest) && !copies) {
		++*lost;
		return;
	}
	unsigned want = least(chunk->want, many(all)), zones = least(want, count_zones(sim, all));
	/* The next collection looks whether it is used again, and by whom. */
	bool lowered_later = chunk->unused && chunk->want > chunk->needs;
	if (chunk->want != chunk->needs && chunk->needs && !lowered_later)
		violation(sim, "a chunk of '%s' is to have %u copies, and its names want %u",
			name_of(sim->look, at), chunk->want, chunk->needs);
	if (copies != chunk->catalogued || many(copies) != want)
		violation(sim, "a chunk of '%s' has good copies on %x, catalogued ones on %x, and wants %u",
			name_of(sim->look, at), copies, chunk->catalogued, want);
	if (count_zones(sim, copies) < zones)
		violation(sim, "a chunk of '%s' is on %x, in %u zones instead of %u", name_of(sim->look, at),
			copies, count_zones(sim, copies), zones);
}

struct risks {
	struct sim *sim;
	bool seen[LOOK_VERSIONS];
};

/* A version is at risk that has a chunk which is lost, or that cannot have all its copies on so few nodes. */
static bool is_at_risk(const struct sim *sim, const struct seen_version *version)
{
	for (int e = 0; e < version->extents; e++) {
		const struct seen_chunk *chunk =
			&sim->look->chunks[sim->look->extents[version->first_extent + e].chunk];
		if (many(chunk->catalogued) < chunk->want)
			return true;
	}
	return false;
}

static void note_risk(void *context, const struct risk_file *file)
{
	struct risks *risks = context;
	struct sim *sim = risks->sim;
	int name = model_find(file->name);
	const struct seen_version *version =
		name == NOTHING ? NULL : look_version(sim->look, name, file->version);
	if (!version || !is_at_risk(sim, version))
		violation(sim, "'%s' version %llu is said to be at risk, and is not", file->name,
			(unsigned long long)file->version);
	risks->seen[version - sim->look->versions] = true;
}

static void check_risks(struct sim *sim)
{
	static struct risks risks;
	struct error error;
	memset(&risks, 0, sizeof(risks));
	risks.sim = sim;
	if (store_risk(sim->stores[0], NULL, 0, note_risk, &risks, &error) < 0)
		violation(sim, "what is at risk cannot be listed: %s", error.message);
	for (int i = 0; i < sim->look->version_count; i++)
		if (is_at_risk(sim, &sim->look->versions[i]) && !risks.seen[i])
			violation(sim, "'%s' is at risk, and is not said to be",
				model_names[sim->look->versions[i].name]);
}

static void check_health(struct sim *sim, uint64_t lost)
{
	const struct view *view;
	struct error error;
	if (view_take(sim->stores[0], 0, &view, &error) < 0)
		violation(sim, "no status can be had: %s", error.message);
	expect_count(sim, "lost", view->chunks.lost, lost);
	for (size_t i = 0; i < view->check_count; i++) {
		const struct view_check *check = &view->checks[i];
		bool too_few = node_count_all(sim) < 5 && check->code <= CHECK_CHUNKS_UNDER_REPLICATED &&
			       check->code >= CHECK_CHUNKS_LAST_COPY;
		if (too_few || (lost && check->code == CHECK_CHUNKS_LOST && check->count == lost))
			continue;
		if (too_few || (check->code == CHECK_REPAIR_BLOCKED && node_count_all(sim) < 5))
			continue;
		if ((lost || node_count_all(sim) < 5) && check->code == CHECK_CHUNKS_CORRUPT)
			continue; /* the bad copies of what is lost, or short of copies, stay where they are */
		violation(sim, "everything was mended, but status says %s: %s", check_code_name(check->code),
			check->summary);
	}
	view_unref(view);
}

void check_healed(struct sim *sim)
{
	uint64_t lost = 0;
	for (int i = 0; i < sim->look->chunk_count; i++)
		check_healed_chunk(sim, i, &lost);
	check_health(sim, lost);
	check_risks(sim);
}

void check_empty(struct sim *sim)
{
	if (sim->look->version_count || sim->look->chunk_count)
		violation(sim, "everything was removed and collected, but %d versions and %d chunks are left",
			sim->look->version_count, sim->look->chunk_count);
}

/* Only an empty folder can be removed. */
void check_no_files(struct sim *sim)
{
	char path[400];
	for (int i = 1; i < WORLD_NODES; i++) {
		if (!sim->nodes[i].exists)
			continue;
		fault_folder_of(sim, i, path, 320);
		size_t length = strlen(path);
		for (unsigned shard = 0; shard < 256; shard++) {
			snprintf(path + length, sizeof(path) - length, "/chunks/%02x", shard);
			if (rmdir(path) < 0 && errno != ENOENT)
				violation(sim, "everything was removed and collected, but %s is not empty",
					path);
		}
	}
}
