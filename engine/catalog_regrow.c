/*
 * catalog_regrow.c: from facts to rows: beginning, nodes and snapshots, and what follows at the end.
 *
 * All is done in few transactions, because only the last one counts. Chunks are entered without a place; where they
 * are is gathered in a table of its own and worked into copysets at the end, in the order of their ids.
 */
#include "engine/catalog_regrow.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/catalog_regrow_private.h"

enum { PAGE_CHUNKS = 256 };

int regrow_nonsense(const cJSON *fact, uint64_t sequence, struct error *error)
{
	return error_set(error, ERROR_DAMAGED,
		"the journal's record %llu has a line of the kind '%.32s' that makes no sense",
		(unsigned long long)sequence, fact_kind(fact));
}

/* ---- snapshots and nodes ---- */

static int apply_snapshot(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[256];
	int64_t at, created_ms, files, bytes;
	if (!fact_get_word(fact, "name", name, sizeof(name)) || !fact_get_integer(fact, "at", &at) ||
		!fact_get_integer(fact, "created_ms", &created_ms) ||
		!fact_get_integer(fact, "files", &files) || !fact_get_integer(fact, "bytes", &bytes))
		return regrow_nonsense(fact, sequence, error);
	struct query query = query_begin(catalog, SQL_REGROW_SNAPSHOT, error);
	query_text(&query, 1, name);
	query_int(&query, 2, at);
	query_int(&query, 3, created_ms);
	query_int(&query, 4, files);
	query_int(&query, 5, bytes);
	return query_run(&query);
}

static int apply_snapshot_removed(
	struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[256];
	if (!fact_get_word(fact, "name", name, sizeof(name)))
		return regrow_nonsense(fact, sequence, error);
	struct query query = query_begin(catalog, SQL_REGROW_SNAPSHOT_REMOVE, error);
	query_text(&query, 1, name);
	return query_run(&query);
}

static int apply_node(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	char uuid[UUID_SIZE], name[256];
	if (!fact_get_integer(fact, "id", &id) || id < 1 || id > UINT16_MAX ||
		!fact_get_word(fact, "uuid", uuid, sizeof(uuid)) || !uuid_is_valid(uuid) ||
		!fact_get_bytes(fact, "name", name, sizeof(name)))
		return regrow_nonsense(fact, sequence, error);
	struct query query = query_begin(catalog, SQL_REGROW_NODE, error);
	query_int(&query, 1, id);
	query_text(&query, 2, uuid);
	query_text(&query, 3, name);
	query_int(&query, 4, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fact, "failed")));
	query_int(&query, 5, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fact, "draining")));
	return query_run(&query);
}

static int apply_node_changed(
	struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	const cJSON *failed = cJSON_GetObjectItemCaseSensitive(fact, "failed");
	const cJSON *draining = cJSON_GetObjectItemCaseSensitive(fact, "draining");
	if (!fact_get_integer(fact, "id", &id) || id < 1 || id > UINT16_MAX)
		return regrow_nonsense(fact, sequence, error);
	if (failed && catalog_set_node_failed(catalog, (uint16_t)id, cJSON_IsTrue(failed), error) < 0)
		return -1;
	return draining ? catalog_set_node_draining(catalog, (uint16_t)id, cJSON_IsTrue(draining), error) : 0;
}

static int apply_node_removed(
	struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	if (!fact_get_integer(fact, "id", &id) || id < 1 || id > UINT16_MAX)
		return regrow_nonsense(fact, sequence, error);
	struct query query = query_begin(catalog, SQL_NODE_REMOVE, error);
	query_int(&query, 1, id);
	return query_run(&query);
}

/* ---- the history itself ---- */

static int note_ended_history(
	struct catalog *catalog, const char *history, uint64_t sequence, struct error *error)
{
	char list[sizeof(catalog->ended_histories)];
	if (!uuid_is_valid(history))
		return error_set(error, ERROR_DAMAGED, "the journal names a history '%.40s'", history);
	/* The oldest ones fall off the end, at the beginning of one of them. */
	int length = snprintf(list, sizeof(list), "%s:%llu %s", history, (unsigned long long)sequence,
		catalog->ended_histories);
	if (length >= (int)sizeof(list))
		*strrchr(list, ' ') = '\0';
	memcpy(catalog->ended_histories, list, sizeof(list));
	return catalog_write_text(catalog, "ended_histories", list, error);
}

static int apply_regrown(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char from[UUID_SIZE];
	int64_t at;
	if (!fact_get_word(fact, "from", from, sizeof(from)) || !fact_get_number(fact, "at", &at))
		return regrow_nonsense(fact, sequence, error);
	return note_ended_history(catalog, from, (uint64_t)at, error);
}

