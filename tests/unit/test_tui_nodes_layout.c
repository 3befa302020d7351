/*
 * Promises of the layouts of the screens about nodes, over all sizes: nothing overlaps, nothing leaves its area.
 */
#include "tests/screen/apart.h"
#include "tui/network.h"
#include "tui/nodes_layout.h"

enum { ROWS = 100, COLUMNS = 300 };

static void test_the_table_of_nodes(void **state)
{
	(void)state;
	static const size_t counts[] = {0, 1, 6, 20, 600, 100000};
	for (int rows = 1; rows <= ROWS; rows++)
		for (int columns = 1; columns <= COLUMNS; columns += 7)
			for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
				struct area body = {2, 0, rows, columns};
				struct nodes_layout layout = layout_nodes(body, counts[i]);
				const struct area areas[] = {
					layout.facts, layout.table, layout.rest, layout.page};
				apart_expect(areas, 4, body);
				assert_true(layout.table.rows > 0);
				assert_true(layout.rest.rows == 0 || layout.page.rows == 0);
				assert_true(nodes_layout_visible(&layout) >= 1);
				/* A page takes no row from the nodes. */
				if (layout.page.rows > 0)
					assert_true(nodes_layout_visible(&layout) >= counts[i]);
			}
}

static void test_the_page_of_a_node(void **state)
{
	(void)state;
	for (int rows = 1; rows <= ROWS; rows++)
		for (int columns = 1; columns <= COLUMNS; columns += 3)
			for (int copies = 2; copies <= 9; copies += 7)
				for (int files = 0; files <= 5; files += 5) {
					struct area body = {3, 0, rows, columns};
					struct page_layout layout = layout_page(body, copies, files, 4);
					const struct area areas[] = {layout.facts, layout.copies,
						layout.files, layout.trends, layout.events};
					apart_expect(areas, 5, body);
					assert_true(layout.facts.rows > 0);
					/* What a screen of 40 by 10 shows at the least. */
					if (rows >= 8 && columns >= 40)
						assert_true(
							layout.events.rows >= 4 && layout.facts.rows == 4);
					if (rows >= 20 && columns >= 80)
						assert_true(layout.copies.rows > 0 && layout.trends.rows > 0);
				}
}

static void test_what_if(void **state)
{
	(void)state;
	for (int rows = 1; rows <= ROWS; rows++)
		for (int columns = 1; columns <= COLUMNS; columns += 11)
			for (int verdict = 1; verdict <= 5; verdict++)
				for (int repair = 1; repair <= 5; repair++) {
					struct area body = {2, 0, rows, columns};
					struct loss_layout layout = layout_loss(body, verdict, repair, 10);
					const struct area areas[] = {layout.title, layout.verdict,
						layout.counts, layout.repair, layout.files};
					apart_expect(areas, 5, body);
					if (rows >= 8)
						assert_true(
							layout.verdict.rows > 0 && layout.counts.rows == 3);
					if (rows >= 20)
						assert_true(layout.files.rows >= 4);
				}
}

static void test_the_matrix_of_links(void **state)
{
	(void)state;
	static const size_t counts[] = {1, 7, 31, 601, 1025};
	for (int rows = 1; rows <= ROWS; rows++)
		for (int columns = 1; columns <= COLUMNS; columns++)
			for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
				for (int cells = 0; cells < CELLS_KINDS; cells++) {
					struct area body = {2, 0, rows, columns};
					struct network_layout layout = layout_network(
						body, counts[i], (enum network_cells)cells, 9, 3);
					const struct area areas[] = {layout.title, layout.zones,
						layout.labels, layout.names, layout.cells, layout.link,
						layout.summary};
					apart_expect(areas, 7, body);
					if (rows < 8 || columns < 40)
						continue;
					/* All cells in sight lie left of the scroll bar. */
					int used = (int)network_columns(&layout) * layout.cell_columns;
					assert_true(used <= layout.cells.columns - 2);
					assert_true((int)network_rows(&layout) <= layout.cells.rows);
					assert_true(layout.numbers || cells != CELLS_NUMBERS);
					assert_true(!layout.numbers || cells != CELLS_HEAT);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table_of_nodes),
		cmocka_unit_test(test_the_page_of_a_node),
		cmocka_unit_test(test_what_if),
		cmocka_unit_test(test_the_matrix_of_links),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
