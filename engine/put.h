/*
 * put.h: how files get in. Shared by put.c and its parts; no other part of the engine includes it.
 *
 *   put_source.c    calling thread: walks the paths
 *   put_file.c      reads files into buffers, cuts them into chunks, gathers small files in packs,
 *   put_batch.c     and records extents and finished entries in the open batch
 *        │
 *        ▼ job: one filled buffer
 *   put_chunk.c     worker threads: digest, look for the chunk, choose nodes, write the copies from that one
 *        │          buffer, give the buffer back
 *        ▼ batch: its jobs are all done
 *   put_flush.c     committer thread: flush the nodes,
 *   put_commit.c    commit to the catalog, report what is stored
 *
 * Invariant 1, the order of things: every chunk of a batch is durable on at least min_replicas nodes before the
 * catalog commits, and an entry is reported only after the commit. A version whose chunks spread over several batches
 * has its extents committed as they come and becomes visible with the last one, so that the memory for
 * a file does not grow with it.
 *
 * A pack is a chunk that consists of several small files, one after another. It saves a file on each node, and most
 * of the catalog's work, for each of them: measured, creating 40,000 files of 4 KiB takes longer than everything
 * else in storing them twice.
 *
 * What was written but not committed (a failure, a cancellation) is unlinked under the catalog's write
 * lock, and only where the catalog does not know the chunk. A put elsewhere that found such a file and counts on it
 * looks for it again under the same lock before it commits.
 */
#ifndef LINCKIA_ENGINE_PUT_H
#define LINCKIA_ENGINE_PUT_H

#include "engine/chunk_file.h"
#include "engine/chunker.h"
#include "engine/store.h"

enum {
	PACK_LIMIT_BYTES = 256 << 10, /* files up to this size are packed, when many are stored */
	BATCH_EXTENTS_MAX = 16384,
	BATCH_ENTRIES_MAX = 16384,
	BATCH_NAME_BYTES_MAX = 4 << 20,
	BATCHES_WAITING_MAX = 2,
	INFLIGHT_BUCKETS = 1024,
};
#define BATCH_BYTES_MAX ((uint64_t)1 << 30)

/* A name that is being stored. Owned by the batch in which it ends. */
struct put_entry {
	char *name; /* as in the catalog: a folder's ends in '/' */
	char *target;
	enum entry_kind kind;
	uint64_t size;
	int64_t mtime_ns;
	unsigned mode;
	unsigned replication_factor;
	struct digest digest; /* of the content, unless it is one chunk, whose digest is the same */
	bool digest_known;
	struct digest last_chunk; /* committer only */
	bool shared;              /* its bytes are part of a pack */
	uint64_t extents;
	int64_t version_id;     /* committer only: 0 until it has a row */
	bool version_committed; /* committer only: that row is there to stay */
	uint64_t new_chunks;    /* committer only */
	unsigned fewest_copies; /* committer only */
	atomic_bool failed;
	uint64_t number;               /* committer only: of the version; 0: it did not become one */
	_Atomic(struct error *) error; /* why; NULL when it is simply not wanted any more */
};

/* One chunk to be stored, or found to be stored already. */
struct put_chunk {
	struct digest digest;
	uint64_t size;
	unsigned want;
	struct buffer *buffer; /* until a worker is done with it */
	struct node *written[STORE_REPLICATION_MAX];
	bool replaced[STORE_REPLICATION_MAX];           /* a good file was there already */
	unsigned flush_failures[STORE_REPLICATION_MAX]; /* of the node, before the copy was written */
	unsigned written_count;
	unsigned live; /* copies elsewhere that answered when it was looked up */
	bool expected; /* nothing was written, because the catalog, or a chunk before this one, has it */
	struct put_chunk *alias_of; /* that chunk, when it is of the same batch */
	bool aliased;               /* a chunk of a later batch expects it; guarded by put->mutex */
	bool used;                  /* committer only: some entry that did not fail needs it */
	bool committed;             /* committer only */
	bool created;               /* committer only: not in the catalog before */
	bool raised;                /* committer only: it was there, and wanted fewer copies */
	bool referred_to;           /* committer only: by an extent in the catalog */
	int64_t id;                 /* committer only */
	unsigned copies;            /* committer only: live ones, after the commit */
	struct error *error;        /* it could not be stored */
	struct put_batch *batch;
	struct put_chunk *next_job, *next_inflight;
};

