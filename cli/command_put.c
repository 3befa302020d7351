/*
 * command_put.c: stores files, folders, and standard input.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/entry.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

/* The engine may report from any of its threads; the lock makes the reports take turns. */
struct put {
	pthread_mutex_t lock;
	bool json;
	uint64_t files, links, folders, bytes;
	uint64_t new_bytes;
	uint64_t failures;
};

static void stored(void *context, const struct entry *entry)
{
	struct put *put = context;
	pthread_mutex_lock(&put->lock);
	put->files += entry->kind == ENTRY_FILE;
	put->links += entry->kind == ENTRY_LINK;
	put->folders += entry->kind == ENTRY_FOLDER;
	put->bytes += entry->kind == ENTRY_FILE ? entry->size_bytes : 0;
	if (put->json && entry->kind != ENTRY_FOLDER) {
		output_document(entry_put_json(entry));
		output_flush();
		/* As with any command in a pipe: when the reader is gone, so is the work. */
		if (output_is_closed())
			signals_request();
	}
	pthread_mutex_unlock(&put->lock);
}

static void warned(void *context, const struct error *message)
{
	struct put *put = context;
	pthread_mutex_lock(&put->lock);
	message_warning(message);
	pthread_mutex_unlock(&put->lock);
}

static void failed(void *context, const struct error *message)
{
	struct put *put = context;
	pthread_mutex_lock(&put->lock);
	put->failures++;
	message_error(message);
	pthread_mutex_unlock(&put->lock);
}

static void progressed(void *context, const struct progress *progress)
{
	struct put *put = context;
	pthread_mutex_lock(&put->lock);
	progress_show(NULL, progress);
	pthread_mutex_unlock(&put->lock);
}

static int check_paths(const struct arguments *arguments, const char *name, struct error *error)
{
	if (name && arguments->operand_count > 1)
		return error_set(error, ERROR_USAGE, "-n names one thing, but there are %zu PATHs",
			arguments->operand_count);
	for (size_t i = 0; i < arguments->operand_count; i++) {
		if (arguments->operands[i][0] == '\0')
			return error_set(error, ERROR_USAGE, "a PATH is empty");
		if (!name && strcmp(arguments->operands[i], "-") == 0)
			return error_set(error, ERROR_USAGE, "standard input needs a name: put -n NAME -");
	}
	return 0;
}

/* "3 files (1.2 MiB), 1 link" */
static void describe(char *out, size_t size, const struct put *put)
{
	char files[48], others[48], bytes[16];
	text_bytes(bytes, sizeof(bytes), put->bytes);
	command_count_text(files, sizeof(files), put->files, "file", "files");
	snprintf(out, size, "%s (%s)", files, bytes);
	if (put->links) {
		command_count_text(others, sizeof(others), put->links, "link", "links");
		strncat(strncat(out, ", ", size - strlen(out) - 1), others, size - strlen(out) - 3);
	}
	if (put->folders) {
		command_count_text(others, sizeof(others), put->folders, "folder", "folders");
		strncat(strncat(out, ", ", size - strlen(out) - 1), others, size - strlen(out) - 3);
	}
}

static int conclude(
	const struct invocation *invocation, const struct put *put, int result, struct error *error)
{
	char what[256];
	describe(what, sizeof(what), put);
	if (result == 0) {
		char added[16];
		text_bytes(added, sizeof(added), put->new_bytes);
		message_information("stored %s; %s of that is new", what, added);
		return EXIT_DONE;
	}
	/* Nobody reads the results any more, which is why the work was stopped; that is not worth a word. */
	if (error->code == ERROR_CANCELLED && output_is_closed())
		return EXIT_FAILED;
	if (put->failures && error->code != ERROR_CANCELLED) {
		/* Each failure has been told; this is the count that ends them, before what the engine says. */
		char count[64];
		command_count_text(count, sizeof(count), put->failures, "entry was not stored",
			"entries were not stored");
		error_context(error, "%s; stored %s", count, what);
		(void)command_fail(invocation, error);
		return EXIT_FAILED;
	}
	int status = command_fail(invocation, error);
	if (put->files + put->links + put->folders > 0)
		message_information("stored %s before that", what);
	return status;
}

int command_put(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	uint64_t factor = 0;
	const char *name = arguments_value(arguments, "name");
	if (arguments_number(arguments, "rf", 1, STORE_REPLICATION_MAX, &factor, &error) < 0 ||
		check_paths(arguments, name, &error) < 0)
		return command_fail(invocation, &error);
	struct store *store;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	struct put put = {.lock = PTHREAD_MUTEX_INITIALIZER, .json = invocation->json};
	struct put_options options = {
		.name = name,
		.replication_factor = (unsigned)factor,
		.stored = stored,
		.skipped = warned,
		.warned = warned,
		.failed = failed,
		.progress = progress_start(!invocation->quiet, "files") ? progressed : NULL,
		.context = &put,
		.new_bytes = &put.new_bytes,
		.cancel = signals_cancel(),
	};
	signals_catch();
	int result = store_put(store, arguments->operands, arguments->operand_count, &options, &error);
	progress_stop();
	store_close(store);
	return conclude(invocation, &put, result, &error);
}
