/*
 * Promises of tui/heat.h: every node has a cell of its own, on every screen, and moving finds its way back.
 */
#include "tests/screen/stage.h"
#include "tui/heat.h"
#include "tui/keys.h"
#include "tui/screen.h"

static struct sample sample;

static void check(const struct view *view, int rows, int columns)
{
	static bool taken[SAMPLE_NODES][SAMPLE_NODES];
	struct heat_grid grid = heat_grid_make(view, rows, columns);
	memset(taken, 0, sizeof(taken));
	assert_true(grid.width >= 1 && grid.height >= 1 && grid.per_row >= 1 && grid.shown >= 1);
	assert_true(grid.label + grid.per_row * grid.width <= columns || grid.width == 1);
	struct heat_place places[SAMPLE_NODES];
	heat_grid_places(&grid, view, places);
	bool all = grid.rows <= grid.shown;
	for (size_t i = 0; i < view->node_count; i++) {
		int row = places[i].row, column = places[i].column;
		assert_in_range(row, 0, grid.rows - 1);
		assert_in_range(column, 0, grid.per_row - 1);
		assert_false(taken[row][column]);
		taken[row][column] = true;
		assert_int_equal(heat_grid_find(&grid, view, row, column), i);
		if (places[i].first)
			assert_int_equal(column, 0);
		if (all)
			assert_true((row + 1) * grid.height + places[i].gap <= rows || rows < grid.height);
	}
	assert_int_equal(heat_grid_find(&grid, view, grid.rows, 0), view->node_count);
	assert_int_equal(heat_grid_find(&grid, view, -1, 0), view->node_count);
}

static void test_every_node_has_a_cell_of_its_own(void **state)
{
	(void)state;
	static const enum sample_kind kinds[] = {SAMPLE_HEALTHY, SAMPLE_HOSTILE, SAMPLE_MANY, SAMPLE_BARE};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct view *view = sample_view(&sample, kinds[i]);
		int step = kinds[i] == SAMPLE_MANY ? 37 : 5;
		for (int rows = 1; rows <= 100; rows += 1 + rows / 8)
			for (int columns = 1; columns <= 300; columns += step)
				if (view->node_count > 0)
					check(view, rows, columns);
	}
}

static void test_six_nodes_have_names_and_six_hundred_are_all_in_sight(void **state)
{
	(void)state;
	struct heat_grid few = heat_grid_make(sample_view(&sample, SAMPLE_HEALTHY), 18, 80);
	assert_true(few.width >= 15 && few.height >= 2 && few.gap == 1);
	struct heat_grid many = heat_grid_make(sample_view(&sample, SAMPLE_MANY), 18, 80);
	assert_true(many.rows <= many.shown);
}

/* Draws a console at a size and with a form and a metric; the grid of the test checks every cell. */
static void test_it_can_be_drawn_everywhere(void **state)
{
	(void)state;
	static const int sizes[][2] = {{10, 40}, {24, 80}, {36, 120}, {60, 200}, {11, 300}, {100, 41}};
	for (int kind = 0; kind < SAMPLES; kind++)
		for (size_t size = 0; size < sizeof(sizes) / sizeof(*sizes); size++)
			for (int form = 0; form < HEAT_FORMS; form++)
				for (int metric = 0; metric < HISTORY_METRICS; metric++) {
					struct console console;
					assert_int_equal(
						console_init(&console,
							sample_view(&sample, (enum sample_kind)kind),
							metric % 2 != 0 ? &glyphs_ascii : &glyphs_utf8),
						0);
					console.rows = sizes[size][0];
					console.columns = sizes[size][1];
					for (int tick = 0; tick < 4; tick++) {
						console.tick_ms += HISTORY_STEP_MS;
						console_tick(&console);
					}
					console_switch(&console, SCREEN_HEAT);
					console_settle(&console);
					for (int i = 0; i < form; i++)
						keys_dispatch(&console, 'v');
					for (int i = 0; i < metric; i++)
						keys_dispatch(&console, 'm');
					struct grid *grid = grid_make(console.rows, console.columns);
					console_draw(&console, &grid->canvas);
					console_release(&console);
				}
}

