/*
 * init.c: making stores and nodes, and taking nodes out of service and back.
 *
 * A store is made in an order that can be interrupted anywhere and repeated: the catalog appears whole or not at all;
 * a node gets its folders, then its identity, then its row in the catalog. An identity of this store that the catalog
 * does not know is what an interruption leaves between the last two; the next run takes it in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/config_path.h"
#include "engine/journal.h"

enum { NODES_DEFAULT = 3 };

struct init {
	const struct env *env;
	struct config *config;
	struct catalog *catalog;
	const char *only; /* just this node, or NULL */
	store_init_report *report;
	void *context;
	bool *made; /* whether some node was; may be NULL */
};

static void report(const struct init *init, const char *node, const char *what)
{
	if (init->report)
		init->report(init->context, node, what);
}

/* ---- the catalog ---- */

/* Invariant: never a fresh start over nodes that are in use, which would make their chunks nobody's. */
static int check_nodes_unused(struct init *init, struct error *error)
{
	for (size_t i = 0; i < init->config->node_count; i++) {
		struct node_identity identity;
		const struct config_node *node = &init->config->nodes[i];
		if (node_identify(init->env, node->path, &identity) != 0)
			continue;
		return error_set(error, ERROR_REFUSED,
			"there is no catalog in %s, but %s holds node '%s' of a store; if that is this "
			"store, 'linckia rebuild' regrows its catalog from the nodes; "
			"if not, choose another folder for node '%s'",
			init->config->store, node->path, identity.name, node->name);
	}
	return 0;
}

static int open_catalog(struct init *init, struct error *error)
{
	char path[4096 + 16];
	if (snprintf(path, sizeof(path), "%s/catalog.db", init->config->store) >= (int)sizeof(path))
		return error_set(error, ERROR_CONFIG, "the path of the store is too long");
	bool made = mkdir(init->config->store, 0700) == 0;
	if ((!made && errno != EEXIST) || (made && env_flush_name_of(init->env, init->config->store) < 0))
		return error_set_errno(
			error, errno, "cannot make the folder of the store, %s", init->config->store);
	if (access(path, F_OK) < 0) {
		char uuid[UUID_SIZE];
		if (errno != ENOENT)
			return error_set_errno(error, errno, "cannot look at %s", path);
		if (check_nodes_unused(init, error) < 0)
			return -1;
		if (catalog_create(init->env, path, uuid_new(init->env, uuid), error) == 0)
			report(init, "catalog", "made");
		else if (error->code != ERROR_EXISTS) /* somebody else was faster */
			return -1;
	}
	return catalog_open(init->env, path, &init->catalog, error);
}

/* ---- nodes ---- */

struct known_node {
	const char *name;
	bool found;
	struct catalog_node node;
};

static int match_node(void *context, const struct catalog_node *node, struct error *error)
{
	(void)error;
	struct known_node *known = context;
	if (strcmp(node->name, known->name) == 0) {
		known->node = *node;
		known->found = true;
	}
	return 0;
}

/* Leaves a node that the catalog knows as it is, but for folders that it lost, and tells how it is. */
static int report_known(struct init *init, struct node *node, const struct known_node *known)
{
	struct node_status status;
	struct error not_mended;
	char what[NODE_CAUSE_SIZE + 64];
	node->id = known->node.id;
	snprintf(node->uuid, sizeof(node->uuid), "%s", known->node.uuid);
	if (node_probe(node) == NODE_FOUND_IT) {
		report(init, node->name, "is there already");
		return 0;
	}
	if (node_mend(node, &not_mended) == 0 && node_probe(node) == NODE_FOUND_IT) {
		report(init, node->name,
			"had lost folders, which were made again; repair brings back what they held");
		return 0;
	}
	node_status(node, &status);
	snprintf(what, sizeof(what), "belongs to the store, but is not there: %s; it is left alone",
		status.cause);
	report(init, node->name, what);
	return 0;
}

