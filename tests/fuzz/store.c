#include "tests/fuzz/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/digest.h"
#include "engine/store.h"
#include "engine/virtual_world.h"

enum { FILES_MAX = 256, CHUNK = 64 << 10 };

/* A file or folder of the store as it was. */
struct kept {
	char *path; /* absolute */
	bool folder;
	uint8_t *data;
	struct stat status; /* as it was last seen */
	bool seen;
};

static struct kept kept[FILES_MAX];
static size_t kept_count;
static struct virtual_world world;
static bool in_world;

static const char *path_of(const char *name)
{
	return scratch_path(fuzz_folder(), name);
}

const char *fuzz_store_config(void)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s", path_of("store/config.yaml"));
	return path;
}

const char *fuzz_store_catalog(void)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s", path_of("store/catalog.db"));
	return path;
}

const struct env *fuzz_store_env(void)
{
	return &world.env;
}

void fuzz_store_pass_time(int64_t ms)
{
	virtual_world_advance(&world, ms * 1000000);
}

static void begin_world(void)
{
	if (in_world)
		virtual_world_release(&world);
	virtual_world_init(&world, 1);
	in_world = true;
}

/* ---- making it ---- */

static void put(struct store *store, const char *path, const char *name)
{
	struct error error;
	struct put_options options = {.name = name};
	const char *const paths[] = {path_of(path)};
	error_clear(&error);
	FUZZ_CHECK_WITH(store_put(store, paths, 1, &options, &error) == 0, error.message);
	virtual_world_advance(&world, INT64_C(1000000000));
}

static void write_sources(void)
{
	const struct scratch *folder = fuzz_folder();
	scratch_folder(folder, "in");
	scratch_folder(folder, "in/empty folder");
	scratch_write(folder, "in/nothing", "", 0);
	scratch_write(folder, "in/small", "a few bytes\n", 12);
	scratch_write(folder, "in/other", "some other bytes\n", 17);
	scratch_write(folder, "in/n\xff\x1b[31m\xe2\x80\xae", "a hostile name\n", 15);
	scratch_write_seeded(folder, "in/one chunk", CHUNK, 2);
	scratch_write_seeded(folder, "in/big", 3 * CHUNK + 1000, 3);
	scratch_write_seeded(folder, "in/more", CHUNK + 5000, 4);
	FUZZ_CHECK(symlink("../else\x1b", path_of("in/link")) == 0);
	/* The same on every day, as everything else here. */
	static const char *const names[] = {"in/empty folder", "in/nothing", "in/small", "in/other",
		"in/n\xff\x1b[31m\xe2\x80\xae", "in/one chunk", "in/big", "in/more", "in/link", "in"};
	const struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		FUZZ_CHECK(utimensat(AT_FDCWD, path_of(names[i]), times, AT_SYMLINK_NOFOLLOW) == 0);
}

static void fill(struct store *store)
{
	struct error error;
	struct snapshot snapshot;
	uint64_t removed;
	error_clear(&error);
	put(store, "in", "d");
	put(store, "in/one chunk", "one");
	put(store, "in/small", "gone");
	FUZZ_CHECK(store_snapshot_create(store, "s1", &snapshot, &error) == 0);
	put(store, "in/more", "one");
	FUZZ_CHECK(store_remove(store, "gone", &removed, &error) == 0 && removed == 1);
}

