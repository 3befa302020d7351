/*
 * A scenario is played as it is written, always alike, and the verdict says what came of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tests/support/scratch.h"

#define STORE                                                                                                \
	"store: {nodes: 6, zones: 3, capacity: 1GiB, replication_factor: 3, min_replicas: 2, "               \
	"chunk: {size: 64KiB}, memory: 16MiB, scrub: {interval: 0}, repair: {grace: 5s"
#define HEAD "clock: virtual\nseed: 7\n" STORE "}}\nsteps:\n"
#define SLOW "clock: virtual\nseed: 7\n" STORE ", concurrency: 4}}\nsteps:\n"

static const uint64_t KIB = 1024;
static struct scratch scratch;
static struct error error;
static struct rehearsal *rehearsal;
static char notes[65536], temporary[4096];

static int make_scratch(void **state)
{
	(void)state;
	const char *given = getenv("TMPDIR");
	snprintf(temporary, sizeof(temporary), "%s", given ? given : "");
	scratch_make(&scratch);
	scratch_folder(&scratch, "tmp");
	setenv("TMPDIR", scratch_path(&scratch, "tmp"), 1);
	rehearsal = NULL;
	notes[0] = '\0';
	return 0;
}

static int remove_scratch(void **state)
{
	(void)state;
	rehearsal_close(rehearsal);
	scratch_remove(&scratch);
	if (temporary[0])
		setenv("TMPDIR", temporary, 1);
	else
		unsetenv("TMPDIR");
	return 0;
}

static void note(void *context, const struct rehearsal_note *told)
{
	(void)context;
	size_t used = strlen(notes);
	snprintf(notes + used, sizeof(notes) - used, "%u %s\n", told->line, told->text);
}

static const char *write_scenario(const char *text)
{
	scratch_write(&scratch, "scenario.yaml", text, strlen(text));
	return scratch_path(&scratch, "scenario.yaml");
}

static int try_open(const char *text, const struct rehearsal_options *options)
{
	rehearsal_close(rehearsal);
	rehearsal = NULL;
	return rehearsal_open(write_scenario(text), options, &rehearsal, &error);
}

static const struct verdict *play_in(const char *folder, const char *text)
{
	const struct rehearsal_options options = {.folder = folder, .report = note};
	if (try_open(text, &options) < 0 || rehearsal_play(rehearsal, &error) < 0)
		fail_msg("cannot be played: %s", error.message);
	return rehearsal_verdict(rehearsal);
}

static const struct verdict *play(const char *text)
{
	return play_in(NULL, text);
}

static void expect_passed(const struct verdict *verdict)
{
	if (!verdict->passed)
		fail_msg("not passed: %s", verdict->failure);
}

static bool was_told(const char *text)
{
	return strstr(notes, text) != NULL;
}

/* ---- verdicts ---- */

static void test_a_disk_dies_and_the_copies_made_for_it_are_in_vain_when_it_is_back(void **state)
{
	(void)state;
	const struct verdict *verdict =
		play(HEAD "  - put: {name: photos, files: 4, size: 640KiB}\n"
			  "  - fail: node-2\n"
			  "  - expect: {health: DEGRADED, nodes.node-2.state: down}\n"
			  "  - expect: {chunks.under_replicated: 0, within: 1m}\n"
			  "  - recover: node-2\n"
			  "  - expect: {health: HEALTHY, chunks.excess: 0, within: 1m}\n"
			  "  - verify\n");
	expect_passed(verdict);
	assert_int_equal(verdict->expectation_count, 4);
	assert_int_equal(verdict->expectations[0].line, 7);
	assert_int_equal(verdict->expectations[0].took_ms, 0);
	/* The grace, and not more than some steps of the clock. */
	assert_in_range(verdict->expectations[1].took_ms, 5000, 7000);
	assert_int_equal(verdict->verified, 4);
	assert_int_equal(verdict->verified_bytes, 4 * 640 * KIB);
	assert_true(verdict->bytes_repaired > 0);
	assert_int_equal(verdict->bytes_repaired, verdict->bytes_unneeded);
	assert_int_equal(verdict->bytes_repaired, verdict->peak_at_risk * 64 * KIB);
	assert_int_equal(verdict->peak_last_copy, 0);
	assert_int_equal(verdict->bytes_lost, 0);
	int64_t in_states = verdict->in_state_ms[HEALTH_HEALTHY] + verdict->in_state_ms[HEALTH_DEGRADED] +
			    verdict->in_state_ms[HEALTH_CRITICAL];
	assert_in_range(in_states, verdict->duration_ms - 2, verdict->duration_ms);
	assert_true(verdict->in_state_ms[HEALTH_DEGRADED] >= 5000);
	assert_int_equal(verdict->in_state_ms[HEALTH_CRITICAL], 0);
	assert_in_range(verdict->longest_unhealthy_ms, 5000, verdict->healthy_after_ms);
	assert_int_equal(verdict->duration_ms, verdict->expectations[3].time_ms);
}

