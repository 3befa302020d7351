/*
 * catalog_transaction.c: the lock of writers, the state of the catalog, and transactions. See catalog.h for the
 * design.
 */
#include "engine/catalog_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_LIMIT_MS = 120000,
	LOCK_PAUSE_MAX_MS = 16,
	CHECKPOINT_PAGES = 1000,
	OPERATIONS_KEPT = 256,
};

/* ---- the lock ---- */

/* Waits for the lock for up to `limit_ms`, then gives up with ERROR_BUSY. */
static int lock(struct catalog *catalog, int limit_ms, struct error *error)
{
	assert(catalog->lock_fd < 0);
	catalog->lock_fd = open(catalog->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (catalog->lock_fd < 0)
		return error_set_errno(
			error, errno, "cannot open the lock of the catalog, %s", catalog->lock_path);
	/* A lock of the open file description: released by closing it, and so by the end of the process. */
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int waited_ms = 0, pause_ms = 1;
	while (fcntl(catalog->lock_fd, F_OFD_SETLK, &whole) < 0) {
		bool held = errno == EAGAIN || errno == EACCES;
		if (!held && errno != EINTR) {
			error_set_errno(error, errno, "cannot lock %s", catalog->lock_path);
		} else if (waited_ms >= limit_ms) {
			error_set(error, ERROR_BUSY,
				"another process has been writing to the catalog for %d s (it holds %s); try "
				"again",
				limit_ms / 1000, catalog->lock_path);
		} else {
			nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000L}, NULL);
			waited_ms += pause_ms;
			pause_ms = pause_ms < LOCK_PAUSE_MAX_MS ? pause_ms * 2 : LOCK_PAUSE_MAX_MS;
			continue;
		}
		close(catalog->lock_fd);
		catalog->lock_fd = -1;
		return -1;
	}
	return 0;
}

int catalog_lock_writers(struct catalog *catalog, struct error *error)
{
	return lock(catalog, LOCK_LIMIT_MS, error);
}

void catalog_unlock_writers(struct catalog *catalog)
{
	if (catalog->lock_fd >= 0)
		close(catalog->lock_fd);
	catalog->lock_fd = -1;
}