static int register_node(struct init *init, const struct node *node, struct error *error)
{
	uint16_t id;
	char text[512];
	snprintf(text, sizeof(text), "%s joined the store", node->name);
	if (catalog_add_node(init->catalog, node->name, node->uuid, &id, error) < 0 ||
		catalog_add_event(init->catalog, EVENT_INFO, "node_added", node->name, text, error) < 0)
		return -1;
	return catalog_commit(init->catalog, error);
}

static int make_node(struct init *init, struct node *node, struct error *error)
{
	struct node_identity identity;
	bool ours = node_identify(init->env, node->path, &identity) == 0 &&
		    strcmp(identity.store, node->store_uuid) == 0 && strcmp(identity.name, node->name) == 0;
	if (ours)
		snprintf(node->uuid, sizeof(node->uuid), "%s", identity.node);
	else
		uuid_new(init->env, node->uuid);
	if (!ours && node_create(node, error) < 0)
		return -1;
	return register_node(init, node, error);
}

static int init_node(struct init *init, const struct config_node *from, struct error *error)
{
	struct node node;
	struct known_node known = {.name = from->name};
	if (catalog_each_node(init->catalog, match_node, &known, error) < 0)
		return -1;
	if (node_init(&node, init->env, from->name, from->zone, from->path, error) < 0)
		return -1;
	snprintf(node.store_uuid, sizeof(node.store_uuid), "%s", catalog_store_uuid(init->catalog));
	int result;
	if (known.found) {
		result = report_known(init, &node, &known);
	} else if ((result = catalog_begin(init->catalog, error)) == 0) {
		/* One process at a time makes nodes; another may have made this one by now. */
		result = catalog_each_node(init->catalog, match_node, &known, error);
		bool make = result == 0 && !known.found;
		if (make)
			result = make_node(init, &node, error);
		if (!make || result < 0)
			catalog_rollback(init->catalog);
		if (result == 0)
			report(init, node.name, make ? "made" : "is there already");
		if (result == 0 && make && init->made)
			*init->made = true;
	}
	node_release(&node);
	return result;
}

/*
 * The nodes get their journals, the catalog its reserve. Where that cannot be done now, status tells, and maintenance
 * does it once it can be.
 */
static void begin_journals(const struct init *init, const char *config_path)
{
	struct store *store = NULL;
	struct error ignored;
	bool changed;
	if (store_open_in(init->env, config_path, &store, &ignored) == 0) {
		store_keep_reserve(store);
		if (journal_maintain(store, &changed, &ignored) < 0)
			(void)0;
	}
	store_close(store);
}

static int init_run(struct init *init, const char *config_path, struct error *error)
{
	umask(077);
	error_clear(error);
	int result = config_load(config_path, &init->config, error);
	if (result == 0)
		result = open_catalog(init, error);
	for (size_t i = 0; result == 0 && i < init->config->node_count; i++)
		if (!init->only || strcmp(init->only, init->config->nodes[i].name) == 0)
			result = init_node(init, &init->config->nodes[i], error);
	catalog_close(init->catalog);
	config_free(init->config);
	if (result == 0)
		begin_journals(init, config_path);
	return result;
}

int store_init(const char *config_path, store_init_report *report_node, void *context, struct error *error)
{
	struct init init = {.env = env_real(), .report = report_node, .context = context};
	return init_run(&init, config_path, error);
}

int store_init_in(const struct env *env, const char *config_path, struct error *error)
{
	struct init init = {.env = env};
	return init_run(&init, config_path, error);
}

/* ---- new ---- */

static void free_template(struct config_node *nodes, size_t count)
{
	for (size_t i = 0; nodes && i < count; i++) {
		free(nodes[i].name);
		free(nodes[i].path);
		free(nodes[i].zone);
	}
	free(nodes);
}

/* Where the last part of the first `*length` bytes begins; `*length` is then without the slashes at its end. */
static size_t last_part(const char *path, size_t *length)
{
	while (*length > 0 && path[*length - 1] == '/')
		--*length;
	size_t start = *length;
	while (start > 0 && path[start - 1] != '/')
		start--;
	return start;
}

