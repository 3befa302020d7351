#include <string.h>

#include "sim.h"

enum { PASS_S = 4 * 3600, KILLED_MS = 20000 };

/* ---- passes that somebody asks for ---- */

/* Whether it has ended. */
static bool run_pass(
	struct sim *sim, const struct pass_options *options, const char *what, enum counter counter)
{
	struct catalog_request request;
	if (!sim->maintainers[0])
		return true;
	note(sim, "%s is asked for", what);
	if (!drive_run_pass(sim, options, PASS_S, &request)) {
		note(sim, "  it has not ended");
		return false;
	}
	note(sim, "  %s", request.text);
	count(counter);
	return true;
}

void pass_scrub(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	const struct pass_options options = {
		.kind = PASS_SCRUB, .node = percent(sim, 50) ? node_name(node) : NULL};
	run_pass(sim, &options, "a scrub", COUNT_PASSES_SCRUB);
}

void pass_repair(struct sim *sim)
{
	run_pass(sim, &(struct pass_options){.kind = PASS_REPAIR}, "a repair", COUNT_PASSES_REPAIR);
}

void pass_rebalance(struct sim *sim)
{
	run_pass(sim, &(struct pass_options){.kind = PASS_REBALANCE}, "balance", COUNT_PASSES_REBALANCE);
}

/* Rules that count for one pass. */
static void draw_rules(struct sim *sim, struct collect_options *rules)
{
	struct model_rules *others = &sim->model.others;
	*rules = (struct collect_options){
		.set_keep_versions = percent(sim, 60),
		.set_keep_for = percent(sim, 60),
		.keep_versions = draw(sim, 4),
		.keep_for_ms = (int64_t)draw(sim, 2) * (int64_t)between(sim, 1, 3600) * 1000,
	};
	if (rules->set_keep_versions)
		others->keep_versions = (unsigned)rules->keep_versions;
	if (rules->set_keep_for)
		others->keep_for_ms = rules->keep_for_ms;
	note(sim, "to be kept: %u, for %lld ms", others->keep_versions, (long long)others->keep_for_ms);
	count(COUNT_RULES);
}

bool pass_collect_all(struct sim *sim)
{
	const struct pass_options options = {.kind = PASS_COLLECT,
		.collect = {.set_keep_versions = true, .set_keep_for = true, .keep_for_ms = 1}};
	if (sim->rules_linger || drive_is_busy(sim))
		return false;
	sim->model.others = (struct model_rules){.keep_for_ms = 1};
	sim->rules_linger = !run_pass(sim, &options, "a collection of all history", COUNT_PASSES_COLLECT);
	settle_as_it_was(sim);
	check_all(sim);
	return !sim->rules_linger;
}

void pass_collect(struct sim *sim)
{
	struct pass_options options = {.kind = PASS_COLLECT};
	bool ruled = percent(sim, 40) && !sim->rules_linger && !drive_is_busy(sim);
	if (ruled)
		draw_rules(sim, &options.collect);
	bool ended = run_pass(sim, &options, "a collection", COUNT_PASSES_COLLECT);
	sim->rules_linger = sim->rules_linger || (ruled && !ended);
}

static int maintain_for_a_while(struct sim *sim, void *context, struct error *error)
{
	(void)context;
	if (drive_try_open(sim, error) < 0)
		return -1;
	drive_start_maintenance(sim, 0);
	drive_pass(sim, KILLED_MS);
	drive_stop_maintenance(sim, 0, false);
	store_close(sim->stores[0]);
	return 0;
}

void pass_killed(struct sim *sim)
{
	note(sim, "a process maintains the store for a while");
	drive_close(sim);
	count_many(COUNT_FAULT_KILLED_MAINTENANCE, drive_in_doomed_process(sim, maintain_for_a_while, NULL));
	drive_open(sim);
}

/* ---- processes ---- */

void abandon(struct sim *sim)
{
	note(sim, "maintenance is killed%s", sim->maintainers[1] ? ", the other process takes over" : "");
	drive_stop_maintenance(sim, 0, true);
	drive_pass(sim, (int64_t)draw(sim, 20000));
	drive_start_maintenance(sim, 0);
	sim->strange_ms = world_now_ms();
	count(COUNT_FAULT_ABANDONED);
}

void reopen(struct sim *sim)
{
	note(sim, "the store is closed and opened");
	drive_close(sim);
	drive_open(sim);
	count(COUNT_REOPENED);
}

void second_process(struct sim *sim)
{
	note(sim, "a second process %s the store", sim->stores[1] ? "closes" : "opens");
	if (sim->stores[1]) {
		drive_close_second(sim);
		return;
	}
	drive_open_second(sim);
	if (percent(sim, 50))
		drive_start_maintenance(sim, 1);
	count(COUNT_SECOND);
}

/* ---- settings ---- */

void config_change(struct sim *sim)
{
	static const unsigned graces[] = {0, 1, 5, 60}, times[] = {0, 0, 60, 86400};
	struct settings *settings = &sim->settings;
	switch (draw(sim, 4)) {
	case 0:
		settings->grace_s = graces[draw(sim, 4)];
		break;
	case 1:
		if (sim->rules_linger || drive_is_busy(sim))
			break;
		settings->keep_versions = (unsigned)draw(sim, 4);
		settings->keep_for_s = times[draw(sim, 4)];
		break;
	case 2:
		settings->bandwidth = percent(sim, 50) ? 0 : between(sim, 100000, 10000000);
		break;
	default:
		settings->concurrency = (unsigned)between(sim, 1, 6);
	}
	note(sim, "config: grace %u s, keep %u, for %u s, bandwidth %llu, concurrency %u", settings->grace_s,
		settings->keep_versions, settings->keep_for_s, (unsigned long long)settings->bandwidth,
		settings->concurrency);
	drive_write_config(sim);
	/* Whoever has the store open looks at the config within a second. */
	drive_pass(sim, 2500);
	count(COUNT_CONFIG_CHANGES);
}

void config_capacity(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	struct sim_node *it = &sim->nodes[node];
	it->capacity_kib = it->capacity_kib ? 0 : between(sim, 100, 2000);
	note(sim, "node-%d may hold %llu KiB", node, (unsigned long long)it->capacity_kib);
	drive_write_config(sim);
	node_note_change(sim, node);
	count(COUNT_FAULT_CAPACITY);
}

/* ---- time ---- */

void wait_short(struct sim *sim)
{
	drive_pass(sim, (int64_t)between(sim, 1000, 60000));
}

void wait_long(struct sim *sim)
{
	static const unsigned hours[] = {1, 1, 2, 8, 180};
	unsigned most = hours[draw(sim, 5)];
	note(sim, "%u hours pass", most);
	drive_pass(sim, (int64_t)most * 3600 * 1000);
	count(COUNT_LONG_WAITS);
}
