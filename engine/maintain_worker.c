/*
 * maintain_worker.c: the threads that carry out tasks.
 *
 * They are as many as may be transferring at once, or were allowed to before the config was changed; those that are
 * too many wait. Each takes one buffer for one task, so that the pool bounds the memory. They are nicer than the
 * threads of clients, which come first on the processors too.
 */
#include "engine/maintain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NICENESS = 10, WORKERS_MAX = 256 };

void maintain_wake(struct maintenance *maintenance)
{
	eventfd_write(maintenance->wake_fd, 1);
}

void maintain_submit(struct maintenance *maintenance, struct task *task)
{
	pthread_mutex_lock(&maintenance->mutex);
	task->next = NULL;
	*maintenance->ready_end = task;
	maintenance->ready_end = &task->next;
	maintenance->ready_count++;
	pthread_cond_signal(&maintenance->work);
	pthread_mutex_unlock(&maintenance->mutex);
}

/* The mutex is held. */
static struct task *take_ready(struct maintenance *maintenance)
{
	struct task *task = maintenance->ready;
	if (task) {
		maintenance->ready = task->next;
		if (!maintenance->ready)
			maintenance->ready_end = &maintenance->ready;
		maintenance->ready_count--;
		maintenance->running++;
	}
	return task;
}

static void run_task(struct maintenance *maintenance, struct task *task)
{
	struct buffer *buffer = pool_take(maintenance->store->pool);
	task_run(task, maintenance->store, buffer);
	pool_give(maintenance->store->pool, buffer);
}

static void end_task(struct maintenance *maintenance, struct task *task)
{
	pthread_mutex_lock(&maintenance->mutex);
	task->next = NULL;
	*maintenance->done_end = task;
	maintenance->done_end = &task->next;
	maintenance->done_count++;
	maintenance->running--;
	pthread_mutex_unlock(&maintenance->mutex);
	maintain_wake(maintenance);
}

static struct task *begin_next(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	struct task *task = take_ready(maintenance);
	pthread_mutex_unlock(&maintenance->mutex);
	return task;
}

/* ---- without threads ---- */

/* Keeps a task that was carried out aside until its time has come; they stay in the order of that. */
static void keep_until_due(struct maintenance *maintenance, struct task *task)
{
	struct task **place = &maintenance->aside;
	while (*place && (*place)->ended_ns <= task->ended_ns)
		place = &(*place)->next;
	task->next = *place;
	*place = task;
}

static void end_due_tasks(struct maintenance *maintenance)
{
	int64_t now = maintain_now_ns(maintenance);
	while (maintenance->aside && maintenance->aside->ended_ns <= now) {
		struct task *task = maintenance->aside;
		maintenance->aside = task->next;
		end_task(maintenance, task);
	}
}

/* On a clock that jumps, tasks take the time that they slept, as many of them at once as there would be threads. */
static void run_aside(struct maintenance *maintenance)
{
	struct timekeeper *time = maintenance->store->env->time;
	end_due_tasks(maintenance);
	while (maintenance->running < maintenance->settings.repair_concurrency) {
		struct task *task = begin_next(maintenance);
		if (!task)
			return;
		int64_t began = time->begin_aside(time);
		run_task(maintenance, task);
		time->end_aside(time, began);
		keep_until_due(maintenance, task);
		end_due_tasks(maintenance);
	}
}

void maintain_run_ready(struct maintenance *maintenance)
{
	struct task *task;
	if (maintenance->store->env->time->begin_aside) {
		run_aside(maintenance);
		return;
	}
	while ((task = begin_next(maintenance))) {
		run_task(maintenance, task);
		end_task(maintenance, task);
	}
}

int64_t maintain_next_end_ns(const struct maintenance *maintenance)
{
	return maintenance->aside ? maintenance->aside->ended_ns : INT64_MAX;
}

/* ---- threads ---- */

struct task *maintain_take_done(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	struct task *done = maintenance->done;
	maintenance->done = NULL;
	maintenance->done_end = &maintenance->done;
	maintenance->done_count = 0;
	pthread_mutex_unlock(&maintenance->mutex);
	return done;
}

size_t maintain_unfinished(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	size_t done = maintenance->done_count;
	pthread_mutex_unlock(&maintenance->mutex);
	assert(done <= maintenance->task_count);
	return maintenance->task_count - done;
}

/* On Linux this is the thread's own niceness (setpriority(2)); without it, only politeness is lost. */
void maintain_be_nice(void)
{
	if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS) < 0)
		(void)0;
}

static void *work(void *argument)
{
	struct maintenance *maintenance = argument;
	maintain_be_nice();
	network_heed(&maintenance->stopping);
	for (;;) {
		pthread_mutex_lock(&maintenance->mutex);
		struct task *task = NULL;
		while (!maintenance->stopping && (maintenance->running >= maintenance->running_max ||
							 !(task = take_ready(maintenance))))
			pthread_cond_wait(&maintenance->work, &maintenance->mutex);
		pthread_mutex_unlock(&maintenance->mutex);
		if (!task)
			return NULL;
		run_task(maintenance, task);
		end_task(maintenance, task);
	}
}

/* Starts workers until there are as many as may run at once. 0, or an errno: with fewer it merely takes longer. */
static int add_workers(struct maintenance *maintenance)
{
	size_t count = maintenance->settings.repair_concurrency;
	count = count > WORKERS_MAX ? WORKERS_MAX : count;
	/* A buffer is left for clients in this process. */
	size_t buffers = pool_count(maintenance->store->pool) - 1;
	count = count > buffers ? buffers : count;
	pthread_mutex_lock(&maintenance->mutex);
	maintenance->running_max = count;
	pthread_cond_broadcast(&maintenance->work);
	pthread_mutex_unlock(&maintenance->mutex);
	while (maintenance->worker_count < count) {
		pthread_t *worker = &maintenance->workers[maintenance->worker_count];
		int number = pthread_create(worker, NULL, work, maintenance);
		if (number)
			return number;
		maintenance->worker_count++;
	}
	return 0;
}

int maintain_start_workers(struct maintenance *maintenance, struct error *error)
{
	maintenance->workers = calloc(WORKERS_MAX, sizeof(*maintenance->workers));
	if (!maintenance->workers)
		return error_set_errno(error, ENOMEM, "cannot start to maintain the store");
	int number = add_workers(maintenance);
	if (maintenance->worker_count == 0)
		return error_set_errno(error, number, "cannot start a thread");
	return 0;
}

void maintain_adjust_workers(struct maintenance *maintenance)
{
	if (maintenance->threaded)
		add_workers(maintenance);
}

void maintain_stop_workers(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	maintenance->stopping = true;
	pthread_cond_broadcast(&maintenance->work);
	pthread_mutex_unlock(&maintenance->mutex);
	for (size_t i = 0; i < maintenance->worker_count; i++)
		pthread_join(maintenance->workers[i], NULL);
	maintenance->worker_count = 0;
	free(maintenance->workers);
	maintenance->workers = NULL;
}
