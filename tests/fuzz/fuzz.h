/*
 * fuzz.h: what the fuzz targets share.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(), which is called with one input after another and must
 * leave nothing behind that changes what the next one finds. Wrong results count like crashes: a check that does not
 * hold ends the program with its text. Under libFuzzer (VARIANT=fuzz) inputs are made up; elsewhere replay.c plays
 * the files of a corpus.
 */
#ifndef LINCKIA_TESTS_FUZZ_FUZZ_H
#define LINCKIA_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a sentence unless `condition` holds. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition, NULL))
/* The same, and shows `detail`, a text, escaped. */
#define FUZZ_CHECK_WITH(condition, detail)                                                                   \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition, detail))

_Noreturn void fuzz_fail(const char *file, int line, const char *condition, const char *detail);

/* The folder of the program, made at the first call and removed at its end. */
const struct scratch *fuzz_folder(void);

/* Writes a file of that folder whole, whatever was there; quicker than making it anew each time. */
void fuzz_write(const char *name, const void *data, size_t size);

/* An input that is used up from its beginning. What is no longer there reads as zeros. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};
uint8_t fuzz_take_byte(struct fuzz_input *input);
uint64_t fuzz_take_number(struct fuzz_input *input, unsigned bytes);
/* Up to `most` bytes; returns how many there are. */
size_t fuzz_take_bytes(struct fuzz_input *input, size_t most, const uint8_t **bytes);
/* Up to `most` bytes as a text, of which what follows a NUL is left out; the caller frees it. */
char *fuzz_take_text(struct fuzz_input *input, size_t most);

/* What a call that failed has to say: a code, and a sentence that fits. */
void fuzz_check_error(const struct error *error);
/* The same of the reader of a document, whose sentence begins "PATH:LINE:COLUMN: " with a place that it has. */
void fuzz_check_fault(const struct error *error, const char *path, const char *text, size_t length);

#endif
