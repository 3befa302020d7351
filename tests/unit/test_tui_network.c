/*
 * Promises of the screen about links: the matrix where a network is simulated, the list elsewhere.
 */
#include "tests/screen/sample_links.h"
#include "tests/screen/stage.h"
#include "tui/layout.h"
#include "tui/link.h"
#include "tui/network.h"

static struct stage *stage;
static struct view_link *links;

enum which { NO_LINKS, CLIENT_LINKS, ALL_LINKS };

static void begin(enum sample_kind kind, enum which which, int rows, int columns, const struct glyphs *glyphs)
{
	stage = stage_begin(kind, rows, columns, glyphs);
	/* Links between nodes are known where a network is simulated, which is in a store that is for rehearsal. */
	stage->sample.view.rehearsal = which == ALL_LINKS;
	links = which == NO_LINKS ? NULL : sample_links(&stage->sample, which == ALL_LINKS);
}

static void finish(void)
{
	stage_end(stage);
	free(links);
	links = NULL;
}

static int end(void **state)
{
	(void)state;
	finish();
	return 0;
}

static void test_golden_screens(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum sample_kind kind;
		enum which which;
		int rows, columns;
		bool ascii, looks;
		const char *keys;
	} goldens[] = {
		{"network-list-40x10-utf8", SAMPLE_DEGRADED, CLIENT_LINKS, 10, 40, false, false, "8j"},
		{"network-list-80x24-utf8", SAMPLE_DEGRADED, CLIENT_LINKS, 24, 80, false, false, "8j"},
		{"network-list-200x60-ascii", SAMPLE_DEGRADED, CLIENT_LINKS, 60, 200, true, false, "8j"},
		{"network-list-hostile-80x24-utf8", SAMPLE_HOSTILE, CLIENT_LINKS, 24, 80, false, false, "8j"},
		{"network-matrix-40x10-utf8", SAMPLE_DEGRADED, ALL_LINKS, 10, 40, false, false, "8jjj"},
		{"network-matrix-40x15-utf8", SAMPLE_DEGRADED, ALL_LINKS, 15, 40, false, false, "8jjj"},
		{"network-matrix-80x24-utf8", SAMPLE_DEGRADED, ALL_LINKS, 24, 80, false, false, "8jjjl"},
		{"network-matrix-80x24-mono", SAMPLE_DEGRADED, ALL_LINKS, 24, 80, false, true, "8jjjl"},
		{"network-matrix-80x24-ascii", SAMPLE_DEGRADED, ALL_LINKS, 24, 80, true, false, "8jl"},
		{"network-matrix-many-80x24-utf8", SAMPLE_MANY, ALL_LINKS, 24, 80, false, false,
			"8Gllllllll"},
		{"network-matrix-many-200x60-utf8", SAMPLE_MANY, ALL_LINKS, 60, 200, false, false, "8jjj"},
		{"network-matrix-hostile-80x24-utf8", SAMPLE_HOSTILE, ALL_LINKS, 24, 80, false, false,
			"8jjl"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].kind, goldens[i].which, goldens[i].rows, goldens[i].columns,
			goldens[i].ascii ? &glyphs_ascii : &glyphs_utf8);
		if (goldens[i].kind != SAMPLE_MANY)
			stage_live(stage);
		stage_press(stage, goldens[i].keys);
		golden_compare(stage_draw(stage), goldens[i].name, goldens[i].looks);
		finish();
	}
}

/* The grid fails the test when anything is drawn off the canvas or could harm a terminal. */
static void test_everything_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	static const char *const paths[] = {"8", "8Gjlll", "8z", "8zzG", "8jjlt"};
	for (int kind = 0; kind < SAMPLES; kind++)
		for (int which = NO_LINKS; which <= ALL_LINKS; which++)
			for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
				for (int step = 0; step < (kind == SAMPLE_MANY ? 4 : 40); step++) {
					begin((enum sample_kind)kind, (enum which)which, 24, 80,
						step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
					stage_press(stage, paths[path]);
					viewer_resize(&stage->console, step);
					finish();
				}
}

