/*
 * chunk_map.c: where cells are, and what they show.
 */
#include <assert.h>
#include <string.h>

#include "tui/chunk_map.h"

/* Rows of a round number of cells are easier to find one's way in, where they are not too short. */
enum { ROUND = 10, ROUND_FROM = 20, BLOCK = 64 };

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

static uint64_t cells_in(int columns, int stride)
{
	uint64_t cells = (uint64_t)((columns + stride - 1) / stride);
	return cells >= ROUND_FROM ? cells / ROUND * ROUND : cells;
}

struct chunk_map chunk_map_arrange(struct area area, uint64_t chunks, bool near)
{
	char number[32];
	int rows = area.rows > 0 ? area.rows : 1;
	struct chunk_map map = {.cells = area, .stride = 2, .per_cell = 1, .visible = (uint64_t)rows};
	int label = (int)strlen(paint_number(number, sizeof(number), chunks)) + 1;
	if (area.columns - label - 2 >= ROUND)
		map.label = label;
	map.cells.column += map.label;
	map.cells.columns -= map.label + 1;
	int columns = map.cells.columns > 0 ? map.cells.columns : 1;
	map.per_row = cells_in(columns, 2);
	if (divide_up(chunks, map.per_row) > map.visible) {
		map.stride = 1;
		map.per_row = cells_in(columns, 1);
	}
	if (!near && divide_up(chunks, map.per_row) > map.visible)
		map.per_cell = divide_up(chunks, map.per_row * map.visible);
	map.rows = divide_up(divide_up(chunks, map.per_cell), map.per_row);
	return map;
}

enum copies chunk_map_worst(
	const uint8_t *live, const uint8_t *want, uint64_t from, uint64_t to, uint64_t *where)
{
	enum copies worst = COPIES_FULL;
	*where = from;
	for (uint64_t i = from; i < to && worst < COPIES_NONE; i++) {
		/*
		 * As many as wanted, which is at least one, in a whole block: a frame of a million chunks takes 1.1
		 * ms instead of 2.9.
		 */
		while (to - i > BLOCK && memcmp(live + i, want + i, BLOCK) == 0)
			i += BLOCK;
		enum copies copies = copies_of(live[i], want[i]);
		if (copies <= worst)
			continue;
		worst = copies;
		*where = i;
	}
	return worst;
}

/* Rows of cells down, or up; the column stays. */
static uint64_t moved_down(const struct chunk_map *map, uint64_t cell, uint64_t last, int64_t rows)
{
	uint64_t row = cell / map->per_row, step = (uint64_t)(rows < 0 ? -rows : rows);
	if (rows < 0)
		row = row > step ? row - step : 0;
	else
		row = step < map->rows - 1 - row ? row + step : map->rows - 1;
	uint64_t to = row * map->per_row + cell % map->per_row;
	return to < last ? to : last;
}

uint64_t chunk_map_moved(const struct chunk_map *map, uint64_t chunk, uint64_t chunks, enum move move)
{
	if (chunks == 0)
		return 0;
	assert(chunk < chunks);
	uint64_t cell = chunk / map->per_cell, last = (chunks - 1) / map->per_cell;
	const int64_t page = (int64_t)map->visible;
	uint64_t to;
	if (move == MOVE_LEFT)
		to = cell > 0 ? cell - 1 : 0;
	else if (move == MOVE_RIGHT)
		to = cell < last ? cell + 1 : last;
	else if (move == MOVE_UP || move == MOVE_DOWN)
		to = moved_down(map, cell, last, move == MOVE_UP ? -1 : 1);
	else if (move == MOVE_PAGE_UP || move == MOVE_PAGE_DOWN)
		to = moved_down(map, cell, last, move == MOVE_PAGE_UP ? -page : page);
	else
		to = move == MOVE_FIRST ? 0 : last;
	return to != cell ? to * map->per_cell : chunk;
}

uint64_t chunk_map_scroll(const struct chunk_map *map, uint64_t first, uint64_t chunk)
{
	uint64_t row = chunk / map->per_cell / map->per_row;
	if (map->visible >= map->rows)
		return 0;
	if (first > map->rows - map->visible)
		first = map->rows - map->visible;
	if (row < first)
		return row;
	return row >= first + map->visible ? row - map->visible + 1 : first;
}

uint64_t chunk_map_at(const struct chunk_map *map, uint64_t first, uint64_t chunks, int row, int column)
{
	row -= map->cells.row;
	column -= map->cells.column;
	if (row < 0 || column < 0 || (uint64_t)row >= map->visible)
		return chunks;
	uint64_t across = (uint64_t)(column / map->stride);
	uint64_t cell = (first + (uint64_t)row) * map->per_row + across;
	if (across >= map->per_row || cell >= divide_up(chunks, map->per_cell))
		return chunks;
	return cell * map->per_cell;
}

void chunk_map_draw(const struct paint *paint, const struct chunk_map *map, const uint8_t *live,
	const uint8_t *want, uint64_t chunks, uint64_t first, uint64_t chunk)
{
	char number[32];
	uint64_t where;
	for (uint64_t i = 0; i < map->visible && first + i < map->rows; i++) {
		int row = map->cells.row + (int)i;
		uint64_t begin = (first + i) * map->per_row * map->per_cell;
		if (map->label > 0)
			paint_right(paint, row, map->cells.column - map->label, map->label - 1, ROLE_DIM,
				paint_number(number, sizeof(number), begin + 1));
		for (uint64_t j = 0; j < map->per_row && begin + j * map->per_cell < chunks; j++) {
			uint64_t from = begin + j * map->per_cell, rest = chunks - from;
			uint64_t to = from + (rest < map->per_cell ? rest : map->per_cell);
			enum copies copies = chunk_map_worst(live, want, from, to, &where);
			unsigned flags = chunk >= from && chunk < to ? STYLE_BADGE : 0;
			paint_text(paint, row, map->cells.column + (int)j * map->stride, 1,
				copies_role(copies) | flags, copies_glyph(paint->glyphs, copies));
		}
	}
	struct area area = map->cells;
	area.columns++;
	paint_scroll(paint, area, first, map->visible, map->rows);
}
