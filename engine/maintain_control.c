/*
 * maintain_control.c: what an operator says of repair, by whatever process: it is paused, it goes on, it may take so
 * much of the disks. The catalog keeps it, and whoever maintains the store follows.
 */
#include <stdio.h>

#include "engine/store.h"
#include "engine/text.h"

static int write_control(struct catalog *catalog, const struct repair_control *control, struct error *error)
{
	char text[256], limit[32];
	if (control->set_bandwidth) {
		int64_t value = control->bandwidth > INT64_MAX ? 0 : (int64_t)control->bandwidth;
		if (control->bandwidth_of_config
				? catalog_remove_setting(catalog, "repair_bandwidth", error) < 0
				: catalog_write_setting(catalog, "repair_bandwidth", value, error) < 0)
			return -1;
		snprintf(text, sizeof(text), "repair may move %s a second",
			control->bandwidth_of_config ? "what the config says"
			: value                      ? text_bytes(limit, sizeof(limit), (uint64_t)value)
						     : "as much as the disks give");
		if (catalog_add_event(catalog, EVENT_INFO, "repair_limit", "", text, error) < 0)
			return -1;
	}
	if (!control->set_paused)
		return 0;
	if (catalog_write_setting(catalog, "repair_paused", control->paused, error) < 0)
		return -1;
	return catalog_add_event(catalog, control->paused ? EVENT_NOTICE : EVENT_INFO,
		control->paused ? "repair_paused" : "repair_resumed", "",
		control->paused ? "repair was paused by the operator" : "repair goes on", error);
}

int store_control_repair(struct store *store, const struct repair_control *control, struct error *error)
{
	error_clear(error);
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	if (write_control(store->writer, control, error) < 0 || catalog_commit(store->writer, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	return 0;
}
