#include "engine/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, BUFFERS_MAX = 4096 };

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct buffer *buffers;
	struct buffer *available;
	size_t count, idle;
	size_t buffer_bytes;
	uint8_t *memory;
};

int pool_new(size_t buffer_bytes, uint64_t memory_bytes, struct pool **result, struct error *error)
{
	assert(buffer_bytes > 0 && buffer_bytes <= (size_t)1 << 32);
	buffer_bytes = (buffer_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	uint64_t count = memory_bytes / buffer_bytes;
	if (count < 2)
		count = 2;
	if (count > BUFFERS_MAX)
		count = BUFFERS_MAX;

	struct pool *pool = calloc(1, sizeof(*pool));
	struct buffer *buffers = calloc(count, sizeof(*buffers));
	void *memory =
		mmap(NULL, count * buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!pool || !buffers || memory == MAP_FAILED) {
		free(pool);
		free(buffers);
		if (memory != MAP_FAILED)
			munmap(memory, count * buffer_bytes);
		return error_set_errno(error, ENOMEM,
			"cannot reserve %llu bytes for chunk buffers; lower 'memory' in the config",
			(unsigned long long)(count * buffer_bytes));
	}
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->given, NULL);
	pool->buffers = buffers;
	pool->memory = memory;
	pool->count = pool->idle = count;
	pool->buffer_bytes = buffer_bytes;
	for (size_t i = 0; i < count; i++) {
		buffers[i].data = pool->memory + i * buffer_bytes;
		buffers[i].size = buffer_bytes;
		buffers[i].next = i + 1 < count ? &buffers[i + 1] : NULL;
	}
	pool->available = &buffers[0];
	*result = pool;
	return 0;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	assert(pool->idle == pool->count);
	munmap(pool->memory, pool->count * pool->buffer_bytes);
	pthread_mutex_destroy(&pool->mutex);
	pthread_cond_destroy(&pool->given);
	free(pool->buffers);
	free(pool);
}

size_t pool_count(const struct pool *pool)
{
	return pool->count;
}

size_t pool_buffer_bytes(const struct pool *pool)
{
	return pool->buffer_bytes;
}

/* Last in, first out: a transfer that needs few buffers touches few pages. The mutex is held. */
static struct buffer *take_first(struct pool *pool)
{
	struct buffer *buffer = pool->available;
	if (buffer) {
		pool->available = buffer->next;
		pool->idle--;
		buffer->next = NULL;
		buffer->length = 0;
	}
	return buffer;
}

struct buffer *pool_take(struct pool *pool)
{
	struct buffer *buffer;
	pthread_mutex_lock(&pool->mutex);
	while (!(buffer = take_first(pool)))
		pthread_cond_wait(&pool->given, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
	return buffer;
}

struct buffer *pool_try_take(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	struct buffer *buffer = take_first(pool);
	pthread_mutex_unlock(&pool->mutex);
	return buffer;
}

void pool_give(struct pool *pool, struct buffer *buffer)
{
	pthread_mutex_lock(&pool->mutex);
	assert(pool->idle < pool->count);
	buffer->next = pool->available;
	pool->available = buffer;
	pool->idle++;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}
