/*
 * catalog.c: the file: making, opening, checking it, and bringing an
 * older one up to date. See catalog.h for the design.
 */
#include "engine/catalog_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/drafts.h"

enum {
	APPLICATION_ID = 0x4c6e636b, /* "Lnck" */
	BUSY_MS = 30000,
	ANSWER_SIZE = 512,
};

/* ---- opening ---- */

/* By whether what is committed has to outlive the machine. */
static const char *const synchronous[] = {"PRAGMA synchronous = OFF", "PRAGMA synchronous = FULL"};

static int note_log_pages(void *context, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	struct catalog *catalog = context;
	catalog->log_pages = pages;
	return SQLITE_OK;
}

/* Runs a PRAGMA; `answer`, which may be cut short, is the first it gives. */
static int ask(struct catalog *catalog, const char *sql, char answer[ANSWER_SIZE], struct error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(catalog->db, sql, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	const char *text = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	snprintf(answer, ANSWER_SIZE, "%s", text ? text : "nothing");
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : catalog_error(catalog, result, error);
}

/* Runs a PRAGMA and compares its answer, unless `expected` is NULL. */
static int pragma(struct catalog *catalog, const char *sql, const char *expected, struct error *error)
{
	char answer[ANSWER_SIZE];
	if (ask(catalog, sql, answer, error) < 0)
		return -1;
	if (!expected || strcmp(answer, expected) == 0)
		return 0;
	return error_set(error, ERROR_IO,
		"the catalog %s: '%s' answers '%s' instead of '%s'; does its file system support shared "
		"memory and locks?",
		catalog->path, sql, answer, expected);
}

static int check_format(struct catalog *catalog, int *found, struct error *error)
{
	sqlite3_stmt *statement = NULL;
	int64_t application = 0, format = 0;
	int result = sqlite3_prepare_v2(catalog->db,
		"SELECT a.application_id, u.user_version FROM pragma_application_id a, pragma_user_version u",
		-1, &statement, NULL);
	if (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		application = sqlite3_column_int64(statement, 0);
		format = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	if (result != SQLITE_ROW)
		return catalog_error(catalog, result, error);
	if (application != APPLICATION_ID)
		return error_set(error, ERROR_DAMAGED, "%s is not a catalog of Linckia", catalog->path);
	if (format < 1 || format > CATALOG_FORMAT)
		return error_set(error, ERROR_REFUSED,
			"the catalog %s has format %lld, this program knows formats 1 to %d; use the program "
			"that made it, or a newer one",
			catalog->path, (long long)format, CATALOG_FORMAT);
	*found = (int)format;
	return 0;
}

/* Brings an older catalog up to today's format in one transaction, unless another process has just done so. */
static int migrate(struct catalog *catalog, struct error *error)
{
	int format = 0;
	if (catalog_lock_writers(catalog, error) < 0)
		return -1;
	int result = sqlite3_exec(catalog->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int status = result == SQLITE_OK ? check_format(catalog, &format, error)
					 : catalog_error(catalog, result, error);
	for (; status == 0 && format < CATALOG_FORMAT; format++) {
		char version[64];
		snprintf(version, sizeof(version), "PRAGMA user_version = %d", format + 1);
		result = sqlite3_exec(catalog->db, catalog_migrations[format], NULL, NULL, NULL);
		if (result == SQLITE_OK)
			result = sqlite3_exec(catalog->db, version, NULL, NULL, NULL);
		if (result != SQLITE_OK)
			status = catalog_error(catalog, result, error);
	}
	if (status == 0 && (result = sqlite3_exec(catalog->db, "COMMIT", NULL, NULL, NULL)) != SQLITE_OK)
		status = catalog_error(catalog, result, error);
	if (status < 0) {
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
		error_context(error, "the catalog %s cannot be brought up to format %d", catalog->path,
			CATALOG_FORMAT);
	}
	catalog_unlock_writers(catalog);
	return status;
}

/*
 * Which file is about to be opened. Looked at afterwards it might be one that took its place meanwhile, and what is
 * written to the old one would be lost; so it is just refused. If there is none, SQLite says so.
 */
static void note_file(struct catalog *catalog)
{
	struct stat status;
	if (stat(catalog->path, &status) < 0)
		return;
	catalog->device = status.st_dev;
	catalog->inode = status.st_ino;
}

/* Nothing of a database is changed before its format is known. */
int catalog_connect(struct catalog *catalog, struct error *error)
{
	int result = sqlite3_open_v2(catalog->path, &catalog->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (result != SQLITE_OK) {
		catalog_error(catalog, result, error);
		sqlite3_close_v2(catalog->db);
		catalog->db = NULL;
		return -1;
	}
	sqlite3_extended_result_codes(catalog->db, 1);
	sqlite3_busy_timeout(catalog->db, BUSY_MS);
	sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_wal_autocheckpoint(catalog->db, 0);
	sqlite3_wal_hook(
		catalog->db, note_log_pages, catalog); /* replaces the hook of the automatic checkpoint */
	int format = 0;
	bool durable = !catalog->env->simulated;
	if (check_format(catalog, &format, error) < 0 ||
		pragma(catalog, "PRAGMA journal_mode = WAL", "wal", error) < 0 ||
		pragma(catalog, synchronous[durable], NULL, error) < 0 ||
		pragma(catalog, "PRAGMA synchronous", durable ? "2" : "0", error) < 0 ||
		pragma(catalog, "PRAGMA cache_size = -4096", NULL, error) < 0 ||
		pragma(catalog, "PRAGMA cell_size_check = ON", NULL, error) < 0)
		return -1;
	return format < CATALOG_FORMAT ? migrate(catalog, error) : 0;
}

void catalog_disconnect(struct catalog *catalog)
{
	for (int i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(catalog->statements[i]);
		catalog->statements[i] = NULL;
	}
	sqlite3_close_v2(catalog->db);
	catalog->db = NULL;
}

static int catalog_allocate(
	const struct env *env, const char *path, struct catalog **result, struct error *error)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));
	if (catalog) {
		catalog->env = env;
		catalog->lock_fd = -1;
		memset(catalog->highest_name, 0xff, sizeof(catalog->highest_name));
		pthread_mutexattr_t attributes;
		pthread_mutexattr_init(&attributes);
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
		pthread_mutex_init(&catalog->mutex, &attributes);
		pthread_mutexattr_destroy(&attributes);
		catalog->path = strdup(path);
		size_t size = strlen(path) + sizeof(".lock");
		catalog->lock_path = malloc(size);
		if (catalog->path && catalog->lock_path) {
			/* catalog.db and catalog.lock; a name without the ending just gets the other one. */
			size_t stem = strlen(path);
			if (stem > 3 && strcmp(path + stem - 3, ".db") == 0)
				stem -= 3;
			snprintf(catalog->lock_path, size, "%.*s.lock", (int)stem, path);
			*result = catalog;
			return 0;
		}
		catalog_close(catalog);
	}
	return error_set_errno(error, ENOMEM, "cannot open the catalog %s", path);
}

static int read_store_uuid(struct catalog *catalog, struct error *error)
{
	struct query query = query_begin(catalog, SQL_META_READ, error);
	query_text(&query, 1, "store");
	int row = query_step(&query);
	if (row == 1)
		query_get_text(&query, 0, catalog->store_uuid, sizeof(catalog->store_uuid));
	if (query_end(&query) < 0)
		return -1;
	if (row != 1 || !uuid_is_valid(catalog->store_uuid))
		return error_set(error, ERROR_DAMAGED,
			"the catalog %s does not say which store it belongs to", catalog->path);
	return 0;
}

/* The history of a catalog that was never regrown has the store's own id. */
static int read_history(struct catalog *catalog, struct error *error)
{
	int found = catalog_read_text(catalog, "history", catalog->history, sizeof(catalog->history), error);
	if (found < 0 || catalog_read_text(catalog, "ended_histories", catalog->ended_histories,
				 sizeof(catalog->ended_histories), error) < 0)
		return -1;
	if (found && !uuid_is_valid(catalog->history))
		return error_set(error, ERROR_DAMAGED, "the catalog %s does not say which history it has",
			catalog->path);
	if (!found)
		memcpy(catalog->history, catalog->store_uuid, sizeof(catalog->history));
	return 0;
}

int catalog_open(const struct env *env, const char *path, struct catalog **result, struct error *error)
{
	struct catalog *catalog = NULL;
	if (digest_ready(error) < 0)
		return -1;
	if (catalog_allocate(env, path, &catalog, error) < 0)
		return -1;
	note_file(catalog);
	if (catalog_connect(catalog, error) < 0 || read_store_uuid(catalog, error) < 0 ||
		read_history(catalog, error) < 0) {
		catalog_close(catalog);
		return -1;
	}
	*result = catalog;
	return 0;
}

static int write_schema(const struct env *env, sqlite3 *db, const char *store_uuid)
{
	char settings[128];
	snprintf(settings, sizeof(settings), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		APPLICATION_ID, CATALOG_FORMAT);
	char *store = sqlite3_mprintf("INSERT INTO meta VALUES ('store', %Q)", store_uuid);
	const char *const steps[] = {synchronous[!env->simulated], "BEGIN", catalog_schema,
		catalog_network_schema, settings, store, "COMMIT", "PRAGMA journal_mode = WAL"};
	int result = store ? SQLITE_OK : SQLITE_NOMEM;
	for (size_t i = 0; result == SQLITE_OK && i < sizeof(steps) / sizeof(*steps); i++)
		result = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
	sqlite3_free(store);
	return result;
}

uint64_t catalog_file_bytes(const struct catalog *catalog)
{
	static const char *const endings[] = {"", "-wal"};
	uint64_t bytes = 0;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		char path[4096];
		struct stat status;
		int length = snprintf(path, sizeof(path), "%s%s", catalog->path, endings[i]);
		if (length < (int)sizeof(path) && stat(path, &status) == 0)
			bytes += (uint64_t)status.st_size;
	}
	return bytes;
}

