/*
 * jobs.c: starting, reading and ending processes.
 *
 *	jobs_run ──▶ waiting ──▶ running ──▶ done, failed, cancelled
 *	                start()      finish()
 *
 * The thread sleeps in poll() on a pipe that wakes it and on the pipes of the jobs. A job is over when its output is at
 * the end and waitpid() has told how it ended; when all jobs are stopped, the latter is enough.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tui/jobs.h"
#include "tui/words.h"

enum {
	PROGRESS_FD = 3,
	ARGUMENTS_MAX = 64,
	LINE_BYTES = 4096,
	PATIENCE_MS = 3000,
	RATE_MS = 500,
	LOOK_MS = 100,
	WAKE_MS = 50
};

static const char prefix[] = "linckia: ", error_prefix[] = "linckia: error: ";

/* A job and what only the thread knows of it; the job comes first. */
struct task {
	struct job job;
	char **words; /* until it is started */
	size_t word_count;
	pid_t pid;
	int output, progress;  /* the reading ends; -1: at their end */
	int sent;              /* cancels that were carried out */
	char line[LINE_BYTES]; /* the beginning of a line of progress */
	size_t line_length;
	char said[JOB_OUTCOME]; /* the beginning of a line of output */
	size_t said_length;
	char error[JOB_OUTCOME];   /* the last line that told of an error, wherever it went in the output */
	char message[JOB_OUTCOME]; /* the last one that was a message; the others are data */
	uint64_t lines;
	int64_t rated_ms;
	uint64_t rated_bytes, rated_work;
	double speed; /* of what the share is counted in, per second */
	struct task *next_gone;
};

struct jobs {
	const char *program;
	char *config;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	int wake_pipe[2];

