/*
 * call.h: one call of a program to the operating system, as the interposer (interpose.c) shows it to a policy.
 *
 * The interposer is a shared object that is preloaded into the real program. It stands before every entry of
 * the C library
 * through which the program and SQLite reach files, and asks a policy what is to become of each call. A policy is a
 * source file that is linked with it: strike.c makes one of them fail, or kills the process.
 */
#ifndef LINCKIA_TESTS_CRASH_CALL_H
#define LINCKIA_TESTS_CRASH_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum call_kind {
	CALL_OPEN,      /* of what exists, unchanged: open, openat, openat2 */
	CALL_CREATE,    /* the same with O_CREAT, O_TRUNC or O_TMPFILE; mkostemp */
	CALL_CLOSE,     /* close, closedir */
	CALL_READ,      /* read, pread */
	CALL_WRITE,     /* write, pwrite */
	CALL_TRUNCATE,  /* ftruncate */
	CALL_ALLOCATE,  /* fallocate */
	CALL_FLUSH,     /* fsync, fdatasync */
	CALL_FLUSH_ALL, /* syncfs */
	CALL_LINK,      /* link, linkat */
	CALL_RENAME,    /* rename, renameat, renameat2 */
	CALL_UNLINK,    /* unlink, unlinkat, rmdir, remove; AT_REMOVEDIR in flags for folders */
	CALL_MKDIR,     /* mkdir, mkdirat, mkdtemp */
	CALL_SYMLINK,   /* symlinkat */
	CALL_MODE,      /* fchmod, fchown */
	CALL_TIMES,     /* futimens, utimensat */
	CALL_LIST,      /* opendir, fdopendir, readdir */
	CALL_STAT,      /* stat, lstat, fstat, fstatat, fstatvfs, access, faccessat, readlink, readlinkat */
	CALL_LOCK,      /* fcntl with one of the F_SETLK, flock, to take one */
	CALL_MAP,       /* mmap, of a file or of nothing */
	CALL_DUPLICATE, /* dup2, fcntl with one of the F_DUPFD */
	CALL_PIPE,      /* pipe2, eventfd, inotify_init1: descriptors without a path */
	CALL_THREAD,    /* pthread_create */
	CALL_MEMORY,    /* malloc, calloc, realloc and the like; allocate.c, which has to be preloaded too */
	CALL_KINDS,
};

#define CALL_NAMES                                                                                           \
	{                                                                                                    \
		"open", "create", "close", "read", "write", "truncate", "allocate", "flush", "flush_all",    \
			"link", "rename", "unlink", "mkdir", "symlink", "mode", "times", "list", "stat",     \
			"lock", "map", "duplicate", "pipe", "thread", "memory"                               \
	}

/* What does not apply is -1 for descriptors, NULL for pointers, 0 for numbers. */
struct call {
	enum call_kind kind;
	const char *function; /* of the C library */
	int fd;               /* what it works on */
	int folder;           /* of `path`, may be AT_FDCWD */
	const char *path;
	int new_folder; /* of `new_path`, the second one of a link or rename */
	const char *new_path;
	int flags;
	mode_t mode;
	const void *data; /* what is written */
	void *status;     /* the struct stat that a look fills in */
	size_t size; /* of a transfer or a mapping; new length of a truncate; a policy may lower it for a short count */
	int64_t offset; /* -1: at the descriptor's own place */
	int mark;       /* the policy's, from before to after */
};

/* Whether such a call may change a file system, or makes a change durable. */
static inline bool call_writes(enum call_kind kind)
{
	return kind == CALL_CREATE || (kind >= CALL_WRITE && kind <= CALL_TIMES);
}

/*
 * What is to become of a call: 0 lets it happen, an errno makes it fail with that without its happening; a close
 * happens all the same. May be called from any thread; must not allocate memory, and must call nothing that is
 * interposed: raw.h has what it may use.
 */
__attribute__((visibility("default"))) int policy_before(struct call *call);
/* After a call that happened. `result` is negative when it failed, with `number` its errno; else what it returned. */
__attribute__((visibility("default"))) void policy_after(const struct call *call, int64_t result, int number);

#endif
