/*
 * The simulated network, on a clock that moves only by what is slept: how long transfers take, how they share a link,
 * what is lost, which way is cut, that a seed repeats it all, and that changes are felt by transfers under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/network.h"
#include "tests/support/env_mock.h"

#define MS INT64_C(1000000)
enum { MIB = 1 << 20 };

static struct env_mock mock;
static struct network *network;

static struct network *open_network(uint64_t seed, network_follow *follow)
{
	struct network *opened;
	struct error error;
	assert_int_equal(network_new(&mock.env, seed, follow, NULL, &opened, &error), 0);
	return opened;
}

static int make(void **state)
{
	(void)state;
	env_mock_init(&mock);
	network = open_network(1, NULL);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	network_free(network);
	env_mock_release(&mock);
	return 0;
}

/* The only link there is, from 0 to 1. */
static void set_link(struct link_settings settings)
{
	const struct network_link link = {.from = 0, .to = 1, .settings = settings};
	assert_int_equal(network_apply(network, &link, 1), 0);
}

/* How long a transfer takes that was ready at `since_ns`. */
static int64_t time_of(unsigned from, unsigned to, uint64_t bytes, int64_t since_ns)
{
	int64_t start = since_ns ? since_ns : mock.monotonic_ns;
	assert_int_equal(network_pass(network, from, to, bytes, since_ns), 0);
	return mock.monotonic_ns - start;
}

static void expect_errno(int number, unsigned from, unsigned to)
{
	errno = 0;
	assert_int_equal(network_pass(network, from, to, MIB, 0), -1);
	assert_int_equal(errno, number);
}

static void test_a_network_without_links_takes_no_time(void **state)
{
	(void)state;
	assert_false(network_is_on(network));
	assert_int_equal(time_of(0, 1, UINT64_C(1) << 40, 0), 0);
	set_link((struct link_settings){0});
	assert_false(network_is_on(network));
	assert_int_equal(time_of(0, 1, UINT64_C(1) << 40, 0), 0);
}

static void test_latency_is_paid_once_and_one_way(void **state)
{
	(void)state;
	set_link((struct link_settings){.latency_ms = 50});
	assert_true(network_is_on(network));
	assert_int_equal(time_of(0, 1, 0, 0), 50 * MS);
	assert_int_equal(time_of(0, 1, MIB, 0), 50 * MS);
	assert_int_equal(time_of(1, 0, MIB, 0), 0);
	assert_int_equal(time_of(0, 2, MIB, 0), 0);
}

static void test_jitter_is_spread_evenly_up_to_its_limit(void **state)
{
	(void)state;
	int64_t sum = 0, least = INT64_MAX, most = 0;
	set_link((struct link_settings){.latency_ms = 10, .jitter_ms = 20});
	for (int i = 0; i < 2000; i++) {
		int64_t took = time_of(0, 1, 0, 0);
		sum += took;
		least = took < least ? took : least;
		most = took > most ? took : most;
	}
	assert_in_range(least, 10 * MS, 11 * MS);
	assert_in_range(most, 29 * MS, 30 * MS);
	assert_in_range(sum / 2000, 19 * MS, 21 * MS);
}

static void test_a_link_serves_one_transfer_at_a_time(void **state)
{
	(void)state;
	int64_t start = mock.monotonic_ns;
	set_link((struct link_settings){.latency_ms = 5, .bandwidth = MIB});
	assert_int_equal(time_of(0, 1, MIB, 0), 1005 * MS);
	/* Three that were ready at the same time as the first share what it left, and latency overlaps. */
	assert_int_equal(time_of(0, 1, MIB, start), 2005 * MS);
	assert_int_equal(time_of(0, 1, MIB / 2, start), 2505 * MS);
	assert_int_equal(time_of(0, 1, MIB / 2, start), 3005 * MS);
	/* One that comes later finds it free. */
	assert_int_equal(time_of(0, 1, MIB, 0), 1005 * MS);
}

