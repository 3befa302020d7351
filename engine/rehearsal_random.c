#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/rehearsal_private.h"

enum { CORRUPT_FILES = 3, FILE_BYTES_MAX = 1 << 20 };

/* A node that is out of order, and when that ends. */
struct affliction {
	bool active;
	enum fault_kind kind;
	int64_t until_ns;
};

struct drawing {
	struct rehearsal *rehearsal;
	const struct scenario_random *random;
	struct affliction nodes[STORE_NODES_MAX];
	unsigned afflicted;
	bool killed; /* maintenance, at least once */
	uint64_t files;
};

/* Uniform in (0, 1]. */
static double draw(struct drawing *drawing)
{
	struct dice *dice = &drawing->rehearsal->chance.dice;
	return (double)((dice->next(dice) >> 11) + 1) * 0x1p-53;
}

/* Exponentially distributed, as the times between independent failures are. */
static int64_t draw_time_ns(struct drawing *drawing, int64_t mean_ms)
{
	return (int64_t)(-log(draw(drawing)) * (double)mean_ms * 1e6) + 1;
}

static size_t draw_index(struct drawing *drawing, size_t count)
{
	struct dice *dice = &drawing->rehearsal->chance.dice;
	return (size_t)(dice->next(dice) % count);
}

static enum fault_kind draw_kind(struct drawing *drawing)
{
	double total = 0;
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		total += drawing->random->weights[kind];
	double left = draw(drawing) * total;
	int last = 0;
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		if (drawing->random->weights[kind] <= 0)
			continue;
		last = kind;
		if ((left -= drawing->random->weights[kind]) <= 0)
			break;
	}
	return (enum fault_kind)last;
}

/* ---- faults ---- */

static int strike(struct drawing *drawing, enum fault_kind kind, const char *node, struct error *error)
{
	static const struct scenario_link slow = {.set_latency = true, .latency_ms = 500};
	struct store *store = drawing->rehearsal->store;
	bool changed;
	uint64_t count;
	switch (kind) {
	case FAULT_FAIL:
		return store_node_fail(store, node, &changed, error);
	case FAULT_AWAY:
		return rehearsal_put_away(drawing->rehearsal, node, true, error);
	case FAULT_WIPE:
		return store_node_wipe(store, node, &count, error);
	case FAULT_CORRUPT:
		return store_node_corrupt(store, node, 1 + draw_index(drawing, CORRUPT_FILES), &count, error);
	case FAULT_SLOW:
		return rehearsal_slow(drawing->rehearsal, node, &slow, error);
	default:
		return rehearsal_cut(drawing->rehearsal, node, true, error);
	}
}

static int mend(struct drawing *drawing, size_t at, struct error *error)
{
	static const struct scenario_link fast = {.set_latency = true};
	struct affliction *affliction = &drawing->nodes[at];
	struct rehearsal *rehearsal = drawing->rehearsal;
	const char *node = rehearsal->store->nodes[at].name;
	bool changed;
	affliction->active = false;
	drawing->afflicted--;
	rehearsal_tell(rehearsal, 0, false, "random: %s is well again", node);
	switch (affliction->kind) {
	case FAULT_FAIL:
		return store_node_recover(rehearsal->store, node, &changed, error);
	case FAULT_AWAY:
		return rehearsal_put_away(rehearsal, node, false, error);
	case FAULT_SLOW:
		return rehearsal_slow(rehearsal, node, &fast, error);
	case FAULT_CUT:
		return rehearsal_cut(rehearsal, node, false, error);
	default:
		return 0; /* repair has had its time for what was wiped or changed */
	}
}

/* On a node that is in order, if there may be one more that is not. */
static int strike_some_node(struct drawing *drawing, enum fault_kind kind, struct error *error)
{
	static const char *const words[] = {[FAULT_FAIL] = "fails",
		[FAULT_AWAY] = "is unplugged",
		[FAULT_WIPE] = "loses its chunks",
		[FAULT_CORRUPT] = "has bytes changed",
		[FAULT_SLOW] = "becomes slow",
		[FAULT_CUT] = "is cut off"};
	struct rehearsal *rehearsal = drawing->rehearsal;
	size_t at = draw_index(drawing, rehearsal->store->node_count);
	struct node *node = &rehearsal->store->nodes[at];
	int64_t lasts_ns = draw_time_ns(drawing, drawing->random->lasting_ms);
	if (drawing->afflicted >= drawing->random->at_once || drawing->nodes[at].active ||
		!node_is_readable(node))
		return 0;
	rehearsal_tell(rehearsal, 0, false, "random: %s %s", node->name, words[kind]);
	if (strike(drawing, kind, node->name, error) < 0)
		return -1;
	drawing->nodes[at] = (struct affliction){
		.active = true, .kind = kind, .until_ns = rehearsal_now_ns(rehearsal) + lasts_ns};
	drawing->afflicted++;
	return 0;
}

