#include "engine/rehearsal_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_MS = 20000, STOP_POLL_MS = 20, ANSWER_MS = 3600 * 1000, REMOVE_FOLDERS = 16 };

/* ---- the folder ---- */

static bool is_empty(const char *folder)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;
	bool empty = listing != NULL;
	while (empty && (entry = readdir(listing)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (listing)
		closedir(listing);
	return empty;
}

static int make_temporary_folder(struct rehearsal *rehearsal, struct error *error)
{
	const char *parent = getenv("TMPDIR");
	parent = parent && parent[0] == '/' ? parent : "/tmp";
	if (asprintf(&rehearsal->folder, "%s/linckia-run-XXXXXX", parent) < 0) {
		rehearsal->folder = NULL;
		return error_set_errno(error, ENOMEM, "cannot make a store to rehearse on");
	}
	if (!mkdtemp(rehearsal->folder)) {
		int number = errno;
		free(rehearsal->folder);
		rehearsal->folder = NULL;
		return error_set_errno(error, number, "cannot make a folder below %s to rehearse in", parent);
	}
	rehearsal->temporary = true;
	return 0;
}

static int use_folder(struct rehearsal *rehearsal, const char *folder, struct error *error)
{
	bool made = mkdir(folder, 0700) == 0;
	if (!made && errno != EEXIST)
		return error_set_errno(error, errno, "cannot make the folder '%s'", folder);
	rehearsal->folder = realpath(folder, NULL);
	if (!rehearsal->folder)
		return error_set_errno(error, errno, "cannot use the folder '%s'", folder);
	char path[4096 + 16];
	snprintf(path, sizeof(path), "%s/config.yaml", rehearsal->folder);
	rehearsal->existing = access(path, F_OK) == 0;
	if (!rehearsal->existing && !is_empty(rehearsal->folder))
		return error_set(error, ERROR_REFUSED,
			"'%s' is neither empty nor the folder of a store; choose another one for the "
			"rehearsal",
			folder);
	return 0;
}

/* A store that somebody made: only one for rehearsals, and only in real time, which is what its history is in. */
static int check_existing(struct rehearsal *rehearsal, struct error *error)
{
	if (config_load(rehearsal->config_path, &rehearsal->config, error) < 0)
		return -1;
	if (!rehearsal->config->rehearsal)
		return error_set(error, ERROR_REFUSED,
			"the store of %s is not for rehearsals, and a scenario breaks things on purpose; "
			"leave --store out, or give a folder that is empty",
			rehearsal->config_path);
	if (rehearsal->scenario->has_store)
		return error_set(error, ERROR_REFUSED,
			"%s describes a store of its own, but there is one in '%s'; leave --store out, or "
			"give a folder that is empty",
			rehearsal->scenario->path, rehearsal->folder);
	if (rehearsal->scenario->virtual_clock)
		return error_set(error, ERROR_REFUSED,
			"%s has a virtual clock, which would not fit the history of the store in '%s'; say "
			"'clock: real', or give a folder that is empty",
			rehearsal->scenario->path, rehearsal->folder);
	return 0;
}

/* ---- the config ---- */

static int set_path(char **path, const char *folder, const char *name, struct error *error)
{
	char *absolute = NULL;
	if (asprintf(&absolute, "%s%s%s", folder, *name ? "/" : "", name) < 0)
		return error_set_errno(error, ENOMEM, "cannot write a config");
	free(*path);
	*path = absolute;
	return 0;
}

/* The scenario's store, with everything in one folder. */
static int write_config(struct rehearsal *rehearsal, struct error *error)
{
	struct config *config = rehearsal->scenario->store;
	config->rehearsal = true;
	if (set_path(&config->store, rehearsal->folder, "", error) < 0)
		return -1;
	rehearsal->capacities = calloc(STORE_NODES_MAX, sizeof(*rehearsal->capacities));
	if (!rehearsal->capacities)
		return error_set_errno(error, ENOMEM, "cannot write a config");
	for (size_t i = 0; i < config->node_count; i++) {
		struct config_node *node = &config->nodes[i];
		rehearsal->capacities[i] = node->capacity_bytes;
		if (set_path(&node->path, rehearsal->folder, node->name, error) < 0)
			return -1;
	}
	return config_save(rehearsal->config_path, config, error);
}

int rehearsal_make_store(struct rehearsal *rehearsal, struct error *error)
{
	const char *folder = rehearsal->options.folder;
	if ((folder ? use_folder(rehearsal, folder, error) : make_temporary_folder(rehearsal, error)) < 0)
		return -1;
	if (asprintf(&rehearsal->config_path, "%s/config.yaml", rehearsal->folder) < 0) {
		rehearsal->config_path = NULL;
		return error_set_errno(error, ENOMEM, "cannot make a store to rehearse on");
	}
	if (rehearsal->existing ? check_existing(rehearsal, error) < 0
				: write_config(rehearsal, error) < 0 ||
					  store_init_in(rehearsal->env, rehearsal->config_path, error) < 0)
		return -1;
	return store_open_in(rehearsal->env, rehearsal->config_path, &rehearsal->store, error);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	(void)remove(path); /* what cannot be removed keeps the folders above it */
	return 0;
}

void rehearsal_remove_store(struct rehearsal *rehearsal)
{
	if (rehearsal->temporary && rehearsal->folder)
		(void)nftw(rehearsal->folder, remove_entry, REMOVE_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

/* ---- maintenance ---- */

/* Between fork and exec only what may be called there after a thread was started (signal-safety(7)). */
static void become_maintainer(struct rehearsal *rehearsal, char *const *words, int log, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the rehearsal */
	if (getppid() != parent)
		_exit(127);
	int nothing = open("/dev/null", O_RDONLY);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
		dup2(log, STDERR_FILENO) < 0)
		_exit(127);
	setpgid(0, 0); /* what interrupts the rehearsal from a terminal is for it to pass on */
	execv(rehearsal->program, words);
	_exit(127);
}

static int start_child(struct rehearsal *rehearsal, struct error *error)
{
	char path[4096 + 32];
	char *const words[] = {"linckia", "-c", rehearsal->config_path, "daemon", NULL};
	if (!rehearsal->program)
		return error_set(error, ERROR_USAGE,
			"a scenario with a real clock needs the program that maintains its store");
	snprintf(path, sizeof(path), "%s/daemon.log", rehearsal->folder);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log < 0)
		return error_set_errno(error, errno, "cannot write %s", path);
	pid_t parent = getpid(), child = fork();
	if (child == 0)
		become_maintainer(rehearsal, words, log, parent);
	int number = errno;
	close(log);
	if (child < 0)
		return error_set_errno(error, number, "cannot start a process that maintains the store");
	rehearsal->child = child;
	return 0;
}

int rehearsal_start_maintenance(struct rehearsal *rehearsal, struct error *error)
{
	rehearsal->killed_until_ns = 0;
	if (!rehearsal->scenario->virtual_clock)
		return start_child(rehearsal, error);
	if (maintain_new(rehearsal->store, &rehearsal->maintenance, error) < 0)
		return -1;
	atomic_store(&rehearsal->store->maintenance, rehearsal->maintenance);
	return 0;
}

static void detach_maintenance(struct rehearsal *rehearsal)
{
	atomic_store(&rehearsal->store->maintenance, NULL);
	rehearsal->maintenance = NULL;
}

/* The process is asked to end, and killed if it does not. What it tells at last counts. */
static void stop_child(struct rehearsal *rehearsal)
{
	int status;
	struct report report;
	struct timekeeper *time = env_real()->time;
	kill(rehearsal->child, SIGTERM);
	for (int waited = 0; waitpid(rehearsal->child, &status, WNOHANG) == 0; waited += STOP_POLL_MS) {
		if (waited >= STOP_MS)
			kill(rehearsal->child, SIGKILL);
		time->sleep_ns(time, (int64_t)STOP_POLL_MS * 1000000);
	}
	if (rehearsal->store && report_read(&report, rehearsal->store->config->store) &&
		report.pid == rehearsal->child)
		rehearsal_note_report(rehearsal, &report);
	rehearsal->child = 0;
}

void rehearsal_stop_maintenance(struct rehearsal *rehearsal)
{
	struct maintenance *maintenance = rehearsal->maintenance;
	if (rehearsal->child)
		stop_child(rehearsal);
	if (maintenance) {
		detach_maintenance(rehearsal);
		maintain_free(maintenance);
	}
}

void rehearsal_kill_maintenance(struct rehearsal *rehearsal, int64_t back_ns)
{
	struct maintenance *maintenance = rehearsal->maintenance;
	struct error ignored;
	/* What it has done so far counts; what it did since it last told of that is not known. */
	if (rehearsal_look(rehearsal, NULL, &ignored) < 0)
		(void)0;
	rehearsal->killed_until_ns = back_ns;
	if (rehearsal->child) {
		int status;
		kill(rehearsal->child, SIGKILL);
		waitpid(rehearsal->child, &status, 0);
		rehearsal->child = 0;
	}
	if (maintenance) {
		detach_maintenance(rehearsal);
		maintain_abandon(maintenance);
	}
}

int rehearsal_mind_maintenance(struct rehearsal *rehearsal, struct error *error)
{
	int status;
	if (rehearsal->killed_until_ns && rehearsal_now_ns(rehearsal) >= rehearsal->killed_until_ns)
		return rehearsal_start_maintenance(rehearsal, error);
	if (rehearsal->child && waitpid(rehearsal->child, &status, WNOHANG) == rehearsal->child) {
		rehearsal->child = 0;
		return error_set(error, ERROR_IO,
			"the process that maintains the store ended by itself; %s/daemon.log says more",
			rehearsal->folder);
	}
	return 0;
}

int rehearsal_run_pass(struct rehearsal *rehearsal, const struct pass_options *options, struct error *error)
{
	struct catalog_request request;
	struct store *store = rehearsal->store;
	int64_t until_ns = rehearsal_now_ns(rehearsal) + (int64_t)ANSWER_MS * 1000000;
	if (maintain_ask(store, options, &request, error) < 0)
		return -1;
	while (!request.done) {
		if (rehearsal_now_ns(rehearsal) >= until_ns)
			return error_set(error, ERROR_BUSY, "it has not ended within an hour");
		if (rehearsal_wait_a_moment(rehearsal, until_ns, error) < 0 ||
			catalog_get_request(store->reader, request.id, &request, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- the catalog ---- */

static int delete_catalog(struct rehearsal *rehearsal, struct error *error)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	const char *folder = rehearsal->existing ? rehearsal->config->store : rehearsal->folder;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		char path[4096 + 32];
		snprintf(path, sizeof(path), "%s/catalog.db%s", folder, endings[i]);
		if (unlink(path) < 0 && errno != ENOENT)
			return error_set_errno(error, errno, "cannot delete %s", path);
	}
	return 0;
}

int rehearsal_lose_catalog(struct rehearsal *rehearsal, struct error *error)
{
	struct rebuild_result rebuilt;
	struct rebuild_options options = {.cancel = rehearsal->options.cancel};
	rehearsal_stop_notes(rehearsal);
	rehearsal_stop_maintenance(rehearsal);
	store_close(rehearsal->store);
	rehearsal->store = NULL;
	if (delete_catalog(rehearsal, error) < 0 ||
		store_rebuild_in(rehearsal->env, rehearsal->config_path, &options, &rebuilt, error) < 0 ||
		store_open_in(rehearsal->env, rehearsal->config_path, &rehearsal->store, error) < 0 ||
		rehearsal_start_maintenance(rehearsal, error) < 0)
		return -1;
	pthread_mutex_lock(&rehearsal->mutex);
	rehearsal->status.catalogs++;
	pthread_mutex_unlock(&rehearsal->mutex);
	return rehearsal_start_notes(rehearsal, error);
}

/* ---- nodes ---- */

static int follow_config(struct rehearsal *rehearsal, struct error *error)
{
	return store_follow_config(rehearsal->store, error) < 0 ? -1 : 0;
}

static int remember_node(struct rehearsal *rehearsal, const struct scenario_node *node, struct error *error)
{
	struct config *config = rehearsal->scenario->store;
	struct config_node *nodes = realloc(config->nodes, (config->node_count + 1) * sizeof(*nodes));
	if (!nodes)
		return error_set_errno(error, ENOMEM, "cannot add the node '%s'", node->name);
	config->nodes = nodes;
	struct config_node *added = &nodes[config->node_count];
	*added = (struct config_node){.capacity_bytes = node->capacity_bytes, .weight = 1};
	added->name = strdup(node->name);
	added->zone = strdup(node->zone ? node->zone : node->name);
	if (!added->name || !added->zone ||
		set_path(&added->path, rehearsal->folder, node->name, error) < 0) {
		free(added->name);
		free(added->zone);
		return error_set_errno(error, ENOMEM, "cannot add the node '%s'", node->name);
	}
	rehearsal->capacities[config->node_count++] = node->capacity_bytes;
	return 0;
}

int rehearsal_add_node(struct rehearsal *rehearsal, const struct scenario_node *node, struct error *error)
{
	char *path = NULL;
	if (set_path(&path, rehearsal->folder, node->name, error) < 0)
		return -1;
	const struct store_new_node added = {
		.name = node->name, .path = path, .zone = node->zone, .capacity_bytes = node->capacity_bytes};
	int result = store_node_add_in(rehearsal->env, rehearsal->config_path, &added, NULL, error);
	free(path);
	if (result == 0 && !rehearsal->existing)
		result = remember_node(rehearsal, node, error);
	return result < 0 ? -1 : follow_config(rehearsal, error);
}

static void forget_node(struct rehearsal *rehearsal, const char *name)
{
	struct config *config = rehearsal->scenario->store;
	size_t at = 0;
	while (at < config->node_count && strcmp(config->nodes[at].name, name) != 0)
		at++;
	if (at == config->node_count)
		return;
	struct config_node *node = &config->nodes[at];
	free(node->name);
	free(node->zone);
	free(node->path);
	size_t after = --config->node_count - at;
	memmove(node, node + 1, after * sizeof(*node));
	memmove(&rehearsal->capacities[at], &rehearsal->capacities[at + 1],
		after * sizeof(*rehearsal->capacities));
}

int rehearsal_remove_node(struct rehearsal *rehearsal, const char *name, struct error *error)
{
	uint64_t copies;
	if (store_node_remove_in(rehearsal->env, rehearsal->config_path, name, NULL, &copies, error) < 0)
		return -1;
	if (!rehearsal->existing)
		forget_node(rehearsal, name);
	return follow_config(rehearsal, error);
}

/* What others keep on a disk is room that the store cannot have: its capacity shrinks. */
int rehearsal_fill(struct rehearsal *rehearsal, const char *name, double ratio, struct error *error)
{
	struct config *config = rehearsal->scenario->store;
	const struct node *node = store_node_by_name(rehearsal->store, name);
	if (rehearsal->existing || !node)
		return error_set(error, ERROR_REFUSED,
			"only a store that the scenario made can be filled, because its config is changed "
			"for that");
	struct node_status status;
	node_status(store_node_by_name(rehearsal->store, name), &status);
	for (size_t i = 0; i < config->node_count; i++) {
		if (strcmp(config->nodes[i].name, name) != 0)
			continue;
		uint64_t used = status.used_bytes > 0 ? status.used_bytes : 1;
		config->nodes[i].capacity_bytes =
			ratio > 0 ? (uint64_t)((double)used / ratio) + 1 : rehearsal->capacities[i];
	}
	if (config_save(rehearsal->config_path, config, error) < 0)
		return -1;
	return follow_config(rehearsal, error);
}
