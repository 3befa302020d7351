/*
 * drafts.h: what processes that were killed left beside the catalog: files that never got their name.
 */
#ifndef LINCKIA_ENGINE_DRAFTS_H
#define LINCKIA_ENGINE_DRAFTS_H

/*
 * What is made under another name first is called after what it becomes, with this and letters and digits of its own.
 */
#define DRAFT_ENDING ".new-"
/* The folder in which a rebuild makes a catalog. */
#define DRAFT_REBUILD "regrowing"

/*
 * Removes all of them from the store's folder. For whoever holds the maintenance role, without which no rebuild goes
 * on; any other draft that is just being made has no use any more, since what it would become is there. Blocks on the
 * disk; what cannot be removed stays until the next time.
 */
void drafts_remove(const char *store);

/* Removes a folder with the files in it. */
void drafts_remove_folder(const char *path);

#endif
