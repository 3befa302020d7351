/*
 * command_versions.c: all versions of a name, and which snapshots hold them.
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/entry.h"
#include "cli/output.h"

struct versions {
	bool json;
	uint64_t count;
	struct output_array array;
};

static void print_snapshots(const struct version *version)
{
	for (size_t i = 0; i < version->snapshot_count; i++) {
		output_print("%s", i ? ", " : "  ");
		output_text(version->snapshots[i]);
	}
}

/* Columns of a fixed width: a list may be too long to measure it first. */
static void print_version(struct versions *versions, const struct version *version)
{
	const struct entry *entry = &version->entry;
	char mode[ENTRY_MODE_SIZE], bytes[16], time[40];
	if (versions->count++ == 0) {
		char title[160];
		snprintf(title, sizeof(title), "%7s  %-24s  %-24s  %-10s  %10s  %-24s  %-12s  %s", "VERSION",
			"STORED", "ENDED", "MODE", "SIZE", "MODIFIED", "SHA256", "SNAPSHOTS");
		output_coloured(COLOUR_DIM, title);
		output_byte('\n');
	}
	output_print("%7llu  %-24s  ", (unsigned long long)entry->version,
		text_time(time, sizeof(time), entry->stored_ms));
	if (version->current)
		output_coloured(COLOUR_GOOD, "current                 ");
	else
		output_print("%-24s", text_time(time, sizeof(time), version->ended_ms));
	output_print("  %s  %10s", entry_mode(mode, sizeof(mode), entry),
		text_bytes(bytes, sizeof(bytes), entry->size_bytes));
	output_print("  %-24s  %-12.12s", entry_time(time, sizeof(time), entry), entry->sha256);
	print_snapshots(version);
	output_byte('\n');
}

static void report(void *context, const struct version *version)
{
	struct versions *versions = context;
	if (versions->json)
		output_array_add(&versions->array, entry_version_json(version));
	else
		print_version(versions, version);
}

int command_versions(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct versions versions = {.json = invocation->json};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_versions(store, invocation->arguments->operands[0], report, &versions, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (versions.json) {
		output_array_end(&versions.array);
		output_byte('\n');
	}
	return EXIT_DONE;
}
