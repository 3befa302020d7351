/*
 * terminal.c: curses, and the signals around it.
 *
 * terminal_start() asks terminfo once for the strings that undo what curses did, and keeps them with the
 * terminal's settings. A handler thus needs nothing but write() and tcsetattr(), which are safe in it.
 * INT, TERM, HUP, QUIT, TSTP and CONT only set a flag and write a byte into a pipe that terminal_wait()
 * polls along with the terminal, so that they are noticed whichever thread they are delivered to.
 * Frames are drawn on a surface; curses gets the cells that have changed (measured: half the time of a frame).
 * WINCH is curses' own: it interrupts the poll, and then there is a KEY_RESIZE.
 */
#include <assert.h>
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#undef columns /* term.h makes it a macro */

#include "tui/keys.h"
#include "tui/surface.h"
#include "tui/terminal.h"

enum { ESCAPE_DELAY_MS = 25, STRINGS_BYTES = 512, STYLES = 4 * ROLES, PATIENCE = 3 };
enum { KEY_PASTE_BEGIN = 0x4001, KEY_PASTE_END }; /* around what is pasted; nobody else sees them */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int pausing_signals[] = {SIGTSTP, SIGCONT};
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum {
	ENDING = sizeof(ending_signals) / sizeof(*ending_signals),
	PAUSING = sizeof(pausing_signals) / sizeof(*pausing_signals),
	FATAL = sizeof(fatal_signals) / sizeof(*fatal_signals),
};

static struct {
	bool started;
	SCREEN *screen;
	struct surface surface;
	attr_t attributes[STYLES];
	short pairs[STYLES];
	struct sigaction old_ending[ENDING], old_pausing[PAUSING], old_fatal[FATAL];
	void *signal_stack;
	bool pasting; /* what comes now is pasted */
} terminal;

/* What the handlers read; it does not change while they are installed. */
static struct termios saved_settings;
static char restoring[STRINGS_BYTES];
static size_t restoring_length;
static int wake_pipe[2] = {-1, -1};
static volatile sig_atomic_t end_requests, pause_requested, continued;

static void restore_now(void)
{
	ssize_t ignored = write(STDOUT_FILENO, restoring, restoring_length);
	(void)ignored;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_settings);
}

static void wake(void)
{
	ssize_t ignored = write(wake_pipe[1], "", 1);
	(void)ignored;
}

void terminal_wake(void)
{
	wake();
}

static void on_ending(int number)
{
	int saved_errno = errno;
	end_requests = end_requests + 1;
	if (end_requests >= PATIENCE) {
		restore_now();
		signal(number, SIG_DFL);
		raise(number);
	}
	wake();
	errno = saved_errno;
}

static void on_pausing(int number)
{
	int saved_errno = errno;
	if (number == SIGTSTP)
		pause_requested = 1;
	else
		continued = 1;
	wake();
	errno = saved_errno;
}

static void on_fatal(int number)
{
	restore_now();
	for (int i = 0; i < FATAL; i++)
		if (fatal_signals[i] == number)
			sigaction(number, &terminal.old_fatal[i], NULL);
	raise(number);
}

/* A signal that was ignored when the process began, as nohup does, stays ignored. */
static void handle(
	const int *numbers, int count, void (*handler)(int), int flags, const struct sigaction *old)
{
	for (int i = 0; i < count; i++) {
		struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
		sigfillset(&action.sa_mask);
		sigaction(numbers[i], old[i].sa_handler == SIG_IGN ? &old[i] : &action, NULL);
	}
}

static void remember(const int *numbers, int count, struct sigaction *old)
{
	for (int i = 0; i < count; i++)
		sigaction(numbers[i], NULL, &old[i]);
}

static void put_back(const int *numbers, int count, const struct sigaction *old)
{
	for (int i = 0; i < count; i++)
		sigaction(numbers[i], &old[i], NULL);
}

