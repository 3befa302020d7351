/*
 * A node leaves a config that people keep by hand, and nothing else in the file changes; or the file stays
 * as it is and a sentence says why.
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
#include <sys/stat.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/config_file.h"
#include "tests/support/scratch.h"

static struct error error;
static struct scratch scratch;
static char path[512];

static int make(void **state)
{
	(void)state;
	scratch_make(&scratch);
	snprintf(path, sizeof(path), "%s", scratch_path(&scratch, "config.yaml"));
	return 0;
}

static int clean(void **state)
{
	(void)state;
	scratch_remove(&scratch);
	return 0;
}

static void write_text(const char *text)
{
	scratch_write(&scratch, "config.yaml", text, strlen(text));
}

static void expect_text(const char *text)
{
	size_t size;
	char *bytes = (char *)scratch_read(&scratch, "config.yaml", &size);
	if (size != strlen(text) || memcmp(bytes, text, size) != 0)
		fail_msg("found:\n%.*s\nexpected:\n%s", (int)size, bytes, text);
	free(bytes);
}

/* Removes `name` from `before`; the file must then be `after`, byte for byte. */
static void drop(const char *name, const char *before, const char *after)
{
	write_text(before);
	error_clear(&error);
	if (config_remove_node(path, name, &error))
		fail_msg("refused: %s\n%s", error.message, before);
	expect_text(after);
	struct config *config;
	assert_int_equal(config_load(path, &config, &error), 0);
	assert_null(config_find_node(config, name));
	config_free(config);
}

#define A  "{name: a, path: /a}"
#define B  "{name: b, path: /b}"
#define C  "{name: c, path: /c}"
#define A2 "{name: a2, path: /a2}"

static void test_an_entry_of_a_block_list_goes_with_its_lines(void **state)
{
	(void)state;
	const char *three = "store: s\nnodes:\n  - " A "\n  - " B "\n  - " C "\nworkers: 2\n";
	drop("a", three, "store: s\nnodes:\n  - " B "\n  - " C "\nworkers: 2\n");
	drop("b", three, "store: s\nnodes:\n  - " A "\n  - " C "\nworkers: 2\n");
	drop("c", three, "store: s\nnodes:\n  - " A "\n  - " B "\nworkers: 2\n");
	const char *long_ones =
		"nodes:\n- name: a\n  path: /a\n-\n  # the second\n  path: '/b # - x'\n"
		"  name: \"b\" # in the cellar\n- name: c\n  path: /c\n   and/more\n  weight: 2\n";
	drop("a", long_ones,
		"nodes:\n-\n  # the second\n  path: '/b # - x'\n  name: \"b\" # in the cellar\n"
		"- name: c\n  path: /c\n   and/more\n  weight: 2\n");
	drop("b", long_ones,
		"nodes:\n- name: a\n  path: /a\n- name: c\n  path: /c\n   and/more\n  weight: 2\n");
	drop("c", long_ones,
		"nodes:\n- name: a\n  path: /a\n-\n  # the second\n  path: '/b # - x'\n"
		"  name: \"b\" # in the cellar\n");
	drop("b", "nodes:\n  - " A "\n  - {name: b, # two\n     path: /b\n    } # the end\n  - " C "\n",
		"nodes:\n  - " A "\n  - " C "\n");
}

static void test_comments_of_other_entries_stay(void **state)
{
	(void)state;
	const char *text = "nodes:   # all\n  # first - x\n  - " A " # one\n\n  # second\n  - " B
			   " # two\n  # third\n  - " C " # three\n  # after\n\nstore: s # end";
	drop("a", text,
		"nodes:   # all\n  # first - x\n\n  # second\n  - " B " # two\n  # third\n  - " C
		" # three\n  # after\n\nstore: s # end");
	drop("b", text,
		"nodes:   # all\n  # first - x\n  - " A " # one\n\n  # second\n  # third\n  - " C
		" # three\n  # after\n\nstore: s # end");
	drop("c", text,
		"nodes:   # all\n  # first - x\n  - " A " # one\n\n  # second\n  - " B
		" # two\n  # third\n  # after\n\nstore: s # end");
	text = "nodes: [ # all\n  " A ", # one, ]\n  # second\n  " B " # two\n  , # comma\n  " C ", " A2
	       ", # both\n  # after ]\n] # end\n";
	drop("a", text,
		"nodes: [ # all\n  # second\n  " B " # two\n  , # comma\n  " C ", " A2
		", # both\n  # after ]\n] # end\n");
	drop("b", text,
		"nodes: [ # all\n  " A ", # one, ]\n  # second\n  # comma\n  " C ", " A2
		", # both\n  # after ]\n] # end\n");
	drop("c", text,
		"nodes: [ # all\n  " A ", # one, ]\n  # second\n  " B " # two\n  , # comma\n  " A2
		", # both\n  # after ]\n] # end\n");
	drop("a2", text,
		"nodes: [ # all\n  " A ", # one, ]\n  # second\n  " B " # two\n  , # comma\n  " C
		", # both\n  # after ]\n] # end\n");
}

