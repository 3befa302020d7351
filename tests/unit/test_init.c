/*
 * test_init.c: making stores and nodes: what may be repeated, what is refused, and what stays as it was after a
 * refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/store.h"
#include "tests/support/one_world.h"

static char told[2048]; /* "NODE: WHAT", a line each */

static void note(void *context, const char *node, const char *what)
{
	(void)context;
	size_t length = strlen(told);
	snprintf(told + length, sizeof(told) - length, "%s: %s\n", node, what);
}

static int try_init(void)
{
	told[0] = '\0';
	return store_init(scratch_path(&scratch, "s/config.yaml"), note, NULL, &error);
}

static void init_tells(const char *expected)
{
	if (try_init() < 0)
		fail_msg("%s", error.message);
	assert_string_equal(told, expected);
}

static void expect_error(enum error_code code, const char *part)
{
	assert_int_equal(error.code, code);
	if (!strstr(error.message, part))
		fail_msg("'%s' does not say '%s'", error.message, part);
}

static void new_store(unsigned nodes)
{
	const struct store_new_options options = {.node_count = nodes};
	if (store_new(scratch_path(&scratch, "s"), &options, &error) < 0)
		fail_msg("%s", error.message);
}

static void test_repeating_init_changes_nothing(void **state)
{
	(void)state;
	new_store(2);
	size_t size, later_size;
	uint8_t *identity = scratch_read(&scratch, "s/node-1/linckia-node.json", &size);
	init_tells("node-1: is there already\nnode-2: is there already\n");
	uint8_t *later = scratch_read(&scratch, "s/node-1/linckia-node.json", &later_size);
	assert_int_equal(later_size, size);
	assert_memory_equal(later, identity, size);
	free(identity);
	free(later);
}

static void test_a_node_that_is_not_there_is_left_alone(void **state)
{
	(void)state;
	new_store(2);
	scratch_rename(&scratch, "s/node-2", "away");
	init_tells("node-1: is there already\n"
		   "node-2: belongs to the store, but is not there: folder missing; it is left alone\n");
	assert_false(scratch_exists(&scratch, "s/node-2"));
	/* An empty folder, as an unmounted disk leaves it, is not the node either. */
	scratch_folder(&scratch, "s/node-2");
	init_tells(
		"node-1: is there already\n"
		"node-2: belongs to the store, but is not there: identity file missing; it is left alone\n");
	assert_int_equal(rmdir(scratch_path(&scratch, "s/node-2")), 0);
	scratch_rename(&scratch, "away", "s/node-2");
	init_tells("node-1: is there already\nnode-2: is there already\n");
}

static void test_folders_that_a_node_lost_are_made_again(void **state)
{
	(void)state;
	new_store(1);
	scratch_rename(&scratch, "s/node-1/chunks", "chunks");
	init_tells("node-1: had lost folders, which were made again; repair brings back what they held\n");
	assert_true(scratch_exists(&scratch, "s/node-1/chunks/00"));
	init_tells("node-1: is there already\n");
}

/*
 * A crash between the identity and the commit leaves a node that is this store's, but that the catalog does not know.
 */
static void test_a_node_that_was_half_made_is_used(void **state)
{
	(void)state;
	new_store(1);
	const struct store_new_node node = {.name = "node-2", .path = "node-2"};
	const char *config = scratch_path(&scratch, "s/config.yaml");
	uint64_t chunks;
	assert_int_equal(store_node_add(config, &node, NULL, &error), 0);
	assert_int_equal(store_node_remove(config, "node-2", NULL, &chunks, &error), 0);
	scratch_rename(&scratch, "s/node-2/linckia-node.json.removed", "s/node-2/linckia-node.json");
	assert_int_equal(store_node_add(config, &node, NULL, &error), 0);
	init_tells("node-1: is there already\nnode-2: is there already\n");
}

static void test_a_catalog_is_never_made_anew_over_nodes(void **state)
{
	(void)state;
	new_store(2);
	assert_int_equal(unlink(scratch_path(&scratch, "s/catalog.db")), 0);
	assert_int_equal(try_init(), -1);
	expect_error(ERROR_REFUSED, "'linckia rebuild' regrows its catalog");
	assert_string_equal(told, "");
	assert_false(scratch_exists(&scratch, "s/catalog.db"));
}

