# Linckia's build. `make help` lists what can be made; everything lands in build/ but the program itself.
#
# What a target needs from the system is looked for first (scripts/deps.sh), and what is built follows in a
# make of its own: the flags come from pkg-config, which may only just have been installed.

PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
CC      ?= cc
VARIANT ?= release
BUILD   := build/$(VARIANT)

PACKAGES := ncursesw libcjson yaml-0.1 sqlite3 libcrypto
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDEN   := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
# The variants are the same sources under other flags; each has a folder of its own below build/.
FLAGS_release  := -O2 -g $(HARDEN)
FLAGS_strict   := -O2 -g $(HARDEN) -Werror
FLAGS_clang    := -O2 -g $(HARDEN) -Werror
FLAGS_asan     := -O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Werror
FLAGS_tsan     := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
FLAGS_coverage := -O0 -g --coverage -fprofile-update=atomic
LINK_release   := -pie -Wl,-z,relro,-z,now
LINK_strict    := $(LINK_release)
LINK_clang     := $(LINK_release)
CC_clang       := clang
CC_asan        := clang
ifneq ($(CC_$(VARIANT)),)
CC := $(CC_$(VARIANT))
endif

LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -lpthread
CFLAGS ?=
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(FLAGS_$(VARIANT)) \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(WERROR) $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS)

ENGINE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard engine/*.c))
TUI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tui/*.c))
CLI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
UNIT_SOURCES   := $(wildcard tests/unit/test_*.c)
UNIT_PROGRAMS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
# gold links the many test programs in a third of the time.
TEST_LDFLAGS   := $(if $(shell command -v ld.gold),-fuse-ld=gold)
TOOL_PROGRAMS  := $(BUILD)/tests/walk $(BUILD)/tests/histories
BENCH_PROGRAMS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
PROGRAM        := $(BUILD)/linckia

# A make without -j still builds on all cores what run and test need.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS))$(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
SUBMAKE = +@$(MAKE) --no-print-directory $(JOBS)
RUN_TESTS = VARIANT=$(VARIANT) scripts/test.sh

# One short line for each step; V=1 shows the commands.
ifeq ($(V),)
Q = @
say = @printf '  %-5s %s\n' $(1) $(2)
else
Q =
say = @:
endif

.DEFAULT_GOAL := all
.PHONY: all help deps run test check units e2e screen model asan tsan clang bench bench-programs programs pictures \
	present format lint coverage install uninstall clean suites crash faults

all: $(PROGRAM) ## build ./linckia
ifeq ($(VARIANT),release)
	@ln -sf $(PROGRAM) linckia
endif

run: ## install what is missing, build, make a first store in nodes/ and open the console
	@scripts/deps.sh run
	$(SUBMAKE) all
	@scripts/run.sh

# Two builds, so that a warning of gcc or of clang stops it where CI is set, and the unit tests run under clang's sanitizers.
test: ## what matters on every change: all suites, the long ones as samples; about 13 minutes on 2 cores
	@scripts/deps.sh test
	$(SUBMAKE) WERROR=$(if $(CI),-Werror) all $(TOOL_PROGRAMS)
	$(SUBMAKE) VARIANT=asan programs
	@LANES=2 MODEL_RUNS=6 scripts/test.sh release/e2e asan/units release/screen release/model release/lint

check: ## the lot, in full: strict gcc and clang builds, all suites, ASan and UBSan, lint
	@scripts/deps.sh test
	$(SUBMAKE) VARIANT=strict programs
	$(SUBMAKE) clang
	$(SUBMAKE) asan
	$(SUBMAKE) all programs
	@$(RUN_TESTS) units model screen
	$(SUBMAKE) lint

deps: ## install what run and test need, or name the packages
	@scripts/deps.sh test

help: ## list these targets
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

# Fails with a sentence where the compiler would fail with a missing header.
present:
	@CC=$(CC) scripts/deps.sh --check run

$(BUILD)/%.o: %.c Makefile | present
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libengine.a: $(ENGINE_OBJECTS)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(PROGRAM): $(CLI_OBJECTS) $(TUI_OBJECTS) $(BUILD)/libengine.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The commands as a library, so that a test links only those it needs.
$(BUILD)/libcli.a: $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(SUPPORT_OBJECTS) $(BUILD)/libcli.a $(TUI_OBJECTS) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $(TEST_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# What the end-to-end tests look at a store with. It shares nothing with the engine.
$(BUILD)/tests/walk: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/tools/walk*.c))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Random histories against a model. It shares nothing with the engine either.
$(BUILD)/tests/histories: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/model/*.c))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The program that is struck at each of its calls.
CRASH_OBJECTS := $(patsubst %,$(BUILD)/tests/crash/%.o,main points point program look operation folder lines)
$(BUILD)/tests/crash-points: $(CRASH_OBJECTS) $(BUILD)/tests/support/old_catalog.o $(BUILD)/tests/tools/walk_catalog.o \
		$(BUILD)/tests/tools/walk_files.o $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# What is preloaded into the program to see, and to spoil, its calls to the system. The sanitizers must not be in it.
INTERPOSER := $(patsubst %,tests/crash/%.c,next raw interpose interpose_names interpose_other)
SHARED_FLAGS := -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) -O2 -g -fPIC -fvisibility=hidden -shared
$(BUILD)/tests/libstrike.so: $(INTERPOSER) tests/crash/strike.c $(wildcard tests/crash/*.h) Makefile
$(BUILD)/tests/liballocate.so: tests/crash/next.c tests/crash/raw.c tests/crash/allocate.c $(wildcard tests/crash/*.h) Makefile
$(BUILD)/tests/lib%.so:
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SHARED_FLAGS) -o $@ $(filter %.c,$^) -ldl

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(TUI_OBJECTS) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
.SECONDARY:

bench-programs: $(BENCH_PROGRAMS)

programs: $(PROGRAM) $(UNIT_PROGRAMS) $(TOOL_PROGRAMS) $(BENCH_PROGRAMS)

units: $(UNIT_PROGRAMS) ## the unit tests alone
	@$(RUN_TESTS) units

e2e: all $(TOOL_PROGRAMS) ## the end-to-end tests alone; E2E='put_*' chooses some
	@$(RUN_TESTS) e2e $(E2E)

screen: all ## the screen tests alone
	@$(RUN_TESTS) screen

model: all $(BUILD)/tests/histories ## random histories against a model; MODEL_RUNS=200 for more
	@$(RUN_TESTS) model

$(BUILD)/tests/crash-points: | $(BUILD)/tests/libstrike.so $(BUILD)/tests/liballocate.so $(BUILD)/tests/walk

crash: all $(BUILD)/tests/crash-points ## kill the program at every call that writes; CRASH_POINTS=100 for a sample
	@$(BUILD)/tests/crash-points crash $(PROGRAM)

faults: all $(BUILD)/tests/crash-points ## make every call fail in every way; CRASH_POINTS=100 for a sample
	@$(BUILD)/tests/crash-points faults $(PROGRAM)

suites: programs
	@$(RUN_TESTS) $(SUITES)

asan: ## unit and end-to-end tests under the address and undefined-behaviour sanitizers
	$(SUBMAKE) VARIANT=asan SUITES="units e2e" suites

tsan: ## unit tests and the concurrent end-to-end tests under the thread sanitizer
	$(SUBMAKE) VARIANT=tsan SUITES="units e2e concurrent_* roundtrip_* damage_* heal_*" suites

clang: ## a build with clang where every warning is an error
	$(SUBMAKE) VARIANT=clang programs

bench: ## time Linckia beside cp, restic and borg
	@scripts/deps.sh run
	$(SUBMAKE) all bench-programs
	@LINCKIA=$(CURDIR)/$(PROGRAM) BENCH_PROGRAMS=$(CURDIR)/$(BUILD)/bench bench/run.sh

build/picture: scripts/picture.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(FLAGS_release) -o $@ $<

pictures: all build/picture ## draw docs/pictures/ anew, from a real run
	@scripts/pictures.sh

coverage: ## which share of the lines the tests run, file by file
	@scripts/deps.sh test
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(SUBMAKE) VARIANT=coverage SUITES="units e2e screen" suites; code=$$?; scripts/coverage.sh build/coverage && exit $$code

format: ## clang-format all sources
	clang-format -i $(wildcard engine/*.[ch] tui/*.[ch] cli/*.[ch] bench/*.[ch] tests/*/*.[ch])

