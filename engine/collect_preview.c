/*
 * collect_preview.c: what a collection would do, without doing it.
 *
 * On a catalog connection of its own, and from one state of the catalog: first the versions that go, then from these
 * the chunks that only they use, and then the nodes' folders are listed for what no catalog knows. Files are measured
 * where they lie, for it is their bytes that will be free.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clients.h"
#include "engine/collect.h"
#include "engine/journal.h"

enum { PAGE_VERSIONS = 64 };

struct preview {
	struct store *store;
	struct catalog *catalog;
	struct collect_rules rules;
	struct collect_judge judge;
	struct collect_preview *sums;
	collect_report *report;
	void *context;
	struct error *error;
	struct node *node; /* whose folders are listed */
};

static void tell_version(struct preview *preview, struct catalog_ended *ended)
{
	char why[160];
	size_t length = strlen(ended->name);
	if (ended->kind == ENTRY_FOLDER && length)
		ended->name[length - 1] = '\0';
	const struct collect_version version = {
		.name = ended->name,
		.version = ended->number,
		.kind = ended->kind,
		.size_bytes = ended->size,
		.why = retention_explain(
			&preview->rules.retention, &ended->facts, preview->rules.now_ms, why, sizeof(why)),
	};
	preview->sums->versions++;
	preview->report(preview->context, &version);
}

static int look_at_versions(struct preview *preview)
{
	const struct collect_rules *rules = &preview->rules;
	struct catalog_ended_cursor cursor = {0};
	int64_t horizon = retention_horizon_ms(&rules->retention, rules->now_ms);
	if (!retention_lets_go(&rules->retention))
		return 0;
	struct catalog_ended *page = calloc(PAGE_VERSIONS, sizeof(*page));
	int count =
		page ? PAGE_VERSIONS : error_set(preview->error, ERROR_MEMORY, "cannot look at the versions");
	while (count == PAGE_VERSIONS) {
		count = catalog_page_ended(preview->catalog, &cursor, horizon, collect_count_max(rules), page,
			PAGE_VERSIONS, preview->error);
		for (int i = 0; i < count; i++) {
			if (retention_keeps(&rules->retention, &page[i].facts, rules->now_ms))
				continue;
			if (catalog_preview_version(preview->catalog, page[i].id, preview->error) < 0) {
				count = -1;
				break;
			}
			tell_version(preview, &page[i]);
		}
	}
	free(page);
	return count < 0 ? -1 : 0;
}

static int add_chunk(void *context, const struct catalog_chunk *chunk, struct error *error)
{
	struct preview *preview = context;
	struct collect_preview *sums = preview->sums;
	(void)error;
	sums->chunks++;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		struct node *node = store_node_by_id(preview->store, chunk->nodes[i]);
		const struct node_attachment *attachment = node ? node_writing(node) : NULL;
		int64_t bytes =
			attachment ? chunk_file_size(preview->store->env, attachment, &chunk->digest) : -1;
		if (bytes >= 0) {
			sums->files++;
			sums->bytes += (uint64_t)bytes;
		} else if (!attachment) {
			sums->waiting_bytes += chunk->size;
		}
	}
	return 0;
}

/* ---- what lies on the nodes ---- */

static int add_file(struct preview *preview, int goes, uint64_t bytes)
{
	if (goes < 0)
		return 1; /* the catalog failed; -1 would be the folder */
	preview->sums->files += (uint64_t)goes;
	preview->sums->bytes += goes ? bytes : 0;
	return 0;
}

static int look_at_chunk_file(void *context, const struct chunk_folder_file *file)
{
	struct preview *preview = context;
	uint64_t bytes = 0;
	int goes = collect_judge_chunk_file(&preview->judge, preview->node, file, &bytes, preview->error);
	return add_file(preview, goes, bytes);
}

static int look_at_quarantined(void *context, const struct chunk_folder_file *file)
{
	struct preview *preview = context;
	uint64_t bytes = 0;
	int goes = collect_judge_quarantined(&preview->judge, file, &bytes, preview->error);
	return add_file(preview, goes, bytes);
}

/* A folder that cannot be read is passed over, as the pass does. */
static int look_at_nodes(struct preview *preview)
{
	for (size_t i = 0; i < preview->store->node_count; i++) {
		preview->node = &preview->store->nodes[i];
		const struct node_attachment *attachment =
			preview->node->id ? node_writing(preview->node) : NULL;
		if (!attachment)
			continue;
		for (unsigned shard = 0; shard < CHUNK_SHARDS; shard++)
			if (chunk_folder_each(attachment->chunks, shard, look_at_chunk_file, preview) > 0)
				return -1;
		if (chunk_folder_each_quarantined(attachment, look_at_quarantined, preview) > 0)
			return -1;
	}
	return 0;
}

static int look_ahead(struct preview *preview)
{
	int64_t before_ms = preview->rules.now_ms - COLLECT_GRACE_MS;
	if (look_at_versions(preview) < 0 ||
		catalog_preview_chunks(preview->catalog, preview->judge.alone, before_ms, preview->error) <
			0 ||
		catalog_preview_each(preview->catalog, add_chunk, preview, preview->error) < 0)
		return -1;
	return look_at_nodes(preview);
}

int store_preview_collection(struct store *store, const struct collect_options *options,
	collect_report *report, void *context, struct collect_preview *sums, struct error *error)
{
	char path[4096 + 32];
	struct catalog *catalog;
	error_clear(error);
	memset(sums, 0, sizeof(*sums));
	snprintf(path, sizeof(path), "%s/catalog.db", store->config->store);
	if (store_refresh_nodes(store, error) < 0 || journal_check(store, error) < 0 ||
		catalog_open(store->env, path, &catalog, error) < 0)
		return -1;
	int64_t now_ms = store->env->time->wall_ms(store->env->time);
	sums->clients = clients_are_active(store->config->store);
	struct preview preview = {
		.store = store,
		.catalog = catalog,
		.rules = {collect_retention(store, options), now_ms},
		.judge =
			{
				.store = store,
				.catalog = catalog,
				.preview = true,
				.alone = !sums->clients,
				.complete = collect_is_complete(store),
				.now_ms = now_ms,
			},
		.sums = sums,
		.report = report,
		.context = context,
		.error = error,
	};
	int result = catalog_preview_begin(catalog, error);
	if (result == 0) {
		result = look_ahead(&preview);
		catalog_preview_end(catalog);
	}
	catalog_close(catalog);
	return result;
}
