# What is installed, and how it is packaged. Part of ../Makefile.

# The scripts for shells are part of the program, which prints them: `linckia completion bash`.
COMPLETIONS := $(patsubst %,packaging/completions/linckia.%,bash zsh fish)
CLI_OBJECTS += $(BUILD)/packaging/completions.o

$(BUILD)/packaging/completions.c: packaging/embed.sh $(COMPLETIONS)
	@mkdir -p $(@D)
	$(Q)packaging/embed.sh $(COMPLETIONS) >$@

$(BUILD)/packaging/completions.o: $(BUILD)/packaging/completions.c Makefile | present
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
