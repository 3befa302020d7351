/*
 * names.c: the stable words for the engine's enumerations, which scripts read in JSON.
 */
#include <assert.h>

#include "engine/engine.h"

#define NAME_OF(table, value)                                                                                \
	(assert((size_t)(value) < sizeof(table) / sizeof(*(table))), (table)[(size_t)(value)])

const char *error_code_name(enum error_code code)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",
		[ERROR_USAGE] = "usage",
		[ERROR_CONFIG] = "config",
		[ERROR_NOT_FOUND] = "not_found",
		[ERROR_EXISTS] = "exists",
		[ERROR_REFUSED] = "refused",
		[ERROR_UNAVAILABLE] = "unavailable",
		[ERROR_NO_SPACE] = "no_space",
		[ERROR_DAMAGED] = "damaged",
		[ERROR_CHANGED] = "changed",
		[ERROR_IO] = "io",
		[ERROR_BUSY] = "busy",
		[ERROR_CANCELLED] = "cancelled",
		[ERROR_MEMORY] = "memory",
	};
	return NAME_OF(names, code);
}

const char *health_name(enum health health)
{
	static const char *const names[] = {"HEALTHY", "DEGRADED", "CRITICAL", "UNKNOWN"};
	return NAME_OF(names, health);
}

const char *check_code_name(enum check_code code)
{
	static const char *const names[] = {
		[CHECK_CHUNKS_LOST] = "CHUNKS_LOST",
		[CHECK_CHUNKS_UNAVAILABLE] = "CHUNKS_UNAVAILABLE",
		[CHECK_WRITES_REFUSED] = "WRITES_REFUSED",
		[CHECK_CATALOG_DAMAGED] = "CATALOG_DAMAGED",
		[CHECK_CHUNKS_LAST_COPY] = "CHUNKS_LAST_COPY",
		[CHECK_CHUNKS_UNDER_REPLICATED] = "CHUNKS_UNDER_REPLICATED",
		[CHECK_CHUNKS_CORRUPT] = "CHUNKS_CORRUPT",
		[CHECK_CHUNKS_MISPLACED] = "CHUNKS_MISPLACED",
		[CHECK_NODE_DOWN] = "NODE_DOWN",
		[CHECK_NODE_ABSENT] = "NODE_ABSENT",
		[CHECK_NODE_SLOW] = "NODE_SLOW",
		[CHECK_NODE_NEAR_FULL] = "NODE_NEAR_FULL",
		[CHECK_NODE_FULL] = "NODE_FULL",
		[CHECK_NODE_READ_ONLY] = "NODE_READ_ONLY",
		[CHECK_LINK_CUT] = "LINK_CUT",
		[CHECK_REPAIR_BLOCKED] = "REPAIR_BLOCKED",
		[CHECK_JOURNAL_BEHIND] = "JOURNAL_BEHIND",
		[CHECK_SCRUB_OVERDUE] = "SCRUB_OVERDUE",
	};
	return NAME_OF(names, code);
}

const char *node_state_name(enum node_state state)
{
	static const char *const names[] = {"up", "slow", "down", "absent", "read_only", "draining"};
	return NAME_OF(names, state);
}

const char *event_severity_name(enum event_severity severity)
{
	static const char *const names[] = {"info", "notice", "warning", "error"};
	return NAME_OF(names, severity);
}

const char *repair_state_name(enum repair_state state)
{
	static const char *const names[] = {"idle", "grace", "running", "throttled", "paused", "blocked"};
	return NAME_OF(names, state);
}

const char *replica_state_name(enum replica_state state)
{
	static const char *const names[] = {"live", "unreachable", "bad"};
	return NAME_OF(names, state);
}

const char *repair_queue_name(enum repair_queue queue)
{
	static const char *const names[] = {
		"last copy", "missing", "misplaced", "drain", "excess", "balance"};
	return NAME_OF(names, queue);
}
