/*
 * catalog_entry.c: names, their versions, and what is current.
 *
 * A version is invisible until catalog_finish_version() gives it a name and a number; `file.head` then points to
 * it. Removing a name clears the head and marks the version's end; the version itself stays. born and died are
 * commit sequences: a version is current for every sequence in [born, died).
 */
#include "engine/catalog_collect.h"
#include "engine/catalog_private.h"

#include <assert.h>
#include <string.h>

void query_get_entry(struct query *query, struct catalog_entry *entry)
{
	query_get_text(query, 0, entry->name, sizeof(entry->name));
	entry->version_id = query_get_int(query, 1);
	entry->number = (uint64_t)query_get_int(query, 2);
	int64_t kind = query_get_int(query, 3);
	if (kind < ENTRY_FILE || kind > ENTRY_FOLDER)
		query_refuse(query);
	entry->kind = kind >= ENTRY_FILE && kind <= ENTRY_FOLDER ? (enum entry_kind)kind : ENTRY_FILE;
	entry->size = (uint64_t)query_get_int(query, 4);
	entry->extents = (uint64_t)query_get_int(query, 5);
	entry->shared = query_get_int(query, 6) != 0;
	query_get_digest(query, 7, &entry->digest);
	entry->mtime_ns = query_get_int(query, 8);
	entry->stored_ms = query_get_int(query, 9);
	entry->mode = (unsigned)query_get_int(query, 10);
	entry->replication_factor = (unsigned)query_get_int(query, 11);
	query_get_text(query, 12, entry->target, sizeof(entry->target));
	entry->listed = sqlite3_column_type(query->statement, 13) != SQLITE_NULL;
	query_get_digest(query, 13, &entry->manifest);
}

/* Runs a query that finds one entry, and ends it. */
static int find_one(struct query *query, struct catalog_entry *entry)
{
	int found = query_step(query);
	if (found == 1)
		query_get_entry(query, entry);
	return query_end(query) < 0 ? -1 : found;
}

int catalog_find_entry(struct catalog *catalog, const char *name, uint64_t number,
	struct catalog_entry *entry, struct error *error)
{
	struct query query = query_begin(catalog, number ? SQL_ENTRY_NUMBER : SQL_ENTRY_CURRENT, error);
	query_blob(&query, 1, name, strlen(name));
	if (number)
		query_int(&query, 2, (int64_t)number);
	return find_one(&query, entry);
}

int catalog_find_entry_at(struct catalog *catalog, const char *name, int64_t at, struct catalog_entry *entry,
	struct error *error)
{
	if (at == CATALOG_NOW)
		return catalog_find_entry(catalog, name, 0, entry, error);
	struct query query = query_begin(catalog, SQL_ENTRY_AT, error);
	query_blob(&query, 1, name, strlen(name));
	query_int(&query, 2, at);
	return find_one(&query, entry);
}

int catalog_get_entry(
	struct catalog *catalog, int64_t version_id, struct catalog_entry *entry, struct error *error)
{
	struct query query = query_begin(catalog, SQL_ENTRY_VERSION, error);
	query_int(&query, 1, version_id);
	return find_one(&query, entry);
}

/*
 * Of the most names the head is what was current then, so that a list of the past costs what one of the present
 * does; only for the others the versions are looked through. Looking twice for all took half as long again.
 */
static int list_past(struct catalog *catalog, const char *after, const char *below, int64_t at,
	struct catalog_entry *entries, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_ENTRY_LIST_AT, error);
	query_blob(&query, 1, after, strlen(after));
	query_below(&query, 2, below);
	query_int(&query, 3, at);
	int count = 0, found = 1;
	while (count < limit && found >= 0 && query_step(&query) == 1) {
		bool current = sqlite3_column_type(query.statement, 1) != SQLITE_NULL;
		if (current) {
			query_get_entry(&query, &entries[count]);
		} else {
			struct query past = query_begin(catalog, SQL_ENTRY_PAST, error);
			query_int(&past, 1, query_get_int(&query, ENTRY_COLUMN_COUNT));
			query_int(&past, 2, at);
			found = find_one(&past, &entries[count]);
		}
		if (!current && found <= 0)
			continue;
		query_require_progress(&query, strcmp(entries[count].name, after) > 0);
		after = entries[count++].name;
	}
	return query_end(&query) < 0 || found < 0 ? -1 : count;
}

