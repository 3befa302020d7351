/*
 * SHA-256 as everybody else computes it, at once or in pieces, and identifiers in their standard form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/digest.h"
#include "engine/uuid.h"
#include "tests/support/env_mock.h"
#include "tests/support/scratch.h"

static int make(void **state)
{
	(void)state;
	struct error error;
	return digest_ready(&error);
}

/* The examples of FIPS 180-2, and the digest of nothing. */
static void test_known_digests(void **state)
{
	(void)state;
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char hex[DIGEST_HEX_SIZE];
		struct digest digest = digest_of(rows[i].text, strlen(rows[i].text));
		assert_string_equal(digest_hex(&digest, hex), rows[i].hex);
	}
	struct digest abc = digest_of("abc", 3);
	assert_true(digest_key(&abc) == UINT64_C(0xba7816bf8f01cfea));
}

static void test_pieces_give_the_digest_of_the_whole(void **state)
{
	(void)state;
	enum { SIZE = 100000 };
	uint8_t *data = malloc(SIZE);
	struct digest_stream *stream = digest_stream_new();
	assert_true(data && stream);
	scratch_fill(data, SIZE, 1);
	struct digest whole = digest_of(data, SIZE);
	static const size_t pieces[] = {1, 63, 64, 65, 4096, SIZE};
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		digest_stream_reset(stream);
		for (size_t at = 0; at < SIZE; at += pieces[i])
			digest_stream_add(stream, data + at, SIZE - at < pieces[i] ? SIZE - at : pieces[i]);
		struct digest found = digest_stream_finish(stream);
		assert_true(digest_equal(&found, &whole));
	}
	digest_stream_reset(stream);
	struct digest nothing = digest_of("", 0), found = digest_stream_finish(stream);
	assert_true(digest_equal(&found, &nothing));
	assert_false(digest_equal(&found, &whole));
	digest_stream_free(stream);
	digest_stream_free(NULL);
	free(data);
}

static void test_identifiers_are_random_and_of_version_4(void **state)
{
	(void)state;
	struct env_mock mock;
	char first[UUID_SIZE], second[UUID_SIZE];
	env_mock_init(&mock);
	for (int i = 0; i < 1000; i++) {
		uuid_new(&mock.env, first);
		uuid_new(&mock.env, second);
		assert_true(uuid_is_valid(first));
		assert_int_equal(first[14], '4');
		assert_non_null(strchr("89ab", first[19]));
		assert_string_not_equal(first, second);
	}
	env_mock_release(&mock);
	static const char *const others[] = {"", "x", "11111111-1111-4111-8111-11111111111",
		"11111111-1111-4111-8111-1111111111111", "11111111x1111-4111-8111-111111111111",
		"g1111111-1111-4111-8111-111111111111"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(uuid_is_valid(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_digests),
		cmocka_unit_test(test_pieces_give_the_digest_of_the_whole),
		cmocka_unit_test(test_identifiers_are_random_and_of_version_4),
	};
	return cmocka_run_group_tests_name("digest", tests, make, NULL);
}
