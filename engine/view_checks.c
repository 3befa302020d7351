/*
 * view_checks.c: the reasons for the store's health, in words, each with what to do about it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"
#include "engine/view_private.h"

enum { DETAILS_MAX = 5 };

static struct view_check *add_check(
	struct camera *camera, enum check_code code, uint64_t count, const char *summary, const char *advice)
{
	assert(camera->check_count < CHECK_CODES);
	struct view_check *check = &camera->checks[camera->check_count++];
	*check = (struct view_check){
		.code = code,
		.severity = health_severity(code),
		.count = count,
		.summary = summary,
		.advice = advice,
	};
	return check;
}

/* A list of texts that grows up to DETAILS_MAX. */
struct details {
	struct arena *arena;
	const char **texts;
	size_t count;
};

static int add_file_detail(void *context, const char *name, uint64_t version, struct error *error)
{
	(void)error;
	struct details *details = context;
	const char *text =
		arena_format(details->arena, "%s (version %llu)", name, (unsigned long long)version);
	for (size_t i = 0; i < details->count; i++)
		if (strcmp(details->texts[i], text) == 0)
			return 0;
	if (details->texts && details->count < DETAILS_MAX)
		details->texts[details->count++] = text;
	return 0;
}

/* Names files that a check is about. That the catalog cannot be asked does not make the check less true. */
static void add_file_details(struct camera *camera, struct view_check *check)
{
	struct details details = {camera->arena, arena_alloc(camera->arena, DETAILS_MAX * sizeof(char *)), 0};
	struct error ignored;
	if (check->code == CHECK_CHUNKS_CORRUPT) {
		if (catalog_sample_files(
			    camera->store->reader, 0, DETAILS_MAX, add_file_detail, &details, &ignored) < 0)
			details.count = 0;
	} else {
		for (int i = 0; i < HEALTH_SAMPLES && details.count < DETAILS_MAX; i++) {
			int64_t copyset = camera->tally.samples[check->code][i];
			if (copyset && catalog_sample_files(camera->store->reader, copyset, DETAILS_MAX,
					       add_file_detail, &details, &ignored) < 0)
				break;
		}
	}
	check->details = details.texts;
	check->detail_count = details.count;
}

static const char *chunks_have(uint64_t count)
{
	return count == 1 ? "chunk has" : "chunks have";
}

static void check_chunks(struct camera *camera)
{
	const struct view_chunks *chunks = &camera->view->chunks;
	const char *missing = "repair makes the copies by itself while 'linckia daemon' or the console runs; "
			      "bringing back the nodes that are away saves it the work";
	if (camera->tally.wanting)
		missing = "more copies are wanted than there are nodes: 'linckia node add' adds one, "
			  "'linckia set-rf' changes how many are wanted";
	const struct {
		enum check_code code;
		uint64_t count;
		const char *sentence, *advice;
	} rows[] = {
		{CHECK_CHUNKS_LOST, chunks->lost, "no good copy left on any node",
			"if a disk with copies still exists, bring it back; otherwise store these files "
			"again from their source"},
		{CHECK_CHUNKS_UNAVAILABLE, chunks->unavailable, "copies only on nodes that do not answer",
			"bring back the nodes named below"},
		{CHECK_CHUNKS_LAST_COPY, chunks->last_copy, "only one live copy",
			"repair copies these first; if it cannot, see its reason, and bring back the nodes "
			"that are away before another one fails"},
		{CHECK_CHUNKS_UNDER_REPLICATED, chunks->under_replicated, "fewer live copies than wanted",
			missing},
		{CHECK_CHUNKS_CORRUPT, chunks->corrupt, "a bad copy in quarantine, or missing from a node",
			"repair replaces the bad copies; check the disks of the nodes that the events name"},
		{CHECK_CHUNKS_MISPLACED, chunks->misplaced,
			"two copies in one zone while another zone has room",
			"repair moves them by itself while 'linckia daemon' or the console runs"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].count == 0)
			continue;
		struct view_check *check = add_check(camera, rows[i].code, rows[i].count,
			arena_format(camera->arena, "%llu %s %s", (unsigned long long)rows[i].count,
				chunks_have(rows[i].count), rows[i].sentence),
			rows[i].advice);
		add_file_details(camera, check);
	}
}

