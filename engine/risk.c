/*
 * risk.c: which files are at risk, as things are or as they would be without some nodes.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/history.h"

/* By node id: whether the node answers and is not among the lost. */
static int fill_answers(
	struct store *store, const char *const *lost, size_t lost_count, bool *answers, struct error *error)
{
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		if (node->id)
			answers[node->id] = node_is_readable(node);
	}
	for (size_t i = 0; i < lost_count; i++) {
		struct node *node = store_node_by_name(store, lost[i]);
		if (!node || node->id == 0)
			return error_set(error, ERROR_NOT_FOUND,
				"there is no node '%s'; 'linckia node list' shows them", lost[i]);
		answers[node->id] = false;
	}
	return 0;
}

struct risk_listing {
	struct snapshot_set set;
	risk_report *report;
	void *context;
};

static void report_risk(void *context, struct risk_file *file, int64_t born, int64_t died)
{
	struct risk_listing *listing = context;
	file->snapshot_count = snapshot_set_find(&listing->set, born, died, &file->snapshots);
	listing->report(listing->context, file);
}

int store_risk(struct store *store, const char *const *lost, size_t lost_count, risk_report *report,
	void *context, struct error *error)
{
	error_clear(error);
	struct risk_listing listing = {.report = report, .context = context};
	bool *answers = calloc(65536, sizeof(*answers));
	if (!answers)
		return error_set_errno(error, ENOMEM, "cannot look for what is at risk");
	int result = store_refresh_nodes(store, error);
	if (result == 0)
		result = fill_answers(store, lost, lost_count, answers, error);
	if (result == 0)
		result = snapshot_set_read(&listing.set, store->reader, error);
	if (result == 0)
		result = catalog_each_risk(store->reader, answers, report_risk, &listing, error);
	snapshot_set_release(&listing.set);
	free(answers);
	return result;
}