static void test_a_small_message_does_not_wait_for_its_turn(void **state)
{
	(void)state;
	int64_t start = mock.monotonic_ns;
	set_link((struct link_settings){.bandwidth = MIB});
	assert_int_equal(time_of(0, 1, (uint64_t)10 * MIB, 0), 10000 * MS);
	/* They were ready while it was busy; a large one would have gone behind that, and be late by 4 ms. */
	assert_int_equal(time_of(0, 1, 0, start), 10000 * MS);
	assert_int_equal(time_of(0, 1, NETWORK_SMALL_BYTES, start), 10000 * MS);
	assert_true(time_of(0, 1, NETWORK_SMALL_BYTES + 1, start) > 10003 * MS);
	assert_true(time_of(0, 1, NETWORK_SMALL_BYTES, 0) > 3 * MS);
}

static void test_a_cut_stops_one_direction_at_once(void **state)
{
	(void)state;
	int64_t start = mock.monotonic_ns;
	set_link((struct link_settings){.latency_ms = 1000, .cut = true});
	assert_true(network_is_cut(network, 0, 1));
	assert_false(network_is_cut(network, 1, 0));
	expect_errno(EHOSTUNREACH, 0, 1);
	assert_int_equal(mock.monotonic_ns, start);
	assert_int_equal(time_of(1, 0, MIB, 0), 0);
}

static void test_what_is_lost_is_sent_again_after_a_wait(void **state)
{
	(void)state;
	enum { TRANSFERS = 4000 };
	unsigned late = 0;
	int64_t sum = 0;
	set_link((struct link_settings){.loss = 0.1});
	for (int i = 0; i < TRANSFERS; i++) {
		int64_t took = time_of(0, 1, 0, 0);
		assert_int_equal(took % (NETWORK_WAIT_MS * MS), 0);
		late += took > 0;
		sum += took;
	}
	assert_in_range(late, TRANSFERS / 10 * 8 / 10, TRANSFERS / 10 * 12 / 10);
	/* Waits double: 0.1 of them wait 200 ms, 0.01 another 400 ms, … : 25 ms on average. */
	assert_in_range(sum / TRANSFERS, 20 * MS, 30 * MS);
}

static void test_what_is_lost_takes_bandwidth_again(void **state)
{
	(void)state;
	int64_t start = mock.monotonic_ns;
	set_link((struct link_settings){.loss = 0.5, .bandwidth = MIB});
	/* Ready long ago, waits do not add up for the next one, but what is sent twice does. */
	for (int i = 0; i < 8; i++) {
		if (network_pass(network, 0, 1, (uint64_t)MIB, start) == 0)
			continue;
		assert_int_equal(errno, ETIMEDOUT);
	}
	assert_true(time_of(0, 1, MIB, start) > 14000 * MS);
}

static void test_what_never_gets_through_times_out(void **state)
{
	(void)state;
	int64_t start = mock.monotonic_ns;
	set_link((struct link_settings){.loss = 1});
	expect_errno(ETIMEDOUT, 0, 1);
	/* 200 + 400 + 800 + 1600, and then 3200 each time. */
	assert_int_equal(mock.monotonic_ns - start, (3000 + 4 * 3200) * MS);
	assert_int_equal(time_of(1, 0, MIB, 0), 0);
}

/* A hundred times, written down. */
static void record(uint64_t seed, unsigned others, int64_t times[100])
{
	const struct network_link links[] = {
		{.from = 0, .to = 1, .settings = {.latency_ms = 5, .jitter_ms = 50, .loss = 0.2}},
		{.from = 0, .to = 2, .settings = {.latency_ms = 5, .jitter_ms = 50, .loss = 0.2}},
	};
	network_free(network);
	network = open_network(seed, NULL);
	assert_int_equal(network_apply(network, links, 2), 0);
	for (int i = 0; i < 100; i++) {
		for (unsigned other = 0; other < others; other++)
			(void)time_of(0, 2, 0, 0);
		times[i] = time_of(0, 1, 0, 0);
	}
}

static void test_a_seed_repeats_everything_link_by_link(void **state)
{
	(void)state;
	int64_t first[100], second[100], other[100];
	record(7, 0, first);
	record(7, 0, second);
	assert_memory_equal(first, second, sizeof(first));
	record(7, 3, second); /* what goes over another link changes nothing */
	assert_memory_equal(first, second, sizeof(first));
	record(8, 0, other);
	assert_memory_not_equal(first, other, sizeof(first));
}

/* ---- changes ---- */

static struct {
	int64_t at_ns;
	struct link_settings to;
	bool others; /* another link is set besides */
	bool done;
} plan;

