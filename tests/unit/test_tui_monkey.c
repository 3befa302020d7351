/*
 * Promises of the console that hold whatever anybody does: keys, clicks, sizes, views, answers and jobs in any order
 * neither break it nor draw off the canvas, and a read-only console changes nothing.
 */
#include "tests/screen/stage.h"

#define NCURSES_NOMACROS
#include <curses.h>
#include <stdatomic.h>

#include "engine/arena.h"
#include "tui/layout.h"

enum { STEPS = 4000, JOBS = 3 };

static uint64_t seed;

static unsigned draw_lot(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % below;
}

static struct sample samples[2];

static const struct view *other_view(int which)
{
	return sample_view(&samples[which], (enum sample_kind)draw_lot(SAMPLES));
}

static int other_code(void)
{
	static const int codes[] = {KEY_UP, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_PPAGE, KEY_NPAGE, KEY_HOME,
		KEY_END, KEY_BTAB, KEY_BACKSPACE, KEY_DC, KEY_ENTER, '\t', '\n', CODE_ESCAPE, 21,
		KEY_CHARACTER + 0xe9, KEY_CHARACTER + 0x4e00, KEY_CHARACTER + 0x301, ':', '/', '?'};
	if (draw_lot(3) == 0)
		return codes[draw_lot(sizeof(codes) / sizeof(*codes))];
	return ' ' + (int)draw_lot(95);
}

static void other_size(struct console *console)
{
	static const int sizes[][2] = {{1, 1}, {10, 40}, {10, 39}, {9, 40}, {24, 80}, {60, 200}, {11, 41},
		{15, 300}, {100, 40}, {16, 130}};
	unsigned which = draw_lot(2 * sizeof(sizes) / sizeof(*sizes));
	bool known = which < sizeof(sizes) / sizeof(*sizes);
	console->rows = known ? sizes[which][0] : 1 + (int)draw_lot(GRID_ROWS);
	console->columns = known ? sizes[which][1] : 1 + (int)draw_lot(GRID_COLUMNS);
}

/* Screens keep references to answers; these are nobody's to free but the test's. See engine/inquiry.c. */
struct box {
	struct answer answer;
	struct arena arena;
	atomic_uint references;
	struct box *next;
};
static struct box *boxes;

static struct answer *new_answer(void)
{
	struct box *box = calloc(1, sizeof(*box));
	assert_non_null(box);
	atomic_store(&box->references, 1000000);
	box->next = boxes;
	boxes = box;
	return &box->answer;
}

static void free_answers(void)
{
	for (struct box *box; (box = boxes) != NULL; free(box))
		boxes = box->next;
}

enum { MANY = 600 };
static int64_t ids[MANY];
static struct answer_file_row rows[MANY];
static struct answer_version versions[MANY];
static struct answer_replica replicas[] = {{"node-1", REPLICA_LIVE}, {"node-\xff", REPLICA_BAD}};
static uint8_t live[MANY], want[MANY];
static const char *node_names[MANY];
static uint32_t pairs[MANY * MANY];
static struct answer_snapshot snapshots[MANY];
static struct answer_difference differences[MANY];

