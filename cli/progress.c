#include "cli/progress.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/signals.h"
#include "cli/width.h"

enum { BAR_COLUMNS = 16, LINE_COLUMNS_MAX = 200, NAME_COLUMNS_MIN = 8, FEED_NAME = 240 };
static const double redraw_s = 0.1;
static const double memory_s = 3; /* how far back the rate looks */

static struct {
	bool active;
	bool drawn;
	double started_s, drawn_s;
	uint64_t drawn_bytes;
	double rate;
	const char *things;
	bool feeds;      /* lines go to `feed_fd` */
	char line[4096]; /* the newest of them that was not written */
} bar;

static int feed_fd = -1; /* what another program reads progress from */

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_adopt_feed(void)
{
	const char *text = getenv("LINCKIA_PROGRESS_FD");
	char *end;
	long number = text && *text ? strtol(text, &end, 10) : -1;
	feed_fd = -1;
	if (number <= STDERR_FILENO || number > INT_MAX || *end != '\0')
		return;
	int mode = fcntl((int)number, F_GETFL);
	if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY)
		return;
	feed_fd = (int)number;
	fcntl(feed_fd, F_SETFD, FD_CLOEXEC);
}

/*
 * The line is shorter than PIPE_BUF, so where there is room it goes as a whole and at once, also where the other end
 * has not been told never to wait. If not it is kept: it may be the last one.
 */
static void write_line(void)
{
	struct pollfd room = {.fd = feed_fd, .events = POLLOUT};
	static_assert(sizeof(bar.line) <= PIPE_BUF, "a line is written as a whole");
	if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 &&
		write(feed_fd, bar.line, strlen(bar.line)) >= 0)
		bar.line[0] = '\0';
}

static void feed(const struct progress *progress, bool now)
{
	char name[TEXT_ESCAPED_SIZE(FEED_NAME)];
	const char *text = progress->name ? progress->name : "";
	size_t length = strnlen(text, FEED_NAME);
	/* Not through the middle of a character. */
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	text_escape(name, sizeof(name), text, length, false);
	snprintf(bar.line, sizeof(bar.line), "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
		progress->bytes_done, progress->bytes_total, progress->files_done, progress->files_total,
		name);
	if (now)
		write_line();
}

bool progress_start(bool wanted, const char *things)
{
	const char *terminal = getenv("TERM");
	bar.feeds = wanted && feed_fd >= 0;
	bar.line[0] = '\0';
	/* A reader that is gone must not end the work. */
	if (bar.feeds)
		signals_ignore_pipe();
	bar.active = wanted && (bar.feeds || (isatty(STDERR_FILENO) && terminal && *terminal &&
						     strcmp(terminal, "dumb") != 0));
	bar.drawn = false;
	bar.started_s = bar.drawn_s = now_s();
	bar.drawn_bytes = 0;
	bar.rate = 0;
	bar.things = things;
	return bar.active;
}

/* Appends `part` behind two blanks when all of it fits. All parts but the name are ASCII. */
static size_t append(char *out, size_t size, size_t used, size_t columns, const char *part)
{
	size_t gap = used ? 2 : 0, length = strlen(part);
	if (used + gap + length > columns || used + gap + length >= size)
		return used;
	memset(out + used, ' ', gap);
	memcpy(out + used + gap, part, length + 1);
	return used + gap + length;
}

static size_t append_name(char *out, size_t size, size_t used, size_t columns, const char *name)
{
	if (!name || used + 2 + NAME_COLUMNS_MIN > columns || used + 3 > size)
		return used;
	const char *base = strrchr(name, '/');
	base = base && base[1] ? base + 1 : name;
	char escaped[TEXT_ESCAPED_SIZE(LINE_COLUMNS_MAX)];
	text_escape(escaped, sizeof(escaped), base, strlen(base), true);
	size_t length = width_cut(escaped, columns - used - 2);
	if (length > size - used - 3)
		return used;
	memcpy(out + used, "  ", 2);
	memcpy(out + used + 2, escaped, length);
	out[used + 2 + length] = '\0';
	return used + 2 + length;
}

