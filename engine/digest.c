#include "engine/digest.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Fetched once: an implicit fetch for every small chunk costs about as much as hashing it. */
static EVP_MD *algorithm;
static pthread_once_t algorithm_once = PTHREAD_ONCE_INIT;
/* For digests that there is no memory for. A context that was begun once needs no more of it. */
static EVP_MD_CTX *spare;
static pthread_mutex_t spare_mutex = PTHREAD_MUTEX_INITIALIZER;

struct digest_stream {
	EVP_MD_CTX *context;
};

/* NULL: out of memory. */
static EVP_MD_CTX *begin_context(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (context && EVP_DigestInit_ex(context, algorithm, NULL) == 1)
		return context;
	EVP_MD_CTX_free(context);
	return NULL;
}

/* A read that was overtaken may still digest its bytes while the process ends: the library must not clean up before. */
static void fetch_algorithm(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	spare = algorithm ? begin_context() : NULL;
}

int digest_ready(struct error *error)
{
	pthread_once(&algorithm_once, fetch_algorithm);
	if (!algorithm || !spare)
		return error_set(error, ERROR_MEMORY,
			"libcrypto offers no SHA-256; check the OpenSSL installation, and how much memory is "
			"free");
	return 0;
}

struct digest digest_of(const void *data, size_t size)
{
	assert(algorithm);
	struct digest digest;
	if (EVP_Digest(data, size, digest.bytes, NULL, algorithm, NULL) == 1)
		return digest;
	/* Only memory can be missing, and no caller could go on without the digest: one after the other then. */
	pthread_mutex_lock(&spare_mutex);
	bool done = EVP_DigestInit_ex(spare, algorithm, NULL) == 1 &&
		    EVP_DigestUpdate(spare, data, size) == 1 &&
		    EVP_DigestFinal_ex(spare, digest.bytes, NULL) == 1;
	pthread_mutex_unlock(&spare_mutex);
	if (!done)
		abort();
	return digest;
}

struct digest_stream *digest_stream_new(void)
{
	struct digest_stream *stream = malloc(sizeof(*stream));
	if (!stream)
		return NULL;
	stream->context = begin_context();
	if (!stream->context) {
		free(stream);
		return NULL;
	}
	return stream;
}

void digest_stream_free(struct digest_stream *stream)
{
	if (!stream)
		return;
	EVP_MD_CTX_free(stream->context);
	free(stream);
}

void digest_stream_reset(struct digest_stream *stream)
{
	assert(algorithm);
	if (EVP_DigestInit_ex(stream->context, algorithm, NULL) != 1)
		abort();
}

void digest_stream_add(struct digest_stream *stream, const void *data, size_t size)
{
	if (EVP_DigestUpdate(stream->context, data, size) != 1)
		abort();
}

struct digest digest_stream_finish(struct digest_stream *stream)
{
	struct digest digest;
	if (EVP_DigestFinal_ex(stream->context, digest.bytes, NULL) != 1)
		abort();
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

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool digest_from_hex(const char *hex, struct digest *digest)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_value(hex[2 * i]), low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (low < 0)
			return false;
		digest->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
