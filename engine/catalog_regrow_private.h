/*
 * catalog_regrow_private.h: what the files catalog_regrow*.c share. Nobody else includes it.
 */
#ifndef LINCKIA_ENGINE_CATALOG_REGROW_PRIVATE_H
#define LINCKIA_ENGINE_CATALOG_REGROW_PRIVATE_H

#include "engine/catalog_private.h"
#include "engine/catalog_regrow.h"

/* The error of a line that makes no sense; returns -1. */
int regrow_nonsense(const struct cJSON *fact, uint64_t sequence, struct error *error);

/* Takes in one fact of the record `sequence`. */
typedef int regrow_fact(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);

/* ---- catalog_regrow_names.c: for each kind of fact that is about names ---- */

MUST_CHECK regrow_fact regrow_version, regrow_chunks, regrow_abandoned, regrow_removed, regrow_replication,
	regrow_collected;

#endif
