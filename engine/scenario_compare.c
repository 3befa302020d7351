/*
 * scenario_compare.c: stores on paper that a scenario compares.
 *
 * `base` says what all cases have in common, and each case what is different; what neither says is as
 * durability_case_init() has it. All have the scenario's seed, so that they meet the same failures.
 */
#include "engine/scenario_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/durability.h"

enum { CASES_MAX = 64 };

#define EIB       (UINT64_C(1) << 60)
#define LONG_MS   ((uint64_t)DURABILITY_YEAR_MS * DURABILITY_YEARS_MAX)
#define IN(field) .offset = offsetof(struct durability_case, field)

static const struct config_key case_keys[] = {
	{"name", CONFIG_KIND_LABEL, IN(name), .most = 40},
	{"nodes", CONFIG_KIND_COUNT, IN(nodes), .least = 1, .most = CONFIG_NODES_MAX},
	{"zones", CONFIG_KIND_COUNT, IN(zones), .least = 1, .most = CONFIG_NODES_MAX},
	{"replication_factor", CONFIG_KIND_COUNT, IN(replication_factor), .least = 1,
		.most = DURABILITY_COPIES_MAX},
	{"chunks", CONFIG_KIND_NUMBER, IN(chunks), .least = 1, .most = DURABILITY_CHUNKS_MAX},
	{"chunk_size", CONFIG_KIND_BYTES, IN(chunk_bytes), .least = 1, .most = UINT64_C(1) << 44},
	{"node_capacity", CONFIG_KIND_BYTES, IN(node_capacity_bytes), .least = 1, .most = EIB,
		.zero = "twice what a node holds on average"},
	{"placement", CONFIG_KIND_WORD, IN(policy), .words = config_placement_policies},
	{"spread", CONFIG_KIND_WORD, IN(spread), .words = config_placement_spreads},
	{"grace", CONFIG_KIND_TIME, IN(grace_ms), .least = 0, .most = LONG_MS},
	{"min_up_ratio", CONFIG_KIND_RATIO, IN(min_up_ratio), .least = 0, .most = 1},
	{"repair_bandwidth", CONFIG_KIND_BYTES, IN(repair_bandwidth), .least = 1,
		.most = DURABILITY_BANDWIDTH_MAX, .zero = "no limit"},
	{"repair_concurrency", CONFIG_KIND_COUNT, IN(repair_concurrency), .least = 1, .most = 65536,
		.zero = "as many as there are nodes"},
	{"node_bandwidth", CONFIG_KIND_BYTES, IN(node_bandwidth), .least = 1,
		.most = DURABILITY_BANDWIDTH_MAX},
	{"period", CONFIG_KIND_TIME, IN(period_ms), .least = 1, .most = LONG_MS},
	{"annual_failure_rate", CONFIG_KIND_RATIO, IN(annual_failure_rate), .most = 1000},
	{"replace_after", CONFIG_KIND_TIME, IN(replace_after_ms), .least = 1, .most = LONG_MS,
		.zero = "never"},
	{"outages_per_year", CONFIG_KIND_RATIO, IN(outages_per_year), .most = 100000},
	{"outage", CONFIG_KIND_TIME, IN(outage_ms), .least = 1, .most = LONG_MS},
	{"zone_outages_per_year", CONFIG_KIND_RATIO, IN(zone_outages_per_year), .most = 100000},
	{"zone_outage", CONFIG_KIND_TIME, IN(zone_outage_ms), .least = 1, .most = LONG_MS},
	{"zone_losses_per_year", CONFIG_KIND_RATIO, IN(zone_losses_per_year), .most = 1000},
	{"rot_per_tib_year", CONFIG_KIND_RATIO, IN(rot_per_tib_year), .most = 1000000},
	{"scrub_interval", CONFIG_KIND_TIME, IN(scrub_interval_ms), .least = 1, .most = LONG_MS,
		.zero = "never"},
};
const struct config_section scenario_case_section = {
	CONFIG_SECTION_OTHER, sizeof(case_keys) / sizeof(*case_keys), case_keys};
static_assert(sizeof(case_keys) / sizeof(*case_keys) <= CONFIG_KEYS_MAX, "the mapping fits");

/* What is read: the cases go where the scenario has them. */
struct case_list {
	struct durability_case base;
	struct scenario *scenario;
};

