#include "engine/hedge.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "engine/hints.h"
#include "engine/network.h"
#include "engine/read_times.h"

enum { READERS_MAX = 128, STACK_BYTES = 512 << 10, HANDOVER_BYTES = 256 << 10, PATIENCE = 4 };
#define HEED_NS 100000000
static const double FAR_MS = 20;
static const double FAR_FACTOR = 8;
static const double CREDIT_FIRST = 4;
static const double CREDIT_MAX = 8;
static const double CREDIT_EARNED = 0.05;

/* One thread, and the read it does or did. */
struct reader {
	struct hedge *hedge;
	pthread_cond_t wake;
	struct copy_read read;
	int64_t handed_ns; /* by the environment's clock */
	bool on_credit;
	bool late; /* and counted as hanging */
	enum { READER_IDLE, READER_READING, READER_DONE } state;
	struct race *race; /* who waits for it; NULL: nobody any more */
	atomic_bool stop;  /* who waited for it waits no more, and wants its buffer back */
	struct reader *next_idle;
};

struct hedge {
	struct store *store;
	pthread_mutex_t mutex; /* guards everything below */
	pthread_cond_t left;   /* a thread has ended */
	struct reader readers[READERS_MAX];
	struct reader *idle;
	unsigned made, threads, reading;
	uint64_t ended; /* reads, so far */
	bool closing;
	void (*release)(struct store *store); /* for the last thread to call */
	double credit;
	struct read_times all;
	struct {
		struct read_times times;
		struct read_trust trust;
		unsigned hanging; /* reads that are late and have not ended */
	} nodes[STORE_NODES_MAX];
};

int hedge_open(struct store *store, struct error *error)
{
	struct hedge *hedge = calloc(1, sizeof(*hedge));
	if (!hedge)
		return error_set_errno(error, ENOMEM, "cannot open the store");
	hedge->store = store;
	hedge->credit = CREDIT_FIRST;
	pthread_mutex_init(&hedge->mutex, NULL);
	pthread_cond_init(&hedge->left, NULL);
	store->hedge = hedge;
	return 0;
}

bool hedge_close(struct store *store, bool wait, void (*release)(struct store *store))
{
	struct hedge *hedge = store->hedge;
	if (!hedge)
		return true;
	pthread_mutex_lock(&hedge->mutex);
	hedge->closing = true;
	for (unsigned i = 0; i < hedge->made; i++)
		pthread_cond_signal(&hedge->readers[i].wake);
	/* The idle ones end at once. */
	while (hedge->threads > (wait ? 0 : hedge->reading))
		pthread_cond_wait(&hedge->left, &hedge->mutex);
	bool all_ended = hedge->threads == 0;
	if (!all_ended)
		hedge->release = release;
	pthread_mutex_unlock(&hedge->mutex);
	return all_ended;
}

void hedge_free(struct hedge *hedge)
{
	if (!hedge)
		return;
	assert(hedge->threads == 0);
	for (unsigned i = 0; i < hedge->made; i++)
		pthread_cond_destroy(&hedge->readers[i].wake);
	pthread_cond_destroy(&hedge->left);
	pthread_mutex_destroy(&hedge->mutex);
	free(hedge);
}

/* ---- what is learned ---- */

static double limit_of(const struct hedge *hedge, const struct copy_read *read)
{
	size_t at = (size_t)(read->from->owner - hedge->store->nodes);
	return read_times_limit(&hedge->nodes[at].times, &hedge->all, copy_read_bytes(read));
}

/* Learns from a read that has ended. The mutex is held. */
static void learn(struct hedge *hedge, const struct copy_read *read)
{
	if (read->result != CHUNK_GOOD)
		return;
	size_t at = (size_t)(read->from->owner - hedge->store->nodes);
	double ms = (double)(read->ended_ns - read->began_ns) / 1e6;
	bool in_time = ms <= limit_of(hedge, read);
	read_times_add(&hedge->nodes[at].times, copy_read_bytes(read), ms);
	read_times_add(&hedge->all, copy_read_bytes(read), ms);
	if (!in_time) {
		read_trust_late(&hedge->nodes[at].trust, read->began_ns, read->ended_ns);
		return;
	}
	read_trust_in_time(&hedge->nodes[at].trust, read->began_ns);
	hedge->credit += CREDIT_EARNED;
	if (hedge->credit > CREDIT_MAX)
		hedge->credit = CREDIT_MAX;
}

