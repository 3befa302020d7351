#include "engine/node.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

enum { IDENTITY_BYTES_MAX = 65536, SHARDS = 256, PROBE_BYTES = 4096 };

/* A file system keeps some room for its own metadata; so do we, for deletes on a full disk. */
static const uint64_t RESERVE_BYTES = 256 << 10;

int node_init(struct node *node, const struct env *env, const char *name, const char *zone, const char *path,
	struct error *error)
{
	memset(node, 0, sizeof(*node));
	node->env = env;
	node->name = strdup(name);
	node->zone = strdup(zone);
	node->path = strdup(path);
	if (!node->name || !node->zone || !node->path) {
		free(node->name);
		free(node->zone);
		free(node->path);
		return error_set_errno(error, ENOMEM, "cannot set up node '%s'", name);
	}
	node->weight = 1;
	node->looks_to_return = 1;
	node->latency_ms = -1;
	node->state = NODE_ABSENT;
	snprintf(node->cause, sizeof(node->cause), "not looked at yet");
	pthread_mutex_init(&node->mutex, NULL);
	return 0;
}

static void attachment_free(const struct env *env, struct node_attachment *attachment)
{
	while (attachment) {
		struct node_attachment *previous = attachment->previous;
		env->io->close(env->io, attachment->quarantine);
		env->io->close(env->io, attachment->chunks);
		env->io->close(env->io, attachment->root);
		free(attachment);
		attachment = previous;
	}
}

void node_release(struct node *node)
{
	attachment_free(node->env, node->attachment);
	pthread_mutex_destroy(&node->mutex);
	free(node->name);
	free(node->zone);
	free(node->path);
}

/* Of the states that are kept; slow and draining are what an UP node is said to be besides. */
static bool state_is_readable(enum node_state state)
{
	return state == NODE_UP || state == NODE_READ_ONLY;
}

/* ---- identity ---- */

static int identity_parse(const char *text, struct node_identity *identity)
{
	cJSON *json = cJSON_Parse(text);
	const cJSON *format = cJSON_GetObjectItemCaseSensitive(json, "format");
	const cJSON *store = cJSON_GetObjectItemCaseSensitive(json, "store");
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(json, "node");
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "name");
	int result = -1;
	if (cJSON_IsNumber(format) && format->valuedouble == NODE_FORMAT && cJSON_IsString(store) &&
		cJSON_IsString(node) && uuid_is_valid(store->valuestring) &&
		uuid_is_valid(node->valuestring)) {
		snprintf(identity->store, sizeof(identity->store), "%s", store->valuestring);
		snprintf(identity->node, sizeof(identity->node), "%s", node->valuestring);
		snprintf(identity->name, sizeof(identity->name), "%s",
			cJSON_IsString(name) ? name->valuestring : "?");
		result = 0;
	}
	cJSON_Delete(json);
	return result;
}

