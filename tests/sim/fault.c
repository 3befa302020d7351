#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/uuid.h"
#include "sim.h"

/* ---- folders ---- */

void fault_folder_of(const struct sim *sim, int node, char *path, size_t size)
{
	if (sim->nodes[node].place == PLACE_HERE)
		snprintf(path, size, "%s/node-%d", sim->store_folder, node);
	else
		snprintf(path, size, "%s/away-%d", sim->folder, node);
}

static bool is_here(const struct sim *sim, int node)
{
	return sim->nodes[node].place == PLACE_HERE;
}

static bool is_elsewhere(const struct sim *sim, int node)
{
	return sim->nodes[node].place != PLACE_HERE;
}

static void move_folder(struct sim *sim, int node, bool away)
{
	char here[320], there[320];
	snprintf(here, sizeof(here), "%s/node-%d", sim->store_folder, node);
	snprintf(there, sizeof(there), "%s/away-%d", sim->folder, node);
	if (rename(away ? here : there, away ? there : here) < 0)
		violation(sim, "the simulation cannot move %s: %s", here, strerror(errno));
}

/*
 * In the place of a node stands nothing, an empty folder, or a node of another store; sometimes with all the folders
 * of a node, so that nothing but the identity tells.
 */
static void put_stranger(struct sim *sim, int node, enum place place)
{
	char path[400];
	snprintf(path, sizeof(path), "%s/node-%d", sim->store_folder, node);
	if (place == PLACE_AWAY)
		return;
	if (mkdir(path, 0700) < 0)
		violation(sim, "the simulation cannot make %s: %s", path, strerror(errno));
	if (percent(sim, 50))
		shell(sim, "cd store/node-%d && mkdir -p chunks/00 chunks/a0 journal catalog quarantine",
			node);
	if (place != PLACE_FOREIGN)
		return;
	strcat(path, "/" NODE_IDENTITY_FILE);
	FILE *file = fopen(path, "w");
	if (!file ||
		fprintf(file,
			"{\"format\":1,\"store\":\"11111111-1111-4111-8111-111111111111\","
			"\"node\":\"22222222-2222-4222-8222-222222222222\",\"name\":\"node-%d\"}\n",
			node) < 0 ||
		fclose(file) != 0)
		violation(sim, "the simulation cannot write %s: %s", path, strerror(errno));
}

void fault_take_away(struct sim *sim, int node)
{
	move_folder(sim, node, true);
	sim->nodes[node].place = PLACE_AWAY;
	node_note_change(sim, node);
}

void fault_away(struct sim *sim)
{
	static const char *const words[] = {
		[PLACE_AWAY] = "gone", [PLACE_UNMOUNTED] = "empty", [PLACE_FOREIGN] = "another store's"};
	static const enum counter kinds[] = {[PLACE_AWAY] = COUNT_FAULT_AWAY,
		[PLACE_UNMOUNTED] = COUNT_FAULT_UNMOUNTED,
		[PLACE_FOREIGN] = COUNT_FAULT_FOREIGN};
	int node = node_draw(sim, is_here);
	if (!node)
		return;
	enum place place = (enum place)between(sim, PLACE_AWAY, PLACE_FOREIGN);
	note(sim, "the folder of node-%d is %s", node, words[place]);
	move_folder(sim, node, true);
	sim->nodes[node].place = place;
	put_stranger(sim, node, place);
	sim->nodes[node].stranger_entries = fault_count_stranger(sim, node);
	node_note_change(sim, node);
	count(kinds[place]);
}

static unsigned entries;

static int count_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)path;
	(void)status;
	(void)type;
	(void)walk;
	entries++;
	return 0;
}

unsigned fault_count_stranger(const struct sim *sim, int node)
{
	char path[320];
	snprintf(path, sizeof(path), "%s/node-%d", sim->store_folder, node);
	entries = 0;
	nftw(path, count_entry, 8, FTW_PHYS);
	return entries;
}

void fault_bring_back(struct sim *sim, int node)
{
	if (sim->nodes[node].place != PLACE_AWAY)
		shell(sim, "rm -r store/node-%d", node);
	move_folder(sim, node, false);
	sim->nodes[node].place = PLACE_HERE;
	node_note_change(sim, node);
}

void fault_back(struct sim *sim)
{
	int node = node_draw(sim, is_elsewhere);
	if (!node)
		return;
	note(sim, "the folder of node-%d is back", node);
	fault_bring_back(sim, node);
}

/* Puts a copy of a node's folder aside, as an image of its disk. */
void fault_image(struct sim *sim)
{
	int node = node_draw(sim, is_here);
	if (!node)
		return;
	note(sim, "an image of node-%d is made", node);
	shell(sim, "rm -rf image-%d && cp -a store/node-%d image-%d", node, node, node);
	sim->nodes[node].has_image = true;
}

