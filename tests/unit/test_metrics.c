/* What cli/metrics.h and cli/exposition.h promise: numbers that Prometheus takes, whatever names are like. */
#include "cli/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct view_node nodes[] = {
	{.name = "node-1",
		.zone = "shelf \"1\"",
		.path = "/secret/one",
		.cause = "",
		.state = NODE_UP,
		.capacity_bytes = UINT64_MAX,
		.used_bytes = UINT64_MAX - 1,
		.chunks = 3,
		.at_risk = 2,
		.latency_ms = 1.5,
		.read_bytes = 10,
		.written_bytes = 20,
		.errors = 1},
	{.name = "node-2",
		.zone = "back\\slash",
		.path = "/secret/two",
		.cause = "folder missing",
		.state = NODE_ABSENT,
		.used_bytes = 7,
		.latency_ms = -1},
	{.name = "node-3",
		.zone = "z",
		.path = "/secret/three",
		.cause = "",
		.state = NODE_DRAINING,
		.capacity_bytes = 5,
		.used_bytes = 9,
		.latency_ms = 0},
};

static const char *const secrets[] = {"/secret/file (version 1)"};

static const struct view_check checks[] = {
	{.code = CHECK_WRITES_REFUSED,
		.severity = HEALTH_CRITICAL,
		.count = 0,
		.summary = "/secret",
		.advice = "/secret"},
	{.code = CHECK_CHUNKS_UNDER_REPLICATED,
		.severity = HEALTH_DEGRADED,
		.count = 12,
		.summary = "/secret",
		.advice = "/secret",
		.details = secrets,
		.detail_count = 1},
};

static struct view busy_view(void)
{
	return (struct view){
		.time_ms = 1700000000007,
		.health_since_ms = 1700000000000,
		.store = "/secret/store",
		.health = HEALTH_CRITICAL,
		.checks = checks,
		.check_count = 2,
		.nodes = nodes,
		.node_count = 3,
		.files = 4,
		.versions = 5,
		.snapshots = 6,
		.chunks = {.total = 10,
			.full = 4,
			.under_replicated = 3,
			.last_copy = 1,
			.unavailable = 2,
			.lost = 1,
			.excess = 2,
			.corrupt = 8,
			.misplaced = 9},
		.logical_bytes = 100,
		.unique_bytes = 90,
		.stored_bytes = UINT64_C(9007199254740993),
		.capacity_bytes = 80,
		.catalog_bytes = 70,
		.repair = {.state = REPAIR_GRACE,
			.reason = "/secret",
			.queued = 5,
			.queued_bytes = 50,
			.queue = {[QUEUE_LAST_COPY] = {1, 10}, [QUEUE_EXCESS] = {4, 40}},
			.active = 2,
			.rate = 1.5,
			.eta_s = 33,
			.grace_left_s = 4.25,
			.bandwidth = 1000,
			.repaired = 11,
			.repaired_bytes = 12,
			.moved_bytes = 13,
			.trimmed_bytes = 14},
		.scrub = {.running = true,
			.done = 1,
			.total = 10,
			.bad = 2,
			.rate = 8,
			.oldest_verified_ms = 1},
		.maintenance_role = "other",
		.maintenance_pid = 77,
	};
}

static struct view quiet_view(void)
{
	return (struct view){
		.time_ms = 1700000000000,
		.health_since_ms = 1700000000000,
		.store = "/s",
		.repair = {.reason = "", .eta_s = -1, .grace_left_s = -1},
		.maintenance_role = "none",
	};
}

static char *text_of(const struct view *view)
{
	char *text = metrics_text(METRICS_ALL, view, NULL, 0);
	assert_non_null(text);
	return text;
}

/* `line` stands in the text, whole. */
static void expect_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return;
	fail_msg("no line '%s' in:\n%s", line, text);
}

