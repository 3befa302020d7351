#include "engine/fact.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cjson/cJSON.h>

#include "engine/chunker.h"
#include "engine/text.h"

enum { KEPT_BYTES = 1 << 20, CHECK_BYTES = 8, HUGE_BYTES = 2 << 20 };

/* What comes before the check, and after it. */
#define CHECK_KEY ",\"check\":\""
#define CHECK_END "\"}"

/* ---- writing ---- */

void fact_text_free(struct fact_text *text)
{
	free(text->data);
	*text = (struct fact_text){0};
}

void fact_text_clear(struct fact_text *text)
{
	if (text->room > KEPT_BYTES)
		fact_text_free(text);
	text->length = 0;
	text->lines = 0;
	text->failed = false;
}

/*
 * Megabytes that are written to for the first time cost as much in page faults as all that is done with them, unless
 * the pages are large.
 */
static void grow_huge(struct fact_text *text, size_t room)
{
	char *larger = aligned_alloc(HUGE_BYTES, room);
	if (!larger) {
		text->failed = true;
		return;
	}
	madvise(larger, room, MADV_HUGEPAGE);
	if (text->length)
		memcpy(larger, text->data, text->length);
	free(text->data);
	text->data = larger;
}

/* Room for `size` more bytes; NULL when there is no memory. */
static char *reserve(struct fact_text *text, size_t size)
{
	if (text->failed)
		return NULL;
	if (text->room - text->length < size) {
		size_t room = text->room ? text->room : 4096;
		while (room - text->length < size)
			room *= 2;
		if (room < HUGE_BYTES) {
			char *larger = realloc(text->data, room);
			text->data = larger ? larger : text->data;
			text->failed = !larger;
		} else {
			grow_huge(text, room);
		}
		if (text->failed)
			return NULL;
		text->room = room;
	}
	return text->data + text->length;
}

static void add(struct fact_text *text, const char *bytes, size_t length)
{
	char *to = reserve(text, length);
	if (!to)
		return;
	memcpy(to, bytes, length);
	text->length += length;
}

#define ADD(text, literal) add(text, literal, sizeof(literal) - 1)

static void add_key(struct fact_text *text, const char *key)
{
	ADD(text, ",\"");
	add(text, key, strlen(key));
	ADD(text, "\":");
}

static void add_integer(struct fact_text *text, int64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do {
		*--at = (char)('0' + rest % 10);
	} while (rest /= 10);
	if (value < 0)
		*--at = '-';
	add(text, at, (size_t)(digits + sizeof(digits) - at));
}

static void add_hex(struct fact_text *text, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *to = reserve(text, 2 * length);
	if (!to)
		return;
	for (size_t i = 0; i < length; i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 15];
	}
	text->length += 2 * length;
}

/* A JSON string: what must be escaped is, and DEL and above are left as they are. */
static void add_string(struct fact_text *text, const char *bytes, size_t length)
{
	ADD(text, "\"");
	size_t plain = 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)bytes[i];
		if (byte >= 0x20 && byte != '"' && byte != '\\')
			continue;
		add(text, bytes + plain, i - plain);
		plain = i + 1;
		if (byte < 0x20) {
			ADD(text, "\\u00");
			add_hex(text, &byte, 1);
		} else {
			ADD(text, "\\");
			add(text, &bytes[i], 1);
		}
	}
	add(text, bytes + plain, length - plain);
	ADD(text, "\"");
}

void fact_begin(struct fact_text *text, uint64_t sequence, const char *kind)
{
	text->line = text->length;
	ADD(text, "{\"sequence\":");
	add_integer(text, (int64_t)sequence);
	fact_word(text, "fact", kind);
}

void fact_integer(struct fact_text *text, const char *key, int64_t value)
{
	add_key(text, key);
	add_integer(text, value);
}

void fact_boolean(struct fact_text *text, const char *key, bool value)
{
	add_key(text, key);
	if (value)
		ADD(text, "true");
	else
		ADD(text, "false");
}

void fact_word(struct fact_text *text, const char *key, const char *value)
{
	add_key(text, key);
	ADD(text, "\"");
	add(text, value, strlen(value));
	ADD(text, "\"");
}

void fact_bytes(struct fact_text *text, const char *key, const char *bytes, size_t length)
{
	if (text_is_utf8(bytes, length)) {
		add_key(text, key);
		add_string(text, bytes, length);
		return;
	}
	ADD(text, ",\"");
	add(text, key, strlen(key));
	ADD(text, "_hex\":\"");
	add_hex(text, (const uint8_t *)bytes, length);
	ADD(text, "\"");
}

void fact_digest(struct fact_text *text, const char *key, const struct digest *digest)
{
	add_key(text, key);
	ADD(text, "\"");
	add_hex(text, digest->bytes, DIGEST_BYTES);
	ADD(text, "\"");
}

