/*
 * moment.h: when, in a recording, the power goes away.
 *
 * Promises begin with flushes and with the ends of commands, and are prepared by names that come and go. Most of
 * those in a recording are alike: chunk files, records of journals. So they are told apart by what they are done to,
 * with all digits taken as the same, and a moment is drawn by kind first: what happens once, as when journals begin
 * anew, is met as often as what happens a hundred times.
 *
 * An event is hasty when a name comes or goes before something is durable that one may think has to be: that another
 * name in the same folder went earlier, the file's bytes, or the folder's own name. That is no mistake as such, but
 * just after it is where a flush that is missing would show.
 */
#ifndef LINCKIA_TESTS_POWER_MOMENT_H
#define LINCKIA_TESTS_POWER_MOMENT_H

#include "draw.h"
#include "recording.h"

struct events {
	struct event {
		uint64_t kind; /* the same for all that are alike */
		size_t at;
	} * list; /* sorted by their kinds */
	size_t count;
	size_t *kinds; /* where each kind begins, and at the end the number of events */
	size_t kind_count;
};

struct moments {
	struct events all, hasty;
};

/* `covered`: by change, when it is durable; SIZE_MAX: never. */
void moments_note(struct moments *moments, const struct recording *recording, const size_t *covered);
void moments_release(struct moments *moments);

/* Just after a hasty event; SIZE_MAX: there is none. */
size_t moment_draw_hasty(struct draw *draw, const struct moments *moments);
/* The power goes away just before that change; at the earliest when the first command has begun. */
size_t moment_draw(struct draw *draw, const struct moments *moments, const struct recording *recording);

#endif
