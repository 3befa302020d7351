# Linckia's build. `make help` lists what can be made; everything lands in build/ but the program itself.

PREFIX  ?= /usr/local
CC      ?= cc
VARIANT ?= release
BUILD   := build/$(VARIANT)

PACKAGES := ncursesw libcjson yaml-0.1 sqlite3 libcrypto
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
# The variants are the same sources under other flags; each has a folder of its own below build/.
FLAGS_release  := -O2 -g $(HARDEN)
FLAGS_clang    := -O2 -g $(HARDEN)
FLAGS_asan     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan     := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
FLAGS_coverage := -O0 -g --coverage -fprofile-update=atomic
LINK_release   := -pie -Wl,-z,relro,-z,now
LINK_clang     := $(LINK_release)
CC_clang       := clang
ifneq ($(CC_$(VARIANT)),)
CC := $(CC_$(VARIANT))
endif

LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lm -lpthread
CFLAGS ?=
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(FLAGS_$(VARIANT)) $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS)

ENGINE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard engine/*.c))
TUI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tui/*.c))
CLI_OBJECTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
UNIT_SOURCES   := $(wildcard tests/unit/test_*.c)
UNIT_PROGRAMS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
BENCH_PROGRAMS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
PROGRAM        := $(BUILD)/linckia

.DEFAULT_GOAL := all
.PHONY: all help deps run test check units e2e asan tsan clang bench bench-programs format lint coverage install clean

all: $(PROGRAM) ## build ./linckia
ifeq ($(VARIANT),release)
	@ln -sf $(PROGRAM) linckia
endif

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libengine.a: $(ENGINE_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(PROGRAM): $(CLI_OBJECTS) $(TUI_OBJECTS) $(BUILD)/libengine.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(SUPPORT_OBJECTS) $(TUI_OBJECTS) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
.SECONDARY:

units: $(UNIT_PROGRAMS)
	@set -e; for program in $^; do ./$$program; done

clean: ## remove everything that was built
	rm -rf build linckia

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
