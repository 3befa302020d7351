/*
 * digest.c: see digest.h. The plain functions of libcrypto, unlike its EVP, need no memory for each digest; they use
 * the same instructions. OpenSSL calls them deprecated, and has not said when they go.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "engine/text.h"

struct digest_stream {
	SHA256_CTX context;
};

int digest_ready(struct error *error)
{
	/* FIPS 180-4, the example of one block. */
	static const char known[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	char hex[DIGEST_HEX_SIZE];
	struct digest digest = digest_of("abc", 3);
	if (strcmp(digest_hex(&digest, hex), known) == 0)
		return 0;
	return error_set(
		error, ERROR_REFUSED, "libcrypto computes SHA-256 wrongly; check the OpenSSL installation");
}

struct digest digest_of(const void *data, size_t size)
{
	struct digest_stream stream;
	digest_stream_reset(&stream);
	digest_stream_add(&stream, data, size);
	return digest_stream_finish(&stream);
}

struct digest_stream *digest_stream_new(void)
{
	struct digest_stream *stream = malloc(sizeof(*stream));
	if (stream)
		digest_stream_reset(stream);
	return stream;
}

void digest_stream_free(struct digest_stream *stream)
{
	free(stream);
}

/* These functions always return 1. */

void digest_stream_reset(struct digest_stream *stream)
{
	SHA256_Init(&stream->context);
}

void digest_stream_add(struct digest_stream *stream, const void *data, size_t size)
{
	SHA256_Update(&stream->context, data, size);
}

struct digest digest_stream_finish(struct digest_stream *stream)
{
	struct digest digest;
	SHA256_Final(digest.bytes, &stream->context);
	return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

uint64_t digest_key(const struct digest *digest)
{
	uint64_t key = 0;
	for (size_t i = 0; i < 8; i++)
		key = key << 8 | digest->bytes[i];
	return key;
}

char *digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[digest->bytes[i] >> 4];
		hex[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	hex[2 * DIGEST_BYTES] = '\0';
	return hex;
}

bool digest_from_hex(const char *hex, struct digest *digest)
{
	return text_from_hex(hex, digest->bytes, DIGEST_BYTES);
}
