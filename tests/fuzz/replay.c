/*
 * replay.c: a fuzz target without libFuzzer: plays files, and all files of folders, in the order of their names.
 *
 *	build/release/tests/fuzz/NAME FILE-OR-FOLDER…
 *
 * Each input has a time limit; one that takes longer ends the program by SIGALRM, and the name that was printed last
 * is the culprit, as it is after a crash.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { LIMIT_SECONDS = 60 };

static unsigned played;

static int give_up(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int play_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	if (!file)
		return give_up(path);
	if (fstat(fileno(file), &status) < 0) {
		fclose(file);
		return give_up(path);
	}
	/* Just as large as the input, so that a sanitizer sees who reads beyond it. */
	size_t size = (size_t)status.st_size;
	uint8_t *data = malloc(size > 0 ? size : 1);
	bool read = data && fread(data, 1, size, file) == size;
	fclose(file);
	if (!read) {
		free(data);
		return give_up(path);
	}
	printf("%s\n", path);
	fflush(stdout);
	alarm(LIMIT_SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	alarm(0);
	free(data);
	played++;
	return 0;
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int play(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, no_dots, alphasort);
	if (count < 0)
		return errno == ENOTDIR ? play_file(path) : give_up(path);
	int result = 0;
	for (int i = 0; i < count; i++) {
		char *inner = NULL;
		if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0 || play_file(inner) < 0)
			result = -1;
		free(inner);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int main(int argc, char **argv)
{
	int result = 0;
	for (int i = 1; i < argc; i++)
		if (play(argv[i]) < 0)
			result = -1;
	printf("%u inputs\n", played);
	return result == 0 && played > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
