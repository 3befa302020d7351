/*
 * completion_scripts.h: the files of packaging/completions, which the build makes part of the program.
 */
#ifndef LINCKIA_CLI_COMPLETION_SCRIPTS_H
#define LINCKIA_CLI_COMPLETION_SCRIPTS_H

extern const char completion_bash[], completion_zsh[], completion_fish[];

#endif
