/*
 * allocate.h: memory for the commands, which have nothing better to do without it than to stop.
 *
 * All functions end the process with exit status 1 and a message when there is no memory; nothing that
 * a store acknowledged depends on how a process ends (invariant 1). Any thread.
 */
#ifndef LINCKIA_CLI_ALLOCATE_H
#define LINCKIA_CLI_ALLOCATE_H

#include <stddef.h>

/* `count` times `size` bytes, zeroed; never NULL. The caller frees them. */
void *allocate(size_t count, size_t size);

/* Grows or makes an array of `count` elements of `size` bytes; never NULL. New bytes are not zeroed. */
void *allocate_again(void *array, size_t count, size_t size);

/* A copy of the first `length` bytes of `text`, and a NUL. */
char *allocate_text(const char *text, size_t length);

/* Text made as printf() would. */
char *allocate_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
