/*
 * links_change.c: what a user does to the simulated network. Each call is one transaction, and one event.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/links.h"

enum { ENDS_MAX = STORE_NODES_MAX + 1, NAMED_MAX = 4 };

/* As they are in practice, seen from one end: rounded from what such links are sold as, or are known for. */
const struct network_preset network_presets[] = {
	{"lan", "a wired network: 1 ms, 112 MiB/s (1 Gbit/s)", {1, 0, UINT64_C(112) << 20, 0, false}, false},
	{"wan", "across a country: 20 ms, 12 MiB/s (100 Mbit/s), a little loss",
		{20, 5, UINT64_C(12) << 20, 0.001, false}, false},
	{"wifi", "a bad radio: 3 ms and up to 40 more, 4 MiB/s, 2 % loss",
		{3, 40, UINT64_C(4) << 20, 0.02, false}, false},
	{"slow-disk", "a disk that fails slowly: 250 ms, 2 MiB/s", {250, 50, UINT64_C(2) << 20, 0, false},
		true},
	{NULL, NULL, {0}, false},
};

/* Some ends, each once. */
struct ends {
	unsigned list[ENDS_MAX];
	size_t count;
	bool in[ENDS_MAX];
};

/* A change under way: a transaction is open, and the links that are loaded are those of the catalog. */
struct change {
	struct store *store;
	uint64_t changed;
	struct error *error;
};

static int check_rehearsal(const struct store *store, struct error *error)
{
	if (store->config->rehearsal)
		return 0;
	return error_set(error, ERROR_REFUSED,
		"this is not a rehearsal store, so its network is not simulated and nothing is cut or "
		"slowed; 'rehearsal: true' in its config would make it one, or 'linckia new DIR --rehearsal' "
		"makes another");
}

/* ---- ends ---- */

static void add_end(struct ends *ends, unsigned end)
{
	if (!ends->in[end])
		ends->list[ends->count++] = end;
	ends->in[end] = true;
}

static void add_all(struct store *store, struct ends *ends)
{
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].id != 0)
			add_end(ends, store->nodes[i].end);
}

static int add_name(struct store *store, const char *name, struct ends *ends, struct error *error)
{
	struct node *node = store_node_by_name(store, name);
	if (node && node->id != 0)
		add_end(ends, node->end);
	else if (strcmp(name, LINK_CLIENT_NAME) == 0)
		add_end(ends, NETWORK_CLIENT);
	else if (strcmp(name, LINK_ALL_NODES) == 0)
		add_all(store, ends);
	else
		return error_set(error, ERROR_NOT_FOUND,
			"there is no node '%s'; 'linckia node list' shows them, '%s' is whoever uses the "
			"store, and '%s' is every node",
			name, LINK_CLIENT_NAME, LINK_ALL_NODES);
	return 0;
}

static int add_names(
	struct store *store, const char *const *names, size_t count, struct ends *ends, struct error *error)
{
	for (size_t i = 0; i < count; i++)
		if (add_name(store, names[i], ends, error) < 0)
			return -1;
	return 0;
}

/* "client, node-1, node-2 and 3 more". Returns `out`. */
static const char *describe_ends(const struct store *store, const struct ends *ends, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < ends->count && i < NAMED_MAX && used < size; i++) {
		int length = snprintf(
			out + used, size - used, "%s%s", i ? ", " : "", links_end_name(store, ends->list[i]));
		used += length > 0 ? (size_t)length : 0;
	}
	if (ends->count > NAMED_MAX && used < size)
		snprintf(out + used, size - used, " and %zu more", ends->count - NAMED_MAX);
	return out;
}

/* The node that an event is about: the only one that is named, or none. */
static const char *only_node(const struct store *store, const struct ends *a, const struct ends *b)
{
	const struct ends *sides[] = {a, b};
	unsigned found = NETWORK_CLIENT;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < sides[side]->count; i++) {
			unsigned end = sides[side]->list[i];
			if (end == NETWORK_CLIENT || end == found)
				continue;
			if (found != NETWORK_CLIENT)
				return "";
			found = end;
		}
	return found == NETWORK_CLIENT ? "" : links_end_name(store, found);
}

/* ---- transactions ---- */

static int begin(struct change *change)
{
	struct error *error = change->error;
	if (catalog_begin(change->store->writer, error) < 0)
		return -1;
	if (links_refresh(change->store, error) == 0)
		return 0;
	catalog_rollback(change->store->writer);
	return -1;
}

