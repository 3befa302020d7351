/*
 * fact.h: what the journal says, one JSON object a line.
 *
 * A fact is one line: an object in which "sequence" comes first, then "fact", its kind, and last "check", the first
 * eight bytes of the SHA-256 over all of the line that stands before `,"check":"`, in hex. A line is at most
 * FACT_LINE_MAX bytes long. docs/formats.md lists the kinds and their members.
 *
 * Names and link targets are any bytes but NUL. Those that are UTF-8 stand under their key as a JSON string; others
 * under the key with "_hex" after it, as hex digits.
 */
#ifndef LINCKIA_ENGINE_FACT_H
#define LINCKIA_ENGINE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/digest.h"

struct cJSON;

enum { FACT_FORMAT = 1, FACT_LINE_MAX = 64 << 10, FACT_CHUNKS_MAX = 256, FACT_CHECK_SIZE = 17 };
/*
 * Sequences, ids and their like are below this. A million commits a second would get there in a hundred years; a
 * journal that says more is not one that this program wrote, and going on from there would leave the numbers that
 * JSON can tell apart.
 */
#define FACT_NUMBER_MAX (INT64_C(1) << 52)

/* Lines that are being written. All zeros is empty. One that ran out of memory stays failed; ask once, at the end. */
struct fact_text {
	char *data;
	size_t length, room;
	size_t line; /* where the line under way begins */
	uint64_t lines;
	bool failed;
};

void fact_text_free(struct fact_text *text);
/* Forgets the lines, keeps the memory unless it has become much. */
void fact_text_clear(struct fact_text *text);

void fact_begin(struct fact_text *text, uint64_t sequence, const char *kind);
void fact_integer(struct fact_text *text, const char *key, int64_t value);
void fact_boolean(struct fact_text *text, const char *key, bool value);
/* Plain ASCII that needs no escapes. */
void fact_word(struct fact_text *text, const char *key, const char *value);
/* Any bytes. */
void fact_bytes(struct fact_text *text, const char *key, const char *bytes, size_t length);
void fact_digest(struct fact_text *text, const char *key, const struct digest *digest);
void fact_end(struct fact_text *text);
/* Whole lines that were written elsewhere. */
void fact_add_lines(struct fact_text *text, const char *lines, size_t length);

/* One element of "chunks". */
struct fact_chunk {
	struct digest digest;
	uint64_t size;           /* of the whole chunk */
	bool part;               /* only these bytes of it: */
	uint64_t offset, length; /* meaningful for a part */
};
void fact_open_chunks(struct fact_text *text);
void fact_add_chunk(struct fact_text *text, bool first, const struct fact_chunk *chunk);
void fact_close_chunks(struct fact_text *text);
/* The same with elements that fact_add_chunk() wrote into another text. */
void fact_add_chunks(struct fact_text *text, const char *elements, size_t length);

/* ---- reading ---- */

/* Whether `length` bytes, without line end, are a line whose check is right. */
bool fact_is_intact(const char *line, size_t length);
/* The parsed line, for cJSON_Delete(); NULL when it is damaged. */
struct cJSON *fact_parse(const char *line, size_t length);
const char *fact_kind(const struct cJSON *fact);
/* Members; false when one is missing or of another kind. Integers must be exact: up to 2^53. */
bool fact_get_integer(const struct cJSON *fact, const char *key, int64_t *value);
/* The same, for one from 0 to FACT_NUMBER_MAX. */
bool fact_get_number(const struct cJSON *fact, const char *key, int64_t *value);
bool fact_get_word(const struct cJSON *fact, const char *key, char *out, size_t size);
bool fact_get_bytes(const struct cJSON *fact, const char *key, char *out, size_t size);
bool fact_get_digest(const struct cJSON *fact, const char *key, struct digest *digest);
bool fact_get_chunk(const struct cJSON *element, struct fact_chunk *chunk);

#endif
