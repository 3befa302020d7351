#include "engine/config_path.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Appends the parts of `path` to the absolute path in `out`, which is `used` long; returns the new length. */
static size_t append_parts(char *out, size_t used, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");
		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (used > 0 && out[--used] != '/')
				;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			out[used++] = '/';
			memcpy(out + used, path, length);
			used += length;
		}
		path += length;
		path += *path == '/';
	}
	return used;
}

char *config_path_resolve(const char *base, const char *path)
{
	assert(base[0] == '/');
	char *out = malloc(strlen(base) + strlen(path) + 4);
	if (!out)
		return NULL;
	size_t used = path[0] == '/' ? 0 : append_parts(out, 0, base);
	used = append_parts(out, used, path);
	if (used == 0)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}

/* `path` by its letters, seen from the working directory (or from / when even that is gone). */
static char *resolve_here(const char *path)
{
	char *here = getcwd(NULL, 0);
	if (!here && errno == ENOMEM)
		return NULL;
	char *resolved = config_path_resolve(here && here[0] == '/' ? here : "/", path);
	free(here);
	return resolved;
}

char *config_path_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	assert(slash);
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

char *config_path_of_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *given = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!given)
		return NULL;
	char *folder = realpath(given, NULL);
	if (!folder && errno != ENOMEM)
		folder = resolve_here(given);
	free(given);
	if (!folder)
		return NULL;
	char *file = config_path_resolve(folder, name);
	free(folder);
	return file;
}
