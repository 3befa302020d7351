/*
 * fetch.c: what is fetched is what was stored, or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

enum { SETTLED_MS = 20000 };

/* ---- one file ---- */

static bool has_bytes(const char *path, const struct content *content)
{
	static uint8_t bytes[CONTENT_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, bytes, sizeof(bytes));
	close(fd);
	return got == (ssize_t)content->size && memcmp(bytes, content_bytes(content), content->size) == 0;
}

void change_fetch(struct sim *sim, struct store *store, int name, int version, bool must)
{
	struct error error;
	char path[320], full[300];
	const struct model_version *wanted = &sim->model.names[name].versions[version];
	const struct get_options options = {.output = path};
	snprintf(path, sizeof(path), "%s/fetched", sim->folder);
	unlink(path);
	if (sim->model.names[name].current == version)
		snprintf(full, sizeof(full), "%s", model_names[name]);
	else
		snprintf(
			full, sizeof(full), "%s@%llu", model_names[name], (unsigned long long)wanted->number);
	if (store_get(store, full, &options, &error) == 0) {
		if (!has_bytes(path, &wanted->content))
			violation(sim, "a get of '%s' gave the wrong bytes", full);
		count(COUNT_GETS);
		return;
	}
	note(sim, "  %s: %.200s", error_code_name(error.code), error.message);
	if (must)
		violation(sim, "'%s' cannot be had, though good copies can: %s", full, error.message);
	if (error.code != ERROR_UNAVAILABLE && error.code != ERROR_DAMAGED)
		violation(sim, "a get of '%s' fails with the wrong reason: %s", full, error.message);
	if (access(path, F_OK) == 0)
		violation(sim, "a get of '%s' failed, and left a file", full);
	count(COUNT_GETS_REFUSED);
}

/* Whether every chunk has a good copy where nothing can go wrong. */
static bool must_be_there(const struct sim *sim, const struct seen_version *version)
{
	unsigned sure = 0;
	for (int i = 1; i < WORLD_NODES; i++)
		if (node_is_well(sim, i) && world_now_ms() - sim->nodes[i].changed_ms > SETTLED_MS)
			sure |= 1U << i;
	for (int e = 0; version && e < version->extents; e++) {
		const struct seen_chunk *chunk =
			&sim->look->chunks[sim->look->extents[version->first_extent + e].chunk];
		if (!(chunk->good & chunk->catalogued & sure))
			return false;
	}
	return version != NULL;
}

void change_get(struct sim *sim)
{
	for (uint64_t left = between(sim, 1, 4); left > 0; left--) {
		int which = (int)draw(sim, NAMES);
		const struct model_name *name = &sim->model.names[which];
		int version = name->count ? (int)draw(sim, (uint64_t)name->count) : NOTHING;
		if (percent(sim, 60) || (version != NOTHING && name->versions[version].gone))
			version = name->current;
		if (version == NOTHING)
			continue;
		note(sim, "get name %d version %llu", which,
			(unsigned long long)name->versions[version].number);
		const struct seen_version *seen =
			look_version(sim->look, which, name->versions[version].number);
		change_fetch(sim, drive_any(sim), which, version, must_be_there(sim, seen));
	}
}

/* ---- the folder ---- */

static void remove_fetched(struct sim *sim, const char *folder)
{
	char path[400];
	for (int i = FOLDER_FIRST; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, model_names[i] + strlen(FOLDER_NAME "/"));
		unlink(path);
	}
	if (rmdir(folder) < 0 && errno != ENOENT)
		violation(sim, "a folder that was fetched holds more than its files");
}

/* Of each file the right bytes, or none; returns how many there are. */
static unsigned check_fetched(struct sim *sim, const char *folder, int snapshot)
{
	char path[400];
	unsigned found = 0;
	for (int i = FOLDER_FIRST; i < NAMES; i++) {
		const struct model_name *name = &sim->model.names[i];
		int version = snapshot == NOTHING ? name->current : sim->model.snapshots[snapshot].held[i];
		snprintf(path, sizeof(path), "%s/%s", folder, model_names[i] + strlen(FOLDER_NAME "/"));
		if (access(path, F_OK) < 0)
			continue;
		if (version == NOTHING || !has_bytes(path, &name->versions[version].content))
			violation(sim, "a get of the folder gave the wrong bytes of '%s'", model_names[i]);
		found++;
	}
	return found;
}

/* How many files it is to have; `sure`: of how many of them there are good copies that can be read. */
static unsigned count_expected(struct sim *sim, int snapshot, unsigned *sure)
{
	unsigned expected = 0;
	*sure = 0;
	for (int i = FOLDER_FIRST; i < NAMES; i++) {
		const struct model_name *name = &sim->model.names[i];
		int version = snapshot == NOTHING ? name->current : sim->model.snapshots[snapshot].held[i];
		if (version == NOTHING)
			continue;
		expected++;
		*sure += must_be_there(sim, look_version(sim->look, i, name->versions[version].number));
	}
	return expected;
}

static int draw_moment(struct sim *sim)
{
	int at = (int)draw(sim, NAMED_SNAPSHOTS);
	return percent(sim, 40) && sim->model.snapshots[at].exists ? at : NOTHING;
}

void change_get_folder(struct sim *sim)
{
	struct error error;
	char folder[320];
	int snapshot = draw_moment(sim);
	unsigned sure, expected = count_expected(sim, snapshot, &sure);
	const struct get_options options = {
		.output = folder,
		.at = snapshot == NOTHING ? NULL : sim->model.snapshots[snapshot].name,
	};
	if (expected == 0)
		return;
	note(sim, "get the folder%s, %u files", snapshot == NOTHING ? "" : " of a snapshot", expected);
	snprintf(folder, sizeof(folder), "%s/fetched-folder", sim->folder);
	error_clear(&error);
	bool failed = store_get_prefix(drive_any(sim), FOLDER_NAME "/", &options, &error) < 0;
	unsigned found = check_fetched(sim, folder, snapshot);
	if (failed)
		note(sim, "  %u of them: %s: %.200s", found, error_code_name(error.code), error.message);
	if (found < (failed ? sure : expected))
		violation(sim, "a get of the folder gave %u files of %u", found, failed ? sure : expected);
	if (failed && error.code != ERROR_UNAVAILABLE && error.code != ERROR_DAMAGED)
		violation(sim, "a get of the folder fails with the wrong reason: %s", error.message);
	remove_fetched(sim, folder);
	count(failed ? COUNT_GETS_REFUSED : COUNT_FOLDER_GETS);
}
