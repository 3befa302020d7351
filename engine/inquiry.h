/*
 * inquiry.h: questions about a store whose answers take longer than a screen may wait.
 *
 * An inquiry has one thread and one connection to the catalog of its own, so that a long look holds up neither views
 * nor transfers. For each kind of question it keeps the newest question and the newest answer. A question that comes
 * while an older one of its kind is being answered takes that one's place: the older is given up soon, and its answer
 * never appears. Kinds are answered in turn, so that a slow kind cannot starve a quick one.
 *
 * Answers never change, own everything they point to, and are shared by counting references. Strings are never NULL
 * and may hold foreign bytes. Nothing here blocks but inquiry_open() and inquiry_close(). Memory: what an answer
 * holds is bounded by what the question says; a list of files costs 8 bytes a file, a map of a file 2 bytes a chunk,
 * a matrix 4 bytes a pair of nodes.
 */
#ifndef LINCKIA_ENGINE_INQUIRY_H
#define LINCKIA_ENGINE_INQUIRY_H

#include "engine/engine.h"

enum question_kind {
	QUESTION_FILES,     /* the ids of files, sorted and filtered */
	QUESTION_ROWS,      /* what a list shows of some of them */
	QUESTION_FILE,      /* one file: its versions, and the live copies of each chunk */
	QUESTION_CHUNK,     /* one chunk of a file: its name and who holds it */
	QUESTION_LOSS,      /* what would be at risk if some nodes were lost, and what repair would do */
	QUESTION_PAIRS,     /* how many chunks each pair of nodes shares */
	QUESTION_EVENTS,    /* a part of the event log */
	QUESTION_NODE,      /* what one node holds */
	QUESTION_NAMES,     /* stored names that begin in a certain way */
	QUESTION_SNAPSHOTS, /* all snapshots */
	QUESTION_DIFF,      /* which names differ between two moments */
	QUESTION_KINDS
};

enum file_sort {
	FILE_SORT_NAME,     /* byte order */
	FILE_SORT_SIZE,     /* largest first, as all the next ones */
	FILE_SORT_STORED,   /* newest first */
	FILE_SORT_VERSIONS, /* most first */
	FILE_SORT_COPIES,   /* the highest replication factor first */
	FILE_SORT_LIVE,     /* the fewest live copies, relative to want, first */
	FILE_SORTS
};

/* How a name differs between two moments; changed: its content, permission bits or modification time. */
enum difference { DIFFERENCE_ADDED, DIFFERENCE_REMOVED, DIFFERENCE_CHANGED, DIFFERENCES };

enum {
	INQUIRY_ROWS_MAX = 512,
	INQUIRY_EVENTS_MAX = 4096,
	INQUIRY_SAMPLE_MAX = 1000,
	INQUIRY_SNAPSHOTS_MAX = 10000,
	INQUIRY_DIFF_MAX = 4096
};

/* Texts are copied when the question is asked. Which part of the union counts follows from `kind`. */
struct question {
	enum question_kind kind;
	uint64_t ticket; /* the asker's; the answer carries it */
	union {
		struct {
			/* A part of the name, whatever the case of ASCII letters; "" for all. */
			const char *filter;
			enum file_sort sort;
			bool reverse;
			bool at_risk; /* only current versions with fewer live copies than wanted */
			/* Names that were removed, with their last versions, instead of those that are there. */
			bool removed;
		} files;
		struct {
			const int64_t *ids;
			size_t count; /* at most INQUIRY_ROWS_MAX */
			bool removed; /* as the list that they are from */
		} rows;
		struct {
			int64_t id;
			uint64_t version; /* 0: the current one */
		} file;
		struct {
			int64_t id;
			uint64_t version;
			uint64_t index; /* of the chunk in the order of the file */
		} chunk;
		struct {
			const char *const *nodes;
			size_t count;
			size_t sample; /* how many files to list, at most INQUIRY_SAMPLE_MAX */
		} loss;
		struct {
			const char *filter; /* a part of text, code or node; "" for all */
			const char *node;   /* only events about this node; "" for all */
			enum event_severity least;
			int64_t before; /* only events with a lower id; 0: up to the newest */
			size_t limit;   /* the newest of those, at most INQUIRY_EVENTS_MAX */
		} events;
		struct {
			const char *name;
		} node;
		struct {
			const char *prefix; /* names with this beginning, completed up to the next '/' */
			size_t limit;       /* at most INQUIRY_ROWS_MAX */
		} names;
		struct {
			const char *before;       /* a snapshot; "": a store without any names */
			const char *after;        /* a snapshot; "": now */
			const char *filter;       /* as of files */
			bool hidden[DIFFERENCES]; /* counted, but not listed */
		} diff;
	};
};

struct answer_file_row {
	int64_t id;
	const char *name;
	enum entry_kind kind;
	uint64_t version;  /* the current one's number */
	uint64_t versions; /* that there have been, with those that history let go of */
	uint64_t size_bytes;
	int64_t stored_ms, mtime_ns;
	int64_t ended_ms; /* of a name that was removed: when; else 0 */
	bool removed;     /* then the facts are its last version's */
	unsigned replication_factor;
	uint64_t chunks;
	int worst_live; /* live copies of the chunk that has the fewest; -1: it has no chunks */
	unsigned want;  /* of that chunk */
};

