/*
 * A virtual year on paper, against what can be calculated, and against itself. All seeds are fixed: a bound that is
 * met once is met always.
 */
#include "engine/durability.h"

#include <math.h>
#include <string.h>

#include "tests/support/plan_world.h"

/* A small store on which nothing ever happens; copies take no time. */
static struct durability_case calm(unsigned node_count, unsigned copies, uint64_t chunks)
{
	struct durability_case calm;
	durability_case_init(&calm);
	calm.nodes = node_count;
	calm.zones = node_count;
	calm.replication_factor = copies;
	calm.chunks = chunks;
	calm.chunk_bytes = 1000;
	calm.node_bandwidth = DURABILITY_BANDWIDTH_MAX;
	calm.annual_failure_rate = 0;
	calm.grace_ms = 0;
	calm.min_up_ratio = 0;
	return calm;
}

static struct durability_result play(const struct durability_case *durability)
{
	struct durability_result result;
	struct error error;
	if (durability_run(durability, NULL, NULL, NULL, &result, &error) < 0)
		fail_msg("%s", error.message);
	return result;
}

static void without_faults_nothing_happens(void **state)
{
	(void)state;
	struct durability_case durability = calm(10, 3, 1000);
	struct durability_result result = play(&durability);
	assert_int_equal(result.events, 0);
	assert_int_equal(result.chunks_lost, 0);
	assert_int_equal(result.bytes_moved, 0);
	assert_true(result.first_loss_ms < 0);
	assert_true(result.short_chunk_hours == 0);
}

static void disks_fail_as_often_as_the_rate_says(void **state)
{
	(void)state;
	struct durability_case durability = calm(1000, 1, 1000);
	durability.annual_failure_rate = 0.5;
	durability.period_ms = 4 * DURABILITY_YEAR_MS;
	durability.replace_after_ms = 1;
	double expected = 1000 * 0.5 * 4;
	double failed = (double)play(&durability).disks_failed;
	assert_true(fabs(failed - expected) < 4 * sqrt(expected));
}

/* Nobody has another copy and no disk is replaced: a chunk is left with the chance that its disk lives so long. */
static void single_copies_go_with_their_disks(void **state)
{
	(void)state;
	struct durability_case durability = calm(1000, 1, 20000);
	durability.annual_failure_rate = 0.3;
	durability.replace_after_ms = 0;
	struct durability_result result = play(&durability);
	double chance = 1 - exp(-0.3), deviation = 20 * sqrt(1000 * chance * (1 - chance));
	assert_true(fabs((double)result.chunks_lost - 20000 * chance) < 4 * deviation);
	assert_int_equal(result.bytes_lost, 1000 * result.chunks_lost);
	assert_int_equal(result.copies_made, 0);
}

/*
 * The chance that two disks keep a chunk for a year, each of which dies at a rate and is empty for a time after it.
 * From full, the first death comes at twice the rate; for the time after it the other one must live. By the renewal
 * equation, in steps.
 */
static double survival(double rate, double empty)
{
	enum { STEPS = 2000 };
	static double survives[STEPS + 1];
	double step = 1.0 / STEPS;
	for (int at = 0; at <= STEPS; at++) {
		double time = at * step, sum = exp(-2 * rate * time);
		for (int death = 0; death < at; death++) {
			double left = time - (death + 0.5) * step;
			double then = exp(-rate * left);
			if (left >= empty)
				then = exp(-rate * empty) * survives[(int)((left - empty) * STEPS)];
			sum += step * 2 * rate * exp(-2 * rate * (death + 0.5) * step) * then;
		}
		survives[at] = sum;
	}
	return survives[STEPS];
}

static void two_copies_are_lost_as_often_as_the_renewal_equation_says(void **state)
{
	(void)state;
	enum { RUNS = 2000 };
	struct durability_case durability = calm(2, 2, 1);
	durability.annual_failure_rate = 2;
	durability.replace_after_ms = DURABILITY_YEAR_MS / 20;
	unsigned kept = 0;
	for (durability.seed = 1; durability.seed <= RUNS; durability.seed++)
		kept += play(&durability).chunks_lost == 0;
	double chance = survival(2, 0.05), deviation = sqrt(RUNS * chance * (1 - chance));
	assert_true(chance > 0.6 && chance < 0.8);
	assert_true(fabs(kept - RUNS * chance) < 3 * deviation);
}

/* One chunk, of three copies, is short for as long as the disk takes to be replaced, each time one dies. */
static void the_time_at_risk_is_what_replacing_takes(void **state)
{
	(void)state;
	struct durability_case durability = calm(3, 3, 500);
	durability.annual_failure_rate = 0.4;
	durability.replace_after_ms = 1000000;
	durability.period_ms = 10 * DURABILITY_YEAR_MS;
	struct durability_result result = play(&durability);
	double expected = (double)result.disks_failed * 500 * 1000 / 3600;
	assert_true(result.disks_failed > 3);
	assert_int_equal(result.disks_replaced, result.disks_failed);
	assert_int_equal(result.copies_made, 500 * result.disks_failed);
	assert_true(fabs(result.short_chunk_hours - expected) < expected / 1000);
	assert_true(result.longest_short_ms >= 1000000 && result.longest_short_ms < 1001000);
	assert_int_equal(result.peak_short, 500);
}

