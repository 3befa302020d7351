/*
 * console_words.h: the table of commands as the console's command line wants it.
 */
#ifndef LINCKIA_CLI_CONSOLE_WORDS_H
#define LINCKIA_CLI_CONSOLE_WORDS_H

#include "tui/words.h"

/* One line for each command, ended by one without a name; NULL without memory. */
struct word_command *console_words_make(void);
void console_words_free(struct word_command *words);

#endif
