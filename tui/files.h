/*
 * files.h: what the screens about files share.
 */
#ifndef LINCKIA_TUI_FILES_H
#define LINCKIA_TUI_FILES_H

#include "tui/screen.h"

/* Asks how many copies of the file there should be, and runs the command that says so. */
void files_set_replication(struct console *console, const char *name, unsigned replication_factor);

/* Asks, with what will happen as `text`, whether to make `named`, "NAME@VERSION", the newest version of the name. */
void files_restore(struct console *console, const char *named, const char *text);

/* Local time: "2026-11-02 10:04". Returns `out`. */
char *files_time(char *out, size_t size, int64_t time_ms);

#endif
