/*
 * fuzz_scenario.c: a scenario is refused with a place in it, or read; then every step says where it stands and what
 * it does, and what it expects can be asked of any view.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/scenario.h"
#include "tests/fuzz/fuzz.h"
#include "tests/screen/sample.h"

#define SCENARIO_PATH "/nowhere/fuzz.yaml"

static void check_expectation(const struct scenario_expectation *expectation)
{
	static struct sample sample;
	char found[512];
	FUZZ_CHECK(expectation->condition_count > 0);
	FUZZ_CHECK(expectation->within_ms >= 0 && expectation->for_ms >= 0);
	for (int kind = 0; kind < SAMPLES; kind++) {
		memset(found, 'x', sizeof(found));
		const struct view *view = sample_view(&sample, (enum sample_kind)kind);
		bool holds = expectation_holds(expectation, view, found, sizeof(found));
		FUZZ_CHECK(holds || memchr(found, '\0', sizeof(found)));
		FUZZ_CHECK(holds || found[0] != '\0');
	}
}

static size_t check_steps(const struct scenario_step *steps, size_t count)
{
	size_t all = count;
	for (size_t i = 0; i < count; i++) {
		const struct scenario_step *step = &steps[i];
		FUZZ_CHECK(step->kind < STEP_KINDS && step->line > 0 && step->column > 0);
		FUZZ_CHECK(step->text && step->text[0] && !strpbrk(step->text, "\r\n"));
		FUZZ_CHECK(step->ratio >= 0 && step->ratio <= 1 && step->duration_ms >= 0);
		FUZZ_CHECK(step->link.loss >= 0 && step->link.loss <= 1);
		if (step->kind == STEP_EXPECT)
			check_expectation(&step->expectation);
		all += check_steps(step->steps, step->step_count);
	}
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario *scenario = NULL;
	struct error error;
	error_clear(&error);
	if (scenario_parse(SCENARIO_PATH, (const char *)data, size, &scenario, &error) < 0) {
		fuzz_check_fault(&error, SCENARIO_PATH, (const char *)data, size);
		return 0;
	}
	FUZZ_CHECK(scenario->name && !strpbrk(scenario->name, "\r\n") && scenario->about);
	FUZZ_CHECK(scenario->store && scenario->store->node_count >= 1);
	FUZZ_CHECK(check_steps(scenario->steps, scenario->step_count) <= SCENARIO_STEPS_MAX);
	scenario_free(scenario);
	return 0;
}
