#include "cli/exposition.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"

#define PREFIX "linckia_"

const struct sample_label no_labels[SAMPLE_LABELS];

bool exposition_is_key(const char *key)
{
	static const char others[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	const char *letters = others + 10;
	size_t length = strlen(key);
	return length > 0 && strspn(key, others) == length && strchr(letters, key[0]) &&
	       strncmp(key, "__", 2) != 0;
}

static void write_label(FILE *out, const struct sample_label *label)
{
	size_t length = strlen(label->value), size = TEXT_ESCAPED_SIZE(length);
	char *harmless = allocate(size, 1);
	text_escape(harmless, size, label->value, length, false);
	fprintf(out, "%s=\"", label->key);
	for (const char *c = harmless; *c; c++) {
		assert(*c != '\n');
		if (*c == '"' || *c == '\\')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
	free(harmless);
}

/* NULL when memory was short. */
static char *write_shared(const struct sample_label *labels, size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	for (size_t i = 0; out && i < count; i++) {
		assert(exposition_is_key(labels[i].key));
		if (i > 0)
			fputc(',', out);
		write_label(out, &labels[i]);
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

void exposition_begin(struct exposition *page, const struct sample_label *shared, size_t count)
{
	*page = (struct exposition){.shared = write_shared(shared, count)};
	page->out = open_memstream(&page->text, &page->size);
}

char *exposition_end(struct exposition *page)
{
	bool whole = page->out && page->shared;
	if (whole)
		whole = fputs("# EOF\n", page->out) >= 0 && !ferror(page->out);
	if (page->out && fclose(page->out) != 0)
		whole = false;
	free(page->shared);
	if (whole)
		return page->text;
	free(page->text);
	return NULL;
}

static void begin_family(struct exposition *page, const char *name, const char *help)
{
	assert(!strpbrk(help, "\\\n"));
	page->family = name;
	if (page->out)
		fprintf(page->out, "# HELP " PREFIX "%s %s\n", name, help);
}

static bool ends_in(const char *name, const char *ending)
{
	size_t length = strlen(name), part = strlen(ending);
	return length > part && name[length - part - 1] == '_' && strcmp(name + length - part, ending) == 0;
}

void exposition_gauge(struct exposition *page, const char *name, const char *unit, const char *help)
{
	assert(!ends_in(name, "total") && (!unit || ends_in(name, unit)));
	begin_family(page, name, help);
	if (!page->out)
		return;
	fprintf(page->out, "# TYPE " PREFIX "%s gauge\n", name);
	if (unit)
		fprintf(page->out, "# UNIT " PREFIX "%s %s\n", name, unit);
}

void exposition_total(struct exposition *page, const char *name, const char *help)
{
	assert(ends_in(name, "total"));
	begin_family(page, name, help);
}

/* Whether there is a page to write the value to, which the caller does next. */
static bool begin_sample(struct exposition *page, const struct sample_label labels[SAMPLE_LABELS])
{
	if (!page->out || !page->shared)
		return false;
	bool any = *page->shared != '\0';
	fprintf(page->out, PREFIX "%s%s%s", page->family, any ? "{" : "", page->shared);
	for (size_t i = 0; i < SAMPLE_LABELS && labels[i].key; i++) {
		fputc(any ? ',' : '{', page->out);
		write_label(page->out, &labels[i]);
		any = true;
	}
	fputs(any ? "} " : " ", page->out);
	return true;
}

void exposition_integer(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], uint64_t value)
{
	if (begin_sample(page, labels))
		fprintf(page->out, "%" PRIu64 "\n", value);
}

void exposition_decimal(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], double value)
{
	if (begin_sample(page, labels))
		fprintf(page->out, "%.6f\n", value);
}

void exposition_time(
	struct exposition *page, const struct sample_label labels[SAMPLE_LABELS], int64_t milliseconds)
{
	assert(milliseconds >= 0);
	if (begin_sample(page, labels))
		fprintf(page->out, "%" PRId64 ".%03d\n", milliseconds / 1000, (int)(milliseconds % 1000));
}
