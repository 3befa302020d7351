#include "engine/report.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

enum { REPORT_BYTES_MAX = 1 << 20, REPORT_FORMAT = 1, PATH_SIZE = 4096 + 64 };

void report_init(struct report *report)
{
	memset(report, 0, sizeof(*report));
	report->state = REPAIR_IDLE;
	report->eta_s = report->grace_left_s = -1;
}

/* ---- writing ---- */

/* JSON numbers are doubles; counts beyond 2^53 lose their last digits, which nobody reads here. */
static void add(cJSON *object, const char *key, double value)
{
	cJSON_AddNumberToObject(object, key, value);
}

/* Names may hold any bytes, JSON only Unicode: hexadecimal keeps them as they are. */
static void add_hex(cJSON *object, const char *key, const char *text)
{
	char hex[2 * REPORT_TEXT_SIZE + 1] = "";
	for (size_t i = 0; text[i] && i < REPORT_TEXT_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text[i]);
	cJSON_AddStringToObject(object, key, hex);
}

static cJSON *transfer_json(const struct report_transfer *transfer)
{
	cJSON *object = cJSON_CreateObject();
	add_hex(object, "file", transfer->file);
	cJSON_AddStringToObject(object, "source", transfer->source);
	cJSON_AddStringToObject(object, "target", transfer->target);
	cJSON_AddStringToObject(object, "purpose", transfer->purpose);
	add(object, "bytes", (double)transfer->bytes);
	add(object, "done", (double)transfer->done_bytes);
	add(object, "age_ms", (double)transfer->age_ms);
	return object;
}

static cJSON *scrub_json(const struct view_scrub *scrub)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddBoolToObject(object, "running", scrub->running);
	add(object, "done", (double)scrub->done);
	add(object, "total", (double)scrub->total);
	add(object, "bad", (double)scrub->bad);
	add(object, "rate", scrub->rate);
	return object;
}

/* Chunks and bytes of each kind, in the order of the kinds. */
static cJSON *queue_json(const struct view_queue *queue)
{
	cJSON *array = cJSON_CreateArray();
	for (int i = 0; i < QUEUES; i++) {
		cJSON *kind = cJSON_CreateObject();
		add(kind, "chunks", (double)queue[i].chunks);
		add(kind, "bytes", (double)queue[i].bytes);
		cJSON_AddItemToArray(array, kind);
	}
	return array;
}

static char *report_print(const struct report *report)
{
	cJSON *object = cJSON_CreateObject();
	add(object, "format", REPORT_FORMAT);
	add(object, "pid", (double)report->pid);
	add(object, "time_ms", (double)report->time_ms);
	add(object, "state", report->state);
	cJSON_AddStringToObject(object, "reason", report->reason);
	add(object, "queued", (double)report->queued);
	add(object, "queued_bytes", (double)report->queued_bytes);
	add(object, "active", (double)report->active);
	cJSON_AddItemToObject(object, "queue", queue_json(report->queue));
	add(object, "rate", report->rate);
	add(object, "eta_s", report->eta_s);
	add(object, "grace_left_s", report->grace_left_s);
	add(object, "bandwidth", (double)report->bandwidth);
	add(object, "repaired", (double)report->repaired);
	add(object, "repaired_bytes", (double)report->repaired_bytes);
	add(object, "moved_bytes", (double)report->moved_bytes);
	add(object, "trimmed_bytes", (double)report->trimmed_bytes);
	cJSON *transfers = cJSON_AddArrayToObject(object, "transfers");
	for (size_t i = 0; i < report->transfer_count; i++)
		cJSON_AddItemToArray(transfers, transfer_json(&report->transfers[i]));
	cJSON_AddItemToObject(object, "scrub", scrub_json(&report->scrub));
	cJSON *nodes = cJSON_AddArrayToObject(object, "nodes");
	for (size_t i = 0; i < report->node_count; i++) {
		cJSON *node = cJSON_CreateObject();
		add(node, "id", report->nodes[i].id);
		add(node, "state", report->nodes[i].state);
		cJSON_AddStringToObject(node, "cause", report->nodes[i].cause);
		cJSON_AddItemToArray(nodes, node);
	}
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

void report_write(const struct report *report, const char *folder)
{
	char path[PATH_SIZE], draft[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/maintenance.json", folder);
	snprintf(draft, sizeof(draft), "%s/maintenance.json.new", folder);
	char *text = report_print(report);
	if (!text)
		return;
	unlink(draft);
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t length = strlen(text);
	bool whole = fd >= 0 && write(fd, text, length) == (ssize_t)length;
	if (fd >= 0)
		close(fd);
	free(text);
	if (!whole || rename(draft, path) < 0)
		unlink(draft);
}

/* ---- reading ---- */

static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	char *text = malloc(REPORT_BYTES_MAX + 1);
	ssize_t got = text ? read(fd, text, REPORT_BYTES_MAX) : -1;
	close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[got] = '\0';
	return text;
}

static double get(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : 0;
}

static uint64_t get_count(const cJSON *object, const char *key)
{
	double value = get(object, key);
	return value > 0 && value < 1e18 ? (uint64_t)value : 0;
}

static void get_text(const cJSON *object, const char *key, char *out, size_t size)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	snprintf(out, size, "%s", cJSON_IsString(item) ? item->valuestring : "");
}

