#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/rehearsal_private.h"

typedef int step_action(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error);
typedef int node_action(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error);

/* ---- links ---- */

/* All ends but `node`. */
static const char **other_ends(const struct rehearsal *rehearsal, const char *node, size_t *count)
{
	const struct store *store = rehearsal->store;
	const char **ends = calloc(store->node_count + 1, sizeof(*ends));
	*count = 0;
	if (!ends)
		return NULL;
	ends[(*count)++] = LINK_CLIENT_NAME;
	for (size_t i = 0; i < store->node_count; i++)
		if (strcmp(store->nodes[i].name, node) != 0 && store->nodes[i].id != 0)
			ends[(*count)++] = store->nodes[i].name;
	return ends;
}

/* The links between a node and everything else. */
static int set_links_of(
	struct rehearsal *rehearsal, const char *node, const struct link_change *change, struct error *error)
{
	size_t count;
	uint64_t changed;
	const char **ends = other_ends(rehearsal, node, &count);
	if (!ends)
		return error_set_errno(error, ENOMEM, "cannot set the links of '%s'", node);
	int result = store_set_links(rehearsal->store, &node, 1, ends, count, change, &changed, error);
	free(ends);
	return result;
}

static struct link_change change_of(const struct scenario_link *link)
{
	return (struct link_change){
		.set_latency = link->set_latency,
		.set_jitter = link->set_jitter,
		.set_bandwidth = link->set_bandwidth,
		.set_loss = link->set_loss,
		.to = {.latency_ms = link->latency_ms,
			.jitter_ms = link->jitter_ms,
			.bandwidth = link->bandwidth,
			.loss = link->loss},
		.one_way = link->one_way,
	};
}

int rehearsal_slow(
	struct rehearsal *rehearsal, const char *node, const struct scenario_link *link, struct error *error)
{
	struct link_change change = change_of(link);
	return set_links_of(rehearsal, node, &change, error);
}

int rehearsal_cut(struct rehearsal *rehearsal, const char *node, bool cut, struct error *error)
{
	const struct link_change change = {.set_cut = true, .to = {.cut = cut}};
	return set_links_of(rehearsal, node, &change, error);
}

static int set_links(struct rehearsal *rehearsal, const struct scenario_step *step,
	const struct link_change *change, struct error *error)
{
	uint64_t changed;
	return store_set_links(rehearsal->store, (const char *const *)step->names, step->name_count,
		(const char *const *)step->others, step->other_count, change, &changed, error);
}

static int do_link(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	struct link_change change = change_of(&step->link);
	return set_links(rehearsal, step, &change, error);
}

static int do_cut(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	const struct link_change change = {
		.set_cut = true, .to = {.cut = true}, .one_way = step->link.one_way};
	if (step->other_count)
		return set_links(rehearsal, step, &change, error);
	for (size_t i = 0; i < step->name_count; i++)
		if (rehearsal_cut(rehearsal, step->names[i], true, error) < 0)
			return -1;
	return 0;
}

static int do_partition(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	const char *const **groups = calloc(step->group_count, sizeof(*groups));
	size_t *counts = calloc(step->group_count, sizeof(*counts));
	int result = groups && counts ? 0 : error_set_errno(error, ENOMEM, "cannot cut the network");
	for (size_t i = 0; result == 0 && i < step->group_count; i++) {
		groups[i] = (const char *const *)step->groups[i].names;
		counts[i] = step->groups[i].count;
	}
	if (result == 0)
		result = store_partition(rehearsal->store, groups, counts, step->group_count, error);
	free(groups);
	free(counts);
	return result;
}

static int do_heal(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	(void)step;
	uint64_t changed;
	return store_heal_network(rehearsal->store, &changed, error);
}

/* ---- nodes ---- */

