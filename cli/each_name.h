/*
 * each_name.h: commands that do the same to several names, one after the other.
 *
 * A name that fails does not keep the next ones from being done; the exit status tells that one failed.
 */
#ifndef LINCKIA_CLI_EACH_NAME_H
#define LINCKIA_CLI_EACH_NAME_H

#include "cli/command.h"

/* Does it to `name` and stores how many names that changed in `count`. */
typedef int name_action(
	struct store *store, const char *name, void *context, uint64_t *count, struct error *error);

struct each_name {
	const char *key;        /* of the counts in JSON: "removed" */
	const char *sentence;   /* for people, before the count: "removed" */
	const char *one, *many; /* what it counts: "name", "names" */
	name_action *action;
	void *context;
};

/* Runs it on `count` names and returns the exit status. */
int each_name_run(const struct invocation *invocation, const char *const *names, size_t count,
	const struct each_name *each);

#endif
