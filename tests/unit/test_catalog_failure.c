/*
 * A catalog whose disk fails at any one call, or from then on: what was not committed did not happen, what was
 * committed is there, and once the disk is well again, all goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/catalog.h"
#include "tests/support/catalog_fixture.h"

static unsigned changes; /* that were tried */

/* ---- SQLite's calls ---- */

enum fault { NO_FAULT, FAIL_READ, FAIL_WRITE, FAIL_OPEN, FAIL_TRUNCATE, FAIL_MAP, FAULTS };

static struct {
	enum fault fault;
	unsigned skip; /* so many succeed first */
	bool lasting;
	unsigned hits;
} disk;

static bool strikes(enum fault fault)
{
	if (disk.fault != fault || (disk.hits > 0 && !disk.lasting))
		return false;
	if (disk.skip > 0) {
		disk.skip--;
		return false;
	}
	disk.hits++;
	errno = EIO;
	return true;
}

static ssize_t failing_pread(int fd, void *data, size_t size, off_t offset)
{
	return strikes(FAIL_READ) ? -1 : pread(fd, data, size, offset);
}

static ssize_t failing_pwrite(int fd, const void *data, size_t size, off_t offset)
{
	return strikes(FAIL_WRITE) ? -1 : pwrite(fd, data, size, offset);
}

static char successor[512]; /* takes the place of the next database that is opened; "": nothing does */

static int failing_open(const char *path, int flags, int mode)
{
	int fd = strikes(FAIL_OPEN) ? -1 : open(path, flags, mode);
	if (fd >= 0 && *successor) {
		assert_int_equal(rename(successor, path), 0);
		*successor = '\0';
	}
	return fd;
}

static int failing_truncate(int fd, off_t size)
{
	return strikes(FAIL_TRUNCATE) ? -1 : ftruncate(fd, size);
}

static void *failing_map(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return strikes(FAIL_MAP) ? MAP_FAILED : mmap(at, size, protection, flags, fd, offset);
}

static void replace_calls(void)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr call;
	} calls[] = {
		{"pread", (sqlite3_syscall_ptr)failing_pread},
		{"pread64", (sqlite3_syscall_ptr)failing_pread},
		{"pwrite", (sqlite3_syscall_ptr)failing_pwrite},
		{"pwrite64", (sqlite3_syscall_ptr)failing_pwrite},
		{"open", (sqlite3_syscall_ptr)failing_open},
		{"ftruncate", (sqlite3_syscall_ptr)failing_truncate},
		{"mmap", (sqlite3_syscall_ptr)failing_map},
	};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	assert_non_null(vfs);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		assert_int_equal(vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call), SQLITE_OK);
}

/* From then on all fail. */
static void fail_from(enum fault fault, unsigned skip)
{
	disk.fault = fault;
	disk.skip = skip;
	disk.lasting = true;
	disk.hits = 0;
}

static void heal(void)
{
	disk.fault = NO_FAULT;
}

/* ---- the catalog ---- */

static int make(void **state)
{
	changes = 0;
	heal();
	catalog_fixture_make(state);
	replace_calls();
	return 0;
}

static int clean(void **state)
{
	heal();
	return catalog_fixture_remove(state);
}

static int add_things(unsigned number)
{
	struct catalog_snapshot snapshot = {0};
	char uuid[UUID_SIZE], name[32];
	uint16_t id;
	snprintf(uuid, sizeof(uuid), "11111111-1111-4111-8111-%012u", number);
	snprintf(name, sizeof(name), "n%u", number);
	snprintf(snapshot.name, sizeof(snapshot.name), "%s", name);
	return catalog_add_snapshot(catalog, &snapshot, &error) < 0 ||
			       catalog_add_node(catalog, name, uuid, &id, &error) < 0 ||
			       catalog_add_event(catalog, EVENT_INFO, "test", name, "a test", &error) < 0
		       ? -1
		       : catalog_commit(catalog, &error);
}

/* One transaction, as the engine does them. */
static int change(void)
{
	if (catalog_begin(catalog, &error) < 0)
		return -1;
	if (add_things(++changes) == 0)
		return 0;
	catalog_rollback(catalog);
	return -1;
}

