/*
 * stage.h: a console on a grid, for tests: keys go in, pictures, commands and questions come out.
 */
#ifndef LINCKIA_TESTS_SCREEN_STAGE_H
#define LINCKIA_TESTS_SCREEN_STAGE_H

#include "tests/screen/golden.h"
#include "tests/screen/sample_answers.h"
#include "tests/screen/viewer.h"

struct stage {
	struct console console;
	struct sample sample;
	struct sample_answers answers;
	char sent[4096]; /* the words of all commands, one a line */
	int sent_count;
	char about[QUESTION_KINDS][256]; /* the names in the newest question of each kind */
	int asked[QUESTION_KINDS];       /* how often */
};

static inline void stage_run(void *context, const char *const *words, size_t count, bool typed)
{
	struct stage *stage = context;
	(void)typed;
	size_t length = strlen(stage->sent);
	viewer_join(stage->sent + length, sizeof(stage->sent) - length, words, count, " ");
	length = strlen(stage->sent);
	snprintf(stage->sent + length, sizeof(stage->sent) - length, "\n");
	stage->sent_count++;
}

static inline void stage_ask(void *context, const struct question *question)
{
	struct stage *stage = context;
	char *about = stage->about[question->kind];
	size_t size = sizeof(stage->about[0]);
	stage->asked[question->kind]++;
	about[0] = '\0';
	if (question->kind == QUESTION_NODE)
		snprintf(about, size, "%s", question->node.name);
	if (question->kind == QUESTION_EVENTS)
		snprintf(about, size, "%s", question->events.node);
	for (size_t i = 0; question->kind == QUESTION_LOSS && i < question->loss.count; i++)
		snprintf(about + strlen(about), size - strlen(about), "%s%s", i > 0 ? " " : "",
			question->loss.nodes[i]);
}

/* A stage is large, so there is one for the whole program; `stage_end` comes before the next one. */
static struct stage only_stage;

static inline struct stage *stage_begin(
	enum sample_kind kind, int rows, int columns, const struct glyphs *glyphs)
{
	struct stage *stage = &only_stage;
	memset(stage, 0, sizeof(*stage));
	viewer_open(&stage->console, sample_view(&stage->sample, kind), glyphs, rows, columns,
		(struct console_link){.context = stage, .run = stage_run, .ask = stage_ask});
	sample_answers(&stage->answers);
	console_settle(&stage->console);
	return stage;
}

static inline struct stage *stage_begin_golden(const struct golden *golden)
{
	return stage_begin(golden->kind, golden->rows, golden->columns, golden_glyphs(golden));
}

static inline void stage_end(struct stage *stage)
{
	answers_clear(&stage->console);
	console_release(&stage->console);
}

/* stage_end() as a teardown. */
static inline int stage_clean(void **state)
{
	(void)state;
	stage_end(&only_stage);
	return 0;
}

static inline void stage_answer(struct stage *stage)
{
	struct answer *const all[] = {&stage->answers.node, &stage->answers.events, &stage->answers.loss};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (stage->console.asked[all[i]->kind] != 0)
			answers_put(&stage->console, all[i]);
}

static inline void stage_press(struct stage *stage, const char *codes)
{
	viewer_press(&stage->console, codes);
}

static inline struct grid *stage_draw(struct stage *stage)
{
	return viewer_draw(&stage->console);
}

/* Whether the picture has that text in it. */
static inline bool stage_shows(struct stage *stage, const char *text)
{
	return grid_shows(stage_draw(stage), text);
}

/* Some minutes in which nodes read, write and answer at different speeds. */
static inline void stage_live(struct stage *stage)
{
	struct view_node *nodes = stage->sample.nodes;
	for (int step = 0; step < 130; step++) {
		for (size_t i = 0; i < stage->sample.view.node_count; i++) {
			uint64_t busy = (uint64_t)(step * step % 37) * i;
			nodes[i].latency_ms =
				0.4 + (i == 2 ? 20 : 0) + (double)((step * 7 + (int)i * 3) % 11) / 10;
			nodes[i].read_bytes += busy * 100000;
			nodes[i].written_bytes += busy * 30000;
		}
		stage->console.tick_ms += HISTORY_STEP_MS;
		stage->sample.view.time_ms += HISTORY_STEP_MS;
		console_show(&stage->console, &stage->sample.view);
	}
	stage->sample.view.time_ms = SAMPLE_NOW_MS;
}

#endif
