/*
 * theme.h: what a thing on the screen means, and how a theme shows it.
 *
 * Drawing names roles; a theme maps each role to a colour for terminals with 256, 16 or 8 colours, or to
 * attributes alone. The background is the terminal's own but for the selected row. Pure.
 */
#ifndef LINCKIA_TUI_THEME_H
#define LINCKIA_TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>

enum role {
	ROLE_TEXT,
	ROLE_DIM,    /* there if one looks for it */
	ROLE_STRONG, /* what a glance should find */
	ROLE_TITLE,  /* of a panel */
	ROLE_ACCENT, /* keys, and news that are neither good nor bad */
	ROLE_RULE,   /* lines between panels */
	ROLE_HEALTHY,
	ROLE_DEGRADED,
	ROLE_CRITICAL,
	ROLE_SELECTED, /* the name in the selected row */
	ROLE_BAR,      /* the filled part of a bar */
	ROLE_TRACK,    /* the part that is not */
	ROLE_HEAT,     /* the coldest of HEAT_STEPS; the next ones are hotter */
	ROLE_HEAT_LAST = ROLE_HEAT + 7,
	ROLES
};

enum { HEAT_STEPS = ROLE_HEAT_LAST - ROLE_HEAT + 1 };

/* A style is a role, with any of these added. */
enum {
	STYLE_ROLE = 0xff,
	STYLE_SELECTED = 0x100, /* lies in the selected row */
	STYLE_BADGE = 0x200,    /* written in reverse: the one word that must be seen */
};

struct look {
	short foreground, background; /* a colour number, or -1 for the terminal's own */
	bool bold, dim, reverse;
};

struct theme;

/* "dark", "light", "colour-blind" or "mono"; NULL when there is no theme of that name. */
const struct theme *theme_find(const char *name);

/* The name of the `index`th theme, from 0; NULL behind the last. */
const char *theme_name(size_t index);

/* The look of `style` on a terminal with `colours` colours. */
struct look theme_look(const struct theme *theme, int colours, unsigned style);

#endif
