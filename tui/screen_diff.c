/*
 * screen_diff.c: which names differ between two snapshots, or between one and now; or what a snapshot holds, which
 * is what differs between it and a store without any names.
 *
 * How many names differ, and how, stands above; below it the first of them by name. A filter finds the others. An
 * answer stays in sight until the one to a newer question has come, and the cursor stays on its name.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tui/asking.h"
#include "tui/files.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/snapshots.h"
#include "tui/table.h"

/* All differences are listed, or only those of one kind. */
enum { SHOW_ALL = DIFFERENCES };

struct diff_state {
	char before[SNAPSHOT_NAME_SIZE], after[SNAPSHOT_NAME_SIZE]; /* as in the question */
	char filter[STORE_NAME_MAX + 2];
	char filter_before[STORE_NAME_MAX + 2]; /* before it was typed anew */
	int shown;                              /* an enum difference, or SHOW_ALL */
	struct asking asking;
	int64_t file; /* under the cursor; 0: none */
	size_t at, first;
};

enum { COLUMN_HOW, COLUMN_NAME, COLUMN_VERSIONS, COLUMN_WAS, COLUMN_IS, COLUMNS_ };

enum { HOW_LEAST = 1, HOW_WORD = 9, NAME_MOST = 120 };

static struct diff_state *state_of(const struct console *console)
{
	return console_state(console, SCREEN_DIFF);
}

static bool holds_only(const struct diff_state *state)
{
	return state->before[0] == '\0';
}

static const struct answer *list_of(const struct console *console)
{
	const struct answer *answer = asking_answer(console, QUESTION_DIFF, &state_of(console)->asking);
	return answer != NULL && answer->failure == NULL ? answer : NULL;
}

static size_t count_of(const struct console *console)
{
	const struct answer *list = list_of(console);
	return list != NULL ? list->diff.count : 0;
}

void snapshots_show_diff(struct console *console, const char *before, const char *after)
{
	struct diff_state *state = state_of(console);
	*state = (struct diff_state){.shown = SHOW_ALL};
	snprintf(state->before, sizeof(state->before), "%s", before);
	snprintf(state->after, sizeof(state->after), "%s", after);
	console_push(console, SCREEN_DIFF);
}

/* ---- drawing ---- */

static const struct {
	const char *symbol, *word;
	enum role role;
} kinds[DIFFERENCES] = {
	[DIFFERENCE_ADDED] = {"+", "added", ROLE_HEALTHY},
	[DIFFERENCE_REMOVED] = {"-", "removed", ROLE_DEGRADED},
	[DIFFERENCE_CHANGED] = {"~", "changed", ROLE_ACCENT},
};

/* Counts in the first row; then the list with its heading. */
static struct area list_area(const struct console *console)
{
	struct area area = console_body(console);
	return (struct area){area.row + 1, area.column, area.rows - 1, area.columns};
}

static size_t visible(const struct console *console)
{
	return table_visible(list_area(console));
}

static const struct table_column columns[COLUMNS_] = {
	[COLUMN_HOW] = {"", HOW_LEAST, HOW_WORD, 0, false, false, 0},
	[COLUMN_NAME] = {"", 12, 32, 0, false, true, NAME_MOST},
	[COLUMN_VERSIONS] = {"version", 10, 14, 2, true, false, 0},
	[COLUMN_WAS] = {"was", 10, 10, 1, true, false, 0},
	[COLUMN_IS] = {"size", 10, 10, 0, true, false, 0},
};

/* What a snapshot holds has no other side. */
static void arrange(const struct diff_state *state, int width, struct table_place places[COLUMNS_])
{
	static const int held[] = {COLUMN_NAME, COLUMN_VERSIONS, COLUMN_IS};
	enum { HELD = sizeof(held) / sizeof(*held) };
	struct table_column some[HELD];
	struct table_place their[HELD];
	if (!holds_only(state)) {
		table_arrange(columns, COLUMNS_, width, places);
		return;
	}
	for (int i = 0; i < HELD; i++)
		some[i] = columns[held[i]];
	table_arrange(some, HELD, width, their);
	memset(places, 0, COLUMNS_ * sizeof(*places));
	for (int i = 0; i < HELD; i++)
		places[held[i]] = their[i];
}

enum { SUM_BYTES, SUM_WORD, SUM_NUMBER, SUM_LEVELS, SUM_TEXT = 112 };

