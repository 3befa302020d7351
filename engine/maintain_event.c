/*
 * maintain_event.c: what maintenance says in the event log.
 *
 * A repair is told from its trigger to its end: "repair_started" with what brought it about and what was decided,
 * "repair_copy" for each of the first transfers, for each that was a chunk's last copy and for each that failed,
 * "repair_progress" for the others together every ten seconds, and "repair_finished" with the sums. So a repair of a
 * million chunks leaves a few hundred events, not a million.
 */
#include "engine/maintain.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_IN_FULL = 20, TALLY_EVERY_MS = 10000, IDLE_MS = 300 };

void maintain_set_trigger(struct maintenance *maintenance, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(maintenance->trigger, sizeof(maintenance->trigger), format, arguments);
	va_end(arguments);
}

void maintain_record(struct maintenance *maintenance, const struct view_event *event)
{
	struct error ignored;
	struct catalog *catalog = maintenance->store->writer;
	if (catalog_begin(catalog, &ignored) < 0)
		return;
	if (catalog_record_event(catalog, event, &ignored) < 0 || catalog_commit(catalog, &ignored) < 0)
		catalog_rollback(catalog);
}

static const char *trigger_of(const struct maintenance *maintenance)
{
	return maintenance->trigger[0] ? maintenance->trigger : "chunks have fewer copies than wanted";
}

static int record_in_full(
	struct maintenance *maintenance, const struct task *task, bool settled, struct error *error)
{
	char name[STORE_NAME_MAX + 32], hex[DIGEST_HEX_SIZE], text[STORE_NAME_MAX + 512], size[32];
	if (catalog_name_chunk(maintenance->store->writer, task->chunk.id, name, sizeof(name), error) < 0)
		return -1;
	digest_hex(&task->chunk.digest, hex);
	text_bytes(size, sizeof(size), task->chunk.size);
	const char *source = task->source ? task->source->name : "", *target = task->target->name;
	if (settled)
		snprintf(text, sizeof(text), "copied chunk %.12s… of '%s' (%s) from %s to %s%s", hex, name,
			size, source, target, task->last_copy ? "; it had been on its last copy" : "");
	else
		snprintf(text, sizeof(text),
			"could not copy chunk %.12s… of '%s' to %s: %s; trying again later", hex, name,
			target, task->why[0] ? task->why : "things changed meanwhile");
	const struct view_event event = {
		.severity = settled ? EVENT_INFO : EVENT_WARNING,
		.code = settled ? "repair_copy" : "repair_failed",
		.node = target,
		.text = text,
		.trigger = task->purpose == PURPOSE_REPAIR ? trigger_of(maintenance)
							   : plan_purpose_name(task->purpose),
		.source = source,
		.target = target,
		.result = settled ? "ok" : "failed",
		.chunks = 1,
		.bytes = task->chunk.size,
		.duration_ms = (task->ended_ns - task->started_ns) / 1000000,
	};
	return catalog_record_event(maintenance->store->writer, &event, error);
}

static void tally_add(struct tally *tally, const struct task *task, bool settled)
{
	tally->chunks += settled;
	tally->bytes += settled ? task->chunk.size : 0;
	tally->failed += !settled;
}

static int record_tally(struct maintenance *maintenance, struct error *error)
{
	struct tally *tally = &maintenance->since_event;
	char text[256], size[32];
	if (tally->chunks == 0)
		return 0;
	int64_t duration_ms = (maintain_now_ns(maintenance) - tally->began_ns) / 1000000;
	snprintf(text, sizeof(text), "copied %llu more %s (%s)", (unsigned long long)tally->chunks,
		tally->chunks == 1 ? "chunk" : "chunks", text_bytes(size, sizeof(size), tally->bytes));
	const struct view_event event = {
		.severity = EVENT_INFO,
		.code = "repair_progress",
		.node = "",
		.text = text,
		.trigger = trigger_of(maintenance),
		.source = "",
		.target = "",
		.result = "ok",
		.chunks = tally->chunks,
		.bytes = tally->bytes,
		.duration_ms = duration_ms,
	};
	*tally = (struct tally){.began_ns = maintain_now_ns(maintenance)};
	return catalog_record_event(maintenance->store->writer, &event, error);
}

/* Failures repeat, so only the first are told one by one, and then each hundredth. */
static bool is_told_in_full(const struct maintenance *maintenance, const struct task *task, bool settled)
{
	if (!settled)
		return maintenance->run.failed <= EVENTS_IN_FULL || maintenance->run.failed % 100 == 0;
	return maintenance->run_events < (task->last_copy ? 10 * EVENTS_IN_FULL : EVENTS_IN_FULL);
}

