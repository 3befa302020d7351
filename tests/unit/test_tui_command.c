/*
 * Promises of the console's command line: what runs, what is asked about first, and what is refused.
 */
#include "tests/screen/bare.h"
#include "tui/layout.h"

static char sent[4096]; /* the words of the last command, with | between them */
static int sent_count;
static bool sent_typed;
static struct question asked;
static uint64_t path_ticket;
static char path_prefix[256];

static const struct word_option events_options[] = {
	{.name = "--number", .letter = 'n', .takes_value = true},
	{.name = "--follow", .letter = 'f', .endless = true},
	{.name = "--long", .letter = 'l'},
	{0},
};
static const struct word_option get_options[] = {
	{.name = "--output", .letter = 'o', .takes_value = true, .value = WORD_PATH},
	{.name = "--prefix", .takes_value = true, .value = WORD_NAME},
	{0},
};
static const struct word_command commands[] = {
	{.name = "put",
		.operands = {WORD_PATH, WORD_PATH, WORD_PATH, WORD_PATH},
		.synopsis = "PATH...",
		.summary = "store files",
		.changes = true},
	{.name = "get",
		.operands = {WORD_NAME},
		.synopsis = "NAME [-o PATH]",
		.summary = "fetch a file",
		.options = get_options},
	{
		.name = "ls",
		.operands = {WORD_NAME},
		.synopsis = "[PREFIX]",
		.summary = "list names",
	},
	{.name = "rm",
		.operands = {WORD_NAME, WORD_NAME, WORD_NAME, WORD_NAME},
		.synopsis = "NAME...",
		.summary = "remove names",
		.changes = true},
	{
		.name = "node list",
		.synopsis = "",
		.summary = "list nodes",
	},
	{.name = "node drain",
		.operands = {WORD_NODE},
		.synopsis = "NAME",
		.summary = "empty it",
		.changes = true},
	{.name = "node rm",
		.operands = {WORD_NODE},
		.synopsis = "NAME",
		.summary = "remove it",
		.changes = true},
	{.name = "node fail",
		.operands = {WORD_NODE},
		.synopsis = "NAME",
		.summary = "fail it",
		.changes = true},
	{.name = "node wipe",
		.operands = {WORD_NODE},
		.synopsis = "NAME",
		.summary = "wipe it",
		.changes = true},
	{.name = "node corrupt",
		.operands = {WORD_NODE},
		.synopsis = "NAME",
		.summary = "corrupt it",
		.changes = true},
	{.name = "snapshot rm",
		.operands = {WORD_SNAPSHOT},
		.synopsis = "NAME",
		.summary = "remove it",
		.changes = true},
	{.name = "snapshot restore",
		.operands = {WORD_SNAPSHOT, WORD_NAME},
		.synopsis = "NAME",
		.summary = "as it was",
		.changes = true},
	{.name = "restore",
		.operands = {WORD_NAME},
		.synopsis = "NAME@VERSION",
		.summary = "as it was",
		.changes = true},
	{
		.name = "events",
		.synopsis = "[-f]",
		.summary = "tell events",
		.options = events_options,
	},
	{.name = "net set",
		.operands = {WORD_END, WORD_END, WORD_SETTING, WORD_SETTING},
		.synopsis = "A B KEY=VALUE... [--one-way]",
		.summary = "change links",
		.changes = true},
	{.name = "net cut",
		.operands = {WORD_END, WORD_END},
		.synopsis = "A B [--one-way]",
		.summary = "cut links",
		.changes = true},
	{.name = "net partition",
		.operands = {WORD_END},
		.synopsis = "A,B/C,D[/...]",
		.summary = "cut the network into groups",
		.changes = true},
	{.name = "net preset",
		.operands = {WORD_PRESET, WORD_NODE, WORD_NODE, WORD_NODE},
		.synopsis = "NAME [NODE...]",
		.summary = "make links like a network",
		.changes = true},
	{.name = "daemon", .synopsis = "", .summary = "maintain", .hidden = true},
	{.name = NULL},
};

static void run(void *context, const char *const *words, size_t count, bool typed)
{
	assert_ptr_equal(context, &console);
	viewer_join(sent, sizeof(sent), words, count, "|");
	sent_count++;
	sent_typed = typed;
}

static void ask(void *context, const struct question *question)
{
	assert_ptr_equal(context, &console);
	asked = *question;
}

static void find_paths(void *context, uint64_t ticket, const char *prefix)
{
	assert_ptr_equal(context, &console);
	path_ticket = ticket;
	snprintf(path_prefix, sizeof(path_prefix), "%s", prefix);
}

