/*
 * durability_repair.c: what is done about chunks of the store on paper.
 *
 * As in a real store, a chunk is judged by repair_plan.h whenever something about its copies changes, queued by its
 * urgency, judged once more when its turn comes, and gets its target from placement.h; what is then too many is
 * trimmed. A copy occupies the reading side of its source and the writing side of its target for as long as a chunk
 * takes at node_bandwidth; copies that want the same side follow one another.
 */
#include <assert.h>
#include <stdlib.h>

#include "engine/durability_private.h"

static const uint32_t NO_TRANSFER = UINT32_MAX;
static const uint32_t NOT_QUEUED = UINT32_MAX;

/* ---- judging ---- */

static void judge(const struct paper_store *store, uint32_t chunk, struct plan_verdict *verdict)
{
	plan_judge(&store->world, store->settings->replication_factor, holders_of(store, chunk),
		store->holder_counts[chunk], verdict);
}

static void enqueue(struct paper_store *store, uint32_t chunk, uint32_t urgency)
{
	if (store->queued[chunk] <= urgency)
		return;
	store->queued[chunk] = urgency;
	agenda_add(&store->queue, &(struct agenda_item){.at = urgency, .order = chunk, .subject = chunk});
}

static void park(struct paper_store *store, struct chunk_list *list, uint8_t flag, uint32_t chunk)
{
	if (store->flags[chunk] & flag)
		return;
	store->flags[chunk] |= flag;
	list_add(store, list, chunk);
}

/* Whether its copies are in fewer zones than they could be if all zones were there. */
static bool shares_zone(const struct paper_store *store, uint32_t chunk)
{
	unsigned zones[COPYSET_MAX], zone_count = 0, want = store->settings->replication_factor;
	if (store->settings->spread != SPREAD_ZONE)
		return false;
	for (unsigned slot = 0; slot < store->holder_counts[chunk]; slot++) {
		const struct plan_node *node = &store->plan_nodes[holders_of(store, chunk)[slot] - 1];
		bool seen = !node->readable;
		for (unsigned i = 0; i < zone_count && !seen; i++)
			seen = zones[i] == node->zone;
		if (!seen)
			zones[zone_count++] = node->zone;
	}
	return zone_count < (want < store->settings->zones ? want : store->settings->zones);
}

/* Copies are verified before one of them goes: a bad one goes first, and only for that. */
static int find_bad(const struct paper_store *store, uint32_t chunk)
{
	for (unsigned slot = 0; slot < store->holder_counts[chunk]; slot++)
		if (store->plan_nodes[holders_of(store, chunk)[slot] - 1].readable &&
			!entry_is_good(store, chunk, slot))
			return (int)slot;
	return -1;
}

static void trim(struct paper_store *store, uint32_t chunk, struct plan_verdict *verdict, bool came_back)
{
	struct durability_result *result = store->result;
	while (verdict->action == PLAN_TRIM) {
		int bad = find_bad(store, chunk);
		if (bad >= 0) {
			entry_remove(store, chunk, (unsigned)bad);
			result->rot_found++;
		} else {
			size_t victim = plan_victim(
				&store->world, holders_of(store, chunk), store->holder_counts[chunk]);
			int slot = entry_find(store, chunk, (unsigned)victim);
			assert(slot >= 0);
			entry_remove(store, chunk, (unsigned)slot);
			result->copies_trimmed++;
			result->copies_needless += came_back;
			result->bytes_needless += came_back ? store->settings->chunk_bytes : 0;
		}
		judge(store, chunk, verdict);
	}
}

void repair_judge(struct paper_store *store, uint32_t chunk, bool came_back)
{
	struct plan_verdict verdict;
	book_classify(store, chunk);
	if (store->classes[chunk] == CHUNK_LOST || store->flags[chunk] & FLAG_UNDER_WAY)
		return;
	judge(store, chunk, &verdict);
	if (verdict.action == PLAN_TRIM) {
		trim(store, chunk, &verdict, came_back);
		book_classify(store, chunk);
	}
	if (verdict.action == PLAN_COPY)
		enqueue(store, chunk, verdict.urgency);
	else if (verdict.action == PLAN_BLOCKED)
		park(store, &store->blocked, FLAG_BLOCKED, chunk);
	else if (verdict.action == PLAN_NOTHING && shares_zone(store, chunk))
		park(store, &store->misplaced, FLAG_MISPLACED, chunk);
}