/* The first line of a copy of a catalog. */
static int apply_catalog(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t last_version;
	if (!fact_get_word(
		    fact, "ended_histories", catalog->ended_histories, sizeof(catalog->ended_histories)) ||
		!fact_get_number(fact, "last_version", &last_version))
		return regrow_nonsense(fact, sequence, error);
	catalog->state.last_version = (uint64_t)last_version;
	return catalog_write_text(catalog, "ended_histories", catalog->ended_histories, error);
}

int catalog_regrow_apply(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	static const struct {
		const char *kind;
		regrow_fact *apply;
	} kinds[] = {
		{"version", regrow_version},
		{"chunks", regrow_chunks},
		{"abandoned", regrow_abandoned},
		{"removed", regrow_removed},
		{"replication", regrow_replication},
		{"collected", regrow_collected},
		{"snapshot", apply_snapshot},
		{"snapshot_removed", apply_snapshot_removed},
		{"node", apply_node},
		{"node_changed", apply_node_changed},
		{"node_removed", apply_node_removed},
		{"regrown", apply_regrown},
		{"catalog", apply_catalog},
	};
	static const char *const without_effect[] = {"journal", "commit", "end"};
	const char *kind = fact_kind(fact);
	assert(catalog->writing && catalog->regrowing);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].apply(catalog, fact, sequence, error);
	for (size_t i = 0; i < sizeof(without_effect) / sizeof(*without_effect); i++)
		if (strcmp(kind, without_effect[i]) == 0)
			return 0;
	return regrow_nonsense(fact, sequence, error);
}

/* ---- beginning and ending ---- */

int catalog_regrow_open(const struct env *env, const char *path, const char *store_uuid,
	struct catalog **result, struct error *error)
{
	struct catalog *catalog = NULL;
	if (catalog_create(env, path, store_uuid, error) < 0 || catalog_open(env, path, &catalog, error) < 0)
		return -1;
	catalog->regrowing = true;
	if (sqlite3_exec(catalog->db,
		    "CREATE TEMP TABLE holder (chunk INTEGER NOT NULL, node INTEGER NOT NULL,"
		    " PRIMARY KEY (chunk, node)) WITHOUT ROWID",
		    NULL, NULL, NULL) != SQLITE_OK) {
		catalog_error(catalog, sqlite3_errcode(catalog->db), error);
		catalog_close(catalog);
		return -1;
	}
	*result = catalog;
	return 0;
}

int catalog_regrow_hold(struct catalog *catalog, const struct digest *digest, uint64_t size, uint16_t node,
	struct error *error)
{
	struct catalog_chunk chunk;
	int found = catalog_find_chunk(catalog, digest, &chunk, error);
	if (found <= 0)
		return found;
	/* A file of another length is a bad copy: as good as none, and the scrub would say the same. */
	if (chunk.size != size)
		return 1;
	struct query query = query_begin(catalog, SQL_REGROW_HOLDER, error);
	query_int(&query, 1, chunk.id);
	query_int(&query, 2, node);
	return query_run(&query) < 0 ? -1 : 1;
}

/* Nodes that hold the chunk; those beyond what a copyset takes become strays. */
static int take_holders(struct catalog *catalog, struct catalog_chunk *chunk, struct error *error)
{
	uint16_t more[COPYSET_MAX];
	unsigned more_count = 0;
	struct query query = query_begin(catalog, SQL_REGROW_HOLDERS, error);
	query_int(&query, 1, chunk->id);
	chunk->node_count = 0;
	while (query_step(&query) == 1) {
		uint16_t node = (uint16_t)query_get_int(&query, 0);
		if (chunk->node_count < COPYSET_MAX)
			chunk->nodes[chunk->node_count++] = node;
		else if (more_count < COPYSET_MAX)
			more[more_count++] = node;
	}
	if (query_end(&query) < 0)
		return -1;
	for (unsigned i = 0; i < more_count; i++)
		if (catalog_add_stray(catalog, more[i], &chunk->digest, error) < 0)
			return -1;
	return 0;
}

/* Each node that was not looked at may have what is lacking; its inventory tells, once it is back. */
static void add_absent(struct catalog_chunk *chunk, const struct catalog_absent *absent)
{
	const struct catalog_chunk held = *chunk;
	unsigned at = 0, other = 0, count = 0;
	while (count < COPYSET_MAX && (at < held.node_count || other < absent->count)) {
		bool mine = other == absent->count ||
			    (at < held.node_count && held.nodes[at] <= absent->nodes[other]);
		uint16_t node = mine ? held.nodes[at++] : absent->nodes[other++];
		if (count == 0 || chunk->nodes[count - 1] != node)
			chunk->nodes[count++] = node;
	}
	chunk->node_count = count;
}

