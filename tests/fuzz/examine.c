/*
 * examine.c: everything that is asked of a store which may be lied to. See store.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/digest.h"
#include "engine/maintain.h"
#include "engine/store.h"
#include "tests/fuzz/store.h"

enum { NAMES_MAX = 48, STEP_MS = 100 };

/* One file as a report described it. */
struct found {
	char name[STORE_NAME_MAX + 1];
	enum entry_kind kind;
	uint64_t size, chunks;
	char sha256[STORE_DIGEST_HEX];
};

struct examination {
	struct store *store;
	struct error error;
	struct found *names; /* NAMES_MAX */
	size_t count;
	struct found entry;   /* that stat described */
	uint64_t stat_pieces; /* of its content */
};

/* A call that failed says why. */
static bool worked(struct examination *examination, int result)
{
	if (result < 0)
		fuzz_check_error(&examination->error);
	error_clear(&examination->error);
	return result >= 0;
}

static void note(struct found *found, const struct entry *entry)
{
	FUZZ_CHECK(entry->kind <= ENTRY_FOLDER && (entry->target != NULL) == (entry->kind == ENTRY_LINK));
	snprintf(found->name, sizeof(found->name), "%s", entry->name);
	snprintf(found->sha256, sizeof(found->sha256), "%s", entry->sha256);
	found->kind = entry->kind;
	found->size = entry->size_bytes;
	found->chunks = entry->chunks;
}

static void note_name(void *context, const struct entry *entry)
{
	struct examination *examination = context;
	FUZZ_CHECK(strlen(entry->name) <= STORE_NAME_MAX);
	if (examination->count < NAMES_MAX)
		note(&examination->names[examination->count++], entry);
}

static void note_entry(void *context, const struct entry *entry)
{
	note(&((struct examination *)context)->entry, entry);
}

static void note_chunk(void *context, const struct stat_chunk *chunk)
{
	struct examination *examination = context;
	FUZZ_CHECK(strlen(chunk->sha256) == STORE_DIGEST_HEX - 1);
	FUZZ_CHECK(chunk->offset <= chunk->size_bytes && chunk->length <= chunk->size_bytes - chunk->offset);
	for (size_t i = 0; i < chunk->replica_count; i++)
		FUZZ_CHECK(chunk->replicas[i].node && replica_state_name(chunk->replicas[i].state));
	examination->stat_pieces++;
}

static void note_version(void *context, const struct version *version)
{
	(void)context;
	for (size_t i = 0; i < version->snapshot_count; i++)
		FUZZ_CHECK(version->snapshots[i]);
}

static void note_risk(void *context, const struct risk_file *file)
{
	(void)context;
	FUZZ_CHECK(file->name && file->chunks_at_risk > 0 && file->worst_live < file->want);
}

static void note_event(void *context, const struct view_event *event)
{
	(void)context;
	FUZZ_CHECK(event->code && event->node && event->text && event->trigger && event->result);
}

static void note_snapshot(void *context, const struct snapshot *snapshot)
{
	(void)context;
	FUZZ_CHECK(memchr(snapshot->name, '\0', sizeof(snapshot->name)));
}

static void note_difference(void *context, const struct entry *before, const struct entry *after)
{
	(void)context;
	FUZZ_CHECK(before || after);
}

static void note_collected(void *context, const struct collect_version *version)
{
	(void)context;
	FUZZ_CHECK(version->name && version->why);
}

/*
 * What was fetched is what the version says. Of a file of several chunks only each chunk is known to be right: a
 * catalog that lists others, of the same size, is believed.
 */
static void check_bytes(const struct examination *examination)
{
	size_t size;
	char hex[DIGEST_HEX_SIZE];
	uint8_t *data = scratch_read(fuzz_folder(), "out", &size);
	struct digest digest = digest_of(data, size);
	free(data);
	digest_hex(&digest, hex);
	FUZZ_CHECK(size == examination->entry.size);
	if (size > 0 && examination->stat_pieces == 1)
		FUZZ_CHECK_WITH(strcmp(hex, examination->entry.sha256) == 0, examination->entry.name);
}

static void examine_name(struct examination *examination, const char *name)
{
	struct store *store = examination->store;
	struct get_options options = {.output = scratch_path(fuzz_folder(), "out")};
	examination->stat_pieces = 0;
	bool described = worked(examination,
		store_stat(store, name, note_entry, note_chunk, examination, &examination->error));
	unlink(options.output);
	if (worked(examination, store_get(store, name, &options, &examination->error)) && described &&
		examination->entry.kind == ENTRY_FILE)
		check_bytes(examination);
	unlink(options.output);
	worked(examination, store_versions(store, name, note_version, NULL, &examination->error));
}

