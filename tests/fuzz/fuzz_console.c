/*
 * fuzz_console.c: whatever is typed into the console's command line, it stays on its canvas, draws nothing that does
 * anything to a terminal, and a command that it runs is of the words that its line is split into.
 *
 * Bytes are keys: ASCII is itself, UTF-8 a character, and bytes that are neither are special keys.
 */
#include "tests/screen/stage.h"

#define NCURSES_NOMACROS
#include <curses.h>
#include <stdatomic.h>

#include "cli/console_words.h"
#include "engine/arena.h"
#include "engine/text.h"
#include "tests/fuzz/fuzz.h"

static int special_key(uint8_t byte)
{
	static const int codes[] = {KEY_UP, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_PPAGE, KEY_NPAGE, KEY_HOME,
		KEY_END, KEY_BTAB, KEY_BACKSPACE, KEY_DC, KEY_ENTER, '\t', '\n', CODE_ESCAPE, KEY_IC,
		KEY_RESIZE, KEY_F(1)};
	return codes[byte % (sizeof(codes) / sizeof(*codes))];
}

/* The key that the bytes begin with, as terminal.c would have it. */
static size_t next_key(const struct fuzz_input *input, int *key)
{
	uint32_t code_point;
	size_t size = text_decode((const char *)input->at, input->left, &code_point);
	if (size == 0)
		*key = special_key(*input->at);
	else
		*key = code_point < 0x80 ? (int)code_point : KEY_CHARACTER + (int)code_point;
	return size > 0 ? size : 1;
}

/* Names that a completion may offer, as other people may have called their files. See engine/inquiry.c. */
static struct answer *some_names(void)
{
	static const char *const names[] = {"a", "a b", "a\"b", "a'b", "a\\", "\xff\xfe/x", "\xe2\x80\xaexyz",
		"\x1b[31m", "-r", "caf\xc3\xa9", "caf\xc3\xa8", "\n", "dir/"};
	static struct {
		struct answer answer;
		struct arena arena;
		atomic_uint references;
	} box;
	atomic_store(&box.references, 1u << 30);
	box.answer = (struct answer){.kind = QUESTION_NAMES};
	box.answer.names.names = names;
	box.answer.names.count = sizeof(names) / sizeof(*names);
	return &box.answer;
}

static void answer(struct console *console)
{
	struct answer *names = some_names();
	if (console->asked[QUESTION_NAMES] == 0)
		return;
	names->ticket = console->asked[QUESTION_NAMES];
	names->sequence = console->view->sequence;
	console_hear(console, names);
	console_settle(console);
}

static void resize(struct console *console, uint8_t byte)
{
	static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}, {1, 1}, {9, 39}, {3, 300}, {100, 10}};
	size_t which = byte % (sizeof(sizes) / sizeof(*sizes));
	console->rows = sizes[which][0];
	console->columns = sizes[which][1];
	console_settle(console);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct word_command *commands;
	if (!commands)
		commands = console_words_make();
	FUZZ_CHECK(commands);
	struct fuzz_input input = {data, size};
	uint8_t choice = fuzz_take_byte(&input), pasted = fuzz_take_byte(&input);
	struct stage *stage = stage_begin(
		(enum sample_kind)(choice % SAMPLES), 24, 80, choice & 0x40 ? &glyphs_ascii : &glyphs_utf8);
	struct console *console = &stage->console;
	console->commands = commands;
	console->read_only = choice & 0x80;
	resize(console, fuzz_take_byte(&input));
	keys_dispatch(console, ':');
	while (input.left > 0) {
		int key;
		size_t taken = next_key(&input, &key);
		fuzz_take_bytes(&input, taken, &(const uint8_t *){NULL});
		if (pasted & 1)
			keys_paste(console, key);
		else
			keys_dispatch(console, key);
		console_settle(console);
		FUZZ_CHECK(console->depth >= 1 && console->depth <= SCREEN_DEPTH);
		if (pasted & 2)
			answer(console);
	}
	stage_draw(stage);
	stage_end(stage);
	return 0;
}
