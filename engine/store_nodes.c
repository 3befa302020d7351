/*
 * store_nodes.c: the nodes of an open store: which is which, what the catalog says of them, and where a chunk goes.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/links.h"
#include "engine/placement.h"
#include "engine/store.h"

enum { PROBE_FRESH_NS = 50000000 };

struct node *store_node_by_id(struct store *store, uint16_t id)
{
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].id == id)
			return &store->nodes[i];
	return NULL;
}

struct node *store_node_by_name(struct store *store, const char *name)
{
	for (size_t i = store->node_count; i > 0; i--)
		if (strcmp(store->nodes[i - 1].name, name) == 0)
			return &store->nodes[i - 1];
	return NULL;
}

unsigned store_number_zone(const struct store *store, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(store->nodes[i].zone, store->nodes[j].zone) == 0)
			return store->nodes[j].zone_index;
	return (unsigned)i;
}

/* ---- looking at them ---- */

void store_probe_nodes(struct store *store)
{
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].path[0])
			node_probe(&store->nodes[i]);
	atomic_store(&store->probed_ns, store->env->time->monotonic_ns(store->env->time));
}

bool store_has_just_probed(struct store *store)
{
	int64_t now = store->env->time->monotonic_ns(store->env->time);
	return now - atomic_load(&store->probed_ns) < PROBE_FRESH_NS;
}

/* ---- as the catalog has them ---- */

struct refresh {
	struct store *store;
	bool seen[STORE_NODES_MAX];
	bool revived[STORE_NODES_MAX]; /* by the operator */
};

/* A node that another process has added since the store was opened. */
static int add_new_node(struct store *store, const struct config_node *entry, const struct catalog_node *from,
	struct error *error)
{
	struct node *node = &store->nodes[store->node_count];
	if (store->node_count == STORE_NODES_MAX)
		return 0;
	if (node_init(node, store->env, entry->name, entry->zone, entry->path, error) < 0)
		return -1;
	node->traffic = store->traffic;
	links_add_node(store, node);
	node_set_capacity(node, entry->capacity_bytes, entry->weight);
	node_remember(node, from->id, from->uuid);
	snprintf(node->store_uuid, sizeof(node->store_uuid), "%s", catalog_store_uuid(store->reader));
	node->zone_index = store_number_zone(store, store->node_count);
	node_set_failed(node, from->failed);
	node_set_draining(node, from->draining);
	node_probe(node);
	store->node_count++;
	return 0;
}

/*
 * A node that the catalog knows and we do not: the config tells where it is. One that we know by its name, from the
 * config or as part of the store until lately, is the same only in the same place. The usage mutex is held.
 */
static int take_in(struct store *store, const struct catalog_node *from, struct error *error)
{
	struct config *config = NULL;
	if (config_load(store->config->path, &config, error) < 0)
		return -1;
	const struct config_node *entry = config_find_node(config, from->name);
	struct node *known = store_node_by_name(store, from->name);
	int result = 0;
	if (entry && known && strcmp(known->path, entry->path) == 0 &&
		strcmp(known->zone, entry->zone) == 0) {
		node_remember(known, from->id, from->uuid);
		node_probe(known);
	} else if (entry) {
		if (known)
			node_forget(known);
		result = add_new_node(store, entry, from, error);
	}
	config_free(config);
	return result;
}

static int refresh_node(void *context, const struct catalog_node *from, struct error *error)
{
	struct refresh *refresh = context;
	struct store *store = refresh->store;
	struct node *node = store_node_by_id(store, from->id);
	if (node && strcmp(node->uuid, from->uuid) != 0) {
		/* Its number is another's by now. */
		node_forget(node);
		node = NULL;
	}
	if (!node) {
		/* The config may be wrong just now; the next refresh tries again. */
		struct error ignored;
		if (take_in(store, from, &ignored) < 0)
			return 0;
		node = store_node_by_id(store, from->id);
	}
	(void)error;
	if (!node)
		return 0;
	refresh->seen[node - store->nodes] = true;
	pthread_mutex_lock(&node->mutex);
	refresh->revived[node - store->nodes] = node->failed_by_operator && !from->failed;
	pthread_mutex_unlock(&node->mutex);
	node_set_failed(node, from->failed);
	node_set_draining(node, from->draining);
	node_set_verified(node, from->verified_ms);
	return 0;
}

