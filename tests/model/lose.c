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
	run->stored = false;
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

/*
 * A rebuild that was killed is begun again. It refuses where there is nothing to do: when it was done before it was
 * killed, or an old copy of the catalog knows all there is to know. Whether it refused.
 */
static bool rebuild(struct run *run, bool may_refuse)
{
	bool killed, refused;
	do {
		struct call call;
		call_prepare(run, &call, "--json", "rebuild", NULL);
		if (dice_percent(&run->dice, 40))
			call.kill_after_us = (int64_t)dice_below(&run->dice, 1500) * run->usual_us / 1000;
		call_do(run, &call);
		killed = call.killed;
		refused = !killed && call.code == 1 && strstr(call.err, "\"refused\"");
		if (!killed && call.code != 0 && !(refused && may_refuse))
			differ(run, "this command failed");
		may_refuse = may_refuse || killed;
		call_release(&call);
	} while (killed);
	return refused;
}

static void command(struct run *run, const char *first, const char *second, int node)
{
	struct call call;
	call_prepare(run, &call, first, second, NULL);
	if (node != NOTHING)
		call_word(&call, "node-%d", node + 1);
	call_must(run, &call);
	call_release(&call);
}

/* An old copy of the catalog does not know who failed or was taken back since, nor which copies have moved. */
static void correct_nodes(struct run *run, bool old)
{
	for (int i = 0; i < NODES; i++) {
		if (run->nodes[i] == NODE_FAILED)
			command(run, "node", "fail", i);
		else if (run->nodes[i] != NODE_AWAY)
			command(run, "node", "recover", i);
	}
	if (old)
		command(run, "-q", "scrub", NOTHING);
}

void lose_catalog(struct run *run, const struct model *after, const struct doubt *doubt)
{
	static const char *const ways[] = {"rm store/catalog.db*",
		"head -c 8192 /dev/urandom >store/catalog.db", "rm store/catalog.db* && cp old/* store"};
	size_t way = dice_below(&run->dice, access("old", F_OK) == 0 ? 3 : 2);
	bool old = way == 2;
	step_stop_daemon(run);
	shell(run, ways[way]);
	/* Without a put since then, an old copy may be the newest there is. */
	if (!old || run->stored)
		expect_damaged(run);
	bool refused = rebuild(run, old && !run->stored);
	correct_nodes(run, old && refused);
	run->full = false;
	settle(run, after, doubt, true);
	shell(run, "rm -rf old");
}
