/*
 * sim.h: one run of the simulation, as its files share it.
 *
 *     main.c      seeds side by side, each in a process of its own; counters; replay and shrinking
 *     run.c       one run: makes a store, takes steps, looks after each, heals everything, empties it
 *        │
 *        ├ step.c      draws the next step
 *        ├ change.c    operations on names, done here or in a process that is killed in the middle;  fetch.c  gets
 *        ├ fault.c     what happens to folders and disks;  net.c  to links;  node.c  to nodes by an operator
 *        ├ plant.c     files where none should be
 *        ├ churn.c     what was removed and collected is stored again
 *        ├ catalog.c   the catalog is lost, or an old one, and rebuilt;  schism.c  on one node history went on
 *        ├ drive.c     opening, closing, time, passes
 *        │
 *        ├ look.c      reads the catalog's tables and hashes the nodes' files, sharing nothing with the engine
 *        ├ settle.c    which of the states that are possible the store is in
 *        └ check.c     the invariants
 *
 * A step's dice depend on the seed and its number alone, so steps can be left out without changing what is drawn in
 * others. Nothing of the real world decides anything: the same seed gives the same record, byte for byte.
 */
#ifndef LINCKIA_TESTS_SIM_SIM_H
#define LINCKIA_TESTS_SIM_SIM_H

#include <stdio.h>

#include "counters.h"
#include "engine/maintain.h"
#include "look.h"
#include "model.h"
#include "world.h"

enum place {
	PLACE_HERE,
	PLACE_AWAY,      /* the folder is gone */
	PLACE_UNMOUNTED, /* an empty folder stands in its place */
	PLACE_FOREIGN,   /* one of another store does */
};

struct sim_node {
	bool exists; /* is part of the store */
	unsigned zone;
	uint64_t capacity_kib; /* 0: no limit */
	enum place place;
	bool failed, draining;
	bool unrecorded;           /* the order that made it so may be on no journal */
	bool cut;                  /* nothing gets from the client to it */
	bool strange_link;         /* slow, lossy, or cut from other nodes */
	bool has_image;            /* a copy of its folder was put aside */
	bool journal_damaged;      /* once */
	unsigned stranger_entries; /* what was put in its place */
	int64_t changed_ms;        /* when its being there last changed, by the world's clock */
};

struct settings {
	unsigned copies, least_copies;
	unsigned grace_s, concurrency, scrub_hours, keep_versions, keep_for_s;
	double up_ratio;
	bool content_defined, rendezvous;
	uint64_t bandwidth; /* of repair; 0: no limit */
};

/* What a process that is killed leaves to the one that started it. */
struct legacy {
	int64_t now_ns;
	bool stored[NAMES]; /* told to be durable */
	bool reported;      /* that it has ended, and how: */
	int result;
	enum error_code code;
	char message[512];
};

/* A file on a node whose chunk was never in any catalog. */
struct planted {
	int node; /* 0: none */
	struct digest digest;
};
enum { PLANTED = 16 };

enum { APART_PERCENT = 12 };

struct sim {
	uint64_t seed;
	unsigned step;
	struct seeded_dice dice; /* of this step */
	FILE *trace;
	bool harsh; /* faults may destroy all copies of a chunk */
	char folder[256], store_folder[280], config[280];
	struct settings settings;
	struct sim_node nodes[WORLD_NODES]; /* by number, from 1 */
	unsigned nodes_made;
	struct store *stores[2]; /* of two processes, as it were; the second one comes and goes */
	struct maintenance *maintainers[2];

	struct model model;
	struct look *look, *before; /* after the last step, and before it */
	struct legacy *legacy;      /* in shared memory */
	unsigned
		apart_percent; /* of changes that a process of its own makes, which may be killed; 0: rebuilds are not either */
	unsigned contents;      /* drawn so far */
	uint64_t sources;       /* files to be put that were written */
	uint64_t last_seeds[8]; /* of contents, to be stored again */

