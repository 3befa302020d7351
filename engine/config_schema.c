#include "engine/config_schema.h"

#include <assert.h>
#include <string.h>

#include "engine/config.h"

#define KIB            (UINT64_C(1) << 10)
#define MIB            (UINT64_C(1) << 20)
#define EIB            (UINT64_C(1) << 60)
#define MINUTE_MS      (UINT64_C(60) * 1000)
#define HOUR_MS        (60 * MINUTE_MS)
#define DAY_MS         (24 * HOUR_MS)
#define IN(field)      .offset = offsetof(struct config, field)
#define IN_NODE(field) .offset = offsetof(struct config_node, field)
#define IN_LINK(field) .offset = offsetof(struct config_link, field)
#define SECTION(id, keys)                                                                                    \
	{                                                                                                    \
		id, sizeof(keys) / sizeof(*(keys)), keys                                                     \
	}

/* In the order of the enumerations in config.h. */
static const char *const chunk_methods[] = {"fixed", "cdc", NULL};
const char *const config_placement_policies[] = {"balanced", "rendezvous", "round_robin", NULL};
const char *const config_placement_spreads[] = {"node", "zone", NULL};
static const char *const themes[] = {"dark", "light", "colour-blind", "mono", NULL};

static const struct config_key chunk_keys[] = {
	{"size", CONFIG_KIND_BYTES, IN(chunk_bytes), .least = 64 * KIB, .most = 64 * MIB, .standard = "4MiB"},
	{"method", CONFIG_KIND_WORD, IN(chunk_method), .words = chunk_methods, .standard = "fixed"},
};
static const struct config_section chunk_section = SECTION(CONFIG_SECTION_CHUNK, chunk_keys);

static const struct config_key placement_keys[] = {
	{"policy", CONFIG_KIND_WORD, IN(placement_policy), .words = config_placement_policies,
		.standard = "balanced"},
	{"spread", CONFIG_KIND_WORD, IN(placement_spread), .words = config_placement_spreads,
		.standard = "zone"},
};
static const struct config_section placement_section = SECTION(CONFIG_SECTION_PLACEMENT, placement_keys);

static const struct config_key node_keys[] = {
	{"name", CONFIG_KIND_NAME, IN_NODE(name), .most = CONFIG_NODE_NAME_MAX, .required = true},
	{"path", CONFIG_KIND_PATH, IN_NODE(path), .most = CONFIG_PATH_MAX, .required = true},
	{"zone", CONFIG_KIND_LABEL, IN_NODE(zone), .most = CONFIG_NODE_NAME_MAX},
	{"capacity", CONFIG_KIND_BYTES, IN_NODE(capacity_bytes), .least = 1, .most = EIB, .standard = "0",
		.zero = "as much as the file system has"},
	{"weight", CONFIG_KIND_WEIGHT, IN_NODE(weight), .most = 1000, .standard = "1"},
};
static const struct config_section node_section = SECTION(CONFIG_SECTION_NODE, node_keys);

static const struct config_key repair_keys[] = {
	{"interval", CONFIG_KIND_TIME, IN(repair_interval_ms), .least = 100, .most = DAY_MS,
		.standard = "2s"},
	{"grace", CONFIG_KIND_TIME, IN(repair_grace_ms), .least = 0, .most = 30 * DAY_MS, .standard = "5s"},
	{"bandwidth", CONFIG_KIND_BYTES, IN(repair_bandwidth), .least = 1, .most = EIB, .standard = "0",
		.zero = "no limit"},
	{"concurrency", CONFIG_KIND_COUNT, IN(repair_concurrency), .least = 1, .most = 256, .standard = "4"},
	{"min_up_ratio", CONFIG_KIND_RATIO, IN(repair_min_up_ratio), .least = 0, .most = 1,
		.standard = "0.5"},
	{"max_skew", CONFIG_KIND_RATIO, IN(repair_max_skew), .least = 0, .most = 1, .standard = "0.1"},
};
static const struct config_section repair_section = SECTION(CONFIG_SECTION_REPAIR, repair_keys);

static const struct config_key scrub_keys[] = {
	{"interval", CONFIG_KIND_TIME, IN(scrub_interval_ms), .least = 1000, .most = 3650 * DAY_MS,
		.standard = "7d", .zero = "never"},
	{"bandwidth", CONFIG_KIND_BYTES, IN(scrub_bandwidth), .least = 1, .most = EIB, .standard = "64MiB",
		.zero = "no limit"},
};
static const struct config_section scrub_section = SECTION(CONFIG_SECTION_SCRUB, scrub_keys);

