/*
 * screen_files.c: all files, as a list that is sorted and filtered elsewhere (file_list.h).
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/copies.h"
#include "tui/file_list.h"
#include "tui/files.h"
#include "tui/keys.h"
#include "tui/panels.h"
#include "tui/table.h"

enum { FACTS_FROM = 10 };

struct files_state {
	struct file_list list;
	/* What the filter, and the file under the cursor, were before a line was typed. */
	char filter_before[STORE_NAME_MAX + 2];
	int64_t id_before;
	bool opens; /* the file under the cursor is opened when the list has come as it is wanted now */
};

enum { COLUMN_NAME, COLUMN_SIZE, COLUMN_VERSIONS, COLUMN_COPIES, COLUMN_LIVE, COLUMN_STORED, COLUMNS };

enum { STORED_SHORT = 10, STORED = 16, NAME_MOST = 110 };

/* The name's width follows from the screen's (arrange()). */
static const struct table_column columns[COLUMNS] = {
	[COLUMN_NAME] = {"", 0, 0, 0, false, true, NAME_MOST},
	[COLUMN_SIZE] = {"size", 10, 10, 1, true, false, 0},
	[COLUMN_VERSIONS] = {"version", 8, 12, 3, true, false, 0},
	[COLUMN_COPIES] = {"want", 5, 5, 4, true, false, 0},
	[COLUMN_LIVE] = {"live", 10, 10, 0, false, false, 0},
	[COLUMN_STORED] = {"stored", STORED_SHORT, STORED, 2, false, false, 0},
};

/* A third of the screen for names, before other columns find room. */
static void arrange(const struct file_list *list, int width, struct table_column sized[COLUMNS],
	struct table_place places[COLUMNS])
{
	memcpy(sized, columns, sizeof(columns));
	if (list->removed)
		sized[COLUMN_STORED].title = "removed";
	int third = width / 3;
	sized[COLUMN_NAME].least = sized[COLUMN_NAME].wish = third < 12 ? 12 : third > 48 ? 48 : third;
	table_arrange(sized, COLUMNS, width, places);
}

static const int sorted_column[FILE_SORTS] = {
	[FILE_SORT_NAME] = COLUMN_NAME,
	[FILE_SORT_SIZE] = COLUMN_SIZE,
	[FILE_SORT_STORED] = COLUMN_STORED,
	[FILE_SORT_VERSIONS] = COLUMN_VERSIONS,
	[FILE_SORT_COPIES] = COLUMN_COPIES,
	[FILE_SORT_LIVE] = COLUMN_LIVE,
};

/* Facts about the list in the first row, where there is room; then the list with its heading. */
static struct area list_area(const struct console *console)
{
	struct area area = console_body(console);
	int facts = area.rows >= FACTS_FROM ? 1 : 0;
	return (struct area){area.row + facts, area.column, area.rows - facts, area.columns};
}

static size_t visible_files(const struct console *console)
{
	return table_visible(list_area(console));
}

/* ---- drawing ---- */

static void draw_facts(const struct console *console, const struct paint *paint, const struct file_list *list)
{
	struct area area = console_body(console);
	char number[32], bytes[16];
	size_t count = file_list_count(list);
	struct line line = line_begin(paint, area.row, 1, area.columns - 2);
	if (list->files != NULL) {
		line_add(&line, ROLE_STRONG, "%s %s%s", paint_number(number, sizeof(number), count),
			list->removed ? "removed " : "", count == 1 ? "file" : "files");
		line_add(&line, ROLE_TEXT, "%s",
			text_bytes(bytes, sizeof(bytes), list->files->files.size_bytes));
	}
	if (file_list_looks(list, console))
		line_add(&line, ROLE_DIM, "looking%s", paint->glyphs->ellipsis);
	if (list->at_risk)
		line_add(&line, ROLE_ACCENT, "at risk only");
	if (list->failure[0] != '\0') {
		int used = line.column + (line.begun ? 3 : 0);
		paint_text(paint, area.row, used, area.columns - 1 - used, ROLE_CRITICAL, list->failure);
	} else if (list->filter[0] != '\0' && line_add(&line, ROLE_DIM, "filter")) {
		paint_text(paint, area.row, line.column + 1, area.columns - 2 - line.column, ROLE_ACCENT,
			list->filter);
	}
}

