/*
 * scenario_form.c: how each kind of step may be written.
 */
#include "engine/scenario_reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MIB          (UINT64_C(1) << 20)
#define TIB          (UINT64_C(1) << 40)
#define SECOND_MS    UINT64_C(1000)
#define HOUR_MS      (3600 * SECOND_MS)
#define DAY_MS       (24 * HOUR_MS)
#define IN(field)    .offset = offsetof(struct scenario_step, field)
#define FAULT(fault) .offset = offsetof(struct scenario_step, random.weights) + sizeof(double) * (fault)
#define SECTION(keys)                                                                                        \
	{                                                                                                    \
		CONFIG_SECTION_OTHER, sizeof(keys) / sizeof(*(keys)), keys                                   \
	}

#define NODES_ALLOWED "the name of a node, a list of them, or all"
#define ENDS_ALLOWED  "the name of a node, client, a list of them, or all"

/* ---- what is stored ---- */

static int read_size(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	static const struct config_key least = {
		"size", CONFIG_KIND_BYTES, IN(size_bytes), .least = 0, .most = TIB};
	static const struct config_key most = {
		"size", CONFIG_KIND_BYTES, IN(size_most_bytes), .least = 0, .most = TIB};
	struct scenario_step *step = object;
	const struct config_event *now = &config->events.now;
	char first[32];
	if (now->kind != CONFIG_SCALAR)
		return config_refuse_value(config, key, error);
	const char *dots = strstr(now->text, "..");
	size_t length = dots ? (size_t)(dots - now->text) : strlen(now->text);
	if (length >= sizeof(first))
		return config_refuse_value(config, key, error);
	memcpy(first, now->text, length);
	first[length] = '\0';
	if (config_key_set(&least, first, false, step) != CONFIG_VALUE_GOOD ||
		(dots && config_key_set(&most, dots + 2, false, step) != CONFIG_VALUE_GOOD) ||
		(dots && step->size_most_bytes < step->size_bytes))
		return config_refuse_value(config, key, error);
	return 0;
}

static const struct config_key put_keys[] = {
	{"name", CONFIG_KIND_OTHER, IN(names), .read = scenario_read_entry, .allowed = "a name"},
	{"files", CONFIG_KIND_NUMBER, IN(files), .least = 1, .most = 1000000, .standard = "1"},
	{"size", CONFIG_KIND_OTHER, IN(size_bytes), .read = read_size,
		.allowed = "a size of at most 1TiB, such as 4MiB, or the least and the most, such as "
			   "1KiB..4MiB"},
	{"paths", CONFIG_KIND_OTHER, IN(paths), .read = scenario_read_paths,
		.allowed = "a path, or a list of paths"},
	{"rf", CONFIG_KIND_COUNT, IN(replication_factor), .least = 1, .most = 16},
	{"refused", CONFIG_KIND_FLAG, IN(refused), .standard = "false"},
};
static const struct config_section put_section = SECTION(put_keys);

/* Names the key in a fault about two keys together. */
static int refuse_key(struct scenario_reader *reader, const char *key, struct config_mark mark,
	const char *found, const char *allowed, struct error *error)
{
	struct config_events *events = &reader->config.events;
	snprintf(events->key, sizeof(events->key), "%s", key);
	return config_fault(events, mark, found, allowed, error);
}

static int check_put(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	static const char *const generated[] = {"files", "size"};
	struct config_mark name = config_mark_of(&put_section, marks, "name");
	for (size_t i = 0; step->path_count && i < 2; i++) {
		struct config_mark mark = config_mark_of(&put_section, marks, generated[i]);
		if (mark.line)
			return refuse_key(reader, generated[i], mark, "it beside 'paths'",
				"either generated files, or paths", error);
	}
	if (step->path_count > 1 && name.line)
		return refuse_key(reader, "name", name, "one name for several paths",
			"a name for one path; several go by their own names", error);
	if (name.line && step->names[0][strlen(step->names[0]) - 1] == '/')
		return refuse_key(reader, "name", name, "a name that ends in /",
			"the name without it; several files go into a folder of that name", error);
	(void)begin;
	if (step->path_count) {
		step->files = 0;
		return 0;
	}
	if (!config_mark_of(&put_section, marks, "size").line)
		step->size_bytes = MIB;
	if (!step->name_count && scenario_append_name(&step->names, &step->name_count, "files", 5))
		return scenario_no_memory(reader, error);
	return 0;
}

