/*
 * exposition.h: numbers with names and labels, in the text that Prometheus reads.
 *
 * It is OpenMetrics 1.0 that the older Prometheus text format takes as well, because the textfile collector of
 * node_exporter reads only that. Where the two differ, it says what both accept:
 *
 *   - there are no types but gauge: the older format knows neither `stateset` nor `info`, and refuses a whole file for them.
 *     A state is one gauge a value, 0 or 1, with the value as a label, and what is constant is a gauge of 1;
 *   - a number that only grows has the ending `_total` and no TYPE: the older format wants the ending in the TYPE line, and
 *     OpenMetrics forbids it there. Either reader then takes its type for unknown, which rate() does not ask for;
 *   - `# UNIT` and `# EOF` are comments in the older format.
 *
 * A text that an operator chose stands in values of labels only, escaped as for a terminal (text_escape) and then for
 * the format, so that the result is UTF-8 and one sample one line, whatever the text. There are no timestamps.
 */
#ifndef LINCKIA_CLI_EXPOSITION_H
#define LINCKIA_CLI_EXPOSITION_H

#include <stdio.h>

#include "engine/engine.h"

struct exposition {
	FILE *out;
	char *text;
	size_t size;
	char *shared;       /* the labels that all samples have: `a="b",c="d"`, or "" */
	const char *family; /* under way: what follows are its samples */
};

/* A label of one sample; `key` NULL: none. */
struct sample_label {
	const char *key, *value;
};
enum { SAMPLE_LABELS = 2 };
extern const struct sample_label no_labels[SAMPLE_LABELS];

/* Whether a label may be called so. */
bool exposition_is_key(const char *key);

/* Begins a text whose samples all have the `count` labels of `shared`. */
void exposition_begin(struct exposition *page, const struct sample_label *shared, size_t count);
/* Ends and returns it, for the caller to free; NULL when memory was short. */
char *exposition_end(struct exposition *page);

/* A gauge. `unit` is the ending of its name, or NULL. `help` is one line without a backslash. */
void exposition_gauge(struct exposition *page, const char *name, const char *unit, const char *help);
/* A number that only grows, but for new beginnings; its name ends in "_total". */
void exposition_total(struct exposition *page, const char *name, const char *help);

void exposition_integer(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], uint64_t value);
/* To the millionth. */
void exposition_decimal(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], double value);
/* In seconds, from milliseconds. */
void exposition_time(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], int64_t milliseconds);

#endif