/* A stack of its own lets the handler run even when the usual one has overflowed. */
static void make_signal_stack(void)
{
	size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 16384;
	terminal.signal_stack = malloc(size);
	if (terminal.signal_stack == NULL)
		return;
	stack_t stack = {.ss_sp = terminal.signal_stack, .ss_size = size};
	sigaltstack(&stack, NULL);
}

static void free_signal_stack(void)
{
	stack_t stack = {.ss_flags = SS_DISABLE};
	sigaltstack(&stack, NULL);
	free(terminal.signal_stack);
	terminal.signal_stack = NULL;
}

static int collect(int character)
{
	if (restoring_length < sizeof(restoring))
		restoring[restoring_length++] = (char)character;
	return character;
}

/* Whether it knows the private modes that terminfo has no strings for. */
static bool knows_modes(void)
{
	const char *string = tigetstr("kmous");
	return string != NULL && string != (char *)-1 && string[0] != '\0';
}

static void collect_strings(void)
{
	static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
	restoring_length = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *string = tigetstr(names[i]);
		if (string != NULL && string != (char *)-1)
			tputs(string, 1, collect);
	}
	/*
	 * Terminfo has no string of its own that ends the reports of the mouse, nor the marks around what is pasted.
	 */
	for (const char *end = "\033[?1006l\033[?1002l\033[?1000l\033[?2004l"; knows_modes() && *end != '\0';
		end++)
		collect(*end);
}

/*
 * What is pasted comes between two marks from now on, or no
 * longer. The order among what curses sends does not matter.
 */
static void mark_pastes(bool mark)
{
	if (!knows_modes())
		return;
	const char *string = mark ? "\033[?2004h" : "\033[?2004l";
	ssize_t ignored = write(STDOUT_FILENO, string, strlen(string));
	(void)ignored;
	define_key(mark ? "\033[200~" : NULL, KEY_PASTE_BEGIN);
	define_key(mark ? "\033[201~" : NULL, KEY_PASTE_END);
	terminal.pasting = false;
}

static unsigned style_index(unsigned style)
{
	unsigned index = style & STYLE_ROLE;
	assert(index < ROLES);
	if ((style & STYLE_SELECTED) != 0)
		index += ROLES;
	if ((style & STYLE_BADGE) != 0)
		index += 2 * ROLES;
	return index;
}

/* Gives each style its attributes and a colour pair, the same one for the same two colours. */
static void make_styles(const struct theme *theme)
{
	int colours = 0;
	if (has_colors() && start_color() == OK && use_default_colors() == OK)
		colours = COLORS;
	struct look looks[STYLES];
	short pair_count = 0;
	for (unsigned i = 0; i < STYLES; i++) {
		unsigned style = i % ROLES;
		style |= i / ROLES % 2 != 0 ? (unsigned)STYLE_SELECTED : 0;
		style |= i / ROLES >= 2 ? (unsigned)STYLE_BADGE : 0;
		struct look look = looks[i] = theme_look(theme, colours, style);
		terminal.attributes[i] = (look.bold ? A_BOLD : A_NORMAL) | (look.dim ? A_DIM : A_NORMAL) |
					 (look.reverse ? A_REVERSE : A_NORMAL);
		terminal.pairs[i] = 0;
		if (look.foreground < 0 && look.background < 0)
			continue;
		for (unsigned j = 0; j < i && terminal.pairs[i] == 0; j++)
			if (looks[j].foreground == look.foreground && looks[j].background == look.background)
				terminal.pairs[i] = terminal.pairs[j];
		if (terminal.pairs[i] == 0 &&
			init_pair((short)(pair_count + 1), look.foreground, look.background) == OK)
			terminal.pairs[i] = ++pair_count;
	}
}

/*
 * The C library has the last word on widths, because curses counts by it; where it disagrees with ours the
 * character is not shown, so that nothing after it moves.
 */
