/*
 * command_ls.c: lists names, as they are or as they were at a snapshot.
 */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/entry.h"
#include "cli/output.h"

struct listing {
	bool json, with_details;
	char end;
	struct output_array array;
};

static void report(void *context, const struct entry *entry)
{
	struct listing *listing = context;
	if (listing->json) {
		output_array_add(&listing->array, entry_list_json(entry));
		return;
	}
	if (listing->with_details)
		entry_print_long(entry);
	else
		entry_print_name(entry);
	output_byte(listing->end);
}

int command_ls(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	struct store *store;
	struct listing listing = {
		.json = invocation->json,
		.with_details = arguments_has(arguments, "long"),
		.end = arguments_has(arguments, "null") ? '\0' : '\n',
	};
	if (listing.json && listing.end == '\0') {
		error_set(&error, ERROR_USAGE, "--null and --json exclude each other");
		return command_fail(invocation, &error);
	}
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	char *prefix = command_folder_name(arguments->operand_count ? arguments->operands[0] : "");
	int result = store_list(store, prefix, arguments_value(arguments, "at"), report, &listing, &error);
	free(prefix);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (listing.json) {
		output_array_end(&listing.array);
		output_byte('\n');
	}
	return EXIT_DONE;
}
