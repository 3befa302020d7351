/* What engine/field.h promises: whatever `status --json` shows can be named, and is then the same. */
#include "engine/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json.h"
#include "cli/status.h"

static const char *const check_details[] = {"photos/1", "photos/2"};
static const struct view_check checks[] = {
	{.code = CHECK_CHUNKS_LOST,
		.severity = HEALTH_CRITICAL,
		.count = 3,
		.summary = "3 chunks are lost",
		.advice = "restore them",
		.details = check_details,
		.detail_count = 2},
	{.code = CHECK_NODE_DOWN,
		.severity = HEALTH_DEGRADED,
		.count = 1,
		.summary = "one",
		.advice = "wait"},
};
static const struct view_node nodes[] = {
	{.name = "node-1",
		.zone = "a",
		.path = "/n/1",
		.cause = "",
		.weight = 1.5,
		.capacity_bytes = 1 << 30,
		.used_bytes = 12345,
		.chunks = 17,
		.at_risk = 2,
		.latency_ms = 0.25,
		.read_bytes = 100,
		.written_bytes = 200,
		.errors = 4},
	/* Dots, and a name that is the other's beginning. */
	{.name = "node-1.state",
		.zone = "b",
		.path = "/n/2",
		.cause = "cut off",
		.state = NODE_DOWN,
		.weight = 1,
		.latency_ms = -1},
};
static const struct view_link links[] = {
	{.from = LINK_CLIENT,
		.to = 1,
		.latency_ms = 2.5,
		.cut = true,
		.simulated = {.latency_ms = 71, .jitter_ms = 72, .bandwidth = 73, .loss = 0.25, .cut = true}},
	{.from = 1, .to = 0, .latency_ms = -1},
};
static const struct view_transfer transfers[] = {
	{.file = "d/f@2",
		.source = "node-1",
		.target = "node-1.state",
		.purpose = "repair",
		.bytes = 9000,
		.done_bytes = 3000,
		.age_ms = 1500},
	{.file = "", .source = "node-1", .target = "node-1.state", .purpose = "drain"},
};
static const char *const notes[] = {"several nodes are on one device"};

/* No two numbers are the same, so that none can stand for another. */
static struct view make_view(void)
{
	struct view view = {.time_ms = 1793613845000,
		.store = "/srv/store",
		.rehearsal = true,
		.replication_factor = 3,
		.min_replicas = 2,
		.health = HEALTH_CRITICAL,
		.health_since_ms = 1793613800000,
		.checks = checks,
		.check_count = 2,
		.nodes = nodes,
		.node_count = 2,
		.nodes_up = 1,
		.links = links,
		.link_count = 2,
		.files = 11,
		.versions = 12,
		.snapshots = 13,
		.logical_bytes = 14,
		.unique_bytes = 15,
		.stored_bytes = 16,
		.capacity_bytes = 18,
		.maintenance_role = "other",
		.maintenance_pid = 4711,
		.notes = notes,
		.note_count = 1};
	view.chunks = (struct view_chunks){.total = 21,
		.full = 22,
		.under_replicated = 23,
		.last_copy = 24,
		.unavailable = 25,
		.lost = 26,
		.excess = 27,
		.corrupt = 28,
		.misplaced = 29};
	view.repair = (struct view_repair){.state = REPAIR_GRACE,
		.reason = "node-1.state went down",
		.queued = 31,
		.queued_bytes = 32,
		.active = 33,
		.rate = 34,
		.eta_s = 35,
		.grace_left_s = 3.4,
		.bandwidth = 36,
		.repaired = 37,
		.repaired_bytes = 38,
		.moved_bytes = 39,
		.trimmed_bytes = 40,
		.transfers = transfers,
		.transfer_count = 2};
	for (unsigned i = 0; i < QUEUES; i++)
		view.repair.queue[i] = (struct view_queue){50 + i, 60 + i};
	view.scrub = (struct view_scrub){.running = true,
		.done = 41,
		.total = 42,
		.bad = 43,
		.rate = 44,
		.oldest_verified_ms = 1793600000000};
	return view;
}

