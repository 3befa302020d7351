/*
 * Everything at once in one process, for the thread sanitizer and for the promises that must hold meanwhile: threads
 * put, get and remove, take snapshots, run passes, break nodes and links and mend them, while maintenance heals and a
 * console looks at all of it. A file that was acknowledged is fetched as it was stored, and in the end everything is
 * there.
 */
#include "tests/screen/stage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/support/scratch.h"

enum { NODES = 5, NAMES = 8, PUTTERS = 2, GETTERS = 2, ROUNDS = 24, FRAMES = 150, FILE_MAX = 300 << 10 };

static struct scratch folder;
static struct store *store;
static struct watch *watch;
static struct maintenance *maintenance;
static atomic_bool done;              /* those that store have ended … */
static atomic_uint putting = PUTTERS; /* … of which there are so many */

/* What went wrong first, in whichever thread: a check of cmocka's must fail in the thread of the test. */
static atomic_flag has_failed = ATOMIC_FLAG_INIT;
static char failure[8192];

static void fail_with(const char *what, const char *name, const char *why)
{
	if (!atomic_flag_test_and_set(&has_failed))
		snprintf(failure, sizeof(failure), "%s %s: %s", what, name, why);
}

/* One name that one thread stores again and again. What is in it begins with the number of the round. */
struct name {
	char text[32];
	_Atomic uint64_t stored; /* the newest round that was acknowledged; 0: none */
	atomic_bool removed;     /* since, or perhaps */
};
static struct name names[PUTTERS][NAMES];

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static size_t size_of(uint64_t round)
{
	uint64_t seed = round;
	return sizeof(round) + draw(&seed) % FILE_MAX;
}

/* What the file of a round holds; the caller frees it. */
static uint8_t *content_of(uint64_t round)
{
	size_t size = size_of(round);
	uint8_t *data = malloc(size);
	if (data) {
		scratch_fill(data, size, round);
		memcpy(data, &round, sizeof(round));
	}
	return data;
}

static bool write_whole(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "wb");
	bool written = file && fwrite(data, 1, size, file) == size;
	return file && fclose(file) == 0 && written;
}

/* Which round is in a file that was fetched; 0: it is none that was ever stored. */
static uint64_t round_in(const char *path)
{
	uint64_t round = 0;
	FILE *file = fopen(path, "rb");
	if (!file)
		return 0;
	uint8_t *data = NULL;
	bool same = fread(&round, sizeof(round), 1, file) == 1 && round > 0 && (data = content_of(round));
	if (same) {
		size_t size = size_of(round), got;
		uint8_t *found = malloc(size + 1);
		rewind(file);
		got = found ? fread(found, 1, size + 1, file) : 0;
		same = got == size && memcmp(found, data, size) == 0;
		free(found);
	}
	free(data);
	fclose(file);
	return same ? round : 0;
}

/* ---- those that use it ---- */

static void *put_files(void *argument)
{
	struct name *own = argument;
	struct error error;
	char path[320];
	uint64_t seed = (uint64_t)(own - names[0]) + 1, removed;
	snprintf(path, sizeof(path), "%s/in-%u", folder.path, (unsigned)(own - names[0]));
	for (uint64_t step = 1; step <= ROUNDS; step++) {
		struct name *name = &own[draw(&seed) % NAMES];
		uint64_t round = step * PUTTERS + (own != names[0]);
		if (draw(&seed) % 5 == 0) {
			atomic_store(&name->removed, true);
			if (store_remove(store, name->text, &removed, &error) < 0 &&
				error.code != ERROR_NOT_FOUND)
				fail_with("rm", name->text, error.message);
			continue;
		}
		uint8_t *data = content_of(round);
		const char *const paths[] = {path};
		struct put_options options = {.name = name->text};
		error_clear(&error);
		if (!data || !write_whole(path, data, size_of(round))) {
			fail_with("write", path, "failed");
		} else if (store_put(store, paths, 1, &options, &error) < 0) {
			fail_with("put", name->text, error.message);
		} else {
			atomic_store(&name->stored, round);
			atomic_store(&name->removed, false);
		}
		free(data);
	}
	if (atomic_fetch_sub(&putting, 1) == 1)
		atomic_store(&done, true);
	return NULL;
}