static void draw_heading(const struct console *console, const struct paint *paint, struct area area,
	const struct file_list *list, const struct table_column *sized, const struct table_place *places)
{
	char title[96], number[32];
	bool by_name = list->sort == FILE_SORT_NAME;
	const char *arrow = list->reverse ? paint->glyphs->descending : paint->glyphs->ascending;
	/* Without a row of facts the heading has to say it. */
	if (area.row > console_body(console).row || list->files == NULL)
		snprintf(title, sizeof(title), "Name%s", by_name ? arrow : "");
	else
		snprintf(title, sizeof(title), "%s %sfile%s%s%s%s%s",
			paint_number(number, sizeof(number), file_list_count(list)),
			list->removed ? "removed " : "", file_list_count(list) == 1 ? "" : "s",
			by_name ? arrow : "", list->at_risk ? ", at risk" : "",
			list->filter[0] != '\0' ? ", filtered" : "",
			file_list_looks(list, console) ? ", looking" : "");
	table_heading(paint, area, title, sized, places, COLUMNS, by_name ? -1 : sorted_column[list->sort],
		list->reverse);
}

char *files_time(char *out, size_t size, int64_t time_ms)
{
	char text[24];
	snprintf(out, size, "%.16s", panel_time(text, sizeof(text), time_ms));
	return out;
}

static void draw_live(const struct paint *paint, struct area area, int row, const struct table_place *place,
	const struct answer_file_row *file, unsigned flags)
{
	char text[32], cell[48];
	copies_text(text, sizeof(text), file->worst_live, file->want);
	if (file->worst_live < 0) {
		table_cell(paint, area, row, &columns[COLUMN_LIVE], place, ROLE_DIM | flags, text);
		return;
	}
	enum copies copies = copies_of((unsigned)file->worst_live, file->want);
	snprintf(cell, sizeof(cell), "%s %s", copies_glyph(paint->glyphs, copies), text);
	table_cell(paint, area, row, &columns[COLUMN_LIVE], place, copies_role(copies) | flags, cell);
}

static void draw_size(const struct paint *paint, struct area area, int row, const struct table_place *place,
	const struct answer_file_row *file, unsigned flags)
{
	char text[16];
	bool is_file = file->kind == ENTRY_FILE;
	const char *size = is_file                    ? text_bytes(text, sizeof(text), file->size_bytes)
			   : file->kind == ENTRY_LINK ? "link"
						      : "folder";
	table_cell(paint, area, row, &columns[COLUMN_SIZE], place, (is_file ? ROLE_TEXT : ROLE_DIM) | flags,
		size);
}

/* Where there is no room for both: the hour of what was stored today, else the day. */
static void draw_stored(const struct paint *paint, struct area area, int row, const struct table_place *place,
	int64_t stored_ms, int64_t now_ms, unsigned flags)
{
	char text[24], now[24];
	files_time(text, sizeof(text), stored_ms);
	if (place->width < STORED) {
		bool today = strncmp(text, files_time(now, sizeof(now), now_ms), STORED_SHORT) == 0;
		memmove(text, today ? text + STORED_SHORT + 1 : text, STORED_SHORT);
		text[today ? STORED - STORED_SHORT - 1 : STORED_SHORT] = '\0';
	}
	table_cell(paint, area, row, &columns[COLUMN_STORED], place, ROLE_DIM | flags, text);
}

