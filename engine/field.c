#include "engine/field.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_schema.h"
#include "engine/suggest.h"
#include "engine/text.h"

enum storage {
	AS_UNSIGNED,
	AS_LONG,
	AS_LONG_LONG,
	AS_ULONG,
	AS_ULONG_LONG,
	AS_DOUBLE,
	AS_BOOL,
	AS_TEXT,
	AS_TIME,
	AS_AGE,
	AS_PRESENCE
};

/* When the document says null. */
enum absence { ALWAYS_KNOWN, NONE_IF_NEGATIVE, NONE_IF_ZERO, NONE_IF_EMPTY };

struct field_row {
	const char *name; /* within its group */
	enum field_kind kind;
	enum storage storage;
	size_t offset;
	enum absence absence;
	const char *(*word)(unsigned value);
	unsigned word_count;
};

static const char *health_word(unsigned value)
{
	return health_name((enum health)value);
}

static const char *node_word(unsigned value)
{
	return node_state_name((enum node_state)value);
}

static const char *repair_word(unsigned value)
{
	return repair_state_name((enum repair_state)value);
}

#define STORAGE(object)                                                                                      \
	_Generic((object),                                                                                   \
		unsigned: AS_UNSIGNED,                                                                       \
		long: AS_LONG,                                                                               \
		long long: AS_LONG_LONG,                                                                     \
		unsigned long: AS_ULONG,                                                                     \
		unsigned long long: AS_ULONG_LONG,                                                           \
		double: AS_DOUBLE,                                                                           \
		bool: AS_BOOL,                                                                               \
		const char *: AS_TEXT)
#define ROW(type, name, field, kind, ...)                                                                    \
	{                                                                                                    \
		name, kind, STORAGE(((struct type *)0)->field), offsetof(struct type, field), __VA_ARGS__    \
	}
#define NUMBER(type, name, field)  ROW(type, name, field, FIELD_NUMBER, ALWAYS_KNOWN, NULL, 0)
#define BYTES(type, name, field)   ROW(type, name, field, FIELD_BYTES, ALWAYS_KNOWN, NULL, 0)
#define MEASURE(type, name, field) ROW(type, name, field, FIELD_SECONDS, NONE_IF_NEGATIVE, NULL, 0)
#define LATENCY(type, name, field) ROW(type, name, field, FIELD_MILLISECONDS, NONE_IF_NEGATIVE, NULL, 0)
#define TEXT(type, name, field)    ROW(type, name, field, FIELD_TEXT, ALWAYS_KNOWN, NULL, 0)
#define FLAG(type, name, field)    ROW(type, name, field, FIELD_FLAG, ALWAYS_KNOWN, NULL, 0)
#define WORD(type, name, field, word, last)                                                                  \
	{                                                                                                    \
		name, FIELD_WORD, AS_UNSIGNED, offsetof(struct type, field), ALWAYS_KNOWN, word, (last) + 1  \
	}
#define TIME(name, field, absence)                                                                           \
	{                                                                                                    \
		name, FIELD_TEXT, AS_TIME, offsetof(struct view, field), absence, NULL, 0                    \
	}
#define QUEUE(name, number)                                                                                  \
	NUMBER(view, "repair.queue." name ".chunks", repair.queue[number].chunks),                           \
		BYTES(view, "repair.queue." name ".bytes", repair.queue[number].bytes)

