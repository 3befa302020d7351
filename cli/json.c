#include "cli/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "engine/engine.h"

static void *allocate_item(size_t size)
{
	return allocate(1, size);
}

void json_start(void)
{
	cJSON_Hooks hooks = {.malloc_fn = allocate_item, .free_fn = free};
	cJSON_InitHooks(&hooks);
}

/* `text` with U+FFFD for each byte that is not part of a UTF-8 character. */
static char *make_utf8(const char *text)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	size_t length = strlen(text), used = 0;
	char *out = allocate(length + 1, sizeof(replacement) - 1);
	while (length > 0) {
		uint32_t code_point;
		size_t step = text_decode(text, length, &code_point);
		if (step) {
			memcpy(out + used, text, step);
			used += step;
		} else {
			memcpy(out + used, replacement, sizeof(replacement) - 1);
			used += sizeof(replacement) - 1;
			step = 1;
		}
		text += step;
		length -= step;
	}
	out[used] = '\0';
	return out;
}

static char *make_hex(const char *text)
{
	size_t length = strlen(text);
	char *out = allocate(length + 1, 2);
	for (size_t i = 0; i < length; i++) {
		static const char digits[] = "0123456789abcdef";
		out[2 * i] = digits[(unsigned char)text[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)text[i] & 15];
	}
	return out;
}

cJSON *json_text(const char *text)
{
	if (!text)
		return cJSON_CreateNull();
	char *valid = make_utf8(text);
	cJSON *item = cJSON_CreateString(valid);
	free(valid);
	return item;
}

void json_add_text(cJSON *object, const char *key, const char *text)
{
	cJSON_AddItemToObject(object, key, json_text(text));
}

void json_add_name(cJSON *object, const char *key, const char *name)
{
	json_add_text(object, key, name);
	if (!name || text_is_utf8(name, strlen(name)))
		return;
	char *hex_key = allocate_print("%s_hex", key);
	char *hex = make_hex(name);
	cJSON_AddStringToObject(object, hex_key, hex);
	free(hex);
	free(hex_key);
}

void json_add_texts(cJSON *object, const char *key, const char *const *texts, size_t count)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, json_text(texts[i]));
}

void json_add_integer(cJSON *object, const char *key, uint64_t number)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	cJSON_AddRawToObject(object, key, digits);
}

void json_add_signed(cJSON *object, const char *key, int64_t number)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, number);
	cJSON_AddRawToObject(object, key, digits);
}

/* Written as an integer and thousandths, because printf's decimal point depends on the locale. */
void json_add_decimal(cJSON *object, const char *key, double number)
{
	char digits[32];
	if (!(number >= 0 && number < 1e15)) {
		cJSON_AddNullToObject(object, key);
		return;
	}
	uint64_t thousandths = (uint64_t)llround(number * 1000);
	snprintf(digits, sizeof(digits), "%" PRIu64 ".%03u", thousandths / 1000,
		(unsigned)(thousandths % 1000));
	cJSON_AddRawToObject(object, key, digits);
}

void json_add_rounded(cJSON *object, const char *key, double number)
{
	if (number >= 0 && number < 1e18)
		json_add_signed(object, key, llround(number));
	else
		cJSON_AddNullToObject(object, key);
}

void json_add_time(cJSON *object, const char *key, int64_t milliseconds)
{
	char text[40];
	cJSON_AddStringToObject(object, key, text_time(text, sizeof(text), milliseconds));
}

/* Whether a terminal would do something else than show the character at `text`: text.h decides. */
static bool is_active(const char *text, size_t length)
{
	char escaped[TEXT_ESCAPED_SIZE(4)];
	size_t escaped_length = text_escape(escaped, sizeof(escaped), text, length, false);
	return escaped_length != length || memcmp(escaped, text, length) != 0;
}

static size_t write_escape(char *out, size_t size, uint32_t code_point)
{
	if (code_point < 0x10000)
		return (size_t)snprintf(out, size, "\\u%04x", (unsigned)code_point);
	unsigned rest = (unsigned)(code_point - 0x10000);
	return (size_t)snprintf(out, size, "\\u%04x\\u%04x", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

char *json_print(const cJSON *item)
{
	char *plain = cJSON_PrintUnformatted(item);
	/* With memory assured, only an item that this program built wrongly cannot be printed. */
	assert(plain);
	size_t length = strlen(plain), used = 0;
	/* The worst is DEL, one byte that becomes six. */
	size_t size = 6 * length + 13;
	char *out = allocate(size, 1);
	for (size_t i = 0; i < length;) {
		unsigned char first = (unsigned char)plain[i];
		uint32_t code_point = first;
		size_t step = first < 0x80 ? 1 : text_decode(plain + i, length - i, &code_point);
		assert(step);
		if (first >= 0x7F && is_active(plain + i, step))
			used += write_escape(out + used, size - used, code_point);
		else {
			memcpy(out + used, plain + i, step);
			used += step;
		}
		i += step;
	}
	out[used] = '\0';
	cJSON_free(plain);
	return out;
}
