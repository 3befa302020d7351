#include "engine/links.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How old what is known of other processes' changes may be. */
#define FOLLOW_NS ((int64_t)200000000)

static const char setting_key[] = "links";

/* ---- names ---- */

struct named_end {
	const char *name;
	unsigned end;
};

/* Links on their way from names to ends. */
struct gathering {
	struct named_end *ends; /* sorted by name */
	size_t end_count;
	struct network_link *links;
	size_t count, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named_end *)a)->name, ((const struct named_end *)b)->name);
}

static int gather_ends(struct gathering *gathering, const struct store *store)
{
	gathering->ends = malloc((store->node_count + 1) * sizeof(*gathering->ends));
	if (!gathering->ends)
		return -1;
	gathering->ends[gathering->end_count++] = (struct named_end){LINK_CLIENT_NAME, NETWORK_CLIENT};
	for (size_t i = 0; i < store->node_count; i++) {
		struct node_status status;
		node_status(&store->nodes[i], &status);
		if (!status.forgotten)
			gathering->ends[gathering->end_count++] =
				(struct named_end){store->nodes[i].name, store->nodes[i].end};
	}
	qsort(gathering->ends, gathering->end_count, sizeof(*gathering->ends), by_name);
	return 0;
}

static const struct named_end *find_end(const struct gathering *gathering, const char *name)
{
	struct named_end wanted = {name, 0};
	return bsearch(&wanted, gathering->ends, gathering->end_count, sizeof(wanted), by_name);
}

/* A link to a node that is not there is kept where it is written, and comes to count with the node. */
static int gather(struct gathering *gathering, const char *from, const char *to,
	const struct link_settings *settings, bool of_config)
{
	const struct named_end *a = find_end(gathering, from), *b = find_end(gathering, to);
	if (!a || !b || a == b)
		return 0;
	if (gathering->count == gathering->room) {
		size_t room = gathering->room ? 2 * gathering->room : 64;
		struct network_link *grown = realloc(gathering->links, room * sizeof(*grown));
		if (!grown)
			return -1;
		gathering->links = grown;
		gathering->room = room;
	}
	gathering->links[gathering->count++] = (struct network_link){a->end, b->end, of_config, *settings};
	return 0;
}

static int gather_config(struct gathering *gathering, const struct config *config)
{
	for (size_t i = 0; i < config->link_count; i++) {
		const struct config_link *link = &config->links[i];
		const struct link_settings settings = {
			.latency_ms = link->latency_ms,
			.jitter_ms = link->jitter_ms,
			.bandwidth = link->bandwidth_bytes,
			.loss = link->loss,
			.cut = link->cut,
		};
		if (gather(gathering, link->from, link->to, &settings, true) < 0)
			return -1;
	}
	return 0;
}

static int gather_row(void *context, const struct catalog_link *link, struct error *error)
{
	if (gather(context, link->from, link->to, &link->settings, false) < 0)
		return error_set_errno(error, ENOMEM, "cannot read the links of the network");
	return 0;
}

/* ---- from where they are kept to where they count ---- */

/* What the way between the client and a node makes of the node. */
static void set_reach(struct store *store, struct node *node)
{
	struct network_link there, back;
	const char *cause = NULL;
	network_get(store->network, NETWORK_CLIENT, node->end, &there);
	network_get(store->network, node->end, NETWORK_CLIENT, &back);
	if (there.settings.cut || back.settings.cut)
		cause = NODE_CUT_OFF;
	else if (there.settings.loss >= 1 || back.settings.loss >= 1)
		cause = NODE_TIMED_OUT;
	node_set_reach(node, cause, there.settings.latency_ms + back.settings.latency_ms);
}

/* links_mutex is held. */
static int load(struct store *store, struct error *error)
{
	struct gathering gathering = {0};
	int64_t changes = 0;
	size_t node_count = store->node_count;
	int result = catalog_read_setting(store->reader, setting_key, &changes, error) < 0 ? -1 : 0;
	if (result == 0 &&
		(gather_ends(&gathering, store) < 0 || gather_config(&gathering, store->config) < 0))
		result = error_set_errno(error, ENOMEM, "cannot read the links of the network");
	if (result == 0)
		result = catalog_each_link(store->reader, gather_row, &gathering, error);
	if (result == 0 && network_apply(store->network, gathering.links, gathering.count) < 0)
		result = error_set_errno(error, ENOMEM, "cannot set up the links of the network");
	for (size_t i = 0; result == 0 && i < node_count; i++)
		set_reach(store, &store->nodes[i]);
	if (result == 0) {
		store->links_known = changes;
		store->links_nodes = node_count;
	}
	free(gathering.ends);
	free(gathering.links);
	return result;
}

