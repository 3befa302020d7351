/*
 * status_upkeep.c: the lines of `status` about repair and scrub.
 */
#include <stdio.h>

#include "cli/output.h"
#include "cli/status.h"

enum { TRANSFERS_SHOWN = 8 };

static enum colour colour_of_repair(enum repair_state state)
{
	return state == REPAIR_BLOCKED ? COLOUR_BAD : state == REPAIR_IDLE ? COLOUR_NONE : COLOUR_WARNING;
}

/* Whole seconds: nobody needs more of a guess. */
static char *seconds_text(char *out, size_t size, double seconds)
{
	return text_duration(out, size, (int64_t)(seconds + 0.5) * 1000);
}

static bool is_sane(double seconds)
{
	return seconds >= 0 && seconds < 1e12;
}

static void print_rate(double rate)
{
	char text[16];
	if (rate >= 1 && rate < 1e18)
		output_print(", %s/s", text_bytes(text, sizeof(text), (uint64_t)rate));
}

static void print_transfer(const struct view_transfer *transfer)
{
	char bytes[16], age[32];
	status_print_label("");
	output_print("  %s  %.0f%%  ", text_bytes(bytes, sizeof(bytes), transfer->bytes),
		transfer->bytes ? 100 * (double)transfer->done_bytes / (double)transfer->bytes : 0);
	output_text(transfer->source);
	output_print(" -> ");
	output_text(transfer->target);
	output_print("  %s  ", text_duration(age, sizeof(age), transfer->age_ms));
	output_text(transfer->purpose);
	output_print("%s", *transfer->file ? ": " : "");
	output_text(transfer->file);
	output_byte('\n');
}

static void print_transfers(const struct view_repair *repair)
{
	size_t shown = repair->transfer_count < TRANSFERS_SHOWN ? repair->transfer_count : TRANSFERS_SHOWN;
	for (size_t i = 0; i < shown; i++)
		print_transfer(&repair->transfers[i]);
	if (repair->transfer_count > shown) {
		status_print_label("");
		output_print("  and %zu more\n", repair->transfer_count - shown);
	}
}

/* "; 3 last copy, 2 missing": which kinds they are, unless all are merely missing. */
static void print_kinds(const struct view_repair *repair)
{
	if (repair->queue[QUEUE_MISSING].chunks == repair->queued)
		return;
	const char *before = "; ";
	for (int kind = 0; kind < QUEUES; kind++) {
		if (repair->queue[kind].chunks == 0)
			continue;
		output_print("%s%llu %s", before, (unsigned long long)repair->queue[kind].chunks,
			repair_queue_name((enum repair_queue)kind));
		before = ", ";
	}
}

static void print_repair(const struct view_repair *repair)
{
	char text[32];
	bool work = repair->queued || repair->active;
	status_print_label("repair");
	output_coloured(colour_of_repair(repair->state), repair_state_name(repair->state));
	output_print("%s", *repair->reason ? ": " : "");
	output_text(repair->reason);
	if (work) {
		output_print("; %llu queued (%s", (unsigned long long)repair->queued,
			text_bytes(text, sizeof(text), repair->queued_bytes));
		print_kinds(repair);
		output_print("), %llu active", (unsigned long long)repair->active);
		print_rate(repair->rate);
	}
	if (is_sane(repair->eta_s) && work)
		output_print(", %s left",
			repair->eta_s < 0.5 ? "under 1 s" : seconds_text(text, sizeof(text), repair->eta_s));
	if (repair->bandwidth)
		output_print("; at most %s/s", text_bytes(text, sizeof(text), repair->bandwidth));
	if (repair->repaired)
		output_print("; %llu done (%s)", (unsigned long long)repair->repaired,
			text_bytes(text, sizeof(text), repair->repaired_bytes));
	output_byte('\n');
	print_transfers(repair);
}

static void print_scrub(const struct view_scrub *scrub)
{
	char text[40];
	status_print_label("scrub");
	if (scrub->running) {
		output_print("running: %llu of %llu chunks verified", (unsigned long long)scrub->done,
			(unsigned long long)scrub->total);
		print_rate(scrub->rate);
	} else {
		output_print("not running");
	}
	if (scrub->bad) {
		snprintf(text, sizeof(text), "%llu bad", (unsigned long long)scrub->bad);
		output_print("; ");
		output_coloured(COLOUR_WARNING, text);
	}
	if (scrub->oldest_verified_ms > 0)
		output_print("; every copy was verified since %s",
			text_time(text, sizeof(text), scrub->oldest_verified_ms));
	else
		output_print("; not every copy was verified yet");
	output_byte('\n');
}

void status_print_upkeep(const struct view *view)
{
	print_repair(&view->repair);
	print_scrub(&view->scrub);
}
