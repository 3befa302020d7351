#include "engine/drafts.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* Unlinks the files whose names begin with one of two words. */
static void remove_files(const char *path, const char *one, const char *other)
{
	DIR *listing = opendir(path);
	const struct dirent *entry;
	if (!listing)
		return;
	while ((entry = readdir(listing)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			(begins(entry->d_name, one) || begins(entry->d_name, other)))
			unlinkat(dirfd(listing), entry->d_name, 0);
	closedir(listing);
}

void drafts_remove_folder(const char *path)
{
	remove_files(path, "", "");
	rmdir(path);
}

void drafts_remove(const char *store)
{
	char folder[PATH_MAX];
	remove_files(store, "catalog.db" DRAFT_ENDING, "traffic" DRAFT_ENDING);
	if (snprintf(folder, sizeof(folder), "%s/" DRAFT_REBUILD, store) < (int)sizeof(folder))
		drafts_remove_folder(folder);
}
