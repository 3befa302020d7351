/* What chunker.h promises: cuts follow the content, within bounds, the same everywhere and always. */
#include "engine/chunker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { AVERAGE = 64 << 10, CUTS_MAX = 4096 };

struct cuts {
	size_t count;
	size_t ends[CUTS_MAX]; /* offsets behind each chunk */
};

static uint64_t splitmix(uint64_t *state)
{
	uint64_t value = (*state += UINT64_C(0x9E3779B97F4A7C15));
	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

/* The same bytes on every machine, whatever its byte order. */
static uint8_t *random_bytes(size_t length, uint64_t seed)
{
	uint8_t *data = malloc(length);
	assert_non_null(data);
	for (size_t i = 0; i < length;) {
		uint64_t bits = splitmix(&seed);
		for (unsigned k = 0; k < 8 && i < length; k++, i++)
			data[i] = (uint8_t)(bits >> (8 * k));
	}
	return data;
}

/* Cuts all of `data`, checking the bounds of each chunk. */
static void cut_all(const struct chunker *chunker, const uint8_t *data, size_t length, struct cuts *cuts)
{
	cuts->count = 0;
	for (size_t at = 0; at < length;) {
		size_t size = chunker_cut(chunker, data + at, length - at);
		assert_in_range(size, 1, chunker->max_bytes);
		assert_true(size >= chunker->min_bytes || at + size == length);
		at += size;
		assert_in_range(cuts->count, 0, CUTS_MAX - 1);
		cuts->ends[cuts->count++] = at;
	}
	assert_true(length == 0 || cuts->ends[cuts->count - 1] == length);
}

static void fixed_cuts_every_size_bytes(void **state)
{
	static const size_t expected[] = {1000, 2000, 2500};
	struct chunker chunker;
	struct cuts cuts;
	uint8_t data[2500] = {0};
	(void)state;
	chunker_init(&chunker, CHUNK_FIXED, 1000);
	assert_int_equal(chunker_max_bytes(CHUNK_FIXED, 1000), 1000);
	assert_int_equal(chunker.max_bytes, 1000);
	cut_all(&chunker, data, sizeof(data), &cuts);
	assert_int_equal(cuts.count, 3);
	assert_memory_equal(cuts.ends, expected, sizeof(expected));
	assert_int_equal(chunker_cut(&chunker, data, 0), 0);
	assert_int_equal(chunker_cut(&chunker, data, 1), 1);
}

static void bounds_are_a_quarter_and_thirteen_eighths(void **state)
{
	(void)state;
	for (size_t size = 64 << 10; size <= 64 << 20; size += size / 3) {
		struct chunker chunker;
		chunker_init(&chunker, CHUNK_CDC, size);
		assert_int_equal(chunker.min_bytes, size / 4);
		assert_int_equal(chunker.max_bytes, size + size / 8 * 5);
		assert_int_equal(chunker_max_bytes(CHUNK_CDC, size), chunker.max_bytes);
	}
}

/* New chunks must match old ones: if this fails, the format has changed. */
static void cuts_are_the_golden_ones(void **state)
{
	static const size_t golden[] = {38883, 139682, 185775, 250379, 282343, 368385, 385968, 463942, 515304,
		545366, 578653, 679669, 737480, 808692, 883460, 954936, 1037719, 1048576};
	struct chunker chunker;
	struct cuts cuts;
	uint8_t *data = random_bytes(1 << 20, 42);
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	for (int pass = 0; pass < 2; pass++) {
		cut_all(&chunker, data, 1 << 20, &cuts);
		assert_int_equal(cuts.count, sizeof(golden) / sizeof(golden[0]));
		assert_memory_equal(cuts.ends, golden, sizeof(golden));
	}
	free(data);
}

/* The loops of the chunker are unrolled and skip bytes; this is what they have to agree with. */
static size_t plain_cut(
	const struct chunker *chunker, const uint64_t *gear, const uint8_t *data, size_t length)
{
	uint64_t hash = 0, smallest = UINT64_MAX;
	size_t cut = length;
	if (length <= chunker->whole_bytes)
		return length;
	for (size_t i = 0; i < length && i < chunker->max_bytes; i++) {
		hash = (hash << 1) + gear[data[i]];
		if (i >= chunker->min_bytes && hash <= smallest) {
			smallest = hash;
			cut = i + 1;
		}
	}
	return cut;
}

static void cuts_are_those_of_the_plain_algorithm(void **state)
{
	static const size_t sizes[] = {300, 1000, 4096, 5001, 70001};
	uint64_t gear[256], seed = UINT64_C(0x4C696E636B6961);
	size_t length = 1 << 20;
	uint8_t *data = random_bytes(length, 7);
	(void)state;
	for (size_t i = 0; i < 256; i++)
		gear[i] = splitmix(&seed);
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct chunker chunker;
		chunker_init(&chunker, CHUNK_CDC, sizes[k]);
		for (size_t at = 0; at < length;) {
			size_t size = chunker_cut(&chunker, data + at, length - at);
			assert_int_equal(size, plain_cut(&chunker, gear, data + at, length - at));
			at += size;
		}
	}
	free(data);
}

