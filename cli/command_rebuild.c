/*
 * command_rebuild.c: regrows the catalog, and tells what is missing.
 */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/signals.h"

/* `context` is the JSON array of what was said. */
static void report(void *context, const char *sentence)
{
	cJSON_AddItemToArray(context, json_text(sentence));
	message_information("%s", sentence);
}

static void add_numbers(cJSON *object, const struct rebuild_result *result)
{
	json_add_integer(object, "sequence", result->sequence);
	json_add_integer(object, "records", result->records);
	json_add_integer(object, "gaps", result->gaps);
	json_add_integer(object, "damaged_lines", result->damaged_lines);
	json_add_integer(object, "nodes", result->nodes);
	json_add_integer(object, "nodes_absent", result->nodes_absent);
	json_add_integer(object, "files", result->files);
	json_add_integer(object, "versions", result->versions);
	json_add_integer(object, "snapshots", result->snapshots);
	json_add_integer(object, "bytes", result->bytes);
	json_add_integer(object, "chunks", result->chunks);
	json_add_integer(object, "copies", result->copies);
	json_add_integer(object, "chunks_missing", result->chunks_missing);
	json_add_integer(object, "unknown_files", result->unknown);
	json_add_integer(object, "unknown_bytes", result->unknown_bytes);
	json_add_name(object, "aside", result->aside);
}

static void tell(const struct rebuild_result *result)
{
	char files[64], versions[64], snapshots[64], chunks[64], copies[64], bytes[32];
	command_count_text(files, sizeof(files), result->files, "file", "files");
	command_count_text(versions, sizeof(versions), result->versions, "version", "versions");
	command_count_text(snapshots, sizeof(snapshots), result->snapshots, "snapshot", "snapshots");
	command_count_text(chunks, sizeof(chunks), result->chunks, "chunk", "chunks");
	command_count_text(copies, sizeof(copies), result->copies, "copy", "copies");
	message_information("regrew the catalog: %s, %s, %s; %s with %s on the nodes that are there", files,
		versions, snapshots, chunks, copies);
	if (result->unknown)
		message_information("%s belong to no version (%s); collection removes them",
			command_count_text(
				chunks, sizeof(chunks), result->unknown, "chunk file", "chunk files"),
			text_bytes(bytes, sizeof(bytes), result->unknown_bytes));
	if (result->aside[0])
		message_information("the catalog that was there is %s now", result->aside);
}

static void warn(const struct rebuild_result *result)
{
	struct error message;
	char count[64];
	if (result->chunks_missing) {
		error_set(&message, ERROR_UNAVAILABLE,
			"%s no copy on the nodes that are there; bring back the others",
			command_count_text(
				count, sizeof(count), result->chunks_missing, "chunk has", "chunks have"));
		message_warning(&message);
	}
	if (result->gaps) {
		error_set(&message, ERROR_DAMAGED, "the history is not whole: see above; %s damaged",
			command_count_text(count, sizeof(count), result->damaged_lines,
				"line of the journals is", "lines of the journals are"));
		message_warning(&message);
	}
}

int command_rebuild(const struct invocation *invocation)
{
	struct error error;
	struct rebuild_result result;
	char *config = NULL;
	if (store_find_config(invocation->config, &config, &error) < 0)
		return command_fail(invocation, &error);
	cJSON *object = cJSON_CreateObject();
	signals_catch();
	struct rebuild_options options = {
		.force = arguments_has(invocation->arguments, "force"),
		.report = report,
		.context = cJSON_AddArrayToObject(object, "report"),
		.cancel = signals_cancel(),
	};
	int status = store_rebuild(config, &options, &result, &error);
	free(config);
	if (status < 0) {
		cJSON_Delete(object);
		return command_fail(invocation, &error);
	}
	add_numbers(object, &result);
	if (invocation->json)
		output_document(object);
	else
		cJSON_Delete(object);
	tell(&result);
	warn(&result);
	return EXIT_DONE;
}
