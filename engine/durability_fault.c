/*
 * durability_fault.c: what happens to disks, machines, zones and bytes of the store on paper.
 *
 *     disk      dies ---- replace_after ----> an empty one is there, and may die in turn
 *     machine   leaves ---- outage ----> returns with all that it held, and may leave again
 *     zone      the same for all its machines; or all its disks die at once
 *     copy      rots unnoticed, until scrub comes by, repair reads it, or it is verified before another one goes
 *
 * A node answers while its disk is not dead and neither it nor its zone is out. To the store a dead disk looks like a
 * machine that left: it waits for both in the same way. Entries on a dead disk are dropped when the wait is over,
 * from when on they change no decision, or when an empty disk is there.
 */
#include <assert.h>
#include <math.h>

#include "engine/durability_private.h"

static const double NS_PER_MS = 1e6;

/* ---- when ---- */

void fault_schedule(
	struct paper_store *store, enum fault_event event, int64_t after_ns, uint32_t subject, uint32_t token)
{
	assert(after_ns >= 0);
	if (after_ns > store->end_ns - store->now_ns)
		return;
	agenda_add(&store->agenda, &(struct agenda_item){
					   .at = store->now_ns + after_ns,
					   .order = store->event_order++,
					   .kind = event,
					   .subject = subject,
					   .token = token,
				   });
}

/* Above 0, up to 1. */
static double draw(struct seeded_dice *dice)
{
	return (double)((dice->dice.next(&dice->dice) >> 11) + 1) * 0x1p-53;
}

/* Schedules it after an exponentially distributed time; a mean of infinity is never. */
static void schedule_random(struct paper_store *store, enum fault_event event, struct seeded_dice *dice,
	double mean_ms, uint32_t subject, uint32_t token)
{
	double after_ns = -log(draw(dice)) * mean_ms * NS_PER_MS;
	if (after_ns < (double)(store->end_ns - store->now_ns))
		fault_schedule(store, event, (int64_t)after_ns, subject, token);
}

static void schedule_rate(struct paper_store *store, enum fault_event event, struct seeded_dice *dice,
	double each_year, uint32_t subject, uint32_t token)
{
	if (each_year > 0)
		schedule_random(store, event, dice, (double)DURABILITY_YEAR_MS / each_year, subject, token);
}

static void await_death(struct paper_store *store, unsigned at)
{
	struct paper_node *node = &store->nodes[at];
	schedule_rate(
		store, EVENT_DISK_DIES, &node->deaths, store->settings->annual_failure_rate, at, node->disk);
}

static void await_rot(struct paper_store *store)
{
	double tib = (double)store->entries * (double)store->settings->chunk_bytes / 0x1p40;
	schedule_rate(store, EVENT_COPY_ROTS, &store->rot, store->settings->rot_per_tib_year * tib, 0, 0);
}

void fault_begin(struct paper_store *store)
{
	const struct durability_case *settings = store->settings;
	for (unsigned i = 0; i < settings->nodes; i++) {
		await_death(store, i);
		schedule_rate(
			store, EVENT_NODE_LEAVES, &store->nodes[i].outages, settings->outages_per_year, i, 0);
	}
	for (unsigned i = 0; i < settings->zones; i++) {
		struct paper_zone *zone = &store->zones[i];
		schedule_rate(
			store, EVENT_ZONE_LEAVES, &zone->outages, settings->zone_outages_per_year, i, 0);
		schedule_rate(store, EVENT_ZONE_DIES, &zone->losses, settings->zone_losses_per_year, i, 0);
	}
	await_rot(store);
}

/* ---- nodes that come and go ---- */

static int64_t now_ms(const struct paper_store *store)
{
	return store->now_ns / 1000000;
}

/* Backwards: a chunk that leaves the list while it is judged is replaced by the last one, which has been judged. */
static void judge_all(struct paper_store *store, unsigned at, bool came_back)
{
	const struct chunk_list *held = &store->nodes[at].held;
	for (size_t i = held->count; i-- > 0;)
		repair_judge(store, held->chunks[i], came_back);
}

