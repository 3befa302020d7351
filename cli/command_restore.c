/*
 * command_restore.c: makes an older version of a name the current one.
 */
#include <stdlib.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"

static void conclude(const struct invocation *invocation, const struct restore_result *result)
{
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_name(object, "name", result->name);
		json_add_integer(object, "from", result->from);
		json_add_integer(object, "version", result->version);
		cJSON_AddBoolToObject(object, "changed", result->changed);
		output_document(object);
	}
	if (result->changed)
		message_information("restored version %llu of '%s', as version %llu",
			(unsigned long long)result->from, result->name, (unsigned long long)result->version);
	else
		message_information("'%s' is what it was in version %llu already: nothing to restore",
			result->name, (unsigned long long)result->from);
}

int command_restore(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct restore_result *result = allocate(1, sizeof(*result));
	int status = EXIT_DONE;
	if (command_open(invocation, &store, &error) < 0) {
		status = command_fail(invocation, &error);
	} else {
		int restored = store_restore(store, invocation->arguments->operands[0], result, &error);
		store_close(store);
		if (restored < 0)
			status = command_fail(invocation, &error);
		else
			conclude(invocation, result);
	}
	free(result);
	return status;
}
