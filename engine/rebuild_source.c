/*
 * rebuild_source.c: the nodes to regrow a catalog from.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rebuild.h"

static void add_source(struct rebuild *rebuild, const struct config_node *from, int root,
	const struct node_identity *identity)
{
	struct rebuild_source *source = &rebuild->sources[rebuild->source_count++];
	*source = (struct rebuild_source){.name = from->name, .root = root, .lines = {.fd = -1}};
	memcpy(source->uuid, identity->node, sizeof(source->uuid));
}

static int find_source(struct rebuild *rebuild, const struct config_node *from, struct error *error)
{
	struct io *io = rebuild->env->io;
	struct node_identity identity;
	int root = io->openat(io, AT_FDCWD, from->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0 || node_read_identity(rebuild->env, root, &identity) < 0) {
		rebuild_say(rebuild, "%s is not there (%s: %s)", from->name, from->path, strerror(errno));
		rebuild->result->nodes_absent++;
		if (root >= 0)
			io->close(io, root);
		return 0;
	}
	if (!rebuild->store_uuid[0])
		memcpy(rebuild->store_uuid, identity.store, sizeof(rebuild->store_uuid));
	if (strcmp(rebuild->store_uuid, identity.store) != 0) {
		io->close(io, root);
		return error_set(error, ERROR_REFUSED,
			"%s holds a node of another store than the nodes before it; correct the config, or "
			"take that node out of it, and repeat 'linckia rebuild'",
			from->path);
	}
	add_source(rebuild, from, root, &identity);
	return 0;
}

int rebuild_find_sources(struct rebuild *rebuild, struct error *error)
{
	const struct config *config = rebuild->config;
	rebuild->sources = calloc(config->node_count + 1, sizeof(*rebuild->sources));
	if (!rebuild->sources)
		return error_set(error, ERROR_MEMORY, "cannot regrow the catalog");
	for (size_t i = 0; i < config->node_count; i++)
		if (find_source(rebuild, &config->nodes[i], error) < 0)
			return -1;
	if (rebuild->source_count == 0)
		return error_set(error, ERROR_UNAVAILABLE,
			"none of the nodes in %s is there; mount or plug in their disks and repeat 'linckia "
			"rebuild'",
			config->path);
	rebuild->result->nodes = (unsigned)rebuild->source_count;
	return 0;
}

void rebuild_list_journals(struct rebuild *rebuild)
{
	for (size_t i = 0; i < rebuild->source_count; i++) {
		struct rebuild_source *source = &rebuild->sources[i];
		if (journal_list(rebuild->env, source->root, JOURNAL_COPY, &source->copies,
			    &source->copy_count) == 0 &&
			journal_list(rebuild->env, source->root, JOURNAL_RECORDS, &source->files,
				&source->file_count) == 0)
			continue;
		rebuild_say(rebuild, "%s: its journal cannot be read: %s", source->name, strerror(errno));
		source->file_count = 0;
		source->unread = true;
	}
}

void rebuild_free_sources(struct rebuild *rebuild)
{
	for (size_t i = 0; i < rebuild->source_count; i++) {
		struct rebuild_source *source = &rebuild->sources[i];
		journal_lines_close(&source->lines);
		free(source->copies);
		free(source->files);
		rebuild->env->io->close(rebuild->env->io, source->root);
	}
	free(rebuild->sources);
}

void rebuild_advance(struct rebuild *rebuild, struct rebuild_source *source)
{
	source->has_head = false;
	while (!source->has_head) {
		if (source->lines.fd < 0) {
			if (source->next_file == source->file_count)
				return;
			source->head_file = source->files[source->next_file++];
			if (journal_lines_open(&source->lines, rebuild->env, source->root, JOURNAL_RECORDS,
				    source->head_file) < 0) {
				rebuild_say(rebuild, "%s: a file of its journal cannot be opened: %s",
					source->name, strerror(errno));
				source->unread = true;
				continue;
			}
		}
		int got = journal_record_next(&source->lines, &source->head, &rebuild->result->damaged_lines);
		if (got < 0)
			rebuild_say(rebuild, "%s: its journal cannot be read to the end: %s", source->name,
				strerror(errno));
		source->unread = source->unread || got < 0;
		source->has_head = got == 1;
		if (got != 1)
			journal_lines_close(&source->lines);
	}
}
