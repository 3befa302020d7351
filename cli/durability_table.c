#include "cli/durability_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"

/* ---- text ---- */

static const char *count_text(char *out, size_t size, uint64_t count)
{
	snprintf(out, size, "%" PRIu64, count);
	return out;
}

/* Hours of which there may be a fraction, or millions. */
static const char *hours_text(char *out, size_t size, double hours)
{
	if (hours > 0 && hours < 0.1)
		return "<0.1";
	snprintf(out, size, hours > 0 && hours < 10 ? "%.1f" : "%.0f", hours);
	return out;
}

static void add_row(struct table *table, const char *name, const struct durability_result *result)
{
	char text[32];
	enum colour lost = result->chunks_lost ? COLOUR_BAD : COLOUR_GOOD;
	table_add(table, name);
	table_add_coloured(table, lost, count_text(text, sizeof(text), result->chunks_lost));
	table_add(table, count_text(text, sizeof(text), result->disks_failed));
	table_add(table, text_bytes(text, sizeof(text), result->bytes_moved));
	table_add(table, text_bytes(text, sizeof(text), result->bytes_needless));
	table_add(table, hours_text(text, sizeof(text), result->short_chunk_hours));
	table_add(table, hours_text(text, sizeof(text), result->last_copy_chunk_hours));
	table_add(table, hours_text(text, sizeof(text), result->unavailable_chunk_hours));
	table_add(table, text_duration(text, sizeof(text), result->longest_short_ms));
}

void durability_table_print(const char *const *names, const struct durability_result *results, size_t count)
{
	static const struct table_column columns[] = {
		{"", false},
		{"lost", true},
		{"died", true},
		{"moved", true},
		{"needless", true},
		{"short", true},
		{"last", true},
		{"away", true},
		{"longest", true},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++)
		add_row(table, names[i], &results[i]);
	table_print(table, 0);
	table_free(table);
	output_print("lost: chunks without a good copy; died: disks; moved: by repair, of which needless,\n"
		     "because an older copy came back; short, last, away: chunk-hours with fewer copies\n"
		     "than wanted, with only one, with none that answers; longest: until all were back\n");
}

/* ---- JSON ---- */

static cJSON *result_json(const char *name, const struct durability_result *result)
{
	cJSON *object = cJSON_CreateObject();
	const struct {
		const char *key;
		uint64_t number;
	} counts[] = {
		{"chunks", result->chunks},
		{"chunk_bytes", result->chunk_bytes},
		{"chunks_lost", result->chunks_lost},
		{"bytes_lost", result->bytes_lost},
		{"disks_failed", result->disks_failed},
		{"disks_replaced", result->disks_replaced},
		{"outages", result->outages},
		{"zone_outages", result->zone_outages},
		{"zone_losses", result->zone_losses},
		{"copies_rotted", result->copies_rotted},
		{"rot_found", result->rot_found},
		{"storms", result->storms},
		{"copies_made", result->copies_made},
		{"bytes_moved", result->bytes_moved},
		{"copies_failed", result->copies_failed},
		{"copies_trimmed", result->copies_trimmed},
		{"copies_needless", result->copies_needless},
		{"bytes_needless", result->bytes_needless},
		{"copies_spread", result->copies_spread},
		{"peak_short", result->peak_short},
		{"peak_last_copy", result->peak_last_copy},
		{"peak_unavailable", result->peak_unavailable},
		{"events", result->events},
	};
	json_add_text(object, "name", name);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		json_add_integer(object, counts[i].key, counts[i].number);
	json_add_decimal(object, "short_chunk_hours", result->short_chunk_hours);
	json_add_decimal(object, "last_copy_chunk_hours", result->last_copy_chunk_hours);
	json_add_decimal(object, "unavailable_chunk_hours", result->unavailable_chunk_hours);
	json_add_decimal(object, "longest_short_s", (double)result->longest_short_ms / 1000);
	/* Null when nothing was lost. */
	json_add_decimal(object, "first_loss_s",
		result->first_loss_ms < 0 ? -1 : (double)result->first_loss_ms / 1000);
	return object;
}

cJSON *durability_table_json(const char *const *names, const struct durability_result *results, size_t count)
{
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, result_json(names[i], &results[i]));
	return array;
}
