/*
 * get_tree.c: store_get_prefix(), a whole folder back on disk.
 *
 * The calling thread walks the names and hands them to workers, each of which fetches a file by itself; folders get
 * their permission bits and times when everything is in them, what is inside before what is around it.
 *
 * Nothing is ever written outside of the output folder: every part of a name is opened below the one before it and
 * without following links, so a stored link, or one that somebody puts there meanwhile, ends in an error for the
 * names under it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clients.h"
#include "engine/fetch.h"
#include "engine/outfile.h"
#include "engine/history.h"

enum { QUEUE_ENTRIES = 64, PAGE_FOLDERS = 64 };

struct tree {
	struct store *store;
	const struct get_options *options;
	size_t skip; /* how much of each name is the prefix */
	int64_t at;  /* the moment that is fetched */
	int root;

	pthread_mutex_t mutex; /* guards everything below, and serialises the callbacks */
	pthread_cond_t changed;
	struct catalog_entry *queue; /* a ring */
	size_t first, count;
	bool finished;
	struct progress progress;
	uint64_t fetched, failures;
	struct error failure; /* the first */
};

/* ---- below the output folder ---- */

/* A worker's last folder, which the next name often is in too. */
struct place {
	char path[STORE_NAME_MAX + 2];
	int fd; /* -1: none */
};

