/*
 * screen_file.c: one file: its facts, its versions, and a map of how its chunks stand.
 *
 * The map is of one version, the current one unless another is chosen. It is asked for again whenever the store has
 * changed, so that it heals before one's eyes. As a whole, the chunk under the cursor is the worst of its cell; near,
 * it is the one that the cursor is on. What is known of a chunk comes in an answer of its own.
 *
 * The version that is looked at is also the one that is restored or fetched. Of a name that was removed it is the
 * last one, unless another is chosen.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/chunk_map.h"
#include "tui/files.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panel_file.h"

enum { FAILURE_BYTES = 512, NAMED_VERSION = STORE_NAME_MAX + 24 };

struct file_state {
	int64_t id;
	uint64_t ticket;
	const struct answer *file; /* the newest good one; may be NULL */
	char failure[FAILURE_BYTES];
	uint64_t counts[COPIES_KINDS]; /* of its chunks */

	uint64_t wanted; /* the version; 0: the current one */
	size_t version, version_first;
	bool versions_focused;

	bool near;
	uint64_t chunk, row_first;
	struct chunk_cell cell; /* under the cursor */

	uint64_t chunk_ticket;
	uint64_t chunk_asked, chunk_version;
	const struct answer *chunk_known; /* about `chunk_asked`; may be NULL */

	char name[STORE_NAME_MAX + 1]; /* whose number of copies is being typed */
	char fetched[NAMED_VERSION];   /* the version whose path is being typed */
};

static uint64_t chunk_count(const struct file_state *state)
{
	return state->file != NULL ? state->file->file.chunk_count : 0;
}

static struct file_layout divide(const struct console *console, const struct file_state *state)
{
	return file_layout(console_body(console), state->file != NULL ? state->file->file.version_count : 0);
}

static struct chunk_map arrange(const struct file_layout *layout, const struct file_state *state)
{
	struct area area = layout->map;
	area.row++;
	area.rows--;
	area.column++;
	area.columns--;
	return chunk_map_arrange(area, chunk_count(state), state->near);
}

/* ---- drawing ---- */

static void draw_map(
	const struct paint *paint, const struct file_layout *layout, const struct file_state *state)
{
	char title[96], number[32];
	const struct answer *file = state->file;
	struct chunk_map map = arrange(layout, state);
	if (layout->map.rows < 2)
		return;
	if (map.per_cell > 1)
		snprintf(title, sizeof(title), "Chunks, the worst of %s in each cell",
			paint_number(number, sizeof(number), map.per_cell));
	else
		snprintf(title, sizeof(title), "Chunks, a cell for each");
	paint_title(paint, layout->map, title);
	if (file->file.chunk_count == 0)
		paint_text(paint, layout->map.row + 1, layout->map.column + 2, layout->map.columns - 4,
			ROLE_DIM, "It has no chunks.");
	else
		chunk_map_draw(paint, &map, file->file.live, file->file.want, file->file.chunk_count,
			state->row_first, state->chunk);
}

static void file_draw(const struct console *console, const struct paint *paint)
{
	const struct file_state *state = console_state(console, SCREEN_FILE);
	struct file_layout layout = divide(console, state);
	struct area body = console_body(console);
	if (state->file == NULL) {
		bool failed = state->failure[0] != '\0';
		paint_title(paint, body, "A file");
		paint_wrapped(paint, (struct area){body.row + 1, 2, body.rows - 1, body.columns - 4}, 0,
			failed ? ROLE_CRITICAL : ROLE_DIM, failed ? state->failure : "Looking at the file.");
		return;
	}
	panel_file_facts(paint, layout.facts, state->file);
	if (state->failure[0] != '\0' && layout.facts.rows > 1) {
		paint_fill(paint, (struct area){layout.facts.row + 1, 0, 1, body.columns}, ROLE_TEXT);
		paint_text(paint, layout.facts.row + 1, 1, body.columns - 2, ROLE_CRITICAL, state->failure);
	}
	panel_file_versions(paint, layout.versions, state->file, state->version, state->version_first,
		state->versions_focused);
	draw_map(paint, &layout, state);
	panel_file_legend(paint, layout.legend, state->counts, chunk_count(state));
	panel_file_chunk(paint, layout.chunk, layout.chunk_titled, &state->cell, chunk_count(state),
		state->chunk_known);
}

