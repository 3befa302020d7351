/*
 * retention.h: which versions history keeps. Pure decisions.
 *
 * The current version of a name always stays, and so does what a snapshot holds. Of the others a version stays if
 * either rule that is set keeps it; with none set, all stay:
 *
 *   keep_versions  the newest so many versions of a name, the current one included
 *   keep_for       versions that ended less than so long ago
 *
 * A name that was removed has no current version, so counting would keep its last ones for ever: where keep_for is
 * set, that alone counts for it.
 */
#ifndef LINCKIA_ENGINE_RETENTION_H
#define LINCKIA_ENGINE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retention_rules {
	uint64_t keep_versions; /* 0: not set */
	int64_t keep_for_ms;    /* 0: not set */
};

/* A version that has ended. */
struct retention_version {
	bool held;    /* by a snapshot */
	bool removed; /* its name is not there now */
	/* Versions of its name that are newer and still there; more than keep_versions need not be counted. */
	uint64_t newer;
	int64_t died_ms; /* wall clock */
};

/* Whether the rules ever let go of anything. */
bool retention_lets_go(const struct retention_rules *rules);
/* No version that ended later than this goes. */
int64_t retention_horizon_ms(const struct retention_rules *rules, int64_t now_ms);
bool retention_keeps(
	const struct retention_rules *rules, const struct retention_version *version, int64_t now_ms);
/* Why a version that is not kept goes, in words. Returns `out`. */
char *retention_explain(const struct retention_rules *rules, const struct retention_version *version,
	int64_t now_ms, char *out, size_t size);

#endif
