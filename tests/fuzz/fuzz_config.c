/*
 * fuzz_config.c: a config is refused with a place in it, or read; then what is written is read back as the same, and
 * a node can be added by itself and taken away again.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "tests/fuzz/fuzz.h"

static bool same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool same_nodes(const struct config *a, const struct config *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct config_node *one = &a->nodes[i], *other = &b->nodes[i];
		if (!same_text(one->name, other->name) || !same_text(one->path, other->path) ||
			!same_text(one->zone, other->zone) || one->capacity_bytes != other->capacity_bytes ||
			one->weight != other->weight)
			return false;
	}
	return true;
}

static bool same_links(const struct config *a, const struct config *b)
{
	if (a->link_count != b->link_count || a->network_seed != b->network_seed)
		return false;
	for (size_t i = 0; i < a->link_count; i++) {
		const struct config_link *one = &a->links[i], *other = &b->links[i];
		if (!same_text(one->from, other->from) || !same_text(one->to, other->to) ||
			one->latency_ms != other->latency_ms || one->jitter_ms != other->jitter_ms ||
			one->bandwidth_bytes != other->bandwidth_bytes || one->loss != other->loss ||
			one->cut != other->cut)
			return false;
	}
	return true;
}

static bool same_work(const struct config *a, const struct config *b)
{
	return a->repair_interval_ms == b->repair_interval_ms && a->repair_grace_ms == b->repair_grace_ms &&
	       a->repair_bandwidth == b->repair_bandwidth && a->repair_concurrency == b->repair_concurrency &&
	       a->repair_min_up_ratio == b->repair_min_up_ratio && a->repair_max_skew == b->repair_max_skew &&
	       a->scrub_interval_ms == b->scrub_interval_ms && a->scrub_bandwidth == b->scrub_bandwidth &&
	       a->history_keep_versions == b->history_keep_versions &&
	       a->history_keep_for_ms == b->history_keep_for_ms;
}

/* All but the nodes. */
static bool same_rest(const struct config *a, const struct config *b)
{
	return same_text(a->store, b->store) && a->rehearsal == b->rehearsal &&
	       a->replication_factor == b->replication_factor && a->min_replicas == b->min_replicas &&
	       a->memory_bytes == b->memory_bytes && a->workers == b->workers &&
	       a->chunk_bytes == b->chunk_bytes && a->chunk_method == b->chunk_method &&
	       a->placement_policy == b->placement_policy && a->placement_spread == b->placement_spread &&
	       same_work(a, b) && same_links(a, b) && a->console_refresh_ms == b->console_refresh_ms &&
	       same_text(a->console_theme, b->console_theme) && a->console_mouse == b->console_mouse;
}

static bool same_config(const struct config *a, const struct config *b)
{
	return a->node_count == b->node_count && same_nodes(a, b, a->node_count) && same_rest(a, b);
}

static void check_ranges(const struct config *config)
{
	FUZZ_CHECK(config->node_count >= 1 && config->node_count <= CONFIG_NODES_MAX);
	FUZZ_CHECK(config->replication_factor >= 1 && config->replication_factor <= 16);
	FUZZ_CHECK(config->min_replicas >= 1 && config->min_replicas <= config->replication_factor);
	FUZZ_CHECK(config->chunk_bytes >= 64 << 10 && config->chunk_bytes <= 64 << 20);
	FUZZ_CHECK(config->memory_bytes >= 2 * config->chunk_bytes);
	FUZZ_CHECK(config->store[0] == '/');
	for (size_t i = 0; i < config->node_count; i++) {
		const struct config_node *node = &config->nodes[i];
		FUZZ_CHECK(node->path[0] == '/' && node->weight > 0 && node->weight <= 1000);
		FUZZ_CHECK(node->zone[0] && config_find_node(config, node->name) == node);
	}
}

static struct config *load(const char *path)
{
	struct config *config = NULL;
	struct error error;
	error_clear(&error);
	if (config_load(path, &config, &error) < 0)
		fuzz_fail(__FILE__, __LINE__, "what was written can be read", error.message);
	return config;
}

static void check_save(const char *path, const struct config *config)
{
	struct error error;
	error_clear(&error);
	FUZZ_CHECK_WITH(config_save(path, config, &error) == 0, error.message);
	struct config *again = load(path);
	FUZZ_CHECK(same_config(config, again));
	config_free(again);
}

static void check_unchanged(const char *name, const uint8_t *data, size_t size)
{
	size_t found;
	uint8_t *bytes = scratch_read(fuzz_folder(), name, &found);
	FUZZ_CHECK(found == size && (size == 0 || memcmp(bytes, data, size) == 0));
	free(bytes);
}

static void check_removal(const char *path, const char *name, const struct config *before)
{
	struct error error;
	error_clear(&error);
	if (config_remove_node(path, name, &error) < 0) {
		fuzz_check_error(&error);
		return;
	}
	struct config *after = load(path);
	FUZZ_CHECK(same_config(before, after));
	config_free(after);
}

/* An edit does just what it says, or leaves the file as it is. */
static void check_edit(const char *path, const struct config *before, const uint8_t *data, size_t size)
{
	struct error error;
	error_clear(&error);
	fuzz_write("config.yaml", data, size);
	if (config_add_node(path, "added", "/somewhere/added", size % 2 ? "z # 'q'" : NULL, size % 3 << 30,
		    &error) < 0) {
		fuzz_check_error(&error);
		check_unchanged("config.yaml", data, size);
		return;
	}
	struct config *after = load(path);
	FUZZ_CHECK(after->node_count == before->node_count + 1 && config_find_node(after, "added"));
	FUZZ_CHECK(same_nodes(before, after, before->node_count) && same_rest(before, after));
	config_free(after);
	check_removal(path, "added", before);
}

static void check_first_removal(
	const char *path, const struct config *before, const uint8_t *data, size_t size)
{
	struct error error;
	error_clear(&error);
	fuzz_write("config.yaml", data, size);
	if (config_remove_node(path, before->nodes[0].name, &error) < 0) {
		fuzz_check_error(&error);
		check_unchanged("config.yaml", data, size);
		return;
	}
	struct config *after = load(path);
	FUZZ_CHECK(after->node_count + 1 == before->node_count && same_rest(before, after));
	FUZZ_CHECK(!config_find_node(after, before->nodes[0].name));
	config_free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct error error;
	error_clear(&error);
	char *path = strdup(scratch_path(fuzz_folder(), "config.yaml"));
	FUZZ_CHECK(path);
	if (config_parse(path, (const char *)data, size, &config, &error) < 0) {
		fuzz_check_fault(&error, path, (const char *)data, size);
	} else {
		check_ranges(config);
		check_save(path, config);
		check_edit(path, config, data, size);
		check_first_removal(path, config, data, size);
		config_free(config);
	}
	free(path);
	return 0;
}
