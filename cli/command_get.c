/*
 * command_get.c: fetches one name, or with --prefix a folder.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

struct get {
	const char *name;   /* what to fetch; of a folder without a closing '/' */
	const char *output; /* or NULL */
	const char *at;     /* a snapshot, or NULL */
	bool prefix;
	bool to_stdout;
};

static void failed(void *context, const struct error *message)
{
	pthread_mutex_lock(context);
	message_error(message);
	pthread_mutex_unlock(context);
}

static void progressed(void *context, const struct progress *progress)
{
	pthread_mutex_lock(context);
	progress_show(NULL, progress);
	pthread_mutex_unlock(context);
}

static int read_arguments(const struct invocation *invocation, struct get *get, struct error *error)
{
	const struct arguments *arguments = invocation->arguments;
	const char *prefix = arguments_value(arguments, "prefix");
	*get = (struct get){
		.name = prefix,
		.output = arguments_value(arguments, "output"),
		.at = arguments_value(arguments, "at"),
		.prefix = prefix != NULL,
	};
	get->to_stdout = get->output && strcmp(get->output, "-") == 0;
	if (prefix && arguments->operand_count > 0)
		return error_set(error, ERROR_USAGE, "give either a NAME or --prefix, not both");
	if (prefix && (!get->output || get->to_stdout))
		return error_set(error, ERROR_USAGE, "--prefix needs a folder to write to: -o DIR");
	if (!prefix && arguments->operand_count == 0)
		return error_set(error, ERROR_USAGE, "get needs a NAME, or --prefix P -o DIR");
	if (get->at && !prefix)
		return error_set(
			error, ERROR_USAGE, "--at goes with --prefix; for one file, write NAME@SNAPSHOT");
	if (get->output && get->output[0] == '\0')
		return error_set(error, ERROR_USAGE, "--output: the path is empty");
	if (get->to_stdout && invocation->json)
		return error_set(error, ERROR_USAGE, "--json and -o - both want standard output");
	if (!prefix)
		get->name = arguments->operands[0];
	return 0;
}

static int fetch(struct store *store, const struct get *get, struct error *error)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const struct get_options options = {
		.output = get->output,
		.at = get->at,
		.failed = failed,
		.progress = progressed,
		.context = &lock,
		.cancel = signals_cancel(),
	};
	if (!get->prefix)
		return store_get(store, get->name, &options, error);
	char *folder = command_folder_name(get->name);
	int result = store_get_prefix(store, folder, &options, error);
	free(folder);
	return result;
}

int command_get(const struct invocation *invocation)
{
	struct error error;
	struct get get;
	struct store *store;
	if (read_arguments(invocation, &get, &error) < 0 || command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	progress_start(!invocation->quiet && !(get.to_stdout && output_is_terminal()), "files");
	int result = fetch(store, &get, &error);
	progress_stop();
	store_close(store);
	if (result < 0) {
		/* A reader that has seen enough, as in `linckia get -o - NAME | head`. */
		if (get.to_stdout && error.system_errno == EPIPE)
			return EXIT_FAILED;
		return command_fail(invocation, &error);
	}
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_name(object, get.prefix ? "prefix" : "name", get.name);
		json_add_name(object, "output", get.output);
		output_document(object);
	}
	return EXIT_DONE;
}