int catalog_list(struct catalog *catalog, const char *after, const char *below, int64_t at,
	struct catalog_entry *entries, int limit, struct error *error)
{
	if (at != CATALOG_NOW)
		return list_past(catalog, after, below, at, entries, limit, error);
	struct query query = query_begin(catalog, SQL_ENTRY_LIST, error);
	query_blob(&query, 1, after, strlen(after));
	query_below(&query, 2, below);
	query_int(&query, 3, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		query_get_entry(&query, &entries[count]);
		query_require_progress(&query, strcmp(entries[count].name, after) > 0);
		after = entries[count++].name;
	}
	return query_end(&query) < 0 ? -1 : count;
}

int catalog_list_folders_down(struct catalog *catalog, const char *from, const char *below, int64_t at,
	struct catalog_entry *entries, int limit, struct error *error)
{
	struct query query = query_begin(
		catalog, at == CATALOG_NOW ? SQL_ENTRY_FOLDERS_DOWN : SQL_ENTRY_FOLDERS_DOWN_AT, error);
	query_blob(&query, 1, from, strlen(from));
	query_below(&query, 2, below);
	query_int(&query, 3, limit);
	query_int(&query, 4, ENTRY_FOLDER);
	if (at != CATALOG_NOW)
		query_int(&query, 5, at);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		query_get_entry(&query, &entries[count]);
		query_require_progress(&query, !below || strcmp(entries[count].name, below) < 0);
		below = entries[count++].name;
	}
	return query_end(&query) < 0 ? -1 : count;
}

/* What is current now was born before this, and what was removed has died before it. */
static int64_t sequence_of(int64_t moment)
{
	return moment == CATALOG_NOW ? INT64_MAX : moment;
}

int catalog_compare(struct catalog *catalog, const char *from, bool exclusive, const char *below,
	int64_t before, int64_t after, struct catalog_pair *pairs, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_COMPARE, error);
	/* With its closing NUL a name is the next higher one there could be. */
	query_blob(&query, 1, from, strlen(from) + exclusive);
	query_below(&query, 2, below);
	query_int(&query, 3, sequence_of(before));
	query_int(&query, 4, sequence_of(after));
	query_int(&query, 5, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		struct catalog_pair *pair = &pairs[count++];
		query_get_text(&query, 0, pair->name, sizeof(pair->name));
		int order = strcmp(pair->name, from);
		query_require_progress(&query, order > 0 || (order == 0 && !exclusive));
		from = pair->name;
		exclusive = true;
		pair->before = query_get_int(&query, 1);
		pair->after = query_get_int(&query, 2);
	}
	return query_end(&query) < 0 ? -1 : count;
}

int catalog_list_versions(struct catalog *catalog, const char *name, uint64_t below,
	struct catalog_life *lives, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_PAGE, error);
	query_blob(&query, 1, name, strlen(name));
	query_int(&query, 2, below > INT64_MAX ? INT64_MAX : (int64_t)below);
	query_int(&query, 3, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		struct catalog_life *life = &lives[count++];
		query_get_entry(&query, &life->entry);
		query_require_progress(&query, life->entry.number < below);
		below = life->entry.number;
		life->born = query_get_int(&query, ENTRY_COLUMN_COUNT);
		life->died = query_get_died(&query, ENTRY_COLUMN_COUNT + 1);
		life->died_ms = query_get_int(&query, ENTRY_COLUMN_COUNT + 2);
	}
	return query_end(&query) < 0 ? -1 : count;
}

/* ---- the row of a name ---- */

struct file_row {
	int64_t id, head; /* head 0: removed */
	int64_t last_number;
	unsigned replication_factor;
};

static int find_file(struct catalog *catalog, const char *name, struct file_row *file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_FIND, error);
	query_blob(&query, 1, name, strlen(name));
	int found = query_step(&query);
	if (found == 1) {
		file->id = query_get_int(&query, 0);
		file->head = query_get_int(&query, 1);
		file->last_number = query_get_int(&query, 2);
		file->replication_factor = (unsigned)query_get_int(&query, 3);
	}
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_find_replication(
	struct catalog *catalog, const char *name, unsigned *replication_factor, struct error *error)
{
	struct file_row file;
	int found = find_file(catalog, name, &file, error);
	if (found == 1)
		*replication_factor = file.replication_factor;
	return found;
}

static int add_file(struct catalog *catalog, const char *name, int64_t head, unsigned replication_factor,
	struct file_row *file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_ADD, error);
	query_blob(&query, 1, name, strlen(name));
	query_int(&query, 2, head);
	query_int(&query, 3, replication_factor);
	if (query_run(&query) < 0)
		return -1;
	*file = (struct file_row){sqlite3_last_insert_rowid(catalog->db), head, 1, replication_factor};
	return 0;
}

