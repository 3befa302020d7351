/*
 * store.h: what the engine's own files know of an open store. The public face is engine.h.
 *
 * A store ties together the config, two connections to the catalog (one for transactions, one for look-ups), the
 * nodes and the buffers. Nodes stay where they are while the store is open: one that joins comes behind the last, one
 * that leaves is forgotten in its place. The state inside each of them changes (node.h).
 *
 *   engine.h ── put.c ─────┬── placement.c            which nodes
 *               get.c      ├── chunk_file.c, node.c   bytes on nodes
 *               entries.c  ├── catalog*.c             what is where
 *               view.c ────┴── health.c               how it is
 */
#ifndef LINCKIA_ENGINE_STORE_H
#define LINCKIA_ENGINE_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/catalog.h"
#include "engine/config.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/network.h"
#include "engine/node.h"
#include "engine/pool.h"
#include "engine/retention.h"

/* What may change in the config while the store is open. */
struct store_settings {
	int64_t repair_interval_ms, repair_grace_ms;
	uint64_t repair_bandwidth;
	unsigned repair_concurrency;
	double repair_min_up_ratio, repair_max_skew;
	int64_t scrub_interval_ms;
	uint64_t scrub_bandwidth;
	struct retention_rules history;
};

/* By what a changed file is told from the one that was read. */
struct file_stamp {
	int64_t mtime_ns;
	uint64_t size, inode;
};

struct maintenance;

struct store {
	const struct env *env;
	struct config *config;          /* as it was when the store was opened, but for: */
	struct store_settings settings; /* guarded by usage_mutex, like the next ones */
	struct file_stamp config_stamp;
	_Atomic int64_t probed_ns;                 /* when all nodes were last looked at */
	atomic_bool has_probers;                   /* threads of its maintenance look at them all the time */
	_Atomic(struct maintenance *) maintenance; /* of this process, if it was started */
	struct catalog *writer;                    /* transactions */
	struct catalog *reader;                    /* look-ups */
	struct node *nodes; /* of the config, in its order, then those that only the catalog knows */
	/* Grows when another process adds one; a node is complete before it is counted. */
	atomic_size_t node_count;
	struct pool *pool;
	struct traffic *traffic;
	struct network *network;     /* never NULL once the store is open: links.h, like the next ones */
	pthread_mutex_t links_mutex; /* guards the config's links and: */
	int64_t links_known;         /* up to which change, … */
	size_t links_nodes;          /* … and for how many nodes they are loaded */
	int64_t links_data_version;  /* of the catalog, when it was last asked for changes */
	_Atomic int64_t links_followed_ns; /* when that was */
	struct hedge *hedge;               /* hedge.h */
	_Atomic int64_t hints_due_ns;      /* when to look again: hints.h */
	unsigned workers;
	atomic_uint_fast64_t chunk_sequence; /* for round_robin: chunks placed so far */
	pthread_mutex_t usage_mutex;         /* guards the refresh of what the nodes hold */
};

/*
 * The same as store_open(), store_init() and so on, in a world of the caller's, which nothing uses any more once
 * store_close() has returned.
 */
MUST_CHECK int store_open_in(
	const struct env *env, const char *config_path, struct store **store, struct error *error);
MUST_CHECK int store_init_in(const struct env *env, const char *config_path, struct error *error);
MUST_CHECK int store_rebuild_in(const struct env *env, const char *config_path,
	const struct rebuild_options *options, struct rebuild_result *result, struct error *error);
MUST_CHECK int store_node_add_in(const struct env *env, const char *config_path,
	const struct store_new_node *node, bool *made, struct error *error);
MUST_CHECK int store_node_remove_in(const struct env *env, const char *config_path, const char *name,
	const struct node_removal_options *options, uint64_t *chunks, struct error *error);

/* The node with a catalog id, or NULL; and the one that has the name now, or had it last. */
struct node *store_node_by_id(struct store *store, uint16_t id);
struct node *store_node_by_name(struct store *store, const char *name);
/* The number of the zone of the node with that index: the one of an earlier node in it, else its own. */
unsigned store_number_zone(const struct store *store, size_t i);
/*
 * One that an operator named, and that is part of the store;
 * all nodes are as the catalog has them now. NULL: `error`.
 */
struct node *store_find_node(struct store *store, const char *name, struct error *error);

/*
 * Tells of each node, by index, whether the catalog knows it, and not another one by its number, which goes to the
 * next that joins. To be asked in a transaction: until it ends, that stays so.
 */