/* A chunk's end must not depend on how much the caller has beyond max_bytes. */
static void cut_ignores_bytes_beyond_the_maximum(void **state)
{
	struct chunker chunker;
	uint8_t *data = random_bytes(8 * AVERAGE, 3);
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	for (size_t at = 0; at + 4 * AVERAGE <= 8 * AVERAGE; at += AVERAGE / 3)
		assert_int_equal(chunker_cut(&chunker, data + at, 2 * AVERAGE),
			chunker_cut(&chunker, data + at, 4 * AVERAGE));
	free(data);
}

static size_t cuts_shared(const struct cuts *a, const struct cuts *b, size_t shift)
{
	size_t shared = 0;
	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		size_t left = a->ends[i] + shift;
		shared += left == b->ends[j];
		i += left <= b->ends[j];
		j += b->ends[j] <= left;
	}
	return shared;
}

static void insertion_in_front_changes_the_first_chunks_only(void **state)
{
	static struct cuts before, after;
	struct chunker chunker;
	size_t length = 16 << 20;
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	for (uint64_t seed = 1; seed <= 4; seed++) {
		uint8_t *data = random_bytes(length + 100, seed);
		cut_all(&chunker, data + 100, length, &before);
		cut_all(&chunker, data, length + 100, &after);
		size_t shared = cuts_shared(&before, &after, 100);
		assert_true(before.count > 200);
		assert_in_range(before.count - shared, 0, 8);
		/* Once two cuts coincide, all after them do. */
		for (size_t i = 0; i < shared; i++)
			assert_int_equal(
				before.ends[before.count - 1 - i] + 100, after.ends[after.count - 1 - i]);
		free(data);
	}
}

static void change_in_the_middle_changes_at_most_three_chunks(void **state)
{
	static struct cuts before, after;
	struct chunker chunker;
	size_t length = 4 << 20, most = 0;
	uint8_t *data = random_bytes(length, 9);
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	cut_all(&chunker, data, length, &before);
	for (size_t at = length / 4; at < length / 4 * 3; at += 99991) {
		data[at] ^= 0x55;
		cut_all(&chunker, data, length, &after);
		data[at] ^= 0x55;
		size_t missing = before.count - cuts_shared(&before, &after, 0);
		most = missing > most ? missing : most;
	}
	/* Two vanished cuts mean three changed chunks. */
	assert_in_range(most, 0, 2);
	free(data);
}

/* The bytes of the chunks of `after` that are no chunks of `before`, or lie where the content changed. */
static size_t new_bytes(const struct cuts *before, const struct cuts *after, size_t from, size_t to)
{
	size_t total = 0;
	for (size_t i = 0, j = 0; j < after->count; j++) {
		size_t start = j ? after->ends[j - 1] : 0, end = after->ends[j];
		while (before->ends[i] < end)
			i++;
		bool same = before->ends[i] == end && (i ? before->ends[i - 1] : 0) == start;
		if (!same || (start < to && end > from))
			total += end - start;
	}
	return total;
}

