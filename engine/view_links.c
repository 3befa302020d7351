/*
 * view_links.c: the links, as far as anything is known of them: to each node that answers, and those that are
 * simulated.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/network.h"
#include "engine/view_private.h"

/* The index in the view of an end of the network; SIZE_MAX where nothing is shown. */
static size_t place_of(const struct camera *camera, unsigned end)
{
	return end - 1 < camera->known ? camera->places[end - 1] : SIZE_MAX;
}

/*
 * A node is reached through a folder here: what a look takes is the way there and back, and the simulated one with
 * it.
 */
static void add_ways_there(struct camera *camera, struct view_link *links)
{
	struct store *store = camera->store;
	struct view *view = camera->view;
	for (size_t i = 0; i < camera->known; i++) {
		size_t at = camera->places[i];
		struct network_link link;
		if (at == SIZE_MAX)
			continue;
		network_get(store->network, NETWORK_CLIENT, store->nodes[i].end, &link);
		if (!camera->facts[at].readable && link_is_perfect(&link.settings))
			continue;
		links[view->link_count++] = (struct view_link){
			.from = LINK_CLIENT,
			.to = (int)at,
			.latency_ms = camera->nodes[at].latency_ms,
			.cut = link.settings.cut,
			.simulated = link.settings,
		};
	}
}

static double latency_between(struct camera *camera, const struct network_link *link, size_t from)
{
	struct network_link back;
	if (link->to == NETWORK_CLIENT)
		return camera->nodes[from].latency_ms;
	network_get(camera->store->network, link->to, link->from, &back);
	return link->settings.cut || back.settings.cut
		       ? -1
		       : (double)(link->settings.latency_ms + back.settings.latency_ms);
}

int view_look_at_links(struct camera *camera, struct error *error)
{
	struct view *view = camera->view;
	struct network_link *all;
	size_t count;
	if (network_list(camera->store->network, &all, &count) < 0)
		return error_set_errno(error, ENOMEM, "cannot look at the network");
	struct view_link *links =
		arena_alloc(camera->arena, (camera->node_count + count) * sizeof(*links) + 1);
	if (links)
		add_ways_there(camera, links);
	for (size_t i = 0; links && i < count; i++) {
		size_t from = place_of(camera, all[i].from), to = place_of(camera, all[i].to);
		bool shown = all[i].from != NETWORK_CLIENT && from != SIZE_MAX &&
			     (to != SIZE_MAX || all[i].to == NETWORK_CLIENT);
		if (!shown)
			continue;
		links[view->link_count++] = (struct view_link){
			.from = (int)from,
			.to = all[i].to == NETWORK_CLIENT ? LINK_CLIENT : (int)to,
			.latency_ms = latency_between(camera, &all[i], from),
			.cut = all[i].settings.cut,
			.simulated = all[i].settings,
		};
	}
	view->links = links;
	free(all);
	return links ? 0 : error_set_errno(error, ENOMEM, "cannot look at the network");
}
