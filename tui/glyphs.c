/*
 * glyphs.c: the two sets of characters. Every state has a shape of its own, so that colour is never needed.
 */
#include <langinfo.h>
#include <string.h>

#include "tui/glyphs.h"

const struct glyphs glyphs_utf8 = {
	.unicode = true,
	.health = {"●", "▲", "✗", "?"},
	.strip = {"▂", "▅", "█", "·"},
	.node = {"●", "▲", "✗", "○", "◇", "◐"},
	.ellipsis = "…",
	.ellipsis_columns = 1,
	.rule = "─",
	.wall = "│",
	.corners = {"╭", "╮", "╰", "╯"},
	.separator = "·",
	.marker = "▶",
	.thumb = "┃",
	.bar_parts = {"▆"},
	.bar_steps = 1,
	.bar_track = "▁",
	.spark = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	.heat = {"·", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	.cell = "■",
	.copies = {"■", "◆", "◧", "▲", "✗"},
	.tick = "┃",
	.diagonal = "╲",
	.shaft = "─",
	.head = "▶",
	.mark = "✓",
	.descending = "▼",
	.ascending = "▲",
};

const struct glyphs glyphs_ascii = {
	.unicode = false,
	.health = {"*", "!", "X", "?"},
	.strip = {"_", "!", "X", "."},
	.node = {"+", "!", "X", "?", "=", "-"},
	.ellipsis = "..",
	.ellipsis_columns = 2,
	.rule = "-",
	.wall = "|",
	.corners = {"+", "+", "+", "+"},
	.separator = "|",
	.marker = ">",
	.thumb = "#",
	.bar_parts = {"#"},
	.bar_steps = 1,
	.bar_track = ".",
	.spark = {".", ".", ":", ":", "=", "=", "#", "#"},
	.heat = {".", ":", "-", "=", "+", "*", "%", "#"},
	.cell = "o",
	.copies = {"o", "+", "-", "!", "X"},
	.tick = "|",
	.diagonal = "\\",
	.shaft = "-",
	.head = ">",
	.mark = "*",
	.descending = "v",
	.ascending = "^",
};

const struct glyphs *glyphs_for_locale(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &glyphs_utf8 : &glyphs_ascii;
}

char glyphs_fold(uint32_t code_point)
{
	static const struct {
		uint32_t code_point;
		char plain;
	} folds[] = {
		{0x00a0, ' '},
		{0x00ab, '"'},
		{0x00b7, '.'},
		{0x00bb, '"'},
		{0x00d7, 'x'},
		{0x2010, '-'},
		{0x2011, '-'},
		{0x2012, '-'},
		{0x2013, '-'},
		{0x2014, '-'},
		{0x2018, '\''},
		{0x2019, '\''},
		{0x201c, '"'},
		{0x201d, '"'},
		{0x2022, '*'},
		{0x2026, '.'},
		{0x2192, '>'},
		{0x2212, '-'},
	};
	if (code_point >= 0x20 && code_point < 0x7f)
		return (char)code_point;
	for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++)
		if (folds[i].code_point == code_point)
			return folds[i].plain;
	return '?';
}
