/*
 * command_init.c: makes the store that the config describes.
 */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"

/* `context` is the JSON array of nodes. */
static void report(void *context, const char *node, const char *what)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "name", node);
	json_add_text(object, "result", what);
	cJSON_AddItemToArray(context, object);
	message_information("%s: %s", node, what);
}

int command_init(const struct invocation *invocation)
{
	struct error error;
	char *config = NULL;
	if (store_find_config(invocation->config, &config, &error) < 0)
		return command_fail(invocation, &error);
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "config", config);
	int result = store_init(config, report, cJSON_AddArrayToObject(object, "nodes"), &error);
	free(config);
	if (result < 0) {
		cJSON_Delete(object);
		return command_fail(invocation, &error);
	}
	if (invocation->json)
		output_document(object);
	else
		cJSON_Delete(object);
	return EXIT_DONE;
}
