/*
 * maintain_collect.c: what nobody can ask for any more goes: versions first, then chunks, then files.
 *
 *   REST ─▶ VERSIONS ─▶ UNFINISHED ─▶ EXTENTS ─▶ ORPHANS ─▶ CHUNKS ─▶ STRAYS ─▶ FILES ─▶ QUARANTINE ─▶ DRAFTS
 *     ▲                                                                                                   │
 *     └──────────────────────────────────────── END ◀─────────────────────────────────────────────────────┘
 *
 * Each step is one bounded transaction, or one folder of one node, so that a crash between two of them leaves
 * nothing but work for the next pass. What goes and what stays is judged in collect.h. By itself a pass
 * begins every minute, or less often when there is so much history that looking through it takes its time,
 * and looks only at what an index finds at once; once a day it is thorough, and goes through all chunks and
 * all folders too. One that is asked for is thorough.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/clients.h"

enum {
	PAGE_VERSIONS = 256,
	PAGE_UNFINISHED = 16,
	PAGE_DEAD = 256,
	PAGE_EXTENTS = 1024,
	PAGE_CHUNKS = 256,
	ORPHANS_WINDOW = 4096,
	FIRST_MS = 10000,
	EVERY_MS = 60000,
	REST_SHARE = 200, /* a pass takes at most this part of the time */
	THOROUGH_EVERY_MS = 24 * 3600 * 1000,
	THOROUGH_FIRST_MS =
		3600 * 1000, /* after the role was taken, unless a pass was thorough within a day */
	ASKED_BUDGET_MS = 50,
	BUDGET_MS = 5,
	ALONE_MS = 60000,
};

static const char last_thorough_key[] = "collected_ms";

/* ---- one transaction ---- */

/*
 * A transaction, and the lock that keeps clients out, if it can be had. It is tried last, so that a client that
 * begins meanwhile waits for one batch and for nobody else. `before_ms`: what waited out the grace by then goes.
 */
struct batch {
	int client;
	int64_t before_ms;
};

static int begin_batch(struct maintenance *maintenance, struct batch *batch, struct error *error)
{
	struct store *store = maintenance->store;
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	batch->client = clients_exclude(store->config->store);
	batch->before_ms =
		batch->client >= 0 ? INT64_MAX : store_now_ms(maintenance->store) - COLLECT_GRACE_MS;
	if (batch->client < 0)
		maintenance->collection.clients = true;
	return 0;
}

/* Commits what `changed` says was changed; below 0: it failed. Returns 0 or -1. */
static int end_batch(
	struct maintenance *maintenance, const struct batch *batch, int changed, struct error *error)
{
	struct catalog *catalog = maintenance->store->writer;
	int result = changed < 0 || (changed > 0 && catalog_commit(catalog, error) < 0) ? -1 : 0;
	if (changed <= 0 || result < 0)
		catalog_rollback(catalog);
	clients_leave(batch->client);
	return result;
}

/* ---- versions ---- */

/* In a transaction: looks at each once more. Returns how many went, or -1. */
static int collect_versions(struct maintenance *maintenance, const struct catalog_ended *page, int count,
	struct catalog_ended *now, struct error *error)
{
	const struct collect_rules *rules = &maintenance->collection.rules;
	struct catalog *catalog = maintenance->store->writer;
	int gone = 0;
	for (int i = 0; i < count; i++) {
		int found = catalog_get_ended(catalog, page[i].id, collect_count_max(rules), now, error);
		if (found < 0)
			return -1;
		if (!found || retention_keeps(&rules->retention, &now->facts, rules->now_ms))
			continue;
		int went = catalog_collect_version(catalog, page[i].id, error);
		if (went < 0)
			return -1;
		gone += went;
	}
	return gone;
}

static enum collect_step step_versions(struct maintenance *maintenance, struct error *error)
{
	struct collection *collection = &maintenance->collection;
	const struct collect_rules *rules = &collection->rules;
	if (!retention_lets_go(&rules->retention))
		return COLLECT_STEP_LAST;
	struct catalog_ended *page = calloc(PAGE_VERSIONS + 1, sizeof(*page));
	if (!page)
		return error_set(error, ERROR_MEMORY, "cannot look at the versions");
	int count = catalog_page_ended(maintenance->store->reader, &collection->place.cursor,
		retention_horizon_ms(&rules->retention, rules->now_ms), collect_count_max(rules), page,
		PAGE_VERSIONS, error);
	int going = 0, result = count;
	for (int i = 0; i < count; i++)
		if (!retention_keeps(&rules->retention, &page[i].facts, rules->now_ms))
			page[going++] = page[i];
	if (going) {
		struct batch batch;
		result = begin_batch(maintenance, &batch, error);
		int gone = result < 0
				   ? -1
				   : collect_versions(maintenance, page, going, &page[PAGE_VERSIONS], error);
		if (result == 0)
			result = end_batch(maintenance, &batch, gone, error);
		collection->versions += result == 0 ? (uint64_t)gone : 0;
	}
	free(page);
	if (result < 0)
		return COLLECT_STEP_FAILED;
	return count == PAGE_VERSIONS ? COLLECT_STEP_MORE : COLLECT_STEP_LAST;
}

