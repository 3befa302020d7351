#include "engine/suggest.h"

#include <assert.h>
#include <string.h>

enum { WORD_MAX = 32 };

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;
	return least < c ? least : c;
}

/* Optimal string alignment: Levenshtein's distance where swapping two neighbours costs one. */
static unsigned distance(const char *left, size_t left_length, const char *right, size_t right_length)
{
	assert(left_length <= WORD_MAX && right_length <= WORD_MAX);
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= right_length; j++)
		before[j] = above[j] = (unsigned)j;
	for (size_t i = 1; i <= left_length; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= right_length; j++) {
			unsigned other = left[i - 1] != right[j - 1];
			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + other);
			if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] &&
				before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		unsigned *spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[right_length];
}

const char *suggest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	if (length == 0 || length > WORD_MAX)
		return NULL;
	unsigned limit = length < 6 ? 1 : length < 9 ? 2 : 3;
	const char *nearest = NULL;
	for (size_t i = 0; i < count; i++) {
		size_t candidate_length = strlen(candidates[i]);
		if (candidate_length > WORD_MAX)
			continue;
		unsigned found = distance(word, length, candidates[i], candidate_length);
		/* A word of which every letter is wrong is no near miss, however short. */
		if (found > limit || found >= candidate_length)
			continue;
		if (!nearest || found < limit) {
			if (found < limit)
				limit = found;
			nearest = candidates[i];
		}
	}
	return nearest;
}
