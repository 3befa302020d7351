/*
 * command_events.c: the event log, and with --follow what comes to it.
 */
#include "cli/command.h"
#include "cli/event.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <unistd.h>

enum { EVENTS_DEFAULT = 20, FOLLOW_MS = 250 };

struct events {
	bool json, details, follow;
	int64_t last; /* id of the last one that was reported */
	struct output_array array;
};

static void report(void *context, const struct view_event *event)
{
	struct events *events = context;
	events->last = event->id;
	if (!events->json)
		event_print(event, events->details);
	else if (events->follow)
		output_document(event_json(event));
	else
		output_array_add(&events->array, event_json(event));
}

/* Until somebody asks to stop or nobody reads any more. */
static int follow(struct store *store, struct events *events, struct error *error)
{
	do {
		output_flush();
		if (output_failed())
			return 0;
		if (store_events(store, events->last, 0, report, events, error) < 0)
			return -1;
	} while (signals_wait(FOLLOW_MS, STDOUT_FILENO));
	return 0;
}

int command_events(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	struct store *store;
	struct events events = {
		.json = invocation->json,
		.details = arguments_has(arguments, "long"),
		.follow = arguments_has(arguments, "follow"),
	};
	uint64_t limit = EVENTS_DEFAULT;
	if (arguments_number(arguments, "number", 0, SIZE_MAX, &limit, &error) < 0 ||
		command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	if (events.follow)
		signals_catch();
	int result = store_events(store, 0, (size_t)limit, report, &events, &error);
	if (result == 0 && events.follow)
		result = follow(store, &events, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	/* Without a signal, it ended because nobody reads any more, which is a failed command as everywhere. */
	if (events.follow)
		return *signals_cancel() ? EXIT_DONE : EXIT_FAILED;
	if (events.json) {
		output_array_end(&events.array);
		output_byte('\n');
	}
	return EXIT_DONE;
}