static void test_what_had_only_one_copy_is_lost_with_its_disk(void **state)
{
	(void)state;
	const struct verdict *verdict = play(
		"clock: virtual\nstore: {nodes: 1, replication_factor: 1, chunk: {size: 64KiB}}\nsteps:\n"
		"  - put: {name: only, size: 128KiB}\n"
		"  - wipe: node-1\n"
		"  - expect: {health: CRITICAL, chunks.lost: 2, within: 1m}\n"
		"  - verify\n"
		"  - wait: 5s\n");
	assert_false(verdict->passed);
	assert_non_null(strstr(verdict->failure, "line 7: verify: only@1: "));
	assert_int_equal(verdict->expectation_count, 2);
	assert_true(verdict->expectations[0].met);
	assert_false(verdict->expectations[1].met);
	assert_non_null(strstr(verdict->expectations[1].found, "no good copy"));
	assert_int_equal(verdict->bytes_lost, 128 * KIB);
	assert_int_equal(verdict->healthy_after_ms, -1);
	assert_int_equal(verdict->verified, 0);
	assert_true(was_told("8 wait 5s")); /* it went on to the end */
}

static void test_an_expectation_that_is_not_met_says_what_was_found(void **state)
{
	(void)state;
	const struct verdict *verdict = play(HEAD "  - put: {name: a, size: 1KiB}\n"
						  "  - expect: {files: 2}\n"
						  "  - expect: {health: DEGRADED, within: 3s}\n"
						  "  - expect: {files: 1, for: 4s}\n");
	assert_false(verdict->passed);
	assert_int_equal(verdict->expectation_count, 3);
	assert_string_equal(verdict->expectations[0].found, "files is 1");
	assert_string_equal(verdict->expectations[1].found, "health is HEALTHY");
	assert_int_equal(verdict->expectations[0].took_ms, 0);
	assert_int_equal(verdict->expectations[1].took_ms, 3000);
	assert_true(verdict->expectations[2].met);
	assert_int_equal(verdict->expectations[2].took_ms, 4000);
	assert_non_null(strstr(verdict->failure, "line 6: "));
}

static void test_a_step_that_cannot_be_done_ends_the_play(void **state)
{
	(void)state;
	const struct verdict *verdict = play(HEAD "  - rm: nothing-there\n"
						  "  - put: {name: a, size: 1KiB}\n");
	assert_false(verdict->passed);
	assert_non_null(strstr(verdict->failure, "line 5: rm nothing-there"));
	assert_false(was_told("6 put"));
}

/* Four of six nodes out of reach leave every chunk with too few for a put, and repair does not storm. */
static void test_a_put_that_has_to_be_refused_is_and_one_that_need_not_be_is_a_failure(void **state)
{
	(void)state;
	const char *cut = HEAD "  - put: {name: a, files: 3, size: 200KiB}\n"
			       "  - partition: [[client, node-1], [node-2, node-3, node-4, node-5, node-6]]\n"
			       "  - expect: {health: CRITICAL, checks.WRITES_REFUSED: '>= 1', within: 1s}\n"
			       "  - put: {name: b, size: 1KiB, refused: true}\n"
			       "  - expect: {repair.state: blocked, within: 10s, for: 30s}\n"
			       "  - heal\n"
			       "  - expect: {health: HEALTHY, within: 30s}\n"
			       "  - verify\n";
	const struct verdict *verdict = play(cut);
	expect_passed(verdict);
	assert_int_equal(verdict->bytes_repaired, 0);
	assert_int_equal(verdict->verified, 3);
	verdict = play(HEAD "  - put: {name: b, size: 1KiB, refused: true}\n");
	assert_false(verdict->passed);
	assert_non_null(strstr(verdict->failure, "should have been refused"));
}

/* ---- time ---- */

