/*
 * config_write.c: the commented config of a new store.
 *
 * Every key stands in it with its default, so that the file explains itself. It is read as a config
 * before it is written: no new store begins with a config that the next command refuses.
 */
#include "engine/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/config_entry.h"
#include "engine/config_file.h"
#include "engine/config_schema.h"

/* The chunk buffers' memory: the default, or what keeps four of the largest fixed chunks. */
static uint64_t memory_for(uint64_t chunk_bytes)
{
	const uint64_t standard = UINT64_C(64) << 20;
	return chunk_bytes * 4 > standard ? chunk_bytes * 4 : standard;
}

static void write_config(FILE *out, const struct config_template *values)
{
	char memory[32], chunk[32];
	config_bytes_text(memory_for(values->chunk_bytes), memory);
	config_bytes_text(values->chunk_bytes, chunk);
	fputs("# A Linckia store. Only the nodes must stand here; all other keys have defaults.\n"
	      "# Sizes take KiB, MiB, GiB, TiB; times ms, s, m, h, d.\n"
	      "\n"
	      "store: ",
		out);
	if (values->store)
		config_text_write(out, values->store);
	else
		fputs(".                   ", out);
	fprintf(out,
		"  # the folder of the catalog, relative to this file\n"
		"rehearsal: %s             # true: commands that damage data on purpose are allowed\n"
		"replication_factor: %-2u       # on how many nodes each file is kept\n"
		"min_replicas: %-2u             # a put succeeds once a file is on this many\n"
		"memory: %-12s         # for chunk buffers, whatever is running\n"
		"workers: 0                   # 0: chosen from the cores\n"
		"\n"
		"chunk: {size: %s, method: fixed}   # cdc: cut where the content says so, size is the "
		"average\n"
		"placement: {policy: balanced, spread: zone}\n"
		"\n"
		"nodes:                       # a path is relative to the store; no capacity: the whole file "
		"system\n",
		values->rehearsal ? "true " : "false", values->replication_factor, values->min_replicas,
		memory, chunk);
	for (size_t i = 0; i < values->node_count; i++) {
		fputs("  - {", out);
		config_entry_write(out, &values->nodes[i], ", ");
		fputs("}\n", out);
	}
	fputs("\n"
	      "# bandwidth 0: no limit; max_skew 1: nothing moves to even nodes out\n"
	      "repair: {interval: 2s, grace: 5s, bandwidth: 0, concurrency: 4, min_up_ratio: 0.5, max_skew: "
	      "0.1}\n"
	      "scrub: {interval: 7d, bandwidth: 64MiB}\n"
	      "history: {keep_versions: 0, keep_for: 0}   # 0: keep all\n"
	      "network: {seed: 1, links: []}              # simulated; no links: off\n"
	      "console: {refresh: 250ms, theme: dark, mouse: true}\n",
		out);
}

/* The text as it will be; the caller frees `*bytes`. */
static int compose(const char *path, const struct config_template *values, char **bytes, size_t *length,
	struct error *error)
{
	*bytes = NULL;
	FILE *out = open_memstream(bytes, length);
	if (!out)
		return error_set(error, ERROR_MEMORY, "there is no memory left to write %s", path);
	write_config(out, values);
	bool failed = ferror(out);
	if (fclose(out) || failed || !*bytes) /* glibc's last reallocation fails silently */
		return error_set(error, ERROR_MEMORY, "there is no memory left to write %s", path);
	return 0;
}

int config_write(const char *path, const struct config_template *values, struct error *error)
{
	char *bytes;
	size_t length;
	struct config *config = NULL;
	for (size_t i = 0; i < values->node_count; i++) {
		if (config_entry_check(&values->nodes[i], error))
			return -1;
	}
	int result = compose(path, values, &bytes, &length, error);
	if (!result && (result = config_parse(path, bytes, length, &config, error)))
		error_context(error, "the config of the new store cannot be written");
	if (!result)
		result = config_file_create(path, bytes, length, error);
	config_free(config);
	free(bytes);
	return result;
}
