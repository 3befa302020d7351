#include "settle.h"

#include <string.h>

#include "call.h"
#include "look.h"

enum { REASON = 256 };

static bool same_version(const struct version *version, const struct seen_version *seen)
{
	return version->content.size == seen->size && strcmp(version->content.sha256, seen->sha256) == 0;
}

static const struct seen_version *find_number(const struct seen_name *seen, uint64_t number)
{
	for (int i = 0; i < seen->count; i++)
		if (seen->versions[i].number == number)
			return &seen->versions[i];
	return NULL;
}

static uint64_t highest_number(const struct name *name)
{
	uint64_t highest = 0;
	for (int i = 0; i < name->count; i++)
		if (name->versions[i].fate != FATE_GONE && name->versions[i].number > highest)
			highest = name->versions[i].number;
	return highest;
}

/* A version whose number is not known yet has the next one that is above all known ones. */
static void learn_number(const struct name *name, struct version *version, const struct seen_name *seen)
{
	uint64_t highest = highest_number(name);
	for (int i = 0; i < seen->count && version->number == 0; i++)
		if (seen->versions[i].number > highest)
			version->number = seen->versions[i].number;
}

/* Whether a version is as the store says; its fate becomes what happened to it. */
static bool match_version(struct name *name, struct version *version, const struct seen_name *seen,
	int *matched, char why[REASON])
{
	if (version->fate == FATE_GONE)
		return true;
	if (version->number == 0)
		learn_number(name, version, seen);
	const struct seen_version *found = find_number(seen, version->number);
	unsigned long long number = version->number;
	if (!found && version->fate == FATE_KEPT) {
		snprintf(why, REASON, "its version %llu is not there", number);
		return false;
	}
	if (!found) {
		version->fate = FATE_GONE;
		return true;
	}
	if (version->fate == FATE_MUST_GO || !same_version(version, found)) {
		snprintf(why, REASON, "its version %llu %s", number,
			version->fate == FATE_MUST_GO ? "was not collected" : "has another content");
		return false;
	}
	version->fate = FATE_KEPT;
	++*matched;
	return true;
}

/* Whether the store's name is `name`, which becomes what was learned of it. */
static bool match_name(struct name *name, const struct seen_name *seen, char why[REASON])
{
	int matched = 0;
	for (int i = 0; i < name->count; i++)
		if (!match_version(name, &name->versions[i], seen, &matched, why))
			return false;
	if (matched != seen->count) {
		snprintf(why, REASON, "it has %d versions instead of %d", seen->count, matched);
		return false;
	}
	uint64_t current = name->current == NOTHING ? 0 : name->versions[name->current].number;
	if (seen->current.number != current) {
		snprintf(why, REASON, "its version now is %llu instead of %llu",
			(unsigned long long)seen->current.number, (unsigned long long)current);
		return false;
	}
	if (current && name->copies && name->copies != seen->copies) {
		snprintf(why, REASON, "it has %u copies instead of %u", seen->copies, name->copies);
		return false;
	}
	return !current || same_version(&name->versions[name->current], &seen->current);
}

static bool touched(const struct name *before, const struct name *after)
{
	if (before->count != after->count || before->current != after->current ||
		before->copies != after->copies)
		return true;
	for (int i = 0; i < after->count; i++)
		if (after->versions[i].fate != before->versions[i].fate)
			return true;
	return false;
}

/* What else than the current version is known of an untouched name is not looked at. */
static void settle_untouched(struct run *run, int which, const struct seen_name *seen)
{
	const struct name *name = &run->model.names[which];
	uint64_t current = name->current == NOTHING ? 0 : name->versions[name->current].number;
	if (seen->current.number != current)
		differ(run, "'%s' was not touched, but its version now is %llu instead of %llu",
			model_names[which], (unsigned long long)seen->current.number,
			(unsigned long long)current);
	if (current && !same_version(&name->versions[name->current], &seen->current))
		differ(run, "'%s' was not touched, but has another content", model_names[which]);
}