static int open_below(int folder, const char *name)
{
	return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the folder `path` ("" for the root itself) below `root`, making what is missing. -1 with errno. */
static int open_folder(int root, const char *path)
{
	int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
	char part[STORE_NAME_MAX + 2];
	for (const char *rest = path; fd >= 0 && *rest;) {
		size_t length = strcspn(rest, "/");
		memcpy(part, rest, length);
		part[length] = '\0';
		int next = open_below(fd, part);
		if (next < 0 && errno == ENOENT && (mkdirat(fd, part, 0700) == 0 || errno == EEXIST))
			next = open_below(fd, part);
		int number = errno;
		close(fd);
		errno = number;
		fd = next;
		rest += length + (rest[length] == '/');
	}
	return fd;
}

/*
 * A catalog that was regrown from what others wrote, or tampered with, must not lead out of the output folder either.
 */
static int check_entry(const struct catalog_entry *entry, struct error *error)
{
	if (store_is_entry_name(entry->name, entry->kind == ENTRY_FOLDER))
		return 0;
	return error_set(error, ERROR_DAMAGED,
		"the catalog has a name that nothing can be stored under, '%s'; it is not fetched",
		entry->name);
}

/* Brings `place` to the folder that `path` is in; returns the last part of `path`, or NULL with errno. */
static const char *go_to_parent(const struct tree *tree, struct place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	if (place->fd < 0 || strlen(place->path) != length || memcmp(place->path, path, length) != 0) {
		if (place->fd >= 0)
			close(place->fd);
		memcpy(place->path, path, length);
		place->path[length] = '\0';
		place->fd = open_folder(tree->root, place->path);
	}
	return place->fd < 0 ? NULL : slash ? slash + 1 : path;
}

/* ---- entries ---- */

static bool is_cancelled(const struct tree *tree)
{
	return tree->options->cancel && atomic_load(tree->options->cancel);
}

static int make_folder(const struct tree *tree, const struct catalog_entry *entry, struct error *error)
{
	char path[STORE_NAME_MAX + 2];
	snprintf(path, sizeof(path), "%s", entry->name + tree->skip);
	size_t length = strlen(path);
	if (length > 0 && path[length - 1] == '/')
		path[length - 1] = '\0';
	int fd = open_folder(tree->root, path);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot make the folder '%s'", entry->name);
	close(fd);
	return 0;
}

static int fetch_file(struct tree *tree, const struct catalog_entry *entry, int folder, const char *name,
	struct error *error)
{
	struct outfile output;
	struct fetch_options options = {.threads = 1, .cancel = tree->options->cancel};
	if (outfile_begin(&output, tree->store->env, folder, name) < 0)
		return error_set_errno(error, errno, "cannot make the file '%s'", entry->name);
	if (fetch_version(tree->store, entry, output.fd, &options, error) < 0) {
		outfile_abort(&output);
		return -1;
	}
	if (outfile_finish(&output, entry->mode, entry->mtime_ns) < 0)
		return error_set_errno(error, errno, "cannot put the file '%s' in place", entry->name);
	return 0;
}

static int fetch_entry(
	struct tree *tree, struct place *place, const struct catalog_entry *entry, struct error *error)
{
	if (is_cancelled(tree))
		return error_set(error, ERROR_CANCELLED, "interrupted");
	if (check_entry(entry, error) < 0)
		return -1;
	if (entry->kind == ENTRY_FOLDER)
		return make_folder(tree, entry, error);
	const char *name = go_to_parent(tree, place, entry->name + tree->skip);
	if (!name)
		return error_set_errno(error, errno, "cannot make the folder for '%s'", entry->name);
	if (entry->kind == ENTRY_FILE)
		return fetch_file(tree, entry, place->fd, name, error);
	if (outfile_link(tree->store->env, place->fd, name, entry->target, entry->mtime_ns) < 0)
		return error_set_errno(error, errno, "cannot make the link '%s'", entry->name);
	return 0;
}

static void note_outcome(
	struct tree *tree, const struct catalog_entry *entry, int result, const struct error *error)
{
	pthread_mutex_lock(&tree->mutex);
	if (result < 0) {
		if (tree->failures++ == 0)
			tree->failure = *error;
		if (tree->options->failed && error->code != ERROR_CANCELLED)
			tree->options->failed(tree->options->context, error);
	} else if (entry->kind != ENTRY_FOLDER) {
		tree->fetched++;
		tree->progress.files_done++;
		tree->progress.bytes_done += entry->size;
	}
	if (tree->options->progress) {
		tree->progress.name = entry->name;
		tree->options->progress(tree->options->context, &tree->progress);
	}
	pthread_mutex_unlock(&tree->mutex);
}

/* ---- threads ---- */

struct worker {
	pthread_t thread;
	struct tree *tree;
	struct catalog_entry entry;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct tree *tree = worker->tree;
	struct catalog_entry *entry = &worker->entry;
	struct place place = {.fd = -1};
	for (;;) {
		pthread_mutex_lock(&tree->mutex);
		while (tree->count == 0 && !tree->finished)
			pthread_cond_wait(&tree->changed, &tree->mutex);
		bool some = tree->count > 0;
		if (some) {
			*entry = tree->queue[tree->first];
			tree->first = (tree->first + 1) % QUEUE_ENTRIES;
			tree->count--;
			pthread_cond_broadcast(&tree->changed);
		}
		pthread_mutex_unlock(&tree->mutex);
		if (!some)
			break;
		struct error error;
		int result = fetch_entry(tree, &place, entry, &error);
		note_outcome(tree, entry, result, &error);
	}
	if (place.fd >= 0)
		close(place.fd);
	return NULL;
}

static int enqueue(void *context, struct catalog_entry *entry, struct error *error)
{
	struct tree *tree = context;
	if (is_cancelled(tree))
		return error_set(error, ERROR_CANCELLED, "interrupted");
	pthread_mutex_lock(&tree->mutex);
	while (tree->count == QUEUE_ENTRIES)
		pthread_cond_wait(&tree->changed, &tree->mutex);
	tree->queue[(tree->first + tree->count++) % QUEUE_ENTRIES] = *entry;
	pthread_cond_broadcast(&tree->changed);
	pthread_mutex_unlock(&tree->mutex);
	return 0;
}

static int fetch_all(struct tree *tree, const char *prefix, bool *found, struct error *error)
{
	struct worker *workers = calloc(tree->store->workers, sizeof(*workers));
	if (!workers)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", prefix);
	unsigned count = 0;
	int number = 0;
	while (number == 0 && count < tree->store->workers) {
		workers[count].tree = tree;
		number = pthread_create(&workers[count].thread, NULL, work, &workers[count]);
		count += number == 0;
	}
	int result = count ? 0 : error_set_errno(error, number, "cannot start a thread");
	if (result == 0)
		result = store_each_entry(tree->store, prefix, tree->at, enqueue, tree, found, error);
	pthread_mutex_lock(&tree->mutex);
	tree->finished = true;
	pthread_cond_broadcast(&tree->changed);
	pthread_mutex_unlock(&tree->mutex);
	for (unsigned i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	return result;
}

/* ---- folders, at last ---- */

static void finish_folder(struct tree *tree, const struct catalog_entry *entry)
{
	struct error error;
	if (check_entry(entry, &error) < 0)
		return; /* it was told when it was to be made */
	char path[STORE_NAME_MAX + 2];
	snprintf(path, sizeof(path), "%s", entry->name + tree->skip);
	int fd = open_folder(tree->root, path);
	struct timespec times[2];
	outfile_times(times, entry->mtime_ns);
	if (fd < 0 || fchmod(fd, entry->mode & 03777) < 0 || futimens(fd, times) < 0) {
		error_set_errno(
			&error, errno, "cannot give the folder '%s' its permissions and time", entry->name);
		note_outcome(tree, entry, -1, &error);
	}
	if (fd >= 0)
		close(fd);
}

static int finish_folders(struct tree *tree, const char *prefix, struct error *error)
{
	struct catalog_entry *page = malloc(PAGE_FOLDERS * sizeof(*page));
	enum { SIZE = STORE_NAME_MAX + 16 };
	char *from = malloc(2 * SIZE), *below = from ? from + SIZE : NULL;
	int result = page && from ? 0 : error_set_errno(error, ENOMEM, "cannot finish the folders");
	if (result == 0) {
		snprintf(from, SIZE, "%s%s", prefix, *prefix ? "/" : "");
		snprintf(below, SIZE, "%s%c", prefix, '/' + 1);
	}
	bool bounded = *prefix != '\0';
	int count = PAGE_FOLDERS;
	while (result == 0 && count == PAGE_FOLDERS && !is_cancelled(tree)) {
		count = catalog_list_folders_down(tree->store->reader, from, bounded ? below : NULL, tree->at,
			page, PAGE_FOLDERS, error);
		if (count < 0)
			result = -1;
		for (int i = 0; i < count; i++)
			finish_folder(tree, &page[i]);
		if (count > 0)
			snprintf(below, SIZE, "%s", page[count - 1].name);
		bounded = true;
	}
	free(page);
	free(from);
	return result;
}

/* ---- the call ---- */

static int open_root(const char *output, struct error *error)
{
	if (mkdir(output, 0700) < 0 && errno != EEXIST) {
		error_set_errno(error, errno, "cannot make the folder '%s'", output);
		return -1;
	}
	int fd = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		error_set_errno(error, errno, "cannot open the folder '%s'", output);
	return fd;
}

static int outcome(struct tree *tree, struct error *error)
{
	if (is_cancelled(tree))
		return error_set(error, ERROR_CANCELLED, "interrupted; %llu files were fetched before that",
			(unsigned long long)tree->fetched);
	if (tree->failures)
		return error_set(error, tree->failure.code, "%llu %s not be fetched; %llu %s",
			(unsigned long long)tree->failures,
			tree->failures == 1 ? "entry could" : "entries could",
			(unsigned long long)tree->fetched, tree->fetched == 1 ? "file was" : "files were");
	return 0;
}

static int check_prefix(struct store *store, const char *prefix, int64_t at, struct error *error)
{
	if (!*prefix)
		return 0;
	if (store_check_name(prefix, error) < 0)
		return -1;
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", prefix);
	int found = catalog_find_entry_at(store->reader, prefix, at, entry, error);
	free(entry);
	if (found > 0)
		return error_set(error, ERROR_USAGE,
			"'%s' is a single file or link; fetch it without --prefix", prefix);
	return found;
}

/* Asks, before anything is made, whether there is such a folder, or something that would be in it. */
static int require_folder(
	struct store *store, const char *name, const char *snapshot, int64_t at, struct error *error)
{
	char inside[STORE_NAME_MAX + 16], below[STORE_NAME_MAX + 16];
	snprintf(inside, sizeof(inside), "%s%s", name, *name ? "/" : "");
	snprintf(below, sizeof(below), "%s%c", name, '/' + 1);
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", name);
	int found = catalog_find_entry_at(store->reader, inside, at, entry, error);
	if (found == 0)
		found = catalog_list(store->reader, inside, *name ? below : NULL, at, entry, 1, error);
	free(entry);
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND, "there is no folder '%s' in the %s%s", name,
			snapshot ? "snapshot " : "store", snapshot ? snapshot : "");
	return found < 0 ? -1 : 0;
}

int store_get_prefix(
	struct store *store, const char *prefix, const struct get_options *options, struct error *error)
{
	assert(options->output);
	error_clear(error);
	char name[STORE_NAME_MAX + 8];
	snprintf(name, sizeof(name), "%s", prefix);
	size_t length = strlen(name);
	if (length > 1 && name[length - 1] == '/')
		name[--length] = '\0';
	int64_t at;
	if (store_find_moment(store, options->at, &at, error) < 0 ||
		check_prefix(store, name, at, error) < 0 ||
		require_folder(store, name, options->at, at, error) < 0)
		return -1;
	struct catalog_entry *queue = malloc(QUEUE_ENTRIES * sizeof(*queue));
	if (!queue)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", prefix);
	struct tree tree = {.store = store,
		.options = options,
		.queue = queue,
		.at = at,
		.skip = length ? length + 1 : 0,
		.root = -1};
	pthread_mutex_init(&tree.mutex, NULL);
	pthread_cond_init(&tree.changed, NULL);
	char inside[STORE_NAME_MAX + 16];
	snprintf(inside, sizeof(inside), "%s%s", name, length ? "/" : "");
	int client = clients_enter(store->config->store);
	bool found = false;
	tree.root = open_root(options->output, error);
	int result = tree.root < 0 ? -1 : fetch_all(&tree, inside, &found, error);
	if (result == 0)
		result = finish_folders(&tree, name, error);
	if (result == 0)
		result = outcome(&tree, error);
	if (result == 0)
		result = store_confirm_moment(store, options->at, at, error);
	clients_leave(client);
	if (tree.root >= 0)
		close(tree.root);
	pthread_mutex_destroy(&tree.mutex);
	pthread_cond_destroy(&tree.changed);
	free(queue);
	return result;
}
