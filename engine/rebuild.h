/*
 * rebuild.h: regrowing the catalog from the nodes.
 *
 *   rebuild.c          from what is wrong, and who may not be disturbed, to the new catalog in the old one's place
 *   rebuild_source.c   the nodes that are there, and what copies of the catalog and records they have
 *   rebuild_replay.c   the newest history that they have together, into a new catalog
 *   rebuild_chunks.c   which chunks are where
 */
#ifndef LINCKIA_ENGINE_REBUILD_H
#define LINCKIA_ENGINE_REBUILD_H

#include "engine/catalog_regrow.h"
#include "engine/config.h"
#include "engine/engine.h"
#include "engine/journal_file.h"
#include "engine/node.h"

/* A node that is there, and where its records have been read to. */
struct rebuild_source {
	const char *name; /* the config's */
	char uuid[UUID_SIZE];
	int root;
	uint16_t id; /* in the new catalog; 0: it is not in it */

	uint64_t *copies; /* numbers, ascending */
	size_t copy_count;
	uint64_t *files; /* of records, ascending */
	size_t file_count;
	size_t next_file;
	struct journal_lines lines; /* of the file before that one, if it is open */
	struct journal_record head; /* the next record that was not used */
	bool has_head;
	uint64_t head_file;
	bool unread; /* its disk did not give out all that it has, damaged or not */
};

struct rebuild {
	const struct env *env;
	const struct config *config;
	const struct rebuild_options *options;
	struct rebuild_result *result;
	char store_uuid[UUID_SIZE];
	struct rebuild_source *sources;
	size_t source_count;
	struct catalog *catalog; /* the new one */
	uint64_t sequence;       /* of the last record in it */
	char history[UUID_SIZE];
	uint64_t pending; /* facts in the transaction under way */
	struct catalog_absent absent;
};

void rebuild_say(struct rebuild *rebuild, const char *format, ...) PRINTF_LIKE(2, 3);
/* Whether to give up: then with the sentence. */
MUST_CHECK int rebuild_check_cancel(struct rebuild *rebuild, struct error *error);

/* ---- rebuild_source.c ---- */

/* Finds the nodes of the config that are there; all must be of one store. */
MUST_CHECK int rebuild_find_sources(struct rebuild *rebuild, struct error *error);
void rebuild_free_sources(struct rebuild *rebuild);
/* What there is of their journals, once nobody adds to them any more. */
void rebuild_list_journals(struct rebuild *rebuild);
/* The next record of a source into its `head`. A file that cannot be read counts as ended there. */
void rebuild_advance(struct rebuild *rebuild, struct rebuild_source *source);

/* ---- rebuild_replay.c ---- */

/*
 * Takes in the newest copy of the catalog that is whole, and all records after it. Refuses to, unless it is
 * forced, where disks that are there keep what they know from so many journals that a record which was
 * acknowledged may be among it.
 */
MUST_CHECK int rebuild_replay(struct rebuild *rebuild, struct error *error);

/* ---- rebuild_chunks.c ---- */

/* Looks through the chunk folders of all sources. */
MUST_CHECK int rebuild_take_inventory(struct rebuild *rebuild, struct error *error);

#endif
