/*
 * Promises of tui/layout.h: on any screen, with any view, no panels overlap and none leaves the screen.
 */
#include "tests/screen/apart.h"
#include "tests/screen/grid.h"
#include "tests/screen/sample.h"
#include "tui/layout.h"

enum { AREAS = 13 };

static void collect(const struct frame *frame, const struct layout *layout, struct area areas[AREAS])
{
	const struct area all[AREAS] = {layout->facts, layout->heat, layout->repair, layout->checks,
		layout->nodes, layout->chunks, layout->zones, layout->notes, layout->events, frame->health,
		frame->tabs, frame->message, frame->footer};
	memcpy(areas, all, sizeof(all));
}

static void check(int rows, int columns, const struct view *view)
{
	struct layout layout = layout_overview(rows, columns, view);
	struct frame frame = layout_frame(rows, columns);
	struct area areas[AREAS];
	bool small = rows < LAYOUT_ROWS_MIN || columns < LAYOUT_COLUMNS_MIN;
	collect(&frame, &layout, areas);
	assert_int_equal(layout.too_small, small);
	apart_expect(areas, AREAS, (struct area){0, 0, rows, columns});
	for (int i = 0; i < AREAS; i++)
		assert_true(areas[i].rows == 0 || areas[i].columns > 0);
	if (small)
		return;
	assert_true(frame.health.rows == 1 && frame.footer.rows == 1 && layout.facts.rows >= 1);
	assert_int_equal(
		frame.health.rows + frame.tabs.rows + frame.body.rows + frame.message.rows + 1, rows);
	assert_true(layout.nodes.rows >= 1 && layout.events.rows >= 3);
	assert_true(layout_visible_nodes(&layout) >= 1);
	/* The strip stands at the end of the second row of facts. */
	if (layout.strip.rows > 0) {
		assert_int_equal(layout.strip.row, layout.facts.row + 1);
		assert_int_equal(layout.strip.column + layout.strip.columns, columns);
		assert_true(layout.strip.columns <= columns / 2 || columns < 80);
	}
	assert_true(layout.strip.rows == 1 || rows < 24);
}

static void test_panels_keep_apart_on_every_screen(void **state)
{
	(void)state;
	static struct sample sample;
	for (int kind = 0; kind < SAMPLES; kind++) {
		const struct view *view = sample_view(&sample, (enum sample_kind)kind);
		/* Many nodes make a difference only to how far a panel could grow. */
		int step = kind == SAMPLE_HEALTHY || kind == SAMPLE_DEGRADED ? 1 : 7;
		for (int rows = 1; rows <= 100; rows++)
			for (int columns = 1; columns <= 300; columns += step)
				check(rows, columns, view);
	}
}

static void test_a_usual_screen_shows_all_nodes_and_all_panels(void **state)
{
	(void)state;
	static struct sample sample;
	struct layout layout = layout_overview(24, 80, sample_view(&sample, SAMPLE_DEGRADED));
	assert_int_equal(layout_visible_nodes(&layout), 6);
	assert_true(
		layout.checks.rows > 0 && layout.chunks.rows > 0 && layout_frame(24, 80).message.rows == 1);
}

static void test_a_small_screen_keeps_nodes_and_events(void **state)
{
	(void)state;
	static struct sample sample;
	struct layout layout = layout_overview(10, 40, sample_view(&sample, SAMPLE_DEGRADED));
	assert_int_equal(layout_visible_nodes(&layout), 4);
	assert_int_equal(layout.events.rows, 3);
}

static void test_a_large_screen_has_two_columns(void **state)
{
	(void)state;
	static struct sample sample;
	struct layout layout = layout_overview(60, 200, sample_view(&sample, SAMPLE_DEGRADED));
	assert_true(layout.events.column > layout.nodes.column + layout.nodes.columns);
	assert_true(layout.zones.rows > 0 && layout.notes.rows > 0 && layout.heat.rows > 0);
	assert_true(layout.node_rows > 1);
}

/* Six nodes have a row each for their course, and the axis that tells the time; all panels are there. */
static void test_a_fairly_large_screen_has_all_panels(void **state)
{
	(void)state;
	static struct sample sample;
	struct layout layout = layout_overview(36, 120, sample_view(&sample, SAMPLE_DEGRADED));
	assert_true(layout.heat.rows >= 1 + 6 + 1);
	assert_true(layout.zones.rows == 4 && layout.notes.rows == 2 && layout.repair.rows >= 3);
	assert_true(layout.chunks.rows >= 5 && layout.checks.rows >= 5 && layout.events.rows >= 9);
	assert_int_equal(layout_visible_nodes(&layout), 6);
}

static void test_scrolling_keeps_the_selected_row_in_sight(void **state)
{
	(void)state;
	assert_int_equal(layout_scroll(0, 5, 10, 6), 0);
	assert_int_equal(layout_scroll(0, 9, 10, 20), 0);
	assert_int_equal(layout_scroll(0, 10, 10, 20), 1);
	assert_int_equal(layout_scroll(7, 3, 10, 20), 3);
	assert_int_equal(layout_scroll(19, 19, 10, 20), 10);
	assert_int_equal(layout_scroll(50, 0, 10, 3), 0);
	for (size_t first = 0; first < 30; first++)
		for (size_t selected = 0; selected < 20; selected++)
			for (size_t visible = 1; visible < 25; visible++) {
				size_t at = layout_scroll(first, selected, visible, 20);
				assert_true(at <= selected && selected < at + visible);
			}
}

static void test_a_centred_box_stays_on_the_screen(void **state)
{
	(void)state;
	for (int rows = 1; rows < 30; rows++)
		for (int columns = 1; columns < 100; columns++) {
			struct area area = layout_centre(rows, columns, 12, 72);
			assert_true(area.row >= 0 && area.row + area.rows <= rows);
			assert_true(area.column >= 0 && area.column + area.columns <= columns);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panels_keep_apart_on_every_screen),
		cmocka_unit_test(test_a_usual_screen_shows_all_nodes_and_all_panels),
		cmocka_unit_test(test_a_small_screen_keeps_nodes_and_events),
		cmocka_unit_test(test_a_large_screen_has_two_columns),
		cmocka_unit_test(test_a_fairly_large_screen_has_all_panels),
		cmocka_unit_test(test_scrolling_keeps_the_selected_row_in_sight),
		cmocka_unit_test(test_a_centred_box_stays_on_the_screen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
