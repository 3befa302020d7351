/*
 * jobs.c: starting, reading and ending processes. What one of them is and says is task.c.
 *
 *	jobs_run ──▶ waiting ──▶ running ──▶ done, failed, cancelled
 *	                start()      finish()
 *
 * The thread sleeps in poll() on a pipe that wakes it and on the pipes of the jobs. A job is over when its output is
 * at the end and waitpid() has told how it ended; when all jobs are stopped, the latter is enough.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tui/jobs.h"
#include "tui/task.h"

enum { PATIENCE_MS = 3000, LOOK_MS = 100, WAKE_MS = 50 };

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

static void poke(struct jobs *jobs)
{
	ssize_t ignored = write(jobs->wake_pipe[1], "", 1);
	(void)ignored;
}

static void count_running(struct jobs *jobs)
{
	jobs->list.jobs = (const struct job *const *)jobs->tasks;
	jobs->list.count = jobs->count;
	jobs->list.running = 0;
	for (size_t i = 0; i < jobs->count; i++)
		jobs->list.running += jobs->tasks[i]->job.state == JOB_RUNNING;
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
		task_close(fd);
	} else if (is_progress) {
		task_take_progress(task, bytes, (size_t)length);
	} else {
		task_take_output(task, bytes, (size_t)length);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return true;
}

/* ---- beginning and end ---- */

static void start(struct jobs *jobs, struct task *task)
{
	int output[2] = {-1, -1}, progress[2] = {-1, -1}, number = 0;
	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(progress, O_CLOEXEC) != 0)
		number = errno;
	/*
	 * Descriptors below PROGRESS_FD + 1 would be in each other's way in the new process; there are none, because
	 * a console has more than that open before. Whoever writes progress never waits.
	 */
	if (number == 0) {
		assert(output[0] > PROGRESS_FD && progress[0] > PROGRESS_FD);
		fcntl(output[0], F_SETFL, O_NONBLOCK);
		fcntl(progress[0], F_SETFL, O_NONBLOCK);
		fcntl(progress[1], F_SETFL, O_NONBLOCK);
		number = task_spawn(task, jobs->program, jobs->config, output[1], progress[1]);
	}
	task_close(&output[1]);
	task_close(&progress[1]);
	pthread_mutex_lock(&jobs->mutex);
	task->rated_ms = task_clock_ms(CLOCK_MONOTONIC);
	task_forget_words(task);
	if (number == 0) {
		task->output = output[0];
		task->progress = progress[0];
	} else {
		task_close(&output[0]);
		task_close(&progress[0]);
		task->job.state = JOB_FAILED;
		task->job.ended_ms = task_clock_ms(CLOCK_REALTIME);
		snprintf(task->job.outcome, sizeof(task->job.outcome), "it cannot be started: %s",
			strerror(number));
	}
	count_running(jobs);
	pthread_mutex_unlock(&jobs->mutex);
}

/*
 * Whether the process has ended; then the job has too. Its output
 * may still be held by others, which counts if `polite`.
 */
static bool finish(struct jobs *jobs, struct task *task, bool polite)
{
	int status;
	if (task->pid <= 0 || (polite && task->output >= 0) ||
		waitpid(task->pid, &status, WNOHANG) != task->pid)
		return false;
	pthread_mutex_lock(&jobs->mutex);
	struct job *job = &task->job;
	task->pid = 0;
	task_close(&task->output);
	task_close(&task->progress);
	job->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	job->state = task->sent > 0 && job->exit_code != 0 ? JOB_CANCELLED
		     : job->exit_code == 0                 ? JOB_DONE
							   : JOB_FAILED;
	job->ended_ms = task_clock_ms(CLOCK_REALTIME);
	task_conclude(task);
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
	for (struct task *gone; (gone = jobs->gone) != NULL; task_free(gone))
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
		int64_t now_ms = task_clock_ms(CLOCK_MONOTONIC);
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
		now_ms = task_clock_ms(CLOCK_MONOTONIC);
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
		task_close(&jobs->wake_pipe[0]);
		task_close(&jobs->wake_pipe[1]);
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
	for (struct task *gone; (gone = jobs->gone) != NULL; task_free(gone))
		jobs->gone = gone->next_gone;
	for (size_t i = 0; i < jobs->count; i++)
		task_free(jobs->tasks[i]);
	task_close(&jobs->wake_pipe[0]);
	task_close(&jobs->wake_pipe[1]);
	pthread_mutex_destroy(&jobs->mutex);
	free(jobs->config);
	free(jobs);
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
	struct task *task = count > 0 && count <= ARGUMENTS_MAX ? task_new(words, count) : NULL;
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
		task_free(task);
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

const struct job *job_list_find(const struct job_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->jobs[i]->id == id)
			return list->jobs[i];
	return NULL;
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