int maintain_record_task(
	struct maintenance *maintenance, const struct task *task, bool settled, struct error *error)
{
	int64_t now = maintain_now_ns(maintenance);
	assert(task->kind == TASK_COPY);
	tally_add(&maintenance->run, task, settled);
	if (is_told_in_full(maintenance, task, settled)) {
		maintenance->run_events++;
		return record_in_full(maintenance, task, settled, error);
	}
	if (maintenance->since_event.chunks == 0) {
		maintenance->since_event.began_ns = now;
		maintenance->next_tally_ns = now + (int64_t)TALLY_EVERY_MS * 1000000;
	}
	tally_add(&maintenance->since_event, task, settled);
	return now >= maintenance->next_tally_ns ? record_tally(maintenance, error) : 0;
}

static void announce_start(struct maintenance *maintenance)
{
	char text[512], size[32], last[48] = "";
	uint64_t chunks = maintenance->queued_chunks - maintenance->trim_chunks;
	maintenance->run_open = true;
	maintenance->run = (struct tally){.began_ns = maintain_now_ns(maintenance)};
	maintenance->run_events = 0;
	if (maintenance->last_copies > 0)
		snprintf(last, sizeof(last), ", %llu on the last copy",
			(unsigned long long)maintenance->last_copies);
	snprintf(text, sizeof(text), "repair: %llu %s to be copied (%s)%s", (unsigned long long)chunks,
		chunks == 1 ? "chunk has" : "chunks have",
		text_bytes(size, sizeof(size), maintenance->queued_bytes), last);
	/* How much that will be is only known in the end. */
	if (chunks == 0)
		snprintf(text, sizeof(text), "repair: moving chunks to emptier nodes");
	maintain_record(maintenance, &(struct view_event){
					     .severity = EVENT_NOTICE,
					     .code = "repair_started",
					     .node = "",
					     .text = text,
					     .trigger = trigger_of(maintenance),
					     .source = "",
					     .target = "",
					     .result = "",
					     .chunks = chunks,
					     .bytes = maintenance->queued_bytes,
					     .duration_ms = -1,
				     });
}

/* With what was not told one by one before it; if that fails it is all still to be told. */
static int record_end(struct maintenance *maintenance, const struct view_event *event)
{
	struct error ignored;
	struct catalog *catalog = maintenance->store->writer;
	const struct tally since_event = maintenance->since_event;
	if (catalog_begin(catalog, &ignored) < 0)
		return -1;
	if (record_tally(maintenance, &ignored) == 0 && catalog_record_event(catalog, event, &ignored) == 0 &&
		catalog_commit(catalog, &ignored) == 0)
		return 0;
	catalog_rollback(catalog);
	maintenance->since_event = since_event;
	return -1;
}

/* Where the catalog takes no event now, the next tick tries again. */
static void announce_end(struct maintenance *maintenance)
{
	const struct tally *run = &maintenance->run;
	char text[512], size[32], time[32], failed[64] = "";
	int64_t duration_ms = (maintenance->idle_since_ns - run->began_ns) / 1000000;
	bool left =
		maintenance->blocked_chunks + maintenance->waiting_chunks + maintenance->unreadable_chunks >
		0;
	if (run->failed)
		snprintf(failed, sizeof(failed), ", %llu attempts failed", (unsigned long long)run->failed);
	snprintf(text, sizeof(text), "repair: copied %llu %s (%s) in %s%s%s", (unsigned long long)run->chunks,
		run->chunks == 1 ? "chunk" : "chunks", text_bytes(size, sizeof(size), run->bytes),
		text_duration(time, sizeof(time), duration_ms), failed,
		left ? "; others have to wait" : "; nothing more to copy");
	const struct view_event event = {
		.severity = EVENT_NOTICE,
		.code = "repair_finished",
		.node = "",
		.text = text,
		.trigger = maintenance->run_trigger,
		.source = "",
		.target = "",
		.result = run->failed ? "failed"
			  : left      ? "partial"
				      : "ok",
		.chunks = run->chunks,
		.bytes = run->bytes,
		.duration_ms = duration_ms,
	};
	if (record_end(maintenance, &event) < 0)
		return;
	maintenance->run_open = false;
	/* What was noticed since then belongs to the next run. */
	if (strcmp(trigger_of(maintenance), maintenance->run_trigger) == 0)
		maintenance->trigger[0] = '\0';
}

void maintain_announce(struct maintenance *maintenance)
{
	int64_t now = maintain_now_ns(maintenance);
	bool working = maintenance->copies_under_way > 0 ||
		       (maintenance->queued_chunks > maintenance->trim_chunks && !maintenance->paused);
	if (working) {
		maintenance->idle_since_ns = 0;
		/* Announced with the first transfer: what cannot be begun is a state, not an event. */
		if (!maintenance->run_open && maintenance->copies_under_way > 0)
			announce_start(maintenance);
		return;
	}
	if (!maintenance->idle_since_ns) {
		maintenance->idle_since_ns = now;
		snprintf(maintenance->run_trigger, sizeof(maintenance->run_trigger), "%s",
			trigger_of(maintenance));
	}
	/* A little later, so that what follows at once belongs to the same repair. */
	if (maintenance->run_open && now - maintenance->idle_since_ns >= (int64_t)IDLE_MS * 1000000)
		announce_end(maintenance);
}
