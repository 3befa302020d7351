/*
 * node.h: one node as a folder: its identity, what its file system can do, and what state it is in.
 *
 * Layout of a node's folder (0700, files 0600):
 *
 *   linckia-node.json   {"format":1,"store":UUID,"node":UUID,"name":NAME}
 *   chunks/00 … ff      chunk files, see chunk_file.h
 *   journal/ catalog/ quarantine/
 *
 * Invariant 5: a node is its identity file. node_probe() opens the folder, reads the identity through that very
 * descriptor, and everything else goes through descriptors below it, the node's attachment; so what is written is
 * always written to the folder whose identity was checked, even when the path has since come to lead elsewhere. Each
 * probe looks at the path again: where it leads to no folder with the identity, the node is ABSENT, and nobody is
 * given the attachment.
 *
 *              identity found            operator, or an error
 *   ABSENT ───────────────────────▶ UP ────────────────────────▶ DOWN
 *     ▲ ▲                           │ └── read-only ──▶ READ_ONLY │
 *     │ └───── identity gone ───────┘                             │
 *     └──────── every other state is the next probe's to find ────┘
 *
 * State and cause may change under any thread and are read under the node's own mutex, which is held for
 * no longer than copying them takes. Descriptors, once open, stay open until node_release(), so that a
 * thread that uses them never sees them closed: a path that leads elsewhere gives a new attachment, and
 * the old one is kept until the end.
 */
#ifndef LINCKIA_ENGINE_NODE_H
#define LINCKIA_ENGINE_NODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/env.h"
#include "engine/error.h"
#include "engine/journal_file.h"
#include "engine/network.h"
#include "engine/traffic.h"
#include "engine/uuid.h"
#include "engine/view.h"

#define NODE_IDENTITY_FILE "linckia-node.json"
/* In the chunk folder, for a moment: what a suspect disk is tried with. */
#define NODE_PROBE_FILE ".probe"
enum { NODE_FORMAT = 1, NODE_CAUSE_SIZE = 256 };

/* Parts of its capacity: a full node takes no chunks, so that room remains for deletes and journals. */
#define NODE_NEAR_FULL_RATIO 0.85
#define NODE_FULL_RATIO      0.95

/* Causes of a node that the network keeps away. */
#define NODE_CUT_OFF   "cut off"
#define NODE_TIMED_OUT "timed out"

/* One verified opening of a node's folder. Immutable. */
struct node_attachment {
	struct node_attachment *previous;
	struct node *owner; /* outlives it */
	int root;
	int chunks;
	int quarantine;
	bool direct_io; /* O_DIRECT works on its chunk files */
	bool unnamed;   /* O_TMPFILE works in its shard folders */
	dev_t device;
	ino_t inode;
	dev_t chunks_device; /* of what is open as `chunks` */
	ino_t chunks_inode, quarantine_inode;
};

/* Where its journal ends: journal_file.h. */
struct node_journal {
	bool known, present;
	uint64_t base, sequence;
	char history[UUID_SIZE];
	uint64_t bytes; /* of its newest file */
};

struct node {
	const struct env *env;
	_Atomic uint16_t id; /* in the catalog; 0 while the catalog does not know it, or no longer */
	char *name, *zone, *path;
	char store_uuid[UUID_SIZE], uuid[UUID_SIZE];
	unsigned zone_index;
	struct traffic *traffic; /* borrowed; NULL: nothing is counted. Set before the first probe */
	_Atomic uint64_t traffic_key;
	struct network *network; /* borrowed; NULL: transfers pass none. Set before the first probe, like: */
	unsigned end;            /* of its links */
	atomic_bool look_due;    /* nobody has looked at it since it can be reached again */

	pthread_mutex_t journal_mutex;  /* held while the journal on its disk is looked at or written */
	struct journal_end journal_end; /* guarded by it; never taken while `mutex` is held */

