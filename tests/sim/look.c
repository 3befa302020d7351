#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "sim.h"

enum { ID_MAX = 256, CACHE_SLOTS = 1 << 14 };

static sqlite3 *db;
static unsigned node_of_id[ID_MAX]; /* a catalog's id to a node's number; 0: none */
static uint64_t content_checked[NAMES][VERSIONS_MAX];

/* ---- rows ---- */

typedef void row_taken(struct sim *sim, struct look *look, sqlite3_stmt *row);

static void open_catalog(struct sim *sim)
{
	char path[320];
	if (db)
		return;
	snprintf(path, sizeof(path), "%s/catalog.db", sim->store_folder);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		violation(sim, "the catalog cannot be opened: %s", sqlite3_errmsg(db));
}

void look_close(void)
{
	sqlite3_close(db);
	db = NULL;
}

static void each_row(struct sim *sim, struct look *look, const char *sql, row_taken *take)
{
	sqlite3_stmt *row;
	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		violation(sim, "the catalog cannot be read: %s", sqlite3_errmsg(db));
	int result;
	while ((result = sqlite3_step(row)) == SQLITE_ROW)
		take(sim, look, row);
	if (result != SQLITE_DONE)
		violation(sim, "the catalog cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_finalize(row);
}

static void copy_digest(sqlite3_stmt *row, int column, struct digest *digest)
{
	memset(digest, 0, sizeof(*digest));
	if (sqlite3_column_bytes(row, column) == DIGEST_BYTES)
		memcpy(digest->bytes, sqlite3_column_blob(row, column), DIGEST_BYTES);
}

/* A name of the model, or NOTHING for a folder's. */
static int find_name(struct sim *sim, sqlite3_stmt *row, int column)
{
	char name[256];
	int length = sqlite3_column_bytes(row, column);
	snprintf(name, sizeof(name), "%.*s", length, (const char *)sqlite3_column_blob(row, column));
	int found = model_find(name);
	if (found == NOTHING && (length == 0 || name[length - 1] != '/'))
		violation(sim, "the store has a name that nobody put there: '%s'", name);
	return found;
}

static void take_node(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	(void)look;
	sqlite3_int64 id = sqlite3_column_int64(row, 0);
	const char *name = (const char *)sqlite3_column_text(row, 1);
	unsigned long number = name && strncmp(name, "node-", 5) == 0 ? strtoul(name + 5, NULL, 10) : 0;
	if (id < 1 || id >= ID_MAX || number == 0 || number >= WORLD_NODES)
		violation(sim, "the catalog has a node '%s' with id %lld", name ? name : "", (long long)id);
	node_of_id[id] = (unsigned)number;
}

static unsigned mask_of(sqlite3_stmt *row, int column)
{
	const uint8_t *ids = sqlite3_column_blob(row, column);
	unsigned mask = 0;
	for (int i = 0; i + 1 < sqlite3_column_bytes(row, column); i += 2) {
		unsigned id = (unsigned)ids[i] << 8 | ids[i + 1];
		mask |= id < ID_MAX && node_of_id[id] ? 1U << node_of_id[id] : 0;
	}
	return mask;
}

static void take_chunk(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	if (look->chunk_count == LOOK_CHUNKS)
		violation(sim, "there are more than %d chunks", LOOK_CHUNKS);
	struct seen_chunk *chunk = &look->chunks[look->chunk_count++];
	*chunk = (struct seen_chunk){
		.id = sqlite3_column_int64(row, 0),
		.size = (uint64_t)sqlite3_column_int64(row, 2),
		.want = (unsigned)sqlite3_column_int(row, 3),
		.unused = sqlite3_column_int(row, 5) != 0,
		.catalogued = mask_of(row, 4),
	};
	copy_digest(row, 1, &chunk->digest);
}

static void take_file(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	int name = find_name(sim, row, 0);
	if (name != NOTHING)
		look->copies[name] = (unsigned)sqlite3_column_int(row, 1);
}

static void take_version(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	int name = find_name(sim, row, 0);
	if (name == NOTHING)
		return;
	if (look->version_count == LOOK_VERSIONS)
		violation(sim, "there are more than %d versions", LOOK_VERSIONS);
	struct seen_version *version = &look->versions[look->version_count++];
	*version = (struct seen_version){
		.name = name,
		.id = sqlite3_column_int64(row, 1),
		.number = (uint64_t)sqlite3_column_int64(row, 2),
		.size = (uint64_t)sqlite3_column_int64(row, 3),
		.current = sqlite3_column_int(row, 5),
		.born = (uint64_t)sqlite3_column_int64(row, 6),
	};
	copy_digest(row, 4, &version->digest);
}

static int by_id(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = ((const struct seen_chunk *)b)->id;
	return (first > second) - (first < second);
}

/* Extents come by version; those of folders and of versions that nobody sees are passed over. */
static void take_extent(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	int64_t version = sqlite3_column_int64(row, 0), chunk = sqlite3_column_int64(row, 1);
	struct seen_version *owner = NULL;
	for (int i = 0; i < look->version_count && !owner; i++)
		owner = look->versions[i].id == version ? &look->versions[i] : NULL;
	if (!owner)
		return;
	const struct seen_chunk *found =
		bsearch(&chunk, look->chunks, (size_t)look->chunk_count, sizeof(*look->chunks), by_id);
	if (!found || look->extent_count == LOOK_EXTENTS)
		violation(sim, "version %llu of '%s' needs chunk %lld, which the catalog does not have",
			(unsigned long long)owner->number, model_names[owner->name], (long long)chunk);
	if (owner->extents++ == 0)
		owner->first_extent = look->extent_count;
	look->extents[look->extent_count++] = (struct seen_extent){
		.chunk = (int)(found - look->chunks),
		.part = sqlite3_column_type(row, 2) != SQLITE_NULL,
		.offset = (uint64_t)sqlite3_column_int64(row, 2),
		.length = sqlite3_column_type(row, 3) != SQLITE_NULL ? (uint64_t)sqlite3_column_int64(row, 3)
								     : found->size,
	};
}

static void take_held(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	const char *snapshot = (const char *)sqlite3_column_text(row, 0);
	if (look->snapshot_count == 0 ||
		strcmp(look->snapshots[look->snapshot_count - 1].name, snapshot) != 0) {
		if (look->snapshot_count == SNAPSHOTS)
			violation(sim, "there are more than %d snapshots", SNAPSHOTS);
		snprintf(look->snapshots[look->snapshot_count++].name, sizeof(look->snapshots[0].name), "%s",
			snapshot);
	}
	if (sqlite3_column_type(row, 1) == SQLITE_NULL)
		return;
	int name = find_name(sim, row, 1);
	if (name != NOTHING)
		look->snapshots[look->snapshot_count - 1].held[name] = (uint64_t)sqlite3_column_int64(row, 2);
}

static void take_state(struct sim *sim, struct look *look, sqlite3_stmt *row)
{
	(void)sim;
	look->journal = (uint64_t)sqlite3_column_int64(row, 0);
}

static void read_catalog(struct sim *sim, struct look *look)
{
	open_catalog(sim);
	memset(node_of_id, 0, sizeof(node_of_id));
	each_row(sim, look, "BEGIN", take_state);
	each_row(sim, look, "SELECT journal FROM state", take_state);
	each_row(sim, look, "SELECT id, name FROM node", take_node);
	each_row(sim, look,
		"SELECT c.id, c.sha256, c.size, s.want, s.nodes, EXISTS (SELECT 1 FROM unused u WHERE "
		"u.chunk = c.id)"
		" FROM chunk c JOIN copyset s ON s.id = c.copyset ORDER BY c.id",
		take_chunk);
	each_row(sim, look, "SELECT name, replication FROM file", take_file);
	each_row(sim, look,
		"SELECT f.name, v.id, v.number, v.size, v.sha256, f.head = v.id, v.born FROM version v"
		" JOIN file f ON f.id = v.file WHERE v.kind = 0 ORDER BY f.name, v.number",
		take_version);
	each_row(sim, look,
		"SELECT version, chunk, part_offset, part_length FROM extent ORDER BY version, position",
		take_extent);
	each_row(sim, look,
		"SELECT s.name, f.name, v.number FROM snapshot s"
		" LEFT JOIN version v ON v.kind = 0 AND v.born <= s.sequence AND v.file IS NOT NULL"
		"  AND (v.died IS NULL OR v.died > s.sequence)"
		" LEFT JOIN file f ON f.id = v.file ORDER BY s.id",
		take_held);
	each_row(sim, look, "COMMIT", take_state);
}

/* ---- files ---- */

/* What was hashed already, by node, file and size; a file's bytes never change but by a fault, which is told. */
static struct slot {
	uint64_t inode, size, key;
	unsigned age;
	uint8_t node;
	bool good;
} cache[CACHE_SLOTS];
static unsigned ages[WORLD_NODES];

void look_forget(int node)
{
	ages[node]++;
}

static uint8_t *read_file(int fd, size_t size)
{
	uint8_t *bytes = malloc(size + 1);
	size_t done = 0;
	while (bytes && done < size) {
		ssize_t got = pread(fd, bytes + done, size - done, (off_t)done);
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	if (done == size)
		return bytes;
	free(bytes);
	return NULL;
}

static uint8_t *read_good(const char *path, const struct seen_chunk *chunk)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	uint8_t *bytes = read_file(fd, chunk->size);
	close(fd);
	if (bytes) {
		struct digest digest = digest_of(bytes, chunk->size);
		if (digest_equal(&digest, &chunk->digest))
			return bytes;
	}
	free(bytes);
	return NULL;
}

void look_chunk_path(const struct sim *sim, int node, const struct digest *digest, char *path, size_t size)
{
	char folder[320], hex[DIGEST_HEX_SIZE];
	fault_folder_of(sim, node, folder, sizeof(folder));
	digest_hex(digest, hex);
	snprintf(path, size, "%s/chunks/%.2s/%s", folder, hex, hex);
}

bool look_is_file(const struct sim *sim, int node, const struct digest *digest)
{
	char path[512];
	struct stat status;
	look_chunk_path(sim, node, digest, path, sizeof(path));
	return lstat(path, &status) == 0;
}

static bool is_good(const struct sim *sim, int node, const struct seen_chunk *chunk)
{
	char path[512];
	struct stat status;
	look_chunk_path(sim, node, &chunk->digest, path, sizeof(path));
	if (lstat(path, &status) < 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size != chunk->size)
		return false;
	uint64_t key = digest_key(&chunk->digest);
	struct slot *slot = &cache[env_draw_mix(key + status.st_ino * 31 + (uint64_t)node) % CACHE_SLOTS];
	if (slot->inode == status.st_ino && slot->size == chunk->size && slot->key == key &&
		slot->age == ages[node] && slot->node == node)
		return slot->good;
	uint8_t *bytes = read_good(path, chunk);
	*slot = (struct slot){status.st_ino, chunk->size, key, ages[node], (uint8_t)node, bytes != NULL};
	free(bytes);
	return slot->good;
}

unsigned look_for_files(const struct sim *sim, const struct seen_chunk *chunk)
{
	unsigned found = 0;
	for (int node = 1; node < WORLD_NODES; node++)
		found |= sim->nodes[node].exists && is_good(sim, node, chunk) ? 1U << node : 0;
	return found;
}

uint8_t *look_read_chunk(struct sim *sim, const struct seen_chunk *chunk)
{
	for (int node = 1; node < WORLD_NODES; node++) {
		char path[512];
		if (!(chunk->good & 1U << node))
			continue;
		look_chunk_path(sim, node, &chunk->digest, path, sizeof(path));
		uint8_t *bytes = read_good(path, chunk);
		if (bytes)
			return bytes;
	}
	return NULL;
}

/* ---- journals ---- */

/* The sequence in the last whole line of a file. */
static uint64_t last_sequence(const char *path)
{
	char tail[4096];
	unsigned long long sequence = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(tail) - 1 ? size - (off_t)sizeof(tail) + 1 : 0;
	ssize_t got = fd < 0 ? 0 : pread(fd, tail, sizeof(tail) - 1, from);
	if (fd >= 0)
		close(fd);
	while (got > 0 && tail[got - 1] != '\n')
		got--;
	if (got <= 0)
		return 0;
	tail[got - 1] = '\0';
	const char *line = strrchr(tail, '\n');
	return sscanf(line ? line + 1 : tail, "{\"sequence\":%llu", &sequence) == 1 ? sequence : 0;
}

uint64_t look_last_record(const struct sim *sim, int node)
{
	char path[512], newest[64] = "";
	fault_folder_of(sim, node, path, 320);
	strcat(path, "/journal");
	DIR *listing = opendir(path);
	for (struct dirent *entry; listing && (entry = readdir(listing));)
		if (strstr(entry->d_name, ".jsonl") && strcmp(entry->d_name, newest) > 0)
			snprintf(newest, sizeof(newest), "%.60s", entry->d_name);
	if (listing)
		closedir(listing);
	snprintf(path + strlen(path), 80, "/%s", newest);
	return newest[0] ? last_sequence(path) : 0;
}

static int by_node_and_name(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct seen_bad));
}

