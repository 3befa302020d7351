/*
 * oracle.h: a console on a grid whose questions about files, chunks, pairs of nodes and snapshots the test answers
 * when it likes.
 *
 * The store it tells of has `files` files, numbered from 1, whose facts follow from their numbers; a filter is taken
 * for a number of files, or of differences. One file has a map of chunks of its own. Answers live until oracle_end().
 * Whoever counts the owners of an answer finds the count behind it; these have so many that none is the last.
 */
#ifndef LINCKIA_TESTS_SCREEN_ORACLE_H
#define LINCKIA_TESTS_SCREEN_ORACLE_H

#include "tests/screen/golden.h"
#include "tests/screen/viewer.h"

enum { ORACLE_KEPT = 32768, ORACLE_OWNERS = 512, ORACLE_VERSIONS = 3, ORACLE_NAME = 48 };

struct oracle {
	struct console console;
	struct sample sample;
	struct question asked[QUESTION_KINDS]; /* the newest; texts and ids are copies */
	char filter[STORE_NAME_MAX + 2];
	int64_t ids[INQUIRY_ROWS_MAX];
	char before[160], after[160], diff_filter[STORE_NAME_MAX + 2];
	int asked_count[QUESTION_KINDS];
	char sent[STORE_NAME_MAX + 64]; /* the words of the last command, one after the other */
	int sent_count;

	/* The store. */
	int64_t files, first_id; /* ids are first_id + 0 … files - 1 */
	const char *name;        /* of every file, or NULL */
	const char *failure;     /* of every answer, or NULL */
	uint64_t chunks;         /* of a file that is opened */
	uint8_t *live, *want;    /* `chunks` of them; NULL: 3 of 3 */
	const uint32_t *pairs;   /* NULL: all pairs share 100 */
	size_t pair_nodes;
	bool removed;         /* all names were */
	size_t snapshots;     /* the newest one's name is taken-SNAPSHOTS */
	uint64_t differences; /* of each kind in turn, whatever is compared */

	void *kept[ORACLE_KEPT]; /* memory of the answers */
	size_t kept_count;
};

static inline void *oracle_keep(struct oracle *oracle, size_t size)
{
	void *memory = calloc(1, size);
	assert_non_null(memory);
	assert_true(oracle->kept_count < ORACLE_KEPT);
	return oracle->kept[oracle->kept_count++] = memory;
}

static inline void oracle_ask(void *context, const struct question *question)
{
	struct oracle *oracle = context;
	struct question *asked = &oracle->asked[question->kind];
	*asked = *question;
	oracle->asked_count[question->kind]++;
	if (question->kind == QUESTION_FILES) {
		snprintf(oracle->filter, sizeof(oracle->filter), "%s", question->files.filter);
		asked->files.filter = oracle->filter;
	}
	if (question->kind == QUESTION_DIFF) {
		snprintf(oracle->before, sizeof(oracle->before), "%s", question->diff.before);
		snprintf(oracle->after, sizeof(oracle->after), "%s", question->diff.after);
		snprintf(oracle->diff_filter, sizeof(oracle->diff_filter), "%s", question->diff.filter);
	}
	if (question->kind == QUESTION_ROWS) {
		assert_in_range(question->rows.count, 1, INQUIRY_ROWS_MAX);
		memcpy(oracle->ids, question->rows.ids, question->rows.count * sizeof(*oracle->ids));
		asked->rows.ids = oracle->ids;
	}
}

static inline void oracle_run(void *context, const char *const *words, size_t count, bool typed)
{
	struct oracle *oracle = context;
	(void)typed;
	viewer_join(oracle->sent, sizeof(oracle->sent), words, count, " ");
	oracle->sent_count++;
}

static inline struct answer *oracle_answer(struct oracle *oracle, enum question_kind kind)
{
	struct answer *answer = oracle_keep(oracle, sizeof(*answer) + ORACLE_OWNERS);
	memset(answer + 1, 0x40, ORACLE_OWNERS);
	answer->kind = kind;
	answer->ticket = oracle->asked[kind].ticket;
	answer->sequence = oracle->console.view->sequence;
	answer->failure = oracle->failure;
	return answer;
}

