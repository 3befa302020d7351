/*
 * maintain_pass.c: one full pass now, for somebody who waits for it.
 *
 * Whoever wants a pass writes a request into the catalog and waits until it is done. Whoever holds the role takes it
 * up; if nobody does, the one who asks takes the role for as long. So the work is done by the same code in the same
 * way, whether a daemon runs or not, and a request outlives the process that fulfils it; but for a collection,
 * whoever asked has to be there when it begins.
 */
#include "engine/journal.h"
#include "engine/maintain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 50, BLOCKED_MS = 2000 };

/* ---- the side that fulfils ---- */

static void begin_pass(struct maintenance *maintenance, struct pass *pass)
{
	pass->active = true;
	pass->began_ns = maintain_now_ns(maintenance);
	pass->looked = false;
	pass->hindered_ns = 0;
	pass->repaired = maintenance->repaired;
	pass->repaired_bytes = maintenance->repaired_bytes;
	maintenance->dirty = true;
	maintain_look_soon(maintenance);
	switch (pass->request.kind) {
	case PASS_REPAIR:
		for (size_t i = 0; i < maintenance->store->node_count; i++)
			grace_waive(&maintenance->nodes[i].grace);
		maintain_set_trigger(maintenance, "asked for");
		break;
	case PASS_SCRUB:
		maintain_start_scrub(maintenance, pass->request.node, true, pass->request.bandwidth);
		break;
	case PASS_REBALANCE:
		maintain_set_trigger(maintenance, "asked for");
		break;
	case PASS_COLLECT:
		maintain_start_collect(maintenance, &pass->request.rules);
		break;
	}
}

/* Whether the plan is of a time after the pass began, and nothing has changed since. */
static bool has_scanned(struct maintenance *maintenance, struct pass *pass)
{
	if (!pass->looked) {
		if (!maintain_have_looked(maintenance, pass->began_ns))
			return false;
		pass->looked = true;
		pass->scans = maintenance->scans;
		pass->reclaims = pass->request.kind == PASS_REPAIR ? maintain_want_reclaim(maintenance) : 0;
		maintenance->dirty = true; /* whatever the interval of repair is */
	}
	return maintenance->scans > pass->scans && !maintenance->dirty;
}

static void describe_repair(struct maintenance *maintenance, struct pass *pass)
{
	struct catalog_request *request = &pass->request;
	char size[32];
	request->chunks = maintenance->repaired - pass->repaired;
	request->bytes = maintenance->repaired_bytes - pass->repaired_bytes;
	request->left = maintenance->queued_chunks - maintenance->trim_chunks + maintenance->waiting_chunks +
			maintenance->blocked_chunks + maintenance->unreadable_chunks;
	text_bytes(size, sizeof(size), request->bytes);
	snprintf(request->text, sizeof(request->text), "copied %llu %s (%s); %llu %s",
		(unsigned long long)request->chunks, request->chunks == 1 ? "chunk" : "chunks", size,
		(unsigned long long)request->left,
		request->left == 1 ? "chunk still lacks a copy that cannot be made now"
				   : "chunks still lack copies that cannot be made now");
	if (request->left == 0)
		snprintf(request->text, sizeof(request->text),
			"copied %llu %s (%s); every chunk has its copies",
			(unsigned long long)request->chunks, request->chunks == 1 ? "chunk" : "chunks", size);
}

/* Whether nothing has gone on for a while, so that whoever waits is told so. */
static bool is_stuck(struct maintenance *maintenance, struct pass *pass, bool hindered)
{
	int64_t now = maintain_now_ns(maintenance);
	if (!hindered || pass->hindered_ns == 0)
		pass->hindered_ns = hindered ? now : 0;
	return hindered && now - pass->hindered_ns >= (int64_t)BLOCKED_MS * 1000000;
}

