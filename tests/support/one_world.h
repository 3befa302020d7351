/*
 * one_world.h: the folder, the world and the error of a test program whose tests have one of each.
 */
#ifndef LINCKIA_TESTS_SUPPORT_ONE_WORLD_H
#define LINCKIA_TESTS_SUPPORT_ONE_WORLD_H

#include "engine/error.h"
#include "tests/support/env_mock.h"
#include "tests/support/scratch.h"

/* Identities of stores. */
#define STORE "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

extern struct scratch scratch;
extern struct env_mock mock;
extern struct error error;

/* A setup, and a teardown. */
int one_world_make(void **state);
int one_world_remove(void **state);

#endif
