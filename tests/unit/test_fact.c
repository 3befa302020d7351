/*
 * test_fact.c: the lines of the journal. What is written is read back as it was, and of a line that lies, although
 * its check is right, nothing is believed that the format does not allow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/fact.h"

static struct fact_text text;

static int ready(void **state)
{
	(void)state;
	return digest_ready(NULL);
}

static int clean(void **state)
{
	(void)state;
	fact_text_free(&text);
	memset(&text, 0, sizeof(text));
	return 0;
}

static cJSON *parse_written(void)
{
	assert_false(text.failed);
	assert_true(text.length > 0 && text.data[text.length - 1] == '\n');
	cJSON *fact = fact_parse(text.data, text.length - 1);
	assert_non_null(fact);
	return fact;
}

/* A line with a right check around members that nobody would have written. */
static cJSON *parse_forged(const char *members)
{
	fact_text_clear(&text);
	fact_begin(&text, 7, "forged");
	fact_add_lines(&text, members, strlen(members));
	fact_end(&text);
	return parse_written();
}

static void test_what_is_written_is_read_back(void **state)
{
	(void)state;
	static const char name[] = "a \"b\"\\\n\x01\xc3\xa4/c", raw[] = "\xff\xfe/\xc3";
	const struct digest digest = digest_of("x", 1);
	struct digest found;
	int64_t number;
	char bytes[64];
	fact_begin(&text, 42, "file");
	fact_integer(&text, "low", -9007199254740992);
	fact_word(&text, "word", "plain");
	fact_bytes(&text, "name", name, sizeof(name) - 1);
	fact_bytes(&text, "raw", raw, sizeof(raw) - 1);
	fact_digest(&text, "sha256", &digest);
	fact_boolean(&text, "yes", true);
	fact_end(&text);
	cJSON *fact = parse_written();
	assert_string_equal(fact_kind(fact), "file");
	assert_true(fact_get_integer(fact, "sequence", &number) && number == 42);
	assert_true(fact_get_integer(fact, "low", &number) && number == -9007199254740992);
	assert_true(fact_get_word(fact, "word", bytes, sizeof(bytes)));
	assert_string_equal(bytes, "plain");
	assert_true(fact_get_bytes(fact, "name", bytes, sizeof(bytes)));
	assert_string_equal(bytes, name);
	assert_true(fact_get_bytes(fact, "raw", bytes, sizeof(bytes)));
	assert_string_equal(bytes, raw);
	assert_true(fact_get_digest(fact, "sha256", &found) && digest_equal(&found, &digest));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(fact, "yes")));
	cJSON_Delete(fact);
}

static void test_each_changed_byte_is_noticed(void **state)
{
	(void)state;
	fact_begin(&text, 1, "file");
	fact_bytes(&text, "name", "a/b", 3);
	fact_end(&text);
	size_t length = text.length - 1;
	assert_true(fact_is_intact(text.data, length));
	for (size_t i = 0; i < length; i++) {
		text.data[i] ^= 1;
		assert_false(fact_is_intact(text.data, length));
		assert_null(fact_parse(text.data, length));
		text.data[i] ^= 1;
	}
	for (size_t shorter = 0; shorter < length; shorter++)
		assert_false(fact_is_intact(text.data, shorter));
}

/* The longest line with a right check, and one that is a byte longer. */
static void test_a_line_beyond_the_limit_is_not_looked_at(void **state)
{
	(void)state;
	enum { TAIL = sizeof(",\"check\":\"\"}") - 1 + FACT_CHECK_SIZE - 1 };
	static char line[FACT_LINE_MAX + 2];
	for (size_t length = FACT_LINE_MAX; length <= FACT_LINE_MAX + 1; length++) {
		char hex[DIGEST_HEX_SIZE];
		memset(line, 'x', length - TAIL);
		struct digest digest = digest_of(line, length - TAIL);
		digest_hex(&digest, hex);
		snprintf(line + length - TAIL, TAIL + 1, ",\"check\":\"%.*s\"}", FACT_CHECK_SIZE - 1, hex);
		assert_int_equal(fact_is_intact(line, length), length <= FACT_LINE_MAX);
	}
}

static void test_numbers_that_are_none_are_refused(void **state)
{
	(void)state;
	int64_t number = -5;
	cJSON *fact = parse_forged(",\"text\":\"1\",\"half\":1.5,\"big\":9007199254740994,\"huge\":1e300,"
				   "\"low\":-1e300,\"none\":null,"
				   "\"most\":9007199254740992");
	static const char *const refused[] = {"text", "half", "big", "huge", "low", "none", "missing"};
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (fact_get_integer(fact, refused[i], &number))
			fail_msg("'%s' passes for a whole number", refused[i]);
	assert_int_equal(number, -5);
	assert_true(fact_get_integer(fact, "most", &number) && number == 9007199254740992);
	cJSON_Delete(fact);
}

