/*
 * frame.c: what it costs to draw one frame of the console.
 *
 *	frame [ROWS COLUMNS NODES]		(60 200 100)
 *
 * Draws every tab through curses onto a pseudo-terminal that a second thread empties, with a view that
 * changes from frame to frame, and prints for each the median and the largest of the milliseconds that a
 * frame took on this thread.
 */
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/screen/sample.h"
#include "tui/screen.h"
#include "tui/terminal.h"

enum { FRAMES = 200, WARM_UP = 20 };

static int master;

static double now_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void *empty(void *context)
{
	char bytes[65536];
	(void)context;
	while (read(master, bytes, sizeof(bytes)) > 0)
		continue;
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* A view in which all that a busy store changes has changed since the frame before. */
static void change(struct sample *sample, int frame)
{
	struct view *view = &sample->view;
	view->time_ms += 250;
	view->sequence++;
	for (size_t i = 0; i < view->node_count; i++) {
		struct view_node *node = &sample->nodes[i];
		node->used_bytes += (i * 37 + (size_t)frame * 11) % 97 << 18;
		node->chunks += (i + (size_t)frame) % 5;
		node->read_bytes += (i * 13 + (size_t)frame) % 31 << 20;
		node->latency_ms = 0.2 + (double)((i * 7 + (size_t)frame) % 40) / 10;
	}
}

int main(int count, char **arguments)
{
	static struct sample samples[2];
	static double times[FRAMES];
	struct winsize size = {.ws_row = 60, .ws_col = 200};
	int nodes = 100;
	if (count == 4) {
		size.ws_row = (unsigned short)atoi(arguments[1]);
		size.ws_col = (unsigned short)atoi(arguments[2]);
		nodes = atoi(arguments[3]);
	}
	if (nodes < 6 || nodes > SAMPLE_NODES) {
		fprintf(stderr, "frame: NODES is 6 to %d\n", SAMPLE_NODES);
		return 2;
	}
	int report = dup(STDOUT_FILENO);
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || report < 0) {
		perror("frame: no pseudo-terminal");
		return 1;
	}
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ioctl(slave, TIOCSWINSZ, &size);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	setenv("TERM", "xterm-256color", 1);
	setlocale(LC_ALL, "C.UTF-8");
	pthread_t reader;
	struct error error;
	struct console console;
	if (pthread_create(&reader, NULL, empty, NULL) != 0 ||
		terminal_start(theme_find("dark"), &error) != 0 ||
		console_init(&console, sample_view(&samples[0], SAMPLE_MANY), &glyphs_utf8) != 0) {
		fprintf(stderr, "frame: the console cannot be started\n");
		return 1;
	}
	samples[0].view.node_count = samples[0].view.nodes_up = (size_t)nodes;
	console.now_ms = SAMPLE_NOW_MS;
	dprintf(report, "%dx%d, %d nodes, %d frames each\n", size.ws_col, size.ws_row, nodes, FRAMES);
	for (int tab = 0; tab < SCREEN_TABS; tab++) {
		if (screens[tab] == NULL)
			continue;
		console_switch(&console, (enum screen_id)tab);
		for (int frame = -WARM_UP; frame < FRAMES; frame++) {
			struct sample *next = &samples[console.view == &samples[0].view];
			sample_view(next, SAMPLE_MANY);
			next->view.node_count = next->view.nodes_up = (size_t)nodes;
			for (int i = 0; i < 3; i++)
				change(next, frame + WARM_UP + i);
			console.tick_ms += 250;
			console.now_ms += 250;
			double begin = now_ms(CLOCK_THREAD_CPUTIME_ID);
			console_show(&console, &next->view);
			struct canvas *canvas = terminal_canvas();
			console.rows = canvas->rows;
			console.columns = canvas->columns;
			console_settle(&console);
			console_draw(&console, canvas);
			terminal_show(false);
			if (frame >= 0)
				times[frame] = now_ms(CLOCK_THREAD_CPUTIME_ID) - begin;
		}
		qsort(times, FRAMES, sizeof(*times), by_size);
		dprintf(report, "%-10s median %.2f ms, largest %.2f ms\n", screens[tab]->name,
			times[FRAMES / 2], times[FRAMES - 1]);
	}
	terminal_stop();
	_exit(0);
}