	pthread_mutex_t mutex; /* guards what follows */
	uint64_t quota_bytes;  /* 0: none */
	double weight;
	struct node_attachment *attachment; /* NULL until the folder was found to be this node */
	enum node_state state;
	bool failed_by_operator;
	const char *unreachable;  /* why nothing gets through to it, a constant; NULL: it can be reached */
	bool forgotten;           /* it was part of the store, and is no more */
	bool draining;            /* its copies are to go elsewhere */
	bool slow;                /* far slower than it used to be, and than others */
	bool suspect;             /* an operation failed: only a thorough look clears it */
	unsigned looks_to_return; /* good looks in a row that a node which was lost needs */
	unsigned good_looks;      /* so far, of these */
	bool full;                /* a write met ENOSPC since the last probe */
	unsigned flush_failures;  /* of its file system so far */
	char cause[NODE_CAUSE_SIZE];
	uint64_t used_bytes;       /* by chunks that the catalog places here */
	uint64_t writing_bytes;    /* of chunks being written, not committed yet */
	uint64_t filesystem_bytes; /* free on the file system at the last probe */
	double latency_ms;         /* of the last probe; negative: unknown */
	int64_t way_ms;            /* what the network adds to that */
	int64_t verified_ms; /* every copy on it was written or verified since then, by the wall clock; 0: unknown */
	struct node_journal journal; /* as it was when it was last looked at or written */
};

/* Sets up a node that is ABSENT. Copies its texts. */
MUST_CHECK int node_init(struct node *node, const struct env *env, const char *name, const char *zone,
	const char *path, struct error *error);
void node_release(struct node *node);

/* What is found at a node's path. */
enum node_finding {
	NODE_FOUND_IT,         /* this node */
	NODE_FOUND_NOTHING,    /* no folder there */
	NODE_FOUND_BARE,       /* a folder without an identity */
	NODE_FOUND_OTHER,      /* another node of this store */
	NODE_FOUND_FOREIGN,    /* a node of another store */
	NODE_FOUND_UNREADABLE, /* an identity that cannot be read or understood, or an input/output error */
};

struct node_identity {
	char store[UUID_SIZE];
	char node[UUID_SIZE];
	char name[256];
};

/*
 * Reads the identity of whatever node is in the folder `path`, or open as `root`. 0, or -1 with errno: ENOENT when
 * there is none, EBADMSG when it makes no sense.
 */
MUST_CHECK int node_identify(const struct env *env, const char *path, struct node_identity *identity);
MUST_CHECK int node_read_identity(const struct env *env, int root, struct node_identity *identity);

/*
 * Makes the folders and the identity of a node that has none yet, durably. Creates the last part of
 * the path if needed. Refuses a folder with another identity, or with chunks but no identity.
 */
MUST_CHECK int node_create(struct node *node, struct error *error);

/*
 * Makes the folders that are missing below a node's own identity, durably. Refuses a path where the node is not.
 */
MUST_CHECK int node_mend(struct node *node, struct error *error);

/*
 * Looks at the path: reads the identity, measures latency and free space, and sets state and cause.
 * Does not touch a node that the operator failed. Blocks on the node's disk.
 *
 * A node that is suspect, because an operation on it failed, is looked at thoroughly: a file is written, flushed and
 * read back past the cache. Only that clears the suspicion, because an identity file that is still in the page cache
 * says nothing about the disk.
 */
enum node_finding node_probe(struct node *node);

/* Takes the node out of service or puts it back; the next probe finds its real state. */
void node_set_failed(struct node *node, bool failed);
/*
 * Whether the network lets the client through to the node: `cause`, a constant such as "cut off", or NULL. What a
 * look takes gets longer by `latency_ms`, there and back.
 */