/* A folder that is away lies beside where it was, under a name that no node has. */
int rehearsal_put_away(struct rehearsal *rehearsal, const char *name, bool away, struct error *error)
{
	const struct node *node = store_node_by_name(rehearsal->store, name);
	char *aside = NULL;
	if (!node)
		return error_set(error, ERROR_NOT_FOUND, "there is no node '%s'", name);
	if (asprintf(&aside, "%s.away", node->path) < 0)
		return error_set_errno(error, ENOMEM, "cannot take '%s' away", name);
	int result = away ? rename(node->path, aside) : rename(aside, node->path);
	if (result < 0)
		result = error_set_errno(
			error, errno, "cannot move the folder of '%s' %s", name, away ? "away" : "back");
	free(aside);
	return result;
}

static int fail_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	bool changed;
	return store_node_fail(rehearsal->store, node, &changed, error);
}

static int recover_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	bool changed;
	return store_node_recover(rehearsal->store, node, &changed, error);
}

static int drain_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	bool changed;
	return store_node_drain(rehearsal->store, node, &changed, error);
}

static int wipe_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	uint64_t files;
	if (store_node_wipe(rehearsal->store, node, &files, error) < 0)
		return -1;
	rehearsal_tell(
		rehearsal, step->line, false, "%s lost %llu chunk files", node, (unsigned long long)files);
	return 0;
}

static int corrupt_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	uint64_t files;
	if (store_node_corrupt(rehearsal->store, node, step->number, &files, error) < 0)
		return -1;
	rehearsal_tell(rehearsal, step->line, false, "%s: a byte was changed in %llu chunk %s", node,
		(unsigned long long)files, files == 1 ? "file" : "files");
	return 0;
}

static int slow_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	return rehearsal_slow(rehearsal, node, &step->link, error);
}

static int fill_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	return rehearsal_fill(rehearsal, node, step->ratio, error);
}

static int put_away(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	return rehearsal_put_away(rehearsal, node, true, error);
}

static int put_back(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	return rehearsal_put_away(rehearsal, node, false, error);
}

static int remove_node(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *node, struct error *error)
{
	(void)step;
	return rehearsal_remove_node(rehearsal, node, error);
}

static int do_add_node(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	return rehearsal_add_node(rehearsal, &step->node, error);
}

/* ---- names ---- */

/* Some stores have to refuse, and then that is what is tested. */
static int do_put(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	struct error why;
	error_clear(&why);
	int result = rehearsal_put(rehearsal, step, &why);
	if (step->refused && result == 0)
		return error_set(error, ERROR_CHANGED, "it was stored, though it should have been refused");
	bool refused =
		why.code == ERROR_UNAVAILABLE || why.code == ERROR_NO_SPACE || why.code == ERROR_REFUSED;
	if (result < 0 && step->refused && refused) {
		rehearsal_tell(rehearsal, step->line, false, "refused: %s", why.message);
		return 0;
	}
	if (result < 0)
		*error = why;
	return result;
}

static int do_rm(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	uint64_t removed;
	for (size_t i = 0; i < step->name_count; i++)
		if (store_remove(rehearsal->store, step->names[i], &removed, error) < 0)
			return -1;
	return 0;
}

/* What is too much then is so because the scenario wants it, and not because of a copy that was made in vain. */
static int do_set_rf(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	uint64_t before, after, changed;
	if (rehearsal_count_excess(rehearsal, &before, error) < 0)
		return -1;
	for (size_t i = 0; i < step->name_count; i++)
		if (store_set_replication(
			    rehearsal->store, step->names[i], (unsigned)step->number, &changed, error) < 0)
			return -1;
	if (rehearsal_count_excess(rehearsal, &after, error) < 0)
		return -1;
	pthread_mutex_lock(&rehearsal->measure_mutex);
	rehearsal->measure.lowered += after > before ? after - before : 0;
	pthread_mutex_unlock(&rehearsal->measure_mutex);
	return 0;
}

static int do_snapshot(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	struct snapshot created;
	return store_snapshot_create(
		rehearsal->store, step->name_count ? step->names[0] : NULL, &created, error);
}

