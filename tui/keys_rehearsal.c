/*
 * keys_rehearsal.c: what can be done about the scenario that is played, from every screen on which no line is typed.
 */
#include "tui/keys.h"

static void steer(struct console *console, enum steering what)
{
	if (console->link.steer != NULL)
		console->link.steer(console->link.context, what);
}

static bool is_over(struct console *console)
{
	if (console->rehearsal->state != REHEARSAL_DONE)
		return false;
	console_message(console, false, "The scenario has been played to its end; , shows the verdict.");
	return true;
}

static void act_pause(struct console *console)
{
	if (console->rehearsal->state == REHEARSAL_DONE)
		console_show_verdict(console);
	else
		steer(console, console->rehearsal->state == REHEARSAL_PAUSED ? STEER_PLAY : STEER_PAUSE);
}

static void act_step(struct console *console)
{
	if (!is_over(console))
		steer(console, console->rehearsal->state == REHEARSAL_PAUSED ? STEER_STEP : STEER_PAUSE);
}

static void change_speed(struct console *console, enum steering what)
{
	if (is_over(console))
		return;
	if (console->rehearsal->virtual_clock)
		steer(console, what);
	else
		console_message(
			console, true, "A scenario with a real clock goes at the speed of real time.");
}

static void act_slower(struct console *console)
{
	change_speed(console, STEER_SLOWER);
}

static void act_faster(struct console *console)
{
	change_speed(console, STEER_FASTER);
}

const struct key keys_rehearsal[] = {
	{{','}, ",", NULL, "Pauses the scenario, or lets it go on; shows the verdict when it is over.",
		RANK_HELP_ONLY, false, false, act_pause},
	{{'.'}, ".", NULL, "Plays the next step of a paused scenario, and pauses again.", RANK_HELP_ONLY,
		false, false, act_step},
	{{'<'}, "<", NULL, "Lets a virtual clock go slower.", RANK_HELP_ONLY, false, false, act_slower},
	{{'>'}, ">", NULL, "Lets it go faster, up to as fast as can be.", RANK_HELP_ONLY, false, false,
		act_faster},
	{.act = NULL},
};

const char *keys_rehearsal_word(const struct key *key, const struct rehearsal_status *status)
{
	bool done = status->state == REHEARSAL_DONE;
	if (key->act == act_pause)
		return done ? "verdict" : status->state == REHEARSAL_PAUSED ? "go on" : "pause";
	if (key->act == act_step)
		return status->state == REHEARSAL_PAUSED ? "step" : NULL;
	if (done || !status->virtual_clock)
		return NULL;
	return key->act == act_slower ? "slower" : "faster";
}
