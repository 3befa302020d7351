/*
 * folder.h: whole folders: copied, listed. What fails ends the process with a sentence.
 */
#ifndef LINCKIA_TESTS_CRASH_FOLDER_H
#define LINCKIA_TESTS_CRASH_FOLDER_H

#include "tests/crash/lines.h"

/* Files keep their bytes, modes and times; large ones without a byte that is not 0 stay without blocks. */
void folder_copy(const char *from, const char *to);

/*
 * Adds "F path" for each file and folder below, digits replaced: what may differ from one run to the next is
 * in digits. Chunk files are left out.
 */
void folder_list(const char *path, struct lines *lines);

/* How many good copies a chunk has below `path`/node-N/chunks, whatever the catalog says: adds "K sha256 count". */
void folder_count_copies(const char *path, struct lines *lines);
unsigned copies_of(const struct lines *counted, const char *sha256);

#endif
