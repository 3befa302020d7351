/*
 * What config.yaml means: defaults, every key, limits, and where paths lead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/config_text.h"
#include "tests/support/scratch.h"

static struct error error;

static void test_only_nodes_are_needed_and_all_else_has_its_default(void **state)
{
	(void)state;
	struct config *config = config_of("nodes:\n  - {name: one, path: disk}\n");
	assert_string_equal(config->path, CONFIG_PATH);
	assert_string_equal(config->store, "/no-such-folder/nodes");
	assert_false(config->rehearsal);
	assert_int_equal(config->replication_factor, 3);
	assert_int_equal(config->min_replicas, 2);
	assert_int_equal(config->memory_bytes, 64 << 20);
	assert_int_equal(config->workers, 0);
	assert_int_equal(config->chunk_bytes, 4 << 20);
	assert_int_equal(config->chunk_method, CHUNK_FIXED);
	assert_int_equal(config->placement_policy, PLACEMENT_BALANCED);
	assert_int_equal(config->placement_spread, SPREAD_ZONE);
	assert_int_equal(config->node_count, 1);
	assert_string_equal(config->nodes[0].name, "one");
	assert_string_equal(config->nodes[0].path, "/no-such-folder/nodes/disk");
	assert_string_equal(config->nodes[0].zone, "one");
	assert_int_equal(config->nodes[0].capacity_bytes, 0);
	assert_true(config->nodes[0].weight == 1);
	assert_int_equal(config->repair_interval_ms, 2000);
	assert_int_equal(config->repair_grace_ms, 5000);
	assert_int_equal(config->repair_bandwidth, 0);
	assert_int_equal(config->repair_concurrency, 4);
	assert_true(config->repair_min_up_ratio == 0.5);
	assert_true(config->repair_max_skew == 0.1);
	assert_int_equal(config->scrub_interval_ms, INT64_C(7) * 86400 * 1000);
	assert_int_equal(config->scrub_bandwidth, 64 << 20);
	assert_int_equal(config->history_keep_versions, 0);
	assert_int_equal(config->history_keep_for_ms, 0);
	assert_int_equal(config->network_seed, 1);
	assert_int_equal(config->link_count, 0);
	assert_int_equal(config->console_refresh_ms, 250);
	assert_string_equal(config->console_theme, "dark");
	config_free(config);
	config_free(NULL);
}

static void test_every_key_is_read(void **state)
{
	(void)state;
	struct config *config = config_of(
		"---\n"
		"store: /srv/linckia//store/./x/..\n"
		"rehearsal: true\n"
		"replication_factor: 16\n"
		"min_replicas: 16\n"
		"memory: 1GiB\n"
		"workers: 256\n"
		"chunk:\n"
		"  size: 64KiB\n"
		"  method: cdc\n"
		"placement: {policy: rendezvous, spread: node}\n"
		"nodes:\n"
		"- name: A.b_c-9\n"
		"  path: ../x\n"
		"  zone: 'rack 1, Zürich'\n"
		"  capacity: 2GiB\n"
		"  weight: 0.25\n"
		"- {\"name\": b, path: /mnt/b/, zone: z, capacity: 1TiB, weight: 1000}\n"
		"repair: {interval: 100ms, grace: 30d, bandwidth: 1MiB, concurrency: 256, min_up_ratio: 1, "
		"max_skew: 0.25}\n"
		"scrub: {interval: 0, bandwidth: 0}\n"
		"history: {keep_versions: 7, keep_for: 30d}\n"
		"network:\n"
		"  seed: 18446744073709551615\n"
		"  links:\n"
		"    - {from: client, to: b, latency: 20ms, jitter: 5ms, bandwidth: 1MiB, loss: 0.01, cut: "
		"true}\n"
		"    - {from: b, to: client}\n"
		"console: {refresh: 60s, theme: colour-blind}\n"
		"...\n");
	assert_string_equal(config->store, "/srv/linckia/store");
	assert_true(config->rehearsal);
	assert_int_equal(config->replication_factor, 16);
	assert_int_equal(config->min_replicas, 16);
	assert_int_equal(config->memory_bytes, 1 << 30);
	assert_int_equal(config->workers, 256);
	assert_int_equal(config->chunk_bytes, 64 << 10);
	assert_int_equal(config->chunk_method, CHUNK_CDC);
	assert_int_equal(config->placement_policy, PLACEMENT_RENDEZVOUS);
	assert_int_equal(config->placement_spread, SPREAD_NODE);
	assert_int_equal(config->node_count, 2);
	assert_string_equal(config->nodes[0].name, "A.b_c-9");
	assert_string_equal(config->nodes[0].path, "/srv/linckia/x");
	assert_string_equal(config->nodes[0].zone, "rack 1, Zürich");
	assert_int_equal(config->nodes[0].capacity_bytes, UINT64_C(2) << 30);
	assert_true(config->nodes[0].weight == 0.25);
	assert_string_equal(config->nodes[1].path, "/mnt/b");
	assert_true(config->nodes[1].weight == 1000);
	assert_ptr_equal(config_find_node(config, "b"), &config->nodes[1]);
	assert_null(config_find_node(config, "c"));
	assert_int_equal(config->repair_interval_ms, 100);
	assert_int_equal(config->repair_grace_ms, INT64_C(30) * 86400 * 1000);
	assert_int_equal(config->repair_bandwidth, 1 << 20);
	assert_int_equal(config->repair_concurrency, 256);
	assert_true(config->repair_min_up_ratio == 1);
	assert_true(config->repair_max_skew == 0.25);
	assert_int_equal(config->scrub_interval_ms, 0);
	assert_int_equal(config->scrub_bandwidth, 0);
	assert_int_equal(config->history_keep_versions, 7);
	assert_int_equal(config->history_keep_for_ms, INT64_C(30) * 86400 * 1000);
	assert_true(config->network_seed == UINT64_MAX);
	assert_int_equal(config->link_count, 2);
	assert_string_equal(config->links[0].from, "client");
	assert_string_equal(config->links[0].to, "b");
	assert_int_equal(config->links[0].latency_ms, 20);
	assert_int_equal(config->links[0].jitter_ms, 5);
	assert_int_equal(config->links[0].bandwidth_bytes, 1 << 20);
	assert_true(config->links[0].loss == 0.01);
	assert_true(config->links[0].cut);
	assert_int_equal(config->links[1].latency_ms, 0);
	assert_false(config->links[1].cut);
	assert_int_equal(config->console_refresh_ms, 60000);
	assert_string_equal(config->console_theme, "colour-blind");
	config_free(config);
}

static void test_limits_are_inclusive(void **state)
{
	(void)state;
	static const char *const lines[] = {"replication_factor: 1", "workers: 1", "memory: 8MiB",
		"memory: '8 MiB'", "chunk: {size: 65536}", "chunk: {size: 64MiB}\nmemory: 128MiB",
		"repair: {interval: 1d, grace: 0, concurrency: 1}", "repair: {min_up_ratio: 0}",
		"repair: {max_skew: 0}", "repair: {max_skew: 1}", "repair: {min_up_ratio: 0.999999999999}",
		"scrub: {interval: 1s}", "scrub: {interval: 3650d}", "console: {refresh: 50ms}",
		"network: {seed: 0, links: []}", "chunk: {}", "rehearsal: false",
		"placement: {policy: round_robin}", "console: {theme: mono}",
		"history: {keep_versions: 1000000000, keep_for: 36500d}"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		config_free(config_of_line(lines[i]));
}

static void test_paths_are_relative_to_their_folders(void **state)
{
	(void)state;
	static const struct {
		const char *store, *node, *store_is, *node_is;
	} paths[] = {
		{".", "a", "/no-such-folder", "/no-such-folder/a"},
		{"./x/", "./a/", "/no-such-folder/x", "/no-such-folder/x/a"},
		{"..", "..", "/", "/"},
		{"../../..", "../../a", "/", "/a"},
		{"/", "a", "/", "/a"},
		{"s", "/mnt/../m//n", "/no-such-folder/s", "/m/n"},
		{"a..b", "...", "/no-such-folder/a..b", "/no-such-folder/a..b/..."},
		{"'a b: c # d'", "\"q\\\"'é\"", "/no-such-folder/a b: c # d",
			"/no-such-folder/a b: c # d/q\"'é"},
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char text[256];
		snprintf(text, sizeof(text), "store: %s\nnodes: [{name: n, path: %s}]", paths[i].store,
			paths[i].node);
		struct config *config = config_of(text);
		assert_string_equal(config->store, paths[i].store_is);
		assert_string_equal(config->nodes[0].path, paths[i].node_is);
		config_free(config);
	}
}

static char *read_text(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void test_a_config_that_is_saved_is_read_back_as_it_was(void **state)
{
	(void)state;
	static const char text[] =
		"store: 'a b'\nrehearsal: true\nreplication_factor: 2\nmin_replicas: 1\nmemory: 9437185\n"
		"workers: 3\nchunk: {size: 65537, method: cdc}\n"
		"placement: {policy: rendezvous, spread: node}\n"
		"nodes:\n- {name: a, path: '/m/\"a\\', zone: 'z: #1', capacity: 3GiB, weight: 0.0000001}\n"
		"- {name: yes-1, path: /mnt/b, capacity: 0, weight: 1000}\n"
		"repair: {interval: 100ms, grace: 0, bandwidth: 5MiB, concurrency: 7, min_up_ratio: 0.25,"
		" max_skew: 0.125}\nscrub: {interval: 0, bandwidth: 0}\n"
		"history: {keep_versions: 3, keep_for: 1h}\n"
		"network: {seed: 18446744073709551615, links: ["
		"{from: client, to: a, latency: 5ms, jitter: 1ms, bandwidth: 1MiB, loss: 0.01},"
		"{from: a, to: yes-1, cut: true}]}\n"
		"console: {refresh: 1s, theme: mono, mouse: false}\n";
	struct scratch scratch;
	scratch_make(&scratch);
	const char *path = scratch_path(&scratch, "config.yaml");
	struct config *config = config_of(text), *again;
	assert_int_equal(config_save(path, config, &error), 0);
	char *first = strdup(read_text(path));
	if (config_load(path, &again, &error) < 0)
		fail_msg("refused: %s", error.message);
	assert_string_equal(again->nodes[0].path, "/m/\"a\\");
	assert_string_equal(again->nodes[0].zone, "z: #1");
	assert_true(again->nodes[0].weight > 0.99e-7 && again->nodes[0].weight < 1.01e-7);
	assert_int_equal(again->nodes[0].capacity_bytes, UINT64_C(3) << 30);
	assert_int_equal(again->memory_bytes, 9437185);
	assert_int_equal(again->chunk_bytes, 65537);
	assert_int_equal(again->placement_policy, PLACEMENT_RENDEZVOUS);
	assert_int_equal(again->scrub_interval_ms, 0);
	assert_true(again->network_seed == UINT64_MAX);
	assert_int_equal(again->link_count, 2);
	assert_true(again->links[1].cut && !again->links[0].cut);
	assert_true(again->links[0].loss == 0.01);
	assert_int_equal(config_save(path, again, &error), 0);
	assert_string_equal(read_text(path), first);
	assert_int_equal(scratch_count(&scratch, "."), 1); /* no draft is left */
	struct stat status;
	mode_t mask = umask(0);
	assert_int_equal(config_save(path, again, &error), 0);
	umask(mask);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	free(first);
	config_free(config);
	config_free(again);
	scratch_remove(&scratch);
}

static void test_a_null_error_is_allowed(void **state)
{
	(void)state;
	struct config *config;
	assert_int_equal(config_parse(CONFIG_PATH, "x", 1, &config, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_nodes_are_needed_and_all_else_has_its_default),
		cmocka_unit_test(test_every_key_is_read),
		cmocka_unit_test(test_limits_are_inclusive),
		cmocka_unit_test(test_paths_are_relative_to_their_folders),
		cmocka_unit_test(test_a_config_that_is_saved_is_read_back_as_it_was),
		cmocka_unit_test(test_a_null_error_is_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
