/*
 * maintain_dispatch.c: from the queue to tasks.
 *
 * Tasks are planned a few ahead of the workers, in the order of the queue. Each is judged once more by its own row,
 * gets its target and books room there. At most one task for a chunk is under way; a chunk whose task failed is left
 * alone for a second, then for two, and so on up to five minutes. The throttle is asked before a task is planned, not
 * while it runs, so that a new limit, a pause or a stop takes effect at once.
 */
#include "engine/maintain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/clients.h"

enum {
	PAGE_CHUNKS = 32,
	SETBACK_FIRST_MS = 1000,
	SETBACK_LAST_MS = 300000,
	TASKS_FOR_EACH_WORKER = 8,
	TASKS_UNDER_CLIENTS = 4
};

/* ---- tasks ---- */

struct task *maintain_add_task(
	struct maintenance *maintenance, enum task_kind kind, const struct catalog_chunk *chunk)
{
	if (maintenance->task_count == MAINTAIN_TASKS_MAX)
		return NULL;
	struct task *task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->kind = kind;
	task->chunk = *chunk;
	task->planned_ns = maintain_now_ns(maintenance);
	maintenance->tasks[maintenance->task_count++] = task;
	maintenance->copies_under_way += kind == TASK_COPY;
	maintenance->scrubs_under_way += kind == TASK_SCRUB;
	return task;
}

void maintain_end_task(struct maintenance *maintenance, struct task *task)
{
	size_t at = 0;
	while (at < maintenance->task_count && maintenance->tasks[at] != task)
		at++;
	assert(at < maintenance->task_count);
	maintenance->tasks[at] = maintenance->tasks[--maintenance->task_count];
	maintenance->copies_under_way -= task->kind == TASK_COPY;
	maintenance->scrubs_under_way -= task->kind == TASK_SCRUB;
	if (task->target)
		node_book(task->target, -(int64_t)task->chunk.size);
	free(task->file);
	free(task);
}

bool maintain_is_under_way(const struct maintenance *maintenance, int64_t chunk)
{
	for (size_t i = 0; i < maintenance->task_count; i++)
		if (maintenance->tasks[i]->chunk.id == chunk)
			return true;
	return false;
}

/* ---- back-off ---- */

/* The chunk's slot or, if it has none, the one that can best be done without. */
static struct setback *find_setback(struct maintenance *maintenance, int64_t chunk)
{
	enum { TRIES = 8 };
	struct setback *oldest = NULL;
	for (size_t i = 0; i < TRIES; i++) {
		struct setback *slot =
			&maintenance->setbacks[((uint64_t)chunk * UINT64_C(0x9E3779B97F4A7C15) + i) %
					       MAINTAIN_SETBACKS_MAX];
		if (slot->chunk == chunk)
			return slot;
		if (!oldest || slot->until_ns < oldest->until_ns)
			oldest = slot;
	}
	return oldest;
}

static bool is_set_back(struct maintenance *maintenance, int64_t chunk)
{
	const struct setback *slot = find_setback(maintenance, chunk);
	return slot->chunk == chunk && slot->until_ns > maintain_now_ns(maintenance);
}

void maintain_note_setback(struct maintenance *maintenance, int64_t chunk, const char *why)
{
	struct setback *slot = find_setback(maintenance, chunk);
	if (slot->chunk != chunk && !why)
		return;
	if (slot->chunk != chunk || !why)
		*slot = (struct setback){0};
	if (!why)
		return;
	snprintf(maintenance->setback_reason, sizeof(maintenance->setback_reason), "%s", why);
	slot->chunk = chunk;
	int64_t wait_ms = SETBACK_FIRST_MS;
	for (unsigned i = 0; i < slot->failures && wait_ms < SETBACK_LAST_MS; i++)
		wait_ms *= 2;
	wait_ms = wait_ms > SETBACK_LAST_MS ? SETBACK_LAST_MS : wait_ms;
	slot->failures++;
	slot->until_ns = maintain_now_ns(maintenance) + wait_ms * 1000000;
	/* The queue passes over it now; a scan after that time finds it again. */
}

/* ---- how much at once ---- */

