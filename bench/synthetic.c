/*
 * synthetic.c: fills an empty store with the catalog of a large one.
 *
 *	synthetic CONFIG CHUNKS FILES [bare]
 *
 * Chunks have random names and the size that the config says; the store's own placement chooses their nodes, so
 * that there are as many copysets as a store of that size would have. Each chunk file is a hard link to one of a few
 * empty files of the right size: looks and inventories find what they expect, at what it costs them, but the
 * bytes are not those that the name stands for. So nothing may scrub, fetch or repair such a store. With "bare" there
 * are no chunk files, and no daemon may run, because it would find them missing.
 *
 * Prints the number of chunks on the first node.
 */
#include "engine/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNKS_A_COMMIT = 20000, LINKS_MAX = 60000, BOOKED_PART = 64 };

struct maker {
	struct store *store;
	struct dice *dice;
	uint64_t chunks, files, made;
	uint64_t on_first; /* copies on the first node */
	bool bare;
	unsigned links; /* of the file that chunk files are links to now */
	int original;
};

/* Chunk files are links to a file without a name of its own, until that has as many as a file can have. */
static int open_original(struct maker *maker, struct error *error)
{
	const struct node_attachment *attachment = node_reading(&maker->store->nodes[0]);
	if (maker->original >= 0)
		close(maker->original);
	maker->links = 0;
	maker->original = openat(attachment->root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (maker->original < 0 || ftruncate(maker->original, (off_t)maker->store->config->chunk_bytes) < 0)
		return error_set_errno(error, errno, "cannot make a file to link to");
	return 0;
}

static int link_chunk(
	struct maker *maker, struct node *node, const struct digest *digest, struct error *error)
{
	char hex[DIGEST_HEX_SIZE], path[DIGEST_HEX_SIZE + 4], self[32];
	digest_hex(digest, hex);
	snprintf(path, sizeof(path), "%.2s/%s", hex, hex);
	if ((maker->original < 0 || maker->links == LINKS_MAX) && open_original(maker, error) < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", maker->original);
	if (linkat(AT_FDCWD, self, node_reading(node)->chunks, path, AT_SYMLINK_FOLLOW) < 0)
		return error_set_errno(error, errno, "cannot link %s", path);
	maker->links++;
	return 0;
}

static void draw_digest(struct dice *dice, struct digest *digest)
{
	for (size_t at = 0; at < DIGEST_BYTES; at += 8) {
		uint64_t word = dice->next(dice);
		memcpy(digest->bytes + at, &word, 8);
	}
}

static int by_id(const void *a, const void *b)
{
	return *(const uint16_t *)a < *(const uint16_t *)b ? -1 : 1;
}

static int make_chunk(struct maker *maker, struct catalog_chunk *chunk, struct error *error)
{
	struct store *store = maker->store;
	struct node *nodes[STORE_REPLICATION_MAX];
	*chunk = (struct catalog_chunk){
		.size = store->config->chunk_bytes, .want = store->config->replication_factor};
	draw_digest(maker->dice, &chunk->digest);
	/*
	 * What is booked stays booked, so that placement sees the nodes fill; but the disk need not have room for it
	 * all.
	 */
	size_t found = store_place_chunk(
		store, &chunk->digest, chunk->size / BOOKED_PART, NULL, 0, chunk->want, nodes);
	if (found < chunk->want)
		return error_set(error, ERROR_NO_SPACE, "the nodes have no room");
	for (size_t i = 0; i < found; i++) {
		chunk->nodes[i] = nodes[i]->id;
		maker->on_first += nodes[i] == &store->nodes[0];
		if (!maker->bare && link_chunk(maker, nodes[i], &chunk->digest, error) < 0)
			return -1;
	}
	chunk->node_count = (unsigned)found;
	qsort(chunk->nodes, found, sizeof(*chunk->nodes), by_id);
	return catalog_add_chunk(store->writer, chunk, error);
}

static int make_file(struct maker *maker, uint64_t number, uint64_t chunks, struct error *error)
{
	struct catalog *catalog = maker->store->writer;
	struct catalog_entry *entry = calloc(1, sizeof(*entry));
	int64_t version;
	int result = -1;
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot make a file");
	if (catalog_begin_version(catalog, maker->store->config->replication_factor, &version, error) < 0)
		goto out;
	for (uint64_t position = 0; position < chunks; position++, maker->made++) {
		struct catalog_chunk chunk;
		if (make_chunk(maker, &chunk, error) < 0)
			goto out;
		const struct catalog_extent extent = {.position = position, .chunk = chunk.id};
		if (catalog_add_extent(catalog, version, &extent, error) < 0)
			goto out;
	}
	snprintf(entry->name, sizeof(entry->name), "folder-%03" PRIu64 "/file-%" PRIu64, number / 1000,
		number);
	entry->kind = ENTRY_FILE;
	entry->size = chunks * maker->store->config->chunk_bytes;
	entry->extents = chunks;
	entry->mode = 0600;
	entry->replication_factor = maker->store->config->replication_factor;
	draw_digest(maker->dice, &entry->digest);
	result = catalog_finish_version(catalog, version, entry, error);
out:
	free(entry);
	return result;
}

static int make_all(struct maker *maker, struct error *error)
{
	struct catalog *catalog = maker->store->writer;
	uint64_t committed = 0;
	if (catalog_begin(catalog, error) < 0)
		return -1;
	for (uint64_t number = 0; number < maker->files; number++) {
		uint64_t end = maker->chunks * (number + 1) / maker->files;
		if (make_file(maker, number, end - maker->made, error) < 0)
			goto failed;
		if (maker->made - committed < CHUNKS_A_COMMIT)
			continue;
		if (catalog_commit(catalog, error) < 0)
			goto failed;
		if (catalog_begin(catalog, error) < 0)
			return -1;
		committed = maker->made;
	}
	if (catalog_commit(catalog, error) == 0)
		return 0;
failed:
	catalog_rollback(catalog);
	return -1;
}

int main(int argc, char **argv)
{
	struct error error;
	struct maker maker = {.original = -1};
	maker.bare = argc == 5 && strcmp(argv[4], "bare") == 0;
	if (argc != 4 && !maker.bare) {
		fprintf(stderr, "usage: synthetic CONFIG CHUNKS FILES [bare]\n");
		return 2;
	}
	maker.chunks = strtoull(argv[2], NULL, 10);
	maker.files = strtoull(argv[3], NULL, 10);
	if (store_open(argv[1], &maker.store, &error) < 0) {
		fprintf(stderr, "synthetic: %s\n", error.message);
		return 1;
	}
	maker.dice = maker.store->env->dice;
	store_probe_nodes(maker.store);
	int result = make_all(&maker, &error);
	if (result < 0)
		fprintf(stderr, "synthetic: %s\n", error.message);
	else
		printf("%" PRIu64 "\n", maker.on_first);
	if (maker.original >= 0)
		close(maker.original);
	/* The bookings are given up with the process: store_close() would have nothing against them either. */
	store_close(maker.store);
	return result < 0 ? 1 : 0;
}