/* ---- time, maintenance, verdicts ---- */

static int do_kill(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	(void)error;
	rehearsal_kill_maintenance(rehearsal, rehearsal_now_ns(rehearsal) + step->duration_ms * 1000000 + 1);
	return 0;
}

static int do_scrub(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	struct pass_options options = {.kind = PASS_SCRUB};
	if (step->name_count == 0)
		return rehearsal_run_pass(rehearsal, &options, error);
	for (size_t i = 0; i < step->name_count; i++) {
		options.node = step->names[i];
		if (rehearsal_run_pass(rehearsal, &options, error) < 0)
			return -1;
	}
	return 0;
}

static int do_collect(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	(void)step;
	const struct pass_options options = {.kind = PASS_COLLECT};
	return rehearsal_run_pass(rehearsal, &options, error);
}

static int do_lose_catalog(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	(void)step;
	return rehearsal_lose_catalog(rehearsal, error);
}

static int do_repeat(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	int result = 0;
	for (uint64_t i = 0; result == 0 && i < step->number; i++)
		result = rehearsal_play_steps(rehearsal, step->steps, step->step_count, error);
	return result;
}

static int do_random(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	return rehearsal_draw_faults(rehearsal, &step->random, step->duration_ms, error);
}

static int do_wait(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	return rehearsal_wait(rehearsal, rehearsal_now_ns(rehearsal) + step->duration_ms * 1000000, error);
}

static int do_verify(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	char found[512] = "";
	int64_t asked_ns = rehearsal_now_ns(rehearsal);
	int result = rehearsal_verify(rehearsal, found, sizeof(found), error);
	return result < 0 ? -1 : rehearsal_enter(rehearsal, step, result == 1, found, asked_ns, error);
}

/* ---- the table ---- */

static const struct {
	step_action *all;
	node_action *each; /* of the step's nodes */
} actions[STEP_KINDS] = {
	[STEP_PUT] = {.all = do_put},
	[STEP_RM] = {.all = do_rm},
	[STEP_SET_RF] = {.all = do_set_rf},
	[STEP_SNAPSHOT] = {.all = do_snapshot},
	[STEP_FAIL] = {.each = fail_node},
	[STEP_RECOVER] = {.each = recover_node},
	[STEP_WIPE] = {.each = wipe_node},
	[STEP_CORRUPT] = {.each = corrupt_node},
	[STEP_FILL] = {.each = fill_node},
	[STEP_SLOW] = {.each = slow_node},
	[STEP_LINK] = {.all = do_link},
	[STEP_CUT] = {.all = do_cut},
	[STEP_PARTITION] = {.all = do_partition},
	[STEP_HEAL] = {.all = do_heal},
	[STEP_AWAY] = {.each = put_away},
	[STEP_BACK] = {.each = put_back},
	[STEP_DRAIN] = {.each = drain_node},
	[STEP_ADD_NODE] = {.all = do_add_node},
	[STEP_REMOVE_NODE] = {.each = remove_node},
	[STEP_KILL] = {.all = do_kill},
	[STEP_SCRUB] = {.all = do_scrub},
	[STEP_COLLECT] = {.all = do_collect},
	[STEP_LOSE_CATALOG] = {.all = do_lose_catalog},
	[STEP_REPEAT] = {.all = do_repeat},
	[STEP_RANDOM] = {.all = do_random},
	[STEP_WAIT] = {.all = do_wait},
	[STEP_EXPECT] = {.all = rehearsal_expect},
	[STEP_VERIFY] = {.all = do_verify},
};

int rehearsal_do_step(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	if (actions[step->kind].all)
		return actions[step->kind].all(rehearsal, step, error);
	for (size_t i = 0; i < step->name_count; i++)
		if (actions[step->kind].each(rehearsal, step, step->names[i], error) < 0)
			return -1;
	return 0;
}
