#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static atomic_bool cancelled;
/* Apart from `cancelled`, so that a first signal after signals_request() does not count as a second. */
static atomic_bool signalled;
/* Becomes readable once somebody asked to stop: a signal may reach any thread, which wakes no other's poll(). */
static int wake[2] = {-1, -1};

static void on_signal(int number)
{
	if (atomic_exchange(&signalled, true))
		_exit(128 + number);
	int saved = errno;
	signals_request();
	errno = saved;
}

bool signals_follow_parent(void)
{
	const char *text = getenv("LINCKIA_PARENT");
	long parent = text ? atol(text) : 0;
	if (parent <= 0)
		return true;
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGINT);
#endif
	/* After that, so that it cannot go in between. */
	return getppid() == (pid_t)parent;
}

void signals_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	/* Without the pipe, a wait ends when its time is over. */
	if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		wake[0] = wake[1] = -1;
	/* Without SA_RESTART, so that a read from a terminal or pipe that waits for ever wakes up. */
	struct sigaction action = {.sa_handler = on_signal};
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct sigaction inherited;
		if (sigaction(numbers[i], NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

const atomic_bool *signals_cancel(void)
{
	return &cancelled;
}

void signals_request(void)
{
	atomic_store(&cancelled, true);
	/* A pipe that is full wakes its reader too. */
	if (wake[1] >= 0 && write(wake[1], "", 1) < 0)
		return;
}

static bool wait_with(int milliseconds, struct pollfd other)
{
	struct pollfd watched[] = {{.fd = wake[0], .events = POLLIN}, other};
	if (!atomic_load(&cancelled) && poll(watched, 2, milliseconds) < 0)
		return !atomic_load(&cancelled);
	return !atomic_load(&cancelled) && !(watched[1].revents & (POLLERR | POLLHUP | POLLNVAL));
}

bool signals_wait(int milliseconds, int output)
{
	return wait_with(milliseconds, (struct pollfd){.fd = output});
}

bool signals_wait_for(int milliseconds, int input)
{
	return wait_with(milliseconds, (struct pollfd){.fd = input, .events = POLLIN});
}

void signals_ignore_pipe(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	sigemptyset(&action.sa_mask);
	sigaction(SIGPIPE, &action, NULL);
}
