# test_completion.sh: the scripts of `linckia completion`, in the shells that they are for.
# shellcheck shell=bash

source "$E2E_TESTS/shells.sh"

store_names() { # NAME…
	lk -q new s --nodes 3 --rf 2 --chunk-size 64KiB --rehearsal >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	local name
	for name in "$@"; do
		echo x | lk -q put -n "$name" -
	done
	lk -q snapshot create be:fore
}

# What a shell could take for something else; each begins with a letter of its own.
hostile=('a b  c' 'b$(touch pwned)' 'c`touch pwned`' "d'; touch pwned; '" 'e"; touch pwned; "' 'f; touch pwned' 'g!e!!'
	'h*?[a]' 'i\back\\' 'j=x:y@z' 'kgröße' 'l&|<>(){}' 'm#~' 'n %s%n' 'o"$(touch pwned)"' 'p;touch${IFS}pwned')

completes_everything() { # SHELL
	mkdir files
	touch files/scene.yaml files/other.txt
	store_names "${hostile[@]}" docs/one docs/two
	open_shell "$1"

	completes 'linckia sna' snapshot
	completes 'linckia node rec' node recover
	completes 'linckia node fail node-' node fail node-
	completes 'linckia -c s/config.yaml node fail node-2' -c s/config.yaml node fail node-2
	completes 'linckia put --na' put --name
	completes 'linckia get doc' get docs/
	completes 'linckia get docs/t' get docs/two
	completes 'linckia snapshot show be' snapshot show be:fore
	completes 'linckia restore docs/one@b' restore docs/one@be:fore
	completes 'linckia console --theme=col' console --theme=colour-blind
	completes 'linckia console --theme col' console --theme colour-blind
	completes 'linckia net preset wa' net preset wan
	completes 'linckia net set client all lat' net set client all latency=
	completes 'linckia help snapshot cr' help snapshot create
	# zsh takes the slash away again when the line goes on with something else.
	completes 'linckia put fil' put "files$([ "$1" = zsh ] || echo /)"
	completes 'linckia new fil' new "files$([ "$1" = zsh ] || echo /)"
	completes 'linckia run files/' run files/scene.yaml
	completes 'linckia put files/o' put files/other.txt
	completes 'linckia get docs/one --output=files/o' get docs/one --output=files/other.txt
	offers 'linckia node fail ' node-1 node-2 node-3
	offers 'linckia snapshot ' create list show diff restore
}

completes_hostile_names() { # SHELL
	store_names "${hostile[@]}" $'q\nx' $'r\e[31mred' $'s\ttab' '-x' '~root x' '=ls x' 'x1$a' 'x1 b' 'y z$' 'y z;'
	open_shell "$1"
	local name
	for name in "${hostile[@]}"; do
		completes "linckia stat ${name:0:1}" stat "$name"
	done
	# What a terminal would act on is not offered at all.
	for name in q r s; do
		completes "linckia stat $name" stat "$name"
	done
	completes "linckia stat 'a b" stat 'a b  c'
	completes "linckia stat \"d'" stat "d'; touch pwned; '"
	completes 'linckia stat "b' stat 'b$(touch pwned)'
	completes "linckia stat 'b" stat 'b$(touch pwned)'
	completes "linckia stat 'd" stat "d'; touch pwned; '"
	completes 'linckia stat a\ ' stat 'a b  c'
	completes 'linckia stat "e' stat 'e"; touch pwned; "'
	completes 'linckia stat "g' stat 'g!e!!'
	completes "linckia stat '~" stat '~root x'
	completes "linckia stat '=" stat '=ls x'
	completes 'linckia stat \~r' stat '~root x'
	[ ! -e pwned ] || die "a name was executed"
}

completes_without_a_store() { # SHELL
	export LINCKIA_CONFIG=$PWD/nowhere/config.yaml
	open_shell "$1"
	completes 'linckia node fail x' node fail x
	completes 'linckia get x' get x
	completes 'linckia stat' stat
	shows 'no such file' && die "not quiet: $(screen)"
	completes 'linckia versi' versions
}

# bash puts on the line what the words have in common as they are written, which must not be half of an escaped
# character.
test_completion_bash_in_parts() {
	store_names 'x1$a' 'x1 b' 'y z$' 'y z;' 'z'
	open_shell bash
	completes 'linckia stat x' stat x1
	completes 'linckia stat x1' stat x1
	completes 'linckia stat y' stat 'y z'
	completes 'linckia stat x1\ ' stat 'x1 b'
	[ ! -e pwned ] || die "a name was executed"
}

test_completion_bash() { completes_everything bash; }
test_completion_zsh() { completes_everything zsh; }
test_completion_fish() { completes_everything fish; }
test_completion_bash_hostile() { completes_hostile_names bash; }
test_completion_zsh_hostile() { completes_hostile_names zsh; }
test_completion_fish_hostile() { completes_hostile_names fish; }
test_completion_bash_no_store() { completes_without_a_store bash; }
test_completion_zsh_no_store() { completes_without_a_store zsh; }
test_completion_fish_no_store() { completes_without_a_store fish; }
