/*
 * churn.c: what was removed and collected is stored again, while a node that was away still has its copy.
 *
 * That copy is listed as one to be removed, and may have rotted: whether it counts again, and stays, is decided by
 * looking.
 */
#include "sim.h"

static bool put_fresh(struct sim *sim, int name, struct content *content, struct seen_chunk *first)
{
	*content = change_draw_content(sim);
	if (content->size == 0 || !change_put_content(sim, name, *content))
		return false;
	const struct model_name *known = &sim->model.names[name];
	const struct seen_version *version =
		look_version(sim->look, name, known->versions[known->current].number);
	if (!version || version->extents == 0)
		return false;
	*first = sim->look->chunks[sim->look->extents[version->first_extent].chunk];
	return first->catalogued != 0;
}

static int draw_holder(struct sim *sim, unsigned mask)
{
	int found[WORLD_NODES], count = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		if (mask & 1U << i && node_is_there(sim, i))
			found[count++] = i;
	return count ? found[draw(sim, (uint64_t)count)] : 0;
}

/* Whether a file is left on the node though no copy of the chunk counts there. */
static bool is_left_over(const struct sim *sim, int node, const struct digest *digest)
{
	int at = look_find(sim->look, digest);
	bool counts = at != NOTHING && sim->look->chunks[at].catalogued & 1U << node;
	return !counts && look_is_file(sim, node, digest);
}

void churn(struct sim *sim)
{
	struct content content;
	struct seen_chunk chunk;
	int name = (int)draw(sim, FOLDER_FIRST);
	if (!put_fresh(sim, name, &content, &chunk))
		return;
	int node = draw_holder(sim, chunk.catalogued);
	if (!node)
		return;
	net_cut_off(sim, node);
	if (!change_remove_name(sim, name) || !pass_collect_all(sim))
		return;
	if (percent(sim, 50) && is_left_over(sim, node, &chunk.digest))
		fault_spoil(sim, node, &chunk.digest);
	net_heal(sim);
	/* By maintenance the left-over goes at once; a process that finds it first may make it a copy again. */
	if (percent(sim, 25))
		drive_pass(sim, (int64_t)draw(sim, 12000));
	sim->apart_percent = 60;
	count_many(COUNT_CHURNED, change_put_content(sim, name, content));
	sim->apart_percent = APART_PERCENT;
}
