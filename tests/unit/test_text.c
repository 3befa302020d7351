/* What text.h promises: nothing foreign acts on a terminal, and numbers read back as written. */
#include "engine/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_escaped(const char *text, size_t length, const char *expected)
{
	char out[256];
	assert_int_equal(text_escape(out, sizeof(out), text, length, false), strlen(expected));
	assert_string_equal(out, expected);
}

#define ESCAPES(text, expected) expect_escaped(text, sizeof(text) - 1, expected)

static void escape_keeps_what_is_harmless(void **state)
{
	(void)state;
	ESCAPES("", "");
	ESCAPES("plain name.txt", "plain name.txt");
	ESCAPES("Gr\xC3\xBC\xC3\x9F"
		"e \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80",
		"Gr\xC3\xBC\xC3\x9F"
		"e \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80");
	ESCAPES("\xC2\xA0\xE2\x80\x8D\xF4\x8F\xBF\xBF", "\xC2\xA0\xE2\x80\x8D\xF4\x8F\xBF\xBF");
	ESCAPES("a\\b", "a\\b");
}

static void escape_disarms_controls(void **state)
{
	(void)state;
	ESCAPES("a\nb\tc\rd", "a\\nb\\tc\\x0Dd");
	ESCAPES("\x1B[2J\x07\x7F", "\\x1B[2J\\x07\\x7F");
	ESCAPES("a\0b", "a\\x00b");
	ESCAPES("\xC2\x9B"
		"2J",
		"\\u{009B}2J");
	ESCAPES("\xC2\x80\xC2\x85", "\\u{0080}\\u{0085}");
	ESCAPES("\x9B"
		"2J",
		"\\x9B2J");
}

static void escape_shows_what_reorders_or_hides_text(void **state)
{
	(void)state;
	ESCAPES("\xD8\x9C\xE2\x80\x8E\xE2\x80\x8F", "\\u{061C}\\u{200E}\\u{200F}");
	ESCAPES("\xE2\x80\xA8\xE2\x80\xA9", "\\u{2028}\\u{2029}");
	ESCAPES("\xE2\x80\xAA\xE2\x80\xAE", "\\u{202A}\\u{202E}");
	ESCAPES("\xE2\x81\xA6\xE2\x81\xA9", "\\u{2066}\\u{2069}");
	ESCAPES("\xEF\xBB\xBF", "\\u{FEFF}");
}

static void escape_shows_bytes_that_are_not_utf8(void **state)
{
	(void)state;
	ESCAPES("\xC0\xAF", "\\xC0\\xAF"); /* overlong */
	ESCAPES("\xC1\xBF\xE0\x80\x9B", "\\xC1\\xBF\\xE0\\x80\\x9B");
	ESCAPES("\xF0\x80\x80\x9B", "\\xF0\\x80\\x80\\x9B");
	ESCAPES("\xED\xA0\x80\xED\xBF\xBF", "\\xED\\xA0\\x80\\xED\\xBF\\xBF"); /* surrogates */
	ESCAPES("\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80");                   /* above U+10FFFF */
	ESCAPES("\xF8\x88\x80\x80\x80", "\\xF8\\x88\\x80\\x80\\x80");
	ESCAPES("\xE2\x82", "\\xE2\\x82"); /* truncated */
	ESCAPES("\xE2\x82z", "\\xE2\\x82z");
	ESCAPES("\xF0\x9F\x98", "\\xF0\\x9F\\x98");
	ESCAPES("\xFF\xFE", "\\xFF\\xFE");
}

static void escape_doubles_backslashes_when_asked(void **state)
{
	char out[16];
	(void)state;
	assert_int_equal(text_escape(out, sizeof(out), "a\\n\n", 4, true), 6);
	assert_string_equal(out, "a\\\\n\\n");
}

