/*
 * plant.c: files among the chunks of a node that the catalog does not count there.
 *
 * Such a file is left over from another time: of a copy that was given up, of a put that failed, of a catalog that
 * was lost. One with a chunk's name and other bytes must never count as a copy. One that no catalog knows may be all
 * that is left of something.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

enum { UNKNOWN_BYTES = 100 };

void plant_forget(struct sim *sim, int node)
{
	for (int i = 0; i < PLANTED; i++)
		if (sim->planted[i].node == node)
			sim->planted[i].node = 0;
}

static void write_file(struct sim *sim, const char *path, const uint8_t *bytes, size_t size)
{
	char folder[512];
	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		violation(sim, "the simulation cannot make %s: %s", folder, strerror(errno));
	FILE *file = fopen(path, "w");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
		violation(sim, "the simulation cannot write %s: %s", path, strerror(errno));
}

static void plant_unknown(struct sim *sim, int node)
{
	char path[512];
	int at = 0;
	while (at < PLANTED && sim->planted[at].node)
		at++;
	if (at == PLANTED)
		return;
	struct content content = content_of(draw(sim, UINT64_MAX), UNKNOWN_BYTES);
	sim->planted[at] = (struct planted){node, content.digest};
	look_chunk_path(sim, node, &content.digest, path, sizeof(path));
	note(sim, "node-%d has a file that no catalog knows", node);
	write_file(sim, path, content_bytes(&content), content.size);
	count(COUNT_FAULT_UNKNOWN);
}

/* A chunk that the node is not known to hold, and of which it has no good file; NOTHING. */
static int draw_chunk(struct sim *sim, int node)
{
	int found[LOOK_CHUNKS], count = 0;
	for (int i = 0; i < sim->look->chunk_count; i++)
		if (!(sim->look->chunks[i].catalogued & 1U << node) && sim->look->chunks[i].size &&
			!(look_for_files(sim, &sim->look->chunks[i]) & 1U << node))
			found[count++] = i;
	return count ? found[draw(sim, (uint64_t)count)] : NOTHING;
}

static void plant_in_place(struct sim *sim, int node, const struct seen_chunk *chunk, uint64_t size)
{
	char path[512], hex[DIGEST_HEX_SIZE];
	struct content content = content_of(draw(sim, UINT64_MAX), (uint32_t)size);
	look_chunk_path(sim, node, &chunk->digest, path, sizeof(path));
	note(sim, "node-%d: another file lies where %.12s would be", node, digest_hex(&chunk->digest, hex));
	write_file(sim, path, content_bytes(&content), content.size);
	look_forget(node);
	count(COUNT_FAULT_PLANTED);
}

static void plant_wrong(struct sim *sim, int node)
{
	int at = draw_chunk(sim, node);
	if (at == NOTHING)
		return;
	const struct seen_chunk *chunk = &sim->look->chunks[at];
	plant_in_place(sim, node, chunk, percent(sim, 80) ? chunk->size : draw(sim, CONTENT_MAX));
}

void plant_decoys(struct sim *sim, int but, const struct digest *digest)
{
	const struct seen_chunk *chunk = &sim->look->chunks[look_find(sim->look, digest)];
	for (int i = 1; i < WORLD_NODES; i++)
		if (i != but && sim->nodes[i].exists && sim->nodes[i].place == PLACE_HERE)
			plant_in_place(sim, i, chunk, chunk->size);
	check_note_doomed(sim);
}

void fault_plant(struct sim *sim)
{
	int node = node_draw(sim, node_any);
	if (percent(sim, 30)) {
		plant_unknown(sim, node);
		return;
	}
	if (!check_may_strike(sim))
		return;
	for (uint64_t left = between(sim, 1, 4); left > 0; left--)
		plant_wrong(sim, node);
}
