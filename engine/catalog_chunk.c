/*
 * catalog_chunk.c: chunks, their copysets, and the bad copies among them.
 *
 * A copyset's counters change in the same transaction as the chunks that point to it, so that the sums over all
 * copysets are at any time what counting the chunks would give.
 */
#include "engine/catalog_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/chunker.h"

bool catalog_is_placed(const struct catalog_chunk *chunk, uint16_t node)
{
	for (unsigned i = 0; i < chunk->node_count; i++)
		if (chunk->nodes[i] == node)
			return true;
	return false;
}

bool catalog_chunk_insert(struct catalog_chunk *chunk, uint16_t node)
{
	unsigned at = 0;
	while (at < chunk->node_count && chunk->nodes[at] < node)
		at++;
	if (at < chunk->node_count && chunk->nodes[at] == node)
		return true;
	if (chunk->node_count == COPYSET_MAX)
		return false;
	memmove(&chunk->nodes[at + 1], &chunk->nodes[at], (chunk->node_count - at) * sizeof(*chunk->nodes));
	chunk->nodes[at] = node;
	chunk->node_count++;
	return true;
}

static void pack_nodes(const uint16_t *nodes, unsigned count, uint8_t bytes[2 * COPYSET_MAX])
{
	assert(count <= COPYSET_MAX);
	for (unsigned i = 0; i < count; i++) {
		assert(i == 0 || nodes[i - 1] < nodes[i]);
		bytes[2 * i] = (uint8_t)(nodes[i] >> 8);
		bytes[2 * i + 1] = (uint8_t)nodes[i];
	}
}

/* Finds or makes the copyset of these nodes, and counts `chunks` more of `bytes` together into it. */
static int copyset_enter(struct catalog *catalog, unsigned want, const uint16_t *nodes, unsigned count,
	uint64_t chunks, uint64_t bytes, int64_t *id, struct error *error)
{
	uint8_t packed[2 * COPYSET_MAX];
	pack_nodes(nodes, count, packed);
	struct query find = query_begin(catalog, SQL_COPYSET_FIND, error);
	query_int(&find, 1, want);
	query_blob(&find, 2, packed, 2 * (size_t)count);
	int found = query_step(&find);
	if (found == 1)
		*id = query_get_int(&find, 0);
	if (query_end(&find) < 0)
		return -1;
	if (found == 0) {
		struct query add = query_begin(catalog, SQL_COPYSET_ADD, error);
		query_int(&add, 1, want);
		query_blob(&add, 2, packed, 2 * (size_t)count);
		if (query_run(&add) < 0)
			return -1;
		*id = sqlite3_last_insert_rowid(catalog->db);
	}
	struct query tally = query_begin(catalog, SQL_COPYSET_COUNT, error);
	query_int(&tally, 1, *id);
	query_int(&tally, 2, (int64_t)chunks);
	query_int(&tally, 3, (int64_t)bytes);
	return query_run_one(&tally);
}

int catalog_leave_copyset(struct catalog *catalog, int64_t copyset, uint64_t size, struct error *error)
{
	struct query query = query_begin(catalog, SQL_COPYSET_COUNT, error);
	query_int(&query, 1, copyset);
	query_int(&query, 2, -1);
	query_int(&query, 3, -(int64_t)size);
	return query_run_one(&query);
}

int catalog_each_copyset(
	struct catalog *catalog, catalog_copyset_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_COPYSET_EACH, error);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_copyset copyset = {.id = query_get_int(&query, 0)};
		query_get_copyset(&query, 1, &copyset.want, copyset.nodes, &copyset.node_count);
		copyset.chunks = (uint64_t)query_get_int(&query, 3);
		copyset.bytes = (uint64_t)query_get_int(&query, 4);
		visited = visit(context, &copyset, error);
	}
	int ended = query_end(&query);
	return visited < 0 ? visited : ended;
}

/* Whatever adds sizes up, books room or asks for buffers may rely on the bounds. */
static uint64_t get_size(struct query *query, int column)
{
	int64_t size = query_get_int(query, column);
	return size > 0 && size <= CHUNK_BYTES_MAX ? (uint64_t)size : 0;
}