/* Without a log, so that the file is all there is. */
static void settle_catalog(void)
{
	sqlite3 *db;
	FUZZ_CHECK(sqlite3_open(fuzz_store_catalog(), &db) == SQLITE_OK);
	FUZZ_CHECK(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; VACUUM",
			   NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static struct kept *find_kept(const char *path)
{
	for (size_t i = 0; i < kept_count; i++)
		if (strcmp(kept[i].path, path) == 0)
			return &kept[i];
	return NULL;
}

/* Most shard folders are empty, and they are made again where they are needed. */
static int keep(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)at;
	if (kind == FTW_DP && rmdir(path) == 0)
		return 0;
	FUZZ_CHECK(kept_count < FILES_MAX);
	struct kept *one = &kept[kept_count++];
	*one = (struct kept){.path = strdup(path), .folder = kind == FTW_DP, .status = *status};
	FUZZ_CHECK(one->path);
	size_t size;
	if (!one->folder)
		one->data = scratch_read(fuzz_folder(), path + strlen(fuzz_folder()->path) + 1, &size);
	return 0;
}

static void make_store(void)
{
	static const char config[] = "store: .\nrehearsal: true\nchunk: {size: 64KiB}\nmemory: 8MiB\n"
				     "workers: 1\nreplication_factor: 2\nmin_replicas: 1\n"
				     "repair: {interval: 100ms, grace: 0}\nscrub: {interval: 1s}\n"
				     "history: {keep_versions: 1}\n"
				     "nodes:\n"
				     "  - {name: node-1, path: node-1, zone: a, capacity: 64MiB}\n"
				     "  - {name: node-2, path: node-2, zone: b, capacity: 64MiB}\n"
				     "  - {name: node-3, path: node-3, zone: c, capacity: 64MiB}\n";
	struct error error;
	struct store *store;
	error_clear(&error);
	begin_world();
	scratch_folder(fuzz_folder(), "store");
	scratch_write(fuzz_folder(), "store/config.yaml", config, sizeof(config) - 1);
	write_sources();
	FUZZ_CHECK_WITH(store_init_in(&world.env, fuzz_store_config(), &error) == 0, error.message);
	FUZZ_CHECK_WITH(store_open_in(&world.env, fuzz_store_config(), &store, &error) == 0, error.message);
	fill(store);
	store_close(store);
	settle_catalog();
	nftw(path_of("store"), keep, 16, FTW_PHYS | FTW_DEPTH);
}

/* ---- putting it back ---- */

static int put_back(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)at;
	struct kept *one = find_kept(path);
	if (!one || one->folder != (kind == FTW_DP) || (kind == FTW_SL)) {
		FUZZ_CHECK(remove(path) == 0);
		return 0;
	}
	one->seen = one->folder ||
		    (status->st_ino == one->status.st_ino && status->st_size == one->status.st_size &&
			    memcmp(&status->st_mtim, &one->status.st_mtim, sizeof(status->st_mtim)) == 0);
	return 0;
}

static void write_kept(struct kept *one)
{
	if (one->folder) {
		FUZZ_CHECK(mkdir(one->path, 0700) == 0);
		return;
	}
	fuzz_write(one->path + strlen(fuzz_folder()->path) + 1, one->data, (size_t)one->status.st_size);
	FUZZ_CHECK(lstat(one->path, &one->status) == 0);
}

void fuzz_store_reset(void)
{
	if (kept_count == 0)
		make_store();
	begin_world();
	for (size_t i = 0; i < kept_count; i++)
		kept[i].seen = false;
	nftw(path_of("store"), put_back, 16, FTW_PHYS | FTW_DEPTH);
	/* They were kept from the inside to the outside. */
	for (size_t i = kept_count; i-- > 0;)
		if (!kept[i].seen)
			write_kept(&kept[i]);
}

const uint8_t *fuzz_store_catalog_bytes(size_t *size)
{
	const struct kept *catalog = find_kept(fuzz_store_catalog());
	FUZZ_CHECK(catalog);
	*size = (size_t)catalog->status.st_size;
	return catalog->data;
}

void fuzz_store_write(const char *name, const void *data, size_t size)
{
	char path[512];
	snprintf(path, sizeof(path), "store/%s", name);
	unlink(path_of(path));
	fuzz_write(path, data, size);
}

void fuzz_store_clear(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "store/%s", name);
	DIR *stream = opendir(path_of(path));
	FUZZ_CHECK(stream);
	for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
		if (entry->d_name[0] != '.')
			FUZZ_CHECK(unlinkat(dirfd(stream), entry->d_name, 0) == 0);
	closedir(stream);
}

/* ---- what must not be lost ---- */

static bool is_in_quarantine(const char *hex)
{
	for (int node = 1; node <= FUZZ_STORE_NODES; node++) {
		char path[64];
		bool found = false;
		snprintf(path, sizeof(path), "store/node-%d/quarantine", node);
		DIR *stream = opendir(path_of(path));
		for (const struct dirent *entry; stream && !found && (entry = readdir(stream)) != NULL;)
			found = strncmp(entry->d_name, hex, 64) == 0;
		if (stream)
			closedir(stream);
		if (found)
			return true;
	}
	return false;
}

static bool is_on_a_node(const char *hex)
{
	for (int node = 1; node <= FUZZ_STORE_NODES; node++) {
		char path[160];
		snprintf(path, sizeof(path), "store/node-%d/chunks/%.2s/%s", node, hex, hex);
		if (access(path_of(path), F_OK) == 0)
			return true;
	}
	return false;
}

void fuzz_store_check_chunks(void)
{
	for (size_t i = 0; i < kept_count; i++) {
		const char *slash = strrchr(kept[i].path, '/');
		if (!kept[i].folder && strstr(kept[i].path, "/chunks/") && strlen(slash + 1) == 64)
			FUZZ_CHECK_WITH(is_on_a_node(slash + 1) || is_in_quarantine(slash + 1), slash + 1);
	}
}
