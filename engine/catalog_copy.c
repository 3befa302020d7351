/*
 * catalog_copy.c: the whole catalog as facts (fact.h), from which it can be regrown without any record before them.
 *
 *   {"sequence":J,"fact":"catalog",…}   what this is
 *   node, snapshot                      one line each
 *   chunks, version                     by version id; a version says when it began and ended, and a short list of
 *                                       chunks stands in its line. Those of an unfinished version stand alone
 *   {"sequence":J,"fact":"end",…}       how many lines there are
 */
#include <stdlib.h>

#include "engine/catalog_private.h"

enum { PART_BYTES = 1 << 20 };

struct copier {
	struct catalog *catalog;
	uint64_t sequence;
	struct fact_text text;
	uint64_t lines;
	catalog_copy_write *write;
	void *context;
	struct error *error;

	struct query extents; /* its current row is the next extent to be written, if `has_extent` */
	bool has_extent;
};

static int flush(struct copier *copier, size_t threshold)
{
	struct fact_text *text = &copier->text;
	if (text->failed)
		return error_set(copier->error, ERROR_MEMORY, "cannot copy the catalog");
	if (text->length <= threshold)
		return 0;
	if (copier->write(copier->context, text->data, text->length, copier->error) < 0)
		return -1;
	copier->lines += text->lines;
	fact_text_clear(text);
	return 0;
}

static int copy_node(void *context, const struct catalog_node *node, struct error *error)
{
	(void)error;
	struct copier *copier = context;
	fact_begin(&copier->text, copier->sequence, "node");
	facts_write_node(&copier->text, node);
	fact_end(&copier->text);
	return 0;
}

void facts_write_snapshot(struct fact_text *text, const char *name, uint64_t at, int64_t created_ms,
	uint64_t files, uint64_t bytes)
{
	fact_word(text, "name", name);
	fact_integer(text, "at", (int64_t)at);
	fact_integer(text, "created_ms", created_ms);
	fact_integer(text, "files", (int64_t)files);
	fact_integer(text, "bytes", (int64_t)bytes);
}

static int copy_snapshots(struct copier *copier)
{
	struct query query = query_begin(copier->catalog, SQL_COPY_SNAPSHOTS, copier->error);
	int result = 0;
	while (result == 0 && query_step(&query) == 1) {
		char name[256];
		query_get_text(&query, 0, name, sizeof(name));
		fact_begin(&copier->text, copier->sequence, "snapshot");
		facts_write_snapshot(&copier->text, name, (uint64_t)query_get_int(&query, 1),
			query_get_int(&query, 2), (uint64_t)query_get_int(&query, 3),
			(uint64_t)query_get_int(&query, 4));
		fact_end(&copier->text);
		result = flush(copier, PART_BYTES);
	}
	return query_end(&query) < 0 ? -1 : result;
}

/* ---- versions and their chunks ---- */

static void next_extent(struct copier *copier)
{
	copier->has_extent = query_step(&copier->extents) == 1;
}

static void get_chunk(struct query *query, struct fact_chunk *chunk)
{
	*chunk = (struct fact_chunk){.size = (uint64_t)query_get_int(query, 3)};
	query_get_digest(query, 2, &chunk->digest);
	chunk->part = sqlite3_column_type(query->statement, 5) != SQLITE_NULL;
	chunk->offset = (uint64_t)query_get_int(query, 4);
	chunk->length = (uint64_t)query_get_int(query, 5);
}

/* Gathers up to FACT_CHUNKS_MAX of the extents of `version` that come next. */
static unsigned take_chunks(
	struct copier *copier, int64_t version, struct fact_chunk *chunks, uint64_t *first)
{
	unsigned count = 0;
	*first = copier->has_extent ? (uint64_t)query_get_int(&copier->extents, 1) : 0;
	while (count < FACT_CHUNKS_MAX && copier->has_extent &&
		query_get_int(&copier->extents, 0) == version &&
		(uint64_t)query_get_int(&copier->extents, 1) == *first + count) {
		get_chunk(&copier->extents, &chunks[count++]);
		next_extent(copier);
	}
	return count;
}

static void write_chunks(struct copier *copier, const struct fact_chunk *chunks, unsigned count)
{
	fact_open_chunks(&copier->text);
	for (unsigned i = 0; i < count; i++)
		fact_add_chunk(&copier->text, i == 0, &chunks[i]);
	fact_close_chunks(&copier->text);
}

static void write_chunks_line(struct copier *copier, int64_t version, uint64_t first,
	const struct fact_chunk *chunks, unsigned count)
{
	fact_begin(&copier->text, copier->sequence, "chunks");
	fact_integer(&copier->text, "id", version);
	fact_integer(&copier->text, "first", (int64_t)first);
	write_chunks(copier, chunks, count);
	fact_end(&copier->text);
}

