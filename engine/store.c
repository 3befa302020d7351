/*
 * store.c: opening and closing a store, and what may change in its config meanwhile. Its nodes are in store_nodes.c.
 */
#include "engine/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/chunker.h"
#include "engine/hedge.h"
#include "engine/journal.h"
#include "engine/links.h"

enum { WORKERS_MIN = 4, WORKERS_MAX = 16 };

/* ---- finding the config ---- */

/* Who asked for root's rights is meant, as far as can be told (sudo(8)). */
static bool is_callers(uid_t owner)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	char *end = NULL;
	unsigned long caller = sudo ? strtoul(sudo, &end, 10) : 0;
	return owner == geteuid() || owner == 0 || (sudo && end != sudo && !*end && owner == (uid_t)caller);
}

/*
 * A config in the working folder counts without being named, so one that somebody else put there, in /tmp perhaps,
 * could have files stored on their nodes, or this user's store treated by their rules.
 */
static int check_found_here(const char *path, struct error *error)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return error_set_errno(error, errno, "cannot look at ./%s", path);
	if (is_callers(status.st_uid) && !(status.st_mode & S_IWOTH))
		return 0;
	return error_set(error, ERROR_CONFIG,
		"./%s %s, so it is not used unasked; if it is the one you mean, name it with -c ./%s", path,
		is_callers(status.st_uid) ? "can be written by everybody" : "belongs to another user", path);
}

int store_find_config(const char *given, char **path, struct error *error)
{
	*path = NULL;
	const char *variable = getenv("LINCKIA_CONFIG");
	if (given || (variable && *variable)) {
		*path = strdup(given ? given : variable);
		return *path ? 0 : error_set_errno(error, ENOMEM, "cannot find the config");
	}
	const char *home = getenv("HOME");
	char in_home[4096] = "";
	if (home && *home)
		snprintf(in_home, sizeof(in_home), "%s/.config/linckia/config.yaml", home);
	const char *const candidates[] = {"config.yaml", in_home, "/etc/linckia/config.yaml"};
	for (size_t i = 0; i < sizeof(candidates) / sizeof(*candidates); i++) {
		if (*candidates[i] && access(candidates[i], F_OK) == 0) {
			if (i == 0 && check_found_here(candidates[i], error) < 0)
				return -1;
			*path = strdup(candidates[i]);
			return *path ? 0 : error_set_errno(error, ENOMEM, "cannot find the config");
		}
	}
	return error_set(error, ERROR_CONFIG,
		"there is no config: neither ./config.yaml nor ~/.config/linckia/config.yaml nor "
		"/etc/linckia/config.yaml "
		"exists; name one with -c, or make a store with 'linckia new DIR'");
}

/* ---- opening ---- */

static int add_config_nodes(struct store *store, struct error *error)
{
	const struct config *config = store->config;
	for (size_t i = 0; i < config->node_count; i++) {
		const struct config_node *from = &config->nodes[i];
		struct node *node = &store->nodes[store->node_count];
		if (node_init(node, store->env, from->name, from->zone, from->path, error) < 0)
			return -1;
		store->node_count++;
		node->traffic = store->traffic;
		node_set_capacity(node, from->capacity_bytes, from->weight);
		snprintf(node->store_uuid, sizeof(node->store_uuid), "%s", catalog_store_uuid(store->reader));
		snprintf(node->cause, sizeof(node->cause), "not part of the store yet: run 'linckia init'");
	}
	return 0;
}

static int add_catalog_node(void *context, const struct catalog_node *from, struct error *error)
{
	struct store *store = context;
	struct node *node = store_node_by_name(store, from->name);
	if (!node) {
		if (store->node_count == STORE_NODES_MAX)
			return error_set(error, ERROR_DAMAGED, "the catalog knows more than %d nodes",
				STORE_NODES_MAX);
		node = &store->nodes[store->node_count];
		if (node_init(node, store->env, from->name, "", "", error) < 0)
			return -1;
		store->node_count++;
		node->traffic = store->traffic;
		snprintf(node->cause, sizeof(node->cause), "no longer in the config");
		/* Without an id it would not be probed; with one and no path it stays absent. */
		node_remember(node, from->id, from->uuid);
		return 0;
	}
	node_remember(node, from->id, from->uuid);
	snprintf(node->cause, sizeof(node->cause), "not looked at yet");
	node_set_failed(node, from->failed);
	node_set_draining(node, from->draining);
	return 0;
}

