#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPIES_MAX = 4 };

static void draw_version(struct run *run, struct version *version, size_t max)
{
	static const unsigned modes[] = {0644, 0600, 0755, 0440};
	struct dice *dice = &run->dice;
	*version = (struct version){.mode = modes[dice_below(dice, 4)],
		.mtime = 1000000000 + (int64_t)dice_below(dice, 700000000)};
	content_draw(&version->content, dice, max);
}

static void write_source(struct run *run, const char *path, const struct version *version)
{
	static uint8_t data[CONTENT_MAX];
	content_fill(&version->content, data);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, version->content.size) != (ssize_t)version->content.size ||
		fchmod(fd, version->mode) < 0 ||
		futimens(fd, (struct timespec[2]){{.tv_sec = version->mtime}, {.tv_sec = version->mtime}}) <
			0)
		differ(run, "cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static unsigned draw_factor(struct run *run)
{
	return run->least_copies + (unsigned)dice_below(&run->dice, COPIES_MAX + 1 - run->least_copies);
}

/* Sometimes the change says how many copies there shall be. */
static unsigned draw_put_factor(struct run *run, struct call *call)
{
	unsigned copies = dice_percent(&run->dice, 25) ? draw_factor(run) : 0;
	if (copies) {
		call_word(call, "-r");
		call_word(call, "%u", copies);
	}
	return copies;
}

static bool has_room(const struct model *model, int name)
{
	return model->names[name].count < VERSIONS_MAX - 2;
}

bool draw_put(struct run *run, struct change *change)
{
	struct version version;
	int name = (int)dice_below(&run->dice, NAMES);
	if (!has_room(&change->after, name))
		return false;
	draw_version(run, &version, CONTENT_MAX);
	write_source(run, "source", &version);
	call_prepare(run, &change->call, "--json", "put", NULL);
	unsigned copies = draw_put_factor(run, &change->call);
	call_word(&change->call, "--name=%s", model_names[name]);
	call_word(&change->call, "source");
	change->streams = true;
	model_put(&change->after, name, &version);
	if (copies)
		change->after.names[name].copies = copies;
	return true;
}

static void empty_folder(struct run *run, const char *folder)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s && mkdir -p %s/deep", folder, folder);
	if (system(command) != 0)
		differ(run, "cannot make the folder %s", folder);
}

bool draw_put_folder(struct run *run, struct change *change)
{
	int folder = (int)dice_below(&run->dice, FOLDERS);
	const char *prefix = model_folders[folder];
	empty_folder(run, prefix);
	call_prepare(run, &change->call, "--json", "put", NULL);
	unsigned copies = draw_put_factor(run, &change->call);
	call_word(&change->call, "%s", prefix);
	change->streams = true;
	for (int i = 0; i < NAMES; i++) {
		struct version version;
		if (i < FIRST_IN_FOLDERS || !model_within(i, folder) || !has_room(&change->after, i) ||
			dice_percent(&run->dice, 40))
			continue;
		draw_version(run, &version, 100 << 10);
		write_source(run, model_names[i], &version);
		model_put(&change->after, i, &version);
		if (copies)
			change->after.names[i].copies = copies;
	}
	return true;
}

/* A random name for which `wanted` says yes, or NOTHING. */
static int draw_name(struct run *run, bool (*wanted)(const struct name *name))
{
	int first = (int)dice_below(&run->dice, NAMES);
	for (int i = 0; i < NAMES; i++)
		if (wanted(&run->model.names[(first + i) % NAMES]))
			return (first + i) % NAMES;
	return NOTHING;
}

static bool is_there(const struct name *name)
{
	return name->current != NOTHING;
}

static bool has_past(const struct name *name)
{
	for (int i = 0; i < name->count && name->count < VERSIONS_MAX - 2; i++)
		if (name->versions[i].fate != FATE_GONE && i != name->current)
			return true;
	return false;
}

bool draw_remove(struct run *run, struct change *change)
{
	int name = draw_name(run, is_there);
	if (name == NOTHING)
		return false;
	call_prepare(run, &change->call, "rm", "--", model_names[name], NULL);
	model_remove(&change->after, name);
	return true;
}

/* A random folder with something in it, or NOTHING. */
static int draw_folder(struct run *run)
{
	int folder = (int)dice_below(&run->dice, FOLDERS);
	for (int i = FIRST_IN_FOLDERS; i < NAMES; i++)
		if (model_within(i, folder) && is_there(&run->model.names[i]))
			return folder;
	return NOTHING;
}

bool draw_remove_folder(struct run *run, struct change *change)
{
	int folder = draw_folder(run);
	if (folder == NOTHING)
		return false;
	call_prepare(run, &change->call, "rm", NULL);
	call_word(&change->call, "%s/", model_folders[folder]);
	for (int i = FIRST_IN_FOLDERS; i < NAMES; i++)
		if (model_within(i, folder))
			model_remove(&change->after, i);
	return true;
}