static const struct field_row store_rows[] = {
	TEXT(view, "store", store),
	WORD(view, "health", health, health_word, HEALTH_UNKNOWN),
	TIME("since", health_since_ms, ALWAYS_KNOWN),
	TIME("time", time_ms, ALWAYS_KNOWN),
	FLAG(view, "rehearsal", rehearsal),
	NUMBER(view, "replication_factor", replication_factor),
	NUMBER(view, "min_replicas", min_replicas),
	NUMBER(view, "nodes_up", nodes_up),
	NUMBER(view, "files", files),
	NUMBER(view, "versions", versions),
	NUMBER(view, "snapshots", snapshots),
	NUMBER(view, "chunks.total", chunks.total),
	NUMBER(view, "chunks.full", chunks.full),
	NUMBER(view, "chunks.under_replicated", chunks.under_replicated),
	NUMBER(view, "chunks.last_copy", chunks.last_copy),
	NUMBER(view, "chunks.unavailable", chunks.unavailable),
	NUMBER(view, "chunks.lost", chunks.lost),
	NUMBER(view, "chunks.excess", chunks.excess),
	NUMBER(view, "chunks.corrupt", chunks.corrupt),
	NUMBER(view, "chunks.misplaced", chunks.misplaced),
	BYTES(view, "bytes.logical", logical_bytes),
	BYTES(view, "bytes.unique", unique_bytes),
	BYTES(view, "bytes.stored", stored_bytes),
	BYTES(view, "bytes.capacity", capacity_bytes),
	BYTES(view, "bytes.catalog", catalog_bytes),
	WORD(view, "repair.state", repair.state, repair_word, REPAIR_BLOCKED),
	TEXT(view, "repair.reason", repair.reason),
	NUMBER(view, "repair.queued", repair.queued),
	BYTES(view, "repair.queued_bytes", repair.queued_bytes),
	QUEUE("last_copy", QUEUE_LAST_COPY),
	QUEUE("missing", QUEUE_MISSING),
	QUEUE("misplaced", QUEUE_MISPLACED),
	QUEUE("drain", QUEUE_DRAIN),
	QUEUE("excess", QUEUE_EXCESS),
	QUEUE("balance", QUEUE_BALANCE),
	NUMBER(view, "repair.active", repair.active),
	ROW(view, "repair.rate", repair.rate, FIELD_BYTES, NONE_IF_NEGATIVE, NULL, 0),
	MEASURE(view, "repair.eta_s", repair.eta_s),
	MEASURE(view, "repair.grace_left_s", repair.grace_left_s),
	BYTES(view, "repair.bandwidth", repair.bandwidth),
	NUMBER(view, "repair.repaired", repair.repaired),
	BYTES(view, "repair.repaired_bytes", repair.repaired_bytes),
	BYTES(view, "repair.moved_bytes", repair.moved_bytes),
	BYTES(view, "repair.trimmed_bytes", repair.trimmed_bytes),
	FLAG(view, "scrub.running", scrub.running),
	NUMBER(view, "scrub.done", scrub.done),
	NUMBER(view, "scrub.total", scrub.total),
	NUMBER(view, "scrub.bad", scrub.bad),
	ROW(view, "scrub.rate", scrub.rate, FIELD_BYTES, NONE_IF_NEGATIVE, NULL, 0),
	TIME("scrub.oldest_verified", scrub.oldest_verified_ms, NONE_IF_ZERO),
	TEXT(view, "maintenance.role", maintenance_role),
	ROW(view, "maintenance.pid", maintenance_pid, FIELD_NUMBER, NONE_IF_ZERO, NULL, 0),
	{0},
};
static_assert(QUEUES == 6, "each queue has its rows");

static const struct field_row node_rows[] = {
	TEXT(view_node, "name", name),
	TEXT(view_node, "zone", zone),
	WORD(view_node, "state", state, node_word, NODE_DRAINING),
	TEXT(view_node, "cause", cause),
	TEXT(view_node, "path", path),
	BYTES(view_node, "capacity", capacity_bytes),
	BYTES(view_node, "used", used_bytes),
	NUMBER(view_node, "chunks", chunks),
	NUMBER(view_node, "at_risk", at_risk),
	NUMBER(view_node, "weight", weight),
	LATENCY(view_node, "latency_ms", latency_ms),
	BYTES(view_node, "read_bytes", read_bytes),
	BYTES(view_node, "written_bytes", written_bytes),
	NUMBER(view_node, "errors", errors),
	{0},
};

static const struct field_row link_rows[] = {
	LATENCY(view_link, "latency_ms", latency_ms),
	FLAG(view_link, "cut", cut),
	LATENCY(view_link, "simulated.latency_ms", simulated.latency_ms),
	LATENCY(view_link, "simulated.jitter_ms", simulated.jitter_ms),
	BYTES(view_link, "simulated.bandwidth", simulated.bandwidth),
	NUMBER(view_link, "simulated.loss", simulated.loss),
	{0},
};

static const struct field_row check_rows[] = {
	NUMBER(view_check, "count", count),
	WORD(view_check, "severity", severity, health_word, HEALTH_UNKNOWN),
	TEXT(view_check, "summary", summary),
	TEXT(view_check, "advice", advice),
	{"holds", FIELD_FLAG, AS_PRESENCE, 0, ALWAYS_KNOWN, NULL, 0},
	{0},
};