/* `head` 0: none. */
static int set_head(struct catalog *catalog, const struct file_row *file, int64_t head, int64_t last_number,
	struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_SET_HEAD, error);
	query_int(&query, 1, file->id);
	if (head)
		query_int(&query, 2, head);
	query_int(&query, 3, last_number);
	return query_run_one(&query);
}

/* Ends the current version of `file`, if it has one, at the sequence of this transaction. */
static int end_head(struct catalog *catalog, const struct file_row *file, struct error *error)
{
	if (!file->head)
		return 0;
	struct query head = query_begin(catalog, SQL_VERSION_GET, error);
	query_int(&head, 1, file->head);
	if (query_step(&head) == 1 && query_get_int(&head, 0) != ENTRY_FOLDER) {
		catalog->state.files--;
		catalog->state.logical_bytes -= (uint64_t)query_get_int(&head, 1);
	}
	if (query_end(&head) < 0)
		return -1;
	struct query die = query_begin(catalog, SQL_VERSION_DIE, error);
	query_int(&die, 1, file->head);
	query_int(&die, 2, (int64_t)catalog->state.sequence + 1);
	query_int(&die, 3, catalog->env->time->wall_ms(catalog->env->time));
	return query_run(&die);
}

/* ---- versions ---- */

int catalog_begin_version(
	struct catalog *catalog, unsigned replication_factor, int64_t *version_id, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_VERSION_BEGIN, error);
	*version_id = (int64_t)++catalog->state.last_version;
	query_int(&query, 1, *version_id);
	query_int(&query, 2, replication_factor);
	return query_run(&query);
}

int catalog_abandon_version(struct catalog *catalog, int64_t version_id, struct error *error)
{
	enum { AT_ONCE = 1024 };
	bool more;
	assert(catalog->writing);
	struct query version = query_begin(catalog, SQL_VERSION_ABANDON, error);
	query_int(&version, 1, version_id);
	query_int(&version, 2, catalog->env->time->wall_ms(catalog->env->time));
	/* A finished version, or one of that number that somebody else has begun since, keeps what it has. */
	if (query_run_one(&version) < 0)
		return -1;
	facts_abandoned(catalog, version_id);
	return catalog_release_extents(catalog, version_id, AT_ONCE, &more, error);
}

static int set_replication(struct catalog *catalog, const struct file_row *file, unsigned replication_factor,
	struct error *error)
{
	if (file->replication_factor == replication_factor)
		return 0;
	struct query query = query_begin(catalog, SQL_FILE_SET_REPLICATION, error);
	query_int(&query, 1, file->id);
	query_int(&query, 2, replication_factor);
	if (query_run(&query) < 0)
		return -1;
	return catalog_refresh_want(catalog, file->id, error);
}

static int fill_version(struct catalog *catalog, int64_t version_id, int64_t file_id,
	const struct catalog_entry *entry, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_FINISH, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, file_id);
	query_int(&query, 3, (int64_t)entry->number);
	query_int(&query, 4, (int64_t)catalog->state.sequence + 1);
	query_int(&query, 5, entry->kind);
	query_int(&query, 6, (int64_t)entry->size);
	query_int(&query, 7, (int64_t)entry->extents);
	query_int(&query, 8, entry->shared);
	query_blob(&query, 9, entry->digest.bytes, DIGEST_BYTES);
	query_int(&query, 10, entry->mode);
	query_int(&query, 11, entry->mtime_ns);
	query_int(&query, 12, entry->stored_ms);
	if (entry->kind == ENTRY_LINK)
		query_blob(&query, 13, entry->target, strlen(entry->target));
	if (entry->listed)
		query_blob(&query, 14, entry->manifest.bytes, DIGEST_BYTES);
	return query_run_one(&query);
}

