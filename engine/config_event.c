#include "engine/config_event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "engine/text.h"

enum { EXCERPT_BYTES = 40 };

char *config_excerpt(const char *text, const char *mark, char out[static CONFIG_FOUND_TEXT_MAX])
{
	size_t length = strnlen(text, EXCERPT_BYTES + 1);
	bool cut = length > EXCERPT_BYTES;
	if (cut)
		length = EXCERPT_BYTES;
	while (cut && length && ((unsigned char)text[length] & 0xC0) == 0x80)
		length--;
	snprintf(out, CONFIG_FOUND_TEXT_MAX, "%s%.*s%s%s", mark, (int)length, text, cut ? "…" : "", mark);
	return out;
}

char *config_event_found(const struct config_event *event, char out[static CONFIG_FOUND_TEXT_MAX])
{
	const char *what = "nothing";
	switch (event->kind) {
	case CONFIG_SCALAR:
		if (event->quoted)
			return config_excerpt(event->text, "\"", out);
		if (event->text[0])
			return config_excerpt(event->text, "'", out);
		break;
	case CONFIG_LIST:
		what = "a list";
		break;
	case CONFIG_MAPPING:
		what = "a mapping";
		break;
	case CONFIG_LIST_END:
	case CONFIG_MAPPING_END:
	case CONFIG_END:
		break;
	}
	snprintf(out, CONFIG_FOUND_TEXT_MAX, "%s", what);
	return out;
}

int config_fault(const struct config_events *events, struct config_mark mark, const char *found,
	const char *allowed, struct error *error)
{
	/* What was never written has no place of its own; the fault is then the file's. */
	unsigned line = mark.line ? mark.line : 1, column = mark.line ? mark.column : 1;
	const char *before = events->key[0] ? "key '" : "", *after = events->key[0] ? "': " : "";
	const char *colon = events->within[0] ? ": " : "";
	return error_set(error, ERROR_CONFIG, "%s:%u:%u: %s%s%s%s%sfound %s, allowed is %s", events->path,
		line, column, events->within, colon, before, events->key, after, found, allowed);
}

static bool is_printable(uint32_t code_point)
{
	return code_point >= 0x20 && !(code_point >= 0x7F && code_point <= 0x9F) && code_point != 0x2028 &&
	       code_point != 0x2029 && code_point != 0xFEFF && (code_point & 0xFFFE) != 0xFFFE;
}

bool config_text_is_printable(const char *text)
{
	size_t length = strlen(text);
	while (length) {
		uint32_t code_point;
		size_t width = text_decode(text, length, &code_point);
		if (!width || !is_printable(code_point))
			return false;
		text += width;
		length -= width;
	}
	return true;
}

static int refuse_character(
	struct config_events *events, struct config_mark mark, uint32_t code_point, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX];
	if (code_point == 0xFEFF)
		snprintf(found, sizeof(found), "a byte order mark");
	else if (code_point == '\r')
		snprintf(found, sizeof(found), "a carriage return without a line feed");
	else
		snprintf(found, sizeof(found), "the control character U+%04X", (unsigned)code_point);
	return config_fault(
		events, mark, found, "UTF-8 text without control characters or byte order mark", error);
}

/* Everything about the text that can be refused without knowing YAML. */
static int inspect(struct config_events *events, struct error *error)
{
	struct config_mark mark = {1, 1};
	for (size_t at = 0; at < events->length;) {
		const char *text = events->text + at;
		size_t left = events->length - at;
		uint32_t code_point = 0;
		size_t width = text_decode(text, left, &code_point);
		if (!width) {
			char found[CONFIG_FOUND_TEXT_MAX];
			snprintf(found, sizeof(found), "the byte 0x%02X, which is not UTF-8",
				(unsigned char)*text);
			return config_fault(events, mark, found, "UTF-8 text", error);
		}
		if (mark.column == 1 && code_point == '%')
			return config_fault(events, mark, "a directive (a line that begins with %)",
				"YAML without directives", error);
		bool line_break = code_point == '\n' || (code_point == '\r' && left > 1 && text[1] == '\n');
		if (!line_break && code_point != '\t' && !is_printable(code_point))
			return refuse_character(events, mark, code_point, error);
		mark.column++;
		if (code_point == '\n')
			mark = (struct config_mark){mark.line + 1, 1};
		at += width;
	}
	events->end = mark;
	return 0;
}

int config_events_init(
	struct config_events *events, const char *path, const char *text, size_t length, struct error *error)
{
	*events = (struct config_events){
		.path = path, .text = text, .length = length, .depth_most = CONFIG_DEPTH_MAX};
	if (length > CONFIG_BYTES_MAX) {
		char found[CONFIG_FOUND_TEXT_MAX];
		snprintf(found, sizeof(found), "%zu bytes", length);
		return config_fault(events, (struct config_mark){1, 1}, found, "at most 1MiB", error);
	}
	static_assert(CONFIG_BYTES_MAX == 1 << 20, "the message above says 1MiB");
	if (inspect(events, error))
		return -1;
	if (!yaml_parser_initialize(&events->parser))
		return error_set(error, ERROR_MEMORY, "there is no memory left to read %s", path);
	yaml_parser_set_encoding(&events->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&events->parser, (const unsigned char *)text, length);
	return 0;
}

void config_events_release(struct config_events *events)
{
	yaml_event_delete(&events->event);
	yaml_parser_delete(&events->parser);
}