/* Each copy takes two seconds over its link, and four are under way at a time. */
static void test_copies_that_wait_for_the_network_wait_at_the_same_time(void **state)
{
	(void)state;
	const struct verdict *verdict = play(SLOW "  - put: {name: a, size: 1MiB}\n"
						  "  - wipe: node-2\n"
						  "  - link: {from: all, to: all, latency: 2s}\n"
						  "  - expect: {health: DEGRADED, within: 1m}\n"
						  "  - expect: {health: HEALTHY, within: 10m}\n");
	expect_passed(verdict);
	uint64_t copies = verdict->bytes_repaired / (64 * KIB);
	assert_true(copies >= 4);
	int64_t took_ms = verdict->expectations[1].took_ms;
	/* Read, written and read back: at least two seconds each; but not one after the other. */
	assert_true(took_ms >= (int64_t)(copies / 4) * 2000);
	assert_true(took_ms < (int64_t)copies * 4000);
}

static void test_nobody_repairs_while_maintenance_is_killed(void **state)
{
	(void)state;
	const struct verdict *verdict = play(HEAD "  - put: {name: a, size: 1MiB}\n"
						  "  - kill: 1m\n"
						  "  - fail: node-2\n"
						  "  - expect: {chunks.under_replicated: '> 0', for: 59s}\n"
						  "  - expect: {chunks.under_replicated: 0, within: 20s}\n");
	expect_passed(verdict);
	assert_true(verdict->bytes_repaired > 0);
}

/* ---- the same again ---- */

struct log {
	char *text;
	size_t length;
	FILE *out;
};

static void log_event(void *context, const struct view_event *event)
{
	struct log *log = context;
	fprintf(log->out, "%lld %lld %d %s|%s|%s|%s|%s|%s|%s|%llu %llu %lld\n", (long long)event->id,
		(long long)event->time_ms, (int)event->severity, event->code, event->node, event->text,
		event->trigger, event->source, event->target, event->result,
		(unsigned long long)event->chunks, (unsigned long long)event->bytes,
		(long long)event->duration_ms);
}

/* Everything that the store's log says, and all that was told; the caller frees it. */
static char *play_and_log(const char *folder, const char *text)
{
	struct log log = {0};
	struct store *store;
	char path[512];
	notes[0] = '\0';
	play_in(scratch_path(&scratch, folder), text);
	snprintf(path, sizeof(path), "%s", rehearsal_config(rehearsal));
	log.out = open_memstream(&log.text, &log.length);
	assert_non_null(log.out);
	assert_int_equal(store_open(path, &store, &error), 0);
	assert_int_equal(store_events(store, 0, 0, log_event, &log, &error), 0);
	store_close(store);
	fprintf(log.out, "%s", notes);
	fclose(log.out);
	return log.text;
}

#define RANDOM                                                                                               \
	"  - put: {name: start, files: 30, size: 1KiB..300KiB}\n"                                            \
	"  - random: {for: 20m, every: 10s, lasting: 15s, at_once: 2, faults: {fail: 2, away: 1, wipe: "     \
	"0.2, "                                                                                              \
	"corrupt: 1, slow: 1, cut: 1, kill: 1, put: 3, rm: 1}}\n"                                            \
	"  - scrub\n"                                                                                        \
	"  - expect: {health: HEALTHY, within: 10m}\n"

static void test_the_same_seed_gives_the_same_history_and_another_one_another(void **state)
{
	(void)state;
	char *first = play_and_log("one", HEAD RANDOM), *again = play_and_log("two", HEAD RANDOM);
	assert_true(strlen(first) > 5000);
	assert_string_equal(first, again);
	char *other = play_and_log("six", "clock: virtual\nseed: 8\n" STORE "}}\nsteps:\n" RANDOM);
	assert_string_not_equal(first, other);
	free(first);
	free(again);
	free(other);
}

/* With one of two nodes out of order nothing can be stored or removed, and that is how it should be. */
static void test_what_a_store_rightly_refuses_does_not_end_drawn_faults(void **state)
{
	(void)state;
	const struct verdict *verdict = play(
		"clock: virtual\nseed: 7\nstore: {nodes: 2, replication_factor: 2, min_replicas: 2, chunk: "
		"{size: 64KiB}, memory: 16MiB}\nsteps:\n"
		"  - put: {name: a, files: 50, size: 1KiB}\n"
		"  - random: {for: 1m, every: 2s, lasting: 5m, faults: {fail: 1, put: 1, rm: 1}}\n"
		"  - expect: {health: HEALTHY, within: 1m}\n"
		"  - verify\n");
	expect_passed(verdict);
	assert_true(was_told("random: node-1 fails") || was_told("random: node-2 fails"));
}

