/*
 * maintain.h: detection, repair, scrub and balance, as the files maintain*.c share it. Nobody else includes it.
 *
 *     maintain_probe.c     prober threads: look at every node, several times a second
 *     maintain_worker.c    worker threads: carry out tasks (task.h), which are I/O and nothing else
 *     maintain.c           the maintenance thread: one tick after another, everything below
 *        │
 *        ├ maintain_journal.c    what the nodes' journals need; a copy of the catalog by a thread of its own
 *        ├ maintain_nodes.c      who came and went: events, grace, silence
 *        ├ maintain_scan.c       judges every copyset (repair_plan.h): the queue, and repair's state in words
 *        ├ maintain_dispatch.c   from the queue to tasks: chunks, targets, throttle, back-off
 *        ├ maintain_commit.c     from finished tasks to the catalog
 *        ├ maintain_stray.c      removes files that are no replicas
 *        ├ maintain_inventory.c  compares what a node should have with what it has
 *        ├ maintain_reclaim.c    looks for copies of lost chunks that nobody counts
 *        ├ maintain_scrub.c      the pass over all copies
 *        ├ maintain_collect.c    what history lets go of, down to its files
 *        ├ maintain_garbage.c    files that nobody needs
 *        ├ maintain_pass.c       passes that somebody asked for
 *        ├ maintain_trouble.c    what keeps them from ending
 *        └ maintain_event.c      what all this says in the event log
 *
 *     maintain_control.c   in any process: what an operator asks of repair, by way of the catalog
 *
 * Each of these is a step: it does a bounded amount and returns. In production threads drive them; a test calls
 * maintain_step(), which looks at the nodes, ticks, and carries out tasks all in the calling thread, on whatever
 * clock its env has.
 *
 * ## A chunk on its way to a new node
 *
 *   queued ── intent committed ──▶ ready ──▶ running ──▶ done ── flushed, committed ──▶ replica
 *
 * The intent is a row in the table of strays. It is committed before the first byte is written and deleted in the
 * transaction that makes the file a replica. So after a crash at any point each file that is not a replica has such
 * a row, and whoever takes over removes it. Trimming goes the other way round: the transaction that takes the node
 * from the copyset adds the row, and the file is unlinked afterwards, under the write lock and only if it has not
 * become a replica again meanwhile.
 *
 * ## Threads
 *
 * All fields belong to the maintenance thread but those below `mutex`, the probers' and what is atomic.
 */
#ifndef LINCKIA_ENGINE_MAINTAIN_H
#define LINCKIA_ENGINE_MAINTAIN_H

#include <pthread.h>

#include "engine/collect.h"
#include "engine/grace.h"
#include "engine/latency.h"
#include "engine/repair_plan.h"
#include "engine/report.h"
#include "engine/role.h"
#include "engine/store.h"
#include "engine/task.h"
#include "engine/throttle.h"

enum {
	MAINTAIN_TASKS_MAX = 128, /* planned, running or waiting for their commit */
	MAINTAIN_SETBACKS_MAX = 4096,
	MAINTAIN_TICK_MS = 250,     /* at rest */
	MAINTAIN_BUSY_TICK_MS = 10, /* while tasks are under way */
};

/* What is known of one node besides what node.h keeps. */
struct maintain_node {
	struct grace grace;
	bool known;    /* the next fields have been filled in */
	bool readable; /* as it was at the last tick */
	enum node_state state;
	char cause[NODE_CAUSE_SIZE];
	bool awaited;

	/* The inventory under way. */
	bool taking_inventory;
	int64_t inventory_after;
	uint64_t inventory_seen, inventory_missing;

	atomic_bool inventory_wanted;
	_Atomic int64_t sample_copyset; /* one that has chunks here; 0: none */

