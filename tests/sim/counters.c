#include "counters.h"

#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>

atomic_uint_fast64_t *counters;

void counters_init(void)
{
	counters = mmap(NULL, COUNTER_COUNT * sizeof(*counters), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(counters != MAP_FAILED);
}

void count_many(enum counter counter, uint64_t times)
{
	atomic_fetch_add(&counters[counter], times);
}

void count(enum counter counter)
{
	count_many(counter, 1);
}

unsigned counters_print(void)
{
#define COUNTER_TEXT(name, text) [COUNT_##name] = (text),
	static const char *const texts[] = {COUNTERS(COUNTER_TEXT)};
	unsigned missing = 0;
	for (size_t i = 0; i < COUNTER_COUNT; i++) {
		uint64_t times = atomic_load(&counters[i]);
		missing += times == 0;
		printf("%10llu  %s\n", (unsigned long long)times, texts[i]);
	}
	return missing;
}