size_t maintain_depth(const struct maintenance *maintenance)
{
	size_t workers =
		maintenance->threaded ? maintenance->worker_count : maintenance->settings.repair_concurrency;
	size_t wanted = maintenance->settings.repair_concurrency;
	if (wanted < workers)
		workers = wanted; /* the config may allow fewer by now */
	size_t depth = workers * TASKS_FOR_EACH_WORKER;
	return depth < MAINTAIN_TASKS_MAX ? depth : MAINTAIN_TASKS_MAX;
}

/* Whether bytes may be moved now; books them. */
static bool may_move(struct maintenance *maintenance, uint64_t bytes)
{
	int64_t now = maintain_now_ns(maintenance);
	if (throttle_book(&maintenance->throttle, 0, now) > 0) {
		maintenance->throttled = true;
		return false;
	}
	throttle_book(&maintenance->throttle, bytes, now);
	return true;
}

/* ---- planning ---- */

static void push_pending(struct maintenance *maintenance, struct task *task)
{
	task->next = NULL;
	*maintenance->pending_end = task;
	maintenance->pending_end = &task->next;
}

/* The ids of nodes that are not to be chosen, and those that count for the zones: the keepers. */
struct node_ids {
	uint16_t ids[COPYSET_MAX];
	size_t count;
};

struct choice {
	struct node_ids keepers, others;
};

static void sort_holders(
	const struct maintenance *maintenance, const struct catalog_chunk *chunk, struct choice *choice)
{
	choice->keepers.count = choice->others.count = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		size_t at = maintenance->index_by_id[chunk->nodes[i]];
		const struct plan_node *node =
			at < maintenance->world.node_count ? &maintenance->plan_nodes[at] : NULL;
		bool keeper = node && node->readable && !node->draining;
		struct node_ids *list = keeper ? &choice->keepers : &choice->others;
		list->ids[list->count++] = chunk->nodes[i];
	}
}

/* Chooses a target among the nodes that the plan allows, and books room on it. NULL: none has room. */
static struct node *choose_target(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	struct choice choice;
	bool allowed[STORE_NODES_MAX];
	sort_holders(maintenance, chunk, &choice);
	for (size_t i = 0; i < maintenance->world.node_count; i++)
		allowed[i] = maintenance->plan_nodes[i].target;
	for (size_t i = 0; i < choice.others.count; i++) {
		size_t at = maintenance->index_by_id[choice.others.ids[i]];
		if (at < maintenance->world.node_count)
			allowed[at] = false;
	}
	struct node *chosen = NULL;
	size_t found = store_place_among(maintenance->store, &chunk->digest, chunk->size, choice.keepers.ids,
		choice.keepers.count, 1, allowed, maintenance->world.node_count, &chosen);
	return found ? chosen : NULL;
}

/* Which holder to read: any that answers, but a slow one only when there is no other. */
static struct node *choose_source(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	struct dice *dice = maintenance->store->env->dice;
	struct node *chosen = NULL;
	bool chosen_slow = true;
	unsigned seen = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		size_t at = maintenance->index_by_id[chunk->nodes[i]];
		if (at == maintenance->world.node_count || !maintenance->plan_nodes[at].readable)
			continue;
		bool slow = maintenance->statuses[at].slow;
		if (slow && !chosen_slow)
			continue;
		seen = slow == chosen_slow ? seen + 1 : 1;
		if (!chosen || slow != chosen_slow || dice->next(dice) % seen == 0)
			chosen = &maintenance->store->nodes[at];
		chosen_slow = slow;
	}
	return chosen;
}

static bool zone_is_used(
	const struct maintenance *maintenance, const struct catalog_chunk *chunk, const struct node *target)
{
	struct choice choice;
	sort_holders(maintenance, chunk, &choice);
	for (size_t i = 0; i < choice.keepers.count; i++) {
		size_t at = maintenance->index_by_id[choice.keepers.ids[i]];
		if (maintenance->plan_nodes[at].zone == target->zone_index)
			return true;
	}
	return false;
}

