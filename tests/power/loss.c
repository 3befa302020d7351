#include "loss.h"

#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "tests/support/must.h"

enum { SECTOR = 512, BLOCK = 4096, RECENT = 12 };
static const size_t ALL_DISKS = SIZE_MAX;

const char *loss_model_name(enum loss_model model)
{
	static const char *const names[] = {"strict", "ordered", "prefix"};
	return names[model];
}

const char *loss_effect_name(enum loss_effect effect)
{
	static const char *const names[] = {"writes dropped", "writes torn", "losses out of order",
		"sizes lost", "sectors of zeros", "sectors of garbage", "names lost",
		"flushed files without a name", "names that came back", "losses within a flush",
		"mapped files changed", "losses of disks with habits of their own"};
	return names[effect];
}

/* What becomes of one inode's changes that no flush covers. */
struct fate {
	bool drawn;
	size_t first;      /* such change */
	size_t size_limit; /* changes of its size before that one are kept */
	size_t unit;       /* what is written whole: SECTOR, BLOCK, or 0 for everything or nothing */
	size_t least;      /* writes before that one are kept in all sectors, … */
	size_t limit;      /* … and with a unit of 0 just those before that one */
	bool garbage;
	uint64_t durable_size;
};

/* How a disk deals with what no flush covers. */
struct habit {
	enum loss_model model;
	size_t cut;       /* ordered, prefix: names are kept before that one */
	size_t settled;   /* strict: what came before that one has been written by then, flushed or not */
	unsigned percent; /* of the rest, how much is kept, or … */
	size_t chosen;    /* … SIZE_MAX, or the one change that fares otherwise than all the others */
	bool chosen_kept;
};

struct loss {
	const struct tape *tape;
	size_t moment;
	struct habit habits[DISKS_MAX];
	struct draw draw;
	uint64_t seed;
	struct disk *disk;
	uint64_t *effects;
	struct fate *fates; /* by inode */
	size_t *open;       /* changes that no flush covers, in their order */
	size_t open_count;
	struct blocked {
		size_t folder;
		const char *name;
	} * blocked; /* names that are to stay as they are, as a change of theirs was dropped */
	size_t blocked_count;
	bool dropped_any, reordered;
};

static const struct change *change_at(const struct loss *loss, size_t i)
{
	return &loss->tape->recording.changes[i];
}

static const struct habit *habit_of(const struct loss *loss, size_t i)
{
	return &loss->habits[tape_disk(loss->tape, change_at(loss, i))];
}

static bool is_open(const struct loss *loss, size_t i)
{
	return loss->tape->covered[habit_of(loss, i)->model][i] >= loss->moment;
}

/* ---- what is to be lost ---- */

static void list_open(struct loss *loss)
{
	const struct recording *recording = &loss->tape->recording;
	size_t flushing = 0;
	loss->open = must_calloc(loss->moment, sizeof(*loss->open));
	for (size_t i = recording->base; i < loss->moment; i++) {
		enum change_kind kind = recording->changes[i].kind;
		flushing += kind == CHANGE_FLUSH || kind == CHANGE_FLUSH_ALL;
		flushing -= kind == CHANGE_FLUSHED || kind == CHANGE_FLUSHED_ALL;
		if (kind <= CHANGE_MODE && kind != CHANGE_UNNAMED && is_open(loss, i))
			loss->open[loss->open_count++] = i;
	}
	loss->effects[EFFECT_MIDFLUSH] += flushing > 0;
}

static bool is_on(const struct loss *loss, size_t i, size_t disk)
{
	return disk == ALL_DISKS || tape_disk(loss->tape, change_at(loss, i)) == disk;
}