/* Its name is written to `name`. */
static inline struct answer_file_row oracle_row(
	const struct oracle *oracle, int64_t id, char name[ORACLE_NAME])
{
	snprintf(name, ORACLE_NAME, "folder/file-%06lld", (long long)id);
	return (struct answer_file_row){
		.id = id,
		.name = oracle->name != NULL ? oracle->name : name,
		.kind = id % 97 == 0 ? ENTRY_LINK : ENTRY_FILE,
		.version = (uint64_t)(1 + id % 3),
		.versions = (uint64_t)(1 + id % 3),
		.size_bytes = (uint64_t)id * 1000003 % 5000000,
		.stored_ms = SAMPLE_NOW_MS - id * 3600000,
		.mtime_ns = (SAMPLE_NOW_MS - id * 7200000) * 1000000,
		.removed = oracle->removed,
		.ended_ms = oracle->removed ? SAMPLE_NOW_MS - id * 60000 : 0,
		.replication_factor = 3,
		.chunks = (uint64_t)(1 + id % 5),
		.worst_live = id % 97 == 0   ? -1
			      : id % 11 == 0 ? 0
			      : id % 7 == 0  ? 1
			      : id % 5 == 0  ? 2
					     : 3,
		.want = 3,
	};
}

static inline void oracle_fill_files(struct oracle *oracle, struct answer *answer)
{
	size_t count = (size_t)oracle->files;
	if (oracle->filter[0] != '\0')
		count = (size_t)strtoull(oracle->filter, NULL, 10);
	int64_t *ids = oracle_keep(oracle, (count + 1) * sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		ids[i] = oracle->first_id + (int64_t)i;
	answer->files.ids = ids;
	answer->files.count = count;
	answer->files.size_bytes = count * 1500000;
}

static inline void oracle_fill_rows(struct oracle *oracle, struct answer *answer)
{
	size_t count = oracle->asked[QUESTION_ROWS].rows.count;
	struct answer_file_row *rows = oracle_keep(oracle, count * sizeof(*rows));
	char(*names)[ORACLE_NAME] = oracle_keep(oracle, count * sizeof(*names));
	/* A file that is gone by now is left out. */
	for (size_t i = 0; i < count; i++)
		if (oracle->ids[i] >= oracle->first_id && oracle->ids[i] < oracle->first_id + oracle->files)
			rows[answer->rows.count++] = oracle_row(oracle, oracle->ids[i], names[i]);
	answer->rows.rows = rows;
}

static inline const char *oracle_snapshot_name(struct oracle *oracle, size_t number)
{
	char *name = oracle_keep(oracle, ORACLE_NAME);
	snprintf(name, ORACLE_NAME, "taken-%zu", number);
	return name;
}

static inline void oracle_fill_snapshots(struct oracle *oracle, struct answer *answer)
{
	size_t count = oracle->snapshots;
	struct answer_snapshot *snapshots = oracle_keep(oracle, (count + 1) * sizeof(*snapshots));
	for (size_t i = 0; i < count; i++)
		snapshots[i] = (struct answer_snapshot){.name = oracle_snapshot_name(oracle, count - i),
			.sequence = count - i,
			.created_ms = SAMPLE_NOW_MS - (int64_t)(i * i) * 3700000 - 60000,
			.files = 1234 - i * 7,
			.bytes = (UINT64_C(5) << 30) - i * 10000000};
	answer->snapshots.snapshots = snapshots;
	answer->snapshots.count = count;
}

static inline struct answer_difference oracle_difference(
	const struct oracle *oracle, uint64_t number, char name[ORACLE_NAME])
{
	enum difference difference =
		oracle->before[0] == '\0' ? DIFFERENCE_ADDED : (enum difference)(number % DIFFERENCES);
	bool was = difference != DIFFERENCE_ADDED, is = difference != DIFFERENCE_REMOVED;
	snprintf(name, ORACLE_NAME, "folder/name-%06llu", (unsigned long long)number);
	return (struct answer_difference){.file = (int64_t)number + 1,
		.name = oracle->name != NULL ? oracle->name : name,
		.difference = difference,
		.was_version = was ? 1 + number : 0,
		.is_version = is ? 2 + number : 0,
		.is_kind = number % 10 == 9 ? ENTRY_LINK : ENTRY_FILE,
		.was_bytes = was ? number * 100003 : 0,
		.is_bytes = is ? number * 110003 : 0};
}

static inline void oracle_fill_diff(struct oracle *oracle, struct answer *answer)
{
	const struct question *asked = &oracle->asked[QUESTION_DIFF];
	struct answer_difference *rows = oracle_keep(oracle, INQUIRY_DIFF_MAX * sizeof(*rows));
	uint64_t count = oracle->differences;
	if (oracle->diff_filter[0] != '\0')
		count = strtoull(oracle->diff_filter, NULL, 10);
	answer->diff.rows = rows;
	for (uint64_t i = 0; i < count; i++) {
		char name[ORACLE_NAME];
		struct answer_difference row = oracle_difference(oracle, i, name);
		struct answer_difference_sum *sum = &answer->diff.sums[row.difference];
		sum->names++;
		sum->was_bytes += row.was_bytes;
		sum->is_bytes += row.is_bytes;
		if (asked->diff.hidden[row.difference])
			continue;
		if (answer->diff.count < INQUIRY_DIFF_MAX)
			rows[answer->diff.count++] =
				oracle_difference(oracle, i, oracle_keep(oracle, ORACLE_NAME));
		else
			answer->diff.more = true;
	}
}

static inline void oracle_fill_file(struct oracle *oracle, struct answer *answer)
{
	const struct question *asked = &oracle->asked[QUESTION_FILE];
	struct answer_version *versions = oracle_keep(oracle, ORACLE_VERSIONS * sizeof(*versions));
	for (int i = 0; i < ORACLE_VERSIONS; i++) {
		versions[i] = (struct answer_version){.number = (uint64_t)(ORACLE_VERSIONS - i),
			.current = i == 0 && !oracle->removed,
			.size_bytes = 4000000 - (uint64_t)i * 7,
			.chunks = oracle->chunks,
			.new_bytes = i == 0 ? 1048576 : INQUIRY_UNKNOWN,
			.stored_ms = SAMPLE_NOW_MS - i * 86400000,
			.ended_ms = i == 0 ? 0 : SAMPLE_NOW_MS - (i - 1) * 86400000};
		if (i == 1 && oracle->snapshots > 1)
			versions[i].snapshot_count = oracle->snapshots - 1;
		versions[i].snapshot_first = i == 1;
		memset(versions[i].sha256, "abc"[i], STORE_DIGEST_HEX - 1);
	}
	const char **names = oracle_keep(oracle, (oracle->snapshots + 1) * sizeof(*names));
	for (size_t i = 0; i < oracle->snapshots; i++)
		names[i] = oracle_snapshot_name(oracle, oracle->snapshots - i);
	uint8_t *live = oracle_keep(oracle, oracle->chunks + 1),
		*want = oracle_keep(oracle, oracle->chunks + 1);
	memset(live, 3, oracle->chunks);
	memset(want, 3, oracle->chunks);
	if (oracle->live != NULL)
		memcpy(live, oracle->live, oracle->chunks);
	answer->file.row = oracle_row(oracle, asked->file.id, oracle_keep(oracle, ORACLE_NAME));
	answer->file.row.chunks = oracle->chunks;
	answer->file.snapshots = names;
	answer->file.snapshot_count = oracle->snapshots;
	answer->file.version = asked->file.version != 0 ? asked->file.version : ORACLE_VERSIONS;
	answer->file.versions = versions;
	answer->file.version_count = ORACLE_VERSIONS;
	answer->file.live = live;
	answer->file.want = want;
	answer->file.chunk_count = oracle->chunks;
}

static inline void oracle_fill_chunk(struct oracle *oracle, struct answer *answer)
{
	static const struct answer_replica replicas[] = {
		{"node-1", REPLICA_LIVE}, {"node-4", REPLICA_UNREACHABLE}, {"node-6", REPLICA_BAD}};
	answer->chunk.index = oracle->asked[QUESTION_CHUNK].chunk.index;
	snprintf(answer->chunk.sha256, sizeof(answer->chunk.sha256), "%064llx",
		(unsigned long long)answer->chunk.index + 0xc0de0000);
	answer->chunk.size_bytes = answer->chunk.length = 4194304;
	answer->chunk.want = 3;
	answer->chunk.replicas = replicas;
	answer->chunk.replica_count = 3;
}

static inline void oracle_fill_pairs(struct oracle *oracle, struct answer *answer)
{
	size_t count = oracle->console.view->node_count;
	count = oracle->pair_nodes != 0 ? oracle->pair_nodes : count;
	const char **names = oracle_keep(oracle, (count + 1) * sizeof(*names));
	uint32_t *chunks = oracle_keep(oracle, (count * count + 1) * sizeof(*chunks));
	for (size_t i = 0; i < count; i++)
		names[i] = oracle->console.view->nodes[i].name;
	for (size_t i = 0; i < count * count; i++) {
		chunks[i] = oracle->pairs != NULL ? oracle->pairs[i] : i % (count + 1) == 0 ? 250 : 100;
		if (i % (count + 1) != 0 && chunks[i] > answer->pairs.most)
			answer->pairs.most = chunks[i];
	}
	answer->pairs.nodes = names;
	answer->pairs.count = count;
	answer->pairs.chunks = chunks;
}

/* Answers the newest question of a kind. */
static inline void oracle_speak(struct oracle *oracle, enum question_kind kind)
{
	struct answer *answer = oracle_answer(oracle, kind);
	if (kind == QUESTION_FILES && answer->failure == NULL)
		oracle_fill_files(oracle, answer);
	if (kind == QUESTION_ROWS && answer->failure == NULL)
		oracle_fill_rows(oracle, answer);
	if (kind == QUESTION_FILE && answer->failure == NULL)
		oracle_fill_file(oracle, answer);
	if (kind == QUESTION_CHUNK && answer->failure == NULL)
		oracle_fill_chunk(oracle, answer);
	if (kind == QUESTION_PAIRS && answer->failure == NULL)
		oracle_fill_pairs(oracle, answer);
	if (kind == QUESTION_SNAPSHOTS && answer->failure == NULL)
		oracle_fill_snapshots(oracle, answer);
	if (kind == QUESTION_DIFF && answer->failure == NULL)
		oracle_fill_diff(oracle, answer);
	console_hear(&oracle->console, answer);
	console_settle(&oracle->console);
}

/* Answers whatever waits until nothing does; a screen that asks without end fails the test. */
static inline void oracle_speak_all(struct oracle *oracle)
{
	static const enum question_kind kinds[] = {QUESTION_FILES, QUESTION_ROWS, QUESTION_FILE,
		QUESTION_CHUNK, QUESTION_PAIRS, QUESTION_SNAPSHOTS, QUESTION_DIFF};
	bool any = true;
	for (int rounds = 0; any; rounds++) {
		any = false;
		assert_in_range(rounds, 0, 10);
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
			uint64_t ticket = oracle->console.asked[kinds[i]];
			if (ticket == 0 || console_answer(&oracle->console, kinds[i], ticket) != NULL)
				continue;
			oracle_speak(oracle, kinds[i]);
			any = true;
		}
	}
}

