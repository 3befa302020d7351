/*
 * walk.h: what walk.c's parts share: one store, as the catalog describes it and as it lies on the nodes. walk.c tells
 * what it is all for. Whatever fails ends the program.
 */
#ifndef LINCKIA_TESTS_WALK_H
#define LINCKIA_TESTS_WALK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST = 32, PLACES_MAX = 32 };

struct node {
	int64_t id;
	char *name, *uuid;
	const char *path, *identity; /* NULL when the node is not given */
	uint64_t placed, files, bytes, bad, strays, found, misnamed;
};

struct copyset {
	int64_t id;
	int want, count;
	int64_t nodes[PLACES_MAX];
};

struct chunk {
	unsigned char digest[DIGEST];
	int64_t size;
	const struct copyset *copyset;
	uint32_t good; /* bits by place in the copyset */
};

struct file {
	struct node *node;
	char *path;
	unsigned char name[DIGEST], content[DIGEST];
	int64_t bytes; /* negative: gone since it was listed */
};

struct walk {
	sqlite3 *database;
	struct node *nodes;
	struct copyset *copysets;
	struct chunk *chunks; /* by digest */
	struct file *files;
	size_t node_count, copyset_count, chunk_count, file_count;
};
extern struct walk walk;

/* walk_catalog.c: one read transaction spans all queries, so that they show one state. */
void catalog_read(const char *store);
sqlite3_stmt *catalog_query(const char *sql);
/* The next row, or false after the last one; then the statement can be used again. */
bool catalog_row(sqlite3_stmt *statement);
void catalog_digest(unsigned char digest[DIGEST], sqlite3_stmt *statement, int column);
struct node *find_node(int64_t id);
struct chunk *find_chunk(const unsigned char digest[DIGEST]);

/* walk_files.c: lists and hashes the chunk files of all given nodes, and fills in the counts of nodes and chunks. */
void files_read(void);
/* Feeds an EVP_MD_CTX the file's bytes from `offset` on, up to `length`. How many there were; -1 without a file. */
int64_t file_feed(void *digest, const char *path, int64_t offset, int64_t length);

#endif