static struct durability_case *append_case(struct case_list *list)
{
	struct scenario *scenario = list->scenario;
	size_t count = scenario->case_count;
	/* Grows at the powers of two. */
	if (!(count & (count - 1))) {
		struct durability_case *more =
			reallocarray(scenario->cases, count ? 2 * count : 1, sizeof(*more));
		if (!more)
			return NULL;
		scenario->cases = more;
	}
	scenario->cases[count] = list->base;
	scenario->cases[count].name = NULL;
	scenario->case_count++;
	return &scenario->cases[count];
}

/* What makes no sense together, which the simulation knows. */
static int check_case(struct scenario_reader *reader, const struct durability_case *durability,
	struct config_mark mark, struct error *error)
{
	struct error why;
	const struct config_events *events = &reader->config.events;
	error_clear(&why);
	if (!durability_check(durability, &why))
		return 0;
	return error_set(error, why.code, "%s:%u:%u: %s: %s", events->path, mark.line, mark.column,
		events->within, why.message);
}

static int read_case(struct scenario_reader *reader, struct case_list *list, struct error *error)
{
	struct config_events *events = &reader->config.events;
	struct config_mark marks[CONFIG_KEYS_MAX] = {{0}}, begin = events->now.mark;
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	size_t number = list->scenario->case_count + 1;
	snprintf(events->within, sizeof(events->within), "case %zu", number);
	events->key[0] = '\0';
	if (number > CASES_MAX)
		return config_fault(events, begin, "more than 64 cases", "fewer", error);
	static_assert(CASES_MAX == 64, "the message above says so");
	if (events->now.kind != CONFIG_MAPPING)
		return scenario_refuse_now(reader,
			config_section_allowed(&scenario_case_section, "a mapping with the keys", allowed),
			error);
	struct durability_case *durability = append_case(list);
	if (!durability)
		return scenario_no_memory(reader, error);
	if (config_read_mapping(&reader->config, &scenario_case_section, durability, marks, error))
		return -1;
	if (!durability->name && asprintf(&durability->name, "case %zu", number) < 0) {
		durability->name = NULL;
		return scenario_no_memory(reader, error);
	}
	return check_case(reader, durability, begin, error);
}

static int read_list(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct config_events *events = &config->events;
	struct config_mark begin = events->now.mark;
	struct case_list *list = object;
	if (events->now.kind != CONFIG_LIST)
		return config_refuse_value(config, key, error);
	int more;
	while ((more = config_events_more(events, CONFIG_LIST_END, error)) > 0) {
		if (read_case(scenario_reader_of(config), list, error))
			return -1;
	}
	if (more < 0)
		return -1;
	snprintf(events->within, sizeof(events->within), "compare");
	return list->scenario->case_count
		       ? 0
		       : config_fault(events, begin, "an empty list", "a list of at least one case", error);
}

static int read_base(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct config_mark marks[CONFIG_KEYS_MAX] = {{0}};
	struct case_list *list = object;
	if (config->events.now.kind != CONFIG_MAPPING)
		return config_refuse_value(config, key, error);
	if (list->scenario->case_count)
		return config_fault(&config->events, config->events.now.mark, "it behind 'cases'",
			"'base' before 'cases'", error);
	return config_read_mapping(config, &scenario_case_section, &list->base, marks, error);
}

static const struct config_key comparison_keys[] = {
	{"base", CONFIG_KIND_OTHER, .read = read_base,
		.allowed = "a mapping of what all cases have in common"},
	{"cases", CONFIG_KIND_OTHER, .required = true, .read = read_list, .allowed = "a list of cases"},
};
static const struct config_section comparison_section = {
	CONFIG_SECTION_OTHER, sizeof(comparison_keys) / sizeof(*comparison_keys), comparison_keys};

int scenario_read_cases(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct config_events *events = &config->events;
	struct config_mark marks[CONFIG_KEYS_MAX] = {{0}};
	struct case_list list = {.scenario = object};
	if (events->now.kind != CONFIG_MAPPING)
		return config_refuse_value(config, key, error);
	durability_case_init(&list.base);
	events->key[0] = '\0';
	snprintf(events->within, sizeof(events->within), "compare");
	int result = config_read_mapping(config, &comparison_section, &list, marks, error);
	free(list.base.name);
	if (!result)
		events->within[0] = '\0';
	return result;
}

void scenario_seed_cases(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->case_count; i++)
		scenario->cases[i].seed = scenario->seed;
}

void scenario_free_cases(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->case_count; i++)
		free(scenario->cases[i].name);
	free(scenario->cases);
}
