/*
 * traffic.c: making the shared file, finding a node's slot in it, and counting.
 */
#include "engine/traffic.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/drafts.h"
#include "engine/uuid.h"

enum { TRAFFIC_FORMAT = 1, PATH_SIZE = 4096 + 64 };

static const char magic[16] = {"linckia traffic\n"};

struct slot {
	_Atomic uint64_t node;
	_Atomic uint64_t counts[TRAFFIC_KINDS];
};

struct table {
	char magic[16];
	uint32_t format, slot_count;
	char store[40];
	struct slot slots[TRAFFIC_SLOTS];
};

/* A lock inside an atomic would be the process's own. */
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(_Atomic uint64_t) == 8, "no shared 64-bit atomics");
static_assert(sizeof(struct table) == 64 + TRAFFIC_SLOTS * 32, "the format has no padding");
static_assert(UUID_SIZE <= 40, "a UUID fits into the head");

struct traffic {
	struct table *table;
	bool shared;
};

/* ---- the file ---- */

static bool is_sound(const struct table *table, const char *store_uuid)
{
	return memcmp(table->magic, magic, sizeof(magic)) == 0 && table->format == TRAFFIC_FORMAT &&
	       table->slot_count == TRAFFIC_SLOTS &&
	       strncmp(table->store, store_uuid, sizeof(table->store)) == 0;
}

/* The table in the file at `path`, or NULL. */
static struct table *map_file(const char *path, const char *store_uuid)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	struct table *table = MAP_FAILED;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == sizeof(*table))
		table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (table == MAP_FAILED)
		return NULL;
	if (is_sound(table, store_uuid))
		return table;
	munmap(table, sizeof(*table));
	return NULL;
}

static bool write_whole(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t put = write(fd, (const char *)data + done, size - done);
		if (put < 0 && errno != EINTR)
			return false;
		done += put > 0 ? (size_t)put : 0;
	}
	return true;
}

/* Invariant 1: it gets its name when it is whole. Another process may be faster, which is as well. */
static void make_file(const char *path, const struct table *table)
{
	char draft[PATH_SIZE + 16];
	snprintf(draft, sizeof(draft), "%s" DRAFT_ENDING "XXXXXX", path);
	int fd = mkostemp(draft, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return;
	if (write_whole(fd, table, sizeof(*table)) && link(draft, path) < 0)
		(void)0; /* whoever maps it finds out */
	close(fd);
	unlink(draft);
}

/* ---- life ---- */

int traffic_open(const char *folder, const char *store_uuid, struct traffic **result, struct error *error)
{
	char path[PATH_SIZE];
	struct traffic *traffic = calloc(1, sizeof(*traffic));
	struct table *own = calloc(1, sizeof(*own));
	if (!traffic || !own) {
		free(traffic);
		free(own);
		return error_set_errno(error, ENOMEM, "cannot count traffic");
	}
	memcpy(own->magic, magic, sizeof(magic));
	own->format = TRAFFIC_FORMAT;
	own->slot_count = TRAFFIC_SLOTS;
	snprintf(own->store, sizeof(own->store), "%s", store_uuid);
	bool fits = snprintf(path, sizeof(path), "%s/traffic", folder) < (int)sizeof(path);
	traffic->table = fits ? map_file(path, store_uuid) : NULL;
	if (!traffic->table && fits && access(path, F_OK) < 0 && errno == ENOENT) {
		make_file(path, own);
		traffic->table = map_file(path, store_uuid);
	}
	traffic->shared = traffic->table != NULL;
	if (traffic->shared)
		free(own);
	else
		traffic->table = own;
	*result = traffic;
	return 0;
}

void traffic_close(struct traffic *traffic)
{
	if (!traffic)
		return;
	if (traffic->shared)
		munmap(traffic->table, sizeof(*traffic->table));
	else
		free(traffic->table);
	free(traffic);
}

bool traffic_is_shared(const struct traffic *traffic)
{
	return traffic->shared;
}

/* ---- counting ---- */

/* FNV-1a. Two nodes of a store hardly ever have the same one; they would share a slot. */
uint64_t traffic_key(const char *node_uuid)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);
	if (!*node_uuid)
		return 0;
	for (const char *c = node_uuid; *c; c++)
		key = (key ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return key ? key : 1;
}

static struct slot *find_slot(struct table *table, uint64_t node, bool claim)
{
	for (unsigned i = 0; i < TRAFFIC_SLOTS; i++) {
		struct slot *slot = &table->slots[(node + i) % TRAFFIC_SLOTS];
		uint64_t owner = atomic_load_explicit(&slot->node, memory_order_relaxed);
		if (owner == 0 && !claim)
			return NULL;
		if (owner == node ||
			(owner == 0 &&
				(atomic_compare_exchange_strong(&slot->node, &owner, node) || owner == node)))
			return slot;
	}
	return NULL;
}

void traffic_add(struct traffic *traffic, uint64_t node, enum traffic_kind kind, uint64_t amount)
{
	assert((unsigned)kind < TRAFFIC_KINDS);
	if (!traffic || node == 0)
		return;
	struct slot *slot = find_slot(traffic->table, node, true);
	if (slot)
		atomic_fetch_add_explicit(&slot->counts[kind], amount, memory_order_relaxed);
}

void traffic_get(const struct traffic *traffic, uint64_t node, uint64_t counts[TRAFFIC_KINDS])
{
	struct slot *slot = traffic && node ? find_slot(traffic->table, node, false) : NULL;
	for (int kind = 0; kind < TRAFFIC_KINDS; kind++)
		counts[kind] = slot ? atomic_load_explicit(&slot->counts[kind], memory_order_relaxed) : 0;
}