	/* The probers'; guarded by probe_mutex. */
	struct latency latency;
	double recent_ms; /* the same in one number, for its peers */
	bool slow;
	bool probing;
	int64_t next_look_ns, next_sample_ns;
	_Atomic int64_t look_began_ns; /* 0: none under way */
	_Atomic int64_t looked_ns;     /* when the last look that has ended began */
};

/* Chunks of one copyset for which the same is to be done. */
struct queue_entry {
	int64_t copyset;
	uint32_t urgency;
	enum plan_action action;
	bool last_copy;
	int64_t after; /* chunks up to this id were looked at */
};

/* A chunk whose transfer failed is left alone for a while, longer each time. */
struct setback {
	int64_t chunk; /* 0: an empty slot */
	unsigned failures;
	int64_t until_ns;
};

/* A pass that is under way because somebody asked for it. */
struct pass {
	bool active;
	struct catalog_request request;
	int64_t began_ns;
	int64_t data_version; /* at which requests were last looked for */
	bool looked;          /* at all nodes since it began */
	uint64_t scans;       /* by then: it ends after a scan of its own at the earliest */
	uint64_t reclaims;    /* rounds that have to have ended */
	uint64_t repaired, repaired_bytes;
	int64_t hindered_ns; /* since when it cannot go on; 0: it can */
};

/* Sums for the event that stands for many transfers. */
struct tally {
	uint64_t chunks, bytes, failed;
	int64_t began_ns;
};

struct scrub {
	bool running;
	unsigned pass;      /* so that what an earlier one handed out does not count for this one */
	uint16_t only;      /* a node's id; 0: all */
	int64_t started_ms; /* wall clock */
	int64_t after;      /* chunks up to this id were handed out */
	uint64_t done, total, bad, bytes;
	bool missed[STORE_NODES_MAX]; /* nodes with copies that could not be read */
	int64_t saved_ns, began_ns, next_start_check_ns;
	uint64_t rate_bytes;
	int64_t rate_ns;
	double rate;
	int64_t bandwidth; /* of a pass that was asked for; negative: no limit; else the config's */
	bool asked;
};

/* In this order; each does as many steps as it has pages of work. */
enum collect_stage {
	COLLECT_REST,
	COLLECT_VERSIONS,   /* that retention lets go of */
	COLLECT_UNFINISHED, /* versions of puts that were killed */
	COLLECT_EXTENTS,    /* of versions that are dead */
	COLLECT_ORPHANS,    /* chunks without extents that nobody noted */
	COLLECT_CHUNKS,     /* that are unused */
	COLLECT_STRAYS,     /* their files */
	COLLECT_FILES,      /* that no catalog knows */
	COLLECT_QUARANTINE,
	COLLECT_DRAFTS, /* of processes that were killed */
	COLLECT_END,
};

/* What a step says: it failed, it was the last of its stage, there is more to do in it. */
enum collect_step { COLLECT_STEP_FAILED = -1, COLLECT_STEP_LAST, COLLECT_STEP_MORE };

/* How far a sweep of a node's strays, which takes several steps, has come. */
struct stray_cursor {
	bool midway; /* it goes on with those above `after` */
	struct digest after;
};

struct collection {
	enum collect_stage stage;
	bool asked;    /* by somebody who waits, not begun by itself */
	bool thorough; /* with the stages that go through all chunks and all folders */
	bool clients;  /* somebody was at work, so that something may have been left */
	struct collect_rules rules;
	struct collect_place {
		struct catalog_ended_cursor cursor;
		int64_t orphans_after;
		size_t node;
		unsigned shard;
		struct stray_cursor strays;
	} place; /* up to where a stage has come */
	uint64_t versions, chunks, files, bytes, waiting_bytes;
	bool failed;
	char why[256];
	int64_t began_ns;
	int64_t spent_ns; /* on steps, since it began */
	int64_t next_ns, next_thorough_ns, rested_ns;
};

