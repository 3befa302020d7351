/*
 * find.c: what names may be, and what the user means by one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"

/* ---- the rules for names ---- */

int store_check_name(const char *name, struct error *error)
{
	size_t length = strlen(name);
	if (length == 0)
		return error_set(error, ERROR_USAGE, "a name must not be empty");
	if (length > STORE_NAME_MAX)
		return error_set(error, ERROR_USAGE, "the name '%.60s…' has %zu bytes; allowed are %d", name,
			length, STORE_NAME_MAX);
	if (name[0] == '/')
		return error_set(
			error, ERROR_USAGE, "the name '%s' begins with '/'; names are relative", name);
	for (const char *part = name;;) {
		size_t size = strcspn(part, "/");
		bool dots = (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.');
		if (size == 0 || dots)
			return error_set(error, ERROR_USAGE,
				"the name '%s' has %s between two '/' or at its end; that is not allowed",
				name,
				size == 0   ? "nothing"
				: size == 1 ? "'.'"
					    : "'..'");
		if (!part[size])
			return 0;
		part += size + 1;
	}
}

bool store_is_entry_name(const char *name, bool folder)
{
	char plain[STORE_NAME_MAX + 2];
	struct error ignored;
	int length = snprintf(plain, sizeof(plain), "%s", name);
	if (length <= 0 || length >= (int)sizeof(plain) || (plain[length - 1] == '/') != folder)
		return false;
	plain[length - (folder ? 1 : 0)] = '\0';
	return store_check_name(plain, &ignored) == 0;
}

int store_trim_name(const char *name, char out[STORE_NAME_MAX + 2], struct error *error)
{
	size_t length = strlen(name);
	if (length > 1 && name[length - 1] == '/')
		length--;
	if (length > STORE_NAME_MAX)
		return store_check_name(name, error);
	memcpy(out, name, length);
	out[length] = '\0';
	return store_check_name(out, error);
}

/* The names from "prefix/" up to, and without, "prefix0". */
int name_range_init(struct name_range *range, const char *prefix, struct error *error)
{
	memset(range, 0, sizeof(*range));
	range->all = !prefix || !*prefix;
	if (range->all)
		return 0;
	if (store_trim_name(prefix, range->itself, error) < 0)
		return -1;
	range->inside = prefix[strlen(prefix) - 1] == '/';
	snprintf(range->first, sizeof(range->first), "%s/", range->itself);
	snprintf(range->below, sizeof(range->below), "%s%c", range->itself, '/' + 1);
	return 0;
}

/* ---- moments ---- */

int store_check_snapshot_name(const char *name, struct error *error)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char digits[] = "0123456789";
	static const char *const allowed =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:+-";
	size_t length = strlen(name);
	if (length == 0 || length >= SNAPSHOT_NAME_SIZE || strspn(name, allowed) != length ||
		(!strchr(letters, name[0]) && !strchr(digits, name[0])))
		return error_set(error, ERROR_USAGE,
			"'%.140s' cannot be the name of a snapshot; it takes 1 to %d letters, digits and "
			"'._:+-', of which the first is a letter or digit",
			name, SNAPSHOT_NAME_SIZE - 1);
	if (strspn(name, digits) == length)
		return error_set(error, ERROR_USAGE,
			"'%s' cannot be the name of a snapshot: numbers are those of versions", name);
	if (strcmp(name, SNAPSHOT_NOW) == 0)
		return error_set(error, ERROR_USAGE,
			"'%s' cannot be the name of a snapshot: it stands for the store as it is", name);
	return 0;
}

int store_find_snapshot(
	struct catalog *catalog, const char *name, struct catalog_snapshot *snapshot, struct error *error)
{
	int found = catalog_find_snapshot(catalog, name, snapshot, error);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND,
			"there is no snapshot '%.140s'; 'linckia snapshot list' shows them", name);
	return 0;
}

int store_find_moment(struct store *store, const char *name, int64_t *at, struct error *error)
{
	struct catalog_snapshot snapshot;
	*at = CATALOG_NOW;
	if (!name || strcmp(name, SNAPSHOT_NOW) == 0)
		return 0;
	if (store_find_snapshot(store->reader, name, &snapshot, error) < 0)
		return -1;
	*at = (int64_t)snapshot.sequence;
	return 0;
}