static void number_zones(struct store *store)
{
	for (size_t i = 0; i < store->node_count; i++)
		store->nodes[i].zone_index = store_number_zone(store, i);
}

/* ---- what may change in the config ---- */

static bool stamp_config(const char *path, struct file_stamp *stamp)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return false;
	*stamp = (struct file_stamp){
		.mtime_ns = env_mtime_ns(&status),
		.size = (uint64_t)status.st_size,
		.inode = status.st_ino,
	};
	return true;
}

static void take_settings(struct store *store, const struct config *config)
{
	store->settings = (struct store_settings){
		.repair_interval_ms = config->repair_interval_ms,
		.repair_grace_ms = config->repair_grace_ms,
		.repair_bandwidth = config->repair_bandwidth,
		.repair_concurrency = config->repair_concurrency,
		.repair_min_up_ratio = config->repair_min_up_ratio,
		.repair_max_skew = config->repair_max_skew,
		.scrub_interval_ms = config->scrub_interval_ms,
		.scrub_bandwidth = config->scrub_bandwidth,
		.history = {config->history_keep_versions, config->history_keep_for_ms},
	};
}

void store_get_settings(struct store *store, struct store_settings *settings)
{
	pthread_mutex_lock(&store->usage_mutex);
	*settings = store->settings;
	pthread_mutex_unlock(&store->usage_mutex);
}

int store_follow_config(struct store *store, struct error *error)
{
	struct file_stamp stamp;
	pthread_mutex_lock(&store->usage_mutex);
	struct file_stamp known = store->config_stamp;
	pthread_mutex_unlock(&store->usage_mutex);
	if (!stamp_config(store->config->path, &stamp) || memcmp(&stamp, &known, sizeof(stamp)) == 0)
		return 0;
	struct config *config = NULL;
	int result = config_load(store->config->path, &config, error) < 0 ? -1 : 1;
	pthread_mutex_lock(&store->usage_mutex);
	store->config_stamp = stamp; /* also of one that cannot be used: it is complained of once */
	if (result > 0)
		take_settings(store, config);
	pthread_mutex_unlock(&store->usage_mutex);
	for (size_t i = 0; result > 0 && i < config->node_count; i++) {
		struct node *node = store_node_by_name(store, config->nodes[i].name);
		if (node)
			node_set_capacity(node, config->nodes[i].capacity_bytes, config->nodes[i].weight);
	}
	if (result > 0)
		links_take_config(store, config);
	config_free(config);
	return result;
}

static unsigned choose_workers(const struct config *config)
{
	if (config->workers)
		return config->workers;
	/*
	 * They mostly wait for disks. Measured on two cores: a get
	 * from a cold disk with 8 takes 0.8 of the time with 4.
	 */
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long workers = 4 * (cores > 0 ? cores : 1);
	return (unsigned)(workers < WORKERS_MIN   ? WORKERS_MIN
			  : workers > WORKERS_MAX ? WORKERS_MAX
						  : workers);
}

/* Without a catalog: a store that was never made, or one that has lost it. */
static int explain_missing(const struct store *store, struct error *error)
{
	const struct config *config = store->config;
	for (size_t i = 0; i < config->node_count; i++) {
		struct node_identity identity;
		if (node_identify(store->env, config->nodes[i].path, &identity) == 0)
			return error_set(error, ERROR_DAMAGED,
				"the catalog %s/catalog.db is missing, but %s holds node '%s' of a store; "
				"'linckia rebuild' regrows the catalog from the nodes",
				config->store, config->nodes[i].path, identity.name);
	}
	return error_set(error, ERROR_NOT_FOUND,
		"there is no store yet at %s; make it with 'linckia init' (config: %s)", config->store,
		config->path);
}

static int open_catalogs(struct store *store, struct error *error)
{
	char path[4096 + 16];
	snprintf(path, sizeof(path), "%s/catalog.db", store->config->store);
	if (access(path, F_OK) < 0) {
		if (errno == ENOENT)
			return explain_missing(store, error);
		return error_set_errno(error, errno, "cannot look at the catalog %s", path);
	}
	if (catalog_open(store->env, path, &store->writer, error) < 0)
		return -1;
	return catalog_open(store->env, path, &store->reader, error);
}