struct put_extent {
	struct put_entry *entry;
	struct put_chunk *chunk; /* NULL: the chunk `chunk_id`, known to the catalog */
	int64_t chunk_id;
	uint64_t position;
	bool part;
	uint64_t offset, length;
};

struct put_batch {
	uint64_t number; /* they are committed in the order of these */
	struct put_chunk **chunks;
	size_t chunk_count, chunk_room;
	struct put_extent *extents;
	size_t extent_count, extent_room;
	struct put_entry **entries; /* that end in this batch */
	size_t entry_count, entry_room;
	uint64_t bytes;
	size_t name_bytes;
	unsigned jobs; /* not done yet; guarded by put->mutex */
	struct put_batch *next;
};

/* A small file's place in the pack that is being filled, by its digest. */
struct pack_slot {
	struct digest digest;
	uint64_t offset, length; /* length 0: an empty slot of the table */
};

enum { PACK_SLOTS = 16384 };

struct pack {
	struct buffer *buffer; /* NULL: none begun */
	struct put_chunk *chunk;
	unsigned replication_factor;
	size_t files;
	size_t first_extent; /* in the open batch */
	struct pack_slot *slots;
};

struct put {
	struct store *store;
	const struct put_options *options;
	struct chunker chunker;
	enum chunk_flush flush;
	bool packing;
	bool single; /* one file only: its failure is the call's */

	struct put_batch *open; /* source thread only */
	struct put_batch
		*last;    /* the same: takes its place when there is no memory for another; NULL: it did */
	struct pack pack; /* source thread only */
	struct digest_stream *stream;
	uint8_t *carry; /* what a pipe gave beyond the last content-defined cut */
	size_t carry_length;
	bool pipe_ended;

	pthread_mutex_t mutex; /* guards the next ones */
	pthread_cond_t changed;
	struct put_chunk *first_job, **last_job;
	struct put_batch *first_batch, **last_batch;
	unsigned batches_waiting;
	bool no_more_jobs, no_more_batches;
	struct put_chunk *inflight[INFLIGHT_BUCKETS];
	struct error fatal; /* code ERROR_NONE while all is well */

	struct catalog_entry *row; /* committer only */
	bool broken;               /* committer only: a transaction failed, so nothing more is committed */
	/* committer only: the nodes, by index, that are of the store in the transaction under way */
	bool known[STORE_NODES_MAX];
	uint64_t new_bytes; /* committer only, until it has ended */

	pthread_mutex_t report_mutex; /* guards the next ones, and serialises the callbacks */
	struct progress progress;
	uint64_t stored, failures;
	uint64_t stored_bytes;
	uint64_t degraded;
	unsigned degraded_copies, degraded_want;
	char first_stored[256];
	uint64_t first_version;
	struct error failure; /* the first */
};

/* All empty, with mutexes and lists to begin with. */
void put_prepare(struct put *put, struct store *store, const struct put_options *options);
/* Whether to give up: cancelled, or failed for good. */
bool put_is_stopping(struct put *put);
/* Remembers the failure that ends the whole call; the first one counts. */
void put_set_fatal(struct put *put, const struct error *error);
/* Reports an entry that failed, and counts it. */
void put_report_failure(struct put *put, const char *name, const struct error *error);
void put_report_progress(struct put *put, uint64_t bytes, uint64_t files, const char *name);

/* ---- put_source.c ---- */

