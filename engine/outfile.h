/*
 * outfile.h: a file that appears under its name only when it is whole.
 *
 * The file is made without a name (O_TMPFILE), so that nothing is left behind however the process ends, or, where the
 * file system has no such files, under a temporary name beside the final one. It gets its name by a link, or by a
 * rename when a file of that name is to be replaced. What is written is flushed no more than `cp` would.
 */
#ifndef LINCKIA_ENGINE_OUTFILE_H
#define LINCKIA_ENGINE_OUTFILE_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "engine/env.h"

struct outfile {
	const struct env *env;
	int folder;
	const char *name; /* in `folder`; the caller's */
	int fd;
	char temporary[48]; /* "" while the file has no name at all */
};

/* What futimens() takes to set the modification time alone. */
void outfile_times(struct timespec times[2], int64_t mtime_ns);

/* Begins the file `name` in `folder`. 0, or -1 with errno. */
int outfile_begin(struct outfile *output, const struct env *env, int folder, const char *name);

/*
 * Gives the file its mode, but for set-user-ID and set-group-ID, its time and its name. After a failure (-1 with
 * errno) nothing is left.
 */
int outfile_finish(struct outfile *output, mode_t mode, int64_t mtime_ns);

/* Drops the file. */
void outfile_abort(struct outfile *output);

/* Makes a symbolic link in the same way: it replaces a file or link of that name. 0, or -1 with errno. */
int outfile_link(const struct env *env, int folder, const char *name, const char *target, int64_t mtime_ns);

#endif
