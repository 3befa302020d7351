#include "engine/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100 };

static void make_temporary(const struct env *env, char out[48])
{
	snprintf(out, 48, ".linckia-%016llx.part", (unsigned long long)env->dice->next(env->dice));
}

void outfile_times(struct timespec times[2], int64_t mtime_ns)
{
	times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
	/* Rounded down also before 1970. */
	int64_t seconds = mtime_ns / 1000000000, after = mtime_ns % 1000000000;
	if (after < 0) {
		seconds--;
		after += 1000000000;
	}
	times[1] = (struct timespec){.tv_sec = seconds, .tv_nsec = after};
}

int outfile_begin(struct outfile *output, const struct env *env, int folder, const char *name)
{
	*output = (struct outfile){.env = env, .folder = folder, .name = name};
	output->fd = env->io->openat(env->io, folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (output->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOSYS)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		make_temporary(env, output->temporary);
		output->fd = env->io->openat(env->io, folder, output->temporary,
			O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
		if (output->fd >= 0 || errno != EEXIST)
			break;
	}
	return output->fd < 0 ? -1 : 0;
}

void outfile_abort(struct outfile *output)
{
	struct io *io = output->env->io;
	int number = errno;
	if (output->fd >= 0)
		io->close(io, output->fd);
	if (output->temporary[0])
		io->unlinkat(io, output->folder, output->temporary, 0);
	output->fd = -1;
	errno = number;
}

static int link_unnamed(struct outfile *output, const char *name)
{
	struct io *io = output->env->io;
	char self[32];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", output->fd);
	return io->linkat(io, AT_FDCWD, self, output->folder, name, AT_SYMLINK_FOLLOW);
}

/* Gives the file its name, replacing what has it. */
static int take_name(struct outfile *output)
{
	struct io *io = output->env->io;
	if (!output->temporary[0]) {
		if (link_unnamed(output, output->name) == 0)
			return 0;
		/* A link replaces nothing: link under a name that is free, then rename. */
		for (int i = 0; errno == EEXIST && i < TRIES; i++) {
			make_temporary(output->env, output->temporary);
			if (link_unnamed(output, output->temporary) == 0)
				break;
			output->temporary[0] = '\0';
		}
		if (!output->temporary[0])
			return -1;
	}
	return io->renameat2(io, output->folder, output->temporary, output->folder, output->name, 0);
}

/*
 * Who owns a file is not stored, so a set-user-ID or set-group-ID bit would lend the rights of whoever fetches it to
 * bytes that another user may have put: like the owner, it stays behind.
 */
static mode_t mode_to_give(mode_t stored)
{
	return stored & 01777;
}

int outfile_finish(struct outfile *output, mode_t mode, int64_t mtime_ns)
{
	struct io *io = output->env->io;
	struct timespec times[2];
	outfile_times(times, mtime_ns);
	/* Some file systems tell of a failed write only at a close, so one comes before the name does. */
	int copy = fcntl(output->fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || io->close(io, copy) < 0 || io->fchmod(io, output->fd, mode_to_give(mode)) < 0 ||
		futimens(output->fd, times) < 0 || take_name(output) < 0) {
		outfile_abort(output);
		return -1;
	}
	output->temporary[0] = '\0';
	io->close(io, output->fd);
	output->fd = -1;
	return 0;
}

int outfile_link(const struct env *env, int folder, const char *name, const char *target, int64_t mtime_ns)
{
	char temporary[48];
	struct timespec times[2];
	outfile_times(times, mtime_ns);
	int made = -1;
	for (int i = 0; made < 0 && i < TRIES; i++) {
		make_temporary(env, temporary);
		made = symlinkat(target, folder, temporary);
		if (made < 0 && errno != EEXIST)
			return -1;
	}
	if (made < 0)
		return -1;
	utimensat(folder, temporary, times, AT_SYMLINK_NOFOLLOW); /* a link's time is a nicety */
	if (env->io->renameat2(env->io, folder, temporary, folder, name, 0) < 0) {
		int number = errno;
		env->io->unlinkat(env->io, folder, temporary, 0);
		errno = number;
		return -1;
	}
	return 0;
}
