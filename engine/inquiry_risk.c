/*
 * inquiry_risk.c: the versions that have chunks with fewer live copies than wanted, without their names.
 *
 * Only the chunks of copysets that lack copies are looked at, through two covering indexes; but where these are a
 * fifth of all and more, all extents are gone through, in the order of the table, which costs a quarter for each.
 * What is found is kept by version in a hash table: 32 bytes for each version at risk, however many chunks it has.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/inquiry_private.h"

enum { MANY_PART = 5 };

static size_t slot_of(const struct risks *risks, int64_t version_id)
{
	uint64_t hash = (uint64_t)version_id * UINT64_C(0x9E3779B97F4A7C15);
	size_t at = (size_t)(hash >> 20) & (risks->room - 1);
	while (risks->slots[at].version_id && risks->slots[at].version_id != version_id)
		at = (at + 1) & (risks->room - 1);
	return at;
}

static int grow(struct risks *risks, struct error *error)
{
	struct risks larger = {.count = risks->count, .room = risks->room ? 2 * risks->room : 1024};
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return error_set_errno(error, ENOMEM, "cannot look for what is at risk");
	for (size_t i = 0; i < risks->room; i++)
		if (risks->slots[i].version_id)
			larger.slots[slot_of(&larger, risks->slots[i].version_id)] = risks->slots[i];
	free(risks->slots);
	*risks = larger;
	return 0;
}

struct collector {
	const struct world *world;
	struct risks *risks;
	const struct world_copyset *copyset; /* that lacks copies */
	uint32_t ratio;
};

static void set_copyset(struct collector *collector, const struct world_copyset *copyset)
{
	assert(copyset->live < copyset->want);
	collector->copyset = copyset;
	collector->ratio = (uint32_t)RISK_NONE * copyset->live / copyset->want;
}

static int add_user(void *context, int64_t version_id, struct error *error)
{
	struct collector *collector = context;
	struct risks *risks = collector->risks;
	if (2 * risks->count >= risks->room && grow(risks, error) < 0)
		return -1;
	struct risk *risk = &risks->slots[slot_of(risks, version_id)];
	if (!risk->version_id) {
		*risk = (struct risk){.version_id = version_id, .ratio = RISK_NONE, .live = UINT16_MAX};
		risks->count++;
	}
	risk->chunks++;
	if (collector->ratio < risk->ratio)
		risk->ratio = collector->ratio;
	if (collector->copyset->live < risk->live)
		risk->live = collector->copyset->live;
	if (collector->copyset->want > risk->want)
		risk->want = collector->copyset->want;
	return 0;
}

static int add_use(void *context, int64_t version_id, int64_t copyset_id, struct error *error)
{
	struct collector *collector = context;
	const struct world_copyset *copyset = world_find(collector->world, copyset_id, error);
	if (!copyset)
		return -1;
	if (copyset->live >= copyset->want)
		return 0;
	set_copyset(collector, copyset);
	return add_user(collector, version_id, error);
}

/* Takes a version out that nobody can name yet. What it leaves stays findable, because its slot stays taken. */
static int drop_unfinished(void *context, int64_t version_id, struct error *error)
{
	(void)error;
	struct risks *risks = context;
	if (risks->room) {
		struct risk *risk = &risks->slots[slot_of(risks, version_id)];
		if (risk->version_id)
			risk->chunks = 0;
	}
	return 0;
}

/* Whether so many chunks lack copies that going through all of them is quicker. */
static bool are_many(const struct world *world)
{
	uint64_t all = 0, lacking = 0;
	for (size_t i = 0; i < world->copyset_count; i++) {
		const struct world_copyset *copyset = &world->copysets[i];
		all += copyset->chunks;
		lacking += copyset->live < copyset->want ? copyset->chunks : 0;
	}
	return lacking > all / MANY_PART;
}

int risks_collect(struct search *search, struct risks *risks, struct error *error)
{
	const struct world *world = search->world;
	struct collector collector = {.world = world, .risks = risks};
	*risks = (struct risks){0};
	bool all = are_many(world);
	if (all && catalog_each_use(search->catalog, add_use, &collector, error) < 0)
		return -1;
	for (size_t i = 0; !all && i < world->copyset_count; i++) {
		if (world->copysets[i].live >= world->copysets[i].want)
			continue;
		set_copyset(&collector, &world->copysets[i]);
		if (catalog_each_user(search->catalog, world->copysets[i].id, add_user, &collector, error) <
				0 ||
			search_goes_on(search, error) < 0)
			return -1;
	}
	return catalog_each_unfinished(search->catalog, drop_unfinished, risks, error);
}

const struct risk *risks_find(const struct risks *risks, int64_t version_id)
{
	if (!risks->room)
		return NULL;
	const struct risk *risk = &risks->slots[slot_of(risks, version_id)];
	return risk->version_id && risk->chunks ? risk : NULL;
}

void risks_release(struct risks *risks)
{
	free(risks->slots);
	*risks = (struct risks){0};
}
