/*
 * config_remove.c: a node removed from a config that people write by hand.
 *
 *   block list   the lines from the entry's dash to its end; of a line on which something stands before
 *                the dash, the rest
 *   flow list    the entry and one comma: the one behind it, or the one before it if there is none behind or that
 *                would tear up lines that begin with commas. An entry that has its lines to itself goes with them,
 *                and a comma too; on a shared line enough blanks go that the rest looks as if written so
 *
 * A comment goes with the entry when it stands in it, or behind it on a line that no entry before shares.
 * Comments on lines of their own stay: nobody knows whether they are about this entry or the next.
 *
 * The result is compared, event by event, with what was there, and read as a config, before it replaces
 * the file; a layout that the rules above do not foresee ends as an error, not as a damaged file.
 */
#include "engine/config.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_edit.h"
#include "engine/config_event.h"

/* Bytes that are left out. */
struct cut {
	size_t begin, end;
};

enum { CUTS_MAX = 2 };

static bool has(struct config_text text, size_t at, char c)
{
	return at < text.length && text.bytes[at] == c;
}

/* Whether nothing stands on the line before `at`. */
static bool starts_line(struct config_text text, size_t at)
{
	return config_text_skip_blanks(text, config_text_line_begin(text, at)) >= at;
}

/* Whether no more than a comment stands on the line from `at` on. */
static bool ends_line(struct config_text text, size_t at)
{
	size_t rest = config_text_skip_blanks(text, at);
	return rest == text.length || has(text, rest, '\n') || has(text, rest, '#');
}

static size_t before_blanks(struct config_text text, size_t at)
{
	while (at > 0 && (text.bytes[at - 1] == ' ' || text.bytes[at - 1] == '\t'))
		at--;
	return at;
}

/* Where the line break begins that ends the line of `at`: a line feed, or what stands before one. */
static size_t before_break(struct config_text text, size_t at)
{
	size_t end = config_text_line_end(text, at);
	return end < text.length && end > 0 && text.bytes[end - 1] == '\r' ? end - 1 : end;
}

/* The lines from that of `begin` to that of `end`, with the last one's line break. */
static struct cut whole_lines(struct config_text text, size_t begin, size_t end)
{
	size_t first = config_text_line_begin(text, begin), last = config_text_line_end(text, end);
	if (last < text.length)
		return (struct cut){first, last + 1};
	/* No line break ends the text, and none shall: the one before goes instead. */
	return (struct cut){first > 0 ? before_break(text, first - 1) : 0, last};
}

static struct cut cut_block(struct config_text text, const struct config_list *list)
{
	const struct config_item *previous = &list->previous;
	size_t dash = previous->end ? config_text_skip_to_token(text, previous->end) : list->begin;
	if (starts_line(text, dash))
		return whole_lines(text, dash, list->item.end);
	return (struct cut){before_blanks(text, dash), before_break(text, list->item.end)};
}

/* A comma that is not cut together with its entry. */
static struct cut cut_comma(struct config_text text, size_t comma)
{
	size_t rest = config_text_skip_blanks(text, comma + 1);
	bool ends = has(text, rest, '\n');
	if (!starts_line(text, comma))
		return (struct cut){ends ? before_blanks(text, comma) : comma, comma + 1};
	if (ends)
		return whole_lines(text, comma, comma);
	return (struct cut){comma, rest};
}

/* An entry, perhaps with a comma, and the blanks and the comment that go with it. `shared`: see the head. */
static struct cut widen(struct config_text text, struct cut unit, bool shared)
{
	size_t rest = config_text_skip_blanks(text, unit.end);
	bool starts = starts_line(text, unit.begin);
	if (starts && ends_line(text, unit.end))
		return whole_lines(text, unit.begin, unit.end);
	if (ends_line(text, unit.end))
		return (struct cut){before_blanks(text, unit.begin),
			has(text, rest, '#') && !shared ? before_break(text, rest) : unit.end};
	/* What follows stays as far from the comma, or from the entry before, as it was from this entry. */
	if (has(text, unit.begin, ',') || has(text, unit.begin - 1, ','))
		return unit;
	if (!starts && rest == unit.end && has(text, rest, ']'))
		return (struct cut){before_blanks(text, unit.begin), unit.end};
	return (struct cut){unit.begin, rest};
}

/* Whether blanks and line breaks, but no comment, stand between `begin` and the token at `end`. */
static bool is_white(struct config_text text, size_t begin, size_t end)
{
	return begin <= end && !memchr(text.bytes + begin, '#', end - begin);
}

/* Returns how many cuts there are, one or two, in any order. */
static size_t cut_flow(struct config_text text, const struct config_list *list, struct cut cuts[CUTS_MAX])
{
	const struct config_item *previous = &list->previous, *item = &list->item;
	size_t after = config_text_skip_to_token(text, item->end);
	size_t before = previous->end ? config_text_skip_to_token(text, previous->end) : 0;
	bool follows = has(text, after, ',');
	bool closes = follows && config_text_skip_blanks(text, item->end) == after;
	bool joins = before && config_text_skip_blanks(text, before + 1) == item->begin;
	bool leads = joins && starts_line(text, before);
	struct cut unit = {item->begin, item->end};
	size_t comma = 0; /* one that is cut by itself */
	if (closes)
		unit.end = after + 1;
	else if (follows && !leads)
		comma = after;
	else if (joins || (is_white(text, before, item->begin) && !ends_line(text, item->end)))
		unit.begin = before;
	else
		comma = before;
	bool shared = previous->end && !memchr(text.bytes + previous->end, '\n', item->end - previous->end);
	cuts[0] = widen(text, unit, shared);
	if (!comma)
		return 1;
	cuts[1] = cut_comma(text, comma);
	return 2;
}