size_t progress_line(char *out, size_t size, size_t columns, const struct progress *progress,
	const char *things, double rate)
{
	assert(size > 0);
	if (columns > LINE_COLUMNS_MAX)
		columns = LINE_COLUMNS_MAX;
	char part[96], done[16], total[16], left[32];
	size_t used = 0;
	out[0] = '\0';
	text_bytes(done, sizeof(done), progress->bytes_done);
	text_bytes(total, sizeof(total), progress->bytes_total);
	/* A source that grew may be further than its total: the bar stays full, the bytes stay true. */
	bool known = progress->bytes_total > 0;
	double share = known ? (double)progress->bytes_done / (double)progress->bytes_total : 0;
	if (share > 1)
		share = 1;
	if (known) {
		char cells[BAR_COLUMNS + 1];
		size_t full = (size_t)(share * BAR_COLUMNS);
		memset(cells, '.', BAR_COLUMNS);
		memset(cells, '#', full);
		cells[BAR_COLUMNS] = '\0';
		snprintf(part, sizeof(part), "[%s] %3d%%", cells, (int)(share * 100));
		used = append(out, size, used, columns, part);
		snprintf(part, sizeof(part), "%s of %s", done, total);
	} else {
		snprintf(part, sizeof(part), "%s", done);
	}
	used = append(out, size, used, columns, part);
	if (rate >= 1 && rate < 1e18) {
		text_bytes(done, sizeof(done), (uint64_t)rate);
		snprintf(part, sizeof(part), "%s/s", done);
		used = append(out, size, used, columns, part);
	}
	if (known && rate >= 1 && share < 1) {
		double seconds = (double)(progress->bytes_total - progress->bytes_done) / rate;
		if (seconds < 1e9) {
			/* Whole seconds: nobody reads milliseconds off a line that moves. */
			text_duration(left, sizeof(left), (int64_t)(seconds + 1) * 1000);
			snprintf(part, sizeof(part), "%s left", left);
			used = append(out, size, used, columns, part);
		}
	}
	if (progress->files_total > 1) {
		snprintf(part, sizeof(part), "%llu of %llu %s", (unsigned long long)progress->files_done,
			(unsigned long long)progress->files_total, things);
		used = append(out, size, used, columns, part);
	}
	return append_name(out, size, used, columns, progress->name);
}

static size_t terminal_columns(void)
{
	struct winsize size;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
		return 79;
	/* The last column stays free: writing there would wrap the line. */
	return (size_t)size.ws_col - 1;
}

void progress_show(void *context, const struct progress *progress)
{
	(void)context;
	if (!bar.active)
		return;
	double now = now_s(), passed = now - bar.drawn_s;
	if (bar.feeds) {
		feed(progress, passed >= redraw_s);
		bar.drawn_s = passed >= redraw_s ? now : bar.drawn_s;
		return;
	}
	if (passed < redraw_s)
		return;
	uint64_t bytes = progress->bytes_done > bar.drawn_bytes ? progress->bytes_done - bar.drawn_bytes : 0;
	double elapsed = now - bar.started_s;
	/* An average over all the time at first, over about the last `memory_s` later. */
	double weight = passed / (elapsed < memory_s ? elapsed : memory_s);
	if (weight > 1)
		weight = 1;
	bar.rate += ((double)bytes / passed - bar.rate) * weight;
	bar.drawn_s = now;
	bar.drawn_bytes = progress->bytes_done;
	char line[TEXT_ESCAPED_SIZE(LINE_COLUMNS_MAX)];
	progress_line(line, sizeof(line), terminal_columns(), progress, bar.things, bar.rate);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	bar.drawn = true;
}

void progress_clear(void)
{
	if (!bar.drawn)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	bar.drawn = false;
}

void progress_stop(void)
{
	progress_clear();
	if (bar.feeds && bar.line[0] != '\0')
		write_line();
	bar.feeds = bar.active = false;
}
