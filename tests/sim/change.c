#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

enum { SETTLED_MS = 20000, SMALL_MAX = 20 << 10 };

/* An operation that is under way. */
struct change {
	struct outcome outcome; /* first what the model becomes */
	sim_act *act;
	const char *name; /* what it is called with */
	char path[320];
	unsigned copies;
	char snapshot[160];
	const char *prefix;
	bool partly; /* a failure may leave some of it done */
	bool undoes; /* it may leave a snapshot that undoes it */
};

static struct change change;

static struct change *begin(struct sim *sim, sim_act *act, const char *name)
{
	memset(&change, 0, sizeof(change));
	sim->model.now_ms = world_wall_ms();
	change.outcome.after = sim->model;
	change.act = act;
	change.name = name;
	return &change;
}

/* ---- excuses ---- */

/* Whether all nodes have been well for some time, so that nothing may fail. */
static bool is_untroubled(const struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++) {
		const struct sim_node *node = &sim->nodes[i];
		if (node->exists && (!node_is_well(sim, i) || node->capacity_kib || node->draining ||
					    world_now_ms() - node->changed_ms < SETTLED_MS))
			return false;
	}
	return world_now_ms() - sim->strange_ms > SETTLED_MS;
}

/* ---- doing it ---- */

static int open_and_act(struct sim *sim, void *context, struct error *error)
{
	(void)context;
	if (drive_try_open(sim, error) < 0)
		return -1;
	int result = change.act(sim, sim->stores[0], error);
	store_close(sim->stores[0]);
	return result;
}

static bool is_touched(const struct sim *sim, int name)
{
	const struct model_name *before = &sim->model.names[name], *after = &change.outcome.after.names[name];
	return before->count != after->count || before->current != after->current ||
	       before->copies != after->copies;
}

/* What was not told to be stored, though the operation ended, is as it was. */
static void undo_untold(struct sim *sim)
{
	for (int i = 0; i < NAMES; i++)
		if (is_touched(sim, i) && !sim->legacy->stored[i] && !change.partly)
			change.outcome.after.names[i] = sim->model.names[i];
		else if (is_touched(sim, i) && !sim->legacy->stored[i])
			change.outcome.doubt[i] = true;
	memcpy(change.outcome.after.snapshots, sim->model.snapshots, sizeof(sim->model.snapshots));
	change.outcome.doubt_snapshots = change.partly;
}

static void doubt_untold(struct sim *sim)
{
	for (int i = 0; i < NAMES; i++)
		change.outcome.doubt[i] = is_touched(sim, i) && !sim->legacy->stored[i];
	change.outcome.doubt_snapshots = true;
}

/* The record that tells of it is in as many journals as there have to be copies. */
static void check_records(struct sim *sim, int name, const struct seen_version *version, unsigned least)
{
	unsigned mask = node_mask_counted(sim), found = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		found += mask & 1U << i && look_last_record(sim, i) >= version->born;
	if (found < least)
		violation(sim, "'%s' was stored, and the record of it is in the journals of %u nodes",
			model_names[name], found);
	if (found < sim->settings.least_copies && version->born > sim->sparse_record)
		sim->sparse_record = version->born;
}

/* Good ones, and those that have rotted before: a put believes the catalog about what is stored already. */
static unsigned counted_copies(const struct sim *sim, const struct seen_chunk *chunk)
{
	int at = look_find(sim->before, &chunk->digest);
	const struct seen_chunk *was = at == NOTHING ? NULL : &sim->before->chunks[at];
	return chunk->catalogued & (chunk->good | (was ? was->catalogued & ~was->good : 0));
}

/* Whatever is said to be stored is there in as many good copies as were promised, on nodes that answer. */
static void check_stored(struct sim *sim)
{
	for (int i = 0; i < NAMES; i++) {
		const struct model_name *name = &sim->model.names[i];
		if (!sim->legacy->stored[i] || name->current == NOTHING)
			continue;
		const struct seen_version *version =
			look_version(sim->look, i, name->versions[name->current].number);
		unsigned least = sim->settings.least_copies;
		least = name->copies < least ? name->copies : least;
		if (version)
			check_records(sim, i, version, least);
		for (int e = 0; version && e < version->extents; e++) {
			const struct seen_chunk *chunk =
				&sim->look->chunks[sim->look->extents[version->first_extent + e].chunk];
			unsigned copies = (unsigned)__builtin_popcount(
				counted_copies(sim, chunk) & node_mask_counted(sim));
			if (copies < least)
				violation(sim, "'%s' was stored with %u good copies of a chunk",
					model_names[i], copies);
		}
	}
}

