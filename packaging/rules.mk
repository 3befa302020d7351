# What is installed, and how it is packaged. Part of ../Makefile; see docs/installing.md.

# The scripts for shells are part of the program, which prints them: `linckia completion bash`.
COMPLETIONS := $(patsubst %,packaging/completions/linckia.%,bash zsh fish)
CLI_OBJECTS += $(BUILD)/packaging/completions.o

$(BUILD)/packaging/completions.c: packaging/embed.sh $(COMPLETIONS)
	@mkdir -p $(@D)
	$(Q)packaging/embed.sh $(COMPLETIONS) >$@

$(BUILD)/packaging/completions.o: $(BUILD)/packaging/completions.c Makefile | present
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Manual pages are made from what was written by hand and the tables of the program; a page that leaves a command, a key or a
# step out is not made. Their date is that of the newest entry in the changelog.
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

.PHONY: manual
manual: $(MANUALS) ## make the manual pages
	@:
