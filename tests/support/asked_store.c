#include "tests/support/asked_store.h"

struct asking asking;

void asked_store_begin(unsigned nodes, const char *settings)
{
	store_fixture_make(&fixture, nodes, settings);
	asking_begin(&asking, fixture.store);
}

int asked_store_make(void **state)
{
	one_store_make(state);
	asking_begin(&asking, fixture.store);
	return 0;
}

int asked_store_clean(void **state)
{
	asking_end(&asking);
	return one_store_clean(state);
}
