#include "cli/verdict.h"

#include "cli/command.h"
#include "cli/durability_table.h"
#include "cli/json.h"
#include "cli/output.h"

enum { LABEL_COLUMNS = 10 };

static void print_label(const char *label)
{
	output_print("%-*s ", LABEL_COLUMNS, label);
}

/* ---- text ---- */

static void print_headline(const struct verdict *verdict)
{
	char time[32];
	output_coloured(verdict->passed ? COLOUR_GOOD : COLOUR_BAD, verdict->passed ? "PASSED" : "FAILED");
	output_print(": ");
	output_text(verdict->scenario);
	output_byte('\n');
	if (!verdict->passed) {
		print_label("because");
		output_text(verdict->failure);
		output_byte('\n');
	}
	if (!verdict->played)
		return;
	print_label("clock");
	output_print("%s, %s, seed %llu\n", verdict->virtual_clock ? "virtual" : "real",
		text_duration(time, sizeof(time), verdict->duration_ms), (unsigned long long)verdict->seed);
}

static void print_expectation(const struct verdict_expectation *expectation)
{
	char time[32];
	output_print("  line %-4u ", expectation->line);
	output_coloured(
		expectation->met ? COLOUR_GOOD : COLOUR_BAD, expectation->met ? "met    " : "not met");
	output_print(" after %-8s ", text_duration(time, sizeof(time), expectation->took_ms));
	output_text(expectation->text);
	if (!expectation->met) {
		output_print("\n            ");
		output_text(expectation->found);
	}
	output_byte('\n');
}

static void print_health(const struct verdict *verdict)
{
	char time[32];
	print_label("time");
	for (int health = 0; health < HEALTH_UNKNOWN; health++)
		output_print("%s%s %s", health ? ", " : "", health_name((enum health)health),
			text_duration(time, sizeof(time), verdict->in_state_ms[health]));
	output_byte('\n');
	print_label("recovery");
	if (verdict->healthy_after_ms == 0) {
		output_print("it was HEALTHY all the time\n");
		return;
	}
	if (verdict->healthy_after_ms < 0)
		output_print("it was not HEALTHY in the end");
	else
		output_print("HEALTHY for good %s after the first trouble",
			text_duration(time, sizeof(time), verdict->healthy_after_ms));
	output_print("; at most %s at a time without\n",
		text_duration(time, sizeof(time), verdict->longest_unhealthy_ms));
}

static void print_sums(const struct verdict *verdict)
{
	char first[48], second[48], third[16];
	print_label("peaks");
	output_print("%s at risk, %llu on the last copy, %llu out of reach\n",
		command_count_text(first, sizeof(first), verdict->peak_at_risk, "chunk", "chunks"),
		(unsigned long long)verdict->peak_last_copy, (unsigned long long)verdict->peak_unavailable);
	print_label("bytes");
	output_print("%s lost, %s repaired, %s of these in vain\n",
		text_bytes(first, sizeof(first), verdict->bytes_lost),
		text_bytes(second, sizeof(second), verdict->bytes_repaired),
		text_bytes(third, sizeof(third), verdict->bytes_unneeded));
	print_label("verified");
	output_print("%s, %s\n",
		command_count_text(first, sizeof(first), verdict->verified, "version", "versions"),
		text_bytes(second, sizeof(second), verdict->verified_bytes));
	print_label("events");
	output_print("%llu\n", (unsigned long long)verdict->events);
}

void verdict_print(const struct verdict *verdict)
{
	print_headline(verdict);
	if (verdict->expectation_count)
		output_print("expected\n");
	for (size_t i = 0; i < verdict->expectation_count; i++)
		print_expectation(&verdict->expectations[i]);
	if (verdict->played) {
		print_health(verdict);
		print_sums(verdict);
	}
	if (verdict->case_count) {
		output_print("\n");
		durability_table_print(verdict->case_names, verdict->results, verdict->case_count);
	}
}

/* ---- JSON ---- */

static double seconds(int64_t milliseconds)
{
	return (double)milliseconds / 1000;
}

static cJSON *expectation_json(const struct verdict_expectation *expectation)
{
	cJSON *object = cJSON_CreateObject();
	json_add_integer(object, "line", expectation->line);
	json_add_integer(object, "column", expectation->column);
	json_add_text(object, "text", expectation->text);
	cJSON_AddBoolToObject(object, "met", expectation->met);
	json_add_text(object, "found", expectation->found);
	json_add_decimal(object, "at_s", seconds(expectation->time_ms));
	json_add_decimal(object, "took_s", seconds(expectation->took_ms));
	return object;
}

static cJSON *times_json(const struct verdict *verdict)
{
	cJSON *object = cJSON_CreateObject();
	for (int health = 0; health < HEALTH_UNKNOWN; health++)
		json_add_decimal(
			object, health_name((enum health)health), seconds(verdict->in_state_ms[health]));
	return object;
}

cJSON *verdict_json(const struct verdict *verdict)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "scenario", verdict->scenario);
	cJSON_AddBoolToObject(object, "passed", verdict->passed);
	json_add_text(object, "failure", verdict->failure);
	json_add_text(object, "clock", verdict->virtual_clock ? "virtual" : "real");
	json_add_integer(object, "seed", verdict->seed);
	json_add_decimal(object, "duration_s", seconds(verdict->duration_ms));
	cJSON *array = cJSON_AddArrayToObject(object, "expectations");
	for (size_t i = 0; i < verdict->expectation_count; i++)
		cJSON_AddItemToArray(array, expectation_json(&verdict->expectations[i]));
	json_add_decimal(object, "healthy_after_s", seconds(verdict->healthy_after_ms));
	json_add_decimal(object, "longest_unhealthy_s", seconds(verdict->longest_unhealthy_ms));
	cJSON_AddItemToObject(object, "time_in_s", times_json(verdict));
	cJSON *inner = cJSON_AddObjectToObject(object, "peak");
	json_add_integer(inner, "at_risk", verdict->peak_at_risk);
	json_add_integer(inner, "last_copy", verdict->peak_last_copy);
	json_add_integer(inner, "unavailable", verdict->peak_unavailable);
	inner = cJSON_AddObjectToObject(object, "bytes");
	json_add_integer(inner, "lost", verdict->bytes_lost);
	json_add_integer(inner, "repaired", verdict->bytes_repaired);
	json_add_integer(inner, "unneeded", verdict->bytes_unneeded);
	inner = cJSON_AddObjectToObject(object, "verified");
	json_add_integer(inner, "versions", verdict->verified);
	json_add_integer(inner, "bytes", verdict->verified_bytes);
	json_add_integer(object, "events", verdict->events);
	if (verdict->case_count)
		cJSON_AddItemToObject(object, "compare",
			durability_table_json(verdict->case_names, verdict->results, verdict->case_count));
	return object;
}
