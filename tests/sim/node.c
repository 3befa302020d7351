#include "sim.h"

#include <string.h>

/* ---- which nodes ---- */

bool node_any(const struct sim *sim, int node)
{
	return sim->nodes[node].exists;
}

bool node_is_there(const struct sim *sim, int node)
{
	const struct sim_node *it = &sim->nodes[node];
	return it->exists && it->place == PLACE_HERE && !it->failed && !it->cut;
}

bool node_is_well(const struct sim *sim, int node)
{
	const struct disk_fault *disk = &world.disks[node];
	return node_is_there(sim, node) && !sim->nodes[node].strange_link && !disk->bad_reads &&
	       !disk->bad_writes && !disk->bad_flushes && !disk->full && !disk->bad_journal;
}

bool node_is_fit(const struct sim *sim, int node)
{
	return node_is_well(sim, node) && !sim->nodes[node].journal_damaged;
}

unsigned node_mask_counted(const struct sim *sim)
{
	unsigned mask = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		if (node_is_there(sim, i) ||
			(sim->nodes[i].exists && world_now_ms() - sim->nodes[i].changed_ms < NOTICED_MS))
			mask |= 1U << i;
	return mask;
}

static bool is_failed(const struct sim *sim, int node)
{
	return sim->nodes[node].failed || sim->nodes[node].draining;
}

unsigned node_count_there(const struct sim *sim)
{
	unsigned count = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		count += node_is_there(sim, i);
	return count;
}

unsigned node_count_all(const struct sim *sim)
{
	unsigned count = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		count += sim->nodes[i].exists;
	return count;
}

int node_draw(struct sim *sim, node_fits *fits)
{
	int found[WORLD_NODES], count = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		if (sim->nodes[i].exists && fits(sim, i))
			found[count++] = i;
	return count ? found[draw(sim, (uint64_t)count)] : 0;
}

const char *node_name(int node)
{
	static char names[4][16];
	static unsigned next;
	char *name = names[next++ % 4];
	snprintf(name, sizeof(names[0]), "node-%d", node);
	return name;
}

void node_note_change(struct sim *sim, int node)
{
	sim->nodes[node].changed_ms = world_now_ms();
}

/* ---- what an operator does ---- */

static unsigned count_well(const struct sim *sim)
{
	unsigned count = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		count += node_is_well(sim, i);
	return count;
}

typedef int operator_order(struct store *store, const char *name, bool *changed, struct error *error);

static bool give(struct sim *sim, operator_order *order, int node, const char *what)
{
	struct error error;
	bool changed;
	note(sim, "%s is %s", node_name(node), what);
	bool unrecorded = count_well(sim) < sim->settings.least_copies;
	if (order(drive_any(sim), node_name(node), &changed, &error) < 0) {
		note(sim, "  %s", error.message);
		if (!settle_is_sparse(sim, error.message))
			return false;
	}
	node_note_change(sim, node);
	sim->nodes[node].unrecorded = unrecorded;
	return true;
}

void node_fail(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	if (!give(sim, store_node_fail, node, "failed by hand"))
		return;
	sim->nodes[node].failed = true;
	count(COUNT_FAULT_FAILED);
}

void node_recover(struct sim *sim)
{
	int node = node_draw(sim, is_failed);
	if (node && give(sim, store_node_recover, node, "recovered by hand"))
		sim->nodes[node].failed = sim->nodes[node].draining = false;
}

void node_repeat_orders(struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++) {
		struct sim_node *node = &sim->nodes[i];
		if (!node->exists || !node->unrecorded)
			continue;
		node->unrecorded = false;
		if (node->failed)
			give(sim, store_node_fail, i, "failed by hand again");
		else if (!node->draining)
			give(sim, store_node_recover, i, "recovered by hand again");
	}
}

void node_drain(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	if (node_count_all(sim) <= sim->settings.copies || !give(sim, store_node_drain, node, "drained"))
		return;
	sim->nodes[node].draining = true;
	count(COUNT_DRAINS);
}

/* ---- coming and going ---- */

static void write_config_with(struct sim *sim, int node, bool exists)
{
	sim->nodes[node].exists = exists;
	drive_write_config(sim);
}

void node_add(struct sim *sim)
{
	struct error error;
	if (sim->nodes_made + 1 >= WORLD_NODES)
		return;
	int node = (int)++sim->nodes_made;
	sim->nodes[node] = (struct sim_node){.zone = (unsigned)draw(sim, 4), .changed_ms = world_now_ms()};
	write_config_with(sim, node, true);
	const struct store_new_node made = {.name = node_name(node)};
	note(sim, "node-%d is added, zone z%u", node, sim->nodes[node].zone);
	if (store_node_add_in(world_env(), sim->config, &made, NULL, &error) < 0) {
		note(sim, "  %s", error.message);
		write_config_with(sim, node, false);
		return;
	}
	/*
	 * A disk is taken in however few others there are to know of it; a rebuild without it says how to do it
	 * again.
	 */
	sim->sparse = count_well(sim) <= sim->settings.least_copies;
	count(COUNT_NODES_ADDED);
}

void node_remove(struct sim *sim)
{
	struct error error;
	uint64_t copies;
	int node = node_draw(sim, node_any);
	if (node_count_all(sim) <= 3 || !check_may_strike(sim))
		return;
	/* Who removes a node before the store knows again what it has is not kept from it. */
	if (!sim->harsh && check_holds_unclaimed(sim, node))
		return;
	note(sim, "node-%d is removed", node);
	/*
	 * What it holds may be the last good copy though others, not known to be bad, are there: then it is refused.
	 */
	if (store_node_remove_in(world_env(), sim->config, node_name(node), NULL, &copies, &error) < 0) {
		note(sim, "  %s", error.message);
		if (!settle_is_sparse(sim, error.message))
			return;
	}
	note(sim, "  with %llu copies", (unsigned long long)copies);
	sim->nodes[node].exists = false;
	plant_forget(sim, node);
	memset(&world.disks[node], 0, sizeof(world.disks[node]));
	drive_write_config(sim);
	check_note_doomed(sim);
	count(COUNT_NODES_REMOVED);
}
