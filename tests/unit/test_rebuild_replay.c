/*
 * What a rebuild makes of the copies of the catalog and the records that it finds: the newest copy that is whole,
 * every record that some node has, and nothing of a history that was given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/journal.h"
#include "tests/support/one_store.h"

#define SETTINGS "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n"

enum { NODES = 4 };

static struct rebuild_result result;
static char told[8192]; /* what the last rebuild reported, a line each */

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, NODES, SETTINGS);
	return 0;
}

/* The seed of a file's bytes is its name's first letter. */
static void put(const char *name)
{
	scratch_write_seeded(&fixture.scratch, name, 1000, (uint64_t)name[0]);
	store_fixture_put(&fixture, name, NULL);
}

static void expect(const char *name)
{
	store_fixture_expect(&fixture, name, 1000, (uint64_t)name[0]);
}

static void expect_no(const char *name)
{
	assert_int_equal(store_fixture_try_get(&fixture, name), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

static uint64_t last_record(struct store_fixture *of)
{
	return (uint64_t)store_fixture_sql(of, "SELECT journal FROM state");
}

/* Every node from `first` on gets a copy of the catalog; its number. */
static uint64_t copy_catalog(struct store_fixture *of, unsigned first)
{
	struct journal_draft draft;
	struct node *nodes[NODES] = {0};
	size_t count = 0;
	for (size_t i = first - 1; i < NODES; i++)
		nodes[count++] = &of->store->nodes[i];
	check(journal_draft_copy(of->store, nodes, count, NULL, &draft, &of->error));
	check(catalog_begin(of->store->writer, &of->error));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(journal_install_copy(of->store, nodes[i], &draft), 0);
	catalog_rollback(of->store->writer);
	return draft.sequence;
}

static void note(void *context, const char *message)
{
	(void)context;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", message);
}

static int try_rebuild(void)
{
	const struct rebuild_options options = {.report = note};
	told[0] = '\0';
	memset(&result, 0, sizeof(result));
	return store_rebuild_in(
		&fixture.mock.env, store_fixture_config(&fixture), &options, &result, &fixture.error);
}

static void rebuild(uint64_t files, uint64_t gaps)
{
	check(try_rebuild());
	if (result.files != files || result.gaps != gaps)
		fail_msg("%llu files and %llu gaps:\n%s", (unsigned long long)result.files,
			(unsigned long long)result.gaps, told);
	store_fixture_reopen(&fixture);
	store_fixture_check_counters(&fixture);
}

static void expect_told(const char *format, ...) PRINTF_LIKE(1, 2);
static void expect_told(const char *format, ...)
{
	char part[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(part, sizeof(part), format, arguments);
	va_end(arguments);
	if (!strstr(told, part))
		fail_msg("not told: %s\nbut:\n%s", part, told);
}

/* ---- files on nodes ---- */

static const char *file_of(unsigned node, enum journal_kind kind, uint64_t number)
{
	static char path[160];
	char name[JOURNAL_NAME_SIZE];
	snprintf(path, sizeof(path), "nodes/node-%u/%s", node, journal_file_name(kind, number, name));
	return path;
}

/* The newest file of the node's journal. */
static const char *journal_of(unsigned node)
{
	uint64_t *numbers;
	size_t count;
	int root = open(fixture.node_paths[node - 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(journal_list(&fixture.mock.env, root, JOURNAL_RECORDS, &numbers, &count), 0);
	close(root);
	assert_true(count > 0);
	const char *path = file_of(node, JOURNAL_RECORDS, numbers[count - 1]);
	free(numbers);
	return path;
}

/* The lines of a file, each with its end. */
static size_t split(char *text, char *lines[], size_t room)
{
	size_t count = 0;
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		assert_true(count < room);
		lines[count++] = line;
	}
	lines[count] = text + strlen(text);
	return count;
}

static char *read_text(const char *path)
{
	size_t size;
	uint8_t *data = scratch_read(&fixture.scratch, path, &size);
	char *text = calloc(2 * size + 1, 1);
	assert_non_null(text);
	memcpy(text, data, size);
	free(data);
	return text;
}

/* Takes the records that begin with a file's name off the end of a node's journal, or only this one. */
static void cut(unsigned node, const char *name, bool rest)
{
	char *text = read_text(journal_of(node)), mark[64];
	snprintf(mark, sizeof(mark), "\"name\":\"%s\"", name);
	char *at = strstr(text, mark);
	assert_non_null(at);
	while (at > text && at[-1] != '\n')
		at--;
	char *end = rest ? at + strlen(at) : strchr(at, '\n') + 1;
	memmove(at, end, strlen(end) + 1);
	scratch_write(&fixture.scratch, journal_of(node), text, strlen(text));
	free(text);
}

/* Changes a file's size in its record: what the line says then makes sense, but is not what was written. */
static void falsify(unsigned node, const char *name)
{
	char *text = read_text(journal_of(node)), mark[64];
	snprintf(mark, sizeof(mark), "\"name\":\"%s\"", name);
	char *at = strstr(text, mark);
	assert_non_null(at);
	at = strstr(at, "\"size\":1000,");
	assert_non_null(at);
	at[strlen("\"size\":")] = '2';
	scratch_write(&fixture.scratch, journal_of(node), text, strlen(text));
	free(text);
}

static void move_node(unsigned node, bool away)
{
	char kept[512];
	snprintf(kept, sizeof(kept), "%s", scratch_path(&fixture.scratch, "away"));
	const char *path = fixture.node_paths[node - 1];
	assert_int_equal(away ? rename(path, kept) : rename(kept, path), 0);
}

/* ---- copies of the catalog ---- */

typedef void damage(char *text, char *lines[], size_t count);

static void in_first_line(char *text, char *lines[], size_t count)
{
	(void)text, (void)count;
	lines[0][20] ^= 1;
}

static void in_the_middle(char *text, char *lines[], size_t count)
{
	(void)text;
	lines[count / 2][5] ^= 1;
}

static void in_last_line(char *text, char *lines[], size_t count)
{
	(void)text;
	lines[count - 1][5] ^= 1;
}

static void no_last_line(char *text, char *lines[], size_t count)
{
	(void)text;
	*lines[count - 1] = '\0';
}

static void a_line_less(char *text, char *lines[], size_t count)
{
	(void)text;
	size_t at = count / 2;
	memmove(lines[at], lines[at + 1], strlen(lines[at + 1]) + 1);
}

static void nothing_in_it(char *text, char *lines[], size_t count)
{
	(void)lines, (void)count;
	*text = '\0';
}

/* There is room for it: the text of a file has twice as much as it needs. */
static void a_line_more(char *text, char *lines[], size_t count)
{
	memmove(text + strlen(text), lines[count / 2], (size_t)(lines[count / 2 + 1] - lines[count / 2]));
}

static damage *const damages[] = {
	in_first_line, in_the_middle, in_last_line, no_last_line, a_line_less, a_line_more, nothing_in_it};

static void damage_copy(unsigned node, uint64_t number, damage *how)
{
	char *lines[256], *text = read_text(file_of(node, JOURNAL_COPY, number));
	size_t count = split(text, lines, 255);
	assert_true(count > 4);
	how(text, lines, count);
	scratch_write(&fixture.scratch, file_of(node, JOURNAL_COPY, number), text, strlen(text));
	free(text);
}

/* Of two copies, the newer is damaged on the first `damaged` nodes. */
static void rebuild_with_damage(damage *how, unsigned damaged)
{
	put("one");
	uint64_t older = copy_catalog(&fixture, 1);
	put("two");
	uint64_t newer = copy_catalog(&fixture, 1);
	put("three");
	uint64_t last = last_record(&fixture);
	assert_true(older < newer && newer < last);
	store_fixture_lose_catalog(&fixture);
	for (unsigned i = 1; i <= damaged; i++)
		damage_copy(i, newer, how);
	rebuild(3, 0);
	uint64_t begin = damaged < NODES ? newer : older;
	assert_int_equal(result.sequence, last);
	assert_true(result.records > 0 && result.records <= last - begin);
	expect_told("beginning with the copy of the catalog of commit %llu on ", (unsigned long long)begin);
	if (damaged)
		expect_told("node-1: its copy of the catalog of commit %llu is damaged",
			(unsigned long long)newer);
	expect("one");
	expect("two");
	expect("three");
}

static void test_it_begins_with_the_newest_copy(void **state)
{
	(void)state;
	rebuild_with_damage(NULL, 0);
	assert_null(strstr(told, "damaged"));
}

static void test_a_copy_that_is_damaged_is_taken_from_another_node(void **state)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		rebuild_with_damage(damages[i], NODES - 1);
		one_store_clean(state);
		make(state);
	}
}

static void test_a_copy_that_is_damaged_everywhere_costs_nothing(void **state)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		rebuild_with_damage(damages[i], NODES);
		one_store_clean(state);
		make(state);
	}
}