static void drop_all(struct paper_store *store, unsigned at)
{
	const struct chunk_list *held = &store->nodes[at].held;
	while (held->count) {
		uint32_t chunk = held->chunks[held->count - 1];
		int slot = entry_find(store, chunk, at);
		assert(slot >= 0);
		entry_remove(store, chunk, (unsigned)slot);
		repair_judge(store, chunk, false);
	}
}

static void watch_for_storm(struct paper_store *store)
{
	double least = store->settings->min_up_ratio * (double)store->settings->nodes;
	bool storm = (double)store->present < least;
	store->result->storms += storm && !store->storm;
	store->storm = storm;
}

static void leave(struct paper_store *store, unsigned at)
{
	struct paper_node *node = &store->nodes[at];
	store->present--;
	watch_for_storm(store);
	grace_gone(&node->grace, now_ms(store), store->settings->grace_ms);
	int64_t left_ms = grace_left_ms(&node->grace, now_ms(store));
	store->plan_nodes[at].readable = false;
	store->plan_nodes[at].awaited = left_ms > 0;
	book_node(store, at);
	if (left_ms > 0)
		fault_schedule(store, EVENT_GRACE_ENDS, left_ms * 1000000, at, node->epoch);
	judge_all(store, at, false);
	if (node->dead && left_ms == 0)
		drop_all(store, at);
}

static void come_back(struct paper_store *store, unsigned at)
{
	store->present++;
	watch_for_storm(store);
	grace_back(&store->nodes[at].grace, now_ms(store));
	store->plan_nodes[at].readable = true;
	store->plan_nodes[at].awaited = false;
	book_node(store, at);
	judge_all(store, at, true);
}

/* After its disk, its machine or its zone went or came. */
static void look_at(struct paper_store *store, unsigned at)
{
	struct paper_node *node = &store->nodes[at];
	bool answers = !node->dead && !node->out && !store->zones[node->zone].out;
	if (answers == store->plan_nodes[at].readable)
		return;
	node->epoch++;
	if (answers)
		come_back(store, at);
	else
		leave(store, at);
}

static void end_grace(struct paper_store *store, unsigned at)
{
	store->plan_nodes[at].awaited = false;
	if (store->nodes[at].dead)
		drop_all(store, at);
	else
		judge_all(store, at, false);
}

static void kill_disk(struct paper_store *store, unsigned at)
{
	struct paper_node *node = &store->nodes[at];
	if (node->dead)
		return;
	store->result->disks_failed++;
	node->dead = true;
	node->disk++;
	if (store->settings->replace_after_ms)
		fault_schedule(
			store, EVENT_DISK_REPLACED, store->settings->replace_after_ms * 1000000, at, 0);
	if (store->plan_nodes[at].readable) {
		look_at(store, at);
		return;
	}
	judge_all(store, at, false);
	if (!store->plan_nodes[at].awaited)
		drop_all(store, at);
}

static void replace_disk(struct paper_store *store, unsigned at)
{
	struct paper_node *node = &store->nodes[at];
	store->result->disks_replaced++;
	node->dead = false;
	node->read_free_ns = node->write_free_ns = store->now_ns;
	grace_init(&node->grace); /* a disk that nobody knows yet */
	/* Before what it does not have can count as present. */
	drop_all(store, at);
	await_death(store, at);
	look_at(store, at);
}

static void move_node(struct paper_store *store, unsigned at, bool out)
{
	const struct durability_case *settings = store->settings;
	struct paper_node *node = &store->nodes[at];
	node->out = out;
	store->result->outages += out && !node->dead;
	if (out)
		schedule_random(
			store, EVENT_NODE_RETURNS, &node->outages, (double)settings->outage_ms, at, 0);
	else
		schedule_rate(store, EVENT_NODE_LEAVES, &node->outages, settings->outages_per_year, at, 0);
	look_at(store, at);
}

