#include "cli/rehearse.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a virtual clock, to begin with: what takes minutes can be watched, and nothing is over before it was seen. */
static const double SPEED = 2;

struct rehearse {
	struct rehearsal *rehearsal;
	pthread_t player;
	atomic_bool cancel;
	struct error error; /* also in the rehearsal's status, which is what is shown */
};

int rehearse_find_program(char *out, size_t size, struct error *error)
{
	ssize_t length = readlink("/proc/self/exe", out, size - 1);
	if (length < 0)
		return error_set_errno(error, errno, "cannot tell where this program is (/proc/self/exe)");
	out[length] = '\0';
	return 0;
}

static void *play(void *argument)
{
	struct rehearse *rehearse = argument;
	if (rehearsal_play(rehearse->rehearsal, &rehearse->error) < 0)
		return &rehearse->error;
	return NULL;
}

int rehearse_start(const char *scenario, const char *folder, struct rehearse **result, struct error *error)
{
	char program[4096];
	struct rehearse *rehearse = calloc(1, sizeof(*rehearse));
	if (!rehearse)
		return error_set_errno(error, ENOMEM, "cannot rehearse");
	const struct rehearsal_options options = {
		.folder = folder, .program = program, .speed = SPEED, .cancel = &rehearse->cancel};
	if (rehearse_find_program(program, sizeof(program), error) < 0 ||
		rehearsal_open(scenario, &options, &rehearse->rehearsal, error) < 0) {
		free(rehearse);
		return -1;
	}
	int number = pthread_create(&rehearse->player, NULL, play, rehearse);
	if (number) {
		rehearsal_close(rehearse->rehearsal);
		free(rehearse);
		return error_set_errno(error, number, "cannot start a thread");
	}
	*result = rehearse;
	return 0;
}

struct rehearsal *rehearse_of(struct rehearse *rehearse)
{
	return rehearse->rehearsal;
}

void rehearse_stop(struct rehearse *rehearse)
{
	if (!rehearse)
		return;
	atomic_store(&rehearse->cancel, true);
	pthread_join(rehearse->player, NULL);
	rehearsal_close(rehearse->rehearsal);
	free(rehearse);
}
