/*
 * chunk_map.h: the chunks of a file as a map of cells, in the order of the file.
 *
 * As a whole it always fits: where there are more chunks than cells, one cell stands for several and shows the worst
 * of them. Near, one cell is one chunk and the map scrolls. Each row begins with the number of its first chunk. All
 * of it is pure.
 */
#ifndef LINCKIA_TUI_CHUNK_MAP_H
#define LINCKIA_TUI_CHUNK_MAP_H

#include "tui/copies.h"
#include "tui/paint.h"
#include "tui/screen.h"

/* How a map lies in an area. */
struct chunk_map {
	struct area cells; /* without the numbers at the left and the scroll bar at the right */
	int label;         /* columns that the numbers take */
	int stride;        /* columns from one cell to the next: 1, or 2 where there is room */
	uint64_t per_cell; /* chunks, at least 1 */
	uint64_t per_row;  /* cells, at least 1 */
	uint64_t rows;     /* of all cells */
	uint64_t visible;  /* rows in sight, at least 1 */
};

struct chunk_map chunk_map_arrange(struct area area, uint64_t chunks, bool near);

/* The standing of the worst of the chunks from `from` to before `to`, and the first that has it. */
enum copies chunk_map_worst(
	const uint8_t *live, const uint8_t *want, uint64_t from, uint64_t to, uint64_t *where);

/* The chunk under the cursor after a move; between cells of the whole it is the first of its cell. */
uint64_t chunk_map_moved(const struct chunk_map *map, uint64_t chunk, uint64_t chunks, enum move move);

/* The first row of cells in sight so that the chunk is, and `first` changes least. */
uint64_t chunk_map_scroll(const struct chunk_map *map, uint64_t first, uint64_t chunk);

/* The chunk whose cell lies there, or `chunks` when none does. */
uint64_t chunk_map_at(const struct chunk_map *map, uint64_t first, uint64_t chunks, int row, int column);

void chunk_map_draw(const struct paint *paint, const struct chunk_map *map, const uint8_t *live,
	const uint8_t *want, uint64_t chunks, uint64_t first, uint64_t chunk);

#endif
