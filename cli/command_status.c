#include "cli/command.h"
#include "cli/output.h"
#include "cli/status.h"

static int exit_status(enum health health)
{
	switch (health) {
	case HEALTH_HEALTHY:
		return 0;
	case HEALTH_DEGRADED:
		return 1;
	case HEALTH_CRITICAL:
		return 2;
	case HEALTH_UNKNOWN:
		break;
	}
	return EXIT_UNKNOWN;
}

int command_status(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	const struct view *view;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	if (store_view(store, 0, &view, &error) < 0) {
		store_close(store);
		return command_fail(invocation, &error);
	}
	if (invocation->json)
		output_document(status_json(view));
	else
		status_print(view);
	int status = exit_status(view->health);
	view_unref(view);
	store_close(store);
	return status;
}