	bool has_old_catalog; /* a copy of the catalog was put aside */
	uint64_t old_journal; /* its last record */
	/* Chunks that maintenance was at work on when a fault struck: it may rely on what was destroyed. */
	struct digest risky[MAINTAIN_TASKS_MAX * 2];
	size_t risky_count;
	/*
	 * The last record that may be in fewer journals than others are: few copies were asked for, or nobody was
	 * told.
	 */
	uint64_t sparse_record;
	bool sparse;        /* what was just done is such a one */
	bool rebuilt;       /* this step made the catalog anew */
	bool rules_linger;  /* a collection with rules of its own may begin at any time */
	int64_t strange_ms; /* when anything was last odd enough that counts may lag */
	int64_t checked_ms; /* when check_all() was last done */
	struct planted planted[PLANTED];
	struct digest doomed[256];
	size_t doomed_count;
	/* Chunks whose good copies do not count, for a catalog regrew while the nodes with them were away. */
	struct digest unclaimed[64];
	size_t unclaimed_count;
};

/* ---- run.c ---- */

/* Plays a seed in a new folder and exits: 0, or 1 after a violation. `skip[step]`: that step is left out. */
_Noreturn void run_seed(const char *folder, uint64_t seed, unsigned steps, const bool *skip);
/* Tells what was promised and is not so, and ends the run. */
_Noreturn void violation(struct sim *sim, const char *format, ...) PRINTF_LIKE(2, 3);
void note(struct sim *sim, const char *format, ...) PRINTF_LIKE(2, 3);
/* Runs a command in the folder of the run; it has to succeed. */
void shell(struct sim *sim, const char *format, ...) PRINTF_LIKE(2, 3);
uint64_t draw(struct sim *sim, uint64_t below);
uint64_t between(struct sim *sim, uint64_t least, uint64_t most);
bool percent(struct sim *sim, unsigned chance);

/* ---- drive.c ---- */

void drive_write_config(struct sim *sim);
void drive_open(struct sim *sim);
/* Opens the first store; -1 where that fails. */
MUST_CHECK int drive_try_open(struct sim *sim, struct error *error);
void drive_open_second(struct sim *sim);
void drive_close_second(struct sim *sim);
void drive_close(struct sim *sim);
/* The store of one of the processes that have it open. */
struct store *drive_any(struct sim *sim);
bool drive_is_busy(const struct sim *sim);
/* Lets time pass while maintenance does its work. */
void drive_pass(struct sim *sim, int64_t ms);
/* Runs a pass; false when it has not ended within so many seconds. */
bool drive_run_pass(struct sim *sim, const struct pass_options *options, int64_t seconds,
	struct catalog_request *request);
void drive_start_maintenance(struct sim *sim, int which);
void drive_stop_maintenance(struct sim *sim, int which, bool killed);
/* Does `act` in another process, which is killed after some calls that write; whether it was. All must be closed. */
typedef int sim_act(struct sim *sim, void *context, struct error *error);
bool drive_in_doomed_process(struct sim *sim, sim_act *act, void *context);

/* ---- step.c ---- */

void step_take(struct sim *sim);

/* ---- change.c, fetch.c, node.c, fault.c, net.c, catalog.c: one step each ---- */

typedef void step_action(struct sim *sim);
step_action change_put, change_put_again, change_put_same, change_put_folder, change_get, change_get_folder,
	change_remove, change_remove_folder, change_copies, change_restore, change_snapshot,
	change_remove_snapshot, change_restore_snapshot;
step_action churn;
step_action node_fail, node_recover, node_drain, node_add, node_remove;
/* What was ordered while too few journals could record it is ordered again: a regrown catalog need not know of it. */
void node_repeat_orders(struct sim *sim);
step_action pass_scrub, pass_repair, pass_rebalance, pass_collect, pass_killed;
step_action config_change, config_capacity, reopen, second_process, wait_short, wait_long, abandon;
step_action fault_away, fault_back, fault_image, fault_stale, fault_wipe, fault_damage, fault_journal,
	fault_catalog_copy, fault_plant, fault_disk, fault_disk_well, fault_clock;
step_action net_cut, net_partition, net_slow, net_heal;
step_action catalog_keep, catalog_lose, catalog_lose_apart, schism;

/* A node of the store for which `fits` holds, drawn; 0 when there is none. */
typedef bool node_fits(const struct sim *sim, int node);
int node_draw(struct sim *sim, node_fits *fits);
bool node_any(const struct sim *sim, int node);
/* Whether the client can read and write it, as far as anyone can know. */
bool node_is_there(const struct sim *sim, int node);
/* So, and nothing about it is odd. */
bool node_is_well(const struct sim *sim, int node);
/* So, and its journal is whole. */
bool node_is_fit(const struct sim *sim, int node);
/* Its being there has changed. */
void node_note_change(struct sim *sim, int node);
/* Nodes whose copies may be counted: those that are there, and those that went so lately that nobody need know. */
enum { NOTICED_MS = 10000 };
unsigned node_mask_counted(const struct sim *sim);
unsigned node_count_there(const struct sim *sim);
unsigned node_count_all(const struct sim *sim);
const char *node_name(int node);

