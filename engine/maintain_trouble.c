/*
 * maintain_trouble.c: what keeps maintenance from its work, for somebody who waits for it.
 *
 * Maintenance itself tries again for as long as it runs: a catalog that cannot be read may be readable
 * tomorrow. Who waits for a pass in the foreground wants to know instead, once it has gone on for longer than
 * what passes by itself.
 */
#include "engine/maintain.h"

enum {
	TROUBLE_MS = 4000,
	GAP_MS = 2000, /* what has not failed for so long goes on; all is tried more often than that */
};

void maintain_note_trouble(struct maintenance *maintenance, const struct error *error)
{
	int64_t now = maintain_now_ns(maintenance);
	if (error->code == ERROR_BUSY)
		return; /* somebody else works with the catalog; that ends */
	pthread_mutex_lock(&maintenance->mutex);
	bool anew = maintenance->trouble.code == ERROR_NONE ||
		    now - maintenance->trouble_ns > (int64_t)GAP_MS * 1000000;
	if (anew)
		maintenance->trouble_since_ns = now;
	maintenance->trouble_ns = now;
	maintenance->trouble = *error;
	pthread_mutex_unlock(&maintenance->mutex);
}

bool maintain_is_in_trouble(struct maintenance *maintenance, struct error *error)
{
	pthread_mutex_lock(&maintenance->mutex);
	int64_t lasted = maintenance->trouble_ns - maintenance->trouble_since_ns;
	bool found = maintenance->trouble.code != ERROR_NONE && lasted >= (int64_t)TROUBLE_MS * 1000000 &&
		     maintain_now_ns(maintenance) - maintenance->trouble_ns <= (int64_t)GAP_MS * 1000000;
	if (found)
		*error = maintenance->trouble;
	pthread_mutex_unlock(&maintenance->mutex);
	return found;
}