int store_confirm_moment(struct store *store, const char *name, int64_t at, struct error *error)
{
	int64_t still;
	if (store_find_moment(store, name, &still, error) == 0 && still == at)
		return 0;
	return error_set(error, ERROR_CHANGED,
		"the snapshot '%s' was removed meanwhile, so what was shown of it may lack something", name);
}

/* ---- finding ---- */

/* The file or folder called `name`, which has no closing '/', as it was at a moment. 1 found, 0 not, -1. */
static int find_at(struct catalog *catalog, const char *name, int64_t at, struct catalog_entry *entry,
	struct error *error)
{
	char folder[STORE_NAME_MAX + 3];
	int found = catalog_find_entry_at(catalog, name, at, entry, error);
	if (found != 0)
		return found;
	snprintf(folder, sizeof(folder), "%s/", name);
	return catalog_find_entry_at(catalog, folder, at, entry, error);
}

/* Version `number` of a file or folder of that name. */
static int find_number(struct catalog *catalog, const char *name, uint64_t number,
	struct catalog_entry *entry, struct error *error)
{
	char folder[STORE_NAME_MAX + 3];
	int found = catalog_find_entry(catalog, name, number, entry, error);
	if (found != 0)
		return found;
	snprintf(folder, sizeof(folder), "%s/", name);
	return catalog_find_entry(catalog, folder, number, entry, error);
}

/* Whether the name ever was one, of a file or folder. */
static int was_known(struct catalog *catalog, const char *name, struct error *error)
{
	char folder[STORE_NAME_MAX + 3];
	unsigned replication_factor;
	int found = catalog_find_replication(catalog, name, &replication_factor, error);
	if (found != 0)
		return found;
	snprintf(folder, sizeof(folder), "%s/", name);
	return catalog_find_replication(catalog, folder, &replication_factor, error);
}

/* A number of at most 18 digits, or 0. */
static uint64_t read_number(const char *text)
{
	bool number = *text && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text);
	return number ? strtoull(text, NULL, 10) : 0;
}

static int explain_past(
	struct catalog *catalog, const char *name, const char *which, bool taken, struct error *error)
{
	int known = was_known(catalog, name, error);
	if (known <= 0)
		return known;
	if (taken)
		return error_set(error, ERROR_NOT_FOUND,
			"'%s' is not in the snapshot '%s'; 'linckia versions' tells when it was there", name,
			which);
	if (read_number(which))
		return error_set(error, ERROR_NOT_FOUND,
			"'%s' has no version %s; 'linckia versions' lists those it has", name, which);
	return error_set(error, ERROR_NOT_FOUND,
		"'%s' has no version '%.140s', and there is no snapshot of that name; 'linckia versions' and "
		"'linckia snapshot list' show what there is",
		name, which);
}

int store_find_past(
	struct catalog *catalog, const char *name, struct catalog_entry *entry, struct error *error)
{
	char base[STORE_NAME_MAX + 2];
	size_t length = strlen(name);
	const char *at = strrchr(name, '@');
	if (!at || at == name || !at[1] || length >= sizeof(base))
		return 0;
	const char *which = at + 1;
	length = (size_t)(at - name);
	while (length > 1 && name[length - 1] == '/')
		length--;
	memcpy(base, name, length);
	base[length] = '\0';
	struct catalog_snapshot snapshot;
	uint64_t number = read_number(which);
	int taken = number ? 0 : catalog_find_snapshot(catalog, which, &snapshot, error);
	int found = taken;
	if (number)
		found = find_number(catalog, base, number, entry, error);
	else if (taken > 0)
		found = find_at(catalog, base, (int64_t)snapshot.sequence, entry, error);
	return found != 0 ? found : explain_past(catalog, base, which, taken > 0, error);
}

int store_find(struct store *store, const char *name, struct catalog_entry *entry, struct error *error)
{
	char exact[STORE_NAME_MAX + 2];
	if (store_trim_name(name, exact, error) < 0)
		return -1;
	int found = find_at(store->reader, exact, CATALOG_NOW, entry, error);
	if (found == 0)
		found = store_find_past(store->reader, exact, entry, error);
	int known = found ? 0 : was_known(store->reader, exact, error);
	if (found < 0 || known < 0)
		return -1;
	if (known > 0)
		return error_set(error, ERROR_NOT_FOUND,
			"'%s' was removed; 'linckia versions' shows what can be had of it", name);
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the store", name);
	return 0;
}
