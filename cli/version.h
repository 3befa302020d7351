/*
 * version.h: the version of the program, as `linckia --version` says it.
 */
#ifndef LINCKIA_CLI_VERSION_H
#define LINCKIA_CLI_VERSION_H

#ifndef LINCKIA_VERSION
#define LINCKIA_VERSION "0.1.0"
#endif

#endif
