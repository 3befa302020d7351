/*
 * inquiry.c: the thread that answers, and the place for each kind of question. See inquiry.h.
 *
 *              ask                     the thread takes it            answered
 *   ─────────▶ WAITING ───────────────▶ ANSWERING ───────────────────▶ published, wake()
 *               ▲  │ ask: replaced       │ ask of the same kind: `outdated`
 *               └──┘                     └──▶ given up, WAITING with the new question
 *
 * Invariants:
 * 1. A place has at most one question that waits and one answer. Only the thread moves a question on.
 * 2. Everything in a place is guarded by the mutex, which is never held while the catalog is asked.
 * 3. A question is only taken when there is memory for its answer's box, so that each one that is not replaced is
 *    answered, if only with the failure that there is no memory.
 *
 * Giving up: `outdated` is set under the mutex, and read by whoever answers between steps, by SQLite through its
 * progress handler too.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/inquiry_private.h"

enum { MEMORY_RETRY_MS = 100 };

/* An answer and what it points to. The answer comes first, so that a pointer to it is one to the box. */
struct box {
	struct answer answer;
	struct arena arena;
	atomic_uint references;
};

struct place {
	bool waiting;
	bool unreadable; /* there was no memory to copy the question */
	struct question question;
	struct arena texts; /* what the question points to */
	const struct answer *answer;
};

struct inquiry {
	struct store *store;
	struct catalog *catalog;
	struct world *world;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	struct box *spare; /* the thread's: for the next answer */

	atomic_bool outdated; /* what is being answered is not wanted any more */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t asked;
	struct place places[QUESTION_KINDS];
	int answering; /* the kind, or QUESTION_KINDS */
	int turn;      /* the kind that is looked at first */
	bool stopping;
};

/* ---- answers ---- */

static struct box *box_of(const struct answer *answer)
{
	return (struct box *)answer;
}

const struct answer *answer_ref(const struct answer *answer)
{
	atomic_fetch_add(&box_of(answer)->references, 1);
	return answer;
}

void answer_unref(const struct answer *answer)
{
	if (!answer || atomic_fetch_sub(&box_of(answer)->references, 1) != 1)
		return;
	arena_free(&box_of(answer)->arena);
	free(box_of(answer));
}

static struct box *box_new(void)
{
	struct box *box = calloc(1, sizeof(*box));
	if (box)
		atomic_init(&box->references, 1);
	return box;
}

/* Makes a box as it was when it was new. */
static void box_empty(struct box *box)
{
	arena_free(&box->arena);
	box->arena = (struct arena){0};
	box->answer = (struct answer){0};
}

/* ---- what answers are made with ---- */

int search_goes_on(const struct search *search, struct error *error)
{
	if (atomic_load_explicit(search->outdated, memory_order_relaxed))
		return error_set(error, ERROR_CANCELLED, "the question is not asked any more");
	return 0;
}

void *search_alloc(struct search *search, size_t count, size_t size, struct error *error)
{
	/* One byte more, so that a list of nothing is a list too. */
	void *memory = count > (SIZE_MAX - 1) / size ? NULL : arena_alloc(search->arena, count * size + 1);
	if (!memory)
		error_set_errno(error, ENOMEM, "cannot hold the answer");
	return memory;
}

const char *search_copy(struct search *search, struct catalog_bytes bytes)
{
	char *copy = arena_alloc(search->arena, bytes.length + 1);
	return copy ? memcpy(copy, bytes.bytes, bytes.length) : "";
}

