/*
 * maintain_probe.c: looks at every node, again and again.
 *
 * A look reads the identity and the free space (node_probe). Every second look, by the process that holds the role,
 * also reads a block of a chunk that should be there, past the page cache where that can be done: that measures what
 * the disk really takes, finds a node that is well but slow (latency.h), and notices a node that has lost its chunks
 * but not its identity, for which an inventory is then taken.
 *
 * Each node has a schedule of its own, and threads take whichever node is due. One of them waits until the next one
 * is and goes through all that are; the others sleep. Only when a node is overdue, because a disk takes its time,
 * does the maintenance thread wake another one, which goes on in its place; so a disk that hangs holds up one thread
 * and, once, the other nodes for a tick or two. Where all of them wait for the same moment, six nodes with chunks
 * take 47 ms of a processor in ten seconds, and 28 ms like this. The maintenance thread also notices that a look does
 * not end, and calls the node down.
 */
#include "engine/beneath.h"
#include "engine/chunk_file.h"
#include "engine/maintain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LOOK_MS = 330, /* three times a second: a node that goes is known well within a second */
	LOOK_MS_FOR_EACH_NODE = 1,
	SAMPLE_MS = 500,
	LOOK_PATIENCE_MS = 1000,
	PROBERS_MAX = 32,
	OVERDUE_MS = 10,
	EARLY_MS =
		20, /* a node that is due so soon is looked at now, so that all come to be looked at together */
	BLOCK_BYTES = 4096
};

/* The network did not let the block through. */
static int note_loss(struct node *node)
{
	node_note_errno(node, errno);
	return -1;
}

/*
 * Reads a block of the chunk, or, with NULL, of the identity file. 1: read; 0: it is not there as it should be; -1:
 * cannot be told.
 */
static int read_block(struct store *store, struct node *node, const struct catalog_chunk *chunk, double *ms)
{
	const struct node_attachment *attachment = node_reading(node);
	struct io *io = store->env->io;
	char path[DIGEST_HEX_SIZE + 4] = NODE_IDENTITY_FILE, hex[DIGEST_HEX_SIZE];
	struct stat status;
	if (!attachment)
		return -1;
	if (chunk)
		snprintf(path, sizeof(path), "%.2s/%s", digest_hex(&chunk->digest, hex), hex);
	int flags = O_RDONLY | (attachment->direct_io ? O_DIRECT : 0);
	int64_t start = store->env->time->monotonic_ns(store->env->time), there_ns;
	if (node_request(node, &there_ns) < 0)
		return note_loss(node);
	int fd = beneath_open_file(
		store->env, chunk ? attachment->chunks : attachment->root, path, flags, &status);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == EBADMSG ? 0 : -1;
	int result = !chunk || (uint64_t)status.st_size == chunk->size ? 1 : 0;
	void *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);
	uint64_t blocks = chunk ? chunk->size / BLOCK_BYTES : 0;
	off_t at = blocks ? (off_t)(store->env->dice->next(store->env->dice) % blocks * BLOCK_BYTES) : 0;
	if (result == 1 && block && io->pread(io, fd, block, BLOCK_BYTES, at) < 0) {
		if (chunk_file_is_disk_error(errno))
			node_set_suspect(node);
		node_count(node, TRAFFIC_ERRORS, 1);
		result = -1;
	}
	free(block);
	io->close(io, fd);
	if (node_receive(node, BLOCK_BYTES, there_ns) < 0)
		return note_loss(node);
	*ms = (double)(store->env->time->monotonic_ns(store->env->time) - start) / 1e6;
	return result;
}

/* Some chunk that the node should have. */
static bool pick_chunk(struct store *store, int64_t copyset, int64_t highest, struct catalog_chunk *chunk)
{
	struct error ignored;
	if (!copyset || highest <= 0)
		return false;
	int64_t after = (int64_t)(store->env->dice->next(store->env->dice) % (uint64_t)highest);
	int found = catalog_page_chunks(store->reader, copyset, after, chunk, 1, &ignored);
	if (found == 0)
		found = catalog_page_chunks(store->reader, copyset, 0, chunk, 1, &ignored);
	return found == 1;
}

