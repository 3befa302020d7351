/* What cli/complete.h promises: what may stand in place of the last word, by the tables that run commands. */
#include "cli/complete.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *asked_config, *asked_prefix; /* of the source */
static char config_copy[64], prefix_copy[64];

static void ask(const char *config, const char *prefix)
{
	snprintf(config_copy, sizeof(config_copy), "%s", config ? config : "");
	snprintf(prefix_copy, sizeof(prefix_copy), "%s", prefix ? prefix : "");
	asked_config = config ? config_copy : NULL;
	asked_prefix = prefix ? prefix_copy : NULL;
}

static void nodes(const char *config, complete_report *report, void *context)
{
	ask(config, NULL);
	report(context, "node-1");
	report(context, "node-2");
	report(context, "other");
}

static void snapshots(const char *config, complete_report *report, void *context)
{
	ask(config, NULL);
	report(context, "monday");
	report(context, "tuesday");
}

static void names(const char *config, const char *prefix, complete_report *report, void *context)
{
	static const char *const all[] = {"a", "a b", "docs/", "$(x)", "-x", "n\newline", "esc\033[m",
		"bad\xff", "rtl\xe2\x80\xae", "tab\tx"};
	ask(config, prefix);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		report(context, all[i]);
}

static const struct complete_source fake = {nodes, snapshots, names};

/* The words of the line, which are separated by '|', and of the answer. */
static void expect(const char *line, const char *wanted)
{
	char copy[256], found[1024] = "", *next = copy;
	const char *words[16];
	size_t count = 0;
	struct completion completion;
	snprintf(copy, sizeof(copy), "%s", line);
	asked_config = asked_prefix = NULL;
	while (next)
		words[count++] = strsep(&next, "|");
	complete(words, count, &fake, &completion);
	for (size_t i = 0; i < completion.count; i++) {
		size_t used = strlen(found);
		snprintf(found + used, sizeof(found) - used, "%s%s", i ? "|" : "",
			completion.candidates[i].word);
	}
	assert_string_equal(found, wanted);
	completion_release(&completion);
}

static void expect_files(const char *line, enum complete_files files, size_t head)
{
	char copy[256], *next = copy;
	const char *words[16];
	size_t count = 0;
	struct completion completion;
	snprintf(copy, sizeof(copy), "%s", line);
	while (next)
		words[count++] = strsep(&next, "|");
	complete(words, count, &fake, &completion);
	assert_int_equal(completion.files, files);
	assert_int_equal(completion.head, head);
	completion_release(&completion);
}

static void commands_are_completed(void **state)
{
	(void)state;
	expect("no", "node");
	expect("sn", "snapshot");
	expect("node|re", "recover");
	expect("snapshot|", "create|list|show|diff|restore|rm");
	expect("-c|x|-q|stat", "stat|status");
	expect("nonsense|", "");
	expect("node|nonsense|", "");
	expect("help|sn", "snapshot");
	expect("help|snapshot|c", "create");
	expect("help|ls|", "");
	expect("init|", "");
}

static void options_are_those_of_the_command(void **state)
{
	(void)state;
	expect("scrub|--b", "--bandwidth");
	expect("ls|-", "--config|--json|--quiet|--help|--version|--long|--at|--null");
	expect("ls|-l|-q|--", "--config|--json|--help|--version|--at|--null");
	expect("risk|--if-lost|x|--i", "--if-lost");
	expect("-", "--config|--json|--quiet|--help|--version");
	expect("ls|--nonsense|", "");
	expect("ls|--|--l", "");
	expect("ls|-l", "-l");
	expect("ls|-lq", "-lq");
	expect("ls|-lZ", "");
}

static void values_stand_behind_options(void **state)
{
	(void)state;
	expect("console|--theme|", "dark|light|colour-blind|mono");
	expect("console|--theme=c", "--theme=colour-blind");
	expect("ls|--at|t", "tuesday");
	expect("ls|--at=t", "--at=tuesday");
	expect("ls|--json=", "");
	expect("ls|--nonsense=", "");
	expect("put|-r|", "");
	expect_files("put|-r|", COMPLETE_NO_FILES, 0);
	/* A value that may be left out is only taken for one where it is a number. */
	expect("status|--watch|--j", "--json");
	expect_files("-c|", COMPLETE_YAML, 0);
	expect_files("-cx", COMPLETE_YAML, 2);
	expect_files("--config=x", COMPLETE_YAML, 9);
	expect_files("get|a|-qox", COMPLETE_FILES, 3);
	expect_files("run|--store|", COMPLETE_FOLDERS, 0);
	expect_files("run|", COMPLETE_YAML, 0);
	expect_files("run|x|", COMPLETE_NO_FILES, 0);
	expect_files("put|a|b|", COMPLETE_FILES, 0);
	expect_files("put|--|-", COMPLETE_FILES, 0);
	expect_files("new|", COMPLETE_FOLDERS, 0);
}

static void the_store_is_asked_where_its_names_stand(void **state)
{
	(void)state;
	expect("node|fail|n", "node-1|node-2");
	assert_null(asked_config);
	expect("-c|some.yaml|node|fail|o", "other");
	assert_string_equal(asked_config, "some.yaml");
	expect("node|fail|--config=late.yaml|o", "other");
	assert_string_equal(asked_config, "late.yaml");
	setenv("HOME", "/home/me", 1);
	expect("-c|~/s.yaml|node|fail|o", "other");
	assert_string_equal(asked_config, "/home/me/s.yaml");
	expect("node|fail|node-1|", "");
	expect("node|add|", "");
	assert_null(asked_config);
	expect("snapshot|show|m", "monday");
	expect("snapshot|show|monday|d", "docs/");
	assert_string_equal(asked_prefix, "d");
	expect("snapshot|diff|monday|n", "now");
	expect("net|preset|l", "lan");
	expect("net|preset|lan|node-1|n", "node-1|node-2");
	expect("net|set|node-1|client|l", "latency=|loss=");
}

static void lists_go_on_behind_commas(void **state)
{
	(void)state;
	expect("risk|--if-lost|node-1,n", "node-1,node-2");
	expect("risk|--if-lost=node-1,", "--if-lost=node-1,node-2|--if-lost=node-1,other");
	expect("net|cut|client|al", "all");
	expect("net|cut|c", "client");
	expect("net|cut|client,o", "client,other");
	expect("net|partition|client,node-1/o", "client,node-1/other");
	expect("net|partition|client/c", "");
}

static void versions_stand_behind_an_at(void **state)
{
	(void)state;
	expect("restore|a@", "a@monday|a@tuesday");
	expect("stat|a@m", "a@monday");
	expect("rm|a@m", "");
}

/* Invariant 9, and what could be mistaken for an option. */
static void names_that_would_do_something_are_left_out(void **state)
{
	(void)state;
	expect("rm|", "a|a b|docs/|$(x)");
	expect("rm|--|", "a|a b|docs/|$(x)|-x");
	expect("rm|n", "");
	expect("rm|esc", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_completed),
		cmocka_unit_test(options_are_those_of_the_command),
		cmocka_unit_test(values_stand_behind_options),
		cmocka_unit_test(the_store_is_asked_where_its_names_stand),
		cmocka_unit_test(lists_go_on_behind_commas),
		cmocka_unit_test(versions_stand_behind_an_at),
		cmocka_unit_test(names_that_would_do_something_are_left_out),
	};
	return cmocka_run_group_tests_name("cli complete", tests, NULL, NULL);
}
