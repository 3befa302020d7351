/*
 * screen_snapshots.c: all snapshots, the newest first.
 *
 * The cursor stays on its snapshot, by name, while others come and go. Two of them can be marked, to be compared.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/asking.h"
#include "tui/files.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/snapshots.h"
#include "tui/table.h"

enum { FACTS_FROM = 10, MARKS = 2 };

struct snapshots_state {
	struct asking asking;
	char name[SNAPSHOT_NAME_SIZE]; /* under the cursor; "": the newest */
	size_t at, first;
	char marks[MARKS][SNAPSHOT_NAME_SIZE]; /* in the order in which they were marked; "": none */
};

enum { COLUMN_NAME, COLUMN_TAKEN, COLUMN_AGE, COLUMN_FILES, COLUMN_BYTES, COLUMNS_ };

static const struct table_column columns[COLUMNS_] = {
	[COLUMN_NAME] = {"", 12, 36, 0, false, true, 60},
	[COLUMN_TAKEN] = {"taken", 16, 16, 3, false, false, 0},
	[COLUMN_AGE] = {"age", 8, 8, 1, true, false, 0},
	[COLUMN_FILES] = {"files", 9, 11, 2, true, false, 0},
	[COLUMN_BYTES] = {"size", 10, 10, 0, true, false, 0},
};

static struct snapshots_state *state_of(const struct console *console)
{
	return console_state(console, SCREEN_SNAPSHOTS);
}

/* The answer to show, unless it is a failure. */
static const struct answer *list_of(const struct console *console)
{
	const struct answer *answer = asking_answer(console, QUESTION_SNAPSHOTS, &state_of(console)->asking);
	return answer != NULL && answer->failure == NULL ? answer : NULL;
}

static size_t count_of(const struct console *console)
{
	const struct answer *list = list_of(console);
	return list != NULL ? list->snapshots.count : 0;
}

/* The place of the snapshot with that name; as many as there are: it is not there. */
static size_t find(const struct console *console, const char *name)
{
	const struct answer *list = list_of(console);
	size_t at = 0;
	while (at < count_of(console) && strcmp(list->snapshots.snapshots[at].name, name) != 0)
		at++;
	return at;
}

static const struct answer_snapshot *current(const struct console *console)
{
	const struct answer *list = list_of(console);
	size_t at = state_of(console)->at;
	return list != NULL && at < list->snapshots.count ? &list->snapshots.snapshots[at] : NULL;
}

/* ---- drawing ---- */

/* Facts in the first row, where there is room; then the list with its heading. */
static struct area list_area(const struct console *console)
{
	struct area area = console_body(console);
	int facts = area.rows >= FACTS_FROM ? 1 : 0;
	return (struct area){area.row + facts, area.column, area.rows - facts, area.columns};
}

static size_t visible(const struct console *console)
{
	return table_visible(list_area(console));
}

/* "3 h", "5 d": how long ago that was, roughly. Returns `out`. */
static char *age_text(char *out, size_t size, int64_t created_ms, int64_t now_ms)
{
	text_duration(out, size, now_ms > created_ms ? now_ms - created_ms : 0);
	/* The first of its two parts: "3 h" of "3 h 2 m". */
	char *blank = strchr(out, ' ');
	blank = blank != NULL ? strchr(blank + 1, ' ') : NULL;
	if (blank != NULL)
		*blank = '\0';
	return out;
}

static void draw_facts(const struct console *console, const struct paint *paint)
{
	const struct snapshots_state *state = state_of(console);
	const struct answer *list = list_of(console);
	struct area area = console_body(console);
	char number[32], age[32];
	struct line line = line_begin(paint, area.row, 1, area.columns - 2);
	if (list == NULL)
		return;
	size_t count = list->snapshots.count;
	line_add(&line, ROLE_STRONG, "%s%s %s", paint_number(number, sizeof(number), count),
		list->snapshots.more ? "+" : "", count == 1 ? "snapshot" : "snapshots");
	if (count > 0)
		line_add(&line, ROLE_TEXT, "newest %s ago",
			age_text(age, sizeof(age), list->snapshots.snapshots[0].created_ms, console->now_ms));
	if (state->marks[1][0] != '\0')
		line_add(&line, ROLE_ACCENT, "two are marked: Enter compares them");
	else if (state->marks[0][0] != '\0')
		line_add(&line, ROLE_ACCENT, "one is marked: mark another to compare");
}

static bool is_marked(const struct snapshots_state *state, const char *name)
{
	return strcmp(state->marks[0], name) == 0 || strcmp(state->marks[1], name) == 0;
}

