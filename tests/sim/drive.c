#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

enum { LEAST_REST_MS = 1000, MOST_REST_MS = 3600000, BUSY_MS = 100, STEPS_AT_ONCE = 20000 };

/* ---- the config ---- */

static void write_nodes(const struct sim *sim, FILE *file)
{
	fprintf(file, "nodes:\n");
	for (int i = 1; i < WORLD_NODES; i++) {
		const struct sim_node *node = &sim->nodes[i];
		if (node->exists)
			fprintf(file, "  - {name: node-%d, path: node-%d, zone: z%u, capacity: %llu}\n", i, i,
				node->zone, (unsigned long long)node->capacity_kib * 1024);
	}
}

void drive_write_config(struct sim *sim)
{
	const struct settings *settings = &sim->settings;
	FILE *file = fopen(sim->config, "w");
	if (!file)
		violation(sim, "cannot write %s: %s", sim->config, strerror(errno));
	fprintf(file,
		"store: store\nrehearsal: true\nreplication_factor: %u\nmin_replicas: %u\nmemory: 8MiB\n"
		"chunk: {size: 64KiB, method: %s}\nplacement: {policy: %s}\n",
		settings->copies, settings->least_copies, settings->content_defined ? "cdc" : "fixed",
		settings->rendezvous ? "rendezvous" : "balanced");
	write_nodes(sim, file);
	fprintf(file,
		"repair: {interval: 2s, grace: %us, bandwidth: %llu, concurrency: %u, min_up_ratio: %.2f}\n"
		"scrub: {interval: %uh, bandwidth: 0}\nhistory: {keep_versions: %u, keep_for: %us}\n",
		settings->grace_s, (unsigned long long)settings->bandwidth, settings->concurrency,
		settings->up_ratio, settings->scrub_hours, settings->keep_versions, settings->keep_for_s);
	if (fclose(file) != 0)
		violation(sim, "cannot write %s: %s", sim->config, strerror(errno));
	sim->model.rules =
		(struct model_rules){settings->keep_versions, (int64_t)settings->keep_for_s * 1000};
}

/* ---- opening and closing ---- */

void drive_start_maintenance(struct sim *sim, int which)
{
	struct error error;
	if (!sim->stores[which] || sim->maintainers[which])
		return;
	if (maintain_new(sim->stores[which], &sim->maintainers[which], &error) < 0)
		violation(sim, "maintenance does not start: %s", error.message);
	atomic_store(&sim->stores[which]->maintenance, sim->maintainers[which]);
}

void drive_stop_maintenance(struct sim *sim, int which, bool killed)
{
	struct maintenance *maintenance = sim->maintainers[which];
	if (!maintenance)
		return;
	atomic_store(&sim->stores[which]->maintenance, NULL);
	sim->maintainers[which] = NULL;
	if (killed)
		maintain_abandon(maintenance);
	else
		maintain_free(maintenance);
}

int drive_try_open(struct sim *sim, struct error *error)
{
	return store_open_in(world_env(), sim->config, &sim->stores[0], error);
}

void drive_open(struct sim *sim)
{
	struct error error;
	if (drive_try_open(sim, &error) < 0)
		violation(sim, "the store does not open: %s", error.message);
	drive_start_maintenance(sim, 0);
}

void drive_open_second(struct sim *sim)
{
	struct error error;
	if (!sim->stores[1] && store_open_in(world_env(), sim->config, &sim->stores[1], &error) < 0)
		violation(sim, "the store does not open a second time: %s", error.message);
}

void drive_close_second(struct sim *sim)
{
	drive_stop_maintenance(sim, 1, false);
	store_close(sim->stores[1]);
	sim->stores[1] = NULL;
}

void drive_close(struct sim *sim)
{
	drive_close_second(sim);
	drive_stop_maintenance(sim, 0, false);
	store_close(sim->stores[0]);
	sim->stores[0] = NULL;
	look_close();
}

struct store *drive_any(struct sim *sim)
{
	return sim->stores[sim->stores[1] && percent(sim, 50)];
}

/* ---- time ---- */

/* Until something may happen: soon while there is work, ever later while there is none. */
static int64_t rest_ns(struct sim *sim, int64_t quiet_ms)
{
	int64_t rest_ms = quiet_ms / 2;
	rest_ms = rest_ms < LEAST_REST_MS ? LEAST_REST_MS : rest_ms > MOST_REST_MS ? MOST_REST_MS : rest_ms;
	int64_t rest = rest_ms * 1000000;
	for (int i = 0; i < 2; i++) {
		const struct maintenance *maintenance = sim->maintainers[i];
		if (!maintenance)
			continue;
		int64_t ends_ns = maintain_next_end_ns(maintenance), left = rest;
		if (ends_ns != INT64_MAX)
			left = ends_ns - maintain_now_ns(maintenance);
		else if (maintenance->task_count || maintain_is_collecting(maintenance))
			left = (int64_t)BUSY_MS * 1000000;
		rest = left < rest ? left : rest;
	}
	return rest > 0 ? rest : 1;
}

