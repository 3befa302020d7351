#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/metrics.h"
#include "cli/output.h"
#include "cli/whole_file.h"

enum {
	TIMEOUT_SECONDS = 20,
	TIMEOUT_SECONDS_MAX = 60 * 60,
	FILE_MODE = 0644, /* what collects the file is another user, and nothing in it is secret */
};

struct request {
	const char *output; /* NULL: standard output */
	uint64_t timeout_s;
	struct sample_label *labels;
	size_t label_count;
};

/*
 * A look at the store, in a thread of its own: a disk that hangs holds up whoever opens the store, and what is asked
 * for numbers is to answer in time. A look that is late is left to itself, and owns what it uses.
 */
struct look {
	pthread_mutex_t mutex; /* guards the rest */
	pthread_cond_t ended;
	bool has_ended;
	const struct invocation *invocation;
	enum metrics_seen seen;
	const struct view *view;
	struct error error; /* where not all was seen */
};

/* ---- what is asked for ---- */

/* Takes KEY=VALUE apart. */
static int read_label(struct request *request, const char *text, struct error *error)
{
	const char *equals = strchr(text, '=');
	char *key = allocate_text(text, equals ? (size_t)(equals - text) : 0);
	struct sample_label label = {key, equals ? equals + 1 : ""};
	int result = 0;
	if (!exposition_is_key(key))
		result = error_set(error, ERROR_USAGE,
			"--label: '%s' is not KEY=VALUE; a KEY is of letters, digits and '_', and does "
			"not begin with a digit or with '__'",
			text);
	else if (metrics_has_label(key))
		result =
			error_set(error, ERROR_USAGE, "--label: some metrics have a label '%s' already", key);
	for (size_t i = 0; result == 0 && i < request->label_count; i++)
		if (strcmp(request->labels[i].key, key) == 0)
			result = error_set(error, ERROR_USAGE, "--label: '%s' is given twice", key);
	if (result < 0)
		free(key);
	else
		request->labels[request->label_count++] = label;
	return result;
}

static void release(struct request *request)
{
	for (size_t i = 0; i < request->label_count; i++)
		free((char *)request->labels[i].key);
	free(request->labels);
}

static int read_request(const struct invocation *invocation, struct request *request, struct error *error)
{
	const struct arguments *arguments = invocation->arguments;
	if (invocation->json)
		return error_set(error, ERROR_USAGE,
			"metrics are text; 'linckia status --json' tells the same as JSON");
	if (arguments_number(arguments, "timeout", 1, TIMEOUT_SECONDS_MAX, &request->timeout_s, error) < 0)
		return -1;
	request->output = arguments_value(arguments, "output");
	if (request->output && request->output[0] == '\0')
		return error_set(error, ERROR_USAGE, "--output: the path is empty");
	if (request->output && strcmp(request->output, "-") == 0)
		request->output = NULL;
	request->labels = allocate(arguments->given_count, sizeof(*request->labels));
	for (size_t i = 0; i < arguments->given_count; i++)
		if (arguments->given[i].option->repeatable &&
			read_label(request, arguments->given[i].value, error) < 0)
			return -1;
	return 0;
}

/* ---- the look ---- */

/* That the catalog is damaged can be told, even though nothing can be counted. */
static enum metrics_seen see_damage(
	const struct invocation *invocation, const struct error *cause, const struct view **view)
{
	struct error ignored;
	char *config = NULL;
	int result = store_find_config(invocation->config, &config, &ignored);
	if (result == 0)
		result = store_view_damaged(config, cause, view, &ignored);
	free(config);
	return result == 0 ? METRICS_DAMAGE : METRICS_NOTHING;
}

static enum metrics_seen see(
	const struct invocation *invocation, const struct view **view, struct error *error)
{
	struct store *store;
	int result = command_open(invocation, &store, error);
	if (result == 0) {
		result = store_view(store, 0, view, error);
		store_close(store);
	}
	if (result == 0)
		return METRICS_ALL;
	return error->code == ERROR_DAMAGED ? see_damage(invocation, error, view) : METRICS_NOTHING;
}

static void *run_look(void *context)
{
	struct look *look = context;
	const struct view *view = NULL;
	struct error error;
	enum metrics_seen seen = see(look->invocation, &view, &error);
	pthread_mutex_lock(&look->mutex);
	look->seen = seen;
	look->view = view;
	if (seen != METRICS_ALL)
		look->error = error;
	look->has_ended = true;
	pthread_cond_signal(&look->ended);
	pthread_mutex_unlock(&look->mutex);
	return NULL;
}

static struct look *look_new(const struct invocation *invocation)
{
	struct look *look = allocate(1, sizeof(*look));
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&look->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&look->mutex, NULL);
	look->invocation = invocation;
	return look;
}

static void look_free(struct look *look)
{
	view_unref(look->view);
	pthread_mutex_destroy(&look->mutex);
	pthread_cond_destroy(&look->ended);
	free(look);
}

/* Returns whether it has ended in time. */
static bool wait_for_look(struct look *look, pthread_t thread, uint64_t timeout_s)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)timeout_s;
	int result = 0;
	pthread_mutex_lock(&look->mutex);
	while (!look->has_ended && result == 0)
		result = pthread_cond_timedwait(&look->ended, &look->mutex, &until);
	bool ended = look->has_ended;
	pthread_mutex_unlock(&look->mutex);
	if (ended)
		pthread_join(thread, NULL);
	return ended;
}

/* ---- the command ---- */

static int write_text(
	const struct request *request, enum metrics_seen seen, const struct view *view, struct error *error)
{
	char *text = metrics_text(seen, view, request->labels, request->label_count);
	int result = 0;
	if (!text)
		result = error_set(error, ERROR_MEMORY, "out of memory");
	else if (request->output)
		result = whole_file_write(request->output, text, FILE_MODE, error);
	else
		output_print("%s", text);
	free(text);
	return result;
}

/* Threads that hang are left behind without giving them the chance to see the program being taken down. */
static _Noreturn void leave(int status)
{
	if (output_finish() < 0)
		status = EXIT_FAILED;
	_exit(status);
}

static int run(const struct invocation *invocation, const struct request *request)
{
	struct error error;
	pthread_t thread;
	struct look *look = look_new(invocation);
	int number = pthread_create(&thread, NULL, run_look, look);
	if (number != 0) {
		look_free(look);
		error_set_errno(&error, number, "cannot start a thread");
		return command_fail(invocation, &error);
	}
	int status = EXIT_DONE;
	bool in_time = wait_for_look(look, thread, request->timeout_s);
	enum metrics_seen seen = in_time ? look->seen : METRICS_NOTHING;
	if (!in_time)
		error_set(&error, ERROR_UNAVAILABLE,
			"the store could not be looked at within %llu s: a disk hangs, or the machine is too "
			"busy",
			(unsigned long long)request->timeout_s);
	if (seen != METRICS_ALL)
		status = command_fail(invocation, in_time ? &look->error : &error);
	if (write_text(request, seen, in_time ? look->view : NULL, &error) < 0)
		status = command_fail(invocation, &error);
	if (!in_time)
		leave(status);
	look_free(look);
	return status;
}

int command_metrics(const struct invocation *invocation)
{
	struct error error;
	struct request request = {.timeout_s = TIMEOUT_SECONDS};
	int status;
	if (read_request(invocation, &request, &error) < 0)
		status = command_fail(invocation, &error);
	else
		status = run(invocation, &request);
	release(&request);
	return status;
}
