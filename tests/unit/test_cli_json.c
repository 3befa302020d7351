/* What cli/json.h promises: valid, exact and harmless, whatever the bytes. */
#include "cli/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"

/* Takes `object`. */
static void expect_printed(cJSON *object, const char *expected)
{
	char *text = json_print(object);
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(object);
}

static void expect_name(const char *name, const char *expected)
{
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", name);
	expect_printed(object, expected);
}

static void a_name_in_utf8_stands_alone(void **state)
{
	(void)state;
	expect_name("a/b.txt", "{\"name\":\"a/b.txt\"}");
	expect_name("", "{\"name\":\"\"}");
	expect_name("\xE6\x97\xA5\xE6\x9C\xAC", "{\"name\":\"\xE6\x97\xA5\xE6\x9C\xAC\"}");
	expect_name("say \"x\\y\"\n", "{\"name\":\"say \\\"x\\\\y\\\"\\n\"}");
	expect_name(NULL, "{\"name\":null}");
}

static void other_bytes_come_in_hexadecimal_too(void **state)
{
	(void)state;
	expect_name("a\xFF\xFE", "{\"name\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\",\"name_hex\":\"61fffe\"}");
	expect_name("\xC3", "{\"name\":\"\xEF\xBF\xBD\",\"name_hex\":\"c3\"}");
	/* A surrogate is not UTF-8, and neither is an overlong slash. */
	expect_name("\xED\xA0\x80",
		"{\"name\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\",\"name_hex\":\"eda080\"}");
	expect_name("\xC0\xAF", "{\"name\":\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"name_hex\":\"c0af\"}");
}

static void nothing_in_it_acts_on_a_terminal(void **state)
{
	(void)state;
	expect_name("\x1B[2J\x7F", "{\"name\":\"\\u001b[2J\\u007f\"}");
	expect_name("\xC2\x9B"
		    "31m",
		"{\"name\":\"\\u009b31m\"}");
	expect_name("\xE2\x80\xAE"
		    "txt.exe",
		"{\"name\":\"\\u202etxt.exe\"}");
}

/* Every name of two bytes: valid JSON that reads back, by name or by name_hex, as the same bytes. */
static void every_pair_of_bytes_reads_back(void **state)
{
	(void)state;
	for (unsigned first = 1; first < 256; first++) {
		for (unsigned second = 1; second < 256; second++) {
			const char name[] = {(char)first, (char)second, '\0'};
			cJSON *object = cJSON_CreateObject();
			json_add_name(object, "name", name);
			char *text = json_print(object);
			assert_true(text_is_utf8(text, strlen(text)));
			cJSON *read = cJSON_Parse(text);
			assert_non_null(read);
			const cJSON *hex = cJSON_GetObjectItemCaseSensitive(read, "name_hex");
			const char *found =
				cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(read, "name"));
			assert_non_null(found);
			if (hex)
				assert_int_equal(
					strtoul(cJSON_GetStringValue(hex), NULL, 16), first << 8 | second);
			else
				assert_string_equal(found, name);
			cJSON_Delete(read);
			cJSON_Delete(object);
			free(text);
		}
	}
}

static void the_longest_name_fits(void **state)
{
	(void)state;
	char name[STORE_NAME_MAX + 1];
	memset(name, 0x7F, STORE_NAME_MAX);
	name[STORE_NAME_MAX] = '\0';
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", name);
	char *text = json_print(object);
	assert_int_equal(strlen(text), strlen("{\"name\":\"\"}") + 6 * STORE_NAME_MAX);
	free(text);
	cJSON_Delete(object);
}

static void integers_keep_every_digit(void **state)
{
	(void)state;
	cJSON *object = cJSON_CreateObject();
	json_add_integer(object, "a", UINT64_MAX);
	json_add_integer(object, "b", (UINT64_C(1) << 53) + 1);
	json_add_integer(object, "c", 1000000000000000);
	json_add_signed(object, "d", INT64_MIN);
	expect_printed(object, "{\"a\":18446744073709551615,\"b\":9007199254740993,\"c\":1000000000000000,"
			       "\"d\":-9223372036854775808}");
}

static void unknown_quantities_are_null(void **state)
{
	(void)state;
	cJSON *object = cJSON_CreateObject();
	json_add_decimal(object, "a", -1);
	json_add_decimal(object, "b", 0.25);
	json_add_decimal(object, "c", 12.0006);
	json_add_decimal(object, "d", NAN);
	json_add_rounded(object, "e", -1);
	json_add_rounded(object, "f", 2.5);
	json_add_rounded(object, "g", 1e300);
	expect_printed(
		object, "{\"a\":null,\"b\":0.250,\"c\":12.001,\"d\":null,\"e\":null,\"f\":3,\"g\":null}");
}

static void times_are_rfc_3339(void **state)
{
	(void)state;
	cJSON *object = cJSON_CreateObject();
	json_add_time(object, "time", 1760000000000);
	expect_printed(object, "{\"time\":\"2025-10-09T08:53:20Z\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_in_utf8_stands_alone),
		cmocka_unit_test(other_bytes_come_in_hexadecimal_too),
		cmocka_unit_test(nothing_in_it_acts_on_a_terminal),
		cmocka_unit_test(every_pair_of_bytes_reads_back),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(integers_keep_every_digit),
		cmocka_unit_test(unknown_quantities_are_null),
		cmocka_unit_test(times_are_rfc_3339),
	};
	json_start();
	return cmocka_run_group_tests_name("cli json", tests, NULL, NULL);
}
