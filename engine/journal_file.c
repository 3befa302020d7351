/*
 * journal_file.c: where a node's journal ends, appending to it, beginning a file anew.
 */
#include "engine/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cjson/cJSON.h>

#include "engine/beneath.h"

enum {
	WINDOW_BYTES = 2 * FACT_LINE_MAX,
	SHORT_WINDOW_BYTES = 4096,
	BLOCK_BYTES = 4096,
	DIRECT_BYTES_MIN = 256 << 10,
	HUGE_BYTES = 2 << 20,
};

/*
 * A record that was not finished can be long, but not this long:
 * what comes before it is not looked for in all of a disk.
 */
#define TAIL_BYTES_MAX (UINT64_C(1) << 30)

char *journal_file_name(enum journal_kind kind, uint64_t number, char name[JOURNAL_NAME_SIZE])
{
	snprintf(name, JOURNAL_NAME_SIZE, "%s/%020" PRIu64 ".jsonl",
		kind == JOURNAL_RECORDS ? "journal" : "catalog", number);
	return name;
}

static int stat_newest(const struct env *env, int root, const struct journal_end *end, struct stat *status)
{
	char name[JOURNAL_NAME_SIZE];
	return beneath_stat(env, root, journal_file_name(JOURNAL_RECORDS, end->base, name), status);
}

/* ---- where it ends ---- */

/* Whether the line ends a record, or is the first one of a file. */
static bool is_end(const char *line, size_t length, struct journal_end *end)
{
	cJSON *fact = fact_parse(line, length);
	int64_t sequence = 0, format = FACT_FORMAT;
	bool first = fact && strcmp(fact_kind(fact), "journal") == 0;
	bool is = fact && (first || strcmp(fact_kind(fact), "commit") == 0) &&
		  fact_get_number(fact, "sequence", &sequence) &&
		  fact_get_word(fact, "history", end->history, sizeof(end->history)) &&
		  (!first || (fact_get_integer(fact, "format", &format) && format == FACT_FORMAT));
	cJSON_Delete(fact);
	if (is)
		end->sequence = (uint64_t)sequence;
	return is;
}

/* Looks for the last end of a record in `size` bytes that lie at `offset` in the file. */
static bool find_end(const char *window, size_t size, uint64_t offset, struct journal_end *end)
{
	size_t line_end = size;
	while (line_end > 0 && window[line_end - 1] != '\n')
		line_end--;
	while (line_end > 0) {
		size_t start = line_end - 1;
		while (start > 0 && window[start - 1] != '\n')
			start--;
		/* The first line in the window may be the end of a longer one; then its check fails. */
		if (is_end(window + start, line_end - 1 - start, end)) {
			end->size = offset + line_end;
			return true;
		}
		line_end = start;
	}
	return false;
}

/*
 * A whole record ends with a short line, so the first look is a short one. Windows overlap by a line's length, so
 * that each line stands whole in one of them.
 */
static int find_end_of_file(const struct env *env, int fd, struct journal_end *end)
{
	char *window = malloc(WINDOW_BYTES);
	if (!window) {
		errno = ENOMEM;
		return -1;
	}
	uint64_t upper = end->file_size, span = SHORT_WINDOW_BYTES;
	int result = -1;
	errno = EBADMSG;
	while (upper > 0) {
		uint64_t lower = upper > span ? upper - span : 0;
		if (env_read_full(env, fd, window, (size_t)(upper - lower), (off_t)lower) < 0)
			break;
		if (find_end(window, (size_t)(upper - lower), lower, end)) {
			result = 0;
			break;
		}
		errno = EBADMSG;
		if (lower == 0 || end->file_size - lower > TAIL_BYTES_MAX)
			break;
		if (span == WINDOW_BYTES)
			upper = lower + FACT_LINE_MAX;
		span = WINDOW_BYTES;
	}
	int number = errno;
	free(window);
	errno = number;
	return result;
}

static int look_into(const struct env *env, int root, struct journal_end *end)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat status;
	int fd = beneath_open_file(
		env, root, journal_file_name(JOURNAL_RECORDS, end->base, name), O_RDONLY, &status);
	if (fd < 0)
		return -1;
	end->file_size = (uint64_t)status.st_size;
	end->file_ns = env_mtime_ns(&status);
	int result = find_end_of_file(env, fd, end);
	int number = errno;
	end->nonsense = result < 0 && number == EBADMSG;
	env->io->close(env->io, fd);
	errno = number;
	return result;
}

