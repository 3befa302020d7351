/*
 * Promises of the screen about chunks: it compares nodes and pairs of nodes fairly, at every size and for many nodes.
 */
#include <math.h>

#include "tests/screen/apart.h"
#include "tests/screen/oracle.h"
#include "tui/chunks_layout.h"
#include "tui/layout.h"
#include "tui/panel_bars.h"
#include "tui/panel_copies.h"
#include "tui/panel_matrix.h"

static struct oracle *oracle;
static uint32_t pairs[SAMPLE_NODES * SAMPLE_NODES];

static void begin(enum sample_kind kind, int rows, int columns)
{
	oracle = oracle_begin(kind, rows, columns, &glyphs_utf8);
}

/* What a fixed pattern of neighbours leaves: each node shares with the next, and half as much with the one after. */
static void fill_neighbours(size_t count)
{
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++) {
			size_t step = (a > b ? a - b : b - a), back = count - step;
			size_t distance = step < back ? step : back;
			pairs[a * count + b] = distance == 0   ? 330
					       : distance == 1 ? 220
					       : distance == 2 ? 110
							       : 0;
		}
	oracle->pairs = pairs;
}

/* The row of the picture that is about the node. */
static int row_of_node(const char *name)
{
	const struct grid *grid = oracle_draw(oracle);
	for (int row = 0; row < grid->canvas.rows; row++) {
		bool same = true;
		for (int i = 0; name[i] != '\0'; i++)
			same = same && grid->cells[row][2 + i].text[0] == name[i];
		if (same && strcmp(grid->cells[row][2 + strlen(name)].text, " ") == 0)
			return row;
	}
	fail_msg("no row about %s", name);
	return -1;
}

static bool selects_node(const char *name)
{
	return strcmp(oracle_draw(oracle)->cells[row_of_node(name)][0].text, glyphs_utf8.marker) == 0;
}

/* ---- layout ---- */

static void test_parts_neither_overlap_nor_leave_the_body_at_any_size(void **state)
{
	(void)state;
	static struct sample sample;
	for (int kind = 0; kind < SAMPLES; kind++) {
		const struct view *view = sample_view(&sample, (enum sample_kind)kind);
		for (int rows = 1; rows <= 100; rows++)
			for (int columns = 1; columns <= 300; columns += kind == SAMPLE_MANY ? 50 : 1) {
				struct area body = {2, 0, rows, columns};
				struct chunks_layout of_nodes = chunks_layout(body, view);
				const struct area nodes[] = {of_nodes.summary, of_nodes.bars, of_nodes.copies,
					of_nodes.zones, of_nodes.pairs};
				apart_expect(nodes, 5, body);
				struct pairs_layout of_pairs = pairs_layout(body, view->node_count);
				const struct area parts[] = {
					of_pairs.summary, of_pairs.matrix, of_pairs.words, of_pairs.legend};
				apart_expect(parts, 4, body);
				if (rows >= 8)
					assert_true(of_nodes.bars.rows > 1 && of_nodes.copies.rows > 0 &&
						    of_pairs.matrix.rows > 2);
			}
	}
}

