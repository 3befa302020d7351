/*
 * inquiry_loss.c: what would be at risk if some nodes were lost beside those that do not answer now, and what repair
 * would have to do about it.
 *
 *   lost nodes count as gone: they neither answer nor take copies
 *   live = 0         unavailable; there is nothing to copy from
 *   0 < live < want  want - live copies, as far as there are nodes that take copies and hold none
 *
 * Whether these fit is reckoned without placing them: a node takes no more than it has room for, and no more than one
 * copy of each chunk that it does not hold. It is a bound, not a plan: chunks are not cut, so a store that is just
 * about full may still not take the last ones.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inquiry_private.h"
#include "engine/report.h"

enum { REPAIRS_REMEMBERED = 8 };

/* ---- chunks and copies ---- */

struct loss {
	size_t known, up, targets;        /* nodes */
	uint64_t wanting;                 /* chunks that want a copy and have one to copy from */
	uint64_t short_chunks;            /* of these, those that too few nodes could take */
	unsigned short_want;              /* the most that one of those wants */
	uint64_t copied_bytes;            /* of chunks that get a copy, each once */
	uint64_t held[STORE_NODES_MAX];   /* of these, what each node that takes copies has already */
	uint64_t demand[STORE_NODES_MAX]; /* the most bytes that each node could be asked to take */
};

static int lose_nodes(struct search *search, struct loss *loss, struct error *error)
{
	const struct question *question = search->question;
	struct world *world = search->world;
	for (size_t i = 0; i < question->loss.count; i++) {
		size_t at = world_find_node(world, question->loss.nodes[i]);
		if (at == world->node_count || !world->nodes[at].id)
			return error_set(error, ERROR_NOT_FOUND,
				"there is no node '%s'; 'linckia node list' shows them",
				question->loss.nodes[i]);
		world->nodes[at].readable = world->nodes[at].target = false;
	}
	for (size_t i = 0; i < world->node_count; i++) {
		loss->known += world->nodes[i].id != 0;
		loss->up += world->nodes[i].readable;
		loss->targets += world->nodes[i].target;
	}
	world_judge(world);
	return 0;
}

static void count_missing(struct search *search, const struct world_copyset *copyset, struct loss *loss)
{
	const struct world *world = search->world;
	struct answer *answer = search->answer;
	size_t missing = (size_t)copyset->want - copyset->live, candidates = loss->targets;
	size_t holders[COPYSET_MAX], holder_count = 0; /* that take copies, but not of this */
	for (unsigned h = 0; h < copyset->holder_count; h++) {
		size_t at = world->index_by_id[world->holders[copyset->holders + h]];
		if (at < world->node_count && world->nodes[at].target)
			holders[holder_count++] = at;
	}
	candidates -= holder_count;
	loss->wanting += copyset->chunks;
	if (candidates < missing) {
		loss->short_chunks += copyset->chunks;
		if (copyset->want > loss->short_want)
			loss->short_want = copyset->want;
		missing = candidates;
	}
	answer->loss.copies += copyset->chunks * missing;
	answer->loss.copy_bytes += copyset->bytes * missing;
	if (!missing)
		return;
	loss->copied_bytes += copyset->bytes;
	for (size_t i = 0; i < holder_count; i++)
		loss->held[holders[i]] += copyset->bytes;
}

static void count_chunks(struct search *search, struct loss *loss)
{
	const struct world *world = search->world;
	struct answer *answer = search->answer;
	for (size_t i = 0; i < world->copyset_count; i++) {
		const struct world_copyset *copyset = &world->copysets[i];
		if (copyset->live >= copyset->want)
			continue;
		answer->loss.chunks += copyset->chunks;
		answer->loss.chunks_unavailable += copyset->live == 0 ? copyset->chunks : 0;
		answer->loss.chunks_one_copy += copyset->live == 1 ? copyset->chunks : 0;
		if (copyset->live)
			count_missing(search, copyset, loss);
	}
	for (size_t i = 0; i < world->node_count; i++)
		loss->demand[i] = world->nodes[i].target ? loss->copied_bytes - loss->held[i] : 0;
}

/* ---- files ---- */

static int by_urgency(const void *a, const void *b)
{
	const struct risk *left = *(const struct risk *const *)a, *right = *(const struct risk *const *)b;
	if (left->live != right->live)
		return left->live < right->live ? -1 : 1;
	if (left->chunks != right->chunks)
		return left->chunks > right->chunks ? -1 : 1;
	return (left->version_id > right->version_id) - (left->version_id < right->version_id);
}

static int by_urgency_and_name(const void *a, const void *b)
{
	const struct answer_loss_file *left = a, *right = b;
	if (left->worst_live != right->worst_live)
		return left->worst_live < right->worst_live ? -1 : 1;
	if (left->chunks_at_risk != right->chunks_at_risk)
		return left->chunks_at_risk > right->chunks_at_risk ? -1 : 1;
	int order = strcmp(left->name, right->name);
	return order ? order : (left->version < right->version) - (left->version > right->version);
}