void query_get_chunk(struct query *query, int column, struct catalog_chunk *chunk)
{
	chunk->id = query_get_int(query, column);
	query_get_digest(query, column + 1, &chunk->digest);
	chunk->size = get_size(query, column + 2);
	chunk->copyset = query_get_int(query, column + 3);
	query_get_copyset(query, column + 4, &chunk->want, chunk->nodes, &chunk->node_count);
}

int catalog_find_chunk(struct catalog *catalog, const struct digest *digest, struct catalog_chunk *chunk,
	struct error *error)
{
	struct query query = query_begin(catalog, SQL_CHUNK_FIND, error);
	query_blob(&query, 1, digest->bytes, 8);
	query_blob(&query, 2, digest->bytes, DIGEST_BYTES);
	int found = query_step(&query);
	if (found == 1)
		query_get_chunk(&query, 0, chunk);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_get_chunk(struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error)
{
	struct query query = query_begin(catalog, SQL_CHUNK_GET, error);
	query_int(&query, 1, id);
	int found = query_step(&query);
	if (found == 1)
		query_get_chunk(&query, 0, chunk);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_require_chunk(
	struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error)
{
	int found = catalog_get_chunk(catalog, id, chunk, error);
	if (found == 0)
		return error_set(error, ERROR_DAMAGED,
			"the catalog %s is damaged: an extent's chunk is not in it", catalog->path);
	return found < 0 ? -1 : 0;
}

int catalog_add_chunk(struct catalog *catalog, struct catalog_chunk *chunk, struct error *error)
{
	assert(catalog->writing);
	if (copyset_enter(catalog, chunk->want, chunk->nodes, chunk->node_count, 1, chunk->size,
		    &chunk->copyset, error) < 0)
		return -1;
	struct query query = query_begin(catalog, SQL_CHUNK_ADD, error);
	query_blob(&query, 1, chunk->digest.bytes, DIGEST_BYTES);
	query_int(&query, 2, (int64_t)chunk->size);
	query_int(&query, 3, chunk->copyset);
	if (query_run(&query) < 0)
		return -1;
	chunk->id = sqlite3_last_insert_rowid(catalog->db);
	if (chunk->size > catalog->state.largest_chunk_bytes)
		catalog->state.largest_chunk_bytes = chunk->size;
	return 0;
}

int catalog_place_chunk(struct catalog *catalog, struct catalog_chunk *chunk, struct error *error)
{
	assert(catalog->writing);
	int64_t old = chunk->copyset;
	if (catalog_leave_copyset(catalog, old, chunk->size, error) < 0 ||
		copyset_enter(catalog, chunk->want, chunk->nodes, chunk->node_count, 1, chunk->size,
			&chunk->copyset, error) < 0)
		return -1;
	if (chunk->copyset == old)
		return 0;
	struct query query = query_begin(catalog, SQL_CHUNK_MOVE, error);
	query_int(&query, 1, chunk->id);
	query_int(&query, 2, chunk->copyset);
	return query_run_one(&query);
}

/* Returns how many are left. */
static unsigned without_node(uint16_t *nodes, unsigned count, uint16_t node)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < count; i++)
		if (nodes[i] != node)
			nodes[kept++] = nodes[i];
	return kept;
}

int catalog_drop_replica(
	struct catalog *catalog, struct catalog_chunk *chunk, uint16_t node, struct error *error)
{
	chunk->node_count = without_node(chunk->nodes, chunk->node_count, node);
	return catalog_place_chunk(catalog, chunk, error);
}

static int take_page(struct query *query, int64_t after, struct catalog_chunk *chunks, int limit)
{
	query_int(query, 1, after);
	query_int(query, 2, limit);
	int count = 0;
	while (count < limit && query_step(query) == 1) {
		query_get_chunk(query, 0, &chunks[count]);
		query_require_progress(query, chunks[count].id > after);
		after = chunks[count++].id;
	}
	return query_end(query) < 0 ? -1 : count;
}

