/*
 * Reading on in a long journal: from the record before the wanted ones, however long records are and whatever of what
 * lies in between is damaged, and without reading all that comes before.
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

#include "engine/journal_file.h"
#include "tests/support/scratch.h"

enum { RECORDS = 600, LONG_RECORD = 4000, SEED = 7 };

static const char history[] = "11111111-2222-3333-4444-555555555555";

static struct scratch scratch;
static int root;
static uint64_t sequences[RECORDS]; /* with gaps, as those of commits have them */
static size_t lengths[RECORDS];     /* in lines, without the last */
static size_t bytes_read;

static ssize_t counting_pread(struct io *io, int fd, void *data, size_t size, off_t offset)
{
	(void)io;
	ssize_t got = env_real()->io->pread(env_real()->io, fd, data, size, offset);
	bytes_read += got > 0 ? (size_t)got : 0;
	return got;
}

static const struct env *counting(void)
{
	static struct io io;
	static struct env env;
	io = *env_real()->io;
	io.pread = counting_pread;
	env = *env_real();
	env.io = &io;
	bytes_read = 0;
	return &env;
}

static void add_commit(struct fact_text *text, size_t record)
{
	fact_begin(text, sequences[record], "commit");
	fact_integer(text, "previous", record ? (int64_t)sequences[record - 1] : 0);
	fact_integer(text, "lines", (int64_t)lengths[record]);
	fact_word(text, "history", history);
	fact_end(text);
}

/* Most records are short; every hundredth is longer than what is read at a time. */
static int make(void **state)
{
	(void)state;
	struct fact_text text = {0};
	scratch_make(&scratch);
	scratch_folder(&scratch, "journal");
	root = open(scratch_path(&scratch, ""), O_RDONLY | O_DIRECTORY);
	assert_true(root >= 0);
	fact_begin(&text, 0, "journal");
	fact_end(&text);
	srandom(SEED);
	for (size_t i = 0; i < RECORDS; i++) {
		sequences[i] = (i ? sequences[i - 1] : 0) + 1 + (uint64_t)random() % 3;
		lengths[i] = i % 100 == 50 ? LONG_RECORD : (size_t)random() % 5;
		for (size_t line = 0; line < lengths[i]; line++) {
			fact_begin(&text, sequences[i], "removed");
			fact_bytes(&text, "name", "a name that is not very short", 29);
			fact_integer(&text, "time_ms", (int64_t)line);
			fact_end(&text);
		}
		add_commit(&text, i);
	}
	assert_false(text.failed);
	scratch_write(&scratch, "journal/00000000000000000000.jsonl", text.data, text.length);
	fact_text_free(&text);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	close(root);
	scratch_remove(&scratch);
	return 0;
}

static size_t journal_size(void)
{
	size_t size;
	free(scratch_read(&scratch, "journal/00000000000000000000.jsonl", &size));
	return size;
}

/* The whole records above `after`, as sequences; their number. */
static size_t read_after(uint64_t after, bool skip, uint64_t found[RECORDS])
{
	struct journal_lines lines;
	struct journal_record record = {0};
	uint64_t damaged = 0;
	size_t count = 0;
	int got;
	assert_int_equal(journal_lines_open(&lines, counting(), root, JOURNAL_RECORDS, 0), 0);
	if (skip)
		assert_int_equal(journal_lines_skip(&lines, after), 0);
	while ((got = journal_record_next(&lines, &record, &damaged)) == 1) {
		if (record.sequence <= after)
			continue;
		assert_in_range(count, 0, RECORDS - 1);
		found[count++] = record.sequence;
	}
	assert_int_equal(got, 0);
	journal_lines_close(&lines);
	return count;
}

static void expect_same_after(uint64_t after)
{
	uint64_t skipped[RECORDS], all[RECORDS];
	size_t count = read_after(after, true, skipped);
	assert_int_equal(count, read_after(after, false, all));
	assert_memory_equal(skipped, all, count * sizeof(*all));
}

static void all_records_after_any_are_found(void **state)
{
	(void)state;
	uint64_t found[RECORDS];
	for (size_t i = 0; i < RECORDS; i += 7) {
		assert_int_equal(read_after(sequences[i], true, found), RECORDS - 1 - i);
		assert_memory_equal(found, sequences + i + 1, (RECORDS - 1 - i) * sizeof(*found));
	}
	assert_int_equal(read_after(0, true, found), RECORDS);
	assert_int_equal(read_after(sequences[RECORDS - 1] + 5, true, found), 0);
	/* A sequence that no record has. */
	for (uint64_t after = 1; after < sequences[RECORDS - 1]; after += 37)
		expect_same_after(after);
}

static void the_last_record_costs_a_few_looks(void **state)
{
	(void)state;
	uint64_t found[RECORDS];
	assert_int_equal(read_after(sequences[RECORDS - 2], true, found), 1);
	size_t looks = bytes_read;
	assert_int_equal(read_after(sequences[RECORDS - 2], false, found), 1);
	assert_in_range(bytes_read, journal_size(), SIZE_MAX);
	/* Of 4 MiB, so many halves are looked at; of a longer journal, one more for each doubling. */
	assert_in_range(looks, 1, 8 * 4 * FACT_LINE_MAX);
}

static void what_is_damaged_does_not_hide_what_is_not(void **state)
{
	(void)state;
	const size_t size = journal_size();
	for (int i = 0; i < 60; i++) {
		scratch_flip(
			&scratch, "journal/00000000000000000000.jsonl", (off_t)((size_t)random() % size));
		expect_same_after(sequences[(size_t)random() % RECORDS]);
	}
	/* A stretch of zeros in the middle, longer than what is read at a time. */
	uint8_t *zeros = calloc(1, 16 * FACT_LINE_MAX);
	int file = openat(root, "journal/00000000000000000000.jsonl", O_WRONLY);
	assert_non_null(zeros);
	assert_int_equal(pwrite(file, zeros, 16 * FACT_LINE_MAX, (off_t)(size / 2)), 16 * FACT_LINE_MAX);
	close(file);
	free(zeros);
	for (size_t i = 0; i < RECORDS; i += 11)
		expect_same_after(sequences[i]);
}

static void an_empty_journal_has_nothing_to_skip(void **state)
{
	(void)state;
	uint64_t found[RECORDS];
	scratch_write(&scratch, "journal/00000000000000000000.jsonl", "", 0);
	assert_int_equal(read_after(5, true, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_records_after_any_are_found, make, clean),
		cmocka_unit_test_setup_teardown(the_last_record_costs_a_few_looks, make, clean),
		cmocka_unit_test_setup_teardown(what_is_damaged_does_not_hide_what_is_not, make, clean),
		cmocka_unit_test_setup_teardown(an_empty_journal_has_nothing_to_skip, make, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