/* The text without entry `index`; the caller frees `*bytes`. `*list` tells where the entry stood. */
static int leave_out(const struct config_edit *edit, size_t index, struct config_list *list, char **bytes,
	size_t *length, struct error *error)
{
	struct cut cuts[CUTS_MAX];
	struct config_text text = edit->text;
	*bytes = NULL;
	if (config_list_find(edit->path, text, index, list, error))
		return -1;
	size_t count = 1;
	if (list->flow)
		count = cut_flow(text, list, cuts);
	else
		cuts[0] = cut_block(text, list);
	if (count == 2 && cuts[1].begin < cuts[0].begin) {
		struct cut first = cuts[1];
		cuts[1] = cuts[0];
		cuts[0] = first;
	}
	FILE *out = open_memstream(bytes, length);
	if (!out)
		return config_edit_no_memory(edit->path, error);
	size_t at = 0;
	for (size_t i = 0; i < count; i++) {
		assert(at <= cuts[i].begin && cuts[i].begin < cuts[i].end);
		config_text_copy(out, text, at, cuts[i].begin);
		at = cuts[i].end;
	}
	config_text_copy(out, text, at, text.length);
	return config_edit_close(out, bytes, edit->path, error);
}

/* Reads the next event, passing over the entry whose mapping begins at `item`. */
static int next_but(struct config_events *events, size_t item, struct error *error)
{
	if (config_events_next(events, error))
		return -1;
	if (events->now.kind != CONFIG_MAPPING || events->now.begin != item)
		return 0;
	while (events->now.kind != CONFIG_MAPPING_END) {
		if (config_events_next(events, error))
			return -1;
	}
	return config_events_next(events, error);
}

static bool is_same_event(const struct config_event *a, const struct config_event *b)
{
	if (a->kind != b->kind || a->flow != b->flow || a->quoted != b->quoted)
		return false;
	return a->kind != CONFIG_SCALAR || !strcmp(a->text, b->text);
}

static int compare(struct config_events *old, struct config_events *new, size_t item, struct error *error)
{
	do {
		if (next_but(old, item, error) || config_events_next(new, error))
			return -1;
		if (!is_same_event(&old->now, &new->now))
			return error_set(error, ERROR_CONFIG, "the rest would be read as something else");
	} while (old->now.kind != CONFIG_END);
	return 0;
}

/* Whether `text` says the same as what is there, but for the entry whose mapping begins at `item`. */
static int compare_texts(
	const struct config_edit *edit, struct config_text text, size_t item, struct error *error)
{
	struct config_events old, new;
	if (config_events_init(&old, edit->path, edit->text.bytes, edit->text.length, error))
		return -1;
	int result = -1;
	if (!config_events_init(&new, edit->path, text.bytes, text.length, error)) {
		result = compare(&old, &new, item, error);
		config_events_release(&new);
	}
	config_events_release(&old);
	return result;
}

static int check_result(const struct config_edit *edit, struct config_text text, size_t item,
	const char *name, struct error *error)
{
	struct config *config = NULL;
	struct error why = {0};
	int result = config_parse(edit->path, text.bytes, text.length, &config, &why);
	if (!result)
		result = compare_texts(edit, text, item, &why);
	assert(result || config->node_count + 1 == edit->config->node_count);
	if (result && why.code != ERROR_MEMORY)
		error_context(&why,
			"the node '%s' cannot be removed from %s by itself; remove it with an editor", name,
			edit->path);
	if (result && error)
		*error = why;
	config_free(config);
	return result;
}

/* Which node is called `name`, unless it must stay. */
static int find(const struct config_edit *edit, const char *name, size_t *index, struct error *error)
{
	const struct config *config = edit->config;
	const struct config_node *node = config_find_node(config, name);
	if (!node)
		return error_set(error, ERROR_NOT_FOUND, "the config %s has no node '%s'", edit->path, name);
	if (config->node_count == 1)
		return error_set(error, ERROR_REFUSED,
			"the node '%s' is the only one in the config %s, which needs at least one", name,
			edit->path);
	for (size_t i = 0; i < config->link_count; i++) {
		const struct config_link *link = &config->links[i];
		if (!strcmp(link->from, name) || !strcmp(link->to, name))
			return error_set(error, ERROR_REFUSED,
				"the config %s has a link from '%s' to '%s' in network.links; remove that "
				"before the node '%s'",
				edit->path, link->from, link->to, name);
	}
	*index = (size_t)(node - config->nodes);
	return 0;
}

int config_remove_node(const char *path, const char *name, struct error *error)
{
	struct config_edit edit;
	struct config_list list;
	struct config_text text = {0};
	char *bytes = NULL;
	size_t index = 0;
	if (config_edit_begin(&edit, path, error))
		return -1;
	int result = find(&edit, name, &index, error);
	if (!result)
		result = leave_out(&edit, index, &list, &bytes, &text.length, error);
	text.bytes = bytes;
	if (!result)
		result = check_result(&edit, text, list.item.begin, name, error);
	if (!result)
		result = config_edit_replace(&edit, text, error);
	free(bytes);
	config_edit_end(&edit);
	return result;
}
