/*
 * task.c: one process of a job: its words, its lines, its end in a sentence.
 *
 * Output comes in pieces that end anywhere. The last lines are kept, and of all lines the last one that told of an
 * error; progress comes as lines of four numbers and a name (cli/progress.h).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/task.h"
#include "tui/words.h"

enum { RATE_MS = 500 };

static const char prefix[] = "linckia: ", error_prefix[] = "linckia: error: ";

int64_t task_clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void task_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void task_forget_words(struct task *task)
{
	for (size_t i = 0; i < task->word_count; i++)
		free(task->words[i]);
	free(task->words);
	task->words = NULL;
	task->word_count = 0;
}

void task_free(struct task *task)
{
	if (task == NULL)
		return;
	task_forget_words(task);
	task_close(&task->output);
	task_close(&task->progress);
	free(task->job.line);
	free(task->job.output);
	free(task);
}

/* ---- what it says ---- */

static void take_said(struct task *task)
{
	const char *said = task->said;
	if (strncmp(said, error_prefix, sizeof(error_prefix) - 1) == 0)
		snprintf(task->error, sizeof(task->error), "%s", said + sizeof(error_prefix) - 1);
	if (strncmp(said, prefix, sizeof(prefix) - 1) == 0)
		snprintf(task->message, sizeof(task->message), "%s", said + sizeof(prefix) - 1);
	task->lines++;
}

/* Counts the lines that go by and watches for messages. */
static void watch_lines(struct task *task, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\n') {
			if (task->said_length < sizeof(task->said) - 1)
				task->said[task->said_length++] = bytes[i];
			continue;
		}
		task->said[task->said_length] = '\0';
		task->said_length = 0;
		take_said(task);
	}
}

static void keep_output(struct job *job, const char *bytes, size_t length)
{
	assert(length <= JOB_OUTPUT_MAX);
	if (job->output == NULL)
		job->output = malloc(JOB_OUTPUT_MAX + 1);
	if (job->output == NULL) {
		job->dropped += length;
		return;
	}
	size_t room = JOB_OUTPUT_MAX - job->output_length;
	if (length > room) {
		/* Some more goes than must, so that this does not happen with every few bytes. */
		size_t gone = length - room + JOB_OUTPUT_MAX / 4;
		gone = gone < job->output_length ? gone : job->output_length;
		/* What is kept begins with a line, unless none begins soon. */
		const char *end = memchr(job->output + gone, '\n', job->output_length - gone);
		if (end != NULL && (size_t)(end - job->output) - gone < LINE_BYTES)
			gone = (size_t)(end - job->output) + 1;
		memmove(job->output, job->output + gone, job->output_length - gone);
		job->output_length -= gone;
		job->dropped += gone;
	}
	memcpy(job->output + job->output_length, bytes, length);
	job->output_length += length;
	job->output[job->output_length] = '\0';
}

void task_take_output(struct task *task, const char *bytes, size_t length)
{
	watch_lines(task, bytes, length);
	keep_output(&task->job, bytes, length);
}

/* A speed per second that follows what was done since last time, with some memory. */
static double smooth(double speed, uint64_t before, uint64_t now, int64_t passed_ms)
{
	double latest = now > before ? (double)(now - before) * 1000 / (double)passed_ms : 0;
	return before == 0 ? latest : speed + (latest - speed) * 0.3;
}

static void take_progress_line(struct task *task, const char *line)
{
	struct job *job = &task->job;
	uint64_t numbers[4];
	int name = 0;
	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n", &numbers[0], &numbers[1],
		    &numbers[2], &numbers[3], &name) != 4)
		return;
	job->bytes_done = numbers[0];
	job->bytes_total = numbers[1];
	job->files_done = numbers[2];
	job->files_total = numbers[3];
	snprintf(job->name, sizeof(job->name), "%s", line + name + (line[name] == ' '));
	int64_t now_ms = task_clock_ms(CLOCK_MONOTONIC), passed_ms = now_ms - task->rated_ms;
	if (passed_ms < RATE_MS)
		return;
	bool counts_bytes = job->bytes_total > 0;
	uint64_t work = counts_bytes ? job->bytes_done : job->files_done;
	uint64_t total = counts_bytes ? job->bytes_total : job->files_total;
	job->rate = smooth(job->rate, task->rated_bytes, job->bytes_done, passed_ms);
	task->speed = smooth(task->speed, task->rated_work, work, passed_ms);
	task->rated_ms = now_ms;
	task->rated_bytes = job->bytes_done;
	task->rated_work = work;
	double left_s = task->speed > 0 && total > work ? (double)(total - work) / task->speed : 0;
	job->left_ms = left_s < 1e9 ? (int64_t)(left_s * 1000) : 0;
}

