/*
 * catalog_regrow_names.c: facts about names, their versions, and the chunks of these, become rows.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/catalog_regrow_private.h"
#include "engine/store.h"

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
			return regrow_nonsense(fact, sequence, error);
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

/* An id that some line names is never given to another version, even if its own was not finished. */
static void note_id(struct catalog *catalog, int64_t version)
{
	if ((uint64_t)version > catalog->state.last_version)
		catalog->state.last_version = (uint64_t)version;
}

int regrow_chunks(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id, first;
	uint64_t count;
	if (!fact_get_number(fact, "id", &id) || id == 0 || !fact_get_number(fact, "first", &first))
		return regrow_nonsense(fact, sequence, error);
	note_id(catalog, id);
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
	int64_t id, number, size, mtime_ns, stored_ms, replication_factor;
	int64_t born, died, died_ms; /* died 0: it is current */
	int64_t copied;              /* its extents are those of this version; 0: they are told */
	enum entry_kind kind;
	unsigned mode;
	bool packed, listed;
	struct digest digest, manifest; /* manifest: if listed */
	char name[STORE_NAME_MAX + 2], target[STORE_NAME_MAX + 1];
};

static bool read_kind(const cJSON *fact, enum entry_kind *kind)
{
	char word[16];
	if (!fact_get_word(fact, "kind", word, sizeof(word)))
		return false;
	for (size_t i = 0; i < FACTS_KINDS; i++)
		if (strcmp(word, facts_kinds[i]) == 0) {
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

/* Whole seconds, rounded down, and what comes after them: any time that fits into nanoseconds since 1970. */
static bool read_time(const cJSON *fact, int64_t *mtime_ns)
{
	const int64_t second = 1000000000;
	int64_t seconds, after;
	if (!fact_get_integer(fact, "mtime", &seconds) || !fact_get_integer(fact, "mtime_nsec", &after) ||
		after < 0 || after >= second)
		return false;
	/* Before 1970 the whole may fit although the seconds, rounded down, do not. */
	if (seconds < 0) {
		seconds++;
		after -= second;
	}
	return !__builtin_mul_overflow(seconds, second, mtime_ns) &&
	       !__builtin_add_overflow(*mtime_ns, after, mtime_ns);
}

static bool read_version(const cJSON *fact, uint64_t sequence, struct version_fact *version)
{
	memset(version, 0, sizeof(*version));
	version->born = (int64_t)sequence;
	bool read = fact_get_number(fact, "id", &version->id) && version->id > 0 &&
		    fact_get_bytes(fact, "name", version->name, sizeof(version->name)) &&
		    fact_get_number(fact, "version", &version->number) && version->number > 0 &&
		    read_kind(fact, &version->kind) && read_mode(fact, &version->mode) &&
		    read_time(fact, &version->mtime_ns) &&
		    fact_get_integer(fact, "stored_ms", &version->stored_ms) &&
		    fact_get_integer(fact, "replication_factor", &version->replication_factor) &&
		    version->replication_factor >= 1 &&
		    version->replication_factor <= STORE_REPLICATION_MAX &&
		    store_is_entry_name(version->name, version->kind == ENTRY_FOLDER);
	if (read && version->kind != ENTRY_FOLDER)
		read = fact_get_integer(fact, "size", &version->size) && version->size >= 0 &&
		       fact_get_digest(fact, "sha256", &version->digest);
	version->listed = cJSON_HasObjectItem(fact, "manifest");
	if (read && version->listed)
		read = fact_get_digest(fact, "manifest", &version->manifest);
	if (read && version->kind == ENTRY_LINK)
		read = fact_get_bytes(fact, "target", version->target, sizeof(version->target)) &&
		       *version->target;
	version->packed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fact, "packed"));
	if (cJSON_HasObjectItem(fact, "copy_of"))
		read = read && fact_get_number(fact, "copy_of", &version->copied);
	/* Only in a copy of a catalog. */
	if (cJSON_HasObjectItem(fact, "born"))
		read = read && fact_get_number(fact, "born", &version->born);
	if (cJSON_HasObjectItem(fact, "died"))
		read = read && fact_get_number(fact, "died", &version->died) &&
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
	query_int(&query, 12, version->mtime_ns);
	query_int(&query, 13, version->stored_ms);
	query_int(&query, 14, version->replication_factor);
	if (version->kind == ENTRY_LINK)
		query_blob(&query, 15, version->target, strlen(version->target));
	if (version->died)
		query_int(&query, 16, version->died_ms);
	if (version->listed)
		query_blob(&query, 17, version->manifest.bytes, DIGEST_BYTES);
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
	note_id(catalog, version->id);
	if (set_head(catalog, &file, error) < 0)
		return -1;
	return insert_version(catalog, version, file.id, extents, error);
}

int regrow_version(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	struct version_fact *version = malloc(sizeof(*version));
	if (!version)
		return error_set(error, ERROR_MEMORY, "cannot regrow the catalog");
	int result = read_version(fact, sequence, version)
			     ? enter_version(catalog, fact, version, sequence, error)
			     : regrow_nonsense(fact, sequence, error);
	free(version);
	return result;
}

int regrow_abandoned(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id;
	if (!fact_get_integer(fact, "id", &id))
		return regrow_nonsense(fact, sequence, error);
	return drop_extents(catalog, id, error);
}

/* Names that a fact is about are there, unless the history before it is missing. */
int regrow_removed(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[STORE_NAME_MAX + 2];
	struct regrown_file file;
	int64_t time_ms;
	if (!fact_get_bytes(fact, "name", name, sizeof(name)) || !fact_get_integer(fact, "time_ms", &time_ms))
		return regrow_nonsense(fact, sequence, error);
	int found = find_file(catalog, name, &file, error);
	if (found <= 0 || !file.head)
		return found < 0 ? -1 : 0;
	if (end_version(catalog, file.head, sequence, time_ms, error) < 0)
		return -1;
	file.head = 0;
	return set_head(catalog, &file, error);
}

int regrow_replication(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	char name[STORE_NAME_MAX + 2];
	struct regrown_file file;
	int64_t factor;
	if (!fact_get_bytes(fact, "name", name, sizeof(name)) ||
		!fact_get_integer(fact, "replication_factor", &factor) || factor < 1 ||
		factor > STORE_REPLICATION_MAX)
		return regrow_nonsense(fact, sequence, error);
	int found = find_file(catalog, name, &file, error);
	if (found <= 0)
		return found;
	return enter_file(catalog, name, (unsigned)factor, &file, error);
}

int regrow_collected(struct catalog *catalog, const cJSON *fact, uint64_t sequence, struct error *error)
{
	int64_t id, file = 0;
	if (!fact_get_integer(fact, "id", &id))
		return regrow_nonsense(fact, sequence, error);
	struct query find = query_begin(catalog, SQL_VERSION_GET, error);
	query_int(&find, 1, id);
	if (query_step(&find) == 1)
		file = query_get_int(&find, 2);
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
