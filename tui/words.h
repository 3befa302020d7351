/*
 * words.h: a line as words, the words of a command line, and what may come next.
 *
 * Words are split as a shell splits them: at blanks, with '…', "…" and backslash. Pure but for memory, which is the
 * caller's to free.
 */
#ifndef LINCKIA_TUI_WORDS_H
#define LINCKIA_TUI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_LIMIT = 64 };

struct words {
	char *words[WORDS_LIMIT + 1]; /* ended by NULL */
	size_t count;
	bool open; /* a quote is not closed, or a backslash is the last character */
};

/* False when there are too many words, or no memory. */
bool words_split(const char *line, struct words *words);
void words_free(struct words *words);

/* The words as a line that is split into just them; NULL without memory. */
char *words_join(const char *const *words, size_t count);

/* A word as it must be typed, if `word` needs quotes then in quotes; NULL without memory. */
char *words_quote(const char *word);

/* What a word at the cursor can be. */
enum word_kind {
	WORD_OTHER, /* nothing that could be listed */
	WORD_COMMAND,
	WORD_OPTION,
	WORD_NODE,
	WORD_END,     /* of a link: a node, or the client */
	WORD_SETTING, /* of a link: "latency=…" */
	WORD_PRESET,  /* for links */
	WORD_NAME,
	WORD_SNAPSHOT,
	WORD_PATH,
};

/* An option of a command. */
struct word_option {
	const char *name; /* "--prefix" */
	char letter;      /* 0: none */
	bool takes_value;
	enum word_kind value; /* what that is */
	bool endless;         /* with this option the command never ends */
};

enum { WORD_OPERANDS = 4 };

/* One command, as the console knows it. */
struct word_command {
	const char *name;                       /* "put", "node drain" */
	const char *synopsis;                   /* what follows the name */
	const char *summary;                    /* one line */
	const struct word_option *options;      /* ended by one without a name; NULL: none */
	enum word_kind operands[WORD_OPERANDS]; /* the first words, and in the last place all others */
	bool changes;                           /* the store: not in a read-only console */
	bool hidden;                            /* makes no sense in a console, or is one */
};

/* Where completion works: the word that ends at the cursor, and what it can be. */
struct word_place {
	enum word_kind kind;
	size_t begin;                       /* the byte of the line where the word begins */
	char *word;                         /* as far as it is typed, without quotes; the caller frees it */
	const struct word_command *command; /* that the line begins with; NULL: none yet */
};
/* `commands` ends with a line without a name. False without memory. */
bool words_locate(
	const struct word_command *commands, const char *line, size_t cursor, struct word_place *place);

/* The command that the words begin with, or NULL. */
const struct word_command *words_command(const struct word_command *commands, const struct words *words);

/* Whether `word` is the first of commands that have two, such as "node". */
bool words_group(const struct word_command *commands, const char *word);

/* The option among the words, of which `command` is the command, that keeps it from ending; NULL: there is none. */
const struct word_option *words_endless(const struct word_command *command, const struct words *words);

#endif
