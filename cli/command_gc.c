/*
 * command_gc.c: frees what nobody can ask for any more, or tells what that would be.
 */
#include "cli/command.h"
#include "cli/entry.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

#define LATER "as files are being stored or fetched just now, what was in use lately stays for an hour"

struct listing {
	bool json;
	uint64_t count;
	struct output_array array;
};

static void list_version(void *context, const struct collect_version *version)
{
	struct listing *listing = context;
	char size[16];
	listing->count++;
	if (listing->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_name(object, "name", version->name);
		json_add_integer(object, "version", version->version);
		json_add_text(object, "kind", entry_kind_name(version->kind));
		json_add_integer(object, "size", version->size_bytes);
		json_add_text(object, "why", version->why);
		output_array_add(&listing->array, object);
		return;
	}
	output_print("%10s  ", text_bytes(size, sizeof(size), version->size_bytes));
	output_name(version->name);
	output_print("%s@%llu  (%s)\n", version->kind == ENTRY_FOLDER ? "/" : "",
		(unsigned long long)version->version, version->why);
}

/* The sums come after a list that may be long, so they are written behind it. */
static void end_document(const struct collect_preview *preview, struct listing *listing)
{
	output_array_end(&listing->array);
	output_print(
		",\"versions\":%llu,\"chunks\":%llu,\"files\":%llu,\"bytes\":%llu,\"waiting_bytes\":%llu,"
		"\"clients\":%s}\n",
		(unsigned long long)preview->versions, (unsigned long long)preview->chunks,
		(unsigned long long)preview->files, (unsigned long long)preview->bytes,
		(unsigned long long)preview->waiting_bytes, preview->clients ? "true" : "false");
}

static void tell_preview(const struct collect_preview *preview)
{
	char versions[48], chunks[48], files[48], size[16];
	message_information("%s and %s would go, and %s on the nodes: %s (%llu bytes) would be free",
		command_count_text(versions, sizeof(versions), preview->versions, "version", "versions"),
		command_count_text(chunks, sizeof(chunks), preview->chunks, "chunk", "chunks"),
		command_count_text(files, sizeof(files), preview->files, "file", "files"),
		text_bytes(size, sizeof(size), preview->bytes), (unsigned long long)preview->bytes);
	if (preview->waiting_bytes)
		message_information("%s more would be free once the nodes that hold it are back",
			text_bytes(size, sizeof(size), preview->waiting_bytes));
	if (preview->clients)
		message_information(LATER);
}

static int look_ahead(const struct invocation *invocation, const struct collect_options *options)
{
	struct error error;
	struct store *store;
	struct collect_preview preview;
	struct listing listing = {.json = invocation->json};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	if (listing.json) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "kind", "gc");
		cJSON_AddBoolToObject(object, "dry_run", true);
		output_open_object(object);
		output_print(",\"would_go\":");
	}
	int result = store_preview_collection(store, options, list_version, &listing, &preview, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (listing.json)
		end_document(&preview, &listing);
	else
		tell_preview(&preview);
	return EXIT_DONE;
}

static cJSON *result_json(const struct pass_result *result)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "kind", "gc");
	cJSON_AddBoolToObject(object, "dry_run", false);
	json_add_integer(object, "versions", result->versions);
	json_add_integer(object, "chunks", result->chunks);
	json_add_integer(object, "files", result->files);
	json_add_integer(object, "bytes", result->bytes);
	json_add_integer(object, "waiting_bytes", result->waiting_bytes);
	json_add_decimal(object, "duration_s", (double)result->duration_ms / 1000);
	json_add_text(object, "by", result->by_other ? "other" : "self");
	json_add_text(object, "text", result->text);
	return object;
}

static int collect(const struct invocation *invocation, const struct collect_options *options)
{
	struct error error;
	struct store *store;
	struct pass_result result = {0};
	struct pass_options pass = {.kind = PASS_COLLECT, .collect = *options};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	pass.progress = progress_start(!invocation->quiet, "files") ? progress_show : NULL;
	pass.cancel = signals_cancel();
	int code = store_run_pass(store, NULL, &pass, &result, &error);
	progress_stop();
	store_close(store);
	if (code < 0)
		return command_fail(invocation, &error);
	if (result.left) {
		error_set(&error, ERROR_IO, "%s", result.text);
		return command_fail(invocation, &error);
	}
	if (invocation->json)
		output_document(result_json(&result));
	if (result.by_other)
		message_information("done by the process that maintains the store:");
	message_information("%s", result.text);
	return EXIT_DONE;
}

static int read_options(
	const struct arguments *arguments, struct collect_options *options, struct error *error)
{
	const char *age = arguments_value(arguments, "keep-for");
	*options = (struct collect_options){
		.set_keep_versions = arguments_has(arguments, "keep-versions"),
		.set_keep_for = age != NULL,
	};
	if (arguments_number(arguments, "keep-versions", 0, 1000000000, &options->keep_versions, error) < 0)
		return -1;
	if (age && text_parse_duration(age, &options->keep_for_ms) < 0)
		return error_set(error, ERROR_USAGE,
			"--keep-for: '%s' is neither a time such as 12h or 30d, nor 0 for no such rule", age);
	return 0;
}

int command_gc(const struct invocation *invocation)
{
	struct error error;
	struct collect_options options;
	if (read_options(invocation->arguments, &options, &error) < 0)
		return command_fail(invocation, &error);
	return arguments_has(invocation->arguments, "dry-run") ? look_ahead(invocation, &options)
							       : collect(invocation, &options);
}
