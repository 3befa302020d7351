#include "tests/support/one_world.h"

struct scratch scratch;
struct env_mock mock;
struct error error;

int one_world_make(void **state)
{
	(void)state;
	scratch_make(&scratch);
	env_mock_init(&mock);
	return 0;
}

int one_world_remove(void **state)
{
	(void)state;
	env_mock_release(&mock);
	scratch_remove(&scratch);
	return 0;
}
