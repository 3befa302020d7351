/*
 * loss.c: sentences about an answer, each of which says one thing.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/loss.h"
#include "tui/paint.h"

void loss_subject(const char *const *names, size_t count, char *out, size_t size)
{
	if (count == 0)
		snprintf(out, size, "nothing");
	else if (count == 1)
		snprintf(out, size, "%s", names[0]);
	else if (count == 2)
		snprintf(out, size, "%.100s and %.100s", names[0], names[1]);
	else if (count == 3)
		snprintf(out, size, "%.75s, %.75s and %.75s", names[0], names[1], names[2]);
	else
		snprintf(out, size, "%.100s, %.100s and %zu more nodes", names[0], names[1], count - 2);
}

static const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

enum health loss_verdict(
	const struct answer *answer, const char *const *names, size_t count, char out[LOSS_TEXT_BYTES])
{
	char number[32];
	assert(answer->failure == NULL);
	uint64_t unavailable = answer->loss.files_unavailable, one = answer->loss.files_one_copy;
	if (unavailable > 0) {
		char until[128];
		snprintf(until, sizeof(until), count == 1 ? "%.100s returns" : "they return",
			count == 1 ? names[0] : "");
		snprintf(out, LOSS_TEXT_BYTES, "Lost access: %s version%s could not be read until %s.",
			paint_number(number, sizeof(number), unavailable), plural(unavailable), until);
		return HEALTH_CRITICAL;
	}
	if (one > 0) {
		snprintf(out, LOSS_TEXT_BYTES,
			"Thin: %s version%s would hang on a single copy until repair has made more.",
			paint_number(number, sizeof(number), one), plural(one));
		return HEALTH_DEGRADED;
	}
	unsigned least = answer->loss.sample_count > 0 ? answer->loss.sample[0].worst_live : 2;
	if (answer->loss.files > 0)
		snprintf(out, LOSS_TEXT_BYTES, "Safe: no file drops below %u copies.", least);
	else
		snprintf(out, LOSS_TEXT_BYTES, "Safe: every file keeps all the copies that it should have.");
	return HEALTH_HEALTHY;
}

void loss_repair(const struct answer *answer, char out[LOSS_TEXT_BYTES])
{
	char number[32], bytes[16], rate[16], time[32], how_long[128];
	if (answer->loss.copies == 0) {
		snprintf(out, LOSS_TEXT_BYTES,
			answer->loss.chunks_unavailable > 0
				? "Repair could copy nothing: there would be no copy to read."
				: "Repair would have nothing to copy.");
		return;
	}
	if (answer->loss.seconds < 0 || answer->loss.seconds > 1e9)
		snprintf(how_long, sizeof(how_long), "how long that takes is not known yet");
	else
		snprintf(how_long, sizeof(how_long), "about %s at %s/s",
			text_duration(time, sizeof(time), (int64_t)(answer->loss.seconds * 1000)),
			text_bytes(rate, sizeof(rate), (uint64_t)answer->loss.rate));
	snprintf(out, LOSS_TEXT_BYTES, "Repair would make %s cop%s (%s): %s.",
		paint_number(number, sizeof(number), answer->loss.copies),
		answer->loss.copies == 1 ? "y" : "ies",
		text_bytes(bytes, sizeof(bytes), answer->loss.copy_bytes), how_long);
}

enum role loss_room(const struct answer *answer, char out[LOSS_TEXT_BYTES])
{
	char room[16];
	out[0] = '\0';
	text_bytes(room, sizeof(room), answer->loss.room_bytes);
	if (answer->loss.copies == 0 && answer->loss.obstacle[0] == '\0')
		return ROLE_TEXT;
	if (answer->loss.fits && answer->loss.obstacle[0] == '\0') {
		snprintf(
			out, LOSS_TEXT_BYTES, "There is room for them: %s on the nodes that are left.", room);
		return ROLE_TEXT;
	}
	size_t length = strlen(answer->loss.obstacle);
	if (length > 0)
		snprintf(out, LOSS_TEXT_BYTES, "Not everything could be copied: %s%s", answer->loss.obstacle,
			answer->loss.obstacle[length - 1] == '.' ? "" : ".");
	else
		snprintf(out, LOSS_TEXT_BYTES,
			"There is no room for all of them: only %s on the nodes that are left.", room);
	return ROLE_DEGRADED;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

enum role loss_writes(
	const struct view *view, const char *const *names, size_t count, char out[LOSS_TEXT_BYTES])
{
	size_t left = 0;
	for (size_t i = 0; i < view->node_count; i++) {
		enum node_state state = view->nodes[i].state;
		left += (state == NODE_UP || state == NODE_SLOW) &&
			!is_among(view->nodes[i].name, names, count);
	}
	out[0] = '\0';
	if (left >= view->min_replicas)
		return ROLE_TEXT;
	snprintf(out, LOSS_TEXT_BYTES,
		"New files would be refused: %zu node%s left that can be written, %u %s needed.", left,
		left == 1 ? " is" : "s are", view->min_replicas, view->min_replicas == 1 ? "is" : "are");
	return ROLE_CRITICAL;
}
