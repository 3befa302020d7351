/*
 * The bounded stream of YAML events: what is let through, and everything that is refused before a
 * config is built from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/config.h"
#include "engine/config_event.h"

static struct error error;

/* Reads all events of the text; returns 0, or -1 with `error` filled in. */
static int drain(const char *text, size_t length)
{
	struct config_events events;
	error_clear(&error);
	if (config_events_init(&events, "f", text, length, &error))
		return -1;
	int result;
	do
		result = config_events_next(&events, &error);
	while (!result && events.now.kind != CONFIG_END);
	config_events_release(&events);
	return result;
}

static void accept(const char *text)
{
	if (drain(text, strlen(text)))
		fail_msg("refused: %s", error.message);
}

static void refuse_bytes(const char *text, size_t length, const char *message)
{
	if (!drain(text, length))
		fail_msg("accepted, but should fail with: %s", message);
	assert_string_equal(error.message, message);
	assert_int_equal(error.code, ERROR_CONFIG);
}

static void refuse(const char *text, const char *message)
{
	refuse_bytes(text, strlen(text), message);
}

static void expect(struct config_events *events, enum config_event_kind kind, const char *text)
{
	assert_int_equal(config_events_next(events, &error), 0);
	assert_int_equal(events->now.kind, kind);
	if (kind == CONFIG_SCALAR)
		assert_string_equal(events->now.text, text);
	if (text)
		assert_memory_equal(events->text + events->now.begin, text, strlen(text));
}

static void test_places_are_exact_after_wide_characters_and_both_line_breaks(void **state)
{
	(void)state;
	const char *text = "# é€😀\r\na: [é, {b: 😀}]\r\nc: dd # é\nd: x\n";
	struct config_events events;
	assert_int_equal(config_events_init(&events, "f", text, strlen(text), &error), 0);
	expect(&events, CONFIG_MAPPING, NULL);
	expect(&events, CONFIG_SCALAR, "a");
	expect(&events, CONFIG_LIST, "[");
	assert_true(events.now.flow);
	expect(&events, CONFIG_SCALAR, "é");
	expect(&events, CONFIG_MAPPING, "{");
	expect(&events, CONFIG_SCALAR, "b");
	expect(&events, CONFIG_SCALAR, "😀");
	assert_int_equal(events.now.mark.line, 2);
	assert_int_equal(events.now.mark.column, 12);
	assert_int_equal(events.now.end - events.now.begin, strlen("😀"));
	expect(&events, CONFIG_MAPPING_END, "}");
	expect(&events, CONFIG_LIST_END, "]");
	expect(&events, CONFIG_SCALAR, "c");
	expect(&events, CONFIG_SCALAR, "dd");
	assert_int_equal(events.now.end - events.now.begin, 2);
	expect(&events, CONFIG_SCALAR, "d");
	assert_int_equal(events.now.mark.line, 4);
	expect(&events, CONFIG_SCALAR, "x");
	expect(&events, CONFIG_MAPPING_END, NULL);
	expect(&events, CONFIG_END, NULL);
	config_events_release(&events);
}

static void test_an_empty_file_has_no_events(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "\n\n", "# nothing\n", "   "};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct config *config;
		accept(texts[i]);
		assert_int_equal(config_parse("/f", texts[i], strlen(texts[i]), &config, &error), -1);
		assert_non_null(strstr(error.message, ": found nothing, allowed is a mapping of keys"));
	}
}

