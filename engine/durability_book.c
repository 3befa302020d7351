/*
 * durability_book.c: who holds what in the store on paper, and what state that leaves each chunk in.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/durability_private.h"
#include "engine/node.h"

static const double NS_PER_HOUR = 3.6e12;

/* ---- lists ---- */

void list_add(struct paper_store *store, struct chunk_list *list, uint32_t chunk)
{
	if (list->count == list->room) {
		size_t more = list->room ? list->room + list->room / 2 : 64;
		uint32_t *grown = reallocarray(list->chunks, more, sizeof(*grown));
		if (!grown) {
			store->out_of_memory = true;
			return;
		}
		list->chunks = grown;
		list->room = more;
	}
	list->chunks[list->count++] = chunk;
}

/* ---- entries ---- */

static unsigned node_of(const struct paper_store *store, uint32_t chunk, unsigned slot)
{
	return holders_of(store, chunk)[slot] - 1u;
}

int entry_find(const struct paper_store *store, uint32_t chunk, unsigned node)
{
	const uint16_t *holders = holders_of(store, chunk);
	for (unsigned slot = 0; slot < store->holder_counts[chunk]; slot++)
		if (holders[slot] == node + 1)
			return (int)slot;
	return -1;
}

bool entry_is_good(const struct paper_store *store, uint32_t chunk, unsigned slot)
{
	return store->plan_nodes[node_of(store, chunk, slot)].readable && !(store->rotten[chunk] >> slot & 1);
}

void entry_add(struct paper_store *store, uint32_t chunk, unsigned node)
{
	unsigned slot = store->holder_counts[chunk];
	struct chunk_list *held = &store->nodes[node].held;
	assert(slot < store->width && entry_find(store, chunk, node) < 0);
	size_t place = held->count;
	list_add(store, held, chunk);
	if (held->count == place)
		return; /* out of memory: the run ends */
	holders_of(store, chunk)[slot] = (uint16_t)(node + 1);
	store->list_places[(size_t)chunk * store->width + slot] = (uint32_t)place;
	store->holder_counts[chunk]++;
	store->entries++;
	book_node(store, node);
}

/* The last of the node's list takes the place of the one that goes. */
static void leave_list(struct paper_store *store, unsigned node, uint32_t place)
{
	struct chunk_list *held = &store->nodes[node].held;
	uint32_t moved = held->chunks[--held->count];
	held->chunks[place] = moved;
	if (place == held->count)
		return;
	int slot = entry_find(store, moved, node);
	assert(slot >= 0);
	store->list_places[(size_t)moved * store->width + (unsigned)slot] = place;
}

void entry_remove(struct paper_store *store, uint32_t chunk, unsigned slot)
{
	uint16_t *holders = holders_of(store, chunk);
	uint32_t *places = store->list_places + (size_t)chunk * store->width;
	unsigned node = node_of(store, chunk, slot), last = store->holder_counts[chunk] - 1u;
	assert(slot <= last);
	leave_list(store, node, places[slot]);
	holders[slot] = holders[last];
	places[slot] = places[last];
	uint32_t moved_bit = store->rotten[chunk] >> last & 1;
	store->rotten[chunk] &= ~(UINT32_C(1) << slot | UINT32_C(1) << last);
	if (slot != last)
		store->rotten[chunk] |= moved_bit << slot;
	store->holder_counts[chunk]--;
	store->entries--;
	book_node(store, node);
}

/* ---- chunks ---- */

static enum chunk_class class_of(const struct paper_store *store, uint32_t chunk)
{
	unsigned good = 0, intact = 0, want = store->settings->replication_factor;
	for (unsigned slot = 0; slot < store->holder_counts[chunk]; slot++) {
		good += entry_is_good(store, chunk, slot);
		intact += !store->nodes[node_of(store, chunk, slot)].dead &&
			  !(store->rotten[chunk] >> slot & 1);
	}
	if (intact == 0)
		return CHUNK_LOST;
	if (good >= want)
		return CHUNK_FULL;
	return good == 0 ? CHUNK_UNAVAILABLE : good == 1 ? CHUNK_LAST_COPY : CHUNK_SHORT;
}

static void lose(struct paper_store *store, uint32_t chunk)
{
	struct durability_result *result = store->result;
	while (store->holder_counts[chunk])
		entry_remove(store, chunk, store->holder_counts[chunk] - 1u);
	result->chunks_lost++;
	result->bytes_lost += store->settings->chunk_bytes;
	if (result->first_loss_ms < 0)
		result->first_loss_ms = store->now_ns / 1000000;
}