static void test_the_cursor_goes_both_ways_and_its_link_is_said(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8");
	assert_true(stage_shows(stage, "client \xe2\x86\x92 node-1: 13.5 ms"));
	assert_true(stage_shows(stage, "zone a"));
	/* The axis goes by zones: after node-1 comes node-4, which is in the same one. */
	stage_press(stage, "l");
	assert_true(stage_shows(stage, "client \xe2\x86\x92 node-4:"));
	stage_press(stage, "j");
	assert_true(stage_shows(stage, "node-1 \xe2\x86\x92 node-4: cut, nothing passes"));
	stage_press(stage, "j");
	assert_true(stage_shows(stage, "node-4: itself"));
	stage_press(stage, "jl");
	assert_true(stage_shows(stage, "node-2: itself"));
	stage_press(stage, "jll");
	assert_true(stage_shows(stage, "node-5 \xe2\x86\x92 node-3: "));
	stage_press(stage, "l");
	assert_true(stage_shows(stage, "node-5 \xe2\x86\x92 node-6: not measured"));
	stage_press(stage, "t");
	assert_true(stage_shows(stage, "node-6 \xe2\x86\x92 node-5: "));
	stage_press(stage, "hhhhhhhhhgkk");
	assert_true(stage_shows(stage, "client: itself"));
	stage_press(stage, "G");
	assert_true(stage_shows(stage, "node-6 \xe2\x86\x92 client: "));
}

static void test_cuts_are_told_apart_from_what_is_not_known(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8");
	assert_true(stage_shows(stage, "3 cut"));
	const struct grid *grid = stage_draw(stage);
	int cuts = 0, unknown = 0;
	for (int row = 5; row < 12; row++)
		for (int column = 15; column < 79; column++) {
			cuts += strcmp(grid->cells[row][column].text, "\xe2\x9c\x97") == 0;
			unknown += strcmp(grid->cells[row][column].text, "\xc2\xb7") == 0;
		}
	assert_int_equal(cuts, 3);
	assert_int_equal(unknown, 2); /* one that was not measured, one that the view does not have */
}

static void test_numbers_and_cells(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8");
	assert_true(stage_shows(stage, " 182 "));
	stage_press(stage, "zz"); /* numbers, then cells */
	assert_false(stage_shows(stage, " 182 "));
	stage_press(stage, "z");
	assert_true(stage_shows(stage, " 182 "));
	stage_end(stage);
	free(links);
	begin(SAMPLE_MANY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8");
	assert_false(stage_shows(stage, " 182 "));
	stage_press(stage, "z");
	assert_true(stage_shows(stage, " 14 "));
}

static void test_a_large_matrix_scrolls_both_ways(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8G");
	assert_true(stage_shows(stage, "node-600 \xe2\x86\x92 node-1: "));
	for (int i = 0; i < 700; i++)
		stage_press(stage, "l");
	assert_true(stage_shows(stage, "node-600: itself"));
	stage_press(stage, "k");
	assert_true(stage_shows(stage, "node-597 \xe2\x86\x92 node-600: "));
	stage_press(stage, "g");
	assert_true(stage_shows(stage, "client \xe2\x86\x92 node-600: "));
}

static void test_the_cursor_stays_on_its_link(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8jl");
	assert_true(stage_shows(stage, "node-1 \xe2\x86\x92 node-4: "));
	sample_view(&other, SAMPLE_HEALTHY);
	struct view_node moved = other.nodes[0];
	other.nodes[0] = other.nodes[2];
	other.nodes[2] = moved;
	struct view_link *others = sample_links(&other, true);
	console_show(&stage->console, &other.view);
	assert_true(stage_shows(stage, "node-1 \xe2\x86\x92 node-4: "));
	other.nodes[2].name = "another";
	static struct sample third;
	third = other;
	third.view.nodes = third.nodes;
	third.nodes[3].name = "gone";
	console_show(&stage->console, &third.view);
	stage_draw(stage);
	free(others);
}

static void test_the_selected_node_is_the_one_that_answers(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8jll");
	assert_string_equal(console_node(&stage->console)->name, "node-2");
	stage_press(stage, "r");
	assert_string_equal(stage->sent, "node recover node-2\n");
	stage_press(stage, "\n");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODE]);
	assert_string_equal(stage->about[QUESTION_NODE], "node-2");
}

