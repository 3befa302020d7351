/*
 * maintain_nodes.c: who came and who went.
 *
 * At every tick the nodes' states are compared with those of the tick before. A node that stops answering begins
 * its grace (grace.h), one that answers again ends it and has its inventory taken; both become events, and the
 * catalog remembers since when a node is away, so that another process that takes over goes on waiting where
 * this one stopped.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <string.h>

enum { SILENCE_MS = 5000, LOOKS_TO_RETURN = 2 };

/* A look that does not end is an answer too. */
static void notice_silence(struct maintenance *maintenance, size_t at)
{
	int64_t began = atomic_load(&maintenance->nodes[at].look_began_ns);
	int64_t silent_ms = began ? (maintain_now_ns(maintenance) - began) / 1000000 : 0;
	if (silent_ms >= SILENCE_MS && maintenance->threaded)
		node_note_silence(&maintenance->store->nodes[at], silent_ms);
}

static void record(struct maintenance *maintenance, struct node *node, enum event_severity severity,
	const char *code, const char *trigger, const char *text)
{
	maintain_record(maintenance, &(struct view_event){
					     .severity = severity,
					     .code = code,
					     .node = node->name,
					     .text = text,
					     .trigger = trigger,
					     .source = "",
					     .target = "",
					     .result = "",
					     .duration_ms = -1,
				     });
}

static void remember_departure(struct maintenance *maintenance, size_t at, int64_t away_ms)
{
	struct error ignored;
	struct catalog *catalog = maintenance->store->writer;
	struct maintain_node *known = &maintenance->nodes[at];
	if (catalog_begin(catalog, &ignored) < 0)
		return;
	if (catalog_set_node_away(catalog, maintenance->store->nodes[at].id, away_ms,
		    grace_departures(&known->grace), &ignored) < 0 ||
		catalog_commit(catalog, &ignored) < 0)
		catalog_rollback(catalog);
}

static void note_departure(struct maintenance *maintenance, size_t at, const struct node_status *status)
{
	struct maintain_node *known = &maintenance->nodes[at];
	struct node *node = &maintenance->store->nodes[at];
	char text[512], grace[64] = "", wait[32];
	/* What took this one may have taken others: they are looked at before anything is planned. */
	maintenance->departed_ns = maintain_now_ns(maintenance);
	maintain_look_soon(maintenance);
	grace_gone(&known->grace, maintain_now_ms(maintenance), maintenance->settings.repair_grace_ms);
	int64_t left = grace_left_ms(&known->grace, maintain_now_ms(maintenance));
	if (left > 0)
		snprintf(
			grace, sizeof(grace), "; waiting %s for it", text_duration(wait, sizeof(wait), left));
	snprintf(text, sizeof(text), "%s is %s: %s%s", node->name, node_state_name(status->state),
		status->cause, grace);
	record(maintenance, node, EVENT_WARNING, "node_lost", status->cause, text);
	maintain_set_trigger(
		maintenance, "%s is %s: %s", node->name, node_state_name(status->state), status->cause);
	remember_departure(maintenance, at, store_now_ms(maintenance->store));
}

static void note_return(struct maintenance *maintenance, size_t at, const struct node_status *status)
{
	struct maintain_node *known = &maintenance->nodes[at];
	struct node *node = &maintenance->store->nodes[at];
	char text[512];
	grace_back(&known->grace, maintain_now_ms(maintenance));
	snprintf(text, sizeof(text), "%s answers again (%s); what it holds is checked and used", node->name,
		node_state_name(status->state));
	record(maintenance, node, EVENT_NOTICE, "node_back", known->cause, text);
	maintain_set_trigger(maintenance, "%s came back", node->name);
	remember_departure(maintenance, at, 0);
	atomic_store(&known->inventory_wanted, true);
	maintenance->stray_sweeps[at].wanted = true;
	maintain_want_reclaim(maintenance);
	/* A catalog that regrew without the node knows nothing of its copies: it does not wait for the next pass. */
	if (status->verified_ms == 0)
		maintenance->scrub.next_start_check_ns = 0;
}

/* A change of state among those in which it answers: slow, draining, read-only, and back. */
static void note_change(struct maintenance *maintenance, size_t at, const struct node_status *status)
{
	static const char *const codes[] = {
		[NODE_UP] = "node_well",
		[NODE_SLOW] = "node_slow",
		[NODE_READ_ONLY] = "node_read_only",
		[NODE_DRAINING] = "node_draining",
	};
	struct node *node = &maintenance->store->nodes[at];
	char text[512];
	bool worse = status->state == NODE_SLOW || status->state == NODE_READ_ONLY;
	snprintf(text, sizeof(text), "%s is %s%s%s", node->name, node_state_name(status->state),
		status->cause[0] ? ": " : "", status->cause);
	record(maintenance, node, worse ? EVENT_WARNING : EVENT_NOTICE, codes[status->state], status->cause,
		text);
	if (status->state == NODE_DRAINING)
		maintain_set_trigger(maintenance, "%s is to be emptied", node->name);
}

static void watch(struct maintenance *maintenance, size_t at)
{
	struct maintain_node *known = &maintenance->nodes[at];
	struct node *node = &maintenance->store->nodes[at];
	struct node_status *status = &maintenance->statuses[at];
	notice_silence(maintenance, at);
	node_status(node, status);
	if (node->id == 0)
		return;
	bool was_readable = known->readable, first = !known->known;
	enum node_state was = known->state;
	known->known = true;
	if (first) {
		node_set_looks_to_return(node, LOOKS_TO_RETURN);
		/* What an earlier maintenance of this store measured is not known. */
		node_set_slow(node, false);
	}
	known->readable = status->readable;
	known->state = status->state;
	if (maintenance->ours) {
		if (!status->readable && !grace_is_away(&known->grace))
			note_departure(maintenance, at, status);
		else if (status->readable && grace_is_away(&known->grace))
			note_return(maintenance, at, status);
		else if (!first && status->readable && was_readable && was != status->state)
			note_change(maintenance, at, status);
	}
	bool awaited = !status->readable && grace_left_ms(&known->grace, maintain_now_ms(maintenance)) > 0;
	if (first || was_readable != status->readable || was != status->state || awaited != known->awaited)
		maintenance->dirty = maintenance->nodes_changed = true;
	known->awaited = awaited;
	memcpy(known->cause, status->cause, sizeof(known->cause));
}

void maintain_watch_nodes(struct maintenance *maintenance)
{
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		watch(maintenance, i);
}

static int take_over(void *context, const struct catalog_node *from, struct error *error)
{
	(void)error;
	struct maintenance *maintenance = context;
	struct node *node = store_node_by_id(maintenance->store, from->id);
	if (!node)
		return 0;
	size_t at = (size_t)(node - maintenance->store->nodes);
	struct maintain_node *known = &maintenance->nodes[at];
	maintenance->stray_sweeps[at].wanted = true;
	if (!from->away_ms)
		return 0;
	/* The wall clock may have jumped either way; what it says is at most a grace that is over. */
	grace_resume(&known->grace, store_now_ms(maintenance->store) - from->away_ms, from->departures, false,
		maintain_now_ms(maintenance), maintenance->settings.repair_grace_ms);
	return 0;
}

int maintain_take_over_nodes(struct maintenance *maintenance, struct error *error)
{
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		grace_init(&maintenance->nodes[i].grace);
	return catalog_each_node(maintenance->store->reader, take_over, maintenance, error);
}