/* Nothing older than what was acknowledged before it was asked for. */
static void get_one(struct name *name, const char *path)
{
	struct error error;
	struct get_options options = {.output = path};
	uint64_t before = atomic_load(&name->stored);
	error_clear(&error);
	if (store_get(store, name->text, &options, &error) < 0) {
		bool absent = error.code == ERROR_NOT_FOUND;
		if (!absent ||
			(before > 0 && !atomic_load(&name->removed) && atomic_load(&name->stored) == before))
			fail_with("get", name->text, error.message);
		return;
	}
	uint64_t round = round_in(path);
	if (round == 0 || round < before)
		fail_with("get", name->text, "it is not what was stored");
}

static void *get_files(void *argument)
{
	uint64_t seed = 100 + *(const unsigned *)argument;
	char path[320];
	snprintf(path, sizeof(path), "%s/out-%u", folder.path, *(const unsigned *)argument);
	while (!atomic_load(&done))
		get_one(&names[draw(&seed) % PUTTERS][draw(&seed) % NAMES], path);
	return NULL;
}

/* ---- those that disturb it ---- */

static void tolerate(int result, const char *what, const struct error *error)
{
	if (result < 0 && error->code != ERROR_UNAVAILABLE && error->code != ERROR_BUSY)
		fail_with(what, "", error->message);
}

/* Only node-1 is ever failed and only node-2 corrupt, so that of three copies one is always good. */
static void *break_things(void *argument)
{
	(void)argument;
	static const char *const ends[2][1] = {{"client"}, {"node-3"}};
	struct error error;
	uint64_t count;
	bool changed;
	for (unsigned step = 0; !atomic_load(&done); step++) {
		struct link_change slow = {.set_latency = true, .to = {.latency_ms = step % 2 ? 2 : 0}};
		struct repair_control control = {.set_paused = true, .paused = step % 8 == 5};
		error_clear(&error);
		tolerate(store_node_fail(store, "node-1", &changed, &error), "fail", &error);
		tolerate(
			store_set_links(store, ends[0], 1, ends[1], 1, &slow, &count, &error), "net", &error);
		usleep(50000);
		tolerate(store_control_repair(store, &control, &error), "control", &error);
		tolerate(store_node_recover(store, "node-1", &changed, &error), "recover", &error);
		if (step % 4 == 0)
			tolerate(store_node_corrupt(store, "node-2", 1, &count, &error), "corrupt", &error);
		usleep(50000);
	}
	struct repair_control resume = {.set_paused = true};
	tolerate(store_control_repair(store, &resume, &error), "control", &error);
	return NULL;
}

static void *run_passes(void *argument)
{
	(void)argument;
	struct error error;
	struct snapshot snapshot;
	for (unsigned step = 0; !atomic_load(&done); step++) {
		struct pass_options options = {.kind = (enum pass_kind)(step % 4), .cancel = &done};
		struct pass_result result;
		error_clear(&error);
		if (store_run_pass(store, maintenance, &options, &result, &error) < 0 &&
			error.code != ERROR_CANCELLED)
			tolerate(-1, "pass", &error);
		tolerate(store_snapshot_create(store, NULL, &snapshot, &error), "snapshot", &error);
	}
	return NULL;
}

/* ---- who looks at it ---- */

static struct inquiry *inquiry;

static void ask(void *context, const struct question *question)
{
	(void)context;
	inquiry_ask(inquiry, question);
}

static void run_nothing(void *context, const char *const *words, size_t count, bool typed)
{
	(void)context;
	(void)words;
	(void)count;
	(void)typed;
}

static void hear(struct console *console)
{
	for (int kind = 0; kind < QUESTION_KINDS; kind++) {
		const struct answer *answer = inquiry_answer(inquiry, (enum question_kind)kind);
		if (answer && answer == console->answers[kind])
			answer_unref(answer);
		else if (answer)
			console_hear(console, answer);
	}
}

