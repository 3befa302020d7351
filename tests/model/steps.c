#include "steps.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "look.h"

static void set_history(struct run *run)
{
	static const unsigned keeps[] = {0, 1, 2, 5};
	static const int64_t times_s[] = {0, 1, 2592000};
	struct model *model = &run->model;
	model->keep_versions = keeps[dice_below(&run->dice, 4)];
	model->keep_for_s = times_s[dice_below(&run->dice, 3)];
	config_set(run, "history:", "{keep_versions: %u, keep_for: %llds}", model->keep_versions,
		(long long)model->keep_for_s);
}

void step_stop_daemon(struct run *run)
{
	int sent = dice_percent(&run->dice, 50) ? SIGKILL : SIGTERM, status;
	if (!run->daemon)
		return;
	record(run, " the daemon gets signal %d", sent);
	if (kill(run->daemon, sent) < 0 || waitpid(run->daemon, &status, 0) < 0)
		differ(run, "cannot stop the daemon: %s", strerror(errno));
	run->daemon = 0;
	if (sent == SIGTERM && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		differ(run, "the daemon ended with the status %d", status);
}

static void start_daemon(struct run *run)
{
	struct call call;
	if (run->daemon)
		return;
	call_prepare(run, &call, "--json", "daemon", NULL);
	snprintf(call.out_path, sizeof(call.out_path), "daemon.out");
	snprintf(call.err_path, sizeof(call.err_path), "daemon.err");
	call_start(run, &call);
	run->daemon = call.pid;
	record(run, " daemon begins");
	/* Before its first word it does not know of signals. */
	struct stat said = {0};
	while (said.st_size == 0 && now_us() < call.began_us + CALL_LIMIT_S * INT64_C(1000000)) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
		stat(call.out_path, &said);
	}
	call_release(&call);
}

static void turn_daemon(struct run *run)
{
	if (run->daemon)
		step_stop_daemon(run);
	else
		start_daemon(run);
}

/* One thing that is reachable, by its number or by a snapshot. */
static void look_at_one(struct run *run)
{
	int which = (int)dice_below(&run->dice, NAMES);
	const struct snapshot *held = &run->model.snapshots[dice_below(&run->dice, SNAPSHOTS)];
	const struct name *name = &run->model.names[which];
	if (held->exists && held->held[which] != NOTHING) {
		look_at_content(run, which, &name->versions[held->held[which]], held->name);
		return;
	}
	if (name->count == 0)
		return;
	const struct version *version = &name->versions[dice_below(&run->dice, (uint64_t)name->count)];
	/* With a daemon it may just be collected. */
	if (version->fate != FATE_GONE && !run->daemon)
		look_at_content(run, which, version, NULL);
}

static void lose_and_regrow(struct run *run)
{
	static struct model after;
	struct doubt doubt = {0};
	if (!run->full)
		nodes_repair(run);
	nodes_take_out(run);
	after = run->model;
	lose_catalog(run, &after, &doubt);
}

struct kind {
	unsigned weight;
	change_draw *draw;
	void (*take)(struct run *run);
};

static const struct kind kinds[] = {
	{24, draw_put, NULL},
	{12, draw_put_folder, NULL},
	{8, draw_remove, NULL},
	{3, draw_remove_folder, NULL},
	{8, draw_restore, NULL},
	{7, draw_snapshot, NULL},
	{3, draw_remove_snapshot, NULL},
	{4, draw_restore_snapshot, NULL},
	{5, draw_copies, NULL},
	{6, draw_collect, NULL},
	{3, NULL, collect_as_told},
	{8, NULL, change_two},
	{5, NULL, nodes_take_out},
	{5, NULL, nodes_bring_in},
	{3, NULL, nodes_repair},
	{3, NULL, set_history},
	{3, NULL, turn_daemon},
	{2, NULL, lose_keep_copy},
	{3, NULL, lose_and_regrow},
};

void step_take(struct run *run)
{
	size_t count = sizeof(kinds) / sizeof(*kinds), which = 0;
	unsigned total = 0;
	for (size_t i = 0; i < count; i++)
		total += kinds[i].weight;
	for (uint64_t drawn = dice_below(&run->dice, total); drawn >= kinds[which].weight; which++)
		drawn -= kinds[which].weight;
	if (kinds[which].draw)
		change_do(run, kinds[which].draw);
	else
		kinds[which].take(run);
	look_at_one(run);
	if (dice_percent(&run->dice, 20))
		look_at_status(run, false);
}