/* Whether it was done. */
static bool do_change(struct sim *sim)
{
	struct error error;
	memset(sim->legacy, 0, sizeof(*sim->legacy));
	bool untroubled = is_untroubled(sim), killed = false;
	if (percent(sim, sim->apart_percent)) {
		drive_close(sim);
		killed = drive_in_doomed_process(sim, open_and_act, NULL);
		count_many(COUNT_FAULT_KILLED, killed);
		drive_open(sim);
	} else {
		error_clear(&error);
		sim->legacy->result = change.act(sim, drive_any(sim), &error);
		sim->legacy->code = error.code;
		snprintf(sim->legacy->message, sizeof(sim->legacy->message), "%.500s", error.message);
	}
	bool failed = !killed && sim->legacy->result < 0;
	if (failed)
		note(sim, "  %s: %s", error_code_name(sim->legacy->code), sim->legacy->message);
	if (failed && untroubled)
		violation(sim, "this failed although all nodes are well: %s", sim->legacy->message);
	/* What is in the catalog and on too few journals is there, but nobody is told that it is stored. */
	if (killed || (failed && settle_is_sparse(sim, sim->legacy->message)))
		doubt_untold(sim);
	else if (failed)
		undo_untold(sim);
	else if (change.undoes)
		change.outcome.doubt_snapshots = true;
	sim->sparse = sim->sparse || killed;
	settle(sim, &change.outcome);
	check_all(sim);
	check_stored(sim);
	return !killed && !failed;
}

/* ---- put ---- */

static void note_stored(void *context, const struct entry *entry)
{
	struct sim *sim = context;
	int name = model_find(entry->name);
	if (name != NOTHING)
		sim->legacy->stored[name] = true;
}

static void note_failure(void *context, const struct error *error)
{
	note(context, "  failed: %.200s", error->message);
}

static int put(struct sim *sim, void *store, struct error *error)
{
	const char *path = change.path;
	const struct put_options options = {
		.name = change.name,
		.replication_factor = change.copies,
		.stored = note_stored,
		.failed = note_failure,
		.context = sim,
	};
	return store_put(store, &path, 1, &options, error);
}

/* Each is of another time, also when the bytes are those of an earlier one. */
static void write_source(struct sim *sim, const char *path, const struct content *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const struct timespec time = {.tv_sec = 1000000000 + (time_t)++sim->sources};
	const struct timespec times[2] = {time, time};
	if (fd < 0 || write(fd, content_bytes(content), content->size) != (ssize_t)content->size ||
		futimens(fd, times) < 0 || close(fd) < 0)
		violation(sim, "the simulation cannot write %s: %s", path, strerror(errno));
}

static uint32_t draw_size(struct sim *sim)
{
	static const uint32_t around[] = {0, 1, 65536, 65535, 65537, 131072, 16384, 16385};
	switch (draw(sim, 5)) {
	case 0:
		return around[draw(sim, sizeof(around) / sizeof(*around))];
	case 1:
		return (uint32_t)draw(sim, 1000);
	case 2:
		return (uint32_t)draw(sim, 400000);
	default:
		return (uint32_t)draw(sim, 100000);
	}
}

struct content change_draw_content(struct sim *sim)
{
	uint64_t seed = env_draw_mix(sim->seed * 1000003 + ++sim->contents);
	sim->last_seeds[sim->contents % 8] = seed;
	return content_of(seed, draw_size(sim));
}

static unsigned draw_copies(struct sim *sim)
{
	return percent(sim, 30) ? (unsigned)between(sim, 1, 4) : 0;
}

bool change_put_content(struct sim *sim, int name, struct content content)
{
	if (!model_has_room(&sim->model, name))
		return false;
	begin(sim, put, model_names[name]);
	change.copies = draw_copies(sim);
	snprintf(change.path, sizeof(change.path), "%s/source", sim->folder);
	write_source(sim, change.path, &content);
	model_put(&change.outcome.after, name, &content, change.copies);
	note(sim, "put name %d, %u bytes, %u copies", name, content.size, change.copies);
	bool done = do_change(sim);
	count(done ? COUNT_PUTS : COUNT_PUTS_REFUSED);
	return done;
}