static const struct config_key rm_key = {"rm", CONFIG_KIND_OTHER, IN(names), .read = scenario_read_entries,
	.allowed = "a name, or all that begins so when it ends in /, or a list of them"};

static const struct config_key set_rf_keys[] = {
	{"name", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_entries,
		.allowed = "a name, or all that begins so when it ends in /, or a list of them"},
	{"rf", CONFIG_KIND_NUMBER, IN(number), .least = 1, .most = 16, .required = true},
};
static const struct config_section set_rf_section = SECTION(set_rf_keys);

static const struct config_key snapshot_key = {"snapshot", CONFIG_KIND_OTHER, IN(names),
	.read = scenario_read_entry, .allowed = "a name, or nothing"};

/* ---- nodes ---- */

static const struct config_key nodes_key = {
	"nodes", CONFIG_KIND_OTHER, IN(names), .read = scenario_read_nodes, .allowed = NODES_ALLOWED};

static const struct config_key corrupt_keys[] = {
	{"nodes", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_nodes,
		.allowed = NODES_ALLOWED},
	{"chunks", CONFIG_KIND_NUMBER, IN(number), .least = 1, .most = 1000000, .standard = "1"},
};
static const struct config_section corrupt_section = SECTION(corrupt_keys);

static const struct config_key fill_keys[] = {
	{"nodes", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_nodes,
		.allowed = NODES_ALLOWED},
	{"to", CONFIG_KIND_RATIO, IN(ratio), .least = 0, .most = 1, .required = true},
};
static const struct config_section fill_section = SECTION(fill_keys);

static const struct config_key add_node_keys[] = {
	{"name", CONFIG_KIND_NAME, IN(node.name), .most = CONFIG_NODE_NAME_MAX, .required = true},
	{"zone", CONFIG_KIND_LABEL, IN(node.zone), .most = CONFIG_NODE_NAME_MAX},
	{"capacity", CONFIG_KIND_BYTES, IN(node.capacity_bytes), .least = 1, .most = UINT64_C(1) << 60,
		.standard = "0", .zero = "as much as the file system has"},
};
static const struct config_section add_node_section = SECTION(add_node_keys);

/* Steps that are repeated are read once, and the nodes that they name must be there each time. */
static int refuse_repeated(struct scenario_reader *reader, struct config_mark begin, struct error *error)
{
	return config_fault(&reader->config.events, begin, "it within 'repeat'",
		"it outside, because what is repeated must find the same nodes each time", error);
}

static int check_add_node(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX], excerpt[CONFIG_FOUND_TEXT_MAX];
	const char *name = step->node.name;
	struct config_mark mark = config_mark_of(&add_node_section, marks, "name");
	if (reader->repeats)
		return refuse_repeated(reader, begin, error);
	if (reader->node_count == CONFIG_NODES_MAX)
		return config_fault(
			&reader->config.events, begin, "one more node", "at most 1024 nodes", error);
	if (!scenario_knows_node(reader, name, strlen(name)))
		return scenario_note_node(reader, name, error);
	snprintf(found, sizeof(found), "%.200s, which is there already", config_excerpt(name, "'", excerpt));
	return refuse_key(
		reader, "name", mark.line ? mark : begin, found, "a name that no other node has", error);
}

static int check_remove_node(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	(void)marks;
	if (reader->repeats)
		return refuse_repeated(reader, begin, error);
	if (step->name_count == reader->node_count)
		return config_fault(
			&reader->config.events, begin, "all nodes", "fewer, so that one is left", error);
	for (size_t i = 0; i < step->name_count; i++)
		scenario_forget_node(reader, step->names[i]);
	return 0;
}

/* ---- links ---- */

#define LINK_KEYS                                                                                            \
	{"latency", CONFIG_KIND_TIME, IN(link.latency_ms), .least = 0, .most = HOUR_MS},                     \
		{"jitter", CONFIG_KIND_TIME, IN(link.jitter_ms), .least = 0, .most = HOUR_MS},               \
		{"bandwidth", CONFIG_KIND_BYTES, IN(link.bandwidth), .least = 1, .most = UINT64_C(1) << 60,  \
			.zero = "no limit"},                                                                 \
	{                                                                                                    \
		"loss", CONFIG_KIND_RATIO, IN(link.loss), .least = 0, .most = 1                              \
	}

