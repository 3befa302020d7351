/*
 * schism.c: on one node history went on, on all others it did not.
 *
 * All but one of the disks, and the catalog's, are put back to how they were some changes ago. That is more than may
 * happen to something acknowledged, so it counts as if it never was. The store is regrown without the one node, and
 * when that returns, what it alone knows may not come back, not even by another rebuild (invariant 6).
 */
#include "sim.h"

/* Each of these becomes a record in the journals. */
static bool change_something(struct sim *sim)
{
	int name = (int)draw(sim, NAMES);
	if (sim->model.names[name].current != NOTHING && percent(sim, 50))
		return change_remove_name(sim, name);
	return name < FOLDER_FIRST && change_put_content(sim, name, change_draw_content(sim));
}

static void go_back(struct sim *sim, int node)
{
	drive_close(sim);
	fault_take_away(sim, node);
	shell(sim, "rm -r store && mv divided store && rm -r store/catalog.db* store/node-%d", node);
	for (int i = 1; i < WORLD_NODES; i++)
		look_forget(i);
	sim->nodes[node].journal_damaged = true;
	plant_forget(sim, node);
}

void schism(struct sim *sim)
{
	static struct model before;
	int node = node_draw(sim, node_is_fit);
	/* That node counts as one without a journal from now on. */
	if (!node || drive_is_busy(sim) || !catalog_may_be_lost(sim, node))
		return;
	note(sim, "the store is copied");
	drive_close(sim);
	shell(sim, "cp -a store divided");
	drive_open(sim);
	before = sim->model;
	sim->apart_percent = 0;
	bool changed = false;
	for (uint64_t left = between(sim, 1, 6); left > 0; left--)
		changed |= change_something(sim);
	if (!changed) {
		sim->apart_percent = APART_PERCENT;
		shell(sim, "rm -r divided");
		return;
	}
	note(sim, "all but node-%d are as they were before", node);
	go_back(sim, node);
	before.latest_ms = sim->model.latest_ms;
	sim->model = before;
	count(COUNT_SCHISMS);
	/* One that is killed before any node knows of it never was, and what it had given up may come back. */
	catalog_regrow(sim);
	sim->apart_percent = APART_PERCENT;
	settle_as_it_was(sim);
	check_all(sim);
	if (percent(sim, 40))
		return;
	note(sim, "node-%d is back, and the catalog is lost", node);
	fault_bring_back(sim, node);
	drive_pass(sim, (int64_t)draw(sim, 3000));
	settle_as_it_was(sim);
	check_all(sim);
	catalog_lose(sim);
}
