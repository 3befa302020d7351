/*
 * network.h: the simulated network: what every transfer of a rehearsal store passes. docs/network.md has the model.
 *
 * Ends are numbers: NETWORK_CLIENT is whoever runs the program, 1 + i is the node with the index i. From each end to
 * each other one there is a link with settings of its own; one without settings is perfect. A transfer of n bytes
 * that is ready at a moment t arrives at
 *
 *   max(t, free) + sent / bandwidth + waits + latency + uniform(0 … jitter)
 *
 * where `free` is when the link is done with the transfers before (it serves one at a time, in the order in which
 * they come; but what is not larger than NETWORK_SMALL_BYTES slips in between the packets of the others). What is
 * sent goes in rounds of NETWORK_ROUND_BYTES; each is lost with the probability `loss`, and is then sent again after
 * a wait, which begins with NETWORK_WAIT_MS or two round trips, whichever is longer, and doubles each time, as TCP
 * does it (RFC 6298, section 5). `sent` counts what was sent again, `waits` is the sum of these waits. A round that
 * was lost NETWORK_TRIES times in a row ends the transfer.
 *
 * All waiting goes through the environment's timekeeper, and all chance through generators seeded by the network's
 * seed, one for each link (splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * OOPSLA 2014), so that on a virtual clock a run can be repeated, and so that what goes over one link changes nothing
 * on another.
 *
 * A change of settings is felt by transfers under way: what is left of them goes by the new ones. Any thread.
 */
#ifndef LINCKIA_ENGINE_NETWORK_H
#define LINCKIA_ENGINE_NETWORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/env.h"
#include "engine/error.h"
#include "engine/view.h"

enum {
	NETWORK_CLIENT = 0,
	NETWORK_SMALL_BYTES = 4096,
	NETWORK_ROUND_BYTES = 64 << 10,
	NETWORK_TRIES = 8,
	NETWORK_WAIT_MS = 200,
	NETWORK_WAIT_MAX_MS = 3200,
};

struct network;

/* One link that is not perfect. */
struct network_link {
	unsigned from, to;
	bool of_config; /* for whoever lists them */
	struct link_settings settings;
};

/*
 * Told now and then, while a transfer waits and before one begins, so that changes from elsewhere can be taken over.
 */
typedef void network_follow(void *context);

/*
 * A network without links. `follow` may be NULL: then nothing changes but through network_apply(), and as long as no
 * link is there a transfer costs one relaxed atomic load. It must neither block for long nor pass the network itself.
 */
MUST_CHECK int network_new(const struct env *env, uint64_t seed, network_follow *follow, void *context,
	struct network **network, struct error *error);
void network_free(struct network *network);

/*
 * Replaces all links. Perfect ones are left out; of several for the same direction the last one counts. A link that
 * stays as it was goes on as if nothing had happened. Fails only without memory, and changes nothing then.
 */
MUST_CHECK int network_apply(struct network *network, const struct network_link *links, size_t count);

/* Whether these settings do nothing. */
bool link_is_perfect(const struct link_settings *settings);
bool link_settings_equal(const struct link_settings *a, const struct link_settings *b);

/* The settings in one direction. */
void network_get(struct network *network, unsigned from, unsigned to, struct network_link *link);
bool network_is_cut(struct network *network, unsigned from, unsigned to);

/* All links that are not perfect, sorted by `from` and `to`; the caller frees them. -1 without memory. */
MUST_CHECK int network_list(struct network *network, struct network_link **links, size_t *count);

/*
 * Waits for as long as `bytes` take from one end to the other; 0 bytes: a message that is only late. `since_ns`, by
 * the monotonic clock, is when they were ready to be sent; 0: now. 0, or -1 with errno: EHOSTUNREACH when the link is
 * cut or is cut meanwhile, ETIMEDOUT when too much was lost, ECANCELED when that was asked for.
 */
MUST_CHECK int network_pass(
	struct network *network, unsigned from, unsigned to, uint64_t bytes, int64_t since_ns);

/*
 * From here on what this thread sends ends with ECANCELED soon after `stop` is set. NULL: no more. It outlives the
 * transfers.
 */
void network_heed(const atomic_bool *stop);
/* Whether this thread heeds something, and whether that is set. */
bool network_is_heeding(void);
bool network_is_stopped(void);

/*
 * A small message from the client to each of these ends, and its answer, all at the same time: waits until the last
 * one is back. `numbers` gets 0 or an errno for each, as above.
 */
void network_ask(struct network *network, const unsigned *ends, size_t count, int *numbers);

/* Whether a transfer may have to wait. One relaxed load. */
bool network_is_on(const struct network *network);

#endif
