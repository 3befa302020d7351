/*
 * catalog_fact.c: the record that a transaction leaves in the journal.
 *
 * Every function that changes what a catalog must know to be regrown notes here what it did. Where the copies of
 * chunks are is not among that: the nodes themselves tell. Extents usually arrive just before their version is
 * finished, in the order in which the versions are; so those of a small file go into the version's own line, and only
 * long lists have lines of their own.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/catalog_private.h"

/* Of a larger record only the sequence is kept in the catalog: the rest would cost more than it saves (journal.h). */
enum { KEPT_RECORD_MAX = 64 << 10, NEAR_RUNS = 64 };

void facts_clear(struct catalog *catalog)
{
	struct catalog_facts *facts = &catalog->facts;
	fact_text_clear(&facts->text);
	fact_text_clear(&facts->elements);
	facts->run_count = facts->next_run = 0;
	facts->failed = false;
}

void facts_free(struct catalog *catalog)
{
	struct catalog_facts *facts = &catalog->facts;
	fact_text_free(&facts->text);
	fact_text_free(&facts->elements);
	free(facts->runs);
	facts->runs = NULL;
}

bool facts_any(const struct catalog *catalog)
{
	const struct catalog_facts *facts = &catalog->facts;
	return facts->text.length > 0 || facts->run_count > 0 || facts->failed;
}

static struct fact_text *begin_fact(struct catalog *catalog, const char *kind)
{
	assert(catalog->writing);
	fact_begin(&catalog->facts.text, catalog->state.sequence + 1, kind);
	return &catalog->facts.text;
}

/* ---- extents ---- */

static void write_run_chunks(struct catalog_facts *facts, const struct fact_run *run)
{
	fact_open_chunks(&facts->text);
	if (!facts->elements.failed)
		fact_add_chunks(&facts->text, facts->elements.data + run->start, run->length);
	fact_close_chunks(&facts->text);
}

static void write_run(struct catalog *catalog, struct fact_run *run)
{
	struct catalog_facts *facts = &catalog->facts;
	struct fact_text *text = begin_fact(catalog, "chunks");
	fact_integer(text, "id", run->version);
	fact_integer(text, "first", (int64_t)run->first);
	write_run_chunks(facts, run);
	fact_end(text);
	run->written = true;
}

static struct fact_run *add_run(struct catalog_facts *facts, int64_t version, uint64_t first)
{
	if (facts->run_count == facts->run_room) {
		size_t room = facts->run_room ? 2 * facts->run_room : 64;
		struct fact_run *larger = realloc(facts->runs, room * sizeof(*larger));
		if (!larger) {
			facts->failed = true;
			return NULL;
		}
		facts->runs = larger;
		facts->run_room = room;
	}
	struct fact_run *run = &facts->runs[facts->run_count++];
	*run = (struct fact_run){.version = version, .first = first, .start = facts->elements.length};
	return run;
}

void facts_extent(struct catalog *catalog, int64_t version, const struct catalog_extent *extent)
{
	struct catalog_facts *facts = &catalog->facts;
	struct fact_run *run = facts->run_count > 0 ? &facts->runs[facts->run_count - 1] : NULL;
	if (!run || run->written || run->version != version || run->first + run->count != extent->position ||
		run->count == FACT_CHUNKS_MAX)
		run = add_run(facts, version, extent->position);
	if (!run)
		return;
	struct fact_chunk chunk = {
		.digest = *extent->digest,
		.size = extent->chunk_size,
		.part = extent->part,
		.offset = extent->offset,
		.length = extent->length,
	};
	fact_add_chunk(&facts->elements, run->count == 0, &chunk);
	run->count++;
	run->length = facts->elements.length - run->start;
}

/*
 * The version's only run, if it holds all of `extents`, and is among the next that are not written: versions are
 * finished in the order in which their extents came.
 */
static struct fact_run *find_whole_run(struct catalog_facts *facts, int64_t version, uint64_t extents)
{
	while (facts->next_run < facts->run_count && facts->runs[facts->next_run].written)
		facts->next_run++;
	for (size_t i = facts->next_run; i < facts->run_count && i < facts->next_run + NEAR_RUNS; i++) {
		struct fact_run *run = &facts->runs[i];
		if (run->version == version && !run->written)
			return run->first == 0 && run->count == extents ? run : NULL;
	}
	return NULL;
}