/* The search for copies of lost chunks. */
struct reclaim {
	bool wanted; /* another round is, once this one is over */
	bool running, failed;
	int64_t after;   /* chunks up to this id were looked for */
	uint64_t rounds; /* that have ended, and in which nothing failed */
	int64_t began_ns, hold_until_ns;
	int64_t again_ns; /* from then on a round begins by itself while chunks are lost */
};

struct maintenance {
	struct store *store;
	bool threaded;
	struct role role;
	bool ours;
	int64_t next_role_ns;

	/* Following the catalog and the config. */
	int64_t data_version;
	int64_t next_config_ns;
	struct store_settings settings;
	bool paused;
	uint64_t bandwidth; /* in force */

	/* The plan. */
	struct plan_world world;
	struct plan_node plan_nodes[STORE_NODES_MAX];
	uint16_t index_by_id[65536];
	struct node_status statuses[STORE_NODES_MAX];
	uint64_t used[STORE_NODES_MAX], capacity[STORE_NODES_MAX];
	uint64_t held[STORE_NODES_MAX]; /* chunks with a copy there, each counted once */
	double weight[STORE_NODES_MAX];
	bool dirty;         /* a scan would find something new */
	bool nodes_changed; /* and it does not wait for its turn */
	uint64_t scans;
	atomic_uint_fast64_t news; /* see maintenance_news() */
	int news_fd;               /* an eventfd, as is the next */
	int wake_fd;
	int commit_fd; /* inotify on what every commit writes to; -1: none */
	int64_t last_scan_ns, scan_cost_ns;
	struct queue_entry *queue;
	size_t queue_count, queue_room, queue_at;
	uint64_t queued_chunks, queued_bytes; /* that can be worked on */
	uint64_t waiting_bytes, blocked_bytes;
	struct view_queue by_kind[QUEUES]; /* of what is queued, waits or is blocked */
	bool waited_for[STORE_NODES_MAX];  /* chunks wait for the node to come back */
	uint64_t last_copies, waiting_chunks, blocked_chunks, unreadable_chunks, trim_chunks;
	uint64_t drain_chunks;              /* that only have to leave a node that is drained */
	uint64_t spread_chunks;             /* that only have to reach another zone */
	uint64_t total_chunks, lost_chunks; /* lost: on no node at all */
	_Atomic int64_t highest_chunk;      /* id, as of the last scan */
	size_t nodes_up, nodes_known;
	bool storm;              /* too few nodes answer */
	uint64_t forgiven_scans; /* the scan after which bad copies were last gone through */
	int64_t forgiven_after;
	int64_t departed_ns; /* when a node last went: nothing is planned before all others were looked at since */
	struct plan_balance balance;
	bool balancing;
	struct queue_entry *moves; /* copysets whose chunks may be moved */
	size_t move_count, move_room, move_at;
	uint64_t samples_seen[STORE_NODES_MAX];
	double sample_next[STORE_NODES_MAX];

	/* Work. */
	struct task *pending, **pending_end; /* wait for their intent to be committed */
	struct task *aside; /* carried out on a clock that jumps, and over when it has come so far */
	struct task *tasks[MAINTAIN_TASKS_MAX]; /* all that are not settled */
	size_t task_count;
	size_t copies_under_way, scrubs_under_way;
	struct setback setbacks[MAINTAIN_SETBACKS_MAX];
	char setback_reason[160]; /* of the last one */
	struct throttle throttle, scrub_throttle;
	bool throttled;
	bool known[STORE_NODES_MAX]; /* those of the store in the transaction under way */
	bool polite;                 /* clients were at work when tasks were last planned */
	int64_t polite_until_ns;
	int64_t last_commit_ns;
	int64_t hold_until_ns;     /* after a commit that failed */
	int64_t inventory_hold_ns; /* the same for a page of an inventory */
	char hold_reason[256];
	int64_t journal_due_ns;  /* since when some node's journal needs something; 0: none does */
	int64_t next_journal_ns; /* after journals could not be looked after */
	struct maintain_copying
		*copying;  /* a copy of the catalog that a thread of its own writes; NULL: none */
	bool behind_nodes; /* the catalog is older than what a node knows: nothing is done */
	struct error behind_error;

