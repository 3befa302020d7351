/*
 * shell_line.h: a line that is being typed into bash, as words, and a word as it must go on there.
 *
 * Nothing is expanded: a '$' stays one. What was typed of the last word is never changed, only added to: a name that
 * would do something on the command line gets a backslash before each character that bash acts on, or what else makes
 * it harmless inside of the quotes that are open.
 */
#ifndef LINCKIA_CLI_SHELL_LINE_H
#define LINCKIA_CLI_SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct shell_line {
	char **words; /* without quotes; at least one, for a line that ends in a blank ends in an empty word */
	size_t count;
	const char *raw; /* the last word as it is typed: the end of the line */
	char quote;      /* that the last word ends within, or 0 */
	bool active; /* bash would expand the last word, or its last character takes the next one: leave it alone */
};

/* The words point to memory of their own, `raw` into `line`. */
void shell_line_split(const char *line, struct shell_line *split);
void shell_line_release(struct shell_line *split);

/*
 * What must stand in place of `raw` so that bash takes it for `word`, which begins with what the last word is so far.
 * The quotes that are open stay so, for bash closes them, but where the text ends in such a quote: there it does not.
 * The caller frees it.
 */
char *shell_line_complete(const struct shell_line *split, const char *word);

#endif