/* So many journals may be damaged, or out of reach, before something that was acknowledged might be in none. */
static bool may_damage_journal(const struct sim *sim, int node)
{
	unsigned damaged = 1;
	for (int i = 1; i < WORLD_NODES; i++)
		damaged += i != node && sim->nodes[i].exists && sim->nodes[i].journal_damaged;
	return damaged < sim->settings.least_copies;
}

static bool has_image(const struct sim *sim, int node)
{
	return sim->nodes[node].has_image && may_damage_journal(sim, node);
}

void fault_stale(struct sim *sim)
{
	int node = node_draw(sim, has_image);
	if (!node || !check_may_strike(sim) || !check_may_lose(sim, node, NULL))
		return;
	bool here = sim->nodes[node].place == PLACE_HERE;
	note(sim, "node-%d is as it was when its image was made", node);
	shell(sim, "rm -rf trash && mv %s%d trash && mv image-%d %s%d && rm -rf trash",
		here ? "store/node-" : "away-", node, node, here ? "store/node-" : "away-", node);
	sim->nodes[node].has_image = false;
	sim->nodes[node].journal_damaged = true;
	look_forget(node);
	plant_forget(sim, node);
	node_note_change(sim, node);
	check_note_doomed(sim);
	count(COUNT_FAULT_STALE);
}

/* ---- chunk files ---- */

void fault_wipe(struct sim *sim)
{
	char folder[320];
	int node = node_draw(sim, node_any);
	if (!check_may_strike(sim) || !check_may_lose(sim, node, NULL))
		return;
	note(sim, "node-%d loses all chunk files", node);
	fault_folder_of(sim, node, folder, sizeof(folder));
	shell(sim, "find '%s/chunks' -type f -delete", folder);
	look_forget(node);
	plant_forget(sim, node);
	check_note_doomed(sim);
	sim->strange_ms = world_now_ms();
	count(COUNT_FAULT_WIPED);
}

static void flip_byte(struct sim *sim, int fd, off_t size)
{
	uint8_t byte;
	off_t at = (off_t)draw(sim, (uint64_t)size);
	if (size == 0 || pread(fd, &byte, 1, at) != 1)
		return;
	byte ^= (uint8_t)between(sim, 1, 255);
	if (pwrite(fd, &byte, 1, at) != 1)
		violation(sim, "the simulation cannot change a file: %s", strerror(errno));
}

/* Damages a file in one of four ways; 0: a byte, 1: cut short, 2: longer, 3: deleted. */
static void damage_file(struct sim *sim, const char *path, unsigned way)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		violation(sim, "the simulation cannot open %s: %s", path, strerror(errno));
	int result = 0;
	if (way == 0)
		flip_byte(sim, fd, status.st_size);
	else if (way == 1)
		result = ftruncate(fd, (off_t)draw(sim, (uint64_t)status.st_size + 1));
	else if (way == 2)
		result = ftruncate(fd, status.st_size + (off_t)between(sim, 1, 100));
	else
		result = unlink(path);
	close(fd);
	if (result < 0)
		violation(sim, "the simulation cannot damage %s: %s", path, strerror(errno));
}

void fault_spoil(struct sim *sim, int node, const struct digest *digest)
{
	char path[512], hex[DIGEST_HEX_SIZE];
	note(sim, "node-%d: %.12s, which is left over, is changed", node, digest_hex(digest, hex));
	look_chunk_path(sim, node, digest, path, sizeof(path));
	damage_file(sim, path, 0);
	look_forget(node);
	count(COUNT_SPOILED);
}

static int draw_copy(struct sim *sim, int node)
{
	int found[LOOK_CHUNKS], count = 0;
	for (int i = 0; i < sim->look->chunk_count; i++) {
		const struct seen_chunk *chunk = &sim->look->chunks[i];
		if (chunk->good & chunk->catalogued & 1U << node && check_may_lose(sim, node, &chunk->digest))
			found[count++] = i;
	}
	return count ? found[draw(sim, (uint64_t)count)] : NOTHING;
}

static bool damage_copy(struct sim *sim, int node)
{
	static const enum counter kinds[] = {
		COUNT_FAULT_CORRUPT, COUNT_FAULT_CUT_SHORT, COUNT_FAULT_EXTENDED, COUNT_FAULT_DELETED};
	static const char *const words[] = {"changed", "cut short", "extended", "deleted"};
	char path[512], hex[DIGEST_HEX_SIZE];
	int at = draw_copy(sim, node);
	if (at == NOTHING)
		return false;
	unsigned way = (unsigned)draw(sim, 4);
	digest_hex(&sim->look->chunks[at].digest, hex);
	note(sim, "node-%d: %.12s is %s", node, hex, words[way]);
	look_chunk_path(sim, node, &sim->look->chunks[at].digest, path, sizeof(path));
	damage_file(sim, path, way);
	look_forget(node);
	check_note_doomed(sim);
	count(kinds[way]);
	return true;
}

void fault_damage(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	if (!check_may_strike(sim))
		return;
	for (uint64_t left = between(sim, 1, 6); left > 0 && damage_copy(sim, node); left--)
		continue;
}

