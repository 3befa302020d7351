/*
 * healing.h: a store with its maintenance, stepped on a clock that the test moves, and what can be done to it.
 *
 * A test makes the store, stores the file "file" of so many chunks, starts maintenance, breaks things, lets steps
 * pass and says what it expects. Each test ends with healing_clean() as its teardown. Failing an expectation fails
 * the test.
 */
#ifndef LINCKIA_TESTS_SUPPORT_HEALING_H
#define LINCKIA_TESTS_SUPPORT_HEALING_H

#include "engine/maintain.h"
#include "tests/support/one_store.h"

#define PACE     "workers: 4\nmemory: 16MiB\nchunk: {size: 64KiB}\n"
#define NO_SCRUB "scrub: {interval: 0}\n"
#define TWO_OF   PACE "replication_factor: 2\nmin_replicas: 1\n" NO_SCRUB
#define THREE_OF PACE "replication_factor: 3\nmin_replicas: 1\n" NO_SCRUB
#define GRACE    "repair: {interval: 100ms, grace: 5s}\n"
#define NO_GRACE "repair: {interval: 100ms, grace: 0}\n"

enum { STEP_MS = 20, CHUNKS = 12, SECOND = 1000, HEALING_NO_CHILD = 99 };
#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

extern struct maintenance *maintenance; /* NULL while none is started */

void healing_make_store(unsigned nodes, const char *settings);
int healing_clean(void **state);
void healing_start(void);
void healing_stop(void);
void healing_put(size_t chunks);
/* All of these at once: a store that has "file", is maintained and has nothing more to do. */
void healing_begin(unsigned nodes, const char *settings, size_t chunks);
/*
 * What fork() says, while nothing maintains the store here. The child has the store and maintains it, and ends with
 * _exit(), not with HEALING_NO_CHILD. Here the store is closed until healing_wait() has returned how the child ended.
 */
pid_t healing_fork(void);
int healing_wait(pid_t child);
void healing_pass_time(int64_t ms);
/* The wall clock alone. */
void healing_jump_wall(int64_t ms);
void healing_run_for(int64_t ms);
bool healing_is_at_rest(void);
/* Steps until nothing is under way or to be done. */
void healing_run_to_rest(void);
const char *healing_node_folder(unsigned node);
const char *healing_away_folder(unsigned node);
/* Takes a node's folder away, and gives it back. */
void healing_lose(unsigned node);
void healing_give_back(unsigned node);
/* The number that a query of the catalog gives. */
int64_t healing_sql(const char *format, ...) PRINTF_LIKE(1, 2);
/* How many events have this code. */
int64_t healing_events(const char *code);
/* Visits every copy that is there. Returns how many chunks there are. */
typedef void copy_visit(unsigned node, const char *path, uint64_t size, const struct digest *digest);
size_t healing_each_chunk(copy_visit *visit, unsigned *fewest, unsigned *most);
/* Each chunk has just so many copies, all good, on nodes that are there, and these have no other files. */
void healing_expect_copies(unsigned copies);
void healing_expect_content(void);
int64_t healing_copies_on(unsigned node);
size_t healing_files_on(unsigned node);
size_t healing_quarantined_on(unsigned node);
/* Asks for a pass as another process does; returns the request's id. The rest of `asked` is as in the catalog. */
int64_t healing_ask(struct catalog_request asked);
/* What became of it, within so many seconds. */
struct catalog_request healing_answer(int64_t id, int seconds);
void healing_expect_state(enum repair_state wanted, const char *reason);

#endif