/*
 * The last part of a path, or "node" for one that has none. A folder called linckia is one on a disk that has other
 * uses too, and there is one on each disk: what tells them apart is the part before.
 */
static char *base_of(const char *path)
{
	size_t length = strlen(path), start = last_part(path, &length);
	if (length - start == strlen("linckia") && strncmp(path + start, "linckia", length - start) == 0) {
		size_t before = start, from = last_part(path, &before);
		bool names_nothing = before == from || path[from] == '.';
		if (!names_nothing)
			return strndup(path + from, before - from);
	}
	return length > start ? strndup(path + start, length - start) : strdup("node");
}

static bool name_is_taken(const struct config_node *nodes, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(nodes[i].name, name) == 0)
			return true;
	return false;
}

/* The node's name: the one given, else from the path, with a number where another node has it. */
static char *choose_name(const struct config_node *nodes, size_t count, const struct store_new_node *from)
{
	if (from->name)
		return strdup(from->name);
	char *base = base_of(from->path);
	for (unsigned number = 2; base && name_is_taken(nodes, count, base) && number < 10000; number++) {
		char *numbered = NULL;
		char *plain = base_of(from->path);
		if (!plain || asprintf(&numbered, "%s-%u", plain, number) < 0)
			numbered = NULL;
		free(plain);
		free(base);
		base = numbered;
	}
	return base;
}

static int fill_template(
	const struct store_new_options *options, struct config_node *nodes, size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (options->nodes_length) {
			const struct store_new_node *from = &options->nodes[i];
			nodes[i].name = choose_name(nodes, i, from);
			nodes[i].path = strdup(from->path);
			nodes[i].zone = from->zone ? strdup(from->zone) : NULL;
			nodes[i].capacity_bytes = from->capacity_bytes;
			if (!nodes[i].name || !nodes[i].path || (from->zone && !nodes[i].zone))
				return error_set_errno(error, ENOMEM, "cannot write the config");
			continue;
		}
		const char zone[2] = {(char)('a' + i % 3), '\0'};
		if (asprintf(&nodes[i].name, "node-%zu", i + 1) < 0)
			nodes[i].name = NULL;
		nodes[i].path = nodes[i].name ? strdup(nodes[i].name) : NULL;
		nodes[i].zone = strdup(zone);
		if (!nodes[i].name || !nodes[i].path || !nodes[i].zone)
			return error_set_errno(error, ENOMEM, "cannot write the config");
	}
	return 0;
}

static int write_config(
	const char *path, const char *folder, const struct store_new_options *options, struct error *error)
{
	size_t count = options->nodes_length ? options->nodes_length
		       : options->node_count ? options->node_count
					     : NODES_DEFAULT;
	if (count > STORE_NODES_MAX)
		return error_set(
			error, ERROR_USAGE, "a store has at most %d nodes, not %zu", STORE_NODES_MAX, count);
	struct config_node *nodes = calloc(count, sizeof(*nodes));
	if (!nodes)
		return error_set_errno(error, ENOMEM, "cannot write the config");
	int result = fill_template(options, nodes, count, error);
	unsigned factor = options->replication_factor ? options->replication_factor
			  : count < 3                 ? (unsigned)count
						      : 3;
	struct config_template values = {
		.store = options->config_path ? folder : NULL,
		.rehearsal = options->rehearsal,
		.replication_factor = factor,
		.min_replicas = factor < 2 ? factor : 2,
		.chunk_bytes = options->chunk_bytes ? options->chunk_bytes : (uint64_t)4 << 20,
		.nodes = nodes,
		.node_count = count,
	};
	if (result == 0)
		result = config_write(path, &values, error);
	free_template(nodes, count);
	return result;
}

static int make_folder(const char *folder, bool *made, struct error *error)
{
	*made = mkdir(folder, 0700) == 0;
	if ((!*made && errno != EEXIST) || (*made && env_flush_name_of(env_real(), folder) < 0))
		return error_set_errno(error, errno, "cannot make the folder '%s'", folder);
	return 0;
}