static void note_peaks(struct paper_store *store)
{
	struct durability_result *result = store->result;
	uint64_t last = store->in_class[CHUNK_LAST_COPY], away = store->in_class[CHUNK_UNAVAILABLE];
	uint64_t missing = store->in_class[CHUNK_SHORT] + last;
	result->peak_short = missing > result->peak_short ? missing : result->peak_short;
	result->peak_last_copy = last > result->peak_last_copy ? last : result->peak_last_copy;
	result->peak_unavailable = away > result->peak_unavailable ? away : result->peak_unavailable;
}

static void end_shortage(struct paper_store *store, uint32_t chunk)
{
	int64_t lasted_ms = (store->now_ns - store->short_since_ns[chunk]) / 1000000;
	if (lasted_ms > store->result->longest_short_ms)
		store->result->longest_short_ms = lasted_ms;
}

void book_classify(struct paper_store *store, uint32_t chunk)
{
	enum chunk_class was = store->classes[chunk], is = class_of(store, chunk);
	if (was == is || was == CHUNK_LOST)
		return;
	if (was == CHUNK_FULL)
		store->short_since_ns[chunk] = store->now_ns;
	else if (is == CHUNK_FULL)
		end_shortage(store, chunk);
	store->in_class[was]--;
	store->in_class[is]++;
	store->classes[chunk] = (uint8_t)is;
	if (is == CHUNK_LOST)
		lose(store, chunk);
	note_peaks(store);
}

void book_pass_time(struct paper_store *store, int64_t now_ns)
{
	struct durability_result *result = store->result;
	double hours = (double)(now_ns - store->now_ns) / NS_PER_HOUR;
	double last = (double)store->in_class[CHUNK_LAST_COPY];
	assert(now_ns >= store->now_ns);
	result->short_chunk_hours += hours * ((double)store->in_class[CHUNK_SHORT] + last);
	result->last_copy_chunk_hours += hours * last;
	result->unavailable_chunk_hours += hours * (double)store->in_class[CHUNK_UNAVAILABLE];
	store->now_ns = now_ns;
}

void book_end(struct paper_store *store)
{
	for (uint32_t chunk = 0; chunk < store->settings->chunks; chunk++)
		if (store->classes[chunk] != CHUNK_FULL && store->classes[chunk] != CHUNK_LOST)
			end_shortage(store, chunk);
}

/* ---- nodes ---- */

void book_node(struct paper_store *store, unsigned at)
{
	const struct paper_node *node = &store->nodes[at];
	struct plan_node *plan = &store->plan_nodes[at];
	struct placement_node *place = &store->places[at];
	place->used_bytes = (node->held.count + node->under_way) * store->settings->chunk_bytes;
	plan->fill = (double)place->used_bytes / (double)place->capacity_bytes;
	bool was_target = plan->target;
	plan->target = plan->readable && plan->fill < NODE_FULL_RATIO;
	place->eligible = plan->target;
	if (plan->target == was_target)
		return;
	struct paper_zone *zone = &store->zones[node->zone];
	zone->targets += plan->target ? 1u : -1u;
	store->target_appeared |= plan->target;
	store->zone_appeared |= plan->target && zone->targets == 1;
}

/* ---- opening ---- */

static void *get_array(size_t count, size_t size, struct error *error)
{
	void *array = calloc(count, size);
	if (!array)
		error_set_errno(error, ENOMEM, "cannot lay out the store on paper");
	return array;
}

static void describe_nodes(struct paper_store *store)
{
	const struct durability_case *settings = store->settings;
	uint64_t copies = settings->chunks * settings->replication_factor;
	uint64_t mean = (copies + settings->nodes - 1) / settings->nodes;
	uint64_t capacity = settings->node_capacity_bytes ? settings->node_capacity_bytes
							  : 2 * (mean + 1) * settings->chunk_bytes;
	for (unsigned i = 0; i < settings->nodes; i++) {
		unsigned zone = i % settings->zones;
		store->nodes[i].zone = zone;
		store->plan_nodes[i] =
			(struct plan_node){.id = (uint16_t)(i + 1), .zone = zone, .readable = true};
		store->places[i] = (struct placement_node){
			.zone = zone, .weight = 1, .capacity_bytes = capacity, .key = i + 1};
		grace_init(&store->nodes[i].grace);
		book_node(store, i);
	}
	store->present = settings->nodes;
	plan_world_init(&store->world, store->plan_nodes, settings->nodes, settings->spread == SPREAD_ZONE,
		store->index_by_id);
}

