/*
 * config_edit.h: what the edits of a config that people write by hand have in common.
 *
 * Nothing is parsed and printed again: the events tell at which bytes an entry of the list `nodes`
 * stands, and an edit adds or leaves out bytes there. An edit goes
 *
 *     config_edit_begin     locks out other edits, reads the file and the config in it
 *     config_list_find      where an entry stands, and the one before it
 *     …                     writes the new text and checks that it is read as it was meant
 *     config_edit_replace   puts the new text in the place of the file
 *     config_edit_end       always, whether or not it was replaced
 *
 * Places are bytes of the text, counted from 0. One thread at a time for each edit.
 */
#ifndef LINCKIA_ENGINE_CONFIG_EDIT_H
#define LINCKIA_ENGINE_CONFIG_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "engine/config.h"

/* A text with a length, not with a NUL at its end. */
struct config_text {
	const char *bytes;
	size_t length;
};

struct config_edit {
	const char *path;        /* the caller's */
	struct config_text text; /* of the file as it is */
	struct config *config;   /* what it means */

	char *bytes; /* the rest is private */
	struct stat status;
	int lock;
};

/* Blocks while another edit goes on. When it fails there is nothing to end. */
MUST_CHECK int config_edit_begin(struct config_edit *edit, const char *path, struct error *error);

/* Replaces the file by `text`, keeping owner and permission bits, unless it changed since it was read. */
MUST_CHECK int config_edit_replace(struct config_edit *edit, struct config_text text, struct error *error);

void config_edit_end(struct config_edit *edit);

/* ERROR_MEMORY while editing the config at `path`. Returns -1. */
int config_edit_no_memory(const char *path, struct error *error);

/*
 * Closes a stream that open_memstream() made with `*bytes`, and fails if any of it was lost. `*bytes` is the
 * caller's to free either way.
 */
MUST_CHECK int config_edit_close(FILE *out, char **bytes, const char *path, struct error *error);

/* One entry: its mapping, without the dash before a block entry or the comma behind a flow entry. */
struct config_item {
	size_t begin, end;
	bool flow;
};

struct config_list {
	unsigned column; /* of the list, from 1 */
	size_t begin;    /* the bracket, or the first dash */
	bool flow;
	struct config_item item;
	struct config_item previous; /* end 0: `item` is the first */
};

/*
 * Finds the list `nodes` and its entry `index`, from 0, which must be there, in a text that config_parse()
 * has accepted. Nothing else can look like the list then.
 */
MUST_CHECK int config_list_find(const char *path, struct config_text text, size_t index,
	struct config_list *list, struct error *error);

/* The first byte of the line of byte `at`. */
size_t config_text_line_begin(struct config_text text, size_t at);
/* The line feed that ends the line of byte `at`, or the end of the text. */
size_t config_text_line_end(struct config_text text, size_t at);
/* Past blanks on the same line, and past the carriage return before a line feed. */
size_t config_text_skip_blanks(struct config_text text, size_t at);
/* Past blanks, line breaks and comments: the next thing that means something, or the end of the text. */
size_t config_text_skip_to_token(struct config_text text, size_t at);
/* Writes the bytes from `begin` to before `end`. */
void config_text_copy(FILE *out, struct config_text text, size_t begin, size_t end);

#endif
