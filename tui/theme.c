/*
 * theme.c: the themes as tables of colours.
 *
 * The 256 colours are xterm's. With fewer than 256 there is no grey for a background, so the selected row
 * is bold and its name reversed. Colour-blind follows the palette of Okabe and Ito (2008): blue, yellow and
 * vermilion differ for every kind of colour vision.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "tui/theme.h"

struct shade {
	short of_256, of_16, of_8; /* -1: the terminal's own foreground */
	bool bold;
	bool dim; /* where the colour alone cannot step back: 8 colours and none */
};

struct theme {
	const char *name;
	bool mono;
	short selected_256; /* background of the selected row */
	struct shade shades[ROLES];
};

static const struct theme
	themes[] =
		{
			{
				.name = "dark",
				.selected_256 = 237,
				.shades =
					{
						[ROLE_TEXT] = {-1, -1, -1, false, false},
						[ROLE_DIM] = {246, 8, -1, false, true},
						[ROLE_STRONG] = {-1, -1, -1, true, false},
						[ROLE_TITLE] = {252, 15, -1, true, false},
						[ROLE_ACCENT] = {110, 14, 6, false, false},
						[ROLE_RULE] = {239, 8, -1, false, true},
						[ROLE_HEALTHY] = {114, 10, 2, false, false},
						[ROLE_DEGRADED] = {221, 11, 3, false, false},
						[ROLE_CRITICAL] = {210, 9, 1, false, false},
						[ROLE_SELECTED] = {255, 15, -1, true, false},
						[ROLE_BAR] = {67, 6, 6, false, false},
						[ROLE_TRACK] = {238, 8, -1, false, true},
						[ROLE_HEAT + 0] = {237, 8, -1, false, true},
						[ROLE_HEAT + 1] = {24, 4, 4, false, false},
						[ROLE_HEAT + 2] = {31, 6, 6, false, false},
						[ROLE_HEAT + 3] = {37, 6, 6, false, false},
						[ROLE_HEAT + 4] = {71, 2, 2, false, false},
						[ROLE_HEAT + 5] = {143, 3, 3, false, false},
						[ROLE_HEAT + 6] = {179, 11, 3, false, false},
						[ROLE_HEAT + 7] = {203, 9, 1, false, false},
					},
			},
			{
				.name = "light",
				.selected_256 = 254,
				.shades =
					{
						[ROLE_TEXT] = {-1, -1, -1, false, false},
						[ROLE_DIM] = {242, 8, -1, false, true},
						[ROLE_STRONG] = {-1, -1, -1, true, false},
						[ROLE_TITLE] = {236, 0, -1, true, false},
						[ROLE_ACCENT] = {25, 4, 4, false, false},
						[ROLE_RULE] = {250, 7, -1, false, true},
						[ROLE_HEALTHY] = {28, 2, 2, false, false},
						[ROLE_DEGRADED] = {130, 3, 3, false, false},
						[ROLE_CRITICAL] = {160, 1, 1, false, false},
						[ROLE_SELECTED] = {232, 0, -1, true, false},
						[ROLE_BAR] = {67, 4, 4, false, false},
						[ROLE_TRACK] = {252, 7, -1, false, true},
						[ROLE_HEAT + 0] = {252, 7, -1, false, true},
						[ROLE_HEAT + 1] = {153, 6, 6, false, false},
						[ROLE_HEAT + 2] = {110, 6, 6, false, false},
						[ROLE_HEAT + 3] = {73, 6, 6, false, false},
						[ROLE_HEAT + 4] = {71, 2, 2, false, false},
						[ROLE_HEAT + 5] = {136, 3, 3, false, false},
						[ROLE_HEAT + 6] = {166, 3, 3, false, false},
						[ROLE_HEAT + 7] = {160, 1, 1, false, false},
					},
			},
			{
				.name = "colour-blind",
				.selected_256 = 237,
				.shades =
					{
						[ROLE_TEXT] = {-1, -1, -1, false, false},
						[ROLE_DIM] = {246, 8, -1, false, true},
						[ROLE_STRONG] = {-1, -1, -1, true, false},
						[ROLE_TITLE] = {252, 15, -1, true, false},
						[ROLE_ACCENT] = {175, 13, 5, false, false},
						[ROLE_RULE] = {239, 8, -1, false, true},
						[ROLE_HEALTHY] = {74, 12, 4, false, false},
						[ROLE_DEGRADED] = {227, 11, 3, false, false},
						[ROLE_CRITICAL] = {202, 9, 1, true, false},
						[ROLE_SELECTED] = {255, 15, -1, true, false},
						[ROLE_BAR] = {67, 6, 6, false, false},
						[ROLE_TRACK] = {238, 8, -1, false, true},
						[ROLE_HEAT + 0] = {237, 8, -1, false, true},
						[ROLE_HEAT + 1] = {24, 4, 4, false, false},
						[ROLE_HEAT + 2] = {25, 4, 4, false, false},
						[ROLE_HEAT + 3] = {31, 12, 4, false, false},
						[ROLE_HEAT + 4] = {67, 12, 4, false, false},
						[ROLE_HEAT + 5] = {144, 7, 7, false, false},
						[ROLE_HEAT + 6] = {184, 11, 3, false, false},
						[ROLE_HEAT + 7] = {227, 11, 3, false, false},
					},
			},
			{
				.name = "mono",
				.mono = true,
				.shades =
					{
						[ROLE_DIM] = {.dim = true},
						[ROLE_STRONG] = {.bold = true},
						[ROLE_TITLE] = {.bold = true},
						[ROLE_ACCENT] = {.bold = true},
						[ROLE_RULE] = {.dim = true},
						[ROLE_DEGRADED] = {.bold = true},
						[ROLE_CRITICAL] = {.bold = true},
						[ROLE_SELECTED] = {.bold = true},
						[ROLE_TRACK] = {.dim = true},
						[ROLE_HEAT + 6] = {.bold = true},
						[ROLE_HEAT_LAST] = {.bold = true},
					},
			},
};

const struct theme *theme_find(const char *name)
{
	for (size_t i = 0; i < sizeof(themes) / sizeof(*themes); i++)
		if (strcmp(themes[i].name, name) == 0)
			return &themes[i];
	return NULL;
}

const char *theme_name(size_t index)
{
	return index < sizeof(themes) / sizeof(*themes) ? themes[index].name : NULL;
}

struct look theme_look(const struct theme *theme, int colours, unsigned style)
{
	unsigned role = style & STYLE_ROLE;
	assert(role < ROLES);
	const struct shade *shade = &theme->shades[role];
	bool selected = (style & STYLE_SELECTED) != 0 || role == ROLE_SELECTED;
	bool few = theme->mono || colours < 16;
	struct look look = {.foreground = -1, .background = -1, .bold = shade->bold};
	look.dim = shade->dim && few;
	if (!theme->mono && colours >= 256)
		look.foreground = shade->of_256;
	else if (!theme->mono && colours >= 16)
		look.foreground = shade->of_16;
	else if (!theme->mono && colours >= 8)
		look.foreground = shade->of_8;
	if ((style & STYLE_BADGE) != 0) {
		look.reverse = true;
		look.bold = true;
		look.dim = false;
	} else if (selected && !theme->mono && colours >= 256) {
		look.background = theme->selected_256;
	} else if (role == ROLE_SELECTED) {
		look.foreground = -1;
		look.reverse = true;
	} else if (selected && role != ROLE_TRACK) {
		look.bold = true;
		look.dim = false;
	}
	return look;
}