MUST_CHECK int store_list_known(struct store *store, bool known[STORE_NODES_MAX], struct error *error);
/*
 * Brings what each node is said to hold, and whether an operator failed it, up to what the catalog says. One that was
 * put back into service is looked at, which blocks on its disk, unless threads of maintenance do that anyway.
 */
MUST_CHECK int store_refresh_nodes(struct store *store, struct error *error);
/* The settings now. */
void store_get_settings(struct store *store, struct store_settings *settings);
/*
 * Looks whether the config file has changed, and takes over capacities, weights and what is in store_settings. Nodes
 * that are new in it become part of the store when the catalog knows them (store_refresh_nodes). 1: it had changed;
 * 0: it had not; -1: it cannot be used, and what was read before stays.
 */
MUST_CHECK int store_follow_config(struct store *store, struct error *error);
/* Probes every node that no operator failed. Blocks on their disks. */
void store_probe_nodes(struct store *store);
/* Whether that was done so recently that it need not be done again. */
bool store_has_just_probed(struct store *store);

/*
 * Chooses up to `copies` nodes for a chunk that the nodes with the ids `holders` hold already, and books room
 * on them. Returns how many were found; the caller ends each booking with node_book().
 */
size_t store_place_chunk(struct store *store, const struct digest *digest, uint64_t size,
	const uint16_t *holders, size_t holder_count, unsigned copies, struct node **chosen);

/*
 * The same, but only among the nodes whose `allowed` is set, by index below `allowed_count`; nodes that are drained
 * or slow are the caller's to leave out.
 */
size_t store_place_among(struct store *store, const struct digest *digest, uint64_t size,
	const uint16_t *holders, size_t holder_count, unsigned copies, const bool *allowed,
	size_t allowed_count, struct node **chosen);

/* How many of these nodes answer. */
unsigned store_count_live(struct store *store, const uint16_t *nodes, unsigned count);

/*
 * Says in words which nodes do not take a chunk of that size, and why: "node-1 is absent (folder missing), …".
 * Returns whether one of them is full.
 */
bool store_explain_nodes(struct store *store, uint64_t chunk_bytes, char *out, size_t size);

/*
 * Deals with a replica of `chunk` that was found bad on `node`: quarantines the file, takes the node from the chunk's
 * copyset, and records an event that names a file the chunk belongs to. Looks once more before it does, under the
 * write lock, so that it never condemns a copy that another process has just replaced. Errors on the way end in the
 * event, not with the caller, who has other copies to turn to.
 */
void store_condemn_replica(
	struct store *store, const struct catalog_chunk *chunk, struct node *node, const char *reason);

/* Makes the reserve beside the catalog where it is missing and there is plenty of room. */
void store_keep_reserve(struct store *store);
/* Gives it back; whether there was one. What failed for want of room may succeed now. */
bool store_release_reserve(struct store *store);

/* Writes one event in a transaction of its own; a failure to do so is ignored. */
void store_event(struct store *store, enum event_severity severity, const char *code, const char *node,
	const char *format, ...) PRINTF_LIKE(5, 6);

/* Checks a name against the rules of engine.h; the sentence says which one it breaks. */
MUST_CHECK int store_check_name(const char *name, struct error *error);
/* Whether a put can have made an entry of that name; a folder's ends in '/'. */
bool store_is_entry_name(const char *name, bool folder);

/*
 * Finds what the user calls `name`: a current entry of just that name, a folder of that name, or, for
 * "name@7" and "name@snapshot", version 7 of it and the one that the snapshot holds. ERROR_NOT_FOUND otherwise.
 */
MUST_CHECK int store_find(
	struct store *store, const char *name, struct catalog_entry *entry, struct error *error);

/* What callers are shown of `from`; points into it, and takes the closing '/' off a folder's name. */
void store_describe_entry(struct catalog_entry *from, struct entry *entry);

/* Entries in pages: `visit` is called for each, and may call the catalog; anything but 0 from it ends the walk. */
typedef int store_entry_visit(void *context, struct catalog_entry *entry, struct error *error);
/*
 * Walks everything that `prefix` stood for at a moment, in byte order: the name itself, unless `prefix` ends in '/',
 * and all that is in the folder of that name; NULL or "" for all. `found` tells whether there was anything.
 */
MUST_CHECK int store_each_entry(struct store *store, const char *prefix, int64_t at, store_entry_visit *visit,
	void *context, bool *found, struct error *error);

#endif