static void test_text_that_does_not_fit_or_is_no_hex_is_refused(void **state)
{
	(void)state;
	char out[5];
	struct digest digest;
	cJSON *fact = parse_forged(",\"fits\":\"1234\",\"long\":\"12345\",\"number\":1,\"odd_hex\":\"616\","
				   "\"upper_hex\":\"6A\",\"first_hex\":\"g1\","
				   "\"second_hex\":\"1g\",\"nul_hex\":\"610062\",\"big_hex\":\"6162636465\","
				   "\"hex_hex\":\"61ff\","
				   "\"short\":\"00\",\"bad\":"
				   "\"zz00000000000000000000000000000000000000000000000000000000000000\"");
	assert_true(fact_get_word(fact, "fits", out, sizeof(out)));
	assert_string_equal(out, "1234");
	assert_false(fact_get_word(fact, "long", out, sizeof(out)));
	assert_false(fact_get_word(fact, "number", out, sizeof(out)));
	static const char *const refused[] = {
		"long", "number", "odd", "upper", "first", "second", "nul", "big", "missing"};
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (fact_get_bytes(fact, refused[i], out, sizeof(out)))
			fail_msg("'%s' passes for a name", refused[i]);
	assert_true(fact_get_bytes(fact, "hex", out, sizeof(out)));
	assert_string_equal(out, "a\xff");
	assert_false(fact_get_digest(fact, "short", &digest));
	assert_false(fact_get_digest(fact, "bad", &digest));
	assert_false(fact_get_digest(fact, "number", &digest));
	cJSON_Delete(fact);
}

static void test_kind_is_empty_where_there_is_none(void **state)
{
	(void)state;
	cJSON *fact = cJSON_Parse("{\"fact\":7}");
	assert_string_equal(fact_kind(fact), "");
	cJSON_Delete(fact);
}

#define SHA "\"sha256\":\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\""

static bool read_chunk(const char *json, struct fact_chunk *chunk)
{
	cJSON *element = cJSON_Parse(json);
	assert_non_null(element);
	bool good = fact_get_chunk(element, chunk);
	cJSON_Delete(element);
	return good;
}

static void test_a_part_lies_within_its_chunk(void **state)
{
	(void)state;
	struct fact_chunk chunk;
	assert_true(read_chunk("{" SHA ",\"size\":10}", &chunk));
	assert_false(chunk.part);
	assert_int_equal(chunk.length, 10);
	assert_true(read_chunk("{" SHA ",\"size\":10,\"offset\":4,\"length\":6}", &chunk));
	assert_true(chunk.part && chunk.offset == 4 && chunk.length == 6);
	assert_true(read_chunk("{" SHA ",\"size\":10,\"offset\":10,\"length\":0}", &chunk));
	static const char *const refused[] = {
		"{\"size\":10}",
		"{\"sha256\":\"2d71\",\"size\":10}",
		"{" SHA "}",
		"{" SHA ",\"size\":0}",
		"{" SHA ",\"size\":-1}",
		"{" SHA ",\"size\":10,\"offset\":\"0\",\"length\":1}",
		"{" SHA ",\"size\":10,\"offset\":0}",
		"{" SHA ",\"size\":10,\"offset\":-1,\"length\":1}",
		"{" SHA ",\"size\":10,\"offset\":1,\"length\":-1}",
		"{" SHA ",\"size\":10,\"offset\":11,\"length\":0}",
		"{" SHA ",\"size\":10,\"offset\":5,\"length\":6}",
		"{" SHA ",\"size\":10,\"offset\":9007199254740992,\"length\":9007199254740992}",
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (read_chunk(refused[i], &chunk))
			fail_msg("passes for a chunk: %s", refused[i]);
}

static void test_chunks_are_read_back(void **state)
{
	(void)state;
	const struct fact_chunk written[2] = {
		{digest_of("a", 1), 100, false, 0, 100}, {digest_of("b", 1), 200, true, 50, 25}};
	struct fact_chunk found;
	fact_begin(&text, 1, "file");
	fact_open_chunks(&text);
	fact_add_chunk(&text, true, &written[0]);
	fact_add_chunk(&text, false, &written[1]);
	fact_close_chunks(&text);
	fact_end(&text);
	cJSON *fact = parse_written();
	const cJSON *chunks = cJSON_GetObjectItem(fact, "chunks");
	assert_int_equal(cJSON_GetArraySize(chunks), 2);
	for (int i = 0; i < 2; i++) {
		assert_true(fact_get_chunk(cJSON_GetArrayItem(chunks, i), &found));
		assert_true(digest_equal(&found.digest, &written[i].digest));
		assert_int_equal(found.size, written[i].size);
		assert_int_equal(found.part, written[i].part);
		assert_int_equal(found.offset, written[i].offset);
		assert_int_equal(found.length, written[i].length);
	}
	cJSON_Delete(fact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_is_written_is_read_back, clean),
		cmocka_unit_test_teardown(test_each_changed_byte_is_noticed, clean),
		cmocka_unit_test_teardown(test_a_line_beyond_the_limit_is_not_looked_at, clean),
		cmocka_unit_test_teardown(test_numbers_that_are_none_are_refused, clean),
		cmocka_unit_test_teardown(test_text_that_does_not_fit_or_is_no_hex_is_refused, clean),
		cmocka_unit_test_teardown(test_kind_is_empty_where_there_is_none, clean),
		cmocka_unit_test_teardown(test_a_part_lies_within_its_chunk, clean),
		cmocka_unit_test_teardown(test_chunks_are_read_back, clean),
	};
	return cmocka_run_group_tests(tests, ready, NULL);
}