/* What is noted of a version's extents has to stand before the version, whose line says that they are all there. */
static void write_runs_of(struct catalog *catalog, int64_t version)
{
	struct catalog_facts *facts = &catalog->facts;
	for (size_t i = facts->next_run; i < facts->run_count; i++)
		if (facts->runs[i].version == version && !facts->runs[i].written)
			write_run(catalog, &facts->runs[i]);
}

/* ---- names ---- */

const char *const facts_kinds[FACTS_KINDS] = {
	[ENTRY_FILE] = "file",
	[ENTRY_LINK] = "link",
	[ENTRY_FOLDER] = "folder",
};

void facts_write_version(struct fact_text *text, const struct catalog_entry *entry)
{
	const int64_t second = 1000000000;
	int64_t seconds = entry->mtime_ns / second, after = entry->mtime_ns % second;
	if (after < 0) {
		seconds--;
		after += second;
	}
	char mode[16] = {(char)('0' + (entry->mode >> 9 & 7)), (char)('0' + (entry->mode >> 6 & 7)),
		(char)('0' + (entry->mode >> 3 & 7)), (char)('0' + (entry->mode & 7)), '\0'};
	fact_integer(text, "id", entry->version_id);
	fact_bytes(text, "name", entry->name, strlen(entry->name));
	fact_integer(text, "version", (int64_t)entry->number);
	fact_word(text, "kind", facts_kinds[entry->kind]);
	if (entry->kind != ENTRY_FOLDER) {
		fact_integer(text, "size", (int64_t)entry->size);
		fact_digest(text, "sha256", &entry->digest);
		if (entry->listed)
			fact_digest(text, "manifest", &entry->manifest);
	}
	fact_word(text, "mode", mode);
	fact_integer(text, "mtime", seconds);
	fact_integer(text, "mtime_nsec", after);
	fact_integer(text, "stored_ms", entry->stored_ms);
	fact_integer(text, "replication_factor", entry->replication_factor);
	if (entry->kind == ENTRY_LINK)
		fact_bytes(text, "target", entry->target, strlen(entry->target));
	if (entry->shared)
		fact_boolean(text, "packed", true);
}

void facts_version(struct catalog *catalog, const struct catalog_entry *entry, int64_t copied)
{
	struct catalog_facts *facts = &catalog->facts;
	struct fact_run *whole =
		entry->extents ? find_whole_run(facts, entry->version_id, entry->extents) : NULL;
	if (entry->extents && !whole)
		write_runs_of(catalog, entry->version_id);
	struct fact_text *text = begin_fact(catalog, "version");
	facts_write_version(text, entry);
	if (copied)
		fact_integer(text, "copy_of", copied);
	if (whole) {
		write_run_chunks(facts, whole);
		whole->written = true;
	}
	fact_end(text);
}

static void facts_ended(struct catalog *catalog, const char *kind, int64_t version)
{
	struct fact_text *text = begin_fact(catalog, kind);
	fact_integer(text, "id", version);
	fact_end(text);
}

void facts_abandoned(struct catalog *catalog, int64_t version)
{
	facts_ended(catalog, "abandoned", version);
}

void facts_collected(struct catalog *catalog, int64_t version)
{
	facts_ended(catalog, "collected", version);
}

void facts_removed(struct catalog *catalog, const char *name, int64_t time_ms)
{
	struct fact_text *text = begin_fact(catalog, "removed");
	fact_bytes(text, "name", name, strlen(name));
	fact_integer(text, "time_ms", time_ms);
	fact_end(text);
}

void facts_replication(struct catalog *catalog, const char *name, unsigned replication_factor)
{
	struct fact_text *text = begin_fact(catalog, "replication");
	fact_bytes(text, "name", name, strlen(name));
	fact_integer(text, "replication_factor", replication_factor);
	fact_end(text);
}

/* ---- snapshots ---- */

void facts_snapshot(struct catalog *catalog, const struct catalog_snapshot *snapshot)
{
	struct fact_text *text = begin_fact(catalog, "snapshot");
	facts_write_snapshot(text, snapshot->name, snapshot->sequence, snapshot->created_ms, snapshot->files,
		snapshot->bytes);
	fact_end(text);
}

