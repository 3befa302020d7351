#include "engine/chunk_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/beneath.h"
#include "engine/chunker.h"

enum {
	BLOCK_BYTES = 4096,
	PATH_SIZE = 3 + DIGEST_HEX_SIZE,
	DIRECT_MIN_BYTES = 128 << 10, /* below this, setting up a direct transfer costs more than it saves */
	VERIFY_BYTES = 128 << 10,
	QUARANTINE_TRIES = 100,
};

/* "ab/abcdef…" below the chunk folder. */
static void chunk_path(const struct digest *digest, char path[PATH_SIZE])
{
	digest_hex(digest, path + 3);
	path[0] = path[3];
	path[1] = path[4];
	path[2] = '/';
}

bool chunk_file_is_disk_error(int number)
{
	return number == EIO || number == ENODATA || number == EILSEQ || number == EUCLEAN ||
	       number == EBADMSG;
}

static void name_disk_error(void)
{
	if (chunk_file_is_disk_error(errno))
		errno = EIO;
}

/* ---- writing ---- */

/* A file that has no final name yet, and the open folder that the name will be in. */
struct draft {
	int folder, fd;
	char temporary[32]; /* "" when the file has no name at all */
};

/* What follows "ab/". */
static const char *name_in_shard(const char *path)
{
	return path + 3;
}

/*
 * A shard folder that somebody tidied away because it was empty is made anew: the chunk folder that is open was found
 * with the identity, so it is the node's own. One that was itself removed takes no new folders.
 */
static int open_shard(const struct env *env, const struct node_attachment *node, const char *path)
{
	char shard[3] = {path[0], path[1], '\0'};
	int folder = beneath_open_folder(env, node->chunks, shard);
	if (folder >= 0 || errno != ENOENT)
		return folder;
	if (beneath_make_lasting_folder(env, node->chunks, shard) < 0)
		return -1;
	return beneath_open_folder(env, node->chunks, shard);
}

static void draft_close(const struct env *env, struct draft *draft)
{
	int number = errno;
	if (draft->fd >= 0)
		env->io->close(env->io, draft->fd);
	if (draft->fd >= 0 && draft->temporary[0])
		env->io->unlinkat(env->io, draft->folder, draft->temporary, 0);
	env->io->close(env->io, draft->folder);
	errno = number;
}

static void draw_temporary(const struct env *env, char *name, size_t size)
{
	snprintf(name, size, CHUNK_FILE_TEMPORARY "%016llx", (unsigned long long)env->dice->next(env->dice));
}

static int draft_open(const struct env *env, const struct node_attachment *node, const char *path,
	bool direct, struct draft *draft)
{
	struct io *io = env->io;
	int flags = O_WRONLY | O_CLOEXEC | (direct ? O_DIRECT : 0);
	draft->temporary[0] = '\0';
	draft->folder = open_shard(env, node, path);
	if (draft->folder < 0)
		return -1;
	if (node->unnamed) {
		draft->fd = io->openat(io, draft->folder, ".", O_TMPFILE | flags, 0600);
	} else {
		draw_temporary(env, draft->temporary, sizeof(draft->temporary));
		draft->fd = io->openat(
			io, draft->folder, draft->temporary, O_CREAT | O_EXCL | O_NOFOLLOW | flags, 0600);
	}
	if (draft->fd >= 0)
		return 0;
	draft_close(env, draft);
	return -1;
}

static int draft_link(const struct env *env, const struct draft *draft, const char *name)
{
	struct io *io = env->io;
	if (draft->temporary[0])
		return io->linkat(io, draft->folder, draft->temporary, draft->folder, name, 0);
	/* linkat() of a descriptor itself (AT_EMPTY_PATH) needs a capability; the way through /proc does not. */
	char self[32];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", draft->fd);
	return io->linkat(io, AT_FDCWD, self, draft->folder, name, AT_SYMLINK_FOLLOW);
}

