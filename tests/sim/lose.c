#include "steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"

static void shell(struct run *run, const char *command)
{
	record(run, " sh: %s", command);
	if (system(command) != 0)
		differ(run, "this command failed");
}

void lose_keep_copy(struct run *run)
{
	step_stop_daemon(run);
	shell(run, "rm -rf old && mkdir old && cp store/catalog.db* old");
}

/* What is left of the catalog must not pass for one: no change is made with it. */
static void expect_damaged(struct run *run)
{
	struct call call;
	call_prepare(run, &call, "--json", "status", NULL);
	call_do(run, &call);
	if (call.code != 2 || !strstr(call.out, "\"CATALOG_DAMAGED\""))
		differ(run, "status does not say that the catalog is damaged: %s", call.out);
	call_release(&call);
	call_prepare(run, &call, "put", "--name=late", "config.copy", NULL);
	call_do(run, &call);
	if (call.code != 1)
		differ(run, "a put must fail without a catalog");
	call_release(&call);
}

/* A rebuild that was killed is begun again; it may have been done before the kill, and then the next one refuses. */
static void rebuild(struct run *run)
{
	bool killed = false, again;
	do {
		struct call call;
		call_prepare(run, &call, "--json", "rebuild", NULL);
		if (dice_percent(&run->dice, 40))
			call.kill_after_us = (int64_t)dice_below(&run->dice, 1500) * run->usual_us / 1000;
		call_do(run, &call);
		again = call.killed;
		if (!again && call.code != 0 && !(killed && strstr(call.err, "\"refused\"")))
			differ(run, "this command failed");
		killed = killed || again;
		call_release(&call);
	} while (again);
}

/* What an operator had failed is only in the catalog. */
static void fail_again(struct run *run)
{
	for (int i = 0; i < NODES; i++) {
		struct call call;
		if (run->nodes[i] != NODE_FAILED)
			continue;
		call_prepare(run, &call, "node", "fail", NULL);
		call_word(&call, "node-%d", i + 1);
		call_must(run, &call);
		call_release(&call);
	}
}

void lose_catalog(struct run *run, const struct model *after, const struct doubt *doubt)
{
	static const char *const ways[] = {"rm store/catalog.db*",
		"head -c 8192 /dev/urandom >store/catalog.db", "rm store/catalog.db* && cp old/* store"};
	size_t way = dice_below(&run->dice, access("old", F_OK) == 0 ? 3 : 2);
	step_stop_daemon(run);
	shell(run, ways[way]);
	/* An old copy may by chance be the newest there is. */
	if (way < 2)
		expect_damaged(run);
	rebuild(run);
	fail_again(run);
	settle(run, after, doubt, true);
	shell(run, "rm -rf old");
}