static int64_t count(const char *table)
{
	char text[64];
	snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table);
	return sql(text);
}

static void expect_all(int64_t number)
{
	assert_int_equal(count("node"), number);
	assert_int_equal(count("snapshot"), number);
	assert_int_equal(count("event WHERE code = 'test'"), number);
}

/* Lets a change meet the fault at each call after the other, until it meets none. Returns how often it met one. */
static unsigned sweep(enum fault fault, bool lasting)
{
	int64_t number = count("node");
	for (unsigned skip = 0;; skip++) {
		assert_true(skip < 1000);
		/* So that what it remembers of the file is of no use. */
		sql("UPDATE state SET files = files + 1");
		fail_from(fault, skip);
		disk.lasting = lasting;
		error_clear(&error);
		int result = change();
		heal();
		if (result == 0)
			number++;
		else if (error.code == ERROR_NONE || !*error.message)
			fail_msg("it failed without a word");
		expect_all(number);
		check(change());
		expect_all(++number);
		assert_int_equal(sql("PRAGMA integrity_check"), 1);
		if (disk.hits == 0) {
			assert_int_equal(result, 0);
			return skip;
		}
	}
}

static void test_a_change_whose_disk_fails_happens_whole_or_not_at_all(void **state)
{
	unsigned struck = 0;
	for (enum fault fault = NO_FAULT + 1; fault < FAULTS; fault++) {
		struck += sweep(fault, false);
		struck += sweep(fault, true);
		clean(state);
		make(state);
	}
	assert_true(struck > 10);
}

static void test_a_catalog_whose_disk_fails_is_not_opened(void **state)
{
	(void)state;
	check(change());
	for (enum fault fault = NO_FAULT + 1; fault < FAULTS; fault++)
		for (unsigned skip = 0;; skip++) {
			assert_true(skip < 1000);
			catalog_close(catalog);
			catalog = NULL;
			size_t descriptors = scratch_descriptors();
			fail_from(fault, skip);
			int result = catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error);
			heal();
			if (result < 0) {
				assert_null(catalog);
				assert_int_equal(scratch_descriptors(), descriptors);
				check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
			}
			expect_all(1);
			if (disk.hits == 0)
				break;
		}
	check(change());
	expect_all(2);
}

/* As a rebuild does it. Who has the old one open would lose what they write. */
static void test_a_catalog_that_is_replaced_while_it_is_opened_is_not_written_to(void **state)
{
	(void)state;
	check(change());
	catalog_close(catalog);
	catalog = NULL;
	char made[sizeof(successor)];
	snprintf(made, sizeof(made), "%s", scratch_path(&scratch, "successor.db"));
	check(catalog_create(&mock.env, made, STORE, &error));
	memcpy(successor, made, sizeof(successor));
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
	assert_string_equal(successor, "");
	assert_int_equal(catalog_begin(catalog, &error), -1);
	assert_int_equal(error.code, ERROR_CHANGED);
}

static void test_a_catalog_that_cannot_be_made_leaves_nothing(void **state)
{
	(void)state;
	char made[512], command[600];
	scratch_folder(&scratch, "new");
	snprintf(made, sizeof(made), "%s", scratch_path(&scratch, "new/catalog.db"));
	snprintf(command, sizeof(command), "rm '%s/'*", scratch_path(&scratch, "new"));
	for (enum fault fault = NO_FAULT + 1; fault < FAULTS; fault++)
		for (unsigned skip = 0;; skip++) {
			struct catalog *opened;
			assert_true(skip < 1000);
			fail_from(fault, skip);
			int result = catalog_create(&mock.env, made, STORE, &error);
			heal();
			if (result < 0) {
				assert_int_equal(scratch_count(&scratch, "new"), 0);
				check(catalog_create(&mock.env, made, STORE, &error));
			}
			check(catalog_open(&mock.env, made, &opened, &error));
			catalog_close(opened);
			assert_int_equal(system(command), 0);
			if (disk.hits == 0)
				break;
		}
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_whose_disk_fails_happens_whole_or_not_at_all),
		TEST(a_catalog_whose_disk_fails_is_not_opened),
		TEST(a_catalog_that_is_replaced_while_it_is_opened_is_not_written_to),
		TEST(a_catalog_that_cannot_be_made_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
