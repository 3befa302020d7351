# The programs of the tests and of the benchmarks, and the targets that run them. Part of ../Makefile.

UNIT_PROGRAMS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
FUZZ_PROGRAMS   := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_PROGRAMS  := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
PRELOADED       := $(patsubst %,$(BUILD)/tests/lib%.so,strike record allocate)
TOOL_PROGRAMS   := $(patsubst %,$(BUILD)/tests/%,walk histories simulate crash-points powerloss) $(PRELOADED)

# What the thread sanitizer watches on every change.
THREAD_TESTS := test_all_at_once test_pool test_maintain_race test_maintain_copying

# gold links the many test programs in a third of the time.
TEST_LDFLAGS := $(if $(shell command -v ld.gold),-fuse-ld=gold)
RUN_TESTS = VARIANT=$(VARIANT) scripts/test.sh

define link_test
@mkdir -p $(@D)
$(call say,LINK,$@)
$(Q)$(CC) $(ALL_LDFLAGS) $(TEST_LDFLAGS) $(1) -o $@ $^ $(LIBS)
endef

# The commands as a library, so that a test links only those it needs.
$(BUILD)/libcli.a: $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(SUPPORT_OBJECTS) $(BUILD)/libcli.a $(TUI_OBJECTS) $(ENGINE)
	$(call link_test,) -lcmocka

# What the end-to-end tests look at a store with. It shares nothing with the engine.
$(BUILD)/tests/walk: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/tools/walk*.c) tests/support/must.c)
	$(call link_test,)

