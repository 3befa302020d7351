/*
 * meaning.h: what a word of the command line stands for: an operand, or the value of an option.
 *
 * The tables of commands and options say it once. Shells complete by it, and `help --json` tells it to whoever else
 * wants to know.
 */
#ifndef LINCKIA_CLI_MEANING_H
#define LINCKIA_CLI_MEANING_H

#include <stdbool.h>
#include <stddef.h>

enum meaning {
	MEANS_NOTHING,  /* no word stands there */
	MEANS_FREE,     /* a number, a size, a new name: nothing that could be listed */
	MEANS_PATH,     /* a file or folder outside of the store */
	MEANS_FOLDER,   /* a folder outside of the store */
	MEANS_CONFIG,   /* a config.yaml */
	MEANS_SCENARIO, /* the YAML file of a scenario */
	MEANS_NODE,
	MEANS_NODES,  /* nodes with commas between them */
	MEANS_ENDS,   /* the ends of links: nodes, client, with commas between them; or all */
	MEANS_GROUPS, /* groups of ends, with '/' between them */
	MEANS_SNAPSHOT,
	MEANS_MOMENT,  /* a snapshot, or now */
	MEANS_NAME,    /* a stored name, or the beginning of some */
	MEANS_VERSION, /* a stored name, perhaps with '@' and a snapshot behind it */
	MEANS_COMMAND,
	MEANS_SETTING, /* what `net set` sets, with '=' and a value behind it */
	MEANS_PRESET,  /* of links */
	MEANS_THEME,   /* of the console */
	MEANS_SHELL,
	MEANINGS
};

/* "free", "path" … as `help --json` says it. */
const char *meaning_name(enum meaning meaning);

/*
 * The `index`th word that can stand for `meaning` whatever the store; NULL behind the last, and where only a store
 * knows.
 */
const char *meaning_choice(enum meaning meaning, size_t index);

/* Whether several may stand in one word, with commas between them. */
bool meaning_is_list(enum meaning meaning);

#endif