/* Commits with an event if anything has changed, and makes it count; otherwise forgets it. */
static int end(struct change *change, int result, enum event_severity severity, const char *code,
	const char *node, const char *text)
{
	struct store *store = change->store;
	struct error *error = change->error;
	bool worth_it = result == 0 && change->changed > 0;
	if (worth_it && (links_note_change(store, error) < 0 ||
				catalog_add_event(store->writer, severity, code, node, text, error) < 0 ||
				catalog_commit(store->writer, error) < 0))
		result = -1;
	if (result < 0 || !worth_it) {
		catalog_rollback(store->writer);
		return result;
	}
	return links_refresh(store, error);
}

/* Sets what `to` says where `change` sets it. */
static void merge(struct link_settings *settings, const struct link_change *change)
{
	if (change->set_latency)
		settings->latency_ms = change->to.latency_ms;
	if (change->set_jitter)
		settings->jitter_ms = change->to.jitter_ms;
	if (change->set_bandwidth)
		settings->bandwidth = change->to.bandwidth;
	if (change->set_loss)
		settings->loss = change->to.loss;
	if (change->set_cut)
		settings->cut = change->to.cut;
}

static int set_one(struct change *change, unsigned from, unsigned to, const struct link_change *wanted)
{
	struct store *store = change->store;
	struct network_link link;
	network_get(store->network, from, to, &link);
	struct link_settings settings = link.settings;
	merge(&settings, wanted);
	if (link_settings_equal(&settings, &link.settings))
		return 0;
	change->changed++;
	return catalog_set_link(store->writer, links_end_name(store, from), links_end_name(store, to),
		&settings, change->error);
}

/* Where both ends are on both sides, the way back is visited on its own. */
static int set_between(struct change *change, const struct ends *from, const struct ends *to,
	const struct link_change *wanted)
{
	for (size_t i = 0; i < from->count; i++)
		for (size_t j = 0; j < to->count; j++) {
			unsigned a = from->list[i], b = to->list[j];
			if (a == b)
				continue;
			if (set_one(change, a, b, wanted) < 0)
				return -1;
			bool twice = from->in[b] && to->in[a];
			if (!wanted->one_way && !twice && set_one(change, b, a, wanted) < 0)
				return -1;
		}
	return 0;
}

/* ---- set ---- */

static int check_change(const struct link_change *change, struct error *error)
{
	const struct link_settings *to = &change->to;
	if (!change->set_latency && !change->set_jitter && !change->set_bandwidth && !change->set_loss &&
		!change->set_cut)
		return error_set(error, ERROR_USAGE,
			"nothing is to be set; name at least one of latency, jitter, bandwidth, loss and "
			"cut");
	if (to->latency_ms < 0 || to->latency_ms > LINK_LATENCY_MAX_MS || to->jitter_ms < 0 ||
		to->jitter_ms > LINK_LATENCY_MAX_MS)
		return error_set(error, ERROR_USAGE, "latency and jitter are times from 0 to 1h");
	if (to->bandwidth > LINK_BANDWIDTH_MAX)
		return error_set(
			error, ERROR_USAGE, "bandwidth is at most 1024 PiB per second; 0 is no limit");
	if (!(to->loss >= 0 && to->loss <= 1))
		return error_set(error, ERROR_USAGE, "loss is a number from 0 to 1");
	return 0;
}

/* Appends what is set: "latency 50 ms, cut". */
static void describe_change(const struct link_change *change, char *out, size_t size)
{
	char parts[5][48], number[32];
	size_t count = 0, used = 0;
	const struct link_settings *to = &change->to;
	if (change->set_latency)
		snprintf(parts[count++], sizeof(*parts), "latency %s",
			text_duration(number, sizeof(number), to->latency_ms));
	if (change->set_jitter)
		snprintf(parts[count++], sizeof(*parts), "jitter %s",
			text_duration(number, sizeof(number), to->jitter_ms));
	if (change->set_bandwidth)
		snprintf(parts[count++], sizeof(*parts), to->bandwidth ? "bandwidth %s/s" : "no limit%.0s",
			text_bytes(number, sizeof(number), to->bandwidth));
	if (change->set_loss)
		snprintf(parts[count++], sizeof(*parts), "loss %.4g %%", to->loss * 100);
	if (change->set_cut)
		snprintf(parts[count++], sizeof(*parts), to->cut ? "cut" : "not cut");
	for (size_t i = 0; i < count && used < size; i++) {
		int length = snprintf(out + used, size - used, "%s%s", i ? ", " : "", parts[i]);
		used += length > 0 ? (size_t)length : 0;
	}
}

/* A link between one end and itself is none. */
static int check_ends(const struct ends *from, const struct ends *to, struct error *error)
{
	if (from->count && to->count && !(from->count == 1 && to->count == 1 && from->list[0] == to->list[0]))
		return 0;
	return error_set(error, ERROR_USAGE,
		"there is no link between an end and itself, nor to nobody; name two different ends");
}