static void begin_at(int rows, int columns)
{
	viewer_open(&console, sample_view(&sample, SAMPLE_HEALTHY), &glyphs_utf8, rows, columns,
		(struct console_link){.context = &console, .run = run, .ask = ask, .find_paths = find_paths});
	console.commands = commands;
	console_settle(&console);
	sent_count = 0;
	sent_typed = false;
}

static int begin(void **state)
{
	(void)state;
	begin_at(24, 80);
	return 0;
}

/* What stands on the command line now. */
static void line_is(const char *expected)
{
	const char *row = grid_row(draw(), console.rows - 2);
	assert_string_equal(row, expected);
}

static void test_enter_runs_the_words_and_esc_does_not(void **state)
{
	(void)state;
	press(":node drain 'node 1' \"\" a\\ b\n");
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent, "node|drain|node 1||a b");
	assert_true(sent_typed);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	press(":linckia ls\n");
	assert_string_equal(sent, "ls");
	press(":node drain x\x1b:\n:   \n:linckia\n");
	assert_int_equal(sent_count, 2);
	press(":x\x7f\x7f");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
}

static void test_what_cannot_be_undone_asks_first(void **state)
{
	(void)state;
	static const char *const lines[] = {":rm a\n", ":linckia  rm a\n", ":node rm node-1\n",
		":node  fail node-1\n", ":'node' \"wipe\" node-1\n", ":node corrupt node-1\n",
		":rm -- a b c d e f g h i j k l m n o p q r s t u v w x y z\n", ":snapshot rm one\n",
		":snapshot restore one\n", ":restore a@1\n", ":net cut node-1 client\n",
		":net partition a/b\n"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		press(lines[i]);
		assert_int_equal(sent_count, 0);
		assert_ptr_equal(console_screen(&console), screens[SCREEN_CONFIRM]);
		assert_true(grid_shows(draw(), "Run this?"));
		press("\n");
		assert_int_equal(sent_count, 0);
		assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	}
	press(lines[6]);
	press("y");
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent, "rm|--|a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z");
}

/* The program takes options before and within a name; here they could hide what it is. */
static void test_no_option_hides_a_command(void **state)
{
	(void)state;
	static const char *const lines[] = {":-q rm a\n", ":-- rm a\n", ":node -q rm node-1\n",
		":node -- rm node-1\n", ":linckia -q rm a\n"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		press(lines[i]);
		assert_int_equal(sent_count, 0);
		assert_true(grid_shows(draw(), "A command begins with its name"));
	}
}

static void test_a_read_only_console_runs_only_what_looks(void **state)
{
	(void)state;
	console.read_only = true;
	static const char *const lines[] = {":put x\n", ":rm x\n", ":node drain x\n", ":node -q drain x\n"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		press(lines[i]);
		assert_int_equal(sent_count, 0);
		assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	}
	press(":put x\n");
	assert_true(grid_shows(draw(), "This console is read-only."));
	press(":ls\n");
	assert_string_equal(sent, "ls");
}

/* The program has the best sentence for it. */
static void test_an_unknown_command_is_for_the_program_to_refuse(void **state)
{
	(void)state;
	press(":nodee\n");
	assert_string_equal(sent, "nodee");
	press(":node\n");
	assert_string_equal(sent, "node");
	console.read_only = true;
	press(":sl\n");
	assert_string_equal(sent, "sl");
}

static void test_what_would_not_end_or_makes_no_sense_is_refused(void **state)
{
	(void)state;
	static const char *const lines[] = {
		":events -f\n", ":events -lf\n", ":events --follow\n", ":events -n 5 --fol\n", ":daemon\n"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		press(lines[i]);
		assert_int_equal(sent_count, 0);
		assert_true(console.message_failed && console.message_end_ms > 0);
	}
	press(":events -l --number 5\n");
	assert_string_equal(sent, "events|-l|--number|5");
}

static void test_a_quote_has_to_be_closed(void **state)
{
	(void)state;
	press(":ls 'a\n");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "A quote is not closed"));
	/* The line is still there, to be mended. */
	press("'");
	assert_false(grid_shows(draw(), "A quote is not closed"));
	press("\n");
	assert_string_equal(sent, "ls|a");
}

static void test_q_leaves(void **state)
{
	(void)state;
	press(":q\n");
	assert_true(console.quit);
	console.quit = false;
	press(":quit\n");
	assert_true(console.quit);
	console.quit = false;
	press(":q x\n");
	assert_false(console.quit);
}

