/*
 * command_pass.c: scrub, repair and rebalance, each one full pass in the foreground; and what steers the
 * repair that runs in some other process.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

static const char *kind_name(enum pass_kind kind)
{
	switch (kind) {
	case PASS_SCRUB:
		return "scrub";
	case PASS_REBALANCE:
		return "rebalance";
	case PASS_REPAIR:
	case PASS_COLLECT: /* command_gc.c */
		break;
	}
	return "repair";
}

static cJSON *result_json(enum pass_kind kind, const struct pass_result *result)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "kind", kind_name(kind));
	json_add_integer(object, "chunks", result->chunks);
	json_add_integer(object, "bytes", result->bytes);
	json_add_integer(object, "bad", result->bad);
	json_add_integer(object, "left", result->left);
	json_add_decimal(object, "duration_s", (double)result->duration_ms / 1000);
	json_add_text(object, "by", result->by_other ? "other" : "self");
	json_add_text(object, "text", result->text);
	return object;
}

static int conclude(
	const struct invocation *invocation, enum pass_kind kind, const struct pass_result *result)
{
	struct error message;
	char count[64];
	if (invocation->json)
		output_document(result_json(kind, result));
	if (result->by_other)
		message_information("done by the process that maintains the store:");
	message_information("%s", result->text);
	if (kind == PASS_SCRUB && result->bad > 0) {
		error_set(&message, ERROR_DAMAGED, "%s; repair makes good ones",
			command_count_text(
				count, sizeof(count), result->bad, "copy was bad", "copies were bad"));
		message_warning(&message);
	}
	if (kind == PASS_SCRUB && result->left > 0) {
		error_set(&message, ERROR_UNAVAILABLE, "%s; 'linckia status' tells why",
			command_count_text(count, sizeof(count), result->left, "chunk was not verified",
				"chunks were not verified"));
		return command_fail(invocation, &message);
	}
	if (kind == PASS_REPAIR && result->left > 0) {
		error_set(&message, ERROR_UNAVAILABLE, "%s; 'linckia status' tells why",
			command_count_text(count, sizeof(count), result->left, "chunk still lacks copies",
				"chunks still lack copies"));
		return command_fail(invocation, &message);
	}
	return EXIT_DONE;
}

static int run_pass(const struct invocation *invocation, struct pass_options *options)
{
	struct error error;
	struct store *store;
	struct pass_result result = {0};
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	options->progress = progress_start(!invocation->quiet, "chunks") ? progress_show : NULL;
	options->cancel = signals_cancel();
	int code = store_run_pass(store, NULL, options, &result, &error);
	progress_stop();
	store_close(store);
	return code < 0 ? command_fail(invocation, &error) : conclude(invocation, options->kind, &result);
}

int command_scrub(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct error error;
	struct pass_options options = {
		.kind = PASS_SCRUB,
		.node = arguments->operand_count ? arguments->operands[0] : NULL,
	};
	if (arguments_size(arguments, "bandwidth", 0, UINT64_MAX, &options.bandwidth, &error) < 0)
		return command_fail(invocation, &error);
	options.limited = options.bandwidth > 0;
	return run_pass(invocation, &options);
}

int command_rebalance(const struct invocation *invocation)
{
	struct pass_options options = {.kind = PASS_REBALANCE};
	return run_pass(invocation, &options);
}

static int read_control(
	const struct arguments *arguments, struct repair_control *control, struct error *error)
{
	const char *bandwidth = arguments_value(arguments, "bandwidth");
	bool pause = arguments_has(arguments, "pause"), resume = arguments_has(arguments, "resume");
	if (pause && resume)
		return error_set(error, ERROR_USAGE, "give either --pause or --resume, not both");
	*control = (struct repair_control){
		.set_bandwidth = bandwidth != NULL,
		.bandwidth_of_config = bandwidth && strcmp(bandwidth, "default") == 0,
		.set_paused = pause || resume,
		.paused = pause,
	};
	if (!bandwidth || control->bandwidth_of_config)
		return 0;
	if (arguments_size(arguments, "bandwidth", 0, UINT64_MAX, &control->bandwidth, error) < 0)
		return error_set(error, ERROR_USAGE,
			"--bandwidth: '%s' is neither a size such as 512KiB or 64MiB, nor 0 for no limit, "
			"nor 'default'",
			bandwidth);
	return 0;
}

/* What was left as it is, is null. */
static cJSON *control_json(const struct repair_control *control)
{
	cJSON *object = cJSON_CreateObject();
	if (control->set_bandwidth && !control->bandwidth_of_config)
		json_add_integer(object, "bandwidth", control->bandwidth);
	else
		cJSON_AddNullToObject(object, "bandwidth");
	cJSON_AddBoolToObject(object, "bandwidth_of_config", control->bandwidth_of_config);
	if (control->set_paused)
		cJSON_AddBoolToObject(object, "paused", control->paused);
	else
		cJSON_AddNullToObject(object, "paused");
	return object;
}

static void tell_control(const struct repair_control *control)
{
	char text[16];
	if (control->bandwidth_of_config)
		message_information("repair keeps to the limit of the config again");
	else if (control->set_bandwidth && control->bandwidth)
		message_information("repair copies at most %s a second from now on",
			text_bytes(text, sizeof(text), control->bandwidth));
	else if (control->set_bandwidth)
		message_information("repair has no limit from now on");
	if (control->set_paused && control->paused)
		message_information("repair is paused until 'linckia repair --resume'");
	else if (control->set_paused)
		message_information("repair is not paused any more");
}

static int steer(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	struct repair_control control;
	if (read_control(invocation->arguments, &control, &error) < 0 ||
		command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_control_repair(store, &control, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	if (invocation->json)
		output_document(control_json(&control));
	tell_control(&control);
	return EXIT_DONE;
}

int command_repair(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct pass_options options = {.kind = PASS_REPAIR};
	if (arguments_has(arguments, "bandwidth") || arguments_has(arguments, "pause") ||
		arguments_has(arguments, "resume"))
		return steer(invocation);
	return run_pass(invocation, &options);
}
