/*
 * network_keys.c: lists of names become one word each, with commas, as the commands take them.
 */
#include "tui/network_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/link.h"
#include "tui/loss.h"
#include "tui/network.h"

enum { TEXT_BYTES = 512 };

/* The nodes that an action is about: borrowed from the marks, or the view. */
struct chosen {
	const char *const *names;
	size_t count;
	const char *selected; /* what `names` points to when nothing is marked */
};

/* Returns how many these are. */
static size_t choose(const struct console *console, struct chosen *chosen)
{
	const struct view_node *node = console_node(console);
	*chosen = (struct chosen){0};
	if (console->marks.count > 0) {
		chosen->names = (const char *const *)console->marks.names;
		chosen->count = console->marks.count;
	} else if (node != NULL) {
		chosen->selected = node->name;
		chosen->names = &chosen->selected;
		chosen->count = 1;
	}
	return chosen->count;
}

static bool is_chosen(const struct chosen *chosen, const char *name)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (strcmp(chosen->names[i], name) == 0)
			return true;
	return false;
}

/* "node-1,node-2"; NULL without memory. The caller frees it. */
static char *list_chosen(const struct chosen *chosen)
{
	char *list = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&list, &size);
	for (size_t i = 0; out != NULL && i < chosen->count; i++)
		fprintf(out, "%s%s", i > 0 ? "," : "", chosen->names[i]);
	return out != NULL && fclose(out) == 0 ? list : NULL;
}

/* The client and all other nodes, likewise. */
static char *list_others(const struct view *view, const struct chosen *chosen)
{
	char *list = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&list, &size);
	if (out == NULL)
		return NULL;
	fputs(axis_name(view, LINK_CLIENT), out);
	for (size_t i = 0; i < view->node_count; i++)
		if (!is_chosen(chosen, view->nodes[i].name))
			fprintf(out, ",%s", view->nodes[i].name);
	return fclose(out) == 0 ? list : NULL;
}

/* ---- cutting off ---- */

/* Whether the client can talk to none of them, as far as links go. The list, which may be long, is read once. */
static bool are_cut_off(const struct view *view, const struct chosen *chosen)
{
	bool cut[STORE_NODES_MAX] = {false};
	size_t count = 0;
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		int node = link->from == LINK_CLIENT ? link->to : link->to == LINK_CLIENT ? link->from : -1;
		if (node >= 0 && node < STORE_NODES_MAX)
			cut[node] = cut[node] || link_is_cut(link);
	}
	for (size_t i = 0; i < view->node_count && i < STORE_NODES_MAX; i++)
		count += cut[i] && is_chosen(chosen, view->nodes[i].name);
	return count == chosen->count;
}

static void ask_to_cut(
	struct console *console, const struct chosen *chosen, const char *list, const char *others)
{
	char subject[TEXT_BYTES];
	bool one = chosen->count == 1;
	const char *const words[] = {"net", "cut", list, others, NULL};
	loss_subject(chosen->names, chosen->count, subject, sizeof(subject));
	console_confirm(console,
		&(struct confirmation){.title = one ? "Cut this node off?" : "Cut these nodes off?",
			.subject = subject,
			.text = one ? "Neither the client nor another node reaches it, until p heals it."
				    : "Neither the client nor another node reaches them, until p heals them.",
			.yes = one ? "cut it off" : "cut them off",
			.words = words,
			.lost = chosen->names,
			.lost_count = chosen->count});
}

void network_cut_off(struct console *console)
{
	struct chosen chosen;
	if (choose(console, &chosen) == 0)
		return;
	char *list = list_chosen(&chosen), *others = list_others(console->view, &chosen);
	if (list == NULL || others == NULL)
		console_message(console, true, "There is no memory left to run a command.");
	else if (are_cut_off(console->view, &chosen))
		console_run(console, (const char *const[]){"net", "set", list, others, "cut=false", NULL});
	else
		ask_to_cut(console, &chosen, list, others);
	free(list);
	free(others);
}

void network_heal(struct console *console)
{
	console_run(console, (const char *const[]){"net", "heal", NULL});
}

/* ---- presets ---- */

/* None: it is about all links. */
static size_t choose_for(
	const struct console *console, const struct network_preset *preset, struct chosen *chosen)
{
	*chosen = (struct chosen){0};
	return console->marks.count > 0 || preset->needs_nodes ? choose(console, chosen) : 0;
}

char *network_preset_subject(
	const struct console *console, const struct network_preset *preset, char *out, size_t size)
{
	struct chosen chosen;
	char names[TEXT_BYTES];
	if (choose_for(console, preset, &chosen) == 0) {
		snprintf(out, size, "every link");
		return out;
	}
	loss_subject(chosen.names, chosen.count, names, sizeof(names));
	snprintf(out, size, "the links of %s", names);
	return out;
}

void network_apply_preset(struct console *console, const struct network_preset *preset)
{
	struct chosen chosen;
	if (choose_for(console, preset, &chosen) == 0) {
		console_run(console, (const char *const[]){"net", "preset", preset->name, NULL});
		return;
	}
	char *list = list_chosen(&chosen);
	if (list == NULL)
		console_message(console, true, "There is no memory left to run a command.");
	else
		console_run(console, (const char *const[]){"net", "preset", preset->name, list, NULL});
	free(list);
}