void task_take_progress(struct task *task, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\n') {
			if (task->line_length < sizeof(task->line) - 1)
				task->line[task->line_length++] = bytes[i];
			continue;
		}
		task->line[task->line_length] = '\0';
		task->line_length = 0;
		take_progress_line(task, task->line);
	}
}

/*
 * The sentence that tells how it went: of a failure the last error, else the last message, else all that was said if
 * that is one line. Without what stands in front for those who do not know which program speaks.
 */
void task_conclude(struct task *task)
{
	struct job *job = &task->job;
	char *outcome = job->outcome;
	if (job->state == JOB_FAILED && task->error[0] != '\0')
		snprintf(outcome, JOB_OUTCOME, "%s", task->error);
	else if (task->message[0] != '\0')
		snprintf(outcome, JOB_OUTCOME, "%s", task->message);
	else if (task->lines > 1)
		snprintf(outcome, JOB_OUTCOME, "%" PRIu64 " lines", task->lines);
	else if (job->output_length > 0 && job->output[0] != '\n')
		snprintf(outcome, JOB_OUTCOME, "%.*s", (int)strcspn(job->output, "\n"), job->output);
	else if (job->state == JOB_FAILED && job->exit_code > 128)
		snprintf(outcome, JOB_OUTCOME, "it was ended by signal %d", job->exit_code - 128);
	else
		snprintf(outcome, JOB_OUTCOME, "%s",
			job->state == JOB_DONE        ? "done"
			: job->state == JOB_CANCELLED ? "cancelled"
						      : "it failed");
}

/* ---- its process ---- */

static char **make_environment(void)
{
	extern char **environ;
	static char parent[48], feed[48];
	static const char *const own[] = {"LINCKIA_PARENT=", "LINCKIA_PROGRESS_FD=", "TERM=", "NO_COLOR="};
	size_t count = 0;
	while (environ[count] != NULL)
		count++;
	char **made = calloc(count + 5, sizeof(*made));
	if (made == NULL)
		return NULL;
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		bool replaced = false;
		for (size_t j = 0; j < sizeof(own) / sizeof(*own); j++)
			replaced = replaced || strncmp(environ[i], own[j], strlen(own[j])) == 0;
		if (!replaced)
			made[kept++] = environ[i];
	}
	snprintf(parent, sizeof(parent), "LINCKIA_PARENT=%ld", (long)getpid());
	snprintf(feed, sizeof(feed), "LINCKIA_PROGRESS_FD=%d", PROGRESS_FD);
	made[kept++] = parent;
	made[kept++] = feed;
	made[kept++] = "TERM=dumb";
	made[kept++] = "NO_COLOR=1";
	return made;
}

int task_spawn(struct task *task, const char *program, const char *config, int output, int progress)
{
	char *arguments[ARGUMENTS_MAX + 5] = {"linckia", "-c", (char *)config};
	for (size_t i = 0; i < task->word_count; i++)
		arguments[3 + i] = task->words[i];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	sigemptyset(&none);
	sigfillset(&usual);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(&files, progress, PROGRESS_FD);
	posix_spawnattr_init(&attributes);
	/* A group of its own: Ctrl-C is for the console, which then interrupts its jobs. */
	posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	char **environment = make_environment();
	int number = environment == NULL
			     ? ENOMEM
			     : posix_spawn(&task->pid, program, &files, &attributes, arguments, environment);
	free(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return number;
}

struct task *task_new(const char *const *words, size_t count)
{
	struct task *task = calloc(1, sizeof(*task));
	if (task == NULL)
		return NULL;
	task->output = task->progress = -1;
	task->words = calloc(count + 1, sizeof(*task->words));
	bool made = task->words != NULL;
	for (size_t i = 0; made && i < count; i++, task->word_count++)
		made = (task->words[i] = strdup(words[i])) != NULL;
	task->job.line = made ? words_join(words, count) : NULL;
	task->job.started_ms = task_clock_ms(CLOCK_REALTIME);
	if (task->job.line != NULL)
		return task;
	task_free(task);
	return NULL;
}
