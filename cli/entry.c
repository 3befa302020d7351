#include "cli/entry.h"

#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/json.h"
#include "cli/output.h"

const char *entry_kind_name(enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_FILE:
		break;
	case ENTRY_LINK:
		return "link";
	case ENTRY_FOLDER:
		return "folder";
	}
	return "file";
}

/* Rounded down, also before 1970. */
static int64_t milliseconds(int64_t nanoseconds)
{
	int64_t quotient = nanoseconds / 1000000;
	return nanoseconds % 1000000 < 0 ? quotient - 1 : quotient;
}

/* A folder has no content and so no digest. */
static const char *digest(const struct entry *entry)
{
	return entry->sha256[0] ? entry->sha256 : NULL;
}

cJSON *entry_put_json(const struct entry *entry)
{
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", entry->name);
	json_add_text(object, "kind", entry_kind_name(entry->kind));
	json_add_integer(object, "version", entry->version);
	json_add_integer(object, "size", entry->size_bytes);
	json_add_text(object, "sha256", digest(entry));
	json_add_integer(object, "chunks", entry->chunks);
	json_add_integer(object, "new_chunks", entry->new_chunks);
	json_add_integer(object, "replication_factor", entry->replication_factor);
	if (entry->target)
		json_add_name(object, "target", entry->target);
	return object;
}

cJSON *entry_list_json(const struct entry *entry)
{
	char mode[16];
	snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777);
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "name", entry->name);
	json_add_text(object, "kind", entry_kind_name(entry->kind));
	json_add_integer(object, "version", entry->version);
	json_add_integer(object, "size", entry->size_bytes);
	json_add_time(object, "mtime", milliseconds(entry->mtime_ns));
	json_add_text(object, "mode", mode);
	json_add_integer(object, "replication_factor", entry->replication_factor);
	json_add_text(object, "sha256", digest(entry));
	if (entry->target)
		json_add_name(object, "target", entry->target);
	return object;
}

cJSON *entry_stat_json(const struct entry *entry)
{
	cJSON *object = entry_list_json(entry);
	json_add_time(object, "stored", entry->stored_ms);
	return object;
}

char *entry_mode(char *out, size_t size, const struct entry *entry)
{
	static const char kinds[] = {[ENTRY_FILE] = '-', [ENTRY_LINK] = 'l', [ENTRY_FOLDER] = 'd'};
	assert(size >= ENTRY_MODE_SIZE);
	(void)size;
	out[0] = kinds[entry->kind];
	for (int i = 0; i < 9; i++)
		out[1 + i] = entry->mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	if (entry->mode & S_ISUID)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if (entry->mode & S_ISGID)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if (entry->mode & S_ISVTX)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
	return out;
}

char *entry_time(char *out, size_t size, const struct entry *entry)
{
	return text_time(out, size, milliseconds(entry->mtime_ns));
}

cJSON *entry_version_json(const struct version *version)
{
	cJSON *object = entry_stat_json(&version->entry);
	cJSON_AddBoolToObject(object, "current", version->current);
	if (version->current)
		cJSON_AddNullToObject(object, "ended");
	else
		json_add_time(object, "ended", version->ended_ms);
	json_add_texts(object, "snapshots", version->snapshots, version->snapshot_count);
	return object;
}

void entry_print_name(const struct entry *entry)
{
	output_name(entry->name);
	if (entry->kind == ENTRY_FOLDER)
		output_byte('/');
}

void entry_print_long(const struct entry *entry)
{
	char mode[ENTRY_MODE_SIZE], bytes[16], time[40];
	output_print("%s %2u %4llu %10s  %s  ", entry_mode(mode, sizeof(mode), entry),
		entry->replication_factor, (unsigned long long)entry->version,
		text_bytes(bytes, sizeof(bytes), entry->size_bytes), entry_time(time, sizeof(time), entry));
	entry_print_name(entry);
	if (entry->target) {
		output_print(" -> ");
		output_name(entry->target);
	}
}
