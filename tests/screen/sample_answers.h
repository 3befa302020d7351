/*
 * sample_answers.h: answers to what the screens about nodes ask, as a store like the degraded sample would give them.
 *
 * They belong to the test: it lays them into the console by hand and takes them out again before the console is
 * released (answers_put(), answers_clear()).
 */
#ifndef LINCKIA_TESTS_SCREEN_SAMPLE_ANSWERS_H
#define LINCKIA_TESTS_SCREEN_SAMPLE_ANSWERS_H

#include "tests/screen/sample.h"
#include "tui/screen.h"

enum { SAMPLE_LOSS_FILES = 200, SAMPLE_NODE_EVENTS = 40 };

struct sample_answers {
	struct answer node, events, loss;
	struct view_event event[SAMPLE_NODE_EVENTS];
	struct answer_loss_file file[SAMPLE_LOSS_FILES];
	char names[SAMPLE_LOSS_FILES][48];
};

static inline void sample_answer_node(struct sample_answers *answers)
{
	static const char *const files[] = {
		"photos/2024/summer/img_0412.jpg",
		"photos/2024/summer/img_0413.jpg",
		"music/goldberg/aria.flac",
		"papers/2019/on-the-motion-of-stars.pdf",
	};
	answers->node = (struct answer){
		.kind = QUESTION_NODE,
		.node = {.name = "node-4",
			.chunks = 143,
			.bytes = UINT64_C(540) << 20,
			.by_live = {[1] = 12, [2] = 131},
			.only_here = 12,
			.only_here_bytes = UINT64_C(48) << 20,
			.files = files,
			.file_count = 4},
	};
}

static inline void sample_answer_events(struct sample_answers *answers)
{
	static const struct {
		enum event_severity severity;
		const char *code, *text;
	} what[] = {
		{EVENT_WARNING, "replica_bad",
			"A copy of chunk 3fa94bc2 on node-4 is bad; it was moved to quarantine and will be "
			"replaced."},
		{EVENT_NOTICE, "scrub_done", "All 143 copies on node-4 were verified; 1 was bad."},
		{EVENT_WARNING, "node_slow", "node-4 is slow: a small read took 1.4 s"},
		{EVENT_NOTICE, "node_well", "node-4 is up"},
	};
	for (int i = 0; i < SAMPLE_NODE_EVENTS; i++)
		answers->event[i] = (struct view_event){.id = 100 + i,
			.time_ms = SAMPLE_NOW_MS - (SAMPLE_NODE_EVENTS - i) * 95000,
			.severity = what[i % 4].severity,
			.code = what[i % 4].code,
			.node = "node-4",
			.text = what[i % 4].text};
	answers->event[SAMPLE_NODE_EVENTS - 1].code = "node_failed";
	answers->event[SAMPLE_NODE_EVENTS - 1].severity = EVENT_WARNING;
	answers->event[SAMPLE_NODE_EVENTS - 1].text = "node-4 was failed by the operator";
	answers->events = (struct answer){
		.kind = QUESTION_EVENTS, .events = {.events = answers->event, .count = SAMPLE_NODE_EVENTS}};
}

/* `unavailable` and `one_copy` of the files; the others have two copies left. */
static inline void sample_answer_loss(struct sample_answers *answers, unsigned unavailable, unsigned one_copy)
{
	for (unsigned i = 0; i < SAMPLE_LOSS_FILES; i++) {
		snprintf(answers->names[i], sizeof(answers->names[i]), "photos/2024/summer/img_%04u.jpg",
			i + 400);
		answers->file[i] = (struct answer_loss_file){.name = answers->names[i],
			.version = 1 + i % 3,
			.current = i % 5 != 0,
			.chunks_at_risk = 1 + i * 7 % 40,
			.worst_live = i < unavailable              ? 0
				      : i < unavailable + one_copy ? 1
								   : 2,
			.want = 3};
	}
	answers->loss = (struct answer){
		.kind = QUESTION_LOSS,
		.loss = {.files = SAMPLE_LOSS_FILES,
			.files_one_copy = one_copy,
			.files_unavailable = unavailable,
			.chunks = 286,
			.chunks_one_copy = one_copy * 2,
			.chunks_unavailable = unavailable * 2,
			.copies = 286 + one_copy * 2,
			.copy_bytes = UINT64_C(1200) << 20,
			.room_bytes = UINT64_C(5) << 30,
			.fits = true,
			.obstacle = "",
			.rate = 24e6,
			.seconds = 52,
			.sample = answers->file,
			.sample_count = SAMPLE_LOSS_FILES},
	};
}

static inline void sample_answers(struct sample_answers *answers)
{
	sample_answer_node(answers);
	sample_answer_events(answers);
	sample_answer_loss(answers, 12, 30);
}

/* Answers the newest question of that kind. */
static inline void answers_put(struct console *console, struct answer *answer)
{
	answer->ticket = console->asked[answer->kind];
	answer->sequence = console->view->sequence;
	console->answers[answer->kind] = answer;
	console_settle(console);
}

static inline void answers_clear(struct console *console)
{
	for (int i = 0; i < QUESTION_KINDS; i++)
		console->answers[i] = NULL;
}

#endif