static void expect_no(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

static void numbers_are_exact(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = text_of(&view);
	static const char *const lines[] = {
		"linckia_up 1",
		"linckia_health 2",
		"linckia_health_since_timestamp_seconds 1700000000.000",
		"linckia_view_timestamp_seconds 1700000000.007",
		"linckia_check{code=\"WRITES_REFUSED\"} 1",
		"linckia_check_items{code=\"WRITES_REFUSED\"} 0",
		"linckia_check{code=\"CHUNKS_UNDER_REPLICATED\"} 1",
		"linckia_check_items{code=\"CHUNKS_UNDER_REPLICATED\"} 12",
		"linckia_check{code=\"NODE_DOWN\"} 0",
		"linckia_files 4",
		"linckia_versions 5",
		"linckia_snapshots 6",
		"linckia_chunks{state=\"full\"} 4",
		"linckia_chunks{state=\"under_replicated\"} 3",
		"linckia_chunks{state=\"unavailable\"} 2",
		"linckia_chunks{state=\"lost\"} 1",
		"linckia_chunks_last_copy 1",
		"linckia_chunks_excess 2",
		"linckia_chunks_misplaced 9",
		"linckia_replicas_corrupt 8",
		"linckia_logical_bytes 100",
		"linckia_unique_bytes 90",
		"linckia_stored_bytes 9007199254740993",
		"linckia_capacity_bytes 80",
		"linckia_catalog_bytes 70",
		"linckia_maintained 1",
		"linckia_repair_queued_chunks 5",
		"linckia_repair_queued_bytes 50",
		"linckia_repair_queue_chunks{kind=\"last_copy\"} 1",
		"linckia_repair_queue_bytes{kind=\"excess\"} 40",
		"linckia_repair_state{state=\"grace\"} 1",
		"linckia_repair_state{state=\"idle\"} 0",
		"linckia_repair_active_transfers 2",
		"linckia_repair_rate_bytes_per_second 1.500000",
		"linckia_repair_limit_bytes_per_second 1000",
		"linckia_repair_remaining_seconds 33.000000",
		"linckia_repair_grace_seconds 4.250000",
		"linckia_repaired_chunks_total 11",
		"linckia_repaired_bytes_total 12",
		"linckia_moved_bytes_total 13",
		"linckia_trimmed_bytes_total 14",
		"linckia_scrub_running 1",
		"linckia_scrub_done_chunks 1",
		"linckia_scrub_pass_chunks 10",
		"linckia_scrub_bad_replicas 2",
		"linckia_scrub_rate_bytes_per_second 8.000000",
		"linckia_scrub_oldest_timestamp_seconds 0.001",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect_line(text, lines[i]);
	free(text);
}

static void nodes_are_told_one_by_one(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = text_of(&view);
	expect_line(text, "linckia_node_info{node=\"node-1\",zone=\"shelf \\\"1\\\"\"} 1");
	expect_line(text, "linckia_node_info{node=\"node-2\",zone=\"back\\\\slash\"} 1");
	expect_line(text, "linckia_node_state{node=\"node-1\",state=\"up\"} 1");
	expect_line(text, "linckia_node_state{node=\"node-1\",state=\"absent\"} 0");
	expect_line(text, "linckia_node_state{node=\"node-2\",state=\"absent\"} 1");
	expect_line(text, "linckia_node_state{node=\"node-3\",state=\"draining\"} 1");
	expect_line(text, "linckia_node_capacity_bytes{node=\"node-1\"} 18446744073709551615");
	expect_line(text, "linckia_node_used_bytes{node=\"node-1\"} 18446744073709551614");
	expect_line(text, "linckia_node_free_bytes{node=\"node-1\"} 1");
	expect_line(text, "linckia_node_free_bytes{node=\"node-3\"} 0");
	expect_line(text, "linckia_node_latency_seconds{node=\"node-1\"} 0.001500");
	expect_line(text, "linckia_node_latency_seconds{node=\"node-3\"} 0.000000");
	expect_line(text, "linckia_node_chunks{node=\"node-1\"} 3");
	expect_line(text, "linckia_node_chunks_at_risk{node=\"node-1\"} 2");
	expect_line(text, "linckia_node_read_bytes_total{node=\"node-1\"} 10");
	expect_line(text, "linckia_node_written_bytes_total{node=\"node-1\"} 20");
	expect_line(text, "linckia_node_errors_total{node=\"node-1\"} 1");
	free(text);
}

static void what_is_unknown_is_left_out(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = text_of(&view);
	expect_no(text, "linckia_node_capacity_bytes{node=\"node-2\"}");
	expect_no(text, "linckia_node_free_bytes{node=\"node-2\"}");
	expect_no(text, "linckia_node_latency_seconds{node=\"node-2\"}");
	expect_line(text, "linckia_node_used_bytes{node=\"node-2\"} 7");
	free(text);
	view = quiet_view();
	view.repair.rate = NAN;
	view.repair.eta_s = INFINITY;
	text = text_of(&view);
	expect_no(text, "repair_remaining");
	expect_no(text, "repair_grace_s");
	expect_no(text, "repair_rate");
	expect_no(text, "scrub_oldest");
	expect_no(text, "catalog_bytes");
	expect_line(text, "linckia_maintained 0");
	expect_line(text, "linckia_scrub_rate_bytes_per_second 0.000000");
	free(text);
}

/* An alert is about a number that is there before the alert is true. */
static void every_code_and_state_is_always_there(void **state)
{
	(void)state;
	struct view view = quiet_view();
	char *text = text_of(&view), line[128];
	for (int code = 0; code < CHECK_CODES; code++) {
		snprintf(line, sizeof(line), "linckia_check{code=\"%s\"} 0", check_code_name(code));
		expect_line(text, line);
		snprintf(line, sizeof(line), "linckia_check_items{code=\"%s\"} 0", check_code_name(code));
		expect_line(text, line);
	}
	for (int repair = REPAIR_IDLE; repair <= REPAIR_BLOCKED; repair++) {
		snprintf(line, sizeof(line), "linckia_repair_state{state=\"%s\"} %d",
			repair_state_name(repair), repair == REPAIR_IDLE);
		expect_line(text, line);
	}
	free(text);
}

static void files_are_not_named(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = text_of(&view);
	expect_no(text, "secret");
	free(text);
}

static void what_could_not_be_seen_is_not_counted(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = metrics_text(METRICS_DAMAGE, &view, NULL, 0);
	expect_line(text, "linckia_up 0");
	expect_line(text, "linckia_health 2");
	expect_line(text, "linckia_check{code=\"WRITES_REFUSED\"} 1");
	expect_no(text, "linckia_files");
	expect_no(text, "linckia_node");
	free(text);
	text = metrics_text(METRICS_NOTHING, NULL, NULL, 0);
	expect_line(text, "linckia_up 0");
	expect_line(text, "linckia_health 3");
	expect_no(text, "linckia_check");
	expect_line(text, "# EOF");
	free(text);
}

static void labels_are_at_every_sample(void **state)
{
	(void)state;
	const struct sample_label labels[] = {{"store", "a\"b"}, {"site", ""}};
	struct view view = busy_view();
	char *text = metrics_text(METRICS_ALL, &view, labels, 2);
	expect_line(text, "linckia_up{store=\"a\\\"b\",site=\"\"} 1");
	expect_line(text, "linckia_check{store=\"a\\\"b\",site=\"\",code=\"NODE_DOWN\"} 0");
	for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (line[0] != '#')
			assert_non_null(strstr(line, "{store=\"a\\\"b\",site=\"\""));
	free(text);
}

static void expect_label(const char *value, const char *expected)
{
	const struct sample_label label = {"l", value};
	char *text = metrics_text(METRICS_NOTHING, NULL, &label, 1), line[256];
	snprintf(line, sizeof(line), "linckia_up{l=\"%s\"} 0", expected);
	expect_line(text, line);
	assert_true(text_is_utf8(text, strlen(text)));
	free(text);
}

static void hostile_values_stay_values(void **state)
{
	(void)state;
	expect_label("", "");
	expect_label("N\xc3\xa4he", "N\xc3\xa4he");
	expect_label("a\"} 1\nlinckia_up 1", "a\\\"} 1\\\\nlinckia_up 1");
	expect_label("\\", "\\\\");
	expect_label("\\n\"", "\\\\n\\\"");
	expect_label("\xff\xfe", "\\\\xFF\\\\xFE");
	expect_label("\xed\xa0\x80", "\\\\xED\\\\xA0\\\\x80"); /* half a surrogate pair */
	expect_label("\x1b[2J", "\\\\x1B[2J");
	expect_label("\xe2\x80\xae", "\\\\u{202E}");
	expect_label("\r\t", "\\\\x0D\\\\t");
}

static void a_key_is_what_prometheus_takes(void **state)
{
	(void)state;
	assert_true(exposition_is_key("a"));
	assert_true(exposition_is_key("_Z9"));
	assert_false(exposition_is_key(""));
	assert_false(exposition_is_key("9a"));
	assert_false(exposition_is_key("a-b"));
	assert_false(exposition_is_key("a:b"));
	assert_false(exposition_is_key("\xc3\xa4"));
	assert_false(exposition_is_key("__name__"));
	assert_true(metrics_has_label("node"));
	assert_false(metrics_has_label("store"));
}

/* The name of the sample or comment in `line`, up to a blank or brace. */
static size_t name_length(const char *name)
{
	return strcspn(name, " {");
}

/* The grammar that both formats share, line by line, and the rules that go beyond it. */
static void the_text_is_well_formed(void **state)
{
	(void)state;
	struct view view = busy_view();
	char *text = text_of(&view), family[128] = "", seen[8192] = "", *save;
	size_t length = strlen(text);
	assert_string_equal(text + length - 6, "# EOF\n");
	text[length - 6] = '\0';
	bool gauge = false;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			snprintf(family, sizeof(family), "%.*s", (int)name_length(line + 7), line + 7);
			char once[140];
			snprintf(once, sizeof(once), "\n%s\n", family);
			assert_null(strstr(seen, once)); /* a family is in one piece */
			assert_true(strlen(seen) + strlen(once) < sizeof(seen));
			strcat(seen, once);
			gauge = false;
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_int_equal(name_length(line + 7), strlen(family));
			assert_memory_equal(line + 7, family, strlen(family));
			assert_string_equal(line + 7 + strlen(family), " gauge");
			gauge = true;
		} else if (strncmp(line, "# UNIT ", 7) == 0) {
			assert_memory_equal(line + 7, family, strlen(family));
			const char *unit = line + 7 + strlen(family) + 1;
			assert_string_equal(family + strlen(family) - strlen(unit), unit);
			assert_true(gauge);
		} else {
			assert_int_equal(name_length(line), strlen(family));
			assert_memory_equal(line, family, strlen(family));
			const char *end = strrchr(line, ' ') + 1;
			assert_int_equal(strspn(end, "0123456789."), strlen(end));
			assert_int_equal(gauge, !strstr(family, "_total"));
		}
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(nodes_are_told_one_by_one),
		cmocka_unit_test(what_is_unknown_is_left_out),
		cmocka_unit_test(every_code_and_state_is_always_there),
		cmocka_unit_test(files_are_not_named),
		cmocka_unit_test(what_could_not_be_seen_is_not_counted),
		cmocka_unit_test(labels_are_at_every_sample),
		cmocka_unit_test(hostile_values_stay_values),
		cmocka_unit_test(a_key_is_what_prometheus_takes),
		cmocka_unit_test(the_text_is_well_formed),
	};
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
