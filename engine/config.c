#include "engine/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/config_file.h"
#include "engine/config_reader.h"

int config_parse(
	const char *path, const char *text, size_t length, struct config **config, struct error *error)
{
	struct config_reader reader;
	*config = calloc(1, sizeof(**config));
	if (!*config)
		return config_no_memory(path, error);
	int result = config_reader_init(&reader, path, text, length, *config, error);
	if (!result) {
		if (config_read(&reader, error) || config_check(&reader, error))
			result = -1;
		config_reader_release(&reader);
	}
	if (result) {
		config_free(*config);
		*config = NULL;
	}
	return result;
}

/* Unlike a scenario, a config is for the user who made its store. */
static int refuse_unreadable(const char *path, struct error *error)
{
	if (!error || error->system_errno != EACCES)
		return -1;
	error_set_errno(
		error, EACCES, "the file %s cannot be read (a store is for the user who made it)", path);
	error->code = ERROR_CONFIG;
	return -1;
}

int config_load(const char *path, struct config **config, struct error *error)
{
	char *text;
	size_t length;
	struct stat status;
	*config = NULL;
	if (config_file_read(path, &text, &length, &status, error))
		return refuse_unreadable(path, error);
	int result = config_parse(path, text, length, config, error);
	free(text);
	return result;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->node_count; i++) {
		free(config->nodes[i].name);
		free(config->nodes[i].path);
		free(config->nodes[i].zone);
	}
	for (size_t i = 0; i < config->link_count; i++) {
		free(config->links[i].from);
		free(config->links[i].to);
	}
	free(config->nodes);
	free(config->links);
	free(config->path);
	free(config->store);
	free(config->console_theme);
	free(config);
}

const struct config_node *config_find_node(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->node_count; i++) {
		if (!strcmp(config->nodes[i].name, name))
			return &config->nodes[i];
	}
	return NULL;
}
