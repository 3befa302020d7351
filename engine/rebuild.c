/*
 * rebuild.c: a catalog that is gone, damaged or too old, and the one that takes its place.
 *
 * The new one grows in a folder of its own beside the old one and takes its place when it is complete and durable, so
 * that an interruption anywhere leaves what was there. What the old one was stays, under a name that says when. From
 * its first record to its taking the place nobody else writes to the catalog.
 */
#include "engine/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/clients.h"
#include "engine/drafts.h"
#include "engine/journal.h"
#include "engine/role.h"

enum { PATH_SIZE = 4096 + 128 };

void rebuild_say(struct rebuild *rebuild, const char *format, ...)
{
	char sentence[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (rebuild->options->report)
		rebuild->options->report(rebuild->options->context, sentence);
}

int rebuild_check_cancel(struct rebuild *rebuild, struct error *error)
{
	if (rebuild->options->cancel && atomic_load(rebuild->options->cancel))
		return error_set(error, ERROR_CANCELLED, "interrupted; nothing was changed");
	return 0;
}

/* ---- whether to ---- */

/* Whether a new catalog may do what the one that is there fails to, or whether the reason lies elsewhere. */
static bool is_of_catalog(const struct error *cause)
{
	return cause->code == ERROR_DAMAGED || cause->code == ERROR_IO || cause->code == ERROR_NOT_FOUND;
}

/*
 * A catalog that opens, is sound, and knows all that the nodes know, is better than one that is regrown; and so is
 * one that only a newer program can read, or that nobody can open now because memory is short, or somebody holds it.
 */
static int check_needed(struct rebuild *rebuild, struct error *error)
{
	struct store *store = NULL;
	struct error cause;
	error_clear(&cause);
	int result = store_open_in(rebuild->env, rebuild->config->path, &store, &cause);
	if (result == 0)
		result = catalog_check(store->reader, &cause);
	if (result == 0)
		result = journal_check(store, &cause);
	store_close(store);
	bool needed = result < 0 && is_of_catalog(&cause);
	if (result < 0 && (needed || rebuild->options->force))
		rebuild_say(rebuild, "%s", cause.message);
	if (needed || rebuild->options->force)
		return 0;
	if (result < 0)
		return error_set(error, cause.code, "%s; to regrow the catalog all the same, add --force",
			cause.message);
	return error_set(error, ERROR_REFUSED,
		"the catalog %s/catalog.db is in order, and no node that answers knows more; to regrow it "
		"all the same, add --force",
		rebuild->config->store);
}

static int refuse_busy(const struct rebuild *rebuild, struct error *error)
{
	int64_t pid;
	if (role_is_held(rebuild->config->store, &pid))
		return error_set(error, ERROR_BUSY,
			"process %lld maintains the store; stop it (the daemon or the console) and repeat "
			"'linckia rebuild'",
			(long long)pid);
	if (clients_are_active(rebuild->config->store))
		return error_set(error, ERROR_BUSY,
			"another process stores or fetches files; let it end and repeat 'linckia rebuild'");
	return 0;
}

/* The folder of the store may be lost with the catalog, where the nodes are elsewhere. */
static int take_role(const struct rebuild *rebuild, struct role *role, struct error *error)
{
	const char *store = rebuild->config->store;
	bool made = mkdir(store, 0700) == 0;
	if ((!made && errno != EEXIST) || (made && env_flush_name_of(rebuild->env, store) < 0))
		return error_set_errno(error, errno, "cannot make the folder of the store, %s", store);
	int taken = role_take(role, store, error);
	if (taken == 0)
		return error_set(
			error, ERROR_BUSY, "another process has begun to maintain the store; try again");
	return taken < 0 ? -1 : 0;
}

/* ---- taking the place ---- */

/* SQLite's companions of a database go with it. */
static int rename_catalog(const char *from, const char *to)
{
	static const char *const endings[] = {"-wal", "-shm", ""};
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		char old_path[PATH_SIZE], new_path[PATH_SIZE];
		snprintf(old_path, sizeof(old_path), "%s%s", from, endings[i]);
		snprintf(new_path, sizeof(new_path), "%s%s", to, endings[i]);
		if (rename(old_path, new_path) < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* Holds off every writer. Returns a descriptor, or -1 with errno. */
static int lock_catalog(const char *store)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/catalog.lock", store);
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fd >= 0 && fcntl(fd, F_OFD_SETLKW, &lock) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The lock of writers is held. */
static int replace_catalog(struct rebuild *rebuild, const char *grown, struct error *error)
{
	const char *store = rebuild->config->store;
	struct rebuild_result *result = rebuild->result;
	char path[PATH_SIZE], aside[PATH_SIZE], time[40];
	text_time(time, sizeof(time), rebuild->env->time->wall_ms(rebuild->env->time));
	for (char *c = time; *c; c++)
		*c = *c == ':' ? '.' : *c;
	snprintf(path, sizeof(path), "%s/catalog.db", store);
	snprintf(aside, sizeof(aside), "%s/catalog.db.aside-%s", store, time);
	bool there = access(path, F_OK) == 0;
	/*
	 * A log that an old catalog left would be taken for the new one's: it goes even where the catalog itself is
	 * gone, and has gone for good before the new one is there.
	 */
	int failed = rename_catalog(path, aside) < 0 || env_flush_folder(rebuild->env, store) < 0 ? -1 : 0;
	if (failed == 0 && there)
		snprintf(result->aside, sizeof(result->aside), "%.*s", (int)sizeof(result->aside) - 1, aside);
	if (failed == 0)
		failed = rename(grown, path) < 0 || env_flush_folder(rebuild->env, store) < 0 ? -1 : 0;
	if (failed < 0)
		error_set_errno(error, errno, "cannot put the new catalog into its place, %s", path);
	return failed;
}

/* ---- growing ---- */

static int fill(struct rebuild *rebuild, struct error *error)
{
	struct catalog_regrown regrown;
	struct rebuild_result *result = rebuild->result;
	if (catalog_begin(rebuild->catalog, error) < 0)
		return -1;
	if (rebuild_replay(rebuild, error) < 0 || rebuild_take_inventory(rebuild, error) < 0 ||
		catalog_regrow_finish(rebuild->catalog, rebuild->sequence, rebuild->history, &rebuild->absent,
			&regrown, error) < 0) {
		catalog_rollback(rebuild->catalog);
		return -1;
	}
	result->files = regrown.files;
	result->versions = regrown.versions;
	result->bytes = regrown.bytes;
	result->snapshots = regrown.snapshots;
	result->chunks = regrown.chunks;
	result->copies = regrown.copies;
	result->chunks_missing = regrown.missing;
	return 0;
}

static int grow_in(struct rebuild *rebuild, const char *folder, struct error *error)
{
	char path[PATH_SIZE + 16];
	snprintf(path, sizeof(path), "%s/catalog.db", folder);
	int result = catalog_regrow_open(rebuild->env, path, rebuild->store_uuid, &rebuild->catalog, error);
	if (result == 0)
		result = fill(rebuild, error);
	if (result == 0)
		result = catalog_settle(rebuild->catalog, error);
	catalog_close(rebuild->catalog);
	return result == 0 ? replace_catalog(rebuild, path, error) : result;
}

/*
 * Nobody commits from before the first record is read until the new catalog is in its place: the record of such a
 * commit would be of a history that has ended, and what it acknowledged lost (invariant 1). Who waits for the lock
 * finds then that the catalog is another one.
 */
static int grow(struct rebuild *rebuild, struct error *error)
{
	char folder[PATH_SIZE];
	const char *store = rebuild->config->store;
	snprintf(folder, sizeof(folder), "%s/" DRAFT_REBUILD, store);
	drafts_remove_folder(folder); /* whatever a killed rebuild left in it */
	int lock = lock_catalog(store);
	if (lock < 0)
		return error_set_errno(error, errno, "cannot lock the catalog in %s", store);
	int result = mkdir(folder, 0700) < 0
			     ? error_set_errno(error, errno, "cannot make the folder %s", folder)
			     : grow_in(rebuild, folder, error);
	close(lock);
	drafts_remove_folder(folder);
	return result;
}

/*
 * The nodes learn of the new history: each gets a copy of the catalog, so that another rebuild needs nothing older.
 */
static void tell_nodes(struct rebuild *rebuild)
{
	struct store *store = NULL;
	struct error error;
	bool changed;
	const struct rebuild_result *result = rebuild->result;
	if (store_open_in(rebuild->env, rebuild->config->path, &store, &error) == 0) {
		store_event(store, result->gaps ? EVENT_WARNING : EVENT_NOTICE, "catalog_regrown", "",
			"the catalog was regrown from %u nodes: %llu files, %llu versions, up to commit %llu",
			result->nodes, (unsigned long long)result->files,
			(unsigned long long)result->versions, (unsigned long long)result->sequence);
		if (journal_maintain(store, &changed, &error) < 0)
			rebuild_say(rebuild, "the nodes could not be told yet: %s", error.message);
	}
	store_close(store);
}

int store_rebuild(const char *config_path, const struct rebuild_options *options,
	struct rebuild_result *result, struct error *error)
{
	return store_rebuild_in(env_real(), config_path, options, result, error);
}

int store_rebuild_in(const struct env *env, const char *config_path, const struct rebuild_options *options,
	struct rebuild_result *result, struct error *error)
{
	struct config *config = NULL;
	struct role role;
	*result = (struct rebuild_result){0};
	error_clear(error);
	umask(077);
	if (digest_ready(error) < 0 || config_load(config_path, &config, error) < 0)
		return -1;
	struct rebuild rebuild = {.env = env, .config = config, .options = options, .result = result};
	role_init(&role);
	int status = refuse_busy(&rebuild, error);
	if (status == 0)
		status = rebuild_find_sources(&rebuild, error);
	if (status == 0)
		status = check_needed(&rebuild, error);
	if (status == 0)
		status = take_role(&rebuild, &role, error);
	if (status == 0)
		status = grow(&rebuild, error);
	role_release(&role);
	if (status == 0)
		tell_nodes(&rebuild);
	rebuild_free_sources(&rebuild);
	config_free(config);
	return status;
}
