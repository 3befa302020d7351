/*
 * view_private.h: what is at hand while a picture of the store is taken. Shared by view*.c.
 */
#ifndef LINCKIA_ENGINE_VIEW_PRIVATE_H
#define LINCKIA_ENGINE_VIEW_PRIVATE_H

#include "engine/arena.h"
#include "engine/health.h"
#include "engine/report.h"
#include "engine/store.h"

struct camera {
	struct store *store;
	struct view *view;
	struct arena *arena;
	size_t known; /* nodes of the store when the picture was begun; there may be more by now */
	struct view_node *nodes;
	size_t node_count;
	struct health_node *facts;
	size_t *places; /* of each node of the store: its index in `nodes`, or SIZE_MAX */
	struct health_tally tally;
	struct report report; /* of the process that maintains the store */
	bool maintained, ours, hinted;
	int64_t maintainer;
	int64_t oldest_verified_ms; /* of the nodes that answer */
	struct view_check *checks;
	size_t check_count;
};

/* Tells of the links. -1 without memory. */
MUST_CHECK int view_look_at_links(struct camera *camera, struct error *error);

/* Fills in the checks, most severe first, and the health that follows from them. */
void view_judge(struct camera *camera);

#endif
