/*
 * progress.h: one line on the terminal that shows how far a long command has come.
 *
 * It stands on standard error, only where that is a terminal, is redrawn at most ten times a second, and
 * gives way to every message: whoever prints to the same terminal calls progress_clear() first. One
 * thread at a time.
 *
 * A program that runs this one and wants to show the progress itself opens a pipe and puts the number of its writing
 * end into the environment as LINCKIA_PROGRESS_FD. Then there is no line on the terminal; instead lines such as
 *
 *	bytes_done bytes_total files_done files_total name
 *
 * are written there, at most ten a second and at last the newest. Totals are 0 while they are unknown; the name is
 * escaped for a terminal and may be cut or empty. A reader that is slow or gone misses lines and holds nothing up.
 */
#ifndef LINCKIA_CLI_PROGRESS_H
#define LINCKIA_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/*
 * Takes over the descriptor of LINCKIA_PROGRESS_FD. To be called before any file is opened: a number that is not open
 * yet would be that of a file of the store later.
 */
void progress_adopt_feed(void);

/*
 * Begins when `wanted` and standard error is a terminal, or somebody else shows the progress; else it returns false,
 * and the others do nothing. `things` is what progress counts as files: "files", "chunks". It must outlive the line.
 */
bool progress_start(bool wanted, const char *things);

/* Draws, unless it did less than a tenth of a second ago. Fits progress_report. */
void progress_show(void *context, const struct progress *progress);

/* Takes the line off the screen until the next progress_show(). */
void progress_clear(void);

/* The same for good. */
void progress_stop(void);

/*
 * The line itself, at most `columns` wide, in `out`: a bar and percentage where the total is known, then
 * as many of bytes, rate (bytes per second), time left and name as there is room for. Pure.
 */
size_t progress_line(char *out, size_t size, size_t columns, const struct progress *progress,
	const char *things, double rate);

#endif
