#include "tests/tools/walk.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/must.h"

enum { THREADS = 2, READ_BYTES = 256 << 10 };

static size_t file_room;
static atomic_size_t next_file;

int64_t file_feed(void *digest, const char *path, int64_t offset, int64_t length)
{
	static _Thread_local unsigned char buffer[READ_BYTES];
	int64_t total = 0;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -1;
	while (fd >= 0 && total < length) {
		int64_t wanted = length - total < READ_BYTES ? length - total : READ_BYTES;
		ssize_t got = pread(fd, buffer, (size_t)wanted, offset + total);
		if (got < 0)
			break;
		if (got == 0)
			length = total;
		else if (!EVP_DigestUpdate(digest, buffer, (size_t)got))
			die("libcrypto fails");
		total += got;
	}
	if (fd < 0 || total < length)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return total;
}

static void *hash_files(void *unused)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	size_t i;
	while ((i = atomic_fetch_add(&next_file, 1)) < walk.file_count) {
		if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
			die("libcrypto fails");
		walk.files[i].bytes = file_feed(digest, walk.files[i].path, 0, INT64_MAX);
		if (!EVP_DigestFinal_ex(digest, walk.files[i].content, NULL))
			die("libcrypto fails");
	}
	EVP_MD_CTX_free(digest);
	return unused;
}

/* Takes `name` apart if it is 2 * `length` hex digits and nothing else. */
static bool from_hex(const char *name, unsigned char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	if (strlen(name) != 2 * length || strspn(name, digits) != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)((strchr(digits, name[2 * i]) - digits) << 4 |
					   (strchr(digits, name[2 * i + 1]) - digits));
	return true;
}

static void list_shard(struct node *node, const char *folder, unsigned char shard)
{
	DIR *stream = opendir(folder);
	if (!stream)
		die("%s: %s", folder, strerror(errno));
	struct dirent *entry;
	while (errno = 0, (entry = readdir(stream))) {
		struct file file = {.node = node};
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!S_ISREG(status.st_mode) || !from_hex(entry->d_name, file.name, DIGEST) ||
			file.name[0] != shard) {
			node->misnamed++;
			continue;
		}
		file.path = text("%s/%s", folder, entry->d_name);
		if (walk.file_count == file_room)
			walk.files =
				must_grow(walk.files, file_room = 2 * file_room + 1024, sizeof(*walk.files));
		walk.files[walk.file_count++] = file;
	}
	if (errno)
		die("%s: %s", folder, strerror(errno));
	closedir(stream);
}

static void list_node(struct node *node)
{
	char *folder = text("%s/chunks", node->path);
	DIR *stream = opendir(folder);
	if (!stream)
		die("%s: %s", folder, strerror(errno));
	struct dirent *entry;
	while (errno = 0, (entry = readdir(stream))) {
		unsigned char shard;
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!from_hex(entry->d_name, &shard, 1) ||
			fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISDIR(status.st_mode)) {
			node->misnamed++;
			continue;
		}
		char *inner = text("%s/%s", folder, entry->d_name);
		list_shard(node, inner, shard);
		free(inner);
	}
	if (errno)
		die("%s: %s", folder, strerror(errno));
	closedir(stream);
	free(folder);
}

/* Whose folder it is, by its linckia-node.json. */
static const char *identify(const struct node *node)
{
	char content[4096] = "";
	char *path = text("%s/linckia-node.json", node->path);
	FILE *file = fopen(path, "re");
	free(path);
	if (!file)
		return "missing";
	content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
	fclose(file);
	cJSON *document = cJSON_Parse(content);
	const char *uuid = cJSON_GetStringValue(cJSON_GetObjectItem(document, "node"));
	const char *identity = !uuid ? "missing" : strcmp(uuid, node->uuid) == 0 ? "own" : "other";
	cJSON_Delete(document);
	return identity;
}

static void hash_all(void)
{
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, hash_files, NULL))
			die("a thread cannot be started");
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Holds what was found against what the catalog says. */
static void match_file(const struct file *file)
{
	struct node *node = file->node;
	if (file->bytes < 0)
		return;
	node->files++;
	node->bytes += (uint64_t)file->bytes;
	bool bad = memcmp(file->name, file->content, DIGEST) != 0;
	node->bad += bad;
	struct chunk *chunk = find_chunk(file->name);
	int place = 0;
	while (chunk && place < chunk->copyset->count && chunk->copyset->nodes[place] != node->id)
		place++;
	if (!chunk || place == chunk->copyset->count) {
		node->strays++;
		return;
	}
	node->found++;
	if (!bad && file->bytes == chunk->size)
		chunk->good |= UINT32_C(1) << place;
}

void files_read(void)
{
	for (size_t i = 0; i < walk.node_count; i++) {
		if (!walk.nodes[i].path)
			continue;
		walk.nodes[i].identity = identify(&walk.nodes[i]);
		list_node(&walk.nodes[i]);
	}
	hash_all();
	for (size_t i = 0; i < walk.file_count; i++)
		match_file(&walk.files[i]);
}
