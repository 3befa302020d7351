#include "empty.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "look.h"
#include "steps.h"

static void remove_snapshots(struct run *run)
{
	struct call call;
	bool any = false;
	call_prepare(run, &call, "snapshot", "rm", NULL);
	for (int i = 0; i < SNAPSHOTS; i++) {
		if (!run->model.snapshots[i].exists)
			continue;
		call_word(&call, "%s", run->model.snapshots[i].name);
		any = true;
	}
	if (any)
		call_must(run, &call);
	call_release(&call);
}

/* Folders that have nothing in them are names too. */
static void remove_listed(struct run *run, const cJSON *list)
{
	const cJSON *item;
	struct call call;
	call_prepare(run, &call, "-q", "rm", "--", NULL);
	cJSON_ArrayForEach(item, list)
	{
		bool folder = strcmp(json_text(run, item, "kind"), "folder") == 0;
		call_word(&call, "%s%s", json_text(run, item, "name"), folder ? "/" : "");
	}
	call_must(run, &call);
	call_release(&call);
}

static void remove_names(struct run *run)
{
	bool done;
	do {
		struct call call;
		call_prepare(run, &call, "--json", "ls", NULL);
		call_must(run, &call);
		cJSON *list = call_json(run, &call);
		done = cJSON_GetArraySize(list) == 0;
		if (!done)
			remove_listed(run, list);
		cJSON_Delete(list);
		call_release(&call);
	} while (!done);
}

static void collect_all(struct run *run)
{
	struct call call;
	config_set(run, "history:", "{keep_versions: 0, keep_for: 1s}");
	usleep(1100000);
	call_prepare(run, &call, "gc", NULL);
	call_must(run, &call);
	call_release(&call);
}

static void expect_no_files(struct run *run)
{
	char store[] = "store";
	FTS *tree = fts_open((char *[]){store, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		differ(run, "cannot look through the store: %s", strerror(errno));
	for (FTSENT *entry; (entry = fts_read(tree));)
		if (entry->fts_info == FTS_F && strstr(entry->fts_path, "/chunks/"))
			differ(run, "nothing is stored any more, but %s is still there", entry->fts_path);
	fts_close(tree);
}

static void expect_no_rows(struct run *run)
{
	struct call call;
	call_prepare(run, &call, "--json", "status", NULL);
	call_do(run, &call);
	cJSON *status = call_json(run, &call);
	uint64_t versions = json_number(run, status, "versions");
	uint64_t chunks = json_number(run, cJSON_GetObjectItemCaseSensitive(status, "chunks"), "total");
	if (versions || chunks)
		differ(run, "nothing is stored any more, but status knows %llu versions and %llu chunks",
			(unsigned long long)versions, (unsigned long long)chunks);
	cJSON_Delete(status);
	call_release(&call);
}

void empty_store(struct run *run)
{
	remove_snapshots(run);
	remove_names(run);
	collect_all(run);
	expect_no_rows(run);
	expect_no_files(run);
}