/* The output must be valid UTF-8 without anything that a terminal acts on. */
static void expect_harmless(const char *text, size_t length)
{
	char out[TEXT_ESCAPED_SIZE(4)];
	size_t written = text_escape(out, sizeof(out), text, length, true), at = 0;
	assert_true(written >= length && written < TEXT_ESCAPED_SIZE(length));
	assert_int_equal(strlen(out), written);
	while (at < written) {
		uint32_t point = 0;
		size_t step = text_decode(out + at, written - at, &point);
		assert_true(step > 0);
		assert_true(point >= 0x20 && point != 0x7F && !(point >= 0x80 && point < 0xA0));
		assert_false(point == 0x61C || point == 0x200E || point == 0x200F || point == 0xFEFF);
		assert_false((point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069));
		at += step;
	}
}

static void escape_is_harmless_for_all_bytes_and_pairs(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		char bytes[2] = {(char)a, 0};
		expect_harmless(bytes, 1);
		for (unsigned b = 0; b < 256; b++) {
			bytes[1] = (char)b;
			expect_harmless(bytes, 2);
		}
	}
}

static size_t encode(uint32_t point, char *out)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = length; i-- > 1; point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3F));
	out[0] = (char)(length == 2 ? 0xC0 | point : length == 3 ? 0xE0 | point : 0xF0 | point);
	return length;
}

static void every_code_point_decodes_and_escapes_harmlessly(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x110000; point++) {
		char bytes[4];
		uint32_t decoded = 0;
		size_t length = encode(point, bytes);
		bool surrogate = point >= 0xD800 && point <= 0xDFFF;
		assert_int_equal(text_decode(bytes, length, &decoded), surrogate ? 0 : length);
		assert_true(surrogate || decoded == point);
		assert_int_equal(text_is_utf8(bytes, length), !surrogate);
		expect_harmless(bytes, length);
		if (length > 1)
			assert_int_equal(text_decode(bytes, length - 1, &decoded), 0);
	}
}

static void escape_cuts_between_characters(void **state)
{
	static const char text[] = "a\xC3\xA9\n\x1B\xF0\x9F\x98\x80\xE2\x80\xAEz";
	static const size_t ends[] = {0, 1, 3, 5, 9, 13, 21, 22};
	char whole[64];
	(void)state;
	assert_int_equal(text_escape(whole, sizeof(whole), text, sizeof(text) - 1, false), 22);
	for (size_t size = 1; size <= 24; size++) {
		char out[64];
		size_t expected = 0;
		memset(out, '#', sizeof(out));
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			if (ends[i] < size)
				expected = ends[i];
		assert_int_equal(text_escape(out, size, text, sizeof(text) - 1, false), expected);
		assert_memory_equal(out, whole, expected);
		assert_int_equal(out[expected], 0);
		assert_int_equal(out[size], '#');
	}
}

static void escape_without_room_writes_nothing_or_the_end(void **state)
{
	char out[2] = {'#', '#'};
	(void)state;
	assert_int_equal(text_escape(NULL, 0, "abc", 3, false), 0);
	assert_int_equal(text_escape(out, 0, "abc", 3, false), 0);
	assert_int_equal(out[0], '#');
	assert_int_equal(text_escape(out, 1, "abc", 3, false), 0);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], '#');
}

static void utf8_is_told_from_other_bytes(void **state)
{
	(void)state;
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("a\0b", 3));
	assert_true(text_is_utf8("\xEF\xBF\xBF\xED\x9F\xBF\xEE\x80\x80", 9));
	assert_false(text_is_utf8("ab\xC3", 3));
	assert_false(text_is_utf8("\x80", 1));
}