static void draw_snapshot(const struct console *console, const struct paint *paint, struct area area, int row,
	const struct table_place *places, size_t at)
{
	const struct snapshots_state *state = state_of(console);
	const struct answer_snapshot *snapshot = &list_of(console)->snapshots.snapshots[at];
	bool selected = at == state->at;
	char text[32];
	unsigned flags = table_row(paint, area, row, selected, is_marked(state, snapshot->name));
	table_cell(paint, area, row, &columns[COLUMN_NAME], &places[COLUMN_NAME],
		selected ? ROLE_SELECTED : ROLE_TEXT, snapshot->name);
	table_cell(paint, area, row, &columns[COLUMN_TAKEN], &places[COLUMN_TAKEN], ROLE_DIM | flags,
		files_time(text, sizeof(text), snapshot->created_ms));
	table_cell(paint, area, row, &columns[COLUMN_AGE], &places[COLUMN_AGE], ROLE_TEXT | flags,
		age_text(text, sizeof(text), snapshot->created_ms, console->now_ms));
	table_cell(paint, area, row, &columns[COLUMN_FILES], &places[COLUMN_FILES], ROLE_TEXT | flags,
		paint_number(text, sizeof(text), snapshot->files));
	table_cell(paint, area, row, &columns[COLUMN_BYTES], &places[COLUMN_BYTES], ROLE_TEXT | flags,
		text_bytes(text, sizeof(text), snapshot->bytes));
}

static void draw_nothing(const struct console *console, const struct paint *paint, struct area area)
{
	const struct answer *answer = asking_answer(console, QUESTION_SNAPSHOTS, &state_of(console)->asking);
	bool failed = answer != NULL && answer->failure != NULL;
	const char *text = failed           ? answer->failure
			   : answer == NULL ? "Looking at the snapshots."
			   : console->read_only
				   ? "No snapshots yet."
				   : "No snapshots yet: S takes one. It costs next to nothing, and what it "
				     "holds stays until it is removed.";
	paint_wrapped(paint, (struct area){area.row + 1, 2, area.rows - 1, area.columns - 4}, 0,
		failed ? ROLE_CRITICAL : ROLE_DIM, text);
}

static void snapshots_draw(const struct console *console, const struct paint *paint)
{
	const struct snapshots_state *state = state_of(console);
	struct area area = list_area(console);
	struct table_place places[COLUMNS_];
	size_t count = count_of(console);
	if (area.row > console_body(console).row)
		draw_facts(console, paint);
	table_arrange(columns, COLUMNS_, area.columns, places);
	table_heading(paint, area, "Snapshots", columns, places, COLUMNS_, -1, false);
	if (count == 0)
		draw_nothing(console, paint, area);
	for (size_t i = 0; i < visible(console) && state->first + i < count; i++)
		draw_snapshot(console, paint, area, area.row + 1 + (int)i, places, state->first + i);
	table_scroll(paint, area, state->first, count);
}

/* ---- moving ---- */

static void put_cursor(struct console *console, size_t at)
{
	struct snapshots_state *state = state_of(console);
	const struct answer *list = list_of(console);
	if (at >= count_of(console))
		return;
	state->at = at;
	/* Whoever is on the newest stays on the newest. */
	snprintf(state->name, sizeof(state->name), "%s", at > 0 ? list->snapshots.snapshots[at].name : "");
}

/* Forgets marks of snapshots that are there no more. */
static void keep_marks(struct console *console)
{
	struct snapshots_state *state = state_of(console);
	for (int i = MARKS - 1; i >= 0; i--)
		if (state->marks[i][0] != '\0' && find(console, state->marks[i]) == count_of(console)) {
			memmove(state->marks[i], state->marks[i + 1 < MARKS ? i + 1 : i],
				sizeof(state->marks[i]));
			state->marks[MARKS - 1][0] = '\0';
		}
}

static void snapshots_settle(struct console *console)
{
	struct snapshots_state *state = state_of(console);
	if (asking_due(console, QUESTION_SNAPSHOTS, &state->asking)) {
		struct question question = {.kind = QUESTION_SNAPSHOTS};
		state->asking.ticket = console_ask(console, &question);
	}
	size_t count = count_of(console);
	if (count == 0)
		return;
	size_t at = state->name[0] != '\0' ? find(console, state->name) : 0;
	if (at == count)
		at = state->at < count ? state->at : count - 1;
	put_cursor(console, at);
	keep_marks(console);
	state->first = layout_scroll(state->first, state->at, visible(console), count);
}

static void snapshots_move(struct console *console, enum move move)
{
	put_cursor(console, console_moved(state_of(console)->at, move, visible(console), count_of(console)));
}

static void snapshots_enter(struct console *console)
{
	*state_of(console) = (struct snapshots_state){0};
}

/* ---- what is done with them ---- */

