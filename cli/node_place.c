#include "cli/node_place.h"

#include <sys/stat.h>

#include "cli/message.h"
#include "engine/engine.h"

bool node_place_is_odd(const char *path, const char *const *others, size_t count)
{
	struct stat root, own, other;
	if (stat("/", &root) < 0 || stat(path, &own) < 0 || own.st_dev != root.st_dev)
		return false;
	for (size_t i = 0; i < count; i++)
		if (stat(others[i], &other) == 0 && other.st_dev != root.st_dev)
			return true;
	return false;
}

void node_place_warn(const char *path, const char *const *others, size_t count)
{
	struct error warning;
	if (!node_place_is_odd(path, others, count))
		return;
	error_set(&warning, ERROR_UNAVAILABLE,
		"%s is on the disk of the system, unlike other nodes; if a disk was to be mounted there, "
		"take the node out with 'linckia node rm', mount the disk, and add the node again",
		path);
	message_warning(&warning);
}