static int draw_name(struct sim *sim, bool there)
{
	int found[NAMES], count = 0;
	for (int i = 0; i < NAMES; i++)
		if (there ? sim->model.names[i].current != NOTHING : i < FOLDER_FIRST)
			found[count++] = i;
	return count ? found[draw(sim, (uint64_t)count)] : NOTHING;
}

void change_put(struct sim *sim)
{
	change_put_content(sim, draw_name(sim, false), change_draw_content(sim));
}

void change_put_again(struct sim *sim)
{
	int name = draw_name(sim, true);
	if (name != NOTHING)
		change_put_content(sim, name, change_draw_content(sim));
}

/* The same bytes, or some of them, under another name or as another version. */
void change_put_same(struct sim *sim)
{
	uint64_t seed = sim->last_seeds[draw(sim, 8)];
	int other = percent(sim, 60) ? draw_name(sim, true) : NOTHING;
	if (other != NOTHING) {
		const struct model_name *known = &sim->model.names[other];
		change_put_content(sim, draw_name(sim, false), known->versions[known->current].content);
	} else if (seed)
		change_put_content(sim, draw_name(sim, false), content_of(seed, draw_size(sim)));
}

void change_put_folder(struct sim *sim)
{
	char path[400];
	unsigned files = 0;
	for (int i = FOLDER_FIRST; i < NAMES; i++)
		if (!model_has_room(&sim->model, i))
			return;
	begin(sim, put, FOLDER_NAME);
	change.partly = true;
	change.copies = draw_copies(sim);
	snprintf(change.path, sizeof(change.path), "%s/%s", sim->folder, FOLDER_NAME);
	if (mkdir(change.path, 0700) < 0)
		violation(sim, "the simulation cannot make %s: %s", change.path, strerror(errno));
	for (int i = FOLDER_FIRST; i < NAMES; i++) {
		if (!percent(sim, 70))
			continue;
		struct content content = content_of(
			env_draw_mix(sim->seed * 1000003 + ++sim->contents), (uint32_t)draw(sim, SMALL_MAX));
		snprintf(path, sizeof(path), "%s/%s", sim->folder, model_names[i]);
		write_source(sim, path, &content);
		model_put(&change.outcome.after, i, &content, change.copies);
		files++;
	}
	note(sim, "put the folder, %u files, %u copies", files, change.copies);
	count(do_change(sim) ? COUNT_FOLDERS : COUNT_PUTS_REFUSED);
	for (int i = FOLDER_FIRST; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s/%s", sim->folder, model_names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s", sim->folder, FOLDER_NAME);
	rmdir(path);
}

/* ---- names ---- */

static int remove_name(struct sim *sim, void *store, struct error *error)
{
	(void)sim;
	uint64_t removed;
	return store_remove(store, change.name, &removed, error);
}

bool change_remove_name(struct sim *sim, int name)
{
	begin(sim, remove_name, model_names[name]);
	model_remove(&change.outcome.after, name);
	note(sim, "rm name %d", name);
	bool done = do_change(sim);
	count_many(COUNT_REMOVED, done);
	return done;
}

void change_remove(struct sim *sim)
{
	int name = draw_name(sim, true);
	if (name != NOTHING)
		change_remove_name(sim, name);
}

static bool folder_is_there(const struct sim *sim)
{
	for (int i = FOLDER_FIRST; i < NAMES; i++)
		if (sim->model.names[i].current != NOTHING)
			return true;
	return false;
}

void change_remove_folder(struct sim *sim)
{
	if (!folder_is_there(sim))
		return;
	begin(sim, remove_name, FOLDER_NAME "/");
	for (int i = FOLDER_FIRST; i < NAMES; i++)
		model_remove(&change.outcome.after, i);
	note(sim, "rm the folder");
	count_many(COUNT_REMOVED, do_change(sim));
}

static int set_copies(struct sim *sim, void *store, struct error *error)
{
	(void)sim;
	uint64_t changed;
	return store_set_replication(store, change.name, change.copies, &changed, error);
}

void change_copies(struct sim *sim)
{
	int name = draw_name(sim, true);
	if (name == NOTHING)
		return;
	bool folder = name >= FOLDER_FIRST && percent(sim, 70);
	begin(sim, set_copies, folder ? FOLDER_NAME "/" : model_names[name]);
	change.copies = (unsigned)between(sim, 1, 4);
	for (int i = folder ? FOLDER_FIRST : name; i < (folder ? NAMES : name + 1); i++)
		if (change.outcome.after.names[i].current != NOTHING)
			change.outcome.after.names[i].copies = change.copies;
	note(sim, "set-rf %u of name %d%s", change.copies, name, folder ? " and its folder" : "");
	count_many(COUNT_COPIES_SET, do_change(sim));
}

