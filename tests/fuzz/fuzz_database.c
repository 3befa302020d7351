/*
 * fuzz_database.c: the file catalog.db with other bytes in it, as a disk or a program that writes into it may leave
 * it. An input is a list of places and what stands there.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	size_t length, count;
	const uint8_t *bytes;
	fuzz_store_reset();
	const uint8_t *whole = fuzz_store_catalog_bytes(&length);
	uint8_t *catalog = malloc(length);
	FUZZ_CHECK(catalog);
	memcpy(catalog, whole, length);
	unsigned steps = fuzz_take_byte(&input) % 16;
	size_t end = fuzz_take_number(&input, 3) % (4 * length);
	while (input.left > 0) {
		size_t at = fuzz_take_number(&input, 3) % length;
		count = fuzz_take_bytes(&input, 1 + fuzz_take_byte(&input) % 16, &bytes);
		memcpy(catalog + at, bytes, count < length - at ? count : length - at);
	}
	/* Most are as long as they were. */
	fuzz_store_write("catalog.db", catalog, end < length && end > 0 ? end : length);
	free(catalog);
	fuzz_store_examine(steps);
	return 0;
}
