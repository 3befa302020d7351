/*
 * inquiry_file.c: what a list shows of files, one file with all its versions and chunks, and one chunk.
 *
 * A file's worst chunk is found by looking up the copyset of each of its chunks: 0.15 µs each, so 150 ms for a
 * million. Large files' worst chunks are therefore remembered until a commit or a node changes something.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inquiry_private.h"

enum { EXTENTS_MANY = 4096 };

/* ---- the worst chunk ---- */

struct worst_search {
	const struct world *world;
	struct world_worst worst;
	int64_t last; /* the copyset before */
};

static int visit_worst(void *context, int64_t id, struct error *error)
{
	struct worst_search *found = context;
	if (id == found->last)
		return 0;
	found->last = id;
	const struct world_copyset *copyset = world_find(found->world, id, error);
	if (!copyset)
		return -1;
	struct world_worst *worst = &found->worst;
	if (copyset->live < worst->live || (copyset->live == worst->live && copyset->want > worst->want))
		*worst = (struct world_worst){worst->version_id, copyset->live, copyset->want};
	return 0;
}

static int find_worst(struct search *search, int64_t version_id, uint64_t extents, struct world_worst *worst,
	struct error *error)
{
	struct world *world = search->world;
	struct world_worst *kept = &world->worst[(uint64_t)version_id % WORLD_WORST_KEPT];
	if (world->worst_digest != world->digest) {
		memset(world->worst, 0, sizeof(world->worst));
		world->worst_digest = world->digest;
	}
	if (kept->version_id == version_id) {
		*worst = *kept;
		return 0;
	}
	struct worst_search found = {.world = world, .worst = {version_id, UINT16_MAX, 0}};
	if (catalog_each_extent_copyset(search->catalog, version_id, visit_worst, &found, error) < 0)
		return -1;
	*worst = found.worst;
	if (extents >= EXTENTS_MANY)
		*kept = found.worst;
	return 0;
}

/* ---- rows ---- */

static int fill_row(struct search *search, const struct catalog_file *file, struct answer_file_row *row,
	struct error *error)
{
	struct catalog_bytes name = {file->name, strlen(file->name)};
	if (file->kind == ENTRY_FOLDER && name.length && name.bytes[name.length - 1] == '/')
		name.length--;
	*row = (struct answer_file_row){
		.id = file->file,
		.name = search_copy(search, name),
		.kind = file->kind,
		.version = file->removed ? 0 : file->number,
		.versions = file->versions,
		.size_bytes = file->size,
		.stored_ms = file->stored_ms,
		.mtime_ns = file->mtime_ns,
		.ended_ms = file->removed ? file->ended_ms : 0,
		.removed = file->removed,
		.replication_factor = file->replication_factor,
		.chunks = file->extents,
		.worst_live = -1,
	};
	struct world_worst worst;
	if (file->extents == 0)
		return 0;
	if (find_worst(search, file->version_id, file->extents, &worst, error) < 0)
		return -1;
	if (worst.want || worst.live != UINT16_MAX) {
		row->worst_live = (int)worst.live;
		row->want = worst.want;
	}
	return 0;
}

int inquiry_rows(struct search *search, struct error *error)
{
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	struct answer_file_row *rows = search_alloc(search, question->rows.count, sizeof(*rows), error);
	struct catalog_file *file = malloc(sizeof(*file));
	int result = rows && file ? 0 : error_set_errno(error, ENOMEM, "cannot list the files");
	for (size_t i = 0; result == 0 && i < question->rows.count; i++) {
		int found = catalog_get_file(search->catalog, question->rows.ids[i], file, error);
		if (found < 0 || search_goes_on(search, error) < 0)
			result = -1;
		else if (found && file->removed == question->rows.removed)
			result = fill_row(search, file, &rows[answer->rows.count++], error);
	}
	answer->rows.rows = rows;
	free(file);
	return result;
}

/* ---- one file ---- */

struct version_list {
	struct search *search;
	struct answer_version *versions;
	struct version_life *lives; /* of each of them */
	size_t count, room;
	/* The version that the question is about. */
	uint64_t asked;
	int64_t asked_id;
	uint64_t asked_extents;
};

static int add_version(void *context, const struct catalog_version *version, struct error *error)
{
	struct version_list *list = context;
	if (list->count == list->room) {
		size_t more = list->room ? 2 * list->room : 64;
		struct answer_version *grown = reallocarray(list->versions, more, sizeof(*grown));
		if (!grown)
			return error_set_errno(error, ENOMEM, "cannot list the versions");
		list->versions = grown;
		struct version_life *lives = reallocarray(list->lives, more, sizeof(*lives));
		if (!lives)
			return error_set_errno(error, ENOMEM, "cannot list the versions");
		list->lives = lives;
		list->room = more;
	}
	list->lives[list->count] =
		(struct version_life){version->id, version->born, version->died, version->extents};
	struct answer_version *out = &list->versions[list->count++];
	*out = (struct answer_version){
		.number = version->number,
		.current = version->current,
		.kind = version->kind,
		.size_bytes = version->size,
		.chunks = version->extents,
		.stored_ms = version->stored_ms,
		.mtime_ns = version->mtime_ns,
		.ended_ms = version->ended_ms,
	};
	if (version->kind != ENTRY_FOLDER)
		digest_hex(&version->digest, out->sha256);
	if (version->number == list->asked) {
		list->asked_id = version->id;
		list->asked_extents = version->extents;
	}
	return 0;
}

/*
 * Finds the file, and which version is meant: `number` 0 for the current one, or the last of a name that was removed.
 */