static void width_counts_columns(void **state)
{
	static const uint32_t zero[] = {
		0x300, 0x36F, 0x5BF, 0x200B, 0x200D, 0x1160, 0x20DD, 0xFE0F, 0xFEFF, 0xE01EF};
	static const uint32_t one[] = {0, 7, 'a', 0x7F, 0x9B, 0xAD, 0xE9, 0x2FF, 0x600, 0x2500, 0x2588,
		0x28FF, 0x10FF, 0xFF61, 0x1F1E6, 0xE01F0, 0x10FFFF, 0x110000, UINT32_MAX};
	static const uint32_t two[] = {0x1100, 0x231A, 0x3000, 0x3042, 0x4E00, 0x9FFF, 0xAC00, 0xD7A3, 0xFF01,
		0xFFE6, 0x1F600, 0x1F680, 0x20000, 0x3FFFD};
	(void)state;
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		assert_int_equal(text_width(zero[i]), 0);
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		assert_int_equal(text_width(one[i]), 1);
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		assert_int_equal(text_width(two[i]), 2);
}

static void expect_bytes(uint64_t bytes, const char *expected)
{
	char out[11];
	assert_ptr_equal(text_bytes(out, sizeof(out), bytes), out);
	assert_string_equal(out, expected);
}

static void bytes_are_readable(void **state)
{
	(void)state;
	expect_bytes(0, "0 B");
	expect_bytes(512, "512 B");
	expect_bytes(1023, "1023 B");
	expect_bytes(1024, "1.0 KiB");
	expect_bytes(4096, "4.0 KiB");
	expect_bytes(1048524, "1023.9 KiB");
	expect_bytes(1048525, "1.0 MiB");
	expect_bytes((UINT64_C(1) << 20) - 1, "1.0 MiB");
	expect_bytes(UINT64_C(3) << 29, "1.5 GiB");
	expect_bytes(UINT64_C(16) << 40, "16.0 TiB");
	expect_bytes(UINT64_C(1) << 50, "1.0 PiB");
	expect_bytes(UINT64_MAX, "16.0 EiB");
}

static void expect_duration(int64_t milliseconds, const char *expected)
{
	char out[64];
	assert_ptr_equal(text_duration(out, sizeof(out), milliseconds), out);
	assert_string_equal(out, expected);
}

static void durations_are_readable(void **state)
{
	(void)state;
	expect_duration(0, "0 ms");
	expect_duration(250, "250 ms");
	expect_duration(999, "999 ms");
	expect_duration(12999, "12 s");
	expect_duration(250000, "4 m 10 s");
	expect_duration(240000, "4 m");
	expect_duration(10920000, "3 h 2 m");
	expect_duration(5 * 86400000 + 4 * 3600000, "5 d 4 h");
	expect_duration(-1500, "-1 s");
	expect_duration(INT64_MAX, "106751991167 d 7 h");
	expect_duration(INT64_MIN, "-106751991167 d 7 h");
}

static void expect_time(int64_t milliseconds, const char *expected)
{
	char out[32];
	assert_ptr_equal(text_time(out, sizeof(out), milliseconds), out);
	assert_string_equal(out, expected);
}

static void times_are_rfc_3339(void **state)
{
	(void)state;
	expect_time(0, "1970-01-01T00:00:00Z");
	expect_time(999, "1970-01-01T00:00:00Z");
	expect_time(-1, "1969-12-31T23:59:59Z");
	expect_time(INT64_C(1793613845000), "2026-11-02T10:04:05Z");
	expect_time(INT64_C(951782400000), "2000-02-29T00:00:00Z");
	expect_time(INT64_C(4107542400000), "2100-03-01T00:00:00Z");
	expect_time(INT64_C(-62167219200000), "0000-01-01T00:00:00Z");
	expect_time(INT64_C(-62164540800000), "0000-02-01T00:00:00Z");
	expect_time(INT64_C(-62162121600000), "0000-02-29T00:00:00Z");
	expect_time(INT64_C(-62162035200000), "0000-03-01T00:00:00Z");
	expect_time(INT64_C(253402300799000), "9999-12-31T23:59:59Z");
	expect_time(INT64_MAX, "9999-12-31T23:59:59Z");
	expect_time(INT64_MIN, "0000-01-01T00:00:00Z");
}

