#include "engine/agenda.h"

#include <stdlib.h>

void agenda_release(struct agenda *agenda)
{
	free(agenda->items);
	*agenda = (struct agenda){0};
}

static bool precedes(const struct agenda_item *a, const struct agenda_item *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static bool make_room(struct agenda *agenda)
{
	if (agenda->count < agenda->room)
		return true;
	size_t more = agenda->room ? 2 * agenda->room : 256;
	struct agenda_item *grown = reallocarray(agenda->items, more, sizeof(*grown));
	if (!grown) {
		agenda->failed = true;
		return false;
	}
	agenda->items = grown;
	agenda->room = more;
	return true;
}

void agenda_add(struct agenda *agenda, const struct agenda_item *item)
{
	const struct agenda_item added = *item;
	if (!make_room(agenda))
		return;
	size_t at = agenda->count++;
	while (at > 0 && precedes(&added, &agenda->items[(at - 1) / 2])) {
		agenda->items[at] = agenda->items[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	agenda->items[at] = added;
}

bool agenda_take(struct agenda *agenda, struct agenda_item *item)
{
	if (agenda->count == 0)
		return false;
	*item = agenda->items[0];
	const struct agenda_item last = agenda->items[--agenda->count];
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= agenda->count)
			break;
		if (child + 1 < agenda->count && precedes(&agenda->items[child + 1], &agenda->items[child]))
			child++;
		if (!precedes(&agenda->items[child], &last))
			break;
		agenda->items[at] = agenda->items[child];
		at = child;
	}
	if (agenda->count)
		agenda->items[at] = last;
	return true;
}
