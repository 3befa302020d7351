#include "engine/durability.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "engine/durability_private.h"
#include "engine/env.h"
#include "engine/node.h"

enum { STEPS_BETWEEN_LOOKS = 512, LOOKS_APART_MS = 200 };
static const uint64_t MEMORY_MAX = UINT64_C(1) << 30;
static const double BYTES_MAX = 0x1p60; /* without copies: then sums of bytes can be counted */

void durability_case_init(struct durability_case *durability)
{
	*durability = (struct durability_case){
		.nodes = 1000,
		.zones = 10,
		.replication_factor = 3,
		.chunks = 1000000,
		.chunk_bytes = UINT64_C(64) << 20,
		.policy = PLACEMENT_BALANCED,
		.spread = SPREAD_ZONE,
		.grace_ms = INT64_C(15) * 60 * 1000,
		.min_up_ratio = 0.5,
		.node_bandwidth = UINT64_C(100) << 20,
		.period_ms = DURABILITY_YEAR_MS,
		.annual_failure_rate = 0.02,
		.replace_after_ms = INT64_C(24) * 3600 * 1000,
		.outage_ms = INT64_C(5) * 60 * 1000,
		.zone_outage_ms = INT64_C(60) * 60 * 1000,
		.scrub_interval_ms = INT64_C(7) * 24 * 3600 * 1000,
		.seed = 1,
	};
}

/* ---- what makes sense ---- */

static int refuse_number(struct error *error, const char *key, double found, double least, double most)
{
	return error_set(
		error, ERROR_CONFIG, "key '%s': found %g, allowed is %g to %g", key, found, least, most);
}

/* False for what is not a number, too. */
static bool is_between(double number, double least, double most)
{
	return number >= least && number <= most;
}

static int check_numbers(const struct durability_case *durability, struct error *error)
{
	const double year_ms = (double)DURABILITY_YEAR_MS, long_ms = DURABILITY_YEARS_MAX * year_ms;
	const struct {
		const char *key;
		double found, least, most;
	} numbers[] = {
		{"nodes", durability->nodes, 1, STORE_NODES_MAX},
		{"zones", durability->zones, 1, durability->nodes},
		{"replication_factor", durability->replication_factor, 1, DURABILITY_COPIES_MAX},
		{"chunks", (double)durability->chunks, 1, (double)DURABILITY_CHUNKS_MAX},
		{"chunk_size", (double)durability->chunk_bytes, 1, 0x1p44},
		{"node_capacity", (double)durability->node_capacity_bytes, 0, 0x1p60},
		{"grace", (double)durability->grace_ms, 0, long_ms},
		{"min_up_ratio", durability->min_up_ratio, 0, 1},
		{"repair_bandwidth", (double)durability->repair_bandwidth, 0,
			(double)DURABILITY_BANDWIDTH_MAX},
		{"repair_concurrency", durability->repair_concurrency, 0, 65536},
		{"node_bandwidth", (double)durability->node_bandwidth, 1, (double)DURABILITY_BANDWIDTH_MAX},
		{"period", (double)durability->period_ms, 1, long_ms},
		{"annual_failure_rate", durability->annual_failure_rate, 0, 1000},
		{"replace_after", (double)durability->replace_after_ms, 0, long_ms},
		{"outages_per_year", durability->outages_per_year, 0, 100000},
		{"outage", (double)durability->outage_ms, durability->outages_per_year > 0, long_ms},
		{"zone_outages_per_year", durability->zone_outages_per_year, 0, 100000},
		{"zone_outage", (double)durability->zone_outage_ms, durability->zone_outages_per_year > 0,
			long_ms},
		{"zone_losses_per_year", durability->zone_losses_per_year, 0, 1000},
		{"rot_per_tib_year", durability->rot_per_tib_year, 0, 1e6},
		{"scrub_interval", (double)durability->scrub_interval_ms, 0, long_ms},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!is_between(numbers[i].found, numbers[i].least, numbers[i].most))
			return refuse_number(
				error, numbers[i].key, numbers[i].found, numbers[i].least, numbers[i].most);
	return 0;
}

/* Bytes for a chunk: its entries, twice over in the lists of nodes, its state, and its place in the queue. */
static uint64_t memory_of(const struct durability_case *durability)
{
	uint64_t width = 2 * (uint64_t)durability->replication_factor + 2;
	return durability->chunks * (6 * width + 8 * (uint64_t)durability->replication_factor +
					    2 * sizeof(struct agenda_item) + 32);
}

int durability_check(const struct durability_case *durability, struct error *error)
{
	char needed[16], most[16];
	if (check_numbers(durability, error) < 0)
		return -1;
	if (durability->replication_factor > durability->nodes)
		return error_set(error, ERROR_CONFIG,
			"key 'replication_factor': found %u, allowed is at most one copy for each of the %u "
			"nodes",
			durability->replication_factor, durability->nodes);
	double logical = (double)durability->chunks * (double)durability->chunk_bytes;
	if (logical > BYTES_MAX)
		return error_set(error, ERROR_CONFIG,
			"key 'chunk_size': found so much that %" PRIu64
			" chunks are more than an EiB, allowed is up to that: use fewer, or smaller, chunks",
			durability->chunks);
	double stored = logical * durability->replication_factor;
	double room = (double)durability->node_capacity_bytes * durability->nodes * NODE_FULL_RATIO;
	if (room > 0 && stored > room)
		return error_set(error, ERROR_CONFIG,
			"key 'node_capacity': found so little that all copies take %.0f %% of the nodes, "
			"allowed is at most %.0f %%: make it larger, or store fewer chunks",
			100 * stored / room * NODE_FULL_RATIO, 100 * NODE_FULL_RATIO);
	if (memory_of(durability) > MEMORY_MAX)
		return error_set(error, ERROR_CONFIG,
			"key 'chunks': found %" PRIu64
			", which with %u copies each need about %s of memory, allowed is as many as need at "
			"most %s: use fewer, larger chunks",
			durability->chunks, durability->replication_factor,
			text_bytes(needed, sizeof(needed), memory_of(durability)),
			text_bytes(most, sizeof(most), MEMORY_MAX));
	return 0;
}

