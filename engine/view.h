/*
 * view.h: an immutable picture of a whole store.
 *
 * The engine publishes views; screens and commands draw them. A view never changes after it was
 * published and owns everything it points to; it is shared by counting references. It knows nothing of
 * folders, so that a second kind of engine can publish the same picture: `path` is merely a text that
 * says where a node is.
 *
 * Units: bytes, milliseconds since 1970 (UTC), or as the name says. Strings are never NULL and may hold
 * foreign bytes: escape them before a terminal sees them (text_escape).
 */
#ifndef LINCKIA_ENGINE_VIEW_H
#define LINCKIA_ENGINE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum health { HEALTH_HEALTHY, HEALTH_DEGRADED, HEALTH_CRITICAL, HEALTH_UNKNOWN };

/* "HEALTHY", "DEGRADED", "CRITICAL", "UNKNOWN". */
const char *health_name(enum health health);

/* The reasons for a health that is not HEALTHY; the names are part of the contract with scripts. */
enum check_code {
	CHECK_CHUNKS_LOST,
	CHECK_CHUNKS_UNAVAILABLE,
	CHECK_WRITES_REFUSED,
	CHECK_CATALOG_DAMAGED,
	CHECK_CHUNKS_LAST_COPY,
	CHECK_CHUNKS_UNDER_REPLICATED,
	CHECK_CHUNKS_CORRUPT,
	CHECK_CHUNKS_MISPLACED,
	CHECK_NODE_DOWN,
	CHECK_NODE_ABSENT,
	CHECK_NODE_SLOW,
	CHECK_NODE_NEAR_FULL,
	CHECK_NODE_FULL,
	CHECK_NODE_READ_ONLY,
	CHECK_LINK_CUT,
	CHECK_REPAIR_BLOCKED,
	CHECK_JOURNAL_BEHIND,
	CHECK_SCRUB_OVERDUE,
	CHECK_CODES
};

/* "CHUNKS_LOST", … */
const char *check_code_name(enum check_code code);

enum node_state { NODE_UP, NODE_SLOW, NODE_DOWN, NODE_ABSENT, NODE_READ_ONLY, NODE_DRAINING };

/* "up", "slow", "down", "absent", "read_only", "draining". */
const char *node_state_name(enum node_state state);

enum event_severity { EVENT_INFO, EVENT_NOTICE, EVENT_WARNING, EVENT_ERROR };

/* "info", "notice", "warning", "error". */
const char *event_severity_name(enum event_severity severity);

enum repair_state {
	REPAIR_IDLE,
	REPAIR_GRACE,
	REPAIR_RUNNING,
	REPAIR_THROTTLED,
	REPAIR_PAUSED,
	REPAIR_BLOCKED,
};

/* "idle", "grace", "running", "throttled", "paused", "blocked". */
const char *repair_state_name(enum repair_state state);

struct view_check {
	enum check_code code;
	enum health severity;       /* HEALTH_DEGRADED or HEALTH_CRITICAL */
	uint64_t count;             /* of what the code is about: chunks, nodes */
	const char *summary;        /* one sentence */
	const char *advice;         /* what to do */
	const char *const *details; /* a few examples: file paths, node names with cause */
	size_t detail_count;
};

struct view_node {
	const char *name;
	const char *zone;
	const char *path;
	const char *cause; /* why `state` is not up, in words; "" when it is */
	enum node_state state;
	double weight;
	uint64_t capacity_bytes; /* what may be used: the quota, or the file system if that is smaller */
	uint64_t used_bytes;     /* by chunks */
	uint64_t chunks;         /* replicas that the catalog places here */
	uint64_t at_risk;        /* of these, chunks with fewer live replicas than wanted */
	double latency_ms;       /* of the last small read; negative when unknown */
	uint64_t read_bytes, written_bytes; /* of chunks, by all processes; they only grow */
	uint64_t errors;                    /* failed reads and writes, and bad copies; the same */
};

/* Whether it can be read from: it is neither down nor absent. */
bool view_node_answers(const struct view_node *node);

struct view_chunks {
	uint64_t total;
	uint64_t full; /* live >= want */
	uint64_t under_replicated;
	uint64_t last_copy; /* part of under_replicated */
	uint64_t unavailable;
	uint64_t lost;
	uint64_t excess;      /* live > want; part of full */
	uint64_t corrupt;     /* bad copies that await repair */
	uint64_t misplaced;   /* copies that share a zone needlessly */
	uint64_t by_live[17]; /* chunks by number of live replicas; the last counts 16 and more */
};

/*
 * One thing that happened. Beside the sentence stands the record that it was made from: what brought it
 * about, between which nodes, how much, how long, and how it ended.
 */
struct view_event {
	int64_t id;
	int64_t time_ms;
	enum event_severity severity;
	const char *code;    /* a stable word: "put", "node_failed", "replica_bad" … */
	const char *node;    /* the node it is about, or "" */
	const char *text;    /* one sentence */
	const char *trigger; /* what brought it about, in words, or "" */
	const char *source;  /* the node that was read, or "" */
	const char *target;  /* the node that was written, or "" */
	const char *result;  /* a word: "ok", "failed" …, or "" */
	uint64_t chunks, bytes;
	int64_t duration_ms; /* negative when it does not apply */
};