static int open_pool(struct store *store, struct error *error)
{
	struct catalog_state state;
	if (catalog_read_state(store->reader, &state, error) < 0)
		return -1;
	size_t bytes = chunker_max_bytes(store->config->chunk_method, store->config->chunk_bytes);
	/* Chunks may be larger than today's config makes them. */
	if (state.largest_chunk_bytes > bytes)
		bytes = state.largest_chunk_bytes;
	if (bytes > CHUNK_BYTES_MAX)
		return error_set(error, ERROR_DAMAGED, "the catalog %s/catalog.db claims chunks of %zu bytes",
			store->config->store, bytes);
	return pool_new(bytes, store->config->memory_bytes, &store->pool, error);
}

/* Each node holds three descriptors, each folder that is walked one: take what the system allows. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit); /* without it, running out is an error like others */
	}
}

int store_open_in(const struct env *env, const char *config_path, struct store **result, struct error *error)
{
	if (digest_ready(error) < 0)
		return -1;
	/* Files 0600 and folders 0700, whatever the caller's umask; what `get` writes gets its mode explicitly. */
	umask(077);
	raise_descriptor_limit();
	struct store *store = calloc(1, sizeof(*store));
	if (!store)
		return error_set_errno(error, ENOMEM, "cannot open the store");
	store->env = env;
	pthread_mutex_init(&store->usage_mutex, NULL);
	pthread_mutex_init(&store->links_mutex, NULL);
	store->nodes = calloc(STORE_NODES_MAX, sizeof(*store->nodes));
	if (!store->nodes) {
		error_set_errno(error, ENOMEM, "cannot open the store");
		goto fail;
	}
	if (config_load(config_path, &store->config, error) < 0 || open_catalogs(store, error) < 0 ||
		traffic_open(store->config->store, catalog_store_uuid(store->reader), &store->traffic,
			error) < 0 ||
		add_config_nodes(store, error) < 0 ||
		catalog_each_node(store->reader, add_catalog_node, store, error) < 0 ||
		open_pool(store, error) < 0 || hedge_open(store, error) < 0 || links_open(store, error) < 0)
		goto fail;
	number_zones(store);
	stamp_config(store->config->path, &store->config_stamp);
	take_settings(store, store->config);
	store->workers = env->simulated ? 1 : choose_workers(store->config);
	store_probe_nodes(store);
	if (store_refresh_nodes(store, error) < 0)
		goto fail;
	journal_attach(store);
	journal_look_at_strangers(store);
	*result = store;
	return 0;
fail:
	store_close(store);
	return -1;
}

int store_open(const char *config_path, struct store **store, struct error *error)
{
	return store_open_in(env_real(), config_path, store, error);
}

static void release(struct store *store)
{
	hedge_free(store->hedge);
	pool_free(store->pool);
	for (size_t i = 0; i < store->node_count; i++)
		node_release(&store->nodes[i]);
	free(store->nodes);
	links_close(store);
	traffic_close(store->traffic);
	config_free(store->config);
	pthread_mutex_destroy(&store->usage_mutex);
	pthread_mutex_destroy(&store->links_mutex);
	free(store);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	/*
	 * A read that hangs keeps the rest for a while, but whoever
	 * replaces the catalog after this is not to meet us.
	 */
	pthread_mutex_lock(&store->links_mutex);
	catalog_close(store->reader);
	catalog_close(store->writer);
	store->reader = store->writer = NULL;
	pthread_mutex_unlock(&store->links_mutex);
	if (hedge_close(store, store->env != env_real(), release))
		release(store);
}

int64_t store_now_ms(const struct store *store)
{
	struct timekeeper *time = store->env->time;
	return time->wall_ms(time);
}

int store_console_refresh_ms(const struct store *store)
{
	return (int)store->config->console_refresh_ms;
}

const char *store_console_theme(const struct store *store)
{
	return store->config->console_theme;
}

bool store_console_mouse(const struct store *store)
{
	return store->config->console_mouse;
}