static void test_it_can_be_drawn_at_every_size_with_hostile_names_and_many_nodes(void **state)
{
	(void)state;
	static const char *const paths[] = {"5", "5m", "5mm", "5v", "5vGG", "5vw", "5?"};
	for (int kind = 0; kind < SAMPLES; kind++)
		for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
			for (int step = 0; step < 30; step++) {
				oracle = oracle_begin((enum sample_kind)kind, 24, 80,
					step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
				oracle_press(oracle, "5");
				if (step % 5 != 0)
					oracle_speak_all(oracle);
				oracle_press(oracle, paths[path]);
				viewer_resize(&oracle->console, step);
				oracle_end(oracle);
			}
}

/* ---- nodes ---- */

static void test_the_mean_is_of_nodes_in_service(void **state)
{
	(void)state;
	static struct sample sample;
	sample_view(&sample, SAMPLE_HEALTHY);
	for (size_t i = 0; i < 6; i++)
		sample.nodes[i].chunks = 100 + 20 * i;
	struct bars_summary summary = bars_summarise(&sample.view, BARS_CHUNKS);
	assert_int_equal(summary.nodes, 6);
	assert_true(fabs(summary.mean - 150) < 0.001);
	assert_int_equal(summary.fullest, 5);
	assert_int_equal(summary.emptiest, 0);
	sample.nodes[5].state = NODE_DOWN;
	sample.nodes[0].state = NODE_ABSENT;
	summary = bars_summarise(&sample.view, BARS_CHUNKS);
	assert_int_equal(summary.nodes, 4);
	assert_true(fabs(summary.mean - 150) < 0.001);
	assert_int_equal(summary.fullest, 4);
	assert_int_equal(summary.emptiest, 1);
	/* What is used of all capacity, not the mean of shares. */
	sample_view(&sample, SAMPLE_HEALTHY);
	sample.view.node_count = 2;
	sample.nodes[0].used_bytes = 100;
	sample.nodes[0].capacity_bytes = 1000;
	sample.nodes[1].used_bytes = 100;
	sample.nodes[1].capacity_bytes = 200;
	assert_true(fabs(bars_summarise(&sample.view, BARS_FILL).mean - 200.0 / 1200) < 0.0001);
	sample.view.node_count = 0;
	assert_int_equal(bars_summarise(&sample.view, BARS_BYTES).nodes, 0);
}

static void test_what_is_compared_changes_and_the_sentence_with_it(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	for (size_t i = 0; i < 6; i++) {
		oracle->sample.nodes[i].chunks = 100 + 20 * i;
		oracle->sample.nodes[i].used_bytes = (100 + 10 * i) << 20;
	}
	oracle_press(oracle, "5");
	/* node-4 is down. */
	assert_true(oracle_shows(oracle, "Mean 148.0 chunks: node-6 is 35 % above, node-1 32 % below."));
	assert_true(oracle_shows(oracle, "+35.1 %"));
	assert_true(oracle_shows(oracle, "-32.4 %"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row_of_node("node-4")), "down"));
	assert_true(oracle_shows(oracle, "chunks, mean"));
	oracle_press(oracle, "m");
	assert_true(oracle_shows(oracle, "bytes, mean"));
	assert_true(oracle_shows(oracle, "Mean 124.0 MiB"));
	assert_true(oracle_shows(oracle, "150.0 MiB"));
	oracle_press(oracle, "m");
	assert_true(oracle_shows(oracle, "capacity, mean"));
	assert_true(oracle_shows(oracle, "6.05 % of capacity"));
	assert_true(oracle_shows(oracle, "7.3 %"));
	oracle_press(oracle, "m");
	assert_true(oracle_shows(oracle, "chunks, mean"));
}

static void test_the_mean_is_marked_in_every_bar_at_the_same_place(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	oracle_press(oracle, "5");
	const struct grid *grid = oracle_draw(oracle);
	int first = row_of_node("node-1"), at = -1;
	for (int row = first; row < first + 6; row++) {
		int found = -1;
		for (int column = 12; column < 60; column++)
			if (strcmp(grid->cells[row][column].text, glyphs_utf8.tick) == 0)
				found = column;
		assert_true(found > 0);
		assert_true(at < 0 || at == found);
		at = found;
	}
}

static void test_live_copies_are_counted_and_what_is_wanted_is_marked(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	oracle->sample.view.chunks = (struct view_chunks){.total = 1000,
		.full = 840,
		.under_replicated = 150,
		.last_copy = 30,
		.unavailable = 7,
		.lost = 3,
		.excess = 12,
		.corrupt = 2,
		.misplaced = 9,
		.by_live = {[0] = 10, [1] = 30, [2] = 120, [3] = 828, [5] = 12}};
	oracle_press(oracle, "5");
	static const char *const words[] = {"840 full", "150 under-replicated", "30 last copy",
		"7 unavailable", "3 lost", "12 excess", "2 corrupt", "9 misplaced", "5 copies", "0 copies"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_true(oracle_shows(oracle, words[i]));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "3 copies")), "want"));
	oracle->console.rows = 12;
	oracle->console.columns = 40;
	console_settle(&oracle->console);
	assert_true(oracle_shows(oracle, "150 under-replicated"));
}

/* ---- pairs ---- */

static void judge(struct pairs *out, size_t count, struct answer *answer, const struct view *view)
{
	static const char *names[SAMPLE_NODES];
	for (size_t i = 0; i < count; i++)
		names[i] = view->nodes[i].name;
	*answer = (struct answer){.kind = QUESTION_PAIRS,
		.pairs = {.nodes = names, .count = count, .chunks = pairs, .most = 220}};
	pairs_judge(out, answer, view);
}

