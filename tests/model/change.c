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

/* Somebody else may collect before the change and after it. */
static void collect_meanwhile(struct run *run, struct model *after)
{
	model_collect(after, &run->model, FATE_MAY_GO, now_us());
	model_collect(after, after, FATE_MAY_GO, now_us());
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
	run->stored = run->stored || (change.streams && change.call.code == 0);
	if (!change.call.killed)
		run->usual_us = (3 * run->usual_us + change.call.took_us) / 4;
	judge(run, &change, &doubt);
	/* The daemon collects too, whenever it likes. */
	if (run->daemon || run->maintained)
		collect_meanwhile(run, &change.after);
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
	if (!dice_percent(&run->dice, 50) || !draw_snapshot(run, second)) {
		draw_collect(run, second);
		soften(&second->after);
	}
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
	if (second.collects || run->daemon || run->maintained)
		collect_meanwhile(run, &second.after);
	settle(run, &second.after, &doubt, false);
	call_release(&first.call);
	call_release(&second.call);
}

/* What `gc` tells of itself, or of what it would do. */
static void read_sums(struct run *run, bool dry, uint64_t sums[3])
{
	static const char *const keys[] = {"versions", "chunks", "bytes"};
	struct call call;
	call_prepare(run, &call, "--json", "gc", dry ? "--dry-run" : NULL, NULL);
	call_must(run, &call);
	cJSON *told = call_json(run, &call);
	for (size_t i = 0; i < 3; i++)
		sums[i] = json_number(run, told, keys[i]);
	cJSON_Delete(told);
	call_release(&call);
}

void collect_as_told(struct run *run)
{
	static struct model after;
	struct doubt doubt = {0};
	uint64_t told[3], done[3];
	/* With a daemon or a time in between, other things may go. */
	bool exact = !run->daemon && run->model.keep_for_s != 1;
	read_sums(run, true, told);
	after = run->model;
	model_collect(&after, &after, FATE_MUST_GO, now_us());
	read_sums(run, false, done);
	if (exact && memcmp(told, done, sizeof(told)) != 0)
		differ(run,
			"the dry run told of %llu versions, %llu chunks and %llu bytes, but %llu, %llu and "
			"%llu went",
			(unsigned long long)told[0], (unsigned long long)told[1], (unsigned long long)told[2],
			(unsigned long long)done[0], (unsigned long long)done[1],
			(unsigned long long)done[2]);
	settle(run, &after, &doubt, false);
}
