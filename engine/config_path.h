/*
 * config_path.h: where the paths of a config lead.
 *
 * Only the config's own folder is looked up on the disk; all else is resolved by its letters alone,
 * because the folders of a store may not exist yet.
 */
#ifndef LINCKIA_ENGINE_CONFIG_PATH_H
#define LINCKIA_ENGINE_CONFIG_PATH_H

/*
 * `path` seen from the absolute folder `base`, without "." parts, ".." parts, repeated and closing
 * slashes. The caller frees it; NULL without memory.
 */
char *config_path_resolve(const char *base, const char *path);

/*
 * The absolute path of the config file at `path`: its folder as realpath() knows it, or by its letters
 * if it does not exist; the file itself is not followed. The caller frees it; NULL without memory.
 */
char *config_path_of_file(const char *path);

/* The folder that holds the file at the absolute `path`. The caller frees it; NULL without memory. */
char *config_path_folder(const char *path);

#endif
