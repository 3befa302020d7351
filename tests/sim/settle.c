#include <string.h>

#include "sim.h"

enum { REASON = 200 };

/* ---- names ---- */

static bool same_content(const struct model_version *version, const struct seen_version *seen)
{
	return version->content.size == seen->size && digest_equal(&version->content.digest, &seen->digest);
}

static uint64_t highest_number(const struct model_name *name)
{
	uint64_t highest = 0;
	for (int i = 0; i < name->count; i++)
		if (!name->versions[i].gone && name->versions[i].number > highest)
			highest = name->versions[i].number;
	return highest;
}

/* A version that is new has the lowest number above all that are there; once none is, counting begins anew. */
static const struct seen_version *find_new(const struct look *look, int which, const struct model_name *name)
{
	uint64_t highest = highest_number(name);
	for (int i = 0; i < look->version_count; i++)
		if (look->versions[i].name == which && look->versions[i].number > highest)
			return &look->versions[i];
	return NULL;
}

static bool match_version(struct sim *sim, const struct model *model, int which, int index,
	struct model_name *name, char why[REASON])
{
	struct model_version *version = &name->versions[index];
	const struct seen_version *seen = version->number ? look_version(sim->look, which, version->number)
							  : find_new(sim->look, which, name);
	if (!seen && (model_may_go(model, which, index) || model_may_go(&sim->model, which, index))) {
		version->gone = true;
		count(COUNT_VERSIONS_COLLECTED);
		return true;
	}
	if (!seen) {
		snprintf(why, REASON, "version %llu is not there", (unsigned long long)version->number);
		return false;
	}
	version->number = seen->number;
	bool current = name->current == index;
	if (same_content(version, seen) && seen->current == current)
		return true;
	snprintf(why, REASON, "version %llu %s", (unsigned long long)version->number,
		!same_content(version, seen) ? "has another content"
		: current                    ? "is not the current one"
					     : "is the current one");
	return false;
}

/* Whether the store has of a name what the model says; `name` becomes what was learned. */
static bool match_name(
	struct sim *sim, const struct model *model, int which, struct model_name *name, char why[REASON])
{
	int matched = 0, seen = 0;
	*name = model->names[which];
	for (int i = 0; i < name->count; i++) {
		if (name->versions[i].gone)
			continue;
		if (!match_version(sim, model, which, i, name, why))
			return false;
		matched += !name->versions[i].gone;
	}
	for (int i = 0; i < sim->look->version_count; i++)
		seen += sim->look->versions[i].name == which;
	if (matched != seen) {
		snprintf(why, REASON, "it has %d versions, not %d", seen, matched);
		return false;
	}
	if (name->current == NOTHING || name->copies == sim->look->copies[which]) {
		name->copies = sim->look->copies[which];
		return true;
	}
	if (name->copies == 0) {
		name->copies = sim->look->copies[which];
		return true;
	}
	snprintf(why, REASON, "it is to have %u copies, not %u", sim->look->copies[which], name->copies);
	return false;
}

static void settle_name(struct sim *sim, const struct outcome *outcome, int which, struct model_name *settled)
{
	char why_after[REASON], why_before[REASON];
	if (match_name(sim, &outcome->after, which, settled, why_after))
		return;
	if (!outcome->doubt[which])
		violation(sim, "'%s' is not as it should be: %s", model_names[which], why_after);
	if (!match_name(sim, &sim->model, which, settled, why_before))
		violation(sim, "'%s' is neither as it was (%s) nor as it should become (%s)",
			model_names[which], why_before, why_after);
}

/* ---- snapshots ---- */

static bool is_seen(const struct sim *sim, const char *name)
{
	for (int i = 0; i < sim->look->snapshot_count; i++)
		if (strcmp(sim->look->snapshots[i].name, name) == 0)
			return true;
	return false;
}

