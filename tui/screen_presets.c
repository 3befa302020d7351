/*
 * screen_presets.c: what links can be made like, to choose from.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/link.h"
#include "tui/network_keys.h"

enum { COLUMNS = 76, NAME_COLUMNS = 10, SUBJECT_BYTES = 640 };

struct presets_state {
	size_t at;
};

static size_t preset_count(void)
{
	size_t count = 0;
	while (network_presets[count].name != NULL)
		count++;
	return count;
}

static const struct network_preset *chosen_preset(const struct console *console)
{
	const struct presets_state *state = console_state(console, SCREEN_PRESETS);
	return &network_presets[state->at];
}

/* ---- drawing ---- */

static struct area box_of(const struct console *console)
{
	enum { AROUND = 6 }; /* the frame, an empty row, the values in one row or two, whose links */
	struct area place =
		layout_centre(console->rows - 1, console->columns - 2, (int)preset_count() + AROUND, COLUMNS);
	place.column++;
	return place;
}

static void draw_row(const struct console *console, const struct paint *paint, struct area inside, size_t at)
{
	const struct network_preset *preset = &network_presets[at];
	bool here = preset == chosen_preset(console);
	unsigned flags = here ? STYLE_SELECTED : 0;
	int row = inside.row + (int)at, column = inside.column, end = column + inside.columns;
	if (here) {
		paint_fill(paint, (struct area){row, column, 1, inside.columns}, ROLE_TEXT | flags);
		paint_text(paint, row, column, 1, ROLE_ACCENT | flags, paint->glyphs->marker);
	}
	paint_text(paint, row, column + 2, NAME_COLUMNS - 1,
		(here ? (unsigned)ROLE_SELECTED : (unsigned)ROLE_TEXT) | flags, preset->name);
	column += 2 + NAME_COLUMNS;
	paint_text(paint, row, column, end - column, ROLE_DIM | flags, preset->about);
}

static void presets_draw(const struct console *console, const struct paint *paint)
{
	char subject[SUBJECT_BYTES], text[SUBJECT_BYTES + 64], settings[LINK_SENTENCE_BYTES];
	struct area inside = paint_box(paint, box_of(console), "Make links like");
	size_t count = preset_count();
	for (size_t i = 0; i < count && (int)i < inside.rows; i++)
		draw_row(console, paint, inside, i);
	/* An empty row between, where there is room. */
	int used = (int)count + (inside.rows >= (int)count + 4);
	struct area rest = {inside.row + used, inside.column, inside.rows - used, inside.columns};
	snprintf(text, sizeof(text), "Enter changes %s; cuts stay.",
		network_preset_subject(console, chosen_preset(console), subject, sizeof(subject)));
	if (rest.rows <= 0)
		return;
	used = paint_wrapped(paint, rest, 0, ROLE_TEXT, text);
	rest.row += used;
	rest.rows -= used;
	if (rest.rows > 0)
		paint_wrapped(paint, rest, 0, ROLE_DEGRADED,
			link_settings_text(settings, &chosen_preset(console)->settings));
}

/* ---- keys ---- */

static void presets_move(struct console *console, enum move move)
{
	struct presets_state *state = console_state(console, SCREEN_PRESETS);
	size_t count = preset_count();
	state->at = console_moved(state->at, move, count, count);
}

static void act_apply(struct console *console)
{
	const struct network_preset *preset = chosen_preset(console);
	console_pop(console);
	network_apply_preset(console, preset);
}

static void act_leave(struct console *console)
{
	console_pop(console);
}

static void presets_click(struct console *console, int row, int column, bool twice)
{
	struct presets_state *state = console_state(console, SCREEN_PRESETS);
	struct area place = box_of(console);
	int at = row - place.row - 1;
	if (!area_has(place, row, column)) {
		console_pop(console);
	} else if (at >= 0 && (size_t)at < preset_count()) {
		state->at = (size_t)at;
		if (twice)
			act_apply(console);
	}
}

static const struct key presets_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "take it", "Makes the links like that.", 0, true, true, act_apply},
	{{'q', CODE_ESCAPE}, "q Esc", "leave", "Leaves things as they are.", 0, false, false, act_leave},
	{.act = NULL},
};

const struct screen_ops screen_presets = {
	.name = "Presets for links",
	.popup = true,
	.state_size = sizeof(struct presets_state),
	.keys = presets_keys,
	.key_sets = KEYS_MOVE,
	.draw = presets_draw,
	.move = presets_move,
	.click = presets_click,
};