/* Whoever pastes several lines has not read them. */
static void test_what_is_pasted_is_text_and_runs_nothing(void **state)
{
	(void)state;
	press(":");
	for (const char *c = "ls 'a\nb'\r\n\t\x1b\x01x"; *c != '\0'; c++)
		keys_paste(&console, *c);
	assert_int_equal(sent_count, 0);
	line_is(" :ls 'a b'   x");
	keys_paste(&console, 0x106 /* Home */);
	keys_paste(&console, 127);
	keys_paste(&console, 'y');
	line_is(" :ls 'a b'   xy");
	press("\x1b");
	for (const char *c = "jfy:q\n"; *c != '\0'; c++)
		keys_paste(&console, *c);
	assert_int_equal(console.depth, 1);
	press("f");
	keys_paste(&console, 'y');
	assert_ptr_equal(console_screen(&console), screens[SCREEN_CONFIRM]);
	assert_int_equal(sent_count, 0);
}

static void test_lines_come_back(void **state)
{
	(void)state;
	press(":ls one\n:ls two\n:");
	keys_dispatch(&console, 16);
	keys_dispatch(&console, 16);
	press("\n");
	assert_string_equal(sent, "ls|one");
}

static void test_tab_completes_commands_options_and_nodes(void **state)
{
	(void)state;
	press(":pu\t");
	line_is(" :put");
	press("\x15no\t");
	line_is(" :node");
	press("d\t");
	line_is(" :node drain");
	press("n\t");
	line_is(" :node drain node-");
	assert_true(grid_shows(draw(), "node-1  node-2  node-3"));
	press("3\t\n");
	assert_string_equal(sent, "node|drain|node-3");
	press(":get --pre\t");
	line_is(" :get --prefix");
	press("\x15zzz\t");
	line_is(" :zzz");
	press("\x15\t");
	line_is(" :");
	assert_true(grid_shows(draw(), "put  get  ls  rm  node"));
}

static void test_tab_completes_links(void **state)
{
	(void)state;
	press(":net p\t");
	line_is(" :net p");
	assert_true(grid_shows(draw(), "partition  preset"));
	press("a\tc\t");
	line_is(" :net partition client");
	press("\x7f,node-1/no\t");
	line_is(" :net partition client,node-1/node-");
	press("\x15net set cl\tnode-2,n\t");
	line_is(" :net set client node-2,node-");
	press("5 la\t");
	line_is(" :net set client node-2,node-5 latency=");
	press("5ms lo\t1%\n");
	assert_string_equal(sent, "net|set|client|node-2,node-5|latency=5ms|loss=1%");
	press(":net preset sl\t");
	line_is(" :net preset slow-disk");
	press("no\t1\n");
	assert_string_equal(sent, "net|preset|slow-disk|node-1");
}

static void test_a_read_only_console_completes_only_what_it_runs(void **state)
{
	(void)state;
	console.read_only = true;
	press(":node \t");
	line_is(" :node list");
	press("\x15pu\t");
	line_is(" :pu");
}

/* An answer with these names, as the inquiry would have made it. */
static void answer(const char *const *names, size_t count, bool more)
{
	struct answer *made = calloc(1, sizeof(*made));
	assert_non_null(made);
	made->kind = QUESTION_NAMES;
	made->ticket = asked.ticket;
	made->names.names = names;
	made->names.count = count;
	made->names.more = more;
	console.answers[QUESTION_NAMES] = made;
	console_settle(&console);
	console.answers[QUESTION_NAMES] = NULL;
	free(made);
}

static void test_stored_names_are_asked_for_and_quoted(void **state)
{
	(void)state;
	press(":get ph\t");
	assert_int_equal(asked.kind, QUESTION_NAMES);
	line_is(" :get ph");
	answer((const char *const[]){"photos/"}, 1, false);
	line_is(" :get photos/");
	press("\t");
	answer((const char *const[]){"photos/it's me"}, 1, false);
	press("\n");
	assert_string_equal(sent, "get|photos/it's me");
}

