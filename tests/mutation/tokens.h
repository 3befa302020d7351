/*
 * tokens.h: a C source file as tokens, for whoever changes it at chosen places.
 *
 * Comments and preprocessor lines are no tokens. Every bracket knows its partner. The text is borrowed and must
 * outlive the tokens.
 */
#ifndef LINCKIA_TESTS_MUTATION_TOKENS_H
#define LINCKIA_TESTS_MUTATION_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	size_t start, end; /* in the text */
	unsigned line;     /* from 1 */
	size_t partner;    /* of a bracket: the index of the other one; else its own */
};

struct tokens {
	const char *text;
	struct token *list;
	size_t count;
};

/* Exits with a sentence when brackets do not match or memory runs out. */
void tokens_read(struct tokens *tokens, const char *text, size_t size);
void tokens_release(struct tokens *tokens);

/* Whether the token at `at` exists and reads `spelling`. */
bool token_is(const struct tokens *tokens, size_t at, const char *spelling);
/* Whether it is one of the words in `list`, which NULL ends. */
bool token_is_one_of(const struct tokens *tokens, size_t at, const char *const *list);

#endif