static void carry_out(void *context)
{
	(void)context;
	if (plan.done || mock.monotonic_ns < plan.at_ns)
		return;
	const struct network_link links[] = {{.from = 0, .to = 1, .settings = plan.to},
		{.from = 4, .to = 5, .settings = {.latency_ms = 1}}};
	plan.done = true;
	assert_int_equal(network_apply(network, links, plan.others ? 2 : 1), 0);
}

/* From here on the link becomes `to` after so long. */
static void plan_change(int64_t after_ms, struct link_settings to)
{
	network_free(network);
	network = open_network(1, carry_out);
	plan.at_ns = mock.monotonic_ns + after_ms * MS;
	plan.to = to;
	plan.others = plan.done = false;
}

/* How far a change may be noticed late. */
static void expect_about(int64_t took, int64_t ms)
{
	assert_in_range(took, ms * MS, (ms + 40) * MS);
}

static void test_a_transfer_under_way_is_cut(void **state)
{
	(void)state;
	plan_change(3000, (struct link_settings){.cut = true});
	set_link((struct link_settings){.bandwidth = MIB / 64});
	int64_t start = mock.monotonic_ns;
	expect_errno(EHOSTUNREACH, 0, 1);
	expect_about(mock.monotonic_ns - start, 3000);
}

static void test_a_transfer_under_way_goes_on_by_new_settings(void **state)
{
	(void)state;
	plan_change(3000, (struct link_settings){.bandwidth = 2 * MIB, .latency_ms = 100});
	set_link((struct link_settings){.bandwidth = MIB});
	/* 3 MiB are through, 2 of 5 are left. */
	expect_about(time_of(0, 1, (uint64_t)5 * MIB, 0), 4100);
}

static void test_a_transfer_under_way_ends_when_the_link_is_healed(void **state)
{
	(void)state;
	plan_change(500, (struct link_settings){0});
	set_link((struct link_settings){.latency_ms = 3600000});
	expect_about(time_of(0, 1, MIB, 0), 500);
	assert_false(network_is_on(network));
}

static atomic_bool stop;

static void ask_to_stop(void *context)
{
	(void)context;
	atomic_store(&stop, mock.monotonic_ns >= plan.at_ns);
}

static void test_a_transfer_under_way_is_stopped_for_those_who_heed_that(void **state)
{
	(void)state;
	plan_change(3000, (struct link_settings){0});
	network_free(network);
	network = open_network(1, ask_to_stop);
	set_link((struct link_settings){.latency_ms = 10000});
	int64_t start = mock.monotonic_ns;
	network_heed(&stop);
	expect_errno(ECANCELED, 0, 1);
	expect_about(mock.monotonic_ns - start, 3000);
	network_heed(NULL);
	assert_int_equal(time_of(0, 1, 0, 0), 10000 * MS);
}

static void test_a_change_elsewhere_does_not_disturb_a_transfer(void **state)
{
	(void)state;
	const struct link_settings slow = {.bandwidth = MIB, .latency_ms = 100};
	plan_change(700, slow);
	plan.others = true;
	set_link(slow);
	int64_t start = mock.monotonic_ns;
	assert_int_equal(time_of(0, 1, (uint64_t)2 * MIB, 0), 2100 * MS);
	assert_true(plan.done);
	assert_int_equal(time_of(0, 1, MIB, start), 3100 * MS); /* it is still behind the first one */
}

static void test_a_network_that_is_off_notices_when_it_is_turned_on(void **state)
{
	(void)state;
	plan_change(10, (struct link_settings){.latency_ms = 20});
	assert_int_equal(time_of(0, 1, 0, 0), 0);
	mock.monotonic_ns += 10 * MS;
	assert_int_equal(time_of(0, 1, 0, 0), 20 * MS);
}

/* ---- threads ---- */

enum { SENDERS = 4, SENDS = 200 };

/* Sends until it is done or cut off, whatever the link becomes meanwhile; tells how often it was cut off. */
static void *send_many(void *context)
{
	struct network *shared = context;
	intptr_t cuts = 0;
	for (int i = 0; i < SENDS; i++) {
		if (network_pass(shared, 0, 1, MIB, 0) == 0)
			continue;
		if (errno != EHOSTUNREACH)
			return (void *)(intptr_t)-1;
		cuts++;
	}
	return (void *)cuts;
}

