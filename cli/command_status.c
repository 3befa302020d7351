/*
 * command_status.c: how the store is, once or again and again; its exit status tells the health.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/frame.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/status.h"

enum { WATCH_SECONDS = 2, WATCH_SECONDS_MAX = 24 * 60 * 60 };

static int exit_status(enum health health)
{
	switch (health) {
	case HEALTH_HEALTHY:
		return 0;
	case HEALTH_DEGRADED:
		return 1;
	case HEALTH_CRITICAL:
		return 2;
	case HEALTH_UNKNOWN:
		break;
	}
	return EXIT_UNKNOWN;
}

/* How pictures are shown: as JSON, or as text, one behind the other or one over the other. */
struct showing {
	bool framed;
	uint64_t seconds; /* between two of them; 0: there is only one */
};

static void print(const struct showing *showing, const struct view *view)
{
	char time[40];
	if (output_is_json()) {
		output_document(status_json(view));
		return;
	}
	if (!showing->framed) {
		status_print(view);
		return;
	}
	output_hold();
	/* The time shows that it is alive. */
	output_print("%s, every %llu s until Ctrl-C\n\n", text_time(time, sizeof(time), view->time_ms),
		(unsigned long long)showing->seconds);
	status_print(view);
	char *text = output_held();
	frame_draw(text);
	free(text);
}

/* A catalog that cannot be used is what monitoring most wants to hear of. */
static int show_damage(const struct invocation *invocation, const struct showing *showing,
	enum health *health, const struct error *cause, struct error *error)
{
	const struct view *view;
	char *config = NULL;
	if (store_find_config(invocation->config, &config, error) < 0)
		return -1;
	int result = store_view_damaged(config, cause, &view, error);
	free(config);
	if (result < 0)
		return -1;
	print(showing, view);
	*health = view->health;
	view_unref(view);
	return 0;
}

/* Opens the store for one picture: that asks the nodes, follows the config, and holds no disk in between. */
static int look(const struct invocation *invocation, const struct showing *showing, enum health *health,
	struct error *error)
{
	struct store *store;
	const struct view *view;
	struct error cause;
	if (command_open(invocation, &store, &cause) < 0) {
		if (cause.code == ERROR_DAMAGED)
			return show_damage(invocation, showing, health, &cause, error);
		*error = cause;
		return -1;
	}
	int result = store_view(store, 0, &view, error);
	if (result == 0) {
		print(showing, view);
		*health = view->health;
		view_unref(view);
	}
	store_close(store);
	if (result < 0 && error->code == ERROR_DAMAGED) {
		cause = *error;
		result = show_damage(invocation, showing, health, &cause, error);
	}
	return result;
}

int status_show(const struct invocation *invocation, enum health *health, struct error *error)
{
	const struct showing once = {0};
	enum health found;
	return look(invocation, &once, health ? health : &found, error);
}

/* Until somebody asks to stop or nobody reads any more. */
static int look_on(const struct invocation *invocation, const struct showing *showing, enum health *health,
	struct error *error)
{
	for (;;) {
		if (look(invocation, showing, health, error) < 0)
			return -1;
		output_flush();
		if (output_failed() || !signals_wait((int)showing->seconds * 1000, STDOUT_FILENO))
			break;
		if (!showing->framed && !output_is_json())
			output_byte('\n');
	}
	if (!*signals_cancel())
		*health = HEALTH_UNKNOWN;
	return 0;
}

int command_status(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	struct showing showing = {0};
	enum health health = HEALTH_UNKNOWN;
	int result;
	if (arguments_has(arguments, "watch"))
		showing = (struct showing){.framed = frame_is_possible(), .seconds = WATCH_SECONDS};
	if (arguments_number(arguments, "watch", 1, WATCH_SECONDS_MAX, &showing.seconds, &error) < 0)
		return command_fail(invocation, &error);
	if (showing.seconds) {
		signals_catch();
		result = look_on(invocation, &showing, &health, &error);
	} else {
		result = status_show(invocation, &health, &error);
	}
	return result < 0 ? command_fail(invocation, &error) : exit_status(health);
}