static bool plan_copy(struct maintenance *maintenance, const struct catalog_chunk *chunk,
	enum plan_purpose purpose, bool last_copy, struct node *target, struct node *giver)
{
	struct task *task = maintain_add_task(maintenance, TASK_COPY, chunk);
	if (!task) {
		node_book(target, -(int64_t)chunk->size);
		return false;
	}
	task->purpose = purpose;
	task->last_copy = last_copy;
	task->from = choose_source(maintenance, chunk);
	task->target = target;
	task->victim = giver;
	push_pending(maintenance, task);
	return true;
}

static bool plan_trim(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	size_t victim = plan_victim(&maintenance->world, chunk->nodes, chunk->node_count);
	struct task *task = maintain_add_task(maintenance, TASK_TRIM, chunk);
	if (!task)
		return false;
	task->purpose = PURPOSE_TRIM;
	task->victim = &maintenance->store->nodes[victim];
	/* So that the next ones are not all taken from the node that was the fullest at the scan. */
	if (maintenance->capacity[victim])
		maintenance->plan_nodes[victim].fill -=
			(double)chunk->size / (double)maintenance->capacity[victim];
	maintain_submit(maintenance, task);
	return true;
}

/* What is to be done about one chunk. False: no more can be planned now. */
static bool plan_chunk(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	struct plan_verdict verdict;
	plan_judge(&maintenance->world, chunk->want, chunk->nodes, chunk->node_count, &verdict);
	if (verdict.action == PLAN_TRIM) {
		if (!may_move(maintenance, chunk->size * chunk->want))
			return false;
		return plan_trim(maintenance, chunk);
	}
	if (verdict.action != PLAN_COPY)
		return true;
	struct node *target = choose_target(maintenance, chunk);
	if (!target) {
		/* Some node takes chunks, but none has room for this one. */
		maintain_note_setback(maintenance, chunk->id, "no node has room for it");
		return true;
	}
	/* The zone that was to be had may have no room: a copy in a used one would only have to go again. */
	if (verdict.purpose == PURPOSE_SPREAD && zone_is_used(maintenance, chunk, target)) {
		node_book(target, -(int64_t)chunk->size);
		maintain_note_setback(maintenance, chunk->id, "no node of another zone has room for it");
		return true;
	}
	if (!may_move(maintenance, chunk->size)) {
		node_book(target, -(int64_t)chunk->size);
		return false;
	}
	return plan_copy(maintenance, chunk, verdict.purpose, verdict.last_copy, target, NULL);
}

/* Works through the chunks of an entry. False: no more can be planned now. */
static bool plan_entry(struct maintenance *maintenance, struct queue_entry *entry, size_t depth)
{
	struct catalog_chunk page[PAGE_CHUNKS];
	struct error error;
	for (;;) {
		int count = catalog_page_chunks(
			maintenance->store->reader, entry->copyset, entry->after, page, PAGE_CHUNKS, &error);
		if (count < 0) {
			maintain_note_trouble(maintenance, &error);
			return false;
		}
		for (int i = 0; i < count; i++) {
			if (maintain_unfinished(maintenance) >= depth)
				return false;
			bool skip = maintain_is_under_way(maintenance, page[i].id) ||
				    is_set_back(maintenance, page[i].id);
			if (!skip && !plan_chunk(maintenance, &page[i]))
				return false;
			entry->after = page[i].id;
		}
		if (count < PAGE_CHUNKS)
			return true;
	}
}

/* ---- balance ---- */

enum move { MOVE_PLANNED, MOVE_PASSED_OVER, MOVE_USELESS, MOVE_NOT_NOW };

