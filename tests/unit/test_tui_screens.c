/*
 * Promises of the console: golden screens, and what the keys do.
 *
 * Golden screens are as tests/screen/golden.h says.
 */
#include "tests/screen/bare.h"
#include "tests/screen/golden.h"
#include "tui/layout.h"

static char sent[256]; /* the words of the last command */
static int sent_count;

static void listen(void *context, const char *const *words, size_t count, bool typed)
{
	(void)typed;
	assert_ptr_equal(context, &console);
	viewer_join(sent, sizeof(sent), words, count, " ");
	sent_count++;
}

static void begin(enum sample_kind kind, int rows, int columns, const struct glyphs *glyphs)
{
	viewer_open(&console, sample_view(&sample, kind), glyphs, rows, columns,
		(struct console_link){.context = &console, .run = listen});
	console_tick(&console);
	console_settle(&console);
	sent_count = 0;
}

static void compare(const char *name, bool looks)
{
	golden_compare(draw(), name, looks);
}

static void test_golden_screens(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"overview-healthy-80x24-utf8", SAMPLE_HEALTHY, 24, 80, false, false, ""},
		{"overview-degraded-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, ""},
		{"overview-degraded-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "jjj"},
		{"overview-degraded-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, ""},
		{"overview-degraded-40x10-ascii", SAMPLE_DEGRADED, 10, 40, true, false, ""},
		{"overview-degraded-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "jjj"},
		{"overview-degraded-200x60-ascii", SAMPLE_DEGRADED, 60, 200, true, false, ""},
		{"overview-degraded-40x10-mono", SAMPLE_DEGRADED, 10, 40, false, true, ""},
		{"overview-degraded-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "jjj"},
		{"overview-degraded-200x60-mono", SAMPLE_DEGRADED, 60, 200, false, true, ""},
		{"overview-hostile-80x24-utf8", SAMPLE_HOSTILE, 24, 80, false, false, "jj"},
		{"overview-hostile-80x24-ascii", SAMPLE_HOSTILE, 24, 80, true, false, "jj"},
		{"overview-many-80x24-utf8", SAMPLE_MANY, 24, 80, false, false, "G"},
		{"overview-empty-80x24-utf8", SAMPLE_EMPTY, 24, 80, false, false, ""},
		{"details-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "jjj\n"},
		{"confirm-40x10-utf8", SAMPLE_HEALTHY, 10, 40, false, false, "jf"},
		{"confirm-80x24-utf8", SAMPLE_HEALTHY, 24, 80, false, false, "jf"},
		{"events-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "ekk"},
		{"help-80x24-utf8", SAMPLE_HEALTHY, 24, 80, false, false, "?"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].kind, goldens[i].rows, goldens[i].columns, golden_glyphs(&goldens[i]));
		press(goldens[i].keys);
		compare(goldens[i].name, goldens[i].looks);
		console_release(&console);
	}
}

/* The grid fails the test when anything is drawn off the canvas or could harm a terminal. */
static void test_every_screen_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	static const char *const paths[] = {"", "\n", "f", "e", "ekkk", "?", "?G", "e?"};
	for (int kind = 0; kind < SAMPLES; kind++)
		for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
			for (int step = 0; step < 40; step++) {
				begin((enum sample_kind)kind, 24, 80,
					step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
				press(paths[path]);
				viewer_resize(&console, step);
				console_release(&console);
			}
}

static void test_failing_a_node_asks_and_only_y_confirms(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	press("jf");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "Fail this node?"));
	static const char *const refusals[] = {"n", "f", "\n", "q", " ", "\x1b", "Y"};
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		press(refusals[i]);
		assert_int_equal(sent_count, 0);
		assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
		assert_false(console.quit);
		press("f");
	}
	press("y");
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent, "node fail node-2");
}

static void test_the_node_asked_about_is_the_one_that_fails(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	press("jjf");
	sample_view(&other, SAMPLE_HEALTHY);
	other.nodes[2].name = "another";
	console_show(&console, &other.view);
	press("y");
	assert_string_equal(sent, "node fail node-3");
}

static void test_recovering_does_not_ask(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80, &glyphs_utf8);
	press("jjjr");
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent, "node recover node-4");
}

static void test_a_read_only_console_changes_nothing(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	console.read_only = true;
	press("fyr");
	assert_int_equal(sent_count, 0);
	const struct grid *grid = draw();
	assert_true(grid_shows(grid, "This console is read-only."));
	assert_false(grid_shows(grid, "f fail"));
}

static void test_nothing_changes_while_the_question_cannot_be_seen(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 5, 20, &glyphs_utf8);
	press("fyr");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "needs 40x10"));
}

static void test_moving_stays_within_the_nodes(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80, &glyphs_utf8);
	press("kkh");
	assert_int_equal(console.node, 0);
	press("jj");
	assert_int_equal(console.node, 2);
	press("G");
	assert_int_equal(console.node, SAMPLE_NODES - 1);
	press("jl");
	assert_int_equal(console.node, SAMPLE_NODES - 1);
	press("g");
	assert_int_equal(console.node, 0);
	console_release(&console);
	begin(SAMPLE_BARE, 24, 80, &glyphs_utf8);
	press("jkGghlfr\n");
	assert_int_equal(sent_count, 0);
	assert_int_equal(console.depth, 1);
	assert_true(grid_shows(draw(), "No nodes."));
}

