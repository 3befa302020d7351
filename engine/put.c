/*
 * put.c: one call of store_put() from its threads' start to its outcome. put.h shows the whole.
 */
#include "engine/clients.h"
#include "engine/journal.h"
#include "engine/put.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the threads tell each other ---- */

bool put_is_stopping(struct put *put)
{
	if (put->options->cancel && atomic_load(put->options->cancel))
		return true;
	pthread_mutex_lock(&put->mutex);
	bool stopping = put->fatal.code != ERROR_NONE;
	pthread_mutex_unlock(&put->mutex);
	return stopping;
}

void put_set_fatal(struct put *put, const struct error *error)
{
	assert(error->code != ERROR_NONE);
	pthread_mutex_lock(&put->mutex);
	if (put->fatal.code == ERROR_NONE)
		put->fatal = *error;
	pthread_cond_broadcast(&put->changed);
	pthread_mutex_unlock(&put->mutex);
}

void put_report_failure(struct put *put, const char *name, const struct error *error)
{
	/* With no node to write to, or no room, every further file would fail in the same way. */
	if (error->code == ERROR_UNAVAILABLE || error->code == ERROR_NO_SPACE)
		put_set_fatal(put, error);
	struct error message = *error;
	char quoted[STORE_NAME_MAX + 8];
	snprintf(quoted, sizeof(quoted), "'%s'", name);
	if (!strstr(error->message, quoted))
		error_context(&message, "%s is not stored", quoted);
	pthread_mutex_lock(&put->report_mutex);
	if (put->failures++ == 0)
		put->failure = message;
	if (error->code != ERROR_CANCELLED && !put->single && put->options->failed)
		put->options->failed(put->options->context, &message);
	pthread_mutex_unlock(&put->report_mutex);
}

void put_report_progress(struct put *put, uint64_t bytes, uint64_t files, const char *name)
{
	if (!put->options->progress)
		return;
	pthread_mutex_lock(&put->report_mutex);
	put->progress.bytes_done += bytes;
	put->progress.files_done += files;
	if (name)
		put->progress.name = name;
	put->options->progress(put->options->context, &put->progress);
	put->progress.name = NULL;
	pthread_mutex_unlock(&put->report_mutex);
}

/* ---- setting up ---- */

static int check_arguments(struct store *store, const char *const *paths, size_t count,
	const struct put_options *options, struct error *error)
{
	if (count == 0)
		return error_set(error, ERROR_USAGE, "nothing to store: give at least one path");
	if (options->name && count > 1)
		return error_set(error, ERROR_USAGE, "one name cannot stand for %zu paths", count);
	if (options->name && store_check_name(options->name, error) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") == 0 && !options->name)
			return error_set(error, ERROR_USAGE, "standard input needs a name: give one with -n");
		if (!*paths[i])
			return error_set(error, ERROR_USAGE, "an empty path names nothing");
	}
	if (options->replication_factor > STORE_REPLICATION_MAX)
		return error_set(error, ERROR_USAGE, "the replication factor is %u; allowed is 1 to %d",
			options->replication_factor, STORE_REPLICATION_MAX);

	unsigned wanted =
		options->replication_factor ? options->replication_factor : store->config->replication_factor;
	unsigned least = store->config->min_replicas < wanted ? store->config->min_replicas : wanted;
	unsigned writable = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node_status status;
		node_status(&store->nodes[i], &status);
		writable += status.writable && store->nodes[i].id != 0;
	}
	if (writable < least) {
		char why[1024];
		store_explain_nodes(store, 0, why, sizeof(why));
		return error_set(error, ERROR_UNAVAILABLE,
			"nothing is stored: %u nodes take chunks, and at least %u copies are needed "
			"(min_replicas): %s",
			writable, least, why);
	}
	return 0;
}

/* Whether little enough is stored that flushing each file beats flushing whole file systems. */
static enum chunk_flush choose_flush(const struct put *put, const char *const *paths, size_t count)
{
	struct stat status;
	bool little = count == 1 && stat(paths[0], &status) == 0 && S_ISREG(status.st_mode) &&
		      (uint64_t)status.st_size <= 8 * put->store->config->chunk_bytes;
	return little ? CHUNK_FLUSH_NOW : CHUNK_FLUSH_LATER;
}

void put_prepare(struct put *put, struct store *store, const struct put_options *options)
{
	memset(put, 0, sizeof(*put));
	put->store = store;
	put->options = options;
	put->last_job = &put->first_job;
	put->last_batch = &put->first_batch;
	pthread_mutex_init(&put->mutex, NULL);
	pthread_mutex_init(&put->report_mutex, NULL);
	pthread_cond_init(&put->changed, NULL);
}

static int put_init(struct put *put, struct store *store, const char *const *paths, size_t count,
	const struct put_options *options, struct error *error)
{
	struct stat status;
	put_prepare(put, store, options);
	chunker_init(&put->chunker, store->config->chunk_method, (size_t)store->config->chunk_bytes);
	bool folder = count == 1 && lstat(paths[0], &status) == 0 && S_ISDIR(status.st_mode);
	put->single = count == 1 && !folder;
	put->packing = !put->single;
	put->flush = choose_flush(put, paths, count);
	put->open = put_batch_new(put);
	put->last = put_batch_new(put);
	put->row = malloc(sizeof(*put->row));
	put->stream = digest_stream_new();
	put->pack.slots = put->packing ? calloc(PACK_SLOTS, sizeof(*put->pack.slots)) : NULL;
	if (strcmp(paths[0], "-") == 0 && store->config->chunk_method == CHUNK_CDC)
		put->carry = malloc(put->chunker.max_bytes);
	bool lacking =
		!put->open || !put->last || !put->row || !put->stream || (put->packing && !put->pack.slots) ||
		(!put->carry && strcmp(paths[0], "-") == 0 && store->config->chunk_method == CHUNK_CDC);
	return lacking ? error_set_errno(error, ENOMEM, "cannot begin to store") : 0;
}