static int write_bytes(const struct env *env, int fd, struct buffer *buffer, bool direct)
{
	size_t length = buffer->length;
	if (!direct)
		return env_write_full(env, fd, buffer->data, length, 0);
	size_t padded = (length + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	assert(padded <= buffer->size);
	memset(buffer->data + length, 0, padded - length);
	/* Room made at once gives one extent, and lets direct writes overlap; not every file system can. */
	int reserved;
	do
		reserved = env->io->fallocate(env->io, fd, 0, 0, (off_t)padded);
	while (reserved < 0 && errno == EINTR);
	if (reserved < 0 && errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	if (env_write_full(env, fd, buffer->data, padded, 0) < 0)
		return -1;
	return padded == length ? 0 : env->io->ftruncate(env->io, fd, (off_t)length);
}

/*
 * Puts the draft in the place of a good file. Its bytes are durable before that, for the other one's may be, and
 * others may count on it.
 */
static int draft_replace(const struct env *env, struct draft *draft, const char *name)
{
	struct io *io = env->io;
	char temporary[sizeof(draft->temporary)];
	if (io->fsync(io, draft->fd) < 0)
		return -1;
	if (!draft->temporary[0]) {
		draw_temporary(env, temporary, sizeof(temporary));
		if (draft_link(env, draft, temporary) < 0)
			return -1;
		memcpy(draft->temporary, temporary, sizeof(temporary));
	}
	if (io->renameat2(io, draft->folder, draft->temporary, draft->folder, name, 0) < 0)
		return -1;
	draft->temporary[0] = '\0';
	return 0;
}

static int try_write(const struct env *env, const struct node_attachment *node, const struct digest *digest,
	struct buffer *buffer, bool direct, enum chunk_flush flush, enum chunk_write_result *result)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	const char *name = name_in_shard(path);
	struct draft draft;
	if (draft_open(env, node, path, direct, &draft) < 0)
		return -1;
	int status = -1;
	if (write_bytes(env, draft.fd, buffer, direct) < 0 ||
		(flush == CHUNK_FLUSH_NOW && env->io->fsync(env->io, draft.fd) < 0))
		goto out;
	node_count(node->owner, TRAFFIC_WRITTEN_BYTES, buffer->length);

	*result = CHUNK_WRITTEN;
	status = draft_link(env, &draft, name);
	for (int attempt = 0; status < 0 && errno == EEXIST && attempt < 3; attempt++) {
		enum chunk_read_result found = chunk_file_verify(env, node, digest, buffer->length);
		if (found == CHUNK_GOOD) {
			*result = CHUNK_REPLACED;
			status = draft_replace(env, &draft, name);
			break;
		}
		if (found == CHUNK_READ_ERROR)
			goto out;
		if (found == CHUNK_BAD && chunk_file_quarantine(env, node, digest) < 0 && errno != ENOENT)
			goto out;
		status = draft_link(env, &draft, name);
	}
	if (status == 0 && flush == CHUNK_FLUSH_NOW && env->io->fsync(env->io, draft.folder) < 0) {
		int number = errno;
		if (*result == CHUNK_WRITTEN)
			env->io->unlinkat(env->io, draft.folder, name, 0);
		errno = number;
		status = -1;
	}
out:
	draft_close(env, &draft);
	return status;
}

int chunk_file_write(const struct env *env, const struct node_attachment *node, const struct digest *digest,
	struct buffer *buffer, enum chunk_flush flush, enum chunk_write_result *result)
{
	bool direct = node->direct_io && buffer->length >= DIRECT_MIN_BYTES;
	int status = try_write(env, node, digest, buffer, direct, flush, result);
	/* Some file systems accept the flag and refuse the transfer, or its alignment. */
	if (status < 0 && errno == EINVAL && direct)
		status = try_write(env, node, digest, buffer, false, flush, result);
	if (status < 0)
		name_disk_error();
	return status;
}

/* ---- reading ---- */

const char *chunk_read_result_name(enum chunk_read_result result)
{
	static const char *const names[] = {"good", "missing", "wrong bytes", "unreadable"};
	assert((size_t)result < sizeof(names) / sizeof(*names));
	return names[result];
}

/* Reads `size` bytes at `offset`; direct reads ask for whole blocks and may end short at the end of file. */
static int read_blocks(
	const struct env *env, int fd, struct buffer *buffer, size_t size, off_t offset, bool direct)
{
	if (!direct)
		return env_read_full(env, fd, buffer->data, size, offset);
	size_t padded = (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	for (size_t done = 0; done < size;) {
		ssize_t got =
			env->io->pread(env->io, fd, buffer->data + done, padded - done, offset + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0) {
			errno = EIO;
			return -1;
		}
		done += (size_t)got;
		if (done < size && done % BLOCK_BYTES != 0) {
			errno = EINVAL; /* the next request would not be aligned */
			return -1;
		}
	}
	return 0;
}

static int read_bytes(const struct env *env, const struct node_attachment *node, int fd,
	struct buffer *buffer, size_t size, off_t offset, bool direct)
{
	if (read_blocks(env, fd, buffer, size, offset, direct) < 0) {
		name_disk_error();
		return -1;
	}
	node_count(node->owner, TRAFFIC_READ_BYTES, size);
	return 0;
}

/* Reads and digests `size` bytes of `fd` piece by piece. 0, or -1 with errno. */
static int digest_file(const struct env *env, const struct node_attachment *node, int fd, uint64_t size,
	bool direct, struct digest *digest)
{
	struct digest_stream *stream = digest_stream_new();
	struct buffer piece = {.data = aligned_alloc(BLOCK_BYTES, VERIFY_BYTES), .size = VERIFY_BYTES};
	int result = stream && piece.data ? 0 : -1, number = ENOMEM;
	for (uint64_t done = 0; result == 0 && done < size; done += piece.length) {
		piece.length = size - done < VERIFY_BYTES ? (size_t)(size - done) : VERIFY_BYTES;
		result = read_bytes(env, node, fd, &piece, piece.length, (off_t)done, direct);
		number = errno;
		if (result == 0)
			digest_stream_add(stream, piece.data, piece.length);
	}
	if (result == 0)
		*digest = digest_stream_finish(stream);
	free(piece.data);
	digest_stream_free(stream);
	errno = number;
	return result;
}

/* Whether a link, a folder, a FIFO, a device or a socket is in its place, or a link or a file in its shard's. */
static bool is_no_file(int number)
{
	return number == ELOOP || number == EBADMSG || number == ENOTDIR;
}

/*
 * A file that has not as many bytes as was asked for. Whose bytes are the chunk is good all the same, and whoever
 * asked is wrong: that is EBADMSG.
 */
static enum chunk_read_result judge_length(const struct env *env, const struct node_attachment *node, int fd,
	off_t length, bool direct, const struct digest *digest)
{
	struct digest found;
	if (length <= 0 || length > CHUNK_BYTES_MAX)
		return CHUNK_BAD;
	if (digest_file(env, node, fd, (uint64_t)length, direct, &found) < 0)
		return CHUNK_READ_ERROR;
	if (!digest_equal(&found, digest))
		return CHUNK_BAD;
	errno = EBADMSG;
	return CHUNK_READ_ERROR;
}

/*
 * Opens a replica for reading. One that is no regular file is bad, and so is one that has not `size` bytes, unless
 * these are just the chunk.
 */
static enum chunk_read_result open_replica(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size, bool direct, int *fd)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	struct stat status;
	*fd = beneath_open_file(env, node->chunks, path, O_RDONLY | (direct ? O_DIRECT : 0), &status);
	if (*fd < 0 && errno == EINVAL && direct)
		*fd = beneath_open_file(env, node->chunks, path, O_RDONLY, &status);
	if (*fd < 0) {
		if (errno == ENOENT)
			return CHUNK_MISSING;
		if (is_no_file(errno))
			return CHUNK_BAD;
		name_disk_error();
		return CHUNK_READ_ERROR;
	}
	enum chunk_read_result result = CHUNK_GOOD;
	if ((uint64_t)status.st_size != size)
		result = judge_length(env, node, *fd, status.st_size, direct, digest);
	if (result != CHUNK_GOOD) {
		int number = errno;
		env->io->close(env->io, *fd);
		errno = number;
	}
	return result;
}

static enum chunk_read_result try_read(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, size_t size, struct buffer *buffer, bool direct)
{
	int fd;
	enum chunk_read_result result = open_replica(env, node, digest, size, direct, &fd);
	if (result != CHUNK_GOOD)
		return result;
	if (read_bytes(env, node, fd, buffer, size, 0, direct) < 0)
		result = CHUNK_READ_ERROR;
	int number = errno;
	env->io->close(env->io, fd);
	errno = number;
	if (result != CHUNK_GOOD)
		return result;
	struct digest found = digest_of(buffer->data, size);
	if (!digest_equal(&found, digest))
		return CHUNK_BAD;
	buffer->length = size;
	return CHUNK_GOOD;
}

enum chunk_read_result chunk_file_read(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, size_t size, struct buffer *buffer)
{
	assert(size <= buffer->size);
	buffer->length = 0;
	bool direct = node->direct_io && size >= DIRECT_MIN_BYTES;
	enum chunk_read_result result = try_read(env, node, digest, size, buffer, direct);
	if (result == CHUNK_READ_ERROR && errno == EINVAL && direct)
		result = try_read(env, node, digest, size, buffer, false);
	return result;
}

static enum chunk_read_result try_verify(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size, bool direct)
{
	int fd;
	enum chunk_read_result result = open_replica(env, node, digest, size, direct, &fd);
	if (result != CHUNK_GOOD)
		return result;
	struct digest found;
	if (digest_file(env, node, fd, size, direct, &found) < 0)
		result = CHUNK_READ_ERROR;
	else if (!digest_equal(&found, digest))
		result = CHUNK_BAD;
	int number = errno;
	env->io->close(env->io, fd);
	errno = number;
	return result;
}

enum chunk_read_result chunk_file_verify(
	const struct env *env, const struct node_attachment *node, const struct digest *digest, uint64_t size)
{
	/* Past the page cache where possible: after a failed write-back the cache may be right and the disk wrong. */
	enum chunk_read_result result = try_verify(env, node, digest, size, node->direct_io);
	if (result == CHUNK_READ_ERROR && errno == EINVAL && node->direct_io)
		result = try_verify(env, node, digest, size, false);
	return result;
}

enum chunk_read_result chunk_file_read_part(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size, uint64_t offset, size_t length, const struct digest *part,
	uint8_t *data)
{
	assert(offset <= size && length <= size - offset);
	int fd;
	enum chunk_read_result result = open_replica(env, node, digest, size, false, &fd);
	if (result != CHUNK_GOOD)
		return result;
	errno = 0;
	struct buffer piece = {.data = data, .size = length};
	if (read_bytes(env, node, fd, &piece, length, (off_t)offset, false) < 0)
		result = CHUNK_READ_ERROR;
	int number = errno;
	env->io->close(env->io, fd);
	errno = number;
	if (result != CHUNK_GOOD)
		return result;
	struct digest found = digest_of(data, length);
	return digest_equal(&found, part) ? CHUNK_GOOD : CHUNK_BAD;
}

/* ---- moving and removing ---- */

int chunk_file_quarantine(
	const struct env *env, const struct node_attachment *node, const struct digest *digest)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	for (int i = 0; i < QUARANTINE_TRIES; i++) {
		char target[DIGEST_HEX_SIZE + 16];
		if (i == 0)
			snprintf(target, sizeof(target), "%s", path + 3);
		else
			snprintf(target, sizeof(target), "%s.%d", path + 3, i);
		if (beneath_rename_new(env, node->chunks, path, node->quarantine, target) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

int64_t chunk_file_size(
	const struct env *env, const struct node_attachment *node, const struct digest *digest)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	struct stat status;
	if (beneath_stat(env, node->chunks, path, &status) < 0)
		return -1;
	if (S_ISREG(status.st_mode))
		return status.st_size;
	errno = ENOENT;
	return -1;
}

bool chunk_file_exists(const struct env *env, const struct node_attachment *node, const struct digest *digest)
{
	return chunk_file_size(env, node, digest) >= 0;
}

enum chunk_read_result chunk_file_look(
	const struct env *env, const struct node_attachment *node, const struct digest *digest, uint64_t size)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	struct stat status;
	if (beneath_stat(env, node->chunks, path, &status) < 0)
		return errno == ENOENT ? CHUNK_MISSING : is_no_file(errno) ? CHUNK_BAD : CHUNK_READ_ERROR;
	return S_ISREG(status.st_mode) && (uint64_t)status.st_size == size ? CHUNK_GOOD : CHUNK_BAD;
}

int chunk_file_unlink(const struct env *env, const struct node_attachment *node, const struct digest *digest)
{
	char path[PATH_SIZE];
	chunk_path(digest, path);
	return beneath_unlink(env, node->chunks, path) == 0 || errno == ENOENT ? 0 : -1;
}
