#include "tests/support/one_store.h"

#include <string.h>

struct store_fixture fixture;

int one_store_make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3, NULL);
	return 0;
}

int one_store_clean(void **state)
{
	(void)state;
	store_fixture_remove(&fixture);
	return 0;
}

void one_store_put(const char *name, size_t size, uint64_t seed)
{
	scratch_write_seeded(&fixture.scratch, "source", size, seed);
	store_fixture_put(&fixture, "source", name);
}

struct catalog_chunk one_store_first_chunk(void)
{
	struct catalog_chunk chunk;
	assert_int_equal(catalog_page_chunks(fixture.store->reader, 0, 0, &chunk, 1, &fixture.error), 1);
	return chunk;
}

const struct view *one_store_look(void)
{
	const struct view *view;
	check(store_view(fixture.store, 10, &view, &fixture.error));
	return view;
}

void one_store_expect_failure(enum error_code code, const char *part)
{
	if (fixture.error.code != code || !strstr(fixture.error.message, part))
		fail_msg("said: %s", fixture.error.message);
}