/* The thread of the test is the console's: it draws what the others do to the store. */
static void look_on(void)
{
	static const char keys[] = "123456789j?\x1b\rjjk\x1b"
				   "4\rlj\x1b"
				   "1/a\n\x1b"
				   "5jl6k78n";
	struct console console;
	const struct view *view = watch_view(watch);
	assert_int_equal(console_init(&console, view, &glyphs_utf8), 0);
	console.link = (struct console_link){.run = run_nothing, .ask = ask};
	console.rows = 40;
	console.columns = 120;
	for (unsigned frame = 0; frame < FRAMES || !atomic_load(&done); frame++) {
		const struct view *newer = watch_view(watch);
		console.tick_ms += 100;
		console_show(&console, newer);
		view_unref(view);
		view = newer;
		hear(&console);
		keys_dispatch(&console, (unsigned char)keys[frame % (sizeof(keys) - 1)]);
		console_settle(&console);
		console_draw(&console, &grid_make(console.rows, console.columns)->canvas);
		usleep(10000);
		if (frame >= FRAMES)
			usleep(100000);
	}
	console_release(&console);
	view_unref(view);
}

/* ---- the test ---- */

static void make_store(void)
{
	struct error error;
	struct store_new_options options = {
		.node_count = NODES, .replication_factor = 3, .chunk_bytes = 64 << 10, .rehearsal = true};
	error_clear(&error);
	scratch_make(&folder);
	if (store_new(scratch_path(&folder, "s"), &options, &error) < 0 ||
		store_open(scratch_path(&folder, "s/config.yaml"), &store, &error) < 0 ||
		maintenance_start(store, &maintenance, &error) < 0 ||
		watch_start(store, &(struct watch_options){.refresh_ms = 50}, &watch, &error) < 0 ||
		inquiry_open(store, NULL, NULL, &inquiry, &error) < 0)
		fail_msg("%s", error.message);
	for (unsigned i = 0; i < PUTTERS * NAMES; i++)
		snprintf(names[i / NAMES][i % NAMES].text, sizeof(names[0][0].text), "of-%u/name-%u",
			i / NAMES, i % NAMES);
}

static void heal_and_verify(void)
{
	struct error error;
	struct pass_result result;
	const enum pass_kind kinds[] = {PASS_SCRUB, PASS_REPAIR, PASS_SCRUB};
	error_clear(&error);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct pass_options options = {.kind = kinds[i]};
		if (store_run_pass(store, maintenance, &options, &result, &error) < 0)
			fail_msg("%s", error.message);
	}
	assert_int_equal(result.bad, 0);
	for (unsigned i = 0; i < PUTTERS * NAMES; i++)
		get_one(&names[i / NAMES][i % NAMES], scratch_path(&folder, "out"));
	const struct view *view;
	assert_int_equal(store_view(store, 0, &view, &error), 0);
	assert_int_equal(view->chunks.lost + view->chunks.unavailable + view->chunks.under_replicated, 0);
	view_unref(view);
}

static void test_everything_at_once(void **state)
{
	(void)state;
	pthread_t putters[PUTTERS], getters[GETTERS], breaker, runner;
	static const unsigned numbers[GETTERS] = {0, 1};
	make_store();
	for (unsigned i = 0; i < PUTTERS; i++)
		assert_int_equal(pthread_create(&putters[i], NULL, put_files, names[i]), 0);
	for (unsigned i = 0; i < GETTERS; i++)
		assert_int_equal(pthread_create(&getters[i], NULL, get_files, (void *)&numbers[i]), 0);
	assert_int_equal(pthread_create(&breaker, NULL, break_things, NULL), 0);
	assert_int_equal(pthread_create(&runner, NULL, run_passes, NULL), 0);
	look_on();
	for (unsigned i = 0; i < PUTTERS; i++)
		pthread_join(putters[i], NULL);
	for (unsigned i = 0; i < GETTERS; i++)
		pthread_join(getters[i], NULL);
	pthread_join(breaker, NULL);
	pthread_join(runner, NULL);
	heal_and_verify();
	inquiry_close(inquiry);
	watch_stop(watch);
	maintenance_stop(maintenance);
	store_close(store);
	scratch_remove(&folder);
	if (failure[0])
		fail_msg("%s", failure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