static void check_writes(struct camera *camera)
{
	unsigned takers = 0, least = camera->view->min_replicas;
	for (size_t i = 0; i < camera->node_count; i++)
		takers += camera->facts[i].writable;
	if (takers >= least)
		return;
	add_check(camera, CHECK_WRITES_REFUSED, takers,
		arena_format(camera->arena,
			"nothing can be stored: %u nodes take chunks, at least %u must (min_replicas)",
			takers, least),
		"bring nodes back, or make room on them");
}

/* What each node check is about. */
static bool node_matches(const struct camera *camera, size_t i, enum check_code code)
{
	const struct view_node *node = &camera->nodes[i];
	double ratio = node->capacity_bytes ? (double)node->used_bytes / (double)node->capacity_bytes : 1;
	bool readable = camera->facts[i].readable;
	switch (code) {
	case CHECK_NODE_DOWN:
		return node->state == NODE_DOWN;
	case CHECK_NODE_ABSENT:
		return node->state == NODE_ABSENT;
	case CHECK_NODE_SLOW:
		return node->state == NODE_SLOW;
	case CHECK_NODE_READ_ONLY:
		return node->state == NODE_READ_ONLY;
	case CHECK_NODE_FULL:
		return readable && ratio >= NODE_FULL_RATIO;
	case CHECK_NODE_NEAR_FULL:
		return readable && ratio >= NODE_NEAR_FULL_RATIO && ratio < NODE_FULL_RATIO;
	default:
		return false;
	}
}

static void check_nodes(struct camera *camera)
{
	static const struct {
		enum check_code code;
		const char *one, *many, *advice;
	} rows[] = {
		{CHECK_NODE_DOWN, "node is down", "nodes are down",
			"'linckia node recover NAME' ends an operator's failure; for an input/output error, "
			"check the disk; for one that is cut off or timed out in a rehearsal, see 'linckia "
			"net show'"},
		{CHECK_NODE_ABSENT, "node is absent", "nodes are absent",
			"mount or plug in the disk at the node's path, or correct the path in the config; "
			"'linckia init' makes folders that were lost; a node that is gone for good goes with "
			"'linckia node rm NAME'"},
		{CHECK_NODE_SLOW, "node is slow", "nodes are slow", "check the disk, and what else uses it"},
		{CHECK_NODE_NEAR_FULL, "node is nearly full", "nodes are nearly full",
			"add a node, raise the capacity, or remove files, which take room for as long as "
			"history keeps them: 'linckia gc --dry-run --keep-for 7d' tells what less of it "
			"would free"},
		{CHECK_NODE_FULL, "node is full", "nodes are full",
			"add a node, raise the capacity, or remove files, which take room for as long as "
			"history keeps them: 'linckia gc --dry-run --keep-for 7d' tells what less of it "
			"would free"},
		{CHECK_NODE_READ_ONLY, "node is read-only", "nodes are read-only",
			"check the disk and how it is mounted, and who may write there"},
	};
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		const char **details = arena_alloc(camera->arena, DETAILS_MAX * sizeof(char *));
		size_t count = 0, detail_count = 0;
		for (size_t i = 0; i < camera->node_count; i++) {
			if (!node_matches(camera, i, rows[r].code))
				continue;
			const struct view_node *node = &camera->nodes[i];
			if (details && detail_count < DETAILS_MAX)
				details[detail_count++] = node->cause[0]
								  ? arena_format(camera->arena, "%s: %s",
									    node->name, node->cause)
								  : node->name;
			count++;
		}
		if (count == 0)
			continue;
		struct view_check *check = add_check(camera, rows[r].code, count,
			arena_format(camera->arena, "%zu %s: %s%s", count,
				count == 1 ? rows[r].one : rows[r].many, detail_count ? details[0] : "",
				count > 1 ? ", …" : ""),
			rows[r].advice);
		check->details = details;
		check->detail_count = detail_count;
	}
}

static int by_ends(const void *a, const void *b)
{
	const struct view_link *first = a, *second = b;
	int order = (first->from > second->from) - (first->from < second->from);
	return order ? order : (first->to > second->to) - (first->to < second->to);
}

static bool is_cut(const struct view *view, int from, int to)
{
	const struct view_link wanted = {.from = from, .to = to};
	const struct view_link *link =
		bsearch(&wanted, view->links, view->link_count, sizeof(wanted), by_ends);
	return link && link->cut;
}

