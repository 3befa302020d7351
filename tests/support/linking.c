#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/linking.h"

uint64_t linking_changed;

const struct link_change link_cut_both = {.set_cut = true, .to = {.cut = true}};
const struct link_change link_cut_there = {.set_cut = true, .to = {.cut = true}, .one_way = true};
const struct link_change link_mend = {.set_cut = true};

int linking_try_set(const char *from, const char *to, struct link_change change)
{
	return store_set_links(fixture.store, &from, 1, &to, 1, &change, &linking_changed, &fixture.error);
}

void linking_set(const char *from, const char *to, struct link_change change, uint64_t expected)
{
	if (linking_try_set(from, to, change) < 0)
		fail_msg("the links are not set: %s", fixture.error.message);
	assert_int_equal(linking_changed, expected);
}

void linking_set_latency(const char *from, const char *to, int64_t ms)
{
	const struct link_change change = {.set_latency = true, .to = {.latency_ms = ms}};
	if (linking_try_set(from, to, change) < 0)
		fail_msg("the links are not set: %s", fixture.error.message);
}

void linking_heal(uint64_t expected)
{
	assert_int_equal(store_heal_network(fixture.store, &linking_changed, &fixture.error), 0);
	assert_int_equal(linking_changed, expected);
}

static void list_link(void *context, const struct link *link)
{
	char *text = context;
	size_t used = strlen(text);
	snprintf(text + used, 4096 - used, "%s>%s %lld %lld %llu %g%s%s\n", link->from, link->to,
		(long long)link->settings.latency_ms, (long long)link->settings.jitter_ms,
		(unsigned long long)link->settings.bandwidth, link->settings.loss,
		link->settings.cut ? " cut" : "", link->of_config ? " config" : "");
}

void linking_expect_links(struct store *store, const char *expected)
{
	char text[4096] = "";
	assert_int_equal(store_list_links(store, list_link, text, &fixture.error), 0);
	assert_string_equal(text, expected);
}

struct node *linking_node(unsigned number)
{
	return &fixture.store->nodes[number - 1];
}

void linking_expect_node(unsigned number, enum node_state state, const char *cause)
{
	struct node_status status;
	node_status(linking_node(number), &status);
	assert_int_equal(status.state, state);
	assert_string_equal(status.cause, cause);
}

struct store *linking_open_other(void)
{
	struct store *other;
	check(store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error));
	return other;
}

int64_t linking_now_ns(void)
{
	return fixture.mock.monotonic_ns;
}
