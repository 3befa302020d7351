/*
 * inquiry_nodes.c: what one node holds, and what each pair of nodes has in common. Both follow from the copysets.
 */
#include <stdio.h>
#include <string.h>

#include "engine/inquiry_private.h"

/* ---- pairs ---- */

static void add_chunks(uint32_t *cell, uint64_t chunks)
{
	*cell = chunks < UINT32_MAX - *cell ? *cell + (uint32_t)chunks : UINT32_MAX;
}

/* The rows of the matrix: by index of node, or `count` for one that is not shown. */
static size_t number_rows(struct search *search, const char **names, size_t *rows)
{
	const struct world *world = search->world;
	size_t count = 0;
	for (size_t i = 0; i < world->node_count; i++) {
		rows[i] = SIZE_MAX;
		if (world->nodes[i].forgotten)
			continue;
		names[count] = arena_text(search->arena, world->nodes[i].name);
		rows[i] = count++;
	}
	return count;
}

static void fill_pairs(const struct world *world, const size_t *rows, uint32_t *chunks, size_t count)
{
	for (size_t c = 0; c < world->copyset_count; c++) {
		const struct world_copyset *copyset = &world->copysets[c];
		size_t held[COPYSET_MAX], held_count = 0;
		for (unsigned h = 0; h < copyset->holder_count; h++) {
			size_t at = world->index_by_id[world->holders[copyset->holders + h]];
			if (at < world->node_count && rows[at] != SIZE_MAX)
				held[held_count++] = rows[at];
		}
		for (size_t a = 0; a < held_count; a++)
			for (size_t b = 0; b < held_count; b++)
				add_chunks(&chunks[held[a] * count + held[b]], copyset->chunks);
	}
}

int inquiry_pairs(struct search *search, struct error *error)
{
	const struct world *world = search->world;
	struct answer *answer = search->answer;
	size_t rows[STORE_NODES_MAX];
	const char **names = search_alloc(search, world->node_count, sizeof(*names), error);
	if (!names)
		return -1;
	size_t count = number_rows(search, names, rows);
	uint32_t *chunks = search_alloc(search, count * count, sizeof(*chunks), error);
	if (!chunks)
		return -1;
	fill_pairs(world, rows, chunks, count);
	for (size_t i = 0; i < count * count; i++)
		if (i % (count + 1) != 0 && chunks[i] > answer->pairs.most)
			answer->pairs.most = chunks[i];
	answer->pairs.nodes = names;
	answer->pairs.count = count;
	answer->pairs.chunks = chunks;
	return 0;
}

/* ---- one node ---- */

enum { FILES_SHOWN = 8, USERS_SAMPLED = 32, COPYSETS_SAMPLED = 64 };

struct file_sample {
	struct search *search;
	const char **files;
	size_t count;
};

static int add_file(void *context, const char *name, uint64_t number, bool current, struct error *error)
{
	(void)error;
	struct file_sample *sample = context;
	struct arena *arena = sample->search->arena;
	char shown[STORE_NAME_MAX + 32];
	if (current)
		snprintf(shown, sizeof(shown), "%s", name);
	else
		snprintf(shown, sizeof(shown), "%s@%llu", name, (unsigned long long)number);
	for (size_t i = 0; i < sample->count; i++)
		if (strcmp(sample->files[i], shown) == 0)
			return 0;
	sample->files[sample->count++] = arena_text(arena, shown);
	return sample->count == FILES_SHOWN;
}

/* Files that have nothing but this node first. */
static int sample_files(struct search *search, uint16_t node, struct error *error)
{
	const struct world *world = search->world;
	struct answer *answer = search->answer;
	struct file_sample sample = {.search = search};
	sample.files = search_alloc(search, FILES_SHOWN, sizeof(*sample.files), error);
	if (!sample.files)
		return -1;
	size_t sampled = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < world->copyset_count && sampled < COPYSETS_SAMPLED; i++) {
			const struct world_copyset *copyset = &world->copysets[i];
			if ((copyset->live <= 1) != (pass == 0) || !world_holds(world, copyset, node))
				continue;
			sampled++;
			if (sample.count < FILES_SHOWN &&
				catalog_sample_users(search->catalog, copyset->id, USERS_SAMPLED, add_file,
					&sample, error) < 0)
				return -1;
		}
	}
	answer->node.files = sample.files;
	answer->node.file_count = sample.count;
	return 0;
}

int inquiry_node(struct search *search, struct error *error)
{
	const struct world *world = search->world;
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	size_t at = world_find_node(world, question->node.name);
	if (at == world->node_count)
		return error_set(error, ERROR_NOT_FOUND,
			"there is no node '%s'; 'linckia node list' shows them", question->node.name);
	const struct world_node *node = &world->nodes[at];
	answer->node.name = arena_text(search->arena, node->name);
	for (size_t i = 0; node->id && i < world->copyset_count; i++) {
		const struct world_copyset *copyset = &world->copysets[i];
		if (!world_holds(world, copyset, node->id))
			continue;
		answer->node.chunks += copyset->chunks;
		answer->node.bytes += copyset->bytes;
		answer->node.by_live[copyset->live < 16 ? copyset->live : 16] += copyset->chunks;
		if (copyset->live == 1 && node->readable) {
			answer->node.only_here += copyset->chunks;
			answer->node.only_here_bytes += copyset->bytes;
		}
	}
	return sample_files(search, node->id, error);
}
