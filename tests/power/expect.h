/*
 * expect.h: what a store has to hold after the commands that ended well: names, versions, snapshots.
 *
 * A content is named by its path below the folder of sources (source.h). What a command does is said in words:
 * "x=a", the name x has the content a now; "x=-", the name is gone; "x~a", that version may go; "+s" and "-s", a
 * snapshot of all names is made or goes. "d/ *=e/ *" (without the blanks) stands for each of the small files.
 */
#ifndef LINCKIA_TESTS_POWER_EXPECT_H
#define LINCKIA_TESTS_POWER_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

enum { SMALL_FILES = 12 };

struct pair {
	char *name, *content;
};
struct pairs {
	struct pair *list;
	size_t count;
};

struct held {
	char *name;
	struct pairs now;
};

struct expect {
	struct pairs now;
	struct pairs versions; /* of any name, each to be got */
	struct held *snapshots;
	size_t snapshot_count;
};

/* The content that a name has; NULL: there is no such name. */
const char *pairs_find(const struct pairs *pairs, const char *name);
bool pairs_have(const struct pairs *pairs, const char *name, const char *content);

struct expect expect_copy(const struct expect *from);
void expect_release(struct expect *expect);
void expect_apply(struct expect *expect, const char *effect);
const struct held *expect_snapshot(const struct expect *expect, const char *name);

#endif
