#include "tests/mutation/mutate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where mutants are made: in the tokens [from, to ||
		(is(scope, at, "0") && token_is_one_of(scope->tokens, at - 1, bounds))) of one function. */
struct scope {
	struct mutants *mutants;
	const struct tokens *tokens;
	size_t function;
	bool *quiet; /* for each token of the file: nothing is changed there */
};

/* ---- making one ---- */

static unsigned count_lines(const char *text, size_t size)
{
	unsigned lines = 0;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void *checked(void *memory)
{
	if (!memory) {
		fprintf(stderr, "mutants: out of memory\n");
		exit(2);
	}
	return memory;
}

/* Replaces the text from the start of token `first` to the end of token `last`. */
__attribute__((format(printf, 5, 6))) static void make(
	const struct scope *scope, const char *kind, size_t first, size_t last, const char *format, ...)
{
	struct mutants *all = scope->mutants;
	size_t start = scope->tokens->list[first].start, end = scope->tokens->list[last].end;
	va_list arguments, again;
	if (scope->quiet[first])
		return;
	va_start(arguments, format);
	va_copy(again, arguments);
	size_t size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
	unsigned had = count_lines(scope->tokens->text + start, end - start);
	char *with = checked(malloc(size + had + 1));
	vsnprintf(with, size, format, again);
	va_end(again);
	va_end(arguments);
	for (unsigned has = count_lines(with, size - 1); has < had; has++)
		strcat(with, "\n");
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 256;
		all->list = checked(realloc(all->list, all->room * sizeof(*all->list)));
	}
	all->list[all->count++] =
		(struct mutant){kind, scope->function, start, end, scope->tokens->list[first].line, with};
}

#define SPAN(scope, first, last)                                                                             \
	(int)((scope)->tokens->list[last].end - (scope)->tokens->list[first].start),                         \
		(scope)->tokens->text + (scope)->tokens->list[first].start

static bool is(const struct scope *scope, size_t at, const char *spelling)
{
	return token_is(scope->tokens, at, spelling);
}

static enum token_kind kind_of(const struct scope *scope, size_t at)
{
	return scope->tokens->list[at].kind;
}

static size_t partner_of(const struct scope *scope, size_t at)
{
	return scope->tokens->list[at].partner;
}

/* ---- expressions ---- */

/* Whether `at` is the opening bracket of a call. */
static bool opens_call(const struct scope *scope, size_t at)
{
	static const char *const keywords[] = {"if", "for", "while", "switch", "return", "sizeof", NULL};
	return is(scope, at, "(") && kind_of(scope, at - 1) == TOKEN_WORD &&
	       !token_is_one_of(scope->tokens, at - 1, keywords);
}

static bool has_call(const struct scope *scope, size_t first, size_t last)
{
	for (size_t i = first + 1; i <= last; i++)
		if (opens_call(scope, i))
			return true;
	return false;
}

static const char *const ends_or[] = {"||", "?", ":", ",", ";", "=", "+=", "-=", "return", "{", "}", NULL};
static const char *const ends_and[] = {
	"&&", "||", "?", ":", ",", ";", "=", "+=", "-=", "return", "{", "}", NULL};
static const char *const ends_condition[] = {"?", ":", ",", ";", "=", "+=", "-=", "return", "{", "}", NULL};

/*
 * The last token of what begins at `at`, and the first one of what ends there: up to one of `ends` outside brackets.
 */
static size_t last_of(const struct scope *scope, size_t at, const char *const *ends)
{
	while (!token_is_one_of(scope->tokens, at + 1, ends) && !is(scope, at + 1, ")") &&
		!is(scope, at + 1, "]")) {
		at++;
		if (is(scope, at, "(") || is(scope, at, "["))
			at = partner_of(scope, at);
	}
	return at;
}

static size_t first_of(const struct scope *scope, size_t at, const char *const *ends)
{
	if (is(scope, at, ")") || is(scope, at, "]"))
		at = partner_of(scope, at);
	while (!token_is_one_of(scope->tokens, at - 1, ends) && !is(scope, at - 1, "(") &&
		!is(scope, at - 1, "[")) {
		at--;
		if (is(scope, at, ")") || is(scope, at, "]"))
			at = partner_of(scope, at);
	}
	return at;
}

static void mutate_logic(const struct scope *scope, size_t at)
{
	bool both = is(scope, at, "&&");
	const char *const *ends = both ? ends_and : ends_or;
	/* Where the first operand begins with a bracket, last_of() has to see that one too. */
	size_t right = at + 1;
	size_t last = is(scope, right, "(") ? last_of(scope, partner_of(scope, right), ends)
					    : last_of(scope, right, ends);
	size_t first = first_of(scope, at - 1, ends);
	make(scope, "logic", at, at, "%s", both ? "||" : "&&");
	make(scope, "operand", at, last, "%s", "");
	if (!token_is(scope->tokens, first - 1, both ? "&&" : "||"))
		make(scope, "operand", first, at, "%s", "");
	if (has_call(scope, first, at - 1) && has_call(scope, right, last))
		make(scope, "order", first, last, "%.*s %s %.*s", SPAN(scope, right, last),
			both ? "&&" : "||", SPAN(scope, first, at - 1));
}

