/*
 * The comparison as a table and as JSON.
 */
#include "cli/durability_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/width.h"

static const char *const names[] = {"two copies", "three \x1b[31mcopies"};
static const struct durability_result results[] = {
	{
		.chunks = 1000000,
		.chunk_bytes = 67108864,
		.chunks_lost = 1234567,
		.bytes_lost = UINT64_C(18446744073709551615),
		.first_loss_ms = 1500,
		.disks_failed = 1000,
		.bytes_moved = UINT64_C(5497558138880),
		.bytes_needless = UINT64_C(1097364144128),
		.short_chunk_hours = 1234567.4,
		.last_copy_chunk_hours = 0.04,
		.unavailable_chunk_hours = 3.25,
		.longest_short_ms = 90061000,
	},
	{.first_loss_ms = -1},
};

static void a_row_for_each_case_in_the_width_of_a_terminal(void **state)
{
	(void)state;
	output_hold();
	durability_table_print(names, results, 2);
	char *text = output_held(), *rest = NULL;
	assert_non_null(strstr(text, "two copies"));
	assert_non_null(strstr(text, " 1234567  1000  5.0 TiB "));
	assert_non_null(strstr(text, " 1234567  <0.1   3.2 "));
	assert_null(strchr(text, '\x1b'));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(width_of(line) <= 100);
	free(text);
}

static void json_is_exact(void **state)
{
	(void)state;
	json_start();
	cJSON *array = durability_table_json(names, results, 2);
	char *text = json_print(array);
	assert_non_null(strstr(text, "\"name\":\"two copies\""));
	assert_non_null(strstr(text, "\"bytes_lost\":18446744073709551615"));
	assert_non_null(strstr(text, "\"first_loss_s\":1.500"));
	assert_non_null(strstr(text, "\"first_loss_s\":null"));
	assert_non_null(strstr(text, "\"longest_short_s\":90061.000"));
	free(text);
	cJSON_Delete(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_for_each_case_in_the_width_of_a_terminal),
		cmocka_unit_test(json_is_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
