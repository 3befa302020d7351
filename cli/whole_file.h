/*
 * whole_file.h: a small text file that others read while it is written anew.
 */
#ifndef LINCKIA_CLI_WHOLE_FILE_H
#define LINCKIA_CLI_WHOLE_FILE_H

#include <sys/types.h>

#include "engine/engine.h"

/*
 * Makes `text` what is in `path`, with the permission bits `mode` whatever the umask: it is written under a name that
 * begins with a dot in the same folder, and renamed, so that a reader finds the old text or the new one. A file of
 * that name is replaced; anything else, a device or a link, is refused (ERROR_EXISTS). After a failure nothing is
 * left behind. Flushed no more than `cp` would.
 */
MUST_CHECK int whole_file_write(const char *path, const char *text, mode_t mode, struct error *error);

#endif
