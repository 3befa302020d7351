/*
 * node.c: a node's state, as everything else asks for it and changes it.
 */
#include "engine/node.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int node_init(struct node *node, const struct env *env, const char *name, const char *zone, const char *path,
	struct error *error)
{
	memset(node, 0, sizeof(*node));
	node->env = env;
	node->name = strdup(name);
	node->zone = strdup(zone);
	node->path = strdup(path);
	if (!node->name || !node->zone || !node->path) {
		free(node->name);
		free(node->zone);
		free(node->path);
		return error_set_errno(error, ENOMEM, "cannot set up node '%s'", name);
	}
	node->weight = 1;
	node->looks_to_return = 1;
	node->latency_ms = -1;
	node->state = NODE_ABSENT;
	snprintf(node->cause, sizeof(node->cause), "not looked at yet");
	pthread_mutex_init(&node->mutex, NULL);
	pthread_mutex_init(&node->journal_mutex, NULL);
	return 0;
}

static void attachment_free(const struct env *env, struct node_attachment *attachment)
{
	while (attachment) {
		struct node_attachment *previous = attachment->previous;
		env->io->close(env->io, attachment->quarantine);
		env->io->close(env->io, attachment->chunks);
		env->io->close(env->io, attachment->root);
		free(attachment);
		attachment = previous;
	}
}

void node_release(struct node *node)
{
	attachment_free(node->env, node->attachment);
	pthread_mutex_destroy(&node->mutex);
	pthread_mutex_destroy(&node->journal_mutex);
	free(node->name);
	free(node->zone);
	free(node->path);
}

/* Of the states that are kept; slow and draining are what an UP node is said to be besides. */
static bool state_is_readable(enum node_state state)
{
	return state == NODE_UP || state == NODE_READ_ONLY;
}

/* ---- state ---- */

/* What a node is until the next look, after an order or the network has changed. The mutex is held. */
static void await_look(struct node *node)
{
	const char *cause = node->failed_by_operator ? "failed by operator" : node->unreachable;
	node->state = cause ? NODE_DOWN : NODE_ABSENT;
	node->suspect = false;
	node->latency_ms = -1;
	snprintf(node->cause, sizeof(node->cause), "%s", cause ? cause : "not looked at yet");
}

void node_set_failed(struct node *node, bool failed)
{
	pthread_mutex_lock(&node->mutex);
	if (node->failed_by_operator != failed) {
		node->failed_by_operator = failed;
		node->good_looks =
			failed ? 0 : node->looks_to_return; /* the operator's word counts at once */
		await_look(node);
	}
	pthread_mutex_unlock(&node->mutex);
}

void node_set_reach(struct node *node, const char *cause, int64_t latency_ms)
{
	pthread_mutex_lock(&node->mutex);
	node->way_ms = latency_ms;
	if (node->unreachable != cause) {
		node->unreachable = cause;
		node->good_looks = 0;
		if (!node->forgotten)
			await_look(node);
		atomic_store(&node->look_due, cause == NULL);
	}
	pthread_mutex_unlock(&node->mutex);
}