/* ---- copies ---- */

/* Any holder that answers, each with the same chance. */
static unsigned choose_source(struct paper_store *store, const unsigned *keepers, size_t count)
{
	struct dice *dice = &store->placement.dice;
	assert(count > 0);
	return keepers[dice->next(dice) % count];
}

static size_t list_keepers(const struct paper_store *store, uint32_t chunk, unsigned *keepers)
{
	size_t count = 0;
	for (unsigned slot = 0; slot < store->holder_counts[chunk]; slot++) {
		unsigned node = holders_of(store, chunk)[slot] - 1u;
		if (store->plan_nodes[node].readable)
			keepers[count++] = node;
	}
	return count;
}

static bool choose_target(
	struct paper_store *store, uint32_t chunk, const unsigned *keepers, size_t count, unsigned *target)
{
	const struct placement_request request = {
		.policy = store->settings->policy,
		.spread = store->settings->spread,
		.nodes = store->places,
		.node_count = store->settings->nodes,
		.taken = keepers,
		.taken_count = count,
		.copies = 1,
		.chunk_bytes = store->settings->chunk_bytes,
		.chunk_key = durability_chunk_key(chunk),
		.sequence = chunk,
	};
	return placement_choose(&request, &store->placement.dice, target) == 1;
}

static bool zone_is_used(const struct paper_store *store, const unsigned *nodes, size_t count, unsigned node)
{
	for (size_t i = 0; i < count; i++)
		if (store->nodes[nodes[i]].zone == store->nodes[node].zone)
			return true;
	return false;
}

static uint32_t take_transfer(struct paper_store *store)
{
	uint32_t at = store->free_transfer;
	if (at == NO_TRANSFER)
		at = store->transfer_count;
	else
		store->free_transfer = store->transfers[at].next_free;
	store->transfer_count++;
	assert(store->transfer_count <= store->transfer_max);
	return at;
}

static void begin_copy(struct paper_store *store, uint32_t chunk, enum plan_purpose purpose, unsigned source,
	unsigned target)
{
	const struct durability_case *settings = store->settings;
	struct paper_node *from = &store->nodes[source], *to = &store->nodes[target];
	double takes_ns = (double)settings->chunk_bytes * 1e9 / (double)settings->node_bandwidth;
	int64_t begin_ns = store->now_ns;
	begin_ns = from->read_free_ns > begin_ns ? from->read_free_ns : begin_ns;
	begin_ns = to->write_free_ns > begin_ns ? to->write_free_ns : begin_ns;
	/* One that is not there by the end of the period is never there, however long it takes. */
	int64_t end_ns = takes_ns < (double)(store->end_ns - begin_ns) ? begin_ns + (int64_t)takes_ns + 1
								       : store->end_ns + 1;
	from->read_free_ns = to->write_free_ns = end_ns;
	uint32_t at = take_transfer(store);
	store->transfers[at] = (struct transfer){
		.chunk = chunk,
		.source = (uint16_t)source,
		.target = (uint16_t)target,
		.source_epoch = from->epoch,
		.target_epoch = to->epoch,
		.purpose = purpose,
	};
	store->flags[chunk] |= FLAG_UNDER_WAY;
	to->under_way++;
	book_node(store, target);
	fault_schedule(store, EVENT_COPY_ENDS, end_ns - store->now_ns, at, 0);
}

/* Whether the throttle lets another copy begin; books it then, and sees to being woken otherwise. */
static bool may_begin(struct paper_store *store)
{
	int64_t wait_ns = throttle_book(&store->throttle, 0, store->now_ns);
	if (wait_ns <= 0) {
		throttle_book(&store->throttle, store->settings->chunk_bytes, store->now_ns);
		return true;
	}
	if (!store->wake_planned)
		fault_schedule(store, EVENT_WAKE, wait_ns, 0, 0);
	store->wake_planned = true;
	return false;
}

