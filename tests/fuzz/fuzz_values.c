/*
 * fuzz_values.c: single values as they are typed: sizes, times, nodes, links, lists, fields. What is read and written
 * again is read as the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link_spec.h"
#include "cli/node_list.h"
#include "cli/node_spec.h"
#include "cli/notify.h"
#include "cli/options.h"
#include "engine/config_schema.h"
#include "engine/field.h"
#include "engine/uuid.h"
#include "tests/fuzz/fuzz.h"
#include "tests/screen/sample.h"

static struct error error;

static void check_bytes(const char *text)
{
	uint64_t bytes, again;
	char written[32], shown[16];
	if (text_parse_bytes(text, &bytes) < 0)
		return;
	FUZZ_CHECK(text_parse_bytes(config_bytes_text(bytes, written), &again) == 0 && again == bytes);
	FUZZ_CHECK(strlen(text_bytes(shown, sizeof(shown), bytes)) <= 10);
}

static void check_duration(const char *text)
{
	int64_t time_ms, again;
	char written[32], shown[32];
	if (text_parse_duration(text, &time_ms) < 0)
		return;
	text_duration(shown, sizeof(shown), time_ms);
	FUZZ_CHECK(shown[0] != '\0');
	if (time_ms >= 0)
		FUZZ_CHECK(text_parse_duration(config_time_text((uint64_t)time_ms, written), &again) == 0 &&
			   again == time_ms);
}

static void add_escaped(char *out, const char *key, const char *value)
{
	strcat(out, key);
	size_t length = strlen(out);
	for (; value && *value; value++) {
		if (*value == ',' || *value == '\\')
			out[length++] = '\\';
		out[length++] = *value;
	}
	out[length] = '\0';
}

static void check_node_spec(const char *text)
{
	struct node_spec spec, again;
	if (node_spec_parse(&spec, text, &error) < 0) {
		fuzz_check_error(&error);
		return;
	}
	FUZZ_CHECK(spec.path && spec.path[0]);
	char *written = calloc(1, 2 * strlen(text) + 128), capacity[48];
	FUZZ_CHECK(written);
	add_escaped(written, "", spec.path);
	if (spec.name)
		add_escaped(written, ",name=", spec.name);
	if (spec.zone)
		add_escaped(written, ",zone=", spec.zone);
	snprintf(capacity, sizeof(capacity), ",capacity=%llu", (unsigned long long)spec.capacity_bytes);
	if (spec.capacity_bytes > 0)
		strcat(written, capacity);
	FUZZ_CHECK_WITH(node_spec_parse(&again, written, &error) == 0, written);
	FUZZ_CHECK_WITH(strcmp(spec.path, again.path) == 0, written);
	FUZZ_CHECK(!spec.name == !again.name && (!spec.name || strcmp(spec.name, again.name) == 0));
	FUZZ_CHECK(!spec.zone == !again.zone && (!spec.zone || strcmp(spec.zone, again.zone) == 0));
	FUZZ_CHECK(spec.capacity_bytes == again.capacity_bytes);
	node_spec_release(&again);
	node_spec_release(&spec);
	free(written);
}

static void check_link_spec(const char *text)
{
	struct link_change change = {.set_latency = false};
	if (link_spec_parse(text, &change, &error) < 0) {
		fuzz_check_error(&error);
		return;
	}
	FUZZ_CHECK(change.set_latency + change.set_jitter + change.set_bandwidth + change.set_loss +
			   change.set_cut ==
		   1);
	FUZZ_CHECK(change.to.loss >= 0 && change.to.loss <= 1);
	FUZZ_CHECK(change.to.latency_ms >= 0 && change.to.jitter_ms >= 0);
	FUZZ_CHECK(link_spec_parse(text, &change, &error) < 0); /* twice */
}

static void check_list(const char *text)
{
	struct node_list list = {.names = NULL};
	if (node_list_add(&list, "nodes", text, &error) < 0) {
		fuzz_check_error(&error);
		node_list_release(&list);
		return;
	}
	size_t length = 0;
	for (size_t i = 0; i < list.count; i++) {
		FUZZ_CHECK(list.names[i][0] && !strchr(list.names[i], ','));
		FUZZ_CHECK(strncmp(text + length, list.names[i], strlen(list.names[i])) == 0);
		length += strlen(list.names[i]) + 1;
	}
	FUZZ_CHECK(list.count > 0 && length == strlen(text) + 1);
	node_list_release(&list);
}

static void check_field(const char *text)
{
	static struct sample sample;
	struct field field;
	struct field_value value;
	char shown[64], near[256];
	if (!field_find(text, &field)) {
		const char *meant = field_near(text, near, sizeof(near));
		FUZZ_CHECK(!meant || field_find(meant, &field));
		return;
	}
	for (int kind = 0; kind < SAMPLES; kind++)
		if (field_read(sample_view(&sample, (enum sample_kind)kind), &field, &value))
			FUZZ_CHECK(field_print(&field, &value, shown, sizeof(shown))[0] != '\0');
}

static void check_number(const char *text)
{
	uint64_t number = 7;
	char written[32];
	if (arguments_read_number("the number", text, 2, 1000, &number, &error) < 0) {
		fuzz_check_error(&error);
		FUZZ_CHECK(number == 7);
		return;
	}
	FUZZ_CHECK(number >= 2 && number <= 1000);
	snprintf(written, sizeof(written), "%u", (unsigned)number);
	FUZZ_CHECK(arguments_read_number("the number", written, 2, 1000, &number, &error) == 0);
}

/* Lines are words; some of them are options. */
static void check_arguments(char *text)
{
	static const struct option *const tables[] = {
		get_options, new_options, status_options, events_options, put_options};
	size_t length = strlen(text);
	const char *words[64];
	size_t count = 0;
	char *rest = text;
	for (char *word; count < 64 && (word = strsep(&rest, "\n")) != NULL;)
		words[count++] = word;
	struct arguments arguments;
	arguments_init(&arguments, words, count);
	arguments_add_table(&arguments, tables[length % 5]);
	const char *word;
	if (arguments_word(&arguments, &word, &error) < 0 || arguments_rest(&arguments, &error) < 0)
		fuzz_check_error(&error);
	FUZZ_CHECK(arguments.operand_count <= count && arguments.given_count <= length);
	arguments_release(&arguments);
}

static void check_notify(const char *text)
{
	struct sockaddr_un address;
	socklen_t length = 0;
	if (notify_address(text, &address, &length, &error) < 0)
		fuzz_check_error(&error);
	else
		FUZZ_CHECK(length > 0 && length <= sizeof(address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_take_byte(&input);
	char *text = fuzz_take_text(&input, SIZE_MAX);
	static void (*const checks[])(const char *) = {check_bytes, check_duration, check_node_spec,
		check_link_spec, check_list, check_field, check_number, check_notify};
	size_t which = kind % (sizeof(checks) / sizeof(*checks) + 1);
	error_clear(&error);
	if (which < sizeof(checks) / sizeof(*checks))
		checks[which](text);
	else
		check_arguments(text);
	FUZZ_CHECK(!uuid_is_valid(text) || strlen(text) == UUID_SIZE - 1);
	free(text);
	return 0;
}