static unsigned char fold(char letter)
{
	unsigned char byte = (unsigned char)letter;
	return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

bool search_matches(const char *needle, struct catalog_bytes bytes)
{
	size_t length = strlen(needle);
	for (size_t at = 0; at + length <= bytes.length; at++) {
		size_t same = 0;
		while (same < length && fold(needle[same]) == fold(bytes.bytes[at + same]))
			same++;
		if (same == length)
			return true;
	}
	return false;
}

/* ---- questions ---- */

static const char *const *copy_texts(struct arena *arena, const char *const *texts, size_t count)
{
	const char **copies = arena_alloc(arena, count * sizeof(*copies) + 1);
	for (size_t i = 0; copies && i < count; i++)
		copies[i] = arena_text(arena, texts[i]);
	return copies;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return arena_text(arena, text ? text : "");
}

static size_t at_most(size_t value, size_t most)
{
	return value < most ? value : most;
}

/* Copies what the question points to, and brings its numbers within their bounds. */
static void keep_question(struct place *place, const struct question *from)
{
	struct question *question = &place->question;
	struct arena *texts = &place->texts;
	*question = *from;
	switch (question->kind) {
	case QUESTION_FILES:
		question->files.filter = copy_text(texts, from->files.filter);
		break;
	case QUESTION_ROWS: {
		question->rows.count = at_most(from->rows.count, INQUIRY_ROWS_MAX);
		int64_t *ids = arena_alloc(texts, question->rows.count * sizeof(*ids) + 1);
		if (ids && question->rows.count)
			memcpy(ids, from->rows.ids, question->rows.count * sizeof(*ids));
		question->rows.ids = ids;
		break;
	}
	case QUESTION_LOSS:
		question->loss.count = at_most(from->loss.count, STORE_NODES_MAX);
		question->loss.nodes = copy_texts(texts, from->loss.nodes, question->loss.count);
		question->loss.sample = at_most(from->loss.sample, INQUIRY_SAMPLE_MAX);
		break;
	case QUESTION_EVENTS:
		question->events.filter = copy_text(texts, from->events.filter);
		question->events.node = copy_text(texts, from->events.node);
		question->events.limit = at_most(from->events.limit, INQUIRY_EVENTS_MAX);
		break;
	case QUESTION_NODE:
		question->node.name = copy_text(texts, from->node.name);
		break;
	case QUESTION_NAMES:
		question->names.prefix = copy_text(texts, from->names.prefix);
		question->names.limit = at_most(from->names.limit, INQUIRY_ROWS_MAX);
		break;
	case QUESTION_DIFF:
		question->diff.before = copy_text(texts, from->diff.before);
		question->diff.after = copy_text(texts, from->diff.after);
		question->diff.filter = copy_text(texts, from->diff.filter);
		break;
	case QUESTION_FILE:
	case QUESTION_CHUNK:
	case QUESTION_PAIRS:
	case QUESTION_SNAPSHOTS:
	case QUESTION_KINDS:
		break;
	}
	place->unreadable = texts->failed;
}

void inquiry_ask(struct inquiry *inquiry, const struct question *question)
{
	assert(question->kind < QUESTION_KINDS);
	struct place *place = &inquiry->places[question->kind];
	pthread_mutex_lock(&inquiry->mutex);
	arena_free(&place->texts);
	place->texts = (struct arena){0};
	keep_question(place, question);
	place->waiting = true;
	if (inquiry->answering == (int)question->kind)
		atomic_store(&inquiry->outdated, true);
	pthread_cond_signal(&inquiry->asked);
	pthread_mutex_unlock(&inquiry->mutex);
}

const struct answer *inquiry_answer(struct inquiry *inquiry, enum question_kind kind)
{
	assert(kind < QUESTION_KINDS);
	pthread_mutex_lock(&inquiry->mutex);
	const struct answer *answer = inquiry->places[kind].answer;
	if (answer)
		answer_ref(answer);
	pthread_mutex_unlock(&inquiry->mutex);
	return answer;
}

bool inquiry_is_busy(struct inquiry *inquiry, enum question_kind kind)
{
	assert(kind < QUESTION_KINDS);
	pthread_mutex_lock(&inquiry->mutex);
	bool busy = inquiry->places[kind].waiting || inquiry->answering == (int)kind;
	pthread_mutex_unlock(&inquiry->mutex);
	return busy;
}

/* ---- answering ---- */

static bool gives_up(void *context)
{
	return atomic_load_explicit((atomic_bool *)context, memory_order_relaxed);
}

static int answer_question(struct search *search, struct error *error)
{
	static const struct {
		int (*answer)(struct search *search, struct error *error);
		bool of_world; /* it looks at nodes and copysets, which may have to be loaded for it */
	} kinds[QUESTION_KINDS] = {
		[QUESTION_FILES] = {inquiry_files, true},
		[QUESTION_ROWS] = {inquiry_rows, true},
		[QUESTION_FILE] = {inquiry_file, true},
		[QUESTION_CHUNK] = {inquiry_chunk, true},
		[QUESTION_LOSS] = {inquiry_loss, true},
		[QUESTION_PAIRS] = {inquiry_pairs, true},
		[QUESTION_EVENTS] = {inquiry_events, false},
		[QUESTION_NODE] = {inquiry_node, true},
		[QUESTION_NAMES] = {inquiry_names, false},
		[QUESTION_SNAPSHOTS] = {inquiry_snapshots, false},
		[QUESTION_DIFF] = {inquiry_diff, false},
	};
	enum question_kind kind = search->question->kind;
	struct catalog_state state;
	if (catalog_begin_reading(search->catalog, gives_up, (void *)search->outdated, &state, error) < 0)
		return -1;
	search->answer->sequence = state.sequence;
	int result = kinds[kind].of_world ? world_look(search, state.sequence, error) : 0;
	if (result == 0)
		result = kinds[kind].answer(search, error);
	catalog_end_reading(search->catalog);
	if (result == 0 && search->arena->failed)
		result = error_set_errno(error, ENOMEM, "cannot hold the answer");
	return result;
}

/* What could not be answered is said in a sentence. */
static void fail_answer(struct box *box, const struct error *error)
{
	const struct answer head = box->answer;
	box_empty(box);
	box->answer.kind = head.kind;
	box->answer.ticket = head.ticket;
	box->answer.sequence = head.sequence;
	const char *sentence = arena_text(&box->arena, error->message);
	box->answer.failure = *sentence ? sentence : "out of memory";
}

static void fill_box(
	struct inquiry *inquiry, const struct question *question, bool unreadable, struct box *box)
{
	struct timekeeper *time = inquiry->store->env->time;
	struct error error;
	struct search search = {.store = inquiry->store,
		.catalog = inquiry->catalog,
		.world = inquiry->world,
		.question = question,
		.answer = &box->answer,
		.arena = &box->arena,
		.outdated = &inquiry->outdated};
	int64_t began_ns = time->monotonic_ns(time);
	box->answer.kind = question->kind;
	box->answer.ticket = question->ticket;
	error_clear(&error);
	int result = unreadable ? error_set_errno(&error, ENOMEM, "cannot keep the question")
				: answer_question(&search, &error);
	if (result < 0)
		fail_answer(box, &error);
	box->answer.duration_ms = (time->monotonic_ns(time) - began_ns) / 1000000;
}

/* ---- the thread ---- */

/* The next question that waits, each kind in its turn; QUESTION_KINDS: none. The mutex is held. */
static int next_kind(const struct inquiry *inquiry)
{
	for (int i = 0; i < QUESTION_KINDS; i++) {
		int kind = (inquiry->turn + i) % QUESTION_KINDS;
		if (inquiry->places[kind].waiting)
			return kind;
	}
	return QUESTION_KINDS;
}

/* Waits for a question and for memory to answer it. QUESTION_KINDS at the end. The mutex is held. */
static int wait_for_question(struct inquiry *inquiry)
{
	int kind;
	while (!inquiry->stopping) {
		kind = next_kind(inquiry);
		if (kind < QUESTION_KINDS && !inquiry->spare)
			inquiry->spare = box_new();
		if (kind < QUESTION_KINDS && inquiry->spare)
			return kind;
		if (kind == QUESTION_KINDS) {
			pthread_cond_wait(&inquiry->asked, &inquiry->mutex);
		} else {
			pthread_mutex_unlock(&inquiry->mutex);
			nanosleep(&(struct timespec){.tv_nsec = MEMORY_RETRY_MS * 1000000L}, NULL);
			pthread_mutex_lock(&inquiry->mutex);
		}
	}
	return QUESTION_KINDS;
}

/* Answers one question. The mutex is held, but not while it is answered. */
static void answer_one(struct inquiry *inquiry, int kind)
{
	struct place *place = &inquiry->places[kind];
	struct question question = place->question;
	struct arena texts = place->texts;
	bool unreadable = place->unreadable;
	struct box *box = inquiry->spare;
	const struct answer *old = NULL;
	inquiry->spare = NULL;
	place->texts = (struct arena){0};
	place->waiting = false;
	inquiry->answering = kind;
	inquiry->turn = (kind + 1) % QUESTION_KINDS;
	atomic_store(&inquiry->outdated, false);
	pthread_mutex_unlock(&inquiry->mutex);

	fill_box(inquiry, &question, unreadable, box);
	arena_free(&texts);

	pthread_mutex_lock(&inquiry->mutex);
	inquiry->answering = QUESTION_KINDS;
	bool published = !atomic_load(&inquiry->outdated);
	if (published) {
		old = place->answer;
		place->answer = &box->answer;
	} else {
		inquiry->spare = box;
	}
	pthread_mutex_unlock(&inquiry->mutex);
	answer_unref(old);
	if (!published)
		box_empty(box);
	else if (inquiry->wake)
		inquiry->wake(inquiry->context);
	pthread_mutex_lock(&inquiry->mutex);
}

static void *run(void *argument)
{
	struct inquiry *inquiry = argument;
	int kind;
	pthread_mutex_lock(&inquiry->mutex);
	while ((kind = wait_for_question(inquiry)) < QUESTION_KINDS)
		answer_one(inquiry, kind);
	pthread_mutex_unlock(&inquiry->mutex);
	return NULL;
}

/* ---- beginning and end ---- */

static int start(struct inquiry *inquiry, struct error *error)
{
	char path[4096 + 16];
	snprintf(path, sizeof(path), "%s/catalog.db", inquiry->store->config->store);
	if (catalog_open_reading(inquiry->store->env, path, &inquiry->catalog, error) < 0)
		return -1;
	inquiry->spare = box_new();
	inquiry->world = calloc(1, sizeof(*inquiry->world));
	if (!inquiry->spare || !inquiry->world)
		return error_set_errno(error, ENOMEM, "cannot ask about the store");
	int number = pthread_create(&inquiry->thread, NULL, run, inquiry);
	return number ? error_set_errno(error, number, "cannot start a thread") : 0;
}

static void release(struct inquiry *inquiry)
{
	for (int i = 0; i < QUESTION_KINDS; i++) {
		arena_free(&inquiry->places[i].texts);
		answer_unref(inquiry->places[i].answer);
	}
	if (inquiry->spare)
		answer_unref(&inquiry->spare->answer);
	if (inquiry->world)
		world_release(inquiry->world);
	free(inquiry->world);
	catalog_close(inquiry->catalog);
	pthread_cond_destroy(&inquiry->asked);
	pthread_mutex_destroy(&inquiry->mutex);
	free(inquiry);
}

int inquiry_open(struct store *store, void (*wake)(void *context), void *context, struct inquiry **result,
	struct error *error)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	if (!inquiry)
		return error_set_errno(error, ENOMEM, "cannot ask about the store");
	inquiry->store = store;
	inquiry->wake = wake;
	inquiry->context = context;
	inquiry->answering = QUESTION_KINDS;
	pthread_mutex_init(&inquiry->mutex, NULL);
	pthread_cond_init(&inquiry->asked, NULL);
	if (start(inquiry, error) < 0) {
		release(inquiry);
		return -1;
	}
	*result = inquiry;
	return 0;
}

void inquiry_close(struct inquiry *inquiry)
{
	if (!inquiry)
		return;
	pthread_mutex_lock(&inquiry->mutex);
	inquiry->stopping = true;
	atomic_store(&inquiry->outdated, true);
	pthread_cond_signal(&inquiry->asked);
	pthread_mutex_unlock(&inquiry->mutex);
	pthread_join(inquiry->thread, NULL);
	release(inquiry);
}
