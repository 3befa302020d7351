/*
 * The pool bounds memory (invariant 7): never more buffers than fit, and whoever waits gets the next one given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "engine/pool.h"

static struct error error;

static void test_as_many_buffers_as_fit_and_two_at_the_least(void **state)
{
	(void)state;
	static const struct {
		size_t buffer;
		uint64_t memory;
		size_t count, bytes;
	} rows[] = {{4096, 40960, 10, 4096}, {4097, 40960, 5, 8192}, {1, 0, 2, 4096},
		{1 << 20, 1 << 20, 2, 1 << 20}, {4096, UINT64_C(1) << 40, 4096, 4096}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pool *pool;
		assert_int_equal(pool_new(rows[i].buffer, rows[i].memory, &pool, &error), 0);
		assert_int_equal(pool_count(pool), rows[i].count);
		assert_int_equal(pool_buffer_bytes(pool), rows[i].bytes);
		pool_free(pool);
	}
	pool_free(NULL);
}

static void test_buffers_are_aligned_and_apart_and_come_empty(void **state)
{
	(void)state;
	struct pool *pool;
	struct buffer *buffers[4];
	assert_int_equal(pool_new(8192, 4 * 8192, &pool, &error), 0);
	for (int i = 0; i < 4; i++) {
		assert_non_null(buffers[i] = pool_try_take(pool));
		assert_int_equal((uintptr_t)buffers[i]->data % 4096, 0);
		assert_int_equal(buffers[i]->length, 0);
		buffers[i]->data[0] = buffers[i]->data[8191] = (uint8_t)i;
		buffers[i]->length = 7;
	}
	assert_null(pool_try_take(pool));
	for (int i = 0; i < 4; i++) {
		assert_int_equal(buffers[i]->data[0], i);
		assert_int_equal(buffers[i]->data[8191], i);
		pool_give(pool, buffers[i]);
	}
	struct buffer *again = pool_take(pool);
	assert_int_equal(again->length, 0);
	pool_give(pool, again);
	pool_free(pool);
}

struct crowd {
	struct pool *pool;
	atomic_int held, most;
};

static void *take_and_give(void *argument)
{
	struct crowd *crowd = argument;
	for (int i = 0; i < 2000; i++) {
		struct buffer *buffer = pool_take(crowd->pool);
		int now = atomic_fetch_add(&crowd->held, 1) + 1, most = atomic_load(&crowd->most);
		while (now > most && !atomic_compare_exchange_weak(&crowd->most, &most, now))
			;
		buffer->data[0]++;
		atomic_fetch_sub(&crowd->held, 1);
		pool_give(crowd->pool, buffer);
	}
	return NULL;
}

static void test_whoever_waits_is_woken(void **state)
{
	(void)state;
	enum { THREADS = 6 };
	struct crowd crowd = {.held = 0};
	pthread_t threads[THREADS];
	assert_int_equal(pool_new(4096, 8192, &crowd.pool, &error), 0);
	struct buffer *one = pool_take(crowd.pool), *two = pool_take(crowd.pool);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &crowd), 0);
	pool_give(crowd.pool, one);
	pool_give(crowd.pool, two);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(atomic_load(&crowd.most), 1, 2);
	pool_free(crowd.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_many_buffers_as_fit_and_two_at_the_least),
		cmocka_unit_test(test_buffers_are_aligned_and_apart_and_come_empty),
		cmocka_unit_test(test_whoever_waits_is_woken),
	};
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
