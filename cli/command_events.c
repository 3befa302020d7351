#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"

enum { EVENTS_DEFAULT = 20 };

struct events {
	bool json;
	struct output_array array;
};

static cJSON *event_json(const struct view_event *event)
{
	cJSON *object = cJSON_CreateObject();
	json_add_signed(object, "id", event->id);
	json_add_time(object, "time", event->time_ms);
	json_add_text(object, "severity", event_severity_name(event->severity));
	json_add_text(object, "code", event->code);
	json_add_text(object, "node", *event->node ? event->node : NULL);
	json_add_text(object, "text", event->text);
	return object;
}

static enum colour colour_of_severity(enum event_severity severity)
{
	switch (severity) {
	case EVENT_INFO:
	case EVENT_NOTICE:
		break;
	case EVENT_WARNING:
		return COLOUR_WARNING;
	case EVENT_ERROR:
		return COLOUR_BAD;
	}
	return COLOUR_NONE;
}

static void report(void *context, const struct view_event *event)
{
	struct events *events = context;
	char time[40];
	if (events->json) {
		output_array_add(&events->array, event_json(event));
		return;
	}
	const char *severity = event_severity_name(event->severity);
	output_print("%s  ", text_time(time, sizeof(time), event->time_ms));
	output_coloured(colour_of_severity(event->severity), severity);
	output_print("%*s  ", (int)sizeof("warning") - 1 - (int)strlen(severity), "");
	output_text(event->text);
	output_byte('\n');
}

int command_events(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct events events = {.json = invocation->json};
	uint64_t limit = EVENTS_DEFAULT;
	if (arguments_number(invocation->arguments, "number", 0, SIZE_MAX, &limit, &error) < 0 ||
		command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_events(store, 0, (size_t)limit, report, &events, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (events.json) {
		output_array_end(&events.array);
		output_byte('\n');
	}
	return EXIT_DONE;
}
