#include "engine/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = 3 }; /* of a copy: read, write, read back */

uint64_t task_done_bytes(const struct task *task)
{
	return atomic_load(&task->moved) / PARTS;
}

static const char *errno_text(int number, char *buffer, size_t size)
{
	return strerror_r(number, buffer, size);
}

/* The nodes that answer and hold the chunk: in random order, but slow ones last. */
static unsigned order_holders(const struct task *task, struct store *store, struct node **holders)
{
	struct node *slow[COPYSET_MAX];
	unsigned count = 0, slow_count = 0;
	for (unsigned i = 0; i < task->chunk.node_count; i++) {
		struct node *node = store_node_by_id(store, task->chunk.nodes[i]);
		struct node_status status;
		if (!node)
			continue;
		node_status(node, &status);
		if (!status.readable)
			continue;
		struct node **list = status.slow ? slow : holders;
		unsigned *length = status.slow ? &slow_count : &count;
		unsigned at = (unsigned)(store->env->dice->next(store->env->dice) % (*length + 1));
		list[*length] = list[at];
		list[at] = node;
		(*length)++;
	}
	memcpy(holders + count, slow, slow_count * sizeof(*slow));
	return count + slow_count;
}

/* A chunk that was stored after the chunk size in the config was raised may not fit into this process's buffers. */
static bool fits(const struct task *task, const struct buffer *buffer)
{
	return task->chunk.size <= buffer->size;
}

/*
 * Reads one copy, or verifies it piece by piece where it does not fit. A copy that is missing or unreadable may mean that
 * the node is in trouble as a whole; then the node's state says so, and the copy is not blamed.
 */
static bool read_copy(struct task *task, struct store *store, struct node *node, struct buffer *buffer)
{
	const struct node_attachment *attachment = node_reading(node);
	if (!attachment)
		return false;
	const struct digest *digest = &task->chunk.digest;
	enum chunk_read_result result =
		fits(task, buffer)
			? chunk_file_read(store->env, attachment, digest, (size_t)task->chunk.size, buffer)
			: chunk_file_verify(store->env, attachment, digest, task->chunk.size);
	int number = errno;
	if (result == CHUNK_GOOD) {
		task->good[task->verified++] = node;
		task->bytes += task->chunk.size;
		return true;
	}
	if (result != CHUNK_MISSING)
		node_count(node, TRAFFIC_ERRORS, 1);
	if (result == CHUNK_READ_ERROR && number != EIO) {
		node_note_errno(node, number);
		node_probe(node);
		return false;
	}
	if (result == CHUNK_READ_ERROR)
		node_set_suspect(node);
	if (result != CHUNK_BAD && (node_probe(node) != NODE_FOUND_IT || !node_is_readable(node)))
		return false;
	if (result == CHUNK_MISSING)
		node_count(node, TRAFFIC_ERRORS, 1);
	task->bad[task->bad_count++] = (struct task_bad){node, result};
	return false;
}

static void fail(struct task *task, enum task_outcome outcome, const char *what, const char *why)
{
	task->outcome = outcome;
	snprintf(task->why, sizeof(task->why), "%s%s%s", what, *why ? ": " : "", why);
}

/* ---- copy ---- */

static bool read_source(struct task *task, struct store *store, struct buffer *buffer)
{
	struct node *holders[COPYSET_MAX];
	unsigned count = order_holders(task, store, holders);
	for (unsigned i = 0; i < count; i++) {
		if (holders[i] != task->from)
			continue;
		holders[i] = holders[0];
		holders[0] = task->from;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!read_copy(task, store, holders[i], buffer))
			continue;
		task->source = holders[i];
		return true;
	}
	fail(task, TASK_NO_SOURCE, "no good copy could be read", "");
	return false;
}

