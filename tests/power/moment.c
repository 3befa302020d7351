#include "moment.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/must.h"

/* ---- what is alike ---- */

/* The name that each inode had last. */
struct naming {
	const char *name; /* NULL: it never had one */
	size_t folder;
};

static void note_name(struct naming *names, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_CREATE:
	case CHANGE_FOLDER:
	case CHANGE_LINK:
		names[change->inode] = (struct naming){change->name, change->folder};
		break;
	case CHANGE_UNNAMED:
		names[change->inode] = (struct naming){NULL, change->folder};
		break;
	case CHANGE_RENAME:
		names[change->inode] = (struct naming){change->name2, change->folder2};
		break;
	default:
		break;
	}
}

/* A run of hexadecimal digits counts as one sign. */
static uint64_t add_name(uint64_t sum, const char *name)
{
	static const char digits[] = "0123456789abcdef";
	while (*name) {
		size_t run = strspn(name, digits);
		sum = mix(sum, run ? '#' : (unsigned char)*name, 0);
		name += run ? run : 1;
	}
	return mix(sum, '/', 0);
}

static uint64_t add_path(uint64_t sum, const struct naming *names, size_t inode)
{
	while (inode != 0) {
		sum = add_name(sum, names[inode].name ? names[inode].name : "?");
		inode = names[inode].folder;
	}
	return sum;
}

static uint64_t kind_of(const struct naming *names, const struct change *change)
{
	uint64_t sum = mix(change->kind, 0, 0);
	switch (change->kind) {
	case CHANGE_RENAME:
		sum = add_path(add_name(sum, change->name), names, change->folder);
		return add_path(add_name(sum, change->name2), names, change->folder2);
	case CHANGE_LINK:
	case CHANGE_UNLINK:
		return add_path(add_name(sum, change->name), names, change->folder);
	case CHANGE_BEGAN:
	case CHANGE_ENDED:
		return sum;
	default:
		return add_path(sum, names, change->inode);
	}
}

static bool is_event(const struct change *change)
{
	return change->kind >= CHANGE_FLUSH || change->kind == CHANGE_LINK || change->kind == CHANGE_RENAME ||
	       change->kind == CHANGE_UNLINK;
}

/* ---- what is hasty ---- */

/* For each inode, until when what happened to it is not durable: that names in it went, its bytes, its own name. */
struct haste {
	size_t names, bytes, name;
};

static void delay(size_t *until, size_t covered)
{
	*until = *until > covered ? *until : covered;
}

static void note_haste(struct haste *haste, const struct change *change, size_t covered)
{
	switch (change->kind) {
	case CHANGE_RENAME:
		delay(&haste[change->folder2].names, covered);
		delay(&haste[change->folder].names, covered);
		break;
	case CHANGE_UNLINK:
		delay(&haste[change->folder].names, covered);
		break;
	case CHANGE_FOLDER:
		delay(&haste[change->inode].name, covered);
		break;
	case CHANGE_WRITE:
	case CHANGE_SIZE:
		delay(&haste[change->inode].bytes, covered);
		break;
	default:
		break;
	}
}

static bool is_hasty(const struct haste *haste, const struct change *change, size_t at)
{
	size_t folder = change->kind == CHANGE_RENAME ? change->folder2 : change->folder;
	bool names = change->kind == CHANGE_LINK || change->kind == CHANGE_RENAME;
	if (!names && change->kind != CHANGE_UNLINK)
		return false;
	return haste[folder].names > at || haste[folder].name > at ||
	       (names && haste[change->inode].bytes > at);
}

/* ---- noting ---- */

static int by_kind(const void *left, const void *right)
{
	const struct event *a = left, *b = right;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void sort_events(struct events *events)
{
	qsort(events->list, events->count, sizeof(*events->list), by_kind);
	for (size_t i = 0; i < events->count; i++)
		if (i == 0 || events->list[i].kind != events->list[i - 1].kind)
			events->kinds[events->kind_count++] = i;
	events->kinds[events->kind_count] = events->count;
}

static struct events events_of(size_t most)
{
	return (struct events){.list = must_calloc(most, sizeof(struct event)),
		.kinds = must_calloc(most + 1, sizeof(size_t))};
}

void moments_note(struct moments *moments, const struct recording *recording, const size_t *covered)
{
	struct naming *names = must_calloc(recording->inodes, sizeof(*names));
	struct haste *haste = must_calloc(recording->inodes, sizeof(*haste));
	struct events *all = &moments->all, *hasty = &moments->hasty;
	*all = events_of(recording->count);
	*hasty = events_of(recording->count);
	for (size_t i = 0; i < recording->count; i++) {
		const struct change *change = &recording->changes[i];
		if (i > recording->base && is_event(change))
			all->list[all->count++] = (struct event){kind_of(names, change), i};
		if (i > recording->base && is_hasty(haste, change, i))
			hasty->list[hasty->count++] = (struct event){kind_of(names, change), i};
		note_name(names, change);
		note_haste(haste, change, covered[i]);
	}
	free(names);
	free(haste);
	sort_events(all);
	sort_events(hasty);
}

void moments_release(struct moments *moments)
{
	free(moments->all.list);
	free(moments->all.kinds);
	free(moments->hasty.list);
	free(moments->hasty.kinds);
}

/* ---- drawing ---- */

/* Of any kind as likely as of any other. */
static size_t draw_event(struct draw *draw, const struct events *events)
{
	size_t kind = draw_below(draw, events->kind_count), first = events->kinds[kind];
	return events->list[first + draw_below(draw, events->kinds[kind + 1] - first)].at;
}

/* Before an event, after it, or some changes later, when what it prepared or promised may have been relied on. */
static size_t draw_near(struct draw *draw, size_t at, const struct recording *recording)
{
	static const size_t spans[] = {2, 2, 8, 60};
	size_t moment = at + draw_below(draw, spans[draw_below(draw, 4)]);
	return moment < recording->count ? moment : recording->count;
}

size_t moment_draw_hasty(struct draw *draw, const struct moments *moments)
{
	return moments->hasty.count ? draw_event(draw, &moments->hasty) + 1 : SIZE_MAX;
}

size_t moment_draw(struct draw *draw, const struct moments *moments, const struct recording *recording)
{
	const struct events *all = &moments->all;
	size_t how = draw_below(draw, 100);
	if (how < 25 || all->count == 0)
		return recording->base + 1 + draw_below(draw, recording->count - recording->base);
	if (how < 45)
		return draw_near(draw, all->list[draw_below(draw, all->count)].at, recording);
	return draw_near(draw, draw_event(draw, all), recording);
}
