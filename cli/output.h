/*
 * output.h: standard output, where data goes and nothing else.
 *
 * What is written is buffered; the first failure is kept, later writes do nothing, and output_finish()
 * reports it: a full disk is a failed command. A closed pipe is one too, but not worth a message.
 *
 * Text from a store reaches a terminal escaped (invariant 9). Names go raw where there is no terminal, so
 * that scripts get the exact bytes; sentences are escaped everywhere. One thread at a time.
 */
#ifndef LINCKIA_CLI_OUTPUT_H
#define LINCKIA_CLI_OUTPUT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "cli/colour.h"

/* Makes sure that descriptors 0 to 2 are open, so that no file of a store ever becomes one of them. */
void output_guard(void);

/* Looks at standard output once, before anything is written. */
void output_start(bool json);

bool output_is_json(void);
bool output_is_terminal(void);

/* The program's own words. Foreign text never passes here. */
void output_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A sentence or path, escaped. */
void output_text(const char *text);

/* A stored name, escaped for a terminal only. */
void output_name(const char *name);

/* One byte as it is. */
void output_byte(char byte);

/* `text` is the program's own. */
void output_coloured(enum colour colour, const char *text);

/* Prints `item` on a line and frees it. */
void output_document(cJSON *item);

/* Prints an object without its closing brace, so that a long member can follow, and frees it. */
void output_open_object(cJSON *item);

/* Keeps what is printed from here on instead of writing it; output_held() returns that, for the caller to free. */
void output_hold(void);
char *output_held(void);

/* Hands on what is buffered, so that a reader sees it now. */
void output_flush(void);

/* Whether a write failed, and whether that was because nobody reads any more. */
bool output_failed(void);
bool output_is_closed(void);

/* Writes the rest and closes. Returns 0, or -1 after telling the user. Nothing is printed afterwards. */
int output_finish(void);

/* A JSON array of unknown length, one element a line. */
struct output_array {
	bool begun;
};

/* Prints one element and frees it. */
void output_array_add(struct output_array *array, cJSON *item);
/* Ends the array; prints `[]` when nothing was added. */
void output_array_end(struct output_array *array);

#endif
