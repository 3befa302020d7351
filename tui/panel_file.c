/*
 * panel_file.c: facts, versions, legend and one chunk.
 */
#include <assert.h>
#include <stdio.h>

#include "tui/files.h"
#include "tui/layout.h"
#include "tui/panel_file.h"
#include "tui/table.h"

enum { WIDE_COLUMNS = 130, WIDE_ROWS = 16, SIDE_LEAST = 80, SIDE_MOST = 110, SIDE_GAP = 2, HASH_SHORT = 12 };

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static struct area take_top(struct area *rest, int rows)
{
	struct area top = *rest;
	top.rows = rows;
	rest->row += rows;
	rest->rows -= rows;
	return top;
}

static struct area take_bottom(struct area *rest, int rows)
{
	rest->rows -= rows;
	return (struct area){rest->row + rest->rows, rest->column, rows, rest->columns};
}

/* Facts above, versions and the chunk at the left, the map at the right. */
static struct file_layout divide_wide(struct area body, int version_rows)
{
	struct file_layout layout = {.chunk_titled = true};
	layout.facts = take_top(&body, 3);
	struct area side = body;
	int wish = body.columns * 2 / 5;
	side.columns = wish < SIDE_LEAST ? SIDE_LEAST : smaller(wish, SIDE_MOST);
	body.column += side.columns + SIDE_GAP;
	body.columns -= side.columns + SIDE_GAP;
	layout.versions = take_top(&side, smaller(version_rows, side.rows / 2));
	layout.chunk = take_top(&side, smaller(side.rows, 9));
	layout.legend = take_bottom(&body, 1);
	layout.map = body;
	return layout;
}

struct file_layout file_layout(struct area body, size_t versions)
{
	int version_rows = 1 + (versions > 0 && versions < 1000 ? (int)versions : versions > 0 ? 1000 : 1);
	struct file_layout layout = {0};
	if (body.rows < 4)
		return (struct file_layout){.map = body};
	if (body.columns >= WIDE_COLUMNS && body.rows >= WIDE_ROWS)
		return divide_wide(body, version_rows);
	if (body.rows < 12) {
		layout.facts = take_top(&body, 2);
		layout.chunk = take_bottom(&body, 1);
		layout.map = body;
		return layout;
	}
	layout.facts = take_top(&body, body.rows >= 15 ? 3 : 2);
	layout.chunk_titled = true;
	layout.chunk = take_bottom(&body, body.rows >= 14 ? 4 : 3);
	layout.legend = take_bottom(&body, 1);
	layout.versions = take_top(&body, smaller(version_rows, body.rows / 3));
	layout.map = body;
	assert(layout.map.rows > 1 && layout.versions.rows > 1);
	return layout;
}

/* ---- facts ---- */

static const char *kind_word(enum entry_kind kind)
{
	return kind == ENTRY_LINK ? "link" : kind == ENTRY_FOLDER ? "folder" : "file";
}

static const struct answer_version *shown_version(const struct answer *file)
{
	for (size_t i = 0; i < file->file.version_count; i++)
		if (file->file.versions[i].number == file->file.version)
			return &file->file.versions[i];
	return NULL;
}

void panel_file_facts(const struct paint *paint, struct area area, const struct answer *file)
{
	const struct answer_file_row *row = &file->file.row;
	const struct answer_version *version = shown_version(file);
	char number[32], text[32];
	if (area.rows < 1)
		return;
	paint_title(paint, area, row->name);
	if (area.rows < 2)
		return;
	struct line line = line_begin(paint, area.row + 1, area.column + 1, area.columns - 2);
	if (row->worst_live >= 0) {
		enum copies copies = copies_of((unsigned)row->worst_live, row->want);
		line_add(&line, copies_role(copies), "%s %s", copies_glyph(paint->glyphs, copies),
			copies_text(text, sizeof(text), row->worst_live, row->want));
	}
	if (row->kind == ENTRY_FILE)
		line_add(&line, ROLE_STRONG, "%s", text_bytes(text, sizeof(text), row->size_bytes));
	else
		line_add(&line, ROLE_STRONG, "%s", kind_word(row->kind));
	if (row->removed)
		line_add(&line, ROLE_DEGRADED, "removed %s", files_time(text, sizeof(text), row->ended_ms));
	line_add(&line, ROLE_TEXT, "want %u", row->replication_factor);
	line_add(&line, ROLE_TEXT, "%s chunk%s", paint_number(number, sizeof(number), row->chunks),
		row->chunks == 1 ? "" : "s");
	line_add(&line, ROLE_DIM, "stored %s", files_time(text, sizeof(text), row->stored_ms));
	line_add(&line, ROLE_DIM, "modified %s", files_time(text, sizeof(text), row->mtime_ns / 1000000));
	if (area.rows < 3 || version == NULL || version->sha256[0] == '\0')
		return;
	line = line_begin(paint, area.row + 2, area.column + 1, area.columns - 2);
	if (!line_add(&line, ROLE_DIM, "SHA-256 %s", version->sha256))
		line_add(&line, ROLE_DIM, "%s", version->sha256);
}

/* ---- versions ---- */