static bool write_target(struct task *task, struct store *store, const struct node_attachment *attachment,
	struct buffer *buffer)
{
	enum chunk_write_result how;
	char reason[96];
	task->flush_failures = node_flush_failures(task->target);
	if (chunk_file_write(store->env, attachment, &task->chunk.digest, buffer, CHUNK_FLUSH_LATER, &how) ==
		0)
		return true;
	int number = errno;
	node_count(task->target, TRAFFIC_ERRORS, 1);
	node_note_errno(task->target, number);
	fail(task, TASK_NO_TARGET, "it could not be written", errno_text(number, reason, sizeof(reason)));
	return false;
}

/* A target that does not give back what was written to it gets no more for now; its file is out of the way. */
static bool read_back(struct task *task, struct store *store, const struct node_attachment *attachment,
	struct buffer *buffer)
{
	enum chunk_read_result result = chunk_file_read(
		store->env, attachment, &task->chunk.digest, (size_t)task->chunk.size, buffer);
	if (result == CHUNK_GOOD)
		return true;
	node_count(task->target, TRAFFIC_ERRORS, 1);
	if (result == CHUNK_BAD && chunk_file_quarantine(store->env, attachment, &task->chunk.digest) < 0 &&
		errno != ENOENT)
		node_note_errno(task->target, errno);
	if (result == CHUNK_READ_ERROR)
		node_note_errno(task->target, errno);
	else
		node_set_suspect(task->target);
	node_probe(task->target);
	fail(task, TASK_NO_TARGET, "it was not read back as it was written", chunk_read_result_name(result));
	return false;
}

static void run_copy(struct task *task, struct store *store, struct buffer *buffer)
{
	const struct node_attachment *attachment = node_writing(task->target);
	if (!fits(task, buffer)) {
		fail(task, TASK_NO_TARGET,
			"it is larger than the buffers of this process, which must be started anew", "");
		return;
	}
	if (!attachment) {
		fail(task, TASK_NO_TARGET, "the target went out of service", "");
		return;
	}
	if (!read_source(task, store, buffer))
		return;
	atomic_store(&task->moved, task->chunk.size);
	if (!write_target(task, store, attachment, buffer))
		return;
	atomic_store(&task->moved, 2 * task->chunk.size);
	if (!read_back(task, store, attachment, buffer))
		return;
	atomic_store(&task->moved, PARTS * task->chunk.size);
	task->outcome = TASK_OK;
}

/* ---- trim, scrub ---- */

static void run_trim(struct task *task, struct store *store, struct buffer *buffer)
{
	struct node *holders[COPYSET_MAX];
	unsigned count = order_holders(task, store, holders);
	for (unsigned i = 0; i < count; i++)
		if (holders[i] != task->victim)
			(void)read_copy(task, store, holders[i], buffer);
	if (task->verified >= task->chunk.want)
		task->outcome = TASK_OK;
	else
		fail(task, TASK_NO_SOURCE, "too few of the other copies are good", "");
}

/* That an error is lasting is believed only where another copy could be read, so where one is all, another is asked. */
static void run_scrub(struct task *task, struct store *store, struct buffer *buffer)
{
	struct node *holders[COPYSET_MAX];
	unsigned count = order_holders(task, store, holders);
	for (unsigned i = 0; i < count; i++)
		if (!task->only || holders[i] == task->only)
			(void)read_copy(task, store, holders[i], buffer);
	bool doubtful = task->only && task->bad_count && task->bad[0].result == CHUNK_READ_ERROR;
	for (unsigned i = 0; doubtful && task->verified == 0 && i < count; i++)
		if (holders[i] != task->only)
			(void)read_copy(task, store, holders[i], buffer);
	task->outcome = TASK_OK;
}

void task_run(struct task *task, struct store *store, struct buffer *buffer)
{
	task->verified = task->bad_count = 0;
	task->bytes = 0;
	atomic_store(&task->moved, 0);
	task->started_ns = store->env->time->monotonic_ns(store->env->time);
	switch (task->kind) {
	case TASK_COPY:
		run_copy(task, store, buffer);
		break;
	case TASK_TRIM:
		run_trim(task, store, buffer);
		break;
	case TASK_SCRUB:
		run_scrub(task, store, buffer);
		break;
	}
	task->ended_ns = store->env->time->monotonic_ns(store->env->time);
}