/* In order up to a moment after everything that is durable, by name or, for the prefix, at all. */
static size_t draw_cut(struct loss *loss, enum loss_model model, size_t disk)
{
	size_t least = loss->tape->recording.base;
	for (size_t i = least; i < loss->moment; i++) {
		enum change_kind kind = change_at(loss, i)->kind;
		bool counts = kind <= CHANGE_MODE && kind != CHANGE_UNNAMED &&
			      (model == LOSS_PREFIX || kind != CHANGE_WRITE);
		if (counts && is_on(loss, i, disk) && !is_open(loss, i))
			least = i + 1;
	}
	return least + draw_below(&loss->draw, loss->moment - least + 1);
}

/*
 * One of the last `most` changes, of any kind or of names, on that disk that no flush covers; the moment of the loss
 * if there is none.
 */
static size_t draw_open(struct loss *loss, size_t disk, size_t most, bool names)
{
	size_t count = 0, drawn = loss->moment;
	for (size_t i = loss->open_count; i-- > 0 && count < most;) {
		size_t at = loss->open[i];
		if (is_on(loss, at, disk) && (!names || change_at(loss, at)->kind <= CHANGE_UNLINK) &&
			draw_below(&loss->draw, ++count) == 0)
			drawn = at;
	}
	return drawn;
}

/* Whether the change `at`, which came before that of a name, is one of those that make it hasty (moment.h). */
static bool is_under(const struct loss *loss, size_t at, const struct change *name)
{
	const struct change *change = change_at(loss, at);
	size_t folder = name->kind == CHANGE_RENAME ? name->folder2 : name->folder;
	switch (change->kind) {
	case CHANGE_WRITE:
	case CHANGE_SIZE:
		return name->kind != CHANGE_UNLINK && change->inode == name->inode;
	case CHANGE_FOLDER:
		return change->inode == folder;
	case CHANGE_RENAME:
		return change->folder == folder || change->folder2 == folder;
	default:
		return change->kind == CHANGE_UNLINK && change->folder == folder;
	}
}

/* Where a name came or went last: any of the changes that it stands on. Else the moment of the loss. */
static size_t draw_under_last(struct loss *loss, size_t disk)
{
	const struct change *last = change_at(loss, loss->moment - 1);
	size_t count = 0, drawn = loss->moment;
	if (last->kind > CHANGE_UNLINK || !is_on(loss, loss->moment - 1, disk))
		return drawn;
	for (size_t i = 0; i < loss->open_count && loss->open[i] < loss->moment - 1; i++)
		if (is_under(loss, loss->open[i], last) && draw_below(&loss->draw, ++count) == 0)
			drawn = loss->open[i];
	return drawn;
}

static struct habit draw_strict_habit(struct loss *loss, size_t disk)
{
	static const unsigned percents[] = {0, 0, 15, 50, 85};
	static const size_t spans[] = {SIZE_MAX, RECENT, RECENT / 2};
	struct habit habit = {.percent = percents[draw_below(&loss->draw, 5)], .chosen = SIZE_MAX};
	size_t under = draw_chance(&loss->draw, 80) ? draw_under_last(loss, disk) : loss->moment;
	if (under < loss->moment) {
		habit.chosen = under;
		return habit;
	}
	if (draw_chance(&loss->draw, 50)) {
		size_t span = draw_below(&loss->draw, 3);
		size_t chosen = draw_open(loss, disk, spans[span], span == 2);
		habit.chosen = chosen < loss->moment ? chosen : SIZE_MAX;
		habit.chosen_kept = draw_chance(&loss->draw, 30);
	}
	if (draw_chance(&loss->draw, 40))
		habit.settled = draw_open(loss, disk, RECENT, false);
	return habit;
}

static struct habit draw_habit(struct loss *loss, enum loss_model model, size_t disk)
{
	struct habit habit = {.model = model, .chosen = SIZE_MAX};
	if (model == LOSS_STRICT)
		return draw_strict_habit(loss, disk);
	habit.cut = draw_cut(loss, model, disk);
	return habit;
}

/* All disks have the same habit, but that in half of the losses each of many has its own. */
static void draw_habits(struct loss *loss, enum loss_model model)
{
	bool own = loss->tape->apart && draw_chance(&loss->draw, 50);
	for (size_t i = 0; i < loss->tape->disks; i++)
		loss->habits[i].model =
			own && i ? (enum loss_model)draw_below(&loss->draw, LOSS_MODELS) : model;
	list_open(loss);
	struct habit shared = own ? (struct habit){0} : draw_habit(loss, model, ALL_DISKS);
	for (size_t i = 0; i < loss->tape->disks; i++)
		loss->habits[i] = own ? draw_habit(loss, loss->habits[i].model, i) : shared;
	loss->effects[EFFECT_APART] += own;
}

/* Strict: whether a change that no other one bears upon is kept. */
static bool draw_kept(struct loss *loss, const struct habit *habit, size_t i)
{
	if (i < habit->settled)
		return true;
	if (habit->chosen != SIZE_MAX)
		return (i == habit->chosen) == habit->chosen_kept;
	return draw_chance(&loss->draw, habit->percent);
}

/* ---- names ---- */

static bool is_blocked(const struct loss *loss, size_t folder, const char *name)
{
	for (size_t i = 0; i < loss->blocked_count; i++)
		if (loss->blocked[i].folder == folder && strcmp(loss->blocked[i].name, name) == 0)
			return true;
	return false;
}

static void block(struct loss *loss, size_t folder, const char *name)
{
	loss->blocked = must_grow(loss->blocked, loss->blocked_count + 1, sizeof(*loss->blocked));
	loss->blocked[loss->blocked_count++] = (struct blocked){folder, name};
}

static bool keep_name(struct loss *loss, size_t i)
{
	const struct change *change = change_at(loss, i);
	if (!is_open(loss, i))
		return true;
	const struct habit *habit = habit_of(loss, i);
	bool keep = habit->model == LOSS_STRICT ? draw_kept(loss, habit, i) : i < habit->cut;
	bool moved = change->kind == CHANGE_RENAME;
	if (is_blocked(loss, change->folder, change->name) ||
		(moved && is_blocked(loss, change->folder2, change->name2)))
		keep = false;
	if (keep) {
		loss->reordered |= loss->dropped_any;
		return true;
	}
	block(loss, change->folder, change->name);
	if (moved)
		block(loss, change->folder2, change->name2);
	loss->dropped_any = true;
	loss->effects[change->kind == CHANGE_UNLINK ? EFFECT_RETURNED : EFFECT_UNNAMED]++;
	return false;
}

/* ---- bytes ---- */

/* One of the inode's open changes, or the moment of the loss. */
static size_t draw_limit(struct loss *loss, uint64_t bits, size_t inode, size_t from)
{
	size_t count = 1, limit = loss->moment;
	for (size_t i = 0; i < loss->open_count; i++) {
		size_t at = loss->open[i];
		const struct change *change = change_at(loss, at);
		if (at < from || change->inode != inode || change->kind < CHANGE_WRITE)
			continue;
		count++;
		if (bits % count == 0)
			limit = at;
		bits = bits / count * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	}
	return limit;
}

static void draw_strict(
	struct loss *loss, const struct habit *habit, struct fate *fate, size_t inode, size_t first)
{
	size_t chosen_inode = habit->chosen == SIZE_MAX ? SIZE_MAX : change_at(loss, habit->chosen)->inode;
	bool whole = habit->chosen == SIZE_MAX ? draw_chance(&loss->draw, habit->percent)
					       : (inode == chosen_inode) == habit->chosen_kept;
	size_t least = first > habit->settled ? first : habit->settled;
	fate->limit = fate->size_limit = fate->least = whole ? loss->moment : least;
	if (whole || draw_chance(&loss->draw, 40))
		return;
	size_t limit = draw_limit(loss, draw_bits(&loss->draw), inode, 0);
	fate->unit = draw_chance(&loss->draw, 60) ? SECTOR : BLOCK;
	fate->size_limit = draw_chance(&loss->draw, 50) ? loss->moment : limit > least ? limit : least;
	fate->garbage = draw_chance(&loss->draw, 30);
}

