#include "tests/mutation/tokens.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *why, unsigned line)
{
	fprintf(stderr, "mutants: line %u: %s\n", line, why);
	exit(2);
}

/* Where the token that begins at `at` ends, when it is an operator or a bracket: the longest one counts. */
static size_t sign_end(const char *text, size_t at)
{
	static const char *const long_ones[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>",
		"<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL};
	for (size_t i = 0; long_ones[i]; i++)
		if (strncmp(text + at, long_ones[i], strlen(long_ones[i])) == 0)
			return at + strlen(long_ones[i]);
	return at + 1;
}

static size_t quoted_end(const char *text, size_t size, size_t at)
{
	char quote = text[at++];
	while (at < size && text[at] != quote)
		at += text[at] == '\\' ? 2 : 1;
	return at + 1;
}

/* Where what is no token at `at` ends; `at` itself when a token begins there. */
static size_t skip_end(const char *text, size_t size, size_t at)
{
	if (isspace((unsigned char)text[at]))
		return at + 1;
	if (strncmp(text + at, "/*", 2) == 0) {
		const char *end = strstr(text + at + 2, "*/");
		return end ? (size_t)(end - text) + 2 : size;
	}
	bool starts_line = at == 0 || text[at - 1] == '\n';
	if (strncmp(text + at, "//", 2) != 0 && !(text[at] == '#' && starts_line))
		return at;
	while (at < size && text[at] != '\n')
		at += text[at] == '\\' ? 2 : 1;
	return at;
}

static size_t word_end(const char *text, size_t at)
{
	while (isalnum((unsigned char)text[at]) || text[at] == '_' ||
		(text[at] == '.' && isdigit((unsigned char)text[at - 1])) ||
		((text[at] == '+' || text[at] == '-') && strchr("pP", text[at - 1]) &&
			isdigit((unsigned char)text[at + 1])))
		at++;
	return at;
}

static struct token *add(struct tokens *tokens, size_t *room)
{
	if (tokens->count == *room) {
		*room = *room ? 2 * *room : 1024;
		tokens->list = realloc(tokens->list, *room * sizeof(*tokens->list));
		if (!tokens->list)
			give_up("out of memory", 0);
	}
	return &tokens->list[tokens->count++];
}

static void match_brackets(struct tokens *tokens)
{
	size_t open[256], depth = 0;
	for (size_t i = 0; i < tokens->count; i++) {
		struct token *token = &tokens->list[i];
		char sign = token->kind == TOKEN_SIGN ? tokens->text[token->start] : ' ';
		token->partner = i;
		if (strchr("([{", sign)) {
			if (depth == sizeof(open) / sizeof(*open))
				give_up("brackets are nested too deeply", token->line);
			open[depth++] = i;
		} else if (strchr(")]}", sign)) {
			if (depth == 0)
				give_up("a bracket closes that was not opened", token->line);
			token->partner = open[--depth];
			tokens->list[token->partner].partner = i;
		}
	}
	if (depth)
		give_up("a bracket is not closed", tokens->list[open[depth - 1]].line);
}

void tokens_read(struct tokens *tokens, const char *text, size_t size)
{
	size_t room = 0, counted = 0;
	unsigned line = 1;
	*tokens = (struct tokens){.text = text};
	for (size_t at = 0; at < size;) {
		size_t end = skip_end(text, size, at);
		if (end != at) {
			at = end;
			continue;
		}
		struct token *token = add(tokens, &room);
		for (; counted < at; counted++)
			line += text[counted] == '\n';
		bool number = isdigit((unsigned char)text[at]),
		     word = isalpha((unsigned char)text[at]) || text[at] == '_';
		bool quoted = text[at] == '"' || text[at] == '\'';
		end = number || word ? word_end(text, at + 1)
		      : quoted       ? quoted_end(text, size, at)
				     : sign_end(text, at);
		*token = (struct token){.kind = number   ? TOKEN_NUMBER
						: word   ? TOKEN_WORD
						: quoted ? TOKEN_TEXT
							 : TOKEN_SIGN,
			.start = at,
			.end = end,
			.line = line};
		at = end;
	}
	match_brackets(tokens);
}

void tokens_release(struct tokens *tokens)
{
	free(tokens->list);
}

bool token_is(const struct tokens *tokens, size_t at, const char *spelling)
{
	if (at >= tokens->count)
		return false;
	const struct token *token = &tokens->list[at];
	size_t length = token->end - token->start;
	return strlen(spelling) == length && memcmp(tokens->text + token->start, spelling, length) == 0;
}

bool token_is_one_of(const struct tokens *tokens, size_t at, const char *const *list)
{
	for (; *list; list++)
		if (token_is(tokens, at, *list))
			return true;
	return false;
}