static void test_links_change_while_many_send(void **state)
{
	(void)state;
	const struct link_settings turns[] = {
		{.latency_ms = 5}, {.bandwidth = MIB}, {.cut = true}, {0}, {.jitter_ms = 40}};
	pthread_t senders[SENDERS];
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&senders[i], NULL, send_many, network), 0);
	for (int i = 0; i < 500; i++)
		set_link(turns[i % 5]);
	set_link((struct link_settings){0});
	for (int i = 0; i < SENDERS; i++) {
		void *cuts;
		assert_int_equal(pthread_join(senders[i], &cuts), 0);
		assert_in_range((intptr_t)cuts, 0, SENDS);
	}
}

/* ---- the table ---- */

static void test_links_are_listed_in_order_the_last_one_of_each(void **state)
{
	(void)state;
	enum { ENDS = 60 };
	struct network_link links[2 * ENDS + 1];
	size_t count = 0;
	for (unsigned i = ENDS; i > 0; i--) {
		links[count++] = (struct network_link){.from = i, .to = 0, .settings = {.latency_ms = i}};
		links[count++] = (struct network_link){.from = 0, .to = i, .settings = {.loss = 0.5}};
	}
	links[count++] = (struct network_link){.from = 0, .to = 7}; /* perfect: takes the other one away */
	assert_int_equal(network_apply(network, links, count), 0);
	struct network_link *listed;
	size_t listed_count;
	assert_int_equal(network_list(network, &listed, &listed_count), 0);
	assert_int_equal(listed_count, 2 * ENDS - 1);
	for (size_t i = 1; i < listed_count; i++)
		assert_true(listed[i - 1].from < listed[i].from ||
			    (listed[i - 1].from == listed[i].from && listed[i - 1].to < listed[i].to));
	free(listed);
	struct network_link link;
	network_get(network, 42, 0, &link);
	assert_int_equal(link.settings.latency_ms, 42);
	network_get(network, 0, 7, &link);
	assert_true(link_is_perfect(&link.settings));
	assert_int_equal(network_apply(network, NULL, 0), 0);
	assert_false(network_is_on(network));
}

static void test_many_are_asked_in_the_time_of_the_slowest(void **state)
{
	(void)state;
	const struct network_link links[] = {
		{.from = 0, .to = 1, .settings = {.latency_ms = 10}},
		{.from = 1, .to = 0, .settings = {.latency_ms = 20}},
		{.from = 0, .to = 2, .settings = {.latency_ms = 40}},
		{.from = 3, .to = 0, .settings = {.cut = true}},
		{.from = 0, .to = 4, .settings = {.loss = 1}},
	};
	const unsigned ends[] = {1, 2, 3, 5};
	int numbers[4];
	int64_t start = mock.monotonic_ns;
	assert_int_equal(network_apply(network, links, 5), 0);
	network_ask(network, ends, 4, numbers);
	assert_int_equal(mock.monotonic_ns - start, 40 * MS);
	const int expected[] = {0, 0, EHOSTUNREACH, 0};
	assert_memory_equal(numbers, expected, sizeof(expected));
	network_ask(network, (const unsigned[]){4}, 1, numbers);
	assert_int_equal(numbers[0], ETIMEDOUT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_network_without_links_takes_no_time),
		TEST(latency_is_paid_once_and_one_way),
		TEST(jitter_is_spread_evenly_up_to_its_limit),
		TEST(a_link_serves_one_transfer_at_a_time),
		TEST(a_small_message_does_not_wait_for_its_turn),
		TEST(a_cut_stops_one_direction_at_once),
		TEST(what_is_lost_is_sent_again_after_a_wait),
		TEST(what_is_lost_takes_bandwidth_again),
		TEST(what_never_gets_through_times_out),
		TEST(a_seed_repeats_everything_link_by_link),
		TEST(a_transfer_under_way_is_cut),
		TEST(a_transfer_under_way_goes_on_by_new_settings),
		TEST(a_transfer_under_way_ends_when_the_link_is_healed),
		TEST(a_transfer_under_way_is_stopped_for_those_who_heed_that),
		TEST(a_change_elsewhere_does_not_disturb_a_transfer),
		TEST(a_network_that_is_off_notices_when_it_is_turned_on),
		TEST(links_change_while_many_send),
		TEST(links_are_listed_in_order_the_last_one_of_each),
		TEST(many_are_asked_in_the_time_of_the_slowest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
