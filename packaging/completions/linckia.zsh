#compdef linckia
# zsh completion for linckia.
#
# The program says what may follow. Words reach it without their quotes, which are taken off and not evaluated, and
# compadd quotes whatever names a store has.

_linckia() {
	local -a answer whole shown begun
	local line word head
	answer=("${(@f)$(command linckia completion --for-words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	[[ -n ${answer[1]} ]] || return 1

	for line in "${(@)answer[2,-1]}"; do
		word=${line%%$'\t'*}
		if [[ $word == *[/=,] ]]; then
			begun+=("$word")
		else
			whole+=("$word")
			((${#word} >= 16)) || word=${(r<16>)word}
			shown+=("$word  ${line#*$'\t'}")
		fi
	done
	(($#begun)) && compadd -S '' -a -- begun
	(($#whole)) && compadd -l -d shown -a -- whole

	head=${${(s: :)answer[1]}[2]}
	[[ $head == 0 ]] || compset -p "$head"
	case ${answer[1]} in
	files\ *) _files ;;
	folders\ *) _files -/ ;;
	yaml\ *) _files -g '*.(yaml|yml)' ;;
	*) (($#begun + $#whole)) ;;
	esac
}

# Autoloaded by the name _linckia, or read by `source <(linckia completion zsh)`.
if [[ ${funcstack[1]} == _linckia ]]; then
	_linckia "$@"
else
	compdef _linckia linckia
fi
