/*
 * width.h: how wide an escaped text is on a terminal. Pure.
 */
#ifndef LINCKIA_CLI_WIDTH_H
#define LINCKIA_CLI_WIDTH_H

#include <stddef.h>

/* Columns of `text`. */
size_t width_of(const char *text);

/* The length in bytes of as much of `text` as fits into `columns`. */
size_t width_cut(const char *text, size_t columns);

#endif