/* ---- whom to ask first ---- */

struct candidate {
	struct node *node;
	double look_ms; /* what the last look at it took; negative: unknown */
	double ms;      /* what it takes, as far as is known */
	unsigned hanging;
	bool doubt; /* it was late, and has not made good since */
	bool avoid;
};

/* What is known of a node that answers. */
static bool draw_up(struct hedge *hedge, uint16_t id, int64_t now_ns, struct candidate *candidate)
{
	struct store *store = hedge->store;
	struct node *node = store_node_by_id(store, id);
	struct node_status status;
	if (!node)
		return false;
	node_status(node, &status);
	if (!status.readable)
		return false;
	pthread_mutex_lock(&hedge->mutex);
	size_t at = (size_t)(node - store->nodes);
	const struct read_trust *trust = &hedge->nodes[at].trust;
	double usual = read_times_usual(&hedge->nodes[at].times);
	*candidate = (struct candidate){
		.node = node,
		.look_ms = status.latency_ms,
		.ms = usual > status.latency_ms ? usual : status.latency_ms,
		.hanging = hedge->nodes[at].hanging,
		.doubt = trust->tries > 0,
		.avoid = status.slow || hedge->nodes[at].hanging > 0 || read_trust_is_low(trust, now_ns),
	};
	pthread_mutex_unlock(&hedge->mutex);
	return true;
}

/*
 * A node at which a mere look takes long is not asked first
 * either; and where none is beyond doubt, none is tried again.
 */
static void compare_holders(struct candidate *candidates, unsigned count)
{
	double least_ms = INFINITY;
	bool all_in_doubt = true;
	for (unsigned i = 0; i < count; i++) {
		if (candidates[i].look_ms >= 0)
			least_ms = fmin(least_ms, candidates[i].look_ms);
		all_in_doubt = all_in_doubt && (candidates[i].doubt || candidates[i].avoid);
	}
	for (unsigned i = 0; i < count; i++) {
		bool far = candidates[i].look_ms > fmax(FAR_MS, FAR_FACTOR * least_ms);
		candidates[i].avoid = candidates[i].avoid || all_in_doubt || far;
	}
}

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
	if (a->avoid != b->avoid)
		return b->avoid;
	if (!a->avoid || a->hanging != b->hanging)
		return a->hanging < b->hanging;
	return a->ms < b->ms;
}

unsigned hedge_order(struct store *store, const struct catalog_chunk *chunk, struct node **holders)
{
	struct hedge *hedge = store->hedge;
	struct candidate candidates[COPYSET_MAX];
	int64_t now_ns = store->env->time->monotonic_ns(store->env->time);
	unsigned count = 0;
	hints_follow(store);
	for (unsigned i = 0; i < chunk->node_count; i++) {
		struct candidate found;
		if (!draw_up(hedge, chunk->nodes[i], now_ns, &found))
			continue;
		unsigned other = (unsigned)(store->env->dice->next(store->env->dice) % (count + 1));
		candidates[count++] = candidates[other];
		candidates[other] = found;
	}
	if (count > 0)
		compare_holders(candidates, count);
	for (unsigned i = 1; i < count; i++) {
		struct candidate moved = candidates[i];
		unsigned at = i;
		for (; at > 0 && comes_before(&moved, &candidates[at - 1]); at--)
			candidates[at] = candidates[at - 1];
		candidates[at] = moved;
	}
	for (unsigned i = 0; i < count; i++)
		holders[i] = candidates[i].node;
	if (count > 0) {
		pthread_mutex_lock(&hedge->mutex);
		read_trust_try(&hedge->nodes[holders[0] - store->nodes].trust, now_ns);
		pthread_mutex_unlock(&hedge->mutex);
	}
	return count;
}

/* ---- the threads ---- */

/* The mutex is held. */
static void rest(struct reader *reader)
{
	reader->state = READER_IDLE;
	reader->race = NULL;
	reader->next_idle = reader->hedge->idle;
	reader->hedge->idle = reader;
}

