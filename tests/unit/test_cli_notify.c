/* What cli/notify.h promises: it finds the socket, and says one thing in one line. */
#include "cli/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_path_is_taken_as_it_is(void **state)
{
	(void)state;
	struct sockaddr_un address;
	socklen_t length;
	struct error error;
	assert_int_equal(notify_address("/run/systemd/notify", &address, &length, &error), 0);
	assert_int_equal(address.sun_family, AF_UNIX);
	assert_string_equal(address.sun_path, "/run/systemd/notify");
	assert_int_equal(length, offsetof(struct sockaddr_un, sun_path) + sizeof("/run/systemd/notify"));
}

static void an_at_sign_stands_for_an_abstract_name(void **state)
{
	(void)state;
	struct sockaddr_un address;
	socklen_t length;
	struct error error;
	assert_int_equal(notify_address("@linckia", &address, &length, &error), 0);
	assert_memory_equal(address.sun_path, "\0linckia", 8);
	assert_int_equal(length, offsetof(struct sockaddr_un, sun_path) + 8);
}

static void expect_mistake(const char *text)
{
	struct sockaddr_un address;
	socklen_t length;
	struct error error;
	assert_int_equal(notify_address(text, &address, &length, &error), -1);
	assert_int_equal(error.code, ERROR_USAGE);
	assert_non_null(strstr(error.message, "$NOTIFY_SOCKET"));
}

static void other_values_are_refused(void **state)
{
	(void)state;
	expect_mistake("");
	expect_mistake("/");
	expect_mistake("@");
	expect_mistake("notify");
	expect_mistake("vsock:2:1");
}

/* Of `length` bytes, the first of which is `first`. */
static const char *long_name(char first, size_t length)
{
	static char text[256];
	memset(text, 'x', sizeof(text));
	text[0] = first;
	text[length] = '\0';
	return text;
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct sockaddr_un address;
	socklen_t length;
	struct error error;
	const size_t room = sizeof(address.sun_path);
	assert_int_equal(notify_address(long_name('/', room - 1), &address, &length, &error), 0);
	assert_int_equal(notify_address(long_name('@', room), &address, &length, &error), 0);
	assert_int_equal(length, sizeof(address));
	expect_mistake(long_name('/', room));
	expect_mistake(long_name('@', room + 1));
}

/* A manager's socket, for which $NOTIFY_SOCKET is set. */
static int manager_open(void)
{
	struct sockaddr_un address;
	socklen_t length;
	struct error error;
	char name[64];
	snprintf(name, sizeof(name), "@linckia-test-%ld", (long)getpid());
	assert_int_equal(notify_address(name, &address, &length, &error), 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, length), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void expect_heard(int fd, const char *text)
{
	char heard[256] = "";
	ssize_t length = recv(fd, heard, sizeof(heard) - 1, 0);
	assert_int_equal(length, strlen(text));
	assert_string_equal(heard, text);
}

static void the_manager_hears_each_word(void **state)
{
	(void)state;
	struct error error;
	int fd = manager_open();
	assert_int_equal(notify_ready(&error), 0);
	assert_int_equal(notify_status("DEGRADED: a\nREADY=0", &error), 0);
	assert_int_equal(notify_stopping(&error), 0);
	expect_heard(fd, "READY=1");
	expect_heard(fd, "STATUS=DEGRADED: a\\nREADY=0");
	expect_heard(fd, "STOPPING=1");
	close(fd);
	assert_int_equal(notify_ready(&error), -1);
	assert_non_null(strstr(error.message, "@linckia-test-"));
}

static void without_a_manager_nothing_is_wrong(void **state)
{
	(void)state;
	struct error error;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_ready(&error), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_stopping(&error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_taken_as_it_is),
		cmocka_unit_test(an_at_sign_stands_for_an_abstract_name),
		cmocka_unit_test(other_values_are_refused),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(the_manager_hears_each_word),
		cmocka_unit_test(without_a_manager_nothing_is_wrong),
	};
	return cmocka_run_group_tests_name("cli notify", tests, NULL, NULL);
}
