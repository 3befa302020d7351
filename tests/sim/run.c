#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/watch.h"
#include "sim.h"

enum { HARSH_PERCENT = 25, TIDY_PERCENT = 75, HEALED_HOURS = 48, EMPTY_S = 3600 };

/* ---- chance and record ---- */

uint64_t draw(struct sim *sim, uint64_t below)
{
	return sim->dice.dice.next(&sim->dice.dice) % (below ? below : 1);
}

uint64_t between(struct sim *sim, uint64_t least, uint64_t most)
{
	return least + draw(sim, most - least + 1);
}

bool percent(struct sim *sim, unsigned chance)
{
	return draw(sim, 100) < chance;
}

/* The folder's name is the only thing that differs from one run of a seed to the next. */
static void write_line(struct sim *sim, const char *text)
{
	size_t length = strlen(sim->folder);
	fprintf(sim->trace, "%4u %12lld  ", sim->step, (long long)world_now_ms());
	for (const char *at = text; *at;) {
		if (strncmp(at, sim->folder, length) == 0) {
			fputs("DIR", sim->trace);
			at += length;
			continue;
		}
		unsigned char byte = (unsigned char)*at++;
		if (byte < ' ' || byte >= 127)
			fprintf(sim->trace, "\\x%02x", byte);
		else
			fputc(byte, sim->trace);
	}
	fputc('\n', sim->trace);
}

void note(struct sim *sim, const char *format, ...)
{
	char text[2048];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_line(sim, text);
}

static void record_event(void *context, const struct view_event *event)
{
	note(context, "event %s %s: %s", event->code, event->node, event->text);
}

void violation(struct sim *sim, const char *format, ...)
{
	char text[1024];
	struct error error;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (sim->stores[0] && store_events(sim->stores[0], 0, 60, record_event, sim, &error) < 0)
		note(sim, "no events: %s", error.message);
	const struct view *view;
	if (sim->stores[0] && view_take(sim->stores[0], 0, &view, &error) == 0)
		note(sim, "repair is %s, %llu queued: %s", repair_state_name(view->repair.state),
			(unsigned long long)view->repair.queued, view->repair.reason);
	note(sim, "VIOLATION: %s", text);
	fclose(sim->trace);
	_exit(1);
}

/* ---- commands ---- */

