#include "cli/meaning.h"

#include <assert.h>

#include "cli/link_spec.h"
#include "engine/engine.h"
#include "tui/theme.h"

static const char *const names[] = {
	[MEANS_NOTHING] = "none",
	[MEANS_FREE] = "free",
	[MEANS_PATH] = "path",
	[MEANS_FOLDER] = "folder",
	[MEANS_CONFIG] = "config",
	[MEANS_SCENARIO] = "scenario",
	[MEANS_NODE] = "node",
	[MEANS_NODES] = "nodes",
	[MEANS_ENDS] = "ends",
	[MEANS_GROUPS] = "groups",
	[MEANS_SNAPSHOT] = "snapshot",
	[MEANS_MOMENT] = "moment",
	[MEANS_NAME] = "name",
	[MEANS_VERSION] = "version",
	[MEANS_COMMAND] = "command",
	[MEANS_SETTING] = "setting",
	[MEANS_PRESET] = "preset",
	[MEANS_THEME] = "theme",
	[MEANS_SHELL] = "shell",
};
static_assert(sizeof(names) / sizeof(*names) == MEANINGS, "each meaning has a name");

const char *meaning_name(enum meaning meaning)
{
	assert(meaning < MEANINGS);
	return names[meaning];
}

static const char *from_list(const char *const *list, size_t index)
{
	for (size_t i = 0; list[i]; i++) {
		if (i == index)
			return list[i];
	}
	return NULL;
}

static const char *preset(size_t index)
{
	for (size_t i = 0; network_presets[i].name; i++) {
		if (i == index)
			return network_presets[i].name;
	}
	return NULL;
}

const char *meaning_choice(enum meaning meaning, size_t index)
{
	static const char *const ends[] = {"client", "all", NULL};
	static const char *const moments[] = {SNAPSHOT_NOW, NULL};
	static const char *const shells[] = {"bash", "zsh", "fish", NULL};
	switch (meaning) {
	case MEANS_ENDS:
	case MEANS_GROUPS:
		return from_list(ends, index);
	case MEANS_MOMENT:
		return from_list(moments, index);
	case MEANS_SHELL:
		return from_list(shells, index);
	case MEANS_SETTING:
		return link_spec_key(index);
	case MEANS_PRESET:
		return preset(index);
	case MEANS_THEME:
		return theme_name(index);
	default:
		return NULL;
	}
}

bool meaning_is_list(enum meaning meaning)
{
	return meaning == MEANS_NODES || meaning == MEANS_ENDS || meaning == MEANS_GROUPS;
}
