/*
 * event_log.h: a console that shows an event log, and whoever answers its questions about it.
 */
#ifndef LINCKIA_TESTS_SCREEN_EVENT_LOG_H
#define LINCKIA_TESTS_SCREEN_EVENT_LOG_H

#include <stdatomic.h>

#include "engine/arena.h"
#include "tests/screen/bare.h"
#include "tui/events.h"
#include "tui/panels.h"

/* ---- a log that answers ---- */

enum { LOG = 9000 };

static struct view_event events[LOG]; /* by id, which is the place and 1 */
static char texts[LOG][160];
static size_t log_count;

/* The console keeps references to what it was given; these answers are nobody's to free. See engine/inquiry.c. */
struct box {
	struct answer answer;
	struct arena arena;
	atomic_uint references;
};
static struct box boxes[2];
static struct view_event answered[2][INQUIRY_EVENTS_MAX];
static struct question asked; /* the last one; texts copied */
static char asked_filter[EVENT_FILTER_BYTES], asked_node[EVENT_NODE_BYTES];
static size_t asked_count;
static uint64_t answered_ticket;
static bool fails;

static void listen(void *context, const struct question *question)
{
	assert_ptr_equal(context, &console);
	if (question->kind != QUESTION_EVENTS)
		return;
	asked = *question;
	snprintf(asked_filter, sizeof(asked_filter), "%s", question->events.filter);
	snprintf(asked_node, sizeof(asked_node), "%s", question->events.node);
	asked_count++;
}

static bool is_wanted(const struct view_event *event)
{
	return event->severity >= asked.events.least &&
	       (asked_node[0] == '\0' || strcmp(event->node, asked_node) == 0) &&
	       (asked_filter[0] == '\0' || strstr(event->text, asked_filter) != NULL);
}

/* Answers the last question from the log. */
static void answer(void)
{
	static int turn;
	struct box *box = &boxes[turn = 1 - turn];
	struct view_event *page = answered[turn];
	size_t limit = asked.events.limit, count = 0;
	answered_ticket = asked.ticket;
	int64_t before = asked.events.before > 0 ? asked.events.before : (int64_t)log_count + 1;
	assert_int_equal(limit, INQUIRY_EVENTS_MAX);
	box->answer = (struct answer){.kind = QUESTION_EVENTS, .ticket = asked.ticket};
	atomic_store(&box->references, 1000);
	for (size_t i = (size_t)before - 1; i > 0; i--) {
		if (!is_wanted(&events[i - 1]))
			continue;
		if (count == limit) {
			box->answer.events.older = true;
			break;
		}
		page[limit - ++count] = events[i - 1];
	}
	box->answer.events.events = page + limit - count;
	box->answer.events.count = count;
	box->answer.failure = fails ? "The catalog cannot be read: input/output error." : NULL;
	console.answers[QUESTION_EVENTS] = &box->answer;
	console_settle(&console);
}

/* Answers until nothing more is asked. */
static void answer_all(void)
{
	while (answered_ticket != asked.ticket)
		answer();
}

/* ---- the stage ---- */

static void write_log(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "event %zu of the log%s", i + 1,
			i % 100 == 7 ? " tells of a Disk" : "");
		events[i] = (struct view_event){
			.id = (int64_t)i + 1,
			.time_ms = SAMPLE_NOW_MS - (int64_t)(LOG - i) * 1000,
			.severity = (enum event_severity)(i % 4),
			.code = "sample",
			.node = i % 10 == 3 ? "node-4" : "",
			.text = texts[i],
			.trigger = "",
			.source = "",
			.target = "",
			.result = "",
			.duration_ms = -1,
		};
	}
}

/* A view that has the newest `count` of the first `total` events of the log. */
static void take_view(struct sample *into, size_t total, size_t count)
{
	write_log(total);
	sample_view(into, SAMPLE_HEALTHY);
	into->view.sequence = total;
	into->view.events = events + (total - count);
	into->view.event_count = count;
	log_count = total;
}

static void begin(int rows, int columns, size_t total, size_t in_view)
{
	take_view(&sample, total, in_view);
	viewer_open(&console, &sample.view, &glyphs_utf8, rows, columns,
		(struct console_link){.context = &console, .ask = listen});
	asked_count = 0;
	answered_ticket = 0;
	asked = (struct question){.ticket = 0};
	fails = false;
	keys_dispatch(&console, 'e');
}

/* A teardown. */
static int end_log(void **state)
{
	console.answers[QUESTION_EVENTS] = NULL;
	return end(state);
}

static const char *under_cursor(void)
{
	const struct view_event *event = events_current(&console);
	return event != NULL ? event->text : "";
}

/* ---- a story ---- */

enum { STORY = 12 };

/* A node fails, its chunks are copied elsewhere, it returns; and things that have nothing to do with it. */
static void tell_story(void)
{
	static const struct view_event story[STORY] = {
		{0, 0, EVENT_INFO, "put", "", "stored 36 files, 343.4 MiB, beginning with 'photos/a.jpg'", "",
			"", "", "", 0, 0, -1},
		{0, 0, EVENT_NOTICE, "health", "", "HEALTHY: all is well", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_ERROR, "io_error", "node-4", "node-4 cannot be read: input/output error", "", "",
			"", "", 0, 0, -1},
		{0, 0, EVENT_WARNING, "node_lost", "node-4", "node-4 is down: input/output error",
			"input/output error", "", "", "", 0, 0, -1},
		{0, 0, EVENT_NOTICE, "repair_started", "", "repair: 40 chunks have to be copied (153.9 MiB)",
			"node-4 is down: input/output error", "", "", "", 40, 161360128, -1},
		{0, 0, EVENT_INFO, "repair_copy", "node-1",
			"copied chunk 3c59e9678c64 of 'photos/img-14.jpg' (4.0 MiB) from node-3 to node-1",
			"node-4 is down: input/output error", "node-3", "node-1", "ok", 1, 4194304, 146},
		{0, 0, EVENT_WARNING, "repair_failed", "node-2",
			"could not copy chunk ef5f81254b55 of 'photos/img-5.jpg' to node-2: no space left on "
			"device; trying again later",
			"node-4 is down: input/output error", "node-3", "node-2", "failed", 1, 4194304, 12},
		{0, 0, EVENT_INFO, "put", "", "stored 'notes.txt'", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_INFO, "repair_progress", "", "copied 38 more chunks (148.0 MiB)",
			"node-4 is down: input/output error", "", "", "ok", 38, 155189248, 9800},
		{0, 0, EVENT_NOTICE, "repair_finished", "", "repair: copied 40 chunks (153.9 MiB) in 10 s",
			"node-4 is down: input/output error", "", "", "ok", 40, 161360128, 10012},
		{0, 0, EVENT_NOTICE, "node_back", "node-4",
			"node-4 answers again (up); what it holds is checked", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_INFO, "scrub_finished", "node-4", "every copy on node-4 was verified", "", "",
			"", "ok", 43, 171966464, 2210},
	};
	for (size_t i = 0; i < STORY; i++) {
		events[i] = story[i];
		events[i].id = (int64_t)i + 1;
		events[i].time_ms = SAMPLE_NOW_MS - (int64_t)(STORY - i) * 7123 - (i < 2 ? 90000000 : 0);
	}
}

static void begin_story(int rows, int columns, const struct glyphs *glyphs)
{
	begin(rows, columns, STORY, STORY);
	tell_story();
	console.glyphs = glyphs;
	answer_all();
}

#endif