static const char *end_name(const struct camera *camera, int end)
{
	return end == LINK_CLIENT ? LINK_CLIENT_NAME : camera->nodes[end].name;
}

/* A link that is cut both ways is one. */
static void check_links(struct camera *camera)
{
	const struct view *view = camera->view;
	const char **details = arena_alloc(camera->arena, DETAILS_MAX * sizeof(char *));
	size_t count = 0, detail_count = 0;
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		bool both = link->cut && is_cut(view, link->to, link->from);
		if (!link->cut || (both && link->from > link->to))
			continue;
		count++;
		if (details && detail_count < DETAILS_MAX)
			details[detail_count++] = arena_format(camera->arena, both ? "%s and %s" : "%s to %s",
				end_name(camera, link->from), end_name(camera, link->to));
	}
	if (count == 0)
		return;
	struct view_check *check = add_check(camera, CHECK_LINK_CUT, count,
		arena_format(camera->arena, "%zu %s cut: %s%s", count, count == 1 ? "link is" : "links are",
			detail_count ? details[0] : "", count > 1 ? ", …" : ""),
		"'linckia net heal' makes the whole simulated network perfect again, 'linckia net set A B "
		"cut=false' one link");
	check->details = details;
	check->detail_count = detail_count;
}

/* What the process that maintains the store cannot do, or is behind with. */
static void check_maintenance(struct camera *camera)
{
	const struct view *view = camera->view;
	if (view->repair.state == REPAIR_BLOCKED)
		add_check(camera, CHECK_REPAIR_BLOCKED, view->repair.queued,
			arena_format(camera->arena, "repair is blocked: %s", view->repair.reason),
			"it goes on by itself once the reason is gone");
	struct store_settings settings;
	store_get_settings(camera->store, &settings);
	int64_t age_ms = view->time_ms - camera->oldest_verified_ms;
	if (settings.scrub_interval_ms == 0 || view->chunks.total == 0 ||
		age_ms <= settings.scrub_interval_ms)
		return;
	char age[32];
	text_duration(age, sizeof(age), age_ms);
	add_check(camera, CHECK_SCRUB_OVERDUE, 1,
		camera->oldest_verified_ms > 0
			? arena_format(camera->arena, "some copies were last verified %s ago", age)
			: "some copies were never verified",
		"a scrub begins by itself while 'linckia daemon' or the console runs; 'linckia scrub' does "
		"one now");
}

/* What the journals on the nodes say about the catalog, and it about them. */
static void check_journals(struct camera *camera)
{
	struct error why;
	struct node *behind[STORE_NODES_MAX];
	if (journal_check(camera->store, &why) < 0) {
		add_check(camera, CHECK_CATALOG_DAMAGED, 1, arena_text(camera->arena, why.message),
			"stop everything that uses the store, bring back nodes that are away, and run "
			"'linckia rebuild'");
		return;
	}
	size_t count = journal_find_behind(camera->store, behind);
	if (count == 0)
		return;
	struct view_check *check = add_check(camera, CHECK_JOURNAL_BEHIND, count,
		arena_format(camera->arena, "%zu %s not have the catalog's latest records: %s%s", count,
			count == 1 ? "node does" : "nodes do", behind[0]->name, count > 1 ? ", …" : ""),
		"a node is caught up by itself while 'linckia daemon' or the console runs, and by 'linckia "
		"repair'");
	const char **details = arena_alloc(camera->arena, DETAILS_MAX * sizeof(char *));
	check->details = details;
	for (size_t i = 0; details && i < count && i < DETAILS_MAX; i++)
		details[check->detail_count++] = behind[i]->name;
}

static int by_severity(const void *a, const void *b)
{
	const struct view_check *first = a, *second = b;
	if (first->severity != second->severity)
		return (int)second->severity - (int)first->severity;
	return (int)first->code - (int)second->code;
}

void view_judge(struct camera *camera)
{
	check_chunks(camera);
	check_writes(camera);
	check_nodes(camera);
	check_links(camera);
	check_maintenance(camera);
	check_journals(camera);
	qsort(camera->checks, camera->check_count, sizeof(*camera->checks), by_severity);
	camera->view->checks = camera->checks;
	camera->view->check_count = camera->check_count;
	camera->view->health = camera->check_count ? camera->checks[0].severity : HEALTH_HEALTHY;
}