struct known_nodes {
	struct store *store;
	bool *known;
};

static int note_known(void *context, const struct catalog_node *from, struct error *error)
{
	(void)error;
	const struct known_nodes *nodes = context;
	for (size_t i = 0; i < nodes->store->node_count; i++) {
		struct node *node = &nodes->store->nodes[i];
		if (node->id != from->id)
			continue;
		pthread_mutex_lock(&node->mutex);
		nodes->known[i] = strcmp(node->uuid, from->uuid) == 0;
		pthread_mutex_unlock(&node->mutex);
	}
	return 0;
}

int store_list_known(struct store *store, bool known[STORE_NODES_MAX], struct error *error)
{
	struct known_nodes nodes = {store, known};
	memset(known, 0, STORE_NODES_MAX * sizeof(*known));
	return catalog_each_node(store->writer, note_known, &nodes, error);
}

/* No larger than the numbers that nodes have: for most stores one page, in each thread that asks. */
struct usage {
	uint16_t *index_by_id; /* STORE_NODES_MAX: no node has the number */
	size_t ids;
	uint64_t bytes[STORE_NODES_MAX];
	uint64_t chunks;
};

static int usage_init(struct usage *usage, const struct store *store, struct error *error)
{
	memset(usage, 0, sizeof(*usage));
	for (size_t i = 0; i < store->node_count; i++)
		if (usage->ids <= store->nodes[i].id)
			usage->ids = (size_t)store->nodes[i].id + 1;
	usage->index_by_id = calloc(usage->ids + 1, sizeof(*usage->index_by_id));
	if (!usage->index_by_id)
		return error_set_errno(error, ENOMEM, "cannot sum up what the nodes hold");
	for (size_t id = 0; id < usage->ids; id++)
		usage->index_by_id[id] = STORE_NODES_MAX;
	for (size_t i = store->node_count; i-- > 0;)
		usage->index_by_id[store->nodes[i].id] = (uint16_t)i;
	return 0;
}

static int add_usage(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct usage *usage = context;
	usage->chunks += copyset->chunks;
	for (unsigned i = 0; i < copyset->node_count; i++) {
		size_t id = copyset->nodes[i],
		       at = id < usage->ids ? usage->index_by_id[id] : STORE_NODES_MAX;
		if (at < STORE_NODES_MAX)
			usage->bytes[at] += copyset->bytes;
	}
	return 0;
}

int store_refresh_nodes(struct store *store, struct error *error)
{
	struct usage usage;
	struct refresh refresh = {.store = store};
	pthread_mutex_lock(&store->usage_mutex);
	int result = catalog_each_node(store->reader, refresh_node, &refresh, error);
	for (size_t i = 0; result == 0 && i < store->node_count; i++)
		if (store->nodes[i].id != 0 && !refresh.seen[i])
			node_forget(&store->nodes[i]);
	if (result == 0)
		result = links_refresh(store, error);
	usage.index_by_id = NULL;
	if (result == 0)
		result = usage_init(&usage, store, error);
	if (result == 0)
		result = catalog_each_copyset(store->reader, add_usage, &usage, error);
	free(usage.index_by_id);
	for (size_t i = 0; result == 0 && i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		pthread_mutex_lock(&node->mutex);
		node->used_bytes = usage.bytes[i];
		pthread_mutex_unlock(&node->mutex);
	}
	if (result == 0 && atomic_load(&store->chunk_sequence) < usage.chunks)
		atomic_store(&store->chunk_sequence, usage.chunks);
	pthread_mutex_unlock(&store->usage_mutex);
	/* Their disks may take their time: nobody is to wait for the catalog meanwhile, nor, where others look, here. */
	bool others_look = atomic_load(&store->has_probers);
	for (size_t i = 0; i < store->node_count && !others_look; i++)
		if (refresh.revived[i])
			node_probe(&store->nodes[i]);
	return result;
}