	/* Strays to be removed soon. */
	struct stray {
		uint16_t node;
		struct digest digest;
	} strays[MAINTAIN_TASKS_MAX * 2];
	size_t stray_count;
	int64_t next_stray_ns;
	struct stray_sweep {
		bool wanted;
		struct stray_cursor cursor;
	} stray_sweeps[STORE_NODES_MAX];
	size_t stray_turn; /* the node that is looked at first */

	struct reclaim reclaim;
	struct scrub scrub;
	struct collection collection;
	struct pass passes[PASS_COLLECT + 1];

	/* What is said. */
	bool run_open; /* a repair has been announced and has not ended */
	struct tally run, since_event;
	unsigned run_events;
	int64_t next_tally_ns;
	char trigger[512];     /* what was noticed last that may bring about a repair */
	char run_trigger[512]; /* the same, when the run that is open had nothing more to do */
	uint64_t repaired, repaired_bytes;
	uint64_t moved_bytes;   /* of these, to where they are wanted more than where they were */
	uint64_t trimmed_bytes; /* of copies that were taken away as excess */
	double rate;
	int64_t rate_ns;
	uint64_t rate_bytes;
	int64_t written_ns; /* the report, to its file */
	enum repair_state written_state;
	bool unwritten; /* something in it that others would want to know */
	int64_t idle_since_ns;

	struct maintain_node nodes[STORE_NODES_MAX];

	pthread_t thread;
	pthread_t *workers, *probers;
	size_t worker_count, prober_count;

	pthread_mutex_t probe_mutex;
	pthread_cond_t probe_wake;  /* for the prober that waits until a node is due */
	pthread_cond_t probe_spare; /* for all others */
	bool probe_led;             /* one does */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t work;
	struct task *ready, **ready_end;
	struct task *done, **done_end;
	size_t running, ready_count, done_count;
	size_t running_max; /* as many tasks may run at once */
	atomic_bool stopping;
	bool holds_role;
	struct report report;
	/* What keeps maintenance from its work: see maintain_note_trouble(). */
	int64_t trouble_since_ns, trouble_ns;
	struct error trouble;
};

/* ---- maintain.c ---- */

/* Without threads: for tests, which call maintain_step(). */
MUST_CHECK int maintain_new(struct store *store, struct maintenance **maintenance, struct error *error);
void maintain_free(struct maintenance *maintenance);
/* Frees it as a process that is killed leaves it: nothing is settled, what was begun stays as it is. */
void maintain_abandon(struct maintenance *maintenance);
/* Looks at the nodes, ticks, and carries out what was planned, in the calling thread. */
void maintain_step(struct maintenance *maintenance);
int64_t maintain_now_ns(const struct maintenance *maintenance);
int64_t maintain_now_ms(const struct maintenance *maintenance);

/* Tells those who wait for news that there are some. */
void maintain_note_news(struct maintenance *maintenance);

/* ---- maintain_trouble.c ---- */

/*
 * Notes that a step could not be taken because of `error`, which comes from the catalog or the system. It is tried
 * again at one of the next ticks; but whoever waits for a pass does not wait for ever.
 */
void maintain_note_trouble(struct maintenance *maintenance, const struct error *error);
/* Whether some step has failed again and again for some seconds; then `error` says why. Any thread. */
bool maintain_is_in_trouble(struct maintenance *maintenance, struct error *error);

/* ---- maintain_journal.c ---- */

/* False while nodes know more than the catalog; then nothing else may be done. */
bool maintain_journals(struct maintenance *maintenance);
/* Waits for the thread that writes a copy of the catalog, which gives up soon when maintenance is stopping. */
void maintain_stop_copying(struct maintenance *maintenance);

/* ---- maintain_probe.c ---- */

