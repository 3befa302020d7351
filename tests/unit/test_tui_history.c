/*
 * Promises of tui/history.h.
 */
#include <malloc.h>

#include "tests/screen/grid.h"
#include "tests/screen/sample.h"
#include "tui/history.h"

static struct sample sample;
static struct history *history;

static int begin(void **state)
{
	(void)state;
	history = history_new();
	sample_view(&sample, SAMPLE_HEALTHY);
	return history != NULL ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	history_free(history);
	return 0;
}

static void near(double value, double expected)
{
	if (value < expected * 0.93 - 0.01 || value > expected * 1.07 + 0.01)
		fail_msg("%g is not about %g", value, expected);
}

static void test_values_come_back_to_some_percent(void **state)
{
	(void)state;
	static const double latencies[] = {0, 0.05, 0.4, 1, 9.5, 250, 30000};
	for (size_t i = 0; i < sizeof(latencies) / sizeof(*latencies); i++) {
		sample.nodes[1].latency_ms = latencies[i];
		sample.nodes[1].at_risk = i * 1000 + (i > 0);
		history_add(history, &sample.view, (int64_t)i * HISTORY_STEP_MS);
		near(history_value(history, "node-2", HISTORY_LATENCY, 0), latencies[i]);
		near(history_value(history, "node-2", HISTORY_AT_RISK, 0), (double)sample.nodes[1].at_risk);
	}
	near(history_value(history, "node-2", HISTORY_LATENCY, 2), 9.5);
	near(history_largest(history, HISTORY_LATENCY, 3), 30000);
	near(history_value(history, "node-1", HISTORY_FILL, 0), 0.2);
	near(history_value(history, "node-6", HISTORY_FILL, 0), 0.7);
	assert_true(history_value(history, "none", HISTORY_FILL, 0) < 0);
	assert_true(history_value(history, "node-2", HISTORY_LATENCY, 100) < 0);
	assert_true(history_value(history, "node-2", HISTORY_LATENCY, HISTORY_STEPS) < 0);
}

static void test_rates_are_differences_over_a_step(void **state)
{
	(void)state;
	double read, written;
	history_add(history, &sample.view, 1000);
	history_rates(history, "node-1", &read, &written);
	assert_true(read < 0 && written < 0);
	sample.nodes[0].read_bytes += 8 << 20;
	sample.nodes[0].written_bytes += 2 << 20;
	sample.nodes[0].errors += 3;
	history_add(history, &sample.view, 1000 + HISTORY_STEP_MS / 2);
	near(history_value(history, "node-1", HISTORY_ERRORS, 0), 3);
	history_add(history, &sample.view, 1000 + HISTORY_STEP_MS);
	history_rates(history, "node-1", &read, &written);
	near(read, 4 << 20);
	near(written, 1 << 20);
	near(history_value(history, "node-1", HISTORY_THROUGHPUT, 0), 5 << 20);
	near(history_value(history, "node-1", HISTORY_ERRORS, 1), 3);
	near(history_value(history, "node-1", HISTORY_ERRORS, 0), 0);
	near(history_total(history, HISTORY_READ, 0), 4 << 20);
	history_add(history, &sample.view, 1000 + 2 * HISTORY_STEP_MS);
	near(history_total(history, HISTORY_READ, 0), 0);
	double series[3];
	history_series(history, HISTORY_WRITTEN, series, 3);
	near(series[1], 1 << 20);
	near(series[2], 0);
}

static void test_time_without_a_look_is_a_gap(void **state)
{
	(void)state;
	history_add(history, &sample.view, 0);
	history_add(history, &sample.view, 5 * HISTORY_STEP_MS);
	assert_true(history_value(history, "node-1", HISTORY_FILL, 0) > 0);
	for (size_t ago = 1; ago < 5; ago++)
		assert_true(history_value(history, "node-1", HISTORY_FILL, ago) < 0);
	assert_true(history_value(history, "node-1", HISTORY_FILL, 5) > 0);
	history_add(history, &sample.view, INT64_C(1000000) * HISTORY_STEP_MS);
	assert_true(history_value(history, "node-1", HISTORY_FILL, 0) > 0);
	assert_true(history_value(history, "node-1", HISTORY_FILL, HISTORY_STEPS - 1) < 0);
}

static void test_nodes_keep_their_history_wherever_they_stand(void **state)
{
	(void)state;
	history_add(history, &sample.view, 0);
	struct view_node first = sample.nodes[0];
	sample.nodes[0] = sample.nodes[5];
	sample.nodes[5] = first;
	sample.nodes[5].used_bytes *= 2;
	history_add(history, &sample.view, HISTORY_STEP_MS);
	near(history_value(history, "node-1", HISTORY_FILL, 1), 0.2);
	near(history_value(history, "node-1", HISTORY_FILL, 0), 0.4);
	sample.view.node_count = 5;
	history_add(history, &sample.view, 2 * HISTORY_STEP_MS);
	assert_true(history_value(history, "node-1", HISTORY_FILL, 1) < 0);
	sample.view.node_count = 6;
	history_add(history, &sample.view, 3 * HISTORY_STEP_MS);
	near(history_value(history, "node-1", HISTORY_FILL, 0), 0.4);
	assert_true(history_value(history, "node-1", HISTORY_FILL, 2) < 0);
}