static void read_quarantine(struct sim *sim, struct look *look, int node)
{
	char path[400];
	fault_folder_of(sim, node, path, sizeof(path) - 16);
	strcat(path, "/quarantine");
	DIR *listing = opendir(path);
	for (struct dirent *entry; listing && (entry = readdir(listing));) {
		struct seen_bad *bad = &look->quarantine[look->quarantine_count];
		if (look->quarantine_count == LOOK_BAD || !digest_from_hex(entry->d_name, &bad->digest))
			continue;
		bad->node = node;
		look->quarantine_count++;
	}
	if (listing)
		closedir(listing);
}

static void read_nodes(struct sim *sim, struct look *look)
{
	for (int node = 1; node < WORLD_NODES; node++) {
		if (!sim->nodes[node].exists)
			continue;
		for (int i = 0; i < look->chunk_count; i++)
			if (look->chunks[i].catalogued & 1U << node && is_good(sim, node, &look->chunks[i]))
				look->chunks[i].good |= 1U << node;
		read_quarantine(sim, look, node);
	}
	qsort(look->quarantine, (size_t)look->quarantine_count, sizeof(*look->quarantine), by_node_and_name);
}

/* ---- what they are together ---- */

static void add_needs(struct look *look)
{
	for (int i = 0; i < look->version_count; i++) {
		const struct seen_version *version = &look->versions[i];
		for (int e = 0; e < version->extents; e++) {
			struct seen_chunk *chunk =
				&look->chunks[look->extents[version->first_extent + e].chunk];
			unsigned copies = look->copies[version->name];
			chunk->needs = copies > chunk->needs ? copies : chunk->needs;
		}
	}
}