int catalog_page_chunks(struct catalog *catalog, int64_t copyset, int64_t after, struct catalog_chunk *chunks,
	int limit, struct error *error)
{
	struct query query =
		query_begin(catalog, copyset ? SQL_CHUNK_PAGE_OF_COPYSET : SQL_CHUNK_PAGE, error);
	if (copyset)
		query_int(&query, 3, copyset);
	return take_page(&query, after, chunks, limit);
}

int catalog_page_lost(
	struct catalog *catalog, int64_t after, struct catalog_chunk *chunks, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_CHUNK_PAGE_LOST, error);
	return take_page(&query, after, chunks, limit);
}

int catalog_highest_chunk(struct catalog *catalog, int64_t *id, struct error *error)
{
	struct query query = query_begin(catalog, SQL_CHUNK_HIGHEST, error);
	if (query_step(&query) == 1)
		*id = query_get_int(&query, 0);
	return query_end(&query);
}

int catalog_sweep_copysets(struct catalog *catalog, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_COPYSET_SWEEP, error);
	return query_run(&query);
}

/* ---- removing a node ---- */

/* Moves all chunks of a copyset at once to the one without `node`. */
static int move_copyset(
	struct catalog *catalog, struct catalog_copyset *copyset, uint16_t node, struct error *error)
{
	int64_t id = 0;
	copyset->node_count = without_node(copyset->nodes, copyset->node_count, node);
	if (copyset_enter(catalog, copyset->want, copyset->nodes, copyset->node_count, copyset->chunks,
		    copyset->bytes, &id, error) < 0)
		return -1;
	struct query move = query_begin(catalog, SQL_CHUNK_MOVE_ALL, error);
	query_int(&move, 1, copyset->id);
	query_int(&move, 2, id);
	if (query_run(&move) < 0)
		return -1;
	struct query empty = query_begin(catalog, SQL_COPYSET_EMPTY, error);
	query_int(&empty, 1, copyset->id);
	return query_run_one(&empty);
}

/* The copysets that name a node, a bounded number at a time, because moving chunks changes what the query reads. */
struct copysets_of {
	uint16_t node;
	struct catalog_copyset list[64];
	size_t count;
};

static int collect_copyset(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct copysets_of *of = context;
	bool names = false;
	for (unsigned i = 0; i < copyset->node_count; i++)
		names = names || copyset->nodes[i] == of->node;
	if (names && of->count < sizeof(of->list) / sizeof(*of->list))
		of->list[of->count++] = *copyset;
	return 0;
}

int catalog_remove_node(struct catalog *catalog, uint16_t id, uint64_t *chunks, struct error *error)
{
	assert(catalog->writing);
	struct copysets_of of = {.node = id};
	*chunks = 0;
	do {
		of.count = 0;
		if (catalog_each_copyset(catalog, collect_copyset, &of, error) < 0)
			return -1;
		for (size_t i = 0; i < of.count; i++) {
			*chunks += of.list[i].chunks;
			if (move_copyset(catalog, &of.list[i], id, error) < 0)
				return -1;
		}
	} while (of.count > 0);
	static const enum statement deletions[] = {
		SQL_NODE_REMOVE_BAD, SQL_NODE_REMOVE_STRAYS, SQL_NODE_REMOVE};
	for (size_t i = 0; i < sizeof(deletions) / sizeof(*deletions); i++) {
		struct query query = query_begin(catalog, deletions[i], error);
		query_int(&query, 1, id);
		if (query_run(&query) < 0)
			return -1;
	}
	facts_node_removed(catalog, id);
	return catalog_sweep_copysets(catalog, error);
}

/* ---- bad copies ---- */

int catalog_add_bad_replica(struct catalog *catalog, struct catalog_chunk *chunk, uint16_t node,
	const char *reason, struct error *error)
{
	assert(catalog->writing);
	if (catalog_drop_replica(catalog, chunk, node, error) < 0)
		return -1;
	struct query query = query_begin(catalog, SQL_BAD_ADD, error);
	query_int(&query, 1, chunk->id);
	query_int(&query, 2, node);
	query_int(&query, 3, catalog->env->time->wall_ms(catalog->env->time));
	query_text(&query, 4, reason);
	return query_run(&query);
}