/* ---- answers and questions ---- */

static void forget(struct file_state *state)
{
	answer_unref(state->file);
	answer_unref(state->chunk_known);
	state->file = state->chunk_known = NULL;
}

static void count_chunks(struct file_state *state)
{
	memset(state->counts, 0, sizeof(state->counts));
	for (uint64_t i = 0; i < chunk_count(state); i++)
		state->counts[copies_of(state->file->file.live[i], state->file->file.want[i])]++;
}

static void take_file(struct file_state *state, const struct console *console)
{
	const struct answer *answer = console_answer(console, QUESTION_FILE, state->ticket);
	if (answer == NULL || answer == state->file)
		return;
	snprintf(
		state->failure, sizeof(state->failure), "%s", answer->failure != NULL ? answer->failure : "");
	if (answer->failure != NULL)
		return;
	answer_unref(state->file);
	state->file = answer_ref(answer);
	count_chunks(state);
	for (size_t i = 0; i < answer->file.version_count; i++)
		if (answer->file.versions[i].number == answer->file.version)
			state->version = i;
}

static void ask_for_file(struct file_state *state, struct console *console)
{
	if (state->id == 0 || !console_should_ask(console, QUESTION_FILE, state->ticket))
		return;
	struct question question = {.kind = QUESTION_FILE, .file = {state->id, state->wanted}};
	state->ticket = console_ask(console, &question);
}

/* Where the cursor is; the first row of the map in sight. */
static void settle_cursor(struct file_state *state, const struct file_layout *layout)
{
	uint64_t chunks = chunk_count(state);
	if (state->chunk >= chunks)
		state->chunk = chunks > 0 ? chunks - 1 : 0;
	struct chunk_map map = arrange(layout, state);
	state->row_first = chunk_map_scroll(&map, state->row_first, state->chunk);
	size_t visible = layout->versions.rows > 1 ? (size_t)layout->versions.rows - 1 : 1;
	size_t versions = state->file != NULL ? state->file->file.version_count : 0;
	if (state->version >= versions)
		state->version = versions > 0 ? versions - 1 : 0;
	state->version_first = layout_scroll(state->version_first, state->version, visible, versions);
	if (chunks == 0)
		return;
	const struct answer *file = state->file;
	struct chunk_cell *cell = &state->cell;
	cell->from = state->chunk / map.per_cell * map.per_cell;
	cell->to = cell->from + map.per_cell < chunks ? cell->from + map.per_cell : chunks;
	chunk_map_worst(file->file.live, file->file.want, cell->from, cell->to, &cell->index);
	cell->live = file->file.live[cell->index];
	cell->want = file->file.want[cell->index];
}

static void settle_chunk(struct file_state *state, struct console *console)
{
	if (chunk_count(state) == 0)
		return;
	uint64_t index = state->cell.index, version = state->file->file.version;
	bool other = state->chunk_asked != index || state->chunk_version != version;
	if (other) {
		answer_unref(state->chunk_known);
		state->chunk_known = NULL;
	} else {
		const struct answer *answer = console_answer(console, QUESTION_CHUNK, state->chunk_ticket);
		if (answer != NULL && answer != state->chunk_known) {
			answer_unref(state->chunk_known);
			state->chunk_known = answer_ref(answer);
		}
	}
	if (!other && !console_should_ask(console, QUESTION_CHUNK, state->chunk_ticket))
		return;
	struct question question = {.kind = QUESTION_CHUNK, .chunk = {state->id, version, index}};
	state->chunk_ticket = console_ask(console, &question);
	state->chunk_asked = index;
	state->chunk_version = version;
}

static void file_settle(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	take_file(state, console);
	struct file_layout layout = divide(console, state);
	if (layout.versions.rows == 0)
		state->versions_focused = false;
	settle_cursor(state, &layout);
	ask_for_file(state, console);
	settle_chunk(state, console);
}

static void file_enter(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	forget(state);
	*state = (struct file_state){.id = console->file};
}

static void file_release(void *state)
{
	forget(state);
}

/* ---- keys ---- */

