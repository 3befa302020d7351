#include "engine/rehearsal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/digest.h"
#include "engine/fetch.h"

enum { PIECE_WORDS = 8192 };

/* ---- what was stored ---- */

void rehearsal_forget_stored(struct rehearsal *rehearsal)
{
	for (size_t i = 0; i < rehearsal->stored_count; i++)
		free(rehearsal->stored[i].name);
	free(rehearsal->stored);
	rehearsal->stored = NULL;
	rehearsal->stored_count = rehearsal->stored_room = 0;
}

static bool remember(struct rehearsal *rehearsal, const struct entry *entry)
{
	if (rehearsal->stored_count == rehearsal->stored_room) {
		size_t room = 2 * rehearsal->stored_room + 64;
		struct stored_version *more = realloc(rehearsal->stored, room * sizeof(*more));
		if (!more)
			return false;
		rehearsal->stored = more;
		rehearsal->stored_room = room;
	}
	struct stored_version *stored = &rehearsal->stored[rehearsal->stored_count];
	*stored = (struct stored_version){.version = entry->version, .size = entry->size_bytes};
	snprintf(stored->sha256, sizeof(stored->sha256), "%s", entry->sha256);
	stored->name = strdup(entry->name);
	rehearsal->stored_count += stored->name != NULL;
	return stored->name != NULL;
}

/* ---- generated files ---- */

/* Files that were generated to be stored together, each called by its number, and their digests. */
struct generated {
	char path[4096 + 16]; /* of the file, or of the folder of all of them */
	uint64_t count;
	char (*digests)[DIGEST_HEX_SIZE];
};

/* Writes `size` drawn bytes; `hex` gets their digest. */
static int write_content(
	struct rehearsal *rehearsal, int fd, uint64_t size, char hex[DIGEST_HEX_SIZE], struct error *error)
{
	static _Thread_local uint64_t piece[PIECE_WORDS];
	struct dice *dice = &rehearsal->content.dice;
	struct digest_stream *stream = digest_stream_new();
	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot generate a file");
	int result = 0;
	for (uint64_t done = 0; result == 0 && done < size;) {
		size_t length = size - done < sizeof(piece) ? (size_t)(size - done) : sizeof(piece);
		for (size_t i = 0; i < (length + 7) / 8; i++)
			piece[i] = dice->next(dice);
		digest_stream_add(stream, piece, length);
		if (env_write_full(rehearsal->env, fd, piece, length, (off_t)done) < 0)
			result = error_set_errno(error, errno, "cannot generate a file");
		else
			result = rehearsal_check_cancel(rehearsal, error);
		done += length;
	}
	struct digest digest = digest_stream_finish(stream);
	digest_hex(&digest, hex);
	digest_stream_free(stream);
	return result;
}

