#include "recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/must.h"

/* ---- writing ---- */

static struct recorded of_inode(enum change_kind kind, const struct stat *status)
{
	return (struct recorded){
		.kind = (uint16_t)kind, .inode = status->st_ino, .mode = status->st_mode & 07777};
}

static void append(int file, struct recorded *entry, const char *name, const void *data)
{
	struct iovec parts[RECORDING_PARTS];
	size_t size = recording_parts(entry, name, "", data, parts);
	if (writev(file, parts, RECORDING_PARTS) != (ssize_t)size)
		die("cannot write the recording: %s", strerror(errno));
}

/* Blocks of nothing but zeros are left out, so that files that only keep room cost none. */
static void begin_file(int file, int fd, const struct stat *status)
{
	enum { BLOCK = 4096 };
	static const unsigned char zeros[BLOCK];
	unsigned char block[BLOCK];
	struct recorded size = of_inode(CHANGE_SIZE, status);
	size.size = (uint64_t)status->st_size;
	append(file, &size, "", NULL);
	ssize_t got;
	for (off_t at = 0; (got = pread(fd, block, BLOCK, at)) > 0; at += got) {
		struct recorded entry = of_inode(CHANGE_WRITE, status);
		if (memcmp(block, zeros, (size_t)got) == 0)
			continue;
		entry.offset = at;
		entry.data_bytes = (uint32_t)got;
		append(file, &entry, "", block);
	}
	if (got < 0)
		die("cannot read a file to be recorded: %s", strerror(errno));
}

static void begin_folder(int file, int folder, uint64_t inode)
{
	DIR *stream = fdopendir(folder);
	if (!stream)
		die("cannot read a folder to be recorded: %s", strerror(errno));
	for (struct dirent *name; (name = readdir(stream));) {
		struct stat status;
		if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
			continue;
		int fd = openat(folder, name->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &status) < 0)
			die("cannot record %s: %s", name->d_name, strerror(errno));
		bool is_folder = S_ISDIR(status.st_mode);
		struct recorded entry = of_inode(is_folder ? CHANGE_FOLDER : CHANGE_CREATE, &status);
		entry.folder = inode;
		append(file, &entry, name->d_name, NULL);
		if (is_folder) {
			begin_folder(file, fd, status.st_ino);
		} else {
			begin_file(file, fd, &status);
			close(fd);
		}
	}
	closedir(stream);
}

void recording_begin(const char *path, const char *folder)
{
	struct stat status;
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file < 0 || fd < 0 || fstat(fd, &status) < 0)
		die("cannot record %s in %s: %s", folder, path, strerror(errno));
	struct recorded root = of_inode(CHANGE_FOLDER, &status);
	append(file, &root, "", NULL);
	begin_folder(file, fd, status.st_ino);
	root.kind = CHANGE_BASE;
	append(file, &root, "", NULL);
	close(file);
}

void recording_note(const char *path, enum change_kind kind, uint64_t number, uint64_t status)
{
	struct recorded entry = {.kind = (uint16_t)kind, .token = number, .size = status};
	int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (file < 0)
		die("cannot open the recording %s: %s", path, strerror(errno));
	append(file, &entry, "", NULL);
	close(file);
}

/* ---- reading ---- */

/* Which place in the list an inode of the system has now. */
struct numbers {
	struct {
		uint64_t inode;
		size_t place; /* plus 1; 0: free */
	} * slots;
	size_t size;
};

static size_t *place_of(struct numbers *numbers, uint64_t inode)
{
	size_t at = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 20) % numbers->size;
	while (numbers->slots[at].place && numbers->slots[at].inode != inode)
		at = (at + 1) % numbers->size;
	numbers->slots[at].inode = inode;
	return &numbers->slots[at].place;
}

static size_t known_place(struct numbers *numbers, uint64_t inode)
{
	size_t place = *place_of(numbers, inode);
	if (place == 0)
		die("the recording tells of the inode %llu, but not how it came to be",
			(unsigned long long)inode);
	return place - 1;
}

static bool makes_inode(unsigned kind)
{
	return kind == CHANGE_CREATE || kind == CHANGE_UNNAMED || kind == CHANGE_FOLDER;
}

static void take(struct recording *recording, struct numbers *numbers, const struct recorded *entry,
	const unsigned char *rest)
{
	struct change *change = &recording->changes[recording->count];
	*change = (struct change){.kind = entry->kind,
		.mode = entry->mode,
		.token = entry->token,
		.offset = entry->offset,
		.size = entry->kind == CHANGE_WRITE ? entry->data_bytes : entry->size,
		.name = entry->name_bytes ? (const char *)rest : "",
		.name2 = entry->name2_bytes ? (const char *)rest + entry->name_bytes : "",
		.data = rest + entry->name_bytes + entry->name2_bytes};
	if (makes_inode(entry->kind))
		*place_of(numbers, entry->inode) = ++recording->inodes;
	if (entry->inode)
		change->inode = known_place(numbers, entry->inode);
	if (entry->folder)
		change->folder = known_place(numbers, entry->folder);
	if (entry->folder2)
		change->folder2 = known_place(numbers, entry->folder2);
	recording->count++;
	if (entry->kind == CHANGE_BASE)
		recording->base = recording->count;
}

void recording_load(struct recording *recording, const char *path)
{
	size_t size;
	*recording = (struct recording){.bytes = read_file(path, &size)};
	size_t most = size / sizeof(struct recorded) + 1;
	struct numbers numbers = {.size = 2 * most + 1};
	numbers.slots = must_calloc(numbers.size, sizeof(*numbers.slots));
	recording->changes = must_calloc(most, sizeof(*recording->changes));
	struct recorded entry;
	for (size_t at = 0; at < size; at += entry.bytes) {
		if (size - at < sizeof(entry))
			die("the recording %s ends in the middle of an entry", path);
		memcpy(&entry, recording->bytes + at, sizeof(entry));
		if (entry.kind >= CHANGE_KINDS || entry.bytes > size - at ||
			entry.bytes !=
				sizeof(entry) + entry.name_bytes + entry.name2_bytes + entry.data_bytes)
			die("the recording %s is damaged at byte %zu", path, at);
		take(recording, &numbers, &entry, recording->bytes + at + sizeof(entry));
	}
	free(numbers.slots);
	if (recording->base == 0)
		die("the recording %s does not say what it begins with", path);
}

void recording_release(struct recording *recording)
{
	free(recording->changes);
	free(recording->bytes);
}
