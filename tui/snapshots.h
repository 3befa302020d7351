/*
 * snapshots.h: what the screens about snapshots share.
 */
#ifndef LINCKIA_TUI_SNAPSHOTS_H
#define LINCKIA_TUI_SNAPSHOTS_H

#include "tui/screen.h"

/* Asks what a snapshot of now is to be called, and runs the command that takes it. */
void snapshots_take(struct console *console);

/*
 * Opens what differs between two snapshots; `after` "": between one and now. With `before` "" it is what the snapshot
 * `after` holds.
 */
void snapshots_show_diff(struct console *console, const char *before, const char *after);

#endif
