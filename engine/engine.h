/*
 * engine.h: everything that a command or a console may ask of a store.
 *
 * A store is one catalog and its nodes, described by one config.yaml. All functions below may block on
 * disks unless they say otherwise; a console calls them only through a `struct watch`, which works in a
 * thread of its own. A `struct store` may be used from several threads at once, and several processes
 * may have the same store open.
 *
 * Functions that return int return 0, or -1 after filling in `error` (never NULL here).
 */
#ifndef LINCKIA_ENGINE_ENGINE_H
#define LINCKIA_ENGINE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/durability_result.h"
#include "engine/error.h"
#include "engine/rehearsal.h"
#include "engine/suggest.h"
#include "engine/text.h"
#include "engine/view.h"

struct store;

/* A stored name: at most this many bytes, any but NUL; parts between '/' are neither "", "." nor "..". */
#define STORE_NAME_MAX        4096
#define STORE_REPLICATION_MAX 16
#define STORE_NODES_MAX       1024
#define STORE_DIGEST_HEX      65 /* 64 hex digits and NUL */
#define SNAPSHOT_NAME_SIZE    129
#define SNAPSHOT_NOW          "now" /* stands for the store as it is, where a snapshot is asked for */

/* ---- making and opening ---- */

/*
 * Which config to use: `given` if not NULL; else $LINCKIA_CONFIG, ./config.yaml, ~/.config/linckia/config.yaml,
 * /etc/linckia/config.yaml, the first that exists. ./config.yaml is refused (ERROR_CONFIG) when it is another user's
 * or everybody can write to it: docs/security.md. `*path` is the caller's to free.
 */
MUST_CHECK int store_find_config(const char *given, char **path, struct error *error);

/* One node of a store that store_new() is to make. Text fields may be NULL, numbers 0: the default. */
struct store_new_node {
	/* Default: the last part of `path`, where that is linckia the one before; made unique. */
	const char *name;
	const char *path;
	const char *zone;
	uint64_t capacity_bytes; /* 0: the whole file system */
};

struct store_new_options {
	unsigned node_count; /* node-1 … node-N inside the folder, zones a, b, c in turn; or … */
	const struct store_new_node *nodes; /* … these, `nodes_length` of them */
	size_t nodes_length;
	const char *config_path;     /* NULL: config.yaml in the folder, which must be absolute otherwise */
	unsigned replication_factor; /* 0: 3, or the number of nodes if that is smaller */
	uint64_t chunk_bytes;        /* 0: 4 MiB */
	bool rehearsal;
};

/*
 * Writes the config and makes the store, and the folders of both where only the last part of their path is missing.
 * Replaces no config, and refuses a folder that has a config.yaml already.
 */
MUST_CHECK int store_new(const char *folder, const struct store_new_options *options, struct error *error);

/* What store_init() found and did, node by node. */
typedef void store_init_report(void *context, const char *node, const char *what);

/*
 * Makes the store that the config at `config_path` describes: catalog, and identity and folders of
 * each node that the catalog does not know yet. Safe to repeat. Refuses a node that belongs to another
 * store; leaves a node that the catalog knows but whose identity is gone alone, and says so.
 */
MUST_CHECK int store_init(
	const char *config_path, store_init_report *report, void *context, struct error *error);

/* What store_rebuild() tells as it goes: a sentence. */
typedef void rebuild_report(void *context, const char *sentence);

struct rebuild_options {
	bool force;             /* also when nothing is wrong with the catalog */
	rebuild_report *report; /* what it uses, and what is missing; may be NULL */
	void *context;
	const atomic_bool *cancel;
};

struct rebuild_result {
	uint64_t sequence; /* of the last commit that was found */
	uint64_t files, versions, bytes, snapshots, chunks;
	uint64_t copies;                 /* of chunks, found on the nodes */
	uint64_t chunks_missing;         /* chunks without any copy on the nodes that were there */
	uint64_t unknown, unknown_bytes; /* chunk files that no version names */
	uint64_t records;                /* applied after the copy of the catalog */
	uint64_t gaps;                   /* places where records are missing */
	uint64_t damaged_lines;
	unsigned nodes, nodes_absent;
	char aside[512]; /* where the catalog that was there is now; "" when there was none */
};