static const struct config_key slow_keys[] = {
	{"nodes", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_nodes,
		.allowed = NODES_ALLOWED},
	LINK_KEYS,
};
static const struct config_section slow_section = SECTION(slow_keys);

static const struct config_key link_keys[] = {
	{"from", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_ends,
		.allowed = ENDS_ALLOWED},
	{"to", CONFIG_KIND_OTHER, IN(others), .required = true, .read = scenario_read_ends,
		.allowed = ENDS_ALLOWED},
	LINK_KEYS,
	{"one_way", CONFIG_KIND_FLAG, IN(link.one_way), .standard = "false"},
};
static const struct config_section link_section = SECTION(link_keys);

static const struct config_key ends_key = {
	"from", CONFIG_KIND_OTHER, IN(names), .read = scenario_read_ends, .allowed = ENDS_ALLOWED};
static const struct config_key cut_keys[] = {
	{"from", CONFIG_KIND_OTHER, IN(names), .required = true, .read = scenario_read_ends,
		.allowed = ENDS_ALLOWED},
	{"to", CONFIG_KIND_OTHER, IN(others), .read = scenario_read_ends, .allowed = ENDS_ALLOWED},
	{"one_way", CONFIG_KIND_FLAG, IN(link.one_way), .standard = "false"},
};
static const struct config_section cut_section = SECTION(cut_keys);

static const struct config_key partition_key = {"partition", CONFIG_KIND_OTHER, .read = scenario_read_groups,
	.allowed = "a list of at least two groups, such as [[client, node-1], [node-2, node-3]]"};

static int check_settings(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_section *section, const struct config_mark *marks, struct config_mark begin,
	struct error *error)
{
	struct scenario_link *link = &step->link;
	link->set_latency = config_mark_of(section, marks, "latency").line != 0;
	link->set_jitter = config_mark_of(section, marks, "jitter").line != 0;
	link->set_bandwidth = config_mark_of(section, marks, "bandwidth").line != 0;
	link->set_loss = config_mark_of(section, marks, "loss").line != 0;
	if (link->set_latency || link->set_jitter || link->set_bandwidth || link->set_loss)
		return 0;
	return config_fault(&reader->config.events, begin, "no setting",
		"at least one of latency, jitter, bandwidth, loss", error);
}

static int check_slow(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	return check_settings(reader, step, &slow_section, marks, begin, error);
}

static int check_link(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	return check_settings(reader, step, &link_section, marks, begin, error);
}

/* ---- time and chance ---- */

static const struct config_key kill_key = {
	"kill", CONFIG_KIND_TIME, IN(duration_ms), .least = 1, .most = 365 * DAY_MS, .standard = "1s"};
static const struct config_section kill_section = {CONFIG_SECTION_OTHER, 1, &kill_key};

static const struct config_key wait_key = {
	"wait", CONFIG_KIND_TIME, IN(duration_ms), .least = 1, .most = 3650 * DAY_MS};

static const struct config_key repeat_keys[] = {
	{"times", CONFIG_KIND_NUMBER, IN(number), .least = 1, .most = SCENARIO_REPEAT_MAX, .required = true},
	{"steps", CONFIG_KIND_OTHER, IN(steps), .required = true, .read = scenario_read_steps,
		.allowed = "a list of steps"},
};
static const struct config_section repeat_section = SECTION(repeat_keys);

static const struct config_key fault_keys[] = {
	{"fail", CONFIG_KIND_RATIO, FAULT(FAULT_FAIL), .most = 1000},
	{"away", CONFIG_KIND_RATIO, FAULT(FAULT_AWAY), .most = 1000},
	{"wipe", CONFIG_KIND_RATIO, FAULT(FAULT_WIPE), .most = 1000},
	{"corrupt", CONFIG_KIND_RATIO, FAULT(FAULT_CORRUPT), .most = 1000},
	{"slow", CONFIG_KIND_RATIO, FAULT(FAULT_SLOW), .most = 1000},
	{"cut", CONFIG_KIND_RATIO, FAULT(FAULT_CUT), .most = 1000},
	{"kill", CONFIG_KIND_RATIO, FAULT(FAULT_KILL), .most = 1000},
	{"put", CONFIG_KIND_RATIO, FAULT(FAULT_PUT), .most = 1000},
	{"rm", CONFIG_KIND_RATIO, FAULT(FAULT_RM), .most = 1000},
};
static const struct config_section fault_section = SECTION(fault_keys);
static_assert(sizeof(fault_keys) / sizeof(*fault_keys) == FAULT_KINDS, "each fault has its row");