static void test_pairs_within_a_zone_are_not_held_against_a_store(void **state)
{
	(void)state;
	static struct sample sample;
	static struct pairs judged;
	struct answer answer;
	sample_view(&sample, SAMPLE_HEALTHY);
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < 6; b++)
			pairs[a * 6 + b] = a == b ? 300 : a % 3 == b % 3 ? 0 : 50;
	judge(&judged, 6, &answer, &sample.view);
	assert_true(judged.crossing);
	assert_int_equal(judged.counted, 12);
	assert_true(fabs(judged.mean - 50) < 0.001);
	assert_true(fabs(judged.off) < 0.001);
	pairs[0 * 6 + 1] = pairs[1 * 6 + 0] = 100;
	judge(&judged, 6, &answer, &sample.view);
	assert_int_equal(judged.worst_a, 0);
	assert_int_equal(judged.worst_b, 1);
	assert_true(fabs(judged.mean - 650.0 / 12) < 0.001);
	assert_true(fabs(judged.off - (100 / (650.0 / 12) - 1)) < 0.001);
	/* In a single zone all pairs count. */
	for (size_t i = 0; i < 6; i++)
		sample.nodes[i].zone = "a";
	judge(&judged, 6, &answer, &sample.view);
	assert_false(judged.crossing);
	assert_int_equal(judged.counted, 15);
	assert_int_equal(judged.empty, 3);
	judge(&judged, 0, &answer, &sample.view);
	assert_int_equal(judged.counted, 0);
}

static void test_a_fixed_pattern_shows_as_a_diagonal_and_an_even_store_does_not(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80);
	fill_neighbours(12);
	oracle->pair_nodes = 12;
	oracle_press(oracle, "5v");
	assert_true(oracle_shows(oracle, "Looking at the pairs of nodes."));
	oracle_speak_all(oracle);
	const struct grid *grid = oracle_draw(oracle);
	int first = row_of_node("node-1"), cell = 4, begin_at = -1;
	for (int column = 0; column < 80 && begin_at < 0; column++)
		if (strcmp(grid->cells[first][column + 4].text, "█") == 0)
			begin_at = column;
	/* Right of the diagonal stands the hottest cell, in each row but the last. */
	for (int row = 1; row < 11; row++)
		assert_string_equal(grid->cells[first + row][begin_at + (row + 1) * cell].text, "█");
	assert_int_equal(grid->cells[first + 1][begin_at + 2 * cell].style, ROLE_HEAT_LAST);
	for (int row = 0; row < 6; row++)
		assert_string_equal(grid->cells[first + row][begin_at + (row + 4) * cell].text, "·");
	oracle_end(oracle);

	begin(SAMPLE_MANY, 24, 80);
	oracle->pair_nodes = 12;
	oracle_go(oracle, "5v");
	grid = oracle_draw(oracle);
	for (int row = 1; row < 12; row++)
		for (int other = 0; other < 12; other++)
			if (row != other)
				assert_string_equal(grid->cells[first + row][begin_at + other * cell].text,
					glyphs_utf8.heat[4]);
	oracle_end(oracle);
}

static void test_the_cursor_tells_its_pair_in_words(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	fill_neighbours(6);
	oracle_go(oracle, "5v");
	assert_true(oracle_shows(oracle, "node-1 holds 330 chunks."));
	oracle_press(oracle, "l");
	assert_true(oracle_shows(oracle, "node-1 and node-2 share 220 chunks, 133 % of the mean pair."));
	oracle_press(oracle, "ll");
	assert_true(oracle_shows(oracle, "node-1 and node-4 share 0 chunks; they are in one zone."));
	oracle_press(oracle, "jjh");
	assert_true(oracle_shows(oracle, "node-3 holds 330 chunks."));
	oracle_press(oracle, "G");
	assert_true(oracle_shows(oracle, "node-6 holds 330 chunks."));
	oracle_press(oracle, "g");
	assert_true(oracle_shows(oracle, "node-1 holds 330 chunks."));
	oracle_press(oracle, "vw");
	assert_true(oracle_shows(oracle, "of the mean pair."));
	assert_true(oracle_shows(oracle, "Chunks that two nodes share"));
}

