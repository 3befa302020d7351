/*
 * Promises of the keys that change links: what they say beforehand, and which commands they run.
 */
#include "tests/screen/sample_links.h"
#include "tests/screen/stage.h"
#include "tui/link.h"

static struct stage *stage;
static struct view_link *links;

static void begin(enum sample_kind kind, int rows, int columns)
{
	stage = stage_begin(kind, rows, columns, &glyphs_utf8);
	links = sample_links(&stage->sample, true);
}

static int end(void **state)
{
	(void)state;
	stage_end(stage);
	free(links);
	links = NULL;
	return 0;
}

/* Everything between the client and a node passes, or nothing does. */
static void cut_client_from(int node, bool cut)
{
	for (size_t i = 0; i < stage->sample.view.link_count; i++) {
		bool out = links[i].from == LINK_CLIENT && links[i].to == node;
		bool back = links[i].from == node && links[i].to == LINK_CLIENT;
		if (out || back)
			links[i].cut = links[i].simulated.cut = cut;
	}
}

static void test_golden_screens(void **state)
{
	static const struct golden goldens[] = {
		{"network-cut-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "8 p"},
		{"network-cut-40x15-utf8", SAMPLE_DEGRADED, 15, 40, false, false, "8  p"},
		{"network-cut-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "8  p"},
		{"network-presets-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "8  Pjj"},
		{"network-presets-40x15-utf8", SAMPLE_DEGRADED, 15, 40, false, false, "8Pjjj"},
		{"network-presets-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "8Pjjj"},
		{"network-marks-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "8   jj"},
		{"network-marks-160x45-utf8", SAMPLE_DEGRADED, 45, 160, false, false, "8   jj"},
		{"network-loss-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "8mGl"},
		{"network-limit-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "8mmGl"},
		{"network-values-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "8Gv"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].kind, goldens[i].rows, goldens[i].columns);
		stage_live(stage);
		stage_press(stage, goldens[i].keys);
		stage_answer(stage);
		golden_compare(stage_draw(stage), goldens[i].name, goldens[i].looks);
		end(state);
	}
}

static void test_cutting_off_says_what_it_means_and_asks(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8p");
	assert_true(stage_shows(stage, "Cut this node off?"));
	assert_true(stage_shows(stage, "Looking up what that means for files..."));
	assert_string_equal(stage->about[QUESTION_LOSS], "node-1");
	stage_answer(stage);
	assert_true(stage_shows(stage, "Lost access: 12 versions could not be read until node-1"));
	stage_press(stage, "p");
	assert_string_equal(stage->sent, "");
	stage_press(stage, "p");
	/* The answer to the question before is not shown for this one. */
	assert_true(stage_shows(stage, "Looking up what that means for files..."));
	stage_press(stage, "y");
	assert_string_equal(stage->sent, "net cut node-1 client,node-2,node-3,node-4,node-5,node-6\n");
}

static void test_marked_nodes_are_cut_off_together(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	/* The axis goes by zones: node-1, node-4, node-2 … */
	stage_press(stage, "8  p");
	assert_true(stage_shows(stage, "Cut these nodes off?"));
	assert_true(stage_shows(stage, "node-1 and node-4"));
	assert_string_equal(stage->about[QUESTION_LOSS], "node-1 node-4");
	stage_press(stage, "y");
	assert_string_equal(stage->sent, "net cut node-1,node-4 client,node-2,node-3,node-5,node-6\n");
	stage_press(stage, "upn");
	assert_int_equal(stage->console.marks.count, 0);
	assert_int_equal(stage->sent_count, 1);
}

static void test_cutting_off_most_says_that_writes_are_refused(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8      p");
	assert_true(stage_shows(stage, "New files would be refused"));
	stage_press(stage, "y");
	assert_string_equal(stage->sent, "net cut node-1,node-4,node-2,node-5,node-3,node-6 client\n");
}

static void test_nodes_that_are_cut_off_are_connected_again(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	cut_client_from(0, true);
	stage_press(stage, "8p");
	assert_string_equal(
		stage->sent, "net set node-1 client,node-2,node-3,node-4,node-5,node-6 cut=false\n");
	/* With one that is not cut off, all are cut. */
	stage_press(stage, "  p");
	assert_true(stage_shows(stage, "Cut these nodes off?"));
	stage_press(stage, "n");
	cut_client_from(3, true);
	stage_press(stage, "p");
	assert_int_equal(stage->sent_count, 2);
}

static void test_all_links_are_healed_at_once(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8H");
	assert_string_equal(stage->sent, "net heal\n");
}

static void test_a_preset_is_for_all_links_or_those_of_marked_nodes(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8P");
	assert_true(stage_shows(stage, "Enter changes every link"));
	stage_press(stage, "j\n");
	assert_string_equal(stage->sent, "net preset wan\n");
	stage_press(stage, " P");
	assert_true(stage_shows(stage, "Enter changes the links of node-1"));
	stage_press(stage, "\n");
	assert_string_equal(stage->sent, "net preset wan\nnet preset wan node-1\n");
	stage_press(stage, "Pq");
	assert_int_equal(stage->sent_count, 2);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NETWORK]);
}

/* One slow disk is one node's. */
static void test_a_preset_for_nodes_takes_the_selected_one(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8llPG");
	assert_true(stage_shows(stage, "Enter changes the links of node-2"));
	stage_press(stage, "\n");
	assert_string_equal(stage->sent, "net preset slow-disk node-2\n");
}

static void test_values_of_a_link_are_typed(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 100);
	stage_press(stage, "8G");
	assert_true(stage_shows(stage, "set: latency 250 ms, jitter 50 ms, 1.0 MiB/s, loses 2.5 %"));
	stage_press(stage, "v");
	assert_true(stage_shows(stage, "node-6, node-1, both ways: latency=250ms jitter=50ms bandwidth=1MiB "
				       "loss=2.5%"));
	stage_press(stage, "\x15loss=1% --one-way\n"); /* Ctrl-U: an empty line */
	assert_string_equal(stage->sent, "net set node-6 node-1 loss=1% --one-way\n");
	stage_press(stage, "v\x15\nv\x1b");
	assert_int_equal(stage->sent_count, 1);
	stage_press(stage, "v \"\n");
	assert_true(stage_shows(stage, "A quote is not closed"));
	stage_press(stage, "\x1bkt");
	while (stage->console.node != 5)
		stage_press(stage, "l");
	assert_int_equal(stage->sent_count, 1);
}

static void test_a_node_has_no_link_to_itself(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8jv");
	assert_true(stage_shows(stage, "A link has two ends"));
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NETWORK]);
}

static void test_other_stores_are_told_why_not(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage->sample.view.rehearsal = false;
	for (const char *key = "pHPv"; *key != '\0'; key++) {
		const char press[] = {*key, '\0'};
		stage->console.message_end_ms = 0;
		stage_press(stage, "8");
		stage_press(stage, press);
		assert_true(stage_shows(stage, "only be made in a store that is for rehearsal"));
		assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NETWORK]);
	}
	assert_int_equal(stage->sent_count, 0);
}

static void test_the_cursor_follows_the_node_selected_elsewhere(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8l2G8");
	assert_true(stage_shows(stage, "client \xe2\x86\x92 node-6: "));
}

static void test_marks_are_those_of_the_table_and_of_what_if(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "8  w");
	assert_string_equal(stage->about[QUESTION_LOSS], "node-1 node-4");
	stage_press(stage, "qu");
	assert_int_equal(stage->console.marks.count, 0);
	stage_press(stage, "a");
	assert_int_equal(stage->console.marks.count, 6);
	stage_press(stage, "2");
	assert_true(stage_shows(stage, "6 marked"));
}