/* A file does not shrink out of turn, and does not grow before its bytes are there. */
static void draw_ordered(struct loss *loss, const struct habit *habit, struct fate *fate, size_t inode)
{
	size_t limit = draw_limit(loss, draw_bits(&loss->draw), inode, 0);
	size_t end = loss->moment;
	for (size_t i = 0; i < loss->open_count && end == loss->moment; i++)
		if (loss->open[i] >= habit->cut && change_at(loss, loss->open[i])->inode == inode &&
			change_at(loss, loss->open[i])->kind == CHANGE_SIZE)
			end = loss->open[i];
	fate->size_limit = fate->least = fate->limit = limit < end ? limit : end;
	fate->unit = end == loss->moment && draw_chance(&loss->draw, 50) ? SECTOR : 0;
}

static struct fate *fate_of(struct loss *loss, size_t inode, size_t first)
{
	struct fate *fate = &loss->fates[inode];
	if (fate->drawn)
		return fate;
	*fate = (struct fate){.drawn = true, .first = first, .durable_size = loss->disk->inodes[inode].size};
	const struct habit *habit = habit_of(loss, first);
	if (habit->model == LOSS_STRICT)
		draw_strict(loss, habit, fate, inode, first);
	else if (habit->model == LOSS_ORDERED)
		draw_ordered(loss, habit, fate, inode);
	else
		fate->limit = fate->size_limit = fate->least = habit->cut;
	return fate;
}

/* Up to which change the piece of the file at `offset` is what was written. */
static size_t piece_limit(struct loss *loss, const struct fate *fate, size_t inode, uint64_t offset)
{
	if (fate->unit == 0)
		return fate->limit;
	size_t drawn = draw_limit(loss, mix(loss->seed, inode, offset / fate->unit), inode, fate->first);
	return drawn > fate->least ? drawn : fate->least;
}

static void fill_garbage(struct loss *loss, const struct change *change, uint64_t offset, size_t size)
{
	unsigned char bytes[SECTOR];
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)mix(loss->seed, change->inode, offset + i);
	disk_put(loss->disk, change->inode, offset, bytes, size);
	loss->effects[EFFECT_GARBAGE]++;
}

/* The write that a loss in order ends in may be there up to some sector. */
static size_t last_write_limit(struct loss *loss, size_t i, const struct change *change)
{
	const struct habit *habit = habit_of(loss, i);
	if (habit->model != LOSS_PREFIX || i != habit->cut)
		return 0;
	return draw_below(&loss->draw, (size_t)change->size / SECTOR + 1) * SECTOR;
}

static void keep_write(struct loss *loss, size_t i, const struct change *change, const struct fate *fate)
{
	size_t kept = 0, pieces = 0, partly = last_write_limit(loss, i, change);
	uint64_t end = (uint64_t)change->offset + change->size;
	for (uint64_t at = (uint64_t)change->offset, next; at < end; at = next) {
		next = (at / SECTOR + 1) * SECTOR;
		size_t size = (size_t)((next < end ? next : end) - at);
		size_t limit = piece_limit(loss, fate, change->inode, at);
		const unsigned char *data = change->data + (at - (uint64_t)change->offset);
		pieces++;
		if (i < limit || at - (uint64_t)change->offset + size <= partly) {
			disk_put(loss->disk, change->inode, at, data, size);
			kept++;
		} else if (at >= fate->durable_size && i < fate->size_limit && limit <= fate->first) {
			loss->effects[EFFECT_ZEROS]++;
			if (fate->garbage)
				fill_garbage(loss, change, at, size);
		}
	}
	uint64_t *size = &loss->disk->inodes[change->inode].size;
	uint64_t reached = i < fate->size_limit ? end : partly ? (uint64_t)change->offset + partly : 0;
	if (*size < reached)
		*size = reached;
	if (kept == 0)
		loss->effects[EFFECT_DROPPED]++;
	else if (kept < pieces)
		loss->effects[EFFECT_TORN]++;
	loss->reordered |= kept > 0 && loss->dropped_any;
	loss->dropped_any |= kept < pieces;
}

