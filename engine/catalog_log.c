/*
 * catalog_log.c: the nodes that the catalog knows, the event log, and since when the store is as healthy as it is.
 */
#include "engine/catalog_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int catalog_each_node(struct catalog *catalog, catalog_node_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_NODE_EACH, error);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_node node = {
			.id = (uint16_t)query_get_int(&query, 0),
			.failed = query_get_int(&query, 3) != 0,
			.draining = query_get_int(&query, 4) != 0,
			.away_ms = query_get_int(&query, 5),
			.departures = (unsigned)query_get_int(&query, 6),
			.verified_ms = query_get_int(&query, 7),
		};
		query_get_text(&query, 1, node.uuid, sizeof(node.uuid));
		query_get_text(&query, 2, node.name, sizeof(node.name));
		visited = visit(context, &node, error);
	}
	int ended = query_end(&query);
	return visited < 0 ? visited : ended;
}

int catalog_add_node(
	struct catalog *catalog, const char *name, const char *uuid, uint16_t *id, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_NODE_ADD, error);
	query_text(&query, 1, uuid);
	query_text(&query, 2, name);
	query_int(&query, 3, catalog->env->time->wall_ms(catalog->env->time)); /* nothing on it is older */
	if (query_run(&query) < 0)
		return -1;
	*id = (uint16_t)sqlite3_last_insert_rowid(catalog->db);
	struct catalog_node node = {.id = *id};
	snprintf(node.name, sizeof(node.name), "%s", name);
	snprintf(node.uuid, sizeof(node.uuid), "%s", uuid);
	facts_node(catalog, &node);
	return 0;
}

int catalog_set_node_failed(struct catalog *catalog, uint16_t id, bool failed, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_NODE_SET_FAILED, error);
	query_int(&query, 1, id);
	query_int(&query, 2, failed);
	facts_node_flag(catalog, id, "failed", failed);
	return query_run(&query);
}

int catalog_set_node_draining(struct catalog *catalog, uint16_t id, bool draining, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_NODE_SET_DRAINING, error);
	query_int(&query, 1, id);
	query_int(&query, 2, draining);
	facts_node_flag(catalog, id, "draining", draining);
	return query_run(&query);
}

int catalog_set_node_away(
	struct catalog *catalog, uint16_t id, int64_t away_ms, unsigned departures, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_NODE_SET_AWAY, error);
	query_int(&query, 1, id);
	query_int(&query, 2, away_ms);
	query_int(&query, 3, departures);
	return query_run(&query);
}

int catalog_set_node_verified(struct catalog *catalog, uint16_t id, int64_t verified_ms, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_NODE_SET_VERIFIED, error);
	query_int(&query, 1, id);
	query_int(&query, 2, verified_ms);
	return query_run(&query);
}

int catalog_add_event(struct catalog *catalog, enum event_severity severity, const char *code,
	const char *node, const char *text, struct error *error)
{
	const struct view_event event = {.severity = severity,
		.code = code,
		.node = node,
		.text = text,
		.trigger = "",
		.source = "",
		.target = "",
		.result = "",
		.duration_ms = -1};
	return catalog_record_event(catalog, &event, error);
}

int catalog_record_event(struct catalog *catalog, const struct view_event *event, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_EVENT_ADD, error);
	query_int(&query, 1, catalog->env->time->wall_ms(catalog->env->time));
	query_int(&query, 2, event->severity);
	query_text(&query, 3, event->code);
	query_text(&query, 4, event->node);
	query_text(&query, 5, event->text);
	query_text(&query, 6, event->trigger);
	query_text(&query, 7, event->source);
	query_text(&query, 8, event->target);
	query_text(&query, 9, event->result);
	query_int(&query, 10, (int64_t)event->chunks);
	query_int(&query, 11, (int64_t)event->bytes);
	query_int(&query, 12, event->duration_ms);
	if (query_run(&query) < 0)
		return -1;
	int64_t id = sqlite3_last_insert_rowid(catalog->db);
	if (id % 1024 != 0)
		return 0;
	struct query trim = query_begin(catalog, SQL_EVENT_TRIM, error);
	query_int(&trim, 1, id - CATALOG_EVENTS_KEPT);
	return query_run(&trim);
}

int catalog_event_start(struct catalog *catalog, size_t count, int64_t *after, struct error *error)
{
	*after = 0;
	struct query query = query_begin(catalog, SQL_EVENT_START, error);
	query_int(&query, 1, (int64_t)count);
	if (query_step(&query) == 1)
		*after = query_get_int(&query, 0);
	return query_end(&query);
}

int catalog_each_event(struct catalog *catalog, int64_t after, size_t limit, catalog_event_visit *visit,
	void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EVENT_PAGE, error);
	query_int(&query, 1, after);
	query_int(&query, 2, (int64_t)limit);
	while (query_step(&query) == 1) {
		char code[64], node[256], text[8192], trigger[1024], source[256], target[256], result[64];
		query_get_text(&query, 3, code, sizeof(code));
		query_get_text(&query, 4, node, sizeof(node));
		query_get_text(&query, 5, text, sizeof(text));
		query_get_text(&query, 6, trigger, sizeof(trigger));
		query_get_text(&query, 7, source, sizeof(source));
		query_get_text(&query, 8, target, sizeof(target));
		query_get_text(&query, 9, result, sizeof(result));
		struct view_event event = {
			.id = query_get_int(&query, 0),
			.time_ms = query_get_int(&query, 1),
			.severity = (enum event_severity)query_get_int(&query, 2),
			.code = code,
			.node = node,
			.text = text,
			.trigger = trigger,
			.source = source,
			.target = target,
			.result = result,
			.chunks = (uint64_t)query_get_int(&query, 10),
			.bytes = (uint64_t)query_get_int(&query, 11),
			.duration_ms = query_get_int(&query, 12),
		};
		visit(context, &event);
	}
	return query_end(&query);
}

int catalog_read_health(struct catalog *catalog, enum health *health, int64_t *since_ms, struct error *error)
{
	struct query query = query_begin(catalog, SQL_META_READ, error);
	query_text(&query, 1, "health");
	int found = query_step(&query);
	if (found == 1) {
		char text[64];
		long long since;
		int word;
		query_get_text(&query, 0, text, sizeof(text));
		found = sscanf(text, "%d %lld", &word, &since) == 2 && word >= 0 && word <= HEALTH_UNKNOWN;
		if (found) {
			*health = (enum health)word;
			*since_ms = since;
		}
	}
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_write_health(struct catalog *catalog, enum health health, int64_t since_ms, struct error *error)
{
	assert(catalog->writing);
	char text[64];
	snprintf(text, sizeof(text), "%d %lld", health, (long long)since_ms);
	struct query query = query_begin(catalog, SQL_META_WRITE, error);
	query_text(&query, 1, "health");
	query_text(&query, 2, text);
	return query_run(&query);
}
