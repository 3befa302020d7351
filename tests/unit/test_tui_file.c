/*
 * Promises of the screen of one file: its parts fit any size, its map tells how every chunk stands, however many
 * there are, and follows the store.
 */
#include "tests/screen/apart.h"
#include "tests/screen/oracle.h"
#include "tui/chunk_map.h"
#include "tui/layout.h"
#include "tui/panel_file.h"

static struct oracle *oracle;
static uint8_t live[1000000];

static void make_chunks(uint64_t chunks)
{
	memset(live, 3, sizeof(live));
	oracle->live = live;
	oracle->chunks = chunks;
}

static void begin(int rows, int columns, uint64_t chunks)
{
	oracle = oracle_begin(SAMPLE_DEGRADED, rows, columns, &glyphs_utf8);
	make_chunks(chunks);
}

/* ---- layout ---- */

static void test_parts_neither_overlap_nor_leave_the_body_at_any_size(void **state)
{
	(void)state;
	static const size_t versions[] = {0, 1, 3, 50, 100000};
	for (int rows = 1; rows <= 100; rows++)
		for (int columns = 1; columns <= 300; columns++)
			for (size_t v = 0; v < sizeof(versions) / sizeof(*versions); v++) {
				struct area body = {2, 0, rows, columns};
				struct file_layout layout = file_layout(body, versions[v]);
				const struct area areas[] = {layout.facts, layout.versions, layout.map,
					layout.legend, layout.chunk};
				apart_expect(areas, 5, body);
				assert_true(layout.map.rows > 0);
			}
}

static void test_a_map_of_all_chunks_fits_and_one_of_each_chunk_has_all_of_them(void **state)
{
	(void)state;
	static const uint64_t counts[] = {0, 1, 7, 100, 5000, 1000000, UINT64_C(1) << 40};
	for (int rows = 1; rows <= 100; rows += 3)
		for (int columns = 1; columns <= 300; columns++)
			for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
				struct area area = {0, 0, rows, columns};
				struct chunk_map all = chunk_map_arrange(area, counts[i], false);
				struct chunk_map each = chunk_map_arrange(area, counts[i], true);
				assert_true(all.rows <= all.visible);
				assert_true(all.rows * all.per_row * all.per_cell >= counts[i]);
				assert_int_equal(each.per_cell, 1);
				assert_true(each.rows * each.per_row >= counts[i]);
				int width = all.cells.column + (int)(all.per_row - 1) * all.stride + 1;
				assert_true(columns < 4 || width < columns);
				if (counts[i] == 0)
					continue;
				/* The cell of the last chunk is found where it is drawn. */
				uint64_t last = (counts[i] - 1) / all.per_cell, row = last / all.per_row;
				assert_int_equal(
					chunk_map_at(&all, 0, counts[i], all.cells.row + (int)row,
						all.cells.column + (int)(last % all.per_row) * all.stride),
					last * all.per_cell);
			}
}

static void test_the_cursor_moves_in_two_dimensions_and_never_leaves_the_file(void **state)
{
	(void)state;
	struct chunk_map map = chunk_map_arrange((struct area){0, 0, 11, 28}, 205, false);
	assert_int_equal(map.per_cell, 1);
	assert_int_equal(map.per_row, 20);
	assert_int_equal(map.rows, 11);
	map = chunk_map_arrange((struct area){0, 0, 5, 28}, 205, true);
	assert_int_equal(chunk_map_moved(&map, 0, 205, MOVE_RIGHT), 1);
	assert_int_equal(chunk_map_moved(&map, 0, 205, MOVE_LEFT), 0);
	assert_int_equal(chunk_map_moved(&map, 0, 205, MOVE_UP), 0);
	assert_int_equal(chunk_map_moved(&map, 7, 205, MOVE_UP), 7);
	assert_int_equal(chunk_map_moved(&map, 7, 205, MOVE_DOWN), 27);
	assert_int_equal(chunk_map_moved(&map, 190, 205, MOVE_DOWN), 204);
	assert_int_equal(chunk_map_moved(&map, 204, 205, MOVE_DOWN), 204);
	assert_int_equal(chunk_map_moved(&map, 204, 205, MOVE_UP), 184);
	assert_int_equal(chunk_map_moved(&map, 7, 205, MOVE_PAGE_DOWN), 107);
	assert_int_equal(chunk_map_moved(&map, 107, 205, MOVE_PAGE_UP), 7);
	assert_int_equal(chunk_map_moved(&map, 7, 205, MOVE_LAST), 204);
	assert_int_equal(chunk_map_moved(&map, 7, 205, MOVE_FIRST), 0);
	assert_int_equal(chunk_map_moved(&map, 0, 0, MOVE_LAST), 0);
	assert_int_equal(chunk_map_scroll(&map, 0, 204), 6);
	assert_int_equal(chunk_map_scroll(&map, 6, 100), 5);
}