/* An oracle is large, so there is one for the whole program; oracle_end() comes before the next one. */
static struct oracle only_oracle;

static inline struct oracle *oracle_begin(
	enum sample_kind kind, int rows, int columns, const struct glyphs *glyphs)
{
	struct oracle *oracle = &only_oracle;
	memset(oracle, 0, sizeof(*oracle));
	viewer_open(&oracle->console, sample_view(&oracle->sample, kind), glyphs, rows, columns,
		(struct console_link){.context = oracle, .run = oracle_run, .ask = oracle_ask});
	oracle->sample.view.sequence = 1;
	oracle->files = 100000;
	oracle->first_id = 1;
	oracle->chunks = 1000;
	console_settle(&oracle->console);
	return oracle;
}

static inline struct oracle *oracle_begin_golden(const struct golden *golden)
{
	return oracle_begin(golden->kind, golden->rows, golden->columns, golden_glyphs(golden));
}

static inline void oracle_end(struct oracle *oracle)
{
	console_release(&oracle->console);
	for (size_t i = 0; i < oracle->kept_count; i++)
		free(oracle->kept[i]);
	oracle->kept_count = 0;
}

/* oracle_end() as a teardown. */
static inline int oracle_clean(void **state)
{
	(void)state;
	oracle_end(&only_oracle);
	return 0;
}

