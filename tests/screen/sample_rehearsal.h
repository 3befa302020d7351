/*
 * sample_rehearsal.h: a scenario that is being played, and what came of it.
 */
#ifndef LINCKIA_TESTS_SCREEN_SAMPLE_REHEARSAL_H
#define LINCKIA_TESTS_SCREEN_SAMPLE_REHEARSAL_H

#include "engine/engine.h"

static inline struct rehearsal_status sample_status(void)
{
	return (struct rehearsal_status){
		.scenario = "Two disks die",
		.step = 4,
		.steps = 11,
		.line = 23,
		.doing = "fail node-2",
		.time_ms = 252000,
		.virtual_clock = true,
		.speed = 60,
		.state = REHEARSAL_PLAYING,
		.passed = true,
	};
}

/* One expectation was met, one was not. */
static inline struct verdict sample_verdict(bool passed)
{
	static const struct verdict_expectation expectations[] = {
		{.line = 19,
			.column = 5,
			.text = "expect {health: DEGRADED, within: 2s}",
			.met = true,
			.found = "",
			.took_ms = 400},
		{.line = 31,
			.column = 5,
			.text = "expect {health: HEALTHY, chunks.lost: 0, within: 5m}",
			.met = true,
			.found = "",
			.took_ms = 254000},
		{.line = 34,
			.column = 5,
			.text = "expect {repair.state: idle, for: 30s}",
			.met = false,
			.found = "repair.state is running",
			.took_ms = 31000},
	};
	return (struct verdict){
		.scenario = "Two disks die",
		.about = "A disk dies, and while repair copies what it held, a second one does.",
		.passed = passed,
		.failure = passed ? "" : "line 34: repair.state is running",
		.virtual_clock = true,
		.seed = 42,
		.duration_ms = 3723000,
		.expectations = expectations,
		.expectation_count = passed ? 2 : 3,
		.verified = passed ? 1302 : 0,
		.verified_bytes = passed ? UINT64_C(3) << 30 : 0,
		.healthy_after_ms = passed ? 254000 : -1,
		.longest_unhealthy_ms = 254000,
		.in_state_ms = {3469000, 240000, 14000},
		.peak_at_risk = 512,
		.peak_last_copy = 31,
		.peak_unavailable = passed ? 0 : 1,
		.bytes_lost = passed ? 0 : 4 << 20,
		.bytes_repaired = UINT64_C(1200) << 20,
		.bytes_unneeded = UINT64_C(96) << 20,
		.events = 1234,
	};
}

#endif
