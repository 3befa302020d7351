/*
 * look.h: what is really there: the catalog's tables, read with SQL of its own, and the files on the nodes, hashed.
 *
 * Sets of nodes are masks of their numbers: bit N stands for node-N. A copy is good if the file has the right bytes,
 * whether or not the node is in its place now.
 */
#ifndef LINCKIA_TESTS_SIM_LOOK_H
#define LINCKIA_TESTS_SIM_LOOK_H

#include "model.h"

enum { LOOK_CHUNKS = 4096, LOOK_VERSIONS = NAMES * VERSIONS_MAX, LOOK_EXTENTS = 16384, LOOK_BAD = 512 };

struct seen_chunk {
	int64_t id;
	struct digest digest;
	uint64_t size;
	unsigned want;       /* as the catalog says */
	unsigned needs;      /* the highest factor of the names that use it; 0: nobody does */
	bool unused;         /* it was, and no collection has looked since */
	unsigned catalogued; /* mask: the copies that the catalog counts */
	unsigned good;       /* mask */
};

struct seen_extent {
	int chunk; /* index */
	bool part;
	uint64_t offset, length;
};

struct seen_version {
	int64_t id;
	int name;
	uint64_t number, size;
	uint64_t born; /* the record that tells of it */
	struct digest digest;
	bool current;
	int first_extent, extents;
};

struct seen_snapshot {
	char name[160];
	uint64_t held[NAMES]; /* numbers of versions; 0: none */
};

struct seen_bad {
	int node;
	struct digest digest;
};

struct look {
	struct seen_chunk chunks[LOOK_CHUNKS];
	int chunk_count;
	struct seen_version versions[LOOK_VERSIONS]; /* by name and number */
	int version_count;
	struct seen_extent extents[LOOK_EXTENTS];
	int extent_count;
	unsigned copies[NAMES]; /* of each name; 0: it is not known */
	struct seen_snapshot snapshots[SNAPSHOTS];
	int snapshot_count;
	struct seen_bad quarantine[LOOK_BAD];
	int quarantine_count;
	uint64_t journal; /* the sequence of the last record */
};

struct sim;

/* Fills in `look`. What contradicts itself is a violation. */
void look_take(struct sim *sim, struct look *look);
/* The catalog file is about to be replaced, or the process to be forked. */
void look_close(void);
/* Files on a node were changed behind the back of everyone. */
void look_forget(int node);
/* The nodes, wherever they are now, on which a good file of the chunk lies, whether the catalog counts it or not. */
unsigned look_for_files(const struct sim *sim, const struct seen_chunk *chunk);
/* Whether a node's folder, wherever it is, has a file of that name among its chunks. */
bool look_is_file(const struct sim *sim, int node, const struct digest *digest);
/* Where it is or would be. */
void look_chunk_path(const struct sim *sim, int node, const struct digest *digest, char *path, size_t size);
/* The sequence of the last record in a node's journal; 0: none is there. */
uint64_t look_last_record(const struct sim *sim, int node);
/* A chunk's index, by its digest; NOTHING. */
int look_find(const struct look *look, const struct digest *digest);
const struct seen_version *look_version(const struct look *look, int name, uint64_t number);
/* The bytes of a good copy of a chunk; NULL when there is none. The caller frees them. */
uint8_t *look_read_chunk(struct sim *sim, const struct seen_chunk *chunk);

#endif
