/*
 * config_event.h: the bounded stream of YAML events that config.yaml, and any other file in its style, is read from.
 *
 * Wraps libyaml's event parser and lets through only the part of YAML that a config needs: one
 * document of mappings, lists and one-line scalars. It refuses, with the position and before anything is built:
 * more than CONFIG_BYTES_MAX bytes, text that is not UTF-8 or holds control characters (a byte order
 * mark, NUL and lone carriage returns among them), directives, a second document, anchors, aliases,
 * tags, block text (| and >), and more than CONFIG_DEPTH_MAX levels.
 *
 * The text is looked at once before libyaml sees it, so that lines and columns mean what an editor shows
 * and libyaml's slow cases (long lists of directives, deep nesting) cannot be reached.
 *
 * Faults found here and by the readers above are all worded by config_fault(). One thread at a time.
 */
#ifndef LINCKIA_ENGINE_CONFIG_EVENT_H
#define LINCKIA_ENGINE_CONFIG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "engine/error.h"

enum {
	CONFIG_KEY_TEXT_MAX = 192,   /* a key as messages show it, such as nodes[3].capacity */
	CONFIG_FOUND_TEXT_MAX = 256, /* "found" in a message; what stood there is cut to 40 bytes */
	CONFIG_WITHIN_TEXT_MAX = 96,
};

/* A place in the file, from 1, columns in characters. Line 0: nowhere. */
struct config_mark {
	unsigned line, column;
};

enum config_event_kind {
	CONFIG_SCALAR,
	CONFIG_LIST,
	CONFIG_LIST_END,
	CONFIG_MAPPING,
	CONFIG_MAPPING_END,
	CONFIG_END,
};

struct config_event {
	enum config_event_kind kind;
	struct config_mark mark;
	/* Which bytes of the text; for a list or mapping in block style `end` is not exact. */
	size_t begin, end;
	const char *text; /* of a scalar: NUL-terminated, no NUL inside; lives until the next event */
	bool quoted;      /* of a scalar */
	bool flow;        /* of a list or mapping: written in brackets or braces */
};

struct config_events {
	const char *path; /* for messages */
	const char *text;
	size_t length;
	struct config_event now;
	char key[CONFIG_KEY_TEXT_MAX];       /* what messages are about; "" for the file as a whole */
	char within[CONFIG_WITHIN_TEXT_MAX]; /* of which part of the file, such as "step 3, fail"; or "" */
	unsigned depth_most; /* levels that are let through; CONFIG_DEPTH_MAX unless a reader wants more */
	bool block_text;     /* let it through; false unless a reader wants it */

	yaml_parser_t parser; /* the rest is private; the parser points into itself, so this is never moved */
	yaml_event_t event;
	struct config_mark end; /* of the text */
	unsigned depth, documents;
	size_t at_index, at_offset; /* a pair of equal places, counted in characters and in bytes */
};

/* Looks the text over. `path` and `text` stay the caller's and must outlive `events`. */
MUST_CHECK int config_events_init(
	struct config_events *events, const char *path, const char *text, size_t length, struct error *error);
void config_events_release(struct config_events *events);

/* Reads the next event into `events->now`. After CONFIG_END it is not called again. */
MUST_CHECK int config_events_next(struct config_events *events, struct error *error);

/* The same within a list or a mapping. 1: there is more in it; 0: the event is `end`, which ends it; -1. */
MUST_CHECK int config_events_more(
	struct config_events *events, enum config_event_kind end, struct error *error);

/* "PATH:LINE:COLUMN: WITHIN: key 'KEY': found FOUND, allowed is ALLOWED", an ERROR_CONFIG. Returns -1. */
int config_fault(const struct config_events *events, struct config_mark mark, const char *found,
	const char *allowed, struct error *error);

/* What `event` is, for config_fault(): "'soon'", "a list", "nothing" … Returns `out`. */
char *config_event_found(const struct config_event *event, char out[static CONFIG_FOUND_TEXT_MAX]);

/* `text` in quotation marks `mark`, cut between characters after about 40 bytes. Returns `out`. */
char *config_excerpt(const char *text, const char *mark, char out[static CONFIG_FOUND_TEXT_MAX]);

/* Whether every character of the UTF-8 `text` may stand in a config: no controls, separators or marks. */
bool config_text_is_printable(const char *text);

#endif
