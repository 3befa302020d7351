/*
 * maintain_scan.c: judges every copyset, and so every chunk, and puts into words what comes of it.
 *
 * A scan reads the copysets, of which there are few even when chunks are many, and leaves a queue of those whose
 * chunks want something done, the most urgent first. What is said of repair follows from the same sums, so that state
 * and work cannot disagree.
 */
#include "engine/maintain.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the world ---- */

static void describe_node(struct maintenance *maintenance, size_t at)
{
	struct node *node = &maintenance->store->nodes[at];
	struct node_status *status = &maintenance->statuses[at];
	node_status(node, status);
	double room = (double)status->capacity_bytes * NODE_FULL_RATIO;
	uint64_t used = status->used_bytes + status->writing_bytes;
	bool known = node->id != 0;
	maintenance->used[at] = maintenance->held[at] = 0; /* counted while the copysets are visited */
	maintenance->capacity[at] = status->readable ? status->capacity_bytes : 0;
	maintenance->weight[at] = status->weight;
	maintenance->plan_nodes[at] = (struct plan_node){
		.id = node->id,
		.zone = node->zone_index,
		.readable = known && status->readable,
		.target =
			known && status->writable && !status->slow && !status->suspect && (double)used < room,
		.draining = status->draining,
		.awaited = known && maintenance->nodes[at].awaited,
		.fill = status->capacity_bytes ? (double)used / (double)status->capacity_bytes : 1,
	};
	maintenance->nodes_known += known;
	maintenance->nodes_up += known && status->readable;
}

static void describe_world(struct maintenance *maintenance)
{
	struct store *store = maintenance->store;
	size_t count = store->node_count;
	maintenance->nodes_known = maintenance->nodes_up = 0;
	for (size_t i = 0; i < count; i++)
		describe_node(maintenance, i);
	plan_world_init(&maintenance->world, maintenance->plan_nodes, count,
		store->config->placement_spread == SPREAD_ZONE, maintenance->index_by_id);
	maintenance->storm = (double)maintenance->nodes_up <
			     maintenance->settings.repair_min_up_ratio * (double)maintenance->nodes_known;
}

/* ---- copysets ---- */

