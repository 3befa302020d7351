#include "cli/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static atomic_bool cancelled;
/* Apart from `cancelled`, so that a first signal after signals_request() does not count as a second. */
static atomic_bool signalled;

static void on_signal(int number)
{
	if (atomic_exchange(&signalled, true))
		_exit(128 + number);
	atomic_store(&cancelled, true);
}

void signals_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
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
}

void signals_ignore_pipe(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	sigemptyset(&action.sa_mask);
	sigaction(SIGPIPE, &action, NULL);
}
