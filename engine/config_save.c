/*
 * config_save.c: a whole config as text, by the tables that it is read with.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/config_entry.h"
#include "engine/config_schema.h"

static void write_section(
	FILE *out, const struct config_section *section, const void *object, const char *between);

static void write_list(FILE *out, const struct config_key *key, const struct config *config)
{
	bool nodes = key->kind == CONFIG_KIND_NODES;
	size_t count = nodes ? config->node_count : config->link_count;
	fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		const void *item = nodes ? (const void *)&config->nodes[i] : &config->links[i];
		fputs(i ? ",\n  {" : "\n  {", out);
		write_section(out, key->inner, item, ", ");
		fputc('}', out);
	}
	fputc(']', out);
}

static void write_value(FILE *out, const struct config_key *key, const void *object)
{
	const void *field = (const char *)object + key->offset;
	char bytes[32];
	switch (key->kind) {
	case CONFIG_KIND_SECTION:
		fputc('{', out);
		write_section(out, key->inner, object, ", ");
		fputc('}', out);
		break;
	case CONFIG_KIND_NODES:
	case CONFIG_KIND_LINKS:
		write_list(out, key, object);
		break;
	case CONFIG_KIND_PATH:
	case CONFIG_KIND_NAME:
	case CONFIG_KIND_PEER:
	case CONFIG_KIND_LABEL:
	case CONFIG_KIND_THEME:
		config_text_write(out, *(char *const *)field);
		break;
	case CONFIG_KIND_WORD:
		fputs(key->words[*(const unsigned *)field], out);
		break;
	case CONFIG_KIND_FLAG:
		fputs(*(const bool *)field ? "true" : "false", out);
		break;
	case CONFIG_KIND_COUNT:
		fprintf(out, "%u", *(const unsigned *)field);
		break;
	case CONFIG_KIND_NUMBER:
		fprintf(out, "%" PRIu64, *(const uint64_t *)field);
		break;
	case CONFIG_KIND_BYTES:
		fputs(config_bytes_text(*(const uint64_t *)field, bytes), out);
		break;
	case CONFIG_KIND_TIME:
		fprintf(out, *(const int64_t *)field ? "%" PRId64 "ms" : "%" PRId64, *(const int64_t *)field);
		break;
	case CONFIG_KIND_RATIO:
	case CONFIG_KIND_WEIGHT:
		config_decimal_write(out, *(const double *)field);
		break;
	case CONFIG_KIND_OTHER: /* not in a config */
		break;
	}
}

/* Texts that are not set are left out; they have no default. */
static bool is_set(const struct config_key *key, const void *object)
{
	bool text = key->kind == CONFIG_KIND_PATH || key->kind == CONFIG_KIND_NAME ||
		    key->kind == CONFIG_KIND_PEER || key->kind == CONFIG_KIND_LABEL ||
		    key->kind == CONFIG_KIND_THEME;
	return !text || *(char *const *)((const char *)object + key->offset);
}

static void write_section(
	FILE *out, const struct config_section *section, const void *object, const char *between)
{
	bool first = true;
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];
		if (!is_set(key, object))
			continue;
		fprintf(out, "%s%s: ", first ? "" : between, key->name);
		write_value(out, key, object);
		first = false;
	}
}

/* 0600 whatever the umask, which can only take away. Through no link, and into no file that is there. */
static FILE *open_draft(const char *draft)
{
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0 && !out)
		close(fd);
	return out;
}

int config_save(const char *path, const struct config *config, struct error *error)
{
	char *draft = NULL;
	if (asprintf(&draft, "%s.new", path) < 0)
		return error_set_errno(error, ENOMEM, "cannot write %s", path);
	unlink(draft); /* what was left there */
	FILE *out = open_draft(draft);
	int result = 0;
	if (out) {
		write_section(out, &config_schema, config, "\n");
		fputc('\n', out);
	}
	bool failed = !out || ferror(out);
	if ((out && fclose(out) != 0) || failed || rename(draft, path) < 0) {
		result = error_set_errno(error, errno, "cannot write %s", path);
		unlink(draft);
	}
	free(draft);
	return result;
}