/* ---- facts and map ---- */

static void test_facts_legend_and_the_chunk_under_the_cursor_are_told(void **state)
{
	(void)state;
	begin(24, 80, 1000);
	live[3] = 0;
	live[4] = live[5] = 1;
	live[6] = 2;
	live[7] = 4;
	oracle_open_file(oracle);
	assert_true(oracle_shows(oracle, "folder/file-000001"));
	assert_true(oracle_shows(oracle, "976.6 KiB"));
	assert_true(oracle_shows(oracle, "want 3"));
	assert_true(oracle_shows(oracle, "stored 2026-11-02 09:04"));
	assert_true(oracle_shows(oracle, "SHA-256 aaaaaaaa"));
	assert_true(oracle_shows(oracle, "✗ 1 unavailable"));
	assert_true(oracle_shows(oracle, "▲ 2 last copy"));
	assert_true(oracle_shows(oracle, "◧ 1 short"));
	assert_true(oracle_shows(oracle, "◆ 1 excess"));
	assert_true(oracle_shows(oracle, "■ 995 full"));
	oracle_go(oracle, "z");
	oracle_press(oracle, "gllll");
	assert_true(oracle_shows(oracle, "chunk 5 of 1,000"));
	assert_true(oracle_shows(oracle, "1 of 3 live"));
	assert_true(oracle_shows(oracle, "last copy"));
	assert_true(oracle_shows(oracle, "looking"));
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "● node-1 live"));
	assert_true(oracle_shows(oracle, "? node-4 unreachable"));
	assert_true(oracle_shows(oracle, "✗ node-6 bad"));
	assert_true(oracle_shows(oracle, "00000000c0de0004"));
	assert_true(oracle_shows(oracle, "■■■✗▲▲◧◆■"));
	/* What is known of one chunk is never shown for another. */
	oracle_press(oracle, "l");
	assert_false(oracle_shows(oracle, "node-4 unreachable"));
}

static void test_all_of_a_million_chunks_are_seen_the_worst_of_each_cell(void **state)
{
	(void)state;
	begin(24, 80, 1000000);
	live[654321] = 1;
	live[654322] = 0;
	oracle_open_file(oracle);
	assert_true(oracle_shows(oracle, "Chunks, the worst of 2,"));
	assert_true(oracle_shows(oracle, "✗ 1 unavailable"));
	assert_int_equal(oracle->asked[QUESTION_CHUNK].chunk.index, 0);
	oracle_press(oracle, "]");
	assert_int_equal(oracle->asked[QUESTION_CHUNK].chunk.index, 654322);
	assert_true(oracle_shows(oracle, "chunk 654,323 of 1,000,000"));
	assert_true(oracle_shows(oracle, "the worst of 6"));
	oracle_press(oracle, "z");
	assert_true(oracle_shows(oracle, "a cell for each"));
	assert_true(oracle_shows(oracle, "chunk 654,323 of 1,000,000"));
	assert_true(oracle_shows(oracle, "■▲✗■"));
	oracle_press(oracle, "[");
	assert_true(oracle_shows(oracle, "chunk 654,322 of 1,000,000"));
	oracle_press(oracle, "[");
	assert_true(oracle_shows(oracle, "No chunk before this one lacks copies."));
	oracle_press(oracle, "]]");
	assert_true(oracle_shows(oracle, "No chunk further on lacks copies."));
	oracle_press(oracle, "G");
	assert_true(oracle_shows(oracle, "chunk 1,000,000 of 1,000,000"));
	oracle_press(oracle, "g");
	assert_true(oracle_shows(oracle, "chunk 1 of 1,000,000"));
	oracle_press(oracle, "z");
	assert_true(oracle_shows(oracle, "in each cell"));
}