bool catalog_is_locked(const struct catalog *catalog)
{
	int fd = open(catalog->lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (fd >= 0)
		close(fd);
	return locked;
}

/* ---- state ---- */

int catalog_read_state(struct catalog *catalog, struct catalog_state *state, struct error *error)
{
	struct query query = query_begin(catalog, SQL_STATE_READ, error);
	int found = query_step(&query);
	if (found == 0)
		query_refuse(&query);
	if (found == 1) {
		state->sequence = (uint64_t)query_get_int(&query, 0);
		state->files = (uint64_t)query_get_int(&query, 1);
		state->versions = (uint64_t)query_get_int(&query, 2);
		state->logical_bytes = (uint64_t)query_get_int(&query, 3);
		state->largest_chunk_bytes = (uint64_t)query_get_int(&query, 4);
		state->bad_replicas = (uint64_t)query_get_int(&query, 5);
		state->journal = (uint64_t)query_get_int(&query, 6);
		state->last_version = (uint64_t)query_get_int(&query, 7);
		state->snapshots = (uint64_t)query_get_int(&query, 8);
	}
	return query_end(&query);
}

static int write_state(struct catalog *catalog, struct error *error)
{
	const struct catalog_state *state = &catalog->state;
	struct query query = query_begin(catalog, SQL_STATE_UPDATE, error);
	query_int(&query, 1, (int64_t)state->sequence);
	query_int(&query, 2, (int64_t)state->files);
	query_int(&query, 3, (int64_t)state->versions);
	query_int(&query, 4, (int64_t)state->logical_bytes);
	query_int(&query, 5, (int64_t)state->largest_chunk_bytes);
	query_int(&query, 6, (int64_t)state->journal);
	query_int(&query, 7, (int64_t)state->last_version);
	return query_run(&query);
}

/* ---- transactions ---- */

static int run(struct catalog *catalog, enum statement statement, struct error *error)
{
	struct query query = query_begin(catalog, statement, error);
	return query_run(&query);
}

static void end_transaction(struct catalog *catalog)
{
	catalog->writing = false;
	catalog_unlock_writers(catalog);
	pthread_mutex_unlock(&catalog->mutex);
}

/* Whoever goes on writing to a catalog after another one has taken its place would lose what they write. */
static int check_file(const struct catalog *catalog, struct error *error)
{
	struct stat status;
	if (stat(catalog->path, &status) == 0 && status.st_dev == catalog->device &&
		status.st_ino == catalog->inode)
		return 0;
	return error_set(error, ERROR_CHANGED,
		"the catalog %s is not the one that was opened: it was replaced, or is gone; start "
		"the program again",
		catalog->path);
}

static int begin(struct catalog *catalog, int limit_ms, struct error *error)
{
	pthread_mutex_lock(&catalog->mutex);
	assert(!catalog->writing);
	/* A connection that could not be replaced after a failure is tried again now. */
	if ((!catalog->db && catalog_connect(catalog, error) < 0) || lock(catalog, limit_ms, error) < 0) {
		pthread_mutex_unlock(&catalog->mutex);
		return -1;
	}
	if (check_file(catalog, error) < 0) {
		end_transaction(catalog);
		return -1;
	}
	catalog->writing = true;
	if (run(catalog, SQL_BEGIN, error) < 0) {
		end_transaction(catalog);
		return -1;
	}
	if (catalog_read_state(catalog, &catalog->state, error) < 0) {
		catalog_rollback(catalog);
		return -1;
	}
	facts_clear(catalog);
	uuid_new(catalog->env, catalog->operation);
	return 0;
}

int catalog_begin(struct catalog *catalog, struct error *error)
{
	return begin(catalog, LOCK_LIMIT_MS, error);
}

int catalog_try_begin(struct catalog *catalog, struct error *error)
{
	return begin(catalog, 0, error);
}

void catalog_rollback(struct catalog *catalog)
{
	struct error ignored;
	if (catalog->db && !sqlite3_get_autocommit(catalog->db) && run(catalog, SQL_ROLLBACK, &ignored) < 0) {
		/* A connection that cannot even roll back is replaced; what it held was never committed. */
		catalog_disconnect(catalog);
		if (catalog_connect(catalog, &ignored) < 0)
			catalog_disconnect(catalog);
	}
	end_transaction(catalog);
}

static int add_operation(struct catalog *catalog, struct error *error)
{
	struct query add = query_begin(catalog, SQL_OPERATION_ADD, error);
	query_int(&add, 1, (int64_t)catalog->state.sequence);
	query_text(&add, 2, catalog->operation);
	if (query_run(&add) < 0)
		return -1;
	struct query trim = query_begin(catalog, SQL_OPERATION_TRIM, error);
	query_int(&trim, 1, (int64_t)catalog->state.sequence - OPERATIONS_KEPT);
	return query_run(&trim);
}

/* After a commit whose outcome is unknown: opens the database anew and looks for the operation. */
static int look_for_operation(struct catalog *catalog, struct error *error)
{
	struct error failure;
	catalog_disconnect(catalog);
	if (catalog_connect(catalog, &failure) < 0) {
		catalog_disconnect(catalog);
		return -1;
	}
	struct query query = query_begin(catalog, SQL_OPERATION_FIND, &failure);
	query_text(&query, 1, catalog->operation);
	int found = query_step(&query);
	if (query_end(&query) < 0 || found != 1)
		return -1;
	error_clear(error);
	return 0;
}

/* Moves the log into the database once it is long; failing is no fault of the commit, the next one tries again. */
static void checkpoint(struct catalog *catalog)
{
	if (catalog->log_pages >= CHECKPOINT_PAGES)
		sqlite3_wal_checkpoint_v2(catalog->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

int catalog_commit_journaled(struct catalog *catalog, unsigned *copies, struct error *error)
{
	assert(catalog->writing);
	const struct catalog_journal *journal = &catalog->journal;
	uint64_t previous = catalog->state.journal;
	*copies = UINT_MAX;
	/* Before its own copy gives way to the next one, the last record has to be on the nodes. */
	if (journal->prepare && facts_any(catalog) &&
		journal->prepare(journal->context, catalog, previous, error) < 0)
		return -1;
	if (facts_seal(catalog, error) < 0)
		return -1;
	catalog->state.sequence++;
	if (write_state(catalog, error) < 0 || add_operation(catalog, error) < 0)
		return -1;
	if (run(catalog, SQL_COMMIT, error) < 0) {
		if (error->code != ERROR_IO || look_for_operation(catalog, error) < 0)
			return -1;
	}
	if (journal->append && catalog->state.journal != previous)
		*copies = journal->append(journal->context, previous, catalog->state.journal,
			catalog->facts.text.data, catalog->facts.text.length);
	checkpoint(catalog);
	end_transaction(catalog);
	return 0;
}

int catalog_commit(struct catalog *catalog, struct error *error)
{
	unsigned ignored;
	return catalog_commit_journaled(catalog, &ignored, error);
}
