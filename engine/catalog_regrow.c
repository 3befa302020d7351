/*
 * catalog_regrow.c: from facts to rows.
 *
 * All is done in few transactions, because only the last one counts. Chunks are entered without a place; where they are is
 * gathered in a table of its own and worked into copysets at the end, in the order of their ids.
 */
#include "engine/catalog_regrow.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/catalog_private.h"

enum { PAGE_CHUNKS = 256 };

static int nonsense(const cJSON *fact, uint64_t sequence, struct error *error)
{
	return error_set(error, ERROR_DAMAGED,
		"the journal's record %llu has a line of the kind '%.32s' that makes no sense",
		(unsigned long long)sequence, fact_kind(fact));
}

/* ---- chunks ---- */

static int enter_chunk(struct catalog *catalog, const struct fact_chunk *from, struct catalog_chunk *chunk,
	struct error *error)
{
	int found = catalog_find_chunk(catalog, &from->digest, chunk, error);
	if (found != 0)
		return found < 0 ? -1 : 0;
	*chunk = (struct catalog_chunk){.digest = from->digest, .size = from->size, .want = 1};
	return catalog_add_chunk(catalog, chunk, error);
}

static int enter_chunks(struct catalog *catalog, const cJSON *fact, int64_t version, uint64_t first,
	uint64_t sequence, uint64_t *count, struct error *error)
{
	const cJSON *element;
	*count = 0;
	cJSON_ArrayForEach(element, cJSON_GetObjectItemCaseSensitive(fact, "chunks"))
	{
		struct fact_chunk from;
		struct catalog_chunk chunk;
		if (!fact_get_chunk(element, &from))
			return nonsense(fact, sequence, error);
		if (enter_chunk(catalog, &from, &chunk, error) < 0)
			return -1;
		struct query query = query_begin(catalog, SQL_REGROW_EXTENT, error);
		query_int(&query, 1, version);
		query_int(&query, 2, (int64_t)(first + (*count)++));
		query_int(&query, 3, chunk.id);
		if (from.part) {
			query_int(&query, 4, (int64_t)from.offset);
			query_int(&query, 5, (int64_t)from.length);
		}
		if (query_run(&query) < 0)
			return -1;
	}
	return 0;
}

static int apply_chunks(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id, first;
	uint64_t count;
	if (!fact_get_integer(fact, "id", &id) || id <= 0 || !fact_get_integer(fact, "first", &first) ||
		first < 0)
		return nonsense(fact, sequence, error);
	return enter_chunks(catalog, fact, id, (uint64_t)first, sequence, &count, error);
}

static int drop_extents(struct catalog *catalog, int64_t version, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EXTENT_REMOVE, error);
	query_int(&query, 1, version);
	return query_run(&query);
}

/* ---- names ---- */

struct regrown_file {
	int64_t id, head, last_number;
};

static int find_file(
	struct catalog *catalog, const char *name, struct regrown_file *file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_FIND, error);
	query_blob(&query, 1, name, strlen(name));
	int found = query_step(&query);
	if (found == 1)
		*file = (struct regrown_file){
			query_get_int(&query, 0), query_get_int(&query, 1), query_get_int(&query, 2)};
	return query_end(&query) < 0 ? -1 : found;
}

static int enter_file(struct catalog *catalog, const char *name, unsigned replication_factor,
	struct regrown_file *file, struct error *error)
{
	int found = find_file(catalog, name, file, error);
	if (found < 0)
		return -1;
	if (found == 0) {
		struct query add = query_begin(catalog, SQL_FILE_ADD, error);
		query_blob(&add, 1, name, strlen(name));
		query_int(&add, 3, replication_factor);
		if (query_run(&add) < 0)
			return -1;
		*file = (struct regrown_file){sqlite3_last_insert_rowid(catalog->db), 0, 0};
		return 0;
	}
	struct query set = query_begin(catalog, SQL_FILE_SET_REPLICATION, error);
	query_int(&set, 1, file->id);
	query_int(&set, 2, replication_factor);
	return query_run(&set);
}

