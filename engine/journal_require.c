/*
 * journal_require.c: invariant 1 for what is not put. What is said to be done is in the journals of min_replicas
 * nodes: so many must be there to be written to before anything is changed, and must have the record afterwards.
 */
#include "engine/journal.h"

/* On how many nodes a record has to be, and how many of them can be written to. */
static unsigned count_nodes(struct store *store, const struct node *except, unsigned *writable)
{
	unsigned nodes = 0, least = store->config->min_replicas;
	*writable = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		if (node == except || node->id == 0)
			continue;
		nodes++;
		*writable += node_writing(node) != NULL;
	}
	return nodes < least ? nodes : least;
}

int journal_require(struct store *store, const struct node *except, struct error *error)
{
	unsigned writable;
	if (store_refresh_nodes(store, error) < 0 || journal_check(store, error) < 0)
		return -1;
	unsigned least = count_nodes(store, except, &writable);
	if (writable >= least)
		return 0;
	return error_set(error, ERROR_UNAVAILABLE,
		"nothing was changed: what is done has to be recorded on at least %u %s, and %u can be "
		"written to; bring back the others first",
		least, except ? "other nodes" : "nodes", writable);
}

int journal_confirm(struct store *store, unsigned records, const struct node *except, struct error *error)
{
	unsigned writable, least = count_nodes(store, except, &writable);
	if (records >= least)
		return 0;
	return error_set(error, ERROR_UNAVAILABLE,
		"it is done, but the record of it is on the journals of %u %s instead of at least %u, so "
		"that the loss of the catalog could undo it; see 'linckia status'",
		records, records == 1 ? "node" : "nodes", least);
}
