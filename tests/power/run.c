#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recording.h"
#include "tests/support/must.h"

enum { LIMIT_S = 60, PAUSE_MS = 5, WORDS_MAX = 32 };

struct place place_make(const char *program, const char *recorder, const char *folder)
{
	return (struct place){
		.program = program,
		.recorder = recorder,
		.folder = text("%s", folder),
		.root = text("%s/root", folder),
		.sources = text("%s/sources", folder),
		.scratch = text("%s/scratch", folder),
		.tape = text("%s/tape", folder),
		.messages = text("%s/messages", folder),
	};
}

void place_release(struct place *place)
{
	free(place->folder);
	free(place->root);
	free(place->sources);
	free(place->scratch);
	free(place->tape);
	free(place->messages);
}

/* The environment of a child: just what it needs. */
static void set_environment(const struct place *place, bool recorded)
{
	char *config = text("%s/s/config.yaml", place->root);
	setenv("LINCKIA_CONFIG", config, 1);
	setenv("L", place->program, 1);
	free(config);
	if (!recorded)
		return;
	setenv("LD_PRELOAD", place->recorder, 1);
	setenv(RECORDING_FILE, place->tape, 1);
	setenv(RECORDING_FOLDER, place->root, 1);
	if (place->apart)
		setenv(RECORDING_APART, "1", 1);
}

static pid_t start(const struct place *place, const char *folder, char *const words[], bool recorded)
{
	pid_t pid = fork();
	if (pid < 0)
		die("cannot start a process: %s", strerror(errno));
	if (pid > 0)
		return pid;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int messages = open(place->messages, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	set_environment(place, recorded);
	if (messages < 0 || chdir(folder) < 0 || dup2(null, 0) < 0 || dup2(messages, 1) < 0 ||
		dup2(messages, 2) < 0)
		_exit(126);
	execv(words[0], words);
	_exit(126);
}

pid_t run_start(const struct place *place, const char *words, bool recorded)
{
	char *list[WORDS_MAX] = {(char *)place->program}, *copy = text("%s", words), *rest = copy;
	size_t count = 1;
	for (char *word; count + 1 < WORDS_MAX && (word = strtok_r(rest, " ", &rest));)
		list[count++] = word;
	pid_t pid = start(place, place->sources, list, recorded);
	free(copy);
	return pid;
}

int run_wait(pid_t pid)
{
	int status;
	for (int waited_ms = 0; waited_ms < LIMIT_S * 1000; waited_ms += PAUSE_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_program(const struct place *place, const char *words, bool recorded)
{
	return exit_code(run_wait(run_start(place, words, recorded)));
}

int run_shell(const struct place *place, const char *line, bool recorded)
{
	char *const words[] = {"/bin/sh", "-c", (char *)line, NULL};
	return exit_code(run_wait(start(place, place->root, words, recorded)));
}

char *run_messages(const struct place *place)
{
	size_t size;
	return (char *)read_file(place->messages, &size);
}