static void put_release(struct put *put)
{
	if (put->open)
		put_batch_free(put, put->open);
	if (put->last)
		put_batch_free(put, put->last);
	free(put->row);
	digest_stream_free(put->stream);
	free(put->pack.slots);
	free(put->carry);
	pthread_mutex_destroy(&put->mutex);
	pthread_mutex_destroy(&put->report_mutex);
	pthread_cond_destroy(&put->changed);
}

/* ---- running ---- */

struct crew {
	pthread_t *workers;
	unsigned worker_count;
	pthread_t committer;
	bool committing;
};

static int crew_start(struct crew *crew, struct put *put, struct error *error)
{
	crew->workers = calloc(put->store->workers, sizeof(*crew->workers));
	if (!crew->workers)
		return error_set_errno(error, ENOMEM, "cannot begin to store");
	int number = pthread_create(&crew->committer, NULL, put_commit_batches, put);
	crew->committing = number == 0;
	while (number == 0 && crew->worker_count < put->store->workers) {
		number = pthread_create(&crew->workers[crew->worker_count], NULL, put_store_chunks, put);
		crew->worker_count += number == 0;
	}
	return number ? error_set_errno(error, number, "cannot start a thread") : 0;
}

/* Lets the threads finish what they were given, and waits for them. */
static void crew_finish(struct crew *crew, struct put *put)
{
	pthread_mutex_lock(&put->mutex);
	put->no_more_jobs = true;
	pthread_cond_broadcast(&put->changed);
	pthread_mutex_unlock(&put->mutex);
	for (unsigned i = 0; i < crew->worker_count; i++)
		pthread_join(crew->workers[i], NULL);
	pthread_mutex_lock(&put->mutex);
	put->no_more_batches = true;
	pthread_cond_broadcast(&put->changed);
	pthread_mutex_unlock(&put->mutex);
	if (crew->committing)
		pthread_join(crew->committer, NULL);
	free(crew->workers);
}

static void record_event(struct put *put)
{
	char size[32];
	if (put->stored == 0)
		return;
	text_bytes(size, sizeof(size), put->stored_bytes);
	if (put->stored == 1)
		store_event(put->store, EVENT_INFO, "put", "", "stored '%s' version %llu, %s",
			put->first_stored, (unsigned long long)put->first_version, size);
	else
		store_event(put->store, EVENT_INFO, "put", "", "stored %llu files, %s, beginning with '%s'",
			(unsigned long long)put->stored, size, put->first_stored);
}

static void warn_degraded(struct put *put)
{
	if (put->degraded == 0 || !put->options->warned)
		return;
	char why[1024];
	struct error message;
	store_explain_nodes(put->store, put->store->config->chunk_bytes, why, sizeof(why));
	if ((size_t)put->degraded_want > put->store->node_count)
		snprintf(why, sizeof(why), "the store has %zu nodes", put->store->node_count);
	error_set(&message, ERROR_UNAVAILABLE, "%llu %s stored with only %u of %u copies: %s",
		(unsigned long long)put->degraded, put->degraded == 1 ? "file is" : "files are",
		put->degraded_copies, put->degraded_want, why);
	put->options->warned(put->options->context, &message);
}

static int outcome(struct put *put, struct error *error)
{
	if (put->options->cancel && atomic_load(put->options->cancel))
		return error_set(error, ERROR_CANCELLED, "interrupted; %llu files were stored before that",
			(unsigned long long)put->stored);
	if (put->single && put->failures) {
		*error = put->failure;
		return -1;
	}
	if (put->fatal.code != ERROR_NONE) {
		*error = put->fatal;
		return error_context(
			error, "storing stopped after %llu files", (unsigned long long)put->stored);
	}
	if (put->failures)
		return error_set(error, put->failure.code, "%llu %s not stored; %llu were",
			(unsigned long long)put->failures, put->failures == 1 ? "entry was" : "entries were",
			(unsigned long long)put->stored);
	return 0;
}

int store_put(struct store *store, const char *const *paths, size_t path_count,
	const struct put_options *options, struct error *error)
{
	error_clear(error);
	/* What another process said of a node since counts at once. */
	if (check_arguments(store, paths, path_count, options, error) < 0 ||
		store_refresh_nodes(store, error) < 0 || journal_check(store, error) < 0)
		return -1;
	int client = clients_enter(store->config->store);
	if (client < 0)
		return error_set_errno(error, errno,
			"cannot begin to store: no lock on %s/clients.lock can be had, which keeps what is "
			"stored from being collected meanwhile",
			store->config->store);
	struct put *put = malloc(sizeof(*put));
	if (!put) {
		clients_leave(client);
		return error_set_errno(error, ENOMEM, "cannot begin to store");
	}
	struct crew crew = {0};
	int result = put_init(put, store, paths, path_count, options, error);
	if (result == 0)
		result = crew_start(&crew, put, error);
	if (result == 0) {
		if (options->progress)
			put_measure_sources(put, paths, path_count);
		result = put_read_sources(put, paths, path_count, error);
	}
	if (result < 0 && put->open && crew.committing) {
		/* What was read before goes the way of all batches. */
		put_seal_pack(put);
		put_batch_seal(put, true);
	}
	crew_finish(&crew, put);
	clients_leave(client);
	if (options->new_bytes)
		*options->new_bytes = put->new_bytes;
	if (result == 0) {
		record_event(put);
		warn_degraded(put);
		result = outcome(put, error);
	}
	put_release(put);
	free(put);
	return result;
}