/* The folder of a node, wherever it is now. */
void fault_folder_of(const struct sim *sim, int node, char *path, size_t size);
/* All entries, at all depths, of what stands in the place of a node. */
unsigned fault_count_stranger(const struct sim *sim, int node);
/* All disks work again. */
void fault_disks_well(struct sim *sim);
/* Everything that is broken is mended. */
void fault_mend_all(struct sim *sim);
void net_mend_all(struct sim *sim);
/* ---- change.c ---- */

struct content change_draw_content(struct sim *sim);
/* These tell whether it was done. */
bool change_put_content(struct sim *sim, int name, struct content content);
bool change_remove_name(struct sim *sim, int name);

/* ---- pass.c ---- */

/* Lets go of all history that no snapshot holds; false when that could not be done now. */
bool pass_collect_all(struct sim *sim);

/* ---- net.c ---- */

void net_cut_off(struct sim *sim, int node);

/* ---- fault.c ---- */

/* Changes a byte of a file of a node that may be damaged. */
void fault_spoil(struct sim *sim, int node, const struct digest *digest);

/* ---- catalog.c ---- */

/* Whether a rebuild could bring everything back, were this node missing as well (0: only those that are now). */
bool catalog_may_be_lost(const struct sim *sim, int without);
/* The store is closed and its catalog lost: it is rebuilt, and opened. */
void catalog_regrow(struct sim *sim);

/* ---- fault.c ---- */

/* The folder of a node is gone; or back. */
void fault_take_away(struct sim *sim, int node);
void fault_bring_back(struct sim *sim, int node);

/* ---- plant.c ---- */

/* Those on that node are not expected to stay. */
void plant_forget(struct sim *sim, int node);
/* On every other node that is here something else, of the same size, lies where the chunk would be. */
void plant_decoys(struct sim *sim, int but, const struct digest *digest);

/* ---- fetch.c ---- */

/* Fetches a version and compares it; false when it could not be had, which is a violation if it `must`. */
void change_fetch(struct sim *sim, struct store *store, int name, int version, bool must);

/* ---- settle.c ---- */

/* What a step makes of the model, and what of it is in doubt: it may be as before instead. */
struct outcome {
	struct model after;
	bool doubt[NAMES];
	bool doubt_snapshots; /* of those that the step touches, each may be there or not */
};
void settle(struct sim *sim, const struct outcome *outcome);
/* The wall clock is about to be set. */
void settle_note_latest(struct sim *sim);
/* Whether it was done all the same, and is only in fewer journals than was promised. */
bool settle_is_sparse(struct sim *sim, const char *message);
/* The same when nothing was done to names. */
void settle_as_it_was(struct sim *sim);

/* ---- check.c ---- */

/* Everything that must hold after each step. `sim->look` is what is seen now, `sim->before` what was seen before. */
void check_all(struct sim *sim);
/* After everything was mended, and time has passed. */
void check_healed(struct sim *sim);
/* After everything was removed and collected. */
void check_empty(struct sim *sim);
/* The same, once the store is closed: nodes have no chunk file, and no shard folder any more. */
void check_no_files(struct sim *sim);
/*
 * Whether something may be destroyed now. Not while copies are under way, for what was verified a moment ago
 * may be all that
 * is left when they are done; but in a harsh run that is part of the game.
 */
bool check_may_strike(struct sim *sim);
/* Chunks that a fault has just left without a good copy may be lost from now on. */
void check_note_doomed(struct sim *sim);
bool check_is_doomed(const struct sim *sim, const struct digest *digest);
/*
 * Whether the node has a good file of a chunk that nobody counts a good copy of, since a catalog regrew without the
 * node.
 */
bool check_holds_unclaimed(const struct sim *sim, int node);
/*
 * Whether all needed chunks would keep a good copy if these nodes' copies were lost: one node, and one chunk or
 * all.
 */
bool check_may_lose(struct sim *sim, int node, const struct digest *only);

#endif