static int place(struct catalog *catalog, struct catalog_chunk *chunk, const struct catalog_absent *absent,
	struct catalog_regrown *regrown, struct error *error)
{
	struct query query = query_begin(catalog, SQL_REGROW_WANT, error);
	query_int(&query, 1, chunk->id);
	if (query_step(&query) == 1 && query_get_int(&query, 0) > 0)
		chunk->want = (unsigned)query_get_int(&query, 0);
	if (query_end(&query) < 0 || take_holders(catalog, chunk, error) < 0)
		return -1;
	regrown->copies += chunk->node_count;
	regrown->missing += chunk->node_count == 0;
	if (chunk->node_count < chunk->want)
		add_absent(chunk, absent);
	return catalog_place_chunk(catalog, chunk, error);
}

static int place_all(struct catalog *catalog, const struct catalog_absent *absent,
	struct catalog_regrown *regrown, struct error *error)
{
	struct catalog_chunk *page = malloc(PAGE_CHUNKS * sizeof(*page));
	int64_t after = 0;
	int count = page ? PAGE_CHUNKS : error_set(error, ERROR_MEMORY, "cannot regrow the catalog");
	while (count == PAGE_CHUNKS) {
		count = catalog_page_chunks(catalog, 0, after, page, PAGE_CHUNKS, error);
		for (int i = 0; i < count; i++) {
			after = page[i].id;
			if (place(catalog, &page[i], absent, regrown, error) < 0) {
				count = -1;
				break;
			}
		}
	}
	free(page);
	return count < 0 ? -1 : 0;
}

/*
 * What stays over when no version names it: extents of puts that were under way, and chunks that only these, or
 * collected versions, had. Their files on the nodes are collected as any that no catalog knows.
 */
static int sweep(struct catalog *catalog, struct error *error)
{
	static const char statements[] =
		"DELETE FROM extent WHERE version NOT IN (SELECT id FROM version);"
		"DELETE FROM chunk WHERE id NOT IN (SELECT chunk FROM extent);"
		"UPDATE copyset SET chunks = 0, bytes = 0;"
		"UPDATE copyset SET (chunks, bytes) = (SELECT count(*), coalesce(sum(size), 0) FROM chunk"
		"  WHERE copyset = copyset.id);";
	if (sqlite3_exec(catalog->db, statements, NULL, NULL, NULL) != SQLITE_OK)
		return catalog_error(catalog, sqlite3_errcode(catalog->db), error);
	return 0;
}

static int take_sums(struct catalog *catalog, struct catalog_regrown *regrown, struct error *error)
{
	struct query query = query_begin(catalog, SQL_REGROW_SUMS, error);
	query_int(&query, 1, ENTRY_FOLDER);
	if (query_step(&query) == 1) {
		regrown->files = catalog->state.files = (uint64_t)query_get_int(&query, 0);
		regrown->versions = catalog->state.versions = (uint64_t)query_get_int(&query, 1);
		regrown->bytes = catalog->state.logical_bytes = (uint64_t)query_get_int(&query, 2);
		regrown->snapshots = (uint64_t)query_get_int(&query, 3);
		regrown->chunks = (uint64_t)query_get_int(&query, 4);
	}
	return query_end(&query);
}

int catalog_regrow_finish(struct catalog *catalog, uint64_t sequence, const char *from,
	const struct catalog_absent *absent, struct catalog_regrown *regrown, struct error *error)
{
	*regrown = (struct catalog_regrown){0};
	assert(catalog->writing && catalog->regrowing);
	int64_t now_ms = catalog->env->time->wall_ms(catalog->env->time);
	for (unsigned i = 0; i < absent->count; i++)
		if (catalog_set_node_away(catalog, absent->nodes[i], now_ms, 0, error) < 0)
			return -1;
	if (sweep(catalog, error) < 0 || place_all(catalog, absent, regrown, error) < 0 ||
		catalog_sweep_copysets(catalog, error) < 0 || take_sums(catalog, regrown, error) < 0)
		return -1;
	if (note_ended_history(catalog, from, sequence, error) < 0)
		return -1;
	uuid_new(catalog->env, catalog->history);
	if (catalog_write_text(catalog, "history", catalog->history, error) < 0)
		return -1;
	catalog->state.sequence = sequence;
	catalog->state.journal = sequence;
	catalog->regrowing = false;
	facts_clear(catalog); /* of the nodes' states, which their own records tell */
	facts_regrown(catalog, from, sequence);
	return catalog_commit(catalog, error);
}