static const char *change_code(const struct link_change *change)
{
	return !change->set_cut ? "link_changed" : change->to.cut ? "link_cut" : "link_restored";
}

static int set_links(struct change *change, const struct ends *from, const struct ends *to,
	const struct link_change *wanted)
{
	char ends[2][320], how[256], text[1024];
	const struct store *store = change->store;
	describe_change(wanted, how, sizeof(how));
	snprintf(text, sizeof(text), "simulated network: from %s to %s%s: %s",
		describe_ends(store, from, ends[0], sizeof(ends[0])),
		describe_ends(store, to, ends[1], sizeof(ends[1])), wanted->one_way ? "" : " and back", how);
	bool cut = wanted->set_cut && wanted->to.cut;
	if (begin(change) < 0)
		return -1;
	return end(change, set_between(change, from, to, wanted), cut ? EVENT_WARNING : EVENT_NOTICE,
		change_code(wanted), only_node(store, from, to), text);
}

int store_set_links(struct store *store, const char *const *from, size_t from_count, const char *const *to,
	size_t to_count, const struct link_change *wanted, uint64_t *changed, struct error *error)
{
	struct change change = {.store = store, .error = error};
	struct ends *ends = calloc(2, sizeof(*ends));
	*changed = 0;
	error_clear(error);
	int result = ends ? 0 : error_set_errno(error, ENOMEM, "cannot change the network");
	if (result < 0 || check_rehearsal(store, error) < 0 || check_change(wanted, error) < 0 ||
		store_refresh_nodes(store, error) < 0 ||
		add_names(store, from, from_count, &ends[0], error) < 0 ||
		add_names(store, to, to_count, &ends[1], error) < 0 ||
		check_ends(&ends[0], &ends[1], error) < 0)
		result = -1;
	if (result == 0)
		result = set_links(&change, &ends[0], &ends[1], wanted);
	*changed = result == 0 ? change.changed : 0;
	free(ends);
	return result;
}

/* ---- partition ---- */

static int gather_groups(struct store *store, const char *const *const *groups, const size_t *counts,
	size_t group_count, struct ends *ends, struct error *error)
{
	for (size_t g = 0; g < group_count; g++) {
		if (add_names(store, groups[g], counts[g], &ends[g], error) < 0)
			return -1;
		if (ends[g].count == 0)
			return error_set(error, ERROR_USAGE, "a group of a partition is empty");
		for (size_t i = 0; i < ends[g].count; i++)
			for (size_t other = 0; other < g; other++)
				if (ends[other].in[ends[g].list[i]])
					return error_set(error, ERROR_USAGE,
						"'%s' stands in two groups of the partition; leave it in "
						"one",
						links_end_name(store, ends[g].list[i]));
	}
	return 0;
}

static void describe_groups(
	const struct store *store, const struct ends *groups, size_t count, char *out, size_t size)
{
	size_t used = 0;
	for (size_t g = 0; g < count && used < size; g++) {
		char ends[320];
		int length = snprintf(out + used, size - used, "%s%s", g ? " | " : "",
			describe_ends(store, &groups[g], ends, sizeof(ends)));
		used += length > 0 ? (size_t)length : 0;
	}
}

static int partition(struct change *change, const struct ends *groups, size_t count)
{
	const struct link_change cut = {.set_cut = true, .to = {.cut = true}};
	char which[768], text[1024];
	int result = 0;
	describe_groups(change->store, groups, count, which, sizeof(which));
	snprintf(text, sizeof(text), "simulated network: partitioned into %s", which);
	if (begin(change) < 0)
		return -1;
	for (size_t a = 0; a < count && result == 0; a++)
		for (size_t b = a + 1; b < count && result == 0; b++)
			result = set_between(change, &groups[a], &groups[b], &cut);
	return end(change, result, EVENT_WARNING, "network_partitioned", "", text);
}

int store_partition(struct store *store, const char *const *const *groups, const size_t *counts,
	size_t group_count, struct error *error)
{
	error_clear(error);
	if (check_rehearsal(store, error) < 0)
		return -1;
	if (group_count < 2 || group_count > ENDS_MAX)
		return error_set(error, ERROR_USAGE,
			"a partition has at least two groups, such as node-1,node-2/client,node-3");
	struct change change = {.store = store, .error = error};
	struct ends *ends = calloc(group_count, sizeof(*ends));
	int result = ends ? 0 : error_set_errno(error, ENOMEM, "cannot partition the network");
	if (result == 0)
		result = store_refresh_nodes(store, error);
	if (result == 0)
		result = gather_groups(store, groups, counts, group_count, ends, error);
	if (result == 0)
		result = partition(&change, ends, group_count);
	free(ends);
	return result;
}

