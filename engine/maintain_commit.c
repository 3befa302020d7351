/*
 * maintain_commit.c: from finished tasks to the catalog.
 *
 * One transaction settles what is done and records the intents of what comes next. A copy becomes a replica only if
 * its target was flushed after it was written, still takes chunks, and still has the file; and only if the catalog
 * still wants it. A copy is given up only if nothing about the chunk has changed since the others were verified, and
 * these are still there (invariant 4). All of this is looked at once more under the write lock, because other
 * processes put, and nodes go, at any time.
 */
#include "engine/maintain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/flush.h"

enum { BATCH_TASKS = 16, READY_FOR_EACH_WORKER = 2, BATCH_MS = 100, HOLD_MS = 1000, FORGIVE_CHUNKS = 256 };

static bool file_is_there(struct store *store, struct node *node, const struct digest *digest)
{
	const struct node_attachment *attachment = node_reading(node);
	return attachment && chunk_file_exists(store->env, attachment, digest);
}

/* ---- bad copies ---- */

/*
 * Copies that were found bad are condemned one by one, each in a transaction of its own. That an error of input or
 * output is lasting is believed only where another copy was read.
 */
static void condemn(struct maintenance *maintenance, const struct task *task)
{
	for (unsigned i = 0; i < task->bad_count; i++) {
		const struct task_bad *bad = &task->bad[i];
		if (bad->result == CHUNK_READ_ERROR && task->verified == 0)
			continue;
		store_condemn_replica(maintenance->store, &task->chunk, bad->node,
			bad->result == CHUNK_READ_ERROR ? "input/output error"
							: chunk_read_result_name(bad->result));
		maintain_set_trigger(maintenance, "a bad copy was found on %s", bad->node->name);
		maintenance->dirty = true;
	}
}

/* A pass that verifies says so each time; a copy that cannot be made for it is told as what repair waits for. */
static void tell_misdescribed(struct maintenance *maintenance, const struct task *task)
{
	char hex[DIGEST_HEX_SIZE], name[STORE_NAME_MAX + 32] = "";
	struct store *store = maintenance->store;
	struct error ignored;
	if (catalog_name_chunk(store->reader, task->chunk.id, name, sizeof(name), &ignored) < 0)
		name[0] = '\0';
	store_event(store, EVENT_ERROR, "catalog_damaged", "",
		"the catalog is damaged: chunk %.12s… of '%s' has another size than it says; the copies are "
		"good and stay; 'linckia rebuild' makes the catalog anew from the nodes",
		digest_hex(&task->chunk.digest, hex), name);
}

/* In a transaction: the notes about chunks of the page that have all they want. Returns how many, or -1. */
static int forgive(struct maintenance *maintenance, const int64_t *ids, int count, struct error *error)
{
	struct store *store = maintenance->store;
	int forgiven = 0;
	for (int i = 0; i < count; i++) {
		struct catalog_chunk row;
		int found = catalog_get_chunk(store->writer, ids[i], &row, error);
		if (found < 0)
			return -1;
		if (found && store_count_live(store, row.nodes, row.node_count) < row.want)
			continue;
		if (catalog_clear_bad_replicas(store->writer, ids[i], error) < 0)
			return -1;
		forgiven++;
	}
	return forgiven;
}

void maintain_forgive(struct maintenance *maintenance)
{
	int64_t ids[FORGIVE_CHUNKS];
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	if (maintenance->forgiven_scans == maintenance->scans)
		return;
	int count = catalog_page_bad(
		maintenance->store->reader, maintenance->forgiven_after, ids, FORGIVE_CHUNKS, &error);
	maintenance->forgiven_after = count == FORGIVE_CHUNKS ? ids[count - 1] : 0;
	if (count < FORGIVE_CHUNKS)
		maintenance->forgiven_scans = maintenance->scans; /* that was the last page */
	if (count <= 0 || catalog_begin(catalog, &error) < 0)
		return;
	int forgiven = forgive(maintenance, ids, count, &error);
	if (forgiven <= 0 || catalog_commit(catalog, &error) < 0)
		catalog_rollback(catalog);
}

/* ---- copies ---- */

/* Where a copyset is full, a node that does not answer gives way; what it has is a stray then. */
static int make_room(struct maintenance *maintenance, struct catalog_chunk *row, struct error *error)
{
	for (unsigned i = 0; row->node_count == COPYSET_MAX && i < row->node_count; i++) {
		uint16_t id = row->nodes[i];
		struct node *node = store_node_by_id(maintenance->store, id);
		if (node && node_is_readable(node))
			continue;
		if (catalog_add_stray(maintenance->store->writer, id, &row->digest, error) < 0)
			return -1;
		memmove(&row->nodes[i], &row->nodes[i + 1], (row->node_count - i - 1) * sizeof(*row->nodes));
		row->node_count--;
	}
	return 0;
}