int book_open(struct paper_store *store, struct error *error)
{
	const struct durability_case *settings = store->settings;
	size_t chunks = settings->chunks;
	unsigned width = 2 * settings->replication_factor + 2;
	store->width = width < COPYSET_MAX ? width : COPYSET_MAX;
	store->transfer_max = settings->repair_concurrency ? settings->repair_concurrency : settings->nodes;
	if (!(store->nodes = get_array(settings->nodes, sizeof(*store->nodes), error)) ||
		!(store->zones = get_array(settings->zones, sizeof(*store->zones), error)) ||
		!(store->holders = get_array(chunks * store->width, sizeof(*store->holders), error)) ||
		!(store->list_places =
				get_array(chunks * store->width, sizeof(*store->list_places), error)) ||
		!(store->holder_counts = get_array(chunks, sizeof(*store->holder_counts), error)) ||
		!(store->rotten = get_array(chunks, sizeof(*store->rotten), error)) ||
		!(store->classes = get_array(chunks, sizeof(*store->classes), error)) ||
		!(store->flags = get_array(chunks, sizeof(*store->flags), error)) ||
		!(store->queued = get_array(chunks, sizeof(*store->queued), error)) ||
		!(store->short_since_ns = get_array(chunks, sizeof(*store->short_since_ns), error)) ||
		!(store->transfers = get_array(store->transfer_max, sizeof(*store->transfers), error)))
		return -1;
	memset(store->queued, 0xff, chunks * sizeof(*store->queued));
	store->in_class[CHUNK_FULL] = chunks;
	store->free_transfer = UINT32_MAX;
	describe_nodes(store);
	return 0;
}

void book_close(struct paper_store *store)
{
	for (unsigned i = 0; store->nodes && i < store->settings->nodes; i++)
		free(store->nodes[i].held.chunks);
	free(store->nodes);
	free(store->zones);
	free(store->holders);
	free(store->list_places);
	free(store->holder_counts);
	free(store->rotten);
	free(store->classes);
	free(store->flags);
	free(store->queued);
	free(store->short_since_ns);
	free(store->transfers);
	free(store->blocked.chunks);
	free(store->misplaced.chunks);
	agenda_release(&store->agenda);
	agenda_release(&store->queue);
}

/* ---- the audit ---- */

static int audit_chunk(const struct paper_store *store, uint32_t chunk, struct error *error)
{
	bool lost = store->classes[chunk] == CHUNK_LOST;
	unsigned count = store->holder_counts[chunk];
	if (class_of(store, chunk) != (enum chunk_class)store->classes[chunk])
		return error_set(error, ERROR_DAMAGED, "chunk %u is not what it is counted as", chunk);
	if (lost != (count == 0))
		return error_set(error, ERROR_DAMAGED, "chunk %u is lost, or it has entries", chunk);
	if ((uint64_t)store->rotten[chunk] >> count)
		return error_set(error, ERROR_DAMAGED, "chunk %u has a bad copy that is nowhere", chunk);
	for (unsigned slot = 0; slot < count; slot++) {
		unsigned node = node_of(store, chunk, slot);
		const struct chunk_list *held = &store->nodes[node].held;
		uint32_t place = store->list_places[(size_t)chunk * store->width + slot];
		if (entry_find(store, chunk, node) != (int)slot)
			return error_set(
				error, ERROR_DAMAGED, "chunk %u has two copies on node %u", chunk, node);
		if (place >= held->count || held->chunks[place] != chunk)
			return error_set(
				error, ERROR_DAMAGED, "chunk %u is not in the list of node %u", chunk, node);
	}
	return 0;
}

int durability_audit(const struct paper_store *store, struct error *error)
{
	uint64_t in_class[CHUNK_CLASSES] = {0}, entries = 0, held = 0, under_way = 0, coming = 0;
	for (uint32_t chunk = 0; chunk < store->settings->chunks; chunk++) {
		if (audit_chunk(store, chunk, error) < 0)
			return -1;
		in_class[store->classes[chunk]]++;
		entries += store->holder_counts[chunk];
		under_way += (store->flags[chunk] & FLAG_UNDER_WAY) != 0;
	}
	for (unsigned i = 0; i < store->settings->nodes; i++) {
		const struct paper_node *node = &store->nodes[i];
		held += node->held.count;
		coming += node->under_way;
		if (store->places[i].used_bytes !=
			(node->held.count + node->under_way) * store->settings->chunk_bytes)
			return error_set(error, ERROR_DAMAGED, "node %u uses more or less than it holds", i);
	}
	if (memcmp(in_class, store->in_class, sizeof(in_class)) != 0 ||
		in_class[CHUNK_LOST] != store->result->chunks_lost)
		return error_set(error, ERROR_DAMAGED, "the chunks in each state are not as counted");
	if (entries != store->entries || held != entries)
		return error_set(error, ERROR_DAMAGED,
			"%" PRIu64 " copies are counted, chunks have %" PRIu64 " and nodes %" PRIu64,
			store->entries, entries, held);
	if (under_way != store->transfer_count || coming != under_way)
		return error_set(error, ERROR_DAMAGED, "what is under way is not as counted");
	return 0;
}
