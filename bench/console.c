/*
 * console.c: how the console behaves on a terminal of its own, which is a pseudo-terminal.
 *
 *	console start PROGRAM CONFIG			milliseconds until the health stands on the screen
 *	console idle PROGRAM CONFIG SECONDS		share of a core, and bytes a second to the terminal
 *	console keys PROGRAM CONFIG PRESSES		milliseconds from a key to what it shows: median, p99
 *	console memory PROGRAM CONFIG SECONDS		KiB at the most, while it goes through all screens
 *	console lost PROGRAM CONFIG			milliseconds from the terminal's end to the end of the process
 *
 * The terminal is 200 by 60 cells (LINES and COLUMNS choose another size). The figure, or figures, are printed
 * alone, so that a script can read them.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PRESSES_MAX = 10000, WAIT_MS = 20000, KEPT = 256 };

static struct {
	pid_t pid;
	int terminal;
	size_t bytes;    /* that it has written */
	char kept[KEPT]; /* the end of what was read before, so that a word may lie across two reads */
	size_t kept_length;
} console;

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "console: %s\n", what);
	if (console.pid > 0)
		kill(console.pid, SIGKILL);
	exit(1);
}

static int number_in(const char *name, int otherwise)
{
	const char *text = getenv(name);
	return text != NULL && atoi(text) > 0 ? atoi(text) : otherwise;
}

static void begin(const char *program, const char *config)
{
	struct winsize size = {.ws_row = (unsigned short)number_in("LINES", 60),
		.ws_col = (unsigned short)number_in("COLUMNS", 200)};
	console.pid = forkpty(&console.terminal, NULL, NULL, &size);
	if (console.pid < 0)
		give_up("no pseudo-terminal");
	if (console.pid > 0)
		return;
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	execl(program, program, "-c", config, "console", (char *)NULL);
	_exit(127);
}

/* Reads what has come, for at most `timeout_ms`. Returns false when nothing came; `*found` when `word` did. */
static bool take(double timeout_ms, const char *word, bool *found)
{
	char bytes[KEPT + 65536 + 1];
	struct pollfd in = {.fd = console.terminal, .events = POLLIN};
	if (timeout_ms < 0 || poll(&in, 1, (int)timeout_ms) <= 0)
		return false;
	memcpy(bytes, console.kept, console.kept_length);
	ssize_t length = read(console.terminal, bytes + console.kept_length, 65536);
	if (length <= 0)
		give_up("the console has ended");
	console.bytes += (size_t)length;
	size_t total = console.kept_length + (size_t)length;
	if (word != NULL && memmem(bytes, total, word, strlen(word)) != NULL)
		*found = true;
	console.kept_length = total < KEPT ? total : KEPT;
	memcpy(console.kept, bytes + total - console.kept_length, console.kept_length);
	return true;
}

static void forget(void)
{
	console.kept_length = 0;
}

/* Waits for `word` and returns when it came. */
static double wait_for(const char *word)
{
	double until = now_ms() + WAIT_MS;
	for (bool found = false; !found;)
		if (!take(until - now_ms(), word, &found) && now_ms() >= until)
			give_up("what was waited for did not come");
	return now_ms();
}

static void read_for(double milliseconds)
{
	double until = now_ms() + milliseconds;
	for (double left; (left = until - now_ms()) > 0;)
		take(left + 1, NULL, NULL);
}

static void press(const char *keys)
{
	if (write(console.terminal, keys, strlen(keys)) < 0)
		give_up("the terminal takes no keys");
}

static void quit(void)
{
	int status;
	press("q");
	double until = now_ms() + WAIT_MS;
	while (waitpid(console.pid, &status, WNOHANG) == 0) {
		char bytes[4096];
		struct pollfd in = {.fd = console.terminal, .events = POLLIN};
		if (poll(&in, 1, 20) > 0 && read(console.terminal, bytes, sizeof(bytes)) < 0 && errno != EIO)
			give_up("the terminal cannot be read");
		if (now_ms() > until)
			give_up("the console does not end");
	}
	console.pid = 0;
}