/* 1: it is a replica now; 0: it is not, and its file is a stray. */
static int settle_copy(struct maintenance *maintenance, struct task *task, struct error *error)
{
	struct store *store = maintenance->store;
	struct catalog_chunk row;
	struct node *target = task->target;
	if (task->outcome != TASK_OK)
		return 0;
	int found = catalog_find_chunk(store->writer, &task->chunk.digest, &row, error);
	if (found <= 0)
		return found;
	if (catalog_is_placed(&row, target->id))
		return catalog_remove_stray(store->writer, target->id, &row.digest, error) < 0 ? -1 : 1;
	/* Another process may have removed it since the nodes were last refreshed. */
	bool known = maintenance->known[target - store->nodes];
	bool durable = known && node_writing(target) && node_flush_failures(target) == task->flush_failures &&
		       file_is_there(store, target, &row.digest);
	if (!durable) {
		snprintf(task->why, sizeof(task->why), "%s went out of service, or could not be flushed",
			target->name);
		return 0;
	}
	if (make_room(maintenance, &row, error) < 0)
		return -1;
	if (!catalog_chunk_insert(&row, target->id))
		return 0;
	if (catalog_place_chunk(store->writer, &row, error) < 0 ||
		catalog_remove_stray(store->writer, target->id, &row.digest, error) < 0)
		return -1;
	if (store_count_live(store, row.nodes, row.node_count) >= row.want &&
		catalog_clear_bad_replicas(store->writer, row.id, error) < 0)
		return -1;
	return 1;
}

/* ---- trims ---- */

/* 1: the victim's copy is none any more, and its file a stray; 0: things have changed. */
static int settle_trim(struct maintenance *maintenance, struct task *task, struct error *error)
{
	struct store *store = maintenance->store;
	struct catalog_chunk row;
	if (task->outcome != TASK_OK || task->bad_count)
		return 0;
	int found = catalog_find_chunk(store->writer, &task->chunk.digest, &row, error);
	if (found <= 0)
		return found;
	/* Of a node that was removed since, the number may be another's. */
	if (row.copyset != task->chunk.copyset || !maintenance->known[task->victim - store->nodes] ||
		!catalog_is_placed(&row, task->victim->id))
		return 0;
	/* Only what this task verified counts: a copy that came back since may be anything. */
	unsigned present = 0;
	for (unsigned i = 0; i < task->verified; i++) {
		struct node *node = task->good[i];
		assert(node != task->victim);
		present += maintenance->known[node - store->nodes] && catalog_is_placed(&row, node->id) &&
			   file_is_there(store, node, &row.digest);
	}
	if (present < row.want)
		return 0;
	if (catalog_drop_replica(store->writer, &row, task->victim->id, error) < 0 ||
		catalog_add_stray(store->writer, task->victim->id, &row.digest, error) < 0)
		return -1;
	return 1;
}

/* ---- the transaction ---- */

static int settle(struct maintenance *maintenance, struct task *task, bool *settled, struct error *error)
{
	int result = 0;
	if (task->kind == TASK_COPY)
		result = settle_copy(maintenance, task, error);
	else if (task->kind == TASK_TRIM)
		result = settle_trim(maintenance, task, error);
	if (result < 0)
		return -1;
	*settled = result > 0;
	return task->kind == TASK_COPY ? maintain_record_task(maintenance, task, *settled, error) : 0;
}

static int commit_all(struct maintenance *maintenance, struct task *done, bool *settled, struct error *error)
{
	struct catalog *catalog = maintenance->store->writer;
	size_t at = 0;
	if (store_list_known(maintenance->store, maintenance->known, error) < 0)
		return -1;
	for (struct task *task = done; task; task = task->next)
		if (settle(maintenance, task, &settled[at++], error) < 0)
			return -1;
	for (struct task *task = maintenance->pending; task; task = task->next)
		if (catalog_add_stray(catalog, task->target->id, &task->chunk.digest, error) < 0)
			return -1;
	if (maintenance->scans % 256 == 0 && catalog_sweep_copysets(catalog, error) < 0)
		return -1;
	return catalog_commit(catalog, error);
}

/* What was not committed is not counted among what is told, either. */
static int try_commit(struct maintenance *maintenance, struct task *done, bool *settled, struct error *error)
{
	const struct tally run = maintenance->run, since_event = maintenance->since_event;
	const unsigned run_events = maintenance->run_events;
	if (catalog_begin(maintenance->store->writer, error) < 0)
		return -1;
	if (commit_all(maintenance, done, settled, error) == 0)
		return 0;
	catalog_rollback(maintenance->store->writer);
	maintenance->run = run;
	maintenance->since_event = since_event;
	maintenance->run_events = run_events;
	return -1;
}

