/*
 * rehearsal.h: playing a scenario: a part of engine.h.
 */
#ifndef LINCKIA_ENGINE_REHEARSAL_H
#define LINCKIA_ENGINE_REHEARSAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/durability_result.h"
#include "engine/error.h"
#include "engine/view.h"

struct store;

/*
 * A scenario that is played on a store of its own: it breaks things on purpose, watches the production code mend
 * them, and comes to a verdict. docs/scenarios.md describes scenarios.
 */
struct rehearsal;

enum rehearsal_state { REHEARSAL_PLAYING, REHEARSAL_PAUSED, REHEARSAL_DONE };

struct rehearsal_status {
	char scenario[128];
	size_t step, steps; /* the one under way, from 1, of those that the scenario lists */
	unsigned line;      /* where it stands */
	char doing[256];    /* it, or the step inside it, in words */
	int64_t time_ms;    /* since the beginning, on the rehearsal's clock */
	bool virtual_clock;
	double speed; /* how much faster than real time a virtual clock goes; 0: as fast as can be */
	/* That were lost and regrown: whoever looks on has to open the store again after each. */
	unsigned catalogs;
	enum rehearsal_state state;
	bool passed;       /* so far */
	char failure[512]; /* the first, in words; "" while there is none */
};

/* Something that is worth a line while it is played. Lives during the call. */
struct rehearsal_note {
	unsigned line;
	int64_t time_ms;
	bool failed;
	const char *text;
};
typedef void rehearsal_report(void *context, const struct rehearsal_note *note);

struct rehearsal_options {
	/*
	 * Where the store is made, a folder that is not there or empty, and stays; or the folder of a rehearsal
	 * store, which is played on as it is. NULL: a temporary one that is removed in the end.
	 */
	const char *folder;
	/*
	 * The program that maintains the store of a scenario with a
	 * real clock: it is run as "PROGRAM -c CONFIG daemon".
	 */
	const char *program;
	double speed;             /* as in the status */
	bool paused;              /* to begin with */
	rehearsal_report *report; /* called from the thread that plays; may be NULL */
	void *context;
	const atomic_bool *cancel;
};

/* Reads the scenario and makes its store. ERROR_CONFIG says what is wrong with the scenario, and where. */
MUST_CHECK int rehearsal_open(const char *scenario, const struct rehearsal_options *options,
	struct rehearsal **rehearsal, struct error *error);
/*
 * Plays it to its end, in the calling thread. -1 when it could not be played, or was cancelled; that an expectation
 * was not met is for the verdict to say.
 */
MUST_CHECK int rehearsal_play(struct rehearsal *rehearsal, struct error *error);
/* Ends what goes on, and removes the store unless it is to stay. Not while it is played. NULL is ignored. */
void rehearsal_close(struct rehearsal *rehearsal);

/* The path of the store's config. */
const char *rehearsal_config(const struct rehearsal *rehearsal);
/*
 * Opens the store once more, for somebody who looks on by the rehearsal's clock. To be closed before the rehearsal.
 */
MUST_CHECK int rehearsal_open_store(struct rehearsal *rehearsal, struct store **store, struct error *error);

/* From any thread, while it is played; they do not block. */
void rehearsal_get_status(struct rehearsal *rehearsal, struct rehearsal_status *status);
void rehearsal_pause(struct rehearsal *rehearsal, bool paused);
/* Plays the next step of a paused rehearsal, and pauses again. */
void rehearsal_step(struct rehearsal *rehearsal);
void rehearsal_set_speed(struct rehearsal *rehearsal, double speed);

struct verdict_expectation {
	unsigned line, column;
	const char *text; /* as written */
	bool met;
	const char *found; /* what was not as expected, in words; "" when it was met */
	int64_t time_ms;   /* when it was decided */
	int64_t took_ms;   /* since it was asked */
};

struct verdict {
	const char *scenario, *about;
	bool passed;
	const char *failure; /* the first thing that was not as it should be; "" */
	bool played;         /* it has steps; else it is a comparison and nothing else */
	bool virtual_clock;
	uint64_t seed;
	int64_t duration_ms; /* on the rehearsal's clock */
	const struct verdict_expectation *expectations;
	size_t expectation_count;
	uint64_t verified, verified_bytes; /* versions that were read and compared */
	/*
	 * From when it first was not HEALTHY until it last became
	 * so; 0: it always was; negative: it was not in the end.
	 */
	int64_t healthy_after_ms;
	int64_t longest_unhealthy_ms;
	int64_t in_state_ms[HEALTH_UNKNOWN];                     /* by health */
	uint64_t peak_at_risk, peak_last_copy, peak_unavailable; /* chunks */
	uint64_t bytes_lost;                                     /* of chunks without any copy left */
	uint64_t bytes_repaired;                                 /* of copies that were made */
	/* Of these, of copies that turned out not to be needed, because what was away came back. */
	uint64_t bytes_unneeded;
	uint64_t events; /* in the store's log */
	/* Of the comparison: what the cases are called, and what came of each. */
	const char *const *case_names;
	const struct durability_result *results;
	size_t case_count;
};

/* After rehearsal_play(), however that ended. Lives as long as the rehearsal. */
const struct verdict *rehearsal_verdict(const struct rehearsal *rehearsal);

#endif