/* ---- looking up from the work ---- */

struct observer {
	const atomic_bool *cancel;
	durability_report *report;
	void *context;
	int64_t looked_ns;
};

static int look_up(const struct paper_store *store, struct observer *observer, struct error *error)
{
	if (observer->cancel && atomic_load(observer->cancel))
		return error_set(error, ERROR_CANCELLED, "the simulation was stopped");
	if (store->out_of_memory || store->agenda.failed || store->queue.failed)
		return error_set_errno(error, ENOMEM, "cannot go on with the simulation");
	struct timekeeper *time = env_real()->time;
	int64_t now_ns = observer->report ? time->monotonic_ns(time) : 0;
	if (!observer->report || now_ns - observer->looked_ns < LOOKS_APART_MS * INT64_C(1000000))
		return 0;
	observer->looked_ns = now_ns;
	const struct durability_progress progress = {
		.now_ms = store->now_ns / 1000000,
		.period_ms = store->settings->period_ms,
	};
	observer->report(observer->context, &progress);
	return 0;
}

/* ---- the run ---- */

/* A sequence of its own for each purpose: neighbouring seeds would give the same numbers, one step apart. */
static void begin_sequence(struct seeded_dice *dice, struct seeded_dice *seeds)
{
	seeded_dice_init(dice, seeds->dice.next(&seeds->dice));
}

static void begin_sequences(struct paper_store *store)
{
	struct seeded_dice seeds;
	seeded_dice_init(&seeds, store->settings->seed);
	begin_sequence(&store->placement, &seeds);
	begin_sequence(&store->rot, &seeds);
	for (unsigned i = 0; i < store->settings->nodes; i++) {
		begin_sequence(&store->nodes[i].deaths, &seeds);
		begin_sequence(&store->nodes[i].outages, &seeds);
	}
	for (unsigned i = 0; i < store->settings->zones; i++) {
		begin_sequence(&store->zones[i].outages, &seeds);
		begin_sequence(&store->zones[i].losses, &seeds);
	}
}

static int place_chunks(struct paper_store *store, struct observer *observer, struct error *error)
{
	const struct durability_case *settings = store->settings;
	struct placement_request request = {
		.policy = settings->policy,
		.spread = settings->spread,
		.nodes = store->places,
		.node_count = settings->nodes,
		.copies = settings->replication_factor,
		.chunk_bytes = settings->chunk_bytes,
	};
	for (uint32_t chunk = 0; chunk < settings->chunks; chunk++) {
		unsigned chosen[DURABILITY_COPIES_MAX];
		request.chunk_key = durability_chunk_key(chunk);
		request.sequence = chunk;
		size_t found = placement_choose(&request, &store->placement.dice, chosen);
		if (found < request.copies)
			return error_set(error, ERROR_CONFIG,
				"the nodes are too full for chunk %u of %" PRIu64
				": give them a larger node_capacity, or store fewer chunks",
				chunk + 1, settings->chunks);
		for (size_t i = 0; i < found; i++)
			entry_add(store, chunk, chosen[i]);
		if (chunk % STEPS_BETWEEN_LOOKS == 0 && look_up(store, observer, error) < 0)
			return -1;
	}
	return look_up(store, observer, error);
}

static int play(struct paper_store *store, struct observer *observer, struct error *error)
{
	struct agenda_item event;
	while (agenda_take(&store->agenda, &event)) {
		assert(event.at <= store->end_ns);
		book_pass_time(store, event.at);
		fault_happens(store, &event);
		repair_go_on(store);
		store->result->events++;
		if (store->settings->checked && durability_audit(store, error) < 0)
			return -1;
		if (store->result->events % STEPS_BETWEEN_LOOKS == 0 && look_up(store, observer, error) < 0)
			return -1;
	}
	book_pass_time(store, store->end_ns);
	book_end(store);
	return look_up(store, observer, error);
}

int durability_run(const struct durability_case *durability, const atomic_bool *cancel,
	durability_report *report, void *context, struct durability_result *result, struct error *error)
{
	if (durability_check(durability, error) < 0)
		return -1;
	struct observer observer = {.cancel = cancel, .report = report, .context = context};
	struct paper_store *store = calloc(1, sizeof(*store));
	if (!store)
		return error_set_errno(error, ENOMEM, "cannot lay out the store on paper");
	*result = (struct durability_result){
		.chunks = durability->chunks,
		.chunk_bytes = durability->chunk_bytes,
		.first_loss_ms = -1,
	};
	store->settings = durability;
	store->result = result;
	store->end_ns = durability->period_ms * 1000000;
	throttle_init(&store->throttle, durability->repair_bandwidth);
	int outcome = book_open(store, error);
	if (outcome == 0) {
		begin_sequences(store);
		outcome = place_chunks(store, &observer, error);
	}
	if (outcome == 0) {
		fault_begin(store);
		outcome = play(store, &observer, error);
	}
	book_close(store);
	throttle_release(&store->throttle);
	free(store);
	return outcome;
}