static void test_anchors_aliases_and_tags_are_refused(void **state)
{
	(void)state;
	refuse("a: &x 1\n", "f:1:4: found the anchor 'x', allowed is the value without an anchor");
	refuse("a: &x\n", "f:1:4: found the anchor 'x', allowed is the value without an anchor");
	refuse("&x {a: 1}\n", "f:1:1: found the anchor 'x', allowed is the value without an anchor");
	refuse("a: &x [1]\n", "f:1:4: found the anchor 'x', allowed is the value without an anchor");
	refuse("a: *x\n", "f:1:4: found an alias (*), allowed is the value itself");
	refuse("*x : a\n", "f:1:1: found an alias (*), allowed is the value itself");
	refuse("a: !!int 3\n",
		"f:1:4: found the tag 'tag:yaml.org,2002:int', allowed is the value without a tag");
	refuse("a: !mine 3\n", "f:1:4: found the tag '!mine', allowed is the value without a tag");
	refuse("a: ! 3\n", "f:1:4: found the tag '!', allowed is the value without a tag");
	refuse("a: ! '3'\n", "f:1:4: found the tag '!', allowed is the value without a tag");
	refuse("a: !\n", "f:1:4: found the tag '!', allowed is the value without a tag");
	refuse("a: ! [b]\n", "f:1:4: found the tag '!', allowed is the value without a tag");
	refuse("a: !!map {b: c}\n",
		"f:1:4: found the tag 'tag:yaml.org,2002:map', allowed is the value without a tag");
	refuse("!!str a: b\n",
		"f:1:1: found the tag 'tag:yaml.org,2002:str', allowed is the value without a tag");
	accept("a: '!b'\nc: \"&d\"\ne: '*f'\n");
}

static void test_one_document_without_directives(void **state)
{
	(void)state;
	accept("---\na: b\n...\n");
	accept("# c\n--- {a: b}\n");
	refuse("a: b\n---\nc: d\n", "f:2:1: found a second document, allowed is one document");
	refuse("a: b\n...\n---\n", "f:3:1: found a second document, allowed is one document");
	refuse("%YAML 1.1\n---\na: b\n",
		"f:1:1: found a directive (a line that begins with %), allowed is YAML without directives");
	refuse("a: b\n...\n%TAG !x! y\n---\n",
		"f:3:1: found a directive (a line that begins with %), allowed is YAML without directives");
	accept("a: 100%\n");
}

static void test_only_utf_8_without_controls_is_let_through(void **state)
{
	(void)state;
	const char *clean = "UTF-8 text without control characters or byte order mark";
	char message[256];
	snprintf(message, sizeof(message), "f:2:4: found the control character U+0000, allowed is %s", clean);
	refuse_bytes("a: b\nc: \0d\n", 11, message);
	snprintf(message, sizeof(message), "f:1:1: found a byte order mark, allowed is %s", clean);
	refuse("\xEF\xBB\xBF"
	       "a: b\n",
		message);
	snprintf(message, sizeof(message), "f:1:5: found the control character U+001B, allowed is %s", clean);
	refuse("a: \xC3\xA9\x1B[m\n", message);
	snprintf(message, sizeof(message), "f:1:4: found the control character U+0085, allowed is %s", clean);
	refuse("a: \xC2\x85\n", message);
	snprintf(message, sizeof(message), "f:1:4: found the control character U+2028, allowed is %s", clean);
	refuse("a: \xE2\x80\xA8\n", message);
	snprintf(message, sizeof(message),
		"f:1:5: found a carriage return without a line feed, allowed is %s", clean);
	refuse("a: b\rc: d\n", message);
	refuse("a: b\n\n  \xFF\n", "f:3:3: found the byte 0xFF, which is not UTF-8, allowed is UTF-8 text");
	refuse("a: \xC0\x80\n", "f:1:4: found the byte 0xC0, which is not UTF-8, allowed is UTF-8 text");
	refuse("a: \xED\xA0\x80\n", "f:1:4: found the byte 0xED, which is not UTF-8, allowed is UTF-8 text");
	refuse_bytes("\xFF\xFE"
		     "a\0:\0",
		6, "f:1:1: found the byte 0xFF, which is not UTF-8, allowed is UTF-8 text");
	refuse("a: \"x\\0y\"\n", "f:1:4: found text with a NUL character, allowed is text without one");
	accept("a:\tb\r\nc: \"\\u2028\"\r\n");
}

