/*
 * recording_append.c: the parts of an entry. The driver and the preloaded recorder, which writes by other means,
 * share it.
 */
#include <string.h>

#include "recording.h"

size_t recording_parts(struct recorded *entry, const char *name, const char *name2, const void *data,
	struct iovec parts[RECORDING_PARTS])
{
	entry->name_bytes = *name ? (uint32_t)strlen(name) + 1 : 0;
	entry->name2_bytes = *name2 ? (uint32_t)strlen(name2) + 1 : 0;
	entry->bytes = (uint32_t)sizeof(*entry) + entry->name_bytes + entry->name2_bytes + entry->data_bytes;
	parts[0] = (struct iovec){entry, sizeof(*entry)};
	parts[1] = (struct iovec){(char *)name, entry->name_bytes};
	parts[2] = (struct iovec){(char *)name2, entry->name2_bytes};
	parts[3] = (struct iovec){(void *)data, entry->data_bytes};
	return entry->bytes;
}