/* All files of a store with a virtual clock are of its own time. */
static void set_time(struct rehearsal *rehearsal, int fd)
{
	int64_t now_ms = rehearsal->env->time->wall_ms(rehearsal->env->time);
	const struct timespec at = {.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
	const struct timespec times[] = {at, at};
	if (futimens(fd, times) < 0)
		(void)0; /* its time is then that of the system, which nothing depends on */
}

static void name_file(char *out, size_t size, const char *folder, uint64_t number)
{
	snprintf(out, size, "%s/%06llu", folder, (unsigned long long)number);
}

static int write_file(struct rehearsal *rehearsal, const char *path, uint64_t size, char hex[DIGEST_HEX_SIZE],
	struct error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot generate the file %s", path);
	int result = write_content(rehearsal, fd, size, hex, error);
	set_time(rehearsal, fd);
	close(fd);
	return result;
}

static uint64_t draw_size(struct rehearsal *rehearsal, const struct scenario_step *step)
{
	struct dice *dice = &rehearsal->content.dice;
	uint64_t least = step->size_bytes, most = step->size_most_bytes;
	return most > least ? least + dice->next(dice) % (most - least + 1) : least;
}

static int generate(struct rehearsal *rehearsal, const struct scenario_step *step,
	struct generated *generated, struct error *error)
{
	snprintf(generated->path, sizeof(generated->path), "%s/generated", rehearsal->folder);
	generated->count = step->files ? step->files : 1;
	generated->digests = calloc(generated->count, sizeof(*generated->digests));
	if (!generated->digests)
		return error_set_errno(
			error, ENOMEM, "cannot generate %llu files", (unsigned long long)generated->count);
	if (generated->count == 1)
		return write_file(
			rehearsal, generated->path, draw_size(rehearsal, step), generated->digests[0], error);
	if (mkdir(generated->path, 0700) < 0)
		return error_set_errno(error, errno, "cannot make the folder %s", generated->path);
	int result = 0;
	for (uint64_t i = 0; result == 0 && i < generated->count; i++) {
		char path[4096 + 64];
		name_file(path, sizeof(path), generated->path, i + 1);
		result =
			write_file(rehearsal, path, draw_size(rehearsal, step), generated->digests[i], error);
		if (result == 0)
			result = rehearsal_check_cancel(rehearsal, error);
	}
	return result;
}

static void remove_generated(struct generated *generated)
{
	for (uint64_t i = 0; generated->count > 1 && i < generated->count; i++) {
		char path[4096 + 64];
		name_file(path, sizeof(path), generated->path, i + 1);
		unlink(path);
	}
	if (generated->count > 1)
		rmdir(generated->path);
	else
		unlink(generated->path);
	free(generated->digests);
}

/* ---- storing ---- */

/* One call of store_put(), and what came of it. */
struct storing {
	struct rehearsal *rehearsal;
	const struct generated *generated; /* NULL: files are taken as they are */
	bool differs, no_memory;
};

/* What was generated is known, whatever the store says that it has stored. */
static bool is_as_generated(const struct generated *generated, const struct entry *entry)
{
	const char *slash = strrchr(entry->name, '/');
	uint64_t number = generated->count > 1 && slash ? strtoull(slash + 1, NULL, 10) : 1;
	return number >= 1 && number <= generated->count &&
	       strcmp(generated->digests[number - 1], entry->sha256) == 0;
}

static void note_stored(void *context, const struct entry *entry)
{
	struct storing *storing = context;
	if (entry->kind != ENTRY_FILE)
		return;
	if (storing->generated && !is_as_generated(storing->generated, entry))
		storing->differs = true;
	if (!remember(storing->rehearsal, entry))
		storing->no_memory = true;
}

static int store_path(struct rehearsal *rehearsal, const char *path, const char *name, unsigned factor,
	const struct generated *generated, struct error *error)
{
	struct storing storing = {.rehearsal = rehearsal, .generated = generated};
	const struct put_options options = {
		.name = name,
		.replication_factor = factor,
		.stored = note_stored,
		.context = &storing,
		.cancel = rehearsal->options.cancel,
	};
	int64_t began = rehearsal_begin_work(rehearsal);
	int result = store_put(rehearsal->store, &path, 1, &options, error);
	struct error waiting;
	error_clear(&waiting);
	if (rehearsal_end_work(rehearsal, began, &waiting) < 0 && result == 0) {
		*error = waiting;
		return -1;
	}
	if (result < 0)
		return -1;
	if (storing.no_memory)
		return error_set_errno(error, ENOMEM, "cannot note what was stored");
	if (storing.differs)
		return error_set(
			error, ERROR_DAMAGED, "'%s' was stored with other bytes than were generated", name);
	return 0;
}

static int put_generated(
	struct rehearsal *rehearsal, const struct scenario_step *step, const char *name, struct error *error)
{
	struct generated generated = {0};
	int result = generate(rehearsal, step, &generated, error);
	if (result == 0)
		result = store_path(
			rehearsal, generated.path, name, step->replication_factor, &generated, error);
	remove_generated(&generated);
	return result;
}

int rehearsal_put(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	for (size_t i = 0; i < step->path_count; i++)
		if (store_path(rehearsal, step->paths[i], step->name_count ? step->names[0] : NULL,
			    step->replication_factor, NULL, error) < 0)
			return -1;
	return step->path_count ? 0 : put_generated(rehearsal, step, step->names[0], error);
}

int rehearsal_put_one(struct rehearsal *rehearsal, const char *name, uint64_t size, struct error *error)
{
	const struct scenario_step step = {.kind = STEP_PUT, .files = 1, .size_bytes = size};
	return put_generated(rehearsal, &step, name, error);
}

/* ---- comparing ---- */

struct inventory {
	struct rehearsal *rehearsal;
	bool no_memory;
};

static void note_found(void *context, const struct entry *entry)
{
	struct inventory *inventory = context;
	if (entry->kind == ENTRY_FILE && !remember(inventory->rehearsal, entry))
		inventory->no_memory = true;
}

int rehearsal_take_inventory(struct rehearsal *rehearsal, struct error *error)
{
	struct inventory inventory = {.rehearsal = rehearsal};
	if (store_list(rehearsal->store, "", NULL, note_found, &inventory, error) < 0)
		return -1;
	return inventory.no_memory ? error_set_errno(error, ENOMEM, "cannot note what is stored") : 0;
}

/* The digest of what is in the file `fd`. */
static int digest_file(
	struct rehearsal *rehearsal, int fd, uint64_t size, char hex[DIGEST_HEX_SIZE], struct error *error)
{
	static _Thread_local uint8_t piece[PIECE_WORDS * 8];
	struct digest_stream *stream = digest_stream_new();
	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot verify a file");
	int result = 0;
	for (uint64_t done = 0; result == 0 && done < size;) {
		size_t length = size - done < sizeof(piece) ? (size_t)(size - done) : sizeof(piece);
		if (env_read_full(rehearsal->env, fd, piece, length, (off_t)done) < 0)
			result = error_set_errno(error, errno, "cannot read back what was fetched");
		else
			digest_stream_add(stream, piece, length);
		done += length;
	}
	struct digest digest = digest_stream_finish(stream);
	digest_hex(&digest, hex);
	digest_stream_free(stream);
	return result;
}

/* Fetches a version and compares it: 1: as it was; 0: not, and `why` says it; -1: cannot be told. */
static int compare(struct rehearsal *rehearsal, const struct catalog_entry *entry,
	const struct stored_version *stored, int fd, char *why, size_t size, struct error *error)
{
	char hex[DIGEST_HEX_SIZE];
	struct stat status;
	const struct fetch_options options = {
		.threads = rehearsal->store->workers, .cancel = rehearsal->options.cancel};
	struct error failure;
	error_clear(&failure);
	if (fetch_version(rehearsal->store, entry, fd, &options, &failure) < 0) {
		if (failure.code == ERROR_CANCELLED) {
			*error = failure;
			return -1;
		}
		snprintf(why, size, "%.*s", (int)size - 1, failure.message);
		return 0;
	}
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot look at what was fetched");
	if (digest_file(rehearsal, fd, (uint64_t)status.st_size, hex, error) < 0)
		return -1;
	if (strcmp(hex, stored->sha256) == 0)
		return 1;
	snprintf(why, size, "it came back with other bytes");
	return 0;
}

static int verify_one(struct rehearsal *rehearsal, struct stored_version *stored, char *found, size_t size,
	struct error *error)
{
	char name[STORE_NAME_MAX + 32], path[4096 + 16], why[512];
	struct catalog_entry entry;
	struct error failure;
	error_clear(&failure);
	snprintf(name, sizeof(name), "%s@%llu", stored->name, (unsigned long long)stored->version);
	if (store_find(rehearsal->store, name, &entry, &failure) < 0) {
		/* What history let go of is not missing. */
		const struct config *config = rehearsal->store->config;
		bool let_go = config->history_keep_versions || config->history_keep_for_ms;
		snprintf(found, size, "%.*s", (int)size - 1, failure.message);
		return failure.code == ERROR_NOT_FOUND && let_go;
	}
	snprintf(path, sizeof(path), "%s/fetched", rehearsal->folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot write %s", path);
	int result = compare(rehearsal, &entry, stored, fd, why, sizeof(why), error);
	close(fd);
	unlink(path);
	if (result == 0)
		snprintf(found, size, "%.200s: %.300s", name, why);
	rehearsal->verified += result == 1;
	rehearsal->verified_bytes += result == 1 ? stored->size : 0;
	return result;
}

int rehearsal_verify(struct rehearsal *rehearsal, char *found, size_t size, struct error *error)
{
	rehearsal->verified = rehearsal->verified_bytes = 0;
	for (size_t i = 0; i < rehearsal->stored_count; i++) {
		int64_t began = rehearsal_begin_work(rehearsal);
		int result = verify_one(rehearsal, &rehearsal->stored[i], found, size, error);
		if (rehearsal_end_work(rehearsal, began, error) < 0 || result < 0)
			return -1;
		if (result == 0)
			return 0;
		if (rehearsal_check_cancel(rehearsal, error) < 0)
			return -1;
	}
	return 1;
}

/* The newest versions come last, so a name that was removed is told by the catalog alone. */
const char *rehearsal_draw_name(struct rehearsal *rehearsal)
{
	struct dice *dice = &rehearsal->chance.dice;
	struct catalog_entry entry;
	struct error ignored;
	for (size_t tries = 0; rehearsal->stored_count && tries < 16; tries++) {
		const char *name = rehearsal->stored[dice->next(dice) % rehearsal->stored_count].name;
		if (store_find(rehearsal->store, name, &entry, &ignored) == 0)
			return name;
	}
	return NULL;
}