/*
 * Makes the catalog anew from what the nodes that are there hold: the newest history, and which chunks are where.
 * What was there in its place is put aside. Refused while another process uses the store, and, without `force`, while
 * the catalog is in order.
 */
MUST_CHECK int store_rebuild(const char *config_path, const struct rebuild_options *options,
	struct rebuild_result *result, struct error *error);

/* Opens an initialised store. A store_open() of a store that was never made fails with advice. */
MUST_CHECK int store_open(const char *config_path, struct store **store, struct error *error);
/* The catalog is closed then; nodes are once reads that hang have ended. */
void store_close(struct store *store);

/* What the wall clock of the store shows, in milliseconds since 1970: the clock may be virtual. Any thread. */
int64_t store_now_ms(const struct store *store);

/* The console's settings in the config. The text lives as long as the store. */
int store_console_refresh_ms(const struct store *store);
const char *store_console_theme(const struct store *store);
bool store_console_mouse(const struct store *store);

/* ---- storing and fetching ---- */

/* How far a transfer has come; totals are 0 while they are unknown. Called from one thread at a time. */
struct progress {
	uint64_t bytes_done, bytes_total;
	uint64_t files_done, files_total;
	const char *name; /* what is being worked on */
};
typedef void progress_report(void *context, const struct progress *progress);

enum entry_kind { ENTRY_FILE, ENTRY_LINK, ENTRY_FOLDER };

/* One version of one name, as `ls`, `put` and `stat` show it. Lives during the call that passes it. */
struct entry {
	const char *name; /* without a closing '/' for folders */
	enum entry_kind kind;
	uint64_t version;
	uint64_t size_bytes;
	int64_t mtime_ns;  /* of the source, nanoseconds since 1970 */
	int64_t stored_ms; /* when it was stored */
	unsigned mode;     /* permission bits */
	unsigned replication_factor;
	uint64_t chunks;
	uint64_t new_chunks;           /* put only: of these, not stored before */
	char sha256[STORE_DIGEST_HEX]; /* of the content; of the target for a link; "" for a folder */
	const char *target;            /* of a link, else NULL */
};
typedef void entry_report(void *context, const struct entry *entry);

/* A sentence about something that was skipped, degraded or failed while the rest went on. */
typedef void message_report(void *context, const struct error *message);

struct put_options {
	const char *name;            /* store under this name; NULL: the base name of each path */
	unsigned replication_factor; /* 0: the store's default */
	entry_report *stored;        /* each entry, once it is durable; may be NULL, like the next ones */
	/* Entries that are not stored because of their kind; does not fail the call. */
	message_report *skipped;
	message_report *warned; /* stored, but with fewer copies than asked for */
	message_report *failed; /* entries that could not be stored; the call goes on and fails at the end */
	progress_report *progress; /* asking for it costs a walk over what is to be stored, for the totals */
	void *context;
	uint64_t *new_bytes;       /* if not NULL: gets the bytes of all chunks that were not stored before */
	const atomic_bool *cancel; /* set by anyone: the call stops soon with ERROR_CANCELLED */
};

/*
 * Stores files, links and folders (recursively), or standard input where a path is "-" (needs a name).
 * When an entry is reported stored, it is durable: invariant 1. Entries stored before a failure or a
 * cancellation stay stored.
 */
MUST_CHECK int store_put(struct store *store, const char *const *paths, size_t path_count,
	const struct put_options *options, struct error *error);

struct get_options {
	const char *at;     /* store_get_prefix(): a snapshot; NULL: as it is now */
	const char *output; /* a path, "-" for standard output, NULL for the base name here */
	message_report *failed;
	progress_report *progress;
	void *context;
	const atomic_bool *cancel;
};

/*
 * Fetches `name`, `name@version` or `name@snapshot`. Every byte was checked before it is written (invariant 2); a
 * file appears under its name only when it is whole.
 */
MUST_CHECK int store_get(
	struct store *store, const char *name, const struct get_options *options, struct error *error);

/*
 * Fetches everything under the folder `prefix` ("" for all) so that the folder `options->output`
 * becomes what `prefix` was: files, links, folders, permission bits, modification times.
 */
MUST_CHECK int store_get_prefix(
	struct store *store, const char *prefix, const struct get_options *options, struct error *error);

/* ---- names ---- */

