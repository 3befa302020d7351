# Linckia's build. `make help` lists what can be made; everything lands in build/ but the program itself.
#
# What a target needs from the system is looked for first (scripts/deps.sh), and what is built follows in a
# make of its own: the flags come from pkg-config, which may only just have been installed.

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
FLAGS_fuzz     := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS_coverage := -O0 -g --coverage -fprofile-update=atomic
# For mutants: the engine is a shared object, so that one of its files can be changed without linking every test anew.
FLAGS_mutate   := -O1 -fPIC
FLAGS_map      := -O0 -fPIC --coverage -fprofile-update=atomic
LINK_release   := -pie -Wl,-z,relro,-z,now
LINK_strict    := $(LINK_release)
LINK_clang     := $(LINK_release)
# The sanitizers' runtime is large: shared, a hundred programs need not hold a copy each.
LINK_asan       = -shared-libasan -Wl,-rpath,$(shell $(CC) -print-resource-dir)/lib/linux
# A program brings all libraries along, although only the shared object uses some of them.
LINK_mutate    := -Wl,--no-as-needed -Wl,-rpath,$(CURDIR)/build/mutate
CC_clang       := clang
CC_asan        := clang
CC_fuzz        := clang
ifneq ($(CC_$(VARIANT)),)
CC := $(CC_$(VARIANT))
endif

LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -lpthread
CFLAGS ?=
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(FLAGS_$(VARIANT)) \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(WERROR) $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS)

ENGINE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard engine/*.c))
ENGINE         := $(BUILD)/libengine$(if $(filter mutate,$(VARIANT)),.so,.a)
TUI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tui/*.c))
CLI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
PROGRAM        := $(BUILD)/linckia
include packaging/rules.mk

# A make without -j still builds on all cores what run and test need.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS))$(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
SUBMAKE = +@$(MAKE) --no-print-directory $(JOBS)

# One short line for each step; V=1 shows the commands.
ifeq ($(V),)
Q = @
say = @printf '  %-5s %s\n' $(1) $(2)
else
Q =
say = @:
endif

.DEFAULT_GOAL := all
.PHONY: all help deps run test check units e2e package-test screen docs model sim crash faults power fuzz suites asan tsan \
	clang coverage mutate mutation bench programs bench-programs fuzz-programs pictures present format lint clean

all: $(PROGRAM) ## build ./linckia
ifeq ($(VARIANT),release)
	@ln -sf $(PROGRAM) linckia
endif

run: ## install what is missing, build, make a first store in nodes/ and open the console
	@scripts/deps.sh run
	$(SUBMAKE) all
	@scripts/run.sh

deps: ## install what run and test need, or name the packages
	@scripts/deps.sh test

help: ## list these targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile tests/rules.mk packaging/rules.mk | expand -t 16

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

$(BUILD)/libengine.so: $(ENGINE_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libengine.so -o $@ $^

$(PROGRAM): $(CLI_OBJECTS) $(TUI_OBJECTS) $(ENGINE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

include tests/rules.mk
.SECONDARY:

bench: ## measure beside cp, rsync, git-annex, restic, borg and casync; BENCH='put get' for some; makes docs/benchmarks.md
	@scripts/deps.sh bench || scripts/deps.sh run
	$(SUBMAKE) all bench-programs
	@LINCKIA=$(CURDIR)/$(PROGRAM) BENCH_PROGRAMS=$(CURDIR)/$(BUILD)/bench bench/run.sh $(BENCH)
	@bench/report.sh >$(BUILD)/benchmarks.md && cp $(BUILD)/benchmarks.md docs/benchmarks.md

build/picture: scripts/picture.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(FLAGS_release) -o $@ $<

pictures: all build/picture ## draw docs/pictures/ anew, from a real run
	@scripts/pictures.sh

format: ## clang-format all sources
	clang-format -i $(wildcard engine/*.[ch] tui/*.[ch] cli/*.[ch] bench/*.[ch] packaging/*/*.[ch] tests/*/*.[ch])

lint: ## format, static analysis with clang-tidy or cppcheck, and shellcheck; QUICK=1 leaves the slow analyzer out
	@CFLAGS="$(ALL_CFLAGS)" scripts/lint.sh $(if $(QUICK),--quick)

clean: ## remove everything that was built
	rm -rf build linckia

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
