#include "expect.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/must.h"

/* ---- pairs ---- */

static struct pair *find(const struct pairs *pairs, const char *name, const char *content)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->list[i].name, name) == 0 &&
			(!content || strcmp(pairs->list[i].content, content) == 0))
			return &pairs->list[i];
	return NULL;
}

const char *pairs_find(const struct pairs *pairs, const char *name)
{
	const struct pair *found = find(pairs, name, NULL);
	return found ? found->content : NULL;
}

bool pairs_have(const struct pairs *pairs, const char *name, const char *content)
{
	return find(pairs, name, content) != NULL;
}

static void add(struct pairs *pairs, const char *name, const char *content)
{
	pairs->list = must_grow(pairs->list, pairs->count + 1, sizeof(*pairs->list));
	pairs->list[pairs->count++] = (struct pair){text("%s", name), text("%s", content)};
}

static void drop(struct pairs *pairs, const char *name, const char *content)
{
	struct pair *found = find(pairs, name, content);
	if (!found)
		return;
	free(found->name);
	free(found->content);
	*found = pairs->list[--pairs->count];
}

static struct pairs copy(const struct pairs *from)
{
	struct pairs made = {0};
	for (size_t i = 0; i < from->count; i++)
		add(&made, from->list[i].name, from->list[i].content);
	return made;
}

static void release(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		free(pairs->list[i].name);
		free(pairs->list[i].content);
	}
	free(pairs->list);
}

/* ---- the whole ---- */

struct expect expect_copy(const struct expect *from)
{
	struct expect made = {.now = copy(&from->now),
		.versions = copy(&from->versions),
		.snapshots = must_calloc(from->snapshot_count, sizeof(*made.snapshots)),
		.snapshot_count = from->snapshot_count};
	for (size_t i = 0; i < from->snapshot_count; i++)
		made.snapshots[i] =
			(struct held){text("%s", from->snapshots[i].name), copy(&from->snapshots[i].now)};
	return made;
}

void expect_release(struct expect *expect)
{
	release(&expect->now);
	release(&expect->versions);
	for (size_t i = 0; i < expect->snapshot_count; i++) {
		free(expect->snapshots[i].name);
		release(&expect->snapshots[i].now);
	}
	free(expect->snapshots);
}

const struct held *expect_snapshot(const struct expect *expect, const char *name)
{
	for (size_t i = 0; i < expect->snapshot_count; i++)
		if (strcmp(expect->snapshots[i].name, name) == 0)
			return &expect->snapshots[i];
	return NULL;
}

static void take_snapshot(struct expect *expect, const char *name)
{
	expect->snapshots =
		must_grow(expect->snapshots, expect->snapshot_count + 1, sizeof(*expect->snapshots));
	expect->snapshots[expect->snapshot_count++] = (struct held){text("%s", name), copy(&expect->now)};
}

static void drop_snapshot(struct expect *expect, const char *name)
{
	for (size_t i = 0; i < expect->snapshot_count; i++) {
		if (strcmp(expect->snapshots[i].name, name) != 0)
			continue;
		free(expect->snapshots[i].name);
		release(&expect->snapshots[i].now);
		expect->snapshots[i] = expect->snapshots[--expect->snapshot_count];
		return;
	}
}

static void set(struct expect *expect, const char *name, char how, const char *content)
{
	if (how == '~') {
		drop(&expect->versions, name, content);
		return;
	}
	drop(&expect->now, name, NULL);
	if (strcmp(content, "-") == 0)
		return;
	add(&expect->now, name, content);
	if (!pairs_have(&expect->versions, name, content))
		add(&expect->versions, name, content);
}

/* One word such as "x=a", or one for each of the small files. */
static void apply_word(struct expect *expect, char *word)
{
	if (*word == '+') {
		take_snapshot(expect, word + 1);
		return;
	}
	if (*word == '-') {
		drop_snapshot(expect, word + 1);
		return;
	}
	char *middle = strpbrk(word, "=~"), *star = strchr(word, '*');
	if (!middle)
		die("an effect that makes no sense: %s", word);
	char how = *middle;
	*middle = '\0';
	if (!star) {
		set(expect, word, how, middle + 1);
		return;
	}
	for (int i = 0; i < SMALL_FILES; i++) {
		char *name = text("%.*s%02d", (int)(star - word), word, i);
		const char *last = strchr(middle + 1, '*');
		char *content = last ? text("%.*s%02d", (int)(last - middle - 1), middle + 1, i)
				     : text("%s", middle + 1);
		set(expect, name, how, content);
		free(name);
		free(content);
	}
}

void expect_apply(struct expect *expect, const char *effect)
{
	char *words = text("%s", effect), *rest = words;
	for (char *word; (word = strtok_r(rest, " ", &rest));)
		apply_word(expect, word);
	free(words);
}
