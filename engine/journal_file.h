/*
 * journal_file.h: the journal in one node's folder.
 *
 *   journal/<base>.jsonl       a line that says what it is, then the records of the commits after sequence `base`
 *   catalog/<sequence>.jsonl   a copy of the catalog, as facts, as it was at that sequence
 *   journal/reserve            room that is given back when a record finds none
 *
 * Numbers in names have 20 digits. A record is the lines of one commit, the last of which says how many they are and
 * which record comes before it (fact.h); without that line, or with one that is damaged, it counts as not written.
 *
 * Functions take the node's folder as an open descriptor, block on its disk, and return 0, or -1 with errno. Whoever
 * writes holds the catalog's write lock, so that there is one writer at a time; readers need nothing.
 */
#ifndef LINCKIA_ENGINE_JOURNAL_FILE_H
#define LINCKIA_ENGINE_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/env.h"
#include "engine/error.h"
#include "engine/fact.h"
#include "engine/uuid.h"

/*
 * Two copies of the catalog are kept, and the journals since. A
 * folder with a thousand times as many is something else.
 */
enum { JOURNAL_RESERVE_BYTES = 1 << 20, JOURNAL_NAME_SIZE = 64, JOURNAL_FILES_MAX = 4096 };

/* Where a node's journal ends. */
struct journal_end {
	bool known;        /* it was looked at, and can be understood */
	bool present;      /* there is a file */
	bool nonsense;     /* not known, because this file, as it is now, has no end that can be found */
	uint64_t base;     /* of the newest file */
	uint64_t sequence; /* of its last whole record; its base when it has none; 0 without a file */
	char history[UUID_SIZE]; /* of that record */
	uint64_t size;           /* up to the end of that record, in bytes */
	uint64_t file_size;      /* more than that: a record that was not finished */
	int64_t folder_ns;       /* when a file last came to or left the folder */
	int64_t file_ns;         /* when the newest file was last written */
};

/* Looks where the journal ends; quick when nothing has changed since `end` was filled in. */
MUST_CHECK int journal_look(const struct env *env, int root, struct journal_end *end);

/*
 * A long record as blocks that can be written past the page cache, behind a journal of so many bytes; copying it into
 * the page cache for each of six nodes costs more than writing it. One image serves all nodes whose journals are
 * equally long.
 */
struct journal_image {
	char *blocks;
	size_t head; /* bytes of the first block that are the file's already */
	size_t total;
};
/* NULL: the record is too short to be worth it, or there is no memory. */
struct journal_image *journal_image_make(uint64_t journal_bytes, const char *text, size_t size);
void journal_image_free(struct journal_image *image);

/*
 * Appends records that follow on the last one, durably; EBADMSG when it is not known where that ends. What a failure
 * leaves is no record. `image`, which may be NULL, is of the same text, and used if it fits.
 */
MUST_CHECK int journal_append(const struct env *env, int root, struct journal_end *end, const char *text,
	size_t size, const struct journal_image *image);

/* What a new file's first line says. */
struct journal_header {
	uint64_t base;
	const char *store, *history;
};
/*
 * Begins a new file, durably, with the records `text`, of which
 * the last has the sequence `last` (or the base, for none).
 */
MUST_CHECK int journal_begin(const struct env *env, int root, const struct journal_header *header,
	const char *text, size_t size, uint64_t last, struct journal_end *end);

/* Makes the reserve unless it is there; a node without room goes without. */
void journal_keep_reserve(const struct env *env, int root);

/* ---- reading ---- */

/* One of the two kinds of file, by the folder it is in. */
enum journal_kind { JOURNAL_RECORDS, JOURNAL_COPY };

/* The numbers of the files of a kind, ascending; the caller's to free. More than JOURNAL_FILES_MAX are EFBIG. */
MUST_CHECK int journal_list(
	const struct env *env, int root, enum journal_kind kind, uint64_t **numbers, size_t *count);
/* "journal/00000000000000000012.jsonl". Returns `name`. */
char *journal_file_name(enum journal_kind kind, uint64_t number, char name[JOURNAL_NAME_SIZE]);

/* Reads a file line by line. */
struct journal_lines {
	const struct env *env;
	int fd;
	char *buffer;
	size_t start, filled; /* of what is in the buffer and was not given out */
	uint64_t offset;      /* in the file, of `start` */
	bool ended;
};
MUST_CHECK int journal_lines_open(struct journal_lines *lines, const struct env *env, int root,
	enum journal_kind kind, uint64_t number);
void journal_lines_close(struct journal_lines *lines);
/*
 * Of a file that was just opened: goes on to a line, not always the first of a record, before which no record has a
 * sequence above `after`. Looks at some dozen places instead of all that comes before. -1 with errno.
 */
MUST_CHECK int journal_lines_skip(struct journal_lines *lines, uint64_t after);
/* 1: a line without its end, valid until the next call, and where it begins; 0: no more; -1 with errno. */
MUST_CHECK int journal_lines_next(
	struct journal_lines *lines, const char **line, size_t *length, uint64_t *offset);

/* A whole record, as bytes of its file. */
struct journal_record {
	uint64_t sequence, previous;
	char history[UUID_SIZE];
	uint64_t start, end;
};
/*
 * The next whole record. 1: there is one; 0: no more; -1 with
 * errno. Damaged ones are passed over; `damaged` counts lines.
 */
MUST_CHECK int journal_record_next(
	struct journal_lines *lines, struct journal_record *record, uint64_t *damaged);

/* Reads the bytes from `start` to `end` of a file; `*text` is the caller's to free. */
MUST_CHECK int journal_read_range(const struct env *env, int root, enum journal_kind kind, uint64_t number,
	uint64_t start, uint64_t end, char **text);

#endif
