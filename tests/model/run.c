#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "empty.h"
#include "look.h"
#include "steps.h"

void record(struct run *run, const char *format, ...)
{
	va_list arguments;
	fprintf(run->record, "%3u", run->step);
	va_start(arguments, format);
	vfprintf(run->record, format, arguments);
	va_end(arguments);
	fputc('\n', run->record);
}

void differ(struct run *run, const char *format, ...)
{
	va_list arguments;
	fprintf(run->record, "DIFFERS: ");
	va_start(arguments, format);
	vfprintf(run->record, format, arguments);
	va_end(arguments);
	fputc('\n', run->record);
	fflush(run->record);
	if (run->daemon)
		kill(run->daemon, SIGKILL);
	_exit(1);
}

static void make_store(struct run *run)
{
	struct call call;
	const char *method = dice_percent(&run->dice, 30) ? "cdc" : "fixed";
	run->least_copies = 2 + (unsigned)dice_below(&run->dice, 2);
	call_prepare(run, &call, "-q", "new", "store", "--nodes", "6", "--chunk-size", "64KiB", "--rehearsal",
		"--rf", NULL);
	call_word(&call, "%u", run->least_copies);
	call_must(run, &call);
	run->usual_us = call.took_us;
	call_release(&call);
	config_set(run, "chunk:", "{size: 64KiB, method: %s}", method);
	config_set(run, "repair:", "{interval: 100ms, grace: 100ms}");
	model_start(&run->model);
	run->full = true;
}

static void look_at_held(struct run *run, int which)
{
	static struct seen_name seen[NAMES];
	const struct snapshot *snapshot = &run->model.snapshots[which];
	look_at_names(run, snapshot->name, seen);
	for (int i = 0; i < NAMES; i++) {
		int held = snapshot->held[i];
		uint64_t wanted = held == NOTHING ? 0 : run->model.names[i].versions[held].number;
		if (seen[i].current.number != wanted)
			differ(run, "snapshot %s holds version %llu of '%s' instead of %llu", snapshot->name,
				(unsigned long long)seen[i].current.number, model_names[i],
				(unsigned long long)wanted);
		if (held != NOTHING && dice_percent(&run->dice, 25))
			look_at_content(run, i, &run->model.names[i].versions[held], snapshot->name);
	}
}

static void look_at_everything(struct run *run)
{
	static struct model same;
	struct doubt doubt = {0};
	same = run->model;
	settle(run, &same, &doubt, true);
	for (int i = 0; i < NAMES; i++)
		for (int k = 0; k < run->model.names[i].count; k++)
			if (run->model.names[i].versions[k].fate != FATE_GONE)
				look_at_content(run, i, &run->model.names[i].versions[k], NULL);
	for (int i = 0; i < SNAPSHOTS; i++)
		if (run->model.snapshots[i].exists)
			look_at_held(run, i);
}

static void expect_clean_scrub(struct run *run)
{
	struct call call;
	call_prepare(run, &call, "--json", "scrub", NULL);
	call_must(run, &call);
	cJSON *result = call_json(run, &call);
	if (json_number(run, result, "bad"))
		differ(run, "the scrub found bad copies: %s", call.out);
	cJSON_Delete(result);
	call_release(&call);
}

/* Everything is mended, looked at and removed. */
static void finish(struct run *run)
{
	step_stop_daemon(run);
	nodes_bring_all_in(run);
	nodes_repair(run);
	expect_clean_scrub(run);
	look_at_status(run, true);
	look_at_everything(run);
	empty_store(run);
}

void run_one(const char *program, const char *folder, uint64_t seed, unsigned steps)
{
	static struct run run;
	run = (struct run){.program = program, .seed = seed};
	if (mkdir(folder, 0700) < 0 || chdir(folder) < 0 || !(run.record = fopen("record", "we"))) {
		fprintf(stderr, "histories: %s: %s\n", folder, strerror(errno));
		_exit(2);
	}
	setenv("LINCKIA_CONFIG", "store/config.yaml", 1);
	run.dice.state = seed;
	make_store(&run);
	for (run.step = 1; run.step <= steps; run.step++) {
		run.dice.state = seed * UINT64_C(1000003) + run.step;
		step_take(&run);
	}
	finish(&run);
	fclose(run.record);
	_exit(0);
}
