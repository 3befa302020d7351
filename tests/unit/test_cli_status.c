/* What cli/status.h promises: the picture in JSON and in words. */
#include "cli/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/output.h"

static const struct view_transfer transfers[10] = {
	{.file = "d/f@2",
		.source = "node-1",
		.target = "node-2",
		.purpose = "repair",
		.bytes = 1 << 20,
		.done_bytes = 1 << 19,
		.age_ms = 1500},
	{.file = "", .source = "node-1", .target = "node-3", .purpose = "drain", .bytes = 4096},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
	{.file = "g", .source = "a", .target = "b", .purpose = "spread"},
};

static struct view quiet_view(void)
{
	return (struct view){
		.store = "/s",
		.health = HEALTH_HEALTHY,
		.repair = {.reason = "", .eta_s = -1, .grace_left_s = -1},
		.maintenance_role = "none",
	};
}

static struct view busy_view(void)
{
	struct view view = quiet_view();
	view.repair = (struct view_repair){
		.state = REPAIR_GRACE,
		.reason = "node-3 went down",
		.queued = 5,
		.queued_bytes = 5 << 20,
		.queue = {[QUEUE_LAST_COPY] = {3, 4 << 20}, [QUEUE_MISSING] = {2, 1 << 20}},
		.active = 2,
		.rate = 1048576,
		.eta_s = 5,
		.grace_left_s = 3.4,
		.bandwidth = 2 << 20,
		.repaired = 9,
		.repaired_bytes = 9 << 20,
		.moved_bytes = 2 << 20,
		.trimmed_bytes = 1 << 20,
		.transfers = transfers,
		.transfer_count = 2,
	};
	view.scrub = (struct view_scrub){
		.running = true, .done = 3, .total = 8, .bad = 1, .rate = 4096, .oldest_verified_ms = 1000};
	return view;
}

static void expect_member(const struct view *view, const char *key, const char *expected)
{
	cJSON *object = status_json(view);
	char *text = json_print(cJSON_GetObjectItemCaseSensitive(object, key));
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(object);
}

static void json_tells_repair_and_scrub(void **state)
{
	(void)state;
	struct view view = busy_view();
	expect_member(&view, "repair",
		"{\"state\":\"grace\",\"reason\":\"node-3 went down\",\"queued\":5,\"queued_bytes\":5242880,"
		"\"queue\":{\"last_copy\":{\"chunks\":3,\"bytes\":4194304},\"missing\":{\"chunks\":2,"
		"\"bytes\":1048576},"
		"\"misplaced\":{\"chunks\":0,\"bytes\":0},\"drain\":{\"chunks\":0,\"bytes\":0},\"excess\":{"
		"\"chunks\":0,\"bytes\":0},"
		"\"balance\":{\"chunks\":0,\"bytes\":0}},"
		"\"active\":2,\"rate\":1048576,\"eta_s\":5,\"grace_left_s\":3.400,\"bandwidth\":2097152,"
		"\"repaired\":9,\"repaired_bytes\":9437184,\"moved_bytes\":2097152,\"trimmed_bytes\":1048576,"
		"\"transfers\":["
		"{\"file\":\"d/f@2\",\"source\":\"node-1\",\"target\":\"node-2\",\"purpose\":\"repair\","
		"\"bytes\":1048576,\"done\":524288,\"age_s\":1.500},"
		"{\"file\":null,\"source\":\"node-1\",\"target\":\"node-3\",\"purpose\":\"drain\","
		"\"bytes\":4096,\"done\":0,\"age_s\":0.000}]}");
	expect_member(&view, "scrub",
		"{\"running\":true,\"done\":3,\"total\":8,\"bad\":1,\"rate\":4096,"
		"\"oldest_verified\":\"1970-01-01T00:00:01Z\"}");
}

static void what_is_unknown_is_null(void **state)
{
	(void)state;
	struct view view = quiet_view();
	expect_member(&view, "repair",
		"{\"state\":\"idle\",\"reason\":\"\",\"queued\":0,\"queued_bytes\":0,"
		"\"queue\":{\"last_copy\":{\"chunks\":0,\"bytes\":0},\"missing\":{\"chunks\":0,\"bytes\":0},"
		"\"misplaced\":{\"chunks\":0,\"bytes\":0},\"drain\":{\"chunks\":0,\"bytes\":0},\"excess\":{"
		"\"chunks\":0,\"bytes\":0},"
		"\"balance\":{\"chunks\":0,\"bytes\":0}},"
		"\"active\":0,\"rate\":0,"
		"\"eta_s\":null,\"grace_left_s\":null,\"bandwidth\":0,\"repaired\":0,\"repaired_bytes\":0,"
		"\"moved_bytes\":0,\"trimmed_bytes\":0,"
		"\"transfers\":[]}");
	expect_member(&view, "scrub",
		"{\"running\":false,\"done\":0,\"total\":0,\"bad\":0,\"rate\":0,\"oldest_verified\":null}");
}

static void expect_upkeep(const struct view *view, const char *expected)
{
	output_hold();
	status_print_upkeep(view);
	char *text = output_held();
	assert_string_equal(text, expected);
	free(text);
}