/* A check that does not hold. */
static const struct view_check no_check = {0};

static const struct field_row transfer_rows[] = {
	ROW(view_transfer, "file", file, FIELD_TEXT, NONE_IF_EMPTY, NULL, 0),
	TEXT(view_transfer, "source", source),
	TEXT(view_transfer, "target", target),
	TEXT(view_transfer, "purpose", purpose),
	BYTES(view_transfer, "bytes", bytes),
	BYTES(view_transfer, "done", done_bytes),
	{"age_s", FIELD_SECONDS, AS_AGE, offsetof(struct view_transfer, age_ms), ALWAYS_KNOWN, NULL, 0},
	{0},
};

/* Items of lists that are nothing but a text. */
static const struct field_row note_row = {"", FIELD_TEXT, AS_TEXT, 0, ALWAYS_KNOWN, NULL, 0};
static const struct field_row detail_row = {"", FIELD_TEXT, AS_TEXT, 0, ALWAYS_KNOWN, NULL, 0};

static const struct field_row *find_row(const struct field_row *rows, const char *name)
{
	for (; rows->name; rows++) {
		if (!strcmp(rows->name, name))
			return rows;
	}
	return NULL;
}

static bool is_row_of(const struct field_row *row, const struct field_row *rows, size_t bytes)
{
	return row >= rows && row < rows + bytes / sizeof(*rows);
}
#define IS_ROW_OF(row, rows) is_row_of(row, rows, sizeof(rows))

/* ---- from a path ---- */

static bool parse_index(const char *text, size_t *index)
{
	char *end;
	if (*text < '0' || *text > '9')
		return false;
	*index = strtoul(text, &end, 10);
	return *end == '\0';
}

/* The last dot in `path` that comes before `end`, or NULL. */
static const char *dot_before(const char *path, const char *end)
{
	return memrchr(path, '.', (size_t)(end - path));
}

/* "SUBJECT.NAME": the subject may have dots, so the name is the longest that fits: some have one dot. */
static const struct field_row *find_behind_subject(
	const struct field_row *rows, const char *path, struct field *field)
{
	const char *last = strrchr(path, '.'), *before = last ? dot_before(path, last) : NULL;
	const char *dot = before && before > path && find_row(rows, before + 1) ? before : last;
	field->subject = path;
	field->subject_length = dot ? (size_t)(dot - path) : 0;
	return field->subject_length ? find_row(rows, dot + 1) : NULL;
}

static bool find_check(const struct field *field, enum check_code *code)
{
	for (unsigned i = 0; i < CHECK_CODES; i++) {
		const char *name = check_code_name((enum check_code)i);
		*code = (enum check_code)i;
		if (strlen(name) == field->subject_length &&
			!memcmp(name, field->subject, field->subject_length))
			return true;
	}
	return false;
}

/* "CODE", "CODE.count", "CODE.details.0". */
static const struct field_row *find_of_check(const char *path, struct field *field)
{
	static const char details[] = "details.";
	enum check_code code;
	const char *dot = strchr(path, '.');
	field->subject = path;
	field->subject_length = dot ? (size_t)(dot - path) : strlen(path);
	if (!find_check(field, &code))
		return NULL;
	if (dot && !strncmp(dot + 1, details, sizeof(details) - 1))
		return parse_index(dot + sizeof(details), &field->index) ? &detail_row : NULL;
	return find_row(check_rows, dot ? dot + 1 : "count");
}

/* "0.file". */
static const struct field_row *find_of_transfer(const char *path, struct field *field)
{
	char *end;
	if (*path < '0' || *path > '9')
		return NULL;
	field->index = strtoul(path, &end, 10);
	return *end == '.' ? find_row(transfer_rows, end + 1) : NULL;
}

/* What follows `prefix` in `path`, or NULL. */
static const char *behind(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(path, prefix, length) ? NULL : path + length;
}

bool field_find(const char *path, struct field *field)
{
	const char *rest;
	*field = (struct field){.subject = ""};
	if ((rest = behind(path, "nodes.")))
		field->row = find_behind_subject(node_rows, rest, field);
	else if ((rest = behind(path, "links.")))
		field->row = find_behind_subject(link_rows, rest, field);
	else if ((rest = behind(path, "checks.")))
		field->row = find_of_check(rest, field);
	else if ((rest = behind(path, "repair.transfers.")))
		field->row = find_of_transfer(rest, field);
	else if ((rest = behind(path, "notes.")))
		field->row = parse_index(rest, &field->index) ? &note_row : NULL;
	else
		field->row = find_row(store_rows, path);
	if (!field->row)
		return false;
	field->kind = field->row->kind;
	return true;
}

