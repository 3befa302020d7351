/*
 * main.c: main() alone, so that tests can be linked with all else.
 */
#include "cli/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
