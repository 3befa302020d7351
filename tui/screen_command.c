/*
 * screen_command.c: the command line, which takes the words of the shell.
 *
 * Above the line stands what the command does, or what the word at the cursor may become. Commands, options
 * and nodes are completed from what is at hand; stored names, snapshots and paths are asked for and completed
 * when the answer comes.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/input.h"
#include "tui/keys.h"
#include "tui/layout.h"

enum { CANDIDATES_MAX = 128 };

struct command_state {
	struct input input;
	char *candidates[CANDIDATES_MAX]; /* what the word may become; shown until the next key */
	size_t candidate_count;
	bool more;       /* than those */
	bool unclosed;   /* it was to be run, but a quote is open; until it is changed */
	uint64_t ticket; /* of the names or paths that were asked for; 0: none are awaited */
};

static void forget_candidates(struct command_state *state)
{
	for (size_t i = 0; i < state->candidate_count; i++)
		free(state->candidates[i]);
	state->candidate_count = 0;
	state->more = false;
	state->ticket = 0;
}

static void add_candidate(struct command_state *state, const char *text, size_t length)
{
	for (size_t i = 0; i < state->candidate_count; i++)
		if (strncmp(state->candidates[i], text, length) == 0 && state->candidates[i][length] == '\0')
			return;
	char *copy = state->candidate_count < CANDIDATES_MAX ? strndup(text, length) : NULL;
	if (copy != NULL)
		state->candidates[state->candidate_count++] = copy;
	else
		state->more = true;
}

/* ---- completion ---- */

/* The next word of each command that goes on as the line does. */
static void collect_commands(const struct console *console, struct command_state *state)
{
	const char *typed = state->input.text + strspn(state->input.text, " ");
	size_t length = strnlen(typed, (size_t)(state->input.text + state->input.cursor - typed));
	for (const struct word_command *command = console->commands; command->name != NULL; command++) {
		if (command->hidden || strncmp(command->name, typed, length) != 0 ||
			(command->changes && console->read_only))
			continue;
		const char *word = command->name + length;
		while (word > command->name && word[-1] != ' ')
			word--;
		add_candidate(state, word, strcspn(word, " "));
	}
}

/* Of a list, of names or of groups of names, only the last part is completed; returns where that begins. */
static size_t last_part(const char *word)
{
	size_t at = strlen(word);
	while (at > 0 && strchr(",/", word[at - 1]) == NULL)
		at--;
	return at;
}

static void add_if(struct command_state *state, const char *text, const char *word)
{
	if (strncmp(text, word, strlen(word)) == 0)
		add_candidate(state, text, strlen(text));
}

/* Whether such a word is a list of names of nodes. */
static bool names_nodes(enum word_kind kind)
{
	return kind == WORD_NODE || kind == WORD_END;
}

static void collect(struct console *console, struct command_state *state, const struct word_place *place)
{
	static const char *const settings[] = {"latency=", "jitter=", "bandwidth=", "loss=", "cut="};
	const char *word = place->word + (names_nodes(place->kind) ? last_part(place->word) : 0);
	if (place->kind == WORD_COMMAND)
		collect_commands(console, state);
	else if (place->kind == WORD_OPTION)
		for (const struct word_option *option = place->command->options; option && option->name;
			option++)
			add_if(state, option->name, word);
	else if (place->kind == WORD_PRESET)
		for (const struct network_preset *preset = network_presets; preset->name != NULL; preset++)
			add_if(state, preset->name, word);
	else if (place->kind == WORD_SETTING)
		for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
			add_if(state, settings[i], word);
	if (place->kind == WORD_END)
		add_if(state, LINK_CLIENT_NAME, word);
	for (size_t i = 0; names_nodes(place->kind) && i < console->view->node_count; i++)
		add_if(state, console->view->nodes[i].name, word);
}