static int set_head(struct catalog *catalog, const struct regrown_file *file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_SET_HEAD, error);
	query_int(&query, 1, file->id);
	if (file->head)
		query_int(&query, 2, file->head);
	query_int(&query, 3, file->last_number);
	return query_run(&query);
}

static int end_version(
	struct catalog *catalog, int64_t version, uint64_t sequence, int64_t time_ms, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_DIE, error);
	query_int(&query, 1, version);
	query_int(&query, 2, (int64_t)sequence);
	query_int(&query, 3, time_ms);
	return query_run(&query);
}

/* What a line about a version says. */
struct version_fact {
	int64_t id, number, size, mtime, mtime_nsec, stored_ms, replication_factor;
	int64_t born, died, died_ms; /* died 0: it is current */
	int64_t copied;              /* its extents are those of this version; 0: they are told */
	enum entry_kind kind;
	unsigned mode;
	bool packed;
	struct digest digest;
	char name[STORE_NAME_MAX + 2], target[STORE_NAME_MAX + 1];
};

static bool read_kind(const cJSON *fact, enum entry_kind *kind)
{
	static const char *const names[] = {
		[ENTRY_FILE] = "file", [ENTRY_LINK] = "link", [ENTRY_FOLDER] = "folder"};
	char word[16];
	if (!fact_get_word(fact, "kind", word, sizeof(word)))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(word, names[i]) == 0) {
			*kind = (enum entry_kind)i;
			return true;
		}
	return false;
}

static bool read_mode(const cJSON *fact, unsigned *mode)
{
	char word[16], *end;
	if (!fact_get_word(fact, "mode", word, sizeof(word)))
		return false;
	unsigned long value = strtoul(word, &end, 8);
	*mode = (unsigned)value;
	return end != word && !*end && value <= 07777;
}

static bool read_version(const cJSON *fact, uint64_t sequence, struct version_fact *version)
{
	memset(version, 0, sizeof(*version));
	version->born = (int64_t)sequence;
	bool read = fact_get_integer(fact, "id", &version->id) && version->id > 0 &&
		    fact_get_bytes(fact, "name", version->name, sizeof(version->name)) &&
		    fact_get_integer(fact, "version", &version->number) && version->number > 0 &&
		    read_kind(fact, &version->kind) && read_mode(fact, &version->mode) &&
		    fact_get_integer(fact, "mtime", &version->mtime) &&
		    fact_get_integer(fact, "mtime_nsec", &version->mtime_nsec) &&
		    fact_get_integer(fact, "stored_ms", &version->stored_ms) &&
		    fact_get_integer(fact, "replication_factor", &version->replication_factor) &&
		    version->replication_factor >= 1 && version->replication_factor <= STORE_REPLICATION_MAX;
	if (read && version->kind != ENTRY_FOLDER)
		read = fact_get_integer(fact, "size", &version->size) && version->size >= 0 &&
		       fact_get_digest(fact, "sha256", &version->digest);
	if (read && version->kind == ENTRY_LINK)
		read = fact_get_bytes(fact, "target", version->target, sizeof(version->target));
	version->packed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fact, "packed"));
	if (cJSON_HasObjectItem(fact, "copy_of"))
		read = read && fact_get_integer(fact, "copy_of", &version->copied);
	/* Only in a copy of a catalog. */
	if (cJSON_HasObjectItem(fact, "born"))
		read = read && fact_get_integer(fact, "born", &version->born);
	if (cJSON_HasObjectItem(fact, "died"))
		read = read && fact_get_integer(fact, "died", &version->died) &&
		       fact_get_integer(fact, "died_ms", &version->died_ms);
	return read;
}

static int count_extents(struct catalog *catalog, int64_t version, uint64_t *count, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EXTENT_LAST, error);
	query_int(&query, 1, version);
	bool any = query_step(&query) == 1 && sqlite3_column_type(query.statement, 0) != SQLITE_NULL;
	*count = any ? (uint64_t)query_get_int(&query, 0) + 1 : 0;
	return query_end(&query);
}

