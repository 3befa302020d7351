/*
 * arguments.h: the command line, taken apart by tables of options.
 *
 * An option is `-l`, `--long`, `-oVALUE`, `-o VALUE`, `--output=VALUE` or `--output VALUE`; letters of
 * options without a value may be joined (`-lq`), and a long name may be cut short while it stays
 * unambiguous. Options and operands may be mixed. `--` ends the options; `-` alone is an operand. Given
 * twice, the last one counts, unless the option is made to be repeated.
 *
 * An option whose value may be left out takes what follows only where that begins with a digit: `--watch 5`
 * and `-w5` have a value, `--watch` and `--watch x` have none. `--watch=x` always has one.
 *
 * Parsing goes in steps, because the words of the command decide which options may follow: as long as
 * arguments_word() is called, options come from the tables given so far.
 */
#ifndef LINCKIA_CLI_ARGUMENTS_H
#define LINCKIA_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/meaning.h"
#include "engine/engine.h"

/* A table of options ends with one that has no name. */
struct option {
	char letter;          /* 0: none */
	const char *name;     /* without the dashes */
	const char *value;    /* what help calls the value; NULL: the option takes none */
	enum meaning meaning; /* what the value is; MEANS_NOTHING where there is none */
	const char *help;     /* one line */
	bool repeatable;
	bool optional; /* the value may be left out; it is a number then */
	bool endless;  /* with it the command goes on until a signal */
};

struct given_option {
	const struct option *option;
	const char *value; /* NULL for options that take none, and where it was left out */
};

enum { ARGUMENTS_TABLES_MAX = 2 };

/* Text is borrowed from argv. */
struct arguments {
	const char *const *words;
	size_t word_count, next;
	bool options_ended;
	const struct option *awaiting; /* the option that the words ended behind, without its value */
	const struct option *tables[ARGUMENTS_TABLES_MAX];
	size_t table_count;
	struct given_option *given;
	size_t given_count;
	const char **operands;
	size_t operand_count;
};

/* Starts on `count` words that follow the program's name; the caller keeps them. */
void arguments_init(struct arguments *arguments, const char *const *words, size_t count);
void arguments_release(struct arguments *arguments);

/* From here on the options of `table` are known too. */
void arguments_add_table(struct arguments *arguments, const struct option *table);

/* The option that the first `length` bytes of `name` name, or alone begin; NULL when none or several do. */
const struct option *arguments_find_name(const struct arguments *arguments, const char *name, size_t length);
const struct option *arguments_find_letter(const struct arguments *arguments, char letter);

/* The `index`th option of all tables together, or NULL behind the last. */
const struct option *arguments_option(const struct arguments *arguments, size_t index);

/* Takes options up to the next operand and stores that in `word`; NULL at the end. */
MUST_CHECK int arguments_word(struct arguments *arguments, const char **word, struct error *error);

/* Takes all that is left. */
MUST_CHECK int arguments_rest(struct arguments *arguments, struct error *error);

/* Whether the option called `name` was given. It must be in one of the tables. */
bool arguments_has(const struct arguments *arguments, const char *name);

/* The value that option was given last, or NULL; also where an optional value was left out. */
const char *arguments_value(const struct arguments *arguments, const char *name);

/*
 * Reads the option's value as a whole number from `least` to `most`; leaves `number` alone when there is
 * no value. An ERROR_USAGE tells what is allowed.
 */
MUST_CHECK int arguments_number(const struct arguments *arguments, const char *name, uint64_t least,
	uint64_t most, uint64_t *number, struct error *error);

/* The same for a size such as 4MiB. */
MUST_CHECK int arguments_size(const struct arguments *arguments, const char *name, uint64_t least,
	uint64_t most, uint64_t *bytes, struct error *error);

/* Reads `text` as a whole number; `what` begins the message. */
MUST_CHECK int arguments_read_number(const char *what, const char *text, uint64_t least, uint64_t most,
	uint64_t *number, struct error *error);

#endif