int look_find(const struct look *look, const struct digest *digest)
{
	for (int i = 0; i < look->chunk_count; i++)
		if (digest_equal(&look->chunks[i].digest, digest))
			return i;
	return NOTHING;
}

const struct seen_version *look_version(const struct look *look, int name, uint64_t number)
{
	for (int i = 0; i < look->version_count; i++)
		if (look->versions[i].name == name && look->versions[i].number == number)
			return &look->versions[i];
	return NULL;
}

/* The bytes of one extent are those of the content at that place. */
static bool extent_agrees(
	struct sim *sim, const struct look *look, const struct seen_extent *extent, const uint8_t *bytes)
{
	const struct seen_chunk *chunk = &look->chunks[extent->chunk];
	if (!extent->part) {
		struct digest digest = digest_of(bytes, chunk->size);
		return digest_equal(&digest, &chunk->digest);
	}
	uint8_t *whole = look_read_chunk(sim, chunk);
	bool same = extent->offset + extent->length <= chunk->size &&
		    (!whole || memcmp(whole + extent->offset, bytes, extent->length) == 0);
	free(whole);
	return same;
}

/* The chunks of a version, one after another, are the content that the model has; looked at when they are new. */
static void check_content(struct sim *sim, const struct look *look, const struct seen_version *version)
{
	const struct content *content = NULL;
	uint64_t mark = version->size + 1, *checked = NULL, at = 0;
	const struct model_name *name = &sim->model.names[version->name];
	for (int i = 0; i < name->count && !content; i++)
		if (!name->versions[i].gone && name->versions[i].number == version->number) {
			content = &name->versions[i].content;
			checked = &content_checked[version->name][i];
		}
	if (!content)
		return; /* settle() says what to think of it */
	for (int e = 0; e < version->extents; e++) {
		const struct seen_extent *extent = &look->extents[version->first_extent + e];
		mark = env_draw_mix(mark ^ digest_key(&look->chunks[extent->chunk].digest) ^ extent->offset);
	}
	if (*checked == mark)
		return;
	const uint8_t *bytes = content_bytes(content);
	for (int e = 0; e < version->extents; e++) {
		const struct seen_extent *extent = &look->extents[version->first_extent + e];
		if (at + extent->length > content->size || !extent_agrees(sim, look, extent, bytes + at))
			violation(sim, "version %llu of '%s' consists of the wrong chunks",
				(unsigned long long)version->number, model_names[version->name]);
		at += extent->length;
	}
	if (at != content->size)
		violation(sim, "the chunks of version %llu of '%s' are %llu bytes, not %u",
			(unsigned long long)version->number, model_names[version->name],
			(unsigned long long)at, content->size);
	*checked = mark;
}

void look_take(struct sim *sim, struct look *look)
{
	look->chunk_count = look->version_count = look->extent_count = 0;
	look->snapshot_count = look->quarantine_count = 0;
	memset(look->copies, 0, sizeof(look->copies));
	memset(look->snapshots, 0, sizeof(look->snapshots));
	read_catalog(sim, look);
	read_nodes(sim, look);
	add_needs(look);
	for (int i = 0; i < look->version_count; i++)
		check_content(sim, look, &look->versions[i]);
}