void node_set_reach(struct node *node, const char *cause, int64_t latency_ms);
void node_set_draining(struct node *node, bool draining);
void node_set_verified(struct node *node, int64_t verified_ms);
/* What the prober found out about its latency. */
void node_set_slow(struct node *node, bool slow);
void node_set_latency(struct node *node, double latency_ms);
void node_set_capacity(struct node *node, uint64_t quota_bytes, double weight);
/* How many good looks in a row bring back a node that was lost: more than 1 keeps one that comes and goes out. */
void node_set_looks_to_return(struct node *node, unsigned looks);
/* Something went wrong with a file on the node: the next look is a thorough one. Its state stays until then. */
void node_set_suspect(struct node *node);
/* Nobody has heard from the node for so long that it counts as down, though a look at it has not ended. */
void node_note_silence(struct node *node, int64_t for_ms);
/* The catalog knows the node, by this id and identity. */
void node_remember(struct node *node, uint16_t id, const char *uuid);
/* The catalog does not know the node any more. */
void node_forget(struct node *node);

/* Notes that an operation on the node failed: state and cause follow `number`, an errno. */
void node_note_errno(struct node *node, int number);

/*
 * How often a flush of the node's file system has failed. A copy counts as flushed only if this number is the same
 * before it was written and after its flush: the system reports a failed write-back once, to whoever flushes first.
 */
unsigned node_flush_failures(struct node *node);
void node_note_flush_failure(struct node *node);

/*
 * Counts what was read from or written to chunk files on the node, and what failed. Any thread; leaves errno alone.
 */
void node_count(struct node *node, enum traffic_kind kind, uint64_t amount);
void node_get_counts(struct node *node, uint64_t counts[TRAFFIC_KINDS]);

/* Looks where the journal on the node ends, if the node answers. Blocks on its disk. */
void node_look_at_journal(struct node *node);
/* What is known of that. Never blocks. */
void node_get_journal(struct node *node, struct node_journal *journal);
/* Makes `node->journal_end` known. The journal's mutex is held. */
void node_publish_journal(struct node *node);

/* What the node is now, copied at once. */
struct node_status {
	enum node_state state;
	char cause[NODE_CAUSE_SIZE];
	bool readable; /* its replicas count as live */
	bool writable; /* takes new chunks, as far as its state goes */
	bool draining, failed_by_operator, suspect, slow, forgotten;
	double weight;
	uint64_t capacity_bytes;
	uint64_t used_bytes;
	uint64_t writing_bytes;
	double latency_ms;
	int64_t verified_ms;
};
void node_status(struct node *node, struct node_status *status);

/* Whether replicas on the node count as live now. */
bool node_is_readable(struct node *node);

/* The attachment to read from, or NULL when the node is down or absent. */
const struct node_attachment *node_reading(struct node *node);
/* The attachment to write to, or NULL when it may not be written. */
const struct node_attachment *node_writing(struct node *node);

/* ---- over the network ---- */

/*
 * These wait for as long as the simulated network takes, and do nothing where there is none. 0, or -1 with ETIMEDOUT
 * or EHOSTUNREACH. A request goes to the node, and then something comes from it, which was ready when the request was
 * there; or something goes to it, and it confirms.
 */
MUST_CHECK int node_request(struct node *node, int64_t *there_ns);
MUST_CHECK int node_receive(struct node *node, uint64_t bytes, int64_t there_ns);
MUST_CHECK int node_send(struct node *node, uint64_t bytes);
MUST_CHECK int node_confirm(struct node *node);
/* A request and an answer that are small. */
MUST_CHECK int node_exchange(struct node *node);
/* The same with all of these nodes of one store at the same time; a node without an answer is noted to be down. */
void node_exchange_all(struct node *const *nodes, size_t count);
/* From one node to another; by way of the client where the link between the two is cut. */
MUST_CHECK int node_relay(struct node *source, struct node *target, uint64_t bytes);
/* Whether nothing goes from one to the other directly. */
bool node_is_cut_from(struct node *source, struct node *target);
/* Whether an errno is the network's: the node may be well, and nothing is known of what it holds. */
bool node_errno_is_of_network(int number);
/* An errno in words, the network's in those that its cause has: "cut off", "timed out". `out` may hold them. */
const char *node_errno_text(int number, char *out, size_t size);

/* Books room for a chunk that is being written (positive) or is done (negative). */
void node_book(struct node *node, int64_t bytes);

#endif
