/*
 * text.h: foreign text made harmless, and numbers made readable.
 *
 * Pure functions; no allocation, no locale, safe from any thread.
 */
#ifndef LINCKIA_ENGINE_TEXT_H
#define LINCKIA_ENGINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

/* Invariant 9. Room that text_escape() may need for `length` bytes, the closing NUL included. */
#define TEXT_ESCAPED_SIZE(length) ((length)*8 + 1)

/*
 * Writes `length` bytes of `text` into `out` so that a terminal shows them and does nothing else:
 * valid UTF-8 stays, but control characters (C0, DEL, C1), bytes that are not UTF-8, bidirectional
 * controls (U+061C, U+200E, U+200F, U+202A–202E, U+2066–2069), line and paragraph separators, and
 * the byte order mark become \n, \t, \xHH or \u{HHHH}; a backslash is doubled only with
 * `double_backslash`. The result is always NUL-terminated; it is cut between characters when `size` is
 * too small. Returns the length written.
 */
size_t text_escape(char *out, size_t size, const char *text, size_t length, bool double_backslash);

/* Whether `length` bytes are well-formed UTF-8 (no surrogates, nothing overlong, at most U+10FFFF). */
bool text_is_utf8(const char *text, size_t length);

/*
 * Decodes one character at `text` (at least one byte). Returns its length in bytes and stores the
 * code point, or returns 0 when the bytes there are not UTF-8.
 */
size_t text_decode(const char *text, size_t length, uint32_t *code_point);

/* Reads `length` bytes from twice as many lower-case hex digits; whatever follows them is the caller's to judge. */
bool text_from_hex(const char *hex, uint8_t *out, size_t length);

/* Columns a terminal uses for `code_point`: 0 (combining), 1 or 2 (wide). Controls count as 1. */
int text_width(uint32_t code_point);

/* "0 B", "512 B", "4.0 KiB", "1.5 GiB": at most 10 characters. Returns `out`. */
char *text_bytes(char *out, size_t size, uint64_t bytes);

/* "250 ms", "12 s", "4 m 10 s", "3 h 2 m", "5 d 4 h". Returns `out`. */
char *text_duration(char *out, size_t size, int64_t milliseconds);

/* RFC 3339 in UTC with whole seconds, "2026-11-02T10:04:05Z", from milliseconds since 1970. */
char *text_time(char *out, size_t size, int64_t milliseconds);

/* "4MiB", "512 KiB", "1.5GiB", "4096": bytes. Units B, KiB, MiB, GiB, TiB. Returns 0 or -1. */
MUST_CHECK int text_parse_bytes(const char *text, uint64_t *bytes);

/* "250ms", "5s", "10m", "2h", "7d", "0": milliseconds. Returns 0 or -1. */
MUST_CHECK int text_parse_duration(const char *text, int64_t *milliseconds);

#endif
