#include "tests/support/config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct config *config_of(const char *text)
{
	struct error error = {0};
	struct config *config = NULL;
	if (config_parse(CONFIG_PATH, text, strlen(text), &config, &error))
		fail_msg("refused: %s", error.message);
	assert_non_null(config);
	return config;
}

struct config *config_of_line(const char *line)
{
	char text[512];
	snprintf(text, sizeof(text), CONFIG_NODES "%s\n", line);
	return config_of(text);
}
