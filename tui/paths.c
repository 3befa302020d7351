/*
 * paths.c: one thread that looks into folders. Whoever lets go last frees what both share.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/engine.h"
#include "tui/paths.h"

struct paths {
	void (*wake)(void *context);
	void *context;
	pthread_mutex_t mutex; /* guards everything below */
	pthread_cond_t asked;
	char *prefix; /* of the question that waits, or NULL */
	uint64_t ticket;
	struct path_answer *answer; /* that was not taken yet, or NULL */
	bool stopping;
};

void path_answer_free(struct path_answer *answer)
{
	for (size_t i = 0; answer != NULL && i < answer->count; i++)
		free(answer->paths[i]);
	free(answer);
}

static void free_paths(struct paths *paths)
{
	free(paths->prefix);
	path_answer_free(paths->answer);
	pthread_cond_destroy(&paths->asked);
	pthread_mutex_destroy(&paths->mutex);
	free(paths);
}

/* ---- looking ---- */

static bool is_folder(DIR *folder, const struct dirent *entry)
{
	struct stat found;
	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(folder), entry->d_name, &found, 0) == 0 && S_ISDIR(found.st_mode);
}

/* Whether the entry of a folder may be what a word goes on with. */
static bool fits(const char *name, const char *base)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return (name[0] != '.' || base[0] == '.') && strncmp(name, base, strlen(base)) == 0;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* What cannot be looked into has nothing in it. */
static void look(const char *prefix, struct path_answer *answer)
{
	const char *slash = strrchr(prefix, '/'), *base = slash != NULL ? slash + 1 : prefix;
	char *where = slash != NULL ? strndup(prefix, (size_t)(base - prefix)) : strdup(".");
	DIR *folder = where != NULL ? opendir(where) : NULL;
	for (struct dirent *entry; folder != NULL && !answer->more && (entry = readdir(folder)) != NULL;) {
		char *path = NULL;
		if (!fits(entry->d_name, base))
			continue;
		answer->more = answer->count == PATHS_MAX;
		if (!answer->more && asprintf(&path, "%.*s%s%s", (int)(base - prefix), prefix, entry->d_name,
					     is_folder(folder, entry) ? "/" : "") >= 0)
			answer->paths[answer->count++] = path;
	}
	if (folder != NULL)
		closedir(folder);
	free(where);
	qsort(answer->paths, answer->count, sizeof(*answer->paths), compare);
}

static void *run(void *argument)
{
	struct paths *paths = argument;
	pthread_mutex_lock(&paths->mutex);
	for (;;) {
		while (!paths->stopping && paths->prefix == NULL)
			pthread_cond_wait(&paths->asked, &paths->mutex);
		if (paths->stopping)
			break;
		char *prefix = paths->prefix;
		struct path_answer *answer = calloc(1, sizeof(*answer));
		paths->prefix = NULL;
		if (answer != NULL)
			answer->ticket = paths->ticket;
		pthread_mutex_unlock(&paths->mutex);
		if (answer != NULL)
			look(prefix, answer);
		free(prefix);
		pthread_mutex_lock(&paths->mutex);
		path_answer_free(paths->answer);
		paths->answer = answer;
		/* While it is held, so that nobody is woken who has stopped. */
		if (answer != NULL && !paths->stopping)
			paths->wake(paths->context);
	}
	pthread_mutex_unlock(&paths->mutex);
	free_paths(paths);
	return NULL;
}

/* ---- for the console ---- */

int paths_start(void (*wake)(void *context), void *context, struct paths **result, struct error *error)
{
	struct paths *paths = calloc(1, sizeof(*paths));
	pthread_t thread;
	int number = paths == NULL ? ENOMEM : 0;
	if (number == 0) {
		paths->wake = wake;
		paths->context = context;
		pthread_mutex_init(&paths->mutex, NULL);
		pthread_cond_init(&paths->asked, NULL);
		number = pthread_create(&thread, NULL, run, paths);
		if (number != 0)
			free_paths(paths);
	}
	if (number != 0)
		return error_set_errno(error, number, "The console cannot prepare to look for paths");
	pthread_detach(thread);
	*result = paths;
	return 0;
}

void paths_stop(struct paths *paths)
{
	if (paths == NULL)
		return;
	pthread_mutex_lock(&paths->mutex);
	paths->stopping = true;
	pthread_cond_signal(&paths->asked);
	pthread_mutex_unlock(&paths->mutex);
}

void paths_ask(struct paths *paths, uint64_t ticket, const char *prefix)
{
	pthread_mutex_lock(&paths->mutex);
	free(paths->prefix);
	paths->prefix = strdup(prefix);
	paths->ticket = ticket;
	pthread_cond_signal(&paths->asked);
	pthread_mutex_unlock(&paths->mutex);
}

struct path_answer *paths_take(struct paths *paths)
{
	pthread_mutex_lock(&paths->mutex);
	struct path_answer *answer = paths->answer;
	paths->answer = NULL;
	pthread_mutex_unlock(&paths->mutex);
	return answer;
}