/* After the commit: what each task leads to. */
static void conclude(struct maintenance *maintenance, struct task *task, bool settled, bool committed)
{
	int64_t now = maintain_now_ns(maintenance);
	if (task->kind == TASK_SCRUB) {
		maintain_settle_scrub(maintenance, task);
	} else {
		const char *why = task->why[0] ? task->why : "things changed meanwhile";
		maintain_note_setback(maintenance, task->chunk.id, settled && committed ? NULL : why);
		if (maintenance->polite)
			maintenance->polite_until_ns = now + (task->ended_ns - task->started_ns);
	}
	if (task->kind == TASK_COPY && settled && committed) {
		maintenance->repaired++;
		maintenance->repaired_bytes += task->chunk.size;
		if (task->purpose != PURPOSE_REPAIR)
			maintenance->moved_bytes += task->chunk.size;
	} else if (task->kind == TASK_COPY) {
		/* The sweep looks first what else there is: the file may have been there before. */
		maintenance->stray_sweeps[task->target - maintenance->store->nodes].wanted = true;
	} else if (task->kind == TASK_TRIM && settled && committed) {
		maintenance->trimmed_bytes += task->chunk.size;
		maintain_add_stray(maintenance, task->victim->id, &task->chunk.digest);
	}
	if (task->kind != TASK_SCRUB)
		maintenance->dirty = true;
	maintain_end_task(maintenance, task);
}

static void start_pending(struct maintenance *maintenance, bool committed)
{
	struct task *task = maintenance->pending;
	maintenance->pending = NULL;
	maintenance->pending_end = &maintenance->pending;
	while (task) {
		struct task *next = task->next;
		if (committed)
			maintain_submit(maintenance, task);
		else
			maintain_end_task(maintenance, task);
		task = next;
	}
}

static void flush_targets(struct maintenance *maintenance, const struct task *done)
{
	bool touched[STORE_NODES_MAX] = {false}, any = false;
	for (const struct task *task = done; task; task = task->next) {
		if (task->kind != TASK_COPY || task->outcome != TASK_OK)
			continue;
		touched[task->target - maintenance->store->nodes] = true;
		any = true;
	}
	if (any)
		flush_nodes(maintenance->store, touched);
}

/*
 * Whether to wait for more before paying for a flush and a commit. What waits for its intent must be committed while
 * the workers still have enough to do.
 */
static bool is_too_early(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	size_t done = maintenance->done_count, ready = maintenance->ready_count,
	       running = maintenance->running;
	pthread_mutex_unlock(&maintenance->mutex);
	if (done == 0 && !maintenance->pending)
		return true;
	if (!maintenance->threaded || running + ready == 0 || done >= BATCH_TASKS)
		return false;
	if (maintenance->pending && ready < READY_FOR_EACH_WORKER * maintenance->worker_count)
		return false;
	int64_t since_ms = (maintain_now_ns(maintenance) - maintenance->last_commit_ns) / 1000000;
	return since_ms < BATCH_MS;
}

static bool has_work_for_catalog(const struct task *done, const struct task *pending)
{
	for (; done; done = done->next)
		if (done->kind != TASK_SCRUB)
			return true;
	return pending != NULL;
}

void maintain_commit(struct maintenance *maintenance)
{
	struct error error;
	bool settled[MAINTAIN_TASKS_MAX] = {false}, committed = true;
	if (is_too_early(maintenance))
		return;
	error_clear(&error);
	struct task *done = maintain_take_done(maintenance);
	for (struct task *task = done; task; task = task->next) {
		condemn(maintenance, task);
		if (task->misdescribed && task->kind == TASK_SCRUB)
			tell_misdescribed(maintenance, task);
	}
	if (has_work_for_catalog(done, maintenance->pending)) {
		flush_targets(maintenance, done);
		committed = try_commit(maintenance, done, settled, &error) == 0;
		maintenance->last_commit_ns = maintain_now_ns(maintenance);
		if (!committed) {
			maintain_note_trouble(maintenance, &error);
			maintenance->hold_until_ns = maintenance->last_commit_ns + (int64_t)HOLD_MS * 1000000;
			snprintf(maintenance->hold_reason, sizeof(maintenance->hold_reason), "%.*s",
				(int)sizeof(maintenance->hold_reason) - 1, error.message);
			maintenance->dirty = true;
		}
	}
	size_t at = 0;
	while (done) {
		struct task *next = done->next;
		conclude(maintenance, done, settled[at++], committed);
		done = next;
	}
	start_pending(maintenance, committed);
}