static void test_a_node_of_another_store_is_refused_and_the_config_stays(void **state)
{
	(void)state;
	const struct store_new_options options = {.node_count = 1};
	assert_int_equal(store_new(scratch_path(&scratch, "other"), &options, &error), 0);
	new_store(1);
	size_t size, later_size;
	uint8_t *before = scratch_read(&scratch, "s/config.yaml", &size);
	const struct store_new_node node = {.name = "taken", .path = "../other/node-1"};
	assert_int_equal(store_node_add(scratch_path(&scratch, "s/config.yaml"), &node, NULL, &error), -1);
	expect_error(ERROR_REFUSED, "other/node-1");
	uint8_t *after = scratch_read(&scratch, "s/config.yaml", &later_size);
	assert_int_equal(later_size, size);
	assert_memory_equal(after, before, size);
	free(before);
	free(after);
	init_tells("node-1: is there already\n");
}

static void test_node_add_wants_to_know_where_and_does_not_change_what_is_known(void **state)
{
	(void)state;
	new_store(1);
	const char *config = scratch_path(&scratch, "s/config.yaml");
	const struct store_new_node nowhere = {.name = "node-9"};
	assert_int_equal(store_node_add(config, &nowhere, NULL, &error), -1);
	expect_error(ERROR_USAGE, "has no node 'node-9'");
	const struct store_new_node again[] = {{.name = "node-1", .path = "elsewhere"},
		{.name = "node-1", .zone = "z"}, {.name = "node-1", .capacity_bytes = 1 << 20}};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(store_node_add(config, &again[i], NULL, &error), -1);
		expect_error(ERROR_EXISTS, "describes node 'node-1' already");
	}
	const struct store_new_node just_named = {.name = "node-1"};
	assert_int_equal(store_node_add(config, &just_named, NULL, &error), 0);
}

static void test_names_of_nodes_come_from_their_paths(void **state)
{
	(void)state;
	const struct store_new_node nodes[] = {{.path = "a/disk/"}, {.path = "b/disk"}, {.path = "c/disk//"},
		{.path = "d", .name = "shelf", .zone = "z"}, {.path = "a/linckia"}, {.path = "b//linckia/"},
		{.path = "linckia"}, {.path = "./c/linckia"}};
	enum { COUNT = sizeof(nodes) / sizeof(*nodes) };
	const struct store_new_options options = {.nodes = nodes, .nodes_length = COUNT};
	static const char *const folders[] = {"s", "s/a", "s/b", "s/c"};
	for (size_t i = 0; i < 4; i++)
		scratch_folder(&scratch, folders[i]);
	if (store_new(scratch_path(&scratch, "s"), &options, &error) < 0)
		fail_msg("%s", error.message);
	struct config *config;
	assert_int_equal(config_load(scratch_path(&scratch, "s/config.yaml"), &config, &error), 0);
	assert_int_equal(config->node_count, COUNT);
	static const char *const names[COUNT] = {
		"disk", "disk-2", "disk-3", "shelf", "a", "b", "linckia", "c"};
	for (size_t i = 0; i < COUNT; i++)
		assert_string_equal(config->nodes[i].name, names[i]);
	assert_string_equal(config->nodes[3].zone, "z");
	assert_int_equal(config->replication_factor, 3);
	config_free(config);
}

static void test_a_config_can_stand_elsewhere_and_says_where_the_store_is(void **state)
{
	(void)state;
	const struct store_new_options options = {
		.node_count = 2, .config_path = scratch_path(&scratch, "etc/c")};
	if (store_new(scratch_path(&scratch, "s 1"), &options, &error) < 0)
		fail_msg("%s", error.message);
	assert_false(scratch_exists(&scratch, "s 1/config.yaml"));
	assert_true(scratch_exists(&scratch, "s 1/node-2/linckia-node.json"));
	struct config *config;
	assert_int_equal(config_load(scratch_path(&scratch, "etc/c"), &config, &error), 0);
	assert_string_equal(config->store, scratch_path(&scratch, "s 1"));
	config_free(config);
	assert_int_equal(store_new(scratch_path(&scratch, "t"), &options, &error), -1);
	expect_error(ERROR_EXISTS, "etc/c");
	assert_false(scratch_exists(&scratch, "t"));
	/* A store that has a config in its folder gets no second one, and no folder is left of the attempt. */
	new_store(1);
	const struct store_new_options second = {
		.node_count = 2, .config_path = scratch_path(&scratch, "other/c")};
	assert_int_equal(store_new(scratch_path(&scratch, "s"), &second, &error), -1);
	expect_error(ERROR_EXISTS, "s/config.yaml");
	assert_false(scratch_exists(&scratch, "other"));
	const struct store_new_node blocked = {.path = "nowhere/node"};
	const struct store_new_options failing = {
		.nodes = &blocked, .nodes_length = 1, .config_path = scratch_path(&scratch, "other/c")};
	assert_int_equal(store_new(scratch_path(&scratch, "t"), &failing, &error), -1);
	assert_false(scratch_exists(&scratch, "other"));
}