/*
 * Reports the files and links, and the folders that have nothing in them, whose name is `prefix` or
 * lies under it ("" or NULL for all), in byte order; as they are, or as they were at the snapshot `at`.
 * ERROR_NOT_FOUND when a prefix matches nothing.
 */
MUST_CHECK int store_list(struct store *store, const char *prefix, const char *at, entry_report *report,
	void *context, struct error *error);

enum replica_state { REPLICA_LIVE, REPLICA_UNREACHABLE, REPLICA_BAD };
/* "live", "unreachable", "bad". */
const char *replica_state_name(enum replica_state state);

struct stat_replica {
	const char *node;
	enum replica_state state;
};

/* One run of a file's bytes. Small files may share a chunk; then `offset` and `length` say which part. */
struct stat_chunk {
	char sha256[STORE_DIGEST_HEX]; /* the chunk's name on the nodes */
	uint64_t size_bytes;           /* of the whole chunk */
	uint64_t offset, length;       /* of the file's bytes in it */
	const struct stat_replica *replicas;
	size_t replica_count;
};
typedef void stat_chunk_report(void *context, const struct stat_chunk *chunk);

/* Describes `name`, `name@version` or `name@snapshot`: first `entry`, then each chunk in the order of the file. */
MUST_CHECK int store_stat(struct store *store, const char *name, entry_report *entry,
	stat_chunk_report *chunk, void *context, struct error *error);

/*
 * Removes the name `name`, or everything under it when it ends in '/'. Versions stay in the history. As all
 * that changes what the catalog must not lose, it fails with ERROR_UNAVAILABLE while fewer nodes than
 * min_replicas can be written to.
 */
MUST_CHECK int store_remove(struct store *store, const char *name, uint64_t *removed, struct error *error);

/* Sets the replication factor of `name`, or of everything under it when it ends in '/'. */
MUST_CHECK int store_set_replication(struct store *store, const char *name, unsigned replication_factor,
	uint64_t *changed, struct error *error);

/* ---- history ---- */

/* One version of a name. Lives during the call that passes it. */
struct version {
	struct entry entry;
	bool current;
	int64_t ended_ms;             /* when it ceased to be current; 0: it is */
	const char *const *snapshots; /* that hold it, the oldest first */
	size_t snapshot_count;
};
typedef void version_report(void *context, const struct version *version);

/* Reports every version of a name, the newest first, also of a name that was removed. */
MUST_CHECK int store_versions(
	struct store *store, const char *name, version_report *report, void *context, struct error *error);

struct restore_result {
	char name[STORE_NAME_MAX + 1]; /* without the ending */
	uint64_t from, version;        /* the version that was asked for, and the current one now */
	bool changed;                  /* false: the current one was the same already */
};
/*
 * Makes `name@version` or `name@snapshot` current again, as a new version with the same content, permission bits and
 * modification time. Neither reads nor writes a chunk. Works for a name that was removed.
 */
MUST_CHECK int store_restore(
	struct store *store, const char *name, struct restore_result *result, struct error *error);

/* What was current at one moment, under a name. */
struct snapshot {
	char name[SNAPSHOT_NAME_SIZE];
	uint64_t sequence; /* of the last commit before it */
	int64_t created_ms;
	uint64_t files, bytes;
};
typedef void snapshot_report(void *context, const struct snapshot *snapshot);

/*
 * Takes a snapshot; with `name` NULL it is called by the time. Costs the same however much is stored. Names are 1
 * to 128 letters, digits and "._:+-", begin with a letter or digit, and are neither a number nor SNAPSHOT_NOW.
 */
MUST_CHECK int store_snapshot_create(
	struct store *store, const char *name, struct snapshot *created, struct error *error);
MUST_CHECK int store_snapshot_find(
	struct store *store, const char *name, struct snapshot *snapshot, struct error *error);
/* Reports all of them, the oldest first. */
MUST_CHECK int store_snapshot_list(
	struct store *store, snapshot_report *report, void *context, struct error *error);
/* What only that snapshot held becomes history like any other, for retention to judge. */
MUST_CHECK int store_snapshot_remove(struct store *store, const char *name, struct error *error);

/* A name that differs; NULL where it was not there. Lives during the call that passes it. */
typedef void difference_report(void *context, const struct entry *before, const struct entry *after);

