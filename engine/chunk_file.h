/*
 * chunk_file.h: replicas as files on one node.
 *
 * A replica is the file chunks/ab/<64 hex digits> below the node's folder: raw bytes whose SHA-256 is the
 * name. It is made under no name (O_TMPFILE; where that is missing, under a temporary one), written whole,
 * and only then linked to its name, so that a crash of the process leaves no half-written name.
 *
 * Durability is the caller's choice. CHUNK_FLUSH_NOW flushes file and folder before it returns. CHUNK_FLUSH_LATER
 * leaves that to one syncfs() of the node before the catalog commits. A power failure in between can leave a name
 * with wrong bytes behind it, so a name alone is never trusted: only the catalog says that a replica is durable. And
 * a flush that failed is told of once: who flushes next hears that all is well, of pages that were given up. So
 * chunk_file_write() does not count a file that it finds under the name, however good it reads. It puts its own in
 * that one's place, flushed beforehand, because another process may count on what is there.
 *
 * Large writes and reads use direct I/O where the node has it: measured beside page-cache writes followed by
 * syncfs, 1 GiB in two copies takes half of the time, and the user's cache is left alone. A length that is not
 * a multiple of the block is written padded and cut back with ftruncate().
 *
 * Nothing here looks at or changes the node's state; errors come back as errno values. Bytes read and written are
 * counted for the node (traffic.h); what counts as its error is for the caller to say, who knows whether a copy
 * should be there.
 */
#ifndef LINCKIA_ENGINE_CHUNK_FILE_H
#define LINCKIA_ENGINE_CHUNK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/digest.h"
#include "engine/env.h"
#include "engine/node.h"
#include "engine/pool.h"

/* What names of files begin with that are not chunk files yet, where files cannot be made without a name. */
#define CHUNK_FILE_TEMPORARY ".new-"

enum chunk_flush { CHUNK_FLUSH_NOW, CHUNK_FLUSH_LATER };

enum chunk_write_result {
	CHUNK_WRITTEN,  /* a new file of ours */
	CHUNK_REPLACED, /* the same, in the place of a good one */
};

/*
 * Makes `buffer`'s bytes, whose digest is `digest`, a replica. The buffer's padding up to a multiple of 4096 may
 * be overwritten with zeros. A file with wrong bytes under the name is moved to quarantine first.
 * Returns 0, or -1 with errno. After a failed flush the file is unlinked again if that is possible.
 */
MUST_CHECK int chunk_file_write(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, struct buffer *buffer, enum chunk_flush flush,
	enum chunk_write_result *result);

enum chunk_read_result {
	CHUNK_GOOD,
	CHUNK_MISSING, /* no such file */
	CHUNK_BAD,     /* not a regular file, or other bytes than the chunk's */
	/*
	 * The system could not read it: see errno. EIO, whatever the system called it: the disk cannot read this copy.
	 * EBADMSG: it is good, but has another size.
	 */
	CHUNK_READ_ERROR,
};

/*
 * Whether an errno of a transfer says that the disk cannot read or write just this. Direct transfers hand on what the
 * block layer says (ENODATA of a bad sector, EILSEQ of a failed integrity check), and file systems what they find of a
 * file's own metadata (EUCLEAN, EBADMSG).
 */
bool chunk_file_is_disk_error(int number);

/* A few words for `result`: "missing", "wrong bytes", … */
const char *chunk_read_result_name(enum chunk_read_result result);

/*
 * Invariant 2. Reads the whole chunk of `size` bytes into `buffer` and verifies it; the bytes may be used
 * only when the result is CHUNK_GOOD.
 */
enum chunk_read_result chunk_file_read(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, size_t size, struct buffer *buffer);

/* The same without keeping the bytes, in constant memory. */
enum chunk_read_result chunk_file_verify(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size);

/*
 * Reads `length` bytes at `offset` of a chunk of `size` bytes and verifies them against `part`, their own SHA-256.
 * CHUNK_BAD may mean that `part` is wrong: chunk_file_verify() tells about the replica.
 */
enum chunk_read_result chunk_file_read_part(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size, uint64_t offset, size_t length, const struct digest *part,
	uint8_t *data);

/* Moves whatever is under the chunk's name into quarantine/. 0, or -1 with errno. */
MUST_CHECK int chunk_file_quarantine(
	const struct env *env, const struct node_attachment *node, const struct digest *digest);

/* Whether a regular file of that name is there. */
bool chunk_file_exists(
	const struct env *env, const struct node_attachment *node, const struct digest *digest);

/*
 * What name and size alone tell, without reading: CHUNK_MISSING only when the system says that there is no such file.
 */
enum chunk_read_result chunk_file_look(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size);

/* How many bytes the file has; -1 with errno when there is no regular file of that name. */
int64_t chunk_file_size(
	const struct env *env, const struct node_attachment *node, const struct digest *digest);

/* Removes a replica's file. 0, also when there was none, or -1 with errno. */
MUST_CHECK int chunk_file_unlink(
	const struct env *env, const struct node_attachment *node, const struct digest *digest);

#endif