/* Lines for all extents of versions before `version`: those that are not finished. */
static int copy_unfinished(struct copier *copier, int64_t version, struct fact_chunk *chunks)
{
	int result = 0;
	while (result == 0 && copier->has_extent && query_get_int(&copier->extents, 0) < version) {
		int64_t id = query_get_int(&copier->extents, 0);
		uint64_t first;
		unsigned count = take_chunks(copier, id, chunks, &first);
		write_chunks_line(copier, id, first, chunks, count);
		result = flush(copier, PART_BYTES);
	}
	return result;
}

static int copy_version(
	struct copier *copier, struct query *query, struct catalog_entry *entry, struct fact_chunk *chunks)
{
	query_get_entry(query, entry);
	if (copy_unfinished(copier, entry->version_id, chunks) < 0)
		return -1;
	uint64_t first = 0;
	unsigned count = 0;
	while ((count = take_chunks(copier, entry->version_id, chunks, &first)) > 0) {
		bool more = copier->has_extent && query_get_int(&copier->extents, 0) == entry->version_id;
		if (first == 0 && !more)
			break;
		write_chunks_line(copier, entry->version_id, first, chunks, count);
		if (flush(copier, PART_BYTES) < 0)
			return -1;
	}
	fact_begin(&copier->text, copier->sequence, "version");
	facts_write_version(&copier->text, entry);
	fact_integer(&copier->text, "born", query_get_int(query, ENTRY_COLUMN_COUNT));
	if (sqlite3_column_type(query->statement, ENTRY_COLUMN_COUNT + 1) != SQLITE_NULL) {
		fact_integer(&copier->text, "died", query_get_int(query, ENTRY_COLUMN_COUNT + 1));
		fact_integer(&copier->text, "died_ms", query_get_int(query, ENTRY_COLUMN_COUNT + 2));
	}
	if (count > 0)
		write_chunks(copier, chunks, count);
	fact_end(&copier->text);
	return flush(copier, PART_BYTES);
}

static int copy_versions(struct copier *copier)
{
	struct catalog_entry *entry = calloc(1, sizeof(*entry));
	struct fact_chunk *chunks = calloc(FACT_CHUNKS_MAX, sizeof(*chunks));
	int result = entry && chunks ? 0 : error_set(copier->error, ERROR_MEMORY, "cannot copy the catalog");
	copier->extents = query_begin(copier->catalog, SQL_COPY_EXTENTS, copier->error);
	struct query query = query_begin(copier->catalog, SQL_COPY_VERSIONS, copier->error);
	if (result == 0)
		next_extent(copier);
	while (result == 0 && query_step(&query) == 1)
		result = copy_version(copier, &query, entry, chunks);
	if (result == 0)
		result = copy_unfinished(copier, INT64_MAX, chunks);
	int versions = query_end(&query), extents = query_end(&copier->extents);
	free(entry);
	free(chunks);
	return versions < 0 || extents < 0 ? -1 : result;
}

static int copy_all(struct copier *copier)
{
	struct catalog_state state;
	struct catalog *catalog = copier->catalog;
	if (catalog_read_state(catalog, &state, copier->error) < 0)
		return -1;
	copier->sequence = state.journal;
	fact_begin(&copier->text, copier->sequence, "catalog");
	fact_integer(&copier->text, "format", FACT_FORMAT);
	fact_word(&copier->text, "store", catalog->store_uuid);
	fact_word(&copier->text, "history", catalog->history);
	fact_word(&copier->text, "ended_histories", catalog->ended_histories);
	fact_integer(&copier->text, "last_version", (int64_t)state.last_version);
	fact_end(&copier->text);
	if (catalog_each_node(catalog, copy_node, copier, copier->error) < 0 || copy_snapshots(copier) < 0 ||
		copy_versions(copier) < 0)
		return -1;
	uint64_t lines = copier->lines + copier->text.lines;
	fact_begin(&copier->text, copier->sequence, "end");
	fact_integer(&copier->text, "lines", (int64_t)lines);
	fact_end(&copier->text);
	return flush(copier, 0);
}

int catalog_write_copy(struct catalog *catalog, uint64_t *sequence, catalog_copy_write *write, void *context,
	struct error *error)
{
	struct copier copier = {.catalog = catalog, .write = write, .context = context, .error = error};
	struct error ignored;
	struct query begin = query_begin(catalog, SQL_READ_BEGIN, error);
	if (query_run(&begin) < 0)
		return -1;
	int result = copy_all(&copier);
	*sequence = copier.sequence;
	fact_text_free(&copier.text);
	struct query end = query_begin(catalog, SQL_ROLLBACK, &ignored);
	return query_run(&end) < 0 ? -1 : result;
}