/* Flushes the folder that `path` is in, so that its name there lasts. */
static int flush_folder_of(const struct env *env, const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	return env_flush_folder(env, folder);
}

/* With what SQLite lays beside it, and leaves there when the disk fails. */
static void remove_draft(const char *draft)
{
	static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
	char path[4096];
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (snprintf(path, sizeof(path), "%s%s", draft, endings[i]) < (int)sizeof(path))
			unlink(path);
}

/* The catalog is made under another name and gets its own when it is complete, so there is never half of one. */
int catalog_create(const struct env *env, const char *path, const char *store_uuid, struct error *error)
{
	char *draft = NULL;
	if (asprintf(&draft, "%s" DRAFT_ENDING "%016llx", path,
		    (unsigned long long)env->dice->next(env->dice)) < 0)
		return error_set_errno(error, ENOMEM, "cannot make the catalog %s", path);
	sqlite3 *db = NULL;
	int result = sqlite3_open_v2(
		draft, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (result == SQLITE_OK)
		result = write_schema(env, db, store_uuid);
	int status = 0;
	if (result != SQLITE_OK)
		status = error_set(error, (result & 0xff) == SQLITE_FULL ? ERROR_NO_SPACE : ERROR_IO,
			"cannot make the catalog %s: %s", path,
			db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
	sqlite3_close_v2(db);
	if (status == 0 && (link(draft, path) < 0 || flush_folder_of(env, path) < 0)) {
		bool exists = errno == EEXIST;
		status = error_set_errno(error, errno, "cannot make the catalog %s", path);
		if (exists)
			error->code = ERROR_EXISTS;
	}
	remove_draft(draft);
	free(draft);
	return status;
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	assert(!catalog->writing);
	catalog_disconnect(catalog);
	catalog_unlock_writers(catalog);
	facts_free(catalog);
	pthread_mutex_destroy(&catalog->mutex);
	free(catalog->path);
	free(catalog->lock_path);
	free(catalog);
}

int catalog_check(struct catalog *catalog, struct error *error)
{
	char answer[ANSWER_SIZE];
	pthread_mutex_lock(&catalog->mutex);
	int result = ask(catalog, "PRAGMA quick_check(1)", answer, error);
	pthread_mutex_unlock(&catalog->mutex);
	if (result < 0 || strcmp(answer, "ok") == 0)
		return result;
	/* The line before it may say in which of the connection's databases. */
	const char *end = strrchr(answer, '\n');
	return error_set(error, ERROR_DAMAGED,
		"the catalog %s is damaged: %s; 'linckia rebuild' makes it anew from the nodes",
		catalog->path, end ? end + 1 : answer);
}

int catalog_settle(struct catalog *catalog, struct error *error)
{
	pthread_mutex_lock(&catalog->mutex);
	int result = sqlite3_wal_checkpoint_v2(catalog->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	int status = result == SQLITE_OK ? 0 : catalog_error(catalog, result, error);
	pthread_mutex_unlock(&catalog->mutex);
	return status;
}

const char *catalog_store_uuid(const struct catalog *catalog)
{
	return catalog->store_uuid;
}

const char *catalog_history(const struct catalog *catalog)
{
	return catalog->history;
}

/* They are kept as "UUID:SEQUENCE UUID:SEQUENCE …", the newest first. */
bool catalog_ended_history(const struct catalog *catalog, const char *history, uint64_t *ended)
{
	const char *at = *history ? strstr(catalog->ended_histories, history) : NULL;
	if (!at || at[strlen(history)] != ':')
		return false;
	*ended = strtoull(at + strlen(history) + 1, NULL, 10);
	return true;
}

void catalog_set_journal(struct catalog *catalog, const struct catalog_journal *journal)
{
	catalog->journal = *journal;
}

int catalog_data_version(struct catalog *catalog, int64_t *version, struct error *error)
{
	struct query query = query_begin(catalog, SQL_DATA_VERSION, error);
	if (query_step(&query) == 1)
		*version = query_get_int(&query, 0);
	return query_end(&query);
}