static void make_facts(struct stage *stage)
{
	for (int i = 0; i < MANY; i++) {
		ids[i] = i + 1;
		live[i] = (uint8_t)(i % 7 == 0 ? 255 : i % 4);
		want[i] = (uint8_t)(i % 3);
		node_names[i] = stage->answers.names[i % SAMPLE_LOSS_FILES];
		rows[i] = (struct answer_file_row){.id = i + 1,
			.name = i % 5 == 0 ? "a\xff\n\x1b[31m/\xe4\xb8\xad" : node_names[i],
			.kind = (enum entry_kind)(i % 3),
			.version = i % 9 == 0 ? UINT64_MAX : 1,
			.versions = i % 9 == 0 ? UINT64_MAX : 1,
			.size_bytes = i % 6 == 0 ? UINT64_MAX : 1,
			.stored_ms = i % 11 == 0 ? -5 : SAMPLE_NOW_MS,
			.worst_live = i % 8 - 1,
			.want = 3};
		versions[i] = (struct answer_version){.number = (uint64_t)(MANY - i),
			.current = i == 0,
			.size_bytes = rows[i].size_bytes,
			.new_bytes = i % 4 == 0 ? INQUIRY_UNKNOWN : 77,
			.stored_ms = rows[i].stored_ms,
			.snapshot_first = (size_t)i,
			.snapshot_count = (size_t)(i % 3 < MANY - i ? i % 3 : 0),
			.sha256 = ""};
		rows[i].removed = i % 10 == 3;
		snapshots[i] = (struct answer_snapshot){
			rows[i].name, 1, rows[i].stored_ms, rows[i].versions, rows[i].size_bytes};
		differences[i] = (struct answer_difference){.file = 1 + i % 50,
			.name = rows[i].name,
			.difference = (enum difference)(i % DIFFERENCES),
			.was_version = i % DIFFERENCES == DIFFERENCE_ADDED ? 0 : UINT64_MAX,
			.is_version = i % DIFFERENCES == DIFFERENCE_REMOVED ? 0 : UINT64_MAX,
			.is_kind = rows[i].kind,
			.was_bytes = UINT64_MAX,
			.is_bytes = rows[i].size_bytes};
	}
	for (int i = 0; i < SAMPLE_NODE_EVENTS; i++) {
		struct view_event *event = &stage->answers.event[i];
		event->trigger = i % 3 == 0 ? "node-4 is down" : "";
		event->source = i % 4 == 0 ? "node-1" : "";
		event->target = i % 5 == 0 ? "node-2" : "";
		event->result = "";
		event->duration_ms = i % 6 == 0 ? INT64_MAX : -1;
		event->bytes = i % 7 == 0 ? UINT64_MAX : 0;
	}
	for (int i = 0; i < MANY * MANY; i++)
		pairs[i] = i % 13 == 0 ? UINT32_MAX : (uint32_t)i;
}

static size_t some(size_t most)
{
	return draw_lot(3) == 0 ? draw_lot(3) : draw_lot((unsigned)most + 1);
}

static void fill_answer(struct answer *answer, struct stage *stage)
{
	size_t count = some(MANY);
	switch (answer->kind) {
	case QUESTION_FILES:
		answer->files.ids = ids;
		answer->files.count = count;
		break;
	case QUESTION_ROWS:
		answer->rows.rows = rows;
		answer->rows.count = count;
		break;
	case QUESTION_FILE:
		answer->file.row = rows[draw_lot(MANY)];
		answer->file.versions = versions;
		answer->file.version_count = 1 + some(MANY - 1);
		answer->file.version = versions[draw_lot((unsigned)answer->file.version_count)].number;
		answer->file.snapshots = node_names;
		answer->file.snapshot_count = MANY;
		answer->file.live = live;
		answer->file.want = want;
		answer->file.chunk_count = count;
		break;
	case QUESTION_CHUNK:
		answer->chunk.replicas = replicas;
		answer->chunk.replica_count = some(2);
		answer->chunk.size_bytes = UINT64_MAX;
		break;
	case QUESTION_LOSS:
		*answer = stage->answers.loss;
		answer->loss.sample_count = some(SAMPLE_LOSS_FILES);
		answer->loss.copy_bytes = draw_lot(2) == 0 ? UINT64_MAX : 5;
		answer->loss.rate = draw_lot(2) == 0 ? 1 : 0;
		answer->loss.seconds = draw_lot(2) == 0 ? 1.8e19 : -1;
		break;
	case QUESTION_PAIRS:
		answer->pairs.nodes = node_names;
		answer->pairs.count = some(MANY);
		answer->pairs.chunks = pairs;
		answer->pairs.most = UINT32_MAX;
		break;
	case QUESTION_EVENTS:
		answer->events.events = stage->answers.event;
		answer->events.count = some(SAMPLE_NODE_EVENTS);
		answer->events.older = answer->events.count > 0 && draw_lot(2) == 0;
		break;
	case QUESTION_NODE:
		*answer = stage->answers.node;
		answer->node.by_live[draw_lot(17)] = UINT64_MAX;
		break;
	case QUESTION_NAMES:
		answer->names.names = node_names;
		answer->names.count = some(MANY);
		break;
	case QUESTION_SNAPSHOTS:
		answer->snapshots.snapshots = snapshots;
		answer->snapshots.count = some(MANY);
		answer->snapshots.more = draw_lot(2) == 0;
		break;
	case QUESTION_DIFF:
		answer->diff.rows = differences;
		answer->diff.count = some(MANY);
		answer->diff.more = draw_lot(2) == 0;
		for (int i = 0; i < DIFFERENCES; i++)
			answer->diff.sums[i] = (struct answer_difference_sum){
				draw_lot(2) * UINT64_MAX, UINT64_MAX, UINT64_MAX};
		break;
	case QUESTION_KINDS:
		break;
	}
}