/* Below 0 is no descriptor, and 0 is never one of ours. */
static bool asks_for_descriptor(const struct scope *scope, size_t at)
{
	const struct token *word = &scope->tokens->list[at - 1];
	size_t length = word->end - word->start;
	return is(scope, at, "<") && is(scope, at + 1, "0") && length >= 2 &&
	       memcmp(scope->tokens->text + word->end - 2, "fd", 2) == 0;
}

static void mutate_relation(const struct scope *scope, size_t at)
{
	static const char *const pairs[][2] = {
		{"<", "<="}, {"<=", "<"}, {">", ">="}, {">=", ">"}, {"==", "!="}, {"!=", "=="}};
	if (asks_for_descriptor(scope, at))
		return;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (is(scope, at, pairs[i][0]))
			make(scope, "relation", at, at, "%s", pairs[i][1]);
}

static void mutate_number(const struct scope *scope, size_t at)
{
	static const char *const comparing[] = {"==", "!=", NULL};
	static const char *const bounds[] = {"<", ">", "<=", ">=", NULL};
	static const char *const modeless[] = {"O_CLOEXEC", "flags", NULL};
	const struct token *token = &scope->tokens->list[at];
	const char *digits = scope->tokens->text + token->start;
	bool whole = true;
	for (size_t i = token->start; i < token->end; i++)
		whole = whole && isdigit((unsigned char)scope->tokens->text[i]);
	bool after_sign = is(scope, at - 1, "+") || is(scope, at - 1, "-");
	bool joins = kind_of(scope, at - 2) != TOKEN_SIGN || is(scope, at - 2, ")") || is(scope, at - 2, "]");
	if (!whole || token_is_one_of(scope->tokens, at - 1, comparing) ||
		(is(scope, at, "0") && token_is_one_of(scope->tokens, at - 1, bounds)))
		return;
	/* The mode of what is not made, and the room of an array. */
	if (is(scope, at - 1, ",") && token_is_one_of(scope->tokens, at - 2, modeless))
		return;
	if (is(scope, at - 1, "[") && is(scope, at + 1, "]") && strtoul(digits, NULL, 10) >= 16)
		return;
	if (after_sign && is(scope, at, "1") && joins && !is(scope, at - 2, "return"))
		make(scope, "offset", at - 1, at, "%s", "");
	else if (after_sign && is(scope, at, "1") && !token_is_one_of(scope->tokens, at - 2, comparing) &&
		 !is(scope, at - 2, "return"))
		make(scope, "result", at - 1, at, "0");
	else if (*digits == '0' && token->end - token->start > 1)
		make(scope, "constant", at, at, "0777");
	else if (!after_sign && token->end - token->start < 10)
		make(scope, "constant", at, at, "%lu", strtoul(digits, NULL, 10) + 1);
}

/* O_CLOEXEC is seen only by programs that are started. */
static bool is_flag(const struct scope *scope, size_t at)
{
	const char *text = scope->tokens->text + scope->tokens->list[at].start;
	if (is(scope, at, "O_CLOEXEC"))
		return false;
	return strncmp(text, "O_", 2) == 0 || strncmp(text, "AT_", 3) == 0 ||
	       strncmp(text, "RENAME_", 7) == 0 || strncmp(text, "RESOLVE_", 8) == 0;
}

static void mutate_expressions(const struct scope *scope, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (kind_of(scope, i) == TOKEN_NUMBER)
			mutate_number(scope, i);
		else if (kind_of(scope, i) == TOKEN_WORD && is_flag(scope, i) && is(scope, i - 1, "|"))
			make(scope, "flag", i - 1, i, "%s", "");
		else if (kind_of(scope, i) == TOKEN_WORD && is_flag(scope, i) && !is(scope, i + 1, "|"))
			make(scope, "flag", i, i, "0");
		else if (is(scope, i, "&&") || is(scope, i, "||"))
			mutate_logic(scope, i);
		else if (is(scope, i, "+=") || is(scope, i, "-="))
			make(scope, "sign", i, i, "%s", is(scope, i, "+=") ? "-=" : "+=");
		else if (is(scope, i, "?"))
			make(scope, "negate", first_of(scope, i - 1, ends_condition), i - 1, "!(%.*s)",
				SPAN(scope, first_of(scope, i - 1, ends_condition), i - 1));
		else if (is(scope, i, "true") || is(scope, i, "false"))
			make(scope, "result", i, i, "%s", is(scope, i, "true") ? "false" : "true");
		else
			mutate_relation(scope, i);
	}
}