static int to_wide(wchar_t wide[CCHARW_MAX + 1], const char *text, size_t length, int width)
{
	size_t at = 0;
	int count = 0, columns = 0;
	while (at < length && count < CCHARW_MAX) {
		uint32_t code_point;
		size_t size = text_decode(text + at, length - at, &code_point);
		int own = size > 0 ? wcwidth((wchar_t)code_point) : -1;
		if (own < 0)
			return -1;
		wide[count++] = (wchar_t)code_point;
		columns += own;
		at += size;
	}
	wide[count] = L'\0';
	return columns == width ? 0 : -1;
}

static void show_cell(int row, int column, const struct surface_cell *cell)
{
	unsigned index = style_index(cell->style);
	wchar_t wide[CCHARW_MAX + 1] = L"?";
	cchar_t shown;
	int repeat = 1;
	if (to_wide(wide, cell->text, cell->length, cell->width) != 0) {
		wide[0] = L'?';
		wide[1] = L'\0';
		repeat = cell->width;
	}
	if (setcchar(&shown, wide, terminal.attributes[index], terminal.pairs[index], NULL) != OK)
		return;
	for (int i = 0; i < repeat; i++)
		mvadd_wch(row, column + i, &shown);
}

/* The pipe is never closed, so that threads may call terminal_wake() at any time. */
static int open_pipe(struct error *error)
{
	if (wake_pipe[0] >= 0 || pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) == 0)
		return 0;
	return error_set_errno(error, errno, "The console cannot make a pipe");
}

/* A dumb one, or a printer, does not. */
static bool moves_cursor(void)
{
	const char *string = tigetstr("cup");
	return string != NULL && string != (char *)-1;
}

/*
 * LINES and COLUMNS may be of another terminal, and never change; they count only where the terminal tells nothing.
 * They have to go: curses, told to ignore them (use_env, use_tioctl), ignores changes of the size too.
 */
static void trust_size(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		return;
	unsetenv("LINES");
	unsetenv("COLUMNS");
}

int terminal_start(const struct theme *theme, struct error *error)
{
	assert(!terminal.started);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(error, ERROR_USAGE,
			"The console needs a terminal, and this is none; `linckia status` works everywhere.");
	if (tcgetattr(STDIN_FILENO, &saved_settings) != 0)
		return error_set_errno(error, errno, "The terminal's settings cannot be read");
	if (open_pipe(error) != 0)
		return -1;
	remember(ending_signals, ENDING, terminal.old_ending);
	remember(pausing_signals, PAUSING, terminal.old_pausing);
	remember(fatal_signals, FATAL, terminal.old_fatal);
	end_requests = pause_requested = continued = 0;
	trust_size();
	terminal.screen = newterm(NULL, stdout, stdin);
	if (terminal.screen != NULL && !moves_cursor()) {
		endwin();
		delscreen(terminal.screen);
		terminal.screen = NULL;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_settings);
		put_back(pausing_signals, PAUSING, terminal.old_pausing);
		put_back(ending_signals, ENDING, terminal.old_ending);
	}
	if (terminal.screen == NULL) {
		const char *kind = getenv("TERM");
		return error_set(error, ERROR_USAGE,
			"The terminal is of a kind that is not known here, or cannot be drawn on (TERM=%s); "
			"set TERM to what it is, for example xterm-256color.",
			kind != NULL ? kind : "");
	}
	collect_strings();
	make_signal_stack();
	handle(ending_signals, ENDING, on_ending, SA_RESTART, terminal.old_ending);
	handle(pausing_signals, PAUSING, on_pausing, SA_RESTART, terminal.old_pausing);
	handle(fatal_signals, FATAL, on_fatal, SA_ONSTACK, terminal.old_fatal);
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	mark_pastes(true);
	make_styles(theme);
	terminal.started = true;
	return 0;
}

void terminal_stop(void)
{
	if (!terminal.started)
		return;
	mark_pastes(false);
	endwin();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_settings);
	put_back(fatal_signals, FATAL, terminal.old_fatal);
	put_back(pausing_signals, PAUSING, terminal.old_pausing);
	put_back(ending_signals, ENDING, terminal.old_ending);
	delscreen(terminal.screen);
	free_signal_stack();
	surface_release(&terminal.surface);
	terminal.started = false;
}

