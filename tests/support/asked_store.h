/*
 * asked_store.h: the store of a test program (one_store.h), and an inquiry that asks it.
 */
#ifndef LINCKIA_TESTS_SUPPORT_ASKED_STORE_H
#define LINCKIA_TESTS_SUPPORT_ASKED_STORE_H

#include "tests/support/asking.h"
#include "tests/support/one_store.h"

extern struct asking asking;

/* As store_fixture_make() does; the inquiry is open. */
void asked_store_begin(unsigned nodes, const char *settings);
/* A setup: the store of one_store_make(). */
int asked_store_make(void **state);
/* A teardown. */
int asked_store_clean(void **state);

#endif
