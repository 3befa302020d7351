/*
 * panels.h: the parts that the overview is made of, and how much room each would like.
 *
 * A panel draws one view into an area and does nothing else. The room is a pure function of the view.
 */
#ifndef LINCKIA_TUI_PANELS_H
#define LINCKIA_TUI_PANELS_H

#include "tui/heat.h"
#include "tui/layout.h"
#include "tui/paint.h"

/* What is drawn and when; `now_ms` is the wall clock. */
struct picture {
	const struct view *view;
	int64_t now_ms;
	bool read_only;
};

/* The row above every screen: health, the first reason, the clock. */
void panel_health(const struct paint *paint, struct area area, const struct picture *picture);
/*
 * Nodes, room, files, copies; in a second row, of whose end `taken` columns are taken, who maintains the store.
 * What repair does is told too if `repair`: where it has no panel.
 */
void panel_facts(
	const struct paint *paint, struct area area, int taken, bool repair, const struct picture *picture);

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

struct console;
/* The health of late, oldest at the left, at the right end of `area`, with how far it goes back. */
void panel_strip(const struct paint *paint, struct area area, const struct console *console);
/* The heatmap; the cursor is the selected node. */
void panel_heat(const struct paint *paint, struct area area, const struct console *console,
	const struct heat_look *look);
/* The node whose cell that is; `view->node_count`: none. */
size_t panel_heat_find(
	struct area area, const struct console *console, const struct heat_look *look, int row, int column);

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
/* The hour of today, the day of another day, and that with the hour where `width` is at least 11. Returns `out`. */
char *panel_when(char *out, size_t size, int64_t time_ms, int64_t now_ms, int width);

enum role panel_health_role(enum health health);

/*
 * Repair in as few or many rows as `area` has, the first a title: the state in a word and why; how far it has
 * come and when it is over; how fast it is; what is under way; the scrub. The wish takes into account what is
 * to be told now.
 */
struct console;
int panel_repair_rows(const struct view *view);
void panel_repair(const struct paint *paint, struct area area, const struct console *console);
/* Parts of it; none of these has a title. The state takes PANEL_REPAIR_STATE rows, or fewer. */
enum { PANEL_REPAIR_STATE = 3 };
void panel_repair_state(const struct paint *paint, struct area area, const struct console *console);
/* What repair takes first, by kind, in one column or two. */
int panel_queue_rows(int columns);
void panel_queue(const struct paint *paint, struct area area, const struct view *view);
/* One row for each transfer. */
void panel_transfers(const struct paint *paint, struct area area, const struct view *view);
/* Rates in bytes per second, the newest last, a negative one a gap; `limit` 0: none. */
void panel_rate(
	const struct paint *paint, struct area area, const double *rates, size_t count, uint64_t limit);
/* One row, or two. */
void panel_scrub(const struct paint *paint, struct area area, const struct picture *picture);

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
