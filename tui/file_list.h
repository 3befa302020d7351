/*
 * file_list.h: a list of many files of which a screen sees some.
 *
 * The ids of all files that a filter lets through come in one answer; what a row shows comes in others, for a window
 * of ids around those in sight. A window reaches some pages beyond the sight, and the next one is asked for before
 * the sight has come to its end, so that moving seldom meets a row that is not known. Answers are kept (by a
 * reference) until newer ones have come: a list that is being refreshed, sorted or filtered anew shows what it knew.
 *
 * The cursor stays on its file, by id, when the list changes below it.
 */
#ifndef LINCKIA_TUI_FILE_LIST_H
#define LINCKIA_TUI_FILE_LIST_H

#include "tui/screen.h"

enum { FILE_LIST_KEPT = 4, FILE_LIST_FAILURE = 512 };

/* Where the cursor goes when the next list has come. */
enum file_list_then {
	FILE_LIST_STAY, /* it stays on its file, or where that was */
	FILE_LIST_FIND, /* it stays on its file, or goes to the first */
	FILE_LIST_TOP,
};

struct file_list {
	char filter[STORE_NAME_MAX + 2]; /* one that is cut here is longer than any name */
	enum file_sort sort;
	bool reverse, at_risk;
	bool removed; /* the names that were removed, instead of those that are there */

	uint64_t ticket;            /* of the newest question for ids */
	uint64_t anew_ticket;       /* of the first one for a list as it is wanted now */
	const struct answer *files; /* the newest good answer; may be NULL */
	enum file_list_then then;
	int64_t then_id;  /* the file that it looks for then; 0: the one under the cursor */
	size_t at, first; /* under the cursor, and the first in sight */
	int64_t id;       /* of the file under the cursor; 0: none */

	uint64_t rows_ticket;                      /* of the newest question for rows, … */
	uint64_t rows_of;                          /* … the ticket of the list that it was about, … */
	size_t rows_begin, rows_end;               /* … and its window there */
	const struct answer *rows[FILE_LIST_KEPT]; /* good answers, newest first; may be NULL */

	char failure[FILE_LIST_FAILURE]; /* of the newest answer, or "" */
};

/* Takes answers, makes the cursor fit, asks. `visible`: rows in sight, at least 1. */
void file_list_settle(struct file_list *list, struct console *console, size_t visible);
void file_list_move(struct file_list *list, enum move move, size_t visible);
/* The list is wanted in another way, as its fields say now; the cursor is to be on `id`, or 0: where it is. */
void file_list_ask_anew(struct file_list *list, enum file_list_then then, int64_t id);

size_t file_list_count(const struct file_list *list);
/* What is known of the file at that place, or NULL. Borrowed until the next settle. */
const struct answer_file_row *file_list_row(const struct file_list *list, size_t at);
/* Whether there is no list yet as it is wanted now. One that is merely refreshed is there. */
bool file_list_looks(const struct file_list *list, const struct console *console);

void file_list_release(struct file_list *list);

#endif
