/*
 * look.c: see look.h.
 */
#include "tests/crash/look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/digest.h"
#include "engine/engine.h"
#include "tests/crash/folder.h"
#include "tests/tools/walk.h"
#include "tests/support/must.h"

enum { ROUNDS = 100, PAUSE_MS = 50 };

/* What the walk expects of its program. */
struct walk walk;

static struct store *open_store(const char *folder, bool may_be_none)
{
	struct error error = {0};
	struct store *store = NULL;
	char *config = text("%s/s/config.yaml", folder);
	if (store_open(config, &store, &error) < 0 && !may_be_none)
		die("the store cannot be opened: %s", error.message);
	free(config);
	return store;
}

/* ---- names ---- */

struct look {
	struct store *store;
	struct lines *found, names;
	const char *snapshot; /* NULL: now */
	char *output;
};

static void see_entry(void *context, const struct entry *entry)
{
	struct look *look = context;
	if (look->snapshot)
		lines_add(look->found, "N %s %s %s", look->snapshot, entry->name, entry->sha256);
	else
		lines_add(look->found, "C %s %d %u %s", entry->name, (int)entry->kind,
			entry->replication_factor, entry->sha256);
	lines_add(&look->names, "%s", entry->name);
}

static void check_bytes(struct look *look, const struct entry *entry)
{
	struct error error = {0};
	char *name = text("%s@%llu", entry->name, (unsigned long long)entry->version);
	const struct get_options options = {.output = look->output};
	if (store_get(look->store, name, &options, &error) < 0)
		die("%s cannot be fetched: %s", name, error.message);
	if (!file_has_digest(look->output, entry->sha256))
		die("%s has other bytes than were stored", name);
	free(name);
}

static void see_version(void *context, const struct version *version)
{
	struct look *look = context;
	const struct entry *entry = &version->entry;
	lines_add(look->found, "V %s@%llu %d %s", entry->name, (unsigned long long)entry->version,
		(int)entry->kind, entry->sha256);
	if (entry->kind == ENTRY_FILE)
		check_bytes(look, entry);
}

static void see_snapshot(void *context, const struct snapshot *snapshot)
{
	struct lines *names = context;
	lines_add(names, "%s", snapshot->name);
}

/* A snapshot that names itself does so by the time, which differs from run to run. */
static const char *lasting_name(const char *name, char out[SNAPSHOT_NAME_SIZE])
{
	size_t length = 0;
	bool dated = strstr(name, "-20") || strncmp(name, "20", 2) == 0;
	for (; *name; name++)
		out[length++] = dated && *name >= '0' && *name <= '9' ? '#' : *name;
	out[length] = '\0';
	return out;
}

static void look_at_names(struct look *look)
{
	struct error error = {0};
	struct lines snapshots = {0};
	if (store_list(look->store, NULL, NULL, see_entry, look, &error) < 0 && error.code != ERROR_NOT_FOUND)
		die("the names cannot be listed: %s", error.message);
	if (store_snapshot_list(look->store, see_snapshot, &snapshots, &error) < 0)
		die("the snapshots cannot be listed: %s", error.message);
	for (size_t i = 0; i < snapshots.count; i++) {
		char name[SNAPSHOT_NAME_SIZE];
		look->snapshot = lasting_name(snapshots.text[i], name);
		lines_add(look->found, "S %s", name);
		if (store_list(look->store, NULL, snapshots.text[i], see_entry, look, &error) < 0 &&
			error.code != ERROR_NOT_FOUND)
			die("the snapshot %s cannot be listed: %s", snapshots.text[i], error.message);
	}
	look->snapshot = NULL;
	lines_free(&snapshots);
}

bool look_at_store(const char *folder, const struct lines *names, bool may_be_none, struct lines *found)
{
	struct look look = {.store = open_store(folder, may_be_none), .found = found};
	struct error error = {0};
	const struct view *view;
	if (!look.store)
		return false;
	look.output = text("%s/fetched", folder);
	if (store_view(look.store, 0, &view, &error) < 0)
		die("there is no status: %s", error.message);
	for (size_t i = 0; i < view->node_count; i++)
		lines_add(found, "D %s %s", view->nodes[i].name, node_state_name(view->nodes[i].state));
	view_unref(view);
	for (size_t i = 0; names && i < names->count; i++)
		if (names->text[i][0] == 'C')
			lines_add(&look.names, "%.*s", (int)strcspn(names->text[i] + 2, " "),
				names->text[i] + 2);
	look_at_names(&look);
	lines_sort(&look.names);
	for (size_t i = 0; i < look.names.count; i++)
		if (store_versions(look.store, look.names.text[i], see_version, &look, &error) < 0 &&
			error.code != ERROR_NOT_FOUND)
			die("the versions of %s cannot be listed: %s", look.names.text[i], error.message);
	lines_sort(found);
	lines_free(&look.names);
	unlink(look.output);
	free(look.output);
	store_close(look.store);
	return true;
}

