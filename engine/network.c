#include "engine/network.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	PAUSE_MS = 20, /* how long a wait goes on before it is looked whether anything has changed */
};
#define MS_NS ((int64_t)1000000)

enum network_mode {
	MODE_OFF,      /* nothing to do, and nothing will change unasked */
	MODE_WATCHING, /* nothing to do until `follow` finds something */
	MODE_ON,
};

/* A link in the table. */
struct entry {
	uint32_t key;
	struct network_link link;
	int64_t free_ns; /* when it is done with what was sent so far */
	uint64_t random; /* the state of its generator */
};

struct network {
	const struct env *env;
	network_follow *follow;
	void *context;
	uint64_t seed;
	atomic_int mode;
	atomic_uint generation; /* of the table */

	pthread_mutex_t mutex; /* guards what follows */
	struct entry *table;   /* by key */
	size_t count;
};

static _Thread_local const atomic_bool *heeded;

void network_heed(const atomic_bool *stop)
{
	heeded = stop;
}

bool network_is_heeding(void)
{
	return heeded != NULL;
}

bool network_is_stopped(void)
{
	return heeded && atomic_load(heeded);
}

/* ---- chance ---- */

/* 0 … 1, without 1. */
static double draw(uint64_t *random)
{
	*random += ENV_DRAW_STEP;
	return (double)(env_draw_mix(*random) >> 11) * 0x1p-53;
}

/* ---- the table ---- */

static uint32_t key_of(unsigned from, unsigned to)
{
	assert(from != to && from <= UINT16_MAX && to <= UINT16_MAX);
	return (uint32_t)from << 16 | to;
}

static int by_key(const void *a, const void *b)
{
	uint32_t first = ((const struct entry *)a)->key, second = ((const struct entry *)b)->key;
	return (first > second) - (first < second);
}

static struct entry *find(struct network *network, uint32_t key)
{
	const struct entry wanted = {.key = key};
	if (network->count == 0)
		return NULL;
	return bsearch(&wanted, network->table, network->count, sizeof(wanted), by_key);
}

bool link_is_perfect(const struct link_settings *settings)
{
	return settings->latency_ms == 0 && settings->jitter_ms == 0 && settings->bandwidth == 0 &&
	       settings->loss <= 0 && !settings->cut;
}

bool link_settings_equal(const struct link_settings *a, const struct link_settings *b)
{
	return a->latency_ms == b->latency_ms && a->jitter_ms == b->jitter_ms &&
	       a->bandwidth == b->bandwidth && a->cut == b->cut && !(a->loss < b->loss) &&
	       !(a->loss > b->loss);
}

/* What goes on from before: what is on its way, and the run of chance. */
static void inherit(struct network *network, struct entry *entry)
{
	const struct entry *before = find(network, entry->key);
	entry->random = before ? before->random
			       : env_draw_mix(env_draw_mix(network->seed) + entry->key +
					      ((uint64_t)atomic_load(&network->generation) << 32));
	if (before && link_settings_equal(&before->link.settings, &entry->link.settings))
		entry->free_ns = before->free_ns;
}

/* As by_key(), and those of one key in the order in which they came, which `random` still tells. */
static int by_key_and_order(const void *a, const void *b)
{
	uint64_t first = ((const struct entry *)a)->random, second = ((const struct entry *)b)->random;
	int order = by_key(a, b);
	return order ? order : (first > second) - (first < second);
}

/* Of those with one key the last one stays, unless it is perfect. Returns how many are left. */
static size_t thin_out(struct entry *table, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == count || table[i + 1].key != table[i].key;
		if (last && !link_is_perfect(&table[i].link.settings))
			table[kept++] = table[i];
	}
	return kept;
}

int network_apply(struct network *network, const struct network_link *links, size_t count)
{
	struct entry *table = count ? calloc(count, sizeof(*table)) : NULL;
	if (count && !table)
		return -1;
	for (size_t i = 0; i < count; i++)
		table[i] = (struct entry){
			.key = key_of(links[i].from, links[i].to), .link = links[i], .random = i};
	if (count) {
		qsort(table, count, sizeof(*table), by_key_and_order);
		count = thin_out(table, count);
	}
	pthread_mutex_lock(&network->mutex);
	for (size_t i = 0; i < count; i++)
		inherit(network, &table[i]);
	free(network->table);
	network->table = table;
	network->count = count;
	atomic_fetch_add(&network->generation, 1);
	atomic_store(&network->mode, count ? MODE_ON : network->follow ? MODE_WATCHING : MODE_OFF);
	pthread_mutex_unlock(&network->mutex);
	return 0;
}

