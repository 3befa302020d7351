/*
 * command_snapshot.c: takes, lists, shows, compares, restores and removes snapshots.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/each_name.h"
#include "cli/entry.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/table.h"

static const char *operand(const struct invocation *invocation, size_t index)
{
	const struct arguments *arguments = invocation->arguments;
	return index < arguments->operand_count ? arguments->operands[index] : NULL;
}

static cJSON *snapshot_json(const struct snapshot *snapshot)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "name", snapshot->name);
	json_add_time(object, "created", snapshot->created_ms);
	json_add_integer(object, "sequence", snapshot->sequence);
	json_add_integer(object, "files", snapshot->files);
	json_add_integer(object, "bytes", snapshot->bytes);
	return object;
}

/* ---- create ---- */

int command_snapshot_create(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct snapshot snapshot;
	char files[48], bytes[16];
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_snapshot_create(store, operand(invocation, 0), &snapshot, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (invocation->json)
		output_document(snapshot_json(&snapshot));
	else if (!operand(invocation, 0))
		output_print("%s\n", snapshot.name);
	message_information("the snapshot '%s' holds %s, %s", snapshot.name,
		command_count_text(files, sizeof(files), snapshot.files, "file", "files"),
		text_bytes(bytes, sizeof(bytes), snapshot.bytes));
	return EXIT_DONE;
}

/* ---- list ---- */

struct listing {
	struct table *table; /* NULL: JSON */
	struct output_array array;
};

static void list_snapshot(void *context, const struct snapshot *snapshot)
{
	struct listing *listing = context;
	char time[40], files[24], bytes[16];
	if (!listing->table) {
		output_array_add(&listing->array, snapshot_json(snapshot));
		return;
	}
	snprintf(files, sizeof(files), "%llu", (unsigned long long)snapshot->files);
	table_add(listing->table, snapshot->name);
	table_add(listing->table, text_time(time, sizeof(time), snapshot->created_ms));
	table_add(listing->table, files);
	table_add(listing->table, text_bytes(bytes, sizeof(bytes), snapshot->bytes));
}

int command_snapshot_list(const struct invocation *invocation)
{
	static const struct table_column columns[] = {
		{"NAME", false}, {"CREATED", false}, {"FILES", true}, {"SIZE", true}};
	struct error error;
	struct store *store;
	struct listing listing = {.table = NULL};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	if (!invocation->json)
		listing.table = table_new(columns, sizeof(columns) / sizeof(*columns));
	int result = store_snapshot_list(store, list_snapshot, &listing, &error);
	store_close(store);
	if (result == 0 && listing.table) {
		table_print(listing.table, 0);
	} else if (result == 0) {
		output_array_end(&listing.array);
		output_byte('\n');
	}
	table_free(listing.table);
	return result < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}

/* ---- show ---- */

static void show_json(void *context, const struct entry *entry)
{
	output_array_add(context, entry_list_json(entry));
}

static void show_text(void *context, const struct entry *entry)
{
	(void)context;
	entry_print_long(entry);
	output_byte('\n');
}

static void print_snapshot(const struct snapshot *snapshot)
{
	char time[40], bytes[16];
	output_print("%-9s %s\n", "name", snapshot->name);
	output_print("%-9s %s\n", "created", text_time(time, sizeof(time), snapshot->created_ms));
	output_print("%-9s %llu\n", "files", (unsigned long long)snapshot->files);
	output_print("%-9s %s (%llu bytes)\n\n", "size", text_bytes(bytes, sizeof(bytes), snapshot->bytes),
		(unsigned long long)snapshot->bytes);
}

static int show(struct store *store, const struct invocation *invocation, struct output_array *array,
	struct error *error)
{
	struct snapshot snapshot;
	const char *name = operand(invocation, 0), *given = operand(invocation, 1);
	if (store_snapshot_find(store, name, &snapshot, error) < 0)
		return -1;
	if (invocation->json) {
		output_open_object(snapshot_json(&snapshot));
		output_print(",\"entries\":");
	} else {
		print_snapshot(&snapshot);
	}
	char *prefix = command_folder_name(given ? given : "");
	int result = store_list(store, prefix, name, invocation->json ? show_json : show_text, array, error);
	free(prefix);
	return result;
}

int command_snapshot_show(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct output_array array = {0};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = show(store, invocation, &array, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (invocation->json) {
		output_array_end(&array);
		output_print("}\n");
	}
	return EXIT_DONE;
}

/* ---- diff ---- */

static void add_side(cJSON *object, const char *key, const struct entry *entry)
{
	if (!entry) {
		cJSON_AddNullToObject(object, key);
		return;
	}
	cJSON *side = cJSON_AddObjectToObject(object, key);
	json_add_integer(side, "version", entry->version);
	json_add_integer(side, "size", entry->size_bytes);
}

static void diff_json(void *context, const struct entry *before, const struct entry *after)
{
	const struct entry *entry = after ? after : before;
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", entry->name);
	json_add_text(object, "kind", entry_kind_name(entry->kind));
	json_add_text(object, "change", !before ? "added" : !after ? "removed" : "changed");
	add_side(object, "before", before);
	add_side(object, "after", after);
	output_array_add(context, object);
}

static void diff_text(void *context, const struct entry *before, const struct entry *after)
{
	(void)context;
	output_coloured(!before  ? COLOUR_GOOD
			: !after ? COLOUR_BAD
				 : COLOUR_WARNING,
		!before  ? "+"
		: !after ? "-"
			 : "~");
	output_byte(' ');
	entry_print_name(after ? after : before);
	output_byte('\n');
}

int command_snapshot_diff(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct output_array array = {0};
	const char *before = operand(invocation, 0), *after = operand(invocation, 1);
	const struct diff_options options = {
		.prefix = operand(invocation, 2),
		.report = invocation->json ? diff_json : diff_text,
		.context = &array,
		.cancel = signals_cancel(),
	};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	int result = store_snapshot_diff(store, before, after ? after : SNAPSHOT_NOW, &options, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (invocation->json) {
		output_array_end(&array);
		output_byte('\n');
	}
	return EXIT_DONE;
}

/* ---- restore ---- */

static cJSON *restore_json(const char *name, const struct snapshot_restore_result *result)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "name", name);
	json_add_integer(object, "restored", result->restored);
	json_add_integer(object, "removed", result->removed);
	json_add_integer(object, "bytes", result->bytes);
	json_add_text(object, "undo", result->undo[0] ? result->undo : NULL);
	return object;
}

static void tell_restored(const struct invocation *invocation, const struct snapshot_restore_result *result)
{
	char restored[48], removed[48], bytes[16];
	const char *prefix = operand(invocation, 1);
	if (!result->undo[0]) {
		message_information("nothing differs from the snapshot '%s'", operand(invocation, 0));
		return;
	}
	message_information("brought back %s (%s), removed %s",
		command_count_text(restored, sizeof(restored), result->restored, "name", "names"),
		text_bytes(bytes, sizeof(bytes), result->bytes),
		command_count_text(removed, sizeof(removed), result->removed, "name", "names"));
	message_information("to undo that: linckia snapshot restore %s%s%s%s", result->undo,
		prefix ? " '" : "", prefix ? prefix : "", prefix ? "'" : "");
}

int command_snapshot_restore(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct snapshot_restore_result result;
	const char *name = operand(invocation, 0);
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	const struct snapshot_restore_options options = {
		.prefix = operand(invocation, 1),
		.progress = progress_start(!invocation->quiet, "names") ? progress_show : NULL,
		.cancel = signals_cancel(),
	};
	int restored = store_snapshot_restore(store, name, &options, &result, &error);
	progress_stop();
	store_close(store);
	int status = restored < 0 ? command_fail(invocation, &error) : EXIT_DONE;
	if (restored == 0 && invocation->json)
		output_document(restore_json(name, &result));
	if (restored == 0 || result.undo[0])
		tell_restored(invocation, &result);
	return status;
}

/* ---- rm ---- */

static int remove_snapshot(
	struct store *store, const char *name, void *context, uint64_t *count, struct error *error)
{
	(void)context;
	if (store_snapshot_remove(store, name, error) < 0)
		return -1;
	*count = 1;
	return 0;
}

int command_snapshot_rm(const struct invocation *invocation)
{
	const struct each_name each = {
		.key = "removed",
		.sentence = "removed",
		.one = "snapshot",
		.many = "snapshots",
		.action = remove_snapshot,
	};
	const struct arguments *arguments = invocation->arguments;
	return each_name_run(invocation, arguments->operands, arguments->operand_count, &each);
}