static void test_a_map_that_fits_needs_no_zoom_and_says_so(void **state)
{
	(void)state;
	begin(24, 80, 5);
	oracle_open_file(oracle);
	oracle_press(oracle, "z");
	assert_true(oracle_shows(oracle, "All chunks are in sight"));
	oracle_end(oracle);
	begin(24, 80, 0);
	oracle_open_file(oracle);
	assert_true(oracle_shows(oracle, "It has no chunks."));
	oracle_press(oracle, "z][hjklgG");
	assert_int_equal(oracle->asked_count[QUESTION_CHUNK], 0);
}

static void test_the_map_heals_before_ones_eyes(void **state)
{
	(void)state;
	begin(24, 80, 200);
	memset(live + 50, 2, 100);
	oracle_open_file(oracle);
	oracle_go(oracle, "lllll");
	assert_true(oracle_shows(oracle, "◧ 100 short"));
	int asked = oracle->asked_count[QUESTION_FILE];
	memset(live + 50, 3, 60);
	oracle_change(oracle);
	assert_int_equal(oracle->asked_count[QUESTION_FILE], asked + 1);
	assert_true(oracle_shows(oracle, "◧ 100 short"));
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "◧ 40 short"));
	assert_true(oracle_shows(oracle, "chunk 6 of 200"));
	assert_true(oracle->asked_count[QUESTION_CHUNK] >= 3);
	/* The file gets shorter than where the cursor is. */
	oracle_press(oracle, "G");
	oracle->chunks = 10;
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "chunk 10 of 10"));
}

static void test_a_failed_answer_says_why_and_leaves_what_was_known(void **state)
{
	(void)state;
	begin(24, 80, 100);
	oracle_go(oracle, "4");
	oracle_press(oracle, "\n");
	assert_true(oracle_shows(oracle, "Looking at the file."));
	oracle->failure = "there is no such file in the store";
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "there is no such file"));
	oracle_press(oracle, "zv][njkG");
	oracle->failure = NULL;
	oracle_follow(oracle);
	assert_false(oracle_shows(oracle, "there is no such file"));
	assert_true(oracle_shows(oracle, "■ 100 full"));
	oracle->failure = "there is no such file in the store";
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "there is no such file"));
	assert_true(oracle_shows(oracle, "■ 100 full"));
}

static void test_a_chunk_that_cannot_be_told_of_says_why(void **state)
{
	(void)state;
	begin(24, 80, 100);
	oracle_open_file(oracle);
	oracle->failure = "the chunk cannot be looked up: input/output error";
	oracle_go(oracle, "l");
	assert_true(oracle_shows(oracle, "the chunk cannot be looked up"));
	assert_true(oracle_shows(oracle, "chunk 2 of 100"));
}

/* ---- versions ---- */

static void test_a_version_is_chosen_and_its_map_shown(void **state)
{
	(void)state;
	begin(24, 80, 100);
	oracle_open_file(oracle);
	assert_int_equal(oracle->asked[QUESTION_FILE].file.version, 0);
	assert_true(oracle_shows(oracle, "current"));
	oracle_press(oracle, "vj");
	assert_int_equal(oracle->asked[QUESTION_FILE].file.version, 2);
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "SHA-256 bbbbbbbb"));
	assert_int_equal(oracle->asked[QUESTION_CHUNK].chunk.version, 2);
	oracle_go(oracle, "j");
	assert_true(oracle_shows(oracle, "SHA-256 cccccccc"));
	oracle_press(oracle, "j");
	oracle_press(oracle, "g");
	assert_int_equal(oracle->asked[QUESTION_FILE].file.version, 0);
	oracle_speak_all(oracle);
	/* Back in the map, moving chooses no version. */
	oracle_go(oracle, "vjj");
	assert_true(oracle_shows(oracle, "SHA-256 aaaaaaaa"));
}