static struct durability_case stormy(uint64_t number)
{
	struct durability_case durability = calm(12, 1 + (unsigned)(number % 4), 60);
	durability.seed = number;
	durability.zones = number % 3 ? 4 : 3;
	durability.policy = (enum placement_policy)(number % 3);
	durability.spread = number % 5 ? SPREAD_ZONE : SPREAD_NODE;
	durability.grace_ms = (int64_t)(number % 4) * 600000;
	durability.min_up_ratio = number % 2 ? 0.7 : 0;
	durability.repair_bandwidth = number % 2 ? 0 : 2000;
	durability.repair_concurrency = (unsigned)(number % 3);
	durability.annual_failure_rate = 6;
	durability.outages_per_year = 40;
	durability.outage_ms = 3600000;
	durability.zone_outages_per_year = 3;
	durability.zone_losses_per_year = number % 7 ? 0 : 0.3;
	durability.rot_per_tib_year = 1e6;
	durability.chunk_bytes = 3000000;
	durability.node_bandwidth = 3000;
	durability.replace_after_ms = number % 6 ? 86400000 : 0;
	return durability;
}

static void the_books_are_right_after_each_event(void **state)
{
	(void)state;
	uint64_t lost = 0, rotted = 0, storms = 0, spread = 0, failed = 0;
	for (uint64_t run = 1; run <= 24; run++) {
		struct durability_case durability = stormy(run);
		durability.checked = true;
		struct durability_result result = play(&durability);
		lost += result.chunks_lost;
		rotted += result.rot_found;
		storms += result.storms;
		spread += result.copies_spread;
		failed += result.copies_failed;
	}
	/* All of it took place. */
	assert_true(lost && rotted && storms && spread && failed);
}

static void the_same_seed_gives_the_same_to_the_last_digit(void **state)
{
	(void)state;
	struct durability_case durability = stormy(5);
	struct durability_result first = play(&durability), second = play(&durability);
	assert_memory_equal(&first, &second, sizeof(first));
	durability.seed++;
	struct durability_result other = play(&durability);
	assert_memory_not_equal(&first, &other, sizeof(first));
}

static void another_store_meets_the_same_failures(void **state)
{
	(void)state;
	struct durability_case durability = stormy(5);
	durability.replication_factor = 2;
	struct durability_result two = play(&durability);
	durability.replication_factor = 4;
	durability.policy = PLACEMENT_ROUND_ROBIN;
	struct durability_result four = play(&durability);
	assert_int_equal(two.disks_failed, four.disks_failed);
	assert_int_equal(two.outages, four.outages);
	assert_int_equal(two.zone_outages, four.zone_outages);
	assert_true(four.chunks_lost < two.chunks_lost);
}

static void spread_copies_outlive_a_zone(void **state)
{
	(void)state;
	struct durability_case durability = calm(12, 2, 600);
	durability.zones = 3;
	durability.zone_losses_per_year = 0.7;
	durability.node_bandwidth = UINT64_C(1) << 20;
	durability.seed = 3;
	struct durability_result spread = play(&durability);
	durability.spread = SPREAD_NODE;
	struct durability_result together = play(&durability);
	assert_true(spread.zone_losses > 0);
	assert_int_equal(spread.zone_losses, together.zone_losses);
	assert_int_equal(spread.chunks_lost, 0);
	assert_true(together.chunks_lost > 0);
}

static void waiting_longer_moves_less(void **state)
{
	(void)state;
	struct durability_case durability = calm(20, 3, 500);
	durability.outages_per_year = 12;
	durability.outage_ms = 300000;
	struct durability_result at_once = play(&durability);
	durability.grace_ms = 900000;
	struct durability_result later = play(&durability);
	assert_int_equal(at_once.outages, later.outages);
	assert_true(later.bytes_moved > 0 && later.bytes_moved < at_once.bytes_moved / 4);
	/* Whoever was away had all it held when it was back. */
	assert_int_equal(at_once.copies_needless, at_once.copies_made);
	assert_int_equal(at_once.chunks_lost, 0);
}

static void faster_repair_loses_less(void **state)
{
	(void)state;
	struct durability_case durability = calm(20, 2, 2000);
	durability.annual_failure_rate = 2;
	durability.chunk_bytes = 1000000;
	durability.repair_bandwidth = 300;
	struct durability_result slow = play(&durability);
	durability.repair_bandwidth = 30000;
	struct durability_result fast = play(&durability);
	assert_int_equal(slow.disks_failed, fast.disks_failed);
	assert_true(slow.chunks_lost > 100 && fast.chunks_lost < slow.chunks_lost / 10);
	assert_true(fast.last_copy_chunk_hours < slow.last_copy_chunk_hours);
}