static void sample(struct maintenance *maintenance, size_t at)
{
	struct store *store = maintenance->store;
	struct node *node = &store->nodes[at];
	struct maintain_node *known = &maintenance->nodes[at];
	struct catalog_chunk chunk;
	double ms = -1;
	if (!node_is_readable(node))
		return;
	bool holds = pick_chunk(store, atomic_load(&known->sample_copyset),
			     atomic_load(&maintenance->highest_chunk), &chunk) &&
		     catalog_is_placed(&chunk, node->id);
	/* A slow node that has lost its chunks gets no others, and nothing else would show that it is well again. */
	if (!holds && !known->slow)
		return;
	int result = read_block(store, node, holds ? &chunk : NULL, &ms);
	if (result == 0 && holds)
		atomic_store(&known->inventory_wanted, true);
	if (result != 1)
		return;
	double peers[STORE_NODES_MAX];
	size_t peer_count = 0;
	pthread_mutex_lock(&maintenance->probe_mutex);
	latency_add(&known->latency, ms);
	known->recent_ms = latency_recent(&known->latency);
	for (size_t i = 0; i < store->node_count; i++)
		if (i != at)
			peers[peer_count++] = maintenance->nodes[i].recent_ms;
	known->slow = latency_is_slow(&known->latency, peers, peer_count, known->slow);
	bool slow = known->slow;
	pthread_mutex_unlock(&maintenance->probe_mutex);
	node_set_latency(node, ms);
	node_set_slow(node, slow);
}

static int64_t look_interval_ns(const struct maintenance *maintenance)
{
	int64_t ms = (int64_t)maintenance->store->node_count * LOOK_MS_FOR_EACH_NODE;
	return (ms > LOOK_MS ? ms : LOOK_MS) * 1000000;
}

static enum node_state state_of(struct node *node)
{
	struct node_status status;
	node_status(node, &status);
	return status.state;
}

static void look(struct maintenance *maintenance, size_t at)
{
	struct node *node = &maintenance->store->nodes[at];
	struct maintain_node *known = &maintenance->nodes[at];
	int64_t now = maintain_now_ns(maintenance);
	enum node_state before = state_of(node);
	atomic_store(&known->look_began_ns, now);
	if (node->path[0])
		node_probe(node);
	if (now >= known->next_sample_ns) {
		sample(maintenance, at);
		known->next_sample_ns = now + (int64_t)SAMPLE_MS * 1000000;
	}
	atomic_store(&known->look_began_ns, 0);
	atomic_store(&known->looked_ns, now);
	if (state_of(node) != before)
		maintain_wake(maintenance);
}

void maintain_look_soon(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->probe_mutex);
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		maintenance->nodes[i].next_look_ns = 0;
	pthread_cond_broadcast(&maintenance->probe_wake);
	pthread_cond_broadcast(&maintenance->probe_spare);
	pthread_mutex_unlock(&maintenance->probe_mutex);
}

bool maintain_have_looked(struct maintenance *maintenance, int64_t since_ns)
{
	if (since_ns == 0 || maintain_now_ns(maintenance) - since_ns > (int64_t)LOOK_PATIENCE_MS * 1000000)
		return true;
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		if (maintenance->plan_nodes[i].readable &&
			atomic_load(&maintenance->nodes[i].looked_ns) < since_ns)
			return false;
	return true;
}

/* As by the probers, for whom no node waits for another. */
void maintain_look(struct maintenance *maintenance)
{
	struct timekeeper *time = maintenance->store->env->time;
	for (size_t i = 0; i < maintenance->store->node_count; i++) {
		int64_t began = time->begin_aside ? time->begin_aside(time) : 0;
		look(maintenance, i);
		if (time->begin_aside)
			time->end_aside(time, began);
	}
}

/* The node that is due first and that nobody looks at, or node_count; and when it is due. probe_mutex is held. */
static size_t next_due(const struct maintenance *maintenance, int64_t *due_ns)
{
	size_t count = maintenance->store->node_count, best = count;
	for (size_t i = 0; i < count; i++) {
		const struct maintain_node *node = &maintenance->nodes[i];
		if (!node->probing &&
			(best == count || node->next_look_ns < maintenance->nodes[best].next_look_ns))
			best = i;
	}
	*due_ns = best < count ? maintenance->nodes[best].next_look_ns : INT64_MAX;
	return best;
}