static int name_files(
	struct search *search, const struct risk *const *worst, size_t count, struct error *error)
{
	struct answer *answer = search->answer;
	struct answer_loss_file *sample = search_alloc(search, count, sizeof(*sample), error);
	char *name = malloc(STORE_NAME_MAX + 2);
	int result = sample && name ? 0 : error_set_errno(error, ENOMEM, "cannot list what is at risk");
	size_t listed = 0;
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct answer_loss_file *file = &sample[listed];
		int found = catalog_name_version(
			search->catalog, worst[i]->version_id, name, &file->version, &file->current, error);
		if (found < 0)
			result = -1;
		if (found != 1)
			continue;
		file->name = arena_text(search->arena, name);
		file->chunks_at_risk = worst[i]->chunks;
		file->worst_live = worst[i]->live;
		file->want = worst[i]->want;
		listed++;
	}
	free(name);
	if (result == 0 && listed)
		qsort(sample, listed, sizeof(*sample), by_urgency_and_name);
	answer->loss.sample = sample;
	answer->loss.sample_count = listed;
	return result;
}

static int count_files(struct search *search, const struct risks *risks, struct error *error)
{
	struct answer *answer = search->answer;
	const struct risk **worst = malloc((risks->count + 1) * sizeof(*worst));
	if (!worst)
		return error_set_errno(error, ENOMEM, "cannot list what is at risk");
	size_t count = 0;
	for (size_t i = 0; i < risks->room; i++) {
		const struct risk *risk = &risks->slots[i];
		if (!risk->version_id || !risk->chunks)
			continue;
		answer->loss.files_unavailable += risk->live == 0;
		answer->loss.files_one_copy += risk->live == 1;
		worst[count++] = risk;
	}
	answer->loss.files = count;
	size_t sample = search->question->loss.sample;
	if (sample && count)
		qsort(worst, count, sizeof(*worst), by_urgency);
	int result = search_goes_on(search, error);
	if (result == 0)
		result = name_files(search, worst, sample < count ? sample : count, error);
	free(worst);
	return result;
}

/* ---- what repair would do ---- */

static const char *chunks_word(uint64_t count)
{
	return count == 1 ? "chunk" : "chunks";
}

/* Every reason there is, the most far-reaching first. */
static void explain(struct search *search, const struct loss *loss)
{
	struct answer *answer = search->answer;
	struct store_settings settings;
	char text[1024] = "", need[32], room[32];
	size_t used = 0;
	store_get_settings(search->store, &settings);
	if (loss->wanting || answer->loss.chunks_unavailable) {
		if ((double)loss->up < settings.repair_min_up_ratio * (double)loss->known)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
				"only %zu of %zu nodes would answer; repair waits for %.0f %% of them "
				"(repair.min_up_ratio)",
				loss->up, loss->known, 100 * settings.repair_min_up_ratio);
		if (loss->short_chunks)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
				"%s%llu %s would want up to %u copies, and %zu %s could take new ones",
				used ? "; " : "", (unsigned long long)loss->short_chunks,
				chunks_word(loss->short_chunks), loss->short_want, loss->targets,
				loss->targets == 1 ? "node" : "nodes");
		if (!answer->loss.fits)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
				"%sthe copies need %s, and the nodes that are left have room for %s",
				used ? "; " : "", text_bytes(need, sizeof(need), answer->loss.copy_bytes),
				text_bytes(room, sizeof(room), answer->loss.room_bytes));
		if (answer->loss.chunks_unavailable)
			snprintf(text + used, sizeof(text) - used,
				"%s%llu %s would have no copy left to copy from", used ? "; " : "",
				(unsigned long long)answer->loss.chunks_unavailable,
				chunks_word(answer->loss.chunks_unavailable));
	}
	answer->loss.obstacle = arena_text(search->arena, text);
}

/* The limit, if there is one; else what repair does now, or did lately. */
static int reckon_time(struct search *search, struct error *error)
{
	struct answer *answer = search->answer;
	struct report *report = malloc(sizeof(*report));
	struct store_settings settings;
	int64_t limit = 0, duration_ms = 0, pid;
	uint64_t bytes = 0;
	bool ours;
	if (!report)
		return error_set_errno(error, ENOMEM, "cannot reckon the time of a repair");
	store_get_settings(search->store, &settings);
	bool maintained = maintain_report(search->store, report, &ours, &pid);
	int set = catalog_read_setting(search->catalog, "repair_bandwidth", &limit, error);
	if (maintained)
		limit = (int64_t)report->bandwidth;
	else if (set == 0)
		limit = (int64_t)settings.repair_bandwidth;
	double rate = limit > 0 ? (double)limit : maintained ? report->rate : 0;
	free(report);
	if (set < 0)
		return -1;
	if (!(rate > 0)) {
		if (catalog_recent_repairs(search->catalog, REPAIRS_REMEMBERED, &bytes, &duration_ms, error) <
			0)
			return -1;
		rate = duration_ms > 0 ? (double)bytes * 1000 / (double)duration_ms : 0;
	}
	answer->loss.rate = rate;
	answer->loss.seconds = answer->loss.copies == 0 ? 0
			       : rate > 0               ? (double)answer->loss.copy_bytes / rate
							: -1;
	return 0;
}

int inquiry_loss(struct search *search, struct error *error)
{
	struct answer *answer = search->answer;
	struct loss *loss = calloc(1, sizeof(*loss));
	struct risks risks = {0};
	int result = loss ? lose_nodes(search, loss, error)
			  : error_set_errno(error, ENOMEM, "cannot reckon with lost nodes");
	if (result == 0) {
		count_chunks(search, loss);
		answer->loss.room_bytes = world_room(search->world, NULL);
		answer->loss.fits = answer->loss.copy_bytes <= world_room(search->world, loss->demand);
		explain(search, loss);
		result = risks_collect(search, &risks, error);
	}
	if (result == 0)
		result = count_files(search, &risks, error);
	if (result == 0)
		result = reckon_time(search, error);
	risks_release(&risks);
	free(loss);
	return result;
}
