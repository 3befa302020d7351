/*
 * scenario_text.c: a step in one line, as messages and screens show it.
 */
#include "engine/scenario_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMED = 4 };

static void write_names(FILE *out, char *const *names, size_t count)
{
	for (size_t i = 0; i < count && i < NAMED; i++)
		fprintf(out, "%s%s", i ? ", " : "", names[i]);
	if (count > NAMED)
		fprintf(out, " and %zu more", count - NAMED);
}

static void write_time(FILE *out, const char *before, int64_t milliseconds)
{
	char text[32];
	fprintf(out, "%s%s", before, config_time_text((uint64_t)milliseconds, text));
}

static void write_bytes(FILE *out, const char *before, uint64_t bytes)
{
	char text[32];
	fprintf(out, "%s%s", before, config_bytes_text(bytes, text));
}

/* In thousandths, because a locale may give printf another decimal point. */
static void write_share(FILE *out, const char *before, double share)
{
	unsigned thousandths = (unsigned)(share * 1000 + 0.5);
	fprintf(out, "%s%u", before, thousandths / 10);
	if (thousandths % 10)
		fprintf(out, ".%u", thousandths % 10);
	fputs(" %", out);
}

static void write_put(FILE *out, const struct scenario_step *step)
{
	if (step->path_count) {
		fputc(' ', out);
		write_names(out, step->paths, step->path_count);
		if (step->name_count)
			fprintf(out, " as %s", step->names[0]);
	} else {
		fprintf(out, " %" PRIu64 " %s", step->files, step->files == 1 ? "file" : "files");
		write_bytes(out, " of ", step->size_bytes);
		if (step->size_most_bytes > step->size_bytes)
			write_bytes(out, " to ", step->size_most_bytes);
		fprintf(out, " as %s%s", step->names[0], step->files == 1 ? "" : "/");
	}
	if (step->replication_factor)
		fprintf(out, ", %u %s each", step->replication_factor,
			step->replication_factor == 1 ? "copy" : "copies");
	if (step->refused)
		fputs(", which is refused", out);
}

static void write_settings(FILE *out, const struct scenario_link *link)
{
	if (link->set_latency)
		write_time(out, ", latency ", link->latency_ms);
	if (link->set_jitter)
		write_time(out, ", jitter ", link->jitter_ms);
	if (link->set_bandwidth && link->bandwidth)
		write_bytes(out, ", bandwidth ", link->bandwidth);
	else if (link->set_bandwidth)
		fputs(", bandwidth without limit", out);
	if (link->set_loss)
		write_share(out, ", loss ", link->loss);
	if (link->one_way)
		fputs(", one way", out);
}

static void write_ends(FILE *out, const struct scenario_step *step)
{
	if (step->other_count)
		fputs(step->link.one_way ? " to " : " and ", out);
	write_names(out, step->others, step->other_count);
}

static void write_groups(FILE *out, const struct scenario_step *step)
{
	for (size_t i = 0; i < step->group_count; i++) {
		fputs(i ? " / " : " ", out);
		write_names(out, step->groups[i].names, step->groups[i].count);
	}
}

static void write_random(FILE *out, const struct scenario_step *step)
{
	static const char *const names[] = {[FAULT_FAIL] = "fail",
		[FAULT_AWAY] = "away",
		[FAULT_WIPE] = "wipe",
		[FAULT_CORRUPT] = "corrupt",
		[FAULT_SLOW] = "slow",
		[FAULT_CUT] = "cut",
		[FAULT_KILL] = "kill",
		[FAULT_PUT] = "put",
		[FAULT_RM] = "rm"};
	bool first = true;
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		if (step->random.weights[kind] <= 0)
			continue;
		fprintf(out, "%s%s", first ? " " : ", ", names[kind]);
		first = false;
	}
	write_time(out, " for ", step->duration_ms);
	write_time(out, ", every ", step->random.every_ms);
	write_time(out, " on average, lasting ", step->random.lasting_ms);
}

static void write_expectation(FILE *out, const struct scenario_expectation *expectation)
{
	for (size_t i = 0; i < expectation->condition_count; i++) {
		const struct scenario_condition *condition = &expectation->conditions[i];
		const char *sign = scenario_comparison_sign(condition->comparison);
		bool equal = condition->comparison == COMPARE_EQUAL;
		fprintf(out, "%s%s %s%s%s", i ? ", " : " ", condition->field, equal ? "" : sign,
			equal ? "" : " ", condition->wanted);
	}
	if (expectation->within_ms)
		write_time(out, " within ", expectation->within_ms);
	if (expectation->for_ms)
		write_time(out, " for ", expectation->for_ms);
}

static void write_number(FILE *out, const struct scenario_step *step)
{
	if (step->kind == STEP_CORRUPT && step->number > 1)
		fprintf(out, ", %" PRIu64 " chunks each", step->number);
	else if (step->kind == STEP_SET_RF)
		fprintf(out, " to %" PRIu64, step->number);
	else if (step->kind == STEP_REPEAT)
		fprintf(out, " %" PRIu64 " times", step->number);
	else if (step->kind == STEP_FILL && step->ratio > 0)
		write_share(out, " to ", step->ratio);
	else if (step->kind == STEP_FILL)
		fputs(" no more", out);
}

static void write_plain(FILE *out, const struct scenario_step *step)
{
	if (step->name_count)
		fputc(' ', out);
	write_names(out, step->names, step->name_count);
	write_ends(out, step);
	write_groups(out, step);
	write_settings(out, &step->link);
	write_number(out, step);
	if (step->node.name)
		fprintf(out, " %s", step->node.name);
	if (step->node.zone)
		fprintf(out, " in zone %s", step->node.zone);
	if (step->kind == STEP_WAIT || step->kind == STEP_KILL)
		write_time(out, step->kind == STEP_KILL ? " maintenance for " : " ", step->duration_ms);
}

char *scenario_step_text(const struct scenario_step *step)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	if (!out)
		return NULL;
	fputs(step_kind_name(step->kind), out);
	if (step->kind == STEP_PUT)
		write_put(out, step);
	else if (step->kind == STEP_RANDOM)
		write_random(out, step);
	else if (step->kind == STEP_EXPECT)
		write_expectation(out, &step->expectation);
	else
		write_plain(out, step);
	bool failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
