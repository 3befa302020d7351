/*
 * catalog_regrow_private.h: what the files catalog_regrow*.c share. Nobody else includes it.
 */
#ifndef LINCKIA_ENGINE_CATALOG_REGROW_PRIVATE_H
#define LINCKIA_ENGINE_CATALOG_REGROW_PRIVATE_H

#include "engine/catalog_private.h"
#include "engine/catalog_regrow.h"

/* The error of a line that makes no sense; returns -1. */
int regrow_nonsense(const struct cJSON *fact, uint64_t sequence, struct error *error);

/* ---- catalog_regrow_names.c: each takes in a fact of the kind that it is named after ---- */

MUST_CHECK int regrow_version(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);
MUST_CHECK int regrow_chunks(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);
MUST_CHECK int regrow_abandoned(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);
MUST_CHECK int regrow_removed(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);
MUST_CHECK int regrow_replication(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);
MUST_CHECK int regrow_collected(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);

#endif
