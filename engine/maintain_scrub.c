/*
 * maintain_scrub.c: the pass over all copies that verifies each of them.
 *
 * A pass goes through the chunks in the order of their ids and verifies all copies of each. Because that order is the
 * same in every pass, it is also "oldest first", and one number is enough to go on from after a restart. When a pass
 * ends, each node all of whose copies could be read is known to have been verified since the pass began; any other is
 * left with what was known before. A pass begins once the oldest of these is half an interval old, so that it has the
 * other half to end in; a node whose copies were not all verified within the interval is overdue.
 *
 * Repair goes first: nothing is handed out while chunks wait for their turn to be copied. The clock on the wall may
 * jump: forward, a pass merely begins early; and a time that lies half an interval ahead comes from a clock that was
 * wrong, and counts as never.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clients.h"

enum {
	PAGE_CHUNKS = 64,
	SAVE_EVERY_MS = 5000,
	START_CHECK_MS = 1000,
	RATE_MS = 1000,
	PASSES_MAX = 20 /* an interval */
};

/* ---- what a restart goes on from ---- */

/* The highest id such that it and all below it are done: tasks end in any order. */
static int64_t verified_after(const struct maintenance *maintenance)
{
	int64_t after = maintenance->scrub.after;
	for (size_t i = 0; i < maintenance->task_count; i++) {
		const struct task *task = maintenance->tasks[i];
		if (task->kind == TASK_SCRUB && task->chunk.id <= after)
			after = task->chunk.id - 1;
	}
	return after;
}

static void print_missed(const struct maintenance *maintenance, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < maintenance->store->node_count && used < size; i++)
		if (maintenance->scrub.missed[i])
			used += (size_t)snprintf(
				out + used, size - used, " %u", maintenance->store->nodes[i].id);
}

static int write_state(struct maintenance *maintenance, struct error *error)
{
	const struct scrub *scrub = &maintenance->scrub;
	char text[8192], missed[8000];
	if (!scrub->running || scrub->only)
		return catalog_remove_setting(maintenance->store->writer, "scrub", error);
	print_missed(maintenance, missed, sizeof(missed));
	snprintf(text, sizeof(text), "%lld %lld %llu %llu%s", (long long)verified_after(maintenance),
		(long long)scrub->started_ms, (unsigned long long)scrub->done, (unsigned long long)scrub->bad,
		missed);
	return catalog_write_text(maintenance->store->writer, "scrub", text, error);
}

void maintain_save_scrub(struct maintenance *maintenance)
{
	struct error ignored;
	struct catalog *catalog = maintenance->store->writer;
	maintenance->scrub.saved_ns = maintain_now_ns(maintenance);
	if (catalog_begin(catalog, &ignored) < 0)
		return;
	if (write_state(maintenance, &ignored) < 0 || catalog_commit(catalog, &ignored) < 0)
		catalog_rollback(catalog);
}

int maintain_take_over_scrub(struct maintenance *maintenance, struct error *error)
{
	struct scrub *scrub = &maintenance->scrub;
	char text[8192];
	long long after, started;
	unsigned long long done, bad;
	int used = 0;
	int found = catalog_read_text(maintenance->store->reader, "scrub", text, sizeof(text), error);
	if (found <= 0 || sscanf(text, "%lld %lld %llu %llu%n", &after, &started, &done, &bad, &used) != 4)
		return found < 0 ? -1 : 0;
	maintain_start_scrub(maintenance, 0, false, 0);
	scrub->after = after;
	scrub->started_ms = started;
	scrub->done = done;
	scrub->bad = bad;
	for (char *at = text + used, *end; *at; at = end) {
		struct node *node = store_node_by_id(maintenance->store, (uint16_t)strtoul(at, &end, 10));
		if (end == at)
			break;
		if (node)
			scrub->missed[node - maintenance->store->nodes] = true;
	}
	return 0;
}

/* ---- the pass ---- */

static uint64_t chunks_to_verify(const struct maintenance *maintenance)
{
	if (!maintenance->scrub.only)
		return maintenance->total_chunks;
	size_t at = maintenance->index_by_id[maintenance->scrub.only];
	return at < maintenance->world.node_count ? maintenance->held[at] : 0;
}

