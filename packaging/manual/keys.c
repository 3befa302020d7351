/*
 * keys.c: the keys of configs and scenarios, from the tables that their readers use.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_schema.h"
#include "engine/durability.h"
#include "engine/scenario_reader.h"
#include "packaging/manual/roff.h"
#include "packaging/manual/tables.h"

enum { KEYS_MAX = 256, PATH_MAX_BYTES = 128 };

/* Something that a page has to explain. */
struct told {
	char path[PATH_MAX_BYTES];
	const struct config_key *key; /* NULL: a step */
	const void *defaults;         /* where the default stands if not in the key, or NULL */
	bool told;
};

static struct told books[BOOKS][KEYS_MAX];
static size_t counts[BOOKS];
static struct durability_case standard_case;

static void add(enum book book, const char *before, const char *name, const struct config_key *key,
	const void *defaults)
{
	assert(counts[book] < KEYS_MAX);
	struct told *told = &books[book][counts[book]++];
	snprintf(told->path, sizeof(told->path), "%s%s%s", before, *before ? "." : "", name);
	told->key = key;
	told->defaults = defaults;
}

static void add_section(
	enum book book, const char *before, const struct config_section *section, const void *defaults)
{
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];
		char path[PATH_MAX_BYTES];
		add(book, before, key->name, key, defaults);
		snprintf(path, sizeof(path), "%s%s%s", before, *before ? "." : "", key->name);
		if (key->inner)
			add_section(book, path, key->inner, defaults);
	}
}

/* Everything that a page of `book` has to tell, once. */
static void fill(enum book book)
{
	if (counts[book])
		return;
	if (book == BOOK_CONFIG) {
		add_section(book, "", &config_schema, NULL);
		return;
	}
	durability_case_init(&standard_case);
	add_section(book, "", &scenario_schema, NULL);
	add_section(book, "store", &scenario_store_section, NULL);
	add_section(book, "compare", &scenario_case_section, &standard_case);
	for (unsigned i = 0; i < STEP_KINDS; i++)
		add(book, "", step_kind_name((enum step_kind)i), NULL, NULL);
}

static struct told *find(enum book book, const char *path, bool step)
{
	fill(book);
	for (size_t i = 0; i < counts[book]; i++) {
		if (strcmp(books[book][i].path, path) == 0 && (books[book][i].key == NULL) == step)
			return &books[book][i];
	}
	return NULL;
}

/* ---- what is allowed ---- */

static const char *number_text(uint64_t number, char out[static 32])
{
	snprintf(out, 32, "%llu", (unsigned long long)number);
	return out;
}

static const char *measure_text(const struct config_key *key, uint64_t value, char out[static 32])
{
	switch (key->kind) {
	case CONFIG_KIND_BYTES:
		return config_bytes_text(value, out);
	case CONFIG_KIND_TIME:
		return config_time_text(value, out);
	default:
		return number_text(value, out);
	}
}

static void print_range(const struct config_key *key, const char *what)
{
	char least[32], most[32];
	/* A bound that nobody meets is none worth telling. */
	bool open =
		key->most == UINT64_MAX || (key->kind == CONFIG_KIND_BYTES && key->most >= UINT64_C(1) << 60);
	if (open && key->least <= 1)
		printf("%s", what);
	else if (open)
		printf("%s, at least %s", what, measure_text(key, key->least, least));
	else if (key->kind == CONFIG_KIND_WEIGHT)
		printf("%s above 0, up to %s", what, number_text(key->most, most));
	else
		printf("%s, %s to %s", what, measure_text(key, key->least, least),
			measure_text(key, key->most, most));
}