void facts_snapshot_removed(struct catalog *catalog, const char *name)
{
	struct fact_text *text = begin_fact(catalog, "snapshot_removed");
	fact_word(text, "name", name);
	fact_end(text);
}

/* ---- nodes ---- */

void facts_write_node(struct fact_text *text, const struct catalog_node *node)
{
	fact_integer(text, "id", node->id);
	fact_word(text, "uuid", node->uuid);
	fact_bytes(text, "name", node->name, strlen(node->name));
	if (node->failed)
		fact_boolean(text, "failed", true);
	if (node->draining)
		fact_boolean(text, "draining", true);
}

void facts_node(struct catalog *catalog, const struct catalog_node *node)
{
	struct fact_text *text = begin_fact(catalog, "node");
	facts_write_node(text, node);
	fact_end(text);
}

void facts_node_flag(struct catalog *catalog, uint16_t id, const char *flag, bool value)
{
	struct fact_text *text = begin_fact(catalog, "node_changed");
	fact_integer(text, "id", id);
	fact_boolean(text, flag, value);
	fact_end(text);
}

void facts_node_removed(struct catalog *catalog, uint16_t id)
{
	struct fact_text *text = begin_fact(catalog, "node_removed");
	fact_integer(text, "id", id);
	fact_end(text);
}

void facts_regrown(struct catalog *catalog, const char *from, uint64_t at)
{
	struct fact_text *text = begin_fact(catalog, "regrown");
	fact_word(text, "from", from);
	fact_integer(text, "at", (int64_t)at);
	fact_end(text);
}

/* ---- the record as a whole ---- */

static int keep_record(struct catalog *catalog, uint64_t previous, struct error *error)
{
	const struct fact_text *text = &catalog->facts.text;
	struct query clear = query_begin(catalog, SQL_JOURNAL_CLEAR, error);
	if (query_run(&clear) < 0)
		return -1;
	struct query add = query_begin(catalog, SQL_JOURNAL_ADD, error);
	query_int(&add, 1, (int64_t)catalog->state.journal);
	query_int(&add, 2, (int64_t)previous);
	query_blob(&add, 3, text->data, text->length > KEPT_RECORD_MAX ? 0 : text->length);
	return query_run(&add);
}

int facts_seal(struct catalog *catalog, struct error *error)
{
	struct catalog_facts *facts = &catalog->facts;
	uint64_t previous = catalog->state.journal;
	if (!facts_any(catalog))
		return 0;
	if (catalog->regrowing) {
		facts_clear(catalog);
		return 0;
	}
	for (size_t i = facts->next_run; i < facts->run_count; i++)
		if (!facts->runs[i].written)
			write_run(catalog, &facts->runs[i]);
	uint64_t lines = facts->text.lines;
	struct fact_text *text = begin_fact(catalog, "commit");
	fact_integer(text, "previous", (int64_t)previous);
	fact_integer(text, "lines", (int64_t)lines);
	fact_word(text, "history", catalog->history);
	fact_end(text);
	if (facts->failed || text->failed || facts->elements.failed)
		return error_set(error, ERROR_MEMORY,
			"the journal's record of the change needs more memory than there is");
	catalog->state.journal = catalog->state.sequence + 1;
	return keep_record(catalog, previous, error);
}

int catalog_last_record(struct catalog *catalog, uint64_t *sequence, uint64_t *previous, char **text,
	size_t *size, struct error *error)
{
	*text = NULL;
	*size = 0;
	struct query query = query_begin(catalog, SQL_JOURNAL_GET, error);
	int found = query_step(&query);
	if (found == 1) {
		*sequence = (uint64_t)query_get_int(&query, 0);
		*previous = (uint64_t)query_get_int(&query, 1);
		*size = (size_t)sqlite3_column_bytes(query.statement, 2);
		*text = *size ? malloc(*size) : NULL;
		if (*text)
			memcpy(*text, sqlite3_column_blob(query.statement, 2), *size);
	}
	if (query_end(&query) < 0) {
		free(*text);
		*text = NULL;
		return -1;
	}
	if (found == 1 && *size && !*text)
		return error_set(error, ERROR_MEMORY, "cannot read the journal's last record");
	return found;
}
