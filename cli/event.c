#include "cli/event.h"

#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

cJSON *event_json(const struct view_event *event)
{
	cJSON *object = cJSON_CreateObject();
	json_add_signed(object, "id", event->id);
	json_add_time(object, "time", event->time_ms);
	json_add_text(object, "severity", event_severity_name(event->severity));
	json_add_text(object, "code", event->code);
	json_add_text(object, "node", text_or_null(event->node));
	json_add_text(object, "text", event->text);
	json_add_text(object, "trigger", text_or_null(event->trigger));
	json_add_text(object, "source", text_or_null(event->source));
	json_add_text(object, "target", text_or_null(event->target));
	json_add_integer(object, "chunks", event->chunks);
	json_add_integer(object, "bytes", event->bytes);
	json_add_decimal(object, "duration_s", (double)event->duration_ms / 1000);
	json_add_text(object, "result", text_or_null(event->result));
	return object;
}

/* Appends `part` behind what stands in `details`. */
static char *append(char *details, const char *separator, const char *part)
{
	char *longer = allocate_print("%s%s%s", details, *details ? separator : "", part);
	free(details);
	return longer;
}

char *event_details(const struct view_event *event)
{
	char part[48];
	char *details = allocate_text(event->trigger, strlen(event->trigger));
	if (*event->source || *event->target) {
		details = append(details, "; ", *event->source ? event->source : "?");
		details = append(details, " -> ", *event->target ? event->target : "?");
	}
	if (event->chunks)
		details = append(details, "; ",
			command_count_text(part, sizeof(part), event->chunks, "chunk", "chunks"));
	if (event->bytes)
		details = append(
			details, event->chunks ? ", " : "; ", text_bytes(part, sizeof(part), event->bytes));
	if (event->duration_ms >= 0)
		details = append(details, "; ", text_duration(part, sizeof(part), event->duration_ms));
	if (*event->result)
		details = append(details, "; ", event->result);
	return details;
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

void event_print(const struct view_event *event, bool details)
{
	char time[40];
	const char *severity = event_severity_name(event->severity);
	output_print("%s  ", text_time(time, sizeof(time), event->time_ms));
	output_coloured(colour_of_severity(event->severity), severity);
	output_print("%*s  ", (int)sizeof("warning") - 1 - (int)strlen(severity), "");
	output_text(event->text);
	char *more = details ? event_details(event) : NULL;
	if (more && *more) {
		output_print(" (");
		output_text(more);
		output_byte(')');
	}
	free(more);
	output_byte('\n');
}