/* A random one of the `count` snapshots from `first` on that is there, or is not; or NOTHING. */
static int pick_snapshot(struct run *run, int first, int count, bool exists)
{
	int start = (int)dice_below(&run->dice, (uint64_t)count);
	for (int i = 0; i < count; i++)
		if (run->model.snapshots[first + (start + i) % count].exists == exists)
			return first + (start + i) % count;
	return NOTHING;
}

/* By the name of a snapshot that holds something else than what is there. */
static bool draw_restore_held(struct run *run, struct change *change)
{
	int snapshot = pick_snapshot(run, 0, SNAPSHOTS, true);
	int which = (int)dice_below(&run->dice, NAMES);
	if (snapshot == NOTHING || run->model.snapshots[snapshot].held[which] == NOTHING ||
		!has_room(&change->after, which))
		return false;
	call_prepare(run, &change->call, "restore", "--", NULL);
	call_word(&change->call, "%s@%s", model_names[which], run->model.snapshots[snapshot].name);
	model_restore(&change->after, which, run->model.snapshots[snapshot].held[which]);
	return true;
}

bool draw_restore(struct run *run, struct change *change)
{
	if (dice_percent(&run->dice, 30) && draw_restore_held(run, change))
		return true;
	int which = draw_name(run, has_past);
	if (which == NOTHING)
		return false;
	const struct name *name = &run->model.names[which];
	int version = (int)dice_below(&run->dice, (uint64_t)name->count);
	while (name->versions[version].fate == FATE_GONE || version == name->current)
		version = (version + 1) % name->count;
	call_prepare(run, &change->call, "restore", "--", NULL);
	call_word(&change->call, "%s@%llu", model_names[which],
		(unsigned long long)name->versions[version].number);
	model_restore(&change->after, which, version);
	return true;
}

bool draw_snapshot(struct run *run, struct change *change)
{
	int snapshot = pick_snapshot(run, 0, NAMED_SNAPSHOTS, false);
	if (snapshot == NOTHING)
		return false;
	call_prepare(run, &change->call, "snapshot", "create", run->model.snapshots[snapshot].name, NULL);
	model_snapshot(&change->after, snapshot);
	return true;
}

bool draw_remove_snapshot(struct run *run, struct change *change)
{
	int snapshot = pick_snapshot(run, 0, SNAPSHOTS, true);
	if (snapshot == NOTHING)
		return false;
	call_prepare(run, &change->call, "snapshot", "rm", run->model.snapshots[snapshot].name, NULL);
	change->after.snapshots[snapshot].exists = false;
	return true;
}

bool draw_restore_snapshot(struct run *run, struct change *change)
{
	int snapshot = pick_snapshot(run, 0, SNAPSHOTS, true);
	int undo = pick_snapshot(run, NAMED_SNAPSHOTS, SNAPSHOTS - NAMED_SNAPSHOTS, false);
	int folder = dice_percent(&run->dice, 50) ? draw_folder(run) : NOTHING;
	if (snapshot == NOTHING || undo == NOTHING)
		return false;
	for (int i = 0; i < NAMES; i++)
		if (!has_room(&change->after, i))
			return false;
	call_prepare(run, &change->call, "snapshot", "restore", run->model.snapshots[snapshot].name, NULL);
	if (folder != NOTHING)
		call_word(&change->call, "%s/", model_folders[folder]);
	/* What is no file, and so not in the model, may differ too. */
	change->unsure_snapshot = !model_restore_snapshot(&change->after, snapshot, folder, undo);
	change->snapshot = undo;
	return true;
}

bool draw_copies(struct run *run, struct change *change)
{
	int folder = dice_percent(&run->dice, 40) ? draw_folder(run) : NOTHING;
	int name = folder == NOTHING ? draw_name(run, is_there) : NOTHING;
	unsigned copies = draw_factor(run);
	if (folder == NOTHING && name == NOTHING)
		return false;
	call_prepare(run, &change->call, "set-rf", NULL);
	call_word(&change->call, "%u", copies);
	call_word(&change->call, "--");
	if (folder == NOTHING)
		call_word(&change->call, "%s", model_names[name]);
	else
		call_word(&change->call, "%s/", model_folders[folder]);
	for (int i = 0; i < NAMES; i++)
		if (is_there(&run->model.names[i]) &&
			(i == name || (folder != NOTHING && model_within(i, folder))))
			change->after.names[i].copies = copies;
	return true;
}

bool draw_collect(struct run *run, struct change *change)
{
	call_prepare(run, &change->call, "--json", "gc", NULL);
	change->collects = true;
	model_collect(&change->after, &run->model, FATE_MUST_GO, now_us());
	return true;
}