static void test_a_link_is_told_in_four_columns(void **state)
{
	(void)state;
	static const struct {
		struct view_link link;
		enum link_metric metric;
		const char *text;
		int heat;
	} told[] = {
		{{.latency_ms = 48}, LINK_LATENCY, "48", 4},
		{{.latency_ms = -1}, LINK_LATENCY, "", 0},
		{{.latency_ms = -1, .simulated = {.latency_ms = 500}}, LINK_LATENCY, "500", 7},
		{{.latency_ms = -1, .simulated = {.latency_ms = 10, .jitter_ms = 20}}, LINK_LATENCY, "20", 4},
		{{.latency_ms = 1}, LINK_LOSS, "", 0},
		{{.simulated = {.loss = 0.0001}}, LINK_LOSS, "<.1%", 1},
		{{.simulated = {.loss = 0.005}}, LINK_LOSS, "0.5%", 3},
		{{.simulated = {.loss = 0.25}}, LINK_LOSS, "25%", 7},
		{{.simulated = {.loss = 1}}, LINK_LOSS, "100%", 7},
		{{.latency_ms = 1}, LINK_BANDWIDTH, "", 0},
		{{.simulated = {.bandwidth = 1}}, LINK_BANDWIDTH, "1B", 7},
		{{.simulated = {.bandwidth = 1000}}, LINK_BANDWIDTH, "1.0K", 7},
		{{.simulated = {.bandwidth = 12 << 20}}, LINK_BANDWIDTH, "12M", 4},
		{{.simulated = {.bandwidth = UINT64_C(1) << 60}}, LINK_BANDWIDTH, "1.0E", 1},
	};
	char text[LINK_TEXT_BYTES];
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		assert_string_equal(link_text(text, &told[i].link, told[i].metric), told[i].text);
		assert_true(strlen(text) <= 4);
		assert_int_equal(link_heat(&told[i].link, told[i].metric), told[i].heat);
	}
}

