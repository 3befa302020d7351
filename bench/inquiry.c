/*
 * inquiry.c: how long each kind of question takes to be answered in a large store.
 *
 *	inquiry CONFIG [RUNS]
 *
 * The store is one that synthetic.c filled: 'linckia new --chunk-size 64KiB', then 'synthetic CONFIG 200000 100000
 * bare', and 'synthetic CONFIG 1000000 1 bare' for a file of a million chunks on top, which becomes the second
 * version of the first file's name. The program adds 100,000 events if there are not as many. Each figure is the
 * median of RUNS (9) answers, after one that is not counted, in milliseconds.
 */
#include "engine/inquiry.h"
#include "engine/store.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS_MAX = 101, EVENTS = 100000 };

struct bench {
	struct store *store;
	struct inquiry *inquiry;
	size_t runs;
	uint64_t ticket;
	pthread_mutex_t mutex;
	pthread_cond_t answered;
};

static double now_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void wake(void *context)
{
	struct bench *bench = context;
	pthread_mutex_lock(&bench->mutex);
	pthread_cond_signal(&bench->answered);
	pthread_mutex_unlock(&bench->mutex);
}

static const struct answer *ask(struct bench *bench, const struct question *question)
{
	struct question asked = *question;
	const struct answer *answer;
	asked.ticket = ++bench->ticket;
	inquiry_ask(bench->inquiry, &asked);
	pthread_mutex_lock(&bench->mutex);
	while (!(answer = inquiry_answer(bench->inquiry, question->kind)) ||
		answer->ticket != bench->ticket) {
		answer_unref(answer);
		pthread_cond_wait(&bench->answered, &bench->mutex);
	}
	pthread_mutex_unlock(&bench->mutex);
	if (answer->failure) {
		fprintf(stderr, "inquiry: %s\n", answer->failure);
		exit(1);
	}
	return answer;
}

