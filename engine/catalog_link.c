/*
 * catalog_link.c: what was set of the simulated network.
 */
#include "engine/catalog_private.h"

#include <assert.h>

int catalog_each_link(struct catalog *catalog, catalog_link_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_LINK_EACH, error);
	int status = 0;
	while (status == 0 && query_step(&query) == 1) {
		struct catalog_link link;
		query_get_text(&query, 0, link.from, sizeof(link.from));
		query_get_text(&query, 1, link.to, sizeof(link.to));
		link.settings = (struct link_settings){
			.latency_ms = query_get_int(&query, 2),
			.jitter_ms = query_get_int(&query, 3),
			.bandwidth = (uint64_t)query_get_int(&query, 4),
			.loss = query_get_real(&query, 5),
			.cut = query_get_int(&query, 6) != 0,
		};
		status = visit(context, &link, error);
	}
	return query_end(&query) < 0 ? -1 : status;
}

int catalog_set_link(struct catalog *catalog, const char *from, const char *to,
	const struct link_settings *settings, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_LINK_SET, error);
	query_text(&query, 1, from);
	query_text(&query, 2, to);
	query_int(&query, 3, settings->latency_ms);
	query_int(&query, 4, settings->jitter_ms);
	query_int(&query, 5, (int64_t)settings->bandwidth);
	query_real(&query, 6, settings->loss);
	query_int(&query, 7, settings->cut);
	return query_run(&query);
}

int catalog_remove_links(struct catalog *catalog, const char *name, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_LINK_REMOVE, error);
	if (name)
		query_text(&query, 1, name);
	else
		query_null(&query, 1);
	return query_run(&query);
}
