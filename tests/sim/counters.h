/*
 * counters.h: how often everything happened that a simulation is about, summed up over all runs. What never
 * happened in
 * many runs was not tested, and fails them.
 */
#ifndef LINCKIA_TESTS_SIM_COUNTERS_H
#define LINCKIA_TESTS_SIM_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/* name, what is said of it */
#define COUNTERS(X)                                                                                          \
	X(PUTS, "puts")                                                                                      \
	X(PUTS_REFUSED, "puts refused")                                                                      \
	X(FOLDERS, "folders put")                                                                            \
	X(GETS, "gets")                                                                                      \
	X(GETS_REFUSED, "gets refused")                                                                      \
	X(FOLDER_GETS, "folders got")                                                                        \
	X(CHURNED, "puts of what had been collected")                                                        \
	X(SPOILED, "left-over files changed")                                                                \
	X(REMOVED, "names removed")                                                                          \
	X(COPIES_SET, "replication factors set")                                                             \
	X(RESTORES, "versions restored")                                                                     \
	X(SNAPSHOTS_MADE, "snapshots made")                                                                  \
	X(SNAPSHOTS_REMOVED, "snapshots removed")                                                            \
	X(SNAPSHOTS_RESTORED, "snapshots restored")                                                          \
	X(PASSES_SCRUB, "scrubs asked for")                                                                  \
	X(PASSES_REPAIR, "repairs asked for")                                                                \
	X(PASSES_REBALANCE, "rebalancings asked for")                                                        \
	X(PASSES_COLLECT, "collections asked for")                                                           \
	X(RULES, "collections with rules of their own")                                                      \
	X(DRAINS, "nodes drained")                                                                           \
	X(NODES_ADDED, "nodes added")                                                                        \
	X(NODES_REMOVED, "nodes removed")                                                                    \
	X(CONFIG_CHANGES, "config changes")                                                                  \
	X(REOPENED, "stores reopened")                                                                       \
	X(SECOND, "second processes")                                                                        \
	X(LONG_WAITS, "hours and days waited")                                                               \
	X(FAULT_FAILED, "nodes failed by hand")                                                              \
	X(FAULT_AWAY, "folders gone")                                                                        \
	X(FAULT_UNMOUNTED, "empty mount points")                                                             \
	X(FAULT_FOREIGN, "folders of another store")                                                         \
	X(FAULT_STALE, "stale folders returned")                                                             \
	X(FAULT_WIPED, "nodes wiped")                                                                        \
	X(FAULT_CORRUPT, "chunk files changed")                                                              \
	X(FAULT_CUT_SHORT, "chunk files cut short")                                                          \
	X(FAULT_EXTENDED, "chunk files extended")                                                            \
	X(FAULT_DELETED, "chunk files deleted")                                                              \
	X(FAULT_PLANTED, "wrong files in the place of copies")                                               \
	X(FAULT_UNKNOWN, "files that no catalog knows")                                                      \
	X(FAULT_JOURNAL, "journals damaged")                                                                 \
	X(FAULT_COPY, "copies of the catalog damaged")                                                       \
	X(FAULT_FULL, "disks full")                                                                          \
	X(FAULT_CAPACITY, "capacities reached")                                                              \
	X(FAULT_READS, "disks with bad reads")                                                               \
	X(FAULT_WRITES, "disks with bad writes")                                                             \
	X(FAULT_JOURNAL_WRITES, "journals that cannot be written")                                           \
	X(FAULT_FLUSHES, "disks with bad flushes")                                                           \
	X(FAULT_CALLS, "calls that failed")                                                                  \
	X(FAULT_CUT, "nodes cut off")                                                                        \
	X(FAULT_PARTITION, "partitions")                                                                     \
	X(FAULT_SLOW, "slow links")                                                                          \
	X(FAULT_LOSSY, "lossy links")                                                                        \
	X(FAULT_HANG, "links that hang")                                                                     \
	X(FAULT_CLOCK_FORWARD, "wall clock set forward")                                                     \
	X(FAULT_CLOCK_BACK, "wall clock set back")                                                           \
	X(FAULT_KILLED, "processes killed in an operation")                                                  \
	X(FAULT_KILLED_MAINTENANCE, "processes killed in maintenance")                                       \
	X(FAULT_KILLED_REBUILD, "processes killed in a rebuild")                                             \
	X(FAULT_ABANDONED, "maintenance killed between steps")                                               \
	X(FAULT_CATALOG_LOST, "catalogs lost")                                                               \
	X(FAULT_CATALOG_OLD, "catalogs replaced by old ones")                                                \
	X(SCHISMS, "nodes that know what all others never knew")                                             \
	X(REBUILDS, "catalogs rebuilt")                                                                      \
	X(UNCLAIMED, "chunks whose good copies did not count after a rebuild")                               \
	X(DOOMED, "chunks destroyed beyond repair")                                                          \
	X(COPIES_MADE, "copies made by maintenance")                                                         \
	X(COPIES_TRIMMED, "copies taken away by maintenance")                                                \
	X(COPIES_CONDEMNED, "bad copies found")                                                              \
	X(VERSIONS_COLLECTED, "versions let go")                                                             \
	X(PLANTED_COLLECTED, "files that no catalog knew collected")                                         \
	X(REPAIR_COMPARED, "times when all had to be repaired")                                              \
	X(HEALTH_COMPARED, "counts compared with status")                                                    \
	X(STEPS, "steps")                                                                                    \
	X(VIRTUAL_HOURS, "virtual hours")

#define COUNTER_NAME(name, text) COUNT_##name,
enum counter { COUNTERS(COUNTER_NAME) COUNTER_COUNT };
#undef COUNTER_NAME

/* Shared by all processes of the program. */
extern atomic_uint_fast64_t *counters;
void counters_init(void);
void count(enum counter counter);
void count_many(enum counter counter, uint64_t times);
/* Prints all of them; returns how many are 0. */
unsigned counters_print(void);

#endif