/* A path of the kind with that number, or false behind the last. */
static bool find_example(size_t index, struct field *field)
{
	static char path[128];
	static const char *const examples[][2] = {
		{"NAME", "node-1"}, {"FROM", "client"}, {"TO", "node-1"}, {"CODE", "NODE_DOWN"}, {"N", "0"}};
	char pattern[128], *next = pattern, *part;
	if (!field_pattern(index, pattern, sizeof(pattern)))
		return false;
	path[0] = '\0';
	while ((part = strsep(&next, ".")) != NULL) {
		for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
			if (strcmp(examples[i][0], part) == 0)
				part = (char *)examples[i][1];
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s%s", path[0] ? "." : "", part);
	}
	if (!field_find(path, field))
		fail_msg("%s is listed as %s, but not found", path, pattern);
	return true;
}

static bool has_pattern(const struct field *field)
{
	struct field example;
	for (size_t i = 0; find_example(i, &example); i++)
		if (example.row == field->row)
			return true;
	return false;
}

static void expect_same(const struct view *view, const char *path, const cJSON *item)
{
	struct field field;
	struct field_value value;
	if (!field_find(path, &field) || !field_read(view, &field, &value))
		fail_msg("%s is in the document and cannot be named", path);
	if (!has_pattern(&field))
		fail_msg("%s can be named and is not listed", path);
	char *text = json_print(item);
	if (cJSON_IsNull(item))
		assert_false(value.known);
	else if (cJSON_IsString(item))
		assert_string_equal(value.text, item->valuestring);
	else if (cJSON_IsBool(item))
		assert_string_equal(value.text, text);
	else if (!value.known || value.number != strtod(text, NULL))
		fail_msg("%s is %s in the document and %f as a field", path, text, value.number);
	free(text);
}

/* What an item of a list goes by: what it is about, or its number. */
static void name_item(const char *list, const cJSON *item, int number, char *out, size_t size)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
	const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "code"));
	const char *from = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "from"));
	if (!strcmp(list, "nodes"))
		snprintf(out, size, "%s", name);
	else if (!strcmp(list, "checks"))
		snprintf(out, size, "%s", code);
	else if (!strcmp(list, "links"))
		snprintf(out, size, "%s.%s", from,
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "to")));
	else
		snprintf(out, size, "%d", number);
}

/* What the path of an item says already. */
static bool is_in_path(const char *path, const char *key)
{
	return (!strncmp(path, "checks.", 7) && !strcmp(key, "code")) ||
	       (!strncmp(path, "links.", 6) && (!strcmp(key, "from") || !strcmp(key, "to")));
}

/* Compares all scalars below `item`; returns how many those are. */
static unsigned walk(const struct view *view, const char *path, const cJSON *item)
{
	unsigned count = 0;
	int number = 0;
	if (!cJSON_IsObject(item) && !cJSON_IsArray(item)) {
		expect_same(view, path, item);
		return 1;
	}
	for (const cJSON *child = item->child; child; child = child->next, number++) {
		char inner[256], key[128];
		if (cJSON_IsArray(item))
			name_item(path, child, number, key, sizeof(key));
		else
			snprintf(key, sizeof(key), "%s", child->string);
		if (cJSON_IsObject(item) && is_in_path(path, key))
			continue;
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", key);
		count += walk(view, inner, child);
	}
	return count;
}

static void every_scalar_of_status_can_be_named(void **state)
{
	(void)state;
	struct view view = make_view();
	cJSON *object = status_json(&view);
	assert_true(walk(&view, "", object) > 90);
	cJSON_Delete(object);
	/* The same where most of it is null. */
	struct view quiet = {.store = "/s",
		.repair = {.reason = "", .rate = -1, .eta_s = -1, .grace_left_s = -1},
		.scrub = {.rate = -1},
		.maintenance_role = "none"};
	object = status_json(&quiet);
	assert_true(walk(&quiet, "", object) > 50);
	cJSON_Delete(object);
}

static double number_of(const struct view *view, const char *path)
{
	struct field field;
	struct field_value value;
	if (!field_find(path, &field) || !field_read(view, &field, &value) || !value.known)
		fail_msg("%s is not there", path);
	return value.number;
}

/* And each only once. Which fields the document has that are not listed, the test above would say. */
static void what_is_listed_is_there(void **state)
{
	(void)state;
	struct field field, other;
	size_t count = 0;
	for (; find_example(count, &field); count++) {
		for (size_t i = 0; i < count; i++) {
			assert_true(find_example(i, &other));
			assert_ptr_not_equal(field.row, other.row);
		}
	}
	assert_true(count > 80);
}