static const struct config_key random_keys[] = {
	{"for", CONFIG_KIND_TIME, IN(duration_ms), .least = 1, .most = 3650 * DAY_MS, .required = true},
	{"every", CONFIG_KIND_TIME, IN(random.every_ms), .least = 10, .most = 365 * DAY_MS,
		.standard = "30s"},
	{"lasting", CONFIG_KIND_TIME, IN(random.lasting_ms), .least = 10, .most = 365 * DAY_MS,
		.standard = "10s"},
	{"at_once", CONFIG_KIND_COUNT, IN(random.at_once), .least = 1, .most = CONFIG_NODES_MAX,
		.standard = "1"},
	{"faults", CONFIG_KIND_SECTION, .inner = &fault_section, .required = true},
};
static const struct config_section random_section = SECTION(random_keys);

static int check_random(struct scenario_reader *reader, struct scenario_step *step,
	const struct config_mark *marks, struct config_mark begin, struct error *error)
{
	(void)begin;
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		if (step->random.weights[kind] > 0)
			return 0;
	}
	config_section_allowed(&fault_section, "a number above 0 for at least one of", allowed);
	return refuse_key(reader, "faults", config_mark_of(&random_section, marks, "faults"),
		"nothing that could happen", allowed, error);
}

static const struct config_key expect_key = {"expect", CONFIG_KIND_OTHER, .read = scenario_read_expectation,
	.allowed = "a mapping of fields and values, such as {chunks.lost: 0, within: 30s}, or a health"};

/* ---- all of them ---- */

static const struct scenario_form forms[] = {
	[STEP_PUT] = {.section = &put_section, .check = check_put},
	[STEP_RM] = {.value = &rm_key},
	[STEP_SET_RF] = {.section = &set_rf_section},
	[STEP_SNAPSHOT] = {.value = &snapshot_key, .alone = true},
	[STEP_FAIL] = {.value = &nodes_key},
	[STEP_RECOVER] = {.value = &nodes_key},
	[STEP_WIPE] = {.value = &nodes_key},
	[STEP_CORRUPT] = {.value = &nodes_key, .section = &corrupt_section},
	[STEP_FILL] = {.section = &fill_section},
	[STEP_SLOW] = {.section = &slow_section, .check = check_slow},
	[STEP_LINK] = {.section = &link_section, .check = check_link},
	[STEP_CUT] = {.value = &ends_key, .section = &cut_section},
	[STEP_PARTITION] = {.value = &partition_key},
	[STEP_HEAL] = {.alone = true},
	[STEP_AWAY] = {.value = &nodes_key},
	[STEP_BACK] = {.value = &nodes_key},
	[STEP_DRAIN] = {.value = &nodes_key},
	[STEP_ADD_NODE] = {.value = &add_node_keys[0], .section = &add_node_section, .check = check_add_node},
	[STEP_REMOVE_NODE] = {.value = &nodes_key, .check = check_remove_node},
	[STEP_KILL] = {.value = &kill_key, .defaults = &kill_section, .alone = true},
	[STEP_SCRUB] = {.value = &nodes_key, .alone = true},
	[STEP_COLLECT] = {.alone = true},
	[STEP_LOSE_CATALOG] = {.alone = true},
	[STEP_REPEAT] = {.section = &repeat_section},
	[STEP_RANDOM] = {.section = &random_section, .check = check_random},
	[STEP_WAIT] = {.value = &wait_key},
	[STEP_EXPECT] = {.value = &expect_key},
	[STEP_VERIFY] = {.alone = true},
};
static_assert(sizeof(forms) / sizeof(*forms) == STEP_KINDS, "each kind of step has a form");

const struct scenario_form *scenario_form_of(enum step_kind kind)
{
	assert(kind < STEP_KINDS);
	return &forms[kind];
}