/* ---- presets ---- */

static const struct network_preset *find_preset(const char *name, struct error *error)
{
	char known[128] = "";
	for (const struct network_preset *preset = network_presets; preset->name; preset++) {
		if (strcmp(preset->name, name) == 0)
			return preset;
		size_t used = strlen(known);
		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", preset->name);
	}
	error_set(error, ERROR_NOT_FOUND, "there is no preset '%s'; there are %s", name, known);
	return NULL;
}

static int apply_preset(struct change *change, const struct network_preset *preset, const struct ends *nodes,
	const struct ends *everybody)
{
	const struct link_change wanted = {.set_latency = true,
		.set_jitter = true,
		.set_bandwidth = true,
		.set_loss = true,
		.to = preset->settings};
	char ends[320], text[1024];
	snprintf(text, sizeof(text), "simulated network: all links of %s like '%s': %s",
		describe_ends(change->store, nodes, ends, sizeof(ends)), preset->name, preset->about);
	if (begin(change) < 0)
		return -1;
	return end(change, set_between(change, nodes, everybody, &wanted), EVENT_NOTICE, "link_changed",
		only_node(change->store, nodes, nodes), text);
}

int store_network_preset(struct store *store, const char *name, const char *const *nodes, size_t node_count,
	struct error *error)
{
	error_clear(error);
	const struct network_preset *preset = NULL;
	if (check_rehearsal(store, error) < 0 || !(preset = find_preset(name, error)))
		return -1;
	if (preset->needs_nodes && node_count == 0)
		return error_set(error, ERROR_USAGE,
			"name the nodes that '%s' is for, such as: linckia net preset %s node-1", name, name);
	struct change change = {.store = store, .error = error};
	struct ends *ends = calloc(2, sizeof(*ends));
	int result = ends ? 0 : error_set_errno(error, ENOMEM, "cannot change the network");
	if (result == 0)
		result = store_refresh_nodes(store, error);
	if (result == 0) {
		add_end(&ends[1], NETWORK_CLIENT);
		add_all(store, &ends[1]);
		if (node_count == 0)
			add_all(store, &ends[0]);
		result = add_names(store, nodes, node_count, &ends[0], error);
	}
	if (result == 0)
		result = apply_preset(&change, preset, &ends[0], &ends[1]);
	free(ends);
	return result;
}

/* ---- heal ---- */

/* A link of the config gets a row that says that it is perfect; all others need none. */
static int heal(struct change *change)
{
	struct store *store = change->store;
	const struct link_settings perfect = {0};
	struct network_link *links;
	size_t count;
	if (network_list(store->network, &links, &count) < 0)
		return error_set_errno(change->error, ENOMEM, "cannot heal the network");
	change->changed = count;
	free(links);
	int result = catalog_remove_links(store->writer, NULL, change->error);
	pthread_mutex_lock(&store->links_mutex);
	for (size_t i = 0; result == 0 && i < store->config->link_count; i++)
		result = catalog_set_link(store->writer, store->config->links[i].from,
			store->config->links[i].to, &perfect, change->error);
	pthread_mutex_unlock(&store->links_mutex);
	return result;
}

int store_heal_network(struct store *store, uint64_t *changed, struct error *error)
{
	struct change change = {.store = store, .error = error};
	*changed = 0;
	error_clear(error);
	if (check_rehearsal(store, error) < 0 || store_refresh_nodes(store, error) < 0 || begin(&change) < 0)
		return -1;
	char text[128];
	int result = heal(&change);
	snprintf(text, sizeof(text), "simulated network: healed, %llu %s perfect again",
		(unsigned long long)change.changed, change.changed == 1 ? "link is" : "links are");
	result = end(&change, result, EVENT_NOTICE, "network_healed", "", text);
	*changed = result == 0 ? change.changed : 0;
	return result;
}

/* ---- list ---- */

int store_list_links(struct store *store, link_report *report, void *context, struct error *error)
{
	struct network_link *links;
	size_t count;
	error_clear(error);
	if (store_refresh_nodes(store, error) < 0)
		return -1;
	if (network_list(store->network, &links, &count) < 0)
		return error_set_errno(error, ENOMEM, "cannot list the links");
	for (size_t i = 0; i < count; i++) {
		const struct link link = {
			.from = links_end_name(store, links[i].from),
			.to = links_end_name(store, links[i].to),
			.settings = links[i].settings,
			.of_config = links[i].of_config,
		};
		report(context, &link);
	}
	free(links);
	return 0;
}