enum {
	VERSION_NUMBER,
	VERSION_SIZE,
	VERSION_NEW,
	VERSION_CHUNKS,
	VERSION_STORED,
	VERSION_UNTIL,
	VERSION_SNAPSHOTS,
	VERSION_COLUMNS
};

enum { DATE = 10, DATE_AND_TIME = 16 };

static const struct table_column version_columns[VERSION_COLUMNS] = {
	[VERSION_NUMBER] = {"", 5, 9, 0, true, false, 0},
	[VERSION_SIZE] = {"size", 10, 10, 0, true, false, 0},
	[VERSION_NEW] = {"new", 10, 10, 3, true, false, 0},
	[VERSION_CHUNKS] = {"chunks", 9, 9, 4, true, false, 0},
	[VERSION_STORED] = {"stored", DATE_AND_TIME, DATE_AND_TIME, 1, false, false, 0},
	[VERSION_UNTIL] = {"until", DATE, DATE_AND_TIME, 1, false, false, 0},
	[VERSION_SNAPSHOTS] = {"snapshots", 14, 16, 2, false, true, 60},
};

/* "weekly-4 +2": the newest of the snapshots that hold the version, and how many others do. */
static const char *snapshots_text(
	char *out, size_t size, const struct answer *file, const struct answer_version *version)
{
	out[0] = '\0';
	if (version->snapshot_count == 1)
		snprintf(out, size, "%s", file->file.snapshots[version->snapshot_first]);
	else if (version->snapshot_count > 1)
		snprintf(out, size, "%s +%zu", file->file.snapshots[version->snapshot_first],
			version->snapshot_count - 1);
	return out;
}

/* The day alone where the column has no room for more. */
static const char *time_text(char *out, size_t size, int64_t time_ms, const struct table_place *place)
{
	files_time(out, size, time_ms);
	if (place->width < DATE_AND_TIME)
		out[DATE] = '\0';
	return out;
}

static void draw_version(const struct paint *paint, struct area area, int row,
	const struct table_place *places, const struct answer *file, const struct answer_version *version,
	bool selected)
{
	char text[192];
	unsigned flags = table_row(paint, area, row, selected, false);
	const struct table_column *columns = version_columns;
	table_cell(paint, area, row, &columns[VERSION_NUMBER], &places[VERSION_NUMBER],
		selected ? ROLE_SELECTED : ROLE_TEXT, paint_number(text, sizeof(text), version->number));
	table_cell(paint, area, row, &columns[VERSION_SIZE], &places[VERSION_SIZE], ROLE_TEXT | flags,
		version->kind == ENTRY_FILE ? text_bytes(text, sizeof(text), version->size_bytes)
					    : kind_word(version->kind));
	table_cell(paint, area, row, &columns[VERSION_CHUNKS], &places[VERSION_CHUNKS], ROLE_TEXT | flags,
		paint_number(text, sizeof(text), version->chunks));
	if (version->kind == ENTRY_FILE && version->new_bytes != INQUIRY_UNKNOWN)
		table_cell(paint, area, row, &columns[VERSION_NEW], &places[VERSION_NEW], ROLE_DIM | flags,
			text_bytes(text, sizeof(text), version->new_bytes));
	table_cell(paint, area, row, &columns[VERSION_STORED], &places[VERSION_STORED], ROLE_DIM | flags,
		time_text(text, sizeof(text), version->stored_ms, &places[VERSION_STORED]));
	table_cell(paint, area, row, &columns[VERSION_UNTIL], &places[VERSION_UNTIL],
		(version->current ? ROLE_ACCENT : ROLE_DIM) | flags,
		version->current ? "current"
				 : time_text(text, sizeof(text), version->ended_ms, &places[VERSION_UNTIL]));
	table_cell(paint, area, row, &columns[VERSION_SNAPSHOTS], &places[VERSION_SNAPSHOTS],
		ROLE_ACCENT | flags, snapshots_text(text, sizeof(text), file, version));
}

void panel_file_versions(const struct paint *paint, struct area area, const struct answer *file, size_t at,
	size_t first, bool focused)
{
	struct table_place places[VERSION_COLUMNS];
	size_t count = file->file.version_count;
	if (area.rows < 2)
		return;
	table_arrange(version_columns, VERSION_COLUMNS, area.columns, places);
	table_heading(paint, area, count == 1 ? "Version" : "Versions", version_columns, places,
		VERSION_COLUMNS, -1, false);
	size_t visible = (size_t)area.rows - 1;
	for (size_t i = 0; i < visible && first + i < count; i++) {
		const struct answer_version *version = &file->file.versions[first + i];
		int row = area.row + 1 + (int)i;
		draw_version(paint, area, row, places, file, version, focused && first + i == at);
		if (version->number == file->file.version && !(focused && first + i == at))
			paint_text(paint, row, area.column, 1, ROLE_DIM, paint->glyphs->marker);
	}
	table_scroll(paint, area, first, count);
}

/* ---- chunks ---- */