void fact_end(struct fact_text *text)
{
	if (text->failed)
		return;
	struct digest digest = digest_of(text->data + text->line, text->length - text->line);
	ADD(text, CHECK_KEY);
	add_hex(text, digest.bytes, CHECK_BYTES);
	ADD(text, CHECK_END "\n");
	text->lines++;
	assert(text->failed || text->length - text->line <= FACT_LINE_MAX);
}

void fact_add_lines(struct fact_text *text, const char *lines, size_t length)
{
	add(text, lines, length);
}

void fact_open_chunks(struct fact_text *text)
{
	ADD(text, ",\"chunks\":[");
}

void fact_add_chunk(struct fact_text *text, bool first, const struct fact_chunk *chunk)
{
	if (!first)
		ADD(text, ",");
	ADD(text, "{\"sha256\":\"");
	add_hex(text, chunk->digest.bytes, DIGEST_BYTES);
	ADD(text, "\"");
	fact_integer(text, "size", (int64_t)chunk->size);
	if (chunk->part) {
		fact_integer(text, "offset", (int64_t)chunk->offset);
		fact_integer(text, "length", (int64_t)chunk->length);
	}
	ADD(text, "}");
}

void fact_add_chunks(struct fact_text *text, const char *elements, size_t length)
{
	add(text, elements, length);
}

void fact_close_chunks(struct fact_text *text)
{
	ADD(text, "]");
}

/* ---- reading ---- */

bool fact_is_intact(const char *line, size_t length)
{
	const size_t tail = sizeof(CHECK_KEY) - 1 + 2 * CHECK_BYTES + sizeof(CHECK_END) - 1;
	if (length <= tail || length > FACT_LINE_MAX)
		return false;
	struct fact_text expected = {0};
	struct digest digest = digest_of(line, length - tail);
	ADD(&expected, CHECK_KEY);
	add_hex(&expected, digest.bytes, CHECK_BYTES);
	ADD(&expected, CHECK_END);
	bool intact = !expected.failed && memcmp(line + length - tail, expected.data, tail) == 0;
	fact_text_free(&expected);
	return intact;
}

cJSON *fact_parse(const char *line, size_t length)
{
	if (!fact_is_intact(line, length))
		return NULL;
	return cJSON_ParseWithLength(line, length);
}

const char *fact_kind(const cJSON *fact)
{
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fact, "fact"));
	return kind ? kind : "";
}

bool fact_get_integer(const cJSON *fact, const char *key, int64_t *value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(fact, key);
	const double exact = 9007199254740992.0;
	if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= exact) ||
		item->valuedouble != floor(item->valuedouble))
		return false;
	*value = (int64_t)item->valuedouble;
	return true;
}

bool fact_get_number(const cJSON *fact, const char *key, int64_t *value)
{
	return fact_get_integer(fact, key, value) && *value >= 0 && *value <= FACT_NUMBER_MAX;
}

bool fact_get_word(const cJSON *fact, const char *key, char *out, size_t size)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fact, key));
	if (!text || strlen(text) >= size)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

bool fact_get_bytes(const cJSON *fact, const char *key, char *out, size_t size)
{
	char hex_key[64];
	if (fact_get_word(fact, key, out, size))
		return true;
	size_t key_length = strlen(key);
	assert(key_length + sizeof("_hex") <= sizeof(hex_key));
	memcpy(hex_key, key, key_length);
	memcpy(hex_key + key_length, "_hex", sizeof("_hex"));
	const char *hex = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fact, hex_key));
	size_t length = hex ? strlen(hex) / 2 : 0;
	if (!hex || strlen(hex) % 2 != 0 || length >= size || !text_from_hex(hex, (uint8_t *)out, length))
		return false;
	out[length] = '\0';
	return strlen(out) == length;
}

bool fact_get_digest(const cJSON *fact, const char *key, struct digest *digest)
{
	const char *hex = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fact, key));
	return hex && strlen(hex) == 2 * DIGEST_BYTES && digest_from_hex(hex, digest);
}

bool fact_get_chunk(const cJSON *element, struct fact_chunk *chunk)
{
	int64_t size = 0, offset = 0, length = 0;
	if (!fact_get_digest(element, "sha256", &chunk->digest) ||
		!fact_get_integer(element, "size", &size) || size <= 0 || size > CHUNK_BYTES_MAX)
		return false;
	chunk->part = cJSON_HasObjectItem(element, "offset");
	if (chunk->part && (!fact_get_integer(element, "offset", &offset) ||
				   !fact_get_integer(element, "length", &length) || offset < 0 ||
				   length < 0 || offset > size || length > size - offset))
		return false;
	chunk->size = (uint64_t)size;
	chunk->offset = (uint64_t)offset;
	chunk->length = chunk->part ? (uint64_t)length : chunk->size;
	return true;
}