/* Nothing happens when the other version is not known: then its records are missing too. */
static int copy_extents(struct catalog *catalog, const struct version_fact *version, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_COPY_EXTENTS, error);
	query_int(&query, 1, version->id);
	query_int(&query, 2, version->copied);
	return query_run(&query);
}

static int insert_version(struct catalog *catalog, const struct version_fact *version, int64_t file,
	uint64_t extents, struct error *error)
{
	struct query query = query_begin(catalog, SQL_REGROW_VERSION, error);
	query_int(&query, 1, version->id);
	query_int(&query, 2, file);
	query_int(&query, 3, version->number);
	query_int(&query, 4, version->born);
	if (version->died)
		query_int(&query, 5, version->died);
	query_int(&query, 6, version->kind);
	query_int(&query, 7, version->size);
	query_int(&query, 8, (int64_t)extents);
	query_int(&query, 9, version->packed);
	query_blob(&query, 10, version->digest.bytes, DIGEST_BYTES);
	query_int(&query, 11, version->mode);
	query_int(&query, 12, version->mtime * 1000000000 + version->mtime_nsec);
	query_int(&query, 13, version->stored_ms);
	query_int(&query, 14, version->replication_factor);
	if (version->kind == ENTRY_LINK)
		query_blob(&query, 15, version->target, strlen(version->target));
	if (version->died)
		query_int(&query, 16, version->died_ms);
	return query_run(&query);
}

static int enter_version(struct catalog *catalog, const cJSON *fact, const struct version_fact *version,
	uint64_t sequence, struct error *error)
{
	struct regrown_file file;
	uint64_t extents, count;
	if (enter_chunks(catalog, fact, version->id, 0, sequence, &count, error) < 0 ||
		(version->copied && copy_extents(catalog, version, error) < 0) ||
		count_extents(catalog, version->id, &extents, error) < 0 ||
		enter_file(catalog, version->name, (unsigned)version->replication_factor, &file, error) < 0)
		return -1;
	if (file.last_number < version->number)
		file.last_number = version->number;
	if (!version->died) {
		if (file.head && file.head != version->id &&
			end_version(catalog, file.head, sequence, version->stored_ms, error) < 0)
			return -1;
		file.head = version->id;
	}
	if ((uint64_t)version->id > catalog->state.last_version)
		catalog->state.last_version = (uint64_t)version->id;
	if (set_head(catalog, &file, error) < 0)
		return -1;
	return insert_version(catalog, version, file.id, extents, error);
}

static int apply_version(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	struct version_fact *version = malloc(sizeof(*version));
	if (!version)
		return error_set(error, ERROR_MEMORY, "cannot regrow the catalog");
	int result = read_version(fact, sequence, version)
			     ? enter_version(catalog, fact, version, sequence, error)
			     : nonsense(fact, sequence, error);
	free(version);
	return result;
}

static int apply_abandoned(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	if (!fact_get_integer(fact, "id", &id))
		return nonsense(fact, sequence, error);
	return drop_extents(catalog, id, error);
}

/* Names that a fact is about are there, unless the history before it is missing. */
static int apply_removed(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[STORE_NAME_MAX + 2];
	struct regrown_file file;
	int64_t time_ms;
	if (!fact_get_bytes(fact, "name", name, sizeof(name)) || !fact_get_integer(fact, "time_ms", &time_ms))
		return nonsense(fact, sequence, error);
	int found = find_file(catalog, name, &file, error);
	if (found <= 0 || !file.head)
		return found < 0 ? -1 : 0;
	if (end_version(catalog, file.head, sequence, time_ms, error) < 0)
		return -1;
	file.head = 0;
	return set_head(catalog, &file, error);
}

static int apply_replication(
	struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[STORE_NAME_MAX + 2];
	struct regrown_file file;
	int64_t factor;
	if (!fact_get_bytes(fact, "name", name, sizeof(name)) ||
		!fact_get_integer(fact, "replication_factor", &factor) || factor < 1 ||
		factor > STORE_REPLICATION_MAX)
		return nonsense(fact, sequence, error);
	int found = find_file(catalog, name, &file, error);
	if (found <= 0)
		return found;
	return enter_file(catalog, name, (unsigned)factor, &file, error);
}

