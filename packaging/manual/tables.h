/*
 * tables.h: what the tables of commands, configs and scenarios say, as parts of manual pages on standard output.
 */
#ifndef LINCKIA_PACKAGING_TABLES_H
#define LINCKIA_PACKAGING_TABLES_H

#include <stdbool.h>
#include <stddef.h>

void tables_commands(void);
void tables_global_options(void);
void tables_checks(void);

/* The fields that an expectation may name, by the word that they begin with. */
void tables_fields(void);

/*
 * What a page has to explain, each once: keys, by where they stand ("repair.grace", "store.zones"), and the steps of a
 * scenario.
 */
enum book { BOOK_CONFIG, BOOK_SCENARIO, BOOKS };

/* The head of the entry, with what is allowed and the default. False: there is no such key. */
bool tables_key(enum book book, const char *path);

/* The head of a step's entry. False: there is no such step. */
bool tables_step(const char *name);

/* After an entry of a step: what each of its keys allows. */
void tables_step_keys(const char *name);

/* The key of the step called `name` with that number, or NULL behind the last. */
const char *tables_step_key(const char *name, size_t index);

/* Says on standard error which keys and steps were not asked for. False: some were not. */
bool tables_all_told(enum book book);

#endif