static void test_when_no_more_faults_are_drawn_maintenance_is_back_too(void **state)
{
	(void)state;
	const struct verdict *verdict =
		play(HEAD "  - put: {name: a, files: 5, size: 100KiB}\n"
			  "  - random: {for: 20s, every: 2s, lasting: 10h, faults: {kill: 1}}\n"
			  "  - wipe: node-1\n"
			  "  - scrub\n"
			  "  - expect: {health: HEALTHY, within: 1m}\n"
			  "  - verify\n");
	expect_passed(verdict);
	assert_true(was_told("random: maintenance is killed"));
}

static void test_the_catalog_is_lost_and_regrown_with_every_version(void **state)
{
	(void)state;
	const struct verdict *verdict =
		play(HEAD "  - put: {name: a, files: 5, size: 100KiB}\n"
			  "  - put: {name: a, files: 5, size: 100KiB}\n"
			  "  - snapshot: before\n"
			  "  - rm: a/\n"
			  "  - lose_catalog\n"
			  "  - expect: {health: HEALTHY, snapshots: 1, files: 0, within: 1m}\n"
			  "  - verify\n");
	expect_passed(verdict);
	assert_int_equal(verdict->verified, 10);
}

static void test_nodes_come_and_go_and_fill(void **state)
{
	(void)state;
	const struct verdict *verdict =
		play(HEAD "  - put: {name: a, files: 5, size: 300KiB}\n"
			  "  - add_node: {name: new, zone: d, capacity: 1GiB}\n"
			  "  - drain: node-1\n"
			  "  - expect: {nodes.node-1.chunks: 0, nodes.new.chunks: '> 0', within: 1m}\n"
			  "  - remove_node: node-1\n"
			  "  - fill: {nodes: node-2, to: 0.99}\n"
			  "  - expect: {checks.NODE_FULL: 1, within: 5s}\n"
			  "  - fill: {nodes: node-2, to: 0}\n"
			  "  - expect: {health: HEALTHY, within: 1m}\n"
			  "  - set_rf: {name: a/, rf: 2}\n"
			  "  - expect: {chunks.excess: 0, within: 1m}\n"
			  "  - collect\n"
			  "  - verify\n");
	expect_passed(verdict);
	assert_int_equal(verdict->bytes_unneeded, 0);
}

/* ---- who may interfere ---- */

static void *play_in_background(void *argument)
{
	*(int *)argument = rehearsal_play(rehearsal, &error);
	return NULL;
}

static void wait_for_step(size_t step, enum rehearsal_state wanted)
{
	struct rehearsal_status status;
	for (int tries = 0; tries < 3000; tries++) {
		rehearsal_get_status(rehearsal, &status);
		if (status.step == step && status.state == wanted)
			return;
		usleep(10000);
	}
	fail_msg("it is at step %zu instead of %zu", status.step, step);
}

static void test_it_pauses_and_goes_step_by_step_and_on(void **state)
{
	(void)state;
	const struct rehearsal_options options = {.paused = true};
	struct rehearsal_status status;
	pthread_t player;
	int result = -2;
	assert_int_equal(
		try_open(HEAD "  - put: {name: a, size: 1KiB}\n  - wait: 1h\n  - verify\n", &options), 0);
	rehearsal_get_status(rehearsal, &status);
	assert_int_equal(status.state, REHEARSAL_PAUSED);
	assert_int_equal(status.steps, 3);
	assert_string_equal(status.scenario, "scenario");
	pthread_create(&player, NULL, play_in_background, &result);
	wait_for_step(0, REHEARSAL_PAUSED);
	rehearsal_step(rehearsal);
	wait_for_step(1, REHEARSAL_PAUSED);
	rehearsal_set_speed(rehearsal, 3600);
	rehearsal_pause(rehearsal, false);
	pthread_join(player, NULL);
	assert_int_equal(result, 0);
	rehearsal_get_status(rehearsal, &status);
	assert_int_equal(status.state, REHEARSAL_DONE);
	assert_true(status.passed);
	assert_in_range(status.time_ms, 3600 * 1000, 3600 * 1000 + 500); /* the wait, and what disks take */
}

static atomic_bool cancelled;