static void test_the_cursor_stays_on_its_node(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	press("jj");
	sample_view(&other, SAMPLE_HEALTHY);
	struct view_node moved = other.nodes[2];
	other.nodes[2] = other.nodes[5];
	other.nodes[5] = moved;
	console_show(&console, &other.view);
	assert_int_equal(console.node, 5);
}

static void test_the_log_follows_until_the_cursor_leaves_the_newest(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	sample.view.event_count = SAMPLE_EVENTS - 10;
	press("e");
	assert_true(grid_shows(draw(), "following"));
	sample_view(&other, SAMPLE_HEALTHY);
	console_show(&console, &other.view);
	const struct grid *grid = draw();
	assert_memory_equal(grid_row(grid, 17), "\xe2\x96\xb6", 3);
	press("gjj");
	assert_true(grid_shows(draw(), "held"));
	char *held = strdup(grid_row(draw(), 5));
	console_show(&console, &sample.view);
	console_show(&console, &other.view);
	assert_string_equal(grid_row(draw(), 5), held);
	free(held);
	press("G");
	assert_true(grid_shows(draw(), "following"));
}

static void test_a_message_stays_until_a_key_or_its_time_and_a_failure_until_esc(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	console_message(&console, false, "node-1 is in service");
	assert_true(grid_shows(draw(), "node-1 is in service"));
	console.tick_ms += MESSAGE_MS - 1;
	assert_false(console_expire(&console));
	console.tick_ms += 1;
	assert_true(console_expire(&console));
	assert_false(grid_shows(draw(), "is in service"));
	console_message(&console, false, "node-1 is in service");
	press("j");
	assert_false(grid_shows(draw(), "is in service"));
	console_message(&console, true, "there is no node 'none'");
	press("j");
	console.tick_ms += 10 * MESSAGE_MS;
	assert_false(console_expire(&console));
	assert_true(grid_shows(draw(), "there is no node"));
	press("e\x1b");
	assert_false(grid_shows(draw(), "there is no node"));
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENTS]);
}

static void test_going_back_and_quitting(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80, &glyphs_utf8);
	press("e?q");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENTS]);
	press("\x1b");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	press("\x1b");
	assert_false(console.quit);
	press("q");
	assert_true(console.quit);
}

/* Every table of the screen, its own one first; returns how many. */
static size_t tables_of(const struct screen_ops *screen, const struct key *tables[16])
{
	size_t count = 0;
	if (screen->keys != NULL)
		tables[count++] = screen->keys;
	for (size_t i = 0; i < key_set_count; i++)
		if ((screen->key_sets & key_sets[i].set) != 0)
			tables[count++] = key_sets[i].keys;
	return count;
}

static void test_footer_and_help_name_every_key_of_the_tables(void **state)
{
	(void)state;
	for (int tab = 0; tab < SCREEN_TABS; tab++) {
		const struct key *tables[16];
		if (screens[tab] == NULL)
			continue;
		begin(SAMPLE_HEALTHY, 100, 300, &glyphs_utf8);
		console_switch(&console, (enum screen_id)tab);
		console_settle(&console);
		const struct grid *grid = draw();
		size_t count = tables_of(screens[tab], tables);
		for (size_t i = 0; i < count; i++)
			for (const struct key *key = tables[i]; key->act != NULL; key++)
				if (key->footer != NULL)
					assert_true(grid_shows(grid, key_word(key, &console)));
		press("?");
		for (size_t i = 0; i < count; i++)
			for (const struct key *key = tables[i]; key->act != NULL; key++) {
				bool found = false;
				press("g");
				for (int page = 0; page < 10 && !found; page++) {
					found = grid_shows(draw(), key->help);
					press("l");
				}
				assert_true(found);
			}
		console_release(&console);
	}
}

static void test_no_key_means_two_things_on_one_screen(void **state)
{
	(void)state;
	for (int id = 0; id < SCREENS; id++) {
		const struct key *tables[16];
		bool taken[1024] = {false};
		size_t count = screens[id] != NULL ? tables_of(screens[id], tables) : 0;
		for (size_t i = 0; i < count; i++)
			for (const struct key *key = tables[i]; key->act != NULL; key++)
				for (int j = 0; j < KEY_CODES && key->codes[j] != 0; j++) {
					bool digit = key->codes[j] >= '1' && key->codes[j] <= '9';
					if (taken[key->codes[j]] || digit)
						fail_msg("%s: %s", screens[id]->name, key->label);
					taken[key->codes[j]] = true;
				}
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test(test_every_screen_can_be_drawn_at_every_size),
		cmocka_unit_test_teardown(test_failing_a_node_asks_and_only_y_confirms, end),
		cmocka_unit_test_teardown(test_the_node_asked_about_is_the_one_that_fails, end),
		cmocka_unit_test_teardown(test_recovering_does_not_ask, end),
		cmocka_unit_test_teardown(test_a_read_only_console_changes_nothing, end),
		cmocka_unit_test_teardown(test_nothing_changes_while_the_question_cannot_be_seen, end),
		cmocka_unit_test_teardown(test_moving_stays_within_the_nodes, end),
		cmocka_unit_test_teardown(test_the_cursor_stays_on_its_node, end),
		cmocka_unit_test_teardown(test_the_log_follows_until_the_cursor_leaves_the_newest, end),
		cmocka_unit_test_teardown(
			test_a_message_stays_until_a_key_or_its_time_and_a_failure_until_esc, end),
		cmocka_unit_test_teardown(test_going_back_and_quitting, end),
		cmocka_unit_test(test_footer_and_help_name_every_key_of_the_tables),
		cmocka_unit_test(test_no_key_means_two_things_on_one_screen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