/* A version that is not finished while no client is at work belongs to a put that was killed. */
static enum collect_step step_unfinished(struct maintenance *maintenance, struct error *error)
{
	int64_t ids[PAGE_UNFINISHED];
	struct batch batch;
	struct store *store = maintenance->store;
	int count = catalog_page_unfinished(store->reader, ids, PAGE_UNFINISHED, error);
	if (count <= 0)
		return count < 0 ? COLLECT_STEP_FAILED : COLLECT_STEP_LAST;
	if (begin_batch(maintenance, &batch, error) < 0)
		return COLLECT_STEP_FAILED;
	count = batch.client < 0 ? 0 : catalog_page_unfinished(store->writer, ids, PAGE_UNFINISHED, error);
	int changed = count;
	for (int i = 0; changed > 0 && i < count; i++)
		if (catalog_abandon_version(store->writer, ids[i], error) < 0)
			changed = -1;
	if (end_batch(maintenance, &batch, changed, error) < 0)
		return COLLECT_STEP_FAILED;
	return count > 0 ? COLLECT_STEP_MORE : COLLECT_STEP_LAST;
}

/* In a transaction: extents of some dead versions, or some of a large one's. Returns of how many, or -1. */
static int release_extents(struct maintenance *maintenance, int64_t before_ms, struct error *error)
{
	struct catalog *catalog = maintenance->store->writer;
	bool more = false;
	int versions = 0;
	while (versions < PAGE_DEAD && !more) {
		int64_t id;
		int found = catalog_next_dead(catalog, before_ms, &id, error);
		if (found <= 0)
			return found < 0 ? -1 : versions;
		versions++;
		if (catalog_release_extents(catalog, id, PAGE_EXTENTS, &more, error) < 0)
			return -1;
	}
	return versions;
}

static enum collect_step step_extents(struct maintenance *maintenance, struct error *error)
{
	int64_t id;
	struct batch batch;
	int found = catalog_next_dead(maintenance->store->reader, INT64_MAX, &id, error);
	if (found <= 0)
		return found < 0 ? COLLECT_STEP_FAILED : COLLECT_STEP_LAST;
	if (begin_batch(maintenance, &batch, error) < 0)
		return COLLECT_STEP_FAILED;
	int versions = release_extents(maintenance, batch.before_ms, error);
	if (end_batch(maintenance, &batch, versions, error) < 0)
		return COLLECT_STEP_FAILED;
	return versions ? COLLECT_STEP_MORE : COLLECT_STEP_LAST;
}

/* ---- chunks ---- */

/* Puts that failed, and catalogs of earlier formats, may have left chunks that no extent ever used. */
static enum collect_step step_orphans(struct maintenance *maintenance, struct error *error)
{
	struct collection *collection = &maintenance->collection;
	struct store *store = maintenance->store;
	int64_t highest = 0, after = collection->place.orphans_after;
	if (!collection->thorough)
		return COLLECT_STEP_LAST;
	if (catalog_highest_chunk(store->reader, &highest, error) < 0)
		return COLLECT_STEP_FAILED;
	int64_t *ids = malloc(ORPHANS_WINDOW * sizeof(*ids));
	if (!ids)
		return error_set(error, ERROR_MEMORY, "cannot look for unused chunks");
	int count = catalog_page_orphans(
		store->reader, after, after + ORPHANS_WINDOW, ids, ORPHANS_WINDOW, error);
	int result = count;
	if (count > 0) {
		struct batch batch;
		result = begin_batch(maintenance, &batch, error);
		int noted = count;
		for (int i = 0; result == 0 && noted > 0 && i < count; i++)
			if (catalog_add_unused(store->writer, ids[i], error) < 0)
				noted = -1;
		if (result == 0)
			result = end_batch(maintenance, &batch, noted, error);
	}
	free(ids);
	collection->place.orphans_after += ORPHANS_WINDOW;
	if (result < 0)
		return COLLECT_STEP_FAILED;
	return collection->place.orphans_after < highest ? COLLECT_STEP_MORE : COLLECT_STEP_LAST;
}

/* Bytes of a chunk's copies that stay until their nodes can be written to. */
static uint64_t waiting_bytes(struct store *store, const struct catalog_chunk *chunk)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		struct node *node = store_node_by_id(store, chunk->nodes[i]);
		if (!node || !node_writing(node))
			bytes += chunk->size;
	}
	return bytes;
}

