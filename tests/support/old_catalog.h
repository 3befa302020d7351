/*
 * old_catalog.h: catalogs of formats that are no longer made, to be brought up to date again.
 */
#ifndef LINCKIA_TESTS_SUPPORT_OLD_CATALOG_H
#define LINCKIA_TESTS_SUPPORT_OLD_CATALOG_H

#include <stdbool.h>

/* Makes of the catalog at `path`, which is of today and not in use, one of that format. False: SQLite does not. */
bool old_catalog_make(const char *path, int format);

#endif
