/*
 * The config as a file: loading it within bounds, writing a new one, adding a node to one that people
 * keep by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/config.h"
#include "engine/config_file.h"

static struct error error;
static char folder[64], path[128];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/linckia-config-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/config.yaml", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder); /* fails, and with it the test, when something else was left behind */
}

static void write_bytes(const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

static void expect_text(const char *text)
{
	char bytes[8192];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t length = fread(bytes, 1, sizeof(bytes) - 1, file);
	bytes[length] = '\0';
	fclose(file);
	assert_string_equal(bytes, text);
}

static struct config *load(void)
{
	struct config *config = NULL;
	error_clear(&error);
	if (config_load(path, &config, &error))
		fail_msg("refused: %s", error.message);
	return config;
}

static void refuse_load(const char *name, enum error_code code, const char *tail)
{
	bool place = tail[0] == ':';
	struct config *config;
	char expected[512];
	error_clear(&error);
	assert_int_equal(config_load(name, &config, &error), -1);
	assert_null(config);
	snprintf(expected, sizeof(expected), "%s%s%s%s", place ? "" : "the file ", name, place ? "" : " ",
		tail);
	assert_string_equal(error.message, expected);
	assert_int_equal(error.code, code);
}

static void test_load_resolves_the_configs_folder_only(void **state)
{
	(void)state;
	char link[128], through[160], expected[256];
	snprintf(link, sizeof(link), "%s.link", folder);
	snprintf(through, sizeof(through), "%s/./config.yaml", link);
	assert_int_equal(symlink(folder, link), 0);
	write_text("store: s\nnodes: [{name: a, path: n}]\n");
	struct config *config;
	assert_int_equal(config_load(through, &config, &error), 0);
	unlink(link);
	assert_string_equal(config->path, path);
	snprintf(expected, sizeof(expected), "%s/s/n", folder);
	assert_string_equal(config->nodes[0].path, expected);
	config_free(config);
}

static void test_files_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	refuse_load(path, ERROR_CONFIG, "cannot be read: No such file or directory");
	refuse_load(folder, ERROR_CONFIG, ": found a folder, allowed is a file; name one that is in it");
	refuse_load("/dev/null", ERROR_CONFIG, ": found a device, pipe or socket, allowed is a file");
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse_load(path, ERROR_CONFIG, ": found a device, pipe or socket, allowed is a file");
	unlink(path);
	assert_int_equal(symlink("config.yaml", path), 0);
	refuse_load(path, ERROR_CONFIG, "cannot be read: Too many levels of symbolic links");
	unlink(path);
	write_text("");
	refuse_load(path, ERROR_CONFIG,
		":1:1: found nothing, allowed is a mapping of keys, at least the key nodes");
	if (geteuid() != 0) { /* nothing is unreadable to root */
		assert_int_equal(chmod(path, 0), 0);
		refuse_load(path, ERROR_CONFIG,
			"cannot be read (a store is for the user who made it): Permission denied");
	}
}

static void test_a_long_file_is_refused_before_it_is_read(void **state)
{
	(void)state;
	write_text("");
	assert_int_equal(truncate(path, CONFIG_BYTES_MAX + 1), 0);
	refuse_load(path, ERROR_CONFIG, ":1:1: found 1048577 bytes, allowed is at most 1MiB");
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
	refuse_load(path, ERROR_CONFIG, ":1:1: found 1099511627776 bytes, allowed is at most 1MiB");
}

static struct config_node three_nodes[] = {
	{.name = "node-1", .path = "node-1", .zone = "a", .capacity_bytes = UINT64_C(2) << 30},
	{.name = "7", .path = "/mnt/a b: \"c\" # 'd' \\ é", .zone = "rack 1"},
	{.name = "true", .path = "./x", .weight = 2.5},
};

static const struct config_template three = {.rehearsal = true,
	.replication_factor = 3,
	.min_replicas = 2,
	.chunk_bytes = 4 << 20,
	.nodes = three_nodes,
	.node_count = 3};