/*
 * In a transaction. Chunks that are being copied just now are
 * left for another time. Returns how many were not, or -1.
 */
static int collect_chunks(struct maintenance *maintenance, int64_t before_ms, uint64_t *gone,
	uint64_t *waiting, struct error *error)
{
	struct store *store = maintenance->store;
	int64_t ids[PAGE_CHUNKS];
	int done = 0;
	int count = catalog_page_unused(store->writer, before_ms, ids, PAGE_CHUNKS, error);
	for (int i = 0; i < count; i++) {
		struct catalog_chunk chunk;
		if (maintain_is_under_way(maintenance, ids[i]))
			continue;
		int went = catalog_collect_chunk(store->writer, ids[i], &chunk, error);
		if (went < 0)
			return -1;
		done++;
		*gone += (uint64_t)went;
		*waiting += went ? waiting_bytes(store, &chunk) : 0;
	}
	return count < 0 ? -1 : done;
}

static enum collect_step step_chunks(struct maintenance *maintenance, struct error *error)
{
	struct collection *collection = &maintenance->collection;
	int64_t id;
	struct batch batch;
	uint64_t gone = 0, waiting = 0;
	int found = catalog_page_unused(maintenance->store->reader, INT64_MAX, &id, 1, error);
	if (found <= 0)
		return found < 0 ? COLLECT_STEP_FAILED : COLLECT_STEP_LAST;
	if (begin_batch(maintenance, &batch, error) < 0)
		return COLLECT_STEP_FAILED;
	int done = collect_chunks(maintenance, batch.before_ms, &gone, &waiting, error);
	if (end_batch(maintenance, &batch, done, error) < 0)
		return COLLECT_STEP_FAILED;
	collection->chunks += gone;
	collection->waiting_bytes += waiting;
	return done ? COLLECT_STEP_MORE : COLLECT_STEP_LAST;
}

/* ---- the pass ---- */

static int record_end(struct maintenance *maintenance, const char *text, struct error *error)
{
	const struct collection *collection = &maintenance->collection;
	struct catalog *catalog = maintenance->store->writer;
	const struct view_event event = {
		.severity = EVENT_INFO,
		.code = "collected",
		.node = "",
		.text = text,
		.trigger = collection->asked ? "asked for" : "",
		.source = "",
		.target = "",
		.result = "",
		.chunks = collection->chunks,
		.bytes = collection->bytes,
		.duration_ms = (maintain_now_ns(maintenance) - collection->began_ns) / 1000000,
	};
	if (text[0] && catalog_record_event(catalog, &event, error) < 0)
		return -1;
	if (collection->thorough &&
		catalog_write_setting(catalog, last_thorough_key, collection->rules.now_ms, error) < 0)
		return -1;
	return catalog_sweep_copysets(catalog, error);
}

/* Commits nothing when there is nothing to say. */
static enum collect_step step_end(struct maintenance *maintenance, struct error *error)
{
	const struct collection *collection = &maintenance->collection;
	char size[32], text[256] = "";
	if (collection->versions || collection->chunks || collection->files)
		snprintf(text, sizeof(text), "collected %llu %s and %llu %s; %llu %s (%s) went",
			(unsigned long long)collection->versions,
			collection->versions == 1 ? "version" : "versions",
			(unsigned long long)collection->chunks, collection->chunks == 1 ? "chunk" : "chunks",
			(unsigned long long)collection->files, collection->files == 1 ? "file" : "files",
			text_bytes(size, sizeof(size), collection->bytes));
	if (!text[0] && !collection->thorough)
		return COLLECT_STEP_LAST;
	if (catalog_begin(maintenance->store->writer, error) < 0)
		return COLLECT_STEP_FAILED;
	if (record_end(maintenance, text, error) < 0 ||
		catalog_commit(maintenance->store->writer, error) < 0) {
		catalog_rollback(maintenance->store->writer);
		return COLLECT_STEP_FAILED;
	}
	return COLLECT_STEP_LAST;
}

static void begin(
	struct maintenance *maintenance, const struct retention_rules *rules, bool asked, bool thorough)
{
	struct collection *collection = &maintenance->collection;
	*collection = (struct collection){
		.stage = COLLECT_VERSIONS,
		.asked = asked,
		.thorough = thorough,
		.rules = {*rules, store_now_ms(maintenance->store)},
		.began_ns = maintain_now_ns(maintenance),
		.rested_ns = maintain_now_ns(maintenance),
		.next_thorough_ns = collection->next_thorough_ns,
	};
}