/* ---- journals ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A file of one of the node's folders, drawn; false when there is none. */
static bool draw_file(struct sim *sim, int node, const char *folder, char *path, size_t size)
{
	char names[64][64];
	size_t count = 0, length;
	fault_folder_of(sim, node, path, size);
	length = strlen(path);
	snprintf(path + length, size - length, "/%s", folder);
	DIR *listing = opendir(path);
	for (struct dirent *entry; listing && (entry = readdir(listing));)
		if (count < 64 && strstr(entry->d_name, ".jsonl"))
			snprintf(names[count++], sizeof(names[0]), "%.60s", entry->d_name);
	if (listing)
		closedir(listing);
	if (count == 0)
		return false;
	qsort(names, count, sizeof(names[0]), by_name);
	length = strlen(path);
	snprintf(path + length, size - length, "/%s", names[draw(sim, count)]);
	return true;
}

static void damage_record(struct sim *sim, const char *folder, enum counter counter)
{
	char path[512];
	int node = node_draw(sim, may_damage_journal);
	if (!node || !draw_file(sim, node, folder, path, sizeof(path)))
		return;
	unsigned way = (unsigned)draw(sim, 4);
	note(sim, "node-%d: %s is damaged, way %u", node, path + strlen(sim->folder), way);
	damage_file(sim, path, way);
	sim->nodes[node].journal_damaged = true;
	sim->strange_ms = world_now_ms();
	count(counter);
}

void fault_journal(struct sim *sim)
{
	damage_record(sim, "journal", COUNT_FAULT_JOURNAL);
}

void fault_catalog_copy(struct sim *sim)
{
	damage_record(sim, "catalog", COUNT_FAULT_COPY);
}

/* ---- disks ---- */

static bool has_disk_fault(const struct sim *sim, int node)
{
	(void)sim;
	const struct disk_fault *disk = &world.disks[node];
	return disk->bad_reads || disk->bad_writes || disk->bad_flushes || disk->full || disk->bad_journal;
}

void fault_disk(struct sim *sim)
{
	static const unsigned chances[] = {100, 100, 30, 5};
	int node = node_draw(sim, node_any);
	struct disk_fault *disk = &world.disks[node];
	if (!check_may_strike(sim) || !check_may_lose(sim, node, NULL))
		return;
	switch (draw(sim, 5)) {
	case 0:
		disk->bad_reads = true;
		count(COUNT_FAULT_READS);
		break;
	case 1:
		disk->bad_writes = true;
		count(COUNT_FAULT_WRITES);
		break;
	case 2:
		disk->bad_flushes = true;
		count(COUNT_FAULT_FLUSHES);
		break;
	case 3:
		disk->bad_journal = true;
		count(COUNT_FAULT_JOURNAL_WRITES);
		break;
	default:
		disk->full = true;
		count(COUNT_FAULT_FULL);
	}
	disk->percent = chances[draw(sim, 4)];
	note(sim, "the disk of node-%d has%s%s%s%s%s, %u %% of the time", node,
		disk->bad_reads ? " bad reads" : "", disk->bad_writes ? " bad writes" : "",
		disk->bad_flushes ? " bad flushes" : "", disk->full ? " no room" : "",
		disk->bad_journal ? " a bad journal" : "", disk->percent);
}

static void make_well(struct sim *sim, int node)
{
	memset(&world.disks[node], 0, sizeof(world.disks[node]));
	node_note_change(sim, node);
}

void fault_disk_well(struct sim *sim)
{
	int node = node_draw(sim, has_disk_fault);
	if (!node)
		return;
	note(sim, "the disk of node-%d is well", node);
	make_well(sim, node);
}

void fault_disks_well(struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++)
		if (has_disk_fault(sim, i))
			make_well(sim, i);
}

/* ---- the clock ---- */

void fault_clock(struct sim *sim)
{
	static const int64_t most_ms[] = {
		10000, INT64_C(3600) * 1000, INT64_C(86400) * 1000, INT64_C(400) * 86400 * 1000};
	int64_t by_ms = (int64_t)between(sim, 1, (uint64_t)most_ms[draw(sim, 4)]);
	bool back = percent(sim, 50);
	settle_note_latest(sim);
	world.wall_offset_ms += back ? -by_ms : by_ms;
	note(sim, "the wall clock is set %s by %lld ms", back ? "back" : "forward", (long long)by_ms);
	sim->strange_ms = world_now_ms();
	count(back ? COUNT_FAULT_CLOCK_BACK : COUNT_FAULT_CLOCK_FORWARD);
}

/* ---- the end ---- */

void fault_mend_all(struct sim *sim)
{
	for (int i = 1; i < WORLD_NODES; i++) {
		struct sim_node *node = &sim->nodes[i];
		if (!node->exists)
			continue;
		if (node->place != PLACE_HERE)
			fault_bring_back(sim, i);
		make_well(sim, i);
		node->capacity_kib = 0;
	}
	drive_write_config(sim);
}
