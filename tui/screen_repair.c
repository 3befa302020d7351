/*
 * screen_repair.c: repair and scrub over the whole screen.
 *
 * Its state is the course of the repair, which follows every view, seen or not; the panels of the overview read it too.
 */
#include <stdio.h>
#include <string.h>

#include "tui/course.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"

struct course *console_course(const struct console *console)
{
	return console_state(console, SCREEN_REPAIR);
}

static void repair_draw(const struct console *console, const struct paint *paint)
{
	panel_repair(paint, console_body(console), console);
}

static void repair_show(struct console *console, const struct view *old)
{
	struct course *course = console_course(console);
	if (course->rate_ms == 0)
		course_follow(course, old);
	course_follow(course, console->view);
}

const struct screen_ops screen_repair = {
	.name = "Repair",
	.state_size = sizeof(struct course),
	.key_sets = KEYS_TAB,
	.draw = repair_draw,
	.show = repair_show,
};
