#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "call.h"

static void read_version(struct run *run, const cJSON *item, struct seen_version *version)
{
	version->number = json_number(run, item, "version");
	version->size = json_number(run, item, "size");
	snprintf(version->sha256, sizeof(version->sha256), "%s", json_text(run, item, "sha256"));
	if (version->number == 0)
		differ(run, "a version has the number 0");
}

static bool is_folder(struct run *run, const cJSON *item)
{
	return strcmp(json_text(run, item, "kind"), "folder") == 0;
}

void look_at_names(struct run *run, const char *snapshot, struct seen_name seen[NAMES])
{
	struct call call;
	const cJSON *item;
	memset(seen, 0, NAMES * sizeof(*seen));
	call_prepare(run, &call, "--json", "ls", snapshot ? "--at" : NULL, snapshot, NULL);
	call_must(run, &call);
	cJSON *list = call_json(run, &call);
	cJSON_ArrayForEach(item, list)
	{
		if (is_folder(run, item))
			continue;
		const char *name = json_text(run, item, "name");
		int which = model_find(name);
		if (which == NOTHING || seen[which].current.number)
			differ(run, "ls shows '%s', which was never stored or is there already", name);
		read_version(run, item, &seen[which].current);
		seen[which].copies = (unsigned)json_number(run, item, "replication_factor");
	}
	cJSON_Delete(list);
	call_release(&call);
}

static int by_number(const void *a, const void *b)
{
	const struct seen_version *left = a, *right = b;
	return left->number < right->number ? -1 : left->number > right->number;
}

void look_at_versions(struct run *run, int name, struct seen_name *seen)
{
	struct call call;
	const cJSON *item;
	seen->count = 0;
	call_prepare(run, &call, "--json", "versions", "--", model_names[name], NULL);
	call_do(run, &call);
	if (call.code == 1 && strstr(call.err, "\"not_found\"")) {
		call_release(&call);
		return;
	}
	if (call.code != 0)
		differ(run, "this command failed");
	cJSON *list = call_json(run, &call);
	cJSON_ArrayForEach(item, list)
	{
		if (seen->count == VERSIONS_MAX)
			differ(run, "'%s' has more versions than were ever stored", model_names[name]);
		read_version(run, item, &seen->versions[seen->count++]);
	}
	qsort(seen->versions, (size_t)seen->count, sizeof(*seen->versions), by_number);
	cJSON_Delete(list);
	call_release(&call);
}

static int find_snapshot(struct run *run, struct model *model, const char *name)
{
	int unnamed = NOTHING;
	for (int i = 0; i < SNAPSHOTS; i++) {
		if (strcmp(model->snapshots[i].name, name) == 0)
			return i;
		if (model->snapshots[i].exists && model->snapshots[i].name[0] == '\0')
			unnamed = i;
	}
	if (unnamed == NOTHING)
		differ(run, "there is a snapshot '%s', which was never made", name);
	snprintf(model->snapshots[unnamed].name, SNAPSHOT_NAME, "%s", name);
	return unnamed;
}

void look_at_snapshots(struct run *run, struct model *model, bool exists[SNAPSHOTS])
{
	struct call call;
	const cJSON *item;
	memset(exists, 0, SNAPSHOTS * sizeof(*exists));
	call_prepare(run, &call, "--json", "snapshot", "list", NULL);
	call_must(run, &call);
	cJSON *list = call_json(run, &call);
	cJSON_ArrayForEach(item, list) exists[find_snapshot(run, model, json_text(run, item, "name"))] = true;
	cJSON_Delete(list);
	call_release(&call);
}

static void compare_bytes(struct run *run, const struct content *content)
{
	static uint8_t wanted[CONTENT_MAX], found[CONTENT_MAX + 1];
	FILE *file = fopen("back", "re");
	if (!file)
		differ(run, "get left no file: %s", strerror(errno));
	size_t length = fread(found, 1, sizeof(found), file);
	fclose(file);
	if (length != content->size)
		differ(run, "it has %zu bytes instead of %u", length, content->size);
	content_fill(content, wanted);
	for (size_t i = 0; i < length; i++)
		if (wanted[i] != found[i])
			differ(run, "its byte %zu is another one", i);
}

void look_at_content(struct run *run, int name, const struct version *version, const char *snapshot)
{
	struct call call;
	struct stat stat_buffer;
	call_prepare(run, &call, "get", "-o", "back", "--", NULL);
	if (snapshot)
		call_word(&call, "%s@%s", model_names[name], snapshot);
	else
		call_word(&call, "%s@%llu", model_names[name], (unsigned long long)version->number);
	call_must(run, &call);
	call_release(&call);
	compare_bytes(run, &version->content);
	if (stat("back", &stat_buffer) < 0)
		differ(run, "back: %s", strerror(errno));
	if ((stat_buffer.st_mode & 07777) != version->mode)
		differ(run, "its mode is %o instead of %o", stat_buffer.st_mode & 07777, version->mode);
	if (stat_buffer.st_mtime != version->mtime)
		differ(run, "its time is %lld instead of %lld", (long long)stat_buffer.st_mtime,
			(long long)version->mtime);
	if (remove("back") < 0)
		differ(run, "cannot remove back: %s", strerror(errno));
}

void look_at_status(struct run *run, bool whole)
{
	static const char *const lacking[] = {
		"lost", "unavailable", "under_replicated", "last_copy", "corrupt", "excess"};
	struct call call;
	call_prepare(run, &call, "--json", "status", NULL);
	call_do(run, &call);
	if (call.code > 2)
		differ(run, "status does not work: %s", call.err);
	cJSON *status = call_json(run, &call);
	const cJSON *chunks = cJSON_GetObjectItemCaseSensitive(status, "chunks");
	for (size_t i = 0; i < (whole ? sizeof(lacking) / sizeof(*lacking) : 2); i++) {
		uint64_t count = json_number(run, chunks, lacking[i]);
		if (count)
			differ(run, "%llu chunks are %s: %s", (unsigned long long)count, lacking[i],
				call.out);
	}
	cJSON_Delete(status);
	call_release(&call);
}