static inline void oracle_press(struct oracle *oracle, const char *codes)
{
	viewer_press(&oracle->console, codes);
}

/* Presses keys, and answers whatever waits then. */
static inline void oracle_go(struct oracle *oracle, const char *codes)
{
	oracle_press(oracle, codes);
	oracle_speak_all(oracle);
}

/* Goes to the first file of the list. */
static inline void oracle_open_file(struct oracle *oracle)
{
	oracle_go(oracle, "4");
	oracle_go(oracle, "\n");
}

/* Another commit; by then so much time has passed that answers are asked for again. */
static inline void oracle_change(struct oracle *oracle)
{
	oracle->sample.view.sequence++;
	oracle->console.tick_ms += 10000;
	console_show(&oracle->console, &oracle->sample.view);
}

/* Another commit, and answers to whatever waits then. */
static inline void oracle_follow(struct oracle *oracle)
{
	oracle_change(oracle);
	oracle_speak_all(oracle);
}

static inline struct grid *oracle_draw(struct oracle *oracle)
{
	return viewer_draw(&oracle->console);
}

static inline bool oracle_shows(struct oracle *oracle, const char *text)
{
	return grid_shows(oracle_draw(oracle), text);
}

/* The row of the picture with that text, or -1. */
static inline int oracle_row_of(struct oracle *oracle, const char *text)
{
	const struct grid *grid = oracle_draw(oracle);
	for (int row = 0; row < grid->canvas.rows; row++)
		if (strstr(grid_row(grid, row), text) != NULL)
			return row;
	return -1;
}

/* Whether the selected row is the one with that text. */
static inline bool oracle_selects(struct oracle *oracle, const char *text)
{
	int row = oracle_row_of(oracle, text);
	return row >= 0 && strstr(grid_row(oracle_draw(oracle), row), oracle->console.glyphs->marker) != NULL;
}

#endif