/* A store that refuses, because too few nodes answer or have room, does what it should. */
static int allow_refusal(int result, const struct error *error)
{
	bool refused = result < 0 && (error->code == ERROR_UNAVAILABLE || error->code == ERROR_NO_SPACE);
	return refused ? 0 : result;
}

static int put_some_file(struct drawing *drawing, struct error *error)
{
	char name[64];
	snprintf(name, sizeof(name), "random/%llu", (unsigned long long)++drawing->files);
	uint64_t size = 1 + draw_index(drawing, FILE_BYTES_MAX);
	return allow_refusal(rehearsal_put_one(drawing->rehearsal, name, size, error), error);
}

static int remove_some_file(struct drawing *drawing, struct error *error)
{
	uint64_t removed;
	const char *name = rehearsal_draw_name(drawing->rehearsal);
	if (!name)
		return 0;
	return allow_refusal(store_remove(drawing->rehearsal->store, name, &removed, error), error);
}

static int strike_anything(struct drawing *drawing, struct error *error)
{
	struct rehearsal *rehearsal = drawing->rehearsal;
	enum fault_kind kind = draw_kind(drawing);
	if (kind == FAULT_PUT)
		return put_some_file(drawing, error);
	if (kind == FAULT_RM)
		return remove_some_file(drawing, error);
	if (kind != FAULT_KILL)
		return strike_some_node(drawing, kind, error);
	int64_t lasts_ns = draw_time_ns(drawing, drawing->random->lasting_ms);
	if (!rehearsal->killed_until_ns) {
		rehearsal_tell(rehearsal, 0, false, "random: maintenance is killed");
		rehearsal_kill_maintenance(rehearsal, rehearsal_now_ns(rehearsal) + lasts_ns);
		drawing->killed = true;
	}
	return 0;
}

/* ---- their course ---- */

/* When the first of the nodes that are out of order is to be mended, and which that is. */
static int64_t next_mend_ns(const struct drawing *drawing, size_t *at)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < STORE_NODES_MAX; i++) {
		if (!drawing->nodes[i].active || drawing->nodes[i].until_ns >= next)
			continue;
		next = drawing->nodes[i].until_ns;
		*at = i;
	}
	return next;
}

static int run_course(struct drawing *drawing, int64_t end_ns, struct error *error)
{
	struct rehearsal *rehearsal = drawing->rehearsal;
	int64_t strike_ns = rehearsal_now_ns(rehearsal) + draw_time_ns(drawing, drawing->random->every_ms);
	for (;;) {
		size_t at = 0;
		int64_t mend_ns = next_mend_ns(drawing, &at);
		int64_t next_ns = mend_ns < strike_ns ? mend_ns : strike_ns;
		if (next_ns >= end_ns)
			return rehearsal_wait(rehearsal, end_ns, error);
		if (rehearsal_wait(rehearsal, next_ns, error) < 0)
			return -1;
		rehearsal_note_change(rehearsal);
		if (mend_ns <= strike_ns) {
			if (mend(drawing, at, error) < 0)
				return -1;
			continue;
		}
		if (strike_anything(drawing, error) < 0)
			return -1;
		strike_ns += draw_time_ns(drawing, drawing->random->every_ms);
	}
}

/* What is out of order in the end does not wait for its time. */
static int mend_all(struct drawing *drawing, struct error *error)
{
	struct rehearsal *rehearsal = drawing->rehearsal;
	for (size_t i = 0; i < STORE_NODES_MAX; i++)
		if (drawing->nodes[i].active && mend(drawing, i, error) < 0)
			return -1;
	if (!drawing->killed || !rehearsal->killed_until_ns)
		return 0;
	rehearsal_tell(rehearsal, 0, false, "random: maintenance is back");
	return rehearsal_start_maintenance(rehearsal, error);
}

int rehearsal_draw_faults(struct rehearsal *rehearsal, const struct scenario_random *random,
	int64_t duration_ms, struct error *error)
{
	struct drawing *drawing = calloc(1, sizeof(*drawing));
	if (!drawing)
		return error_set_errno(error, ENOMEM, "cannot draw faults");
	drawing->rehearsal = rehearsal;
	drawing->random = random;
	int result = run_course(drawing, rehearsal_now_ns(rehearsal) + duration_ms * 1000000, error);
	if (result == 0)
		result = mend_all(drawing, error);
	free(drawing);
	return result;
}
