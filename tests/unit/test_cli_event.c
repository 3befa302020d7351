/* What cli/event.h promises: all that is known of an event, and nothing that is not. */
#include "cli/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json.h"

static const struct view_event bare = {
	.id = 7,
	.time_ms = 1000,
	.severity = EVENT_NOTICE,
	.code = "put",
	.node = "",
	.text = "stored f",
	.trigger = "",
	.source = "",
	.target = "",
	.result = "",
	.duration_ms = -1,
};

static struct view_event full(void)
{
	struct view_event event = bare;
	event.node = "node-4";
	event.trigger = "node-3 went down";
	event.source = "node-1";
	event.target = "node-4";
	event.result = "ok";
	event.chunks = 2;
	event.bytes = 8 << 20;
	event.duration_ms = 1500;
	return event;
}

static void expect_details(const struct view_event *event, const char *expected)
{
	char *details = event_details(event);
	assert_string_equal(details, expected);
	free(details);
}

static void details_are_what_is_known(void **state)
{
	(void)state;
	struct view_event event = full();
	expect_details(&event, "node-3 went down; node-1 -> node-4; 2 chunks, 8.0 MiB; 1 s; ok");
	expect_details(&bare, "");
	event.chunks = 0;
	event.source = "";
	event.duration_ms = 250;
	expect_details(&event, "node-3 went down; ? -> node-4; 8.0 MiB; 250 ms; ok");
	event = bare;
	event.result = "failed";
	expect_details(&event, "failed");
	event.chunks = 1;
	expect_details(&event, "1 chunk; failed");
}

static void expect_json(const struct view_event *event, const char *expected)
{
	cJSON *object = event_json(event);
	char *text = json_print(object);
	assert_string_equal(text, expected);
	free(text);
	cJSON_Delete(object);
}

static void every_member_is_there(void **state)
{
	(void)state;
	struct view_event event = full();
	expect_json(&event,
		"{\"id\":7,\"time\":\"1970-01-01T00:00:01Z\",\"severity\":\"notice\",\"code\":\"put\","
		"\"node\":\"node-4\",\"text\":\"stored f\",\"trigger\":\"node-3 went down\","
		"\"source\":\"node-1\",\"target\":\"node-4\",\"chunks\":2,\"bytes\":8388608,"
		"\"duration_s\":1.500,\"result\":\"ok\"}");
	expect_json(&bare,
		"{\"id\":7,\"time\":\"1970-01-01T00:00:01Z\",\"severity\":\"notice\",\"code\":\"put\","
		"\"node\":null,\"text\":\"stored f\",\"trigger\":null,\"source\":null,\"target\":null,"
		"\"chunks\":0,\"bytes\":0,\"duration_s\":null,\"result\":null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(details_are_what_is_known),
		cmocka_unit_test(every_member_is_there),
	};
	return cmocka_run_group_tests_name("cli event", tests, NULL, NULL);
}
