#include "tests/support/one_world.h"

struct scratch scratch;
struct env_mock mock;
struct error error;

void one_world_make(void)
{
	scratch_make(&scratch);
	env_mock_init(&mock);
}

void one_world_remove(void)
{
	env_mock_release(&mock);
	scratch_remove(&scratch);
}
