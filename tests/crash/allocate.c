/*
 * allocate.c: wrappers around the allocation of memory. A shared object of its own, to be preloaded behind the
 * interposer
 * where allocations are to fail, so that other runs pay nothing for it. What the C library allocates for itself, in
 * strdup() or asprintf(), comes through here as well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/next.h"

/*
 * dlsym() may allocate before the first function is found; what it gets then is from here, and never given back.
 */
static _Alignas(16) char early[16384];
static size_t early_used;
static _Thread_local int finding;

static void *take_early(size_t size)
{
	size = (size + 15) / 16 * 16;
	if (size > sizeof(early) - early_used)
		abort();
	void *memory = early + early_used;
	early_used += size;
	return memory;
}

static bool is_early(const void *memory)
{
	return (const char *)memory >= early && (const char *)memory < early + sizeof(early);
}

static bool allows(const char *function, size_t size)
{
	struct call call = call_of_fd(CALL_MEMORY, function, -1);
	call.size = size;
	return call_begins(&call);
}

#define FIND(function)                                                                                       \
	static __typeof__(function) *next;                                                                   \
	if (!next) {                                                                                         \
		finding++;                                                                                   \
		next_find(#function, &next);                                                                 \
		finding--;                                                                                   \
	}

EXPORT void *malloc(size_t size)
{
	if (finding)
		return take_early(size);
	FIND(malloc);
	return allows("malloc", size) ? next(size) : NULL;
}

EXPORT void *calloc(size_t count, size_t size)
{
	if (finding)
		return take_early(count * size);
	FIND(calloc);
	return allows("calloc", count * size) ? next(count, size) : NULL;
}

EXPORT void *realloc(void *memory, size_t size)
{
	FIND(realloc);
	if (is_early(memory)) {
		void *copy = malloc(size);
		size_t room = (size_t)(early + sizeof(early) - (char *)memory);
		return copy ? memcpy(copy, memory, size < room ? size : room) : NULL;
	}
	return allows("realloc", size) ? next(memory, size) : NULL;
}

EXPORT void *reallocarray(void *memory, size_t count, size_t size)
{
	FIND(reallocarray);
	return allows("reallocarray", count * size) ? next(memory, count, size) : NULL;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	FIND(aligned_alloc);
	return allows("aligned_alloc", size) ? next(alignment, size) : NULL;
}

EXPORT int posix_memalign(void **memory, size_t alignment, size_t size)
{
	FIND(posix_memalign);
	return allows("posix_memalign", size) ? next(memory, alignment, size) : ENOMEM;
}

/* dlsym() may also give back what an earlier failure of it had to say; that stays. */
EXPORT void free(void *memory)
{
	if (finding || is_early(memory))
		return;
	FIND(free);
	next(memory);
}

/*
 * The leak sanitizer knows by its caller what the dynamic linker keeps for itself. Its caller is in here now, so it
 * has to be told; this is the name by which it asks.
 */
EXPORT const char *__lsan_default_suppressions(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__lsan_default_suppressions(void)         /* NOLINT(bugprone-reserved-identifier) */
{
	return "leak:ld-linux";
}