bool field_pattern(size_t index, char *out, size_t size)
{
	static const struct {
		const struct field_row *rows;
		size_t count;
		const char *before;
	} groups[] = {
		{store_rows, sizeof(store_rows) / sizeof(*store_rows) - 1, ""},
		{node_rows, sizeof(node_rows) / sizeof(*node_rows) - 1, "nodes.NAME."},
		{link_rows, sizeof(link_rows) / sizeof(*link_rows) - 1, "links.FROM.TO."},
		{check_rows, sizeof(check_rows) / sizeof(*check_rows) - 1, "checks.CODE."},
		{&detail_row, 1, "checks.CODE.details.N"},
		{transfer_rows, sizeof(transfer_rows) / sizeof(*transfer_rows) - 1, "repair.transfers.N."},
		{&note_row, 1, "notes.N"},
	};
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (index < groups[i].count) {
			snprintf(out, size, "%s%s", groups[i].before, groups[i].rows[index].name);
			return true;
		}
		index -= groups[i].count;
	}
	return false;
}

/* The name of `rows` that is near to `name`. */
static const char *near_row(const struct field_row *rows, const char *name)
{
	const char *names[sizeof(store_rows) / sizeof(*store_rows)];
	size_t count = 0;
	for (; rows->name; rows++)
		names[count++] = rows->name;
	return suggest(name, names, count);
}

static const char *near_check(const char *name)
{
	const char *names[CHECK_CODES];
	for (unsigned i = 0; i < CHECK_CODES; i++)
		names[i] = check_code_name((enum check_code)i);
	return suggest(name, names, CHECK_CODES);
}

const char *field_near(const char *path, char *out, size_t size)
{
	const char *dot = strrchr(path, '.'), *near, *rest;
	bool nodes = behind(path, "nodes.");
	if ((rest = behind(path, "checks.")))
		near = near_check(rest);
	else if (dot && (nodes || behind(path, "links.")))
		near = near_row(nodes ? node_rows : link_rows, rest = dot + 1);
	else
		near = near_row(store_rows, rest = path);
	if (!near)
		return NULL;
	snprintf(out, size, "%.*s%s", (int)(rest - path), path, near);
	struct field field;
	return field_find(out, &field) ? out : NULL; /* "nodes.name" lacks the node */
}

bool field_is_of_node(const struct field *field)
{
	return IS_ROW_OF(field->row, node_rows);
}

bool field_is_of_link(const struct field *field)
{
	return IS_ROW_OF(field->row, link_rows);
}

const char *field_word(const struct field *field, unsigned index)
{
	return index < field->row->word_count ? field->row->word(index) : NULL;
}

/* ---- from a view ---- */

static const struct view_node *find_node(const struct view *view, const struct field *field)
{
	for (size_t i = 0; i < view->node_count; i++) {
		const char *name = view->nodes[i].name;
		if (strlen(name) == field->subject_length &&
			!memcmp(name, field->subject, field->subject_length))
			return &view->nodes[i];
	}
	return NULL;
}

static const char *end_of_link(const struct view *view, int node)
{
	return node == LINK_CLIENT ? "client" : view->nodes[node].name;
}

static const struct view_link *find_link(const struct view *view, const struct field *field)
{
	for (size_t i = 0; i < view->link_count; i++) {
		const char *from = end_of_link(view, view->links[i].from),
			   *to = end_of_link(view, view->links[i].to);
		size_t from_length = strlen(from), to_length = strlen(to);
		const char *subject = field->subject;
		if (from_length + 1 + to_length == field->subject_length &&
			!memcmp(subject, from, from_length) && subject[from_length] == '.' &&
			!memcmp(subject + from_length + 1, to, to_length))
			return &view->links[i];
	}
	return NULL;
}

static const struct view_check *find_held_check(const struct view *view, const struct field *field)
{
	enum check_code code;
	if (!find_check(field, &code))
		return NULL;
	for (size_t i = 0; i < view->check_count; i++) {
		if (view->checks[i].code == code)
			return &view->checks[i];
	}
	return NULL;
}