static void test_arrows_reach_every_node(void **state)
{
	(void)state;
	struct console console;
	assert_int_equal(console_init(&console, sample_view(&sample, SAMPLE_MANY), &glyphs_utf8), 0);
	console.rows = 24;
	console.columns = 80;
	console_switch(&console, SCREEN_HEAT);
	bool reached[SAMPLE_NODES] = {false};
	const struct screen_ops *screen = console_screen(&console);
	screen->move(&console, MOVE_FIRST);
	for (int i = 0; i < 2 * SAMPLE_NODES; i++) {
		reached[console.node] = true;
		screen->move(&console, MOVE_RIGHT);
	}
	for (int i = 0; i < SAMPLE_NODES; i++)
		assert_true(reached[i]);
	size_t last = console.node;
	screen->move(&console, MOVE_LAST);
	assert_int_equal(console.node, last);
	screen->move(&console, MOVE_UP);
	assert_int_not_equal(console.node, last);
	screen->move(&console, MOVE_DOWN);
	assert_int_equal(console.node, last);
	console_release(&console);
}

static void test_values_are_told_with_their_units(void **state)
{
	(void)state;
	char text[32];
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_FILL, 0.416), "41 %");
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_FILL, 0.001), "<1 %");
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_LATENCY, 0.42), "0.4 ms");
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_LATENCY, 2500), "2500 ms");
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_ERRORS, 3), "3");
	assert_string_equal(heat_value_text(text, sizeof(text), HISTORY_AT_RISK, -1), "-");
}

static void test_the_scale_ends_at_a_round_value_at_or_above_the_largest(void **state)
{
	(void)state;
	static const struct {
		enum history_metric metric;
		double largest;
		const char *text;
	} rows[] = {
		{HISTORY_FILL, 0.3, "100 %"},
		{HISTORY_THROUGHPUT, 0, "1.0 MiB/s"},
		{HISTORY_THROUGHPUT, 1.3 * 1048576, "1.5 MiB/s"},
		{HISTORY_THROUGHPUT, 41.0 * 1048576, "50.0 MiB/s"},
		{HISTORY_THROUGHPUT, 1010.0 * 1048576, "1.0 GiB/s"},
		{HISTORY_LATENCY, 0.2, "5.0 ms"},
		{HISTORY_LATENCY, 22.3, "30 ms"},
		{HISTORY_ERRORS, 0, "1"},
		{HISTORY_ERRORS, 1.2, "2"},
		{HISTORY_ERRORS, 7, "8"},
		{HISTORY_AT_RISK, 143, "150"},
		{HISTORY_AT_RISK, 9100, "10000"},
	};
	char text[32];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double most = heat_scale(rows[i].metric, rows[i].largest);
		assert_true(most >= rows[i].largest);
		assert_string_equal(heat_value_text(text, sizeof(text), rows[i].metric, most), rows[i].text);
	}
}

/* The history rounds; what is told of a node does not. */
static void test_numbers_are_exact(void **state)
{
	(void)state;
	struct stage *stage = stage_begin(SAMPLE_DEGRADED, 24, 80, &glyphs_utf8);
	stage_live(stage);
	stage->sample.nodes[4].errors += 4711;
	stage->sample.nodes[4].at_risk = 977;
	console_show(&stage->console, &stage->sample.view);
	stage->console.node = 4;
	stage_press(stage, "3");
	assert_true(stage_shows(stage, "errors 4711"));
	stage_press(stage, "mmm");
	assert_true(stage_shows(stage, " 4711 "));
	stage_press(stage, "m");
	assert_true(stage_shows(stage, " 977 ") && stage_shows(stage, " 143 "));
	stage_end(stage);
}

