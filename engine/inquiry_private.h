/*
 * inquiry_private.h: what the files inquiry*.c share. Nobody else includes it.
 *
 *   inquiry.c ─ one thread ─▶ struct search ─▶ inquiry_files.c …   one function for each kind of question
 *                                  │
 *                                  ├── inquiry_world.c   nodes and copysets as they are now
 *                                  └── inquiry_risk.c    versions that lack copies
 *
 * All of it runs in the inquiry's thread.
 */
#ifndef LINCKIA_ENGINE_INQUIRY_PRIVATE_H
#define LINCKIA_ENGINE_INQUIRY_PRIVATE_H

#include "engine/arena.h"
#include "engine/catalog_inquiry.h"
#include "engine/inquiry.h"
#include "engine/store.h"

/* ---- nodes and copysets ---- */

struct world_node {
	uint16_t id;         /* 0: the catalog does not know it */
	const char *name;    /* the store's */
	bool forgotten;      /* no longer part of the store */
	bool readable;       /* its copies count as live */
	bool target;         /* may get copies, as far as it has room */
	uint64_t room_bytes; /* that chunks may still take */
	uint64_t free_bytes; /* of its file system; other nodes may count on the same */
	dev_t device;        /* 0: not known */
};

struct world_copyset {
	int64_t id;
	uint64_t chunks, bytes;
	uint32_t holders; /* where they begin in the world's list */
	uint8_t holder_count, want, live;
};

/* A large file's worst chunk, as long as nothing has changed. */
struct world_worst {
	int64_t version_id;
	unsigned live, want;
};
enum { WORLD_WORST_KEPT = 64 };

struct world {
	struct world_node nodes[STORE_NODES_MAX];
	size_t node_count;
	uint16_t index_by_id[65536]; /* node_count where there is none */
	uint64_t sequence;           /* of the commit that the copysets are as of */
	bool loaded;
	uint64_t digest;                /* of the sequence and of which nodes answer */
	struct world_copyset *copysets; /* by id, ascending */
	size_t copyset_count, copyset_room;
	uint16_t *holders; /* node ids */
	size_t holder_count, holder_room;
	struct world_worst worst[WORLD_WORST_KEPT]; /* by version_id modulo their number */
	uint64_t worst_digest;
};

/* ---- one question ---- */

struct search {
	struct store *store;
	struct catalog *catalog;
	struct world *world;
	const struct question *question;
	struct answer *answer;
	struct arena *arena; /* of what the answer points to */
	const atomic_bool *outdated;
};

/* -1 with ERROR_CANCELLED when the answer is not wanted any more. For work that SQLite does not look after. */
MUST_CHECK int search_goes_on(const struct search *search, struct error *error);
/* Memory of the answer's; NULL with the error set when there is none. */
void *search_alloc(struct search *search, size_t count, size_t size, struct error *error);
/* A copy of `bytes`, which may hold anything. */
const char *search_copy(struct search *search, struct catalog_bytes bytes);
/* Whether `needle` is a part of `bytes`, whatever the case of ASCII letters. "" is a part of everything. */
bool search_matches(const char *needle, struct catalog_bytes bytes);

/* Brings the world up to date with the nodes and with the commit `sequence`. */
MUST_CHECK int world_look(struct search *search, uint64_t sequence, struct error *error);
/* Counts the live copies of all copysets anew, after `readable` of nodes has been changed. */
void world_judge(struct world *world);
void world_release(struct world *world);
/* NULL when there is none: then the catalog is damaged, and `error` says so. */
const struct world_copyset *world_find(const struct world *world, int64_t id, struct error *error);
/* The index of the node, or node_count. */
size_t world_find_node(const struct world *world, const char *name);
bool world_holds(const struct world *world, const struct world_copyset *copyset, uint16_t node);
/*
 * The bytes that all targets may still take, and no more than their file systems have together. `demand`, by the
 * node's index, is the most that a node would be asked to take; NULL: anything.
 */
uint64_t world_room(const struct world *world, const uint64_t *demand);

/* ---- versions at risk ---- */

/* A version with chunks of which fewer copies are live than wanted. */
struct risk {
	int64_t version_id;
	uint64_t chunks; /* that are at risk, each as often as the version uses it */
	uint32_t ratio;  /* of the worst chunk: RISK_NONE × live / want */
	uint16_t live;   /* of its chunks at risk: the fewest */
	uint16_t want;   /* the most */
};
enum { RISK_NONE = 65536 };

/* A hash table of versions. */
struct risks {
	struct risk *slots; /* version_id 0: empty */
	size_t count, room; /* room is a power of two, or 0 */
};
/* Collects all of them. risks_release() is due also after a failure. */
MUST_CHECK int risks_collect(struct search *search, struct risks *risks, struct error *error);
const struct risk *risks_find(const struct risks *risks, int64_t version_id);
void risks_release(struct risks *risks);

/* ---- history ---- */

/* When a version was current: for each sequence in [born, died); died 0: it still is. */
struct version_life {
	int64_t id;
	uint64_t born, died, extents;
};
/* Tells of each of a file's versions, newest first, which snapshots hold it and how much of it is new. */
MUST_CHECK int history_mark(struct search *search, struct answer_version *versions,
	const struct version_life *lives, size_t count, struct error *error);

/* ---- kinds ---- */

MUST_CHECK int inquiry_files(struct search *search, struct error *error);
MUST_CHECK int inquiry_rows(struct search *search, struct error *error);
MUST_CHECK int inquiry_file(struct search *search, struct error *error);
MUST_CHECK int inquiry_chunk(struct search *search, struct error *error);
MUST_CHECK int inquiry_loss(struct search *search, struct error *error);
MUST_CHECK int inquiry_pairs(struct search *search, struct error *error);
MUST_CHECK int inquiry_events(struct search *search, struct error *error);
MUST_CHECK int inquiry_node(struct search *search, struct error *error);
MUST_CHECK int inquiry_names(struct search *search, struct error *error);
MUST_CHECK int inquiry_snapshots(struct search *search, struct error *error);
MUST_CHECK int inquiry_diff(struct search *search, struct error *error);

#endif
