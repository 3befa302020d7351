/*
 * apart.h: areas of a layout keep apart from each other, and within the one that they are parts of.
 */
#ifndef LINCKIA_TESTS_SCREEN_APART_H
#define LINCKIA_TESTS_SCREEN_APART_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tui/canvas.h"

static inline bool apart_overlap(struct area a, struct area b)
{
	return a.row < b.row + b.rows && b.row < a.row + a.rows && a.column < b.column + b.columns &&
	       b.column < a.column + a.columns;
}

static inline bool apart_is_within(struct area inner, struct area outer)
{
	return inner.row >= outer.row && inner.row + inner.rows <= outer.row + outer.rows &&
	       inner.column >= outer.column && inner.column + inner.columns <= outer.column + outer.columns;
}

/* Fails unless all `count` areas do. One without rows is not there. */
static inline void apart_expect(const struct area *areas, size_t count, struct area body)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(areas[i].rows >= 0 && areas[i].columns >= 0);
		if (areas[i].rows == 0)
			continue;
		if (!apart_is_within(areas[i], body))
			fail_msg("part %zu leaves an area of %dx%d", i, body.columns, body.rows);
		for (size_t j = 0; j < i; j++)
			if (areas[j].rows > 0 && apart_overlap(areas[i], areas[j]))
				fail_msg("parts %zu and %zu overlap in an area of %dx%d", j, i, body.columns,
					body.rows);
	}
}

#endif