static bool repair_is_over(struct maintenance *maintenance, struct pass *pass)
{
	struct report report;
	if (!has_scanned(maintenance, pass) || maintenance->task_count > maintenance->scrubs_under_way ||
		maintenance->reclaim.rounds < pass->reclaims)
		return false;
	maintain_describe(maintenance, &report);
	bool stuck = report.state == REPAIR_BLOCKED || report.state == REPAIR_PAUSED ||
		     maintenance->queue_at >= maintenance->queue_count;
	int64_t waited_ms = (maintain_now_ns(maintenance) - pass->began_ns) / 1000000;
	if (maintenance->queued_chunks > 0 && (!stuck || waited_ms < BLOCKED_MS))
		return false;
	describe_repair(maintenance, pass);
	return true;
}

static bool scrub_is_over(struct maintenance *maintenance, struct pass *pass)
{
	struct catalog_request *request = &pass->request;
	const struct scrub *scrub = &maintenance->scrub;
	char size[32], left[96] = "";
	/* Nothing is verified while it may be that the system, not the disks, has failed. */
	bool hindered = maintenance->storm && !maintenance->paused && maintenance->scrubs_under_way == 0;
	bool stuck = is_stuck(maintenance, pass, scrub->running && hindered);
	if (scrub->running && !stuck)
		return false;
	request->chunks = scrub->done;
	request->bytes = scrub->bytes;
	request->bad = scrub->bad;
	if (stuck) {
		request->left = scrub->total > scrub->done ? scrub->total - scrub->done : 1;
		snprintf(left, sizeof(left), "; it is not finished, because only %zu of %zu nodes answer",
			maintenance->nodes_up, maintenance->nodes_known);
		maintain_drop_scrub(maintenance);
	}
	snprintf(request->text, sizeof(request->text), "verified %llu %s (%s of copies); %llu %s bad%s",
		(unsigned long long)scrub->done, scrub->done == 1 ? "chunk" : "chunks",
		text_bytes(size, sizeof(size), scrub->bytes), (unsigned long long)scrub->bad,
		scrub->bad == 1 ? "was" : "were", left);
	return true;
}

static bool rebalance_is_over(struct maintenance *maintenance, struct pass *pass)
{
	struct catalog_request *request = &pass->request;
	char size[32];
	if (!has_scanned(maintenance, pass))
		return false;
	bool nothing = !maintenance->balancing && maintenance->queued_chunks == 0 &&
		       maintenance->task_count == maintenance->scrubs_under_way &&
		       maintenance->stray_count == 0;
	bool hindered = maintenance->storm || maintenance->paused || maintenance->waiting_chunks ||
			maintenance->blocked_chunks;
	/* What could be moved has failed lately and is left alone, while each scan finds it anew. */
	bool idle = maintenance->task_count == maintenance->scrubs_under_way && !maintenance->throttled &&
		    maintenance->polite_until_ns <= maintain_now_ns(maintenance) &&
		    !maintain_is_asked_to_collect(maintenance);
	if (!nothing && !hindered && !is_stuck(maintenance, pass, idle))
		return false;
	request->chunks = maintenance->repaired - pass->repaired;
	request->bytes = maintenance->repaired_bytes - pass->repaired_bytes;
	snprintf(request->text, sizeof(request->text),
		"moved %llu %s (%s); the fullest and the emptiest node differ by %.1f points%s",
		(unsigned long long)request->chunks, request->chunks == 1 ? "chunk" : "chunks",
		text_bytes(size, sizeof(size), request->bytes), 100 * maintenance->balance.skew,
		nothing ? ""
			: "; it is not finished, because repair comes first or is stopped, or what is left "
			  "cannot be moved now");
	return true;
}

static void describe_collection(const struct collection *done, struct catalog_request *request)
{
	char size[32], waiting[96] = "";
	text_bytes(size, sizeof(size), done->waiting_bytes);
	if (done->waiting_bytes)
		snprintf(waiting, sizeof(waiting), "; %s more when the nodes that hold it are back", size);
	text_bytes(size, sizeof(size), done->bytes);
	snprintf(request->text, sizeof(request->text),
		"let go of %llu %s and %llu %s, and removed %llu %s (%s)%s%s%s%s",
		(unsigned long long)done->versions, done->versions == 1 ? "version" : "versions",
		(unsigned long long)done->chunks, done->chunks == 1 ? "chunk" : "chunks",
		(unsigned long long)done->files, done->files == 1 ? "file" : "files", size, waiting,
		done->clients ? "; as files are being stored or fetched, some of it goes later" : "",
		done->failed ? "; it is not finished: " : "", done->failed ? done->why : "");
}