/* A quarter of a second on its clock would take 25 of ours. */
static void test_a_slow_clock_does_not_put_off_the_end(void **state)
{
	(void)state;
	const struct rehearsal_options options = {.speed = 0.01, .cancel = &cancelled};
	pthread_t player;
	int result = -2;
	atomic_store(&cancelled, false);
	assert_int_equal(try_open(HEAD "  - wait: 1h\n", &options), 0);
	pthread_create(&player, NULL, play_in_background, &result);
	wait_for_step(1, REHEARSAL_PLAYING);
	usleep(200000);
	time_t began = time(NULL);
	atomic_store(&cancelled, true);
	pthread_join(player, NULL);
	assert_int_equal(result, -1);
	assert_int_equal(error.code, ERROR_CANCELLED);
	assert_in_range(time(NULL) - began, 0, 10);
}

static void cancel_at_the_second_step(void *context, const struct rehearsal_note *told)
{
	(void)context;
	if (told->line == 6)
		atomic_store(&cancelled, true);
}

static void test_an_interrupted_run_leaves_nothing_behind(void **state)
{
	(void)state;
	const struct rehearsal_options options = {.report = cancel_at_the_second_step, .cancel = &cancelled};
	atomic_store(&cancelled, false);
	assert_int_equal(try_open(HEAD "  - put: {name: a, size: 1KiB}\n  - wait: 1h\n", &options), 0);
	assert_true(scratch_count(&scratch, "tmp") > 0);
	assert_int_equal(rehearsal_play(rehearsal, &error), -1);
	assert_int_equal(error.code, ERROR_CANCELLED);
	rehearsal_close(rehearsal);
	rehearsal = NULL;
	assert_int_equal(rmdir(scratch_path(&scratch, "tmp")), 0); /* nothing is in it */
}

/* ---- whose store ---- */

static void expect_refused(const char *text, const char *folder, const char *why)
{
	const struct rehearsal_options options = {.folder = scratch_path(&scratch, folder)};
	assert_int_equal(try_open(text, &options), -1);
	assert_int_equal(error.code, ERROR_REFUSED);
	if (!strstr(error.message, why))
		fail_msg("'%s' does not say '%s'", error.message, why);
}

static void test_a_store_that_is_not_for_rehearsals_is_never_played_on(void **state)
{
	(void)state;
	struct store_new_options real = {.node_count = 3}, toy = {.node_count = 6, .rehearsal = true};
	assert_int_equal(store_new(scratch_path(&scratch, "real"), &real, &error), 0);
	assert_int_equal(store_new(scratch_path(&scratch, "toy"), &toy, &error), 0);
	scratch_folder(&scratch, "other");
	scratch_write(&scratch, "other/file", "x", 1);
	size_t files = scratch_count(&scratch, "real");
	expect_refused("clock: real\nsteps: [verify]\n", "real", "is not for rehearsals");
	expect_refused(HEAD "  - verify\n", "real", "is not for rehearsals");
	expect_refused(HEAD "  - verify\n", "toy", "describes a store of its own");
	expect_refused("clock: virtual\nsteps: [verify]\n", "toy", "virtual clock");
	expect_refused(HEAD "  - verify\n", "other", "neither empty nor the folder of a store");
	assert_int_equal(scratch_count(&scratch, "real"), files);
	assert_true(scratch_exists(&scratch, "other/file"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, remove_scratch)
	const struct CMUnitTest tests[] = {
		TEST(test_a_disk_dies_and_the_copies_made_for_it_are_in_vain_when_it_is_back),
		TEST(test_what_had_only_one_copy_is_lost_with_its_disk),
		TEST(test_an_expectation_that_is_not_met_says_what_was_found),
		TEST(test_a_step_that_cannot_be_done_ends_the_play),
		TEST(test_a_put_that_has_to_be_refused_is_and_one_that_need_not_be_is_a_failure),
		TEST(test_copies_that_wait_for_the_network_wait_at_the_same_time),
		TEST(test_nobody_repairs_while_maintenance_is_killed),
		TEST(test_the_same_seed_gives_the_same_history_and_another_one_another),
		TEST(test_what_a_store_rightly_refuses_does_not_end_drawn_faults),
		TEST(test_when_no_more_faults_are_drawn_maintenance_is_back_too),
		TEST(test_the_catalog_is_lost_and_regrown_with_every_version),
		TEST(test_nodes_come_and_go_and_fill),
		TEST(test_it_pauses_and_goes_step_by_step_and_on),
		TEST(test_a_slow_clock_does_not_put_off_the_end),
		TEST(test_an_interrupted_run_leaves_nothing_behind),
		TEST(test_a_store_that_is_not_for_rehearsals_is_never_played_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