static void draw_file(const struct paint *paint, struct area area, int row, const struct table_place *places,
	const struct answer_file_row *file, int64_t now_ms, bool selected)
{
	char text[64];
	unsigned flags = table_row(paint, area, row, selected, false);
	table_cell(paint, area, row, &columns[COLUMN_NAME], &places[COLUMN_NAME],
		selected ? ROLE_SELECTED : ROLE_TEXT, file->name);
	draw_size(paint, area, row, &places[COLUMN_SIZE], file, flags);
	snprintf(text, sizeof(text), "%llu",
		(unsigned long long)(file->removed ? file->versions : file->version));
	if (!file->removed && (file->versions != 1 || file->version != 1))
		snprintf(text, sizeof(text), "%llu of %llu", (unsigned long long)file->version,
			(unsigned long long)file->versions);
	table_cell(paint, area, row, &columns[COLUMN_VERSIONS], &places[COLUMN_VERSIONS],
		(file->versions == 1 ? ROLE_DIM : ROLE_TEXT) | flags, text);
	snprintf(text, sizeof(text), "%u", file->replication_factor);
	table_cell(
		paint, area, row, &columns[COLUMN_COPIES], &places[COLUMN_COPIES], ROLE_TEXT | flags, text);
	draw_live(paint, area, row, &places[COLUMN_LIVE], file, flags);
	draw_stored(paint, area, row, &places[COLUMN_STORED],
		file->removed ? file->ended_ms : file->stored_ms, now_ms, flags);
}

static void draw_nothing(const struct console *console, const struct paint *paint, struct area area,
	const struct file_list *list)
{
	const char *text = file_list_looks(list, console) ? "Looking at the files."
			   : list->files == NULL          ? list->failure
			   : list->filter[0] != '\0'      ? "No file has this in its name."
			   : list->at_risk                ? "No file is at risk."
			   : list->removed ? "No name was removed whose versions are still there."
					   : "No files yet: linckia put PATH stores some.";
	paint_text(paint, area.row + 1, 2, area.columns - 4, ROLE_DIM, text);
}

static void files_draw(const struct console *console, const struct paint *paint)
{
	const struct files_state *state = console_state(console, SCREEN_FILES);
	const struct file_list *list = &state->list;
	struct area area = list_area(console);
	struct table_column sized[COLUMNS];
	struct table_place places[COLUMNS];
	if (area.row > console_body(console).row)
		draw_facts(console, paint, list);
	arrange(list, area.columns, sized, places);
	draw_heading(console, paint, area, list, sized, places);
	size_t visible = visible_files(console), count = file_list_count(list);
	if (count == 0)
		draw_nothing(console, paint, area, list);
	for (size_t i = 0; i < visible && list->first + i < count; i++) {
		int row = area.row + 1 + (int)i;
		bool selected = list->first + i == list->at;
		const struct answer_file_row *file = file_list_row(list, list->first + i);
		if (file != NULL)
			draw_file(paint, area, row, places, file, console->now_ms, selected);
		else
			paint_text(paint, row, area.column + 2, 4,
				ROLE_DIM | table_row(paint, area, row, selected, false),
				paint->glyphs->ellipsis);
	}
	table_scroll(paint, area, list->first, count);
}

/* ---- moving ---- */

static void files_settle(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	file_list_settle(&state->list, console, visible_files(console));
	console->file = state->list.id;
	if (!state->opens || file_list_looks(&state->list, console))
		return;
	state->opens = false;
	if (file_list_count(&state->list) > 0 && console_screen(console) == &screen_files)
		console_push(console, SCREEN_FILE);
}

static void files_move(struct console *console, enum move move)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	state->opens = false;
	file_list_move(&state->list, move, visible_files(console));
}

static const struct answer_file_row *selected_file(const struct console *console)
{
	const struct files_state *state = console_state(console, SCREEN_FILES);
	return file_list_row(&state->list, state->list.at);
}

/* What is shown while a filter or an order takes its time is not what was asked for: that is waited for. */
static void act_open(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	state->opens = true;
	files_settle(console);
}

static void files_click(struct console *console, int row, int column, bool twice)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	size_t count = file_list_count(&state->list);
	size_t at = table_at(list_area(console), state->list.first, count, row);
	(void)column;
	if (at == count)
		return;
	bool same = at == state->list.at;
	state->list.at = at;
	files_settle(console);
	if (twice && same)
		act_open(console);
}

