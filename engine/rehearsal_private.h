/*
 * rehearsal_private.h: playing a scenario, as the files rehearsal*.c share it. Nobody else includes it.
 *
 *     rehearsal.c          from its beginning to its end, and who may interfere: pause, step, speed, cancel
 *        │
 *        ├ rehearsal_step.c      what each kind of step does
 *        ├ rehearsal_random.c    faults that are drawn
 *        ├ rehearsal_content.c   generated files, and what was stored, to be compared with what comes back
 *        ├ rehearsal_time.c      lets time pass, on either clock, while maintenance goes on
 *        ├ rehearsal_store.c     the store: its folder, config, nodes and maintenance
 *        ├ rehearsal_measure.c   what is noted meanwhile, and the verdict
 *        └ rehearsal_compare.c   the scenario's stores on paper
 *
 * With a virtual clock everything happens in the thread that plays: it does a step, and lets maintenance do its steps
 * (maintain_step) until the time that took has passed. With a real clock maintenance is a process of its own, so that
 * it can be killed, and a thread takes notes while the step goes on.
 */
#ifndef LINCKIA_ENGINE_REHEARSAL_PRIVATE_H
#define LINCKIA_ENGINE_REHEARSAL_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>

#include "engine/maintain.h"
#include "engine/scenario.h"
#include "engine/virtual_world.h"

/* A version that was stored, and the digest of what it has to give back. */
struct stored_version {
	char *name;
	uint64_t version, size;
	char sha256[STORE_DIGEST_HEX];
};

/* What is noted while time passes. Times are since the beginning; negative: never. */
struct measure {
	bool begun;
	int64_t last_ns;
	enum health health;
	int64_t in_state_ns[HEALTH_UNKNOWN];
	int64_t first_unhealthy_ns, unhealthy_since_ns, healthy_since_ns, longest_unhealthy_ns;
	uint64_t peak_at_risk, peak_last_copy, peak_unavailable;
	/* Sums over all processes that maintained the store, and the last one's counts. */
	uint64_t repaired, moved, trimmed;
	uint64_t seen_repaired, seen_moved, seen_trimmed;
	uint64_t lowered; /* excess that the scenario made, by lowering replication factors */
	uint64_t changes; /* grows when something has changed that a screen would show */
	uint64_t digest;  /* of that */
};

struct rehearsal {
	struct scenario *scenario;
	struct rehearsal_options options;
	char *folder, *config_path, *program;
	bool temporary; /* the folder goes in the end */
	bool existing;  /* the store was there before */

	const struct env *env;
	struct virtual_world world;
	struct config *config; /* of a store that was there before; else it is the scenario's */
	uint64_t *capacities;  /* of the scenario's nodes, before they were filled */
	struct store *store;
	struct maintenance *maintenance; /* virtual clock: NULL while it is killed */
	pid_t child;                     /* real clock: the process that maintains; 0 while it is killed */
	int64_t killed_until_ns;         /* when it comes back; 0: it was not killed */
	_Atomic int64_t began_ns;        /* by the env's clock */

	struct seeded_dice content, chance;
	struct stored_version *stored;
	size_t stored_count, stored_room;
	uint64_t verified, verified_bytes;

	pthread_t noting;
	bool noting_started;
	pthread_mutex_t measure_mutex; /* guards the next one */
	struct measure measure;
	int64_t changed_ns; /* when the virtual clock last saw a change */
	uint64_t changes_seen;

	struct verdict_expectation *expectations;
	size_t expectation_count, expectation_room;
	const char **case_names;
	struct durability_result *results;
	size_t case_count;
	uint64_t bytes_lost, events;
	uint64_t excess_left; /* bytes that are still to be taken away in the end */
	struct verdict verdict;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	struct rehearsal_status status;
	bool single; /* pause again after the next step */
	bool ending; /* the thread that takes notes is to end */
};

/* ---- rehearsal.c ---- */

/* Whether somebody wants it to end: then with the sentence. */
MUST_CHECK int rehearsal_check_cancel(struct rehearsal *rehearsal, struct error *error);
void rehearsal_tell(struct rehearsal *rehearsal, unsigned line, bool failed, const char *format, ...)
	PRINTF_LIKE(4, 5);
/* The verdict will be that it has not passed, because of this; the first reason stays. */
void rehearsal_fail(struct rehearsal *rehearsal, const char *format, ...) PRINTF_LIKE(2, 3);
/* Plays steps one after the other; a step that cannot be done ends the play. */
MUST_CHECK int rehearsal_play_steps(
	struct rehearsal *rehearsal, const struct scenario_step *steps, size_t count, struct error *error);

/* ---- rehearsal_step.c ---- */

MUST_CHECK int rehearsal_do_step(
	struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error);
/* Single faults, and what mends them, which faults that are drawn use too. */
MUST_CHECK int rehearsal_put_away(
	struct rehearsal *rehearsal, const char *node, bool away, struct error *error);
MUST_CHECK int rehearsal_slow(
	struct rehearsal *rehearsal, const char *node, const struct scenario_link *link, struct error *error);
MUST_CHECK int rehearsal_cut(struct rehearsal *rehearsal, const char *node, bool cut, struct error *error);

