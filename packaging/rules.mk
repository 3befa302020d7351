# What is installed, and how it is packaged. Part of ../Makefile; see docs/installing.md.

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
DOCDIR  ?= $(PREFIX)/share/doc/linckia
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d

# The scripts for shells are part of the program, which prints them: `linckia completion bash`.
COMPLETIONS := $(patsubst %,packaging/completions/linckia.%,bash zsh fish)
CLI_OBJECTS += $(BUILD)/packaging/completions.o

$(BUILD)/packaging/completions.c: packaging/embed.sh $(COMPLETIONS)
	@mkdir -p $(@D)
	$(Q)packaging/embed.sh $(COMPLETIONS) >$@

$(BUILD)/packaging/completions.o: $(BUILD)/packaging/completions.c Makefile | present
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Manual pages are made from what was written by hand and the tables of the program; a page that leaves a command, a
# key or a step out is not made. Their date is that of the newest entry in the changelog.
MANUALS     := $(patsubst packaging/manual/%.in,$(BUILD)/manual/%,$(wildcard packaging/manual/*.in))
MANUAL_TOOL := $(BUILD)/packaging/manual/manual
RELEASED     = $(shell LC_ALL=C date -u -d "$$(sed -n '/^ -- /{s/.*>  //p;q;}' packaging/debian/changelog.in)" +%F)

$(MANUAL_TOOL): $(patsubst %.c,$(BUILD)/%.o,$(wildcard packaging/manual/*.c)) \
		$(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS)) $(TUI_OBJECTS) $(ENGINE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/manual/%: packaging/manual/%.in $(MANUAL_TOOL) packaging/debian/changelog.in
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)$(MANUAL_TOOL) $< $(RELEASED) >$@.new && mv $@.new $@

.PHONY: manual install uninstall deb
PLACES = BUILD=$(BUILD) DESTDIR="$(DESTDIR)" BINDIR="$(BINDIR)" MANDIR="$(MANDIR)" DOCDIR="$(DOCDIR)" UNITDIR="$(UNITDIR)" \
	BASHDIR="$(BASHDIR)" ZSHDIR="$(ZSHDIR)" FISHDIR="$(FISHDIR)"

manual: $(MANUALS) ## make the manual pages
	@:

install: all manual ## copy the program, manual pages, completions, systemd unit and documents below $(DESTDIR)$(PREFIX)
	@$(PLACES) packaging/install.sh install

uninstall: ## remove what install copied
	@$(PLACES) packaging/install.sh uninstall

deb: ## make a Debian package, build/linckia_VERSION_ARCH.deb
	@scripts/deps.sh deb
	@packaging/deb.sh
