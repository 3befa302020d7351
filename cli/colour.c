#include "cli/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colour_wanted(int fd)
{
	const char *refused = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	if (refused && *refused)
		return false;
	return isatty(fd) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

const char *colour_begin(enum colour colour)
{
	switch (colour) {
	case COLOUR_NONE:
		break;
	case COLOUR_GOOD:
		return "\033[32m";
	case COLOUR_WARNING:
		return "\033[33m";
	case COLOUR_BAD:
		return "\033[31m";
	case COLOUR_DIM:
		return "\033[2m";
	case COLOUR_STRONG:
		return "\033[1m";
	}
	return "";
}

enum colour colour_of_health(enum health health)
{
	switch (health) {
	case HEALTH_HEALTHY:
		return COLOUR_GOOD;
	case HEALTH_DEGRADED:
		return COLOUR_WARNING;
	case HEALTH_CRITICAL:
	case HEALTH_UNKNOWN:
		break;
	}
	return COLOUR_BAD;
}

enum colour colour_of_node(enum node_state state)
{
	switch (state) {
	case NODE_UP:
		return COLOUR_GOOD;
	case NODE_SLOW:
	case NODE_READ_ONLY:
	case NODE_DRAINING:
		return COLOUR_WARNING;
	case NODE_DOWN:
	case NODE_ABSENT:
		break;
	}
	return COLOUR_BAD;
}
