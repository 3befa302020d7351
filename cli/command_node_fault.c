/* command_node_fault.c: faults for rehearsals, of which the store is not told. */
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"

static int conclude(const struct invocation *invocation, uint64_t chunks, const char *done)
{
	const char *name = invocation->arguments->operands[0];
	char count[48];
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "name", name);
		json_add_integer(object, "chunks", chunks);
		output_document(object);
	}
	message_information("%s: %s %s", name, done,
		command_count_text(count, sizeof(count), chunks, "chunk file", "chunk files"));
	return EXIT_DONE;
}

int command_node_wipe(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	uint64_t chunks = 0;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_node_wipe(store, invocation->arguments->operands[0], &chunks, &error);
	store_close(store);
	return result < 0 ? command_fail(invocation, &error) : conclude(invocation, chunks, "deleted");
}

int command_node_corrupt(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	struct store *store;
	uint64_t count = 1, chunks = 0;
	if (arguments_number(arguments, "chunks", 1, UINT64_MAX, &count, &error) < 0 ||
		command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_node_corrupt(store, arguments->operands[0], count, &chunks, &error);
	store_close(store);
	return result < 0 ? command_fail(invocation, &error) : conclude(invocation, chunks, "damaged");
}
