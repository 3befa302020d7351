#include "cli/each_name.h"

#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"

int each_name_run(const struct invocation *invocation, const char *const *names, size_t count,
	const struct each_name *each)
{
	struct error error;
	struct store *store;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int status = EXIT_DONE;
	uint64_t total = 0;
	cJSON *object = cJSON_CreateObject();
	cJSON *array = cJSON_AddArrayToObject(object, "names");
	for (size_t i = 0; i < count; i++) {
		uint64_t changed = 0;
		if (each->action(store, names[i], each->context, &changed, &error) < 0) {
			int failed = command_fail(invocation, &error);
			if (failed > status)
				status = failed;
			continue;
		}
		total += changed;
		cJSON *item = cJSON_CreateObject();
		json_add_name(item, "name", names[i]);
		json_add_integer(item, each->key, changed);
		cJSON_AddItemToArray(array, item);
	}
	store_close(store);
	json_add_integer(object, each->key, total);
	if (invocation->json)
		output_document(object);
	else
		cJSON_Delete(object);
	char text[48];
	if (status == EXIT_DONE || total > 0)
		message_information("%s %s", each->sentence,
			command_count_text(text, sizeof(text), total, each->one, each->many));
	return status;
}
