/*
 * sample.h: views for tests of the console: a healthy store, one with a node down, one full of hostile text,
 * one with many nodes, and an empty one. Time stands still.
 */
#ifndef LINCKIA_TESTS_SCREEN_SAMPLE_H
#define LINCKIA_TESTS_SCREEN_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "engine/engine.h"

enum sample_kind {
	SAMPLE_HEALTHY,
	SAMPLE_DEGRADED,
	SAMPLE_HOSTILE,
	SAMPLE_MANY,
	SAMPLE_EMPTY,
	SAMPLE_BARE,
	SAMPLES
};

enum { SAMPLE_NODES = 600, SAMPLE_EVENTS = 60 };

/* 2026-11-02 10:04:05 UTC. */
#define SAMPLE_NOW_MS INT64_C(1793613845000)

struct sample {
	struct view view;
	struct view_node nodes[SAMPLE_NODES];
	char names[SAMPLE_NODES][32];
	struct view_event events[SAMPLE_EVENTS];
	struct view_check checks[3];
	const char *notes[1];
};

static inline void sample_nodes(struct sample *sample, size_t node_count)
{
	static const char *const zones[] = {"a", "b", "c"};
	struct view *view = &sample->view;
	view->nodes = sample->nodes;
	view->node_count = view->nodes_up = node_count;
	for (size_t i = 0; i < node_count; i++) {
		snprintf(sample->names[i], sizeof(sample->names[i]), "node-%zu", i + 1);
		sample->nodes[i] = (struct view_node){
			.name = sample->names[i],
			.zone = zones[i % 3],
			.path = "/srv/store/node",
			.cause = "",
			.weight = 1,
			.capacity_bytes = UINT64_C(2) << 30,
			.used_bytes = (UINT64_C(2) << 30) * (i % 6 + 2) / 10,
			.chunks = 140 + i,
			.latency_ms = 0.4,
		};
		view->capacity_bytes += UINT64_C(2) << 30;
	}
}

static inline void sample_events(struct sample *sample, size_t event_count)
{
	static const char *const texts[] = {
		"Stored photos/2024/summer/img_0412.jpg as version 1 in 12 chunks.",
		"node-4 was failed by operator.",
		"node-4 answers again.",
		"A copy of chunk 3fa94bc2 on node-5 is bad; it was moved to quarantine and will be replaced.",
	};
	static const enum event_severity severities[] = {
		EVENT_INFO, EVENT_WARNING, EVENT_NOTICE, EVENT_ERROR};
	sample->view.events = sample->events;
	sample->view.event_count = event_count;
	for (size_t i = 0; i < event_count; i++)
		sample->events[i] = (struct view_event){
			.id = (int64_t)i + 1,
			.time_ms = SAMPLE_NOW_MS - (int64_t)(event_count - i) * 7000,
			.severity = severities[i % 4],
			.code = "sample",
			.node = "",
			.text = texts[i % 4],
			.trigger = "",
			.source = "",
			.target = "",
			.result = "",
			.duration_ms = -1,
		};
}

static inline void sample_degrade(struct sample *sample)
{
	static const char *const files[] = {"photos/2024/summer/img_0412.jpg (version 1)",
		"photos/2024/summer/img_0413.jpg (version 2)", "music/goldberg/aria.flac (version 1)"};
	static const char *const nodes[] = {"node-4: failed by operator"};
	struct view *view = &sample->view;
	sample->nodes[3].state = NODE_DOWN;
	sample->nodes[3].cause = "failed by operator";
	sample->nodes[3].at_risk = 143;
	view->nodes_up--;
	view->capacity_bytes -= sample->nodes[3].capacity_bytes;
	view->chunks.full = view->chunks.by_live[3] = 844;
	view->chunks.under_replicated = view->chunks.by_live[2] = 142;
	sample->checks[0] = (struct view_check){
		.code = CHECK_CHUNKS_UNDER_REPLICATED,
		.severity = HEALTH_DEGRADED,
		.count = 142,
		.summary = "142 chunks have fewer live copies than wanted.",
		.advice = "Bring the nodes that are down back, or wait until repair has copied the chunks "
			  "elsewhere.",
		.details = files,
		.detail_count = 3,
	};
	sample->checks[1] = (struct view_check){
		.code = CHECK_NODE_DOWN,
		.severity = HEALTH_DEGRADED,
		.count = 1,
		.summary = "1 node is down: node-4 (failed by operator).",
		.advice = "Recover it, or replace its disk.",
		.details = nodes,
		.detail_count = 1,
	};
	view->checks = sample->checks;
	view->check_count = 2;
	view->health = HEALTH_DEGRADED;
}

