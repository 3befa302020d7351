/*
 * rebuild_replay.c: the newest history that the nodes have together.
 *
 * It begins with the newest copy of the catalog that is whole on some node, and goes on with the records that follow,
 * each from any node that has it. Records of one commit are the same wherever they are. Where none has the next one,
 * because lines are damaged on all, the story goes on after the gap, which is told.
 *
 * A history that a rebuild has ended counts only up to its end: what a node that was away then had beyond it was
 * given up at that time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/rebuild.h"

enum { FACTS_PER_COMMIT = 32768 };

/* ---- taking in facts ---- */

static int take_fact(
	struct rebuild *rebuild, const char *line, size_t length, uint64_t sequence, struct error *error)
{
	cJSON *fact = cJSON_ParseWithLength(line, length);
	if (!fact)
		return error_set(error, ERROR_DAMAGED, "the record %llu has a line that is no JSON",
			(unsigned long long)sequence);
	int result = catalog_regrow_apply(rebuild->catalog, fact, sequence, error);
	cJSON_Delete(fact);
	if (result < 0 || ++rebuild->pending < FACTS_PER_COMMIT)
		return result;
	rebuild->pending = 0;
	if (rebuild_check_cancel(rebuild, error) < 0 || catalog_commit(rebuild->catalog, error) < 0)
		return -1;
	return catalog_begin(rebuild->catalog, error);
}

/* ---- the copy ---- */

struct candidate {
	struct rebuild_source *source;
	uint64_t sequence;
	char history[UUID_SIZE];
	char ended[1024];
};

static bool is_header(const cJSON *fact, const struct rebuild *rebuild, struct candidate *candidate)
{
	char store[UUID_SIZE];
	int64_t format;
	return fact && strcmp(fact_kind(fact), "catalog") == 0 && fact_get_integer(fact, "format", &format) &&
	       format == FACT_FORMAT && fact_get_word(fact, "store", store, sizeof(store)) &&
	       strcmp(store, rebuild->store_uuid) == 0 &&
	       fact_get_word(fact, "history", candidate->history, sizeof(candidate->history)) &&
	       fact_get_word(fact, "ended_histories", candidate->ended, sizeof(candidate->ended));
}

static bool open_copy(struct rebuild *rebuild, const struct candidate *candidate, struct journal_lines *lines)
{
	if (journal_lines_open(
		    lines, rebuild->env, candidate->source->root, JOURNAL_COPY, candidate->sequence) == 0)
		return true;
	candidate->source->unread = true;
	return false;
}

/* Reads the first line. False when that is not what a copy begins with. */
static bool read_header(struct rebuild *rebuild, struct candidate *candidate)
{
	struct journal_lines lines;
	const char *line;
	size_t length;
	uint64_t offset;
	if (!open_copy(rebuild, candidate, &lines))
		return false;
	int got = journal_lines_next(&lines, &line, &length, &offset);
	cJSON *fact = got == 1 ? fact_parse(line, length) : NULL;
	bool good = is_header(fact, rebuild, candidate);
	candidate->source->unread = candidate->source->unread || got < 0;
	cJSON_Delete(fact);
	journal_lines_close(&lines);
	return good;
}

/* Whether every line is intact, and the last one says how many there are. */
static bool is_whole(struct rebuild *rebuild, const struct candidate *candidate)
{
	struct journal_lines lines;
	const char *line;
	size_t length;
	uint64_t offset, count = 0;
	bool whole = false;
	int got;
	if (!open_copy(rebuild, candidate, &lines))
		return false;
	while ((got = journal_lines_next(&lines, &line, &length, &offset)) == 1) {
		whole = false;
		if (!fact_is_intact(line, length))
			break;
		if (memmem(line, length < 64 ? length : 64, "\"fact\":\"end\"", 12)) {
			cJSON *fact = cJSON_ParseWithLength(line, length);
			int64_t said;
			whole = fact && fact_get_integer(fact, "lines", &said) && (uint64_t)said == count;
			cJSON_Delete(fact);
		}
		count++;
	}
	candidate->source->unread = candidate->source->unread || got < 0;
	journal_lines_close(&lines);
	return whole;
}

/* Whether another one's history went on from an earlier point of this one's. */
static bool is_superseded(const struct candidate *candidate, const struct candidate *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(all[i].ended, candidate->history);
		const char *number = at ? at + strlen(candidate->history) : NULL;
		if (number && *number == ':' && strtoull(number + 1, NULL, 10) < candidate->sequence)
			return true;
	}
	return false;
}

