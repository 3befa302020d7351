/*
 * look.h: what a store says of itself, as lines, through the engine in this process; and what is really on its nodes.
 *
 *   C name kind copies sha256   is current
 *   V name@number kind sha256   is a version; its bytes were fetched and have that digest
 *   D name state                is a node
 *   S name                      is a snapshot
 *   N snapshot name sha256      is in a snapshot
 *   H code                      is a reason why the store is not healthy
 *   F path                      is a file (folder.h)
 *   W sha256 want               is a chunk of which so many copies are wanted
 */
#ifndef LINCKIA_TESTS_CRASH_LOOK_H
#define LINCKIA_TESTS_CRASH_LOOK_H

#include "tests/crash/lines.h"

/*
 * Opens the store in `folder`/s and adds its lines C, V, S, N, D. Versions are looked for of all names that
 * are current or in a
 * snapshot, and of those in `names`. With `may_be_none`, false when there is no store that can be opened.
 */
bool look_at_store(const char *folder, const struct lines *names, bool may_be_none, struct lines *found);

/* Adds W of all chunks; they are what the catalog says. */
void look_at_chunks(const char *folder, struct lines *found);

/*
 * Lets maintenance repair and collect until nothing but what is in `allowed` (NULL: anything) keeps the store
 * from being
 * healthy, and adds its lines H. Then looks at the disks: every chunk must have as many good copies as are
 * wanted, and there
 * must be nothing else.
 */
void look_settled(const char *folder, const struct lines *allowed, struct lines *found);

#endif