static void test_a_store_that_cannot_be_made_leaves_nothing(void **state)
{
	(void)state;
	const struct store_new_options many = {.node_count = STORE_NODES_MAX + 1};
	assert_int_equal(store_new(scratch_path(&scratch, "s"), &many, &error), -1);
	expect_error(ERROR_USAGE, "at most 1024 nodes, not 1025");
	assert_false(scratch_exists(&scratch, "s"));
	scratch_write(&scratch, "file", "x", 1);
	const struct store_new_options one = {.node_count = 1};
	assert_int_equal(store_new(scratch_path(&scratch, "file/s"), &one, &error), -1);
	expect_error(ERROR_IO, "cannot make the folder");
	/* Its node cannot be made: the config would stand in the way of the next try. */
	const struct store_new_node blocked = {.path = "../file/node"};
	const struct store_new_options options = {.nodes = &blocked, .nodes_length = 1};
	assert_int_equal(store_new(scratch_path(&scratch, "s"), &options, &error), -1);
	assert_false(scratch_exists(&scratch, "s/config.yaml"));
	new_store(1);
	assert_int_equal(store_new(scratch_path(&scratch, "s"), &one, &error), -1);
	expect_error(ERROR_EXISTS, "config.yaml");
}

static void expect_config(const char *given, const char *expected)
{
	char *path;
	assert_int_equal(store_find_config(given, &path, &error), 0);
	assert_string_equal(path, expected);
	free(path);
}

static void test_the_config_is_looked_for_in_order(void **state)
{
	(void)state;
	char in_home[4200], before[4096], *path;
	assert_non_null(getcwd(before, sizeof(before)));
	scratch_folder(&scratch, "home");
	scratch_folder(&scratch, "home/.config");
	scratch_folder(&scratch, "home/.config/linckia");
	assert_int_equal(chdir(scratch_path(&scratch, "")), 0);
	setenv("HOME", scratch_path(&scratch, "home"), 1);
	unsetenv("LINCKIA_CONFIG");
	snprintf(in_home, sizeof(in_home), "%s", scratch_path(&scratch, "home/.config/linckia/config.yaml"));
	if (access("/etc/linckia/config.yaml", F_OK) < 0) {
		assert_int_equal(store_find_config(NULL, &path, &error), -1);
		expect_error(ERROR_CONFIG, "'linckia new DIR'");
		assert_null(path);
	}
	scratch_write(&scratch, "home/.config/linckia/config.yaml", "x", 1);
	expect_config(NULL, in_home);
	scratch_write(&scratch, "config.yaml", "x", 1);
	expect_config(NULL, "config.yaml");
	setenv("LINCKIA_CONFIG", "", 1);
	expect_config(NULL, "config.yaml");
	setenv("LINCKIA_CONFIG", "named.yaml", 1);
	expect_config(NULL, "named.yaml");
	expect_config("given.yaml", "given.yaml");
	unsetenv("LINCKIA_CONFIG");
	assert_int_equal(chdir(before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_repeating_init_changes_nothing, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_a_node_that_is_not_there_is_left_alone, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_folders_that_a_node_lost_are_made_again, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_a_node_that_was_half_made_is_used, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_a_catalog_is_never_made_anew_over_nodes, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(test_a_node_of_another_store_is_refused_and_the_config_stays,
			one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_node_add_wants_to_know_where_and_does_not_change_what_is_known, one_world_make,
			one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_names_of_nodes_come_from_their_paths, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(test_a_config_can_stand_elsewhere_and_says_where_the_store_is,
			one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_a_store_that_cannot_be_made_leaves_nothing, one_world_make, one_world_remove),
		cmocka_unit_test_setup_teardown(
			test_the_config_is_looked_for_in_order, one_world_make, one_world_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