/* Gives the terminal back and stops, as the key would have done; returns when the process continues. */
static void sleep_until_continued(void)
{
	pause_requested = 0;
	mark_pastes(false);
	endwin();
	struct sigaction ours, usual = {.sa_handler = SIG_DFL};
	sigaction(SIGTSTP, &usual, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
	continued = 1;
}

/* Readable, and yet nothing to read: the other end is gone. */
static bool at_end_of_file(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int available = 0;
	if (poll(&input, 1, 0) != 1)
		return false;
	return ioctl(STDIN_FILENO, FIONREAD, &available) != 0 || available == 0;
}

static void drain_pipe(void)
{
	char bytes[64];
	while (read(wake_pipe[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		continue;
}

enum terminal_state terminal_wait(int timeout_ms)
{
	struct pollfd fds[2] = {
		{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = wake_pipe[0], .events = POLLIN}};
	assert(terminal.started && timeout_ms >= 0);
	int ready = poll(fds, 2, timeout_ms);
	bool woken = ready > 0 && fds[1].revents != 0;
	if (woken)
		drain_pipe();
	if (end_requests > 0)
		return TERMINAL_OVER;
	if (pause_requested)
		sleep_until_continued();
	if (continued) {
		/* Somebody else had the terminal in between: set every mode again. */
		continued = 0;
		endwin();
		mark_pastes(true);
		doupdate();
		return TERMINAL_REDRAWN;
	}
	if (ready < 0)
		return errno == EINTR ? TERMINAL_KEYS : TERMINAL_OVER;
	if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
		return TERMINAL_OVER;
	if ((fds[0].revents & POLLIN) != 0)
		return at_end_of_file() ? TERMINAL_OVER : TERMINAL_KEYS;
	/* The second mark may be lost with the connection. */
	terminal.pasting = terminal.pasting && woken;
	return woken ? TERMINAL_WOKEN : TERMINAL_QUIET;
}

void terminal_listen_to_mouse(bool listen)
{
	/* Presses alone: a click is told at once, without waiting for what follows it. */
	mousemask(listen ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
	mouseinterval(0);
}

static bool take_mouse(struct terminal_input *input)
{
	MEVENT event;
	if (getmouse(&event) != OK)
		return false;
	input->row = event.y;
	input->column = event.x;
	if ((event.bstate & BUTTON4_PRESSED) != 0)
		input->kind = INPUT_WHEEL_UP;
	else if ((event.bstate & BUTTON5_PRESSED) != 0)
		input->kind = INPUT_WHEEL_DOWN;
	else if ((event.bstate & BUTTON1_PRESSED) != 0)
		input->kind = INPUT_CLICK;
	else
		return false;
	return true;
}

bool terminal_input(struct terminal_input *input)
{
	for (;;) {
		wint_t key = 0;
		int kind = get_wch(&key);
		if (kind == ERR)
			return false;
		if (kind == KEY_CODE_YES && (key == KEY_PASTE_BEGIN || key == KEY_PASTE_END)) {
			terminal.pasting = key == KEY_PASTE_BEGIN;
			continue;
		}
		*input = (struct terminal_input){
			.kind = terminal.pasting ? INPUT_PASTE : INPUT_KEY, .key = (int)key};
		if (kind != KEY_CODE_YES) {
			input->key += key < 0x80 ? 0 : KEY_CHARACTER;
			return true;
		}
		if (key == KEY_RESIZE)
			input->kind = INPUT_RESIZE;
		if (key != KEY_MOUSE || take_mouse(input))
			return true;
	}
}

struct canvas *terminal_canvas(void)
{
	int rows, columns;
	getmaxyx(stdscr, rows, columns);
	return surface_begin(&terminal.surface, rows, columns);
}

void terminal_show(bool repaint)
{
	if (repaint) {
		clearok(curscr, TRUE);
		surface_forget(&terminal.surface);
	}
	surface_show(&terminal.surface, show_cell);
	wnoutrefresh(stdscr);
	doupdate();
}
