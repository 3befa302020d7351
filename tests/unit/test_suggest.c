/* What engine/suggest.h promises: a near miss finds its word, and anything else finds none. */
#include "engine/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {
	"new", "put", "get", "ls", "stat", "rm", "set-rf", "node", "status", "events"};

static const char *find(const char *word)
{
	return suggest(word, words, sizeof(words) / sizeof(*words));
}

static void near_misses_are_found(void **state)
{
	(void)state;
	assert_string_equal(find("stauts"), "status");
	assert_string_equal(find("statsu"), "status");
	assert_string_equal(find("sttus"), "status");
	assert_string_equal(find("statuss"), "status");
	assert_string_equal(find("setrf"), "set-rf");
	assert_string_equal(find("nodes"), "node");
	assert_string_equal(find("event"), "events");
	assert_string_equal(find("lls"), "ls");
	assert_string_equal(find("pt"), "put");
	assert_string_equal(find("status"), "status");
}

static void the_nearest_one_wins(void **state)
{
	(void)state;
	assert_string_equal(find("stats"), "stat");
	assert_string_equal(find("statu"), "stat");
	assert_string_equal(find("statu5"), "status");
}

static void strangers_are_not_found(void **state)
{
	(void)state;
	assert_null(find(""));
	assert_null(find("x"));
	assert_null(find("xy"));
	assert_null(find("frobnicate"));
	assert_null(find("noodles-and-soup"));
	assert_null(suggest("put", words, 0));
}

static void overlong_words_are_not_compared(void **state)
{
	(void)state;
	char word[5000];
	memset(word, 's', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(find(word));
	const char *const candidates[] = {word};
	assert_null(suggest("ssss", candidates, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_misses_are_found),
		cmocka_unit_test(the_nearest_one_wins),
		cmocka_unit_test(strangers_are_not_found),
		cmocka_unit_test(overlong_words_are_not_compared),
	};
	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