static void examine_names(struct examination *examination, bool all)
{
	struct store *store = examination->store;
	char older[STORE_NAME_MAX + 8];
	examination->count = 0;
	worked(examination, store_list(store, NULL, NULL, note_name, examination, &examination->error));
	for (size_t i = 0; i < examination->count; i++) {
		examine_name(examination, examination->names[i].name);
		if (!all)
			continue;
		snprintf(older, sizeof(older), "%s@1", examination->names[i].name);
		examine_name(examination, older);
	}
	examine_name(examination, "one@s1");
	examine_name(examination, "gone@1");
	worked(examination, store_list(store, "d", "s1", note_name, examination, &examination->error));
}

static void examine_state(struct examination *examination, bool all)
{
	static const char *const lost[] = {"node-1", "node-3"};
	struct store *store = examination->store;
	struct error *error = &examination->error;
	const struct view *view;
	if (worked(examination, store_view(store, 20, &view, error))) {
		FUZZ_CHECK(view->node_count >= FUZZ_STORE_NODES && view->nodes_up <= view->node_count);
		for (size_t i = 0; i < view->check_count; i++)
			FUZZ_CHECK(view->checks[i].code < CHECK_CODES && view->checks[i].summary[0]);
		view_unref(view);
	}
	if (!all)
		return;
	worked(examination, store_risk(store, NULL, 0, note_risk, NULL, error));
	worked(examination, store_risk(store, lost, 2, note_risk, NULL, error));
	worked(examination, store_events(store, 0, 0, note_event, NULL, error));
	worked(examination, store_snapshot_list(store, note_snapshot, NULL, error));
	struct diff_options diff = {.report = note_difference};
	worked(examination, store_snapshot_diff(store, "s1", SNAPSHOT_NOW, &diff, error));
	struct collect_preview preview;
	worked(examination, store_preview_collection(store, &(struct collect_options){0}, note_collected,
				    NULL, &preview, error));
}

static void maintain(struct examination *examination, unsigned steps)
{
	struct maintenance *maintenance;
	if (steps == 0 ||
		!worked(examination, maintain_new(examination->store, &maintenance, &examination->error)))
		return;
	for (unsigned i = 0; i < steps; i++) {
		maintain_step(maintenance);
		fuzz_store_pass_time(STEP_MS);
	}
	maintain_free(maintenance);
}

static bool fetch_new(struct examination *examination, const char *text, size_t length)
{
	struct get_options get = {.output = scratch_path(fuzz_folder(), "out")};
	if (store_get(examination->store, "new", &get, &examination->error) < 0)
		return false;
	scratch_expect(fuzz_folder(), "out", text, length);
	unlink(get.output);
	return true;
}

/* Only who reads a damaged page comes to know of it. What was acknowledged is on the nodes then. */
static void rebuild_and_fetch_new(struct examination *examination, const char *text, size_t length)
{
	const struct rebuild_options options = {.force = true};
	struct rebuild_result result;
	struct error *error = &examination->error;
	FUZZ_CHECK_WITH(error->code == ERROR_DAMAGED, error->message);
	store_close(examination->store);
	FUZZ_CHECK_WITH(
		store_rebuild_in(fuzz_store_env(), fuzz_store_config(), &options, &result, error) == 0,
		error->message);
	FUZZ_CHECK_WITH(store_open_in(fuzz_store_env(), fuzz_store_config(), &examination->store, error) == 0,
		error->message);
	FUZZ_CHECK_WITH(fetch_new(examination, text, length), error->message);
}

/* Something new can be stored, and is then there; or it is said why not. */
static void examine_put(struct examination *examination)
{
	static const char text[] = "something new\n";
	const char *const paths[] = {scratch_path(fuzz_folder(), "new")};
	struct put_options options = {.name = "new"};
	fuzz_write("new", text, sizeof(text) - 1);
	if (!worked(examination, store_put(examination->store, paths, 1, &options, &examination->error)))
		return;
	if (!fetch_new(examination, text, sizeof(text) - 1))
		rebuild_and_fetch_new(examination, text, sizeof(text) - 1);
}

void fuzz_store_examine(unsigned steps)
{
	static struct found names[NAMES_MAX];
	struct examination examination = {.names = names};
	error_clear(&examination.error);
	if (!worked(&examination, store_open_in(fuzz_store_env(), fuzz_store_config(), &examination.store,
					  &examination.error)))
		return;
	examine_state(&examination, true);
	examine_names(&examination, true);
	maintain(&examination, steps);
	examine_state(&examination, false);
	examine_names(&examination, false);
	examine_put(&examination);
	store_close(examination.store);
}
