/*
 * walk.c: looks at a store from outside and says what is really on its nodes.
 *
 *	walk [--versions] STORE [NAME=PATH …]
 *
 * Reads STORE/catalog.db without writing to it, and every file below chunks/ of the given nodes' folders. A node
 * that is not given is one that cannot be reached. Shares no code with the engine, so that the two can be held
 * against each other. Prints one JSON document:
 *
 *   nodes[]   name; identity: own, other (another node's) or missing; placed: copies that the catalog wants there;
 *             files, bytes: what is there under a chunk's name; bad: of these, other bytes than the name says;
 *             strays: files that the catalog does not place there; missing: placed, but no file; misnamed: anything
 *             else below chunks/
 *   chunks    total; full, excess (part of full), under_replicated, last_copy (part of it), unavailable, lost;
 *             corrupt_files: the sum of bad. A copy is live when the catalog places it on a given node and a file
 *             with the right bytes is there. A chunk without one is unavailable when it is also placed on a node that
 *             is not given, else lost
 *   versions  with --versions: checked; differ[]: versions whose bytes, put together from live copies, are not what
 *             was stored; unreadable[]: versions with a chunk that has no live copy. Names are NAME@VERSION
 *
 * Exits with 0 when it could look at everything, else with 2 and a sentence. What it found does not matter to that.
 */
#include "tests/tools/walk.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/must.h"

struct walk walk;

static cJSON *describe_chunks(void)
{
	uint64_t full = 0, excess = 0, under = 0, last = 0, unavailable = 0, lost = 0, bad = 0;
	for (size_t i = 0; i < walk.chunk_count; i++) {
		const struct copyset *copyset = walk.chunks[i].copyset;
		int live = __builtin_popcount(walk.chunks[i].good);
		bool away = false;
		for (int j = 0; j < copyset->count; j++) {
			struct node *node = find_node(copyset->nodes[j]);
			away = away || !node || !node->path;
			if (node)
				node->placed++;
		}
		full += live >= copyset->want;
		excess += live > copyset->want;
		under += live > 0 && live < copyset->want;
		last += live == 1 && copyset->want > 1;
		unavailable += live == 0 && copyset->want > 0 && away;
		lost += live == 0 && copyset->want > 0 && !away;
	}
	for (size_t i = 0; i < walk.node_count; i++)
		bad += walk.nodes[i].bad;
	const struct {
		const char *name;
		uint64_t count;
	} rows[] = {{"total", walk.chunk_count}, {"full", full}, {"under_replicated", under},
		{"last_copy", last}, {"unavailable", unavailable}, {"lost", lost}, {"excess", excess},
		{"corrupt_files", bad}};
	cJSON *object = cJSON_CreateObject();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cJSON_AddNumberToObject(object, rows[i].name, (double)rows[i].count);
	return object;
}

static cJSON *describe_nodes(void)
{
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < walk.node_count; i++) {
		const struct node *node = &walk.nodes[i];
		if (!node->path)
			continue;
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "name", node->name);
		cJSON_AddStringToObject(object, "identity", node->identity);
		cJSON_AddNumberToObject(object, "placed", (double)node->placed);
		cJSON_AddNumberToObject(object, "files", (double)node->files);
		cJSON_AddNumberToObject(object, "bytes", (double)node->bytes);
		cJSON_AddNumberToObject(object, "bad", (double)node->bad);
		cJSON_AddNumberToObject(object, "strays", (double)node->strays);
		cJSON_AddNumberToObject(object, "missing", (double)(node->placed - node->found));
		cJSON_AddNumberToObject(object, "misnamed", (double)node->misnamed);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

/* ---- versions ---- */

/* Feeds one extent from the first live copy; returns how many bytes, or -1 when there is no such copy. */
static int64_t feed_extent(
	EVP_MD_CTX *digest, const unsigned char name[DIGEST], int64_t offset, int64_t length)
{
	const struct chunk *chunk = find_chunk(name);
	char hex[2 * DIGEST + 1];
	for (size_t i = 0; i < DIGEST; i++)
		snprintf(hex + 2 * i, 3, "%02x", name[i]);
	for (int i = 0; chunk && i < chunk->copyset->count; i++) {
		if (!(chunk->good >> i & 1))
			continue;
		char *path = text("%s/chunks/%.2s/%s", find_node(chunk->copyset->nodes[i])->path, hex, hex);
		int64_t fed = file_feed(digest, path, offset, length < 0 ? chunk->size : length);
		free(path);
		return fed;
	}
	return -1;
}

