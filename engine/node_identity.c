/*
 * node_identity.c: the file that makes a folder a node, and making one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/beneath.h"
#include "engine/node.h"

enum { IDENTITY_BYTES_MAX = 65536, SHARDS = 256 };

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

int node_read_identity(const struct env *env, int root, struct node_identity *identity)
{
	struct io *io = env->io;
	struct stat status;
	int fd = beneath_open_file(env, root, NODE_IDENTITY_FILE, O_RDONLY, &status);
	if (fd < 0)
		return -1;
	int result = -1, number = EBADMSG;
	char *text = NULL;
	if (status.st_size > 0 && status.st_size <= IDENTITY_BYTES_MAX) {
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
	int result = node_read_identity(env, root, identity);
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
	int fd = beneath_create(env, root, temporary);
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

static int make_folders(struct node *node, int root, struct error *error)
{
	static const char *const folders[] = {"chunks", "journal", "catalog", "quarantine"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (beneath_make_folder(node->env, root, folders[i]) < 0)
			return error_set_errno(
				error, errno, "cannot make the folder %s/%s", node->path, folders[i]);
	for (unsigned shard = 0; shard < SHARDS; shard++) {
		char path[16];
		snprintf(path, sizeof(path), "chunks/%02x", shard);
		if (beneath_make_folder(node->env, root, path) < 0)
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
		int fd = beneath_open_folder(env, root, path);
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
	if (node_read_identity(node->env, root, &identity) == 0) {
		if (strcmp(identity.store, node->store_uuid) != 0)
			error_set(error, ERROR_REFUSED,
				"%s belongs to another store (as its node '%s'); choose another folder for "
				"node '%s'",
				node->path, identity.name, node->name);
		else
			error_set(error, ERROR_REFUSED,
				"%s is node '%s' of this store already, and a node keeps its name; call "
				"it that, or choose another folder for node '%s'",
				node->path, identity.name, node->name);
	} else if (errno != ENOENT) {
		error_set_errno(error, errno,
			"%s has a %s that cannot be understood; node '%s' is not made there", node->path,
			NODE_IDENTITY_FILE, node->name);
	} else if (has_chunks(node->env, root)) {
		error_set(error, ERROR_REFUSED,
			"%s has chunks but no %s: it may be a node that lost its identity; choose another "
			"folder for node '%s', or move that one away",
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

int node_mend(struct node *node, struct error *error)
{
	struct io *io = node->env->io;
	struct node_identity identity;
	int root = io->openat(io, AT_FDCWD, node->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), result = -1;
	if (root < 0)
		return error_set_errno(
			error, errno, "cannot open the folder of node '%s', %s", node->name, node->path);
	if (node_read_identity(node->env, root, &identity) < 0 ||
		strcmp(identity.store, node->store_uuid) != 0 || strcmp(identity.node, node->uuid) != 0)
		error_set(error, ERROR_REFUSED, "%s is not node '%s'", node->path, node->name);
	else if (make_folders(node, root, error) == 0 && (result = io->syncfs(io, root)) < 0)
		error_set_errno(
			error, errno, "cannot flush the folders of node '%s' to %s", node->name, node->path);
	io->close(io, root);
	return result;
}
