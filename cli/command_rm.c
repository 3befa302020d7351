/*
 * command_rm.c: removes names.
 */
#include "cli/each_name.h"

static int remove_name(
	struct store *store, const char *name, void *context, uint64_t *count, struct error *error)
{
	(void)context;
	return store_remove(store, name, count, error);
}

int command_rm(const struct invocation *invocation)
{
	const struct each_name each = {
		.key = "removed",
		.sentence = "removed",
		.one = "name",
		.many = "names",
		.action = remove_name,
	};
	const struct arguments *arguments = invocation->arguments;
	return each_name_run(invocation, arguments->operands, arguments->operand_count, &each);
}
