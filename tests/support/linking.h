/*
 * linking.h: short ways to the links of the store that healing.h makes. A failing check ends the test.
 */
#ifndef LINCKIA_TESTS_SUPPORT_LINKING_H
#define LINCKIA_TESTS_SUPPORT_LINKING_H

#include "tests/support/healing.h"

#define REHEARSAL "rehearsal: true\n"
#define MS        INT64_C(1000000)
#define NAMES(...)                                                                                           \
	(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

/* How many links the last change changed, each direction for itself. */
extern uint64_t linking_changed;

extern const struct link_change link_cut_both, link_cut_there, link_mend;

/* The result of store_set_links(). */
int linking_try_set(const char *from, const char *to, struct link_change change);
/* Fails unless so many links changed. */
void linking_set(const char *from, const char *to, struct link_change change, uint64_t expected);
void linking_set_latency(const char *from, const char *to, int64_t ms);
void linking_heal(uint64_t expected);
/*
 * What a listing shows, a line each: FROM>TO, latency, jitter, bandwidth, loss, and whether it is cut, and the
 * config's.
 */
void linking_expect_links(struct store *store, const char *expected);
/* Counted from 1. */
struct node *linking_node(unsigned number);
void linking_expect_node(unsigned number, enum node_state state, const char *cause);
/* The same store once more, as another process has it. */
struct store *linking_open_other(void);
int64_t linking_now_ns(void);

#endif