/* "~ 5 changed, 2.0 MiB to 3.1 MiB"; "~ 5 changed"; "~ 5". */
static void write_sum(char out[SUM_TEXT], const struct answer_difference_sum *sum, int kind, int level)
{
	char number[32], was[16], is[16], bytes[48] = "";
	paint_number(number, sizeof(number), sum->names);
	text_bytes(was, sizeof(was), sum->was_bytes);
	text_bytes(is, sizeof(is), sum->is_bytes);
	if (level == SUM_BYTES && sum->names > 0 && kind == DIFFERENCE_CHANGED)
		snprintf(bytes, sizeof(bytes), ", %s to %s", was, is);
	else if (level == SUM_BYTES && sum->names > 0)
		snprintf(bytes, sizeof(bytes), ", %s", kind == DIFFERENCE_ADDED ? is : was);
	snprintf(out, SUM_TEXT, "%s %s%s%s%s", kinds[kind].symbol, number, level < SUM_NUMBER ? " " : "",
		level < SUM_NUMBER ? kinds[kind].word : "", bytes);
}

/* All three as much in detail as has room. */
static void draw_sums(struct line *line, const struct diff_state *state, const struct answer *list)
{
	enum { SEPARATOR = 3 };
	char texts[DIFFERENCES][SUM_TEXT];
	int width = INT_MAX;
	for (int level = 0; level < SUM_LEVELS && width > line->end - line->column; level++) {
		width = -SEPARATOR;
		for (int i = 0; i < DIFFERENCES; i++) {
			write_sum(texts[i], &list->diff.sums[i], i, level);
			width += (int)strlen(texts[i]) + SEPARATOR;
		}
	}
	for (int i = 0; i < DIFFERENCES; i++) {
		bool shown = state->shown == SHOW_ALL || state->shown == i;
		line_add(line, shown && list->diff.sums[i].names > 0 ? kinds[i].role : ROLE_DIM, "%s",
			texts[i]);
	}
}

/* How many names the list would have if it were not cut. */
static uint64_t listed_in_all(const struct diff_state *state, const struct answer *list)
{
	uint64_t names = 0;
	for (int i = 0; i < DIFFERENCES; i++)
		names += state->shown == SHOW_ALL || state->shown == i ? list->diff.sums[i].names : 0;
	return names;
}

static void draw_facts(const struct console *console, const struct paint *paint)
{
	const struct diff_state *state = state_of(console);
	const struct answer *list = list_of(console);
	struct area area = console_body(console);
	char number[32], bytes[16];
	struct line line = line_begin(paint, area.row, 1, area.columns - 2);
	if (list != NULL && holds_only(state)) {
		const struct answer_difference_sum *sum = &list->diff.sums[DIFFERENCE_ADDED];
		line_add(&line, ROLE_STRONG, "%s %s", paint_number(number, sizeof(number), sum->names),
			sum->names == 1 ? "name" : "names");
		line_add(&line, ROLE_TEXT, "%s", text_bytes(bytes, sizeof(bytes), sum->is_bytes));
	}
	if (list != NULL && !holds_only(state))
		draw_sums(&line, state, list);
	if (state->asking.shown != 0 && state->asking.shown != state->asking.ticket)
		line_add(&line, ROLE_DIM, "looking%s", paint->glyphs->ellipsis);
	if (state->filter[0] != '\0' && line_add(&line, ROLE_DIM, "filter"))
		paint_text(paint, area.row, line.column + 1, area.columns - 2 - line.column, ROLE_ACCENT,
			state->filter);
}

static const char *size_text(
	char *out, size_t size, uint64_t version, enum entry_kind kind, uint64_t bytes, const char *otherwise)
{
	return version == 0           ? otherwise
	       : kind == ENTRY_FOLDER ? "folder"
	       : kind == ENTRY_LINK   ? "link"
				      : text_bytes(out, size, bytes);
}

