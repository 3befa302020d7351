/*
 * copies.c: the words, shapes and roles of a chunk's standing.
 */
#include <assert.h>
#include <stdio.h>

#include "tui/copies.h"

enum copies copies_of(unsigned live, unsigned want)
{
	if (live == 0)
		return COPIES_NONE;
	if (live < want)
		return live == 1 ? COPIES_LAST : COPIES_SHORT;
	return live > want ? COPIES_EXCESS : COPIES_FULL;
}

const char *copies_word(enum copies copies)
{
	static const char *const words[COPIES_KINDS] = {
		"full", "excess", "short", "last copy", "unavailable"};
	assert(copies < COPIES_KINDS);
	return words[copies];
}

const char *copies_glyph(const struct glyphs *glyphs, enum copies copies)
{
	assert(copies < COPIES_KINDS);
	return glyphs->copies[copies];
}

enum role copies_role(enum copies copies)
{
	static const enum role roles[COPIES_KINDS] = {
		ROLE_HEALTHY, ROLE_ACCENT, ROLE_DEGRADED, ROLE_DEGRADED, ROLE_CRITICAL};
	assert(copies < COPIES_KINDS);
	return roles[copies];
}

char *copies_text(char *out, size_t size, int live, unsigned want)
{
	if (live < 0)
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%d of %u", live, want);
	return out;
}