static void test_rows_of_time_fit_and_show_as_many_nodes_as_they_can(void **state)
{
	(void)state;
	static const size_t counts[] = {1, 2, 6, 17, 100, 1024};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		for (int rows = 1; rows <= 100; rows++)
			for (size_t selected = 0; selected < counts[i]; selected += 1 + counts[i] / 7) {
				struct heat_rows made = heat_rows_make(counts[i], selected, rows);
				int used = ((int)made.shown - 1) * made.height + made.bar + made.axis;
				assert_true(made.bar >= 1 && made.bar <= made.height);
				assert_in_range(used, 1, rows);
				assert_true(made.first <= selected && selected < made.first + made.shown);
				if (counts[i] <= (size_t)rows)
					assert_int_equal(made.shown, counts[i]);
				else
					assert_int_equal(made.shown, rows - made.axis);
			}
	struct heat_rows few = heat_rows_make(6, 0, 18);
	assert_true(few.height == 3 && few.shown == 6 && few.axis);
}

static void test_goldens(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"heat-grid-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "3j"},
		{"heat-grid-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "3l"},
		{"heat-grid-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "3l"},
		{"heat-grid-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "3l"},
		{"heat-grid-hostile-80x24-utf8", SAMPLE_HOSTILE, 24, 80, false, false, "3jj"},
		{"heat-grid-many-80x24-utf8", SAMPLE_MANY, 24, 80, false, false, "3G"},
		{"heat-grid-many-200x60-utf8", SAMPLE_MANY, 60, 200, false, false, "3m"},
		{"heat-card-120x36-utf8", SAMPLE_DEGRADED, 36, 120, false, false, "3mm"},
		{"heat-time-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "3vmj"},
		{"heat-time-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "3vmj"},
		{"heat-time-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "3vmj"},
		{"heat-time-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "3vmj"},
		{"heat-time-many-80x24-utf8", SAMPLE_MANY, 24, 80, false, false, "3vmmG"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		struct stage *stage = stage_begin_golden(&goldens[i]);
		stage_live(stage);
		stage_press(stage, goldens[i].keys);
		golden_compare(stage_draw(stage), goldens[i].name, goldens[i].looks);
		stage_end(stage);
	}
}

static void test_keys_change_form_and_metric_of_one_screen_alone(void **state)
{
	(void)state;
	static const char *const titles[HISTORY_METRICS] = {"Fill of the nodes", "Throughput of the nodes",
		"Latency of the nodes", "Errors of the nodes", "Chunks at risk on the nodes"};
	struct stage *stage = stage_begin(SAMPLE_DEGRADED, 36, 120, &glyphs_utf8);
	stage_press(stage, "3");
	for (int i = 0; i < HISTORY_METRICS; i++) {
		assert_true(stage_shows(stage, titles[i]));
		stage_press(stage, "m");
	}
	assert_true(stage_shows(stage, titles[0]));
	assert_false(stage_shows(stage, "ago"));
	stage_press(stage, "v");
	assert_true(stage_shows(stage, " ago"));
	stage_press(stage, "v1");
	/* On the overview it begins with rows of time, where all nodes have one. */
	assert_true(stage_shows(stage, titles[1]) && stage_shows(stage, " ago"));
	stage_press(stage, "mv");
	assert_true(stage_shows(stage, titles[2]) && !stage_shows(stage, " ago"));
	stage_press(stage, "3");
	assert_true(stage_shows(stage, titles[0]));
	stage_end(stage);
}

static void test_keys_about_the_heatmap_go_where_it_is(void **state)
{
	(void)state;
	for (const char *key = "vm"; *key != '\0'; key++) {
		struct stage *stage = stage_begin(SAMPLE_DEGRADED, 24, 80, &glyphs_utf8);
		keys_dispatch(&stage->console, *key);
		assert_int_equal(stage->console.stack[0], SCREEN_HEAT);
		stage_end(stage);
	}
}

/* Presses the mouse where a node's name stands. */
static void click_name(struct stage *stage, const char *name, bool twice)
{
	const struct grid *grid = stage_draw(stage);
	for (int row = stage->console.rows - 4; row > 1; row--) {
		const char *text = grid_row(grid, row), *at = strstr(text, name);
		int column = 0;
		for (const char *p = text; p < at; p++)
			column += ((unsigned char)*p & 0xc0) != 0x80;
		/* Right of the middle of the overview are events, which name nodes too. */
		bool events = console_screen(&stage->console) == &screen_overview &&
			      column > stage->console.columns / 2;
		if (at == NULL || events)
			continue;
		console_click(&stage->console, row, column, twice);
		return;
	}
	fail_msg("%s is not in sight", name);
}

static void test_the_mouse_selects_and_opens_in_both_forms(void **state)
{
	(void)state;
	static const char *const ways[] = {"3", "3v", "1", "1v"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct stage *stage = stage_begin(SAMPLE_DEGRADED, 36, 120, &glyphs_utf8);
		stage_press(stage, ways[i]);
		click_name(stage, "node-5", false);
		assert_int_equal(stage->console.node, 4);
		click_name(stage, "node-2", false);
		assert_int_equal(stage->console.node, 1);
		assert_int_equal(stage->console.depth, 1);
		click_name(stage, "node-3", true);
		assert_int_equal(stage->console.node, 2);
		assert_true(console_sees(&stage->console, SCREEN_NODE));
		stage_end(stage);
	}
}

/* In a list that is scrolled the cell is still the one that is seen. */
static void test_the_mouse_finds_what_was_scrolled_to(void **state)
{
	(void)state;
	struct stage *stage = stage_begin(SAMPLE_MANY, 24, 80, &glyphs_utf8);
	stage_press(stage, "3vG");
	click_name(stage, "node-590", false);
	assert_int_equal(stage->console.node, 589);
	console_click(&stage->console, 2, 10, false);
	assert_int_equal(stage->console.node, 589);
	stage_end(stage);
}

static void test_nodes_that_are_away_are_told_by_their_symbol(void **state)
{
	(void)state;
	static const char *const ways[] = {"3", "3m", "3mm", "3mmm", "3mmmm"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct stage *stage = stage_begin(SAMPLE_MANY, 24, 80, &glyphs_utf8);
		stage->sample.nodes[300].state = NODE_DOWN;
		stage_live(stage);
		stage_press(stage, ways[i]);
		assert_true(stage_shows(stage, glyphs_utf8.node[NODE_DOWN]));
		stage_end(stage);
	}
}

static void test_enter_opens_the_node_and_the_keys_are_about_it(void **state)
{
	(void)state;
	struct stage *stage = stage_begin(SAMPLE_DEGRADED, 24, 80, &glyphs_utf8);
	stage_press(stage, "3");
	/* Zone by zone: from node-1 in a to node-2 in b, and to the right. */
	keys_dispatch(&stage->console, 'j');
	assert_int_equal(stage->console.node, 1);
	keys_dispatch(&stage->console, 'l');
	assert_int_equal(stage->console.node, 4);
	stage_press(stage, "r");
	assert_string_equal(stage->sent, "node recover node-5\n");
	stage_press(stage, "\n");
	assert_true(console_sees(&stage->console, SCREEN_NODE));
	stage_end(stage);
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_node_has_a_cell_of_its_own),
		cmocka_unit_test(test_six_nodes_have_names_and_six_hundred_are_all_in_sight),
		cmocka_unit_test(test_it_can_be_drawn_everywhere),
		cmocka_unit_test(test_arrows_reach_every_node),
		cmocka_unit_test(test_values_are_told_with_their_units),
		cmocka_unit_test(test_the_scale_ends_at_a_round_value_at_or_above_the_largest),
		cmocka_unit_test(test_numbers_are_exact),
		cmocka_unit_test(test_rows_of_time_fit_and_show_as_many_nodes_as_they_can),
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_keys_change_form_and_metric_of_one_screen_alone),
		cmocka_unit_test(test_keys_about_the_heatmap_go_where_it_is),
		cmocka_unit_test(test_the_mouse_selects_and_opens_in_both_forms),
		cmocka_unit_test(test_the_mouse_finds_what_was_scrolled_to),
		cmocka_unit_test(test_nodes_that_are_away_are_told_by_their_symbol),
		cmocka_unit_test(test_enter_opens_the_node_and_the_keys_are_about_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
