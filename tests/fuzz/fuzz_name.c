/*
 * fuzz_name.c: names, versions and snapshots as they are typed, asked of a store that has some. None of it changes
 * the store.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store.h"
#include "tests/fuzz/store.h"

static struct store *store;
static struct error error;

static void note_entry(void *context, const struct entry *entry)
{
	const char *asked = context;
	size_t length = strlen(entry->name);
	FUZZ_CHECK(length <= STORE_NAME_MAX);
	/* It is what was asked for, or what stands before an "@". */
	FUZZ_CHECK_WITH(strncmp(asked, entry->name, length) == 0 && strchr("@/", asked[length]), asked);
}

static void note_chunk(void *context, const struct stat_chunk *chunk)
{
	(void)context;
	FUZZ_CHECK(chunk->length <= chunk->size_bytes && chunk->replica_count > 0);
}

static void note_listed(void *context, const struct entry *entry)
{
	const char *prefix = context;
	size_t length = strlen(prefix);
	while (length > 0 && prefix[length - 1] == '/')
		length--;
	FUZZ_CHECK_WITH(strncmp(entry->name, prefix, length) == 0, prefix);
	FUZZ_CHECK(length == 0 || !entry->name[length] || entry->name[length] == '/');
}

static void note_version(void *context, const struct version *version)
{
	(void)context;
	FUZZ_CHECK(version->entry.version > 0);
}

static void check(int result)
{
	if (result < 0)
		fuzz_check_error(&error);
	error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct snapshot snapshot;
	if (!store) {
		fuzz_store_reset();
		error_clear(&error);
		FUZZ_CHECK(store_open_in(fuzz_store_env(), fuzz_store_config(), &store, &error) == 0);
	}
	char *name = fuzz_take_text(&input, SIZE_MAX);
	bool allowed = store_check_name(name, &error) == 0;
	FUZZ_CHECK(!allowed || (name[0] && name[0] != '/' && !strstr(name, "//") && !strstr(name, "/../")));
	check(allowed ? 0 : -1);
	check(store_stat(store, name, note_entry, note_chunk, name, &error));
	check(store_list(store, name, NULL, note_listed, name, &error));
	check(store_list(store, name, "s1", note_listed, name, &error));
	check(store_list(store, "d", name, note_listed, "d", &error));
	check(store_versions(store, name, note_version, NULL, &error));
	check(store_snapshot_find(store, name, &snapshot, &error));
	free(name);
	return 0;
}