static int apply_collected(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id, file = 0;
	if (!fact_get_integer(fact, "id", &id))
		return nonsense(fact, sequence, error);
	struct query find = query_begin(catalog, SQL_VERSION_FILE, error);
	query_int(&find, 1, id);
	if (query_step(&find) == 1)
		file = query_get_int(&find, 0);
	if (query_end(&find) < 0 || drop_extents(catalog, id, error) < 0)
		return -1;
	struct query remove = query_begin(catalog, SQL_REGROW_COLLECT, error);
	query_int(&remove, 1, id);
	if (query_run(&remove) < 0)
		return -1;
	struct query sweep = query_begin(catalog, SQL_FILE_SWEEP, error);
	query_int(&sweep, 1, file);
	return query_run(&sweep);
}

/* ---- snapshots and nodes ---- */

static int apply_snapshot(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[256];
	int64_t at, created_ms, files, bytes;
	if (!fact_get_word(fact, "name", name, sizeof(name)) || !fact_get_integer(fact, "at", &at) ||
		!fact_get_integer(fact, "created_ms", &created_ms) ||
		!fact_get_integer(fact, "files", &files) || !fact_get_integer(fact, "bytes", &bytes))
		return nonsense(fact, sequence, error);
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
		return nonsense(fact, sequence, error);
	struct query query = query_begin(catalog, SQL_REGROW_SNAPSHOT_REMOVE, error);
	query_text(&query, 1, name);
	return query_run(&query);
}

static int apply_node(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	char uuid[UUID_SIZE], name[256];
	if (!fact_get_integer(fact, "id", &id) || id < 1 || id > UINT16_MAX ||
		!fact_get_word(fact, "uuid", uuid, sizeof(uuid)) ||
		!fact_get_bytes(fact, "name", name, sizeof(name)))
		return nonsense(fact, sequence, error);
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
		return nonsense(fact, sequence, error);
	if (failed && catalog_set_node_failed(catalog, (uint16_t)id, cJSON_IsTrue(failed), error) < 0)
		return -1;
	return draining ? catalog_set_node_draining(catalog, (uint16_t)id, cJSON_IsTrue(draining), error) : 0;
}

static int apply_node_removed(
	struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	if (!fact_get_integer(fact, "id", &id) || id < 1 || id > UINT16_MAX)
		return nonsense(fact, sequence, error);
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
	if (!fact_get_word(fact, "from", from, sizeof(from)) || !fact_get_integer(fact, "at", &at))
		return nonsense(fact, sequence, error);
	return note_ended_history(catalog, from, (uint64_t)at, error);
}

/* The first line of a copy of a catalog. */
static int apply_catalog(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t last_version;
	if (!fact_get_word(
		    fact, "ended_histories", catalog->ended_histories, sizeof(catalog->ended_histories)) ||
		!fact_get_integer(fact, "last_version", &last_version) || last_version < 0)
		return nonsense(fact, sequence, error);
	catalog->state.last_version = (uint64_t)last_version;
	return catalog_write_text(catalog, "ended_histories", catalog->ended_histories, error);
}

int catalog_regrow_apply(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	static const struct {
		const char *kind;
		int (*apply)(struct catalog *, const cJSON *, uint64_t, struct error *);
	} kinds[] = {
		{"version", apply_version},
		{"chunks", apply_chunks},
		{"abandoned", apply_abandoned},
		{"removed", apply_removed},
		{"replication", apply_replication},
		{"collected", apply_collected},
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
	return nonsense(fact, sequence, error);
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
	if (chunk->node_count == 0) {
		memcpy(chunk->nodes, absent->nodes, sizeof(chunk->nodes));
		chunk->node_count = absent->count;
	}
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
 * What stays over when no version names it: extents of puts that were under way, and chunks that only these, or collected
 * versions, had. Their files on the nodes are collected as any that no catalog knows.
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
	facts_regrown(catalog, from, sequence);
	return catalog_commit(catalog, error);
}
