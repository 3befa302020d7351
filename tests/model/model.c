#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* No run takes that long. */
enum { LONG_S = 3600 };

const char *const model_names[NAMES] = {"alpha", "beta gamma", "-d\xc3\xa9lta", "zeta\n\x7f'\"", "one/0",
	"one/1", "one/2", "one/3", "one/4", "one/5", "two/deep/0", "two/deep/1", "two/deep/2", "two/deep/3",
	"two/deep/4", "two/deep/5"};
const char *const model_folders[FOLDERS] = {"one", "two"};
static const char *const snapshot_names[NAMED_SNAPSHOTS] = {
	"monday", "v1.0", "2026-01-01T00:00:00+01:00", "a_b"};

int model_find(const char *name)
{
	for (int i = 0; i < NAMES; i++)
		if (strcmp(model_names[i], name) == 0)
			return i;
	return NOTHING;
}

bool model_within(int name, int folder)
{
	return folder == NOTHING ||
	       (name >= FIRST_IN_FOLDERS && (name - FIRST_IN_FOLDERS) / FOLDER_FILES == folder);
}

void model_start(struct model *model)
{
	memset(model, 0, sizeof(*model));
	for (int i = 0; i < NAMES; i++)
		model->names[i].current = NOTHING;
	for (int i = 0; i < NAMED_SNAPSHOTS; i++)
		snprintf(model->snapshots[i].name, SNAPSHOT_NAME, "%s", snapshot_names[i]);
}

void model_put(struct model *model, int name, const struct version *version)
{
	struct name *entry = &model->names[name];
	assert(entry->count < VERSIONS_MAX);
	entry->current = entry->count++;
	entry->versions[entry->current] = *version;
}

void model_remove(struct model *model, int name)
{
	model->names[name].current = NOTHING;
	model->names[name].copies = 0;
}

static bool same_version(const struct version *a, const struct version *b)
{
	return strcmp(a->content.sha256, b->content.sha256) == 0 && a->mode == b->mode &&
	       a->mtime == b->mtime;
}

void model_restore(struct model *model, int name, int version)
{
	const struct name *entry = &model->names[name];
	struct version again = entry->versions[version];
	if (entry->current != NOTHING && same_version(&entry->versions[entry->current], &again))
		return;
	again.number = 0;
	again.fate = FATE_KEPT;
	again.ended_us = 0;
	model_put(model, name, &again);
}

void model_snapshot(struct model *model, int snapshot)
{
	model->snapshots[snapshot].exists = true;
	for (int i = 0; i < NAMES; i++)
		model->snapshots[snapshot].held[i] = model->names[i].current;
}

bool model_restore_snapshot(struct model *model, int snapshot, int folder, int undo)
{
	bool changed = false;
	model_snapshot(model, undo);
	for (int i = 0; i < NAMES; i++) {
		int held = model->snapshots[snapshot].held[i], before = model->names[i].current;
		if (!model_within(i, folder) || held == before)
			continue;
		if (held == NOTHING)
			model_remove(model, i);
		else
			model_restore(model, i, held);
		changed = changed || model->names[i].current != before;
	}
	return changed;
}

/* How many versions of the name that are still there came after this one. */
static unsigned count_newer(const struct name *name, int version)
{
	unsigned newer = 0;
	for (int i = version + 1; i < name->count; i++)
		newer += name->versions[i].fate != FATE_GONE;
	return newer;
}

static bool is_held(const struct model *model, int name, int version)
{
	for (int i = 0; i < SNAPSHOTS; i++)
		if (model->snapshots[i].exists && model->snapshots[i].held[name] == version)
			return true;
	return false;
}

enum fate model_judge(const struct model *model, int name, int version, int64_t now_us)
{
	const struct name *entry = &model->names[name];
	int64_t age_us = now_us - entry->versions[version].ended_us;
	/* Of a name that is not there, counting would keep the last versions for ever. */
	bool counts = entry->current != NOTHING || model->keep_for_s == 0;
	if (version == entry->current || is_held(model, name, version))
		return FATE_KEPT;
	if (model->keep_versions == 0 && model->keep_for_s == 0)
		return FATE_KEPT;
	if ((counts && count_newer(entry, version) < model->keep_versions) || model->keep_for_s > LONG_S)
		return FATE_KEPT;
	bool surely = model->keep_for_s == 0 || age_us > (model->keep_for_s + 1) * 1000000;
	return surely ? FATE_MUST_GO : FATE_MAY_GO;
}

void model_collect(struct model *model, const struct model *judged, enum fate worst, int64_t now_us)
{
	for (int i = 0; i < NAMES; i++)
		for (int k = 0; k < judged->names[i].count; k++) {
			struct version *version = &model->names[i].versions[k];
			enum fate fate = model_judge(judged, i, k, now_us);
			if (version->fate == FATE_KEPT)
				version->fate = fate < worst ? fate : worst;
		}
}