static void test_a_written_config_reads_back_as_what_was_asked_for(void **state)
{
	(void)state;
	char expected[128];
	struct stat status;
	mode_t mask = umask(0777);
	int result = config_write(path, &three, &error);
	umask(mask);
	if (result)
		fail_msg("%s", error.message);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	struct config *config = load();
	assert_string_equal(config->store, folder);
	assert_true(config->rehearsal);
	assert_int_equal(config->node_count, 3);
	snprintf(expected, sizeof(expected), "%s/node-1", folder);
	assert_string_equal(config->nodes[0].path, expected);
	assert_string_equal(config->nodes[0].zone, "a");
	assert_int_equal(config->nodes[0].capacity_bytes, UINT64_C(2) << 30);
	assert_string_equal(config->nodes[1].name, "7");
	assert_string_equal(config->nodes[1].path, three_nodes[1].path);
	assert_string_equal(config->nodes[1].zone, "rack 1");
	assert_string_equal(config->nodes[2].name, "true");
	assert_string_equal(config->nodes[2].zone, "true");
	assert_true(config->nodes[2].weight == 2.5);
	config_free(config);
}

static void test_a_written_config_has_the_defaults(void **state)
{
	(void)state;
	static const char bare[] = "store: .\nnodes: [{name: node-1, path: node-1}]\n";
	struct config_node node = {.name = "node-1", .path = "node-1"};
	struct config_template one = {.replication_factor = 3,
		.min_replicas = 2,
		.chunk_bytes = 4 << 20,
		.nodes = &node,
		.node_count = 1};
	struct config *standard;
	assert_int_equal(config_write(path, &one, &error), 0);
	struct config *config = load();
	assert_int_equal(config_parse(path, bare, sizeof(bare) - 1, &standard, &error), 0);
	assert_int_equal(config->rehearsal, standard->rehearsal);
	assert_int_equal(config->replication_factor, standard->replication_factor);
	assert_int_equal(config->min_replicas, standard->min_replicas);
	assert_int_equal(config->memory_bytes, standard->memory_bytes);
	assert_int_equal(config->workers, standard->workers);
	assert_int_equal(config->chunk_bytes, standard->chunk_bytes);
	assert_int_equal(config->chunk_method, standard->chunk_method);
	assert_int_equal(config->placement_policy, standard->placement_policy);
	assert_int_equal(config->placement_spread, standard->placement_spread);
	assert_int_equal(config->repair_interval_ms, standard->repair_interval_ms);
	assert_int_equal(config->repair_grace_ms, standard->repair_grace_ms);
	assert_int_equal(config->repair_bandwidth, standard->repair_bandwidth);
	assert_int_equal(config->repair_concurrency, standard->repair_concurrency);
	assert_true(config->repair_min_up_ratio == standard->repair_min_up_ratio);
	assert_true(config->repair_max_skew == standard->repair_max_skew);
	assert_int_equal(config->scrub_interval_ms, standard->scrub_interval_ms);
	assert_int_equal(config->scrub_bandwidth, standard->scrub_bandwidth);
	assert_int_equal(config->history_keep_versions, standard->history_keep_versions);
	assert_int_equal(config->history_keep_for_ms, standard->history_keep_for_ms);
	assert_int_equal(config->network_seed, standard->network_seed);
	assert_int_equal(config->console_refresh_ms, standard->console_refresh_ms);
	assert_string_equal(config->console_theme, standard->console_theme);
	assert_string_equal(config->nodes[0].path, standard->nodes[0].path);
	config_free(config);
	config_free(standard);
}

static void test_large_chunks_get_the_memory_they_need(void **state)
{
	(void)state;
	struct config_template large = three;
	large.chunk_bytes = 64 << 20;
	assert_int_equal(config_write(path, &large, &error), 0);
	struct config *config = load();
	assert_int_equal(config->memory_bytes, 256 << 20);
	config_free(config);
}