bool drive_is_busy(const struct sim *sim)
{
	for (int i = 0; i < 2; i++)
		if (sim->maintainers[i] &&
			(sim->maintainers[i]->task_count || maintain_is_collecting(sim->maintainers[i])))
			return true;
	return false;
}

static void step_once(struct sim *sim, int64_t until_ms, int64_t quiet_ms)
{
	int64_t left_ns = until_ms * 1000000 - virtual_world_now_ns(&world.virtual);
	for (int i = 0; i < 2; i++)
		if (sim->maintainers[i])
			maintain_step(sim->maintainers[i]);
		else if (sim->stores[i])
			store_probe_nodes(sim->stores[i]);
	int64_t ns = rest_ns(sim, quiet_ms);
	virtual_world_advance(&world.virtual, ns < left_ns ? ns : left_ns > 0 ? left_ns : 1);
}

void drive_pass(struct sim *sim, int64_t ms)
{
	int64_t began_ms = world_now_ms(), until_ms = began_ms + ms, busy_ms = began_ms;
	for (unsigned steps = 0; world_now_ms() < until_ms; steps++) {
		/*
		 * A node that comes and goes makes work for as long as it does. Work that takes no time never ends.
		 */
		if (steps == STEPS_AT_ONCE && world_now_ms() - began_ms < STEPS_AT_ONCE)
			violation(sim, "maintenance is busy without end");
		if (steps == STEPS_AT_ONCE) {
			note(sim, "  no longer than that: there is no rest");
			return;
		}
		if (drive_is_busy(sim))
			busy_ms = world_now_ms();
		step_once(sim, until_ms, world_now_ms() - busy_ms);
	}
}

bool drive_run_pass(
	struct sim *sim, const struct pass_options *options, int64_t seconds, struct catalog_request *request)
{
	struct error error;
	int64_t until_ms = world_now_ms() + seconds * 1000;
	if (maintain_ask(sim->stores[0], options, request, &error) < 0) {
		note(sim, "  not asked: %s", error.message);
		return false;
	}
	while (!request->done) {
		if (world_now_ms() >= until_ms)
			return false;
		step_once(sim, until_ms, 0);
		if (catalog_get_request(sim->stores[0]->reader, request->id, request, &error) < 0)
			violation(sim, "a request cannot be looked up: %s", error.message);
	}
	return true;
}

/* ---- a process that is killed ---- */

static struct legacy *legacy;

static void leave_legacy(void)
{
	legacy->now_ns = virtual_world_now_ns(&world.virtual);
}

_Noreturn static void live_doomed(struct sim *sim, sim_act *act, void *context)
{
	struct error error;
	error_clear(&error);
	int result = act(sim, context, &error);
	sim->legacy->reported = true;
	sim->legacy->result = result;
	sim->legacy->code = error.code;
	snprintf(sim->legacy->message, sizeof(sim->legacy->message), "%.500s", error.message);
	leave_legacy();
	_exit(0);
}

bool drive_in_doomed_process(struct sim *sim, sim_act *act, void *context)
{
	/*
	 * Small numbers as likely as large ones: an operation makes some tens of calls that write, or some hundred.
	 */
	uint64_t calls = draw(sim, UINT64_C(1) << between(sim, 2, 9));
	uint64_t dice = draw(sim, UINT64_MAX);
	int status;
	fflush(sim->trace);
	legacy = sim->legacy;
	memset(legacy, 0, sizeof(*legacy));
	pid_t child = fork();
	if (child < 0)
		violation(sim, "cannot fork: %s", strerror(errno));
	if (child == 0) {
		seeded_dice_init(&world.virtual.dice, dice);
		world_kill_after(calls, leave_legacy);
		live_doomed(sim, act, context);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
		(WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != WORLD_KILLED))
		violation(sim, "a process ended with status %d", status);
	/* What the child drew, for names and identities, may not be drawn again. */
	seeded_dice_init(&world.virtual.dice, ~dice);
	int64_t passed_ns = legacy->now_ns - virtual_world_now_ns(&world.virtual);
	if (passed_ns > 0)
		virtual_world_advance(&world.virtual, passed_ns);
	bool killed = WEXITSTATUS(status) == WORLD_KILLED;
	note(sim, "  in a process of its own%s", killed ? ", killed" : "");
	return killed;
}