static void test_the_matrix_scrolls_in_both_directions_for_600_nodes(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80);
	oracle_go(oracle, "5v");
	assert_true(oracle_shows(oracle, "node-1 "));
	oracle_press(oracle, "G");
	assert_true(oracle_shows(oracle, "node-600 holds 250 chunks."));
	assert_true(selects_node("node-600"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), 5), "600"));
	oracle_press(oracle, "h");
	assert_true(oracle_shows(oracle, "node-600 and node-599 share 100 chunks, 100 % of the mean pair."));
	for (int i = 0; i < 100; i++)
		oracle_press(oracle, "h");
	assert_true(oracle_shows(oracle, "node-600 and node-499 share"));
	oracle_press(oracle, "\x15\x15");
	assert_false(oracle_shows(oracle, "node-600 and"));
}

static void test_the_cursor_stays_on_its_pair_and_pairs_follow_the_store(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	oracle_go(oracle, "5v");
	oracle_press(oracle, "jjlll");
	assert_true(oracle_shows(oracle, "node-3 and node-4 share 100"));
	int asked = oracle->asked_count[QUESTION_PAIRS];
	struct view_node moved = oracle->sample.nodes[2];
	oracle->sample.nodes[2] = oracle->sample.nodes[0];
	oracle->sample.nodes[0] = moved;
	oracle_change(oracle);
	assert_int_equal(oracle->asked_count[QUESTION_PAIRS], asked + 1);
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "node-3 and node-4 share 100"));
	assert_true(selects_node("node-3"));
}

static void test_a_failed_answer_says_why_and_leaves_what_was_known(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	oracle->failure = "the catalog cannot be read: input/output error";
	oracle_go(oracle, "5v");
	assert_true(oracle_shows(oracle, "input/output error"));
	oracle_press(oracle, "jkhlgGw\n\x1b");
	oracle->failure = NULL;
	oracle_follow(oracle);
	assert_false(oracle_shows(oracle, "input/output error"));
	oracle->failure = "the catalog cannot be read: input/output error";
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "input/output error"));
	assert_true(oracle_shows(oracle, "holds 250 chunks."));
}

static void test_enter_and_the_mouse_choose_nodes_and_pairs(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	oracle_go(oracle, "5jj");
	assert_int_equal(oracle->console.node, 2);
	console_click(&oracle->console, row_of_node("node-5"), 5, false);
	assert_int_equal(oracle->console.node, 4);
	console_click(&oracle->console, row_of_node("node-5"), 5, true);
	assert_ptr_equal(console_screen(&oracle->console), screens[SCREEN_NODE]);
	oracle_press(oracle, "\x1bv");
	console_click(&oracle->console, row_of_node("node-3"), 70, false);
	assert_true(oracle_shows(oracle, "and node-6 share"));
	oracle_press(oracle, "\n");
	assert_int_equal(oracle->console.node, 2);
	assert_ptr_equal(console_screen(&oracle->console), screens[SCREEN_NODE]);
}

static void test_golden_chunks(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"chunks-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, ""},
		{"chunks-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "jj"},
		{"chunks-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "mm"},
		{"chunks-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, ""},
		{"pairs-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "vjl"},
		{"pairs-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "vjlll"},
		{"pairs-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "vjlll"},
		{"pairs-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "vjlll"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		oracle = oracle_begin_golden(&goldens[i]);
		fill_neighbours(6);
		oracle_go(oracle, "5");
		oracle_press(oracle, goldens[i].keys);
		golden_compare(oracle_draw(oracle), goldens[i].name, goldens[i].looks);
		oracle_end(oracle);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_neither_overlap_nor_leave_the_body_at_any_size),
		cmocka_unit_test(test_it_can_be_drawn_at_every_size_with_hostile_names_and_many_nodes),
		cmocka_unit_test(test_the_mean_is_of_nodes_in_service),
		cmocka_unit_test_teardown(
			test_what_is_compared_changes_and_the_sentence_with_it, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_mean_is_marked_in_every_bar_at_the_same_place, oracle_clean),
		cmocka_unit_test_teardown(
			test_live_copies_are_counted_and_what_is_wanted_is_marked, oracle_clean),
		cmocka_unit_test(test_pairs_within_a_zone_are_not_held_against_a_store),
		cmocka_unit_test(test_a_fixed_pattern_shows_as_a_diagonal_and_an_even_store_does_not),
		cmocka_unit_test_teardown(test_the_cursor_tells_its_pair_in_words, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_matrix_scrolls_in_both_directions_for_600_nodes, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_cursor_stays_on_its_pair_and_pairs_follow_the_store, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_failed_answer_says_why_and_leaves_what_was_known, oracle_clean),
		cmocka_unit_test_teardown(test_enter_and_the_mouse_choose_nodes_and_pairs, oracle_clean),
		cmocka_unit_test(test_golden_chunks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
