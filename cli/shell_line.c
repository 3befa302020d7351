#include "cli/shell_line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* What bash acts on outside of quotes, where a backslash does not stand before it. */
static bool is_active(char c)
{
	return strchr("$`;|&<>()*?[]{}!", c) != NULL;
}

/* Reads one word, which begins at `at`, into `out`, which has room for it. Returns where it ends. */
static const char *take_word(const char *at, char *out, struct shell_line *split)
{
	split->raw = at;
	split->quote = '\0';
	split->active = false;
	for (; *at && (split->quote || !is_blank(*at)); at++) {
		char quote = split->quote;
		if (quote ? *at == quote : *at == '\'' || *at == '"') {
			split->quote = quote ? '\0' : *at;
		} else if (*at != '\\' || quote == '\'') {
			split->active |= quote == '"' ? strchr("$`", *at) != NULL : !quote && is_active(*at);
			*out++ = *at;
		} else if (!at[1]) {
			split->active = true;
		} else {
			if (quote != '"' || strchr("$`\"\\", at[1]))
				at++;
			*out++ = *at;
		}
	}
	*out = '\0';
	return at;
}

void shell_line_split(const char *line, struct shell_line *split)
{
	*split = (struct shell_line){0};
	const char *at = line;
	char *word = allocate(strlen(line) + 1, 1);
	do {
		while (is_blank(*at))
			at++;
		at = take_word(at, word, split);
		split->words = allocate_again(split->words, split->count + 1, sizeof(*split->words));
		split->words[split->count++] = allocate_text(word, strlen(word));
	} while (*at);
	free(word);
	assert(split->count > 0);
}

void shell_line_release(struct shell_line *split)
{
	for (size_t i = 0; i < split->count; i++)
		free(split->words[i]);
	free(split->words);
	*split = (struct shell_line){0};
}

/* Copies `text` to `out`. */
static char *append(char *out, const char *text)
{
	size_t length = strlen(text);
	memcpy(out, text, length + 1);
	return out + length;
}

/* One character of a name, at most five bytes. */
static char *append_quoted(char *out, char quote, char c)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,/:@%";
	bool leave = (unsigned char)c >= 0x80 || strchr(plain, c);
	if (quote == '\'' && c == '\'')
		return append(out, "'\\''");
	/* Inside of double quotes a backslash does not keep '!' from history, and stays in the word. */
	if (quote == '"' && c == '!')
		return append(out, "\"\\!\"");
	if (quote == '"')
		leave = !strchr("$`\"\\", c);
	if (!leave && quote != '\'')
		*out++ = '\\';
	*out++ = c;
	*out = '\0';
	return out;
}

char *shell_line_complete(const struct shell_line *split, const char *word)
{
	size_t typed = strlen(split->words[split->count - 1]);
	assert(strncmp(split->words[split->count - 1], word, typed) == 0);
	char *made = allocate(strlen(split->raw) + 5 * strlen(word) + 2, 1);
	char *out = append(made, split->raw);
	for (const char *at = word + typed; *at; at++)
		out = append_quoted(out, split->quote, *at);
	char last = *word ? word[strlen(word) - 1] : '\0';
	if (split->quote == '\'' && last == '\'')
		out[-1] = '\0';
	else if (split->quote == '"' && (last == '"' || last == '!'))
		append(out, "\"");
	return made;
}