static void sizes_are_parsed(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"0", 0},
		{"4096", 4096},
		{"4096B", 4096},
		{"4MiB", 4 << 20},
		{"512 KiB", 512 << 10},
		{"1.5GiB", UINT64_C(3) << 29},
		{"1.50 \tGiB", UINT64_C(3) << 29},
		{"2.0", 2},
		{"0.5KiB", 512},
		{"0.0009765625KiB", 1},
		{"0.9990234375 KiB", 1023},
		{"16TiB", UINT64_C(16) << 40},
		{"18446744073709551615", UINT64_MAX},
		{"16777215.5TiB", (UINT64_C(16777215) << 40) + (UINT64_C(1) << 39)},
	};
	static const char *const bad[] = {
		"",
		" ",
		"B",
		"MiB",
		"4 ",
		" 4",
		"4MB",
		"4KB",
		"4kB",
		"4kib",
		"4K",
		"4M",
		"4GiBs",
		"4 MiB ",
		"-1",
		"+1",
		"0x10",
		"1e3",
		"1,5GiB",
		".5GiB",
		"1.GiB",
		"1.5",
		"1.5B",
		"0.3KiB",
		"1..5GiB",
		"1.5.5GiB",
		"0.00048828125KiB",
		"18446744073709551616",
		"16777216TiB",
		"16777215.5TiBTiB",
		"99999999999999999999TiB",
		"0.00000000000000000000000000000000000001TiB",
		"4PiB",
		"nan",
		"inf",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t bytes = 77;
		if (text_parse_bytes(good[i].text, &bytes) || bytes != good[i].bytes)
			fail_msg("'%s' became %llu", good[i].text, (unsigned long long)bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t bytes = 77;
		if (text_parse_bytes(bad[i], &bytes) != -1 || bytes != 77)
			fail_msg("'%s' became %llu", bad[i], (unsigned long long)bytes);
	}
}

static void times_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int64_t milliseconds;
	} good[] = {
		{"0", 0},
		{"0s", 0},
		{"250ms", 250},
		{"5s", 5000},
		{"10m", 600000},
		{"2h", 7200000},
		{"7d", 604800000},
		{"5 s", 5000},
		{"9223372036854775807ms", INT64_MAX},
		{"106751991167d", INT64_C(106751991167) * 86400000},
	};
	static const char *const bad[] = {
		"",
		"5",
		"00",
		"0 ",
		" 0",
		"s",
		"1.5s",
		"-1s",
		"+1s",
		"5S",
		"5sec",
		"5s ",
		"5 m 3 s",
		"soon",
		"1w",
		"9223372036854775808ms",
		"106751991168d",
		"18446744073709551616ms",
		"0x5s",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t milliseconds = 77;
		if (text_parse_duration(good[i].text, &milliseconds) || milliseconds != good[i].milliseconds)
			fail_msg("'%s' became %lld", good[i].text, (long long)milliseconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t milliseconds = 77;
		if (text_parse_duration(bad[i], &milliseconds) != -1 || milliseconds != 77)
			fail_msg("'%s' became %lld", bad[i], (long long)milliseconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escape_keeps_what_is_harmless),
		cmocka_unit_test(escape_disarms_controls),
		cmocka_unit_test(escape_shows_what_reorders_or_hides_text),
		cmocka_unit_test(escape_shows_bytes_that_are_not_utf8),
		cmocka_unit_test(escape_doubles_backslashes_when_asked),
		cmocka_unit_test(escape_is_harmless_for_all_bytes_and_pairs),
		cmocka_unit_test(every_code_point_decodes_and_escapes_harmlessly),
		cmocka_unit_test(escape_cuts_between_characters),
		cmocka_unit_test(escape_without_room_writes_nothing_or_the_end),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(width_counts_columns),
		cmocka_unit_test(bytes_are_readable),
		cmocka_unit_test(durations_are_readable),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(sizes_are_parsed),
		cmocka_unit_test(times_are_parsed),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
