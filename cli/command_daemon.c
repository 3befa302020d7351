/*
 * command_daemon.c: maintenance without a screen.
 *
 * The engine's threads do the work. This one looks at the store when they have news, and now and then, and tells
 * what changed, each once: who maintains the store; if that is this process, health and its reasons; and trouble
 * with looking. A process that stands by says nothing of health: it does not ask the nodes, and the other one tells
 * already. It tells people on standard error, programs with --json on standard output, and the service manager that
 * started it, if any.
 *
 *	ROLE_UNKNOWN ──> ROLE_MAINTAINS
 *	     └──> ROLE_STANDS_BY ──┘         by role_of()
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/notify.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/status.h"

enum { LOOK_MS = 2000, LOOK_MS_AT_FIRST = 250, LOOK_MS_AT_LEAST = 100 };

enum role { ROLE_UNKNOWN, ROLE_MAINTAINS, ROLE_STANDS_BY };

/* What has been told so far. */
struct daemon {
	struct maintenance *maintenance;
	enum role role;
	bool told; /* health and codes have been */
	enum health health;
	uint64_t codes; /* of the checks, as a set of bits */
	char *status;   /* what the service manager knows */
	char *trouble;  /* the message of a view that failed, or NULL */
	bool notify_failed;
};

static void warn(struct error *error, const char *what)
{
	error_context(error, "%s", what);
	message_warning(error);
}

static enum role role_of(const struct daemon *daemon, const struct view *view)
{
	if (maintenance_is_ours(daemon->maintenance))
		return ROLE_MAINTAINS;
	return view->maintenance_pid > 0 ? ROLE_STANDS_BY : ROLE_UNKNOWN;
}

static uint64_t codes_of(const struct view *view)
{
	uint64_t codes = 0;
	for (size_t i = 0; i < view->check_count; i++)
		codes |= UINT64_C(1) << view->checks[i].code;
	return codes;
}

/* Told only once the role is known. */
static cJSON *change_json(const struct daemon *daemon, const struct view *view, const char *reason)
{
	cJSON *object = cJSON_CreateObject();
	json_add_time(object, "time", view->time_ms);
	json_add_text(object, "health", health_name(view->health));
	json_add_text(object, "reason", *reason ? reason : NULL);
	cJSON *checks = cJSON_AddArrayToObject(object, "checks");
	for (size_t i = 0; i < view->check_count; i++)
		cJSON_AddItemToArray(checks, json_text(check_code_name(view->checks[i].code)));
	cJSON *maintenance = cJSON_AddObjectToObject(object, "maintenance");
	json_add_text(maintenance, "role", daemon->role == ROLE_MAINTAINS ? "self" : "other");
	json_add_signed(maintenance, "pid",
		daemon->role == ROLE_MAINTAINS ? (int64_t)getpid() : view->maintenance_pid);
	return object;
}

static void tell_role(const struct daemon *daemon, const struct view *view)
{
	if (daemon->role == ROLE_MAINTAINS)
		message_information("this process maintains the store");
	else
		message_information("process %lld maintains the store; this one stands by to take over",
			(long long)view->maintenance_pid);
}

static void tell_health(const struct view *view, const char *reason)
{
	message_information("the store is %s%s%s", health_name(view->health), *reason ? ": " : "", reason);
}

/* "DEGRADED: 1 node is down; 2 more reasons". The caller frees it. */
static char *manager_status(const struct daemon *daemon, const struct view *view, const char *reason)
{
	if (daemon->role == ROLE_MAINTAINS)
		return allocate_print("%s%s%s", health_name(view->health), *reason ? ": " : "", reason);
	if (daemon->role == ROLE_STANDS_BY)
		return allocate_print(
			"Standing by: process %lld maintains the store", (long long)view->maintenance_pid);
	return allocate_print("Starting");
}

/* The sentence may change without the health, as counts go down: whoever asks the manager wants the newest. */
static void tell_manager(struct daemon *daemon, const struct view *view, const char *reason)
{
	struct error error;
	char *status = manager_status(daemon, view, reason);
	if (daemon->status && strcmp(status, daemon->status) == 0) {
		free(status);
		return;
	}
	free(daemon->status);
	daemon->status = status;
	if (notify_status(status, &error) == 0) {
		daemon->notify_failed = false;
	} else if (!daemon->notify_failed) {
		daemon->notify_failed = true;
		message_warning(&error);
	}
}

static void tell(struct daemon *daemon, const struct view *view)
{
	enum role role = role_of(daemon, view);
	uint64_t codes = codes_of(view);
	char *reason = status_reason(view);
	bool new_role = role != ROLE_UNKNOWN && role != daemon->role;
	if (new_role) {
		daemon->role = role;
		tell_role(daemon, view);
	}
	bool new_health = daemon->role == ROLE_MAINTAINS &&
			  (!daemon->told || view->health != daemon->health || codes != daemon->codes);
	if (new_health) {
		daemon->told = true;
		daemon->health = view->health;
		daemon->codes = codes;
		tell_health(view, reason);
	}
	if (output_is_json() && (new_role || new_health)) {
		output_document(change_json(daemon, view, reason));
		output_flush();
	}
	tell_manager(daemon, view, reason);
	free(reason);
}

/* A store that cannot be looked at now may well be later, so that is no reason to end. */
static void look(struct daemon *daemon, struct store *store)
{
	struct error error;
	const struct view *view;
	if (store_view(store, 0, &view, &error) == 0) {
		tell(daemon, view);
		view_unref(view);
		free(daemon->trouble);
		daemon->trouble = NULL;
	} else if (!daemon->trouble || strcmp(daemon->trouble, error.message) != 0) {
		free(daemon->trouble);
		daemon->trouble = allocate_text(error.message, strlen(error.message));
		warn(&error, "cannot tell how the store is");
	}
}

/* Waits until it is time to look again, or there is something to see. Returns whether to go on. */
static bool wait_for_news(struct daemon *daemon)
{
	int wait_ms = daemon->role == ROLE_UNKNOWN ? LOOK_MS_AT_FIRST : LOOK_MS;
	bool go_on = signals_wait(LOOK_MS_AT_LEAST, -1);
	if (go_on)
		go_on = signals_wait_for(
			wait_ms - LOOK_MS_AT_LEAST, maintenance_news_fd(daemon->maintenance));
	maintenance_news(daemon->maintenance); /* what the next look will show */
	return go_on;
}

static void run(struct daemon *daemon, struct store *store)
{
	struct error error;
	if (notify_ready(&error) < 0) {
		daemon->notify_failed = true;
		message_warning(&error);
	}
	do
		look(daemon, store);
	while (wait_for_news(daemon));
	if (notify_stopping(&error) < 0 && !daemon->notify_failed)
		message_warning(&error);
}

int command_daemon(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct daemon daemon = {0};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	if (maintenance_start(store, &daemon.maintenance, &error) < 0) {
		store_close(store);
		return command_fail(invocation, &error);
	}
	run(&daemon, store);
	message_information("stopping");
	maintenance_stop(daemon.maintenance);
	store_close(store);
	free(daemon.status);
	free(daemon.trouble);
	return EXIT_DONE;
}
