/*
 * json.h: JSON that is valid, exact and harmless whatever bytes it is made from.
 *
 * Names and paths may hold any byte, JSON only Unicode. A text that is not UTF-8 is given with U+FFFD in
 * place of each wrong byte, and beside `key` stands `key_hex` with the exact bytes in hexadecimal.
 * Integers are written digit by digit: cJSON's own numbers are doubles and would round above 2^53.
 * Printed text holds no character that a terminal acts on: such characters become \uXXXX, which every
 * reader turns back.
 */
#ifndef LINCKIA_CLI_JSON_H
#define LINCKIA_CLI_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* Makes cJSON end the process when memory is short, so that no member is ever left out unnoticed. */
void json_start(void);

/* Adds a name or path. NULL becomes null. */
void json_add_name(cJSON *object, const char *key, const char *name);

/* Adds a sentence or word: as json_add_name(), but without the hexadecimal twin. */
void json_add_text(cJSON *object, const char *key, const char *text);

/* A text that is not a member of an object, such as an element of an array. */
cJSON *json_text(const char *text);

/* An array of `count` of them. */
void json_add_texts(cJSON *object, const char *key, const char *const *texts, size_t count);

void json_add_integer(cJSON *object, const char *key, uint64_t number);
void json_add_signed(cJSON *object, const char *key, int64_t number);

/* With three decimals; null when `number` is negative or not a number, which stands for unknown. */
void json_add_decimal(cJSON *object, const char *key, double number);

/* Rounded to a whole number; null likewise. */
void json_add_rounded(cJSON *object, const char *key, double number);

/* RFC 3339 in UTC, from milliseconds since 1970. */
void json_add_time(cJSON *object, const char *key, int64_t milliseconds);

/* `item` on one line; the caller frees it. */
char *json_print(const cJSON *item);

#endif