/* Loads them if anything is new. links_mutex is held. */
static int load_changes(struct store *store, struct error *error)
{
	int64_t changes = 0;
	if (catalog_read_setting(store->reader, setting_key, &changes, error) < 0)
		return -1;
	if (changes == store->links_known && store->links_nodes == store->node_count)
		return 0;
	return load(store, error);
}

static void look_again(struct store *store)
{
	for (size_t i = 0; i < store->node_count; i++)
		if (atomic_load(&store->nodes[i].look_due) && store->nodes[i].path[0])
			node_probe(&store->nodes[i]);
}

int links_refresh(struct store *store, struct error *error)
{
	if (!store->config->rehearsal)
		return 0;
	pthread_mutex_lock(&store->links_mutex);
	int result = load_changes(store, error);
	pthread_mutex_unlock(&store->links_mutex);
	if (result == 0)
		look_again(store);
	return result;
}

/*
 * Where a transfer waits. What cannot be read now is read next time; and who can be reached again is looked at by
 * others.
 */
static void follow(void *context)
{
	struct store *store = context;
	struct error ignored;
	int64_t now = store->env->time->monotonic_ns(store->env->time);
	int64_t last = atomic_load_explicit(&store->links_followed_ns, memory_order_relaxed), version;
	/* A clock that jumps may go back. */
	if ((now >= last && now - last < FOLLOW_NS) ||
		!atomic_compare_exchange_strong(&store->links_followed_ns, &last, now) ||
		pthread_mutex_trylock(&store->links_mutex) != 0)
		return;
	version = store->links_data_version;
	/* A read that outlives the store_close() finds no catalog any more. */
	if (store->reader && catalog_data_version(store->reader, &version, &ignored) == 0 &&
		version != store->links_data_version && load_changes(store, &ignored) == 0)
		store->links_data_version = version;
	pthread_mutex_unlock(&store->links_mutex);
}

void links_follow(struct store *store)
{
	if (!store->config->rehearsal)
		return;
	follow(store);
	look_again(store);
}

/* ---- life ---- */

int links_open(struct store *store, struct error *error)
{
	bool simulated = store->config->rehearsal;
	if (network_new(store->env, store->config->network_seed, simulated ? follow : NULL, store,
		    &store->network, error) < 0)
		return -1;
	for (size_t i = 0; i < store->node_count; i++)
		links_add_node(store, &store->nodes[i]);
	pthread_mutex_lock(&store->links_mutex);
	int result = simulated ? load(store, error) : 0;
	pthread_mutex_unlock(&store->links_mutex);
	return result;
}

void links_close(struct store *store)
{
	network_free(store->network);
	store->network = NULL;
}

void links_add_node(struct store *store, struct node *node)
{
	node->network = store->network;
	node->end = 1 + (unsigned)(node - store->nodes);
}

void links_take_config(struct store *store, struct config *config)
{
	if (!store->config->rehearsal)
		return;
	pthread_mutex_lock(&store->links_mutex);
	struct config_link *links = store->config->links;
	size_t count = store->config->link_count;
	store->config->links = config->links;
	store->config->link_count = config->link_count;
	config->links = links;
	config->link_count = count;
	struct error ignored;
	if (load(store, &ignored) < 0)
		store->links_nodes = 0; /* tried again with the next refresh */
	pthread_mutex_unlock(&store->links_mutex);
}

int links_note_change(struct store *store, struct error *error)
{
	int64_t changes = 0;
	if (catalog_read_setting(store->writer, setting_key, &changes, error) < 0)
		return -1;
	return catalog_write_setting(store->writer, setting_key, changes + 1, error);
}

int links_forget_node(struct store *store, const struct node *node, struct error *error)
{
	return catalog_remove_links(store->writer, node->name, error) < 0 ? -1
									  : links_note_change(store, error);
}

const char *links_end_name(const struct store *store, unsigned end)
{
	assert(end <= store->node_count);
	return end == NETWORK_CLIENT ? LINK_CLIENT_NAME : store->nodes[end - 1].name;
}
