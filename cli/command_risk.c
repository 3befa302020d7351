/*
 * command_risk.c: the files at risk, as things are or as they would be without some nodes.
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/node_list.h"
#include "cli/output.h"

struct risk {
	bool json;
	bool supposed; /* some nodes are only supposed to be lost */
	uint64_t count;
	uint64_t without; /* of these, the versions with a chunk that has no live copy */
	struct output_array array;
};

static cJSON *risk_json(const struct risk_file *file)
{
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", file->name);
	json_add_integer(object, "version", file->version);
	cJSON_AddBoolToObject(object, "current", file->current);
	json_add_texts(object, "snapshots", file->snapshots, file->snapshot_count);
	json_add_integer(object, "chunks_at_risk", file->chunks_at_risk);
	json_add_integer(object, "worst_live", file->worst_live);
	json_add_integer(object, "want", file->want);
	return object;
}

/* Columns of a fixed width: a list may be too long to measure it first. */
static void print_title(void)
{
	char title[80];
	snprintf(title, sizeof(title), "%4s  %4s  %8s  %7s  %-7s  %s", "LIVE", "WANT", "CHUNKS", "VERSION",
		"IS", "NAME");
	output_coloured(COLOUR_DIM, title);
	output_byte('\n');
}

static void report(void *context, const struct risk_file *file)
{
	struct risk *risk = context;
	risk->without += file->worst_live == 0;
	if (risk->json) {
		risk->count++;
		output_array_add(&risk->array, risk_json(file));
		return;
	}
	if (risk->count++ == 0)
		print_title();
	char live[16];
	snprintf(live, sizeof(live), "%4u", file->worst_live);
	output_coloured(file->worst_live == 0 ? COLOUR_BAD : COLOUR_WARNING, live);
	output_print("  %4u  %8llu  %7llu  %-7s  ", file->want, (unsigned long long)file->chunks_at_risk,
		(unsigned long long)file->version, file->current ? "current" : "old");
	output_name(file->name);
	output_byte('\n');
}

static void conclude(const struct risk *risk)
{
	char versions[48];
	if (risk->count == 0 && risk->supposed)
		output_print(
			"No file would be at risk: every chunk would have as many live copies as wanted.\n");
	else if (risk->count == 0)
		output_print("No file is at risk: every chunk has as many live copies as wanted.\n");
	else
		message_information("%s at risk; %llu of them with a chunk that has no live copy",
			command_count_text(versions, sizeof(versions), risk->count, "version", "versions"),
			(unsigned long long)risk->without);
}

int command_risk(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct node_list lost;
	struct risk risk = {.json = invocation->json};
	if (node_list_init(&lost, invocation->arguments, "if-lost", &error) < 0)
		return command_fail(invocation, &error);
	risk.supposed = lost.count > 0;
	int result = command_open(invocation, &store, &error);
	if (result == 0) {
		result =
			store_risk(store, (const char *const *)lost.names, lost.count, report, &risk, &error);
		store_close(store);
	}
	node_list_release(&lost);
	if (result < 0)
		return command_fail(invocation, &error);
	if (risk.json) {
		output_array_end(&risk.array);
		output_byte('\n');
	} else {
		conclude(&risk);
	}
	return EXIT_DONE;
}
