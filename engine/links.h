/*
 * links.h: the links of a store's simulated network: from where they are kept to where transfers find them.
 *
 * The config's `network.links` come first; over them lies what was set since, which the catalog keeps (table `link`),
 * with a count of changes (setting `links`), by which another process's are noticed. Both use names, since a node's
 * place among the store's nodes is this process's own affair, and since a link may be described before its node is
 * there.
 *
 * The network of a store that is not for rehearsal has no links, whatever the config says.
 *
 * Invariant: nobody holds a node's mutex or the network's while the catalog is asked; and following never waits for
 * somebody else who follows.
 */
#ifndef LINCKIA_ENGINE_LINKS_H
#define LINCKIA_ENGINE_LINKS_H

#include "engine/store.h"

/* Makes the network of a store whose nodes and catalog are there. */
MUST_CHECK int links_open(struct store *store, struct error *error);
void links_close(struct store *store);

/* Gives a node its place in the network, before it is probed. */
void links_add_node(struct store *store, struct node *node);

/*
 * Takes over what other processes have changed, and nodes that were added, and looks at nodes that can be reached
 * again.
 */
MUST_CHECK int links_refresh(struct store *store, struct error *error);
/*
 * The same, but only a few times a second, whoever asks; for where chunks are read and written. In a store without a
 * network it costs a comparison.
 */
void links_follow(struct store *store);

/* The config was read anew: its links take the place of those it had. Takes them out of `config`. */
void links_take_config(struct store *store, struct config *config);

/* What was set of the node's links goes, in the transaction under way. */
MUST_CHECK int links_forget_node(struct store *store, const struct node *node, struct error *error);

/* A change of the catalog's links is part of the transaction under way. */
MUST_CHECK int links_note_change(struct store *store, struct error *error);

/* The name of an end. */
const char *links_end_name(const struct store *store, unsigned end);

#endif