/* What is left of a restore that did not end holds what was there before it. */
static void adopt_snapshot(struct sim *sim, struct model *after, const struct seen_snapshot *seen)
{
	int at = model_free_snapshot(after);
	if (at == NOTHING || strncmp(seen->name, "before-restore-", 15) != 0)
		violation(sim, "there is a snapshot '%s' that nobody made", seen->name);
	after->snapshots[at].exists = true;
	snprintf(after->snapshots[at].name, sizeof(after->snapshots[at].name), "%s", seen->name);
	for (int i = 0; i < NAMES; i++)
		after->snapshots[at].held[i] = sim->model.names[i].current;
}

static void check_held(struct sim *sim, const struct model *after, const struct seen_snapshot *seen)
{
	const struct model_snapshot *snapshot = &after->snapshots[model_find_snapshot(after, seen->name)];
	for (int i = 0; i < NAMES; i++) {
		uint64_t expected =
			snapshot->held[i] == NOTHING ? 0 : after->names[i].versions[snapshot->held[i]].number;
		if (seen->held[i] != expected)
			violation(sim, "snapshot '%s' holds version %llu of '%s', not %llu", seen->name,
				(unsigned long long)seen->held[i], model_names[i],
				(unsigned long long)expected);
	}
}

static void settle_snapshots(struct sim *sim, struct model *after, bool doubt)
{
	for (int i = 0; i < SNAPSHOTS; i++) {
		struct model_snapshot *snapshot = &after->snapshots[i];
		const struct model_snapshot *before = &sim->model.snapshots[i];
		bool is = snapshot->exists && is_seen(sim, snapshot->name);
		bool was = before->exists && is_seen(sim, before->name);
		if (snapshot->exists && !is && !(doubt && !before->exists))
			violation(sim, "the snapshot '%s' is not there", snapshot->name);
		if (!snapshot->exists && was && !doubt)
			violation(sim, "the snapshot '%s' is still there", before->name);
		if (!snapshot->exists && was)
			*snapshot = *before;
		snapshot->exists = is || was;
	}
	for (int i = 0; i < sim->look->snapshot_count; i++) {
		const struct seen_snapshot *seen = &sim->look->snapshots[i];
		if (model_find_snapshot(after, seen->name) == NOTHING && doubt)
			adopt_snapshot(sim, after, seen);
		else if (model_find_snapshot(after, seen->name) == NOTHING)
			violation(sim, "there is a snapshot '%s' that nobody made", seen->name);
		check_held(sim, after, seen);
	}
}

/* ---- all ---- */

void settle_note_latest(struct sim *sim)
{
	int64_t now_ms = world_wall_ms();
	sim->model.latest_ms = now_ms > sim->model.latest_ms ? now_ms : sim->model.latest_ms;
}

void settle(struct sim *sim, const struct outcome *outcome)
{
	static struct model settled;
	settle_note_latest(sim);
	settled = outcome->after;
	settled.latest_ms = sim->model.latest_ms;
	struct look *was = sim->before;
	sim->before = sim->look;
	sim->look = was;
	look_take(sim, sim->look);
	if (sim->sparse)
		sim->sparse_record = sim->look->journal;
	sim->sparse = false;
	for (int i = 0; i < NAMES; i++)
		settle_name(sim, outcome, i, &settled.names[i]);
	settle_snapshots(sim, &settled, outcome->doubt_snapshots);
	settled.latest_ms = world_wall_ms();
	if (!drive_is_busy(sim) && !sim->rules_linger)
		settled.others = settled.rules;
	sim->model = settled;
}

bool settle_is_sparse(struct sim *sim, const char *message)
{
	bool sparse = strstr(message, "on the journals of") != NULL;
	sim->sparse = sim->sparse || sparse;
	return sparse;
}

void settle_as_it_was(struct sim *sim)
{
	static struct outcome same;
	memset(&same, 0, sizeof(same));
	same.after = sim->model;
	settle(sim, &same);
}