static void test_what_another_store_left_on_a_node_is_not_used(void **state)
{
	static struct store_fixture other;
	(void)state;
	put("one");
	copy_catalog(&fixture, 1);
	store_fixture_make(&other, NODES, SETTINGS);
	for (unsigned i = 0; i < 12; i++) {
		scratch_write_seeded(&other.scratch, "foreign", 1000, i);
		store_fixture_put(&other, "foreign", NULL);
	}
	uint64_t number = copy_catalog(&other, 1);
	assert_true(number > last_record(&fixture));
	store_fixture_put(&other, "foreign", "later");
	static const enum journal_kind kinds[] = {JOURNAL_COPY, JOURNAL_RECORDS};
	for (size_t i = 0; i < 2; i++) {
		size_t size;
		uint8_t *data = scratch_read(&other.scratch, file_of(1, kinds[i], number), &size);
		scratch_write(&fixture.scratch, file_of(1, kinds[i], number), data, size);
		free(data);
	}
	store_fixture_remove(&other);
	store_fixture_lose_catalog(&fixture);
	rebuild(1, 0);
	expect("one");
	expect_no("foreign");
	expect_no("later");
}

static void test_without_any_history_nothing_is_made(void **state)
{
	(void)state;
	char command[1024];
	put("one");
	store_fixture_lose_catalog(&fixture);
	for (unsigned i = 0; i < NODES; i++) {
		snprintf(command, sizeof(command), "rm -f '%s/journal/'* '%s/catalog/'*",
			fixture.node_paths[i], fixture.node_paths[i]);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(try_rebuild(), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_false(scratch_exists(&fixture.scratch, "nodes/catalog.db"));
}

/* ---- records ---- */

static void test_each_record_is_needed_on_one_node_only(void **state)
{
	static const char *const names[NODES] = {"one", "two", "three", "four"};
	(void)state;
	for (unsigned i = 0; i < NODES; i++)
		put(names[i]);
	uint64_t last = last_record(&fixture);
	store_fixture_lose_catalog(&fixture);
	for (unsigned node = 1; node <= NODES; node++)
		for (unsigned i = 0; i < NODES; i++)
			if (i + 1 != node)
				cut(node, names[i], false);
	rebuild(NODES, 0);
	assert_int_equal(result.sequence, last);
	for (unsigned i = 0; i < NODES; i++)
		expect(names[i]);
}

static void test_a_record_that_no_node_has_is_a_gap(void **state)
{
	(void)state;
	put("one");
	put("two");
	put("three");
	uint64_t last = last_record(&fixture);
	store_fixture_lose_catalog(&fixture);
	for (unsigned node = 1; node <= NODES; node++)
		cut(node, "two", false);
	rebuild(2, 1);
	assert_int_equal(result.sequence, last);
	expect_told("are missing on every node");
	expect("one");
	expect_no("two");
	expect("three");
}

static void test_what_a_damaged_record_says_is_not_believed(void **state)
{
	(void)state;
	put("one");
	put("two");
	put("three");
	store_fixture_lose_catalog(&fixture);
	for (unsigned node = 1; node < NODES; node++)
		falsify(node, "two");
	rebuild(3, 0);
	assert_true(result.damaged_lines > 0);
	expect("two");
	one_store_clean(state);
	make(state);
	put("one");
	put("two");
	put("three");
	store_fixture_lose_catalog(&fixture);
	for (unsigned node = 1; node <= NODES; node++)
		falsify(node, "two");
	rebuild(2, 1);
	expect("one");
	expect_no("two");
	expect("three");
}

/* After a gap the earliest record comes first, whichever node has it. */
static void test_nodes_are_not_read_past_a_gap_that_others_fill(void **state)
{
	for (unsigned holder = 1; holder <= NODES; holder++) {
		put("one");
		put("two");
		put("three");
		put("four");
		store_fixture_lose_catalog(&fixture);
		for (unsigned node = 1; node <= NODES; node++) {
			cut(node, "two", false);
			if (node != holder)
				cut(node, "three", false);
		}
		rebuild(3, 1);
		expect("one");
		expect("three");
		expect("four");
		one_store_clean(state);
		make(state);
	}
}

/* ---- histories ---- */

/* node-4 alone knows "later", is away when the others are rebuilt, and comes back after they stored `more` files. */
static void give_up_later(bool copied, const char *const *more, unsigned count)
{
	put("one");
	put("later");
	if (copied)
		copy_catalog(&fixture, NODES);
	put("latest");
	store_fixture_lose_catalog(&fixture);
	move_node(NODES, true);
	for (unsigned node = 1; node < NODES; node++)
		cut(node, "later", true);
	rebuild(1, 0);
	expect("one");
	for (unsigned i = 0; i < count; i++)
		put(more[i]);
	store_fixture_lose_catalog(&fixture);
	move_node(NODES, false);
	rebuild(1 + count, 0);
	expect("one");
	expect_no("later");
	expect_no("latest");
	for (unsigned i = 0; i < count; i++)
		expect(more[i]);
}

static void test_what_was_given_up_stays_given_up(void **state)
{
	static const char *const more[] = {"two", "three", "four", "five", "six", "seven"};
	for (unsigned copied = 0; copied < 2; copied++)
		for (unsigned count = 0; count <= 6; count += 2) {
			give_up_later(copied, more, count);
			one_store_clean(state);
			make(state);
		}
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_with_the_newest_copy),
		TEST(a_copy_that_is_damaged_is_taken_from_another_node),
		TEST(a_copy_that_is_damaged_everywhere_costs_nothing),
		TEST(what_another_store_left_on_a_node_is_not_used),
		TEST(without_any_history_nothing_is_made),
		TEST(each_record_is_needed_on_one_node_only),
		TEST(a_record_that_no_node_has_is_a_gap),
		TEST(what_a_damaged_record_says_is_not_believed),
		TEST(nodes_are_not_read_past_a_gap_that_others_fill),
		TEST(what_was_given_up_stays_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
