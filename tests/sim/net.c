#include "sim.h"

/* More than a node may take to answer before it counts as down. */
enum { HANG_MS = 20000 };

static void set_links(struct sim *sim, const char *from, const char *to, const struct link_change *change)
{
	struct error error;
	uint64_t changed;
	if (store_set_links(drive_any(sim), &from, 1, &to, 1, change, &changed, &error) < 0)
		violation(sim, "links cannot be set: %s", error.message);
}

void net_cut_off(struct sim *sim, int node)
{
	const struct link_change cut = {.set_cut = true, .to = {.cut = true}};
	note(sim, "node-%d is cut off", node);
	set_links(sim, LINK_CLIENT_NAME, node_name(node), &cut);
	sim->nodes[node].cut = true;
	node_note_change(sim, node);
	count(COUNT_FAULT_CUT);
}

void net_cut(struct sim *sim)
{
	net_cut_off(sim, node_draw(sim, node_any));
}

/* Some nodes stay with the client, the others are cut off from both. */
void net_partition(struct sim *sim)
{
	const char *near[WORLD_NODES + 1] = {LINK_CLIENT_NAME}, *far[WORLD_NODES];
	static char names[WORLD_NODES][16];
	size_t counts[2] = {1, 0};
	struct error error;
	bool is_far[WORLD_NODES] = {false};
	unsigned chance = percent(sim, 30) ? 80 : 40; /* sometimes hardly any node is left */
	for (int i = 1; i < WORLD_NODES; i++) {
		if (!sim->nodes[i].exists)
			continue;
		snprintf(names[i], sizeof(names[i]), "node-%d", i);
		is_far[i] = percent(sim, chance);
		if (is_far[i])
			far[counts[1]++] = names[i];
		else
			near[counts[0]++] = names[i];
	}
	const char *const *const groups[] = {near, far};
	if (counts[1] == 0)
		return;
	note(sim, "%zu nodes are cut off together", counts[1]);
	if (store_partition(drive_any(sim), groups, counts, 2, &error) < 0)
		violation(sim, "the network cannot be partitioned: %s", error.message);
	for (int i = 1; i < WORLD_NODES; i++) {
		if (!sim->nodes[i].exists)
			continue;
		sim->nodes[i].cut |= is_far[i];
		sim->nodes[i].strange_link = true;
		node_note_change(sim, i);
	}
	count(COUNT_FAULT_PARTITION);
}

void net_slow(struct sim *sim)
{
	int node = node_draw(sim, node_any), other = node_draw(sim, node_any);
	const char *from = percent(sim, 60) || other == node ? LINK_CLIENT_NAME : node_name(other);
	struct link_change change = {0};
	switch (draw(sim, 3)) {
	case 0:
		change.set_latency = change.set_jitter = change.set_bandwidth = true;
		change.to.latency_ms = (int64_t)between(sim, 1, 3000);
		change.to.jitter_ms = (int64_t)draw(sim, 500);
		change.to.bandwidth = percent(sim, 50) ? between(sim, 10000, 1000000) : 0;
		count(COUNT_FAULT_SLOW);
		break;
	case 1:
		change.set_loss = true;
		change.to.loss = (double)between(sim, 1, 9) / 10;
		count(COUNT_FAULT_LOSSY);
		break;
	default:
		change.set_latency = true;
		change.to.latency_ms = HANG_MS;
		count(COUNT_FAULT_HANG);
	}
	change.one_way = percent(sim, 30);
	note(sim, "between %s and node-%d: %lld ms, loss %g", from, node, (long long)change.to.latency_ms,
		change.to.loss);
	set_links(sim, from, node_name(node), &change);
	sim->nodes[node].strange_link = sim->nodes[other].strange_link = true;
}

void net_mend_all(struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++) {
		if (sim->nodes[i].cut || sim->nodes[i].strange_link)
			node_note_change(sim, i);
		sim->nodes[i].cut = sim->nodes[i].strange_link = false;
	}
	sim->strange_ms = world_now_ms();
}

void net_heal(struct sim *sim)
{
	struct error error;
	uint64_t changed;
	if (store_heal_network(drive_any(sim), &changed, &error) < 0)
		violation(sim, "the network cannot be healed: %s", error.message);
	note(sim, "the network is healed, %llu links", (unsigned long long)changed);
	net_mend_all(sim);
}
