#include "call.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void add_word(struct call *call, char *word)
{
	assert(word && call->count < WORDS_MAX);
	call->words[call->count++] = word;
}

void call_word(struct call *call, const char *format, ...)
{
	va_list arguments;
	char *word = NULL;
	va_start(arguments, format);
	if (vasprintf(&word, format, arguments) < 0)
		abort();
	va_end(arguments);
	add_word(call, word);
}

void call_prepare(struct run *run, struct call *call, ...)
{
	static unsigned number;
	va_list words;
	*call = (struct call){.kill_after_us = -1};
	snprintf(call->out_path, sizeof(call->out_path), "call.%u.out", number % 16);
	snprintf(call->err_path, sizeof(call->err_path), "call.%u.err", number++ % 16);
	add_word(call, strdup(run->program));
	va_start(words, call);
	for (const char *word; (word = va_arg(words, const char *));)
		add_word(call, strdup(word));
	va_end(words);
}

static void redirect(const char *path, int target)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, target) < 0)
		_exit(127);
}

void call_start(struct run *run, struct call *call)
{
	fflush(run->record);
	/* A call that is killed before it has begun must not be taken for an earlier one. */
	unlink(call->out_path);
	unlink(call->err_path);
	call->began_us = now_us();
	call->pid = fork();
	if (call->pid < 0)
		differ(run, "fork: %s", strerror(errno));
	if (call->pid > 0)
		return;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		_exit(127);
	redirect(call->out_path, STDOUT_FILENO);
	redirect(call->err_path, STDERR_FILENO);
	execv(call->words[0], call->words);
	_exit(127);
}

static char *read_all(struct run *run, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	if (!file && errno != ENOENT)
		differ(run, "%s: %s", path, strerror(errno));
	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	if (file)
		fclose(file);
	return text;
}

static void record_call(struct run *run, const struct call *call)
{
	char line[1024] = "";
	size_t length = 0;
	for (int i = 1; i < call->count && length < sizeof(line) - 80; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length - 60,
			strchr(call->words[i], ' ') ? " '%s'" : " %s", call->words[i]);
	if (call->killed)
		record(run, "%s: killed after %.1f ms", line, (double)call->took_us / 1000);
	else
		record(run, "%s: %d after %.1f ms%s%s", line, call->code, (double)call->took_us / 1000,
			call->code ? ": " : "", call->code ? call->err : "");
}

/* Waits for a process until a moment; whether it has ended by then. */
static bool wait_until(struct run *run, const struct call *call, int64_t until_us, int *status)
{
	int64_t left_us = until_us - now_us();
	struct timespec left = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
	struct pollfd ended = {.fd = pidfd_open(call->pid, 0), .events = POLLIN};
	if (ended.fd < 0)
		differ(run, "pidfd_open: %s", strerror(errno));
	if (left_us > 0 && ppoll(&ended, 1, &left, NULL) < 0)
		differ(run, "ppoll: %s", strerror(errno));
	close(ended.fd);
	return waitpid(call->pid, status, WNOHANG) == call->pid;
}

void call_finish(struct run *run, struct call *call)
{
	int64_t limit_us = call->began_us + CALL_LIMIT_S * INT64_C(1000000);
	bool kills = call->kill_after_us >= 0, hangs = false;
	int status = 0;
	if (!wait_until(run, call, kills ? call->began_us + call->kill_after_us : limit_us, &status)) {
		hangs = !kills;
		if (kill(call->pid, SIGKILL) < 0 || waitpid(call->pid, &status, 0) < 0)
			differ(run, "cannot kill process %d: %s", (int)call->pid, strerror(errno));
	}
	call->took_us = now_us() - call->began_us;
	call->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	call->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	call->out = read_all(run, call->out_path);
	call->err = read_all(run, call->err_path);
	record_call(run, call);
	if (hangs)
		differ(run, "this command did not end within %d seconds", CALL_LIMIT_S);
	if (!call->killed && !WIFEXITED(status))
		differ(run, "this command was ended by signal %d: %s", WTERMSIG(status), call->err);
}

void call_do(struct run *run, struct call *call)
{
	call_start(run, call);
	call_finish(run, call);
}

void call_release(struct call *call)
{
	for (int i = 0; i < call->count; i++)
		free(call->words[i]);
	free(call->out);
	free(call->err);
}

void call_must(struct run *run, struct call *call)
{
	call_do(run, call);
	if (call->code != 0 && !call->killed)
		differ(run, "this command failed");
}

cJSON *call_json(struct run *run, struct call *call)
{
	cJSON *document = cJSON_Parse(call->out);
	if (!document)
		differ(run, "this is no JSON document: %.2000s", call->out);
	return document;
}

const char *json_text(struct run *run, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	if (!cJSON_IsString(item))
		differ(run, "no text '%s' in the answer", key);
	return item->valuestring;
}

uint64_t json_number(struct run *run, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	if (!cJSON_IsNumber(item))
		differ(run, "no number '%s' in the answer", key);
	return (uint64_t)item->valuedouble;
}