# Random histories against a model. It shares nothing with the engine either.
$(BUILD)/tests/histories: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/model/*.c) tests/support/must.c)
	$(call link_test,)

# Random histories and faults on a virtual clock, in one process with the engine.
$(BUILD)/tests/simulate: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sim/*.c) tests/support/must.c) $(ENGINE)
	$(call link_test,)

# The program is struck at each of its calls.
$(BUILD)/tests/crash-points: $(patsubst %,$(BUILD)/tests/crash/%.o,main jobs points point reference program look operation folder lines) \
		$(patsubst %,$(BUILD)/tests/%.o,support/must support/old_catalog tools/walk_catalog tools/walk_files) $(ENGINE)
	$(call link_test,)

# What the power's going away leaves on disks, and whether the store is all there then.
$(BUILD)/tests/powerloss: $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/power/record.c,$(wildcard tests/power/*.c)) \
		tests/support/must.c tests/support/old_catalog.c) $(ENGINE)
	$(call link_test,)

# What is preloaded into the program to see, and to spoil, its calls to the system. The sanitizers must not be in it.
INTERPOSER   := $(patsubst %,tests/crash/%.c,next raw interpose interpose_names interpose_other)
SHARED_FLAGS := -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec \
	-fno-omit-frame-pointer -shared
$(BUILD)/tests/libstrike.so: $(INTERPOSER) tests/crash/strike.c
$(BUILD)/tests/librecord.so: $(INTERPOSER) tests/power/record.c tests/power/recording_append.c
$(BUILD)/tests/liballocate.so: tests/crash/next.c tests/crash/raw.c tests/crash/allocate.c
$(BUILD)/tests/lib%.so: $(wildcard tests/crash/*.h tests/power/*.h) Makefile tests/rules.mk
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SHARED_FLAGS) -o $@ $(filter %.c,$^) -ldl

# Fuzz targets: with libFuzzer in the variant that is made for it, else with a main() that replays a corpus.
FUZZ_MAIN    := $(if $(filter fuzz,$(VARIANT)),,$(BUILD)/tests/fuzz/replay.o)
FUZZ_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/fuzz/fuzz_%.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(FUZZ_SUPPORT) $(SUPPORT_OBJECTS) $(BUILD)/libcli.a \
		$(TUI_OBJECTS) $(ENGINE)
	$(call link_test,$(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer)) -lcmocka

# What makes mutants of the engine's sources.
$(BUILD)/tests/mutants: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/mutation/*.c))
	$(call link_test,)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(TUI_OBJECTS) $(ENGINE)
	$(call link_test,)

bench-programs: $(BENCH_PROGRAMS)

fuzz-programs: $(FUZZ_PROGRAMS)

programs: $(PROGRAM) $(UNIT_PROGRAMS) $(TOOL_PROGRAMS) $(FUZZ_PROGRAMS) $(BENCH_PROGRAMS)

# A warning of gcc or of clang stops it where CI is set: the program that is used is built by the one, and the unit tests,
# which run under its sanitizers, by the other. The samples are sized for two cores.
test: ## what matters on every change: all suites, the long ones as samples; six minutes on 2 idle cores
	@scripts/deps.sh test && scripts/promtool.sh
	$(SUBMAKE) WERROR=$(if $(CI),-Werror) all manual $(TOOL_PROGRAMS)
	$(SUBMAKE) VARIANT=asan all $(subst $(BUILD),build/asan,$(UNIT_PROGRAMS) $(FUZZ_PROGRAMS))
	$(SUBMAKE) VARIANT=tsan $(patsubst %,build/tsan/tests/%,$(THREAD_TESTS))
	@THREAD_TESTS="$(THREAD_TESTS)" LANES=2 IN_MEMORY=1 E2E_LIMIT=300 MODEL_RUNS=6 SIM_STEPS=16 CRASH_POINTS=100 POWER_POINTS=400 \
		scripts/test.sh release/e2e asan/units release/sim release/package release/screen release/faults release/power \
		release/crash release/docs tsan/threads release/model asan/fuzz release/lint

check: ## the lot, in full: strict gcc and clang builds, all suites, the sanitizers, every crash and fault, lint
	@scripts/deps.sh test && scripts/promtool.sh
	$(SUBMAKE) VARIANT=strict programs
	$(SUBMAKE) clang
	$(SUBMAKE) asan
	$(SUBMAKE) tsan
	$(SUBMAKE) all manual programs
	@$(RUN_TESTS) units package model screen docs sim crash faults power fuzz
	$(SUBMAKE) lint

units: $(UNIT_PROGRAMS) ## the unit tests alone
	@$(RUN_TESTS) units

e2e: all $(TOOL_PROGRAMS) ## the end-to-end tests alone; E2E='put_*' chooses some
	@$(RUN_TESTS) e2e $(E2E)

package-test: all manual ## the tests of what is installed and packaged alone; PACKAGE='completion_*' chooses some
	@$(RUN_TESTS) package $(PACKAGE)

screen: all ## the screen tests alone
	@$(RUN_TESTS) screen

docs: all ## every command that README.md and the tour show, and every link; tests/docs/run.sh --update renews them
	@$(RUN_TESTS) docs

model: all $(TOOL_PROGRAMS) ## random histories of the program against a model; MODEL_RUNS=200 for more
	@$(RUN_TESTS) model

sim: $(TOOL_PROGRAMS) ## random histories and faults on a virtual clock; SIM_RUNS=20000 for more
	@$(RUN_TESTS) sim

crash: all $(TOOL_PROGRAMS) ## the program killed at every call that writes; CRASH_POINTS=60 for a sample
	@$(RUN_TESTS) crash

faults: all $(TOOL_PROGRAMS) ## every call of the program made to fail in every way; CRASH_POINTS=100 for a sample
	@$(RUN_TESTS) faults

power: all $(TOOL_PROGRAMS) ## what is left when the power goes away; POWER_POINTS=400 for fewer
	@$(RUN_TESTS) power

fuzz: ## libFuzzer on what reads foreign bytes; FUZZ='journal config' FUZZ_TIME=600 (seconds each)
	@scripts/deps.sh test
	$(SUBMAKE) VARIANT=fuzz fuzz-programs
	@BUILD=build/fuzz scripts/fuzz.sh $(or $(FUZZ),$(notdir $(FUZZ_PROGRAMS)))

suites: all programs
	@$(RUN_TESTS) $(SUITES)

asan: ## unit and end-to-end tests and the fuzz corpora under the address and undefined-behaviour sanitizers
	$(SUBMAKE) VARIANT=asan SUITES="units e2e fuzz" suites

tsan: ## unit tests and the concurrent end-to-end tests under the thread sanitizer
	$(SUBMAKE) VARIANT=tsan SUITES="units e2e concurrent_* roundtrip_* damage_* heal_* stress_*" suites

clang: ## a build with clang where every warning is an error
	$(SUBMAKE) VARIANT=clang programs

# What only a suite that takes hours in full runs at all is in these samples, too. Without optimisation all is slower. Where
# all memory is refused, what writes the counts at the end crashes.
COVERAGE_SAMPLES := E2E_LIMIT=600 SIM_RUNS=60 CRASH_POINTS=100 CRASH_MEMORY=0 POWER_POINTS=400

coverage: ## which share of lines and branches the tests run; fails when the engine is below the bars
	@scripts/deps.sh test
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(SUBMAKE) VARIANT=coverage $(COVERAGE_SAMPLES) SUITES="units e2e model screen sim fuzz power faults crash" suites; \
		code=$$?; scripts/coverage.sh build/coverage && exit $$code

mutate: ## change the engine in one place at a time: which changes does no test notice? MUTATE_FILES, _COUNT, _SEED
	@scripts/deps.sh test
	$(SUBMAKE) VARIANT=map build/map/libengine.so
	$(SUBMAKE) VARIANT=mutate mutation

mutation: $(PROGRAM) $(UNIT_PROGRAMS) $(BUILD)/tests/walk $(BUILD)/tests/mutants
	@BUILD=$(BUILD) CC=$(CC) MUTATE_CFLAGS="$(ALL_CFLAGS)" UNITS="$(UNIT_PROGRAMS)" scripts/mutate.sh
