#include "tests/support/scenario_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct error error;

struct scenario *scenario_of(const char *text)
{
	struct scenario *scenario = NULL;
	error_clear(&error);
	if (scenario_parse(SCENARIO_PATH, text, strlen(text), &scenario, &error))
		fail_msg("refused: %s", error.message);
	assert_non_null(scenario);
	return scenario;
}

void refuse_scenario(const char *text, const char *message)
{
	char expected[2048];
	struct scenario *scenario = NULL;
	error_clear(&error);
	if (!scenario_parse(SCENARIO_PATH, text, strlen(text), &scenario, &error))
		fail_msg("accepted, but should fail with: %s", message);
	snprintf(expected, sizeof(expected), "%s:%s", SCENARIO_PATH, message);
	assert_string_equal(error.message, expected);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_null(scenario);
}