static void settle_name(
	struct run *run, int which, const struct name *after, bool in_doubt, struct seen_name *seen)
{
	static struct name found, before;
	char why_after[REASON] = "it has another content", why_before[REASON] = "it has another content";
	look_at_versions(run, which, seen);
	found = *after;
	if (!match_name(&found, seen, why_after)) {
		if (!in_doubt)
			differ(run, "'%s': %s", model_names[which], why_after);
		/* What had expired may be gone before as well as after. */
		before = run->model.names[which];
		for (int i = 0; i < before.count; i++)
			if (before.versions[i].fate == FATE_KEPT && after->versions[i].fate != FATE_KEPT)
				before.versions[i].fate = FATE_MAY_GO;
		found = before;
		if (!match_name(&found, seen, why_before))
			differ(run, "'%s' is neither as it was (%s) nor as it should become (%s)",
				model_names[which], why_before, why_after);
	}
	if (run->model.names[which].current != found.current && run->model.names[which].current != NOTHING)
		found.versions[run->model.names[which].current].ended_us = now_us();
	run->model.names[which] = found;
}

/* A snapshot that was made while a name changed holds one or the other of its versions. */
static int settle_held(struct run *run, int snapshot, int which, int before, int after, uint64_t number)
{
	const struct name *name = &run->model.names[which];
	const int possible[] = {before, after};
	for (int i = 0; i < 2; i++)
		if (number == (possible[i] == NOTHING ? 0 : name->versions[possible[i]].number))
			return possible[i];
	differ(run, "snapshot %s holds version %llu of '%s'", run->model.snapshots[snapshot].name,
		(unsigned long long)number, model_names[which]);
}

static void settle_new_snapshot(struct run *run, int snapshot, const struct model *before)
{
	static struct seen_name seen[NAMES];
	struct snapshot *made = &run->model.snapshots[snapshot];
	look_at_names(run, run->model.snapshots[snapshot].name, seen);
	for (int i = 0; i < NAMES; i++)
		made->held[i] = settle_held(run, snapshot, i, before->names[i].current,
			run->model.names[i].current, seen[i].current.number);
	made->exists = true;
}

static void settle_snapshots(
	struct run *run, const struct model *before, const struct model *after, const struct doubt *doubt)
{
	static struct model named;
	bool exists[SNAPSHOTS];
	named = *after;
	look_at_snapshots(run, &named, exists);
	for (int i = 0; i < SNAPSHOTS; i++) {
		bool was = before->snapshots[i].exists, is = after->snapshots[i].exists;
		if (exists[i] != is && !(doubt->snapshots[i] && exists[i] == was))
			differ(run, "the snapshot '%s' is %s", named.snapshots[i].name,
				exists[i] ? "there" : "not there");
		memcpy(run->model.snapshots[i].name, named.snapshots[i].name, SNAPSHOT_NAME);
		if (exists[i] && !was)
			settle_new_snapshot(run, i, before);
		run->model.snapshots[i].exists = exists[i];
		if (!exists[i] && i >= NAMED_SNAPSHOTS)
			run->model.snapshots[i].name[0] = '\0';
	}
}

static bool snapshots_touched(
	const struct model *before, const struct model *after, const struct doubt *doubt)
{
	for (int i = 0; i < SNAPSHOTS; i++)
		if (doubt->snapshots[i] || before->snapshots[i].exists != after->snapshots[i].exists)
			return true;
	return false;
}

void settle(struct run *run, const struct model *after, const struct doubt *doubt, bool all)
{
	static struct seen_name seen[NAMES];
	static struct model before, softened;
	before = run->model;
	if (run->maintained) {
		softened = *after;
		model_collect(&softened, after, FATE_MAY_GO, now_us());
		after = &softened;
	}
	look_at_names(run, NULL, seen);
	for (int i = 0; i < NAMES; i++) {
		if (all || touched(&before.names[i], &after->names[i]))
			settle_name(run, i, &after->names[i], doubt->names[i], &seen[i]);
		else
			settle_untouched(run, i, &seen[i]);
	}
	if (all || snapshots_touched(&before, after, doubt))
		settle_snapshots(run, &before, after, doubt);
}
