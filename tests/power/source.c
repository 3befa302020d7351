#include "source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "expect.h"
#include "draw.h"
#include "tests/support/must.h"

static struct source *sources;
static size_t source_count;

static void make(char *name, size_t size)
{
	sources = must_grow(sources, source_count + 1, sizeof(*sources));
	struct source *source = &sources[source_count++];
	struct draw draw = {source_count};
	*source = (struct source){.name = name, .bytes = must_calloc(size, 1), .size = size};
	for (size_t i = 0; i < size; i++)
		source->bytes[i] = (unsigned char)draw_bits(&draw);
	struct digest digest = digest_of(source->bytes, size);
	digest_hex(&digest, source->digest);
}

void sources_make(void)
{
	make(text("tiny"), 300);
	make(text("one"), 60000);
	make(text("two"), 150000);
	make(text("alt"), 140001);
	make(text("many"), 700000);
	for (size_t i = 0; i < SMALL_FILES; i++) {
		make(text("d/%02zu", i), 500 + 700 * i);
		make(text("e/%02zu", i), 900 + 600 * i);
	}
}

void sources_write(const char *folder)
{
	static const char *const below[] = {"", "/d", "/e"};
	for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++) {
		char *path = text("%s%s", folder, below[i]);
		mkdir(path, 0700);
		free(path);
	}
	for (size_t i = 0; i < source_count; i++) {
		char *path = text("%s/%s", folder, sources[i].name);
		write_file(path, sources[i].bytes, sources[i].size);
		free(path);
	}
}

const struct source *source_find(const char *name)
{
	for (size_t i = 0; i < source_count; i++)
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
	die("there is no content '%s'", name);
}

bool source_has_digest(const char *name, const char *hex)
{
	return strcmp(source_find(name)->digest, hex) == 0;
}
