/*
 * panel_file.h: the parts that the screen of one file is made of.
 */
#ifndef LINCKIA_TUI_PANEL_FILE_H
#define LINCKIA_TUI_PANEL_FILE_H

#include "engine/inquiry.h"
#include "tui/copies.h"
#include "tui/paint.h"

/* Where they are. A pure function of the body and of how many versions there are; absent ones have no rows. */
struct file_layout {
	struct area facts;    /* a title and 1 to 3 rows */
	struct area versions; /* a heading and rows */
	struct area map;      /* a title and rows */
	struct area legend;   /* 1 row */
	struct area chunk;    /* a title and 1 to 3 rows; or, without a title, 1 row */
	bool chunk_titled;
};

struct file_layout file_layout(struct area body, size_t versions);

/* `version` is the one that is looked at. */
void panel_file_facts(const struct paint *paint, struct area area, const struct answer *file);

/* The first version shown is `first`, the cursor stands on `at`; `focused`: keys move it. */
void panel_file_versions(const struct paint *paint, struct area area, const struct answer *file, size_t at,
	size_t first, bool focused);

/* How many chunks stand how, each with its shape. */
void panel_file_legend(
	const struct paint *paint, struct area area, const uint64_t counts[COPIES_KINDS], uint64_t chunks);

/* The chunk or, with `to` beyond the next one, the cell of chunks under the cursor, and its worst chunk. */
struct chunk_cell {
	uint64_t from, to, index;
	unsigned live, want;
};
/* `chunk` is what is known of chunk `index`; may be NULL. */
void panel_file_chunk(const struct paint *paint, struct area area, bool titled, const struct chunk_cell *cell,
	uint64_t chunks, const struct answer *chunk);

#endif
