/*
 * link.h: one link of a view, told: in a cell, in a sentence, in the words of a command. Pure.
 *
 * What is measured is how long a small request and its answer take, on the client's links only; what is set is what
 * the simulated network does in one direction. A link that the view does not have (NULL) is one of which nothing is
 * known and for which nothing is set.
 */
#ifndef LINCKIA_TUI_LINK_H
#define LINCKIA_TUI_LINK_H

#include <stdbool.h>

#include "engine/engine.h"

/* What a cell tells of a link. */
enum link_metric { LINK_LATENCY, LINK_LOSS, LINK_BANDWIDTH, LINK_METRICS };

enum { LINK_TEXT_BYTES = 16, LINK_SENTENCE_BYTES = 160 };

bool link_is_cut(const struct view_link *link);
/* Whether anything but a cut is set. */
bool link_is_set(const struct view_link *link);
/* Milliseconds, as measured, else as set, with half of the jitter; negative when neither is known. */
double link_latency(const struct view_link *link);
/* Whether what it tells by its latency is not all: it loses something, or has a limit. */
bool link_is_poor(const struct view_link *link);

/* "0.4", "48", "1.2s": milliseconds in at most 4 columns. */
char *link_latency_text(char out[LINK_TEXT_BYTES], double latency_ms);
/* What a cell says, in at most 4 columns: "48", "0.5%", "1.0M"; "" where there is nothing to say. */
char *link_text(char out[LINK_TEXT_BYTES], const struct view_link *link, enum link_metric metric);
/* How bad that is: 0 where there is nothing to say, else from 1 on, on a fixed scale. */
int link_heat(const struct view_link *link, enum link_metric metric);
int link_latency_heat(double latency_ms);
/* The role of a number that hot: what is quick is plain text, for cold colours are hard to read. */
unsigned link_number_role(int heat);
/* What the cells tell, as a title, and where a hotness begins, as its scale has it. */
const char *link_metric_title(enum link_metric metric);
const char *link_heat_begins(enum link_metric metric, int step);

/* "latency 500 ms, jitter 20 ms, 1.0 MiB/s, loses 1 %"; "" when nothing is set. Returns `out`. */
char *link_settings_text(char out[LINK_SENTENCE_BYTES], const struct link_settings *settings);
/* All of them as words that set them: "latency=500ms jitter=0ms bandwidth=1MiB loss=0%". Returns `out`. */
char *link_settings_words(char out[LINK_SENTENCE_BYTES], const struct link_settings *settings);

#endif
