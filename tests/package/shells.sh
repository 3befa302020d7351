# shells.sh: a shell on a terminal of its own, which tmux is, and keys typed into it. Sourced by the tests.
# shellcheck shell=bash

# Keeps the words that it is called with, one NUL behind each, in ./recorded.
make_recorder() {
	mkdir -p bin
	ln -sf "$LINCKIA" bin/linckia
	cat >bin/record <<-RECORD
		#!/bin/sh
		printf '%s\\0' "\$@" >'$PWD/recorded.new'
		mv '$PWD/recorded.new' '$PWD/recorded'
	RECORD
	chmod +x bin/record
	export PATH=$PWD/bin:$PATH
}

# Nobody's settings, a prompt that can be waited for, and the completions.
write_settings() { # SHELL
	mkdir -p settings/fish/completions functions
	case $1 in
	bash)
		cat >settings/bashrc <<-'RC'
			PS1='ready> '
			unset HISTFILE
			bind 'set bell-style none'
			bind 'set show-all-if-ambiguous on'
			source <(linckia completion bash)
		RC
		;;
	zsh)
		linckia completion zsh >functions/_linckia
		cat >settings/.zshrc <<-RC
			PS1='ready> '
			unsetopt beep
			bindkey -e
			fpath=('$PWD/functions' \$fpath)
			autoload -Uz compinit
			compinit -u -D
		RC
		;;
	fish)
		linckia completion fish >settings/fish/completions/linckia.fish
		cat >settings/fish/config.fish <<-'RC'
			function fish_prompt; echo -n 'ready> '; end
			function fish_right_prompt; end
			set -g fish_greeting
			set -g fish_autosuggestion_enabled 0
		RC
		;;
	esac
}

open_shell() { # SHELL
	command -v tmux >/dev/null || skip "tmux is not installed"
	command -v "$1" >/dev/null || skip "$1 is not installed"
	make_recorder
	write_settings "$1"
	socket=linckia-package-$$
	case $1 in
	bash) set -- bash --noprofile --rcfile "$PWD/settings/bashrc" -i ;;
	zsh) set -- env ZDOTDIR="$PWD/settings" zsh -i ;;
	fish) set -- env XDG_CONFIG_HOME="$PWD/settings" XDG_DATA_HOME="$PWD/.data" fish -i ;;
	esac
	on_tmux -f /dev/null new-session -d -s test -x 100 -y 40 "$@"
	wait_for shows 'ready>'
}

on_tmux() {
	env -u TMUX tmux -L "$socket" "$@"
}

close_shell() {
	on_tmux kill-server 2>/dev/null || true
}
trap 'close_shell' EXIT

screen() {
	on_tmux capture-pane -p -t test
}

shows() { # TEXT
	screen | grep -qF -- "$1"
}

keys() { # KEY…
	on_tmux send-keys -t test "$@"
}

# Types LINE and a tab, and has the shell hand what then stands there to `record` instead of running it. The words
# must be linckia and WORD…
completes() { # LINE WORD…
	local line=$1 try
	shift
	# A shell that is slow may take what follows the tab for more of the word: it is asked again.
	for try in 1 2 3; do
		rm -f recorded
		on_tmux send-keys -t test C-u \; send-keys -t test -l -- "$line" \; send-keys -t test Tab
		sleep "$((try / 3)).$((2 * try))"
		on_tmux send-keys -t test C-a \; send-keys -t test -l 'record ' \; send-keys -t test C-e Enter
		wait_for test -e recorded
		printf '%s\0' linckia "$@" >wanted
		cmp -s wanted recorded && return 0
	done
	echo "'$line' became '$(tr '\0' '|' <recorded)' instead of '$(tr '\0' '|' <wanted)'; the screen:"
	die "$(screen | sed '/^$/d')"
}

# Types LINE and tabs, and waits for all of TEXT… to be on the screen.
offers() { # LINE TEXT…
	local line=$1 text
	shift
	keys C-u C-l
	keys -l -- "$line"
	keys Tab
	sleep 0.2
	keys Tab
	for text in "$@"; do
		wait_for shows "$text"
	done
	keys C-u C-c
	wait_for shows 'ready>'
}

wait_for() { # COMMAND…
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || die "waited in vain for: $*; the screen: $(screen | sed '/^$/d')"
		sleep 0.1
	done
}