int network_new(const struct env *env, uint64_t seed, network_follow *follow, void *context,
	struct network **result, struct error *error)
{
	struct network *network = calloc(1, sizeof(*network));
	if (!network)
		return error_set_errno(error, ENOMEM, "cannot set up the simulated network");
	network->env = env;
	network->seed = seed;
	network->follow = follow;
	network->context = context;
	atomic_init(&network->mode, follow ? MODE_WATCHING : MODE_OFF);
	pthread_mutex_init(&network->mutex, NULL);
	*result = network;
	return 0;
}

void network_free(struct network *network)
{
	if (!network)
		return;
	pthread_mutex_destroy(&network->mutex);
	free(network->table);
	free(network);
}

void network_get(struct network *network, unsigned from, unsigned to, struct network_link *link)
{
	*link = (struct network_link){.from = from, .to = to};
	pthread_mutex_lock(&network->mutex);
	const struct entry *entry = find(network, key_of(from, to));
	if (entry)
		*link = entry->link;
	pthread_mutex_unlock(&network->mutex);
}

bool network_is_cut(struct network *network, unsigned from, unsigned to)
{
	struct network_link link;
	if (!network_is_on(network))
		return false;
	network_get(network, from, to, &link);
	return link.settings.cut;
}

int network_list(struct network *network, struct network_link **links, size_t *count)
{
	*count = 0;
	pthread_mutex_lock(&network->mutex);
	*links = malloc((network->count + 1) * sizeof(**links));
	for (; *links && *count < network->count; (*count)++)
		(*links)[*count] = network->table[*count].link;
	pthread_mutex_unlock(&network->mutex);
	return *links ? 0 : -1;
}

/* ---- transfers ---- */

/* One transfer as it goes by the settings that were found. */
struct trip {
	struct link_settings settings;
	unsigned generation;
	uint64_t bytes;     /* that are still to go */
	int64_t begins_ns;  /* when the link turns to it, … */
	int64_t ends_ns;    /* … is done with it, … */
	int64_t arrives_ns; /* … and when it is there, or given up */
	bool lost;
};

static int64_t now_ns(const struct network *network)
{
	return network->env->time->monotonic_ns(network->env->time);
}

/* Sends every round until it gets through. `sent` and `waits_ns` grow; false when one did not. */
static bool send_rounds(struct entry *entry, uint64_t bytes, uint64_t *sent, int64_t *waits_ns)
{
	const struct link_settings *settings = &entry->link.settings;
	int64_t trip_ms = 2 * (settings->latency_ms + settings->jitter_ms);
	int64_t first_ms = trip_ms > NETWORK_WAIT_MS ? trip_ms : NETWORK_WAIT_MS;
	int64_t most_ms = first_ms > NETWORK_WAIT_MAX_MS ? first_ms : NETWORK_WAIT_MAX_MS;
	uint64_t left = bytes;
	do {
		uint64_t round = left < NETWORK_ROUND_BYTES ? left : NETWORK_ROUND_BYTES;
		int64_t wait_ms = first_ms;
		for (int tries = 1; draw(&entry->random) < settings->loss; tries++) {
			*waits_ns += wait_ms * MS_NS;
			*sent += round;
			wait_ms = 2 * wait_ms < most_ms ? 2 * wait_ms : most_ms;
			if (tries == NETWORK_TRIES)
				return false;
		}
		left -= round;
	} while (left > 0);
	return true;
}

/* Books the link for the trip. 1: it has to wait; 0: it need not; -1 with errno. */
static int plan(struct network *network, uint32_t key, int64_t since_ns, struct trip *trip)
{
	pthread_mutex_lock(&network->mutex);
	struct entry *entry = find(network, key);
	trip->generation = atomic_load(&network->generation);
	trip->settings = entry ? entry->link.settings : (struct link_settings){0};
	int result = link_is_perfect(&trip->settings) ? 0 : 1;
	if (trip->settings.cut) {
		errno = EHOSTUNREACH;
		result = -1;
	} else if (result == 1) {
		uint64_t sent = trip->bytes, bandwidth = trip->settings.bandwidth;
		int64_t waits_ns = 0;
		trip->lost = trip->settings.loss > 0 && !send_rounds(entry, trip->bytes, &sent, &waits_ns);
		int64_t busy_ns = bandwidth ? (int64_t)((double)sent * 1e9 / (double)bandwidth) : 0;
		bool small = trip->bytes <= NETWORK_SMALL_BYTES;
		trip->begins_ns = entry->free_ns > since_ns && !small ? entry->free_ns : since_ns;
		trip->ends_ns = trip->begins_ns + busy_ns;
		if (!small)
			entry->free_ns = trip->ends_ns;
		trip->arrives_ns = trip->ends_ns + waits_ns;
		if (!trip->lost)
			trip->arrives_ns +=
				(int64_t)(((double)trip->settings.latency_ms +
						  (double)trip->settings.jitter_ms * draw(&entry->random)) *
					  (double)MS_NS);
	}
	pthread_mutex_unlock(&network->mutex);
	return result;
}

