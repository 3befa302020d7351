/*
 * complete.h: what may stand in place of the last word of a command line.
 *
 * The words before it are taken apart by the parser that runs commands (arguments.h), so that a shell completes what
 * would be understood, and by the same tables. Only the store knows names, nodes and snapshots; it is asked through a
 * table of functions, which a test replaces.
 *
 * Foreign names come out as they are, and whoever prints them must quote them. Names that a terminal would act on, or
 * that would be taken for an option, are left out: completion is for names that one would type (invariant 9).
 */
#ifndef LINCKIA_CLI_COMPLETE_H
#define LINCKIA_CLI_COMPLETE_H

#include "cli/arguments.h"

/* Takes one name that was found; copies it. */
typedef void complete_report(void *context, const char *name);

/*
 * Each reports what the store of `config`, or of the config that is found where this is NULL, has. A store that is
 * not there has nothing. `names` reports what begins with `prefix`, up to the next '/'.
 */
struct complete_source {
	void (*nodes)(const char *config, complete_report *report, void *context);
	void (*snapshots)(const char *config, complete_report *report, void *context);
	void (*names)(const char *config, const char *prefix, complete_report *report, void *context);
};
extern const struct complete_source complete_store;

struct candidate {
	char *word;        /* all that is to stand there, with what was typed already at its beginning */
	const char *about; /* one line, or "" */
};

/* Where else the shell is to look: it knows files, home folders and marks better than any program. */
enum complete_files { COMPLETE_NO_FILES, COMPLETE_FILES, COMPLETE_FOLDERS, COMPLETE_YAML };

struct completion {
	struct candidate *candidates;
	size_t count;
	enum complete_files files;
	size_t head; /* bytes of the word that stand before the path: of "--config=x" nine */
};

/* `words` follow the program's name; the last one is the one that is typed, perhaps "". Release it in any case. */
void complete(const char *const *words, size_t count, const struct complete_source *source,
	struct completion *completion);
void completion_release(struct completion *completion);

#endif