static int find_version(struct search *search, int64_t id, uint64_t number, struct catalog_file *file,
	struct version_list *list, struct error *error)
{
	int found = catalog_get_file(search->catalog, id, file, error);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND, "there is no such file in the store");
	*list = (struct version_list){.search = search, .asked = number ? number : file->number};
	if (catalog_each_version(search->catalog, id, add_version, list, error) < 0)
		return -1;
	if (!list->asked_id)
		return error_set(error, ERROR_NOT_FOUND, "'%s' has no version %llu", file->name,
			(unsigned long long)list->asked);
	return 0;
}

struct live_map {
	struct search *search;
	uint8_t *live, *want;
	uint64_t count, room;
};

static int map_chunk(void *context, int64_t id, struct error *error)
{
	struct live_map *map = context;
	const struct world_copyset *copyset = world_find(map->search->world, id, error);
	if (!copyset)
		return -1;
	if (map->count < map->room) {
		map->live[map->count] = copyset->live;
		map->want[map->count] = copyset->want;
	}
	map->count++;
	return 0;
}

static int map_chunks(struct search *search, const struct catalog_file *file, const struct version_list *list,
	struct error *error)
{
	struct live_map map = {.search = search, .room = list->asked_extents};
	map.live = search_alloc(search, map.room, 1, error);
	map.want = search_alloc(search, map.room, 1, error);
	if (!map.live || !map.want)
		return error_set_errno(error, ENOMEM, "cannot hold a map of the %llu chunks of '%s'",
			(unsigned long long)map.room, file->name);
	if (catalog_each_extent_copyset(search->catalog, list->asked_id, map_chunk, &map, error) < 0)
		return -1;
	if (map.count != map.room)
		return error_set(error, ERROR_DAMAGED,
			"the catalog is damaged: '%s' has %llu chunks, and %llu of them are known",
			file->name, (unsigned long long)map.room, (unsigned long long)map.count);
	search->answer->file.live = map.live;
	search->answer->file.want = map.want;
	search->answer->file.chunk_count = map.count;
	return 0;
}

static int describe_file(
	struct search *search, struct catalog_file *file, struct version_list *list, struct error *error)
{
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	if (find_version(search, question->file.id, question->file.version, file, list, error) < 0 ||
		fill_row(search, file, &answer->file.row, error) < 0)
		return -1;
	struct answer_version *versions = search_alloc(search, list->count, sizeof(*versions), error);
	if (!versions)
		return -1;
	memcpy(versions, list->versions, list->count * sizeof(*versions));
	answer->file.versions = versions;
	answer->file.version_count = list->count;
	answer->file.version = list->asked;
	if (history_mark(search, versions, list->lives, list->count, error) < 0)
		return -1;
	return map_chunks(search, file, list, error);
}

int inquiry_file(struct search *search, struct error *error)
{
	struct version_list list = {0};
	struct catalog_file *file = malloc(sizeof(*file));
	int result = file ? describe_file(search, file, &list, error)
			  : error_set_errno(error, ENOMEM, "cannot describe the file");
	free(list.versions);
	free(list.lives);
	free(file);
	return result;
}

/* ---- one chunk ---- */

static int list_replicas(struct search *search, const struct catalog_chunk *chunk, struct error *error)
{
	const struct world *world = search->world;
	struct answer *answer = search->answer;
	uint16_t bad[COPYSET_MAX];
	unsigned bad_count;
	if (catalog_bad_replicas(search->catalog, chunk->id, bad, &bad_count, error) < 0)
		return -1;
	struct answer_replica *replicas = search_alloc(search, 2 * COPYSET_MAX, sizeof(*replicas), error);
	if (!replicas)
		return -1;
	size_t count = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		size_t at = world->index_by_id[chunk->nodes[i]];
		if (at < world->node_count)
			replicas[count++] =
				(struct answer_replica){arena_text(search->arena, world->nodes[at].name),
					world->nodes[at].readable ? REPLICA_LIVE : REPLICA_UNREACHABLE};
	}
	for (unsigned i = 0; i < bad_count; i++) {
		size_t at = world->index_by_id[bad[i]];
		if (at < world->node_count && !catalog_is_placed(chunk, bad[i]))
			replicas[count++] = (struct answer_replica){
				arena_text(search->arena, world->nodes[at].name), REPLICA_BAD};
	}
	answer->chunk.replicas = replicas;
	answer->chunk.replica_count = count;
	return 0;
}

static int describe_chunk(
	struct search *search, struct catalog_file *file, struct version_list *list, struct error *error)
{
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	struct catalog_extent extent;
	struct catalog_chunk chunk;
	if (find_version(search, question->chunk.id, question->chunk.version, file, list, error) < 0)
		return -1;
	int found = catalog_get_extent(search->catalog, list->asked_id, list->asked_extents,
		question->chunk.index, &extent, &chunk, error);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND, "'%s' has no chunk %llu", file->name,
			(unsigned long long)question->chunk.index + 1);
	digest_hex(&chunk.digest, answer->chunk.sha256);
	answer->chunk.index = question->chunk.index;
	answer->chunk.size_bytes = chunk.size;
	answer->chunk.offset = extent.offset;
	answer->chunk.length = extent.length;
	answer->chunk.want = chunk.want;
	return list_replicas(search, &chunk, error);
}

int inquiry_chunk(struct search *search, struct error *error)
{
	struct version_list list = {0};
	struct catalog_file *file = malloc(sizeof(*file));
	int result = file ? describe_chunk(search, file, &list, error)
			  : error_set_errno(error, ENOMEM, "cannot describe the chunk");
	free(list.versions);
	free(list.lives);
	free(file);
	return result;
}
