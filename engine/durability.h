/*
 * durability.h: how much a store would lose and move in a virtual year of failing disks; docs/durability.md.
 *
 * A case describes a store on paper and how its disks behave. It is played as a discrete-event simulation: disks die,
 * machines reboot, zones go dark, bytes rot, and at each event the decisions are made by the code that maintains real
 * stores: placement.h says where copies go, repair_plan.h what is to be done and in which order, grace.h how long a
 * node is waited for, throttle.h when the next copy may begin. Only bytes, disks and time are made up.
 *
 * The same case gives the same result to the last digit. Failures are drawn for each node, each zone and each purpose
 * from a sequence of its own, so that cases with the same seed, nodes and rates meet the same failures, and what
 * differs between their results comes from what differs between the stores.
 */
#ifndef LINCKIA_ENGINE_DURABILITY_H
#define LINCKIA_ENGINE_DURABILITY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/config.h"
#include "engine/durability_result.h"
#include "engine/error.h"

enum {
	DURABILITY_COPIES_MAX = 16,
	DURABILITY_YEARS_MAX = 100,
};
#define DURABILITY_CHUNKS_MAX    UINT64_C(16000000)
#define DURABILITY_YEAR_MS       INT64_C(31557600000) /* 365.25 days */
#define DURABILITY_BANDWIDTH_MAX (UINT64_C(1) << 44)

/* All rates are of Poisson processes: so many in a year on average, at any time alike. 0: never. */
struct durability_case {
	char *name; /* a few words, for the table; owned by whoever made the case */

	/* The store. */
	unsigned nodes;               /* 1 to 1,024; node i is in zone i modulo `zones` */
	unsigned zones;               /* 1 to `nodes` */
	unsigned replication_factor;  /* 1 to 16, at most `nodes` */
	uint64_t chunks;              /* stored at the beginning, and never changed */
	uint64_t chunk_bytes;         /* of each: what is lost and moved as one */
	uint64_t node_capacity_bytes; /* 0: twice what a node holds on average */
	enum placement_policy policy;
	enum placement_spread spread;

	/* How it is repaired: the keys of `repair` in the config. */
	int64_t grace_ms;
	double min_up_ratio;       /* 0 to 1 */
	uint64_t repair_bandwidth; /* bytes per second of the whole store; 0: no limit */
	/* Copies under way at a time in the whole store; 0: as many as there are nodes. */
	unsigned repair_concurrency;
	uint64_t node_bandwidth; /* bytes per second that a node reads, and writes, for repair; above 0 */

	/* What happens to it. */
	int64_t period_ms;            /* above 0 */
	double annual_failure_rate;   /* disks that die, for each node and year: 0.02 is two in a hundred */
	int64_t replace_after_ms;     /* until an empty disk is in a dead one's place; 0: never */
	double outages_per_year;      /* of each node, which comes back with all that it held */
	int64_t outage_ms;            /* how long these last on average; exponentially distributed */
	double zone_outages_per_year; /* of each zone, with all its nodes */
	int64_t zone_outage_ms;       /* the same */
	double zone_losses_per_year;  /* of each zone: all its disks die at once */
	double rot_per_tib_year;      /* copies that go bad unnoticed, for each TiB stored and year */
	int64_t scrub_interval_ms; /* each copy is verified once within it; 0: bad ones are only met by repair */

	uint64_t seed;
	bool checked; /* all sums are counted anew after each event, which takes very long: for tests */
};

/* A store of 1,000 nodes and 1,000,000 chunks of 64 MiB with the defaults of the config, for one year; no name. */
void durability_case_init(struct durability_case *durability);

/*
 * Plays a case. Uses up to about 1 GiB of memory; a case that would take more, or that makes no sense, is refused
 * (ERROR_CONFIG, in words that name the key of the scenario). `cancel` and `report` may be NULL; `report` is called
 * from the calling thread a few times a second of real time. A run that was cancelled is ERROR_CANCELLED. Any thread;
 * any number at the same time.
 */
MUST_CHECK int durability_run(const struct durability_case *durability, const atomic_bool *cancel,
	durability_report *report, void *context, struct durability_result *result, struct error *error);

/* The checks that durability_run() begins with, for whoever reads a case. */
MUST_CHECK int durability_check(const struct durability_case *durability, struct error *error);

#endif