struct diff_options {
	const char *prefix; /* NULL or "": all */
	difference_report *report;
	void *context;
	const atomic_bool *cancel;
};
/*
 * Reports what differs between two snapshots, or SNAPSHOT_NOW, in byte order: names that were added or removed,
 * and those whose content, permission bits or modification time changed; of folders, whose time changes with
 * whatever is in them, only the permission bits count.
 */
MUST_CHECK int store_snapshot_diff(struct store *store, const char *before, const char *after,
	const struct diff_options *options, struct error *error);

struct snapshot_restore_options {
	const char *prefix;        /* NULL or "": all */
	progress_report *progress; /* names, as files; may be NULL */
	void *context;
	const atomic_bool *cancel;
};

struct snapshot_restore_result {
	uint64_t restored, removed; /* names, folders included */
	uint64_t bytes;             /* of those brought back */
	/* The snapshot that holds what was there before; "": nothing differed. */
	char undo[SNAPSHOT_NAME_SIZE];
};
/*
 * Makes the store, or what `prefix` stands for, what it was at the snapshot: names that differ get a new version,
 * names that were not there are removed. First takes a snapshot, so that all of it can be undone. What was done
 * before a failure or a cancellation stays, `result` tells of it in either case, and the same call goes on where
 * it stopped.
 */
MUST_CHECK int store_snapshot_restore(struct store *store, const char *name,
	const struct snapshot_restore_options *options, struct snapshot_restore_result *result,
	struct error *error);

/* ---- nodes ---- */

/*
 * Adds the node `node->name`: one that the config already has, when all else of `node` is empty;
 * otherwise the config gets an entry for it first. `*made` (may be NULL) is false when it was part of the store.
 */
MUST_CHECK int store_node_add(
	const char *config_path, const struct store_new_node *node, bool *made, struct error *error);

/* Takes a node out of service by hand, or puts it back. `changed` tells whether it was not so already. */
MUST_CHECK int store_node_fail(struct store *store, const char *name, bool *changed, struct error *error);
MUST_CHECK int store_node_recover(struct store *store, const char *name, bool *changed, struct error *error);

/*
 * Empties a node: its copies are moved elsewhere and it gets no new ones. store_node_recover() ends it. What moves
 * the copies is maintenance, in this process or another.
 */
MUST_CHECK int store_node_drain(struct store *store, const char *name, bool *changed, struct error *error);

/* For long work only; all may be NULL. */
struct node_removal_options {
	progress_report *progress; /* bytes, and chunks as files */
	void *context;
	const atomic_bool *cancel;
};

/*
 * Takes a node out of the store and out of the config at `config_path` for good. Invariant 4: first it reads a copy
 * elsewhere of each chunk that the node holds, which takes its time unless the node was drained, and it is refused
 * with ERROR_REFUSED while some chunk has no good copy on another node that answers. The node's folder stays, without
 * its identity. `options` may be NULL. `chunks` gets how many copies it held that now have to be made elsewhere.
 */
MUST_CHECK int store_node_remove(const char *config_path, const char *name,
	const struct node_removal_options *options, uint64_t *chunks, struct error *error);

/*
 * Faults for rehearsal stores; refused in any other. wipe deletes every chunk file of a node, corrupt changes a byte
 * in each of `count` of them. Neither tells the store, which is to find out by itself.
 */
MUST_CHECK int store_node_wipe(struct store *store, const char *name, uint64_t *chunks, struct error *error);
MUST_CHECK int store_node_corrupt(
	struct store *store, const char *name, uint64_t count, uint64_t *chunks, struct error *error);

/* ---- the simulated network ---- */

/*
 * In a rehearsal store every transfer passes a simulated network: docs/network.md. Between the client, which is
 * whoever runs linckia, and each node, and between each two nodes there is a link in each direction. Changes are
 * refused in any other store. They last until they are changed again, other processes follow within a second, in
 * transfers under way too, and each leaves an event.
 */
#define LINK_CLIENT_NAME    "client"
#define LINK_ALL_NODES      "all" /* stands for every node, unless a node is called so */
#define LINK_LATENCY_MAX_MS 3600000
#define LINK_BANDWIDTH_MAX  (UINT64_C(1) << 60)

