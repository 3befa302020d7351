/*
 * roff.h: text as a manual page has it, on standard output.
 */
#ifndef LINCKIA_PACKAGING_ROFF_H
#define LINCKIA_PACKAGING_ROFF_H

#include <stddef.h>

/* `length` bytes of plain text: nothing in it is a request, and a hyphen stays one that can be copied to a shell. */
void roff_text(const char *text, size_t length);

/* What help calls usage: words in capitals are what to put there, everything else is typed as it stands. */
void roff_synopsis(const char *text, size_t length);

/* The lines of a description: an empty one begins a paragraph, and one that begins with a blank stays a line. */
void roff_description(const char *text);

#endif
