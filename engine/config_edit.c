#include "engine/config_edit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_event.h"
#include "engine/config_file.h"

int config_edit_no_memory(const char *path, struct error *error)
{
	return error_set(error, ERROR_MEMORY, "there is no memory left to edit %s", path);
}

int config_edit_begin(struct config_edit *edit, const char *path, struct error *error)
{
	*edit = (struct config_edit){.path = path};
	edit->lock = config_file_lock(path, error);
	if (edit->lock < 0)
		return -1;
	if (config_file_read(path, &edit->bytes, &edit->text.length, &edit->status, error) == 0) {
		edit->text.bytes = edit->bytes;
		if (config_parse(path, edit->text.bytes, edit->text.length, &edit->config, error) == 0)
			return 0;
	}
	config_edit_end(edit);
	return -1;
}

int config_edit_replace(struct config_edit *edit, struct config_text text, struct error *error)
{
	assert(edit->config);
	return config_file_replace(edit->path, text.bytes, text.length, &edit->status, error);
}

void config_edit_end(struct config_edit *edit)
{
	config_free(edit->config);
	free(edit->bytes);
	config_file_unlock(edit->lock);
}

int config_edit_close(FILE *out, char **bytes, const char *path, struct error *error)
{
	bool failed = ferror(out);
	if (fclose(out) || failed || !*bytes) /* glibc's last reallocation fails silently */
		return config_edit_no_memory(path, error);
	return 0;
}

/* The current event begins an entry; follows it to its end. */
static int follow_item(struct config_events *events, struct config_item *item, struct error *error)
{
	*item = (struct config_item){.begin = events->now.begin, .flow = events->now.flow};
	for (;;) {
		if (config_events_next(events, error))
			return -1;
		assert(events->now.kind == CONFIG_SCALAR || events->now.kind == CONFIG_MAPPING_END);
		/* A block mapping ends where the next thing begins, which is too far; its last scalar does not. */
		if (events->now.kind == CONFIG_SCALAR || item->flow)
			item->end = events->now.end;
		if (events->now.kind == CONFIG_MAPPING_END)
			return 0;
	}
}

/* The current event begins the list; follows it to the end of entry `index`. */
static int follow_list(
	struct config_events *events, size_t index, struct config_list *list, struct error *error)
{
	*list = (struct config_list){
		.column = events->now.mark.column, .begin = events->now.begin, .flow = events->now.flow};
	for (size_t i = 0; i <= index; i++) {
		list->previous = list->item;
		if (config_events_next(events, error))
			return -1;
		assert(events->now.kind == CONFIG_MAPPING);
		if (follow_item(events, &list->item, error))
			return -1;
	}
	assert(list->begin <= list->item.begin && list->item.begin < list->item.end);
	return 0;
}

int config_list_find(const char *path, struct config_text text, size_t index, struct config_list *list,
	struct error *error)
{
	struct config_events events;
	if (config_events_init(&events, path, text.bytes, text.length, error))
		return -1;
	int result = -1;
	bool named = false;
	for (unsigned level = 0;;) {
		if (config_events_next(&events, error))
			break;
		enum config_event_kind kind = events.now.kind;
		assert(kind != CONFIG_END);
		if (level == 1 && named && kind == CONFIG_LIST) {
			result = follow_list(&events, index, list, error);
			break;
		}
		named = level == 1 && kind == CONFIG_SCALAR && !strcmp(events.now.text, "nodes");
		if (kind == CONFIG_MAPPING || kind == CONFIG_LIST)
			level++;
		else if (kind == CONFIG_MAPPING_END || kind == CONFIG_LIST_END)
			level--;
	}
	config_events_release(&events);
	return result;
}

size_t config_text_line_begin(struct config_text text, size_t at)
{
	assert(at <= text.length);
	while (at > 0 && text.bytes[at - 1] != '\n')
		at--;
	return at;
}

size_t config_text_line_end(struct config_text text, size_t at)
{
	assert(at <= text.length);
	const char *end = memchr(text.bytes + at, '\n', text.length - at);
	return end ? (size_t)(end - text.bytes) : text.length;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t config_text_skip_blanks(struct config_text text, size_t at)
{
	while (at < text.length && is_blank(text.bytes[at]))
		at++;
	return at;
}

size_t config_text_skip_to_token(struct config_text text, size_t at)
{
	for (;;) {
		at = config_text_skip_blanks(text, at);
		if (at < text.length && text.bytes[at] == '#')
			at = config_text_line_end(text, at);
		if (at == text.length || text.bytes[at] != '\n')
			return at;
		at++;
	}
}

void config_text_copy(FILE *out, struct config_text text, size_t begin, size_t end)
{
	assert(begin <= end && end <= text.length);
	fwrite(text.bytes + begin, 1, end - begin, out);
}
