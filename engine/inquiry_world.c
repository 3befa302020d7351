/*
 * inquiry_world.c: the nodes and copysets that questions are judged by.
 *
 * A chunk's copies follow from its copyset, and there are far fewer copysets than chunks. So they are kept in memory
 * for as long as the catalog stays at the same commit, and a question about a million chunks looks up numbers. Which
 * nodes answer is asked anew for each question.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inquiry_private.h"

/* ---- nodes ---- */

static void describe_node(struct node *node, struct world_node *out)
{
	struct node_status status;
	node_status(node, &status);
	uint64_t full = (uint64_t)((double)status.capacity_bytes * NODE_FULL_RATIO);
	uint64_t used = status.used_bytes + status.writing_bytes;
	const struct node_attachment *attachment = node_reading(node);
	*out = (struct world_node){
		.id = node->id,
		.name = node->name,
		.forgotten = status.forgotten,
		.readable = node->id != 0 && status.readable,
		.target = node->id != 0 && status.writable && !status.slow && !status.suspect,
		.room_bytes = used < full ? full - used : 0,
		.device = attachment ? attachment->device : 0,
	};
	pthread_mutex_lock(&node->mutex);
	out->free_bytes = (uint64_t)((double)node->filesystem_bytes * NODE_FULL_RATIO);
	pthread_mutex_unlock(&node->mutex);
}

static void look_at_nodes(struct store *store, struct world *world)
{
	uint64_t digest = world->sequence;
	world->node_count = store->node_count;
	for (size_t id = 0; id < 65536; id++)
		world->index_by_id[id] = (uint16_t)world->node_count;
	for (size_t i = 0; i < world->node_count; i++) {
		struct world_node *node = &world->nodes[i];
		describe_node(&store->nodes[i], node);
		if (node->id)
			world->index_by_id[node->id] = (uint16_t)i;
		digest = (digest ^ ((uint64_t)node->id << 1 | node->readable)) * UINT64_C(0x100000001b3);
	}
	world->digest = digest;
}

size_t world_find_node(const struct world *world, const char *name)
{
	for (size_t i = 0; i < world->node_count; i++)
		if (!world->nodes[i].forgotten && strcmp(world->nodes[i].name, name) == 0)
			return i;
	return world->node_count;
}

/* Nodes on one device count on the same free bytes, which can be given only once. */
uint64_t world_room(const struct world *world, const uint64_t *demand)
{
	uint64_t room = 0;
	for (size_t i = 0; i < world->node_count; i++) {
		const struct world_node *node = &world->nodes[i];
		uint64_t together = 0;
		bool first = node->target;
		for (size_t j = 0; node->target && j < world->node_count; j++) {
			const struct world_node *other = &world->nodes[j];
			if (!other->target || (j != i && (!node->device || other->device != node->device)))
				continue;
			together += demand && demand[j] < other->room_bytes ? demand[j] : other->room_bytes;
			first = first && j >= i;
		}
		if (first)
			room += together < node->free_bytes ? together : node->free_bytes;
	}
	return room;
}

/* ---- copysets ---- */

/* Doubles a list that is full. */
static int make_room(void **list, size_t count, size_t *room, size_t size, struct error *error)
{
	if (count < *room)
		return 0;
	size_t more = *room ? 2 * *room : 64;
	void *grown = reallocarray(*list, more, size);
	if (!grown)
		return error_set_errno(error, ENOMEM, "cannot look at the copysets");
	*list = grown;
	*room = more;
	return 0;
}

static int add_copyset(void *context, const struct catalog_copyset *from, struct error *error)
{
	struct world *world = context;
	if (make_room((void **)&world->copysets, world->copyset_count, &world->copyset_room,
		    sizeof(*world->copysets), error) < 0)
		return -1;
	world->copysets[world->copyset_count++] = (struct world_copyset){
		.id = from->id,
		.chunks = from->chunks,
		.bytes = from->bytes,
		.holders = (uint32_t)world->holder_count,
		.holder_count = (uint8_t)from->node_count,
		.want = (uint8_t)(from->want < 255 ? from->want : 255),
	};
	for (unsigned i = 0; i < from->node_count; i++) {
		if (make_room((void **)&world->holders, world->holder_count, &world->holder_room,
			    sizeof(*world->holders), error) < 0)
			return -1;
		world->holders[world->holder_count++] = from->nodes[i];
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct world_copyset *left = a, *right = b;
	return (left->id > right->id) - (left->id < right->id);
}

static int load_copysets(struct search *search, uint64_t sequence, struct error *error)
{
	struct world *world = search->world;
	world->loaded = false;
	world->copyset_count = world->holder_count = 0;
	/* What the nodes hold, and which of them an operator failed, is as of the same commit or a later one. */
	if (store_refresh_nodes(search->store, error) < 0 ||
		catalog_each_copyset(search->catalog, add_copyset, world, error) < 0)
		return -1;
	if (world->copyset_count)
		qsort(world->copysets, world->copyset_count, sizeof(*world->copysets), by_id);
	world->sequence = sequence;
	world->loaded = true;
	return 0;
}

void world_judge(struct world *world)
{
	for (size_t i = 0; i < world->copyset_count; i++) {
		struct world_copyset *copyset = &world->copysets[i];
		copyset->live = 0;
		for (unsigned h = 0; h < copyset->holder_count; h++) {
			size_t at = world->index_by_id[world->holders[copyset->holders + h]];
			copyset->live += at < world->node_count && world->nodes[at].readable;
		}
	}
}

int world_look(struct search *search, uint64_t sequence, struct error *error)
{
	struct world *world = search->world;
	if ((!world->loaded || world->sequence != sequence) && load_copysets(search, sequence, error) < 0)
		return -1;
	look_at_nodes(search->store, world);
	world_judge(world);
	return 0;
}

const struct world_copyset *world_find(const struct world *world, int64_t id, struct error *error)
{
	const struct world_copyset *found = NULL;
	/* A small store's copysets are numbered without gaps. */
	if (id >= 1 && (uint64_t)id <= world->copyset_count && world->copysets[id - 1].id == id)
		return &world->copysets[id - 1];
	const struct world_copyset key = {.id = id};
	if (world->copyset_count)
		found = bsearch(&key, world->copysets, world->copyset_count, sizeof(key), by_id);
	if (!found)
		error_set(error, ERROR_DAMAGED,
			"the catalog is damaged: a chunk is in the copyset %lld, which has no chunks",
			(long long)id);
	return found;
}

bool world_holds(const struct world *world, const struct world_copyset *copyset, uint16_t node)
{
	for (unsigned h = 0; h < copyset->holder_count; h++)
		if (world->holders[copyset->holders + h] == node)
			return true;
	return false;
}

void world_release(struct world *world)
{
	free(world->copysets);
	free(world->holders);
}