/* ---- rehearsal_random.c ---- */

MUST_CHECK int rehearsal_draw_faults(struct rehearsal *rehearsal, const struct scenario_random *random,
	int64_t duration_ms, struct error *error);

/* ---- rehearsal_content.c ---- */

/* Stores generated files, or what is at the step's paths. */
MUST_CHECK int rehearsal_put(
	struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error);
/* Stores one generated file. */
MUST_CHECK int rehearsal_put_one(
	struct rehearsal *rehearsal, const char *name, uint64_t size, struct error *error);
/* Takes in what an existing store has. */
MUST_CHECK int rehearsal_take_inventory(struct rehearsal *rehearsal, struct error *error);
/* Reads every version and compares it. 1: all are as they were stored; 0: `found` says which one is not. */
MUST_CHECK int rehearsal_verify(struct rehearsal *rehearsal, char *found, size_t size, struct error *error);
/* A name that is stored now, drawn; NULL when there is none. */
const char *rehearsal_draw_name(struct rehearsal *rehearsal);
void rehearsal_forget_stored(struct rehearsal *rehearsal);

/* ---- rehearsal_compare.c ---- */

MUST_CHECK int rehearsal_compare(struct rehearsal *rehearsal, struct error *error);

/* ---- rehearsal_time.c ---- */

/* Since the beginning. */
int64_t rehearsal_now_ns(struct rehearsal *rehearsal);
/* Work that takes time of its own goes between these two; meanwhile maintenance goes on, and time is noted. */
int64_t rehearsal_begin_work(struct rehearsal *rehearsal);
MUST_CHECK int rehearsal_end_work(struct rehearsal *rehearsal, int64_t began, struct error *error);
/* Something was done that maintenance has to find out about. */
void rehearsal_note_change(struct rehearsal *rehearsal);
/* Lets time pass. */
MUST_CHECK int rehearsal_wait(struct rehearsal *rehearsal, int64_t until_ns, struct error *error);
/* The same, for a moment only, and at most until then. */
MUST_CHECK int rehearsal_wait_a_moment(struct rehearsal *rehearsal, int64_t until_ns, struct error *error);
/* Blocks while it is paused. */
MUST_CHECK int rehearsal_wait_for_operator(struct rehearsal *rehearsal, struct error *error);

/* ---- rehearsal_store.c ---- */

MUST_CHECK int rehearsal_make_store(struct rehearsal *rehearsal, struct error *error);
MUST_CHECK int rehearsal_start_maintenance(struct rehearsal *rehearsal, struct error *error);
/* In good order. */
void rehearsal_stop_maintenance(struct rehearsal *rehearsal);
void rehearsal_kill_maintenance(struct rehearsal *rehearsal, int64_t back_ns);
/* Starts it again when its time has come, and says when it ended by itself. */
MUST_CHECK int rehearsal_mind_maintenance(struct rehearsal *rehearsal, struct error *error);
/* Deletes the catalog and regrows it. */
MUST_CHECK int rehearsal_lose_catalog(struct rehearsal *rehearsal, struct error *error);
MUST_CHECK int rehearsal_add_node(
	struct rehearsal *rehearsal, const struct scenario_node *node, struct error *error);
MUST_CHECK int rehearsal_remove_node(struct rehearsal *rehearsal, const char *name, struct error *error);
/* Takes room on a node until so much of it is used; 0: gives all of that back. */
MUST_CHECK int rehearsal_fill(
	struct rehearsal *rehearsal, const char *name, double ratio, struct error *error);
/* Runs a pass of maintenance and waits for its end. */
MUST_CHECK int rehearsal_run_pass(
	struct rehearsal *rehearsal, const struct pass_options *options, struct error *error);
void rehearsal_remove_store(struct rehearsal *rehearsal);

/* ---- rehearsal_measure.c ---- */

/*
 * Takes a picture of the store and notes what is to be noted of
 * it. `view` may be NULL, else the caller owns a reference.
 */
MUST_CHECK int rehearsal_look(struct rehearsal *rehearsal, const struct view **view, struct error *error);
/* Looks at the nodes. */
void rehearsal_probe(struct rehearsal *rehearsal);
/* The thread that does so with a real clock. */
MUST_CHECK int rehearsal_start_notes(struct rehearsal *rehearsal, struct error *error);
void rehearsal_stop_notes(struct rehearsal *rehearsal);
/* Waits for an expectation and enters what came of it. */
MUST_CHECK int rehearsal_expect(
	struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error);
/* Enters one that was decided. Fails only for want of memory. */
MUST_CHECK int rehearsal_enter(struct rehearsal *rehearsal, const struct scenario_step *step, bool met,
	const char *found, int64_t asked_ns, struct error *error);
/* Bytes of copies beyond what is wanted, on nodes that answer. */
MUST_CHECK int rehearsal_count_excess(struct rehearsal *rehearsal, uint64_t *bytes, struct error *error);
/* What a process that maintained the store told at last. */
void rehearsal_note_report(struct rehearsal *rehearsal, const struct report *report);
/* Ends maintenance and draws up the verdict, while the store is still open; one of what is known, when that fails. */
MUST_CHECK int rehearsal_judge(struct rehearsal *rehearsal, struct error *error);

#endif
