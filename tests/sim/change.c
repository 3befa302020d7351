#include "steps.h"

#include <string.h>

enum { KILL_PERCENT = 30 };

/* What a killed put had said to be durable is in no doubt. */
static void trust_acknowledged(struct run *run, const struct change *change, struct doubt *doubt)
{
	char *rest = change->call.out, *line;
	while (change->streams && strchr(rest, '\n') && (line = strsep(&rest, "\n"))) {
		cJSON *stored = cJSON_Parse(line);
		int name = stored ? model_find(json_text(run, stored, "name")) : NOTHING;
		if (name == NOTHING)
			differ(run, "put said: %s", line);
		doubt->names[name] = false;
		cJSON_Delete(stored);
	}
}

static void doubt_all(struct doubt *doubt)
{
	memset(doubt, true, sizeof(*doubt));
}

static void soften(struct model *model)
{
	for (int i = 0; i < NAMES; i++)
		for (int k = 0; k < model->names[i].count; k++)
			if (model->names[i].versions[k].fate == FATE_MUST_GO)
				model->names[i].versions[k].fate = FATE_MAY_GO;
}

/* What is in doubt after a call that may have been killed. */
static void judge(struct run *run, struct change *change, struct doubt *doubt)
{
	if (change->call.killed) {
		doubt_all(doubt);
		soften(&change->after);
		trust_acknowledged(run, change, doubt);
	} else if (change->call.code != 0) {
		differ(run, "this command failed");
	}
	if (change->unsure_snapshot)
		doubt->snapshots[change->snapshot] = true;
}

static void draw_kill(struct run *run, struct call *call)
{
	if (dice_percent(&run->dice, KILL_PERCENT))
		call->kill_after_us = (int64_t)dice_below(&run->dice, 1200) * run->usual_us / 1000;
}

void change_do(struct run *run, change_draw *draw)
{
	static struct change change;
	struct doubt doubt = {0};
	memset(&change, 0, sizeof(change));
	change.after = run->model;
	if (!draw(run, &change))
		return;
	draw_kill(run, &change.call);
	run->full = false;
	call_do(run, &change.call);
	if (!change.call.killed)
		run->usual_us = (3 * run->usual_us + change.call.took_us) / 4;
	judge(run, &change, &doubt);
	/* The daemon collects too, whenever it likes. */
	if (run->daemon)
		model_collect(&change.after, FATE_MAY_GO, now_us());
	if (change.call.killed && dice_percent(&run->dice, 10))
		lose_catalog(run, &change.after, &doubt);
	settle(run, &change.after, &doubt, dice_percent(&run->dice, 5));
	call_release(&change.call);
}

/* A restore whose version was collected before it could begin has nothing to restore. */
static bool came_too_late(const struct change *change)
{
	return change->may_fail && !change->call.killed && change->call.code == 1 &&
	       strstr(change->call.err, "\"not_found\"");
}

static void draw_second(struct run *run, struct change *second, const struct change *first)
{
	*second = (struct change){.after = first->after};
	if (!dice_percent(&run->dice, 50) || !draw_snapshot(run, second))
		draw_collect(run, second);
	/* What expires while it is being collected may or may not be seen. */
	soften(&second->after);
	draw_kill(run, &second->call);
}

void change_two(struct run *run)
{
	static change_draw *const draws[] = {draw_put, draw_put_folder, draw_remove, draw_restore};
	static struct change first, second;
	struct doubt doubt = {0};
	size_t which = dice_below(&run->dice, sizeof(draws) / sizeof(*draws));
	memset(&first, 0, sizeof(first));
	first.after = run->model;
	first.may_fail = draws[which] == draw_restore;
	if (!draws[which](run, &first))
		return;
	draw_kill(run, &first.call);
	draw_second(run, &second, &first);
	run->full = false;
	call_start(run, &first.call);
	call_start(run, &second.call);
	call_finish(run, &first.call);
	call_finish(run, &second.call);
	if (came_too_late(&first))
		memset(doubt.names, true, sizeof(doubt.names));
	else
		judge(run, &first, &doubt);
	judge(run, &second, &doubt);
	settle(run, &second.after, &doubt, false);
	call_release(&first.call);
	call_release(&second.call);
}
