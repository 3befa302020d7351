#include "tests/support/one_store.h"

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
