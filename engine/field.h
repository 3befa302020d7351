/*
 * field.h: the fields of a view by the names that `status --json` gives them, for whoever asks for one in words.
 *
 * A path is the keys from the top of that document with dots between them: health, chunks.lost,
 * repair.queue.missing.bytes. Where the document has a list, its items are told apart by what they are about, or by
 * number where they are about nothing: nodes.NAME.state, checks.CODE.count (short: checks.CODE; 0 when it does not
 * hold), links.FROM.TO.cut, repair.transfers.0.file, notes.0. Names of nodes may have dots in them. Beyond the
 * document there are nodes_up and checks.CODE.holds, for some checks hold with a count of 0.
 *
 * Pure functions; any thread.
 */
#ifndef LINCKIA_ENGINE_FIELD_H
#define LINCKIA_ENGINE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/view.h"

enum field_kind {
	FIELD_NUMBER,
	FIELD_BYTES,
	FIELD_SECONDS,
	FIELD_MILLISECONDS,
	FIELD_FLAG, /* the text "true" or "false" */
	FIELD_WORD, /* one of field_word() */
	FIELD_TEXT, /* any text; times are in RFC 3339 */
};

enum { FIELD_TEXT_MAX = 48 };

struct field_row;

/* A path, taken apart. It lives as long as the path. */
struct field {
	const struct field_row *row;
	enum field_kind kind;
	const char *subject; /* "" where there is none; for links both names with a dot between them */
	size_t subject_length;
	size_t index;
};

struct field_value {
	bool known; /* else the document says null */
	double number;
	const char *text; /* of flags, words and texts; lives as long as the view and this value */
	char room[FIELD_TEXT_MAX];
};

/* Takes `path` apart. False: no view has such a field. Whether its nodes exist is not asked here. */
bool field_find(const char *path, struct field *field);

/*
 * The `index`th path that there is, from 0, with NAME, CODE, FROM, TO or N where it says what it is about:
 * nodes.NAME.state. False behind the last.
 */
bool field_pattern(size_t index, char *out, size_t size);

/* The path that was meant by one that no view has, if it is easy to guess: into `out`, and returned; else NULL. */
const char *field_near(const char *path, char *out, size_t size);

/* Whether `path` is about a node or a link, whose names are in its subject. */
bool field_is_of_node(const struct field *field);
bool field_is_of_link(const struct field *field);

/* The word number `index` that a field of FIELD_WORD can be, from 0; NULL behind the last. */
const char *field_word(const struct field *field, unsigned index);

/* Reads it from `view`. False: there is no such node, link or item now. */
bool field_read(const struct view *view, const struct field *field, struct field_value *value);

/* The value in words, with its unit: "3", "4MiB", "2.500s", "DEGRADED", "none". Returns `out`. */
char *field_print(const struct field *field, const struct field_value *value, char *out, size_t size);

#endif
