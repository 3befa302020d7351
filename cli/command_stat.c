/*
 * command_stat.c: one version of a name, its chunks, and where each copy is.
 */

#include "cli/command.h"
#include "cli/entry.h"
#include "cli/json.h"
#include "cli/output.h"

/* Chunks are printed as they come: a file may have more of them than memory has room for. */
struct description {
	bool json;
	uint64_t chunks;
	struct output_array array;
};

static void print_field(const char *label, const char *text)
{
	output_print("%-9s ", label);
	output_text(text);
	output_byte('\n');
}

static void print_number(const char *label, uint64_t number)
{
	output_print("%-9s %llu\n", label, (unsigned long long)number);
}

static void report_entry(void *context, const struct entry *entry)
{
	struct description *description = context;
	char mode[ENTRY_MODE_SIZE], bytes[16], time[40];
	if (description->json) {
		output_open_object(entry_stat_json(entry));
		output_print(",\"chunks\":");
		return;
	}
	output_print("%-9s ", "name");
	output_name(entry->name);
	output_byte('\n');
	print_field("kind", entry_kind_name(entry->kind));
	if (entry->target)
		print_field("target", entry->target);
	print_number("version", entry->version);
	output_print("%-9s %s (%llu bytes)\n", "size", text_bytes(bytes, sizeof(bytes), entry->size_bytes),
		(unsigned long long)entry->size_bytes);
	print_field("mode", entry_mode(mode, sizeof(mode), entry));
	print_field("modified", entry_time(time, sizeof(time), entry));
	print_field("stored", text_time(time, sizeof(time), entry->stored_ms));
	print_number("copies", entry->replication_factor);
	if (entry->sha256[0])
		print_field("sha256", entry->sha256);
	print_number("chunks", entry->chunks);
}

static enum colour colour_of_replica(enum replica_state state)
{
	return state == REPLICA_LIVE ? COLOUR_GOOD : state == REPLICA_BAD ? COLOUR_BAD : COLOUR_WARNING;
}

static void print_replicas(const struct stat_chunk *chunk)
{
	if (chunk->replica_count == 0)
		output_coloured(COLOUR_BAD, "no copy");
	for (size_t i = 0; i < chunk->replica_count; i++) {
		const struct stat_replica *replica = &chunk->replicas[i];
		output_print("%s", i ? ", " : "");
		output_text(replica->node);
		output_byte(' ');
		output_coloured(colour_of_replica(replica->state), replica_state_name(replica->state));
	}
}

static void print_chunk(const struct stat_chunk *chunk)
{
	char bytes[16], whole[16];
	output_print("  %s  %10s  ", chunk->sha256, text_bytes(bytes, sizeof(bytes), chunk->length));
	print_replicas(chunk);
	if (chunk->length != chunk->size_bytes)
		output_print("  (from byte %llu of %s)", (unsigned long long)chunk->offset,
			text_bytes(whole, sizeof(whole), chunk->size_bytes));
	output_byte('\n');
}

static cJSON *chunk_json(const struct stat_chunk *chunk)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "sha256", chunk->sha256);
	json_add_integer(object, "size", chunk->size_bytes);
	json_add_integer(object, "offset", chunk->offset);
	json_add_integer(object, "length", chunk->length);
	cJSON *replicas = cJSON_AddArrayToObject(object, "replicas");
	for (size_t i = 0; i < chunk->replica_count; i++) {
		cJSON *replica = cJSON_CreateObject();
		json_add_text(replica, "node", chunk->replicas[i].node);
		json_add_text(replica, "state", replica_state_name(chunk->replicas[i].state));
		cJSON_AddItemToArray(replicas, replica);
	}
	return object;
}

static void report_chunk(void *context, const struct stat_chunk *chunk)
{
	struct description *description = context;
	if (description->json) {
		output_array_add(&description->array, chunk_json(chunk));
		return;
	}
	if (description->chunks++ == 0)
		output_byte('\n');
	print_chunk(chunk);
}

int command_stat(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct description description = {.json = invocation->json};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	const char *name = invocation->arguments->operands[0];
	int result = store_stat(store, name, report_entry, report_chunk, &description, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (description.json) {
		output_array_end(&description.array);
		output_print("}\n");
	}
	return EXIT_DONE;
}