/* ---- statements ---- */

enum shape { SHAPE_OTHER, SHAPE_CALL, SHAPE_ASSIGNMENT, SHAPE_JUMP, SHAPE_GUARD };

struct statement {
	enum shape shape;
	size_t first, last;
	bool has_effect; /* something outside the function may see when it happens */
};

/* Passes a name with its members and indexes; the token behind it. */
static size_t pass_place(const struct scope *scope, size_t at)
{
	while (is(scope, at, "*"))
		at++;
	if (kind_of(scope, at) != TOKEN_WORD)
		return at;
	for (at++;; at++) {
		if (is(scope, at, "["))
			at = partner_of(scope, at);
		else if (is(scope, at, "->") || is(scope, at, "."))
			at++;
		else
			return at;
	}
}

static bool is_left_alone(const struct scope *scope, size_t name)
{
	static const char *const calls[] = {"assert", "free", "close", "memset", "va_start", "va_end",
		"va_copy", "snprintf", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_init",
		"pthread_mutex_destroy", "pthread_cond_init", "pthread_cond_destroy", "error_clear",
		"error_set", "error_set_errno", "error_context", NULL};
	static const char *const endings[] = {"_free", "_release", "_close", "_event", NULL};
	const struct token *token = &scope->tokens->list[name];
	for (size_t i = 0; endings[i]; i++) {
		size_t length = strlen(endings[i]);
		if (token->end - token->start > length &&
			memcmp(scope->tokens->text + token->end - length, endings[i], length) == 0)
			return true;
	}
	return token_is_one_of(scope->tokens, name, calls);
}

/* What kind of simple statement [first, last] is; `last` is its semicolon. */
static enum shape shape_of(const struct scope *scope, size_t first, size_t last)
{
	static const char *const jumps[] = {"goto", "break", "continue", NULL};
	static const char *const assigning[] = {
		"=", "+=", "-=", "|=", "&=", "*=", "/=", "^=", "<<=", ">>=", "++", "--", NULL};
	if (token_is_one_of(scope->tokens, first, jumps) || (is(scope, first, "return") && last == first + 1))
		return SHAPE_JUMP;
	if (is(scope, first, "++") || is(scope, first, "--"))
		return SHAPE_ASSIGNMENT;
	if (is(scope, first, "(") && is(scope, first + 1, "void"))
		first += 3;
	size_t behind = pass_place(scope, first);
	if (behind > first && token_is_one_of(scope->tokens, behind, assigning))
		return SHAPE_ASSIGNMENT;
	if (behind > first && is(scope, behind, "(") && partner_of(scope, behind) + 1 == last &&
		!is(scope, first, "return") && !is_left_alone(scope, behind - 1))
		return SHAPE_CALL;
	return SHAPE_OTHER;
}

static void mutate_return(const struct scope *scope, size_t first, size_t last)
{
	if (last == first + 3 && is(scope, first + 1, "-") && is(scope, first + 2, "1"))
		make(scope, "result", first + 1, first + 2, "0");
	else if (last == first + 2 && is(scope, first + 1, "0"))
		make(scope, "result", first + 1, first + 1, "-1");
	size_t behind = pass_place(scope, first + 1);
	bool whole = is(scope, behind, "(") && partner_of(scope, behind) + 1 == last;
	if (whole && is(scope, last - 2, "error"))
		make(scope, "result", first + 1, last - 1, "(%.*s, 0)", SPAN(scope, first + 1, last - 1));
}

static void mutate_simple(const struct scope *scope, const struct statement *statement)
{
	static const char *const names[] = {[SHAPE_CALL] = "call",
		[SHAPE_ASSIGNMENT] = "assign",
		[SHAPE_JUMP] = "jump",
		[SHAPE_GUARD] = NULL};
	const char *name = names[statement->shape];
	if (name)
		make(scope, name, statement->first, statement->last, ";");
	if (is(scope, statement->first, "return"))
		mutate_return(scope, statement->first, statement->last);
}

static struct statement pass_statement(const struct scope *scope, size_t first);

/* Passes the statements of a block; two effects that follow each other change places. */
static void pass_block(const struct scope *scope, size_t open)
{
	struct statement before = {0};
	for (size_t at = open + 1; at < partner_of(scope, open);) {
		struct statement now = pass_statement(scope, at);
		if (before.has_effect && now.has_effect)
			make(scope, "order", before.first, now.last, "%.*s %.*s",
				SPAN(scope, now.first, now.last), SPAN(scope, before.first, before.last));
		before = now;
		at = now.last + 1;
	}
}

