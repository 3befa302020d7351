/*
 * scratch.h: a temporary folder for a test, what is put in it, and what is in it afterwards.
 *
 * A failing check ends the test (cmocka), so nothing here returns errors. Paths are relative to the folder.
 */
#ifndef LINCKIA_TESTS_SUPPORT_SCRATCH_H
#define LINCKIA_TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct scratch {
	char path[256]; /* absolute, no links in it */
};

/* Makes the folder below $TMPDIR, else /dev/shm, else /tmp; removes it with all that is in it. */
void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

/* The absolute path of `name`. The text lives until the eighth call after it. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* Fills memory with bytes that depend on `seed` alone and do not repeat. */
void scratch_fill(uint8_t *data, size_t size, uint64_t seed);

void scratch_folder(const struct scratch *scratch, const char *name);
void scratch_write(const struct scratch *scratch, const char *name, const void *data, size_t size);
/* A file of `size` bytes made by scratch_fill(). */
void scratch_write_seeded(const struct scratch *scratch, const char *name, size_t size, uint64_t seed);
/* The whole file; the caller frees it. */
uint8_t *scratch_read(const struct scratch *scratch, const char *name, size_t *size);
/* Changes one byte of a file in place. */
void scratch_flip(const struct scratch *scratch, const char *name, off_t offset);

void scratch_rename(const struct scratch *scratch, const char *from, const char *to);
/* Makes `name` a symbolic link to `target`, which is another name below the folder and need not be there. */
void scratch_link(const struct scratch *scratch, const char *target, const char *name);

bool scratch_exists(const struct scratch *scratch, const char *name);
/* The number of regular files anywhere below `name`; those of no name cannot be seen. */
size_t scratch_count(const struct scratch *scratch, const char *name);
/* Fails unless the file has just these bytes. */
void scratch_expect(const struct scratch *scratch, const char *name, const void *data, size_t size);
void scratch_expect_seeded(const struct scratch *scratch, const char *name, size_t size, uint64_t seed);

/* Descriptors that this process has open, so that a test can tell whether one was forgotten. */
size_t scratch_descriptors(void);

#endif