static void get_hex(const cJSON *object, const char *key, char *out, size_t size)
{
	char hex[2 * REPORT_TEXT_SIZE + 1];
	get_text(object, key, hex, sizeof(hex));
	size_t length = 0;
	unsigned byte;
	for (const char *at = hex; at[0] && at[1] && length + 1 < size; at += 2) {
		if (sscanf(at, "%2x", &byte) != 1 || !byte)
			break;
		out[length++] = (char)byte;
	}
	out[length] = '\0';
}

static void read_transfers(const cJSON *array, struct report *report)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, array)
	{
		if (report->transfer_count == REPORT_TRANSFERS_MAX)
			return;
		struct report_transfer *transfer = &report->transfers[report->transfer_count++];
		get_hex(item, "file", transfer->file, sizeof(transfer->file));
		get_text(item, "source", transfer->source, sizeof(transfer->source));
		get_text(item, "target", transfer->target, sizeof(transfer->target));
		get_text(item, "purpose", transfer->purpose, sizeof(transfer->purpose));
		transfer->bytes = get_count(item, "bytes");
		transfer->done_bytes = get_count(item, "done");
		if (transfer->done_bytes > transfer->bytes)
			transfer->done_bytes = transfer->bytes;
		transfer->age_ms = (int64_t)get_count(item, "age_ms");
	}
}

static void read_nodes(const cJSON *array, struct report *report)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, array)
	{
		uint64_t state = get_count(item, "state"), id = get_count(item, "id");
		if (report->node_count == REPORT_NODES_MAX || state > NODE_DRAINING || id > UINT16_MAX)
			return;
		struct report_node *node = &report->nodes[report->node_count++];
		node->id = (uint16_t)id;
		node->state = (enum node_state)state;
		get_text(item, "cause", node->cause, sizeof(node->cause));
	}
}

static void read_queue(const cJSON *array, struct view_queue *queue)
{
	const cJSON *item;
	int kind = 0;
	cJSON_ArrayForEach(item, array)
	{
		if (kind == QUEUES)
			return;
		queue[kind++] = (struct view_queue){get_count(item, "chunks"), get_count(item, "bytes")};
	}
}

bool report_read(struct report *report, const char *folder)
{
	char path[PATH_SIZE];
	report_init(report);
	snprintf(path, sizeof(path), "%s/maintenance.json", folder);
	char *text = read_file(path);
	cJSON *object = text ? cJSON_Parse(text) : NULL;
	free(text);
	bool sound =
		get_count(object, "format") == REPORT_FORMAT && get_count(object, "state") <= REPAIR_BLOCKED;
	if (sound) {
		report->pid = (int64_t)get_count(object, "pid");
		report->time_ms = (int64_t)get_count(object, "time_ms");
		report->state = (enum repair_state)get_count(object, "state");
		get_text(object, "reason", report->reason, sizeof(report->reason));
		report->queued = get_count(object, "queued");
		report->queued_bytes = get_count(object, "queued_bytes");
		report->active = get_count(object, "active");
		read_queue(cJSON_GetObjectItemCaseSensitive(object, "queue"), report->queue);
		report->rate = get(object, "rate");
		report->eta_s = get(object, "eta_s");
		report->grace_left_s = get(object, "grace_left_s");
		report->bandwidth = get_count(object, "bandwidth");
		report->repaired = get_count(object, "repaired");
		report->repaired_bytes = get_count(object, "repaired_bytes");
		report->moved_bytes = get_count(object, "moved_bytes");
		report->trimmed_bytes = get_count(object, "trimmed_bytes");
		const cJSON *scrub = cJSON_GetObjectItemCaseSensitive(object, "scrub");
		report->scrub = (struct view_scrub){
			.running = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(scrub, "running")),
			.done = get_count(scrub, "done"),
			.total = get_count(scrub, "total"),
			.bad = get_count(scrub, "bad"),
			.rate = get(scrub, "rate"),
		};
		read_transfers(cJSON_GetObjectItemCaseSensitive(object, "transfers"), report);
		read_nodes(cJSON_GetObjectItemCaseSensitive(object, "nodes"), report);
	}
	cJSON_Delete(object);
	return sound;
}
