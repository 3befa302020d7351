/*
 * network_keys.h: what can be done about links from the screen that shows them.
 *
 * All of it runs `net` commands. What is about nodes is about the marked ones, or else the selected one.
 */
#ifndef LINCKIA_TUI_NETWORK_KEYS_H
#define LINCKIA_TUI_NETWORK_KEYS_H

#include "tui/screen.h"

/* Cuts the nodes off from everybody else; asks first. Where all of them are cut off, connects them again. */
void network_cut_off(struct console *console);

/* Makes all links as good as new. */
void network_heal(struct console *console);

/* Runs `net preset` about the marked nodes, or the selected one if the preset `needs_nodes`, else about all links. */
void network_apply_preset(struct console *console, const struct network_preset *preset);
/* Whose links that would be: "every link", "the links of node-1". Foreign text. Returns `out`. */
char *network_preset_subject(
	const struct console *console, const struct network_preset *preset, char *out, size_t size);

#endif
