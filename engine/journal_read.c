/*
 * journal_read.c: reading the files of a node's journal: lines, and whole records.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/beneath.h"
#include "engine/journal_file.h"

enum { BUFFER_BYTES = 4 * FACT_LINE_MAX, SKIP_LINES = 8 };

/*
 * So much without one whole line is no journal that was damaged, but something else: a hole of a tebibyte, perhaps.
 */
#define DAMAGED_BYTES_MAX (UINT64_C(1) << 30)

/* ---- which files there are ---- */

static bool parse_name(const char *name, uint64_t *number)
{
	if (strlen(name) != strlen("00000000000000000000.jsonl") || strspn(name, "0123456789") != 20 ||
		strcmp(name + 20, ".jsonl") != 0)
		return false;
	errno = 0;
	*number = strtoull(name, NULL, 10);
	return errno == 0 && *number <= (uint64_t)FACT_NUMBER_MAX;
}

static int by_number(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
	return (first > second) - (first < second);
}

int journal_list(const struct env *env, int root, enum journal_kind kind, uint64_t **numbers, size_t *count)
{
	*numbers = NULL;
	*count = 0;
	int fd = beneath_open_folder(env, root, kind == JOURNAL_RECORDS ? "journal" : "catalog");
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	DIR *stream = fdopendir(fd);
	if (!stream) {
		int number = errno;
		env->io->close(env->io, fd);
		errno = number;
		return -1;
	}
	size_t room = 0;
	int failure = 0;
	for (struct dirent *entry; !failure && (errno = 0, entry = readdir(stream));) {
		uint64_t number;
		if (!parse_name(entry->d_name, &number))
			continue;
		if (*count == JOURNAL_FILES_MAX) {
			failure = EFBIG;
			break;
		}
		if (*count == room) {
			room = room ? 2 * room : 8;
			uint64_t *larger = realloc(*numbers, room * sizeof(*larger));
			if (!larger) {
				failure = ENOMEM;
				break;
			}
			*numbers = larger;
		}
		(*numbers)[(*count)++] = number;
	}
	if (!failure)
		failure = errno;
	closedir(stream);
	if (failure) {
		free(*numbers);
		*numbers = NULL;
		*count = 0;
		errno = failure;
		return -1;
	}
	if (*count)
		qsort(*numbers, *count, sizeof(**numbers), by_number);
	return 0;
}

/* ---- lines ---- */

int journal_lines_open(
	struct journal_lines *lines, const struct env *env, int root, enum journal_kind kind, uint64_t number)
{
	char name[JOURNAL_NAME_SIZE];
	*lines = (struct journal_lines){.env = env, .fd = -1, .buffer = malloc(BUFFER_BYTES)};
	if (!lines->buffer) {
		errno = ENOMEM;
		return -1;
	}
	lines->fd = beneath_open_file(env, root, journal_file_name(kind, number, name), O_RDONLY, NULL);
	if (lines->fd >= 0)
		return 0;
	int failure = errno;
	journal_lines_close(lines);
	errno = failure;
	return -1;
}

void journal_lines_close(struct journal_lines *lines)
{
	free(lines->buffer);
	if (lines->fd >= 0)
		lines->env->io->close(lines->env->io, lines->fd);
	*lines = (struct journal_lines){.fd = -1};
}

static int fill(struct journal_lines *lines)
{
	memmove(lines->buffer, lines->buffer + lines->start, lines->filled - lines->start);
	lines->filled -= lines->start;
	lines->start = 0;
	while (!lines->ended && lines->filled < BUFFER_BYTES) {
		ssize_t got = lines->env->io->pread(lines->env->io, lines->fd, lines->buffer + lines->filled,
			BUFFER_BYTES - lines->filled, (off_t)(lines->offset + lines->filled));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		lines->ended = got == 0;
		lines->filled += (size_t)got;
	}
	return 0;
}

int journal_lines_next(struct journal_lines *lines, const char **line, size_t *length, uint64_t *offset)
{
	char *end = NULL;
	if (lines->filled > lines->start)
		end = memchr(lines->buffer + lines->start, '\n', lines->filled - lines->start);
	if (!end && !(lines->ended && lines->start == 0)) {
		if (fill(lines) < 0)
			return -1;
		if (lines->filled > 0)
			end = memchr(lines->buffer, '\n', lines->filled);
	}
	if (lines->filled == lines->start)
		return 0;
	/* What is longer than any line, or has no end, is given out as it is: no check will be right. */
	*line = lines->buffer + lines->start;
	*length = end ? (size_t)(end - *line) : lines->filled - lines->start;
	*offset = lines->offset;
	size_t used = *length + (end != NULL);
	lines->start += used;
	lines->offset += used;
	return 1;
}

/* ---- records ---- */

