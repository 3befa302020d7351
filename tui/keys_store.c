/*
 * keys_store.c: what can be done about the whole store: repair, its limit, scrub, balance, a snapshot.
 *
 * The limit goes in steps of two, from 256 KiB to 1 GiB a second, above which there is none: what is between two
 * steps goes to the next one. Where there is no limit, the first step begins below what is reached now. Several steps
 * in a row count from what was asked for last, whether a view shows that already or not (struct course).
 */
#include <inttypes.h>
#include <stdio.h>

#include "tui/course.h"
#include "tui/keys.h"
#include "tui/snapshots.h"

enum {
	MIB = 1024 * 1024,
	STEP_LEAST = 256 * 1024,
	STEP_MOST = 1024 * 1024 * 1024,
	UNLIMITED_FROM = 64 * 1024 * 1024
};

static void act_repair(struct console *console)
{
	console_run(console, (const char *const[]){"repair", NULL});
}

static void act_scrub(struct console *console)
{
	console_run(console, (const char *const[]){"scrub", NULL});
}

static void act_rebalance(struct console *console)
{
	console_run(console, (const char *const[]){"rebalance", NULL});
}

static bool is_paused(const struct console *console)
{
	return console->view->repair.state == REPAIR_PAUSED;
}

static void act_pause(struct console *console)
{
	const char *option = is_paused(console) ? "--resume" : "--pause";
	console_run(console, (const char *const[]){"repair", option, NULL});
}

static void set_limit(struct console *console, uint64_t limit)
{
	struct course *course = console_course(console);
	char text[32], size[16];
	if (limit > 0)
		console_message(console, false, "Repair may use %s/s from now on.",
			text_bytes(size, sizeof(size), limit));
	else
		console_message(console, false, "Repair has no limit from now on.");
	course_ask_limit(course, limit, console->tick_ms);
	if (limit % MIB == 0)
		snprintf(text, sizeof(text), "%" PRIu64 "%s", limit / MIB, limit > 0 ? "MiB" : "");
	else
		snprintf(text, sizeof(text), "%" PRIu64, limit);
	console_run(console, (const char *const[]){"repair", "--bandwidth", text, NULL});
}

static void act_slower(struct console *console)
{
	const struct view_repair *repair = &console->view->repair;
	uint64_t limit = course_limit(console_course(console), console->view), step = STEP_LEAST;
	double from = limit > 0                   ? (double)limit
		      : repair->rate > STEP_LEAST ? repair->rate
						  : UNLIMITED_FROM * 2.0;
	if (limit > 0 && limit <= STEP_LEAST) {
		char size[16];
		console_message(console, false, "%s/s is the least; p pauses repair.",
			text_bytes(size, sizeof(size), limit));
		return;
	}
	while (step < STEP_MOST && (double)step * 2 < from)
		step *= 2;
	set_limit(console, step);
}

static void act_faster(struct console *console)
{
	uint64_t limit = course_limit(console_course(console), console->view), step = STEP_LEAST;
	if (limit == 0) {
		console_message(console, false, "Repair has no limit already.");
		return;
	}
	while (step <= limit && step < STEP_MOST)
		step *= 2;
	set_limit(console, limit >= STEP_MOST ? 0 : step);
}

static void act_boost(struct console *console)
{
	if (course_limit(console_course(console), console->view) > 0)
		set_limit(console, 0);
	else
		console_run(console, (const char *const[]){"repair", "--bandwidth", "default", NULL});
}

const struct key keys_repair[] = {
	{{'R'}, "R", "repair", "Makes all missing copies now, however much of the grace is left.", 6, true,
		false, act_repair},
	{{'p'}, "p", "pause", "Pauses repair, or lets it go on.", 5, true, false, act_pause},
	{{'-'}, "- +", "limit", "Halves, or doubles, the bytes per second that repair may use.", 8, true,
		false, act_slower},
	{{'+', '='}, "+ =", NULL, "Doubles it; above 1 GiB a second there is no limit.", RANK_HELP_ONLY, true,
		false, act_faster},
	{{'b'}, "b", "boost", "Lets repair go as fast as it can; once more: as the config says.", 8, true,
		false, act_boost},
	{.act = NULL},
};

const struct key keys_store[] = {
	{{'V'}, "V", "scrub", "Verifies every copy in the store.", 8, true, false, act_scrub},
	{{'B'}, "B", "balance", "Evens out how full the nodes are.", RANK_HELP_ONLY, true, false,
		act_rebalance},
	{{'S'}, "S", "snapshot", "Takes a snapshot of all names as they are now; asks for its name.",
		RANK_HELP_ONLY, true, false, snapshots_take},
	{.act = NULL},
};

const char *keys_store_word(const struct key *key, const struct console *console)
{
	if (key->act == act_pause && is_paused(console))
		return "resume";
	return NULL;
}
