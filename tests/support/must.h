/*
 * must.h: what test programs that are not unit tests share. Whatever fails here ends the process with a sentence.
 *
 * Nothing of the engine is used, so that those who look past it can.
 */
#ifndef LINCKIA_TESTS_SUPPORT_MUST_H
#define LINCKIA_TESTS_SUPPORT_MUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says what is wrong and exits with 2, at once: a forked process leaves to its parent what that has yet to write. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
void *must_calloc(size_t count, size_t size);
void *must_grow(void *array, size_t count, size_t size);
/* asprintf(). */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);

/* The number that the text begins with; `otherwise` where there is no text. */
uint64_t number_or(const char *written, uint64_t otherwise);

enum { MUST_FOLDER_MAX = 200 };
/*
 * Makes a folder whose name begins with `name`, below the one that the variable `setting` names, else /dev/shm or
 * /tmp. Its path has at most MUST_FOLDER_MAX bytes, so that there is room for paths below it. The caller frees the
 * path.
 */
char *must_make_folder(const char *setting, const char *name);
/* The bytes of a file, NUL after the last. */
unsigned char *read_file(const char *path, size_t *size);
void write_file(const char *path, const void *data, size_t size);
/* Removes what there is at a path, with everything below it. */
void remove_tree(const char *path);

/* Whether the SHA-256 of the file's bytes is `hex`. False, too, when there is no file, or a link. */
bool file_has_digest(const char *path, const char *hex);

#endif
