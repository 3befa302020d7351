/*
 * suggest.h: which word somebody may have meant.
 */
#ifndef LINCKIA_ENGINE_SUGGEST_H
#define LINCKIA_ENGINE_SUGGEST_H

#include <stddef.h>

/*
 * The candidate nearest to `word`, or NULL when none is near. Distance counts letters that were added,
 * dropped, replaced, or swapped with their neighbour; a third of the word's letters may be wrong, at
 * least one and at most three. The first of several equally near ones wins. Pure; allocates nothing.
 */
const char *suggest(const char *word, const char *const *candidates, size_t count);

#endif