void panel_file_legend(
	const struct paint *paint, struct area area, const uint64_t counts[COPIES_KINDS], uint64_t chunks)
{
	char number[32];
	if (area.rows < 1 || chunks == 0)
		return;
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	/* What there is comes first; what there could be is told where there is room. */
	for (int pass = 0; pass < 2; pass++)
		for (int i = COPIES_KINDS - 1; i >= 0; i--) {
			bool some = counts[i] > 0;
			if (some != (pass == 0))
				continue;
			line_add(&line, some ? copies_role((enum copies)i) : ROLE_DIM, "%s %s %s",
				copies_glyph(paint->glyphs, (enum copies)i),
				paint_number(number, sizeof(number), counts[i]), copies_word((enum copies)i));
		}
}

static enum role replica_role(enum replica_state state)
{
	return state == REPLICA_LIVE ? ROLE_HEALTHY : state == REPLICA_BAD ? ROLE_CRITICAL : ROLE_DEGRADED;
}

/* Who holds it, as many as fit into the rows; those that do not fit are counted. */
static int draw_holders(const struct paint *paint, struct area area, const struct answer *chunk)
{
	struct line line = line_begin(paint, area.row, area.column, area.columns);
	size_t count = chunk->chunk.replica_count, shown = 0;
	int rows = 1;
	while (shown < count) {
		const struct answer_replica *replica = &chunk->chunk.replicas[shown];
		enum role role = replica_role(replica->state);
		const char *glyph = paint->glyphs->health[replica->state == REPLICA_LIVE  ? HEALTH_HEALTHY
							  : replica->state == REPLICA_BAD ? HEALTH_CRITICAL
											  : HEALTH_UNKNOWN];
		if (line_add(&line, role, "%s %s %s", glyph, replica->node,
			    replica_state_name(replica->state))) {
			shown++;
		} else if (line.begun && rows < area.rows) {
			line = line_begin(paint, area.row + rows++, area.column, area.columns);
		} else if (!line.begun) {
			/* A name that is wider than the row is cut. */
			char text[160];
			snprintf(text, sizeof(text), "%s %s %.100s", glyph,
				replica_state_name(replica->state), replica->node);
			paint_text(paint, line.row, line.column, area.columns, role, text);
			line.begun = true;
			line.column = line.end;
			shown++;
		} else {
			break;
		}
	}
	if (shown < count)
		line_add(&line, ROLE_DIM, "+%zu", count - shown);
	if (count == 0)
		line_add(&line, ROLE_CRITICAL, "No node holds a copy.");
	return rows;
}

static void draw_chunk_line(const struct paint *paint, struct area area, const struct chunk_cell *cell,
	uint64_t chunks, const struct answer *chunk)
{
	char first[32], last[32], total[32], text[32];
	enum copies copies = copies_of(cell->live, cell->want);
	struct line line = line_begin(paint, area.row, area.column, area.columns);
	paint_number(first, sizeof(first), cell->index + 1);
	paint_number(total, sizeof(total), chunks);
	if (!line_add(&line, ROLE_STRONG, "chunk %s of %s", first, total))
		line_add(&line, ROLE_STRONG, "%s", first);
	line_add(&line, copies_role(copies), "%s %s live", copies_glyph(paint->glyphs, copies),
		copies_text(text, sizeof(text), (int)cell->live, cell->want));
	if (cell->to > cell->from + 1) {
		paint_number(first, sizeof(first), cell->from + 1);
		paint_number(last, sizeof(last), cell->to);
		line_add(&line, ROLE_DIM,
			copies > COPIES_FULL ? "the worst of %s to %s" : "as all of %s to %s", first, last);
	}
	if (chunk != NULL && chunk->failure == NULL)
		line_add(&line, ROLE_TEXT, "%s", text_bytes(text, sizeof(text), chunk->chunk.size_bytes));
	if (copies > COPIES_FULL)
		line_add(&line, copies_role(copies), "%s", copies_word(copies));
}

void panel_file_chunk(const struct paint *paint, struct area area, bool titled, const struct chunk_cell *cell,
	uint64_t chunks, const struct answer *chunk)
{
	if (area.rows < 1 || chunks == 0)
		return;
	if (titled) {
		paint_title(paint, area, "Under the cursor");
		area.row++;
		area.rows--;
	}
	area.column++;
	area.columns -= 2;
	draw_chunk_line(paint, area, cell, chunks, chunk);
	area.row++;
	area.rows--;
	if (area.rows < 1)
		return;
	if (chunk == NULL) {
		paint_format(paint, area.row, area.column, area.columns, ROLE_DIM, "looking%s",
			paint->glyphs->ellipsis);
		return;
	}
	if (chunk->failure != NULL) {
		paint_wrapped(paint, area, 0, ROLE_CRITICAL, chunk->failure);
		return;
	}
	int used = draw_holders(paint,
		(struct area){area.row, area.column, area.rows > 1 ? area.rows - 1 : 1, area.columns}, chunk);
	if (used >= area.rows)
		return;
	struct line line = line_begin(paint, area.row + used, area.column, area.columns);
	if (!line_add(&line, ROLE_DIM, "%s", chunk->chunk.sha256))
		line_add(&line, ROLE_DIM, "%.*s%s", HASH_SHORT, chunk->chunk.sha256, paint->glyphs->ellipsis);
}