MUST_CHECK int maintain_start_probers(struct maintenance *maintenance, struct error *error);
void maintain_stop_probers(struct maintenance *maintenance);
/* Sees to it that a disk that is slow to answer holds up no other node. */
void maintain_mind_probers(struct maintenance *maintenance);
/* Looks at all nodes soon. */
void maintain_look_soon(struct maintenance *maintenance);
/* Whether every node that answers was looked at after that time, or enough time has passed for one that hangs. */
bool maintain_have_looked(struct maintenance *maintenance, int64_t since_ns);
/* Looks at every node, in the calling thread. */
void maintain_look(struct maintenance *maintenance);

/* ---- maintain_worker.c ---- */

MUST_CHECK int maintain_start_workers(struct maintenance *maintenance, struct error *error);
/* Lets as many tasks run at once as the settings say by now. */
void maintain_adjust_workers(struct maintenance *maintenance);
/* Lets the tasks that are running end; those that are not stay in the list. */
void maintain_stop_workers(struct maintenance *maintenance);
/* Hands a task to the workers; without threads it is carried out by maintain_run_ready(). */
void maintain_submit(struct maintenance *maintenance, struct task *task);
void maintain_run_ready(struct maintenance *maintenance);
/* When the first of those that were carried out aside is over; INT64_MAX when there is none. */
int64_t maintain_next_end_ns(const struct maintenance *maintenance);
/* The finished tasks, in a list. */
struct task *maintain_take_done(struct maintenance *maintenance);
/* How many of the tasks that are not settled still have to be carried out. */
size_t maintain_unfinished(struct maintenance *maintenance);
/* Lets the calling thread come after those of clients. */
void maintain_be_nice(void);
/* Wakes the maintenance thread. Any thread. */
void maintain_wake(struct maintenance *maintenance);

/* ---- maintain_nodes.c ---- */

void maintain_watch_nodes(struct maintenance *maintenance);
/* Learns from the catalog how long nodes have been away. */
MUST_CHECK int maintain_take_over_nodes(struct maintenance *maintenance, struct error *error);

/* ---- maintain_scan.c ---- */

MUST_CHECK int maintain_scan(struct maintenance *maintenance, struct error *error);
/* Repair's state, its reason and its queues, from the last scan and what is under way. */
void maintain_describe(struct maintenance *maintenance, struct report *report);

/* ---- maintain_dispatch.c ---- */

/* Plans tasks until enough are under way. */
void maintain_dispatch(struct maintenance *maintenance);
/* A new task that is counted among those under way, or NULL when there are enough. */
struct task *maintain_add_task(
	struct maintenance *maintenance, enum task_kind kind, const struct catalog_chunk *chunk);
/* Frees a task that is over, and ends its booking. */
void maintain_end_task(struct maintenance *maintenance, struct task *task);
bool maintain_is_under_way(const struct maintenance *maintenance, int64_t chunk);
/* Remembers that a chunk's task failed, and why, or with NULL that it is all right. */
void maintain_note_setback(struct maintenance *maintenance, int64_t chunk, const char *why);
/* Whether chunks wait for their turn to be copied; those whose task failed lately do not. */
bool maintain_has_copies_to_plan(const struct maintenance *maintenance);
/* How many workers' worth of work may be under way, for clients come first. */
size_t maintain_depth(const struct maintenance *maintenance);

/* ---- maintain_commit.c ---- */

/*
 * Forgets bad copies of chunks that have all they want by other means than a transfer: fewer are wanted, or a node
 * came back. One page a tick, once after each scan.
 */
void maintain_forgive(struct maintenance *maintenance);
/* Settles finished tasks and commits the intents of pending ones. */
void maintain_commit(struct maintenance *maintenance);

/* ---- maintain_stray.c ---- */

void maintain_add_stray(struct maintenance *maintenance, uint16_t node, const struct digest *digest);
/* Unlinks files that are no replicas, a bounded number. */
void maintain_remove_strays(struct maintenance *maintenance);
/*
 * The same for some of one node's, those above the cursor. Whether there are more, with which the next call goes on.
 */
