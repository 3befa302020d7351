/*
 * next.c: see next.h.
 */
#include "tests/crash/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/raw.h"

void next_find(const char *name, void *pointer)
{
	void *found = dlsym(RTLD_NEXT, name);
	if (!found) {
		static const char text[] = "interposer: a function of the C library is missing\n";
		raw_write(2, text, sizeof(text) - 1);
		abort();
	}
	memcpy(pointer, &found,
		sizeof(found)); /* ISO C has no cast from an object's address to a function's */
}

struct call call_of_fd(enum call_kind kind, const char *function, int fd)
{
	return (struct call){.kind = kind, .function = function, .fd = fd, .folder = -1, .new_folder = -1};
}

struct call call_of_path(enum call_kind kind, const char *function, int folder, const char *path)
{
	struct call call = call_of_fd(kind, function, -1);
	call.folder = folder;
	call.path = path;
	return call;
}

bool call_begins(struct call *call)
{
	int before = errno, number = policy_before(call);
	errno = number ? number : before;
	return number == 0;
}

int64_t call_ends(const struct call *call, int64_t result)
{
	int number = errno;
	policy_after(call, result, result < 0 ? number : 0);
	errno = number;
	return result;
}
