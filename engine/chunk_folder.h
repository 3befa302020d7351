/*
 * chunk_folder.h: what lies in a node's folders, as names and sizes: for whoever has to look at all of it.
 */
#ifndef LINCKIA_ENGINE_CHUNK_FOLDER_H
#define LINCKIA_ENGINE_CHUNK_FOLDER_H

#include "engine/digest.h"
#include "engine/error.h"
#include "engine/node.h"

enum { CHUNK_SHARDS = 256 };

/* One file; `folder` is a descriptor of where it lies, and lives during the call, as all of it does. */
struct chunk_folder_file {
	int folder;
	const char *name;
	bool named;           /* after a digest, to which in quarantine a number may be added: */
	struct digest digest; /* that one */
};
typedef int chunk_folder_visit(void *context, const struct chunk_folder_file *file);

/*
 * Visits what is in one of the folders 00 … ff of what is open as `chunks`, or in quarantine/, in the order of the
 * names, which depends on nothing else (a folder of more than 262,144 in several such runs), until `visit` returns
 * other than 0, which is the result. A folder that is not there is empty; -1 with errno when it cannot be read.
 * `visit` may unlink the file.
 */
MUST_CHECK int chunk_folder_each(int chunks, unsigned shard, chunk_folder_visit *visit, void *context);
MUST_CHECK int chunk_folder_each_quarantined(
	const struct node_attachment *node, chunk_folder_visit *visit, void *context);

#endif