static int newest_first(const void *a, const void *b)
{
	uint64_t first = ((const struct candidate *)a)->sequence,
		 second = ((const struct candidate *)b)->sequence;
	return (first < second) - (first > second);
}

/* All copies with a good first line; the caller frees them. */
static struct candidate *list_candidates(struct rebuild *rebuild, size_t *count)
{
	size_t room = 0;
	for (size_t i = 0; i < rebuild->source_count; i++)
		room += rebuild->sources[i].copy_count;
	struct candidate *all = calloc(room + 1, sizeof(*all));
	*count = 0;
	for (size_t i = 0; all && i < rebuild->source_count; i++) {
		struct rebuild_source *source = &rebuild->sources[i];
		for (size_t j = 0; j < source->copy_count; j++) {
			struct candidate *candidate = &all[*count];
			*candidate = (struct candidate){.source = source, .sequence = source->copies[j]};
			if (read_header(rebuild, candidate))
				(*count)++;
			else
				rebuild_say(rebuild, "%s: its copy of the catalog of commit %llu is damaged",
					source->name, (unsigned long long)candidate->sequence);
		}
	}
	if (all)
		qsort(all, *count, sizeof(*all), newest_first);
	return all;
}

static int take_copy(struct rebuild *rebuild, const struct candidate *candidate, struct error *error)
{
	struct journal_lines lines;
	const char *line;
	size_t length;
	uint64_t offset;
	if (journal_lines_open(
		    &lines, rebuild->env, candidate->source->root, JOURNAL_COPY, candidate->sequence) < 0)
		return error_set_errno(error, errno, "%s: its copy of the catalog cannot be opened",
			candidate->source->name);
	int result = 0, got;
	while (result == 0 && (got = journal_lines_next(&lines, &line, &length, &offset)) != 0)
		result = got < 0 ? error_set_errno(error, errno, "%s: its copy of the catalog cannot be read",
					   candidate->source->name)
				 : take_fact(rebuild, line, length, candidate->sequence, error);
	journal_lines_close(&lines);
	return result;
}

static int begin_with_copy(struct rebuild *rebuild, struct error *error)
{
	size_t count;
	struct candidate *all = list_candidates(rebuild, &count);
	const struct candidate *chosen = NULL;
	if (!all)
		return error_set(error, ERROR_MEMORY, "cannot regrow the catalog");
	for (size_t i = 0; i < count && !chosen; i++) {
		if (is_superseded(&all[i], all, count))
			continue;
		if (is_whole(rebuild, &all[i]))
			chosen = &all[i];
		else
			rebuild_say(rebuild, "%s: its copy of the catalog of commit %llu is damaged",
				all[i].source->name, (unsigned long long)all[i].sequence);
	}
	int result = 0;
	memcpy(rebuild->history, rebuild->store_uuid, sizeof(rebuild->history));
	if (chosen) {
		rebuild->sequence = chosen->sequence;
		memcpy(rebuild->history, chosen->history, sizeof(rebuild->history));
		rebuild_say(rebuild, "beginning with the copy of the catalog of commit %llu on %s",
			(unsigned long long)chosen->sequence, chosen->source->name);
		result = take_copy(rebuild, chosen, error);
	}
	free(all);
	return result;
}

/* ---- records ---- */

static int read_record(
	struct rebuild *rebuild, struct rebuild_source *source, char **text, struct error *error)
{
	if (journal_read_range(rebuild->env, source->root, JOURNAL_RECORDS, source->head_file,
		    source->head.start, source->head.end, text) == 0)
		return 0;
	return error_set_errno(error, errno, "%s: its journal cannot be read", source->name);
}

/* Whether the record of a new history says that it goes on from another one. */
static bool begins_history(struct rebuild *rebuild, struct rebuild_source *source)
{
	char *text;
	struct error ignored;
	if (read_record(rebuild, source, &text, &ignored) < 0)
		return false;
	size_t size = (size_t)(source->head.end - source->head.start);
	bool begins = memmem(text, size < 64 ? size : 64, "\"fact\":\"regrown\"", 16) != NULL;
	free(text);
	return begins;
}

static bool is_usable(struct rebuild *rebuild, struct rebuild_source *source)
{
	return strcmp(source->head.history, rebuild->history) == 0 || begins_history(rebuild, source);
}

