/* command_net_show.c: the simulated network as a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"

/* The links, with names of their own. */
struct listing {
	struct link *links;

	size_t count, room;
};

static void keep(void *context, const struct link *link)
{
	struct listing *listing = context;
	if (listing->count == listing->room) {
		listing->room = listing->room ? 2 * listing->room : 64;
		listing->links = allocate_again(listing->links, listing->room, sizeof(*listing->links));
	}
	struct link *copy = &listing->links[listing->count++];
	*copy = *link;
	copy->from = allocate_text(link->from, strlen(link->from));
	copy->to = allocate_text(link->to, strlen(link->to));
}

static void release(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free((char *)listing->links[i].from);
		free((char *)listing->links[i].to);
	}
	free(listing->links);
}

/* ---- JSON ---- */

static void print_json(const struct listing *listing)
{
	struct output_array array = {0};
	for (size_t i = 0; i < listing->count; i++) {
		const struct link *link = &listing->links[i];
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "from", link->from);
		json_add_text(object, "to", link->to);
		json_add_signed(object, "latency_ms", link->settings.latency_ms);
		json_add_signed(object, "jitter_ms", link->settings.jitter_ms);
		json_add_integer(object, "bandwidth", link->settings.bandwidth);
		cJSON_AddNumberToObject(object, "loss", link->settings.loss);
		cJSON_AddBoolToObject(object, "cut", link->settings.cut);
		cJSON_AddBoolToObject(object, "of_config", link->of_config);
		output_array_add(&array, object);
	}
	output_array_end(&array);
	output_byte('\n');
}

/* ---- text ---- */

static bool alike(const struct link *a, const struct link *b)
{
	const struct link_settings *one = &a->settings, *other = &b->settings;
	return one->latency_ms == other->latency_ms && one->jitter_ms == other->jitter_ms &&
	       one->bandwidth == other->bandwidth && one->cut == other->cut && a->of_config == b->of_config &&
	       !(one->loss < other->loss) && !(one->loss > other->loss);
}

static int by_names(const void *a, const void *b)
{
	const struct link *first = *(const struct link *const *)a, *second = *(const struct link *const *)b;
	int order = strcmp(first->from, second->from);
	return order ? order : strcmp(first->to, second->to);
}

/* Where the way back of each link is, if it is just like it. */
static void find_twins(const struct listing *listing, size_t *twins)
{
	const struct link **sorted = allocate(listing->count, sizeof(*sorted));
	for (size_t i = 0; i < listing->count; i++)
		sorted[i] = &listing->links[i];
	qsort(sorted, listing->count, sizeof(*sorted), by_names);
	for (size_t i = 0; i < listing->count; i++) {
		const struct link back = {.from = listing->links[i].to, .to = listing->links[i].from};
		const struct link *wanted = &back;
		const struct link **found =
			bsearch(&wanted, sorted, listing->count, sizeof(*sorted), by_names);
		bool twin = found && alike(*found, &listing->links[i]);
		twins[i] = twin ? (size_t)(*found - listing->links) : listing->count;
	}
	free(sorted);
}

static void add_time(struct table *table, int64_t milliseconds)
{
	char text[32];
	table_add(table, milliseconds ? text_duration(text, sizeof(text), milliseconds) : "-");
}

static void add_row(struct table *table, const struct link *link, bool both_ways)
{
	const struct link_settings *settings = &link->settings;
	char bytes[32], rate[40], loss[32];
	snprintf(rate, sizeof(rate), "%s/s", text_bytes(bytes, sizeof(bytes), settings->bandwidth));
	snprintf(loss, sizeof(loss), "%.4g %%", settings->loss * 100);
	table_add(table, link->from);
	table_add(table, both_ways ? "<->" : "->");
	table_add(table, link->to);
	if (settings->cut)
		table_add_coloured(table, COLOUR_BAD, "cut");
	else
		table_add_coloured(table, COLOUR_WARNING, "open");
	add_time(table, settings->latency_ms);
	add_time(table, settings->jitter_ms);
	table_add(table, settings->bandwidth ? rate : "-");
	table_add(table, settings->loss > 0 ? loss : "-");
	table_add(table, link->of_config ? "config" : "set");
}

static void print_text(const struct listing *listing)
{
	static const struct table_column columns[] = {{"FROM", false}, {"", false}, {"TO", false},
		{"STATE", false}, {"LATENCY", true}, {"JITTER", true}, {"BANDWIDTH", true}, {"LOSS", true},
		{"BY", false}};
	if (listing->count == 0) {
		output_print("All links are perfect.\n");
		return;
	}
	size_t *twins = allocate(listing->count, sizeof(*twins));
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	find_twins(listing, twins);
	for (size_t i = 0; i < listing->count; i++)
		if (twins[i] > i)
			add_row(table, &listing->links[i], twins[i] < listing->count);
	table_print(table, 0);
	table_free(table);
	free(twins);
	output_print("\nAll other links are perfect.\n");
}

int command_net_show(const struct invocation *invocation)
{
	struct listing listing = {0};
	struct store *store;
	struct error error;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_list_links(store, keep, &listing, &error);
	store_close(store);
	if (result == 0 && invocation->json)
		print_json(&listing);
	else if (result == 0)
		print_text(&listing);
	release(&listing);
	return result < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}