static void words_tell_repair_and_scrub(void **state)
{
	(void)state;
	struct view view = busy_view();
	expect_upkeep(&view,
		"repair    grace: node-3 went down; 5 queued (5.0 MiB; 3 last copy, 2 missing), 2 "
		"active, 1.0 MiB/s, "
		"5 s left; at most 2.0 MiB/s; 9 done (9.0 MiB)\n"
		"            1.0 MiB  50%  node-1 -> node-2  1 s  repair: d/f@2\n"
		"            4.0 KiB  0%  node-1 -> node-3  0 ms  drain\n"
		"scrub     running: 3 of 8 chunks verified, 4.0 KiB/s; 1 bad; "
		"every copy was verified since 1970-01-01T00:00:01Z\n");
	view = quiet_view();
	view.repair.rate = 1 << 20; /* of what has just ended */
	expect_upkeep(&view, "repair    idle\nscrub     not running; not every copy was verified yet\n");
}

static void no_time_is_left_only_when_it_is_over(void **state)
{
	(void)state;
	struct view view = quiet_view();
	view.repair.state = REPAIR_RUNNING;
	view.repair.queued = 1;
	view.repair.queued_bytes = 1024;
	view.repair.queue[QUEUE_MISSING] = (struct view_queue){1, 1024};
	view.repair.eta_s = 0.1;
	expect_upkeep(&view, "repair    running; 1 queued (1.0 KiB), 0 active, under 1 s left\n"
			     "scrub     not running; not every copy was verified yet\n");
}

static void json_tells_traffic_and_links(void **state)
{
	(void)state;
	struct view view = quiet_view();
	const struct view_node nodes[] = {
		{.name = "a",
			.zone = "z",
			.path = "/a",
			.cause = "",
			.latency_ms = 0.5,
			.weight = 1,
			.read_bytes = UINT64_C(9007199254740993),
			.written_bytes = 2,
			.errors = 3},
		{.name = "b", .zone = "z", .path = "/b", .cause = "", .latency_ms = -1, .weight = 1},
	};
	const struct view_link links[] = {
		{.from = LINK_CLIENT,
			.to = 0,
			.latency_ms = 0.5,
			.simulated = {.latency_ms = 1, .jitter_ms = 2, .bandwidth = 3, .loss = 0.25}},
		{.from = 0, .to = 1, .latency_ms = -1, .cut = true}};
	view.nodes = nodes;
	view.node_count = 2;
	view.links = links;
	view.link_count = 2;
	expect_member(&view, "links",
		"[{\"from\":\"client\",\"to\":\"a\",\"latency_ms\":0.500,\"cut\":false,"
		"\"simulated\":{\"latency_ms\":1,\"jitter_ms\":2,\"bandwidth\":3,\"loss\":0.25}},"
		"{\"from\":\"a\",\"to\":\"b\",\"latency_ms\":null,\"cut\":true,"
		"\"simulated\":{\"latency_ms\":0,\"jitter_ms\":0,\"bandwidth\":0,\"loss\":0}}]");
	cJSON *object = status_json(&view);
	cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, "nodes"), 0);
	char *text = json_print(first);
	assert_non_null(strstr(text, "\"read_bytes\":9007199254740993,\"written_bytes\":2,\"errors\":3}"));
	free(text);
	cJSON_Delete(object);
}

static void expect_column_of_errors(const struct view *view, bool wanted)
{
	output_hold();
	nodes_print(view, 0);
	char *text = output_held();
	assert_int_equal(strstr(text, "ERRORS") != NULL, wanted);
	assert_int_equal(strstr(text, " 12 ") != NULL, wanted);
	free(text);
}

static void errors_have_a_column_where_there_are_some(void **state)
{
	(void)state;
	struct view view = quiet_view();
	struct view_node nodes[] = {{.name = "a", .zone = "z", .path = "/a", .cause = ""},
		{.name = "b", .zone = "z", .path = "/b", .cause = ""}};
	view.nodes = nodes;
	view.node_count = 2;
	expect_column_of_errors(&view, false);
	nodes[1].errors = 12;
	expect_column_of_errors(&view, true);
}

static void eight_transfers_are_shown(void **state)
{
	(void)state;
	struct view view = busy_view();
	view.repair.transfer_count = 8;
	output_hold();
	status_print_upkeep(&view);
	char *text = output_held();
	assert_null(strstr(text, "more"));
	free(text);
	view.repair.transfer_count = 10;
	output_hold();
	status_print_upkeep(&view);
	text = output_held();
	assert_non_null(strstr(text, "            and 2 more\nscrub"));
	free(text);
}

static void expect_reason(const struct view *view, const char *expected)
{
	char *reason = status_reason(view);
	assert_string_equal(reason, expected);
	free(reason);
}

static void the_first_reason_is_told(void **state)
{
	(void)state;
	struct view view = quiet_view();
	const struct view_check checks[] = {
		{.summary = "1 node is down."}, {.summary = "x"}, {.summary = ""}};
	view.checks = checks;
	expect_reason(&view, "");
	view.check_count = 1;
	expect_reason(&view, "1 node is down");
	view.check_count = 2;
	expect_reason(&view, "1 node is down; 1 more reason");
	view.check_count = 3;
	expect_reason(&view, "1 node is down; 2 more reasons");
	view.checks = checks + 2;
	view.check_count = 1;
	expect_reason(&view, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_tells_repair_and_scrub),
		cmocka_unit_test(what_is_unknown_is_null),
		cmocka_unit_test(words_tell_repair_and_scrub),
		cmocka_unit_test(no_time_is_left_only_when_it_is_over),
		cmocka_unit_test(json_tells_traffic_and_links),
		cmocka_unit_test(errors_have_a_column_where_there_are_some),
		cmocka_unit_test(eight_transfers_are_shown),
		cmocka_unit_test(the_first_reason_is_told),
	};
	return cmocka_run_group_tests_name("cli status", tests, NULL, NULL);
}
