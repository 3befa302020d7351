/*
 * strike.c: a policy that counts calls, and at the n-th of a kind strikes. See strike.h.
 */
#include "tests/crash/strike.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/raw.h"

enum action { COUNT, KILL, TEAR, SHORTEN, FAIL };
enum { EVERY_WRITE = CALL_KINDS, MARK_TORN = 1, FRAMES_MAX = 16 };

static struct strike {
	struct strike_report *report;
	struct strike_call *calls; /* room for so many: */
	uint64_t calls_max;
	char under[PATH_MAX];
	size_t under_length;
	int kind; /* EVERY_WRITE: all that write */
	enum action action;
	int number; /* an errno */
	bool lasting, sanitized;
	uint64_t at;
	atomic_uint_fast64_t seen;
} strike;

static _Noreturn void refuse(const char *what)
{
	raw_write(2, "strike: cannot use ", 19);
	raw_write(2, what, strlen(what));
	raw_write(2, "\n", 1);
	abort();
}

static int kind_of(const char *name)
{
	static const char *const names[] = CALL_NAMES;
	for (int i = 0; i < CALL_KINDS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	if (strcmp(name, "writes") != 0)
		refuse("STRIKE_KIND");
	return EVERY_WRITE;
}

static void read_action(const char *action)
{
	if (strcmp(action, "kill") == 0) {
		strike.action = KILL;
	} else if (strcmp(action, "torn") == 0) {
		strike.action = TEAR;
	} else if (strcmp(action, "short") == 0) {
		strike.action = SHORTEN;
	} else {
		strike.action = FAIL;
		strike.number = atoi(action);
		if (strike.number <= 0)
			refuse("STRIKE_ACTION");
	}
}

static __attribute__((constructor)) void begin(void)
{
	const char *report = getenv("STRIKE_REPORT"), *under = getenv("STRIKE_UNDER");
	const char *kind = getenv("STRIKE_KIND"), *at = getenv("STRIKE_AT");
	const char *action = getenv("STRIKE_ACTION");
	if (!report)
		return;
	if (under && strlen(under) >= sizeof(strike.under))
		refuse("STRIKE_UNDER");
	if (under) {
		strike.under_length = strlen(under);
		memcpy(strike.under, under, strike.under_length + 1);
	}
	strike.lasting = getenv("STRIKE_LASTING") != NULL;
	if (kind) {
		if (!at || !action)
			refuse("STRIKE_KIND without STRIKE_AT and STRIKE_ACTION");
		strike.kind = kind_of(kind);
		strike.at = strtoull(at, NULL, 10);
		read_action(action);
	}
	const char *calls = getenv("STRIKE_CALLS");
	strike.calls_max = calls ? strtoull(calls, NULL, 10) : 0;
	void *frame[1];
	strike.sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != NULL;
	if (strike.calls_max || strike.sanitized)
		backtrace(frame, 1); /* the first time it loads a library */
	int fd = raw_open(AT_FDCWD, report, O_RDWR | O_CLOEXEC, 0);
	struct strike_report *mapped =
		fd < 0 ? NULL : raw_map(fd, sizeof(*mapped) + strike.calls_max * sizeof(*strike.calls));
	if (!mapped)
		refuse(report);
	raw_close(fd);
	unsetenv(
		"STRIKE_REPORT"); /* what this process runs, as a sanitizer does to name functions, is let be */
	strike.calls = (struct strike_call *)(mapped + 1);
	strike.report = mapped; /* from now on it counts */
}

static bool is_under(const char *path)
{
	return strncmp(path, strike.under, strike.under_length) == 0;
}

static bool fd_is_under(int fd)
{
	char path[PATH_MAX];
	return fd >= 0 && raw_path_of(fd, path, sizeof(path)) > 0 && is_under(path);
}

static bool place_is_under(int folder, const char *path)
{
	if (path && path[0] == '/')
		return is_under(path);
	return fd_is_under(folder);
}

static bool counts(const struct call *call)
{
	if (strike.under_length == 0 || call->kind == CALL_MEMORY || call->kind == CALL_THREAD ||
		call->kind == CALL_PIPE || (call->kind == CALL_MAP && call->fd < 0))
		return true;
	if (call->fd >= 0)
		return fd_is_under(call->fd);
	return place_is_under(call->folder, call->path) || place_is_under(call->new_folder, call->new_path);
}

static void describe(const struct call *call, uint64_t n)
{
	char path[PATH_MAX] = "";
	if (call->fd >= 0)
		raw_path_of(call->fd, path, sizeof(path));
	else if (call->folder >= 0)
		raw_path_of(call->folder, path, sizeof(path));
	const char *name = call->new_path ? call->new_path : call->path ? call->path : "";
	snprintf(strike.report->what, sizeof(strike.report->what),
		"%s %.100s%s%.100s, %zu bytes at %lld (call %llu)", call->function,
		path + (is_under(path) ? strike.under_length : 0), *path && *name ? "/" : "", name,
		call->size, (long long)call->offset, (unsigned long long)n);
}

/* FNV-1a. Where a library is loaded differs from run to run, so an address counts from its beginning. */
static uint64_t site_of_call(void)
{
	void *frames[FRAMES_MAX];
	Dl_info info;
	uint64_t site = 0xcbf29ce484222325;
	int count = backtrace(frames, FRAMES_MAX);
	for (int i = 0; i < count; i++) {
		uint64_t address = (uint64_t)(uintptr_t)frames[i];
		if (dladdr(frames[i], &info))
			address -= (uint64_t)(uintptr_t)info.dli_fbase;
		site = (site ^ address) * 0x100000001b3;
	}
	return site;
}

static bool is_divisible(const struct call *call)
{
	return (call->kind == CALL_READ || call->kind == CALL_WRITE) && call->size > 1;
}

static void list(const struct call *call)
{
	static _Thread_local bool listing;
	if (listing)
		return;
	listing = true; /* of what is called from here nothing is listed */
	uint64_t i = atomic_fetch_add(&strike.report->called, 1);
	if (i < strike.calls_max)
		strike.calls[i] = (struct strike_call){site_of_call(), call->kind, is_divisible(call)};
	listing = false;
}

/*
 * Whether a sanitizer wants memory for itself, be it by functions of the C library. It cannot go on without, which
 * says nothing about the program.
 */
static bool is_of_sanitizer(const struct call *call)
{
	static const char *const between[] = {"/libstrike", "/liballocate", "/libc.so", "/ld-linux"};
	void *frames[FRAMES_MAX];
	Dl_info info;
	int count = strike.sanitized && call->kind == CALL_MEMORY ? backtrace(frames, FRAMES_MAX) : 0;
	for (int i = 0; i < count && dladdr(frames[i], &info); i++) {
		bool passes = false;
		if (strstr(info.dli_fname, "libclang_rt"))
			return true;
		for (size_t k = 0; k < sizeof(between) / sizeof(*between); k++)
			passes = passes || strstr(info.dli_fname, between[k]);
		if (!passes)
			return false;
	}
	return false;
}

/* Whether this is the call to strike. */
static bool is_next(const struct call *call)
{
	bool transfer = is_divisible(call);
	bool of_kind = strike.kind == EVERY_WRITE ? call_writes(call->kind) : (int)call->kind == strike.kind;
	if (!of_kind || ((strike.action == TEAR || strike.action == SHORTEN) && !transfer) ||
		(strike.action == TEAR && call->kind != CALL_WRITE))
		return false;
	uint64_t n = atomic_fetch_add(&strike.seen, 1) + 1;
	if (n < strike.at || (n > strike.at && !strike.lasting) || is_of_sanitizer(call))
		return false;
	if (atomic_fetch_add(&strike.report->struck, 1) == 0)
		describe(call, n);
	return true;
}

int policy_before(struct call *call)
{
	if (!strike.report || !counts(call))
		return 0;
	if (strike.calls_max)
		list(call);
	if (strike.action == COUNT || !is_next(call))
		return 0;
	if (strike.action == KILL)
		raw_kill();
	if (strike.action == FAIL)
		return strike.number;
	call->size /= 2;
	call->mark = strike.action == TEAR ? MARK_TORN : 0;
	return 0;
}

void policy_after(const struct call *call, int64_t result, int number)
{
	(void)result;
	(void)number;
	if (call->mark == MARK_TORN)
		raw_kill();
}
