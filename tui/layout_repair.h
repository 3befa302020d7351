/*
 * layout_repair.h: where the parts of the repair screen go. Pure, like layout.h; parts never overlap and never leave
 * the area. Each begins with its title; one that has no room is absent.
 */
#ifndef LINCKIA_TUI_LAYOUT_REPAIR_H
#define LINCKIA_TUI_LAYOUT_REPAIR_H

#include "tui/layout.h"

struct layout_repair {
	struct area state, transfers, scrub, queue, rate, events;
};

/* `transfers` is how many are under way. */
struct layout_repair layout_repair(struct area body, size_t transfers);

#endif