/* A link that differs from a perfect one. Lives during the call that passes it. */
struct link {
	const char *from, *to; /* names of nodes, or LINK_CLIENT_NAME */
	struct link_settings settings;
	bool of_config; /* as the config has it; else it was set since */
};
typedef void link_report(void *context, const struct link *link);

/* Reports all of them, in the order of the nodes, the client first. */
MUST_CHECK int store_list_links(struct store *store, link_report *report, void *context, struct error *error);

/* Of `to`, what is set. */
struct link_change {
	bool set_latency, set_jitter, set_bandwidth, set_loss, set_cut;
	struct link_settings to;
	bool one_way; /* only from `from` to `to` */
};

/*
 * Changes the links between each of `from` and each of `to`, both ways unless it is to be one. `changed` gets how
 * many links, each direction for itself, are different now. ERROR_NOT_FOUND for a name that is no node; ERROR_USAGE
 * for values out of range and ends that have no link between them.
 */
MUST_CHECK int store_set_links(struct store *store, const char *const *from, size_t from_count,
	const char *const *to, size_t to_count, const struct link_change *change, uint64_t *changed,
	struct error *error);

/* Cuts every link between different groups, both ways. A name stands in one group only; others stay as they are. */
MUST_CHECK int store_partition(struct store *store, const char *const *const *groups, const size_t *counts,
	size_t group_count, struct error *error);

/* Names of presets with what each is like, for help and completion; ends with a NULL name. */
struct network_preset {
	const char *name, *about;
	struct link_settings settings;
	bool needs_nodes; /* it makes no sense for all nodes at once */
};
extern const struct network_preset network_presets[];

/* Gives every link from and to these nodes, or to all when `node_count` is 0, the preset's settings; cuts stay. */
MUST_CHECK int store_network_preset(struct store *store, const char *preset, const char *const *nodes,
	size_t node_count, struct error *error);

/* Makes all links perfect, also those that the config describes, until they are set again. */
MUST_CHECK int store_heal_network(struct store *store, uint64_t *changed, struct error *error);

/* ---- maintenance ---- */

/*
 * Detection, repair, scrub and balance, in threads of its own. One process at a time holds the role; this one takes
 * it when it is free, and waits for it otherwise. Several stores may be maintained in one process, each once.
 */
struct maintenance;

MUST_CHECK int maintenance_start(struct store *store, struct maintenance **maintenance, struct error *error);
/* Ends the transfers under way, lets go of the role and frees it. Blocks while a chunk is moved. NULL is ignored. */
void maintenance_stop(struct maintenance *maintenance);
/* Whether this process holds the role now. */
bool maintenance_is_ours(struct maintenance *maintenance);
/* A number that grows when a node or repair has changed its state: a new view would show it. Never blocks. */
uint64_t maintenance_news(struct maintenance *maintenance);
/* A descriptor of maintenance's own that poll(2) finds readable once that number has grown, until it is asked for. */
int maintenance_news_fd(struct maintenance *maintenance);

enum pass_kind { PASS_REPAIR, PASS_SCRUB, PASS_REBALANCE, PASS_COLLECT };

/* Which versions a collection keeps; what is not set is as the config says. */
struct collect_options {
	bool set_keep_versions, set_keep_for;
	uint64_t keep_versions; /* 0: no such rule */
	int64_t keep_for_ms;    /* 0: no such rule */
};

struct pass_options {
	enum pass_kind kind;
	const char *node; /* scrub: this node's copies only; NULL: all */
	bool limited;     /* scrub: `bandwidth` bytes per second; else as fast as the disks go */
	uint64_t bandwidth;
	struct collect_options collect;
	progress_report *progress; /* bytes, and chunks as files; may be NULL */
	void *context;
	const atomic_bool *cancel;
};

struct pass_result {
	uint64_t chunks,
		bytes; /* copied or verified; collection: forgotten, and of the files that were removed */
	uint64_t bad;  /* scrub: copies found bad */
	/* repair: chunks that still lack copies; scrub: that could not be verified; collection: 1: it did not end */
	uint64_t left;
	uint64_t versions, files; /* collection: let go of; removed */
	uint64_t waiting_bytes;   /* collection: of files that go when their nodes are back */
	int64_t duration_ms;
	bool by_other;  /* done by the process that maintains the store */
	char text[768]; /* one sentence about the outcome */
};