static void test_a_node_that_is_down_has_no_values(void **state)
{
	(void)state;
	sample.nodes[2].state = NODE_DOWN;
	history_add(history, &sample.view, 0);
	assert_true(history_value(history, "node-3", HISTORY_FILL, 0) < 0);
	assert_true(history_value(history, "node-3", HISTORY_LATENCY, 0) < 0);
}

static void test_health_is_known_from_the_log_and_from_then_on(void **state)
{
	(void)state;
	int64_t now = SAMPLE_NOW_MS;
	sample.events[0].code = "health";
	sample.events[0].text = "DEGRADED, was HEALTHY: a node is down";
	sample.events[0].time_ms = now - 100000;
	sample.events[1].code = "health";
	sample.events[1].text = "HEALTHY, was DEGRADED: all is well";
	sample.events[1].time_ms = now - 50000;
	sample.view.health_since_ms = now - 50000;
	history_add(history, &sample.view, 0);
	assert_int_equal(history_health(history, now - 300000, now - 200000), HEALTH_UNKNOWN);
	assert_int_equal(history_health(history, now - 110000, now - 90000), HEALTH_DEGRADED);
	assert_int_equal(history_health(history, now - 80000, now - 70000), HEALTH_DEGRADED);
	assert_int_equal(history_health(history, now - 60000, now - 40000), HEALTH_DEGRADED);
	assert_int_equal(history_health(history, now - 50000, now - 40000), HEALTH_HEALTHY);
	assert_int_equal(history_health(history, now - 1000, now), HEALTH_HEALTHY);
	sample.view.health = HEALTH_CRITICAL;
	sample.view.health_since_ms = now + 1000;
	history_add(history, &sample.view, 100);
	assert_int_equal(history_health(history, now, now + 500), HEALTH_HEALTHY);
	assert_int_equal(history_health(history, now, now + 2000), HEALTH_CRITICAL);
	for (int i = 0; i < 1000; i++) {
		sample.view.health = i % 2 != 0 ? HEALTH_HEALTHY : HEALTH_DEGRADED;
		sample.view.health_since_ms = now + 10000 + i;
		history_add(history, &sample.view, 200 + i);
	}
	assert_int_equal(history_health(history, now + 10999, now + 20000), HEALTH_HEALTHY);
}

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS_FEATURE(address_sanitizer) ||       \
	HAS_FEATURE(thread_sanitizer)
#define SANITIZED 1
size_t __sanitizer_get_current_allocated_bytes(void);
#else
#define SANITIZED 0
#endif

/* What is allocated now; a sanitizer's allocator keeps books of its own. */
static size_t allocated_bytes(void)
{
#if SANITIZED
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 now = mallinfo2();
	return now.uordblks + now.hblkhd;
#endif
}

/* What a console with as many nodes as a store may have takes for the whole time that it keeps. */
static void test_memory_is_bounded(void **state)
{
	(void)state;
	enum { NODES = STORE_NODES_MAX };
	static struct view_node nodes[NODES];
	static char names[NODES][24];
	for (int i = 0; i < NODES; i++) {
		snprintf(names[i], sizeof(names[i]), "node-%d", i);
		nodes[i] = (struct view_node){.name = names[i], .zone = "", .path = "", .cause = ""};
	}
	sample.view.nodes = nodes;
	sample.view.node_count = NODES;
	size_t before = allocated_bytes();
	struct history *large = history_new();
	assert_non_null(large);
	for (int step = 0; step < 2 * HISTORY_STEPS; step++)
		history_add(large, &sample.view, (int64_t)step * HISTORY_STEP_MS);
	assert_in_range(allocated_bytes() - before, 1, (size_t)2 << 20);
	history_free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values_come_back_to_some_percent, begin, end),
		cmocka_unit_test_setup_teardown(test_rates_are_differences_over_a_step, begin, end),
		cmocka_unit_test_setup_teardown(test_time_without_a_look_is_a_gap, begin, end),
		cmocka_unit_test_setup_teardown(
			test_nodes_keep_their_history_wherever_they_stand, begin, end),
		cmocka_unit_test_setup_teardown(test_a_node_that_is_down_has_no_values, begin, end),
		cmocka_unit_test_setup_teardown(
			test_health_is_known_from_the_log_and_from_then_on, begin, end),
		cmocka_unit_test_setup_teardown(test_memory_is_bounded, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