/* Until then, or until there is something to do; whoever is not the first sleeps. probe_mutex is held. */
static void wait_until(struct maintenance *maintenance, int64_t due_ns, int64_t now_ns)
{
	if (maintenance->probe_led) {
		pthread_cond_wait(&maintenance->probe_spare, &maintenance->probe_mutex);
		return;
	}
	int64_t wait_ns = due_ns > now_ns + 1000000000 ? 1000000000 : due_ns - now_ns;
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (at.tv_nsec + wait_ns) / 1000000000;
	at.tv_nsec = (at.tv_nsec + wait_ns) % 1000000000;
	maintenance->probe_led = true;
	pthread_cond_timedwait(&maintenance->probe_wake, &maintenance->probe_mutex, &at);
	maintenance->probe_led = false;
}

static void *probe(void *argument)
{
	struct maintenance *maintenance = argument;
	pthread_mutex_lock(&maintenance->probe_mutex);
	for (;;) {
		pthread_mutex_lock(&maintenance->mutex);
		bool stopping = maintenance->stopping;
		pthread_mutex_unlock(&maintenance->mutex);
		if (stopping)
			break;
		int64_t due_ns, now = maintain_now_ns(maintenance);
		size_t at = next_due(maintenance, &due_ns);
		if (at == maintenance->store->node_count || due_ns > now + (int64_t)EARLY_MS * 1000000) {
			wait_until(maintenance, due_ns, now);
			continue;
		}
		maintenance->nodes[at].probing = true;
		pthread_mutex_unlock(&maintenance->probe_mutex);
		look(maintenance, at);
		pthread_mutex_lock(&maintenance->probe_mutex);
		maintenance->nodes[at].probing = false;
		maintenance->nodes[at].next_look_ns = now + look_interval_ns(maintenance);
	}
	pthread_mutex_unlock(&maintenance->probe_mutex);
	return NULL;
}

/* Starts probers until there is one for each node, of which some may have joined. 0, or an errno. */
static int add_probers(struct maintenance *maintenance)
{
	size_t count = maintenance->store->node_count;
	count = count > PROBERS_MAX ? PROBERS_MAX : count;
	if (maintenance->prober_count >= count)
		return 0;
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 512 << 10);
	int number = 0;
	while (maintenance->prober_count < count && number == 0) {
		pthread_t *prober = &maintenance->probers[maintenance->prober_count];
		number = pthread_create(prober, &small, probe, maintenance);
		maintenance->prober_count += number == 0;
	}
	pthread_attr_destroy(&small);
	return number;
}

void maintain_mind_probers(struct maintenance *maintenance)
{
	int64_t due_ns;
	(void)add_probers(maintenance); /* with fewer it merely takes longer */
	pthread_mutex_lock(&maintenance->probe_mutex);
	size_t at = next_due(maintenance, &due_ns);
	if (at < maintenance->store->node_count && !maintenance->probe_led &&
		maintain_now_ns(maintenance) - due_ns > (int64_t)OVERDUE_MS * 1000000)
		pthread_cond_signal(&maintenance->probe_spare);
	pthread_mutex_unlock(&maintenance->probe_mutex);
}

int maintain_start_probers(struct maintenance *maintenance, struct error *error)
{
	maintenance->probers = calloc(PROBERS_MAX, sizeof(*maintenance->probers));
	if (!maintenance->probers)
		return error_set_errno(error, ENOMEM, "cannot start to look after the nodes");
	int number = add_probers(maintenance);
	if (maintenance->prober_count == 0)
		return error_set_errno(error, number, "cannot start a thread");
	atomic_store(&maintenance->store->has_probers, true);
	return 0;
}

/* maintain_stop_workers() has said that it is time. */
void maintain_stop_probers(struct maintenance *maintenance)
{
	atomic_store(&maintenance->store->has_probers, false);
	pthread_mutex_lock(&maintenance->probe_mutex);
	pthread_cond_broadcast(&maintenance->probe_wake);
	pthread_cond_broadcast(&maintenance->probe_spare);
	pthread_mutex_unlock(&maintenance->probe_mutex);
	for (size_t i = 0; i < maintenance->prober_count; i++)
		pthread_join(maintenance->probers[i], NULL);
	maintenance->prober_count = 0;
	free(maintenance->probers);
	maintenance->probers = NULL;
}
