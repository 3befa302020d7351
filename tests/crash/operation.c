/*
 * operation.c: see operation.h.
 */
#include "tests/crash/operation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/folder.h"
#include "tests/support/old_catalog.h"
#include "tests/support/must.h"

#define STORE "-c", "s/config.yaml"

const struct operation operations[] = {
	{"put-new", "shards", NULL, 0, {STORE, "put", "in/new"}},
	{"put-again", "stock", NULL, 0, {STORE, "put", "-n", "a", "in/new"}},
	{"put-folder", "stock", NULL, 0, {STORE, "put", "in/folder"}},
	{"put-input", "stock", "in/new", 0, {STORE, "put", "-n", "input", "-"}},
	{"get", "stock", NULL, OPERATION_READS, {STORE, "get", "a", "-o", "out/a"}},
	{"get-over", "overwrite", NULL, OPERATION_READS, {STORE, "get", "a", "-o", "out/a"}},
	{"get-folder", "stock", NULL, OPERATION_READS, {STORE, "get", "--prefix", "tree", "-o", "out/tree"}},
	{"status", "node_lost", NULL, OPERATION_READS, {STORE, "status"}},
	{"ls", "stock", NULL, OPERATION_READS, {STORE, "ls", "-l"}},
	{"stat", "stock", NULL, OPERATION_READS, {STORE, "stat", "tree/x"}},
	{"rm", "stock", NULL, OPERATION_ONCE, {STORE, "rm", "a"}},
	{"rm-folder", "stock", NULL, OPERATION_ONCE, {STORE, "rm", "tree/"}},
	{"more-copies", "stock", NULL, 0, {STORE, "set-rf", "4", "a"}},
	{"fewer-copies", "stock", NULL, 0, {STORE, "set-rf", "2", "a"}},
	{"restore", "stock", NULL, 0, {STORE, "restore", "b@1"}},
	{"snapshot-create", "stock", NULL, OPERATION_ONCE, {STORE, "snapshot", "create", "s2"}},
	{"snapshot-restore", "changed", NULL, 0, {STORE, "snapshot", "restore", "s1"}},
	{"snapshot-rm", "changed", NULL, OPERATION_ONCE, {STORE, "snapshot", "rm", "s1"}},
	{"repair", "node_lost", NULL, 0, {STORE, "repair"}},
	{"trim", "wanted_less", NULL, 0, {STORE, "repair"}},
	{"drain", "draining", NULL, 0, {STORE, "repair"}},
	{"rebalance", "skewed", NULL, 0, {STORE, "rebalance"}},
	{"gc", "ended", NULL, 0, {STORE, "gc", "--keep-versions", "1"}},
	{"scrub", "corrupt", NULL, 0, {STORE, "scrub"}},
	{"return", "stale", NULL, 0, {STORE, "repair"}},
	{"rotate", "long_journal", NULL, 0, {STORE, "scrub", "--bandwidth", "300KiB"}},
	{"rebuild", "no_catalog", NULL, OPERATION_MAKES_STORE | OPERATION_ONCE, {STORE, "rebuild"}},
	{"migrate", "old_format", NULL, OPERATION_AGES, {STORE, "ls"}},
	{"node-add", "stock", NULL, OPERATION_ONCE, {STORE, "node", "add", "node-5", "--path", "s/node-5"}},
	{"node-rm", "stock", NULL, OPERATION_ONCE, {STORE, "node", "rm", "node-4"}},
	{"node-fail", "stock", NULL, 0, {STORE, "node", "fail", "node-2"}},
	{"node-recover", "failed", NULL, 0, {STORE, "node", "recover", "node-2"}},
	{"new", "nothing", NULL, OPERATION_MAKES_STORE | OPERATION_ONCE | OPERATION_THEN_INIT,
		{"new", "s", "--nodes", "3", "--rf", "2"}},
	{"init", "config_only", NULL, OPERATION_MAKES_STORE, {STORE, "init"}},
};
const size_t operation_count = sizeof(operations) / sizeof(*operations);

const struct operation *operation_find(const char *name)
{
	for (size_t i = 0; i < operation_count; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

static void run_script(const char *script, const char *function, const char *folder)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(folder) < 0)
			die("%s: %s", folder, strerror(errno));
		execl(script, script, function, (char *)NULL);
		die("cannot run %s: %s", script, strerror(errno));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("cannot run %s: %s", script, strerror(errno));
	if (status != 0)
		die("%s %s failed in %s", script, function, folder);
}

static void age_catalog(const char *folder)
{
	char *path = text("%s/s/catalog.db", folder);
	if (!old_catalog_make(path, 1))
		die("%s cannot be made a catalog of format 1", path);
	free(path);
}

void operation_prepare(
	const struct operation *operation, const char *script, const char *base, const char *path)
{
	folder_copy(base, path);
	run_script(script, operation->state, path);
	if (operation->traits & OPERATION_AGES)
		age_catalog(path);
}

void operation_prepare_base(const char *script, const char *base)
{
	if (mkdir(base, 0700) < 0)
		die("cannot make %s: %s", base, strerror(errno));
	run_script(script, "base", base);
}