static void a_check_counts_as_nothing_when_it_does_not_hold(void **state)
{
	(void)state;
	struct view view = make_view();
	assert_true(number_of(&view, "checks.CHUNKS_LOST") == 3);
	assert_true(number_of(&view, "checks.CHUNKS_LOST.count") == 3);
	assert_true(number_of(&view, "checks.NODE_FULL") == 0);
	assert_true(number_of(&view, "nodes_up") == 1);
}

static void whether_a_check_holds_is_asked_apart_from_its_count(void **state)
{
	(void)state;
	static const struct view_check refused[] = {
		{.code = CHECK_WRITES_REFUSED, .summary = "", .advice = ""}};
	struct view view = make_view();
	struct field field;
	struct field_value value;
	view.checks = refused;
	view.check_count = 1;
	assert_true(field_find("checks.WRITES_REFUSED.holds", &field) && field_read(&view, &field, &value));
	assert_string_equal(value.text, "true");
	assert_true(field_find("checks.CHUNKS_LOST.holds", &field) && field_read(&view, &field, &value));
	assert_string_equal(value.text, "false");
}

static void what_is_not_in_the_view_is_not_there(void **state)
{
	(void)state;
	static const char *const absent[] = {"nodes.node-9.state", "links.node-1.client.cut",
		"repair.transfers.2.file", "notes.1", "checks.CHUNKS_LOST.details.2",
		"checks.NODE_FULL.summary"};
	struct view view = make_view();
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		struct field field;
		struct field_value value;
		assert_true(field_find(absent[i], &field));
		assert_false(field_read(&view, &field, &value));
	}
}

static void paths_that_no_view_has_are_not_found(void **state)
{
	(void)state;
	static const char *const unknown[] = {"", ".", "nodes", "nodes.", "nodes..state", "nodes.state",
		"nodes.node-1.", "nodes.node-1.stat", "chunks", "chunks.", "chunks.lost.", "chunks.lost.x",
		"CHUNKS_LOST", "checks.NOTHING", "checks.CHUNKS_LOST.", "checks.CHUNKS_LOST.details.x",
		"repair.transfers.x.file", "repair.transfers.0",
		"repair.transfers.99999999999999999999999.fil", "links.cut", "notes.", "notes.-1", "health ",
		" health"};
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		struct field field;
		if (field_find(unknown[i], &field))
			fail_msg("'%s' was found", unknown[i]);
	}
}

static void what_was_meant_is_guessed(void **state)
{
	(void)state;
	static const struct {
		const char *path, *meant;
	} guesses[] = {{"chunks.lsot", "chunks.lost"}, {"nodes.a.b.stat", "nodes.a.b.state"},
		{"checks.CHUNK_LOST", "checks.CHUNKS_LOST"}, {"links.client.a.cutt", "links.client.a.cut"},
		{"quite something else", NULL}, {"nodes.", NULL}, {"nodes.namee", NULL}};
	for (size_t i = 0; i < sizeof(guesses) / sizeof(*guesses); i++) {
		char room[128];
		const char *meant = field_near(guesses[i].path, room, sizeof(room));
		if (guesses[i].meant)
			assert_string_equal(meant, guesses[i].meant);
		else
			assert_null(meant);
	}
}

static void values_are_told_with_their_units(void **state)
{
	(void)state;
	static const struct {
		const char *path, *text;
	} values[] = {{"health", "CRITICAL"}, {"chunks.lost", "26"}, {"bytes.stored", "16"},
		{"nodes.node-1.capacity", "1GiB"}, {"repair.grace_left_s", "3.400s"},
		{"nodes.node-1.latency_ms", "0.250ms"}, {"nodes.node-1.state.latency_ms", "none"},
		{"nodes.node-1.cause", "''"}, {"rehearsal", "true"}};
	struct view view = make_view();
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct field field;
		struct field_value value;
		char text[64];
		assert_true(field_find(values[i].path, &field));
		assert_true(field_read(&view, &field, &value));
		assert_string_equal(field_print(&field, &value, text, sizeof(text)), values[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scalar_of_status_can_be_named),
		cmocka_unit_test(what_is_listed_is_there),
		cmocka_unit_test(a_check_counts_as_nothing_when_it_does_not_hold),
		cmocka_unit_test(whether_a_check_holds_is_asked_apart_from_its_count),
		cmocka_unit_test(what_is_not_in_the_view_is_not_there),
		cmocka_unit_test(paths_that_no_view_has_are_not_found),
		cmocka_unit_test(what_was_meant_is_guessed),
		cmocka_unit_test(values_are_told_with_their_units),
	};
	json_start();
	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