bool maintain_sweep_strays(struct maintenance *maintenance, struct node *node, struct stray_cursor *cursor);

/* ---- maintain_collect.c ---- */

/* Begins a collection when it is time, and does a little of the one under way. */
void maintain_collect(struct maintenance *maintenance);
/* Begins one for somebody who waits for it, in place of any other. */
void maintain_start_collect(struct maintenance *maintenance, const struct retention_rules *rules);
/* Whether there is work for the next tick, which therefore should come soon. */
bool maintain_is_collecting(const struct maintenance *maintenance);
/*
 * Whether somebody waits for it. Repair, but for last copies, then waits for a minute at most: what it trims, and
 * what it makes of bad copies, would be freed with the rest, and nobody was told of it before.
 */
bool maintain_is_asked_to_collect(const struct maintenance *maintenance);

/* ---- maintain_garbage.c ---- */

/* The strays of one node; one folder of one node; one node's quarantine. */
MUST_CHECK enum collect_step maintain_collect_strays(struct maintenance *maintenance, struct error *error);
MUST_CHECK enum collect_step maintain_collect_files(struct maintenance *maintenance, struct error *error);
MUST_CHECK enum collect_step maintain_collect_quarantine(
	struct maintenance *maintenance, struct error *error);
/* All of them. */
MUST_CHECK enum collect_step maintain_collect_drafts(struct maintenance *maintenance, struct error *error);

/* ---- maintain_inventory.c ---- */

/* One page of the inventory of a node, where one is wanted. */
void maintain_take_inventory(struct maintenance *maintenance);
/* Whether there is work for the next tick, which therefore should come soon. */
bool maintain_is_taking_inventory(const struct maintenance *maintenance);

/* ---- maintain_reclaim.c ---- */

/* A little of the search for lost chunks, where that is wanted. */
void maintain_reclaim(struct maintenance *maintenance);
/* Asks for a round that begins after this. Returns how many will have ended by the time that it has. */
uint64_t maintain_want_reclaim(struct maintenance *maintenance);
/* Whether there is work for the next tick, which therefore should come soon. */
bool maintain_is_reclaiming(const struct maintenance *maintenance);

/* ---- maintain_scrub.c ---- */

MUST_CHECK int maintain_take_over_scrub(struct maintenance *maintenance, struct error *error);
/* Begins a pass when it is time, hands out chunks, ends the pass. */
void maintain_scrub(struct maintenance *maintenance);
void maintain_start_scrub(struct maintenance *maintenance, uint16_t only, bool asked, int64_t bandwidth);
/* Gives up the pass that is under way. */
void maintain_drop_scrub(struct maintenance *maintenance);
void maintain_settle_scrub(struct maintenance *maintenance, const struct task *task);
/* The settings that a restart goes on from. */
void maintain_save_scrub(struct maintenance *maintenance);

/* ---- maintain_pass.c ---- */

/* Takes up requests, and answers those that are fulfilled. */
void maintain_passes(struct maintenance *maintenance);
/* Asks whoever maintains the store for a pass; catalog_get_request() tells what came of it. */
MUST_CHECK int maintain_ask(struct store *store, const struct pass_options *options,
	struct catalog_request *request, struct error *error);

/* ---- maintain_event.c ---- */

/* What the next repair will be said to have been brought about by. */
void maintain_set_trigger(struct maintenance *maintenance, const char *format, ...) PRINTF_LIKE(2, 3);
/* Inside a transaction: says what became of a copy, now or summed up with others. */
MUST_CHECK int maintain_record_task(
	struct maintenance *maintenance, const struct task *task, bool settled, struct error *error);
/* Says when a repair begins and ends. */
void maintain_announce(struct maintenance *maintenance);
/* One event in a transaction of its own. */
void maintain_record(struct maintenance *maintenance, const struct view_event *event);

#endif