static void test_writing_replaces_nothing(void **state)
{
	(void)state;
	char expected[256];
	write_text("precious");
	assert_int_equal(config_write(path, &three, &error), -1);
	snprintf(expected, sizeof(expected), "%s exists already and is left as it is", path);
	assert_string_equal(error.message, expected);
	assert_int_equal(error.code, ERROR_EXISTS);
	expect_text("precious");
}

static void test_nodes_that_cannot_be_written_are_refused_before_a_file_is_made(void **state)
{
	(void)state;
	static const struct config_node bad[] = {
		{.name = "a", .path = "x\xFFy"},
		{.name = "a", .path = "x\ny"},
		{.name = "a", .path = "~/x"},
		{.name = "a b", .path = "x"},
		{.name = "client", .path = "x"},
		{.name = "a", .path = ""},
		{.name = "a", .path = "x", .zone = ""},
		{.name = "a", .path = "x", .zone = "\x1B[m"},
		{.name = "a", .path = "x", .zone = "\xC3"},
		{.name = "a", .path = "x", .capacity_bytes = UINT64_MAX},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct config_template values = three;
		values.nodes = &bad[i];
		values.node_count = 1;
		assert_int_equal(config_write(path, &values, &error), -1);
		assert_int_equal(error.code, ERROR_USAGE);
		assert_int_equal(access(path, F_OK), -1);
	}
	struct config_template values = three;
	values.replication_factor = 17;
	assert_int_equal(config_write(path, &values, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_int_equal(access(path, F_OK), -1);
}

/* Adds a node to `before`; the file must then be `after`, byte for byte, and read as a config. */
static void add(const char *before, const char *after)
{
	write_text(before);
	error_clear(&error);
	if (config_add_node(path, "new", "disk", "z", UINT64_C(2) << 30, &error))
		fail_msg("refused: %s\n%s", error.message, before);
	expect_text(after);
	struct config *config = load();
	const struct config_node *last = &config->nodes[config->node_count - 1];
	assert_string_equal(last->name, "new");
	assert_string_equal(last->zone, "z");
	assert_int_equal(last->capacity_bytes, UINT64_C(2) << 30);
	config_free(config);
}

#define ENTRY "{name: new, path: disk, zone: z, capacity: 2GiB}"

static void test_a_node_joins_a_block_list_in_its_style(void **state)
{
	(void)state;
	add("nodes:\n  - {name: a, path: a}\n", "nodes:\n  - {name: a, path: a}\n  - " ENTRY "\n");
	add("nodes:\n- {name: a, path: a}", "nodes:\n- {name: a, path: a}\n- " ENTRY);
	add("nodes:\n- {name: a, path: a} # one\n\n# about repair\nrepair: {grace: 1s}\n",
		"nodes:\n- {name: a, path: a} # one\n- " ENTRY "\n\n# about repair\nrepair: {grace: 1s}\n");
	add("nodes:\n    - name: a\n      path: a   # where\n    # the end\nstore: nodes\n",
		"nodes:\n    - name: a\n      path: a   # where\n    - name: new\n      path: disk\n      "
		"zone: z\n"
		"      capacity: 2GiB\n    # the end\nstore: nodes\n");
	add("nodes:\n  - path: 'a'\n    name: \"a\"",
		"nodes:\n  - path: 'a'\n    name: \"a\"\n  - name: new\n    path: disk\n"
		"    zone: z\n    capacity: 2GiB");
	add("nodes:\n  - {name: a,\n     path: a\n    }\n  -\n    name: b\n    path: b\n...\n",
		"nodes:\n  - {name: a,\n     path: a\n    }\n  -\n    name: b\n    path: b\n  - name: new\n  "
		"  path: disk\n"
		"    zone: z\n    capacity: 2GiB\n...\n");
	add("? nodes\n: - {name: a, path: a}\n", "? nodes\n: - {name: a, path: a}\n  - " ENTRY "\n");
	add("store: nodes\nnetwork: {links: []}\nnodes:\n  - {name: nodes, path: nodes}\n",
		"store: nodes\nnetwork: {links: []}\nnodes:\n  - {name: nodes, path: nodes}\n  - " ENTRY
		"\n");
}

static void test_a_node_joins_a_flow_list_in_its_style(void **state)
{
	(void)state;
	add("nodes: [{name: a, path: a}]\n", "nodes: [{name: a, path: a}, " ENTRY "]\n");
	add("nodes: [ {name: a, path: a} ] # all", "nodes: [ {name: a, path: a}, " ENTRY " ] # all");
	add("nodes: [{name: a, path: a},]\n", "nodes: [{name: a, path: a}, " ENTRY "]\n");
	add("{nodes: [{name: a, path: a}], store: s}\n",
		"{nodes: [{name: a, path: a}, " ENTRY "], store: s}\n");
	add("nodes: [\n  {name: a, path: a}, # one\n  {name: b, path: b}  # two\n]\n",
		"nodes: [\n  {name: a, path: a}, # one\n  {name: b, path: b},  # two\n  " ENTRY "\n]\n");
	add("nodes: [\n\t{name: a, path: a},# one, ]\n\t# more ]\n]\n",
		"nodes: [\n\t{name: a, path: a},# one, ]\n\t" ENTRY ",\n\t# more ]\n]\n");
	add("nodes: [{name: a, path: a}\n]\n", "nodes: [{name: a, path: a},\n  " ENTRY "\n]\n");
	add("nodes: [\n    {name: a, path: a}\n  , {name: b, path: b}\n  ]\n",
		"nodes: [\n    {name: a, path: a}\n  , {name: b, path: b},\n    " ENTRY "\n  ]\n");
	add("nodes: [\n  {name: a, path: a} # one\n  ,\n]\n",
		"nodes: [\n  {name: a, path: a} # one\n  ,\n  " ENTRY ",\n]\n");
}

static void test_line_breaks_and_wide_characters_are_kept(void **state)
{
	(void)state;
	add("# é😀\r\nnodes:\r\n  - {name: a, path: é}\r\nstore: x\r\n",
		"# é😀\r\nnodes:\r\n  - {name: a, path: é}\r\n  - " ENTRY "\r\nstore: x\r\n");
	add("# é😀\r\nnodes:\r\n  - name: a\r\n    path: é",
		"# é😀\r\nnodes:\r\n  - name: a\r\n    path: é\r\n  - name: new\r\n"
		"    path: disk\r\n    zone: z\r\n    capacity: 2GiB");
	add("nodes: [\r\n  {name: a, path: é} # é\r\n]\r\n",
		"nodes: [\r\n  {name: a, path: é}, # é\r\n  " ENTRY "\r\n]\r\n");
}

static void test_a_list_that_no_insertion_fits_is_left_alone(void **state)
{
	(void)state;
	const char *text = "nodes: [{name: a, path: a}] }\n";
	write_text(text);
	assert_int_equal(config_add_node(path, "new", "disk", NULL, 0, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	expect_text(text);
}

static void test_added_paths_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	static const char *const paths[] = {"/a b", "a: b", "a #b", "#", "-", "- a", "\"'\\", "é", "[x]",
		"{x: y}", "null", "%a", "&a", "*a", "!a", "a,b", "@", "`", "| a", "7", "?", "...", "---",
		"a "};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		for (unsigned block = 0; block < 2; block++) {
			char expected[256];
			write_text(block ? "store: /\nnodes:\n- name: a\n  path: a\n"
					 : "store: /\nnodes: [{name: a, path: a}]\n");
			if (config_add_node(path, "new", paths[i], paths[i], 0, &error))
				fail_msg("%s: %s", paths[i], error.message);
			struct config *config = load();
			snprintf(expected, sizeof(expected), "%s%s", paths[i][0] == '/' ? "" : "/", paths[i]);
			assert_string_equal(config->nodes[1].path, expected);
			assert_string_equal(config->nodes[1].zone, paths[i]);
			config_free(config);
		}
	}
}

static void refuse_add(const char *name, const char *node_path, enum error_code code, const char *message)
{
	const char *text = "store: /s\nnodes: [{name: a, path: a}]\n";
	write_text(text);
	error_clear(&error);
	assert_int_equal(config_add_node(path, name, node_path, NULL, 0, &error), -1);
	if (!strstr(error.message, message))
		fail_msg("said: %s", error.message);
	assert_int_equal(error.code, code);
	expect_text(text);
}

static void test_nodes_that_cannot_be_added_are_refused(void **state)
{
	(void)state;
	refuse_add("a", "b", ERROR_EXISTS, "/config.yaml has a node 'a' already");
	refuse_add("b", "../s/./a", ERROR_EXISTS, "the path /s/a belongs to the node 'a' already");
	refuse_add("a b", "b", ERROR_USAGE,
		"the name 'a b' of the node cannot be used; allowed is 1 to 64 of a-z A-Z 0-9 . _ - but not "
		"'client'");
	refuse_add("b", "x\xFFy", ERROR_USAGE,
		"the path x\xFFy of the node cannot stand in a config because it is not UTF-8; rename it, or "
		"give a "
		"symbolic link that has another name");
	write_text("nodes: []\n");
	assert_int_equal(config_add_node(path, "b", "b", NULL, 0, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	unlink(path);
	assert_int_equal(config_add_node(path, "b", "b", NULL, 0, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
}

static void test_permission_bits_and_symbolic_links_survive_an_edit(void **state)
{
	(void)state;
	char target[128];
	struct stat status;
	snprintf(target, sizeof(target), "%s/real.yaml", folder);
	write_text("nodes: [{name: a, path: a}]\n");
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink("real.yaml", path), 0);
	assert_int_equal(chmod(target, 0640), 0);
	int result = config_add_node(path, "b", "b", NULL, 0, &error);
	expect_text("nodes: [{name: a, path: a}, {name: b, path: b}]\n");
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(target, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	unlink(target);
	assert_int_equal(result, 0);
}

static void test_an_edit_by_someone_else_is_not_overwritten(void **state)
{
	(void)state;
	char *text;
	size_t length;
	struct stat status;
	write_text("old");
	assert_int_equal(config_file_read(path, &text, &length, &status, &error), 0);
	assert_int_equal(length, 3);
	assert_string_equal(text, "old");
	free(text);
	write_text("theirs");
	assert_int_equal(config_file_replace(path, "ours", 4, &status, &error), -1);
	assert_int_equal(error.code, ERROR_CHANGED);
	expect_text("theirs");
}

static void test_one_edit_waits_for_the_other(void **state)
{
	(void)state;
	write_text("x");
	int lock = config_file_lock(path, &error);
	assert_true(lock >= 0);
	int folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(folder_fd >= 0);
	assert_int_equal(flock(folder_fd, LOCK_EX | LOCK_NB), -1);
	config_file_unlock(lock);
	assert_int_equal(flock(folder_fd, LOCK_EX | LOCK_NB), 0);
	close(folder_fd);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_load_resolves_the_configs_folder_only),
		CASE(test_files_that_cannot_be_read_are_named),
		CASE(test_a_long_file_is_refused_before_it_is_read),
		CASE(test_a_written_config_reads_back_as_what_was_asked_for),
		CASE(test_a_written_config_has_the_defaults),
		CASE(test_large_chunks_get_the_memory_they_need),
		CASE(test_writing_replaces_nothing),
		CASE(test_nodes_that_cannot_be_written_are_refused_before_a_file_is_made),
		CASE(test_a_node_joins_a_block_list_in_its_style),
		CASE(test_a_node_joins_a_flow_list_in_its_style),
		CASE(test_line_breaks_and_wide_characters_are_kept),
		CASE(test_a_list_that_no_insertion_fits_is_left_alone),
		CASE(test_added_paths_are_quoted_where_they_must_be),
		CASE(test_nodes_that_cannot_be_added_are_refused),
		CASE(test_permission_bits_and_symbolic_links_survive_an_edit),
		CASE(test_an_edit_by_someone_else_is_not_overwritten),
		CASE(test_one_edit_waits_for_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
