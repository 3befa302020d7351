/*
 * fuzz_journal.c: journals and copies of the catalog as nodes may hold them. A catalog is regrown from what is there;
 * what it then names is there in full, or it is said what is missing.
 *
 * An input is a list of files with a byte 0xff between them; the first byte of each says which. Lines are given the
 * check that they should have, so that more than checks is put to the test, unless the file is to be left as it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/fact.h"
#include "engine/store.h"
#include "tests/fuzz/store.h"

enum { FILES_MAX = 16 };

/* Which file: its node, its kind, its number, and whether its checks are made right. */
struct place {
	int node;
	enum journal_kind kind;
	uint64_t number;
	bool sealed;
};

static struct place place_of(uint8_t byte)
{
	static const uint64_t numbers[] = {0, 3, 7, 12};
	return (struct place){.node = 1 + (byte & 3) % FUZZ_STORE_NODES,
		.kind = byte & 4 ? JOURNAL_COPY : JOURNAL_RECORDS,
		.number = numbers[byte >> 3 & 3],
		.sealed = !(byte & 32)};
}

/* Appends the line with its check made right. */
static void seal(FILE *out, const char *line, size_t length)
{
	static const char key[] = ",\"check\":\"";
	char hex[DIGEST_HEX_SIZE];
	size_t tail = sizeof(key) - 1 + FACT_CHECK_SIZE - 1 + 2;
	if (length > tail && memcmp(line + length - tail, key, sizeof(key) - 1) == 0)
		length -= tail;
	else if (length > 0 && line[length - 1] == '}')
		length--;
	struct digest digest = digest_of(line, length);
	digest_hex(&digest, hex);
	fwrite(line, 1, length, out);
	fprintf(out, "%s%.16s\"}\n", key, hex);
}

static void write_file(const struct place *place, const char *text, size_t length)
{
	char name[128], file[JOURNAL_NAME_SIZE], *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	FUZZ_CHECK(out);
	for (size_t at = 0; place->sealed && at < length;) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t line = end ? (size_t)(end - text) - at : length - at;
		seal(out, text + at, line);
		at += line + 1;
	}
	if (!place->sealed)
		fwrite(text, 1, length, out);
	FUZZ_CHECK(fclose(out) == 0);
	snprintf(name, sizeof(name), "node-%d/%s", place->node,
		journal_file_name(place->kind, place->number, file));
	fuzz_store_write(name, bytes, size);
	free(bytes);
}

static void write_files(struct fuzz_input *input)
{
	for (int i = 0; i < FILES_MAX && input->left > 0; i++) {
		struct place place = place_of(fuzz_take_byte(input));
		const uint8_t *end = memchr(input->at, 0xff, input->left), *bytes;
		size_t length = fuzz_take_bytes(input, end ? (size_t)(end - input->at) : input->left, &bytes);
		write_file(&place, (const char *)bytes, length);
		fuzz_take_byte(input);
	}
}

/* The end of each journal is where reading it from its beginning ends, too. */
static void check_ends(void)
{
	for (int node = 1; node <= FUZZ_STORE_NODES; node++) {
		char path[64];
		struct journal_end end = {.known = false};
		struct journal_lines lines;
		struct journal_record record;
		uint64_t damaged = 0, last = 0;
		snprintf(path, sizeof(path), "store/node-%d", node);
		int root = open(scratch_path(fuzz_folder(), path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		FUZZ_CHECK(root >= 0);
		bool known = journal_look(env_real(), root, &end) == 0;
		FUZZ_CHECK(known == end.known);
		FUZZ_CHECK(!known || (end.size <= end.file_size && end.sequence <= INT64_MAX));
		if (known && end.present &&
			journal_lines_open(&lines, env_real(), root, JOURNAL_RECORDS, end.base) == 0) {
			while (journal_record_next(&lines, &record, &damaged) == 1) {
				FUZZ_CHECK(record.start < record.end && record.previous < record.sequence);
				last = record.end;
			}
			FUZZ_CHECK(last <= end.file_size + 1);
			journal_lines_close(&lines);
		}
		close(root);
	}
}

static void note(void *context, const char *sentence)
{
	FUZZ_CHECK(sentence[0] != '\0');
	++*(unsigned *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct error error;
	struct rebuild_result result;
	unsigned sentences = 0;
	error_clear(&error);
	fuzz_store_reset();
	for (int node = 1; node <= FUZZ_STORE_NODES; node++) {
		char folder[64];
		snprintf(folder, sizeof(folder), "node-%d/journal", node);
		fuzz_store_clear(folder);
		snprintf(folder, sizeof(folder), "node-%d/catalog", node);
		fuzz_store_clear(folder);
	}
	unsigned steps = fuzz_take_byte(&input) % 16;
	write_files(&input);
	check_ends();
	struct rebuild_options options = {.force = true, .report = note, .context = &sentences};
	if (store_rebuild_in(fuzz_store_env(), fuzz_store_config(), &options, &result, &error) < 0)
		fuzz_check_error(&error);
	else
		FUZZ_CHECK(result.nodes == FUZZ_STORE_NODES);
	fuzz_store_examine(steps);
	return 0;
}
