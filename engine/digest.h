/*
 * digest.h: SHA-256, the name of every chunk, by libcrypto, which uses SHA-NI.
 *
 * Nothing here but digest_stream_new() needs memory, and once digest_ready() has said yes nothing else can fail: a
 * digest is what says whether bytes are good, so there is no going on without it.
 */
#ifndef LINCKIA_ENGINE_DIGEST_H
#define LINCKIA_ENGINE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX_SIZE = 65 };

struct digest {
	uint8_t bytes[DIGEST_BYTES];
};

/* Whether SHA-256 is computed as it should be; asked before a store is opened. Any thread. */
MUST_CHECK int digest_ready(struct error *error);

/* The digest of `size` bytes. Any thread. */
struct digest digest_of(const void *data, size_t size);

/* A digest of bytes that arrive piece by piece; used by one thread at a time. */
struct digest_stream;
MUST_CHECK struct digest_stream *digest_stream_new(void); /* NULL: out of memory */
void digest_stream_free(struct digest_stream *stream);
void digest_stream_reset(struct digest_stream *stream);
void digest_stream_add(struct digest_stream *stream, const void *data, size_t size);
/* Ends the stream; reset it before it is used again. */
struct digest digest_stream_finish(struct digest_stream *stream);

bool digest_equal(const struct digest *a, const struct digest *b);

/* The first eight bytes, big-endian: a hash of the digest for tables and for placement. */
uint64_t digest_key(const struct digest *digest);

/* 64 lower-case hex digits and NUL. Returns `hex`. */
char *digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE]);
/* Reads 64 lower-case hex digits at `hex`; whatever follows them is the caller's to judge. */
bool digest_from_hex(const char *hex, struct digest *digest);

#endif