struct answer_version {
	uint64_t number;
	bool current;
	enum entry_kind kind;
	uint64_t size_bytes, chunks;
	/* That the version before it did not have; INQUIRY_UNKNOWN: it would take too long to tell. */
	uint64_t new_bytes;
	int64_t stored_ms, mtime_ns;
	int64_t ended_ms;                      /* 0: it has not */
	size_t snapshot_first, snapshot_count; /* that hold it: a part of the answer's list */
	char sha256[STORE_DIGEST_HEX];
};
#define INQUIRY_UNKNOWN UINT64_MAX

struct answer_snapshot {
	const char *name;
	uint64_t sequence; /* it holds what was current then */
	int64_t created_ms;
	uint64_t files, bytes;
};

/* What one name was and is; a version 0: it was not there, or is not. */
struct answer_difference {
	int64_t file;     /* its id */
	const char *name; /* a folder's ends in '/' */
	enum difference difference;
	uint64_t was_version, is_version;
	enum entry_kind was_kind, is_kind;
	uint64_t was_bytes, is_bytes;
};

/* All names that differ in one way. */
struct answer_difference_sum {
	uint64_t names, was_bytes, is_bytes;
};

struct answer_replica {
	const char *node;
	enum replica_state state;
};

struct answer_loss_file {
	const char *name;
	uint64_t version;
	bool current;
	uint64_t chunks_at_risk;
	unsigned worst_live, want;
};

struct answer {
	enum question_kind kind;
	uint64_t ticket;
	uint64_t sequence;   /* of the last commit it shows */
	int64_t duration_ms; /* what it took */
	const char *failure; /* NULL, or a sentence; then nothing below counts */
	union {
		struct {
			const int64_t *ids;
			size_t count;
			uint64_t size_bytes; /* of all of them */
		} files;
		struct {
			/* Of the ids that are still like that, in the order asked for. */
			const struct answer_file_row *rows;
			size_t count;
		} rows;
		struct {
			struct answer_file_row row;
			uint64_t version;                      /* the one that the map is of */
			const struct answer_version *versions; /* newest first */
			size_t version_count;
			const uint8_t *live; /* for each chunk in the order of the file; 255 for more */
			const uint8_t *want;
			uint64_t chunk_count;
			const char *const *snapshots; /* names, the newest first */
			size_t snapshot_count;
		} file;
		struct {
			uint64_t index;
			char sha256[STORE_DIGEST_HEX];
			uint64_t size_bytes, offset, length; /* as in struct stat_chunk */
			unsigned want;
			const struct answer_replica *replicas;
			size_t replica_count;
		} chunk;
		struct {
			uint64_t files;                             /* versions with chunks at risk */
			uint64_t files_one_copy, files_unavailable; /* part of `files` */
			uint64_t chunks, chunks_one_copy, chunks_unavailable;
			uint64_t copies, copy_bytes; /* that repair would make */
			uint64_t room_bytes;         /* for them, on the nodes that are left */
			bool fits;
			const char *obstacle; /* "" or why repair could not make all copies, in words */
			double rate;    /* bytes per second that the time is reckoned with; 0: not known */
			double seconds; /* negative when unknown */
			const struct answer_loss_file *sample; /* worst first */
			size_t sample_count;
		} loss;
		struct {
			const char *const *nodes;
			size_t count;
			/* Count × count, by row; on the diagonal what the node holds. */
			const uint32_t *chunks;
			uint32_t most; /* off the diagonal */
		} pairs;
		struct {
			const struct view_event *events; /* oldest first */
			size_t count;
			bool older; /* there are matching ones before these */
		} events;
		struct {
			const char *name;
			uint64_t chunks, bytes;
			/* Its chunks by number of live copies anywhere; the last: 16 and more. */
			uint64_t by_live[17];
			uint64_t only_here; /* chunks whose only live copy it has */
			uint64_t only_here_bytes;
			const char *const *files; /* a few that have chunks here */
			size_t file_count;
		} node;
		struct {
			const char *const *names; /* a folder ends in '/' */
			size_t count;
			bool more;
		} names;
		struct {
			const struct answer_snapshot *snapshots; /* the newest first */
			size_t count;                            /* at most INQUIRY_SNAPSHOTS_MAX */
			bool more;
		} snapshots;
		struct {
			struct answer_difference_sum sums[DIFFERENCES]; /* hidden ones too */
			const struct answer_difference *rows; /* the first ones in the order of names */
			size_t count;                         /* at most INQUIRY_DIFF_MAX */
			bool more;
		} diff;
	};
};

struct inquiry;

/* `wake`, which may be NULL, is called from the inquiry's thread after each answer; it must not block. */
MUST_CHECK int inquiry_open(struct store *store, void (*wake)(void *context), void *context,
	struct inquiry **inquiry, struct error *error);
/* Gives up what is being answered. NULL is ignored. */
void inquiry_close(struct inquiry *inquiry);

/* Asks; copies what `question` points to. */
void inquiry_ask(struct inquiry *inquiry, const struct question *question);
/* The newest answer of that kind, or NULL; the caller gives it back with answer_unref(). */
const struct answer *inquiry_answer(struct inquiry *inquiry, enum question_kind kind);
/* Whether a question of that kind waits or is being answered. */
bool inquiry_is_busy(struct inquiry *inquiry, enum question_kind kind);

const struct answer *answer_ref(const struct answer *answer);
void answer_unref(const struct answer *answer);

#endif