static void keep_bytes(struct loss *loss, size_t i)
{
	const struct change *change = change_at(loss, i);
	if (!is_open(loss, i)) {
		disk_apply(loss->disk, change);
		return;
	}
	const struct fate *fate = fate_of(loss, change->inode, i);
	if (change->kind == CHANGE_WRITE)
		keep_write(loss, i, change, fate);
	else if (i < fate->size_limit)
		disk_apply(loss->disk, change);
	else
		loss->effects[EFFECT_SHORT] += change->kind == CHANGE_SIZE;
}

/* ---- the whole ---- */

static void keep_entry(struct loss *loss, size_t i)
{
	const struct change *change = change_at(loss, i);
	struct inode *inode = &loss->disk->inodes[change->inode];
	if (change->kind == CHANGE_CREATE || change->kind == CHANGE_FOLDER)
		*inode = (struct inode){
			.exists = true, .folder = change->kind == CHANGE_FOLDER, .mode = change->mode};
	if (!keep_name(loss, i)) {
		loss->effects[EFFECT_ORPHANED] +=
			change->kind == CHANGE_LINK && inode->size > 0 && !loss->fates[change->inode].drawn;
		return;
	}
	if (change->kind == CHANGE_RENAME || change->kind == CHANGE_UNLINK)
		disk_forget(loss->disk, change->folder, change->name);
	if (change->kind == CHANGE_RENAME)
		disk_name(loss->disk, change->folder2, change->name2, change->inode);
	else if (change->kind != CHANGE_UNLINK)
		disk_name(loss->disk, change->folder, change->name, change->inode);
}

static void change_mapped(struct loss *loss, size_t folder)
{
	struct inode *in = &loss->disk->inodes[folder];
	for (size_t i = in->count; i-- > 0;) {
		const struct entry entry = in->entries[i];
		struct inode *file = &loss->disk->inodes[entry.inode];
		if (file->folder || !disk_is_mapped(entry.name))
			continue;
		bool memory = strcmp(entry.name, "traffic") != 0;
		size_t become = draw_below(&loss->draw, 4);
		loss->effects[EFFECT_MAPPED] += become > 0;
		if (become == 1) {
			disk_set_size(loss->disk, entry.inode, 0);
			file->size = memory ? 32768 : 65600;
		} else if (become == 2 && memory) {
			for (uint64_t at = 0; at < file->size; at += SECTOR)
				fill_garbage(loss, &(struct change){.inode = entry.inode}, at, SECTOR);
		} else if (become == 3) {
			disk_forget(loss->disk, folder, entry.name);
		}
	}
}

static void do_all(struct loss *loss)
{
	for (size_t i = loss->tape->recording.base; i < loss->moment; i++) {
		enum change_kind kind = change_at(loss, i)->kind;
		if (kind == CHANGE_UNNAMED)
			disk_apply(loss->disk, change_at(loss, i));
		else if (kind <= CHANGE_UNLINK)
			keep_entry(loss, i);
		else if (kind <= CHANGE_MODE)
			keep_bytes(loss, i);
	}
	for (size_t i = 0; i < loss->disk->count; i++)
		if (loss->disk->inodes[i].folder)
			change_mapped(loss, i);
	loss->effects[EFFECT_REORDERED] += loss->reordered;
}

void loss_make(const struct tape *tape, size_t moment, enum loss_model model, uint64_t seed,
	struct disk *disk, uint64_t effects[LOSS_EFFECTS])
{
	struct loss loss = {.tape = tape,
		.moment = moment,
		.draw = {mix(seed, moment, model)},
		.seed = seed,
		.disk = disk,
		.effects = effects};
	disk_share(disk, &tape->base);
	loss.fates = must_calloc(tape->recording.inodes, sizeof(*loss.fates));
	draw_habits(&loss, model);
	do_all(&loss);
	free(loss.open);
	free(loss.fates);
	free(loss.blocked);
}
