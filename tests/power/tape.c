/*
 * tape.c: which flush covers which change.
 */
#include <stdlib.h>
#include <string.h>

#include "loss.h"
#include "tests/support/must.h"

static bool is_entry(enum change_kind kind)
{
	return kind == CHANGE_CREATE || kind == CHANGE_FOLDER || kind == CHANGE_LINK ||
	       kind == CHANGE_RENAME || kind == CHANGE_UNLINK;
}

static bool is_data(enum change_kind kind)
{
	return kind == CHANGE_WRITE || kind == CHANGE_SIZE || kind == CHANGE_MODE;
}

size_t tape_disk(const struct tape *tape, const struct change *change)
{
	/* A node's own name is on its disk. */
	bool named = is_entry(change->kind) && change->kind != CHANGE_FOLDER;
	return tape->disk_of[named ? change->folder : change->inode];
}

/* Whether the flush that began as `flush` covers an earlier change. */
static bool covers(const struct tape *tape, enum loss_model model, const struct change *flush,
	const struct change *change)
{
	bool entry = is_entry(change->kind);
	if (!entry && !is_data(change->kind))
		return false;
	size_t at = entry ? change->folder : change->inode;
	bool same_disk = tape->disk_of[flush->inode] == tape_disk(tape, change);
	if (flush->kind == CHANGE_FLUSH_ALL)
		return same_disk;
	if (model == LOSS_ORDERED && same_disk && change->kind != CHANGE_WRITE)
		return true;
	return flush->inode == at || (change->kind == CHANGE_RENAME && flush->inode == change->folder2);
}

static size_t find_end(const struct recording *recording, size_t begin)
{
	const struct change *flush = &recording->changes[begin];
	for (size_t i = begin + 1; i < recording->count; i++)
		if (recording->changes[i].kind == flush->kind + 1 &&
			recording->changes[i].token == flush->token)
			return i;
	return SIZE_MAX;
}

static void note_covered(struct tape *tape, enum loss_model model)
{
	const struct recording *recording = &tape->recording;
	size_t *covered = must_calloc(recording->count, sizeof(*covered));
	for (size_t i = 0; i < recording->count; i++)
		covered[i] = i < recording->base ? 0 : SIZE_MAX;
	for (size_t i = recording->base; i < recording->count; i++) {
		const struct change *flush = &recording->changes[i];
		if (flush->kind != CHANGE_FLUSH && flush->kind != CHANGE_FLUSH_ALL)
			continue;
		size_t end = find_end(recording, i);
		for (size_t j = recording->base; j < i && end != SIZE_MAX; j++)
			if (end < covered[j] && covers(tape, model, flush, &recording->changes[j]))
				covered[j] = end;
	}
	tape->covered[model] = covered;
}

static void note_disks(struct tape *tape)
{
	const struct recording *recording = &tape->recording;
	tape->disk_of = must_calloc(recording->inodes, 1);
	tape->disks = 1;
	for (size_t i = 0; i < recording->count; i++) {
		const struct change *change = &recording->changes[i];
		bool is_node = change->kind == CHANGE_FOLDER && strncmp(change->name, "node-", 5) == 0;
		if (is_node && (tape->apart || tape->disks == 1) && ++tape->disks > DISKS_MAX)
			die("there are too many nodes");
		if (change->kind == CHANGE_CREATE || change->kind == CHANGE_UNNAMED ||
			change->kind == CHANGE_FOLDER)
			tape->disk_of[change->inode] =
				(unsigned char)(is_node ? tape->disks - 1 : tape->disk_of[change->folder]);
	}
}

void tape_load(struct tape *tape, const char *path, bool apart)
{
	tape->apart = apart;
	recording_load(&tape->recording, path);
	note_disks(tape);
	disk_init(&tape->base, tape->recording.inodes);
	for (size_t i = 0; i < tape->recording.base; i++)
		disk_apply(&tape->base, &tape->recording.changes[i]);
	for (int model = 0; model < LOSS_MODELS; model++)
		note_covered(tape, (enum loss_model)model);
	moments_note(&tape->moments, &tape->recording, tape->covered[LOSS_STRICT]);
}

void tape_release(struct tape *tape)
{
	for (int model = 0; model < LOSS_MODELS; model++)
		free(tape->covered[model]);
	disk_release(&tape->base);
	moments_release(&tape->moments);
	free(tape->disk_of);
	recording_release(&tape->recording);
}
