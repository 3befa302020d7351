/*
 * options.h: the tables of options that the table of commands points to.
 */
#ifndef LINCKIA_CLI_OPTIONS_H
#define LINCKIA_CLI_OPTIONS_H

#include "cli/arguments.h"

extern const struct option completion_options[];
extern const struct option console_options[];
extern const struct option events_options[];
extern const struct option gc_options[];
extern const struct option get_options[];
extern const struct option ls_options[];
extern const struct option metrics_options[];
extern const struct option net_link_options[];
extern const struct option new_options[];
extern const struct option node_add_options[];
extern const struct option node_corrupt_options[];
extern const struct option put_options[];
extern const struct option rebuild_options[];
extern const struct option repair_options[];
extern const struct option risk_options[];
extern const struct option run_options[];
extern const struct option scrub_options[];
extern const struct option status_options[];

#endif
