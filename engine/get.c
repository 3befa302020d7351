/*
 * get.c: store_get(), one name to one place.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clients.h"
#include "engine/fetch.h"
#include "engine/outfile.h"
#include "engine/store.h"

/* Where the bytes go. */
struct target {
	int folder;
	char name[STORE_NAME_MAX + 2];
	bool in_place; /* a device or FIFO, or standard output: written as it is */
};

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

/* Splits `path` into the folder, which is opened, and the name in it; a folder means the base name in that. */
static int find_target(
	const char *path, const struct catalog_entry *entry, struct target *target, struct error *error)
{
	struct stat status;
	char folder[STORE_NAME_MAX + 8] = ".";
	const char *name = path;
	target->in_place = false;
	bool exists = path && stat(path, &status) == 0;
	char real[PATH_MAX];
	/* A link stays: what it leads to is replaced. */
	if (exists && lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && realpath(path, real))
		path = real;
	exists = exists && stat(path, &status) == 0;
	if (!path) {
		name = last_part(entry->name);
	} else if (exists && S_ISDIR(status.st_mode)) {
		snprintf(folder, sizeof(folder), "%s", path);
		name = last_part(entry->name);
	} else {
		const char *slash = strrchr(path, '/');
		if (slash) {
			name = slash + 1;
			snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path),
				path);
		}
		target->in_place = exists && !S_ISREG(status.st_mode);
	}
	if (!*name)
		return error_set(error, ERROR_USAGE, "'%s' names a folder that does not exist", path);
	snprintf(target->name, sizeof(target->name), "%s", name);
	target->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target->folder < 0)
		return error_set_errno(error, errno, "cannot write into the folder '%s'", folder);
	return 0;
}

static void fill_options(const struct store *store, const struct get_options *options, bool in_order,
	struct fetch_options *fetch)
{
	/*
	 * Each hands its reads over (hedge.h) and waits for them: with as many as there are workers, 1 GiB from the
	 * page cache took 3 % longer than with three quarters of them.
	 */
	*fetch = (struct fetch_options){
		.threads = (3 * store->workers + 3) / 4,
		.in_order = in_order,
		.progress = options->progress,
		.context = options->context,
		.cancel = options->cancel,
	};
}

static int get_in_place(struct store *store, const struct catalog_entry *entry, const struct target *target,
	const struct get_options *options, struct error *error)
{
	struct fetch_options fetch;
	fill_options(store, options, true, &fetch);
	int fd = openat(target->folder, target->name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot open '%s'", options->output);
	int result = fetch_version(store, entry, fd, &fetch, error);
	if (close(fd) < 0 && result == 0)
		result = error_set_errno(error, errno, "cannot write '%s'", options->output);
	return result;
}

static int get_file(struct store *store, const struct catalog_entry *entry, const struct target *target,
	const struct get_options *options, struct error *error)
{
	struct outfile output;
	struct fetch_options fetch;
	fill_options(store, options, false, &fetch);
	if (outfile_begin(&output, store->env, target->folder, target->name) < 0)
		return error_set_errno(error, errno, "cannot make the file '%s'", target->name);
	if (fetch_version(store, entry, output.fd, &fetch, error) < 0) {
		outfile_abort(&output);
		return -1;
	}
	if (outfile_finish(&output, entry->mode, entry->mtime_ns) < 0)
		return error_set_errno(error, errno, "cannot put the file '%s' in place", target->name);
	return 0;
}

/* Whether `path` is another name for where standard output goes, such as /dev/stdout. */
static bool is_standard_output(const char *path)
{
	struct stat named, ours;
	return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &ours) == 0 && named.st_dev == ours.st_dev &&
	       named.st_ino == ours.st_ino && named.st_rdev == ours.st_rdev;
}

static int get_entry(struct store *store, const struct catalog_entry *entry,
	const struct get_options *options, struct error *error)
{
	if (entry->kind == ENTRY_FOLDER)
		return error_set(error, ERROR_USAGE,
			"'%.*s' is a folder; fetch it with 'get --prefix %.*s -o DIR'",
			(int)strlen(entry->name) - 1, entry->name, (int)strlen(entry->name) - 1, entry->name);
	if (options->output && (strcmp(options->output, "-") == 0 || is_standard_output(options->output))) {
		struct fetch_options fetch;
		fill_options(store, options, true, &fetch);
		if (entry->kind == ENTRY_LINK)
			return error_set(error, ERROR_USAGE,
				"'%s' is a symbolic link to '%s', which cannot be written to a pipe",
				entry->name, entry->target);
		return fetch_version(store, entry, STDOUT_FILENO, &fetch, error);
	}
	struct target target;
	if (find_target(options->output, entry, &target, error) < 0)
		return -1;
	int result;
	if (entry->kind == ENTRY_LINK) {
		result = outfile_link(store->env, target.folder, target.name, entry->target, entry->mtime_ns);
		if (result < 0)
			error_set_errno(error, errno, "cannot make the link '%s'", target.name);
	} else if (target.in_place) {
		result = get_in_place(store, entry, &target, options, error);
	} else {
		result = get_file(store, entry, &target, options, error);
	}
	close(target.folder);
	return result;
}

int store_get(struct store *store, const char *name, const struct get_options *options, struct error *error)
{
	error_clear(error);
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", name);
	int client = clients_enter(store->config->store);
	int result = store_find(store, name, entry, error);
	if (result == 0)
		result = get_entry(store, entry, options, error);
	clients_leave(client);
	free(entry);
	return result;
}