static struct statement pass_if(const struct scope *scope, size_t first)
{
	size_t open = first + 1, close = partner_of(scope, open);
	make(scope, "negate", open + 1, close - 1, "!(%.*s)", SPAN(scope, open + 1, close - 1));
	make(scope, "never", open + 1, close - 1, "(%.*s) && 0", SPAN(scope, open + 1, close - 1));
	struct statement then = pass_statement(scope, close + 1);
	struct statement whole = {SHAPE_OTHER, first, then.last, false};
	if (is(scope, then.last + 1, "else")) {
		whole.last = pass_statement(scope, then.last + 2).last;
	} else if (is(scope, then.first, "return") || then.shape == SHAPE_JUMP) {
		whole.shape = SHAPE_GUARD;
		whole.has_effect = has_call(scope, open, close);
	}
	return whole;
}

static struct statement pass_simple(const struct scope *scope, size_t first)
{
	struct statement statement = {SHAPE_OTHER, first, first, false};
	while (!is(scope, statement.last, ";")) {
		char sign = scope->tokens->text[scope->tokens->list[statement.last].start];
		statement.last =
			strchr("([{", sign) ? partner_of(scope, statement.last) + 1 : statement.last + 1;
	}
	statement.shape = shape_of(scope, first, statement.last);
	statement.has_effect =
		statement.shape == SHAPE_CALL ||
		(statement.shape == SHAPE_ASSIGNMENT && has_call(scope, first, statement.last));
	mutate_simple(scope, &statement);
	return statement;
}

/* A macro that makes a loop: NAME(…) and a statement. */
static bool makes_loop(const struct scope *scope, size_t first)
{
	size_t behind = opens_call(scope, first + 1) ? partner_of(scope, first + 1) + 1 : 0;
	return behind && (is(scope, behind, "{") || kind_of(scope, behind) == TOKEN_WORD);
}

/* Passes one statement and those within it, making the mutants of each. */
static struct statement pass_statement(const struct scope *scope, size_t first)
{
	struct statement statement = {SHAPE_OTHER, first, first, false};
	if (is(scope, first, "{")) {
		pass_block(scope, first);
		statement.last = partner_of(scope, first);
	} else if (is(scope, first, "if")) {
		return pass_if(scope, first);
	} else if (is(scope, first, "for") || is(scope, first, "while") || is(scope, first, "switch") ||
		   makes_loop(scope, first)) {
		statement.last = pass_statement(scope, partner_of(scope, first + 1) + 1).last;
	} else if (is(scope, first, "do")) {
		/* … while (condition); */
		statement.last = partner_of(scope, pass_statement(scope, first + 1).last + 2) + 1;
	} else if (is(scope, first, "case") || is(scope, first, "default") || is(scope, first + 1, ":")) {
		while (!is(scope, statement.last, ":"))
			statement.last++;
	} else {
		return pass_simple(scope, first);
	}
	return statement;
}

/* ---- a file ---- */

/* Messages, assertions and the like: what is within their brackets stays. */
static void mark_quiet(const struct scope *scope)
{
	static const char *const calls[] = {"assert", "static_assert", "_Static_assert", "error_set",
		"error_set_errno", "error_context", "snprintf", "fprintf", "store_event", "text_append",
		"sizeof", NULL};
	for (size_t i = 0; i + 1 < scope->tokens->count; i++)
		if (token_is_one_of(scope->tokens, i, calls) && is(scope, i + 1, "("))
			for (size_t j = i + 2; j < partner_of(scope, i + 1); j++)
				scope->quiet[j] = true;
}

static int compare(const void *a, const void *b)
{
	const struct mutant *left = a, *right = b;
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	return strcmp(left->with, right->with);
}

void mutants_find(struct mutants *mutants, const struct tokens *tokens)
{
	*mutants = (struct mutants){.tokens = tokens};
	struct scope scope = {mutants, tokens, 0, checked(calloc(tokens->count + 1, sizeof(bool)))};
	mark_quiet(&scope);
	for (size_t i = 1; i + 1 < tokens->count; i++) {
		if (is(&scope, i, "{") && is(&scope, i - 1, ")")) {
			scope.function = partner_of(&scope, i - 1) - 1;
			pass_block(&scope, i);
			mutate_expressions(&scope, i, partner_of(&scope, i));
		}
		/* Outside of functions: structs, tables, enumerations. */
		if (is(&scope, i, "{"))
			i = partner_of(&scope, i);
	}
	free(scope.quiet);
	if (mutants->count)
		qsort(mutants->list, mutants->count, sizeof(*mutants->list), compare);
}

void mutants_release(struct mutants *mutants)
{
	for (size_t i = 0; i < mutants->count; i++)
		free(mutants->list[i].with);
	free(mutants->list);
}
