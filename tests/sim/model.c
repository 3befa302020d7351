#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *const model_names[NAMES] = {"a", "b", "c", "d", "e", "f", "log/1", "log/2", "log/old/3",
	"name with spaces", "\xc3\xa9t\xc3\xa9", "strange\x01\xff\"'%", "z/y/x/w", "zz", "many/00", "many/01",
	"many/02", "many/03", "many/04", "many/05", "many/06", "many/07", "many/08", "many/09", "many/10",
	"many/11"};

int model_find(const char *name)
{
	for (int i = 0; i < NAMES; i++)
		if (strcmp(model_names[i], name) == 0)
			return i;
	return NOTHING;
}

void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	for (int i = 0; i < NAMES; i++)
		model->names[i].current = NOTHING;
}

bool model_has_room(const struct model *model, int name)
{
	return model->names[name].count < VERSIONS_MAX;
}

static void end_current(struct model *model, int which)
{
	struct model_name *name = &model->names[which];
	if (name->current != NOTHING)
		name->versions[name->current].ended_ms = model->now_ms;
	name->current = NOTHING;
}

static void add_version(struct model *model, int which, const struct content *content, unsigned origin)
{
	struct model_name *name = &model->names[which];
	assert(name->count < VERSIONS_MAX);
	end_current(model, which);
	name->versions[name->count] = (struct model_version){.content = *content, .origin = origin};
	name->current = name->count++;
}

/* A name that is not there may have kept the number of copies it had, or not. */
void model_put(struct model *model, int which, const struct content *content, unsigned copies)
{
	struct model_name *name = &model->names[which];
	if (copies || name->current == NOTHING)
		name->copies = copies;
	add_version(model, which, content, ++model->origins);
}

void model_remove(struct model *model, int name)
{
	end_current(model, name);
}

bool model_restore(struct model *model, int which, int version)
{
	struct model_name *name = &model->names[which];
	const struct model_version from = name->versions[version];
	if (name->current != NOTHING && name->versions[name->current].origin == from.origin)
		return false;
	add_version(model, which, &from.content, from.origin);
	return true;
}

void model_snapshot(struct model *model, int which, const char *name)
{
	struct model_snapshot *snapshot = &model->snapshots[which];
	snapshot->exists = true;
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", name);
	for (int i = 0; i < NAMES; i++)
		snapshot->held[i] = model->names[i].current;
}

bool model_restore_snapshot(struct model *model, int which, bool folder_only)
{
	const struct model_snapshot snapshot = model->snapshots[which];
	bool differed = false;
	for (int i = folder_only ? FOLDER_FIRST : 0; i < NAMES; i++) {
		bool is = model->names[i].current != NOTHING;
		if (snapshot.held[i] != NOTHING)
			differed |= model_restore(model, i, snapshot.held[i]);
		else if (is)
			model_remove(model, i);
		differed |= is && snapshot.held[i] == NOTHING;
	}
	return differed;
}

int model_free_snapshot(const struct model *model)
{
	for (int i = NAMED_SNAPSHOTS; i < SNAPSHOTS; i++)
		if (!model->snapshots[i].exists)
			return i;
	return NOTHING;
}

int model_find_snapshot(const struct model *model, const char *name)
{
	for (int i = 0; i < SNAPSHOTS; i++)
		if (model->snapshots[i].exists && strcmp(model->snapshots[i].name, name) == 0)
			return i;
	return NOTHING;
}

static bool lets_go(const struct model *model, const struct model_rules *rules, const struct model_name *name,
	int version)
{
	unsigned newer = 0;
	if (!rules->keep_versions && !rules->keep_for_ms)
		return false;
	if (rules->keep_for_ms && model->latest_ms - name->versions[version].ended_ms < rules->keep_for_ms)
		return false;
	for (int i = version + 1; i < name->count; i++)
		newer += !name->versions[i].gone;
	/* Of a name that is not there, time alone decides. */
	return newer >= rules->keep_versions || (rules->keep_for_ms && name->current == NOTHING);
}

bool model_may_go(const struct model *model, int which, int version)
{
	const struct model_name *name = &model->names[which];
	if (version >= name->count || name->current == version)
		return false;
	for (int i = 0; i < SNAPSHOTS; i++)
		if (model->snapshots[i].exists && model->snapshots[i].held[which] == version)
			return false;
	return lets_go(model, &model->rules, name, version) || lets_go(model, &model->others, name, version);
}
