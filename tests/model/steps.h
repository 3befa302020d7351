/*
 * steps.h: what a run does to its store, one random step after the other.
 */
#ifndef LINCKIA_TESTS_MODEL_STEPS_H
#define LINCKIA_TESTS_MODEL_STEPS_H

#include "call.h"
#include "run.h"
#include "settle.h"

/* Takes the run's next step, drawn from its dice, and compares what can be compared afterwards. */
void step_take(struct run *run);
/* Stops the daemon if one runs, kindly or not. */
void step_stop_daemon(struct run *run);

/* A change of the store that is under way: what it makes of the model, and what of it is in doubt. */
struct change {
	struct call call;
	struct model after;
	bool streams; /* it prints each name as soon as that is durable */
	bool collects;
	bool may_fail;
	bool unsure_snapshot; /* whether the snapshot number `snapshot` is made cannot be told */
	int snapshot;
};

/* draw.c: prepares a random change of one kind; false when there is nothing to do it to. */
typedef bool change_draw(struct run *run, struct change *change);
change_draw draw_put, draw_put_folder, draw_remove, draw_remove_folder, draw_restore, draw_snapshot,
	draw_remove_snapshot, draw_restore_snapshot, draw_copies, draw_collect;

/* Does a change, or kills it in the middle, and settles what became of it. */
void change_do(struct run *run, change_draw *draw);
/* Does a change of a name while another process collects or takes a snapshot; either may be killed. */
void change_two(struct run *run);

/* Collects what a dry run said it would, to the byte. */
void collect_as_told(struct run *run);

/* nodes.c */
void nodes_take_out(struct run *run);
void nodes_bring_in(struct run *run);
void nodes_bring_all_in(struct run *run);
/* All chunks get their copies; with wiped nodes these are found out first. */
void nodes_repair(struct run *run);
bool nodes_any_out(const struct run *run);

/* lose.c: the catalog is lost, damaged or replaced by an old copy of itself, and regrown. */
void lose_catalog(struct run *run, const struct model *after, const struct doubt *doubt);
void lose_keep_copy(struct run *run);

/* config.c: replaces the line of the config that begins with `key`. */
__attribute__((format(printf, 3, 4))) void config_set(
	struct run *run, const char *key, const char *format, ...);

#endif