static double cpu_ms(void)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)console.pid);
	unsigned long long total = 0;
	/* The sum over all threads, in clock ticks, is too coarse for what is at rest: add up nanoseconds. */
	snprintf(path, sizeof(path), "ls /proc/%d/task", (int)console.pid);
	FILE *tasks = popen(path, "r");
	while (tasks != NULL && fgets(text, sizeof(text), tasks) != NULL) {
		char stat[96];
		snprintf(stat, sizeof(stat), "/proc/%d/task/%d/schedstat", (int)console.pid, atoi(text));
		FILE *in = fopen(stat, "r");
		unsigned long long ran = 0;
		if (in != NULL && fscanf(in, "%llu", &ran) == 1)
			total += ran;
		if (in != NULL)
			fclose(in);
	}
	if (tasks != NULL)
		pclose(tasks);
	return (double)total / 1e6;
}

static long peak_kib(void)
{
	char path[64], text[256];
	long peak = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)console.pid);
	FILE *in = fopen(path, "r");
	while (in != NULL && fgets(text, sizeof(text), in) != NULL)
		if (sscanf(text, "VmHWM: %ld", &peak) == 1)
			break;
	if (in != NULL)
		fclose(in);
	return peak;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static void measure_idle(int seconds)
{
	read_for(5000); /* what comes after the start is not rest */
	double cpu = cpu_ms(), begin_ms = now_ms();
	size_t bytes = console.bytes;
	read_for(seconds * 1000.0);
	double took = now_ms() - begin_ms;
	printf("%.3f %.0f\n", (cpu_ms() - cpu) / took * 100, (double)(console.bytes - bytes) / took * 1000);
}

/* The help has a title that stands on no other screen; coming and going, it is looked for each time. */
static void measure_keys(int presses)
{
	static double times[PRESSES_MAX];
	int count = presses < PRESSES_MAX ? presses : PRESSES_MAX;
	unsigned dice = 1;
	for (int i = 0; i < count; i++) {
		dice = dice * 1103515245 + 12345;
		read_for(20 + dice / 65536 % 80);
		forget();
		double at = now_ms();
		press("?");
		times[i] = wait_for("Help") - at;
		press("q");
		read_for(30);
	}
	qsort(times, (size_t)count, sizeof(*times), by_size);
	printf("%.2f %.2f\n", times[count / 2],
		times[count * 99 / 100 < count ? count * 99 / 100 : count - 1]);
}

static void measure_memory(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		char key[2] = {(char)('1' + i % 9), '\0'};
		press(key);
		read_for(1000);
	}
	press("1");
	read_for(200);
	printf("%ld\n", peak_kib());
}

static void measure_lost(void)
{
	int status;
	read_for(1000);
	double at = now_ms();
	close(console.terminal);
	while (waitpid(console.pid, &status, WNOHANG) == 0) {
		if (now_ms() - at > WAIT_MS)
			give_up("the console does not end");
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	printf("%.0f\n", now_ms() - at);
	console.pid = 0;
}

int main(int count, char **arguments)
{
	if (count < 4) {
		fprintf(stderr, "console: start|idle|keys|memory|lost PROGRAM CONFIG [NUMBER]\n");
		return 2;
	}
	const char *what = arguments[1];
	int number = count > 4 ? atoi(arguments[4]) : 10;
	double at = now_ms();
	begin(arguments[2], arguments[3]);
	double shown = wait_for("nodes up");
	if (strcmp(what, "start") == 0)
		printf("%.0f\n", shown - at);
	else if (strcmp(what, "idle") == 0)
		measure_idle(number);
	else if (strcmp(what, "keys") == 0)
		measure_keys(number);
	else if (strcmp(what, "memory") == 0)
		measure_memory(number);
	else if (strcmp(what, "lost") == 0)
		measure_lost();
	else
		give_up("nobody knows how to measure that");
	if (console.pid > 0)
		quit();
	return 0;
}