static void draw_difference(const struct console *console, const struct paint *paint, struct area area,
	int row, const struct table_place *places, size_t at)
{
	const struct answer_difference *difference = &list_of(console)->diff.rows[at];
	bool selected = at == state_of(console)->at;
	unsigned flags = table_row(paint, area, row, selected, false);
	unsigned role = kinds[difference->difference].role | flags;
	uint64_t was = difference->was_version, is = difference->is_version;
	char how[16], versions[48], text[16];
	snprintf(how, sizeof(how), "%s %s", kinds[difference->difference].symbol,
		kinds[difference->difference].word);
	if (places[COLUMN_HOW].width < HOW_WORD)
		how[1] = '\0';
	if (was != 0 && is != 0)
		snprintf(versions, sizeof(versions), "%" PRIu64 " to %" PRIu64, was, is);
	else
		snprintf(versions, sizeof(versions), "%" PRIu64, was != 0 ? was : is);
	table_cell(paint, area, row, &columns[COLUMN_HOW], &places[COLUMN_HOW], role, how);
	table_cell(paint, area, row, &columns[COLUMN_NAME], &places[COLUMN_NAME],
		selected ? ROLE_SELECTED : ROLE_TEXT, difference->name);
	table_cell(paint, area, row, &columns[COLUMN_VERSIONS], &places[COLUMN_VERSIONS], ROLE_DIM | flags,
		versions);
	table_cell(paint, area, row, &columns[COLUMN_WAS], &places[COLUMN_WAS], ROLE_DIM | flags,
		size_text(text, sizeof(text), was, difference->was_kind, difference->was_bytes, "-"));
	table_cell(paint, area, row, &columns[COLUMN_IS], &places[COLUMN_IS],
		(is != 0 ? ROLE_TEXT : ROLE_DIM) | flags,
		size_text(text, sizeof(text), is, difference->is_kind, difference->is_bytes, "-"));
}

static void draw_nothing(const struct console *console, const struct paint *paint, struct area area)
{
	const struct diff_state *state = state_of(console);
	const struct answer *answer = asking_answer(console, QUESTION_DIFF, &state->asking);
	bool failed = answer != NULL && answer->failure != NULL;
	bool limited = state->filter[0] != '\0' || state->shown != SHOW_ALL;
	const char *text = failed              ? answer->failure
			   : answer == NULL    ? "Looking for what differs."
			   : limited           ? "No name is like that."
			   : holds_only(state) ? "It holds no names."
					       : "Nothing differs.";
	paint_wrapped(paint, (struct area){area.row + 1, 2, area.rows - 1, area.columns - 4}, 0,
		failed ? ROLE_CRITICAL : ROLE_DIM, text);
}

/* "daily-1 to now: the first 4,096 of 5,000" */
static void make_title(const struct diff_state *state, const struct answer *list, char *title, size_t size)
{
	char number[32], total[32];
	if (holds_only(state))
		snprintf(title, size, "What %s holds", state->after);
	else
		snprintf(title, size, "%s to %s", state->before,
			state->after[0] != '\0' ? state->after : "now");
	size_t length = strlen(title);
	if (list != NULL && list->diff.more)
		snprintf(title + length, size - length, ": the first %s of %s",
			paint_number(number, sizeof(number), list->diff.count),
			paint_number(total, sizeof(total), listed_in_all(state, list)));
}

static void diff_draw(const struct console *console, const struct paint *paint)
{
	const struct diff_state *state = state_of(console);
	struct area area = list_area(console);
	struct table_place places[COLUMNS_];
	char title[2 * SNAPSHOT_NAME_SIZE + 96];
	size_t count = count_of(console);
	draw_facts(console, paint);
	arrange(state, area.columns, places);
	make_title(state, list_of(console), title, sizeof(title));
	table_heading(paint, area, title, columns, places, COLUMNS_, -1, false);
	if (count == 0)
		draw_nothing(console, paint, area);
	for (size_t i = 0; i < visible(console) && state->first + i < count; i++)
		draw_difference(console, paint, area, area.row + 1 + (int)i, places, state->first + i);
	table_scroll(paint, area, state->first, count);
}

/* ---- moving ---- */

static void put_cursor(struct console *console, size_t at)
{
	struct diff_state *state = state_of(console);
	if (at >= count_of(console))
		return;
	state->at = at;
	state->file = list_of(console)->diff.rows[at].file;
}

/* The place of the name that the cursor was on, or where that was. */
static size_t find_cursor(const struct console *console)
{
	const struct diff_state *state = state_of(console);
	const struct answer *list = list_of(console);
	size_t count = count_of(console), at = state->at < count ? state->at : count - 1;
	if (list->diff.rows[at].file == state->file)
		return at;
	for (size_t i = 0; i < count; i++)
		if (list->diff.rows[i].file == state->file)
			return i;
	return at;
}