static int append(struct queue_entry **list, size_t *count, size_t *room, const struct queue_entry *entry,
	struct error *error)
{
	if (*count == *room) {
		size_t more = *room ? 2 * *room : 64;
		struct queue_entry *grown = realloc(*list, more * sizeof(*grown));
		if (!grown)
			return error_set_errno(error, ENOMEM, "cannot plan the repair");
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = *entry;
	return 0;
}

/* The place of the sample that comes after the one at `place`: with a chance of place / n it lies beyond n. */
static double next_sample(struct dice *dice, uint64_t place)
{
	double chance = (double)((dice->next(dice) >> 11) + 1) * 0x1p-53; /* above 0, up to 1 */
	return floor((double)place / chance) + 1;
}

/*
 * Each node remembers one of its copysets, drawn so that each has the same chance (reservoir sampling). Random
 * numbers cost more than judging, so each tells how many are passed over until the next is taken.
 */
static void draw_samples(struct maintenance *maintenance, const struct catalog_copyset *copyset)
{
	for (unsigned i = 0; i < copyset->node_count; i++) {
		size_t at = maintenance->world.index_by_id[copyset->nodes[i]];
		if (at >= maintenance->world.node_count)
			continue;
		uint64_t place = ++maintenance->samples_seen[at];
		if ((double)place < maintenance->sample_next[at])
			continue;
		atomic_store(&maintenance->nodes[at].sample_copyset, copyset->id);
		maintenance->sample_next[at] = next_sample(maintenance->store->env->dice, place);
	}
}

static void count_verdict(struct maintenance *maintenance, const struct catalog_copyset *copyset,
	const struct plan_verdict *verdict)
{
	bool todo = verdict->action != PLAN_NOTHING && verdict->action != PLAN_UNREADABLE;
	if (todo) {
		struct view_queue *kind = &maintenance->by_kind[plan_queue(verdict)];
		kind->chunks += copyset->chunks;
		kind->bytes += copyset->bytes * verdict->copies;
	}
	switch (verdict->action) {
	case PLAN_COPY:
		maintenance->queued_chunks += copyset->chunks;
		maintenance->queued_bytes += copyset->bytes * verdict->copies;
		maintenance->drain_chunks += verdict->purpose == PURPOSE_DRAIN ? copyset->chunks : 0;
		maintenance->spread_chunks += verdict->purpose == PURPOSE_SPREAD ? copyset->chunks : 0;
		maintenance->last_copies += verdict->last_copy ? copyset->chunks : 0;
		break;
	case PLAN_TRIM:
		maintenance->queued_chunks += copyset->chunks;
		maintenance->trim_chunks += copyset->chunks;
		break;
	case PLAN_WAIT:
		maintenance->waiting_chunks += copyset->chunks;
		maintenance->waiting_bytes += copyset->bytes * verdict->copies;
		break;
	case PLAN_BLOCKED:
		maintenance->blocked_chunks += copyset->chunks;
		maintenance->blocked_bytes += copyset->bytes * verdict->copies;
		break;
	case PLAN_UNREADABLE:
		maintenance->unreadable_chunks += copyset->chunks;
		break;
	case PLAN_NOTHING:
		break;
	}
}

/*
 * What each node holds is counted in the same pass, because the balance must agree with what is judged: sums of a
 * moment earlier would miss what was just committed, and move it once more.
 */
static void count_held(struct maintenance *maintenance, const struct catalog_copyset *copyset)
{
	for (unsigned i = 0; i < copyset->node_count; i++) {
		size_t at = maintenance->world.index_by_id[copyset->nodes[i]];
		if (at >= maintenance->world.node_count)
			continue;
		maintenance->used[at] += copyset->bytes;
		maintenance->held[at] += copyset->chunks;
	}
}

static void note_awaited(struct maintenance *maintenance, const struct catalog_copyset *copyset)
{
	for (unsigned i = 0; i < copyset->node_count; i++) {
		size_t at = maintenance->world.index_by_id[copyset->nodes[i]];
		if (at < maintenance->world.node_count && maintenance->plan_nodes[at].awaited)
			maintenance->waited_for[at] = true;
	}
}

static int visit_copyset(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	struct maintenance *maintenance = context;
	struct plan_verdict verdict;
	plan_judge(&maintenance->world, copyset->want, copyset->nodes, copyset->node_count, &verdict);
	maintenance->total_chunks += copyset->chunks;
	maintenance->lost_chunks += copyset->node_count == 0 ? copyset->chunks : 0;
	count_verdict(maintenance, copyset, &verdict);
	if (verdict.action == PLAN_WAIT)
		note_awaited(maintenance, copyset);
	draw_samples(maintenance, copyset);
	count_held(maintenance, copyset);
	const struct queue_entry entry = {
		.copyset = copyset->id,
		.urgency = verdict.urgency,
		.action = verdict.action,
		.last_copy = verdict.last_copy,
	};
	if (verdict.action == PLAN_COPY || verdict.action == PLAN_TRIM)
		return append(&maintenance->queue, &maintenance->queue_count, &maintenance->queue_room,
			&entry, error);
	return 0;
}

static int by_urgency(const void *a, const void *b)
{
	const struct queue_entry *first = a, *second = b;
	if (first->urgency != second->urgency)
		return first->urgency < second->urgency ? -1 : 1;
	return first->copyset < second->copyset ? -1 : first->copyset > second->copyset;
}

/* ---- balance ---- */

static void subtract(uint64_t *sum, uint64_t bytes)
{
	*sum -= bytes < *sum ? bytes : *sum;
}

/* As it will be when what is under way has arrived, and has left the node that gives it. */
static void look_ahead(struct maintenance *maintenance)
{
	for (size_t i = 0; i < maintenance->task_count; i++) {
		const struct task *task = maintenance->tasks[i];
		if (task->kind != TASK_COPY)
			continue;
		maintenance->used[task->target - maintenance->store->nodes] += task->chunk.size;
		if (task->purpose == PURPOSE_BALANCE)
			subtract(&maintenance->used[task->victim - maintenance->store->nodes],
				task->chunk.size);
	}
}

static int collect_move(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	struct maintenance *maintenance = context;
	size_t giver, taker;
	struct plan_verdict verdict;
	plan_judge(&maintenance->world, copyset->want, copyset->nodes, copyset->node_count, &verdict);
	if (verdict.action != PLAN_NOTHING || !plan_move(&maintenance->world, &maintenance->balance,
						      copyset->nodes, copyset->node_count, &giver, &taker))
		return 0;
	const struct queue_entry entry = {.copyset = copyset->id};
	return append(&maintenance->moves, &maintenance->move_count, &maintenance->move_room, &entry, error);
}

/* Begins to balance when the skew is too large or somebody asked for it, and goes on until no move helps. */
static int scan_balance(struct maintenance *maintenance, struct error *error)
{
	uint64_t chunk_bytes = maintenance->store->config->chunk_bytes;
	look_ahead(maintenance);
	plan_balance(&maintenance->world, maintenance->used, maintenance->capacity, maintenance->weight,
		chunk_bytes, &maintenance->balance);
	maintenance->move_count = maintenance->move_at = 0;
	bool asked = maintenance->passes[PASS_REBALANCE].active;
	bool started = maintenance->balancing;
	bool needed = maintenance->balance.skew > maintenance->settings.repair_max_skew;
	bool quiet = maintenance->queued_chunks == maintenance->trim_chunks &&
		     maintenance->waiting_chunks == 0 && !maintenance->storm;
	maintenance->balancing = quiet && (asked || started || needed);
	/* Copies that are too many are trimmed first: until then nobody knows what the nodes that give will hold. */
	if (!maintenance->balancing || maintenance->trim_chunks)
		return 0;
	if (catalog_each_copyset(maintenance->store->reader, collect_move, maintenance, error) < 0)
		return -1;
	if (maintenance->move_count == 0 && maintenance->copies_under_way == 0)
		maintenance->balancing = false;
	else if (!started && maintenance->move_count)
		maintain_set_trigger(maintenance, "the fullest and the emptiest node differ by %.0f points",
			100 * maintenance->balance.skew);
	return 0;
}

int maintain_scan(struct maintenance *maintenance, struct error *error)
{
	int64_t began = maintain_now_ns(maintenance);
	uint64_t lost_before = maintenance->lost_chunks;
	maintenance->queue_count = maintenance->queue_at = 0;
	maintenance->queued_chunks = maintenance->queued_bytes = maintenance->last_copies = 0;
	maintenance->waiting_bytes = maintenance->blocked_bytes = 0;
	memset(maintenance->by_kind, 0, sizeof(maintenance->by_kind));
	maintenance->waiting_chunks = maintenance->blocked_chunks = maintenance->unreadable_chunks = 0;
	maintenance->trim_chunks = maintenance->drain_chunks = maintenance->spread_chunks = 0;
	maintenance->total_chunks = maintenance->lost_chunks = 0;
	memset(maintenance->waited_for, 0, sizeof(maintenance->waited_for));
	memset(maintenance->samples_seen, 0, sizeof(maintenance->samples_seen));
	memset(maintenance->sample_next, 0, sizeof(maintenance->sample_next));
	describe_world(maintenance);
	if (catalog_each_copyset(maintenance->store->reader, visit_copyset, maintenance, error) < 0)
		return -1;
	if (maintenance->lost_chunks > lost_before)
		maintain_want_reclaim(maintenance);
	if (maintenance->queue_count)
		qsort(maintenance->queue, maintenance->queue_count, sizeof(*maintenance->queue), by_urgency);
	if (scan_balance(maintenance, error) < 0)
		return -1;
	int64_t highest = 0;
	if (catalog_highest_chunk(maintenance->store->reader, &highest, error) < 0)
		return -1;
	atomic_store(&maintenance->highest_chunk, highest);
	maintenance->scans++;
	maintenance->last_scan_ns = maintain_now_ns(maintenance);
	maintenance->scan_cost_ns = maintenance->last_scan_ns - began;
	maintenance->dirty = false;
	return 0;
}

/* ---- words ---- */

static void say(struct report *report, enum repair_state state, const char *format, ...) PRINTF_LIKE(3, 4);

static void say(struct report *report, enum repair_state state, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report->state = state;
	vsnprintf(report->reason, sizeof(report->reason), format, arguments);
	va_end(arguments);
}

/* The node whose grace ends first among those that chunks wait for, and how long that takes. */
static const struct node *first_awaited(const struct maintenance *maintenance, int64_t *left_ms)
{
	const struct node *first = NULL;
	for (size_t i = 0; i < maintenance->store->node_count; i++) {
		const struct maintain_node *known = &maintenance->nodes[i];
		if (!known->awaited || !maintenance->waited_for[i])
			continue;
		int64_t left = grace_left_ms(&known->grace, maintain_now_ms(maintenance));
		if (!first || left < *left_ms) {
			first = &maintenance->store->nodes[i];
			*left_ms = left;
		}
	}
	return first;
}

static const char *chunks_word(uint64_t count)
{
	return count == 1 ? "chunk" : "chunks";
}

static void describe_work(struct maintenance *maintenance, struct report *report)
{
	bool trims_only = maintenance->queued_chunks == maintenance->trim_chunks && !maintenance->balancing;
	bool moves_only = maintenance->queued_chunks ==
			  maintenance->trim_chunks + maintenance->drain_chunks + maintenance->spread_chunks;
	const char *what = maintenance->balancing && maintenance->queued_chunks == maintenance->trim_chunks
				   ? "moving chunks to emptier nodes"
			   : trims_only  ? "removing copies that are too many, once the others are verified"
			   : !moves_only ? "copying chunks that have too few copies"
			   : maintenance->spread_chunks ? "copying chunks into more zones"
							: "copying chunks off nodes that are drained";
	char limit[32];
	if (maintenance->throttled)
		say(report, REPAIR_THROTTLED, "%s, at most %s a second", what,
			text_bytes(limit, sizeof(limit), maintenance->bandwidth));
	else if (maintenance->polite_until_ns > maintain_now_ns(maintenance))
		say(report, REPAIR_THROTTLED, "%s, slowly while clients put and get", what);
	else
		say(report, REPAIR_RUNNING, "%s", what);
}

/* Whether all that is left to be copied failed lately. */
static bool is_stuck(const struct maintenance *maintenance)
{
	return maintenance->queued_chunks > maintenance->trim_chunks && !maintenance->dirty &&
	       maintenance->queue_at >= maintenance->queue_count &&
	       maintenance->task_count == maintenance->scrubs_under_way;
}

/*
 * What balancing still has to move: what is under way, and what some nodes hold too much of and others lack. That is
 * an estimate, for it ends when no move helps any more, wherever that is.
 */
static struct view_queue estimate_balance(const struct maintenance *maintenance)
{
	const struct plan_balance *balance = &maintenance->balance;
	struct view_queue moves = {0};
	double surplus = 0, lack = 0, bytes = 0, chunks = 0;
	for (size_t i = 0; i < maintenance->task_count; i++) {
		const struct task *task = maintenance->tasks[i];
		if (task->kind != TASK_COPY || task->purpose != PURPOSE_BALANCE)
			continue;
		moves.chunks++;
		moves.bytes += task->chunk.size;
	}
	for (size_t i = 0; i < maintenance->world.node_count; i++) {
		double own = balance->surplus[i];
		surplus += own > balance->step ? own - balance->step : 0;
		lack += -own > balance->step ? -own - balance->step : 0;
		bytes += (double)maintenance->used[i];
		chunks += (double)maintenance->held[i];
	}
	if (maintenance->move_count == 0 || bytes <= 0 || chunks <= 0)
		return moves;
	double left = surplus < lack ? surplus : lack;
	moves.bytes += (uint64_t)left;
	moves.chunks += (uint64_t)ceil(left * chunks / bytes);
	return moves;
}

void maintain_describe(struct maintenance *maintenance, struct report *report)
{
	int64_t now = maintain_now_ns(maintenance), left_ms = 0;
	bool work = maintenance->queued_chunks || maintenance->task_count > maintenance->scrubs_under_way ||
		    maintenance->move_count;
	const struct node *awaited = first_awaited(maintenance, &left_ms);
	uint64_t waiting = maintenance->waiting_chunks, blocked = maintenance->blocked_chunks;
	report->grace_left_s = awaited && waiting ? (double)left_ms / 1000 : -1;
	report->reason[0] = '\0';
	report->state = REPAIR_IDLE;
	if (maintenance->paused && (work || waiting || blocked))
		say(report, REPAIR_PAUSED, "paused by the operator; 'linckia repair --resume' ends that");
	else if (maintenance->hold_until_ns > now)
		say(report, REPAIR_BLOCKED, "%s", maintenance->hold_reason);
	else if (maintenance->storm && (work || waiting || blocked || maintenance->unreadable_chunks))
		say(report, REPAIR_BLOCKED,
			"only %zu of %zu nodes answer; repair waits for %.0f %% of them "
			"(repair.min_up_ratio)",
			maintenance->nodes_up, maintenance->nodes_known,
			100 * maintenance->settings.repair_min_up_ratio);
	else if (is_stuck(maintenance))
		say(report, REPAIR_BLOCKED, "%llu %s could not be copied: %s; trying again later",
			(unsigned long long)(maintenance->queued_chunks - maintenance->trim_chunks),
			chunks_word(maintenance->queued_chunks - maintenance->trim_chunks),
			maintenance->setback_reason);
	else if (work)
		describe_work(maintenance, report);
	else if (waiting)
		say(report, REPAIR_GRACE, "%s may come back: %.1f s left until %llu %s %s copied elsewhere",
			awaited ? awaited->name : "a node", (double)left_ms / 1000,
			(unsigned long long)waiting, chunks_word(waiting), waiting == 1 ? "is" : "are");
	else if (blocked)
		say(report, REPAIR_BLOCKED,
			"no node can take another copy of %llu %s: bring a node back, add one, or make room",
			(unsigned long long)blocked, chunks_word(blocked));
	else if (maintenance->paused)
		say(report, REPAIR_PAUSED, "paused by the operator; nothing is to be done");
	struct view_queue moves = estimate_balance(maintenance);
	memcpy(report->queue, maintenance->by_kind, sizeof(report->queue));
	report->queue[QUEUE_BALANCE] = moves;
	report->queued = maintenance->queued_chunks + waiting + blocked + moves.chunks;
	report->queued_bytes = maintenance->queued_bytes + maintenance->waiting_bytes +
			       maintenance->blocked_bytes + moves.bytes;
	report->active = maintenance->task_count - maintenance->scrubs_under_way;
}