/* Stores everything at `paths`; problems of single entries are reported, not returned. */
MUST_CHECK int put_read_sources(struct put *put, const char *const *paths, size_t count, struct error *error);
/* Adds up what is at `paths`, for the progress. */
void put_measure_sources(struct put *put, const char *const *paths, size_t count);

/* ---- put_file.c ---- */

/* One regular file, or a pipe, that is open as `fd`. `status` is NULL for a pipe. */
void put_stream_file(struct put *put, const char *name, int fd, const struct stat *status);
/* The same for a small file, which goes into the pack. */
void put_pack_file(struct put *put, const char *name, int fd, const struct stat *status);
/* Hands the pack under way to the workers, if there is one. */
void put_seal_pack(struct put *put);
/* A folder or a link. */
void put_plain_entry(struct put *put, const char *name, enum entry_kind kind, const struct stat *status,
	const char *target);

/* ---- put_batch.c ---- */

/* NULL: out of memory, which has been made fatal. */
struct put_entry *put_entry_new(
	struct put *put, const char *name, enum entry_kind kind, const struct stat *status);
/* Takes note that nothing more will come for `entry`; the committer finishes or forgets it. */
void put_entry_end(struct put *put, struct put_entry *entry);
/*
 * It will not be stored, because of `error`, of which a copy is
 * kept; NULL: no reason has to be told. The first stays.
 */
void put_entry_fail(struct put_entry *entry, const struct error *error);
/* A copy of an error, for put_error_free(). Never NULL: without memory, what it says is that. */
struct error *put_error_copy(const struct error *error);
void put_error_free(struct error *error);
/* NULL: out of memory, which has been made fatal. */
struct put_batch *put_batch_new(struct put *put);
/* A new chunk in the open batch; its buffer is the caller's to set. */
struct put_chunk *put_batch_add_chunk(struct put *put, uint64_t size, unsigned want);
int put_batch_add_extent(struct put *put, const struct put_extent *extent);
/* Passes the open batch on when it is large enough, or, with `force`, whenever it holds anything. */
void put_batch_seal(struct put *put, bool force);
/* Frees a batch with its chunks and the entries that end in it. */
void put_batch_free(struct put *put, struct put_batch *batch);

/* ---- put_flush.c ---- */

/* Makes the batch's copies durable; fails the chunks of which too few are. */
void put_flush_batch(struct put *put, struct put_batch *batch);
/*
 * Drops the copies that a failed flush may have lost, or whose node has gone out of service since they were written.
 */
void put_drop_unflushed(struct put_chunk *chunk);
/* Takes the copy at an index out of those that count. */
void put_drop_copy(struct put_chunk *chunk, unsigned at);
/* Notes why a chunk cannot be stored; the first reason stays. */
void put_chunk_fail(struct put_chunk *chunk, enum error_code code, const char *sentence);
/* The same for one that the catalog has with another size: whoever counted on that could not read it. */
void put_fail_misdescribed(struct put_chunk *chunk);

/* ---- put_commit.c ---- */

/* The committer's thread. */
void *put_commit_batches(void *put);

/* ---- put_chunk.c ---- */

/* Queues a chunk with its buffer for the workers. */
void put_submit(struct put *put, struct put_chunk *chunk, struct buffer *buffer);
/* A worker's thread. */
void *put_store_chunks(void *put);
/* The live copies without which a chunk is not stored: min_replicas, or what is wanted if that is less. */
unsigned put_least_copies(const struct put *put, const struct put_chunk *chunk);
/* Writes, and flushes, further copies of a chunk that lost some after they were written. */
void put_replace_copies(struct put *put, struct put_chunk *chunk);
/* Takes a chunk out of the table of chunks under way. put->mutex is held. */
void put_forget_inflight(struct put *put, struct put_chunk *chunk);
/* Ends the bookings of room for a chunk's copies. */
void put_unbook(struct put_chunk *chunk);

#endif