static void test_the_mouse_chooses_a_link(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, ALL_LINKS, 24, 80, &glyphs_utf8);
	stage_press(stage, "8");
	const struct grid *grid = stage_draw(stage);
	int at = -1;
	for (int column = 15; column < 79 && at < 0; column++)
		if (strcmp(grid->cells[6][column].text, "\xe2\x9c\x97") == 0)
			at = column;
	console_click(&stage->console, 6, at, false);
	assert_true(stage_shows(stage, "node-1 \xe2\x86\x92 node-4: cut"));
}

static void test_only_a_press_on_a_link_or_a_node_opens_the_node(void **state)
{
	(void)state;
	for (int which = NO_LINKS; which <= ALL_LINKS; which++) {
		begin(SAMPLE_HEALTHY, (enum which)which, 24, 80, &glyphs_utf8);
		stage_press(stage, "8");
		struct area body = console_body(&stage->console);
		console_click(&stage->console, body.row, 4, true);
		console_click(&stage->console, body.row + body.rows - 1, 4, true);
		assert_ptr_equal(console_screen(&stage->console), &screen_network);
		finish();
	}
}

static void test_without_a_network_the_client_s_ways_are_a_list(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, CLIENT_LINKS, 24, 80, &glyphs_utf8);
	stage_live(stage);
	stage_press(stage, "8");
	assert_true(stage_shows(stage, "only where a network is simulated"));
	assert_true(stage_shows(stage, "usual"));
	assert_true(stage_shows(stage, "failed by"));
	/* The rows go by zones, and the cursor is the selected node. */
	stage_press(stage, "j");
	assert_string_equal(console_node(&stage->console)->name, "node-4");
	stage_press(stage, "G");
	assert_string_equal(console_node(&stage->console)->name, "node-6");
	stage_press(stage, "gk");
	assert_string_equal(console_node(&stage->console)->name, "node-1");
	console_click(&stage->console, 5, 4, false);
	assert_string_equal(console_node(&stage->console)->name, "node-2");
	console_click(&stage->console, 5, 4, true);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODE]);
}

static void test_a_small_matrix_has_the_list_below_it(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, ALL_LINKS, 40, 120, &glyphs_utf8);
	stage_press(stage, "8");
	assert_true(stage_shows(stage, "From here to"));
	assert_true(stage_shows(stage, "links known"));
	assert_false(stage_shows(stage, "only where a network is simulated"));
	int row = 0;
	while (strncmp(grid_row(stage_draw(stage), row), "  node-5", 8) != 0)
		row++;
	console_click(&stage->console, row, 4, false);
	assert_true(stage_shows(stage, "client \xe2\x86\x92 node-5: "));
	stage->console.rows = 20;
	console_settle(&stage->console);
	assert_false(stage_shows(stage, "From here to"));
}