static void test_settings_are_told_as_they_are_typed(void **state)
{
	(void)state;
	static const struct {
		struct link_settings settings;
		const char *words, *text;
	} told[] = {
		{{0}, "latency=0ms jitter=0ms bandwidth=0 loss=0%", ""},
		{{.latency_ms = 500, .loss = 0.01}, "latency=500ms jitter=0ms bandwidth=0 loss=1%",
			"latency 500 ms, loses 1 %"},
		{{.bandwidth = 3 << 10, .jitter_ms = 7}, "latency=0ms jitter=7ms bandwidth=3KiB loss=0%",
			"jitter 7 ms, 3.0 KiB/s"},
		{{.bandwidth = (1 << 20) + 1}, "latency=0ms jitter=0ms bandwidth=1048577 loss=0%",
			"1.0 MiB/s"},
		{{.loss = 1.0 / 3}, "latency=0ms jitter=0ms bandwidth=0 loss=33.3333%", "loses 33.3 %"},
		{{3600000, 3600000, UINT64_C(1) << 60, 0.123456, true},
			"latency=3600000ms jitter=3600000ms bandwidth=1048576TiB loss=12.3456%",
			"latency 3600000 ms, jitter 3600000 ms, 1.0 EiB/s, loses 12.3 %"},
	};
	char text[LINK_SENTENCE_BYTES];
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		assert_string_equal(link_settings_words(text, &told[i].settings), told[i].words);
		assert_string_equal(link_settings_text(text, &told[i].settings), told[i].text);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test_teardown(test_cutting_off_says_what_it_means_and_asks, end),
		cmocka_unit_test_teardown(test_marked_nodes_are_cut_off_together, end),
		cmocka_unit_test_teardown(test_cutting_off_most_says_that_writes_are_refused, end),
		cmocka_unit_test_teardown(test_nodes_that_are_cut_off_are_connected_again, end),
		cmocka_unit_test_teardown(test_all_links_are_healed_at_once, end),
		cmocka_unit_test_teardown(test_a_preset_is_for_all_links_or_those_of_marked_nodes, end),
		cmocka_unit_test_teardown(test_a_preset_for_nodes_takes_the_selected_one, end),
		cmocka_unit_test_teardown(test_values_of_a_link_are_typed, end),
		cmocka_unit_test_teardown(test_a_node_has_no_link_to_itself, end),
		cmocka_unit_test_teardown(test_other_stores_are_told_why_not, end),
		cmocka_unit_test_teardown(test_the_cursor_follows_the_node_selected_elsewhere, end),
		cmocka_unit_test_teardown(test_marks_are_those_of_the_table_and_of_what_if, end),
		cmocka_unit_test(test_a_link_is_told_in_four_columns),
		cmocka_unit_test(test_settings_are_told_as_they_are_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