static void test_snapshots_are_asked_for_and_completed(void **state)
{
	(void)state;
	static const struct answer_snapshot snapshots[] = {
		{.name = "weekly-2"}, {.name = "weekly-1"}, {.name = "before"}};
	struct answer made = {.kind = QUESTION_SNAPSHOTS, .snapshots = {snapshots, 3, false}};
	press(":snapshot rm we\t");
	assert_int_equal(asked.kind, QUESTION_SNAPSHOTS);
	made.ticket = asked.ticket - 1;
	console.answers[QUESTION_SNAPSHOTS] = &made;
	console_settle(&console);
	/* One that was asked for earlier may lack the newest. */
	line_is(" :snapshot rm we");
	made.ticket = asked.ticket + 1;
	console_settle(&console);
	line_is(" :snapshot rm weekly-");
	assert_true(grid_shows(draw(), "weekly-2  weekly-1"));
	press("\x15snapshot restore b\t");
	made.ticket = asked.ticket;
	console_settle(&console);
	console.answers[QUESTION_SNAPSHOTS] = NULL;
	press("\ny");
	assert_string_equal(sent, "snapshot|restore|before");
}

static void test_paths_are_looked_for_elsewhere(void **state)
{
	(void)state;
	press(":put '/srv/my ph\t");
	assert_string_equal(path_prefix, "/srv/my ph");
	line_is(" :put '/srv/my ph");
	struct path_answer *found = calloc(1, sizeof(*found));
	found->ticket = path_ticket;
	found->paths[found->count++] = strdup("/srv/my photos/");
	console_hear_paths(&console, found);
	console_settle(&console);
	line_is(" :put '/srv/my photos/");
	press("\t\x7f");
	found = calloc(1, sizeof(*found));
	found->ticket = path_ticket;
	found->paths[found->count++] = strdup("/srv/my photos/a");
	console_hear_paths(&console, found);
	console_settle(&console);
	line_is(" :put '/srv/my photos");
}

/* The first of many have more in common than all of them. */
static void test_names_that_are_not_all_known_complete_nothing(void **state)
{
	(void)state;
	press(":get p\t");
	answer((const char *const[]){"photos/1", "photos/2"}, 2, true);
	line_is(" :get p");
	assert_true(grid_shows(draw(), " 1  2  \xe2\x80\xa6"));
}

static void test_an_answer_that_comes_too_late_changes_nothing(void **state)
{
	(void)state;
	press(":get p\tx");
	answer((const char *const[]){"photos/1"}, 1, false);
	line_is(" :get px");
}

/* Neither by keys on a low screen, nor by a message, nor by a job that runs. */
static void test_nothing_is_drawn_over_the_line(void **state)
{
	(void)state;
	static struct job job = {
		.id = 1, .line = (char *)(uintptr_t) "scrub of everything", .state = JOB_RUNNING};
	static const struct job *shown[] = {&job};
	const struct job_list list = {.jobs = shown, .count = 1, .running = 1};
	static const int sizes[][2] = {{10, 40}, {24, 80}, {36, 120}, {60, 200}};
	console_release(&console);
	for (size_t i = 0; i < 4; i++) {
		begin_at(sizes[i][0], sizes[i][1]);
		console.jobs = &list;
		press(":ls photos/2024");
		console_message(&console, true, "something failed meanwhile");
		const struct grid *grid = draw();
		struct frame frame = layout_frame(console.rows, console.columns);
		int row = frame.message.rows > 0 ? frame.message.row : frame.footer.row;
		assert_string_equal(grid_row(grid, row), " :ls photos/2024");
		console_release(&console);
	}
	begin_at(24, 80);
}

static void test_the_line_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	for (int step = 0; step < 60; step++) {
		press(":node drain \t");
		viewer_resize(&console, step);
		press("\x1b");
	}
}

int main(void)
{
	viewer_use_utc();
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_enter_runs_the_words_and_esc_does_not),
		TEST(test_what_cannot_be_undone_asks_first),
		TEST(test_no_option_hides_a_command),
		TEST(test_a_read_only_console_runs_only_what_looks),
		TEST(test_an_unknown_command_is_for_the_program_to_refuse),
		TEST(test_what_would_not_end_or_makes_no_sense_is_refused),
		TEST(test_a_quote_has_to_be_closed),
		TEST(test_q_leaves),
		TEST(test_what_is_pasted_is_text_and_runs_nothing),
		TEST(test_lines_come_back),
		TEST(test_tab_completes_commands_options_and_nodes),
		TEST(test_tab_completes_links),
		TEST(test_a_read_only_console_completes_only_what_it_runs),
		TEST(test_stored_names_are_asked_for_and_quoted),
		TEST(test_snapshots_are_asked_for_and_completed),
		TEST(test_paths_are_looked_for_elsewhere),
		TEST(test_names_that_are_not_all_known_complete_nothing),
		TEST(test_an_answer_that_comes_too_late_changes_nothing),
		TEST(test_nothing_is_drawn_over_the_line),
		TEST(test_the_line_can_be_drawn_at_every_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
