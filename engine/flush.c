#include "engine/flush.h"

#include <errno.h>
#include <string.h>

/* One file system, and the errno of its flush, 0 when it went well. */
struct flushed_device {
	dev_t device;
	int number;
};

static void note_failure(struct store *store, struct node *node, dev_t device, int number)
{
	char reason[128];
	for (size_t i = 0; i < store->node_count; i++) {
		const struct node_attachment *other = node_reading(&store->nodes[i]);
		if (!other || other->device != device)
			continue;
		node_note_flush_failure(&store->nodes[i]);
		node_count(&store->nodes[i], TRAFFIC_ERRORS, 1);
	}
	store_event(store, EVENT_ERROR, "flush_failed", node->name,
		"%s: its file system could not be flushed: %s", node->name,
		strerror_r(number, reason, sizeof(reason)));
}

/* Flushes the file system of `node` unless that was done already. Returns an errno. */
static int flush_device(struct store *store, struct node *node, const struct node_attachment *attachment,
	struct flushed_device *devices, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (devices[i].device == attachment->device)
			return devices[i].number;
	struct io *io = store->env->io;
	/* The descriptor was opened before the writes, so it reports every write-back error since (syncfs(2)). */
	int number = io->syncfs(io, attachment->root) < 0 ? errno : 0;
	devices[(*count)++] = (struct flushed_device){attachment->device, number};
	if (number)
		note_failure(store, node, attachment->device, number);
	return number;
}

void flush_nodes(struct store *store, const bool touched[STORE_NODES_MAX])
{
	struct flushed_device devices[STORE_NODES_MAX];
	size_t device_count = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		if (!touched[i])
			continue;
		const struct node_attachment *attachment = node_writing(node);
		if (!attachment)
			node_note_flush_failure(node); /* it may be back before anybody asks */
		int number = attachment ? flush_device(store, node, attachment, devices, &device_count) : 0;
		if (number)
			node_note_errno(node, number);
	}
}