void maintain_start_scrub(struct maintenance *maintenance, uint16_t only, bool asked, int64_t bandwidth)
{
	struct scrub *scrub = &maintenance->scrub;
	scrub->running = true;
	scrub->pass++;
	scrub->only = only;
	scrub->asked = asked;
	scrub->bandwidth = bandwidth;
	scrub->started_ms = store_now_ms(maintenance->store);
	scrub->began_ns = scrub->rate_ns = scrub->saved_ns = maintain_now_ns(maintenance);
	scrub->after = 0;
	scrub->done = scrub->bad = scrub->bytes = scrub->rate_bytes = 0;
	scrub->total = chunks_to_verify(maintenance);
	scrub->rate = 0;
	memset(scrub->missed, 0, sizeof(scrub->missed));
}

void maintain_drop_scrub(struct maintenance *maintenance)
{
	maintenance->scrub.running = false;
	maintenance->scrub.pass++; /* what is under way counts for nothing */
}

static void record(struct maintenance *maintenance, const char *text, uint64_t chunks)
{
	const struct scrub *scrub = &maintenance->scrub;
	maintain_record(maintenance,
		&(struct view_event){
			.severity = scrub->bad ? EVENT_WARNING : EVENT_INFO,
			.code = "scrub_finished",
			.node = "",
			.text = text,
			.trigger = scrub->asked ? "asked for" : "scrub.interval",
			.source = "",
			.target = "",
			.result = scrub->bad ? "bad copies found" : "ok",
			.chunks = chunks,
			.bytes = scrub->bytes,
			.duration_ms = (maintain_now_ns(maintenance) - scrub->began_ns) / 1000000,
		});
}

static void end_pass(struct maintenance *maintenance)
{
	struct scrub *scrub = &maintenance->scrub;
	struct store *store = maintenance->store;
	struct error ignored;
	char text[256], size[32];
	scrub->running = false;
	/* What could not be read is tried again, but not in one pass after the other. */
	scrub->next_start_check_ns =
		maintain_now_ns(maintenance) + maintenance->settings.scrub_interval_ms / PASSES_MAX * 1000000;
	snprintf(text, sizeof(text), "scrub: verified %llu %s (%s of copies), %llu bad",
		(unsigned long long)scrub->done, scrub->done == 1 ? "chunk" : "chunks",
		text_bytes(size, sizeof(size), scrub->bytes), (unsigned long long)scrub->bad);
	if (catalog_begin(store->writer, &ignored) == 0) {
		int result = write_state(maintenance, &ignored);
		for (size_t i = 0; result == 0 && i < store->node_count; i++) {
			uint16_t id = store->nodes[i].id;
			if (!id || scrub->missed[i] || (scrub->only && scrub->only != id))
				continue;
			result = catalog_set_node_verified(store->writer, id, scrub->started_ms, &ignored);
		}
		if (result < 0 || catalog_commit(store->writer, &ignored) < 0)
			catalog_rollback(store->writer);
	}
	record(maintenance, text, scrub->done);
	maintenance->dirty = true;
}

/*
 * Whether the task came to know what the copy on the node is
 * like; an error of a chunk's only reading is not believed.
 */
static bool is_known(const struct task *task, const struct node *node)
{
	for (unsigned i = 0; i < task->verified; i++)
		if (task->good[i] == node)
			return true;
	for (unsigned i = 0; i < task->bad_count; i++)
		if (task->bad[i].node == node)
			return task->bad[i].result != CHUNK_READ_ERROR || task->verified > 0;
	return false;
}

void maintain_settle_scrub(struct maintenance *maintenance, const struct task *task)
{
	struct scrub *scrub = &maintenance->scrub;
	if (task->pass != scrub->pass)
		return;
	for (unsigned i = 0; i < task->chunk.node_count; i++) {
		struct node *node = store_node_by_id(maintenance->store, task->chunk.nodes[i]);
		if (node && (!task->only || task->only == node) && !is_known(task, node))
			scrub->missed[node - maintenance->store->nodes] = true;
	}
	scrub->done++;
	scrub->bytes += task->bytes;
	scrub->rate_bytes += task->bytes;
	scrub->bad += task->bad_count;
}

static void note_missed(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	for (unsigned i = 0; i < chunk->node_count; i++) {
		size_t at = maintenance->index_by_id[chunk->nodes[i]];
		if (at < maintenance->world.node_count && !node_is_readable(&maintenance->store->nodes[at]))
			maintenance->scrub.missed[at] = true;
	}
}

static bool concerns(const struct scrub *scrub, const struct catalog_chunk *chunk)
{
	for (unsigned i = 0; i < chunk->node_count; i++)
		if (!scrub->only || chunk->nodes[i] == scrub->only)
			return true;
	return false;
}