/* Whether the link is still as the trip found it; then the trip goes on as planned. */
static bool is_as_planned(struct network *network, uint32_t key, struct trip *trip)
{
	pthread_mutex_lock(&network->mutex);
	const struct entry *entry = find(network, key);
	bool same = entry && link_settings_equal(&entry->link.settings, &trip->settings);
	trip->generation = atomic_load(&network->generation);
	pthread_mutex_unlock(&network->mutex);
	return same;
}

/* Sleeps for a while, but not past `at_ns`, and looks for changes; false when it was reached already. */
static bool pause_until(struct network *network, int64_t at_ns)
{
	struct timekeeper *time = network->env->time;
	int64_t left = at_ns - now_ns(network);
	if (left <= 0)
		return false;
	time->sleep_ns(time, left < PAUSE_MS * MS_NS ? left : PAUSE_MS * MS_NS);
	if (network->follow)
		network->follow(network->context);
	return true;
}

/* False when the link changed before the trip was over, or it was stopped. */
static bool wait_for(struct network *network, uint32_t key, struct trip *trip)
{
	while (pause_until(network, trip->arrives_ns)) {
		if (network_is_stopped())
			return false;
		if (atomic_load(&network->generation) != trip->generation &&
			!is_as_planned(network, key, trip))
			return false;
	}
	return true;
}

/* What of it has not gone over the link yet. */
static uint64_t bytes_left(const struct trip *trip, int64_t now)
{
	if (now <= trip->begins_ns)
		return trip->bytes;
	if (now >= trip->ends_ns)
		return 0;
	double share = (double)(trip->ends_ns - now) / (double)(trip->ends_ns - trip->begins_ns);
	return (uint64_t)((double)trip->bytes * share);
}

/* When the answer of an end is back; the errno in `number` when none comes. */
static int64_t plan_answer(struct network *network, unsigned end, int64_t now, int *number)
{
	const uint32_t ways[] = {key_of(NETWORK_CLIENT, end), key_of(end, NETWORK_CLIENT)};
	int64_t at = now;
	*number = 0;
	for (int i = 0; i < 2 && *number == 0; i++) {
		struct trip trip = {.bytes = 0};
		int result = plan(network, ways[i], at, &trip);
		if (result < 0)
			*number = errno;
		else if (result == 1 && trip.lost)
			*number = ETIMEDOUT;
		if (result == 1)
			at = trip.arrives_ns;
	}
	return at;
}

bool network_is_on(const struct network *network)
{
	return atomic_load_explicit(&network->mode, memory_order_relaxed) == MODE_ON;
}

int network_pass(struct network *network, unsigned from, unsigned to, uint64_t bytes, int64_t since_ns)
{
	int mode = atomic_load_explicit(&network->mode, memory_order_relaxed);
	if (mode == MODE_OFF)
		return 0;
	if (network->follow)
		network->follow(network->context);
	if (!network_is_on(network))
		return 0;
	uint32_t key = key_of(from, to);
	struct trip trip = {.bytes = bytes};
	int result;
	for (int64_t since = since_ns ? since_ns : now_ns(network);
		(result = plan(network, key, since, &trip)) == 1; since = now_ns(network)) {
		bool over = wait_for(network, key, &trip);
		if (!over && network_is_stopped()) {
			errno = ECANCELED;
			return -1;
		}
		if (over) {
			errno = ETIMEDOUT;
			return trip.lost ? -1 : 0;
		}
		trip.bytes = bytes_left(&trip, now_ns(network));
	}
	return result;
}

void network_ask(struct network *network, const unsigned *ends, size_t count, int *numbers)
{
	int64_t now = now_ns(network), last = now;
	unsigned generation = atomic_load(&network->generation);
	for (size_t i = 0; i < count; i++) {
		int64_t back = plan_answer(network, ends[i], now, &numbers[i]);
		last = back > last ? back : last;
	}
	/* Messages are short: who changes the network meanwhile need not wait for those that are under way. */
	while (atomic_load(&network->generation) == generation && pause_until(network, last))
		continue;
}