/* The number after {"sequence": at the beginning of every line. */
static bool get_sequence(const char *line, size_t length, uint64_t *sequence)
{
	static const char start[] = "{\"sequence\":";
	size_t at = sizeof(start) - 1;
	if (length < at || memcmp(line, start, at) != 0)
		return false;
	*sequence = 0;
	size_t first = at;
	for (; at < length && at < first + 18 && line[at] >= '0' && line[at] <= '9'; at++)
		*sequence = *sequence * 10 + (uint64_t)(line[at] - '0');
	return at > first && at < length && line[at] == ',' && *sequence <= (uint64_t)FACT_NUMBER_MAX;
}

static void go_to(struct journal_lines *lines, uint64_t offset)
{
	lines->offset = offset;
	lines->start = lines->filled = 0;
	lines->ended = false;
}

/* The first line that is whole from `offset` on, or a few lines later: 1; 0: there is none; -1 with errno. */
static int look_from(struct journal_lines *lines, uint64_t offset, uint64_t *sequence, uint64_t *found)
{
	const char *line;
	size_t length;
	int got = 1;
	go_to(lines, offset);
	for (int i = 0; i < SKIP_LINES && (got = journal_lines_next(lines, &line, &length, found)) == 1; i++)
		if (fact_is_intact(line, length) && get_sequence(line, length, sequence))
			return 1;
	return got < 0 ? -1 : 0;
}

/*
 * Sequences ascend, so the place is found by halving. What is damaged says nothing: then more is read than need be.
 */
int journal_lines_skip(struct journal_lines *lines, uint64_t after)
{
	struct stat status;
	if (lines->env->io->fstat(lines->env->io, lines->fd, &status) < 0)
		return -1;
	uint64_t low = 0, high = (uint64_t)status.st_size;
	while (high - low > BUFFER_BYTES) {
		uint64_t middle = low + (high - low) / 2, sequence, found;
		int got = look_from(lines, middle, &sequence, &found);
		if (got < 0)
			return -1;
		if (got == 1 && found < high && sequence <= after)
			low = found;
		else
			high = middle;
	}
	go_to(lines, low);
	return 0;
}

static bool is_kind(const char *line, size_t length, const char *kind)
{
	char pattern[64];
	int size = snprintf(pattern, sizeof(pattern), ",\"fact\":\"%s\"", kind);
	const char *comma = memchr(line, ',', length);
	return comma && (size_t)(line + length - comma) >= (size_t)size &&
	       memcmp(comma, pattern, (size_t)size) == 0;
}

static bool read_commit(const char *line, size_t length, uint64_t lines, struct journal_record *record)
{
	cJSON *fact = cJSON_ParseWithLength(line, length);
	int64_t previous = -1, count = -1;
	bool whole = fact && fact_get_number(fact, "previous", &previous) &&
		     fact_get_number(fact, "lines", &count) && (uint64_t)count == lines &&
		     fact_get_word(fact, "history", record->history, sizeof(record->history)) &&
		     (uint64_t)previous < record->sequence;
	cJSON_Delete(fact);
	record->previous = (uint64_t)previous;
	return whole;
}

int journal_record_next(struct journal_lines *lines, struct journal_record *record, uint64_t *damaged)
{
	const char *line;
	size_t length;
	uint64_t offset, count = 0, sequence, intact = lines->offset;
	int got;
	while ((got = journal_lines_next(lines, &line, &length, &offset)) == 1) {
		if (!fact_is_intact(line, length) || !get_sequence(line, length, &sequence)) {
			(*damaged)++;
			count = 0;
			if (offset - intact < DAMAGED_BYTES_MAX)
				continue;
			errno = EBADMSG;
			return -1;
		}
		intact = offset;
		if (is_kind(line, length, "journal"))
			continue;
		if (count == 0 || sequence != record->sequence) {
			record->start = offset;
			record->sequence = sequence;
			count = 0;
		}
		if (!is_kind(line, length, "commit")) {
			count++;
			continue;
		}
		record->end = offset + length + 1;
		if (read_commit(line, length, count, record))
			return 1;
		count = 0;
	}
	return got;
}

int journal_read_range(const struct env *env, int root, enum journal_kind kind, uint64_t number,
	uint64_t start, uint64_t end, char **text)
{
	char name[JOURNAL_NAME_SIZE];
	*text = NULL;
	int fd = beneath_open_file(env, root, journal_file_name(kind, number, name), O_RDONLY, NULL);
	if (fd < 0)
		return -1;
	int result = -1;
	*text = malloc((size_t)(end - start) + 1);
	errno = ENOMEM;
	if (*text)
		result = env_read_full(env, fd, *text, (size_t)(end - start), (off_t)start);
	int failure = errno;
	env->io->close(env->io, fd);
	if (result < 0) {
		free(*text);
		*text = NULL;
	}
	errno = failure;
	return result;
}
