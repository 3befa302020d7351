/*
 * panels.h: the parts that the overview is made of, and how much room each would like.
 *
 * A panel draws one view into an area and does nothing else. The room is a pure function of the view.
 */
#ifndef LINCKIA_TUI_PANELS_H
#define LINCKIA_TUI_PANELS_H

#include "tui/layout.h"
#include "tui/paint.h"

enum { PANEL_CHUNKS_BRIEF = 2 };

/* What is drawn and when; `now_ms` is the wall clock. */
struct picture {
	const struct view *view;
	int64_t now_ms;
	bool read_only;
};

/* The row above every screen: health, the first reason, the clock. */
void panel_health(const struct paint *paint, struct area area, const struct picture *picture);
/* Nodes, room, files, copies; in a second row who maintains the store and what repair does. */
void panel_facts(const struct paint *paint, struct area area, const struct picture *picture);

int panel_checks_rows(const struct view *view, int columns);
void panel_checks(const struct paint *paint, struct area area, const struct view *view);

/* The cursor stands on `selected`; the first node shown is `first`. */
void panel_nodes(const struct paint *paint, const struct layout *layout, const struct view *view,
	size_t selected, size_t first);
enum role panel_node_role(enum node_state state);
/* "820.0 MiB / 2.0 GiB", each part padded to the given columns. Returns `out`. */
char *panel_node_used(char *out, size_t size, const struct view_node *node, int used, int capacity);
double panel_node_fill(const struct view_node *node);
enum role panel_fill_role(double fill);

int panel_chunks_rows(const struct view *view);
void panel_chunks(const struct paint *paint, struct area area, const struct view *view);

int panel_zones_rows(const struct view *view);
void panel_zones(const struct paint *paint, struct area area, const struct view *view);

int panel_notes_rows(const struct view *view, int columns);
void panel_notes(const struct paint *paint, struct area area, const struct view *view);

/* The newest events, as many as fit, newest last. */
void panel_events(const struct paint *paint, struct area area, const struct picture *picture);
/* One event on one row. */
void panel_event(const struct paint *paint, int row, int column, int columns, const struct view_event *event,
	int64_t now_ms, unsigned flags);
enum role panel_severity_role(enum event_severity severity);
/* Local time: "2026-11-02 10:04:05". Returns `out`. */
char *panel_time(char *out, size_t size, int64_t time_ms);

enum role panel_health_role(enum health health);

struct job;
struct job_list;
/* The newest job that runs, and how far it has come, on one row. */
void panel_job_line(const struct paint *paint, struct area area, const struct job_list *jobs);
/* A bar, percentage, rate and time left, as far as they are known and there is room. */
void panel_job_progress(
	const struct paint *paint, int row, int column, int columns, const struct job *job, unsigned flags);
enum role panel_job_role(const struct job *job);
const char *panel_job_word(const struct job *job);

#endif