static const struct config_key history_keys[] = {
	{"keep_versions", CONFIG_KIND_NUMBER, IN(history_keep_versions), .least = 1, .most = 1000000000,
		.standard = "0", .zero = "keep all"},
	{"keep_for", CONFIG_KIND_TIME, IN(history_keep_for_ms), .least = 1000, .most = 36500 * DAY_MS,
		.standard = "0", .zero = "keep for ever"},
};
static const struct config_section history_section = SECTION(CONFIG_SECTION_HISTORY, history_keys);

static const struct config_key link_keys[] = {
	{"from", CONFIG_KIND_PEER, IN_LINK(from), .required = true},
	{"to", CONFIG_KIND_PEER, IN_LINK(to), .required = true},
	{"latency", CONFIG_KIND_TIME, IN_LINK(latency_ms), .least = 0, .most = HOUR_MS, .standard = "0"},
	{"jitter", CONFIG_KIND_TIME, IN_LINK(jitter_ms), .least = 0, .most = HOUR_MS, .standard = "0"},
	{"bandwidth", CONFIG_KIND_BYTES, IN_LINK(bandwidth_bytes), .least = 1, .most = EIB, .standard = "0",
		.zero = "no limit"},
	{"loss", CONFIG_KIND_RATIO, IN_LINK(loss), .least = 0, .most = 1, .standard = "0"},
	{"cut", CONFIG_KIND_FLAG, IN_LINK(cut), .standard = "false"},
};
static const struct config_section link_section = SECTION(CONFIG_SECTION_LINK, link_keys);

static const struct config_key network_keys[] = {
	{"seed", CONFIG_KIND_NUMBER, IN(network_seed), .least = 0, .most = UINT64_MAX, .standard = "1"},
	{"links", CONFIG_KIND_LINKS, .least = 0, .most = 65536, .inner = &link_section},
};
static const struct config_section network_section = SECTION(CONFIG_SECTION_NETWORK, network_keys);

static const struct config_key console_keys[] = {
	{"refresh", CONFIG_KIND_TIME, IN(console_refresh_ms), .least = 50, .most = MINUTE_MS,
		.standard = "250ms"},
	{"theme", CONFIG_KIND_THEME, IN(console_theme), .words = themes, .standard = "dark"},
	{"mouse", CONFIG_KIND_FLAG, IN(console_mouse), .standard = "true"},
};
static const struct config_section console_section = SECTION(CONFIG_SECTION_CONSOLE, console_keys);

static const struct config_key top_keys[] = {
	{"store", CONFIG_KIND_PATH, IN(store), .most = CONFIG_PATH_MAX, .standard = "nodes"},
	{"rehearsal", CONFIG_KIND_FLAG, IN(rehearsal), .standard = "false"},
	{"replication_factor", CONFIG_KIND_COUNT, IN(replication_factor), .least = 1, .most = 16,
		.standard = "3"},
	{"min_replicas", CONFIG_KIND_COUNT, IN(min_replicas), .least = 1, .most = 16},
	{"memory", CONFIG_KIND_BYTES, IN(memory_bytes), .least = 8 * MIB, .most = EIB, .standard = "64MiB"},
	{"workers", CONFIG_KIND_COUNT, IN(workers), .least = 1, .most = 256, .standard = "0",
		.zero = "chosen from the cores"},
	{"chunk", CONFIG_KIND_SECTION, .inner = &chunk_section},
	{"placement", CONFIG_KIND_SECTION, .inner = &placement_section},
	{"nodes", CONFIG_KIND_NODES, .least = 1, .most = CONFIG_NODES_MAX, .inner = &node_section,
		.required = true},
	{"repair", CONFIG_KIND_SECTION, .inner = &repair_section},
	{"scrub", CONFIG_KIND_SECTION, .inner = &scrub_section},
	{"history", CONFIG_KIND_SECTION, .inner = &history_section},
	{"network", CONFIG_KIND_SECTION, .inner = &network_section},
	{"console", CONFIG_KIND_SECTION, .inner = &console_section},
};
const struct config_section config_schema = SECTION(CONFIG_SECTION_TOP, top_keys);
static_assert(sizeof(top_keys) / sizeof(*top_keys) <= CONFIG_KEYS_MAX, "the longest mapping fits");

const struct config_key *config_section_find(const struct config_section *section, const char *name)
{
	for (size_t i = 0; i < section->key_count; i++) {
		if (!strcmp(section->keys[i].name, name))
			return &section->keys[i];
	}
	return NULL;
}

int config_section_defaults(const struct config_section *section, void *object)
{
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];
		if (key->kind == CONFIG_KIND_SECTION) {
			if (config_section_defaults(key->inner, object))
				return -1;
		} else if (key->standard) {
			enum config_verdict verdict = config_key_set(key, key->standard, false, object);
			assert(verdict != CONFIG_VALUE_BAD);
			if (verdict != CONFIG_VALUE_GOOD)
				return -1;
		}
	}
	return 0;
}