static int finish_version(struct catalog *catalog, int64_t version_id, int64_t copied,
	struct catalog_entry *entry, struct error *error)
{
	struct file_row file;
	int found = find_file(catalog, entry->name, &file, error);
	if (found < 0)
		return -1;
	if (found) {
		entry->number = (uint64_t)file.last_number + 1;
		if (end_head(catalog, &file, error) < 0 ||
			set_head(catalog, &file, version_id, (int64_t)entry->number, error) < 0)
			return -1;
	} else {
		entry->number = 1;
		if (add_file(catalog, entry->name, version_id, entry->replication_factor, &file, error) < 0)
			return -1;
	}
	bool kept = found && entry->keep_replication && file.replication_factor != entry->replication_factor;
	if (kept)
		entry->replication_factor = file.replication_factor;
	entry->version_id = version_id;
	if (fill_version(catalog, version_id, file.id, entry, error) < 0)
		return -1;
	facts_version(catalog, entry, copied);
	if (kept && catalog_refresh_want(catalog, file.id, error) < 0)
		return -1;
	if (entry->kind != ENTRY_FOLDER) {
		catalog->state.files++;
		catalog->state.versions++;
		catalog->state.logical_bytes += entry->size;
	}
	return set_replication(catalog, &file, entry->replication_factor, error);
}

int catalog_finish_version(
	struct catalog *catalog, int64_t version_id, struct catalog_entry *entry, struct error *error)
{
	assert(catalog->writing);
	uint64_t bytes;
	entry->listed = entry->kind == ENTRY_FILE && entry->extents > 1;
	if (entry->listed && catalog_read_manifest(catalog, version_id, &entry->manifest, &bytes, error) < 0)
		return -1;
	return finish_version(catalog, version_id, 0, entry, error);
}

/* ---- the same content again ---- */

/*
 * So that whoever reads the journal by hand finds the chunks in the version's own lines. Of very long lists it
 * only says whose they are: what is noted in one transaction has to fit into memory.
 */
enum { NOTED_EXTENTS_MAX = 16384 };

static int note_extents(
	struct catalog *catalog, int64_t version_id, int64_t copied, uint64_t count, struct error *error)
{
	enum { PAGE = 64 };
	struct catalog_extent extents[PAGE];
	struct catalog_chunk chunks[PAGE];
	uint64_t position = 0;
	while (position < count) {
		int found = catalog_extents(catalog, copied, position, extents, chunks, PAGE, error);
		if (found < 0)
			return -1;
		for (int i = 0; i < found; i++) {
			extents[i].digest = &chunks[i].digest;
			extents[i].chunk_size = chunks[i].size;
			facts_extent(catalog, version_id, &extents[i]);
		}
		if (found == 0)
			break;
		position = extents[found - 1].position + 1;
	}
	return 0;
}

static int copy_extents(
	struct catalog *catalog, int64_t version_id, int64_t copied, uint64_t count, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_COPY_EXTENTS, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, copied);
	query_step(&query);
	uint64_t made = (uint64_t)sqlite3_changes64(catalog->db);
	if (query_end(&query) < 0)
		return -1;
	if (made != count)
		return error_set(error, ERROR_DAMAGED,
			"the catalog %s is damaged: a version has %llu extents instead of %llu",
			catalog->path, (unsigned long long)made, (unsigned long long)count);
	return 0;
}

int catalog_copy_version(struct catalog *catalog, struct catalog_entry *entry, struct error *error)
{
	assert(catalog->writing);
	int64_t copied = entry->version_id, version_id;
	bool noted = entry->extents <= NOTED_EXTENTS_MAX;
	if (catalog_begin_version(catalog, entry->replication_factor, &version_id, error) < 0 ||
		copy_extents(catalog, version_id, copied, entry->extents, error) < 0 ||
		(noted && note_extents(catalog, version_id, copied, entry->extents, error) < 0))
		return -1;
	entry->keep_replication = true;
	entry->stored_ms = catalog->env->time->wall_ms(catalog->env->time);
	return finish_version(catalog, version_id, noted ? 0 : copied, entry, error);
}

/* ---- changing names ---- */

int catalog_remove(struct catalog *catalog, const char *name, struct error *error)
{
	assert(catalog->writing);
	struct file_row file;
	int found = find_file(catalog, name, &file, error);
	if (found <= 0 || !file.head)
		return found < 0 ? -1 : 0;
	if (end_head(catalog, &file, error) < 0 || set_head(catalog, &file, 0, file.last_number, error) < 0)
		return -1;
	facts_removed(catalog, name, catalog->env->time->wall_ms(catalog->env->time));
	return 1;
}

int catalog_set_replication(
	struct catalog *catalog, const char *name, unsigned replication_factor, struct error *error)
{
	assert(catalog->writing);
	struct file_row file;
	int found = find_file(catalog, name, &file, error);
	if (found <= 0 || !file.head)
		return found < 0 ? -1 : 0;
	if (file.replication_factor != replication_factor)
		facts_replication(catalog, name, replication_factor);
	return set_replication(catalog, &file, replication_factor, error) < 0 ? -1 : 1;
}
