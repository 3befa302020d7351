# bash completion for linckia.
#
# The program says what may follow, and how it must be written: whatever names a store has, nothing of the answer is
# evaluated here. It is the linckia of $PATH that is asked, not one that the line names.

_linckia() {
	local -a answer
	local line typed
	COMPREPLY=()
	mapfile -t answer < <(command linckia completion --for-line "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
	[ "${#answer[@]}" -gt 0 ] || return 0

	# bash begins a new word behind '=', ':' and '@', and inside of quotes; it wants only what goes on from there.
	typed=${answer[0]#* * }
	[[ $typed == *"$2" ]] || return 0
	typed=${typed%"$2"}
	for line in "${answer[@]:1}"; do
		line=${line%%$'\t'*}
		COMPREPLY+=("${line#"$typed"}")
	done
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[/=,] ]] || compopt -o nospace 2>/dev/null

	case ${answer[0]} in
	part\ *) compopt -o nospace 2>/dev/null ;;
	files\ *) compopt -o bashdefault -o default 2>/dev/null ;;
	folders\ *) compopt -o dirnames 2>/dev/null ;;
	yaml\ *)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -X '!*.yaml' -- "$2"; compgen -f -X '!*.yml' -- "$2"; compgen -d -- "$2")
		;;
	esac
	return 0
}
complete -F _linckia linckia