static void print_allowed(const struct config_key *key)
{
	static const char *const what[] = {
		[CONFIG_KIND_SECTION] = "mapping",
		[CONFIG_KIND_NODES] = "list",
		[CONFIG_KIND_LINKS] = "list",
		[CONFIG_KIND_PATH] = "path",
		[CONFIG_KIND_NAME] = "name",
		[CONFIG_KIND_PEER] = "name of a node, or client",
		[CONFIG_KIND_LABEL] = "text",
		[CONFIG_KIND_FLAG] = "true or false",
		[CONFIG_KIND_COUNT] = "number",
		[CONFIG_KIND_NUMBER] = "number",
		[CONFIG_KIND_BYTES] = "size",
		[CONFIG_KIND_TIME] = "time",
		[CONFIG_KIND_RATIO] = "number",
		[CONFIG_KIND_WEIGHT] = "number",
	};
	switch (key->kind) {
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_NUMBER:
	case CONFIG_KIND_BYTES:
	case CONFIG_KIND_TIME:
	case CONFIG_KIND_RATIO:
	case CONFIG_KIND_WEIGHT:
		print_range(key, what[key->kind]);
		break;
	case CONFIG_KIND_THEME:
	case CONFIG_KIND_WORD:
		for (size_t i = 0; key->words[i]; i++) {
			fputs(i ? ", " : "", stdout);
			roff_text(key->words[i], strlen(key->words[i]));
		}
		break;
	case CONFIG_KIND_OTHER:
		roff_text(key->allowed, strlen(key->allowed));
		break;
	default:
		fputs(what[key->kind], stdout);
		break;
	}
	if (key->zero)
		printf("; 0: %s", key->zero);
}

/* The default where no table but only an object has it. */
static void print_stored(const struct config_key *key, const void *defaults)
{
	const void *field = (const char *)defaults + key->offset;
	char out[32] = "";
	switch (key->kind) {
	case CONFIG_KIND_COUNT:
		number_text(*(const unsigned *)field, out);
		break;
	case CONFIG_KIND_NUMBER:
	case CONFIG_KIND_BYTES:
	case CONFIG_KIND_TIME:
		measure_text(key, *(const uint64_t *)field, out);
		break;
	case CONFIG_KIND_RATIO:
		snprintf(out, sizeof(out), "%g", *(const double *)field);
		break;
	case CONFIG_KIND_WORD:
		snprintf(out, sizeof(out), "%s", key->words[*(const unsigned *)field]);
		break;
	default:
		break;
	}
	if (*out)
		printf("; default %s", out);
}

static void print_value(const struct config_key *key, const void *defaults)
{
	print_allowed(key);
	if (key->standard) {
		fputs("; default ", stdout);
		roff_text(key->standard, strlen(key->standard));
	} else if (key->required) {
		fputs("; required", stdout);
	} else if (defaults) {
		print_stored(key, defaults);
	}
}

bool tables_key(enum book book, const char *path)
{
	struct told *told = find(book, path, false);
	if (!told)
		return false;
	told->told = true;
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
	printf(".TP\n\\fB%s\\fR (", name);
	print_value(told->key, told->defaults);
	puts(")");
	return true;
}

/* ---- steps ---- */

static const struct config_section *section_of(const char *name)
{
	for (unsigned i = 0; i < STEP_KINDS; i++) {
		if (strcmp(step_kind_name((enum step_kind)i), name) == 0)
			return scenario_form_of((enum step_kind)i)->section;
	}
	return NULL;
}

bool tables_step(const char *name)
{
	struct told *told = find(BOOK_SCENARIO, name, true);
	if (told)
		told->told = true;
	return told != NULL;
}

void tables_step_keys(const char *name)
{
	const struct config_section *section = section_of(name);
	for (size_t i = 0; section && i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];
		if (key->kind == CONFIG_KIND_OTHER || key->kind == CONFIG_KIND_SECTION)
			continue;
		puts(".br");
		printf("\\fB%s\\fR: ", key->name);
		print_value(key, NULL);
		putchar('\n');
	}
}

/* The keys of its form, and behind them those of the mappings within it. */
const char *tables_step_key(const char *name, size_t index)
{
	const struct config_section *section = section_of(name);
	if (!section)
		return NULL;
	if (index < section->key_count)
		return section->keys[index].name;
	index -= section->key_count;
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_section *inner = section->keys[i].inner;
		if (inner && index < inner->key_count)
			return inner->keys[index].name;
		index -= inner ? inner->key_count : 0;
	}
	return NULL;
}

bool tables_all_told(enum book book)
{
	bool all = true;
	fill(book);
	for (size_t i = 0; i < counts[book]; i++) {
		if (!books[book][i].told)
			fprintf(stderr, "nothing is said of the %s '%s'\n",
				books[book][i].key ? "key" : "step", books[book][i].path);
		all = all && books[book][i].told;
	}
	return all;
}
