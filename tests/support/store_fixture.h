/*
 * store_fixture.h: a store of some nodes in a scratch folder, opened in a mock world, and short ways to use it.
 *
 * Nodes are called node-1, node-2 … , lie in nodes/ and are each in a zone of their own. What is to be stored lies
 * in the scratch folder as well; what is fetched comes to "out". A failing check ends the test.
 */
#ifndef LINCKIA_TESTS_SUPPORT_STORE_FIXTURE_H
#define LINCKIA_TESTS_SUPPORT_STORE_FIXTURE_H

#include "engine/store.h"
#include "tests/support/env_mock.h"
#include "tests/support/scratch.h"

enum { FIXTURE_CHUNK = 64 << 10, FIXTURE_NODES_MAX = 8 };

struct store_fixture {
	struct scratch scratch;
	struct env_mock mock;
	struct store *store;
	struct error error;
	char node_paths[FIXTURE_NODES_MAX][320];

	/* What the last calls reported. */
	unsigned stored, skipped, warned, failed;
	struct error failure; /* the last that was reported */
	struct {
		uint64_t version, size, chunks, new_chunks;
		unsigned replication_factor;
		char sha256[STORE_DIGEST_HEX];
	} last; /* entry stored, listed or described */
	unsigned listed;
	char names[16384]; /* of the entries listed, each with a line's end */
};

/* `settings` are lines of the config beside store and nodes; NULL: chunks of 64 KiB, 2 copies at least 1. */
void store_fixture_make(struct store_fixture *fixture, unsigned nodes, const char *settings);
void store_fixture_remove(struct store_fixture *fixture);
/* An operator fails the node, counted from 1, or recovers it: unlike node_set_failed(), all who look again know. */
void store_fixture_fail_node(struct store_fixture *fixture, unsigned node, bool failed);
/* Closes the store, and removes its catalog. */
void store_fixture_lose_catalog(struct store_fixture *fixture);
/* Closes the store and opens it again, in the same world. */
void store_fixture_reopen(struct store_fixture *fixture);
const char *store_fixture_config(struct store_fixture *fixture);
/* At the end of the file, where the nodes are. */
void store_fixture_add_to_config(struct store_fixture *fixture, const char *lines);

/* Stores the file or folder `path`, as `name` (NULL: its own). The result of store_put(). */
int store_fixture_try_put(
	struct store_fixture *fixture, const char *path, const char *name, unsigned replication_factor);
void store_fixture_put(struct store_fixture *fixture, const char *path, const char *name);
/* Fetches `name` to "out". */
int store_fixture_try_get(struct store_fixture *fixture, const char *name);
/* Fetches `name`, and fails unless it is what scratch_fill() makes of `size` and `seed`. */
void store_fixture_expect(struct store_fixture *fixture, const char *name, size_t size, uint64_t seed);
/* Fills `names` with what store_list() reports. */
int store_fixture_list(struct store_fixture *fixture, const char *prefix);

/* The number that `sql` answers on a connection of its own, for looking behind the engine's back. */
int64_t store_fixture_sql(struct store_fixture *fixture, const char *sql);
/* Fails unless the counters of all copysets, and the store's, are what counting rows gives. */
void store_fixture_check_counters(struct store_fixture *fixture);
/* Fails unless each copy that the catalog lists is a file with the right bytes, and there are no other files. */
void store_fixture_check_replicas(struct store_fixture *fixture);
/* Chunk files on all nodes. */
size_t store_fixture_chunk_files(struct store_fixture *fixture);
/* The path, relative to the scratch folder, of the first chunk's file on the node, in the order of the catalog. */
bool store_fixture_chunk_path(struct store_fixture *fixture, unsigned node, char out[160]);

#endif