/* False: no more can begin now. */
static bool go_on_with(struct paper_store *store, const struct agenda_item *item)
{
	uint32_t chunk = item->subject;
	unsigned keepers[COPYSET_MAX], target;
	struct plan_verdict verdict;
	/* Queued with another urgency since, or dealt with already. */
	if (store->queued[chunk] != (uint32_t)item->at)
		return true;
	store->queued[chunk] = NOT_QUEUED;
	if (store->classes[chunk] == CHUNK_LOST || store->flags[chunk] & FLAG_UNDER_WAY)
		return true;
	judge(store, chunk, &verdict);
	if (verdict.action != PLAN_COPY || verdict.urgency != (uint32_t)item->at ||
		store->holder_counts[chunk] == store->width) {
		/*
		 * With as many entries as can be kept, most are on nodes that are away: one of these will come back.
		 */
		if (store->holder_counts[chunk] < store->width)
			repair_judge(store, chunk, false);
		return true;
	}
	size_t count = list_keepers(store, chunk, keepers);
	if (!choose_target(store, chunk, keepers, count, &target)) {
		park(store, &store->blocked, FLAG_BLOCKED, chunk);
		return true;
	}
	if (verdict.purpose == PURPOSE_SPREAD && zone_is_used(store, keepers, count, target)) {
		park(store, &store->misplaced, FLAG_MISPLACED, chunk);
		return true;
	}
	if (!may_begin(store)) {
		enqueue(store, chunk, verdict.urgency);
		return false;
	}
	begin_copy(store, chunk, verdict.purpose, choose_source(store, keepers, count), target);
	return true;
}

static void look_again(struct paper_store *store, struct chunk_list *list, uint8_t flag)
{
	size_t count = list->count;
	struct chunk_list looked_at = *list;
	*list = (struct chunk_list){0};
	for (size_t i = 0; i < count; i++)
		store->flags[looked_at.chunks[i]] &= (uint8_t)~flag;
	for (size_t i = 0; i < count; i++)
		repair_judge(store, looked_at.chunks[i], false);
	free(looked_at.chunks);
}

void repair_go_on(struct paper_store *store)
{
	struct agenda_item item;
	bool target = store->target_appeared, zone = store->zone_appeared;
	store->target_appeared = store->zone_appeared = false;
	if (target && store->blocked.count)
		look_again(store, &store->blocked, FLAG_BLOCKED);
	if (zone && store->misplaced.count)
		look_again(store, &store->misplaced, FLAG_MISPLACED);
	while (!store->storm && !store->wake_planned && store->transfer_count < store->transfer_max &&
		agenda_take(&store->queue, &item))
		if (!go_on_with(store, &item))
			return;
}

/* ---- the end of a copy ---- */

static bool has_arrived(const struct paper_store *store, const struct transfer *transfer)
{
	return store->classes[transfer->chunk] != CHUNK_LOST &&
	       store->nodes[transfer->source].epoch == transfer->source_epoch &&
	       store->nodes[transfer->target].epoch == transfer->target_epoch;
}

void repair_copy_ends(struct paper_store *store, uint32_t at)
{
	const struct transfer transfer = store->transfers[at];
	struct durability_result *result = store->result;
	store->transfers[at].next_free = store->free_transfer;
	store->free_transfer = at;
	store->transfer_count--;
	store->flags[transfer.chunk] &= (uint8_t)~FLAG_UNDER_WAY;
	store->nodes[transfer.target].under_way--;
	book_node(store, transfer.target);
	int source = entry_find(store, transfer.chunk, transfer.source);
	bool arrived = has_arrived(store, &transfer) && source >= 0;
	if (arrived && !entry_is_good(store, transfer.chunk, (unsigned)source)) {
		fault_rot_found(store, transfer.chunk, (unsigned)source);
		result->copies_failed++;
		return;
	}
	if (!arrived) {
		result->copies_failed++;
	} else {
		result->copies_made++;
		result->bytes_moved += store->settings->chunk_bytes;
		result->copies_spread += transfer.purpose == PURPOSE_SPREAD;
		entry_add(store, transfer.chunk, transfer.target);
	}
	repair_judge(store, transfer.chunk, transfer.purpose != PURPOSE_SPREAD);
}
