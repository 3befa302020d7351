#include "engine/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/chunk_link.h"
#include "engine/replica.h"

enum { PARTS = 3 }; /* of a copy: read, write, read back */

uint64_t task_done_bytes(const struct task *task)
{
	return atomic_load(&task->moved) / PARTS;
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

/* A copy that is to go to another node does not come here; only word of one that is not good does. */
static enum chunk_read_result read_file(const struct task *task, struct store *store,
	const struct node_attachment *attachment, struct buffer *buffer)
{
	const struct digest *digest = &task->chunk.digest;
	int64_t there_ns;
	if (!fits(task, buffer))
		return chunk_link_verify(store->env, attachment, digest, task->chunk.size);
	if (task->kind != TASK_COPY)
		return chunk_link_read(store->env, attachment, digest, (size_t)task->chunk.size, buffer);
	if (node_request(attachment->owner, &there_ns) < 0)
		return CHUNK_READ_ERROR;
	enum chunk_read_result result =
		chunk_file_read(store->env, attachment, digest, (size_t)task->chunk.size, buffer);
	return result == CHUNK_GOOD ? result : chunk_link_answer(attachment, result, 0, there_ns);
}

/*
 * Reads one copy, or verifies it piece by piece where it does not fit. A copy that is missing or unreadable may mean
 * that the node is in trouble as a whole; then the node's state says so, and the copy is not blamed.
 */
static bool read_copy(struct task *task, struct store *store, struct node *node, struct buffer *buffer)
{
	const struct node_attachment *attachment = node_reading(node);
	if (!attachment)
		return false;
	enum chunk_read_result result = read_file(task, store, attachment, buffer);
	int number = errno;
	if (result == CHUNK_GOOD) {
		task->good[task->verified++] = node;
		task->bytes += task->chunk.size;
		return true;
	}
	task->misdescribed = task->misdescribed || (result == CHUNK_READ_ERROR && number == EBADMSG);
	if (!replica_is_to_blame(node, result, number))
		return false;
	task->bad[task->bad_count++] = (struct task_bad){node, result};
	return false;
}

static void fail(struct task *task, enum task_outcome outcome, const char *what, const char *why)
{
	task->outcome = outcome;
	snprintf(task->why, sizeof(task->why), "%s%s%s", what, *why ? ": " : "", why);
}

/* ---- copy ---- */

/* First the one that was planned; but those from which nothing goes to the target directly come last. */
static void prefer(struct node **holders, unsigned count, const struct task *task)
{
	struct node *cut[COPYSET_MAX];
	unsigned kept = 0, cut_count = 0;
	for (unsigned i = 0; i < count; i++) {
		if (holders[i] != task->from)
			continue;
		holders[i] = holders[0];
		holders[0] = task->from;
	}
	for (unsigned i = 0; i < count; i++) {
		if (node_is_cut_from(holders[i], task->target))
			cut[cut_count++] = holders[i];
		else
			holders[kept++] = holders[i];
	}
	memcpy(holders + kept, cut, cut_count * sizeof(*cut));
}

static bool read_source(struct task *task, struct store *store, struct buffer *buffer)
{
	struct node *holders[COPYSET_MAX];
	unsigned count = order_holders(task, store, holders);
	prefer(holders, count, task);
	for (unsigned i = 0; i < count; i++) {
		if (!read_copy(task, store, holders[i], buffer))
			continue;
		task->source = holders[i];
		return true;
	}
	fail(task, TASK_NO_SOURCE,
		task->misdescribed ? "the catalog is wrong about its size" : "no good copy could be read",
		"");
	return false;
}

/* That the two nodes do not reach each other says nothing of either: another source, or another target, may do. */
static bool send_to_target(struct task *task)
{
	char reason[96];
	if (node_relay(task->source, task->target, task->chunk.size) == 0)
		return true;
	fail(task, TASK_NO_TARGET, "it could not be sent to the target",
		node_errno_text(errno, reason, sizeof(reason)));
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
	fail(task, TASK_NO_TARGET, "it could not be written",
		node_errno_text(number, reason, sizeof(reason)));
	return false;
}

/*
 * A target that does not give back what was written to it gets no more for now; its file is out of the way. A target
 * reads by itself: only its word goes over the network.
 */
static bool read_back(struct task *task, struct store *store, const struct node_attachment *attachment,
	struct buffer *buffer)
{
	enum chunk_read_result result = chunk_file_read(
		store->env, attachment, &task->chunk.digest, (size_t)task->chunk.size, buffer);
	result = chunk_link_answer(attachment, result, 0, 0);
	if (result == CHUNK_GOOD)
		return true;
	node_count(task->target, TRAFFIC_ERRORS, 1);
	if (result == CHUNK_BAD && chunk_file_quarantine(store->env, attachment, &task->chunk.digest) < 0 &&
		errno != ENOENT)
		node_note_errno(task->target, errno);
	int number = result == CHUNK_READ_ERROR ? errno : 0;
	if (number)
		node_note_errno(task->target, number);
	else
		node_set_suspect(task->target);
	if (!node_errno_is_of_network(number))
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
	if (!send_to_target(task) || !write_target(task, store, attachment, buffer))
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

/*
 * That an error is lasting is believed only where another copy could be read, so where one is all, another is asked.
 */
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
	task->misdescribed = false;
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