/* 0, or -1 with errno: ENOENT when there is none, EBADMSG when it makes no sense. */
static int identity_read(const struct env *env, int root, struct node_identity *identity)
{
	struct io *io = env->io;
	int fd = io->openat(io, root, NODE_IDENTITY_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int result = -1, number = EBADMSG;
	struct stat status;
	char *text = NULL;
	if (io->fstat(io, fd, &status) < 0) {
		number = errno;
	} else if (S_ISREG(status.st_mode) && status.st_size > 0 && status.st_size <= IDENTITY_BYTES_MAX) {
		size_t size = (size_t)status.st_size;
		text = malloc(size + 1);
		if (!text) {
			number = ENOMEM;
		} else if (env_read_full(env, fd, text, size, 0) < 0) {
			number = errno;
		} else {
			text[size] = '\0';
			result = identity_parse(text, identity);
		}
	}
	free(text);
	io->close(io, fd);
	errno = number;
	return result;
}

int node_identify(const struct env *env, const char *path, struct node_identity *identity)
{
	struct io *io = env->io;
	int root = io->openat(io, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0)
		return -1;
	int result = identity_read(env, root, identity);
	int number = errno;
	io->close(io, root);
	errno = number;
	return result;
}

static int identity_write(struct node *node, int root, struct error *error)
{
	const struct env *env = node->env;
	struct io *io = env->io;
	cJSON *json = cJSON_CreateObject();
	cJSON_AddNumberToObject(json, "format", NODE_FORMAT);
	cJSON_AddStringToObject(json, "store", node->store_uuid);
	cJSON_AddStringToObject(json, "node", node->uuid);
	cJSON_AddStringToObject(json, "name", node->name);
	char *text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write the identity of node '%s'", node->name);

	static const char temporary[] = NODE_IDENTITY_FILE ".new";
	int result = -1;
	int fd = io->openat(io, root, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || env_write_full(env, fd, text, strlen(text), 0) < 0 ||
		env_write_full(env, fd, "\n", 1, (off_t)strlen(text)) < 0 || io->fsync(io, fd) < 0 ||
		io->renameat2(io, root, temporary, root, NODE_IDENTITY_FILE, 0) < 0 ||
		io->fsync(io, root) < 0)
		error_set_errno(error, errno, "cannot write %s/%s", node->path, NODE_IDENTITY_FILE);
	else
		result = 0;
	if (fd >= 0)
		io->close(io, fd);
	free(text);
	return result;
}

/* ---- making ---- */

static int make_folder(const struct env *env, int root, const char *path)
{
	if (env->io->mkdirat(env->io, root, path, 0700) < 0 && errno != EEXIST)
		return -1;
	return 0;
}

static int make_folders(struct node *node, int root, struct error *error)
{
	static const char *const folders[] = {"chunks", "journal", "catalog", "quarantine"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (make_folder(node->env, root, folders[i]) < 0)
			return error_set_errno(
				error, errno, "cannot make the folder %s/%s", node->path, folders[i]);
	for (unsigned shard = 0; shard < SHARDS; shard++) {
		char path[16];
		snprintf(path, sizeof(path), "chunks/%02x", shard);
		if (make_folder(node->env, root, path) < 0)
			return error_set_errno(
				error, errno, "cannot make the folder %s/%s", node->path, path);
	}
	return 0;
}

/* Whether a folder of chunks, made by an attempt that was interrupted, is still without any. */
static bool has_chunks(const struct env *env, int root)
{
	for (unsigned shard = 0; shard < SHARDS; shard++) {
		char path[16];
		snprintf(path, sizeof(path), "chunks/%02x", shard);
		int fd = env->io->openat(
			env->io, root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
		DIR *stream = fd < 0 ? NULL : fdopendir(fd);
		if (!stream) {
			bool missing = fd < 0 && errno == ENOENT;
			if (fd >= 0)
				env->io->close(env->io, fd);
			if (missing)
				continue;
			return true; /* what cannot be looked into may hold chunks */
		}
		bool some = false;
		for (struct dirent *entry; !some && (entry = readdir(stream));)
			some = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
		closedir(stream);
		if (some)
			return true;
	}
	return false;
}

int node_create(struct node *node, struct error *error)
{
	struct io *io = node->env->io;
	if (io->mkdirat(io, AT_FDCWD, node->path, 0700) < 0 && errno != EEXIST)
		return error_set_errno(error, errno,
			"cannot make the folder of node '%s', %s (is its disk mounted, and may you write "
			"there?)",
			node->name, node->path);
	int root = io->openat(io, AT_FDCWD, node->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0)
		return error_set_errno(
			error, errno, "cannot open the folder of node '%s', %s", node->name, node->path);

	int result = -1;
	struct node_identity identity;
	if (identity_read(node->env, root, &identity) == 0) {
		if (strcmp(identity.store, node->store_uuid) != 0)
			error_set(error, ERROR_REFUSED,
				"%s belongs to another store (as its node '%s'); choose another folder for "
				"node '%s'",
				node->path, identity.name, node->name);
		else
			error_set(error, ERROR_REFUSED,
				"%s is node '%s' of this store already; choose another folder for node '%s'",
				node->path, identity.name, node->name);
	} else if (errno != ENOENT) {
		error_set_errno(error, errno,
			"%s has a %s that cannot be understood; node '%s' is not made there", node->path,
			NODE_IDENTITY_FILE, node->name);
	} else if (has_chunks(node->env, root)) {
		error_set(error, ERROR_REFUSED,
			"%s has chunks but no %s: it may be a node that lost its identity; choose another "
			"folder for "
			"node '%s', or move that one away",
			node->path, NODE_IDENTITY_FILE, node->name);
	} else if (make_folders(node, root, error) == 0 && identity_write(node, root, error) == 0) {
		if (io->syncfs(io, root) < 0)
			error_set_errno(error, errno, "cannot flush the folders of node '%s' to %s",
				node->name, node->path);
		else
			result = 0;
	}
	io->close(io, root);
	return result;
}

/* ---- attaching ---- */

/* Whether files in the chunk folder can be made unnamed, and written past the page cache. */
static void learn_features(const struct env *env, struct node_attachment *attachment)
{
	struct io *io = env->io;
	int fd = io->openat(io, attachment->chunks, "00", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	attachment->unnamed = fd >= 0;
	if (fd >= 0)
		io->close(io, fd);
	/* Opening with O_DIRECT fails where the file system has none (open(2): EINVAL). Without O_TMPFILE, do without. */
	fd = io->openat(io, attachment->chunks, "00", O_TMPFILE | O_WRONLY | O_DIRECT | O_CLOEXEC, 0600);
	attachment->direct_io = fd >= 0;
	if (fd >= 0)
		io->close(io, fd);
}

static struct node_attachment *attach(const struct env *env, int root, const struct stat *status)
{
	struct io *io = env->io;
	struct node_attachment *attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return NULL;
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	attachment->root = root;
	attachment->chunks = io->openat(io, root, "chunks", flags, 0);
	attachment->quarantine = io->openat(io, root, "quarantine", flags, 0);
	attachment->device = status->st_dev;
	attachment->inode = status->st_ino;
	if (attachment->chunks < 0 || attachment->quarantine < 0) {
		int number = errno;
		if (attachment->chunks >= 0)
			io->close(io, attachment->chunks);
		if (attachment->quarantine >= 0)
			io->close(io, attachment->quarantine);
		free(attachment);
		errno = number;
		return NULL;
	}
	learn_features(env, attachment);
	return attachment;
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
	if (identity_read(node->env, root, &identity) < 0) {
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

static void look_at_room(struct node *node, int root, const char *chunks, struct look *look)
{
	struct statvfs room;
	if (node->env->io->fstatvfs(node->env->io, root, &room) < 0)
		return;
	uint64_t available = (uint64_t)room.f_bavail * room.f_frsize;
	look->available_bytes = available > RESERVE_BYTES ? available - RESERVE_BYTES : 0;
	if (room.f_flag & ST_RDONLY) {
		look->read_only = true;
		snprintf(look->cause, sizeof(look->cause), "its file system is mounted read-only");
	} else if (node->env->io->faccessat(node->env->io, root, chunks, W_OK, AT_EACCESS) < 0) {
		look->read_only = true;
		snprintf(look->cause, sizeof(look->cause), "no permission to write there");
	}
}

/* Writes a block, flushes it and reads it back, past the cache where that can be done. 0, or -1 with errno. */
static int exercise_disk(const struct env *env, const struct node_attachment *attachment)
{
	struct io *io = env->io;
	char path[64];
	uint64_t mark = env->dice->next(env->dice);
	snprintf(path, sizeof(path), "chunks/00/.probe-%016llx", (unsigned long long)mark);
	uint8_t *block = aligned_alloc(PROBE_BYTES, PROBE_BYTES);
	if (!block) {
		errno = ENOMEM;
		return -1;
	}
	memset(block, (int)(mark & 0xff), PROBE_BYTES);
	int flags =
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | (attachment->direct_io ? O_DIRECT : 0);
	int fd = io->openat(io, attachment->root, path, flags, 0600), number = errno, result = -1;
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
		io->unlinkat(io, attachment->root, path, 0);
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
		look_at_room(node, root, "chunks/00", look);
		if (!attachment || attachment->device != status.st_dev ||
			attachment->inode != status.st_ino) {
			look->attachment = attach(node->env, root, &status);
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
		node->latency_ms = look->latency_ms;
	node->full = false;
}

enum node_finding node_probe(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	bool failed = node->failed_by_operator;
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
	if (!node->failed_by_operator && node->id != 0 && (suspect || !node->suspect))
		take_look(node, &look);
	pthread_mutex_unlock(&node->mutex);
	return look.finding;
}

void node_set_failed(struct node *node, bool failed)
{
	pthread_mutex_lock(&node->mutex);
	if (node->failed_by_operator != failed) {
		node->failed_by_operator = failed;
		node->suspect = false;
		node->good_looks =
			failed ? 0 : node->looks_to_return; /* the operator's word counts at once */
		node->state = failed ? NODE_DOWN : NODE_ABSENT;
		node->latency_ms = -1;
		snprintf(node->cause, sizeof(node->cause),
			failed ? "failed by operator" : "not looked at yet");
	}
	pthread_mutex_unlock(&node->mutex);
}

void node_set_draining(struct node *node, bool draining)
{
	pthread_mutex_lock(&node->mutex);
	node->draining = draining;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_slow(struct node *node, bool slow)
{
	pthread_mutex_lock(&node->mutex);
	if (node->slow && !slow && node->state == NODE_UP)
		node->cause[0] = '\0';
	node->slow = slow;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_latency(struct node *node, double latency_ms)
{
	pthread_mutex_lock(&node->mutex);
	if (state_is_readable(node->state))
		node->latency_ms = latency_ms;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_capacity(struct node *node, uint64_t quota_bytes, double weight)
{
	pthread_mutex_lock(&node->mutex);
	node->quota_bytes = quota_bytes;
	node->weight = weight;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_looks_to_return(struct node *node, unsigned looks)
{
	pthread_mutex_lock(&node->mutex);
	node->looks_to_return = looks;
	pthread_mutex_unlock(&node->mutex);
}

void node_set_suspect(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->suspect = !node->failed_by_operator;
	pthread_mutex_unlock(&node->mutex);
}

void node_note_silence(struct node *node, int64_t for_ms)
{
	pthread_mutex_lock(&node->mutex);
	if (!node->failed_by_operator && state_is_readable(node->state)) {
		node->state = NODE_DOWN;
		node->good_looks = 0;
		snprintf(node->cause, sizeof(node->cause), "no answer for %lld s", (long long)for_ms / 1000);
	}
	pthread_mutex_unlock(&node->mutex);
}

void node_remember(struct node *node, uint16_t id, const char *uuid)
{
	pthread_mutex_lock(&node->mutex);
	snprintf(node->uuid, sizeof(node->uuid), "%s", uuid);
	node->forgotten = false;
	node->id = id;
	pthread_mutex_unlock(&node->mutex);
}

void node_forget(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->id = 0;
	node->forgotten = true;
	node->draining = node->suspect = node->slow = false;
	node->state = NODE_ABSENT;
	node->latency_ms = -1;
	snprintf(node->cause, sizeof(node->cause), "no longer part of the store");
	pthread_mutex_unlock(&node->mutex);
}

void node_note_errno(struct node *node, int number)
{
	pthread_mutex_lock(&node->mutex);
	if (node->failed_by_operator) {
		/* The operator's word stands. */
	} else if (number == ENOSPC || number == EDQUOT) {
		node->full = true;
	} else if (number == EROFS || number == EACCES || number == EPERM) {
		node->state = NODE_READ_ONLY;
		snprintf(node->cause, sizeof(node->cause),
			number == EROFS ? "its file system is mounted read-only"
					: "no permission to write there");
	} else if (number == ENOENT || number == ESTALE || number == ENOTDIR) {
		node->state = NODE_ABSENT;
		snprintf(node->cause, sizeof(node->cause), "its folders are missing");
	} else if (number == EIO || number == ENXIO || number == ENODEV || number == ETIMEDOUT ||
		   number == EREMOTEIO) {
		char reason[64];
		node->state = NODE_DOWN;
		node->suspect = true;
		node->good_looks = 0;
		if (number == EIO)
			snprintf(node->cause, sizeof(node->cause), "input/output error");
		else
			snprintf(node->cause, sizeof(node->cause), "%s",
				strerror_r(number, reason, sizeof(reason)));
	}
	pthread_mutex_unlock(&node->mutex);
}

unsigned node_flush_failures(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	unsigned failures = node->flush_failures;
	pthread_mutex_unlock(&node->mutex);
	return failures;
}

void node_note_flush_failure(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	node->flush_failures++;
	pthread_mutex_unlock(&node->mutex);
}

void node_status(struct node *node, struct node_status *status)
{
	pthread_mutex_lock(&node->mutex);
	status->state = node->state;
	if (node->state == NODE_UP && (node->draining || node->slow))
		status->state = node->draining ? NODE_DRAINING : NODE_SLOW;
	memcpy(status->cause, node->cause, sizeof(status->cause));
	status->readable = state_is_readable(node->state);
	status->writable = node->state == NODE_UP && !node->draining && !node->full;
	status->draining = node->draining;
	status->failed_by_operator = node->failed_by_operator;
	status->suspect = node->suspect;
	status->slow = node->slow;
	status->forgotten = node->forgotten;
	status->weight = node->weight;
	status->used_bytes = node->used_bytes;
	status->writing_bytes = node->writing_bytes;
	uint64_t possible = node->used_bytes + node->filesystem_bytes;
	if (!status->readable)
		status->capacity_bytes = node->quota_bytes;
	else
		status->capacity_bytes =
			node->quota_bytes && node->quota_bytes < possible ? node->quota_bytes : possible;
	status->latency_ms = node->latency_ms;
	pthread_mutex_unlock(&node->mutex);
}

bool node_is_readable(struct node *node)
{
	return node_reading(node) != NULL;
}

const struct node_attachment *node_reading(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	const struct node_attachment *attachment = state_is_readable(node->state) ? node->attachment : NULL;
	pthread_mutex_unlock(&node->mutex);
	return attachment;
}

const struct node_attachment *node_writing(struct node *node)
{
	pthread_mutex_lock(&node->mutex);
	const struct node_attachment *attachment = node->state == NODE_UP ? node->attachment : NULL;
	pthread_mutex_unlock(&node->mutex);
	return attachment;
}

void node_book(struct node *node, int64_t bytes)
{
	pthread_mutex_lock(&node->mutex);
	assert(bytes >= 0 || node->writing_bytes >= (uint64_t)-bytes);
	node->writing_bytes += (uint64_t)bytes;
	pthread_mutex_unlock(&node->mutex);
}
