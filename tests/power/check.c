#include "check.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "source.h"
#include "tests/support/must.h"

/* A check under way. */
struct checking {
	struct check *check;
	struct store *store;
	struct pairs found; /* names and the digests of what they have */
	const char *name;   /* the one that is looked at, and … */
	bool seen;          /* … whether something was found of it */
	const char *digest;
	uint64_t version;
};

__attribute__((format(printf, 2, 3))) static bool problem(struct checking *checking, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (!checking->check->problem && vasprintf(&checking->check->problem, format, arguments) < 0)
		die("out of memory");
	va_end(arguments);
	return false;
}

/* ---- bytes ---- */

/* Fetches `name`, with or without a version or snapshot, and compares. */
static bool check_bytes(struct checking *checking, const char *name, const char *content)
{
	struct get_options options = {.output = checking->check->scratch};
	struct error error;
	unlink(options.output);
	if (store_get(checking->store, name, &options, &error) < 0)
		return problem(checking, "%s cannot be fetched: %s", name, error.message);
	bool same = file_has_digest(options.output, source_find(content)->digest);
	unlink(options.output);
	return same ? true : problem(checking, "%s was fetched with other bytes than %s has", name, content);
}

/* ---- names ---- */

static void note_entry(void *context, const struct entry *entry)
{
	struct checking *checking = context;
	struct pairs *found = &checking->found;
	found->list = must_grow(found->list, found->count + 1, sizeof(*found->list));
	found->list[found->count++] = (struct pair){text("%s", entry->name), text("%s", entry->sha256)};
}

static void forget_found(struct checking *checking)
{
	for (size_t i = 0; i < checking->found.count; i++) {
		free(checking->found.list[i].name);
		free(checking->found.list[i].content);
	}
	free(checking->found.list);
	checking->found = (struct pairs){0};
}

static bool list_names(struct checking *checking, const char *at)
{
	struct error error;
	forget_found(checking);
	if (store_list(checking->store, NULL, at, note_entry, checking, &error) < 0)
		return problem(checking, "its names cannot be listed: %s", error.message);
	return true;
}

/* The one of the two contents that has the digest; NULL: none. */
static const char *content_of(const char *first, const char *second, const char *digest)
{
	if (first && source_has_digest(first, digest))
		return first;
	return second && source_has_digest(second, digest) ? second : NULL;
}

/* What was listed is among what may be, and nothing that has to be is missing. */
static bool check_names(
	struct checking *checking, const struct pairs *before, const struct pairs *after, const char *at)
{
	if (!list_names(checking, at))
		return false;
	const char *where = at ? at : "now";
	for (size_t i = 0; i < before->count; i++)
		if (pairs_find(after, before->list[i].name) &&
			!pairs_find(&checking->found, before->list[i].name))
			return problem(checking, "%s (%s) is gone", before->list[i].name, where);
	for (size_t i = 0; i < checking->found.count; i++) {
		const struct pair *found = &checking->found.list[i];
		const char *first = pairs_find(before, found->name), *second = pairs_find(after, found->name);
		const char *content = content_of(first, second, found->content);
		if (!first && !second)
			return problem(checking, "%s (%s) is there, but was removed or never stored",
				found->name, where);
		if (!content)
			return problem(checking, "%s (%s) has the digest %s, which neither %s nor %s has",
				found->name, where, found->content, first ? first : "nothing",
				second ? second : "nothing");
		char *name = at ? text("%s@%s", found->name, at) : text("%s", found->name);
		bool good = check_bytes(checking, name, content);
		free(name);
		if (!good)
			return false;
	}
	return true;
}

/* ---- versions and snapshots ---- */

static void look_for_digest(void *context, const struct version *version)
{
	struct checking *checking = context;
	if (!checking->seen && source_has_digest(checking->digest, version->entry.sha256)) {
		checking->seen = true;
		checking->version = version->entry.version;
	}
}

static bool check_versions(struct checking *checking)
{
	const struct pairs *before = &checking->check->before->versions;
	const struct pairs *after = &checking->check->after->versions;
	for (size_t i = 0; i < before->count; i++) {
		const struct pair *pair = &before->list[i];
		struct error error;
		if (!pairs_have(after, pair->name, pair->content))
			continue;
		checking->seen = false;
		checking->digest = pair->content;
		if (store_versions(checking->store, pair->name, look_for_digest, checking, &error) < 0)
			return problem(checking, "the versions of %s cannot be listed: %s", pair->name,
				error.message);
		if (!checking->seen)
			return problem(
				checking, "the version of %s that was %s is gone", pair->name, pair->content);
		const char *stays = pairs_find(&checking->check->after->now, pair->name);
		if (pairs_have(&checking->check->before->now, pair->name, pair->content) && stays &&
			strcmp(stays, pair->content) == 0)
			continue; /* it was fetched by its name */
		char *name = text("%s@%llu", pair->name, (unsigned long long)checking->version);
		bool good = check_bytes(checking, name, pair->content);
		free(name);
		if (!good)
			return false;
	}
	return true;
}

