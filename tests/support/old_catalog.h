/*
 * old_catalog.h: what makes a catalog of today one of format 1, to be brought up to date again.
 */
#ifndef LINCKIA_TESTS_SUPPORT_OLD_CATALOG_H
#define LINCKIA_TESTS_SUPPORT_OLD_CATALOG_H

/* SQL statements, each on its own; NULL ends them. */
extern const char *const old_catalog_statements[];

#endif