/* Of a quarter of a chunk changed, no more than four chunks' worth becomes new. */
static void a_change_makes_little_new(void **state)
{
	static struct cuts before, after;
	struct chunker chunker;
	size_t length = 2 << 20, change = AVERAGE / 4;
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	for (uint64_t seed = 100; seed < 200; seed++) {
		uint8_t *data = random_bytes(length, seed), *other = random_bytes(change, seed + 1000);
		size_t at = length / 2 + seed * 333;
		cut_all(&chunker, data, length, &before);
		memcpy(data + at, other, change);
		cut_all(&chunker, data, length, &after);
		assert_in_range(new_bytes(&before, &after, at, at + change), change, 4 * AVERAGE);
		free(data);
		free(other);
	}
}

static void equal_bytes_make_chunks_of_the_maximum(void **state)
{
	uint8_t *data = malloc(256 << 10);
	(void)state;
	assert_non_null(data);
	for (unsigned value = 0; value < 256; value += 255) {
		memset(data, (int)value, 256 << 10);
		for (size_t size = 64 << 10; size <= 128 << 10; size += 8 << 10) {
			struct chunker chunker;
			chunker_init(&chunker, CHUNK_CDC, size);
			size_t max = chunker.max_bytes;
			assert_int_equal(chunker_cut(&chunker, data, 2 * size), max);
			assert_int_equal(chunker_cut(&chunker, data, max), max);
			assert_int_equal(chunker_cut(&chunker, data, max - 1), max - 1);
		}
	}
	free(data);
}

static void short_streams_are_one_chunk(void **state)
{
	struct chunker chunker;
	uint8_t *data = random_bytes(2 * AVERAGE, 5);
	(void)state;
	chunker_init(&chunker, CHUNK_CDC, AVERAGE);
	for (size_t length = 0; length <= AVERAGE; length++)
		assert_int_equal(chunker_cut(&chunker, data, length), length);
	assert_true(chunker_cut(&chunker, data, 2 * AVERAGE) < chunker.max_bytes);
	free(data);
}

static void tiny_sizes_still_cut(void **state)
{
	static struct cuts cuts;
	uint8_t *data = random_bytes(2000, 6);
	(void)state;
	for (size_t size = 1; size <= 600; size++) {
		struct chunker chunker;
		chunker_init(&chunker, CHUNK_CDC, size);
		cut_all(&chunker, data, 2000, &cuts);
	}
	free(data);
}

static void average_is_what_was_asked_for(void **state)
{
	static const size_t sizes[] = {
		65536, 70000, 80000, 92681, 92683, 100000, 115000, 131071, 150000, 180000};
	size_t length = 64 << 20;
	uint8_t *data = random_bytes(length, 8);
	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		static struct cuts cuts;
		struct chunker chunker;
		chunker_init(&chunker, CHUNK_CDC, sizes[k]);
		cut_all(&chunker, data, length, &cuts);
		assert_in_range(length / cuts.count, sizes[k] / 100 * 90, sizes[k] / 100 * 110);
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_cuts_every_size_bytes),
		cmocka_unit_test(bounds_are_a_quarter_and_thirteen_eighths),
		cmocka_unit_test(cuts_are_the_golden_ones),
		cmocka_unit_test(cuts_are_those_of_the_plain_algorithm),
		cmocka_unit_test(cut_ignores_bytes_beyond_the_maximum),
		cmocka_unit_test(insertion_in_front_changes_the_first_chunks_only),
		cmocka_unit_test(change_in_the_middle_changes_at_most_three_chunks),
		cmocka_unit_test(a_change_makes_little_new),
		cmocka_unit_test(equal_bytes_make_chunks_of_the_maximum),
		cmocka_unit_test(short_streams_are_one_chunk),
		cmocka_unit_test(tiny_sizes_still_cut),
		cmocka_unit_test(average_is_what_was_asked_for),
	};
	return cmocka_run_group_tests_name("chunker", tests, NULL, NULL);
}
