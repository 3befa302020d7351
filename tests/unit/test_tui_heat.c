/*
 * Promises of tui/heat.h: every node has a cell of its own, on every screen, and moving finds its way back.
 */
#include "tests/screen/grid.h"
#include "tests/screen/sample.h"
#include "tui/heat.h"
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
					console.heat_form = (enum heat_form)form;
					console.heat_metric = (enum history_metric)metric;
					for (int tick = 0; tick < 4; tick++) {
						console.tick_ms += HISTORY_STEP_MS;
						console_tick(&console);
					}
					console_switch(&console, SCREEN_HEAT);
					console_settle(&console);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_node_has_a_cell_of_its_own),
		cmocka_unit_test(test_six_nodes_have_names_and_six_hundred_are_all_in_sight),
		cmocka_unit_test(test_it_can_be_drawn_everywhere),
		cmocka_unit_test(test_arrows_reach_every_node),
		cmocka_unit_test(test_values_are_told_with_their_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
