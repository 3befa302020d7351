#include "steps.h"

#include <errno.h>
#include <string.h>

#include "look.h"

bool nodes_any_out(const struct run *run)
{
	for (int i = 0; i < NODES; i++)
		if (run->nodes[i] != NODE_IN)
			return true;
	return false;
}

static unsigned count_out(const struct run *run)
{
	unsigned count = 0;
	for (int i = 0; i < NODES; i++)
		count += run->nodes[i] != NODE_IN;
	return count;
}

static void command_on(struct run *run, const char *first, const char *second, int node)
{
	struct call call;
	call_prepare(run, &call, first, second, NULL);
	call_word(&call, "node-%d", node + 1);
	call_must(run, &call);
	call_release(&call);
}

static void move_folder(struct run *run, int node, bool away)
{
	char here[32], there[32];
	snprintf(here, sizeof(here), "store/node-%d", node + 1);
	snprintf(there, sizeof(there), "away-%d", node + 1);
	record(run, " node-%d is %s", node + 1, away ? "moved away" : "moved back");
	if (rename(away ? here : there, away ? there : here) < 0)
		differ(run, "cannot move node-%d: %s", node + 1, strerror(errno));
}

void nodes_take_out(struct run *run)
{
	int node = (int)dice_below(&run->dice, NODES);
	if (run->nodes[node] != NODE_IN || count_out(run) + 1 >= run->least_copies)
		return;
	if (!run->full)
		nodes_repair(run);
	run->nodes[node] = NODE_FAILED + dice_below(&run->dice, 3);
	switch (run->nodes[node]) {
	case NODE_FAILED:
		command_on(run, "node", "fail", node);
		break;
	case NODE_AWAY:
		move_folder(run, node, true);
		break;
	default:
		command_on(run, "node", "wipe", node);
	}
	run->full = false;
}

static void bring_in(struct run *run, int node)
{
	switch (run->nodes[node]) {
	case NODE_IN:
		return;
	case NODE_FAILED:
		command_on(run, "node", "recover", node);
		break;
	case NODE_AWAY:
		move_folder(run, node, false);
		break;
	case NODE_WIPED:
		command_on(run, "-q", "scrub", node);
		break;
	}
	run->nodes[node] = NODE_IN;
	nodes_repair(run);
}

void nodes_bring_in(struct run *run)
{
	int first = (int)dice_below(&run->dice, NODES);
	for (int i = 0; i < NODES; i++) {
		if (run->nodes[(first + i) % NODES] == NODE_IN)
			continue;
		bring_in(run, (first + i) % NODES);
		return;
	}
}

void nodes_bring_all_in(struct run *run)
{
	for (int i = 0; i < NODES; i++)
		bring_in(run, i);
}

void nodes_repair(struct run *run)
{
	struct call call;
	for (int i = 0; i < NODES; i++) {
		if (run->nodes[i] != NODE_WIPED)
			continue;
		command_on(run, "-q", "scrub", i);
		run->nodes[i] = NODE_IN;
	}
	call_prepare(run, &call, "--json", "repair", NULL);
	call_must(run, &call);
	cJSON *result = call_json(run, &call);
	uint64_t left = json_number(run, result, "left");
	if (left)
		differ(run, "%llu chunks lack copies after the repair", (unsigned long long)left);
	cJSON_Delete(result);
	call_release(&call);
	run->full = true;
	run->maintained = true;
}
