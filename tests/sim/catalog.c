#include <string.h>
#include <unistd.h>

#include "sim.h"

enum { ATTEMPTS = 6 };

void catalog_keep(struct sim *sim)
{
	/*
	 * Links are in the catalog: with one that knows of cut ones a rebuild asks no node behind them, and finds all
	 * in order.
	 */
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists && (sim->nodes[i].cut || sim->nodes[i].strange_link))
			return;
	note(sim, "a copy of the catalog is put aside");
	shell(sim, "rm -rf old && mkdir old && cp store/catalog.db* old");
	sim->has_old_catalog = true;
	sim->old_journal = sim->look->journal;
}

/*
 * Each acknowledged commit is in the journals of so many nodes that one that is whole must be among those here; what
 * had fewer copies asked for, or was not acknowledged, may be in fewer.
 */
static bool has_journals(const struct sim *sim, int without)
{
	unsigned missing = 0;
	bool has_sparse = sim->sparse_record == 0;
	for (int i = 1; i < WORLD_NODES; i++) {
		if (!sim->nodes[i].exists)
			continue;
		if (i == without || sim->nodes[i].journal_damaged || sim->nodes[i].place != PLACE_HERE ||
			world.disks[i].bad_reads)
			missing++;
		else
			has_sparse = has_sparse || look_last_record(sim, i) >= sim->sparse_record;
	}
	return missing < sim->settings.least_copies && has_sparse;
}

/* A rebuild cannot know which store is meant, and refuses. */
static bool has_foreign(const struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists && sim->nodes[i].place == PLACE_FOREIGN)
			return true;
	return false;
}

/* With an older catalog than its nodes know, or none, a store takes nothing in. */
static void expect_refusal(struct sim *sim, const char *path)
{
	struct error error;
	const struct put_options options = {.name = "late"};
	if (drive_try_open(sim, &error) < 0) {
		note(sim, "  it does not open: %d", error.code);
		return;
	}
	store_probe_nodes(sim->stores[0]);
	if (store_put(sim->stores[0], &path, 1, &options, &error) == 0)
		violation(sim, "something was stored with a catalog that is older than the nodes");
	note(sim, "  a put is refused: %s", error_code_name(error.code));
	store_close(sim->stores[0]);
	sim->stores[0] = NULL;
}

static int rebuild(struct sim *sim, void *context, struct error *error)
{
	struct rebuild_result *result = context;
	const struct rebuild_options options = {0};
	return store_rebuild_in(world_env(), sim->config, &options, result, error);
}

static bool reads_badly(void)
{
	for (int i = 1; i < WORLD_NODES; i++)
		if (world.disks[i].bad_reads)
			return true;
	return false;
}

/* A node that cannot be read as a whole may keep a rebuild from being made; once it is well, it is made. */
static void rebuild_until_done(struct sim *sim)
{
	struct rebuild_result result;
	struct error error;
	bool killed = true, tried = false;
	for (int i = 0; i < ATTEMPTS && killed && sim->apart_percent > 0 && percent(sim, 30); i++) {
		killed = drive_in_doomed_process(sim, rebuild, &result);
		tried = true;
		count_many(COUNT_FAULT_KILLED_REBUILD, killed);
	}
	int done = rebuild(sim, &result, &error);
	if (done < 0 && error.code != ERROR_REFUSED && reads_badly()) {
		note(sim, "  %s", error.message);
		fault_disks_well(sim);
		done = rebuild(sim, &result, &error);
	}
	if (done == 0)
		note(sim, "  rebuilt up to %llu: %llu versions, %llu copies, %llu chunks missing",
			(unsigned long long)result.sequence, (unsigned long long)result.versions,
			(unsigned long long)result.copies, (unsigned long long)result.chunks_missing);
	else if (error.code != ERROR_REFUSED || !tried)
		violation(sim, "the catalog cannot be rebuilt: %s", error.message);
	else
		note(sim, "  %s", error.message);
	count(COUNT_REBUILDS);
}

bool catalog_may_be_lost(const struct sim *sim, int without)
{
	return has_journals(sim, without) && !has_foreign(sim);
}

void catalog_regrow(struct sim *sim)
{
	rebuild_until_done(sim);
	sim->rebuilt = true;
	net_mend_all(sim);
	drive_open(sim);
	node_repeat_orders(sim);
}

void catalog_lose(struct sim *sim)
{
	bool old = sim->has_old_catalog && sim->look->journal > sim->old_journal && percent(sim, 75);
	if (!catalog_may_be_lost(sim, 0))
		return;
	note(sim, "the catalog is %s", old ? "an old copy of it" : "lost");
	count(old ? COUNT_FAULT_CATALOG_OLD : COUNT_FAULT_CATALOG_LOST);
	drive_close(sim);
	shell(sim, "rm store/catalog.db*");
	if (old)
		shell(sim, "cp old/* store");
	if (old || percent(sim, 30))
		expect_refusal(sim, sim->config);
	catalog_regrow(sim);
}

/* A chunk of which the node has a good copy, but an empty one; NOTHING. */
static int draw_held(struct sim *sim, int node)
{
	int found[LOOK_CHUNKS], count = 0;
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (chunk->needs && chunk->size && chunk->good & chunk->catalogued & 1U << node)
			found[count++] = i;
	}
	return count ? found[draw(sim, (uint64_t)count)] : NOTHING;
}

/* The only good copy of a chunk is on a node that is away while the catalog regrows; the others rotted unseen. */
void catalog_lose_apart(struct sim *sim)
{
	int node = node_draw(sim, node_is_fit);
	if (!node || drive_is_busy(sim) || !catalog_may_be_lost(sim, node))
		return;
	int at = draw_held(sim, node);
	if (at == NOTHING)
		return;
	const struct digest digest = sim->look->chunks[at].digest;
	plant_decoys(sim, node, &digest);
	note(sim, "the folder of node-%d is gone", node);
	fault_take_away(sim, node);
	count(COUNT_FAULT_AWAY);
	catalog_lose(sim);
	if (percent(sim, 50))
		return;
	settle_as_it_was(sim);
	check_all(sim);
	note(sim, "the folder of node-%d is back", node);
	fault_bring_back(sim, node);
}
