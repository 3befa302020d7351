#include "sim.h"

/* What may be done, and how often in comparison. */
static const struct {
	unsigned weight;
	step_action *action;
} actions[] = {
	{16, change_put},
	{10, change_put_again},
	{6, change_put_same},
	{5, change_put_folder},
	{5, churn},
	{12, change_get},
	{3, change_get_folder},
	{6, change_remove},
	{1, change_remove_folder},
	{4, change_copies},
	{4, change_restore},
	{6, change_snapshot},
	{2, change_remove_snapshot},
	{5, change_restore_snapshot},
	{2, node_fail},
	{4, node_recover},
	{2, node_drain},
	{2, node_add},
	{2, node_remove},
	{3, pass_scrub},
	{2, pass_repair},
	{1, pass_rebalance},
	{5, pass_collect},
	{3, pass_killed},
	{2, config_change},
	{1, config_capacity},
	{2, reopen},
	{2, second_process},
	{8, wait_short},
	{2, wait_long},
	{2, abandon},
	{5, fault_away},
	{7, fault_back},
	{4, fault_image},
	{4, fault_stale},
	{1, fault_wipe},
	{8, fault_damage},
	{5, fault_plant},
	{1, fault_journal},
	{1, fault_catalog_copy},
	{4, fault_disk},
	{6, fault_disk_well},
	{2, fault_clock},
	{2, net_cut},
	{1, net_partition},
	{3, net_slow},
	{4, net_heal},
	{4, catalog_keep},
	{4, catalog_lose},
	{3, catalog_lose_apart},
	{4, schism},
};
enum { ACTIONS = sizeof(actions) / sizeof(*actions) };

static step_action *draw_action(struct sim *sim)
{
	uint64_t all = 0;
	for (size_t i = 0; i < ACTIONS; i++)
		all += actions[i].weight;
	uint64_t at = draw(sim, all);
	for (size_t i = 0; i + 1 < ACTIONS; i++) {
		if (at < actions[i].weight)
			return actions[i].action;
		at -= actions[i].weight;
	}
	return actions[ACTIONS - 1].action;
}

void step_take(struct sim *sim)
{
	step_action *action = draw_action(sim);
	int64_t rest_ms = (int64_t)draw(sim, percent(sim, 85) ? 2500 : 25000);
	action(sim);
	drive_pass(sim, rest_ms);
	settle_as_it_was(sim);
	check_all(sim);
	count(COUNT_STEPS);
}