int catalog_clear_bad_replicas(struct catalog *catalog, int64_t chunk, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_BAD_CLEAR, error);
	query_int(&query, 1, chunk);
	return query_run(&query);
}

int catalog_page_bad(struct catalog *catalog, int64_t after, int64_t *chunks, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_BAD_PAGE, error);
	query_int(&query, 1, after);
	query_int(&query, 2, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		chunks[count] = query_get_int(&query, 0);
		query_require_progress(&query, chunks[count] > after);
		after = chunks[count++];
	}
	return query_end(&query) < 0 ? -1 : count;
}

int catalog_bad_replicas(
	struct catalog *catalog, int64_t chunk, uint16_t *nodes, unsigned *count, struct error *error)
{
	*count = 0;
	struct query query = query_begin(catalog, SQL_BAD_OF_CHUNK, error);
	query_int(&query, 1, chunk);
	query_int(&query, 2, COPYSET_MAX);
	while (query_step(&query) == 1)
		nodes[(*count)++] = (uint16_t)query_get_int(&query, 0);
	return query_end(&query);
}

int catalog_sample_files(struct catalog *catalog, int64_t copyset, unsigned limit, catalog_name_visit *visit,
	void *context, struct error *error)
{
	struct query query = query_begin(catalog, copyset ? SQL_SAMPLE_COPYSET : SQL_SAMPLE_BAD, error);
	if (copyset) {
		query_int(&query, 1, copyset);
		query_int(&query, 2, limit);
	} else {
		query_int(&query, 1, limit);
	}
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		char name[STORE_NAME_MAX + 2];
		query_get_text(&query, 0, name, sizeof(name));
		visited = visit(context, name, (uint64_t)query_get_int(&query, 1), error);
	}
	int ended = query_end(&query);
	return visited < 0 ? visited : ended;
}

int catalog_name_chunk(struct catalog *catalog, int64_t chunk, char *out, size_t size, struct error *error)
{
	out[0] = '\0';
	struct query query = query_begin(catalog, SQL_CHUNK_NAME, error);
	query_int(&query, 1, chunk);
	if (query_step(&query) == 1) {
		query_get_text(&query, 0, out, size);
		size_t length = strlen(out);
		if (!query_get_int(&query, 2))
			snprintf(out + length, size - length, "@%lld", (long long)query_get_int(&query, 1));
	}
	return query_end(&query);
}

/* ---- extents ---- */

bool catalog_extent_fits(const struct catalog_extent *extent, const struct catalog_chunk *chunk)
{
	return chunk->size > 0 && extent->offset <= chunk->size &&
	       extent->length <= chunk->size - extent->offset;
}

int catalog_add_extent(
	struct catalog *catalog, int64_t version_id, const struct catalog_extent *extent, struct error *error)
{
	assert(catalog->writing);
	struct catalog_extent described = *extent;
	struct catalog_chunk chunk;
	if (!extent->digest) {
		if (catalog_require_chunk(catalog, extent->chunk, &chunk, error) < 0)
			return -1;
		described.digest = &chunk.digest;
		described.chunk_size = chunk.size;
	}
	facts_extent(catalog, version_id, &described);
	struct query query = query_begin(catalog, SQL_EXTENT_ADD, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, (int64_t)extent->position);
	query_int(&query, 3, extent->chunk);
	if (extent->part) {
		query_int(&query, 4, (int64_t)extent->offset);
		query_int(&query, 5, (int64_t)extent->length);
	}
	return query_run(&query);
}

int catalog_extents(struct catalog *catalog, int64_t version_id, uint64_t position,
	struct catalog_extent *extents, struct catalog_chunk *chunks, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EXTENT_LIST, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, (int64_t)position);
	query_int(&query, 3, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		struct catalog_extent *extent = &extents[count];
		struct catalog_chunk *chunk = &chunks[count++];
		query_get_chunk(&query, 0, chunk);
		extent->chunk = chunk->id;
		extent->position = (uint64_t)query_get_int(&query, 6);
		query_require_progress(&query, extent->position >= position);
		position = extent->position + 1;
		extent->part = sqlite3_column_type(query.statement, 8) != SQLITE_NULL;
		extent->offset = extent->part ? (uint64_t)query_get_int(&query, 7) : 0;
		extent->length = extent->part ? (uint64_t)query_get_int(&query, 8) : chunk->size;
	}
	if (query_end(&query) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (!catalog_extent_fits(&extents[i], &chunks[i]))
			return error_set(error, ERROR_DAMAGED,
				"the catalog %s is damaged: an extent reaches past its chunk", catalog->path);
	}
	return count;
}