static void diff_settle(struct console *console)
{
	struct diff_state *state = state_of(console);
	if (asking_due(console, QUESTION_DIFF, &state->asking)) {
		struct question question = {.kind = QUESTION_DIFF,
			.diff = {.before = state->before, .after = state->after, .filter = state->filter}};
		for (int i = 0; i < DIFFERENCES; i++)
			question.diff.hidden[i] = state->shown != SHOW_ALL && state->shown != i;
		state->asking.ticket = console_ask(console, &question);
	}
	if (count_of(console) == 0)
		return;
	put_cursor(console, find_cursor(console));
	state->first = layout_scroll(state->first, state->at, visible(console), count_of(console));
}

static void diff_move(struct console *console, enum move move)
{
	put_cursor(console, console_moved(state_of(console)->at, move, visible(console), count_of(console)));
}

/* ---- keys ---- */

/* Another list is wanted; the one before stays in sight until it has come. */
static void ask_anew(struct diff_state *state)
{
	state->asking.ticket = 0;
}

static void act_open(struct console *console)
{
	const struct diff_state *state = state_of(console);
	const struct answer *list = list_of(console);
	if (count_of(console) == 0)
		return;
	console->file = list->diff.rows[state->at].file;
	console_push(console, SCREEN_FILE);
}

/* One name as it was, or as the snapshot holds it. */
static void act_restore(struct console *console)
{
	const struct diff_state *state = state_of(console);
	const char *snapshot = holds_only(state) ? state->after : state->before;
	char named[STORE_NAME_MAX + SNAPSHOT_NAME_SIZE + 2], text[384], size[16];
	if (count_of(console) == 0)
		return;
	const struct answer_difference *row = &list_of(console)->diff.rows[state->at];
	bool is = holds_only(state);
	if (!is && row->was_version == 0) {
		console_message(console, false, "The name was not there in %s.", snapshot);
		return;
	}
	size_t length = strlen(row->name);
	if (length > 0 && row->name[length - 1] == '/')
		length--;
	snprintf(named, sizeof(named), "%.*s@%s", (int)length, row->name, snapshot);
	snprintf(text, sizeof(text),
		"The name gets the version that %s holds: %s. %s, and this can be undone.", snapshot,
		size_text(size, sizeof(size), 1, is ? row->is_kind : row->was_kind,
			is ? row->is_bytes : row->was_bytes, ""),
		!is && row->is_version == 0 ? "It is there again" : "All other versions stay");
	files_restore(console, named, text);
}

static void act_kind(struct console *console)
{
	struct diff_state *state = state_of(console);
	if (holds_only(state)) {
		console_message(console, false, "This is all that the snapshot holds.");
		return;
	}
	state->shown = (state->shown + 1) % (DIFFERENCES + 1);
	ask_anew(state);
}

static void filter_changed(struct console *console, const char *text)
{
	struct diff_state *state = state_of(console);
	if (strncmp(state->filter, text, sizeof(state->filter) - 1) == 0)
		return;
	snprintf(state->filter, sizeof(state->filter), "%s", text);
	ask_anew(state);
}

static void filter_done(struct console *console, const char *text)
{
	filter_changed(console, text != NULL ? text : state_of(console)->filter_before);
}

static void act_filter(struct console *console)
{
	struct diff_state *state = state_of(console);
	memcpy(state->filter_before, state->filter, sizeof(state->filter_before));
	console_prompt(console, &(struct prompt){.label = "Filter: ",
					.text = state->filter,
					.changed = filter_changed,
					.done = filter_done});
}

static void diff_click(struct console *console, int row, int column, bool twice)
{
	const struct diff_state *state = state_of(console);
	(void)column;
	size_t at = table_at(list_area(console), state->first, count_of(console), row);
	bool same = at == state->at;
	put_cursor(console, at);
	if (twice && same)
		act_open(console);
}

static const struct key diff_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "open", "Opens the file and all its versions.", 2, false, false,
		act_open},
	{{'r'}, "r", "restore", "Makes the file what it was in the older snapshot; asks first.", 3, true,
		false, act_restore},
	{{'/'}, "/", "filter", "Shows only names that have what is typed in them.", 2, false, false,
		act_filter},
	{{'a'}, "a", "kind", "Shows only what was added; what was removed; what changed; or all again.", 3,
		false, false, act_kind},
	{.act = NULL},
};

const struct screen_ops screen_diff = {
	.name = "What differs",
	.state_size = sizeof(struct diff_state),
	.keys = diff_keys,
	.key_sets = KEYS_MOVE | KEYS_REPAIR | KEYS_STORE | KEYS_CHANGE | KEYS_BACK,
	.draw = diff_draw,
	.settle = diff_settle,
	.move = diff_move,
	.click = diff_click,
};
