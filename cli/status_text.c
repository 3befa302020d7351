/*
 * status_text.c: a whole view as text. What it says of repair and scrub is in status_upkeep.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/nodes.h"
#include "cli/output.h"
#include "cli/status.h"

enum { LABEL_COLUMNS = 9 };

void status_print_label(const char *label)
{
	output_print("%-*s ", LABEL_COLUMNS, label);
}

char *status_reason(const struct view *view)
{
	if (view->check_count == 0)
		return allocate(1, 1);
	const char *summary = view->checks[0].summary;
	int length = (int)strlen(summary);
	if (length && summary[length - 1] == '.')
		length--;
	if (view->check_count == 1)
		return allocate_print("%.*s", length, summary);
	char more[48];
	return allocate_print("%.*s; %s", length, summary,
		command_count_text(more, sizeof(more), view->check_count - 1, "more reason", "more reasons"));
}

/* "DEGRADED: 12 chunks have fewer copies than wanted; 1 more reason" */
static void print_headline(const struct view *view)
{
	char *reason = status_reason(view);
	output_coloured(colour_of_health(view->health), health_name(view->health));
	output_print("%s", *reason ? ": " : "");
	output_text(reason);
	output_byte('\n');
	free(reason);
}

static void print_store(const struct view *view)
{
	char since[40], ago[32];
	status_print_label("store");
	output_text(view->store);
	output_print("%s\n", view->rehearsal ? " (rehearsal)" : "");
	status_print_label("since");
	output_print("%s", text_time(since, sizeof(since), view->health_since_ms));
	if (view->time_ms >= view->health_since_ms)
		output_print(" (%s)", text_duration(ago, sizeof(ago), view->time_ms - view->health_since_ms));
	output_byte('\n');
}

static void print_check(const struct view_check *check)
{
	output_byte('\n');
	output_coloured(colour_of_health(check->severity), check_code_name(check->code));
	output_print("  ");
	output_text(check->summary);
	output_byte('\n');
	for (size_t i = 0; i < check->detail_count; i++) {
		output_print("    ");
		output_text(check->details[i]);
		output_byte('\n');
	}
	if (*check->advice) {
		output_print("  ");
		output_coloured(COLOUR_STRONG, "What to do: ");
		output_text(check->advice);
		output_byte('\n');
	}
}

static void print_count(uint64_t count, const char *what, enum colour colour)
{
	char text[64];
	if (count == 0)
		return;
	snprintf(text, sizeof(text), "%llu %s", (unsigned long long)count, what);
	output_print(", ");
	output_coloured(colour, text);
}

static void print_chunks(const struct view_chunks *chunks)
{
	status_print_label("chunks");
	output_print("%llu, of which %llu have all their copies", (unsigned long long)chunks->total,
		(unsigned long long)chunks->full);
	print_count(chunks->under_replicated, "under-replicated", COLOUR_WARNING);
	print_count(chunks->last_copy, "on their last copy", COLOUR_WARNING);
	print_count(chunks->unavailable, "unavailable", COLOUR_BAD);
	print_count(chunks->lost, "lost", COLOUR_BAD);
	print_count(chunks->excess, "with more copies than wanted", COLOUR_NONE);
	print_count(chunks->corrupt, "bad copies", COLOUR_WARNING);
	print_count(chunks->misplaced, "misplaced", COLOUR_WARNING);
	output_byte('\n');
}

static void print_contents(const struct view *view)
{
	char logical[16], unique[16], stored[16], files[48], versions[48], snapshots[48];
	status_print_label("files");
	output_print("%s, %s, %s\n", command_count_text(files, sizeof(files), view->files, "file", "files"),
		command_count_text(versions, sizeof(versions), view->versions, "version", "versions"),
		command_count_text(snapshots, sizeof(snapshots), view->snapshots, "snapshot", "snapshots"));
	print_chunks(&view->chunks);
	status_print_label("bytes");
	output_print("%s in files, %s unique, %s stored\n",
		text_bytes(logical, sizeof(logical), view->logical_bytes),
		text_bytes(unique, sizeof(unique), view->unique_bytes),
		text_bytes(stored, sizeof(stored), view->stored_bytes));
}

static void print_maintenance(const struct view *view)
{
	status_print_label("upkeep");
	if (view->maintenance_pid > 0)
		output_print("by %s process %lld\n",
			strcmp(view->maintenance_role, "self") == 0 ? "this" : "the",
			(long long)view->maintenance_pid);
	else
		output_print("by nobody now\n");
}

void status_print(const struct view *view)
{
	print_headline(view);
	for (size_t i = 0; i < view->check_count; i++)
		print_check(&view->checks[i]);
	output_byte('\n');
	/* Without a catalog no node is known, and nothing of what is stored. */
	if (view->node_count == 0) {
		print_store(view);
		return;
	}
	nodes_print(view, 0);
	output_byte('\n');
	print_store(view);
	print_contents(view);
	status_print_upkeep(view);
	print_maintenance(view);
	for (size_t i = 0; i < view->note_count; i++) {
		status_print_label("note");
		output_text(view->notes[i]);
		output_byte('\n');
	}
}