/* ---- where chunks are, and where they go ---- */

unsigned store_count_live(struct store *store, const uint16_t *nodes, unsigned count)
{
	unsigned live = 0;
	for (unsigned i = 0; i < count; i++) {
		struct node *node = store_node_by_id(store, nodes[i]);
		if (node && node_is_readable(node))
			live++;
	}
	return live;
}

/* A fingerprint of the node's identity (FNV-1a), for rendezvous: equal for as long as the node lives. */
static uint64_t node_key(const struct node *node)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *c = node->uuid; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return hash;
}

size_t store_place_chunk(struct store *store, const struct digest *digest, uint64_t size,
	const uint16_t *holders, size_t holder_count, unsigned copies, struct node **chosen)
{
	return store_place_among(store, digest, size, holders, holder_count, copies, NULL, 0, chosen);
}

size_t store_place_among(struct store *store, const struct digest *digest, uint64_t size,
	const uint16_t *holders, size_t holder_count, unsigned copies, const bool *allowed,
	size_t allowed_count, struct node **chosen)
{
	struct placement_node nodes[STORE_NODES_MAX];
	unsigned taken[STORE_NODES_MAX], indexes[STORE_REPLICATION_MAX];
	size_t taken_count = 0, node_count = store->node_count;
	assert(copies <= STORE_REPLICATION_MAX);
	for (size_t i = 0; i < node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_status status;
		node_status(node, &status);
		nodes[i] = (struct placement_node){
			.zone = node->zone_index,
			.eligible = status.writable && node->id != 0 &&
				    (!allowed || (i < allowed_count && allowed[i])),
			.slow = status.slow,
			.weight = status.weight,
			.capacity_bytes = (uint64_t)((double)status.capacity_bytes * NODE_FULL_RATIO),
			.used_bytes = status.used_bytes + status.writing_bytes,
			.key = node_key(node),
		};
		for (size_t j = 0; j < holder_count; j++)
			if (node->id == holders[j])
				taken[taken_count++] = (unsigned)i;
	}
	struct placement_request request = {
		.policy = store->config->placement_policy,
		.spread = store->config->placement_spread,
		.nodes = nodes,
		.node_count = node_count,
		.taken = taken,
		.taken_count = taken_count,
		.copies = copies,
		.chunk_bytes = size,
		.chunk_key = digest_key(digest),
		.sequence = atomic_fetch_add(&store->chunk_sequence, 1),
	};
	size_t found = placement_choose(&request, store->env->dice, indexes);
	for (size_t i = 0; i < found; i++) {
		chosen[i] = &store->nodes[indexes[i]];
		node_book(chosen[i], (int64_t)size);
	}
	return found;
}

bool store_explain_nodes(struct store *store, uint64_t chunk_bytes, char *out, size_t size)
{
	size_t used = 0;
	bool any_full = false;
	out[0] = '\0';
	for (size_t i = 0; i < store->node_count && used < size; i++) {
		struct node_status status;
		node_status(&store->nodes[i], &status);
		double room = (double)status.capacity_bytes * NODE_FULL_RATIO;
		bool full = status.readable &&
			    (double)(status.used_bytes + status.writing_bytes + chunk_bytes) > room;
		if (status.writable && !full)
			continue;
		any_full = any_full || full || status.state == NODE_UP;
		const char *state = full || status.state == NODE_UP ? "full" : node_state_name(status.state);
		int length = snprintf(out + used, size - used, "%s%s is %s%s%s%s", used ? ", " : "",
			store->nodes[i].name, state, status.cause[0] ? " (" : "", status.cause,
			status.cause[0] ? ")" : "");
		used += length > 0 ? (size_t)length : 0;
	}
	if (used == 0)
		snprintf(out, size, "every node takes chunks");
	return any_full;
}