static bool hand_out(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	struct scrub *scrub = &maintenance->scrub;
	int64_t now = maintain_now_ns(maintenance);
	if (maintain_is_under_way(maintenance, chunk->id) ||
		throttle_book(&maintenance->scrub_throttle, 0, now) > 0)
		return false;
	note_missed(maintenance, chunk);
	if (!concerns(scrub, chunk))
		return true;
	struct task *task = maintain_add_task(maintenance, TASK_SCRUB, chunk);
	if (!task)
		return false;
	throttle_book(&maintenance->scrub_throttle, chunk->size * (scrub->only ? 1 : chunk->node_count), now);
	task->pass = scrub->pass;
	if (scrub->only)
		task->only = store_node_by_id(maintenance->store, scrub->only);
	maintain_submit(maintenance, task);
	return true;
}

/* Hands out chunks while there is room. Returns whether all were. */
static bool hand_out_chunks(struct maintenance *maintenance)
{
	struct scrub *scrub = &maintenance->scrub;
	size_t depth = maintain_depth(maintenance);
	if (clients_are_active(maintenance->store->config->store))
		depth = 1;
	size_t unfinished;
	while ((unfinished = maintain_unfinished(maintenance)) < depth) {
		struct catalog_chunk page[PAGE_CHUNKS];
		struct error error;
		int limit = (int)(depth - unfinished);
		limit = limit < PAGE_CHUNKS ? limit : PAGE_CHUNKS;
		int count =
			catalog_page_chunks(maintenance->store->reader, 0, scrub->after, page, limit, &error);
		if (count < 0)
			maintain_note_trouble(maintenance, &error);
		if (count <= 0)
			return count == 0;
		for (int i = 0; i < count; i++) {
			if (!hand_out(maintenance, &page[i]))
				return false;
			scrub->after = page[i].id;
		}
	}
	return false;
}

static bool is_due(const struct maintenance *maintenance)
{
	int64_t now = store_now_ms(maintenance->store), half = maintenance->settings.scrub_interval_ms / 2;
	for (size_t i = 0; i < maintenance->store->node_count; i++) {
		int64_t verified = maintenance->statuses[i].verified_ms;
		if (maintenance->store->nodes[i].id && maintenance->plan_nodes[i].readable &&
			(now - verified >= half || verified - now >= half))
			return true;
	}
	return false;
}

static void begin_if_due(struct maintenance *maintenance)
{
	int64_t now = maintain_now_ns(maintenance);
	if (maintenance->settings.scrub_interval_ms == 0 || now < maintenance->scrub.next_start_check_ns ||
		maintenance->total_chunks == 0)
		return;
	maintenance->scrub.next_start_check_ns = now + (int64_t)START_CHECK_MS * 1000000;
	if (is_due(maintenance))
		maintain_start_scrub(maintenance, 0, false, 0);
}

static void measure(struct maintenance *maintenance)
{
	struct scrub *scrub = &maintenance->scrub;
	int64_t now = maintain_now_ns(maintenance);
	if (now - scrub->rate_ns < (int64_t)RATE_MS * 1000000)
		return;
	scrub->rate = (double)scrub->rate_bytes * 1e9 / (double)(now - scrub->rate_ns);
	scrub->rate_bytes = 0;
	scrub->rate_ns = now;
}

void maintain_scrub(struct maintenance *maintenance)
{
	struct scrub *scrub = &maintenance->scrub;
	/* Chunks that cannot be copied now must not keep all others from being verified. */
	bool repairing = maintenance->copies_under_way > 0 || maintain_has_copies_to_plan(maintenance) ||
			 maintenance->storm;
	if (!scrub->running && !repairing)
		begin_if_due(maintenance);
	if (!scrub->running)
		return;
	/* Who waits for a pass that was asked for wants it as fast as was said. */
	uint64_t rate = !scrub->asked          ? maintenance->settings.scrub_bandwidth
			: scrub->bandwidth < 0 ? 0
					       : (uint64_t)scrub->bandwidth;
	if (throttle_rate(&maintenance->scrub_throttle) != rate)
		throttle_set(&maintenance->scrub_throttle, rate);
	measure(maintenance);
	/* A pass that is gone on with after a restart was begun before anything was counted. */
	if (scrub->total == 0)
		scrub->total = chunks_to_verify(maintenance);
	if (repairing && !maintenance->paused)
		return;
	bool all = hand_out_chunks(maintenance);
	if (all && maintenance->scrubs_under_way == 0)
		end_pass(maintenance);
	else if (maintain_now_ns(maintenance) - scrub->saved_ns > (int64_t)SAVE_EVERY_MS * 1000000)
		maintain_save_scrub(maintenance);
}