/* The folder of a config that stands elsewhere than in the store's. */
static int make_config_folder(const char *path, char **folder, bool *made, struct error *error)
{
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	*folder = strndup(path, (size_t)(slash - path));
	return *folder ? make_folder(*folder, made, error)
		       : error_set_errno(error, ENOMEM, "cannot make the store");
}

/* Its config would be found by whoever looks there, so a second one elsewhere would be one too many. */
static int check_no_config(const char *path, struct error *error)
{
	return access(path, F_OK) < 0 ? 0
				      : error_set(error, ERROR_EXISTS, "there is a config already: %s", path);
}

int store_new(const char *folder, const struct store_new_options *options, struct error *error)
{
	char *inside = NULL, *config_folder = NULL;
	error_clear(error);
	umask(077);
	if (asprintf(&inside, "%s/config.yaml", folder) < 0)
		return error_set_errno(error, ENOMEM, "cannot make the store");
	const char *path = options->config_path ? options->config_path : inside;
	bool made, made_for_config = false;
	int result = make_folder(folder, &made, error);
	if (result == 0 && options->config_path && (result = check_no_config(inside, error)) == 0)
		result = make_config_folder(path, &config_folder, &made_for_config, error);
	if (result == 0)
		result = write_config(path, folder, options, error);
	if (result == 0) {
		result = store_init(path, NULL, NULL, error);
		/* Without its store the config would only stand in the way of the next try. */
		if (result < 0)
			unlink(path);
	}
	/* These succeed only when nothing is in them. */
	if (result < 0 && made)
		rmdir(folder);
	if (result < 0 && made_for_config)
		rmdir(config_folder);
	free(config_folder);
	free(inside);
	return result;
}

/* ---- node add ---- */

int store_node_add(
	const char *config_path, const struct store_new_node *node, bool *made, struct error *error)
{
	return store_node_add_in(env_real(), config_path, node, made, error);
}

/* Whether the options are what the config says already: an addition that was interrupted is gone on with. */
static bool is_as_described(
	const struct config *config, const struct config_node *known, const struct store_new_node *node)
{
	char *path = node->path ? config_path_resolve(config->store, node->path) : NULL;
	bool same = !node->path || (path && strcmp(path, known->path) == 0);
	free(path);
	return same && (!node->zone || strcmp(node->zone, known->zone) == 0) &&
	       (!node->capacity_bytes || node->capacity_bytes == known->capacity_bytes);
}

int store_node_add_in(const struct env *env, const char *config_path, const struct store_new_node *node,
	bool *made, struct error *error)
{
	if (made)
		*made = false;
	error_clear(error);
	struct config *config;
	if (config_load(config_path, &config, error) < 0)
		return -1;
	const struct config_node *known = config_find_node(config, node->name);
	int result = 0;
	if (!known && !node->path)
		result = error_set(error, ERROR_USAGE,
			"the config %s has no node '%s'; say where it is with --path", config_path,
			node->name);
	else if (known && !is_as_described(config, known, node))
		result = error_set(error, ERROR_EXISTS,
			"the config %s describes node '%s' already, and otherwise; leave the options out, or "
			"change it there",
			config_path, node->name);
	else if (!known)
		result = config_add_node(
			config_path, node->name, node->path, node->zone, node->capacity_bytes, error);
	config_free(config);
	if (result < 0)
		return -1;
	struct init init = {.env = env, .only = node->name, .made = made};
	if (init_run(&init, config_path, error) == 0)
		return 0;
	/*
	 * An entry for a node that is not there would leave the store
	 * degraded. What was made of the node is used next time.
	 */
	struct error kept;
	if (!known && config_remove_node(config_path, node->name, &kept) < 0)
		error_context(error,
			"the config describes node '%s' now, but it could not be made (correct that and "
			"repeat 'node add %s')",
			node->name, node->name);
	return -1;
}