static int by_value(const void *a, const void *b)
{
	const double *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

static void time_question(struct bench *bench, const char *what, const struct question *question)
{
	double times[RUNS_MAX];
	double began = now_ms();
	answer_unref(ask(bench, question));
	double first = now_ms() - began;
	for (size_t i = 0; i < bench->runs; i++) {
		began = now_ms();
		answer_unref(ask(bench, question));
		times[i] = now_ms() - began;
	}
	qsort(times, bench->runs, sizeof(*times), by_value);
	printf("%-36s %9.2f ms   first %9.2f   worst %9.2f\n", what, times[bench->runs / 2], first,
		times[bench->runs - 1]);
}

static int add_events(struct store *store, struct error *error)
{
	int64_t after = 0;
	if (catalog_event_start(store->reader, EVENTS - 1, &after, error) < 0)
		return -1;
	if (after)
		return 0;
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	for (int i = 0; i < EVENTS; i++) {
		char text[64];
		snprintf(text, sizeof(text), "copied 12 chunks, number %d", i);
		if (catalog_add_event(store->writer, i % 1000 ? EVENT_INFO : EVENT_WARNING,
			    i % 100 ? "repair_progress" : "node_slow", i % 7 ? "" : "node-2", text,
			    error) < 0) {
			catalog_rollback(store->writer);
			return -1;
		}
	}
	return catalog_commit(store->writer, error);
}

static void time_files(struct bench *bench)
{
	static const char *const sorts[FILE_SORTS] = {"name", "size", "stored", "versions", "copies", "live"};
	struct question question = {.kind = QUESTION_FILES, .files = {.filter = ""}};
	char what[64];
	for (int sort = 0; sort < FILE_SORTS; sort++) {
		question.files.sort = (enum file_sort)sort;
		snprintf(what, sizeof(what), "files, by %s", sorts[sort]);
		time_question(bench, what, &question);
	}
	question.files.sort = FILE_SORT_SIZE;
	question.files.filter = "ILE-12";
	time_question(bench, "files, filtered, by size", &question);
	question.files.filter = "nothing like it";
	time_question(bench, "files, none matches", &question);
	question.files.filter = "";
	question.files.sort = FILE_SORT_LIVE;
	question.files.at_risk = true;
	time_question(bench, "files at risk", &question);
}

/* The rows of what a list shows at first, and the largest file on its own. */
static void time_rows(struct bench *bench, int64_t *largest)
{
	struct question question = {.kind = QUESTION_FILES, .files = {.filter = "", .sort = FILE_SORT_SIZE}};
	const struct answer *files = ask(bench, &question);
	*largest = files->files.count ? files->files.ids[0] : 0;
	size_t count = files->files.count < INQUIRY_ROWS_MAX + 1 ? 0 : INQUIRY_ROWS_MAX;
	question = (struct question){
		.kind = QUESTION_ROWS, .rows = {.ids = files->files.ids + 1, .count = count}};
	time_question(bench, "rows, 512 files", &question);
	question = (struct question){.kind = QUESTION_ROWS, .rows = {.ids = largest, .count = 1}};
	time_question(bench, "rows, the largest file", &question);
	answer_unref(files);
}

static void time_all(struct bench *bench)
{
	static const char *const lost[] = {"node-1", "node-2"};
	int64_t largest;
	struct question question;
	time_files(bench);
	time_rows(bench, &largest);
	question = (struct question){.kind = QUESTION_FILE, .file = {.id = largest}};
	const struct answer *file = ask(bench, &question);
	uint64_t chunks = file->file.chunk_count;
	answer_unref(file);
	time_question(bench, "file, the largest", &question);
	printf("%36s (%" PRIu64 " chunks)\n", "", chunks);
	question = (struct question){.kind = QUESTION_CHUNK, .chunk = {.id = largest, .index = chunks / 2}};
	time_question(bench, "chunk", &question);
	question = (struct question){
		.kind = QUESTION_LOSS, .loss = {.nodes = lost, .count = 1, .sample = INQUIRY_SAMPLE_MAX}};
	time_question(bench, "loss of one node", &question);
	question.loss.count = 2;
	time_question(bench, "loss of two nodes", &question);
	question = (struct question){.kind = QUESTION_PAIRS};
	time_question(bench, "pairs", &question);
	question = (struct question){
		.kind = QUESTION_EVENTS, .events = {.filter = "", .node = "", .limit = 200}};
	time_question(bench, "events, the newest 200", &question);
	question.events.filter = "slow";
	time_question(bench, "events, 200 of one in a hundred", &question);
	question.events.filter = "nothing like it";
	time_question(bench, "events, none matches", &question);
	question = (struct question){.kind = QUESTION_NODE, .node = {.name = "node-1"}};
	time_question(bench, "node", &question);
	question = (struct question){.kind = QUESTION_NAMES, .names = {.prefix = "", .limit = 512}};
	time_question(bench, "names, all folders", &question);
	question.names.prefix = "folder-042/file-4";
	time_question(bench, "names, in a folder", &question);
}

int main(int argc, char **argv)
{
	struct error error;
	struct bench bench = {.runs = argc == 3 ? strtoul(argv[2], NULL, 10) : 9};
	if (argc < 2 || argc > 3 || bench.runs < 1 || bench.runs > RUNS_MAX) {
		fprintf(stderr, "usage: inquiry CONFIG [RUNS]\n");
		return 2;
	}
	pthread_mutex_init(&bench.mutex, NULL);
	pthread_cond_init(&bench.answered, NULL);
	int result = store_open(argv[1], &bench.store, &error);
	if (result == 0)
		result = add_events(bench.store, &error);
	if (result == 0)
		result = inquiry_open(bench.store, wake, &bench, &bench.inquiry, &error);
	if (result == 0)
		time_all(&bench);
	else
		fprintf(stderr, "inquiry: %s\n", error.message);
	inquiry_close(bench.inquiry);
	store_close(bench.store);
	return result < 0 ? 1 : 0;
}