void node_set_draining(struct node *node, bool draining)
{
	pthread_mutex_lock(&node->mutex);
	node->draining = draining;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_verified(struct node *node, int64_t verified_ms)
{
	pthread_mutex_lock(&node->mutex);
	node->verified_ms = verified_ms;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_slow(struct node *node, bool slow)
{
	pthread_mutex_lock(&node->mutex);
	if (node->slow && !slow && node->state == NODE_UP)
		node->cause[0] = '\0';
	node->slow = slow;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_latency(struct node *node, double latency_ms)
{
	pthread_mutex_lock(&node->mutex);
	if (state_is_readable(node->state))
		node->latency_ms = latency_ms;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_capacity(struct node *node, uint64_t quota_bytes, double weight)
{
	pthread_mutex_lock(&node->mutex);
	node->quota_bytes = quota_bytes;
	node->weight = weight;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_looks_to_return(struct node *node, unsigned looks)
{
	pthread_mutex_lock(&node->mutex);
	node->looks_to_return = looks;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_suspect(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->suspect = !node->failed_by_operator;
	pthread_mutex_unlock(&node->mutex);
}

void node_note_silence(struct node *node, int64_t for_ms)
{
	pthread_mutex_lock(&node->mutex);
	if (!node->failed_by_operator && state_is_readable(node->state)) {
		node->state = NODE_DOWN;
		node->good_looks = 0;
		snprintf(node->cause, sizeof(node->cause), "no answer for %lld s", (long long)for_ms / 1000);
	}
	pthread_mutex_unlock(&node->mutex);
}

void node_remember(struct node *node, uint16_t id, const char *uuid)
{
	pthread_mutex_lock(&node->mutex);
	snprintf(node->uuid, sizeof(node->uuid), "%s", uuid);
	node->forgotten = false;
	node->id = id;
	node->traffic_key = traffic_key(uuid);
	pthread_mutex_unlock(&node->mutex);
}

void node_forget(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->id = 0;
	node->forgotten = true;
	node->draining = node->suspect = node->slow = false;
	node->state = NODE_ABSENT;
	node->latency_ms = -1;
	snprintf(node->cause, sizeof(node->cause), "no longer part of the store");
	pthread_mutex_unlock(&node->mutex);
}

void node_note_errno(struct node *node, int number)
{
	pthread_mutex_lock(&node->mutex);
	if (node->failed_by_operator || node->unreachable || number == ECANCELED) {
		/* That stands; and who stops waiting has learned nothing. */
	} else if (number == ENOSPC || number == EDQUOT) {
		node->full = true;
	} else if (number == EROFS || number == EACCES || number == EPERM) {
		node->state = NODE_READ_ONLY;
		snprintf(node->cause, sizeof(node->cause),
			number == EROFS ? "its file system is mounted read-only"
					: "no permission to write there");
	} else if (number == ENOENT || number == ESTALE || number == ENOTDIR) {
		node->state = NODE_ABSENT;
		snprintf(node->cause, sizeof(node->cause), "its folders are missing");
	} else if (number == EIO || number == ENXIO || number == ENODEV || number == EREMOTEIO ||
		   node_errno_is_of_network(number)) {
		char reason[64];
		node->state = NODE_DOWN;
		node->suspect = true;
		node->good_looks = 0;
		if (number == EIO)
			snprintf(node->cause, sizeof(node->cause), "input/output error");
		else
			snprintf(node->cause, sizeof(node->cause), "%s",
				node_errno_text(number, reason, sizeof(reason)));
	}
	pthread_mutex_unlock(&node->mutex);
}

unsigned node_flush_failures(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	unsigned failures = node->flush_failures;
	pthread_mutex_unlock(&node->mutex);
	return failures;
}

void node_note_flush_failure(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->flush_failures++;
	pthread_mutex_unlock(&node->mutex);
}

void node_count(struct node *node, enum traffic_kind kind, uint64_t amount)
{
	traffic_add(
		node->traffic, atomic_load_explicit(&node->traffic_key, memory_order_relaxed), kind, amount);
}

void node_get_counts(struct node *node, uint64_t counts[TRAFFIC_KINDS])
{
	traffic_get(node->traffic, atomic_load_explicit(&node->traffic_key, memory_order_relaxed), counts);
}

void node_status(struct node *node, struct node_status *status)
{
	pthread_mutex_lock(&node->mutex);
	status->state = node->state;
	if (node->state == NODE_UP && (node->draining || node->slow))
		status->state = node->draining ? NODE_DRAINING : NODE_SLOW;
	memcpy(status->cause, node->cause, sizeof(status->cause));
	status->readable = state_is_readable(node->state);
	status->writable = node->state == NODE_UP && !node->draining && !node->full;
	status->draining = node->draining;
	status->failed_by_operator = node->failed_by_operator;
	status->suspect = node->suspect;
	status->slow = node->slow;
	status->forgotten = node->forgotten;
	status->weight = node->weight;
	status->used_bytes = node->used_bytes;
	status->writing_bytes = node->writing_bytes;
	uint64_t possible = node->used_bytes + node->filesystem_bytes;
	if (!status->readable)
		status->capacity_bytes = node->quota_bytes;
	else
		status->capacity_bytes =
			node->quota_bytes && node->quota_bytes < possible ? node->quota_bytes : possible;
	status->latency_ms = node->latency_ms;
	status->verified_ms = node->verified_ms;
	pthread_mutex_unlock(&node->mutex);
}

bool node_is_readable(struct node *node)
{
	return node_reading(node) != NULL;
}

const struct node_attachment *node_reading(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	const struct node_attachment *attachment = state_is_readable(node->state) ? node->attachment : NULL;
	pthread_mutex_unlock(&node->mutex);
	return attachment;
}

const struct node_attachment *node_writing(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	const struct node_attachment *attachment = node->state == NODE_UP ? node->attachment : NULL;
	pthread_mutex_unlock(&node->mutex);
	return attachment;
}

void node_book(struct node *node, int64_t bytes)
{
	pthread_mutex_lock(&node->mutex);
	assert(bytes >= 0 || node->writing_bytes >= (uint64_t)-bytes);
	node->writing_bytes += (uint64_t)bytes;
	pthread_mutex_unlock(&node->mutex);
}

/* ---- its journal ---- */

void node_publish_journal(struct node *node)
{
	const struct journal_end *end = &node->journal_end;
	pthread_mutex_lock(&node->mutex);
	node->journal = (struct node_journal){
		.known = end->known,
		.present = end->present,
		.base = end->base,
		.sequence = end->sequence,
		.bytes = end->size,
	};
	memcpy(node->journal.history, end->history, sizeof(node->journal.history));
	pthread_mutex_unlock(&node->mutex);
}

void node_look_at_journal(struct node *node)
{
	const struct node_attachment *attachment = node_reading(node);
	if (!attachment)
		return;
	pthread_mutex_lock(&node->journal_mutex);
	if (journal_look(node->env, attachment->root, &node->journal_end) < 0)
		node->journal_end.known = false;
	node_publish_journal(node);
	pthread_mutex_unlock(&node->journal_mutex);
}

void node_get_journal(struct node *node, struct node_journal *journal)
{
	pthread_mutex_lock(&node->mutex);
	*journal = node->journal;
	pthread_mutex_unlock(&node->mutex);
}