/* ---- settling ---- */

/* Whether nothing but what is allowed is wrong; `found` gets what is. */
static bool is_settled(struct store *store, const struct lines *allowed, struct lines *found)
{
	struct error error = {0};
	const struct view *view;
	bool settled = true;
	if (store_view(store, 0, &view, &error) < 0)
		die("there is no status: %s", error.message);
	lines_free(found);
	for (size_t i = 0; i < view->check_count; i++) {
		lines_add(found, "H %s", check_code_name(view->checks[i].code));
		settled = settled && (!allowed || lines_have(allowed, found->text[found->count - 1]));
	}
	/* Copies that are too many are no reason to worry, but maintenance is not done. */
	settled = settled && view->chunks.excess == 0 && view->chunks.corrupt == 0;
	view_unref(view);
	return settled;
}

static void pass(struct store *store, struct maintenance *maintenance, enum pass_kind kind)
{
	struct error error = {0};
	struct pass_result result;
	const struct pass_options options = {.kind = kind};
	if (store_run_pass(store, maintenance, &options, &result, &error) < 0)
		die("%s fails: %s", kind == PASS_REPAIR ? "repair" : "collection", error.message);
}

static void settle(const char *folder, const struct lines *allowed, struct lines *found)
{
	struct store *store = open_store(folder, false);
	struct maintenance *maintenance;
	struct lines health = {0};
	struct error error = {0};
	if (maintenance_start(store, &maintenance, &error) < 0)
		die("maintenance cannot be started: %s", error.message);
	pass(store, maintenance, PASS_REPAIR);
	pass(store, maintenance, PASS_COLLECT);
	for (int round = 0; !is_settled(store, allowed, &health); round++) {
		if (round == ROUNDS)
			die("the store does not become healthy: %s",
				health.count ? health.text[0] : "excess");
		usleep(PAUSE_MS * 1000);
	}
	maintenance_stop(maintenance);
	for (size_t i = 0; i < health.count; i++)
		lines_add(found, "%s", health.text[i]);
	lines_free(&health);
	store_close(store);
}

/* ---- the disks, with the code of the walk ---- */

static void release_walk(void)
{
	for (size_t i = 0; i < walk.node_count; i++) {
		free(walk.nodes[i].name);
		free(walk.nodes[i].uuid);
		free((char *)walk.nodes[i].path);
	}
	for (size_t i = 0; i < walk.file_count; i++)
		free(walk.files[i].path);
	free(walk.nodes);
	free(walk.copysets);
	free(walk.chunks);
	free(walk.files);
	sqlite3_close(walk.database);
	walk = (struct walk){0};
}

static void add_hex(char hex[2 * DIGEST + 1], const unsigned char digest[DIGEST])
{
	for (int i = 0; i < DIGEST; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void look_at_chunks(const char *folder, struct lines *found)
{
	char *store = text("%s/s", folder), hex[2 * DIGEST + 1];
	catalog_read(store);
	for (size_t i = 0; i < walk.chunk_count; i++) {
		add_hex(hex, walk.chunks[i].digest);
		lines_add(found, "W %s %d", hex, walk.chunks[i].copyset->want);
	}
	release_walk();
	free(store);
}

static void check_disks(const char *folder)
{
	char *store = text("%s/s", folder), hex[2 * DIGEST + 1];
	catalog_read(store);
	for (size_t i = 0; i < walk.node_count; i++) {
		char *path = text("%s/%s", store, walk.nodes[i].name);
		walk.nodes[i].path = access(path, F_OK) == 0 ? path : NULL;
	}
	files_read();
	for (size_t i = 0; i < walk.node_count; i++) {
		const struct node *node = &walk.nodes[i];
		if (node->strays || node->bad || node->misnamed)
			die("%s keeps %llu files that no one needs, %llu bad ones, %llu with other names",
				node->name, (unsigned long long)node->strays, (unsigned long long)node->bad,
				(unsigned long long)node->misnamed);
	}
	for (size_t i = 0; i < walk.chunk_count; i++) {
		int good = __builtin_popcount(walk.chunks[i].good);
		add_hex(hex, walk.chunks[i].digest);
		if (good < walk.chunks[i].copyset->want)
			die("chunk %.12s has %d good copies where %d are wanted, and nothing says so", hex,
				good, walk.chunks[i].copyset->want);
	}
	release_walk();
	free(store);
}

void look_settled(const char *folder, const struct lines *allowed, struct lines *found)
{
	char *store = text("%s/s", folder);
	settle(folder, allowed, found);
	check_disks(folder);
	folder_list(store, found);
	lines_sort(found);
	free(store);
}