static void test_the_first_entry_behind_an_explicit_key(void **state)
{
	(void)state;
	const char *text = "? nodes\n: - " A " # one\n  # two\n  - " B "\n";
	drop("a", text, "? nodes\n:\n  # two\n  - " B "\n");
	drop("b", text, "? nodes\n: - " A " # one\n  # two\n");
}

static void test_an_entry_of_a_flow_list_on_one_line(void **state)
{
	(void)state;
	const char *text = "nodes: [" A ", " B ", " C "]\n";
	drop("a", text, "nodes: [" B ", " C "]\n");
	drop("b", text, "nodes: [" A ", " C "]\n");
	drop("c", text, "nodes: [" A ", " B "]\n");
	text = "{nodes: [ " A "," B ", " C " ], store: s} # [ , ]";
	drop("a", text, "{nodes: [ " B ", " C " ], store: s} # [ , ]");
	drop("b", text, "{nodes: [ " A ", " C " ], store: s} # [ , ]");
	drop("c", text, "{nodes: [ " A "," B " ], store: s} # [ , ]");
	drop("b", "nodes: [" A ", " B ",]\n", "nodes: [" A ",]\n");
	drop("a", "nodes: [" A ", " B ", ]\n", "nodes: [" B ", ]\n");
	drop("b", "nodes: [" A ", " B ", ]\n", "nodes: [" A ", ]\n");
	drop("b", "nodes: [" A " , " B " , " C "]\n", "nodes: [" A " , " C "]\n");
}

static void test_an_entry_of_a_flow_list_on_several_lines(void **state)
{
	(void)state;
	const char *text =
		"nodes: [\n  " A ", # one\n  " B ",\n  {name: c, # three\n   path: /c}  # end\n]\n";
	drop("a", text, "nodes: [\n  " B ",\n  {name: c, # three\n   path: /c}  # end\n]\n");
	drop("b", text, "nodes: [\n  " A ", # one\n  {name: c, # three\n   path: /c}  # end\n]\n");
	/* The comma that is not needed any more stands on another line. */
	drop("c", text, "nodes: [\n  " A ", # one\n  " B "\n]\n");
	drop("b", "nodes: [\n  " A ",\n  " B ",\n]\n", "nodes: [\n  " A ",\n]\n");
	text = "nodes: [" A ",\n        " B ", " C ",\n        " A2 "]\n";
	drop("a", text, "nodes: [\n        " B ", " C ",\n        " A2 "]\n");
	drop("b", text, "nodes: [" A ",\n        " C ",\n        " A2 "]\n");
	drop("c", text, "nodes: [" A ",\n        " B ",\n        " A2 "]\n");
	drop("a2", text, "nodes: [" A ",\n        " B ", " C "]\n");
	drop("a", "nodes: [ " A ", # one\n  " B "]\n", "nodes: [\n  " B "]\n");
	drop("b", "nodes: [" A ", # one\n  " B " ]\n", "nodes: [" A " # one\n  ]\n");
}

static void test_lines_that_begin_with_commas(void **state)
{
	(void)state;
	const char *text = "nodes: [\n    " A " # one\n  , " B " # two\n  , " C "\n  ]\n";
	drop("a", text, "nodes: [\n  " B " # two\n  , " C "\n  ]\n");
	drop("b", text, "nodes: [\n    " A " # one\n  , " C "\n  ]\n");
	drop("c", text, "nodes: [\n    " A " # one\n  , " B " # two\n  ]\n");
	drop("b", "nodes: [\n  " A "\n  ,\n  " B "\n  ,\n]\n", "nodes: [\n  " A "\n  ,\n]\n");
	drop("b", "nodes: [\n  " A "\n  , " B ", # two\n  " C "]\n", "nodes: [\n  " A "\n  ,\n  " C "]\n");
}

static void test_line_breaks_and_the_end_of_the_file_are_kept(void **state)
{
	(void)state;
	const char *text = "# é😀\r\nnodes:\r\n  - " A " # é\r\n  - name: b\r\n    path: /é\r\nstore: x\r\n";
	drop("a", text, "# é😀\r\nnodes:\r\n  - name: b\r\n    path: /é\r\nstore: x\r\n");
	drop("b", text, "# é😀\r\nnodes:\r\n  - " A " # é\r\nstore: x\r\n");
	text = "nodes: [\r\n  " A ", # é\r\n  " B "\r\n  ,\r\n  " C "\r\n]\r\n";
	drop("b", text, "nodes: [\r\n  " A ", # é\r\n  " C "\r\n]\r\n");
	drop("c", text, "nodes: [\r\n  " A ", # é\r\n  " B "\r\n]\r\n");
	drop("a", "nodes: [ " A ", # é\r\n  " B "]", "nodes: [\r\n  " B "]");
	/* A text that no line break ends does not get one. */
	drop("b", "nodes:\r\n- " A "\r\n- " B, "nodes:\r\n- " A);
	drop("b", "nodes:\n- " A "\n- " B " # two", "nodes:\n- " A);
	drop("a", "? nodes\r\n: - " A "\r\n  - " B, "? nodes\r\n:\r\n  - " B);
}