/*
 * One full pass now, however much of the grace or the interval is left. Does the work in this process when no other
 * maintains the store; otherwise asks that one and waits. `maintenance` may be NULL: then one is started for as long.
 */
MUST_CHECK int store_run_pass(struct store *store, struct maintenance *maintenance,
	const struct pass_options *options, struct pass_result *result, struct error *error);

/* A version that a collection would let go of. Lives during the call. */
struct collect_version {
	const char *name; /* without a folder's closing '/' */
	uint64_t version;
	enum entry_kind kind;
	uint64_t size_bytes;
	const char *why;
};
typedef void collect_report(void *context, const struct collect_version *version);

struct collect_preview {
	uint64_t versions, chunks;
	uint64_t files, bytes;  /* on nodes that can be written to */
	uint64_t waiting_bytes; /* on others */
	bool clients; /* somebody puts or gets, so that only what was unused before would go from the nodes now */
};

/*
 * What a pass of collection would do now: first the versions that would go, the longest ended ones first, then the
 * sums. Changes nothing. What the pass frees is what is said here, to the byte, unless something happens in between.
 * Blocks on the nodes' disks: their folders are listed.
 */
MUST_CHECK int store_preview_collection(struct store *store, const struct collect_options *options,
	collect_report *report, void *context, struct collect_preview *preview, struct error *error);

/* What can be set while repair runs, in whichever process. It stays set until it is set otherwise. */
struct repair_control {
	bool set_bandwidth;
	bool bandwidth_of_config; /* back to what the config says */
	uint64_t bandwidth;       /* bytes per second; 0: no limit */
	bool set_paused, paused;
};
MUST_CHECK int store_control_repair(
	struct store *store, const struct repair_control *control, struct error *error);

/* ---- risk ---- */

/* A version with chunks that have, or would have, fewer live copies than wanted. Lives during the call. */
struct risk_file {
	const char *name;
	uint64_t version;
	bool current;                 /* the version that the name has now */
	const char *const *snapshots; /* that hold it, the oldest first */
	size_t snapshot_count;
	uint64_t chunks_at_risk;
	unsigned worst_live; /* of its chunks: the fewest live copies */
	unsigned want;
};
typedef void risk_report(void *context, const struct risk_file *file);

/*
 * Reports the versions at risk as things are, or as they would be if the nodes `lost` were lost too, worst first. An
 * unknown node is ERROR_NOT_FOUND.
 */
MUST_CHECK int store_risk(struct store *store, const char *const *lost, size_t lost_count,
	risk_report *report, void *context, struct error *error);

/* ---- looking ---- */

/* Takes a picture of the store now, with its newest `events` events. The caller owns one reference. */
MUST_CHECK int store_view(struct store *store, size_t events, const struct view **view, struct error *error);

/*
 * The picture of a store whose catalog could not be opened or read: CRITICAL, with CATALOG_DAMAGED and the sentence
 * of `cause`. Of the rest it shows what the config says.
 */
MUST_CHECK int store_view_damaged(
	const char *config_path, const struct error *cause, const struct view **view, struct error *error);

typedef void event_report(void *context, const struct view_event *event);

/* Reports the newest `limit` events (0: all) with an id above `after`, oldest first. */
MUST_CHECK int store_events(struct store *store, int64_t after, size_t limit, event_report *report,
	void *context, struct error *error);

/*
 * A watch keeps a fresh view of a store for a screen. It owns a thread that follows the nodes and what other
 * processes commit, so that the screen never waits (invariant 8).
 */
struct watch;

struct watch_options {
	int refresh_ms; /* how often it looks whether anything has changed */
	bool maintain;  /* maintenance runs for as long as the watch */
	void (*wake)(
		void *context); /* called from the watch's thread when there is another view; may be NULL */
	void *context;
};
MUST_CHECK int watch_start(
	struct store *store, const struct watch_options *options, struct watch **watch, struct error *error);
/* Ends the thread and frees the watch. Blocks until the step under way is done. NULL is ignored. */
void watch_stop(struct watch *watch);

/* The newest view; the caller unrefs it. Never blocks on a disk; never NULL. */
const struct view *watch_view(struct watch *watch);

#endif