static enum move plan_balance_move(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	size_t giver, taker;
	struct store *store = maintenance->store;
	struct plan_verdict verdict;
	plan_judge(&maintenance->world, chunk->want, chunk->nodes, chunk->node_count, &verdict);
	if (verdict.action != PLAN_NOTHING || !plan_move(&maintenance->world, &maintenance->balance,
						      chunk->nodes, chunk->node_count, &giver, &taker))
		return MOVE_USELESS;
	struct node_status *status = &maintenance->statuses[taker];
	node_status(&store->nodes[taker], status);
	double room = (double)status->capacity_bytes * NODE_FULL_RATIO;
	if ((double)(status->used_bytes + status->writing_bytes + chunk->size) > room)
		return MOVE_USELESS;
	if (!may_move(maintenance, chunk->size))
		return MOVE_NOT_NOW;
	node_book(&store->nodes[taker], (int64_t)chunk->size);
	if (!plan_copy(
		    maintenance, chunk, PURPOSE_BALANCE, false, &store->nodes[taker], &store->nodes[giver]))
		return MOVE_NOT_NOW;
	maintenance->balance.surplus[giver] -= (double)chunk->size;
	maintenance->balance.surplus[taker] += (double)chunk->size;
	return MOVE_PLANNED;
}

/*
 * One chunk of each copyset in turn, so that no pair of nodes loses all that it shares. Where one cannot be
 * moved, neither can the others of its copyset: going through them all in one step, at the end of each
 * balance, would hold up the rest.
 */
static void plan_moves(struct maintenance *maintenance, size_t depth)
{
	struct error error;
	while (maintenance->move_count && maintain_unfinished(maintenance) < depth) {
		if (maintenance->move_at >= maintenance->move_count)
			maintenance->move_at = 0;
		struct queue_entry *entry = &maintenance->moves[maintenance->move_at];
		struct catalog_chunk chunk;
		int found = catalog_page_chunks(
			maintenance->store->reader, entry->copyset, entry->after, &chunk, 1, &error);
		if (found < 0) {
			maintain_note_trouble(maintenance, &error);
			return;
		}
		enum move move = found == 1 ? MOVE_PASSED_OVER : MOVE_USELESS;
		if (found == 1 && !maintain_is_under_way(maintenance, chunk.id) &&
			!is_set_back(maintenance, chunk.id))
			move = plan_balance_move(maintenance, &chunk);
		if (move == MOVE_NOT_NOW)
			return;
		if (move == MOVE_USELESS) {
			*entry = maintenance->moves[--maintenance->move_count];
		} else {
			entry->after = chunk.id;
			maintenance->move_at++;
		}
	}
}

bool maintain_has_copies_to_plan(const struct maintenance *maintenance)
{
	/* What is to be trimmed comes last. */
	return maintenance->queue_at < maintenance->queue_count &&
	       maintenance->queue[maintenance->queue_at].action == PLAN_COPY;
}

/* ---- politeness ---- */

/*
 * While clients put and get, one task at a time is under way, and after it as long a rest as it took; last copies do
 * not rest.
 */
static size_t polite_depth(const struct maintenance *maintenance, size_t depth, bool last_copies)
{
	if (last_copies)
		return depth < TASKS_UNDER_CLIENTS ? depth : TASKS_UNDER_CLIENTS;
	return maintenance->polite_until_ns > maintain_now_ns(maintenance) ? 0 : 1;
}

void maintain_dispatch(struct maintenance *maintenance)
{
	size_t depth = maintain_depth(maintenance);
	maintenance->throttled = false;
	bool work = maintenance->queue_at < maintenance->queue_count || maintenance->move_count;
	if (maintenance->paused || maintenance->storm || !work ||
		!maintain_have_looked(maintenance, maintenance->departed_ns) ||
		maintenance->hold_until_ns > maintain_now_ns(maintenance))
		return;
	const bool polite = maintenance->polite = clients_are_active(maintenance->store->config->store);
	bool collecting = maintain_is_asked_to_collect(maintenance);
	if (!polite)
		maintenance->polite_until_ns = 0;
	while (maintenance->queue_at < maintenance->queue_count) {
		struct queue_entry *entry = &maintenance->queue[maintenance->queue_at];
		size_t most = polite ? polite_depth(maintenance, depth, entry->last_copy) : depth;
		if (collecting && !entry->last_copy)
			return;
		if (maintain_unfinished(maintenance) >= most || !plan_entry(maintenance, entry, most))
			return;
		maintenance->queue_at++;
	}
	size_t most = polite ? polite_depth(maintenance, depth, false) : depth;
	if (maintenance->balancing && !collecting && maintain_unfinished(maintenance) < most)
		plan_moves(maintenance, most);
}