static void rest(struct maintenance *maintenance, const struct error *error)
{
	struct collection *collection = &maintenance->collection;
	int64_t now = maintain_now_ns(maintenance), pause = collection->spent_ns * REST_SHARE;
	if (pause < (int64_t)EVERY_MS * 1000000)
		pause = (int64_t)EVERY_MS * 1000000;
	collection->failed = error != NULL;
	if (error)
		snprintf(collection->why, sizeof(collection->why), "%.*s", (int)sizeof(collection->why) - 1,
			error->message);
	else if (collection->thorough)
		collection->next_thorough_ns = now + (int64_t)THOROUGH_EVERY_MS * 1000000;
	collection->next_ns = now + pause;
	collection->rested_ns = now;
	collection->stage = COLLECT_REST;
}

/* When the next thorough pass by itself is due, by what the catalog says of the last. */
static void plan_thorough(struct maintenance *maintenance)
{
	struct collection *collection = &maintenance->collection;
	struct error ignored;
	int64_t last_ms = 0, now = maintain_now_ns(maintenance), wait_ms = THOROUGH_FIRST_MS;
	if (catalog_read_setting(maintenance->store->reader, last_thorough_key, &last_ms, &ignored) == 1) {
		int64_t due_ms = last_ms + THOROUGH_EVERY_MS - store_now_ms(maintenance->store);
		if (due_ms > wait_ms && due_ms <= THOROUGH_EVERY_MS)
			wait_ms = due_ms;
	}
	collection->next_thorough_ns = now + wait_ms * 1000000;
	collection->next_ns = now + (int64_t)FIRST_MS * 1000000;
	collection->rested_ns = now;
}

static void begin_if_due(struct maintenance *maintenance)
{
	struct collection *collection = &maintenance->collection;
	int64_t now = maintain_now_ns(maintenance);
	if (collection->next_ns == 0)
		plan_thorough(maintenance);
	if (now < collection->next_ns || now < maintenance->hold_until_ns)
		return;
	begin(maintenance, &maintenance->settings.history, false, now >= collection->next_thorough_ns);
}

void maintain_start_collect(struct maintenance *maintenance, const struct retention_rules *rules)
{
	begin(maintenance, rules, true, true);
}

bool maintain_is_collecting(const struct maintenance *maintenance)
{
	return maintenance->collection.stage != COLLECT_REST;
}

bool maintain_is_asked_to_collect(const struct maintenance *maintenance)
{
	const struct collection *collection = &maintenance->collection;
	return maintain_is_collecting(maintenance) && collection->asked &&
	       maintain_now_ns(maintenance) - collection->began_ns < (int64_t)ALONE_MS * 1000000;
}

static void step(struct maintenance *maintenance)
{
	static enum collect_step (*const steps[])(struct maintenance *, struct error *) = {
		[COLLECT_VERSIONS] = step_versions,
		[COLLECT_UNFINISHED] = step_unfinished,
		[COLLECT_EXTENTS] = step_extents,
		[COLLECT_ORPHANS] = step_orphans,
		[COLLECT_CHUNKS] = step_chunks,
		[COLLECT_STRAYS] = maintain_collect_strays,
		[COLLECT_FILES] = maintain_collect_files,
		[COLLECT_QUARANTINE] = maintain_collect_quarantine,
		[COLLECT_DRAFTS] = maintain_collect_drafts,
		[COLLECT_END] = step_end,
	};
	struct collection *collection = &maintenance->collection;
	const struct collect_place place = collection->place;
	struct error error;
	error_clear(&error);
	enum collect_step result = steps[collection->stage](maintenance, &error);
	if (result == COLLECT_STEP_FAILED) {
		/*
		 * Where the catalog's disk is full, the reserve lets the step succeed that makes room: the same one.
		 */
		collection->place = place;
		if (error.code != ERROR_NO_SPACE || !store_release_reserve(maintenance->store))
			rest(maintenance, &error);
	} else if (result == COLLECT_STEP_LAST && collection->stage == COLLECT_END) {
		rest(maintenance, NULL);
		store_keep_reserve(maintenance->store);
	} else if (result == COLLECT_STEP_LAST) {
		collection->stage++;
		collection->place.node = 0;
		collection->place.shard = 0;
		collection->place.strays.midway = false;
	}
}

void maintain_collect(struct maintenance *maintenance)
{
	struct collection *collection = &maintenance->collection;
	int64_t began = maintain_now_ns(maintenance), now = began;
	if (collection->stage == COLLECT_REST)
		begin_if_due(maintenance);
	if (collection->stage == COLLECT_REST || !maintain_have_looked(maintenance, collection->rested_ns))
		return;
	int64_t budget = (int64_t)(collection->asked ? ASKED_BUDGET_MS : BUDGET_MS) * 1000000;
	while (collection->stage != COLLECT_REST && now - began < budget) {
		step(maintenance);
		now = maintain_now_ns(maintenance);
	}
	collection->spent_ns += now - began;
}