static void test_what_was_added_can_be_removed(void **state)
{
	(void)state;
	static const char *const texts[] = {"nodes: [" A "]\n", "nodes:\n- " A,
		"nodes:\n  - " A " # x\n# y\n", "nodes: [\n  " A ",\n]\n", "nodes: [\n  " A " # x\n]\n",
		"nodes:\r\n  - name: a\r\n    path: /a\r\nstore: s\r\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_text(texts[i]);
		assert_int_equal(config_add_node(path, "b", "b", "z", 1 << 20, &error), 0);
		assert_int_equal(config_remove_node(path, "b", &error), 0);
		expect_text(texts[i]);
	}
}

static void test_names_elsewhere_are_not_taken_for_the_list(void **state)
{
	(void)state;
	drop("nodes",
		"store: nodes\nnetwork: {links: [{from: a, to: client}]}\nnodes:\n  - {name: nodes, path: "
		"nodes}\n"
		"  - {path: name, name: a, zone: nodes}\n",
		"store: nodes\nnetwork: {links: [{from: a, to: client}]}\nnodes:\n"
		"  - {path: name, name: a, zone: nodes}\n");
}

static void refuse(const char *name, const char *text, enum error_code code, const char *message)
{
	struct stat before, after;
	write_text(text);
	assert_int_equal(stat(path, &before), 0);
	error_clear(&error);
	assert_int_equal(config_remove_node(path, name, &error), -1);
	if (!strstr(error.message, message))
		fail_msg("said: %s", error.message);
	assert_int_equal(error.code, code);
	expect_text(text);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_nodes_that_cannot_be_removed_are_refused(void **state)
{
	(void)state;
	refuse("b", "nodes: [" A "]\n", ERROR_NOT_FOUND, "/config.yaml has no node 'b'");
	refuse("a", "nodes: [" A "]\n", ERROR_REFUSED, "the node 'a' is the only one in the config /");
	const char *linked = "nodes: [" A ", " B ", " C "]\nnetwork: {links: [{from: client, to: b}, "
			     "{from: c, to: client}]}\n";
	refuse("b", linked, ERROR_REFUSED,
		"/config.yaml has a link from 'client' to 'b' in network.links; remove that before the node "
		"'b'");
	refuse("c", linked, ERROR_REFUSED, "a link from 'c' to 'client' in network.links");
	drop("a", linked,
		"nodes: [" B ", " C "]\nnetwork: {links: [{from: client, to: b}, {from: c, to: client}]}\n");
	refuse("a", "nodes: []\n", ERROR_CONFIG, "found an empty list");
	assert_int_equal(config_remove_node(scratch_path(&scratch, "none.yaml"), "a", &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_int_equal(config_remove_node(path, "a", NULL), -1);
}

static void test_permission_bits_and_symbolic_links_survive(void **state)
{
	(void)state;
	struct stat status;
	const char *target = scratch_path(&scratch, "real.yaml");
	write_text("nodes: [" A ", " B "]\n");
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink("real.yaml", path), 0);
	assert_int_equal(chmod(target, 0640), 0);
	assert_int_equal(config_remove_node(path, "a", &error), 0);
	expect_text("nodes: [" B "]\n");
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(target, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(scratch_count(&scratch, ""), 1); /* no temporary file is left */
}

static void *remove_b(void *result)
{
	struct error unseen;
	*(int *)result = config_remove_node(path, "b", &unseen);
	return NULL;
}

static void test_it_waits_for_another_edit(void **state)
{
	(void)state;
	int result = 1;
	pthread_t thread;
	write_text("nodes: [" A ", " B "]\n");
	size_t open_before = scratch_descriptors();
	int lock = config_file_lock(path, &error);
	assert_true(lock >= 0);
	assert_int_equal(pthread_create(&thread, NULL, remove_b, &result), 0);
	usleep(100000);
	expect_text("nodes: [" A ", " B "]\n");
	/* The other edit ends with another text, which is the one that counts. */
	write_text("nodes: [" A ", " B ", " C "]\n");
	config_file_unlock(lock);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(result, 0);
	expect_text("nodes: [" A ", " C "]\n");
	assert_int_equal(config_remove_node(path, "x", &error), -1);
	assert_int_equal(scratch_descriptors(), open_before);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_an_entry_of_a_block_list_goes_with_its_lines),
		CASE(test_comments_of_other_entries_stay),
		CASE(test_the_first_entry_behind_an_explicit_key),
		CASE(test_an_entry_of_a_flow_list_on_one_line),
		CASE(test_an_entry_of_a_flow_list_on_several_lines),
		CASE(test_lines_that_begin_with_commas),
		CASE(test_line_breaks_and_the_end_of_the_file_are_kept),
		CASE(test_what_was_added_can_be_removed),
		CASE(test_names_elsewhere_are_not_taken_for_the_list),
		CASE(test_nodes_that_cannot_be_removed_are_refused),
		CASE(test_permission_bits_and_symbolic_links_survive),
		CASE(test_it_waits_for_another_edit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
