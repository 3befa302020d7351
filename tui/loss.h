/*
 * loss.h: the answer to "what if these nodes were lost?" in sentences. Pure.
 *
 * The verdict is a word first (Lost access, Thin, Safe), so that it can be read without colours.
 */
#ifndef LINCKIA_TUI_LOSS_H
#define LINCKIA_TUI_LOSS_H

#include "engine/inquiry.h"
#include "tui/theme.h"

enum { LOSS_TEXT_BYTES = 512 };

/* "node-1"; "node-1 and node-2"; "node-1, node-2 and 3 more nodes". Foreign text: to be painted, not printed. */
void loss_subject(const char *const *names, size_t count, char *out, size_t size);

/* One sentence, and how bad it is. The answer must not be a failure, here and below. */
enum health loss_verdict(
	const struct answer *answer, const char *const *names, size_t count, char out[LOSS_TEXT_BYTES]);
/* What repair would do and how long that would take. */
void loss_repair(const struct answer *answer, char out[LOSS_TEXT_BYTES]);
/* Whether there is room for it; "" when nothing has to be copied. */
enum role loss_room(const struct answer *answer, char out[LOSS_TEXT_BYTES]);
/* Whether new files could be stored; "" when they could. */
enum role loss_writes(
	const struct view *view, const char *const *names, size_t count, char out[LOSS_TEXT_BYTES]);

#endif
