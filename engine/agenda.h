/*
 * agenda.h: what comes next: a binary heap of small records, ordered by a number and then by a second one.
 *
 * Embedded; agenda_release() frees it. One thread at a time.
 */
#ifndef LINCKIA_ENGINE_AGENDA_H
#define LINCKIA_ENGINE_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda_item {
	int64_t at;     /* the lowest comes first */
	uint64_t order; /* and among equals the one with the lowest of these */
	uint32_t kind, subject, token;
};

struct agenda {
	struct agenda_item *items;
	size_t count, room;
	bool failed; /* there was no memory for an item, which is missing since */
};

void agenda_release(struct agenda *agenda);
/* Without memory the agenda is `failed`, which whoever adds asks once in a while. */
void agenda_add(struct agenda *agenda, const struct agenda_item *item);
/* False: it is empty. */
bool agenda_take(struct agenda *agenda, struct agenda_item *item);

#endif
