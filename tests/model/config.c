#include "steps.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char config_path[] = "store/config.yaml", new_path[] = "store/config.new";

void config_set(struct run *run, const char *key, const char *format, ...)
{
	char value[256], *line = NULL;
	size_t size = 0;
	bool found = false;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	FILE *from = fopen(config_path, "re"), *to = fopen(new_path, "we");
	if (!from || !to)
		differ(run, "cannot rewrite %s: %s", config_path, strerror(errno));
	while (getline(&line, &size, from) > 0) {
		bool this = strncmp(line, key, strlen(key)) == 0;
		found = found || this;
		if (this ? fprintf(to, "%s %s\n", key, value) < 0 : fputs(line, to) < 0)
			differ(run, "cannot write %s", new_path);
	}
	free(line);
	fclose(from);
	if (fclose(to) != 0 || rename(new_path, config_path) < 0 || !found)
		differ(run, "cannot set %s in %s", key, config_path);
	record(run, " config: %s %s", key, value);
}