/* What goes bad unnoticed is a copy less when a disk dies. */
static void scrub_saves_what_rots(void **state)
{
	(void)state;
	struct durability_case durability = calm(10, 2, 500);
	durability.chunk_bytes = UINT64_C(1) << 30;
	durability.annual_failure_rate = 0.5;
	durability.rot_per_tib_year = 200;
	durability.scrub_interval_ms = 0;
	struct durability_result never = play(&durability);
	durability.scrub_interval_ms = 86400000;
	struct durability_result daily = play(&durability);
	assert_true(never.copies_rotted > 50 && never.chunks_lost > 10);
	assert_true(daily.chunks_lost < never.chunks_lost / 4);
	assert_true(daily.rot_found > daily.copies_rotted * 9 / 10);
}

static void too_few_nodes_stop_repair(void **state)
{
	(void)state;
	struct durability_case durability = calm(10, 2, 100);
	durability.outages_per_year = 20;
	durability.outage_ms = 3600000;
	durability.min_up_ratio = 1;
	struct durability_result result = play(&durability);
	assert_int_equal(result.copies_made, 0);
	assert_true(result.storms > 0 && result.short_chunk_hours > 0);
}

static void refuse(struct durability_case durability, const char *words)
{
	struct durability_result result;
	struct error error;
	assert_int_equal(durability_run(&durability, NULL, NULL, NULL, &result, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	if (!strstr(error.message, words))
		fail_msg("'%s' says nothing of '%s'", error.message, words);
}

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	struct durability_case good = calm(3, 3, 10), bad = good;
	struct error error;
	bad.replication_factor = 4;
	refuse(bad, "allowed is at most one copy for each of the");
	bad = good;
	bad.annual_failure_rate = NAN;
	refuse(bad, "annual_failure_rate");
	bad = good;
	bad.nodes = 1025;
	refuse(bad, "key 'nodes': found 1025, allowed is 1 to 1024");
	bad = good;
	bad.outages_per_year = 1;
	bad.outage_ms = 0;
	refuse(bad, "key 'outage': found 0, allowed is 1 to");
	bad = good;
	bad.node_capacity_bytes = 10000;
	refuse(bad, "key 'node_capacity': found so little that");
	bad = calm(1000, 16, DURABILITY_CHUNKS_MAX);
	refuse(bad, "of memory");
	bad = calm(10, 3, UINT64_C(1) << 16);
	bad.chunk_bytes = UINT64_C(1) << 44;
	assert_int_equal(durability_check(&bad, &error), 0);
	bad.chunks++;
	refuse(bad, "key 'chunk_size': found so much that 65537 chunks");
}

/* A chunk of 16 TiB takes half a million years at one byte a second: more nanoseconds than can be counted. */
static void copies_that_outlast_the_period_are_never_there(void **state)
{
	(void)state;
	struct durability_case durability = calm(3, 2, 100);
	durability.chunk_bytes = UINT64_C(1) << 44;
	durability.node_bandwidth = 1;
	durability.annual_failure_rate = 1;
	durability.checked = true;
	struct durability_result result = play(&durability);
	assert_true(result.disks_failed > 0);
	assert_int_equal(result.copies_made, 0);
	assert_int_equal(result.bytes_moved, 0);
	/* Each by itself is short enough, but they wait for one another. */
	durability.chunk_bytes = UINT64_C(1) << 26;
	durability.repair_concurrency = 1000;
	durability.chunks = 2000;
	assert_int_equal(play(&durability).copies_made, 0);
}

static void a_run_can_be_stopped(void **state)
{
	(void)state;
	struct durability_case durability = stormy(1);
	struct durability_result result;
	struct error error;
	const atomic_bool cancel = true;
	assert_int_equal(durability_run(&durability, &cancel, NULL, NULL, &result, &error), -1);
	assert_int_equal(error.code, ERROR_CANCELLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_faults_nothing_happens),
		cmocka_unit_test(disks_fail_as_often_as_the_rate_says),
		cmocka_unit_test(single_copies_go_with_their_disks),
		cmocka_unit_test(two_copies_are_lost_as_often_as_the_renewal_equation_says),
		cmocka_unit_test(the_time_at_risk_is_what_replacing_takes),
		cmocka_unit_test(the_books_are_right_after_each_event),
		cmocka_unit_test(the_same_seed_gives_the_same_to_the_last_digit),
		cmocka_unit_test(another_store_meets_the_same_failures),
		cmocka_unit_test(spread_copies_outlive_a_zone),
		cmocka_unit_test(waiting_longer_moves_less),
		cmocka_unit_test(faster_repair_loses_less),
		cmocka_unit_test(scrub_saves_what_rots),
		cmocka_unit_test(too_few_nodes_stop_repair),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(copies_that_outlast_the_period_are_never_there),
		cmocka_unit_test(a_run_can_be_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