/* Passes over what is in the catalog already, and what is of a history that was given up. */
static void skip_used(struct rebuild *rebuild, struct rebuild_source *source)
{
	while (source->has_head &&
		(source->head.sequence <= rebuild->sequence || !is_usable(rebuild, source)))
		rebuild_advance(rebuild, source);
}

/*
 * The source with the record that comes next: one that follows on the last, and of these one that begins a new
 * history; else the earliest of those after a gap.
 */
static struct rebuild_source *find_next(struct rebuild *rebuild)
{
	struct rebuild_source *next = NULL;
	for (size_t i = 0; i < rebuild->source_count; i++) {
		struct rebuild_source *source = &rebuild->sources[i];
		skip_used(rebuild, source);
		if (!source->has_head)
			continue;
		bool follows = source->head.previous == rebuild->sequence;
		bool next_follows = next && next->head.previous == rebuild->sequence;
		bool renews = strcmp(source->head.history, rebuild->history) != 0;
		if (!next || (follows && (!next_follows || renews)) ||
			(!follows && !next_follows && source->head.sequence < next->head.sequence))
			next = source;
	}
	return next;
}

static int take_record(struct rebuild *rebuild, struct rebuild_source *source, struct error *error)
{
	char *text;
	if (read_record(rebuild, source, &text, error) < 0)
		return -1;
	uint64_t sequence = source->head.sequence;
	const char *line = text, *end = text + (source->head.end - source->head.start);
	int result = 0;
	while (result == 0 && line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line);
		result = take_fact(rebuild, line, length, sequence, error);
		line += length + 1;
	}
	free(text);
	if (result < 0 && error->code == ERROR_DAMAGED)
		error_context(error,
			"%s: its journal cannot be used; without that node in the config, the others can",
			source->name);
	rebuild->sequence = sequence;
	memcpy(rebuild->history, source->head.history, sizeof(rebuild->history));
	rebuild->result->records++;
	return result;
}

static int take_records(struct rebuild *rebuild, struct error *error)
{
	struct rebuild_source *source;
	for (size_t i = 0; i < rebuild->source_count; i++)
		rebuild_advance(rebuild, &rebuild->sources[i]);
	while ((source = find_next(rebuild))) {
		if (source->head.previous != rebuild->sequence) {
			rebuild->result->gaps++;
			rebuild_say(rebuild,
				"records between commit %llu and commit %llu are missing on every node: what "
				"was stored, removed or changed then may be missing, or be as it was before",
				(unsigned long long)rebuild->sequence,
				(unsigned long long)source->head.sequence);
		}
		if (take_record(rebuild, source, error) < 0)
			return -1;
	}
	rebuild_say(rebuild, "went on with %llu records, up to commit %llu",
		(unsigned long long)rebuild->result->records, (unsigned long long)rebuild->sequence);
	return 0;
}

/*
 * A record was acknowledged once it was on the journals of min_replicas nodes. Those that are not there have been
 * told of and are given up, as the one who asks may have to; a disk that fails to read is a reason to wait.
 */
static int check_read(struct rebuild *rebuild, struct error *error)
{
	unsigned unread = 0;
	for (size_t i = 0; i < rebuild->source_count; i++)
		unread += rebuild->sources[i].unread;
	if (unread == 0 || rebuild->options->force ||
		unread + rebuild->result->nodes_absent < rebuild->config->min_replicas)
		return 0;
	return error_set(error, ERROR_UNAVAILABLE,
		"the journals of %u %s cannot be read to the end, so that what was stored last might be "
		"lost; nothing was changed. Repeat 'linckia rebuild' when their disks answer, or add --force "
		"to do without what they know",
		unread, unread == 1 ? "node that is there" : "nodes that are there");
}

int rebuild_replay(struct rebuild *rebuild, struct error *error)
{
	rebuild_list_journals(rebuild);
	if (begin_with_copy(rebuild, error) < 0 || take_records(rebuild, error) < 0 ||
		check_read(rebuild, error) < 0)
		return -1;
	if (rebuild->sequence == 0)
		return error_set(error, ERROR_NOT_FOUND,
			"no node has a copy of the catalog or a record that is whole, so there is nothing to "
			"regrow it from; if other nodes of the store exist, bring them back");
	rebuild->result->sequence = rebuild->sequence;
	return 0;
}