int journal_look(const struct env *env, int root, struct journal_end *end)
{
	struct stat folder, file;
	if (env->io->fstatat(env->io, root, "journal", &folder, AT_SYMLINK_NOFOLLOW) < 0) {
		bool gone = errno == ENOENT;
		*end = (struct journal_end){.known = gone};
		return gone ? 0 : -1;
	}
	bool same = (end->known || end->nonsense) && end->folder_ns == env_mtime_ns(&folder);
	if (same && !end->present)
		return 0;
	if (same && stat_newest(env, root, end, &file) == 0 && (uint64_t)file.st_size == end->file_size &&
		env_mtime_ns(&file) == end->file_ns) {
		errno = EBADMSG;
		return end->nonsense ? -1 : 0;
	}
	uint64_t *numbers = NULL;
	size_t count = 0;
	*end = (struct journal_end){.folder_ns = env_mtime_ns(&folder)};
	if (journal_list(env, root, JOURNAL_RECORDS, &numbers, &count) < 0)
		return -1;
	end->present = count > 0;
	end->base = count > 0 ? numbers[count - 1] : 0;
	free(numbers);
	if (end->present && look_into(env, root, end) < 0)
		return -1;
	end->known = true;
	return 0;
}

/* ---- writing ---- */

/* Remembers what the file and the folder look like after our own change. */
static int note_file(const struct env *env, int root, int fd, struct journal_end *end)
{
	struct stat file, folder;
	if (env->io->fstat(env->io, fd, &file) < 0 ||
		env->io->fstatat(env->io, root, "journal", &folder, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	end->file_size = end->size = (uint64_t)file.st_size;
	end->file_ns = env_mtime_ns(&file);
	end->folder_ns = env_mtime_ns(&folder);
	return 0;
}

/* Writes at the end; where there is no room, once more with what the reserve gives back. */
static int write_with_reserve(
	const struct env *env, int root, int fd, const char *text, size_t size, uint64_t offset)
{
	if (env_write_full(env, fd, text, size, (off_t)offset) == 0)
		return 0;
	if ((errno != ENOSPC && errno != EDQUOT) || beneath_unlink(env, root, "journal/reserve") < 0)
		return -1;
	return env_write_full(env, fd, text, size, (off_t)offset);
}

struct journal_image *journal_image_make(uint64_t journal_bytes, const char *text, size_t size)
{
	if (size < DIRECT_BYTES_MIN)
		return NULL;
	size_t head = (size_t)(journal_bytes % BLOCK_BYTES);
	size_t total = (head + size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	size_t room = (total + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	struct journal_image *image = malloc(sizeof(*image));
	char *blocks = aligned_alloc(HUGE_BYTES, room);
	if (!image || !blocks) {
		free(image);
		free(blocks);
		return NULL;
	}
	madvise(blocks, room, MADV_HUGEPAGE); /* as in fact.c */
	memcpy(blocks + head, text, size);
	memset(blocks + head + size, 0, total - head - size);
	*image = (struct journal_image){.blocks = blocks, .head = head, .total = total};
	return image;
}

void journal_image_free(struct journal_image *image)
{
	if (image)
		free(image->blocks);
	free(image);
}

/* The block that the file ends in: what is in it already, and then the record's first bytes. */
static int write_first_block(const struct env *env, int fd, const struct journal_image *image, off_t at)
{
	char *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);
	int result = block ? 0 : -1;
	if (result == 0 && image->head > 0 &&
		env->io->pread(env->io, fd, block, BLOCK_BYTES, at) < (ssize_t)image->head)
		result = -1;
	if (result == 0) {
		memcpy(block + image->head, image->blocks + image->head, BLOCK_BYTES - image->head);
		result = env_write_full(env, fd, block, BLOCK_BYTES, at);
	}
	free(block);
	return result;
}

/*
 * The same past the page cache: whole blocks, the last one filled up with zeros, which are cut off again. -1 when
 * that is not possible here.
 */
static int write_direct(const struct env *env, int root, const struct journal_end *end,
	const struct journal_image *image, size_t size)
{
	struct io *io = env->io;
	char name[JOURNAL_NAME_SIZE];
	off_t at = (off_t)(end->size - image->head);
	int fd = beneath_open_file(
		env, root, journal_file_name(JOURNAL_RECORDS, end->base, name), O_RDWR | O_DIRECT, NULL);
	if (fd < 0)
		return -1;
	int result = write_first_block(env, fd, image, at);
	if (result == 0)
		result = env_write_full(
			env, fd, image->blocks + BLOCK_BYTES, image->total - BLOCK_BYTES, at + BLOCK_BYTES);
	if (result == 0)
		result = io->ftruncate(io, fd, (off_t)(end->size + size));
	int number = errno;
	io->close(io, fd);
	errno = number;
	return result;
}

static int write_record(const struct env *env, int root, int fd, const struct journal_end *end,
	const char *text, size_t size, const struct journal_image *image)
{
	bool fits = image && image->head == end->size % BLOCK_BYTES;
	if (fits && write_direct(env, root, end, image, size) == 0)
		return 0;
	return write_with_reserve(env, root, fd, text, size, end->size);
}

/* The end of the last record in `text`, which is whole. */
static bool end_of_text(const char *text, size_t size, struct journal_end *end)
{
	return find_end(text, size, 0, end);
}

int journal_append(const struct env *env, int root, struct journal_end *end, const char *text, size_t size,
	const struct journal_image *image)
{
	struct io *io = env->io;
	char name[JOURNAL_NAME_SIZE];
	struct journal_end after = *end;
	int fd = beneath_open_file(
		env, root, journal_file_name(JOURNAL_RECORDS, end->base, name), O_WRONLY, NULL);
	if (fd < 0)
		return -1;
	int result = -1, number;
	if (!end->known || !end_of_text(text, size, &after)) {
		errno = EBADMSG;
	} else if (end->file_size != end->size && io->ftruncate(io, fd, (off_t)end->size) < 0) {
		/* what was not finished is still there */
	} else if (write_record(env, root, fd, end, text, size, image) < 0) {
		number = errno;
		if (io->ftruncate(io, fd, (off_t)end->size) < 0)
			end->known = false;
		errno = number;
	} else {
		/*
		 * After a failed flush nobody knows what the file holds:
		 * it is looked at anew, and a new one is begun.
		 */
		result = io->fsync(io, fd) == 0 && note_file(env, root, fd, &after) == 0 ? 0 : -1;
		/* What lies beyond, of blocks that could not be cut back, goes with the next append. */
		after.size = end->size + size;
	}
	number = errno;
	io->close(io, fd);
	if (result == 0)
		*end = after;
	else
		end->known = false;
	errno = number;
	return result;
}

static int write_header(const struct env *env, int fd, const struct journal_header *header, size_t *size)
{
	struct fact_text line = {0};
	fact_begin(&line, header->base, "journal");
	fact_integer(&line, "format", FACT_FORMAT);
	fact_word(&line, "store", header->store);
	fact_word(&line, "history", header->history);
	fact_end(&line);
	int result = -1;
	errno = ENOMEM;
	if (!line.failed)
		result = env_write_full(env, fd, line.data, line.length, 0);
	*size = line.length;
	fact_text_free(&line);
	return result;
}

int journal_begin(const struct env *env, int root, const struct journal_header *header, const char *text,
	size_t size, uint64_t last, struct journal_end *end)
{
	static const char draft[] = "journal/new";
	struct io *io = env->io;
	char name[JOURNAL_NAME_SIZE];
	size_t first = 0;
	journal_file_name(JOURNAL_RECORDS, header->base, name);
	if (beneath_make_lasting_folder(env, root, "journal") < 0)
		return -1;
	int fd = beneath_create(env, root, draft);
	if (fd < 0)
		return -1;
	int result = -1;
	if (write_header(env, fd, header, &first) == 0 &&
		write_with_reserve(env, root, fd, text, size, first) == 0 && io->fsync(io, fd) == 0 &&
		beneath_rename(env, root, draft, root, name, 0) == 0)
		result = beneath_flush_folder(env, root, "journal");
	struct journal_end begun = {.known = true, .present = true, .base = header->base, .sequence = last};
	snprintf(begun.history, sizeof(begun.history), "%s", header->history);
	if (result == 0)
		result = note_file(env, root, fd, &begun);
	int number = errno;
	io->close(io, fd);
	end->known = false;
	if (result == 0)
		*end = begun;
	errno = number;
	return result;
}

void journal_keep_reserve(const struct env *env, int root)
{
	struct io *io = env->io;
	struct stat status;
	if (beneath_stat(env, root, "journal/reserve", &status) == 0)
		return;
	int fd = beneath_create(env, root, "journal/reserve");
	if (fd < 0)
		return;
	if (io->fallocate(io, fd, 0, 0, JOURNAL_RESERVE_BYTES) < 0)
		beneath_discard(env, root, "journal/reserve"); /* later, when there is room */
	io->close(io, fd);
}
