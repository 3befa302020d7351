/*
 * command_set_rf.c: says how many copies there are to be of names.
 */
#include "cli/each_name.h"

static int set_factor(
	struct store *store, const char *name, void *context, uint64_t *count, struct error *error)
{
	const uint64_t *factor = context;
	return store_set_replication(store, name, (unsigned)*factor, count, error);
}

int command_set_rf(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	uint64_t factor = 0;
	if (arguments_read_number("N", arguments->operands[0], 1, STORE_REPLICATION_MAX, &factor, &error) < 0)
		return command_fail(invocation, &error);
	const struct each_name each = {
		.key = "changed",
		.sentence = "changed the replication factor of",
		.one = "name",
		.many = "names",
		.action = set_factor,
		.context = &factor,
	};
	return each_name_run(invocation, arguments->operands + 1, arguments->operand_count - 1, &each);
}