/* ---- history ---- */

static int restore(struct sim *sim, void *store, struct error *error)
{
	(void)sim;
	struct restore_result result;
	return store_restore(store, change.path, &result, error);
}

void change_restore(struct sim *sim)
{
	int which = (int)draw(sim, NAMES);
	const struct model_name *name = &sim->model.names[which];
	int version = name->count ? (int)draw(sim, (uint64_t)name->count) : NOTHING;
	if (version == NOTHING || name->versions[version].gone || !model_has_room(&sim->model, which))
		return;
	begin(sim, restore, model_names[which]);
	snprintf(change.path, sizeof(change.path), "%s@%llu", change.name,
		(unsigned long long)name->versions[version].number);
	model_restore(&change.outcome.after, which, version);
	note(sim, "restore name %d version %llu", which, (unsigned long long)name->versions[version].number);
	count_many(COUNT_RESTORES, do_change(sim));
}

static int make_snapshot(struct sim *sim, void *store, struct error *error)
{
	(void)sim;
	struct snapshot created;
	return store_snapshot_create(store, change.snapshot, &created, error);
}

void change_snapshot(struct sim *sim)
{
	int at = (int)draw(sim, NAMED_SNAPSHOTS);
	if (sim->model.snapshots[at].exists)
		return;
	begin(sim, make_snapshot, NULL);
	snprintf(change.snapshot, sizeof(change.snapshot), "moment-%d", at);
	model_snapshot(&change.outcome.after, at, change.snapshot);
	note(sim, "snapshot %s is made", change.snapshot);
	count_many(COUNT_SNAPSHOTS_MADE, do_change(sim));
}

static int draw_snapshot(struct sim *sim)
{
	int found[SNAPSHOTS], count = 0;
	for (int i = 0; i < SNAPSHOTS; i++)
		if (sim->model.snapshots[i].exists)
			found[count++] = i;
	return count ? found[draw(sim, (uint64_t)count)] : NOTHING;
}

static int remove_snapshot(struct sim *sim, void *store, struct error *error)
{
	(void)sim;
	return store_snapshot_remove(store, change.snapshot, error);
}

void change_remove_snapshot(struct sim *sim)
{
	int at = draw_snapshot(sim);
	if (at == NOTHING)
		return;
	begin(sim, remove_snapshot, NULL);
	memcpy(change.snapshot, sim->model.snapshots[at].name, sizeof(change.snapshot));
	change.outcome.after.snapshots[at].exists = false;
	note(sim, "snapshot %d is removed", at);
	count_many(COUNT_SNAPSHOTS_REMOVED, do_change(sim));
}

/* The snapshot that it leaves gets its name from the store; folders may differ although no file does. */
static int restore_snapshot(struct sim *sim, void *store, struct error *error)
{
	struct snapshot_restore_result result;
	const struct snapshot_restore_options options = {.prefix = change.prefix};
	(void)sim;
	return store_snapshot_restore(store, change.snapshot, &options, &result, error);
}

static bool folder_was_there(const struct sim *sim, int snapshot)
{
	for (int i = FOLDER_FIRST; i < NAMES; i++)
		if (sim->model.snapshots[snapshot].held[i] != NOTHING)
			return true;
	return false;
}

void change_restore_snapshot(struct sim *sim)
{
	int at = draw_snapshot(sim);
	for (int i = 0; i < NAMES; i++)
		if (!model_has_room(&sim->model, i))
			return;
	if (at == NOTHING || model_free_snapshot(&sim->model) == NOTHING)
		return;
	bool folder_only = percent(sim, 30);
	if (folder_only && !folder_is_there(sim) && !folder_was_there(sim, at))
		return;
	begin(sim, restore_snapshot, NULL);
	change.partly = change.undoes = true;
	change.prefix = folder_only ? FOLDER_NAME : NULL;
	memcpy(change.snapshot, sim->model.snapshots[at].name, sizeof(change.snapshot));
	model_restore_snapshot(&change.outcome.after, at, change.prefix != NULL);
	note(sim, "snapshot %d is restored%s", at, change.prefix ? ", the folder only" : "");
	count_many(COUNT_SNAPSHOTS_RESTORED, do_change(sim));
}