static void act_diff(struct console *console)
{
	const struct snapshots_state *state = state_of(console);
	const struct answer_snapshot *snapshot = current(console);
	if (snapshot == NULL)
		return;
	if (state->marks[1][0] == '\0') {
		snapshots_show_diff(console, snapshot->name, "");
		return;
	}
	/* The older one comes first, whichever was marked first. */
	bool turn = find(console, state->marks[0]) < find(console, state->marks[1]);
	snapshots_show_diff(console, state->marks[turn], state->marks[!turn]);
}

static void act_holds(struct console *console)
{
	const struct answer_snapshot *snapshot = current(console);
	if (snapshot != NULL)
		snapshots_show_diff(console, "", snapshot->name);
}

/* A third mark takes the place of the older one. */
static void act_mark(struct console *console)
{
	struct snapshots_state *state = state_of(console);
	const struct answer_snapshot *snapshot = current(console);
	if (snapshot == NULL)
		return;
	bool first = strcmp(state->marks[0], snapshot->name) == 0;
	bool second = strcmp(state->marks[1], snapshot->name) == 0;
	bool both = state->marks[1][0] != '\0';
	if (first || (both && !second))
		memmove(state->marks[0], state->marks[1], sizeof(state->marks[0]));
	if (first || second)
		state->marks[1][0] = '\0';
	else
		snprintf(state->marks[both || state->marks[0][0] != '\0'], sizeof(state->marks[0]), "%s",
			snapshot->name);
	snapshots_move(console, MOVE_DOWN);
}

static void act_restore(struct console *console)
{
	const struct answer_snapshot *snapshot = current(console);
	char text[384], time[24], number[32], bytes[16];
	if (snapshot == NULL)
		return;
	snprintf(text, sizeof(text),
		"Names become what they were on %s: %s %s, %s; later ones are removed. First a snapshot is "
		"taken of what is there now: restoring that one undoes it.",
		files_time(time, sizeof(time), snapshot->created_ms),
		paint_number(number, sizeof(number), snapshot->files),
		snapshot->files == 1 ? "file" : "files", text_bytes(bytes, sizeof(bytes), snapshot->bytes));
	console_confirm(console,
		&(struct confirmation){.title = "Restore this snapshot?",
			.subject = snapshot->name,
			.text = text,
			.yes = "restore it",
			.words = (const char *const[]){"snapshot", "restore", snapshot->name, NULL}});
}

static void act_remove(struct console *console)
{
	const struct answer_snapshot *snapshot = current(console);
	if (snapshot == NULL)
		return;
	console_confirm(console,
		&(struct confirmation){.title = "Remove this snapshot?",
			.subject = snapshot->name,
			.text = "The files that are there now stay. Versions that only this snapshot holds "
				"go when retention lets go of them; this cannot be undone.",
			.yes = "remove it",
			.words = (const char *const[]){"snapshot", "rm", snapshot->name, NULL}});
}

static void name_typed(struct console *console, const char *text)
{
	if (text != NULL && text[0] != '\0')
		console_run(console, (const char *const[]){"snapshot", "create", text, NULL});
}

/* "2026-11-02T10.04.05Z" is proposed, as the command would call it. */
void snapshots_take(struct console *console)
{
	char name[32];
	text_time(name, sizeof(name), console->now_ms);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == ':' ? '.' : *c;
	console_prompt(console, &(struct prompt){.label = "Snapshot: ", .text = name, .done = name_typed});
}

static void snapshots_click(struct console *console, int row, int column, bool twice)
{
	const struct snapshots_state *state = state_of(console);
	(void)column;
	size_t at = table_at(list_area(console), state->first, count_of(console), row);
	bool same = at == state->at;
	put_cursor(console, at);
	if (twice && same)
		act_diff(console);
}

static const struct key snapshots_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "diff",
		"Shows what differs between the snapshot and now, or between the two that are marked.", 2,
		false, false, act_diff},
	{{' '}, "Space", "mark", "Marks the snapshot; two that are marked are compared.", 3, false, false,
		act_mark},
	{{'v'}, "v", "holds", "Shows what the snapshot holds.", 3, false, false, act_holds},
	{{'r'}, "r", "restore", "Makes all names what they were when it was taken; asks first.", 3, true,
		false, act_restore},
	{{'x'}, "x", "remove", "Removes the snapshot; asks first.", 4, true, false, act_remove},
	{.act = NULL},
};

const struct screen_ops screen_snapshots = {
	.name = "Snapshots",
	.state_size = sizeof(struct snapshots_state),
	.keys = snapshots_keys,
	.key_sets = KEYS_MOVE | KEYS_REPAIR | KEYS_STORE | KEYS_CHANGE | KEYS_BACK,
	.draw = snapshots_draw,
	.enter = snapshots_enter,
	.settle = snapshots_settle,
	.move = snapshots_move,
	.click = snapshots_click,
};