	pthread_mutex_t mutex;        /* guards everything below */
	struct task *tasks[JOBS_MAX]; /* the newest first */
	size_t count;
	struct task *gone; /* no longer shown; the thread, which may be looking at them, frees them */
	struct job_list list;
	uint64_t ids;
	bool stopping;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void poke(struct jobs *jobs)
{
	ssize_t ignored = write(jobs->wake_pipe[1], "", 1);
	(void)ignored;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void free_words(struct task *task)
{
	for (size_t i = 0; i < task->word_count; i++)
		free(task->words[i]);
	free(task->words);
	task->words = NULL;
	task->word_count = 0;
}

static void free_task(struct task *task)
{
	if (task == NULL)
		return;
	free_words(task);
	close_end(&task->output);
	close_end(&task->progress);
	free(task->job.line);
	free(task->job.output);
	free(task);
}

static void count_running(struct jobs *jobs)
{
	jobs->list.jobs = (const struct job *const *)jobs->tasks;
	jobs->list.count = jobs->count;
	jobs->list.running = 0;
	for (size_t i = 0; i < jobs->count; i++)
		jobs->list.running += jobs->tasks[i]->job.state == JOB_RUNNING;
}

/* ---- what a job says ---- */

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
	int64_t now_ms = clock_ms(CLOCK_MONOTONIC), passed_ms = now_ms - task->rated_ms;
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

static void keep_progress(struct task *task, const char *bytes, size_t length)
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
 * The sentence that tells how it went: of a failure the last error, else the last message, else all that was said if that
 * is one line. Without what stands in front for those who do not know which program speaks.
 */
static void find_outcome(struct task *task)
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

/* Reads what is there. Returns whether there was anything, the end included. */
static bool read_end(struct jobs *jobs, struct task *task, int *fd, bool is_progress)
{
	char bytes[16384];
	if (*fd < 0)
		return false;
	ssize_t length = read(*fd, bytes, sizeof(bytes));
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	/* Lists for other programs end their lines with NUL. */
	for (ssize_t i = 0; i < length; i++)
		bytes[i] = bytes[i] == '\0' ? '\n' : bytes[i];
	pthread_mutex_lock(&jobs->mutex);
	if (length <= 0) {
		close_end(fd);
	} else if (is_progress) {
		keep_progress(task, bytes, (size_t)length);
	} else {
		watch_lines(task, bytes, (size_t)length);
		keep_output(&task->job, bytes, (size_t)length);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return true;
}

/* ---- beginning and end ---- */

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

static int spawn(struct jobs *jobs, struct task *task, int output, int progress)
{
	char *arguments[ARGUMENTS_MAX + 5] = {"linckia", "-c", jobs->config};
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
	int number = environment == NULL ? ENOMEM
					 : posix_spawn(&task->pid, jobs->program, &files, &attributes,
						   arguments, environment);
	free(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return number;
}

static void start(struct jobs *jobs, struct task *task)
{
	int output[2] = {-1, -1}, progress[2] = {-1, -1}, number = 0;
	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(progress, O_CLOEXEC) != 0)
		number = errno;
	/*
	 * Descriptors below PROGRESS_FD + 1 would be in each other's way in the new process; there are none, because a
	 * console has more than that open before. Whoever writes progress never waits.
	 */
	if (number == 0) {
		assert(output[0] > PROGRESS_FD && progress[0] > PROGRESS_FD);
		fcntl(output[0], F_SETFL, O_NONBLOCK);
		fcntl(progress[0], F_SETFL, O_NONBLOCK);
		fcntl(progress[1], F_SETFL, O_NONBLOCK);
		number = spawn(jobs, task, output[1], progress[1]);
	}
	close_end(&output[1]);
	close_end(&progress[1]);
	pthread_mutex_lock(&jobs->mutex);
	task->rated_ms = clock_ms(CLOCK_MONOTONIC);
	free_words(task);
	if (number == 0) {
		task->output = output[0];
		task->progress = progress[0];
	} else {
		close_end(&output[0]);
		close_end(&progress[0]);
		task->job.state = JOB_FAILED;
		task->job.ended_ms = clock_ms(CLOCK_REALTIME);
		snprintf(task->job.outcome, sizeof(task->job.outcome), "it cannot be started: %s",
			strerror(number));
	}
	count_running(jobs);
	pthread_mutex_unlock(&jobs->mutex);
}

/* Whether the process has ended; then the job has too. Its output may still be held by others, which counts if `polite`. */
static bool finish(struct jobs *jobs, struct task *task, bool polite)
{
	int status;
	if (task->pid <= 0 || (polite && task->output >= 0) ||
		waitpid(task->pid, &status, WNOHANG) != task->pid)
		return false;
	pthread_mutex_lock(&jobs->mutex);
	struct job *job = &task->job;
	task->pid = 0;
	close_end(&task->output);
	close_end(&task->progress);
	job->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	job->state = task->sent > 0 && job->exit_code != 0 ? JOB_CANCELLED
		     : job->exit_code == 0                 ? JOB_DONE
							   : JOB_FAILED;
	job->ended_ms = clock_ms(CLOCK_REALTIME);
	find_outcome(task);
	count_running(jobs);
	pthread_mutex_unlock(&jobs->mutex);
	return true;
}

static void signal_task(struct task *task, int number)
{
	if (task->pid > 0)
		kill(task->pid, number);
}

/* ---- the thread ---- */

/* What there is to do, copied so that it can be done without the lock. */
static size_t copy_tasks(struct jobs *jobs, struct task **tasks, bool *stopping)
{
	pthread_mutex_lock(&jobs->mutex);
	for (struct task *gone; (gone = jobs->gone) != NULL; free_task(gone))
		jobs->gone = gone->next_gone;
	size_t count = jobs->count;
	memcpy(tasks, jobs->tasks, count * sizeof(*tasks));
	*stopping = jobs->stopping;
	pthread_mutex_unlock(&jobs->mutex);
	return count;
}

/* Returns whether the task was started, or failed to. */
static bool carry_out(struct jobs *jobs, struct task *task)
{
	pthread_mutex_lock(&jobs->mutex);
	bool waits = task->words != NULL;
	int cancels = task->job.cancels;
	pthread_mutex_unlock(&jobs->mutex);
	if (waits)
		start(jobs, task);
	if (cancels > task->sent && task->pid > 0) {
		task->sent = cancels;
		signal_task(task, cancels > 1 ? SIGTERM : SIGINT);
	}
	return waits;
}

/* Waits until some pipe has something, and reads all that have. Returns whether anything has changed. */
static bool wait_and_read(struct jobs *jobs, struct task **tasks, size_t count, int timeout_ms)
{
	struct pollfd fds[1 + 2 * JOBS_MAX] = {{.fd = jobs->wake_pipe[0], .events = POLLIN}};
	bool changed = false;
	for (size_t i = 0; i < count; i++) {
		fds[1 + 2 * i] = (struct pollfd){.fd = tasks[i]->output, .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd){.fd = tasks[i]->progress, .events = POLLIN};
	}
	if (poll(fds, 1 + 2 * count, timeout_ms) <= 0)
		return false;
	char bytes[64];
	while (fds[0].revents != 0 &&
		read(jobs->wake_pipe[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		continue;
	for (size_t i = 0; i < count; i++) {
		if (fds[1 + 2 * i].revents != 0)
			changed |= read_end(jobs, tasks[i], &tasks[i]->output, false);
		if (fds[2 + 2 * i].revents != 0)
			changed |= read_end(jobs, tasks[i], &tasks[i]->progress, true);
	}
	return changed;
}

static void *run(void *argument)
{
	struct jobs *jobs = argument;
	struct task *tasks[JOBS_MAX];
	int64_t stop_ms = 0, woke_ms = 0;
	bool news = false;
	for (;;) {
		bool stopping, over = false, ending = false;
		size_t count = copy_tasks(jobs, tasks, &stopping), alive = 0;
		for (size_t i = 0; i < count; i++) {
			if (!stopping)
				news |= carry_out(jobs, tasks[i]);
			alive += tasks[i]->pid > 0;
			ending = ending || (tasks[i]->pid > 0 && tasks[i]->output < 0);
		}
		int64_t now_ms = clock_ms(CLOCK_MONOTONIC);
		if (stopping && stop_ms == 0) {
			stop_ms = now_ms;
			for (size_t i = 0; i < count; i++)
				signal_task(tasks[i], SIGINT);
		}
		if (stopping && alive == 0)
			return NULL;
		if (stopping && now_ms - stop_ms > PATIENCE_MS)
			for (size_t i = 0; i < count; i++)
				signal_task(tasks[i], SIGKILL);
		/* A process that has closed its output but not ended is looked after often. */
		int timeout_ms = ending ? LOOK_MS / 10 : stopping ? LOOK_MS : news ? WAKE_MS : -1;
		news |= wait_and_read(jobs, tasks, count, timeout_ms);
		for (size_t i = 0; i < count; i++)
			over |= finish(jobs, tasks[i], !stopping);
		now_ms = clock_ms(CLOCK_MONOTONIC);
		/* A job that says much would have the console draw all the time. */
		if ((over || (news && now_ms - woke_ms >= WAKE_MS)) && jobs->wake != NULL && !stopping) {
			jobs->wake(jobs->context);
			woke_ms = now_ms;
			news = false;
		}
	}
}

/* ---- for the console ---- */

int jobs_start(const char *program, const char *config, void (*wake)(void *context), void *context,
	struct jobs **result, struct error *error)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));
	int number = jobs == NULL ? ENOMEM : 0;
	if (number == 0) {
		jobs->program = program;
		jobs->wake = wake;
		jobs->context = context;
		jobs->wake_pipe[0] = jobs->wake_pipe[1] = -1;
		jobs->config = strdup(config);
		/* The console runs commands while it holds what is shown. */
		pthread_mutexattr_t recursive;
		pthread_mutexattr_init(&recursive);
		pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
		pthread_mutex_init(&jobs->mutex, &recursive);
		pthread_mutexattr_destroy(&recursive);
		count_running(jobs);
		if (jobs->config == NULL)
			number = ENOMEM;
		else if (pipe2(jobs->wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
			number = errno;
		else
			number = pthread_create(&jobs->thread, NULL, run, jobs);
	}
	if (number == 0) {
		*result = jobs;
		return 0;
	}
	if (jobs != NULL) {
		close_end(&jobs->wake_pipe[0]);
		close_end(&jobs->wake_pipe[1]);
		free(jobs->config);
	}
	free(jobs);
	return error_set_errno(error, number, "The console cannot prepare to run commands");
}

void jobs_stop(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	pthread_mutex_lock(&jobs->mutex);
	jobs->stopping = true;
	pthread_mutex_unlock(&jobs->mutex);
	poke(jobs);
	pthread_join(jobs->thread, NULL);
	for (struct task *gone; (gone = jobs->gone) != NULL; free_task(gone))
		jobs->gone = gone->next_gone;
	for (size_t i = 0; i < jobs->count; i++)
		free_task(jobs->tasks[i]);
	close_end(&jobs->wake_pipe[0]);
	close_end(&jobs->wake_pipe[1]);
	pthread_mutex_destroy(&jobs->mutex);
	free(jobs->config);
	free(jobs);
}

static struct task *make_task(const char *const *words, size_t count)
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
	task->job.started_ms = clock_ms(CLOCK_REALTIME);
	if (task->job.line != NULL)
		return task;
	free_task(task);
	return NULL;
}

/* The oldest that has ended makes room. False when there is none. */
static bool make_room(struct jobs *jobs)
{
	for (size_t i = jobs->count; jobs->count == JOBS_MAX && i-- > 0;) {
		if (jobs->tasks[i]->job.state == JOB_RUNNING)
			continue;
		jobs->tasks[i]->next_gone = jobs->gone;
		jobs->gone = jobs->tasks[i];
		memmove(&jobs->tasks[i], &jobs->tasks[i + 1], (jobs->count - i - 1) * sizeof(*jobs->tasks));
		jobs->count--;
	}
	return jobs->count < JOBS_MAX;
}

uint64_t jobs_run(struct jobs *jobs, const char *const *words, size_t count, bool typed)
{
	struct task *task = count > 0 && count <= ARGUMENTS_MAX ? make_task(words, count) : NULL;
	if (task == NULL)
		return 0;
	uint64_t id = 0;
	pthread_mutex_lock(&jobs->mutex);
	if (jobs->list.running < JOBS_AT_ONCE && make_room(jobs)) {
		memmove(&jobs->tasks[1], &jobs->tasks[0], jobs->count * sizeof(*jobs->tasks));
		jobs->tasks[0] = task;
		jobs->count++;
		id = task->job.id = ++jobs->ids;
		task->job.typed = typed;
		count_running(jobs);
	}
	pthread_mutex_unlock(&jobs->mutex);
	if (id == 0)
		free_task(task);
	poke(jobs);
	return id;
}

void jobs_cancel(struct jobs *jobs, uint64_t id)
{
	pthread_mutex_lock(&jobs->mutex);
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->tasks[i]->job.id == id)
			jobs->tasks[i]->job.cancels++;
	pthread_mutex_unlock(&jobs->mutex);
	poke(jobs);
}

const struct job_list *jobs_hold(struct jobs *jobs)
{
	pthread_mutex_lock(&jobs->mutex);
	return &jobs->list;
}

void jobs_release(struct jobs *jobs)
{
	pthread_mutex_unlock(&jobs->mutex);
}
