/*
 * node_probe.c: a look at a node: what is at its path, and what that makes of its state.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/beneath.h"
#include "engine/node.h"

/*
 * A folder that is replaced again and again would cost three descriptors each time, for those that are open stay
 * open: after so many, the node is left alone until the store is opened again.
 */
enum { PROBE_BYTES = 4096, PROBE_ATTEMPTS = 4, ATTACHMENTS_MAX = 64 };

/* A file system keeps some room for its own metadata; so do we, for deletes on a full disk. */
static const uint64_t RESERVE_BYTES = 256 << 10;

/* ---- attaching ---- */

/* Whether files in the chunk folder can be made unnamed, and written past the page cache. */
static void learn_features(const struct env *env, struct node_attachment *attachment)
{
	struct io *io = env->io;
	int fd = io->openat(io, attachment->chunks, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	attachment->unnamed = fd >= 0;
	if (fd >= 0)
		io->close(io, fd);
	/*
	 * Opening with O_DIRECT fails where the file system has
	 * none (open(2): EINVAL). Without O_TMPFILE, do without.
	 */
	fd = io->openat(io, attachment->chunks, ".", O_TMPFILE | O_WRONLY | O_DIRECT | O_CLOEXEC, 0600);
	attachment->direct_io = fd >= 0;
	if (fd >= 0)
		io->close(io, fd);
}

static struct node_attachment *attach(struct node *owner, int root, const struct stat *status)
{
	const struct env *env = owner->env;
	struct io *io = env->io;
	struct node_attachment *attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return NULL;
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	attachment->owner = owner;
	attachment->root = root;
	attachment->quarantine = -1;
	attachment->device = status->st_dev;
	attachment->inode = status->st_ino;
	struct stat chunks;
	attachment->chunks = io->openat(io, root, "chunks", flags, 0);
	if (attachment->chunks >= 0 && io->fstat(io, attachment->chunks, &chunks) == 0) {
		attachment->chunks_device = chunks.st_dev;
		attachment->chunks_inode = chunks.st_ino;
		attachment->quarantine = io->openat(io, root, "quarantine", flags, 0);
		/* Whoever is done with what was in quarantine may delete the folder too. */
		if (attachment->quarantine < 0 && errno == ENOENT &&
			io->mkdirat(io, root, "quarantine", 0700) == 0)
			attachment->quarantine = io->openat(io, root, "quarantine", flags, 0);
	}
	struct stat quarantine;
	if (attachment->quarantine >= 0 && io->fstat(io, attachment->quarantine, &quarantine) < 0) {
		int number = errno;
		io->close(io, attachment->quarantine);
		attachment->quarantine = -1;
		errno = number;
	}
	if (attachment->quarantine < 0) {
		int number = errno;
		if (attachment->chunks >= 0)
			io->close(io, attachment->chunks);
		free(attachment);
		errno = number;
		return NULL;
	}
	attachment->quarantine_inode = quarantine.st_ino;
	learn_features(env, attachment);
	return attachment;
}

/* Whether what is at the path, and its folders, are still those that are open. */
static bool is_attached(
	const struct env *env, const struct node_attachment *attachment, int root, const struct stat *status)
{
	struct io *io = env->io;
	struct stat chunks, quarantine;
	return attachment && attachment->device == status->st_dev && attachment->inode == status->st_ino &&
	       io->fstatat(io, root, "chunks", &chunks, AT_SYMLINK_NOFOLLOW) == 0 &&
	       attachment->chunks_device == chunks.st_dev && attachment->chunks_inode == chunks.st_ino &&
	       io->fstatat(io, root, "quarantine", &quarantine, AT_SYMLINK_NOFOLLOW) == 0 &&
	       attachment->quarantine_inode == quarantine.st_ino;
}

static bool may_attach(const struct node_attachment *attachment)
{
	unsigned count = 0;
	for (; attachment; attachment = attachment->previous)
		count++;
	return count < ATTACHMENTS_MAX;
}

/* What a probe learned, before it is made known under the mutex. */
struct look {
	enum node_finding finding;
	struct node_attachment *attachment; /* new, or NULL */
	bool read_only;
	uint64_t available_bytes;
	double latency_ms;
	char cause[NODE_CAUSE_SIZE];
};

static void look_at_errno(struct look *look, int number, const char *what)
{
	char reason[64];
	const char *text = strerror_r(number, reason, sizeof(reason));
	look->finding = number == ENOENT || number == ENOTDIR ? NODE_FOUND_NOTHING : NODE_FOUND_UNREADABLE;
	if (number == EIO)
		snprintf(look->cause, sizeof(look->cause), "input/output error");
	else if (number == ENOENT)
		snprintf(look->cause, sizeof(look->cause), "%s missing", what);
	else
		snprintf(look->cause, sizeof(look->cause), "%s cannot be opened: %s", what, text);
}

/* Reads the identity below `root` and tells what is there. */
static void look_at_identity(struct node *node, int root, struct look *look)
{
	struct node_identity identity;
	if (node_read_identity(node->env, root, &identity) < 0) {
		int number = errno;
		look_at_errno(look, number, "identity file");
		if (number == ENOENT) {
			look->finding = NODE_FOUND_BARE;
		} else if (number == EBADMSG || number == ELOOP) {
			look->finding = NODE_FOUND_UNREADABLE;
			snprintf(look->cause, sizeof(look->cause),
				"identity file damaged or of an unknown format");
		}
	} else if (strcmp(identity.store, node->store_uuid) != 0) {
		look->finding = NODE_FOUND_FOREIGN;
		snprintf(look->cause, sizeof(look->cause), "its folder belongs to another store");
	} else if (strcmp(identity.node, node->uuid) != 0) {
		look->finding = NODE_FOUND_OTHER;
		snprintf(look->cause, sizeof(look->cause), "its folder holds node '%.64s'", identity.name);
	} else {
		look->finding = NODE_FOUND_IT;
	}
}

/*
 * Whether chunks can be written, judged by the first shard folder that is there: empty ones may have been tidied
 * away, and are made again when a chunk goes into them. -1 with ENOENT when there is none: then the chunk folder may
 * be the mount point of a disk that is away.
 */
static int look_for_shard(const struct env *env, int root)
{
	char shard[3];
	struct io *io = env->io;
	int chunks = beneath_open(env, root, "chunks", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (chunks < 0)
		return -1;
	int result = -1;
	errno = ENOENT;
	for (unsigned i = 0; i < 256 && result < 0 && errno == ENOENT; i++) {
		snprintf(shard, sizeof(shard), "%02x", i & 0xff);
		result = io->faccessat(io, chunks, shard, W_OK, AT_EACCESS);
	}
	int number = errno;
	io->close(io, chunks);
	errno = number;
	return result;
}

static void look_at_room(struct node *node, int root, struct look *look)
{
	struct io *io = node->env->io;
	struct statvfs room;
	if (io->fstatvfs(io, root, &room) < 0)
		return;
	uint64_t available = (uint64_t)room.f_bavail * room.f_frsize;
	look->available_bytes = available > RESERVE_BYTES ? available - RESERVE_BYTES : 0;
	if (room.f_flag & ST_RDONLY) {
		look->read_only = true;
		snprintf(look->cause, sizeof(look->cause), "its file system is mounted read-only");
	} else if (look_for_shard(node->env, root) == 0) {
		return;
	} else if (errno == ENOENT) {
		look_at_errno(look, errno, "chunk folder");
	} else {
		look->read_only = true;
		snprintf(look->cause, sizeof(look->cause), "no permission to write there");
	}
}

/* One that is there was left by a process that was killed, or belongs to another, which goes on without its name. */
static int create_probe(struct io *io, int chunks, int flags)
{
	int fd = io->openat(io, chunks, NODE_PROBE_FILE, flags, 0600);
	for (int i = 0; i < PROBE_ATTEMPTS && fd < 0 && errno == EEXIST; i++)
		if (io->unlinkat(io, chunks, NODE_PROBE_FILE, 0) == 0 || errno == ENOENT)
			fd = io->openat(io, chunks, NODE_PROBE_FILE, flags, 0600);
	return fd;
}

/* Writes a block, flushes it and reads it back, past the cache where that can be done. 0, or -1 with errno. */
static int exercise_disk(const struct env *env, const struct node_attachment *attachment)
{
	struct io *io = env->io;
	uint64_t mark = env->dice->next(env->dice);
	uint8_t *block = aligned_alloc(PROBE_BYTES, PROBE_BYTES);
	if (!block) {
		errno = ENOMEM;
		return -1;
	}
	memset(block, (int)(mark & 0xff), PROBE_BYTES);
	int flags =
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | (attachment->direct_io ? O_DIRECT : 0);
	int fd = create_probe(io, attachment->chunks, flags), number = errno, result = -1;
	if (fd >= 0) {
		if (env_write_full(env, fd, block, PROBE_BYTES, 0) == 0 && io->fsync(io, fd) == 0) {
			memset(block, ~(int)(mark & 0xff), PROBE_BYTES);
			result = env_read_full(env, fd, block, PROBE_BYTES, 0);
		}
		number = errno;
		if (result == 0 && block[0] != (mark & 0xff)) {
			result = -1;
			number = EIO;
		}
		io->close(io, fd);
		io->unlinkat(io, attachment->chunks, NODE_PROBE_FILE, 0);
	}
	free(block);
	errno = number;
	return result;
}

/* A full disk cannot be written to, and is none the worse for it. */
static void look_thoroughly(
	const struct env *env, const struct node_attachment *attachment, struct look *look)
{
	if (look->read_only || exercise_disk(env, attachment) == 0 || errno == ENOSPC || errno == EDQUOT)
		return;
	look_at_errno(look, errno, "a test file");
	look->finding = NODE_FOUND_UNREADABLE;
}

static void look_at_path(
	struct node *node, const struct node_attachment *attachment, bool thorough, struct look *look)
{
	struct io *io = node->env->io;
	int64_t start = node->env->time->monotonic_ns(node->env->time);
	int root = io->openat(io, AT_FDCWD, node->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0) {
		look_at_errno(look, errno, "folder");
		return;
	}
	struct stat status;
	if (io->fstat(io, root, &status) < 0)
		look_at_errno(look, errno, "folder");
	else
		look_at_identity(node, root, look);
	if (look->finding == NODE_FOUND_IT) {
		look_at_room(node, root, look);
		bool attached = is_attached(node->env, attachment, root, &status);
		if (look->finding == NODE_FOUND_IT && !attached && !may_attach(attachment)) {
			look->finding = NODE_FOUND_UNREADABLE;
			snprintf(look->cause, sizeof(look->cause),
				"its folders were replaced %d times; start the program again",
				ATTACHMENTS_MAX);
		} else if (look->finding == NODE_FOUND_IT && !attached) {
			look->attachment = attach(node, root, &status);
			if (look->attachment)
				root = -1;
			else
				look_at_errno(look, errno, "chunk folder");
		}
	}
	const struct node_attachment *now = look->attachment ? look->attachment : attachment;
	if (look->finding == NODE_FOUND_IT && thorough && now)
		look_thoroughly(node->env, now, look);
	if (root >= 0)
		io->close(io, root);
	look->latency_ms = (double)(node->env->time->monotonic_ns(node->env->time) - start) / 1e6;
}

/* Makes what was seen the node's state. The mutex is held. */
static void take_look(struct node *node, const struct look *look)
{
	bool lost = node->state == NODE_DOWN || node->state == NODE_ABSENT;
	if (look->finding == NODE_FOUND_IT && lost && ++node->good_looks < node->looks_to_return)
		return;
	node->good_looks = 0;
	node->suspect = look->finding == NODE_FOUND_IT ? false : node->suspect;
	if (look->finding == NODE_FOUND_IT)
		node->state = look->read_only ? NODE_READ_ONLY : NODE_UP;
	else
		node->state = look->finding == NODE_FOUND_UNREADABLE ? NODE_DOWN : NODE_ABSENT;
	memcpy(node->cause, look->cause, sizeof(node->cause));
	if (look->finding == NODE_FOUND_IT && !look->read_only && node->slow)
		snprintf(node->cause, sizeof(node->cause),
			"answers far more slowly than it used to, and than others");
	node->filesystem_bytes = look->available_bytes;
	if (look->finding != NODE_FOUND_IT)
		node->latency_ms = -1;
	else if (node->latency_ms < 0)
		node->latency_ms = look->latency_ms + (double)node->way_ms;
	node->full = false;
}

enum node_finding node_probe(struct node *node)
{
	atomic_store(&node->look_due, false);
	pthread_mutex_lock(&node->mutex);
	bool failed = node->failed_by_operator || node->unreachable;
	const struct node_attachment *attachment = node->attachment;
	bool known = node->id != 0, suspect = node->suspect;
	pthread_mutex_unlock(&node->mutex);
	if (failed || !known)
		return NODE_FOUND_NOTHING;

	struct look look = {.finding = NODE_FOUND_NOTHING, .latency_ms = -1};
	look_at_path(node, attachment, suspect, &look);

	pthread_mutex_lock(&node->mutex);
	if (look.attachment) {
		look.attachment->previous = node->attachment;
		node->attachment = look.attachment;
	}
	/* What was noted while this look went on is newer than what it saw. */
	if (!node->failed_by_operator && !node->unreachable && node->id != 0 && (suspect || !node->suspect))
		take_look(node, &look);
	pthread_mutex_unlock(&node->mutex);
	if (look.finding == NODE_FOUND_IT)
		node_look_at_journal(node);
	return look.finding;
}