static void test_usual_and_worst_come_from_what_was_seen(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, CLIENT_LINKS, 24, 120, &glyphs_utf8);
	stage_press(stage, "8");
	for (int i = 0; i < 20; i++) {
		stage->sample.nodes[0].latency_ms = i == 10 ? 400 : 2;
		stage->console.tick_ms += HISTORY_STEP_MS;
		stage->sample.view.time_ms += HISTORY_STEP_MS;
		console_show(&stage->console, &stage->sample.view);
	}
	char row[GRID_COLUMNS * GRID_CELL];
	snprintf(row, sizeof(row), "%s", grid_row(stage_draw(stage), 3));
	double now, usual, worst;
	const char *numbers = strstr(row, " 2.0");
	assert_non_null(numbers);
	assert_int_equal(sscanf(numbers, "%lf %lf %lf", &now, &usual, &worst), 3);
	assert_true(now == 2.0);
	assert_true(usual > 1.8 && usual < 2.2);
	assert_true(worst > 360 && worst < 440);
}

static void test_latencies_fit_into_four_columns(void **state)
{
	(void)state;
	static const struct {
		double ms;
		const char *text;
		int heat;
	} latencies[] = {
		{0, "0.0", 1},
		{0.42, "0.4", 1},
		{1, "1.0", 2},
		{9.94, "9.9", 3},
		{9.96, "10", 3},
		{20, "20", 4},
		{99, "99", 5},
		{299, "299", 6},
		{300, "300", 7},
		{999.4, "999", 7},
		{999.6, "1.0s", 7},
		{9960, "10s", 7},
		{1e6, "long", 7},
		{1e300, "long", 7},
	};
	char text[LINK_TEXT_BYTES];
	for (size_t i = 0; i < sizeof(latencies) / sizeof(*latencies); i++) {
		assert_string_equal(link_latency_text(text, latencies[i].ms), latencies[i].text);
		assert_int_equal(link_latency_heat(latencies[i].ms), latencies[i].heat);
	}
}

static void test_an_axis_goes_by_zones_and_knows_everybody_once(void **state)
{
	(void)state;
	static struct sample sample;
	static struct axis axis;
	const struct view *view = sample_view(&sample, SAMPLE_MANY);
	axis_make(&axis, view);
	assert_int_equal(axis.count, SAMPLE_NODES + 1);
	assert_int_equal(axis.who[0], LINK_CLIENT);
	for (size_t i = 0; i < axis.count; i++) {
		assert_int_equal(axis_position(&axis, axis.who[i]), i);
		if (i > 1)
			assert_true(
				strcmp(axis_zone(view, axis.who[i - 1]), axis_zone(view, axis.who[i])) <= 0);
	}
	assert_string_equal(axis_label(&axis, view, 41), "42");
	assert_string_equal(axis_name(view, 41), "node-42");
	sample.nodes[7].name = "node-"; /* nothing would be left of this one */
	axis_make(&axis, view);
	assert_string_equal(axis_label(&axis, view, 41), "node-42");
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test(test_everything_can_be_drawn_at_every_size),
		cmocka_unit_test_teardown(test_the_cursor_goes_both_ways_and_its_link_is_said, end),
		cmocka_unit_test_teardown(test_cuts_are_told_apart_from_what_is_not_known, end),
		cmocka_unit_test_teardown(test_numbers_and_cells, end),
		cmocka_unit_test_teardown(test_a_large_matrix_scrolls_both_ways, end),
		cmocka_unit_test_teardown(test_the_cursor_stays_on_its_link, end),
		cmocka_unit_test_teardown(test_the_selected_node_is_the_one_that_answers, end),
		cmocka_unit_test_teardown(test_the_mouse_chooses_a_link, end),
		cmocka_unit_test_teardown(test_only_a_press_on_a_link_or_a_node_opens_the_node, end),
		cmocka_unit_test_teardown(test_without_a_network_the_client_s_ways_are_a_list, end),
		cmocka_unit_test_teardown(test_a_small_matrix_has_the_list_below_it, end),
		cmocka_unit_test_teardown(test_usual_and_worst_come_from_what_was_seen, end),
		cmocka_unit_test(test_latencies_fit_into_four_columns),
		cmocka_unit_test(test_an_axis_goes_by_zones_and_knows_everybody_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