/* One chunk that is being copied now. */
struct view_transfer {
	const char *file; /* one that the chunk belongs to: "name" or "name@version"; "" when none does */
	const char *source, *target;
	const char *purpose; /* "repair", "spread", "drain", "balance" */
	uint64_t bytes;
	uint64_t done_bytes; /* up to `bytes`; a third each for reading, writing and reading back */
	int64_t age_ms;      /* since it was planned */
};

/* What repair takes first. */
enum repair_queue {
	QUEUE_LAST_COPY, /* one live copy, more wanted */
	QUEUE_MISSING,   /* fewer live copies than wanted */
	QUEUE_MISPLACED, /* copies that share a zone needlessly */
	QUEUE_DRAIN,
	QUEUE_EXCESS,
	QUEUE_BALANCE,
	QUEUES
};

/* "last copy", "missing", "misplaced", "drain", "excess", "balance". */
const char *repair_queue_name(enum repair_queue queue);

struct view_queue {
	uint64_t chunks;
	uint64_t bytes; /* that are to be copied; of excess copies: that become free */
};

struct view_repair {
	enum repair_state state;
	const char *reason;    /* in words; "" when idle */
	uint64_t queued;       /* chunks that lack a copy, or of which one is to be moved or removed */
	uint64_t queued_bytes; /* that are to be copied for that */
	struct view_queue queue[QUEUES]; /* `queued`, by kind; what is not known yet is in none */
	uint64_t active;
	double rate;         /* bytes per second, of repaired bytes */
	double eta_s;        /* negative when unknown */
	double grace_left_s; /* until the first node's grace ends; negative when none is in grace */
	uint64_t bandwidth;  /* bytes per second that are allowed now; 0: no limit */
	/* Since the process that maintains the store began, as are the next two. */
	uint64_t repaired, repaired_bytes;
	uint64_t moved_bytes;   /* of these, of copies that were merely in the wrong place */
	uint64_t trimmed_bytes; /* of copies that were taken away as excess */
	const struct view_transfer *transfers;
	size_t transfer_count;
};

/* The pass over all copies that verifies them. */
struct view_scrub {
	bool running;
	uint64_t done, total;       /* chunks of this pass */
	uint64_t bad;               /* copies found bad in this pass */
	double rate;                /* bytes per second */
	int64_t oldest_verified_ms; /* since when every copy that can be read was verified; 0: never */
};

/* What a simulated network does to whatever goes over a link in one direction. All zero: nothing. */
struct link_settings {
	int64_t latency_ms; /* one way */
	int64_t jitter_ms;  /* up to so much is added, each length equally likely */
	uint64_t bandwidth; /* bytes per second, one transfer at a time; 0: no limit */
	double loss;        /* 0 to 1: of what is sent, how much has to be sent again */
	bool cut;           /* nothing gets through */
};

/* How the way from one node to another is, or from and to whoever uses the store. */
struct view_link {
	int from, to;      /* indices of nodes; LINK_CLIENT for the user's side */
	double latency_ms; /* one small request and its answer; negative when unknown */
	bool cut;
	struct link_settings simulated; /* in this direction */
};
enum { LINK_CLIENT = -1 };

struct view {
	int64_t time_ms;   /* when the picture was taken */
	uint64_t sequence; /* of the last commit it shows */
	const char *store; /* the store's folder */
	bool rehearsal;
	unsigned replication_factor; /* the default for new files */
	unsigned min_replicas;
	enum health health;
	int64_t health_since_ms;
	const struct view_check *checks; /* most severe first */
	size_t check_count;
	const struct view_node *nodes; /* in the order of the config */
	size_t node_count;
	size_t nodes_up;               /* that answer */
	const struct view_link *links; /* those of which anything is known, by `from` and then `to` */
	size_t link_count;
	uint64_t files, versions, snapshots;
	struct view_chunks chunks;
	uint64_t logical_bytes;  /* of the current versions of all files */
	uint64_t unique_bytes;   /* of all chunks, each counted once */
	uint64_t stored_bytes;   /* of all replicas */
	uint64_t capacity_bytes; /* of all nodes that answer */
	uint64_t catalog_bytes;  /* of the catalog's own files; 0 when unknown */
	struct view_repair repair;
	struct view_scrub scrub;
	const char *maintenance_role; /* "none", "self", "other" */
	int64_t maintenance_pid;      /* 0 when nobody holds it */
	const char *const *notes;     /* worth knowing, not a reason for worry */
	size_t note_count;
	const struct view_event *events; /* the newest, oldest first */
	size_t event_count;
};

/* Gives one more, or one less, owner to `view`; the last one frees it. Any thread. */
const struct view *view_ref(const struct view *view);
void view_unref(const struct view *view);

#endif
