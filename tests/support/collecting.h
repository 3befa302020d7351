/*
 * collecting.h: collection as maintenance does it, on a store with history (healing.h): passes, and what was said of
 * them beforehand.
 */
#ifndef LINCKIA_TESTS_SUPPORT_COLLECTING_H
#define LINCKIA_TESTS_SUPPORT_COLLECTING_H

#include "tests/support/healing.h"

enum { COLLECTING_NODES = 4 };

/* All history may go. */
extern const struct retention_rules collecting_only_current;

/* A store with two versions of 'b' and three of 'a', maintained and at rest. */
void collecting_make_history(void);
void collecting_put(const char *name, size_t chunks, uint64_t seed);
void collecting_expect_current(void);

/* One pass, which must come to its end. */
struct catalog_request collecting_pass(const struct retention_rules *rules);
struct collect_preview collecting_look_ahead(void);
/* What was said beforehand is what is free afterwards. */
struct catalog_request collecting_pass_as_said(void);
/* Neither of rows nor of files that nobody needs. */
void collecting_expect_nothing_left(void);

#endif
