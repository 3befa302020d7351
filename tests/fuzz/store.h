/*
 * store.h: a small store for fuzz targets that lie to it: always the same one, put back after each lie.
 *
 * Three nodes hold files of no bytes, of a few, of one chunk and of several, links, folders, older versions, a
 * snapshot, a name that was removed and names that no terminal should see. It lives in a virtual world
 * (virtual_world.h) that begins anew for each input, so that the same input always meets the same store at the same
 * moment.
 */
#ifndef LINCKIA_TESTS_FUZZ_STORE_H
#define LINCKIA_TESTS_FUZZ_STORE_H

#include "engine/engine.h"
#include "tests/fuzz/fuzz.h"

enum { FUZZ_STORE_NODES = 3 };

/* Puts everything back as it was; makes the store first if need be. */
void fuzz_store_reset(void);

/* Absolute; lives as long as the program. */
const char *fuzz_store_config(void);
const char *fuzz_store_catalog(void);

/* What catalog.db was, as bytes; the WAL was empty. */
const uint8_t *fuzz_store_catalog_bytes(size_t *size);

/* Writes a file of the store, by its path below the folder, whatever is there. */
void fuzz_store_write(const char *name, const void *data, size_t size);
/* Removes all files in a folder of the store. */
void fuzz_store_clear(const char *name);

/* The world of the current input. */
const struct env *fuzz_store_env(void);
void fuzz_store_pass_time(int64_t ms);

/*
 * Opens the store as it is now and does with it what commands and a console do: looks, lists, fetches, asks what is
 * at risk, lets maintenance take `steps` steps, and looks again. Whatever refuses must say why; a file that is
 * fetched must be the one that its version says it is.
 */
void fuzz_store_examine(unsigned steps);

/* Fails if some chunk that the store had is now neither on a node nor in a quarantine. */
void fuzz_store_check_chunks(void);

#endif
