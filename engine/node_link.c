/*
 * node_link.c: what goes between the client and a node, and from node to node, over the simulated network.
 */
#include <errno.h>
#include <string.h>

#include "engine/node.h"

static int pass(struct node *node, unsigned from, unsigned to, uint64_t bytes, int64_t since_ns)
{
	return node->network ? network_pass(node->network, from, to, bytes, since_ns) : 0;
}

static bool is_on(const struct node *node)
{
	return node->network && network_is_on(node->network);
}

int node_request(struct node *node, int64_t *there_ns)
{
	*there_ns = 0;
	if (pass(node, NETWORK_CLIENT, node->end, 0, 0) < 0)
		return -1;
	if (is_on(node))
		*there_ns = node->env->time->monotonic_ns(node->env->time);
	return 0;
}

int node_receive(struct node *node, uint64_t bytes, int64_t there_ns)
{
	return pass(node, node->end, NETWORK_CLIENT, bytes, there_ns);
}

int node_send(struct node *node, uint64_t bytes)
{
	return pass(node, NETWORK_CLIENT, node->end, bytes, 0);
}

int node_confirm(struct node *node)
{
	return pass(node, node->end, NETWORK_CLIENT, 0, 0);
}

int node_exchange(struct node *node)
{
	return node_send(node, 0) < 0 ? -1 : node_confirm(node);
}

void node_exchange_all(struct node *const *nodes, size_t count)
{
	enum { AT_ONCE = 64 };
	unsigned ends[AT_ONCE];
	int numbers[AT_ONCE];
	for (size_t done = 0; done < count && is_on(nodes[0]); done += AT_ONCE) {
		size_t some = count - done < AT_ONCE ? count - done : AT_ONCE;
		for (size_t i = 0; i < some; i++)
			ends[i] = nodes[done + i]->end;
		network_ask(nodes[0]->network, ends, some, numbers);
		for (size_t i = 0; i < some; i++)
			if (numbers[i] != 0)
				node_note_errno(nodes[done + i], numbers[i]);
	}
}

bool node_is_cut_from(struct node *source, struct node *target)
{
	return source->network && source != target &&
	       network_is_cut(source->network, source->end, target->end);
}

int node_relay(struct node *source, struct node *target, uint64_t bytes)
{
	if (!is_on(source) || source == target)
		return 0;
	if (!node_is_cut_from(source, target))
		return pass(source, source->end, target->end, bytes, 0);
	return node_receive(source, bytes, 0) < 0 ? -1 : node_send(target, bytes);
}

bool node_errno_is_of_network(int number)
{
	return number == ETIMEDOUT || number == EHOSTUNREACH || number == ECANCELED;
}

const char *node_errno_text(int number, char *out, size_t size)
{
	switch (number) {
	case ETIMEDOUT:
		return NODE_TIMED_OUT;
	case EHOSTUNREACH:
		return NODE_CUT_OFF;
	default:
		return strerror_r(number, out, size);
	}
}