static void rebuild(sqlite3_stmt *version, sqlite3_stmt *extents, cJSON *differ, cJSON *unreadable)
{
	unsigned char stored[DIGEST], found[DIGEST], chunk[DIGEST];
	int64_t size = 0;
	bool readable = true;
	catalog_digest(stored, version, 4);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		die("libcrypto fails");
	sqlite3_bind_int64(extents, 1, sqlite3_column_int64(version, 0));
	while (catalog_row(extents)) {
		bool part = sqlite3_column_type(extents, 1) != SQLITE_NULL;
		catalog_digest(chunk, extents, 0);
		int64_t fed = feed_extent(digest, chunk, sqlite3_column_int64(extents, 1),
			part ? sqlite3_column_int64(extents, 2) : -1);
		readable = readable && fed >= 0;
		size += fed;
	}
	if (!EVP_DigestFinal_ex(digest, found, NULL))
		die("libcrypto fails");
	EVP_MD_CTX_free(digest);
	if (readable && size == sqlite3_column_int64(version, 3) && memcmp(found, stored, DIGEST) == 0)
		return;
	char *name = text("%s@%lld", (const char *)sqlite3_column_text(version, 1),
		(long long)sqlite3_column_int64(version, 2));
	cJSON_AddItemToArray(readable ? differ : unreadable, cJSON_CreateString(name));
	free(name);
}

static cJSON *describe_versions(void)
{
	uint64_t checked = 0;
	cJSON *object = cJSON_CreateObject();
	cJSON *differ = cJSON_AddArrayToObject(object, "differ");
	cJSON *unreadable = cJSON_AddArrayToObject(object, "unreadable");
	/* Kind 0 is a file; links and folders have no bytes. */
	sqlite3_stmt *versions =
		catalog_query("SELECT v.id, f.name, v.number, v.size, v.sha256 FROM version v"
			      " JOIN file f ON f.id = v.file WHERE v.kind = 0 ORDER BY f.name, v.number");
	sqlite3_stmt *extents = catalog_query(
		"SELECT c.sha256, e.part_offset, e.part_length FROM extent e"
		" LEFT JOIN chunk c ON c.id = e.chunk WHERE e.version = ?1 ORDER BY e.position");
	for (; catalog_row(versions); checked++)
		rebuild(versions, extents, differ, unreadable);
	sqlite3_finalize(versions);
	sqlite3_finalize(extents);
	cJSON_AddNumberToObject(object, "checked", (double)checked);
	return object;
}

/* ---- */

static void give_path(const char *argument)
{
	const char *path = strchr(argument, '=');
	for (size_t i = 0; path && i < walk.node_count; i++) {
		if (strlen(walk.nodes[i].name) != (size_t)(path - argument) ||
			strncmp(walk.nodes[i].name, argument, (size_t)(path - argument)) != 0)
			continue;
		walk.nodes[i].path = path + 1;
		return;
	}
	die(path ? "%s: the catalog has no such node" : "%s: NAME=PATH is needed", argument);
}

int main(int argc, char **argv)
{
	bool with_versions = argc > 1 && strcmp(argv[1], "--versions") == 0;
	int first = with_versions ? 2 : 1;
	if (first >= argc)
		die("usage: walk [--versions] STORE [NAME=PATH ...]");
	catalog_read(argv[first]);
	for (int i = first + 1; i < argc; i++)
		give_path(argv[i]);
	files_read();

	cJSON *document = cJSON_CreateObject();
	cJSON *about_chunks = describe_chunks();
	cJSON_AddItemToObject(document, "nodes", describe_nodes());
	cJSON_AddItemToObject(document, "chunks", about_chunks);
	if (with_versions)
		cJSON_AddItemToObject(document, "versions", describe_versions());
	char *printed = cJSON_PrintUnformatted(document);
	if (!printed || puts(printed) < 0 || fflush(stdout) != 0)
		die("the result cannot be written");
	cJSON_free(printed);
	cJSON_Delete(document);
	sqlite3_close(walk.database);
	return 0;
}