static void look_for_snapshot(void *context, const struct snapshot *snapshot)
{
	struct checking *checking = context;
	checking->seen |= strcmp(snapshot->name, checking->name) == 0;
}

static bool check_snapshot(struct checking *checking, const struct held *held, bool required)
{
	struct error error;
	checking->seen = false;
	checking->name = held->name;
	if (store_snapshot_list(checking->store, look_for_snapshot, checking, &error) < 0)
		return problem(checking, "the snapshots cannot be listed: %s", error.message);
	if (!checking->seen)
		return required ? problem(checking, "the snapshot %s is gone", held->name) : true;
	return check_names(checking, &held->now, &held->now, held->name);
}

static bool check_snapshots(struct checking *checking)
{
	const struct expect *before = checking->check->before, *after = checking->check->after;
	for (size_t i = 0; i < before->snapshot_count; i++)
		if (!check_snapshot(checking, &before->snapshots[i],
			    expect_snapshot(after, before->snapshots[i].name) != NULL))
			return false;
	for (size_t i = 0; i < after->snapshot_count; i++)
		if (!expect_snapshot(before, after->snapshots[i].name) &&
			!check_snapshot(checking, &after->snapshots[i], false))
			return false;
	return true;
}

/* ---- copies ---- */

static bool is_good_copy(const struct checking *checking, const char *node, const struct stat_chunk *chunk)
{
	char *path =
		text("%s/s/%s/chunks/%.2s/%s", checking->check->root, node, chunk->sha256, chunk->sha256);
	bool good = file_has_digest(path, chunk->sha256);
	free(path);
	return good;
}

static void look_at_chunk(void *context, const struct stat_chunk *chunk)
{
	struct checking *checking = context;
	unsigned good = 0;
	for (size_t i = 0; i < chunk->replica_count; i++) {
		bool is_good = is_good_copy(checking, chunk->replicas[i].node, chunk);
		good += is_good;
		if (!is_good && !checking->check->damaged && chunk->replicas[i].state == REPLICA_LIVE)
			problem(checking, "%s: the catalog counts on a copy of %.12s on %s that is not good",
				checking->name, chunk->sha256, chunk->replicas[i].node);
	}
	if (good < checking->check->least)
		problem(checking, "%s: %u good copies of %.12s are left of at least %u", checking->name, good,
			chunk->sha256, checking->check->least);
}

static void ignore_entry(void *context, const struct entry *entry)
{
	(void)context;
	(void)entry;
}

static bool check_copies(struct checking *checking)
{
	if (!list_names(checking, NULL))
		return false;
	for (size_t i = 0; i < checking->found.count; i++) {
		struct error error;
		checking->name = checking->found.list[i].name;
		if (store_stat(checking->store, checking->name, ignore_entry, look_at_chunk, checking,
			    &error) < 0)
			return problem(checking, "%s cannot be looked at: %s", checking->name, error.message);
	}
	return checking->check->problem == NULL;
}

/* ---- the catalog ---- */

static int note_answer(void *context, int columns, char **values, char **names)
{
	struct checking *checking = context;
	(void)columns;
	(void)names;
	if (strcmp(values[0], "ok") != 0)
		problem(checking, "the catalog is not sound: %s", values[0]);
	return 0;
}

/* What SQLite thinks of it: the engine may get along with a catalog whose parts do not fit each other. */
static bool check_catalog(struct checking *checking)
{
	sqlite3 *db = NULL;
	char *path = text("%s/s/catalog.db", checking->check->root);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA integrity_check(1)", note_answer, checking, NULL) != SQLITE_OK)
		problem(checking, "the catalog cannot be checked: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	free(path);
	return checking->check->problem == NULL;
}

bool check_store(struct check *check)
{
	struct checking checking = {.check = check};
	struct error error;
	char *config = text("%s/s/config.yaml", check->root);
	check->problem = NULL;
	bool good = store_open(config, &checking.store, &error) == 0;
	if (!good)
		problem(&checking, "it cannot be opened: %s", error.message);
	good = good && check_copies(&checking) &&
	       check_names(&checking, &check->before->now, &check->after->now, NULL) &&
	       check_versions(&checking) && check_snapshots(&checking) && check_catalog(&checking);
	store_close(checking.store);
	forget_found(&checking);
	free(config);
	return good;
}