lint: ## format, static analysis with clang-tidy or cppcheck, and shellcheck; QUICK=1 leaves the slow analyzer out
	@CFLAGS="$(ALL_CFLAGS)" scripts/lint.sh $(if $(QUICK),--quick)

install: all ## copy the program, its systemd unit and its documents below $(DESTDIR)$(PREFIX)
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/linckia
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@PREFIX@|$(PREFIX)|g' scripts/linckia.service.in >$(BUILD)/linckia.service
	install -m 644 $(BUILD)/linckia.service $(DESTDIR)$(UNITDIR)/linckia.service
	install -d $(DESTDIR)$(PREFIX)/share/doc/linckia/docs
	install -m 644 README.md LICENSE config.yaml $(DESTDIR)$(PREFIX)/share/doc/linckia
	install -m 644 $(wildcard docs/*.md) $(DESTDIR)$(PREFIX)/share/doc/linckia/docs
	install -d $(DESTDIR)$(PREFIX)/share/doc/linckia/docs/pictures
	install -m 644 $(wildcard docs/pictures/*.svg) $(DESTDIR)$(PREFIX)/share/doc/linckia/docs/pictures

uninstall: ## remove what install copied
	rm -f $(DESTDIR)$(PREFIX)/bin/linckia $(DESTDIR)$(UNITDIR)/linckia.service
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/linckia

clean: ## remove everything that was built
	rm -rf build linckia

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
