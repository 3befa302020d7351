#include "packaging/manual/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void roff_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		static const struct {
			char c;
			const char *roff;
		} special[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"},
			{'~', "\\(ti"}};
		const char *roff = NULL;
		for (size_t j = 0; j < sizeof(special) / sizeof(*special); j++)
			if (special[j].c == text[i])
				roff = special[j].roff;
		if (i == 0 && text[0] == '.')
			fputs("\\&", stdout);
		if (roff)
			fputs(roff, stdout);
		else
			putchar(text[i]);
	}
}

/* Where the run ends that begins at `at`: of an option, a word in capitals, another word, or one other character. */
static size_t run_length(const char *text, size_t length)
{
	size_t end = 1;
	if (isupper((unsigned char)text[0])) {
		while (end < length && isupper((unsigned char)text[end]))
			end++;
	} else if (islower((unsigned char)text[0]) || (text[0] == '-' && length > 1 && text[1] != ' ')) {
		while (end < length && (isalnum((unsigned char)text[end]) || text[end] == '-'))
			end++;
	}
	return end;
}

void roff_synopsis(const char *text, size_t length)
{
	while (length) {
		size_t end = run_length(text, length);
		bool value = isupper((unsigned char)text[0]),
		     literal = islower((unsigned char)text[0]) || text[0] == '-';
		if (value || literal)
			printf("\\f%c", value ? 'I' : 'B');
		roff_text(text, end);
		if (value || literal)
			fputs("\\fR", stdout);
		text += end;
		length -= end;
	}
}

void roff_description(const char *text)
{
	bool lines = false;
	while (*text) {
		size_t length = strcspn(text, "\n");
		if (lines != (*text == ' ')) {
			lines = !lines;
			puts(lines ? ".nf" : ".fi");
		}
		if (length == 0)
			fputs(".IP", stdout);
		roff_text(text, length);
		putchar('\n');
		text += length + (text[length] == '\n');
	}
	if (lines)
		puts(".fi");
}
