/*
 * await.c: waits for something to happen in a store, and says when it did.
 *
 *	await CONFIG event CODE AFTER	the first event with that code at AFTER or later: prints its time
 *	await CONFIG mended		chunks lack copies, and then the store is HEALTHY and all are full: prints now
 *	await CONFIG idle		nothing is left for maintenance to do
 *
 * Times are wall-clock milliseconds. The store is opened once and looked at 50 times a second, so that what is
 * timed is hardly disturbed. Exits with 1 when it does not happen within ten minutes.
 */
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POLL_MS = 20, PATIENCE_MS = 600000, QUIET_LOOKS = 25 };

struct wanted {
	const char *code;
	int64_t after_ms;
	int64_t last_id, found_ms; /* 0: not yet */
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void match(void *context, const struct view_event *event)
{
	struct wanted *wanted = context;
	wanted->last_id = event->id;
	if (!wanted->found_ms && event->time_ms >= wanted->after_ms && strcmp(event->code, wanted->code) == 0)
		wanted->found_ms = event->time_ms;
}

/* What a look found: 1 it has happened, 0 it has not, -1 with an error. */
typedef int look_at(struct store *store, void *context, int64_t *when_ms, struct error *error);

static int look_for_event(struct store *store, void *context, int64_t *when_ms, struct error *error)
{
	struct wanted *wanted = context;
	if (store_events(store, wanted->last_id, 0, match, wanted, error) < 0)
		return -1;
	*when_ms = wanted->found_ms;
	return wanted->found_ms != 0;
}

static int look_for_mended(struct store *store, void *context, int64_t *when_ms, struct error *error)
{
	bool *broken = context;
	const struct view *view;
	if (store_view(store, 0, &view, error) < 0)
		return -1;
	bool full = view->chunks.full == view->chunks.total;
	*broken = *broken || !full;
	int result = *broken && full && view->health == HEALTH_HEALTHY;
	view_unref(view);
	*when_ms = now_ms();
	return result;
}

static int look_for_idle(struct store *store, void *context, int64_t *when_ms, struct error *error)
{
	int *quiet = context;
	const struct view *view;
	if (store_view(store, 0, &view, error) < 0)
		return -1;
	bool idle = view->repair.state == REPAIR_IDLE && view->repair.queued == 0 && view->repair.active == 0;
	*quiet = idle ? *quiet + 1 : 0;
	view_unref(view);
	*when_ms = now_ms();
	return *quiet >= QUIET_LOOKS;
}

static int await(struct store *store, look_at *look, void *context, struct error *error)
{
	int64_t began = now_ms(), when_ms = 0;
	while (now_ms() - began < PATIENCE_MS) {
		int result = look(store, context, &when_ms, error);
		if (result < 0)
			return -1;
		if (result > 0) {
			printf("%" PRId64 "\n", when_ms);
			return 0;
		}
		nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
	}
	return error_set(error, ERROR_UNAVAILABLE, "it did not happen");
}

int main(int argc, char **argv)
{
	struct error error;
	struct store *store;
	struct wanted wanted = {0};
	bool broken = false;
	int quiet = 0;
	look_at *look = NULL;
	void *context = NULL;
	if (argc == 5 && strcmp(argv[2], "event") == 0) {
		look = look_for_event;
		wanted.code = argv[3];
		wanted.after_ms = strtoll(argv[4], NULL, 10);
		context = &wanted;
	} else if (argc == 3 && strcmp(argv[2], "mended") == 0) {
		look = look_for_mended;
		context = &broken;
	} else if (argc == 3 && strcmp(argv[2], "idle") == 0) {
		look = look_for_idle;
		context = &quiet;
	} else {
		fprintf(stderr, "usage: await CONFIG event CODE AFTER | mended | idle\n");
		return 2;
	}
	if (store_open(argv[1], &store, &error) < 0) {
		fprintf(stderr, "await: %s\n", error.message);
		return 1;
	}
	int result = await(store, look, context, &error);
	if (result < 0)
		fprintf(stderr, "await: %s\n", error.message);
	store_close(store);
	return result < 0 ? 1 : 0;
}