static void test_block_text_is_refused(void **state)
{
	(void)state;
	refuse("a: |\n  b\n", "f:1:4: found block text (| or >), allowed is a value on one line");
	refuse("a: >-\n  b\n", "f:1:4: found block text (| or >), allowed is a value on one line");
}

static void test_depth_and_length_are_bounded(void **state)
{
	(void)state;
	accept("{a: [[[[[[[b]]]]]]]}\n");
	refuse("{a: [[[[[[[[b]]]]]]]]}\n",
		"f:1:12: found one more level of nesting, allowed is at most 8 levels");
	refuse("- - - - - - - - - a\n",
		"f:1:17: found one more level of nesting, allowed is at most 8 levels");
	char *text = malloc(CONFIG_BYTES_MAX + 1);
	assert_non_null(text);
	memset(text, '[', CONFIG_BYTES_MAX + 1);
	refuse_bytes(text, CONFIG_BYTES_MAX,
		"f:1:9: found one more level of nesting, allowed is at most 8 levels");
	refuse_bytes(text, CONFIG_BYTES_MAX + 1, "f:1:1: found 1048577 bytes, allowed is at most 1MiB");
	for (size_t i = 0; i < CONFIG_BYTES_MAX; i += 2)
		memcpy(text + i, "? ", 2);
	refuse_bytes(text, CONFIG_BYTES_MAX,
		"f:1:17: found one more level of nesting, allowed is at most 8 levels");
	memset(text, '#', CONFIG_BYTES_MAX);
	assert_int_equal(drain(text, CONFIG_BYTES_MAX), 0);
	free(text);
}

static void test_syntax_faults_have_their_place(void **state)
{
	(void)state;
	refuse("a: b: c\n", "f:1:5: found text that is not YAML (mapping values are not allowed in this "
			    "context), allowed is valid YAML");
	refuse("a: [b\nc: d\n",
		"f:2:2: found text that is not YAML (did not find expected ',' or ']', while parsing a flow "
		"sequence from line 1), allowed is valid YAML");
	refuse("a:\n\tb: c\n",
		"f:2:1: found text that is not YAML (found character that cannot start any token, while "
		"scanning for the next token from line 2), allowed is valid YAML; put text that begins with "
		"a special character in quotation marks");
	refuse("a: \"b\n", "f:2:1: found text that is not YAML (found unexpected end of stream, while "
			   "scanning a quoted scalar "
			   "from line 1), allowed is valid YAML");
	/* Not on a line that no editor shows. */
	refuse("a: \"b", "f:1:6: found text that is not YAML (found unexpected end of stream, while "
			 "scanning a quoted scalar from line 1), allowed is valid YAML");
	refuse("a: }\n", "f:1:4: found text that is not YAML (did not find expected node content, while "
			 "parsing a block node "
			 "from line 1), allowed is valid YAML");
}

static void test_a_fault_inside_a_value_names_its_key(void **state)
{
	(void)state;
	struct config *config;
	const char *text = "nodes: [{name: a, path: a}]\nrepair:\n  grace: *x\n";
	assert_int_equal(config_parse("/f", text, strlen(text), &config, &error), -1);
	assert_string_equal(error.message,
		"/f:3:10: key 'repair.grace': found an alias (*), allowed is the value itself");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_exact_after_wide_characters_and_both_line_breaks),
		cmocka_unit_test(test_an_empty_file_has_no_events),
		cmocka_unit_test(test_anchors_aliases_and_tags_are_refused),
		cmocka_unit_test(test_one_document_without_directives),
		cmocka_unit_test(test_only_utf_8_without_controls_is_let_through),
		cmocka_unit_test(test_block_text_is_refused),
		cmocka_unit_test(test_depth_and_length_are_bounded),
		cmocka_unit_test(test_syntax_faults_have_their_place),
		cmocka_unit_test(test_a_fault_inside_a_value_names_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