/* The struct that the field's row is about; NULL when there is none now. */
static const void *find_object(const struct view *view, const struct field *field)
{
	const struct field_row *row = field->row;
	if (field_is_of_node(field))
		return find_node(view, field);
	if (field_is_of_link(field))
		return find_link(view, field);
	if (row == &note_row)
		return field->index < view->note_count ? &view->notes[field->index] : NULL;
	if (IS_ROW_OF(row, transfer_rows))
		return field->index < view->repair.transfer_count ? &view->repair.transfers[field->index]
								  : NULL;
	if (!IS_ROW_OF(row, check_rows) && row != &detail_row)
		return view;
	const struct view_check *check = find_held_check(view, field);
	if (row == &detail_row)
		return check && field->index < check->detail_count ? &check->details[field->index] : NULL;
	bool always = row == check_rows || row->storage == AS_PRESENCE;
	return check || !always ? check : &no_check;
}

static void set_number(struct field_value *value, double number, enum absence absence)
{
	value->number = number;
	value->known =
		!(absence == NONE_IF_NEGATIVE && !(number >= 0)) && !(absence == NONE_IF_ZERO && number == 0);
}

static void set_text(struct field_value *value, const char *text, enum absence absence)
{
	value->text = text;
	value->known = absence != NONE_IF_EMPTY || *text;
}

static void read_stored(const struct field_row *row, const void *at, struct field_value *value)
{
	switch (row->storage) {
	case AS_UNSIGNED:
		set_number(value, *(const unsigned *)at, row->absence);
		break;
	case AS_LONG:
		set_number(value, (double)*(const long *)at, row->absence);
		break;
	case AS_LONG_LONG:
		set_number(value, (double)*(const long long *)at, row->absence);
		break;
	case AS_ULONG:
		set_number(value, (double)*(const unsigned long *)at, row->absence);
		break;
	case AS_ULONG_LONG:
		set_number(value, (double)*(const unsigned long long *)at, row->absence);
		break;
	case AS_DOUBLE:
		set_number(value, *(const double *)at, row->absence);
		break;
	case AS_BOOL:
		set_text(value, *(const bool *)at ? "true" : "false", row->absence);
		break;
	case AS_TEXT:
		set_text(value, *(const char *const *)at, row->absence);
		break;
	case AS_PRESENCE:
		set_text(value, at != &no_check ? "true" : "false", row->absence);
		break;
	case AS_AGE:
		set_number(value, (double)*(const int64_t *)at / 1000, row->absence);
		break;
	case AS_TIME:
		set_number(value, (double)*(const int64_t *)at, row->absence);
		value->text = text_time(value->room, sizeof(value->room), *(const int64_t *)at);
		break;
	}
}

bool field_read(const struct view *view, const struct field *field, struct field_value *value)
{
	const void *object = find_object(view, field);
	*value = (struct field_value){.text = ""};
	if (!object)
		return false;
	read_stored(field->row, (const char *)object + field->row->offset, value);
	if (field->kind == FIELD_WORD)
		value->text = field->row->word((unsigned)value->number);
	return true;
}

/* In thousandths, because a locale may give printf another decimal point. */
static char *print_decimal(double number, const char *unit, char *out, size_t size)
{
	uint64_t thousandths =
		number < 1e15 ? (uint64_t)llround(number * 1000) : UINT64_C(1000000000000000000);
	if (thousandths % 1000)
		snprintf(out, size, "%" PRIu64 ".%03u%s", thousandths / 1000, (unsigned)(thousandths % 1000),
			unit);
	else
		snprintf(out, size, "%" PRIu64 "%s", thousandths / 1000, unit);
	return out;
}

char *field_print(const struct field *field, const struct field_value *value, char *out, size_t size)
{
	char bytes[32];
	if (!value->known) {
		snprintf(out, size, "none");
		return out;
	}
	switch (field->kind) {
	case FIELD_NUMBER:
		return print_decimal(value->number, "", out, size);
	case FIELD_BYTES:
		snprintf(out, size, "%s", config_bytes_text((uint64_t)value->number, bytes));
		return out;
	case FIELD_SECONDS:
		return print_decimal(value->number, "s", out, size);
	case FIELD_MILLISECONDS:
		return print_decimal(value->number, "ms", out, size);
	case FIELD_FLAG:
	case FIELD_WORD:
	case FIELD_TEXT:
		break;
	}
	snprintf(out, size, "%s", *value->text ? value->text : "''");
	return out;
}
