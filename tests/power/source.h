/*
 * source.h: the contents that are put into stores, the same each time.
 */
#ifndef LINCKIA_TESTS_POWER_SOURCE_H
#define LINCKIA_TESTS_POWER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/digest.h"

struct source {
	char *name;
	unsigned char *bytes;
	size_t size;
	char digest[DIGEST_HEX_SIZE];
};

/* Once, before anything else here is called. */
void sources_make(void);
/* Makes the folder with all of them. */
void sources_write(const char *folder);
const struct source *source_find(const char *name);
bool source_has_digest(const char *name, const char *hex);

#endif
