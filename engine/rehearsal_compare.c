#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/durability.h"
#include "engine/rehearsal_private.h"

/* What a case is at, for whoever watches. */
struct course {
	struct rehearsal *rehearsal;
	const char *name;
};

static void show_course(void *context, const struct durability_progress *progress)
{
	const struct course *course = context;
	struct rehearsal_status *status = &course->rehearsal->status;
	int64_t percent = progress->period_ms > 0 ? progress->now_ms * 100 / progress->period_ms : 0;
	pthread_mutex_lock(&course->rehearsal->mutex);
	snprintf(status->doing, sizeof(status->doing), "compare %.200s: %lld %%", course->name,
		(long long)percent);
	pthread_mutex_unlock(&course->rehearsal->mutex);
}

int rehearsal_compare(struct rehearsal *rehearsal, struct error *error)
{
	const struct scenario *scenario = rehearsal->scenario;
	if (scenario->case_count == 0)
		return 0;
	rehearsal->case_names = calloc(scenario->case_count, sizeof(*rehearsal->case_names));
	rehearsal->results = calloc(scenario->case_count, sizeof(*rehearsal->results));
	if (!rehearsal->case_names || !rehearsal->results)
		return error_set_errno(error, ENOMEM, "cannot compare");
	for (size_t i = 0; i < scenario->case_count; i++) {
		const struct durability_case *one = &scenario->cases[i];
		struct course course = {rehearsal, one->name};
		rehearsal_tell(rehearsal, 0, false, "compare: %s", one->name);
		if (durability_run(one, rehearsal->options.cancel, show_course, &course,
			    &rehearsal->results[i], error) < 0)
			return -1;
		rehearsal->case_names[i] = one->name;
		rehearsal->case_count = i + 1;
	}
	return 0;
}