static inline void sample_poison(struct sample *sample)
{
	struct view *view = &sample->view;
	sample_degrade(sample);
	view->store = "/srv/\x1b[2J\xff\xe5\xad\x98\xe5\x82\xa8";
	sample->nodes[0].name = "evil\x1b[31m\x1b]0;owned\x07";
	sample->nodes[1].name = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x83\x8e\xe3\x83\xbc\xe3\x83\x89";
	sample->nodes[2].name = "a-name-that-goes-on-and-on-0123456789";
	sample->nodes[2].zone = "shelf in the cellar, left";
	sample->nodes[4].name = "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81te\xcc\x81-\xe2\x80\xae"
				"abc";
	sample->nodes[4].state = NODE_READ_ONLY;
	sample->nodes[4].cause = "\x9b"
				 "31m\xc2\x9b"
				 "31m";
	sample->nodes[5].path = "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7/\xe2\x80\xa8/\xef\xbb\xbf";
	sample->checks[2] = (struct view_check){
		.code = CHECK_NODE_READ_ONLY,
		.severity = HEALTH_DEGRADED,
		.count = 1,
		.summary = "\xe5\x86\x99\xe7\x9c\x9f\t\r\n\x08 "
			   "1234567890123456789012345678901234567890123456789012345678901234567890"
			   "12345678901234567890123456789012345678901234567890 is one number",
		.advice = "",
	};
	view->check_count = 3;
	sample->events[SAMPLE_EVENTS - 1].text = "\x1b]52;c;aGk=\x07 \xcc\x81\xcc\x81 \xe5\xa4\x8f.jpg";
}

static inline const struct view *sample_view(struct sample *sample, enum sample_kind kind)
{
	memset(sample, 0, sizeof(*sample));
	struct view *view = &sample->view;
	*view = (struct view){
		.time_ms = SAMPLE_NOW_MS,
		.store = "/srv/store",
		.rehearsal = true,
		.replication_factor = 3,
		.min_replicas = 2,
		.health = HEALTH_HEALTHY,
		.health_since_ms = SAMPLE_NOW_MS - 190000,
		.files = 1284,
		.versions = 1302,
		.chunks = {.total = 986, .full = 986, .by_live = {[3] = 986}},
		.repair = {.reason = "", .eta_s = -1},
		.maintenance_role = "self",
		.maintenance_pid = 4242,
	};
	sample->notes[0] = "6 nodes share one device: losing it loses them all.";
	view->notes = sample->notes;
	view->note_count = 1;
	sample_nodes(sample, kind == SAMPLE_MANY ? SAMPLE_NODES : kind == SAMPLE_BARE ? 0 : 6);
	sample_events(sample, kind == SAMPLE_EMPTY || kind == SAMPLE_BARE ? 0 : SAMPLE_EVENTS);
	if (kind == SAMPLE_DEGRADED)
		sample_degrade(sample);
	if (kind == SAMPLE_HOSTILE)
		sample_poison(sample);
	if (kind == SAMPLE_EMPTY || kind == SAMPLE_BARE) {
		view->files = view->versions = 0;
		view->chunks = (struct view_chunks){0};
		for (size_t i = 0; i < view->node_count; i++)
			sample->nodes[i].used_bytes = sample->nodes[i].chunks = 0;
	}
	return view;
}

#endif