/* What all candidates begin with. */
static size_t common_length(const struct command_state *state)
{
	const char *first = state->candidates[0];
	size_t length = strlen(first);
	for (size_t i = 1; i < state->candidate_count; i++) {
		size_t same = 0;
		while (same < length && state->candidates[i][same] == first[same])
			same++;
		length = same;
	}
	/* Not into the middle of a character. */
	while (length > 0 && first[length] != '\0' && ((unsigned char)first[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Puts what the candidates have in common in the place of the word at the cursor. */
static void apply(struct command_state *state, const struct word_place *place)
{
	struct input *input = &state->input;
	if (state->candidate_count == 0)
		return;
	size_t skip = names_nodes(place->kind) ? last_part(place->word) : 0;
	bool only = state->candidate_count == 1 && !state->more;
	/* What else there is may begin in another way. */
	size_t length = only          ? strlen(state->candidates[0])
			: state->more ? strlen(place->word) - skip
				      : common_length(state);
	char *word = NULL, *line = NULL;
	/* An empty word stays as it is, without quotes. */
	if (length + skip == 0 ||
		asprintf(&word, "%.*s%.*s", (int)skip, place->word, (int)length, state->candidates[0]) < 0)
		return;
	char *quoted = words_quote(word);
	bool ends = only && length > 0 && strchr("/=", state->candidates[0][length - 1]) == NULL;
	/* A quote stays open while the word may go on. */
	size_t quoted_length = quoted != NULL ? strlen(quoted) : 0;
	if (quoted_length > 0 && quoted[0] == '\'' && !ends)
		quoted_length--;
	if (quoted != NULL && length + skip >= strlen(place->word) &&
		asprintf(&line, "%.*s%.*s%s%s", (int)place->begin, input->text, (int)quoted_length, quoted,
			ends ? " " : "", input->text + input->cursor) >= 0 &&
		strlen(line) < INPUT_BYTES) {
		size_t cursor = place->begin + quoted_length + ends;
		input_set(input, line);
		input->cursor = cursor < input->length ? cursor : input->length;
	}
	if (only)
		forget_candidates(state);
	free(line);
	free(quoted);
	free(word);
}

static void act_complete(struct console *console)
{
	struct command_state *state = console_state(console, SCREEN_COMMAND);
	struct word_place place;
	forget_candidates(state);
	if (!words_locate(console->commands, state->input.text, state->input.cursor, &place))
		return;
	if (place.kind == WORD_NAME) {
		struct question question = {
			.kind = QUESTION_NAMES, .names = {.prefix = place.word, .limit = CANDIDATES_MAX}};
		state->ticket = console_ask(console, &question);
	} else if (place.kind == WORD_SNAPSHOT) {
		struct question question = {.kind = QUESTION_SNAPSHOTS};
		state->ticket = console_ask(console, &question);
	} else if (place.kind == WORD_PATH) {
		state->ticket = console_find_paths(console, place.word);
	} else {
		collect(console, state, &place);
		apply(state, &place);
	}
	free(place.word);
}

/*
 * Takes the snapshots that go on as the word does. All of them are asked for, so an answer to somebody else will do.
 */
static bool take_snapshots(const struct console *console, struct command_state *state, const char *word)
{
	const struct answer *answer = console->answers[QUESTION_SNAPSHOTS];
	if (answer == NULL || answer->ticket < state->ticket)
		return false;
	forget_candidates(state);
	for (size_t i = 0; answer->failure == NULL && i < answer->snapshots.count; i++) {
		const char *name = answer->snapshots.snapshots[i].name;
		if (strncmp(name, word, strlen(word)) == 0)
			add_candidate(state, name, strlen(name));
	}
	return true;
}

static bool take_names(const struct console *console, struct command_state *state)
{
	const struct answer *answer = console_answer(console, QUESTION_NAMES, state->ticket);
	if (answer == NULL)
		return false;
	forget_candidates(state);
	for (size_t i = 0; answer->failure == NULL && i < answer->names.count; i++)
		add_candidate(state, answer->names.names[i], strlen(answer->names.names[i]));
	state->more = state->more || (answer->failure == NULL && answer->names.more);
	return true;
}

static bool take_paths(const struct console *console, struct command_state *state)
{
	const struct path_answer *paths = console->paths;
	if (paths == NULL || paths->ticket != state->ticket)
		return false;
	forget_candidates(state);
	for (size_t i = 0; i < paths->count; i++)
		add_candidate(state, paths->paths[i], strlen(paths->paths[i]));
	state->more = state->more || paths->more;
	return true;
}

/* The line is still the one that they were asked for: every key forgets the ticket. */
static void command_settle(struct console *console)
{
	struct command_state *state = console_state(console, SCREEN_COMMAND);
	struct word_place place;
	if (state->ticket == 0 ||
		!words_locate(console->commands, state->input.text, state->input.cursor, &place))
		return;
	bool taken = place.kind == WORD_SNAPSHOT ? take_snapshots(console, state, place.word)
		     : place.kind == WORD_PATH   ? take_paths(console, state)
						 : take_names(console, state);
	if (taken)
		apply(state, &place);
	free(place.word);
}

/* ---- running ---- */

/* What cannot be undone, or takes something out of service, asks even when it was typed in full. */
static const char *danger_of(const struct word_command *command)
{
	static const struct {
		const char *name, *text;
	} dangers[] = {
		{"rm", "The names are removed."},
		{"snapshot restore",
			"Names become what they were then; what is there now stays in the history."},
		{"snapshot rm", "The snapshot is removed, and what only it holds with retention."},
		{"restore",
			"The version takes the place of what the name has now, which stays in the history."},
		{"node rm",
			"The node is taken out of the store for good; its copies have to be made elsewhere."},
		{"node fail", "The node is taken out of service until somebody recovers it."},
		{"node wipe", "Every chunk file on the node is deleted."},
		{"node corrupt", "Chunks on the node are damaged."},
		{"net cut",
			"Nothing passes between them any more; what that puts out of reach cannot be read."},
		{"net partition",
			"Nothing passes between the groups any more; what that puts out of reach cannot be "
			"read."},
	};
	for (size_t i = 0; i < sizeof(dangers) / sizeof(*dangers); i++)
		if (strcmp(command->name, dangers[i].name) == 0)
			return dangers[i].text;
	return NULL;
}

static void run_words(struct console *console, char *const *words, size_t count, const char *line)
{
	struct words all = {.count = count};
	memcpy(all.words, words, count * sizeof(*words));
	const struct word_command *command = words_command(console->commands, &all);
	const char *danger = command != NULL ? danger_of(command) : NULL;
	const struct word_option *endless = command != NULL ? words_endless(command, &all) : NULL;
	/*
	 * The program takes options before and within the name too, where it could not be told here what they change.
	 */
	bool hides = command == NULL && count > 1 && words[1][0] == '-' &&
		     words_group(console->commands, words[0]);
	if (words[0][0] == '-' || hides)
		console_message(console, true, "A command begins with its name; options follow.");
	else if (command != NULL && command->hidden)
		console_message(console, true, "'%s' makes no sense inside of the console.", command->name);
	else if (command != NULL && console->read_only && command->changes)
		console_message(console, true, "%s", console_read_only_reason(console));
	else if (endless != NULL)
		console_message(console, true, "'%s' would never end with %s; the screens show what is new.",
			command->name, endless->name);
	else if (danger != NULL)
		console_confirm(console, &(struct confirmation){.title = "Run this?",
						 .subject = line,
						 .text = danger,
						 .yes = "run it",
						 .words = (const char *const *)all.words});
	else
		console_run_typed(console, (const char *const *)all.words);
}

/* No command of the shell: `snapshot list` is, and prints them. */
static void show_snapshots(struct console *console)
{
	console_switch(console, SCREEN_FILES);
	console_push(console, SCREEN_SNAPSHOTS);
}

static void act_run(struct console *console)
{
	struct command_state *state = console_state(console, SCREEN_COMMAND);
	struct words words;
	forget_candidates(state);
	bool few = words_split(state->input.text, &words);
	/* What can be mended in a moment is not taken away: the row above says what is wrong with it. */
	state->unclosed = few && words.open;
	if (state->unclosed) {
		words_free(&words);
		return;
	}
	console_pop(console);
	if (!few) {
		console_message(console, true, "That line has too many words.");
		return;
	}
	input_remember(&state->input);
	size_t skip = words.count > 0 && strcmp(words.words[0], "linckia") == 0 ? 1 : 0;
	size_t count = words.count - skip;
	if (count == 1 && (strcmp(words.words[skip], "q") == 0 || strcmp(words.words[skip], "quit") == 0))
		console_quit(console);
	else if (count == 1 && strcmp(words.words[skip], "snapshots") == 0)
		show_snapshots(console);
	else if (count > 0)
		run_words(console, words.words + skip, count, state->input.text);
	words_free(&words);
}

static void act_leave(struct console *console)
{
	forget_candidates(console_state(console, SCREEN_COMMAND));
	console_pop(console);
}

static void command_key(struct console *console, int key)
{
	struct command_state *state = console_state(console, SCREEN_COMMAND);
	bool rubs_out_nothing = state->input.length == 0 && (key == KEY_BACKSPACE || key == 127 || key == 8);
	if (rubs_out_nothing) {
		act_leave(console);
		return;
	}
	if (input_key(&state->input, key)) {
		forget_candidates(state);
		state->unclosed = false;
	}
}

static void command_enter(struct console *console)
{
	struct command_state *state = console_state(console, SCREEN_COMMAND);
	forget_candidates(state);
	state->unclosed = false;
	input_set(&state->input, "");
	state->input.history_at = state->input.history_count;
}

/* ---- drawing ---- */

/* Of a path or stored name only what stands behind the last '/', which the line has already. */
static const char *short_form(const char *candidate)
{
	const char *slash = memrchr(candidate, '/', strlen(candidate) > 0 ? strlen(candidate) - 1 : 0);
	return slash != NULL ? slash + 1 : candidate;
}

static void draw_candidates(const struct command_state *state, const struct paint *paint, struct area area)
{
	int column = area.column, end = area.column + area.columns;
	for (size_t i = 0; i <= state->candidate_count; i++) {
		bool last = i + 1 >= state->candidate_count && !state->more;
		const char *text = i < state->candidate_count ? short_form(state->candidates[i]) : "";
		int width = cells_width(text, area.columns);
		if (i == state->candidate_count && !state->more)
			return;
		/* Room for an ellipsis stays while there are others. */
		if (i == state->candidate_count || column + width + (last ? 0 : 3) > end) {
			paint_text(paint, area.row, column, end - column, ROLE_DIM, paint->glyphs->ellipsis);
			return;
		}
		column += paint_text(paint, area.row, column, end - column, ROLE_ACCENT, text) + 2;
	}
}

static void draw_hint(const struct console *console, const struct command_state *state,
	const struct paint *paint, struct area area)
{
	struct words words;
	const struct word_command *command = NULL;
	if (state->unclosed) {
		paint_text(paint, area.row, area.column, area.columns, ROLE_DEGRADED,
			"A quote is not closed, or a backslash ends the line.");
		return;
	}
	if (words_split(state->input.text, &words)) {
		command = words_command(console->commands, &words);
		words_free(&words);
	}
	struct line line = line_begin(paint, area.row, area.column, area.columns);
	if (command == NULL) {
		line_add(&line, ROLE_DIM,
			"Tab completes, Enter runs, Esc leaves; the words are those of the shell");
		return;
	}
	char synopsis[256];
	snprintf(synopsis, sizeof(synopsis), "%s", command->synopsis);
	for (char *c = synopsis; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	line_add(&line, ROLE_DIM, "%s", command->summary);
	if (synopsis[0] != '\0')
		line_add(&line, ROLE_DIM, "%s %s", command->name, synopsis);
}

static void command_draw(const struct console *console, const struct paint *paint)
{
	const struct command_state *state = console_state(console, SCREEN_COMMAND);
	struct frame frame = layout_frame(console->rows, console->columns);
	struct area row = frame.message.rows > 0 ? frame.message : frame.footer;
	struct area above = {row.row - 1, 1, 1, row.columns - 2};
	paint_fill(paint, (struct area){row.row - 1, 0, 2, row.columns}, ROLE_TEXT);
	if (state->candidate_count > 0)
		draw_candidates(state, paint, above);
	else
		draw_hint(console, state, paint, above);
	paint_text(paint, row.row, 1, 1, ROLE_ACCENT, ":");
	input_draw(&state->input, paint, row.row, 2, row.columns - 3);
}

static void command_release(void *state)
{
	forget_candidates(state);
	input_release(&((struct command_state *)state)->input);
}

static const struct key command_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "run", "Runs the command.", 0, false, false, act_run},
	{{'\t'}, "Tab", "complete", "Completes commands, options, nodes, snapshots, stored names and paths.",
		1, false, false, act_complete},
	{{CODE_ESCAPE}, "Esc", "leave", "Leaves the line.", 0, false, false, act_leave},
	{.act = NULL},
};

const struct screen_ops screen_command = {
	.name = "The command line",
	.popup = true,
	.types = true,
	.state_size = sizeof(struct command_state),
	.keys = command_keys,
	.draw = command_draw,
	.enter = command_enter,
	.settle = command_settle,
	.key = command_key,
	.release = command_release,
};