static void put_number(uint8_t out[8], uint64_t number)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(number >> (56 - 8 * i));
}

int catalog_read_manifest(struct catalog *catalog, int64_t version_id, struct digest *manifest,
	uint64_t *bytes, struct error *error)
{
	enum { PAGE = 64 };
	struct catalog_extent extents[PAGE];
	struct catalog_chunk chunks[PAGE];
	uint64_t position = 0;
	int count;
	*bytes = 0;
	struct digest_stream *stream = digest_stream_new();
	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot read what a version consists of");
	while ((count = catalog_extents(catalog, version_id, position, extents, chunks, PAGE, error)) > 0) {
		for (int i = 0; i < count; i++) {
			uint8_t numbers[16];
			put_number(numbers, extents[i].offset);
			put_number(numbers + 8, extents[i].length);
			digest_stream_add(stream, chunks[i].digest.bytes, DIGEST_BYTES);
			digest_stream_add(stream, numbers, sizeof(numbers));
			*bytes += extents[i].length;
		}
		position = extents[count - 1].position + 1;
	}
	*manifest = digest_stream_finish(stream);
	digest_stream_free(stream);
	return count < 0 ? -1 : 0;
}

int catalog_find_shared(struct catalog *catalog, const struct digest *digest, uint64_t size,
	struct catalog_extent *extent, struct catalog_chunk *chunk, struct error *error)
{
	struct query query = query_begin(catalog, SQL_SHARED_FIND, error);
	query_blob(&query, 1, digest->bytes, 8);
	query_blob(&query, 2, digest->bytes, DIGEST_BYTES);
	query_int(&query, 3, (int64_t)size);
	int found = query_step(&query);
	if (found == 1) {
		query_get_chunk(&query, 0, chunk);
		*extent = (struct catalog_extent){
			.chunk = chunk->id,
			.part = true,
			.offset = (uint64_t)query_get_int(&query, 6),
			.length = (uint64_t)query_get_int(&query, 7),
		};
	}
	return query_end(&query) < 0 ? -1 : found;
}

/* ---- want ---- */

/* Works through the file's extents in pages, because placing a chunk changes what the query reads. */
int catalog_refresh_want(struct catalog *catalog, int64_t file_id, struct error *error)
{
	enum { PAGE = 64 };
	assert(catalog->writing);
	int64_t number = 0, position = -1;
	int count = PAGE;
	while (count == PAGE) {
		struct catalog_chunk page[PAGE];
		unsigned wanted[PAGE];
		struct query query = query_begin(catalog, SQL_WANT_OF_FILE, error);
		query_int(&query, 1, file_id);
		query_int(&query, 2, number);
		query_int(&query, 3, position);
		for (count = 0; count < PAGE && query_step(&query) == 1; count++) {
			query_get_chunk(&query, 0, &page[count]);
			wanted[count] = (unsigned)query_get_int(&query, 6);
			number = query_get_int(&query, 7);
			position = query_get_int(&query, 8);
		}
		if (query_end(&query) < 0)
			return -1;
		for (int i = 0; i < count; i++) {
			/* A chunk may occur twice on a page: look at what it is now. */
			struct catalog_chunk chunk;
			if (page[i].want == wanted[i])
				continue;
			if (catalog_require_chunk(catalog, page[i].id, &chunk, error) < 0)
				return -1;
			if (chunk.want == wanted[i])
				continue;
			chunk.want = wanted[i];
			if (catalog_place_chunk(catalog, &chunk, error) < 0)
				return -1;
		}
	}
	return 0;
}