/* ---- another list ---- */

/* In the order of the columns. */
static void act_sort(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	static const enum file_sort next[FILE_SORTS] = {
		[FILE_SORT_NAME] = FILE_SORT_SIZE,
		[FILE_SORT_SIZE] = FILE_SORT_VERSIONS,
		[FILE_SORT_VERSIONS] = FILE_SORT_COPIES,
		[FILE_SORT_COPIES] = FILE_SORT_LIVE,
		[FILE_SORT_LIVE] = FILE_SORT_STORED,
		[FILE_SORT_STORED] = FILE_SORT_NAME,
	};
	state->list.sort = next[state->list.sort];
	state->list.reverse = false;
	file_list_ask_anew(&state->list, FILE_LIST_TOP, 0);
}

static void act_reverse(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	state->list.reverse = !state->list.reverse;
	file_list_ask_anew(&state->list, FILE_LIST_TOP, 0);
}

static void act_at_risk(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	state->list.at_risk = !state->list.at_risk;
	state->list.removed = false;
	file_list_ask_anew(&state->list, FILE_LIST_FIND, 0);
}

static void act_removed(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	state->list.removed = !state->list.removed;
	state->list.at_risk = false;
	file_list_ask_anew(&state->list, FILE_LIST_FIND, 0);
}

static void act_snapshots(struct console *console)
{
	console_push(console, SCREEN_SNAPSHOTS);
}

static void filter_changed(struct console *console, const char *text)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	if (strncmp(state->list.filter, text, sizeof(state->list.filter) - 1) == 0)
		return;
	snprintf(state->list.filter, sizeof(state->list.filter), "%s", text);
	file_list_ask_anew(&state->list, FILE_LIST_FIND, state->id_before);
}

static void filter_done(struct console *console, const char *text)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	filter_changed(console, text != NULL ? text : state->filter_before);
}

static void act_filter(struct console *console)
{
	struct files_state *state = console_state(console, SCREEN_FILES);
	memcpy(state->filter_before, state->list.filter, sizeof(state->filter_before));
	state->id_before = state->list.id;
	console_prompt(console, &(struct prompt){.label = "Filter: ",
					.text = state->list.filter,
					.changed = filter_changed,
					.done = filter_done});
}

static void act_set_replication(struct console *console)
{
	const struct answer_file_row *file = selected_file(console);
	if (file != NULL)
		files_set_replication(console, file->name, file->replication_factor);
}

static void files_enter(struct console *console)
{
	((struct files_state *)console_state(console, SCREEN_FILES))->opens = false;
}

static void files_release(void *state)
{
	file_list_release(&((struct files_state *)state)->list);
}

static const struct key files_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "open", "Opens the file: its versions and where its chunks are.",
		2, false, false, act_open},
	{{'/'}, "/", "filter", "Shows only files that have what is typed in their name.", 2, false, false,
		act_filter},
	{{'o'}, "o", "sort", "Sorts by the next column.", 3, false, false, act_sort},
	{{'O'}, "O", NULL, "Turns the order around.", 9, false, false, act_reverse},
	{{'a'}, "a", "at risk", "Shows only files with fewer live copies than wanted, or all again.", 3,
		false, false, act_at_risk},
	{{'s'}, "s", "snapshots", "Shows the snapshots, and what differs between them.", 3, false, false,
		act_snapshots},
	{{'d'}, "d", "removed",
		"Shows names that were removed, whose versions can be restored; or all others.", 4, false,
		false, act_removed},
	{{'n'}, "n", "copies", "Sets how many copies of the file there should be.", 4, true, false,
		act_set_replication},
	{.act = NULL},
};

const struct screen_ops screen_files = {
	.name = "Files",
	.state_size = sizeof(struct files_state),
	.keys = files_keys,
	.key_sets = KEYS_MOVE | KEYS_TAB,
	.draw = files_draw,
	.enter = files_enter,
	.settle = files_settle,
	.move = files_move,
	.click = files_click,
	.release = files_release,
};