static void choose_version(struct file_state *state, size_t version)
{
	const struct answer *file = state->file;
	if (file == NULL || version >= file->file.version_count || version == state->version)
		return;
	state->version = version;
	/* The newest one stays the newest, also when another comes. */
	state->wanted = version == 0 ? 0 : file->file.versions[version].number;
	state->ticket = 0;
}

static void file_move(struct console *console, enum move move)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	struct file_layout layout = divide(console, state);
	if (state->file == NULL)
		return;
	if (state->versions_focused) {
		size_t visible = layout.versions.rows > 1 ? (size_t)layout.versions.rows - 1 : 1;
		choose_version(
			state, console_moved(state->version, move, visible, state->file->file.version_count));
		return;
	}
	struct chunk_map map = arrange(&layout, state);
	state->chunk = chunk_map_moved(&map, state->chunk, chunk_count(state), move);
}

static void act_zoom(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	struct file_layout layout = divide(console, state);
	struct chunk_map map = arrange(&layout, state);
	if (state->near) {
		state->near = false;
	} else if (map.per_cell > 1) {
		state->near = true;
		state->chunk = state->cell.index;
	} else {
		console_message(console, false, "All chunks are in sight, a cell for each.");
	}
}

static void act_versions(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	if (divide(console, state).versions.rows > 0 && state->file != NULL)
		state->versions_focused = !state->versions_focused;
	else
		console_message(console, false, "The versions have no room on this screen.");
}

static bool lacks_copies(const struct file_state *state, uint64_t chunk)
{
	return copies_of(state->file->file.live[chunk], state->file->file.want[chunk]) >= COPIES_SHORT;
}

static void act_next_short(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	uint64_t chunks = chunk_count(state), at = chunks > 0 ? state->cell.to : 0;
	while (at < chunks && !lacks_copies(state, at))
		at++;
	if (at < chunks)
		state->chunk = at;
	else
		console_message(console, false, "No chunk further on lacks copies.");
}

static void act_previous_short(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	uint64_t at = chunk_count(state) > 0 ? state->cell.from : 0;
	while (at > 0 && !lacks_copies(state, at - 1))
		at--;
	if (at > 0)
		state->chunk = at - 1;
	else
		console_message(console, false, "No chunk before this one lacks copies.");
}

static void file_click(struct console *console, int row, int column, bool twice)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	struct file_layout layout = divide(console, state);
	struct chunk_map map = arrange(&layout, state);
	struct area versions = layout.versions;
	if (row > versions.row && row < versions.row + versions.rows &&
		column < versions.column + versions.columns) {
		choose_version(state, state->version_first + (size_t)(row - versions.row - 1));
		state->versions_focused = true;
		return;
	}
	uint64_t chunk = chunk_map_at(&map, state->row_first, chunk_count(state), row, column);
	if (chunk >= chunk_count(state))
		return;
	state->versions_focused = false;
	/* The second of two presses finds the cursor where the first has put it. */
	if (twice && chunk <= state->chunk && state->chunk - chunk < map.per_cell)
		act_zoom(console);
	else
		state->chunk = chunk;
}

/* ---- the number of copies ---- */

static void replication_typed(struct console *console, const char *text)
{
	const struct file_state *state = console_state(console, SCREEN_FILE);
	char *end;
	if (text == NULL || text[0] == '\0')
		return;
	unsigned long number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1 || number > STORE_REPLICATION_MAX) {
		console_message(console, true, "A file can have 1 to %d copies.", STORE_REPLICATION_MAX);
		return;
	}
	char word[8];
	snprintf(word, sizeof(word), "%lu", number);
	/* A name that looks like an option has to be told from one. */
	if (state->name[0] == '-')
		console_run(console, (const char *const[]){"set-rf", word, "--", state->name, NULL});
	else
		console_run(console, (const char *const[]){"set-rf", word, state->name, NULL});
}

void files_set_replication(struct console *console, const char *name, unsigned replication_factor)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	char text[16];
	snprintf(state->name, sizeof(state->name), "%s", name);
	snprintf(text, sizeof(text), "%u", replication_factor);
	console_prompt(console,
		&(struct prompt){.label = "Copies, 1 to 16: ", .text = text, .done = replication_typed});
}

static void act_set_replication(struct console *console)
{
	const struct file_state *state = console_state(console, SCREEN_FILE);
	if (state->file != NULL)
		files_set_replication(
			console, state->file->file.row.name, state->file->file.row.replication_factor);
}