void shell(struct sim *sim, const char *format, ...)
{
	char command[1024], all[1400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	snprintf(all, sizeof(all), "cd '%s' && %s", sim->folder, command);
	if (system(all) != 0)
		violation(sim, "the simulation cannot do this: %s", command);
}

/* ---- beginning ---- */

static void draw_settings(struct sim *sim)
{
	static const unsigned graces[] = {0, 2, 10, 60}, hours[] = {6, 48, 168},
			      times[] = {30, 3600, 7 * 86400};
	sim->settings = (struct settings){
		.copies = (unsigned)between(sim, 2, 3),
		.grace_s = graces[draw(sim, 4)],
		.concurrency = (unsigned)between(sim, 1, 4),
		.scrub_hours = hours[draw(sim, 3)],
		.keep_versions = percent(sim, 30) ? (unsigned)between(sim, 1, 3) : 0,
		.keep_for_s = percent(sim, 30) ? times[draw(sim, 3)] : 0,
		.up_ratio = percent(sim, 30) ? 0.1 : 0.5,
		.content_defined = percent(sim, 25),
		.rendezvous = percent(sim, 25),
	};
	sim->settings.least_copies = (unsigned)between(sim, percent(sim, 30) ? 1 : 2, sim->settings.copies);
	sim->harsh = percent(sim, HARSH_PERCENT);
	sim->nodes_made = (unsigned)between(sim, 4, 7);
	unsigned zones = (unsigned)between(sim, 1, 4);
	for (unsigned i = 1; i <= sim->nodes_made; i++)
		sim->nodes[i] = (struct sim_node){.exists = true, .zone = i % zones};
	note(sim, "%s: %u nodes, %u copies, at least %u, keep %u, for %u s", sim->harsh ? "harsh" : "gentle",
		sim->nodes_made, sim->settings.copies, sim->settings.least_copies,
		sim->settings.keep_versions, sim->settings.keep_for_s);
}

/* Somebody removes empty folders, all but one, by which a chunk folder is known. Then listing all takes less time. */
static void tidy_folders(struct sim *sim)
{
	char path[400];
	note(sim, "empty folders of chunks are tidied away");
	for (int i = 1; i < WORLD_NODES; i++)
		for (unsigned shard = 1; sim->nodes[i].exists && shard < 256; shard++) {
			snprintf(path, sizeof(path), "%s/node-%d/chunks/%02x", sim->store_folder, i, shard);
			if (rmdir(path) < 0)
				violation(sim, "the simulation cannot remove %s: %s", path, strerror(errno));
		}
}

static void make_store(struct sim *sim)
{
	struct error error;
	drive_write_config(sim);
	if (digest_ready(&error) < 0 || store_init_in(world_env(), sim->config, &error) < 0)
		violation(sim, "the store cannot be made: %s", error.message);
	if (percent(sim, TIDY_PERCENT))
		tidy_folders(sim);
	drive_open(sim);
	sim->strange_ms = world_now_ms();
	settle_as_it_was(sim);
}

static struct sim *begin(const char *folder, uint64_t seed)
{
	char path[300];
	struct sim *sim = calloc(1, sizeof(*sim));
	struct legacy *legacy =
		mmap(NULL, sizeof(*legacy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!sim || legacy == MAP_FAILED)
		abort();
	sim->seed = seed;
	sim->legacy = legacy;
	sim->apart_percent = APART_PERCENT;
	sim->look = calloc(1, sizeof(*sim->look));
	sim->before = calloc(1, sizeof(*sim->before));
	snprintf(sim->folder, sizeof(sim->folder), "%s", folder);
	snprintf(sim->store_folder, sizeof(sim->store_folder), "%s/store", folder);
	snprintf(sim->config, sizeof(sim->config), "%s/config.yaml", folder);
	snprintf(path, sizeof(path), "%s/trace", folder);
	if (!sim->look || !sim->before || mkdir(folder, 0700) < 0 || !(sim->trace = fopen(path, "w"))) {
		fprintf(stderr, "simulate: %s: %s\n", folder, strerror(errno));
		_exit(2);
	}
	world_init(seed, sim->store_folder);
	seeded_dice_init(&sim->dice, env_draw_mix(seed));
	model_init(&sim->model);
	draw_settings(sim);
	make_store(sim);
	return sim;
}

/* ---- the end ---- */

static void recover_nodes(struct sim *sim)
{
	struct error error;
	bool changed;
	for (int i = 1; i < WORLD_NODES; i++) {
		struct sim_node *node = &sim->nodes[i];
		if (!node->exists || !(node->failed || node->draining))
			continue;
		if (store_node_recover(sim->stores[0], node_name(i), &changed, &error) < 0)
			violation(sim, "node-%d cannot be recovered: %s", i, error.message);
		node->failed = node->draining = false;
	}
}

static bool is_at_rest(struct sim *sim)
{
	const struct view *view;
	struct error error;
	if (view_take(sim->stores[0], 0, &view, &error) < 0)
		violation(sim, "no status can be had: %s", error.message);
	bool rests = view->repair.state == REPAIR_IDLE && view->check_count == 0;
	view_unref(view);
	return rests;
}

static void heal(struct sim *sim)
{
	struct catalog_request request;
	note(sim, "everything is mended");
	drive_close_second(sim);
	drive_start_maintenance(sim, 0);
	sim->settings.bandwidth = 0;
	fault_mend_all(sim);
	net_heal(sim);
	recover_nodes(sim);
	drive_pass(sim, 60000);
	if (!drive_run_pass(sim, &(struct pass_options){.kind = PASS_SCRUB}, HEALED_HOURS * 3600, &request))
		violation(sim, "the scrub of a store that was mended does not end");
	note(sim, "  %s", request.text);
	for (unsigned i = 0; i < HEALED_HOURS && !is_at_rest(sim); i++)
		drive_pass(sim, i < 10 ? 60000 : 3600 * 1000);
	drive_pass(sim, 60000);
	settle_as_it_was(sim);
	check_all(sim);
	check_healed(sim);
}

static bool has_doomed(const struct sim *sim, int name, int version)
{
	const struct seen_version *seen =
		look_version(sim->look, name, sim->model.names[name].versions[version].number);
	for (int e = 0; seen && e < seen->extents; e++) {
		const struct seen_chunk *chunk =
			&sim->look->chunks[sim->look->extents[seen->first_extent + e].chunk];
		if (!(chunk->good & chunk->catalogued))
			return true;
	}
	return false;
}

static void fetch_all(struct sim *sim)
{
	for (int i = 0; i < NAMES; i++)
		for (int v = 0; v < sim->model.names[i].count; v++)
			if (!sim->model.names[i].versions[v].gone)
				change_fetch(sim, sim->stores[0], i, v, !has_doomed(sim, i, v));
}

static void remove_all(struct sim *sim)
{
	struct error error;
	uint64_t removed;
	for (int i = 0; i < NAMES; i++) {
		if (sim->model.names[i].current == NOTHING)
			continue;
		if (store_remove(sim->stores[0], model_names[i], &removed, &error) < 0)
			violation(sim, "'%s' cannot be removed: %s", model_names[i], error.message);
	}
	for (int i = 0; i < SNAPSHOTS; i++)
		if (sim->model.snapshots[i].exists &&
			store_snapshot_remove(sim->stores[0], sim->model.snapshots[i].name, &error) < 0)
			violation(sim, "a snapshot cannot be removed: %s", error.message);
}

static void empty(struct sim *sim)
{
	struct catalog_request request;
	const struct pass_options all = {
		.kind = PASS_COLLECT, .collect = {.set_keep_for = true, .keep_for_ms = 1}};
	note(sim, "everything is removed");
	remove_all(sim);
	/* The clock may have been set back since something ended. */
	world.wall_offset_ms += INT64_C(1000) * 86400 * 1000;
	drive_pass(sim, 5000);
	if (!drive_run_pass(sim, &all, EMPTY_S, &request))
		violation(sim, "a collection does not end");
	note(sim, "  %s", request.text);
	drive_pass(sim, 60000);
	look_take(sim, sim->look);
	check_empty(sim);
}

static void count_events(void *context, const struct view_event *event)
{
	(void)context;
	if (strcmp(event->code, "replica_bad") == 0)
		count(COUNT_COPIES_CONDEMNED);
}

_Noreturn static void finish(struct sim *sim)
{
	struct error error;
	if (store_events(sim->stores[0], 0, 0, record_event, sim, &error) < 0 ||
		store_events(sim->stores[0], 0, 0, count_events, sim, &error) < 0)
		violation(sim, "the events cannot be read: %s", error.message);
	count_many(COUNT_FAULT_CALLS, world.faults);
	count_many(COUNT_VIRTUAL_HOURS, (uint64_t)world_now_ms() / 3600000);
	drive_close(sim);
	check_no_files(sim);
	fclose(sim->trace);
	_exit(0);
}

void run_seed(const char *folder, uint64_t seed, unsigned steps, const bool *skip)
{
	struct sim *sim = begin(folder, seed);
	for (sim->step = 1; sim->step <= steps; sim->step++) {
		if (skip[sim->step])
			continue;
		seeded_dice_init(&sim->dice, env_draw_mix(seed ^ env_draw_mix(sim->step)));
		step_take(sim);
	}
	seeded_dice_init(&sim->dice, env_draw_mix(~seed));
	heal(sim);
	fetch_all(sim);
	empty(sim);
	finish(sim);
}