static void move_zone(struct paper_store *store, unsigned at, bool out)
{
	const struct durability_case *settings = store->settings;
	struct paper_zone *zone = &store->zones[at];
	zone->out = out;
	store->result->zone_outages += out;
	if (out)
		schedule_random(
			store, EVENT_ZONE_RETURNS, &zone->outages, (double)settings->zone_outage_ms, at, 0);
	else
		schedule_rate(
			store, EVENT_ZONE_LEAVES, &zone->outages, settings->zone_outages_per_year, at, 0);
	for (unsigned node = at; node < settings->nodes; node += settings->zones)
		look_at(store, node);
}

static void kill_zone(struct paper_store *store, unsigned at)
{
	store->result->zone_losses++;
	for (unsigned node = at; node < store->settings->nodes; node += store->settings->zones)
		kill_disk(store, node);
	schedule_rate(store, EVENT_ZONE_DIES, &store->zones[at].losses, store->settings->zone_losses_per_year,
		at, 0);
}

/* ---- rot ---- */

static void await_scrub(struct paper_store *store, uint32_t chunk, unsigned node)
{
	double within_ns = (double)store->settings->scrub_interval_ms * NS_PER_MS * draw(&store->rot);
	if (within_ns > 0 && within_ns < (double)(store->end_ns - store->now_ns))
		fault_schedule(store, EVENT_ROT_FOUND, (int64_t)within_ns, chunk, node);
}

/* Any copy, each with the same chance; on a disk that is dead nothing rots. */
static void rot(struct paper_store *store)
{
	struct dice *dice = &store->rot.dice;
	while (store->entries) {
		uint64_t at = dice->next(dice) % (store->settings->chunks * store->width);
		uint32_t chunk = (uint32_t)(at / store->width);
		unsigned slot = (unsigned)(at % store->width);
		if (slot >= store->holder_counts[chunk])
			continue;
		unsigned node = holders_of(store, chunk)[slot] - 1u;
		if (!store->nodes[node].dead && !(store->rotten[chunk] >> slot & 1)) {
			store->rotten[chunk] |= UINT32_C(1) << slot;
			store->result->copies_rotted++;
			await_scrub(store, chunk, node);
			book_classify(store, chunk);
		}
		break;
	}
	await_rot(store);
}

void fault_rot_found(struct paper_store *store, uint32_t chunk, unsigned slot)
{
	store->result->rot_found++;
	entry_remove(store, chunk, slot);
	repair_judge(store, chunk, false);
}

static void scrub(struct paper_store *store, uint32_t chunk, unsigned node)
{
	int slot = entry_find(store, chunk, node);
	if (slot < 0 || !(store->rotten[chunk] >> slot & 1))
		return;
	if (store->plan_nodes[node].readable)
		fault_rot_found(store, chunk, (unsigned)slot);
	else
		await_scrub(store, chunk, node);
}

/* ---- what happens ---- */

void fault_happens(struct paper_store *store, const struct agenda_item *event)
{
	uint32_t subject = event->subject;
	switch ((enum fault_event)event->kind) {
	case EVENT_DISK_DIES:
		if (event->token == store->nodes[subject].disk)
			kill_disk(store, subject);
		break;
	case EVENT_DISK_REPLACED:
		replace_disk(store, subject);
		break;
	case EVENT_NODE_LEAVES:
	case EVENT_NODE_RETURNS:
		move_node(store, subject, event->kind == EVENT_NODE_LEAVES);
		break;
	case EVENT_GRACE_ENDS:
		if (event->token == store->nodes[subject].epoch)
			end_grace(store, subject);
		break;
	case EVENT_ZONE_LEAVES:
	case EVENT_ZONE_RETURNS:
		move_zone(store, subject, event->kind == EVENT_ZONE_LEAVES);
		break;
	case EVENT_ZONE_DIES:
		kill_zone(store, subject);
		break;
	case EVENT_COPY_ROTS:
		rot(store);
		break;
	case EVENT_ROT_FOUND:
		scrub(store, subject, event->token);
		break;
	case EVENT_COPY_ENDS:
		repair_copy_ends(store, subject);
		break;
	case EVENT_WAKE:
		store->wake_planned = false;
		break;
	}
}
