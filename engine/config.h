/*
 * config.h: the strict reader of config.yaml.
 *
 * Reads libyaml's events, never its document tree, so that size, depth and the number of nodes are
 * bounded before anything is built. Every fault is an ERROR_CONFIG whose message reads
 * "PATH:LINE:COLUMN: key 'repair.grace': found 'soon', allowed is a time such as 250ms, 5s, 10m, 2h or 7d"
 * (line and column count from 1). Unknown keys, duplicate keys, aliases, anchors, tags, several documents,
 * more than CONFIG_BYTES_MAX bytes or CONFIG_DEPTH_MAX levels are faults. Every key is optional but
 * `nodes`; the defaults stand below.
 */
#ifndef LINCKIA_ENGINE_CONFIG_H
#define LINCKIA_ENGINE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

enum {
	CONFIG_BYTES_MAX = 1 << 20,
	CONFIG_DEPTH_MAX = 8,
	CONFIG_NODES_MAX = 1024,
	CONFIG_NODE_NAME_MAX = 64,
};

enum chunk_method { CHUNK_FIXED, CHUNK_CDC };
enum placement_policy { PLACEMENT_BALANCED, PLACEMENT_RENDEZVOUS, PLACEMENT_ROUND_ROBIN };
enum placement_spread { SPREAD_NODE, SPREAD_ZONE };

struct config_node {
	char *name;              /* 1 to 64 of a-z A-Z 0-9 . _ -, not "client"; unique */
	char *path;              /* absolute: a relative one was resolved against the store; unique */
	char *zone;              /* default: the node's name, so that nodes share no zone by accident */
	uint64_t capacity_bytes; /* 0: as much as the file system has */
	double weight;           /* above 0, at most 1000; default 1 */
};

/* One end of a simulated link's settings; kept as read for the simulated network. */
struct config_link {
	char *from, *to; /* node names or "client" */
	int64_t latency_ms, jitter_ms;
	uint64_t bandwidth_bytes; /* per second; 0: no limit */
	double loss;              /* 0 to 1 */
	bool cut;
};

struct config {
	char *path;                  /* of the config file, absolute */
	char *store;                 /* folder, absolute; default: nodes */
	bool rehearsal;              /* false */
	unsigned replication_factor; /* 1 to 16; 3 */
	unsigned min_replicas;       /* 1 to replication_factor; 2, or replication_factor if smaller */
	uint64_t memory_bytes;       /* 64MiB; at least two of the largest chunks (8 MiB the least) */
	unsigned workers;            /* 0 to 256; 0: chosen from the cores */
	uint64_t chunk_bytes;        /* 64KiB to 64MiB; 4MiB */
	enum chunk_method chunk_method;
	enum placement_policy placement_policy;
	enum placement_spread placement_spread; /* zone */
	struct config_node *nodes;              /* at least one */
	size_t node_count;

	int64_t repair_interval_ms;  /* 2s; 100ms to 1d */
	int64_t repair_grace_ms;     /* 5s; 0 to 30d */
	uint64_t repair_bandwidth;   /* 0: no limit; bytes per second */
	unsigned repair_concurrency; /* 4; 1 to 256 */
	double repair_min_up_ratio;  /* 0.5; 0 to 1 */
	/* The fullest and emptiest usable node may differ by this share of capacity before data is moved. */
	double repair_max_skew;         /* 0.1; 0 to 1; 1: never */
	int64_t scrub_interval_ms;      /* 7d; 0: never; else 1s to 3650d */
	uint64_t scrub_bandwidth;       /* 64MiB; 0: no limit */
	uint64_t history_keep_versions; /* 0: all */
	int64_t history_keep_for_ms;    /* 0: for ever */
	uint64_t network_seed;          /* 1 */
	struct config_link *links;
	size_t link_count;
	int64_t console_refresh_ms; /* 250ms; 50ms to 60s */
	char *console_theme;        /* dark, light, colour-blind, mono */
	bool console_mouse;         /* true */
};

/* Reads the file at `path`. The caller frees `*config`. */
MUST_CHECK int config_load(const char *path, struct config **config, struct error *error);

/* The same from memory; `path` is only for messages and for what relative paths are relative to. */
MUST_CHECK int config_parse(
	const char *path, const char *text, size_t length, struct config **config, struct error *error);

/* NULL is ignored. */
void config_free(struct config *config);

/* The node called `name`, or NULL. Lives as long as `config`. */
const struct config_node *config_find_node(const struct config *config, const char *name);

/*
 * Adds a node to the config file at `path` by inserting one entry after the last of `nodes`, in the
 * style (block or flow) of that list, leaving every other byte as it is; then reads the result back, and
 * replaces the file atomically (keeping its permission bits). `zone` may be NULL, `capacity_bytes` 0.
 */
MUST_CHECK int config_add_node(const char *path, const char *name, const char *node_path, const char *zone,
	uint64_t capacity_bytes, struct error *error);

/*
 * Removes the node called `name` from the config file at `path`: its entry of `nodes` with the comments in
 * and behind it, and the comma that is no longer needed; every other byte stays. Then reads the result
 * back, which must be the same config with just that node less, and replaces the file atomically (keeping
 * its permission bits). ERROR_NOT_FOUND when there is no such node; ERROR_REFUSED when it is the only one
 * or a link of the simulated network names it.
 */
MUST_CHECK int config_remove_node(const char *path, const char *name, struct error *error);

/* What config_write() puts into a new config. */
struct config_template {
	const char *store; /* NULL: the config's own folder */
	bool rehearsal;
	unsigned replication_factor;
	unsigned min_replicas;
	uint64_t chunk_bytes;
	const struct config_node *nodes; /* paths are written as they are given here; zone may be NULL */
	size_t node_count;
};

/*
 * Writes `config` to the file at `path`, every key of it, in place of what is there; paths as they are in it. What is
 * read back is the same. 0600. Atomic, but not flushed: for stores that can be made again.
 */
MUST_CHECK int config_save(const char *path, const struct config *config, struct error *error);

/* Writes a commented config. Refuses to replace a file. */
MUST_CHECK int config_write(const char *path, const struct config_template *values, struct error *error);

#endif