static bool collection_is_over(struct maintenance *maintenance, struct pass *pass)
{
	const struct collection *collection = &maintenance->collection;
	struct catalog_request *request = &pass->request;
	if (collection->stage != COLLECT_REST)
		return false;
	request->versions = collection->versions;
	request->chunks = collection->chunks;
	request->files = collection->files;
	request->bytes = collection->bytes;
	request->waiting = collection->waiting_bytes;
	request->left = collection->failed;
	describe_collection(collection, request);
	return true;
}

static void finish_pass(struct maintenance *maintenance, struct pass *pass)
{
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	pass->request.pid = getpid();
	pass->request.duration_ms = (maintain_now_ns(maintenance) - pass->began_ns) / 1000000;
	if (catalog_begin(catalog, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		return;
	}
	if (catalog_finish_request(catalog, &pass->request, &error) < 0 ||
		catalog_commit(catalog, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		catalog_rollback(catalog);
		return;
	}
	pass->active = false;
	maintenance->dirty = true;
}

/* Whether whoever asked does not wait any more. */
static bool is_withdrawn(struct maintenance *maintenance, const struct pass *pass)
{
	struct catalog_request now;
	struct error ignored;
	return catalog_get_request(maintenance->store->reader, pass->request.id, &now, &ignored) == 1 &&
	       now.done;
}

static void drop_pass(struct maintenance *maintenance, struct pass *pass)
{
	pass->active = false;
	if (pass->request.kind == PASS_SCRUB && maintenance->scrub.asked)
		maintain_drop_scrub(maintenance);
	if (pass->request.kind == PASS_COLLECT)
		maintenance->collection.stage = COLLECT_REST;
	maintenance->dirty = true;
}

/* So that nobody begins, or goes on with, what nobody waits for. */
static void withdraw(struct store *store, struct catalog_request *request)
{
	struct error ignored;
	snprintf(request->text, sizeof(request->text), "withdrawn");
	if (catalog_begin(store->writer, &ignored) < 0)
		return;
	if (catalog_finish_request(store->writer, request, &ignored) < 0 ||
		catalog_commit(store->writer, &ignored) < 0)
		catalog_rollback(store->writer);
}

/*
 * Whether whoever asked for a collection is gone. Nobody knows by then whether its rules are still meant: what they
 * let go of does not come back. All other passes do no harm.
 */
static bool is_forsaken(const struct catalog_request *request)
{
	return request->kind == PASS_COLLECT && request->pid > 0 && kill((pid_t)request->pid, 0) < 0 &&
	       errno == ESRCH;
}

static void take_request(struct maintenance *maintenance, struct pass *pass, enum pass_kind kind)
{
	struct error error;
	int found = catalog_next_request(maintenance->store->reader, kind, &pass->request, &error);
	if (found < 0) {
		maintain_note_trouble(maintenance, &error);
		pass->data_version = -1; /* looked for again at the next tick */
	}
	if (found != 1)
		return;
	if (is_forsaken(&pass->request))
		withdraw(maintenance->store, &pass->request);
	else
		begin_pass(maintenance, pass);
}

void maintain_passes(struct maintenance *maintenance)
{
	static bool (*const is_over[])(struct maintenance *, struct pass *) = {
		[PASS_REPAIR] = repair_is_over,
		[PASS_SCRUB] = scrub_is_over,
		[PASS_REBALANCE] = rebalance_is_over,
		[PASS_COLLECT] = collection_is_over,
	};
	for (int kind = PASS_REPAIR; kind <= PASS_COLLECT; kind++) {
		struct pass *pass = &maintenance->passes[kind];
		if (pass->active && is_over[kind](maintenance, pass))
			finish_pass(maintenance, pass);
		/* A scrub that runs by itself is begun anew as the one that is asked for. */
		if (maintenance->data_version == pass->data_version)
			continue;
		pass->data_version = maintenance->data_version;
		if (pass->active && is_withdrawn(maintenance, pass))
			drop_pass(maintenance, pass);
		if (!pass->active)
			take_request(maintenance, pass, (enum pass_kind)kind);
	}
}

/* ---- the side that asks ---- */

static void report_progress(struct store *store, const struct pass_options *options, uint64_t begun)
{
	struct report report;
	bool ours;
	int64_t pid;
	if (!options->progress || !maintain_report(store, &report, &ours, &pid))
		return;
	struct progress progress = {.name = report.reason};
	if (options->kind == PASS_SCRUB) {
		progress.files_done = report.scrub.done;
		progress.files_total = report.scrub.total;
		progress.name = "verifying copies";
	} else if (options->kind == PASS_COLLECT) {
		progress.name = "collecting";
	} else {
		progress.bytes_done = report.repaired_bytes > begun ? report.repaired_bytes - begun : 0;
		progress.bytes_total = progress.bytes_done + report.queued_bytes;
	}
	options->progress(options->context, &progress);
}

static uint64_t repaired_so_far(struct store *store)
{
	struct report report;
	bool ours;
	int64_t pid;
	return maintain_report(store, &report, &ours, &pid) ? report.repaired_bytes : 0;
}

int maintain_ask(struct store *store, const struct pass_options *options, struct catalog_request *request,
	struct error *error)
{
	*request = (struct catalog_request){
		.kind = options->kind,
		.bandwidth = options->limited ? (int64_t)options->bandwidth : -1,
		.rules = collect_retention(store, &options->collect),
		.pid = getpid(),
	};
	if (options->node) {
		struct node *node = store_node_by_name(store, options->node);
		if (!node || node->id == 0)
			return error_set(error, ERROR_NOT_FOUND,
				"there is no node '%s'; 'linckia node list' shows them", options->node);
		request->node = node->id;
	}
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	if (catalog_add_request(store->writer, request, error) < 0 ||
		catalog_commit(store->writer, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	return 0;
}

static int wait_for(struct store *store, struct maintenance *maintenance, const struct pass_options *options,
	struct catalog_request *request, struct error *error)
{
	uint64_t begun = repaired_so_far(store);
	for (;;) {
		int found = catalog_get_request(store->reader, request->id, request, error);
		if (found < 0)
			return -1;
		if (found == 0)
			return error_set(error, ERROR_CHANGED, "the request was forgotten; try again");
		if (request->done)
			return 0;
		if (options->cancel && atomic_load(options->cancel))
			return error_set(error, ERROR_CANCELLED, "interrupted");
		if (maintain_is_in_trouble(maintenance, error))
			return -1;
		report_progress(store, options, begun);
		nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
	}
}

int store_run_pass(struct store *store, struct maintenance *maintenance, const struct pass_options *options,
	struct pass_result *result, struct error *error)
{
	struct catalog_request request;
	struct maintenance *own = NULL;
	error_clear(error);
	memset(result, 0, sizeof(*result));
	if (store_refresh_nodes(store, error) < 0 || journal_check(store, error) < 0 ||
		maintain_ask(store, options, &request, error) < 0)
		return -1;
	int status = maintenance ? 0 : maintenance_start(store, &own, error);
	if (status == 0)
		status = wait_for(store, own ? own : maintenance, options, &request, error);
	if (status < 0)
		withdraw(store, &request);
	maintenance_stop(own);
	/* A pass may be over before maintenance has come to the journals. Where that fails, status tells. */
	struct error ignored;
	bool changed;
	if (own && journal_mend(store, &changed, &ignored) < 0)
		(void)0;
	if (status < 0)
		return -1;
	*result = (struct pass_result){
		.chunks = request.chunks,
		.bytes = request.bytes,
		.bad = request.bad,
		.left = request.left,
		.versions = request.versions,
		.files = request.files,
		.waiting_bytes = request.waiting,
		.duration_ms = request.duration_ms,
		.by_other = request.pid != getpid(),
	};
	snprintf(result->text, sizeof(result->text), "%s", request.text);
	return 0;
}