static void test_another_file_begins_anew(void **state)
{
	(void)state;
	begin(24, 80, 100);
	oracle_open_file(oracle);
	oracle_go(oracle, "vjvG");
	oracle_press(oracle, "qj\n");
	assert_true(oracle_shows(oracle, "Looking at the file."));
	assert_int_equal(oracle->asked[QUESTION_FILE].file.id, 2);
	assert_int_equal(oracle->asked[QUESTION_FILE].file.version, 0);
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "chunk 1 of 100"));
}

static void test_the_number_of_copies_is_set_here_too(void **state)
{
	(void)state;
	begin(24, 80, 100);
	oracle_open_file(oracle);
	oracle_press(oracle, "n\x7f"
			     "5\n");
	assert_string_equal(oracle->sent, "set-rf 5 folder/file-000001");
}

static void test_the_mouse_chooses_chunks_and_versions(void **state)
{
	(void)state;
	begin(24, 80, 100000);
	oracle_open_file(oracle);
	int map = oracle_row_of(oracle, "Chunks, the worst");
	console_click(&oracle->console, map + 2, 30, false);
	uint64_t chunk = oracle->asked[QUESTION_CHUNK].chunk.index;
	assert_true(chunk > 0);
	console_click(&oracle->console, map + 2, 30, true);
	assert_true(oracle_shows(oracle, "a cell for each"));
	assert_int_equal(oracle->asked[QUESTION_CHUNK].chunk.index, chunk);
	int versions = oracle_row_of(oracle, "Versions");
	console_click(&oracle->console, versions + 2, 30, false);
	assert_int_equal(oracle->asked[QUESTION_FILE].file.version, 2);
}

static void test_golden_files(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"file-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "]"},
		{"file-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "]"},
		{"file-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "]"},
		{"file-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "]z"},
		{"file-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, "]"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		oracle = oracle_begin_golden(&goldens[i]);
		make_chunks(4321);
		oracle->snapshots = 4;
		for (size_t c = 0; c < 4321; c++)
			live[c] = c % 501 == 7    ? 0
				  : c % 211 == 30 ? 1
				  : c % 37 == 20  ? 2
				  : c % 401 == 60 ? 4
						  : 3;
		oracle_open_file(oracle);
		oracle_go(oracle, goldens[i].keys);
		golden_compare(oracle_draw(oracle), goldens[i].name, goldens[i].looks);
		oracle_end(oracle);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_neither_overlap_nor_leave_the_body_at_any_size),
		cmocka_unit_test(test_a_map_of_all_chunks_fits_and_one_of_each_chunk_has_all_of_them),
		cmocka_unit_test(test_the_cursor_moves_in_two_dimensions_and_never_leaves_the_file),
		cmocka_unit_test_teardown(
			test_facts_legend_and_the_chunk_under_the_cursor_are_told, oracle_clean),
		cmocka_unit_test_teardown(
			test_all_of_a_million_chunks_are_seen_the_worst_of_each_cell, oracle_clean),
		cmocka_unit_test_teardown(test_a_map_that_fits_needs_no_zoom_and_says_so, oracle_clean),
		cmocka_unit_test_teardown(test_the_map_heals_before_ones_eyes, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_failed_answer_says_why_and_leaves_what_was_known, oracle_clean),
		cmocka_unit_test_teardown(test_a_chunk_that_cannot_be_told_of_says_why, oracle_clean),
		cmocka_unit_test_teardown(test_a_version_is_chosen_and_its_map_shown, oracle_clean),
		cmocka_unit_test_teardown(test_another_file_begins_anew, oracle_clean),
		cmocka_unit_test_teardown(test_the_number_of_copies_is_set_here_too, oracle_clean),
		cmocka_unit_test_teardown(test_the_mouse_chooses_chunks_and_versions, oracle_clean),
		cmocka_unit_test(test_golden_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