/* Behind a last line without a line feed, libyaml begins another, which no editor shows. */
static struct config_mark mark_of(const struct config_events *events, yaml_mark_t mark)
{
	if (mark.line >= events->end.line)
		return events->end;
	return (struct config_mark){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* The byte at which `mark` points: libyaml counts characters. Events come in order, so this steps little. */
static size_t offset_of(struct config_events *events, yaml_mark_t mark)
{
	const char *text = events->text;
	while (events->at_index < mark.index && events->at_offset < events->length) {
		do
			events->at_offset++;
		while (events->at_offset < events->length && (text[events->at_offset] & 0xC0) == 0x80);
		events->at_index++;
	}
	while (events->at_index > mark.index && events->at_offset > 0) {
		do
			events->at_offset--;
		while (events->at_offset > 0 && (text[events->at_offset] & 0xC0) == 0x80);
		events->at_index--;
	}
	return events->at_offset;
}

static int refuse_syntax(struct config_events *events, struct error *error)
{
	const yaml_parser_t *parser = &events->parser;
	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(error, ERROR_MEMORY, "there is no memory left to read %s", events->path);
	const char *problem = parser->problem ? parser->problem : "a syntax error";
	char found[CONFIG_FOUND_TEXT_MAX];
	if (parser->context)
		snprintf(found, sizeof(found), "text that is not YAML (%s, %s from line %zu)", problem,
			parser->context, parser->context_mark.line + 1);
	else
		snprintf(found, sizeof(found), "text that is not YAML (%s)", problem);
	/* What begins with >, %, @ and the like means something else to YAML than to whoever wrote it. */
	bool special = strstr(problem, "cannot start any token") ||
		       (parser->context && strstr(parser->context, "block scalar"));
	return config_fault(events, mark_of(events, parser->problem_mark), found,
		special ? "valid YAML; put text that begins with a special character in quotation marks"
			: "valid YAML",
		error);
}

static int refuse_decoration(
	struct config_events *events, const yaml_char_t *anchor, const yaml_char_t *tag, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX], excerpt[CONFIG_FOUND_TEXT_MAX];
	if (anchor) {
		snprintf(found, sizeof(found), "the anchor %s",
			config_excerpt((const char *)anchor, "'", excerpt));
		return config_fault(events, events->now.mark, found, "the value without an anchor", error);
	}
	/* libyaml drops the tag "!" of a scalar silently, but the event still begins with it. */
	size_t begin = events->now.begin;
	if (tag || (begin < events->now.end && events->text[begin] == '!')) {
		snprintf(found, sizeof(found), "the tag %s",
			config_excerpt(tag ? (const char *)tag : "!", "'", excerpt));
		return config_fault(events, events->now.mark, found, "the value without a tag", error);
	}
	return 0;
}

static int take_scalar(struct config_events *events, struct error *error)
{
	struct config_event *now = &events->now;
	const unsigned char *value = events->event.data.scalar.value;
	yaml_scalar_style_t style = events->event.data.scalar.style;
	if (refuse_decoration(events, events->event.data.scalar.anchor, events->event.data.scalar.tag, error))
		return -1;
	bool block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
	if (block && !events->block_text)
		return config_fault(events, now->mark, "block text (| or >)", "a value on one line", error);
	if (memchr(value, '\0', events->event.data.scalar.length))
		return config_fault(
			events, now->mark, "text with a NUL character", "text without one", error);
	now->kind = CONFIG_SCALAR;
	now->text = (const char *)value;
	now->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int enter(struct config_events *events, enum config_event_kind kind, bool flow, struct error *error)
{
	if (events->depth == events->depth_most) {
		char allowed[CONFIG_FOUND_TEXT_MAX];
		snprintf(allowed, sizeof(allowed), "at most %u levels", events->depth_most);
		return config_fault(events, events->now.mark, "one more level of nesting", allowed, error);
	}
	events->depth++;
	events->now.kind = kind;
	events->now.flow = flow;
	return 0;
}

static int leave(struct config_events *events, enum config_event_kind kind)
{
	assert(events->depth > 0);
	events->depth--;
	events->now.kind = kind;
	return 0;
}

int config_events_next(struct config_events *events, struct error *error)
{
	yaml_event_t *event = &events->event;
	struct config_event *now = &events->now;
	for (;;) {
		yaml_event_delete(event);
		if (!yaml_parser_parse(&events->parser, event))
			return refuse_syntax(events, error);
		*now = (struct config_event){.mark = mark_of(events, event->start_mark)};
		now->begin = offset_of(events, event->start_mark);
		now->end = offset_of(events, event->end_mark);
		switch (event->type) {
		case YAML_NO_EVENT:
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			continue;
		case YAML_DOCUMENT_START_EVENT:
			if (events->documents++)
				return config_fault(
					events, now->mark, "a second document", "one document", error);
			continue;
		case YAML_STREAM_END_EVENT:
			now->kind = CONFIG_END;
			return 0;
		case YAML_ALIAS_EVENT:
			return config_fault(events, now->mark, "an alias (*)", "the value itself", error);
		case YAML_SCALAR_EVENT:
			return take_scalar(events, error);
		case YAML_SEQUENCE_START_EVENT:
			if (refuse_decoration(events, event->data.sequence_start.anchor,
				    event->data.sequence_start.tag, error))
				return -1;
			return enter(events, CONFIG_LIST,
				event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, error);
		case YAML_MAPPING_START_EVENT:
			if (refuse_decoration(events, event->data.mapping_start.anchor,
				    event->data.mapping_start.tag, error))
				return -1;
			return enter(events, CONFIG_MAPPING,
				event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, error);
		case YAML_SEQUENCE_END_EVENT:
			return leave(events, CONFIG_LIST_END);
		case YAML_MAPPING_END_EVENT:
			return leave(events, CONFIG_MAPPING_END);
		}
	}
}

int config_events_more(struct config_events *events, enum config_event_kind end, struct error *error)
{
	return config_events_next(events, error) < 0 ? -1 : events->now.kind != end;
}