/* Nobody waits: the bytes are of no use, but that the copy is in trouble is worth knowing. */
static void discard(struct reader *reader)
{
	struct copy_read *read = &reader->read;
	bool failed =
		read->result == CHUNK_READ_ERROR && read->number != EBADMSG && read->number != ECANCELED;
	if (failed || read->result == CHUNK_BAD)
		node_count(read->from->owner, TRAFFIC_ERRORS, 1);
	pool_give(read->store->pool, read->buffer);
	rest(reader);
}

static void *work(void *argument)
{
	struct reader *reader = argument;
	struct hedge *hedge = reader->hedge;
	network_heed(&reader->stop);
	pthread_mutex_lock(&hedge->mutex);
	while (reader->state == READER_READING || !hedge->closing) {
		if (reader->state != READER_READING) {
			pthread_cond_wait(&reader->wake, &hedge->mutex);
			continue;
		}
		pthread_mutex_unlock(&hedge->mutex);
		copy_read_run(&reader->read);
		pthread_mutex_lock(&hedge->mutex);
		hedge->reading--;
		hedge->ended++;
		hedge->nodes[reader->read.from->owner - hedge->store->nodes].hanging -= reader->late;
		learn(hedge, &reader->read);
		reader->state = READER_DONE;
		if (reader->race)
			pthread_cond_signal(&reader->race->ended);
		else
			discard(reader);
	}
	hedge->threads--;
	pthread_cond_signal(&hedge->left);
	void (*release)(struct store *) = hedge->threads == 0 ? hedge->release : NULL;
	struct store *store = hedge->store;
	pthread_mutex_unlock(&hedge->mutex);
	if (release)
		release(store);
	return NULL;
}

/* A thread that was not there before, or NULL. The mutex is held. */
static struct reader *make_reader(struct hedge *hedge)
{
	if (hedge->made == READERS_MAX)
		return NULL;
	struct reader *reader = &hedge->readers[hedge->made];
	pthread_attr_t detached;
	pthread_t thread;
	reader->hedge = hedge;
	pthread_cond_init(&reader->wake, NULL);
	pthread_attr_init(&detached);
	pthread_attr_setstacksize(&detached, STACK_BYTES);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	int number = pthread_create(&thread, &detached, work, reader);
	pthread_attr_destroy(&detached);
	if (number != 0) {
		pthread_cond_destroy(&reader->wake);
		return NULL;
	}
	hedge->made++;
	hedge->threads++;
	return reader;
}

static struct reader *take_reader(struct hedge *hedge)
{
	struct reader *reader = hedge->idle;
	if (!reader)
		return make_reader(hedge);
	hedge->idle = reader->next_idle;
	return reader;
}

/* ---- races ---- */