static void some_answer(struct stage *stage)
{
	struct console *console = &stage->console;
	struct answer *answer = new_answer();
	answer->kind = (enum question_kind)draw_lot(QUESTION_KINDS);
	enum question_kind kind = answer->kind;
	if (draw_lot(5) == 0)
		answer->failure = "The catalog cannot be read: input/output error";
	else
		fill_answer(answer, stage);
	answer->kind = kind;
	answer->ticket = console->asked[kind];
	answer->sequence = console->view->sequence + draw_lot(2);
	if (console->asked[kind] == 0)
		return;
	console_hear(console, answer);
	console_settle(console);
}

static struct job jobs[JOBS];
static const struct job *shown_jobs[JOBS];
static struct job_list job_list;

static void some_job(struct console *console)
{
	static char output[] = "linckia: one\nlinckia: two \xff\xfe\nthree\n";
	static char line[] = "put -r 3 /srv/a/very/long/path/that/does/not/fit/into/anything";
	struct job *job = &jobs[draw_lot(JOBS)];
	*job = (struct job){.id = 1 + draw_lot(5),
		.line = line,
		.typed = draw_lot(2) == 0,
		.state = (enum job_state)draw_lot(4),
		.bytes_total = draw_lot(2) == 0 ? UINT64_MAX : 0,
		.bytes_done = draw_lot(2) == 0 ? UINT64_MAX / 2 : 7,
		.outcome = "done",
		.output = output,
		.output_length = draw_lot(2) == 0 ? strlen(output) : 0};
	job_list = (struct job_list){shown_jobs, 1 + draw_lot(JOBS), 0};
	for (size_t i = 0; i < JOBS; i++) {
		jobs[i].line = line;
		shown_jobs[i] = &jobs[i];
		job_list.running += i < job_list.count && jobs[i].state == JOB_RUNNING;
	}
	console->jobs = &job_list;
	if (job->state != JOB_RUNNING)
		console_job_over(console, job);
}

static void step(struct stage *stage, int *which)
{
	struct console *console = &stage->console;
	unsigned lot = draw_lot(100);
	if (lot < 70)
		keys_dispatch(console, other_code());
	else if (lot < 72)
		keys_paste(console, other_code());
	else if (lot < 80)
		console_click(console, (int)draw_lot((unsigned)console->rows),
			(int)draw_lot((unsigned)console->columns), draw_lot(2) == 0);
	else if (lot < 84)
		other_size(console);
	else if (lot < 86)
		console_show(console, other_view(*which = 1 - *which));
	else if (lot < 96)
		some_answer(stage);
	else
		some_job(console);
	console->tick_ms += draw_lot(500);
	console_expire(console);
	if (draw_lot(3) == 0) {
		console_settle(console);
		stage_draw(stage);
	}
}

static const struct word_command commands[] = {
	{.name = "ls",
		.synopsis = "[PREFIX]",
		.summary = "",
		.options = (const struct word_option[]){{.name = "--long", .letter = 'l'}, {0}},
		.operands = {WORD_NAME}},
	{.name = "rm",
		.synopsis = "NAME...",
		.summary = "",
		.operands = {WORD_NAME, WORD_NAME, WORD_NAME, WORD_NAME},
		.changes = true},
	{.name = NULL},
};

static void run(bool read_only, uint64_t from)
{
	seed = from;
	int which = 0;
	struct stage *stage =
		stage_begin(SAMPLE_DEGRADED, 24, 80, draw_lot(2) == 0 ? &glyphs_utf8 : &glyphs_ascii);
	stage->console.read_only = read_only;
	stage->console.commands = commands;
	make_facts(stage);
	for (int i = 0; i < STEPS; i++) {
		step(stage, &which);
		assert_in_range(stage->console.depth, 1, SCREEN_DEPTH);
		if (stage->sent_count > 0) {
			assert_false(read_only && (strstr(stage->sent, "node") != NULL ||
							  strstr(stage->sent, "snapshot") != NULL));
			stage->sent_count = 0;
			stage->sent[0] = '\0';
		}
		stage->console.quit = false;
	}
	stage_end(stage);
	free_answers();
}

static void test_nothing_breaks_the_console(void **state)
{
	(void)state;
	for (uint64_t from = 1; from <= 8; from++)
		run(from % 4 == 0, from);
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_breaks_the_console),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
