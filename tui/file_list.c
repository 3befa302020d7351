/*
 * file_list.c: two kinds of questions and the answers that are kept.
 *
 * A question for rows that is under way is left alone while its window has what is in sight: one that is replaced is
 * given up, and a key held down would otherwise see to it that none is ever answered.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/file_list.h"
#include "tui/layout.h"

size_t file_list_count(const struct file_list *list)
{
	return list->files != NULL ? list->files->files.count : 0;
}

static int64_t id_at(const struct file_list *list, size_t at)
{
	return at < file_list_count(list) ? list->files->files.ids[at] : 0;
}

/* Ids come in the order asked for, so the row is often where the one before would have its next. */
static const struct answer_file_row *find_row(const struct answer *answer, int64_t id)
{
	for (size_t i = 0; answer != NULL && i < answer->rows.count; i++)
		if (answer->rows.rows[i].id == id)
			return &answer->rows.rows[i];
	return NULL;
}

const struct answer_file_row *file_list_row(const struct file_list *list, size_t at)
{
	const struct answer_file_row *row = NULL;
	int64_t id = id_at(list, at);
	for (int i = 0; row == NULL && id != 0 && i < FILE_LIST_KEPT; i++)
		row = find_row(list->rows[i], id);
	return row;
}

bool file_list_looks(const struct file_list *list, const struct console *console)
{
	bool answered = console_answer(console, QUESTION_FILES, list->ticket) != NULL;
	return !answered && (list->files == NULL || list->files->ticket < list->anew_ticket);
}

void file_list_ask_anew(struct file_list *list, enum file_list_then then, int64_t id)
{
	list->then_id = id;
	list->ticket = 0;
	list->anew_ticket = UINT64_MAX;
	list->then = then;
}

/* ---- answers ---- */

/* Puts the cursor back on its file, at the same height of the screen. */
static void place_cursor(struct file_list *list, enum file_list_then then)
{
	size_t count = file_list_count(list), above = list->at - list->first, at = 0;
	int64_t id = list->then_id != 0 ? list->then_id : list->id;
	while (then != FILE_LIST_TOP && at < count && list->files->files.ids[at] != id)
		at++;
	if (at < count)
		list->at = at;
	else
		list->at = then != FILE_LIST_STAY || count == 0 ? 0 : list->at < count ? list->at : count - 1;
	list->first = list->at > above ? list->at - above : 0;
}

static bool is_new(struct file_list *list, const struct answer *answer, const struct answer *known)
{
	if (answer == NULL || answer == known)
		return false;
	if (answer->failure != NULL)
		snprintf(list->failure, sizeof(list->failure), "%s", answer->failure);
	else
		list->failure[0] = '\0';
	return answer->failure == NULL;
}

static void take_files(struct file_list *list, const struct console *console)
{
	const struct answer *answer = console_answer(console, QUESTION_FILES, list->ticket);
	if (!is_new(list, answer, list->files))
		return;
	answer_unref(list->files);
	list->files = answer_ref(answer);
	place_cursor(list, list->then);
	list->then = FILE_LIST_STAY;
	list->then_id = 0;
}

static void take_rows(struct file_list *list, const struct console *console)
{
	const struct answer *answer = console_answer(console, QUESTION_ROWS, list->rows_ticket);
	if (!is_new(list, answer, list->rows[0]))
		return;
	answer_unref(list->rows[FILE_LIST_KEPT - 1]);
	memmove(list->rows + 1, list->rows, (FILE_LIST_KEPT - 1) * sizeof(*list->rows));
	list->rows[0] = answer_ref(answer);
}

/* ---- questions ---- */

static void ask_for_files(struct file_list *list, struct console *console)
{
	if (!console_should_ask(console, QUESTION_FILES, list->ticket))
		return;
	struct question question = {.kind = QUESTION_FILES,
		.files = {.filter = list->filter,
			.sort = list->sort,
			.reverse = list->reverse,
			.at_risk = list->at_risk,
			.removed = list->removed}};
	bool anew = list->ticket == 0;
	list->ticket = console_ask(console, &question);
	if (anew)
		list->anew_ticket = list->ticket;
}

/* Whether the newest window has what is in sight and `margin` rows on both sides of it, where there are any. */
static bool window_reaches(const struct file_list *list, size_t visible, size_t margin)
{
	size_t count = file_list_count(list), last = list->first + visible + margin;
	size_t from = list->first > margin ? list->first - margin : 0;
	size_t to = last < count ? last : count;
	return list->rows_of == list->files->ticket && from >= list->rows_begin && to <= list->rows_end;
}

static void ask_for_rows(struct file_list *list, struct console *console, size_t visible)
{
	size_t count = file_list_count(list);
	if (count == 0)
		return;
	/* No window is larger than a question may be, however high the screen is. */
	visible = visible < INQUIRY_ROWS_MAX ? visible : INQUIRY_ROWS_MAX;
	size_t margin = (INQUIRY_ROWS_MAX - visible) / 4; /* half of what a new window has on each side */
	bool stale = console_should_ask(console, QUESTION_ROWS, list->rows_ticket);
	bool waits = console_answer(console, QUESTION_ROWS, list->rows_ticket) == NULL;
	if (!stale && window_reaches(list, visible, waits ? 0 : margin))
		return;
	size_t middle = list->first + visible / 2, half = INQUIRY_ROWS_MAX / 2;
	size_t begin = middle > half ? middle - half : 0;
	if (begin + INQUIRY_ROWS_MAX > count)
		begin = count > INQUIRY_ROWS_MAX ? count - INQUIRY_ROWS_MAX : 0;
	size_t end = begin + INQUIRY_ROWS_MAX < count ? begin + INQUIRY_ROWS_MAX : count;
	struct question question = {.kind = QUESTION_ROWS,
		.rows = {.ids = list->files->files.ids + begin,
			.count = end - begin,
			.removed = list->removed}};
	list->rows_ticket = console_ask(console, &question);
	list->rows_of = list->files->ticket;
	list->rows_begin = begin;
	list->rows_end = end;
}

void file_list_settle(struct file_list *list, struct console *console, size_t visible)
{
	assert(visible > 0);
	take_files(list, console);
	take_rows(list, console);
	size_t count = file_list_count(list);
	if (list->at >= count)
		list->at = count > 0 ? count - 1 : 0;
	list->first = layout_scroll(list->first, list->at, visible, count);
	if (count > 0)
		list->id = id_at(list, list->at);
	ask_for_files(list, console);
	ask_for_rows(list, console, visible);
}

void file_list_move(struct file_list *list, enum move move, size_t visible)
{
	list->then_id = 0;
	list->at = console_moved(list->at, move, visible, file_list_count(list));
}

void file_list_release(struct file_list *list)
{
	answer_unref(list->files);
	for (int i = 0; i < FILE_LIST_KEPT; i++)
		answer_unref(list->rows[i]);
}