static int64_t real_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void race_begin(struct race *race, struct store *store)
{
	pthread_condattr_t monotonic;
	*race = (struct race){.store = store};
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&race->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void race_end(struct race *race)
{
	pthread_mutex_lock(&race->store->hedge->mutex);
	for (unsigned i = 0; i < race->count; i++) {
		struct reader *reader = race->running[i];
		reader->race = NULL;
		if (reader->state == READER_DONE)
			discard(reader);
	}
	pthread_mutex_unlock(&race->store->hedge->mutex);
	pthread_cond_destroy(&race->ended);
}

/* Whether the read is so small, and its node so well known, that handing it over would cost more than it is worth. */
static bool is_quick(const struct hedge *hedge, const struct copy_read *read)
{
	size_t at = (size_t)(read->from->owner - hedge->store->nodes);
	return copy_read_bytes(read) < HANDOVER_BYTES && hedge->nodes[at].times.count >= READ_TIMES_MIN &&
	       hedge->nodes[at].trust.tries == 0;
}

bool race_start(struct race *race, const struct copy_read *read)
{
	struct hedge *hedge = race->store->hedge;
	struct timekeeper *time = race->store->env->time;
	bool on_credit = race->count > 0;
	assert(race->count < COPYSET_MAX);
	if (race->store->env->simulated)
		return false;
	pthread_mutex_lock(&hedge->mutex);
	struct reader *reader = NULL;
	if (on_credit ? hedge->credit >= 1 : !is_quick(hedge, read))
		reader = take_reader(hedge);
	if (reader) {
		hedge->credit -= on_credit;
		hedge->reading++;
		reader->read = *read;
		reader->race = race;
		reader->on_credit = on_credit;
		atomic_store(&reader->stop, false);
		reader->late = false;
		reader->handed_ns = time->monotonic_ns(time);
		reader->state = READER_READING;
		race->running[race->count++] = reader;
		race->newest = reader;
		race->begun_ns = real_now_ns();
		race->ended_before = hedge->ended;
		race->quiet_ns = 0;
		pthread_cond_signal(&reader->wake);
	}
	pthread_mutex_unlock(&hedge->mutex);
	return reader != NULL;
}

void race_read_here(struct race *race, struct copy_read *read)
{
	struct hedge *hedge = race->store->hedge;
	copy_read_run(read);
	pthread_mutex_lock(&hedge->mutex);
	learn(hedge, read);
	pthread_mutex_unlock(&hedge->mutex);
}

/* Takes one that has ended out of the race. The mutex is held. */
static bool take_ended(struct race *race, struct copy_read *ended)
{
	for (unsigned i = 0; i < race->count; i++) {
		struct reader *reader = race->running[i];
		if (reader->state != READER_DONE)
			continue;
		*ended = reader->read;
		if (reader->on_credit && ended->result == CHUNK_GOOD)
			reader->hedge->credit += 1;
		race->running[i] = race->running[--race->count];
		if (race->newest == reader)
			race->newest = NULL;
		rest(reader);
		return true;
	}
	return false;
}

/* How long the newest read still has; 0: it is late. The mutex is held. */
static int64_t time_left_ns(const struct race *race, int64_t now_ns)
{
	const struct hedge *hedge = race->store->hedge;
	if (now_ns < race->quiet_ns)
		return race->quiet_ns - now_ns;
	if (!race->newest)
		return 0;
	int64_t limit_ns = (int64_t)(limit_of(hedge, &race->newest->read) * 1e6);
	int64_t waited_ns = now_ns - race->begun_ns;
	if (waited_ns < limit_ns)
		return limit_ns - waited_ns;
	bool alone = hedge->ended - race->ended_before >= hedge->reading / 2;
	return alone || waited_ns >= PATIENCE * limit_ns ? 0 : limit_ns / 4;
}

/* The mutex is held. */
static void note_late(struct race *race, int64_t now_ns)
{
	struct hedge *hedge = race->store->hedge;
	struct timekeeper *time = race->store->env->time;
	int64_t limit_ns = 0;
	for (unsigned i = 0; i < race->count; i++) {
		struct reader *reader = race->running[i];
		size_t at = (size_t)(reader->read.from->owner - hedge->store->nodes);
		hedge->nodes[at].hanging += !reader->late;
		reader->late = true;
		read_trust_late(&hedge->nodes[at].trust, reader->handed_ns, time->monotonic_ns(time));
		limit_ns = (int64_t)(limit_of(hedge, &reader->read) * 1e6);
	}
	race->quiet_ns = now_ns + limit_ns;
}

/* One who may be stopped looks for that now and then, and has those that run end soon then. */
static int64_t heed(struct race *race, int64_t left_ns)
{
	if (!network_is_heeding())
		return left_ns;
	for (unsigned i = 0; i < race->count && network_is_stopped(); i++)
		atomic_store(&race->running[i]->stop, true);
	return left_ns < HEED_NS ? left_ns : HEED_NS;
}

enum race_event race_wait(struct race *race, struct copy_read *ended)
{
	struct hedge *hedge = race->store->hedge;
	enum race_event event = RACE_ENDED;
	assert(race->count > 0);
	pthread_mutex_lock(&hedge->mutex);
	while (!take_ended(race, ended)) {
		int64_t now_ns = real_now_ns(), left_ns = time_left_ns(race, now_ns);
		if (left_ns <= 0) {
			note_late(race, now_ns);
			event = RACE_LATE;
			break;
		}
		int64_t until_ns = now_ns + heed(race, left_ns);
		struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
		pthread_cond_timedwait(&race->ended, &hedge->mutex, &until);
	}
	pthread_mutex_unlock(&hedge->mutex);
	return event;
}