/* ---- a version ---- */

/* The version that is looked at, and "NAME@VERSION"; NULL when nothing is known of the file yet. */
static const struct answer_version *chosen_version(const struct file_state *state, char named[NAMED_VERSION])
{
	const struct answer *file = state->file;
	if (file == NULL || state->version >= file->file.version_count)
		return NULL;
	const struct answer_version *version = &file->file.versions[state->version];
	snprintf(named, NAMED_VERSION, "%s@%" PRIu64, file->file.row.name, version->number);
	return version;
}

void files_restore(struct console *console, const char *named, const char *text)
{
	/* A name that looks like an option has to be told from one. */
	bool option = named[0] == '-';
	console_confirm(console, &(struct confirmation){.title = "Restore this version?",
					 .subject = named,
					 .text = text,
					 .yes = "restore it",
					 .words = (const char *const[]){"restore", option ? "--" : named,
						 option ? named : NULL, NULL}});
}

static void act_restore(struct console *console)
{
	const struct file_state *state = console_state(console, SCREEN_FILE);
	char named[NAMED_VERSION], text[384], time[24], bytes[16], replaced[64] = "The name is there again";
	const struct answer_version *version = chosen_version(state, named);
	if (version == NULL)
		return;
	if (version->current) {
		console_message(console, false,
			"Version %" PRIu64 " is what the name has now; v goes to the others.",
			version->number);
		return;
	}
	if (!state->file->file.row.removed)
		snprintf(replaced, sizeof(replaced), "Version %" PRIu64 " stays",
			state->file->file.row.version);
	snprintf(text, sizeof(text),
		"It becomes the newest version: %s, stored on %s. %s, and this can be undone.",
		text_bytes(bytes, sizeof(bytes), version->size_bytes),
		files_time(time, sizeof(time), version->stored_ms), replaced);
	files_restore(console, named, text);
}

static void fetch_typed(struct console *console, const char *text)
{
	const struct file_state *state = console_state(console, SCREEN_FILE);
	if (text == NULL || text[0] == '\0')
		return;
	bool option = state->fetched[0] == '-';
	console_run_typed(
		console, option ? (const char *const[]){"get", "-o", text, "--", state->fetched, NULL}
				: (const char *const[]){"get", state->fetched, "-o", text, NULL});
}

/* The version's number is part of the name that is proposed: what lies here under the file's own name stays. */
static void act_fetch(struct console *console)
{
	struct file_state *state = console_state(console, SCREEN_FILE);
	if (chosen_version(state, state->fetched) == NULL)
		return;
	const char *slash = strrchr(state->file->file.row.name, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - state->file->file.row.name) : 0;
	console_prompt(console,
		&(struct prompt){
			.label = "Fetch to: ", .text = state->fetched + folder, .done = fetch_typed});
}

static const struct key file_keys[] = {
	{{'z', '\n', '\r', KEY_ENTER}, "z", "zoom", "Shows each chunk, or all chunks at once.", 2, false,
		false, act_zoom},
	{{'v'}, "v", "versions", "Lets the keys move among the versions, or in the map again.", 2, false,
		false, act_versions},
	{{'r'}, "r", "restore", "Makes the chosen version the newest one of the name again; asks first.", 3,
		true, false, act_restore},
	{{'f'}, "f", "fetch", "Fetches the chosen version into a file; asks where.", 3, false, false,
		act_fetch},
	{{']'}, "]", "next short", "Goes to the next chunk with fewer live copies than wanted.", 3, false,
		false, act_next_short},
	{{'['}, "[", NULL, "Goes to the one before.", 9, false, false, act_previous_short},
	{{'n'}, "n", "copies", "Sets how many copies of the file there should be.", 4, true, false,
		act_set_replication},
	{.act = NULL},
};

const struct screen_ops screen_file = {
	.name = "A file",
	.state_size = sizeof(struct file_state),
	.keys = file_keys,
	.key_sets = KEYS_MOVE | KEYS_REPAIR | KEYS_STORE | KEYS_CHANGE | KEYS_BACK,
	.draw = file_draw,
	.enter = file_enter,
	.settle = file_settle,
	.move = file_move,
	.click = file_click,
	.release = file_release,
};
