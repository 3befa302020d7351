#!/usr/bin/env bash
# page.sh: runs the command blocks of one page and compares what they print with what the page shows.
#
#	tests/docs/page.sh [--update] [--tree FOLDER] PAGE
#
# The blocks run in order in one shell in a scratch folder, with a home of its own that is called /home/you wherever
# it is printed. The shell begins in ~/linckia: a copy of FOLDER, as a reader has it who cloned and built it, or an
# empty folder.
#
#	```console   commands behind '$ ', continued behind '> ', each followed by the output it has to have (match.awk says
#	             what '...' means, normalise.sed what does not count)
#	```sh        commands; what they print is not looked at
#
# Every command has to succeed, but for `linckia status`, whose exit status is the health that it prints, and one
# whose exit status the page shows by `echo $?` as the next command. No process may be left in the end, and no
# temporary file.
#
# Prints what is wrong and exits with 1. With --update it writes into the page what was printed wherever that is not
# what the page shows. A '...' there is gone then: shorten it again.
#
# $DOCS_LIMIT is how many seconds a page may take (120).
set -u
here=$(cd "$(dirname "$0")" && pwd)
update=false
tree=
while [ $# -gt 1 ]; do
	case $1 in
	--update) update=true ;;
	--tree)
		tree=$2
		shift
		;;
	esac
	shift
done
page=$(realpath "$1") || exit 1
name=${page##*/}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/linckia-docs.XXXXXX") || exit 1
scratch=$(cd "$scratch" && pwd -P)
trap 'chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
steps=$scratch/steps
home=$scratch/home
mkdir -p "$steps" "$home/linckia" "$scratch/tmp"

# What a clone would have, and what make made of it, with the times that tell make that all is made.
copy_tree() { # FROM TO
	local entry
	mkdir -p "$2/nodes" "$2/build/release"
	for entry in "$1"/* "$1"/.[a-z]*; do
		case ${entry##*/} in
		.git | build | nodes) ;;
		*) cp -Rp "$entry" "$2/" || return 1 ;;
		esac
	done
	cp -p "$1/nodes/README.md" "$2/nodes/"
	cp -Rp "$1"/build/release/{engine,cli,tui,libengine.a,linckia} "$2/build/release/"
}

# Ends what the page left behind and tells what it was.
end_session() { # SID
	local left
	left=$(ps -o pid=,args= -s "$1" 2>/dev/null) || return 0
	awk '{ print $1 }' <<<"$left" | xargs -r kill -KILL 2>/dev/null
	echo "$name: left processes behind:"
	sed 's|^ *[0-9]* |        |' <<<"$left"
	return 1
}

run_steps() {
	local sid code
	cd "$home/linckia" || return 1
	env -i HOME="$home" PATH="$PATH" TMPDIR="$scratch/tmp" LC_ALL=C.UTF-8 TERM=dumb USER="${USER:-you}" \
		setsid timeout -k 5 "${DOCS_LIMIT:-120}" bash "$here/session.sh" "$steps" >"$scratch/session" 2>&1 &
	sid=$!
	wait "$sid"
	code=$?
	cd "$here" || return 1
	# What was just told to end may need a moment for it.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		ps -s "$sid" >/dev/null 2>&1 || break
		sleep 0.2
	done
	end_session "$sid" || failed=1
	if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
		echo "$name: took longer than ${DOCS_LIMIT:-120} seconds"
		failed=1
	fi
	if [ -n "$(ls -A "$scratch/tmp")" ]; then
		echo "$name: left temporary files behind: $(ls -A "$scratch/tmp")"
		failed=1
	fi
}

failed=0
complain() { # LINE TEXT
	echo "$name:$1: $2"
	failed=1
}

# What a step printed, as the page would show it.
as_shown() { # STEP
	sed "s|$home|/home/you|g" "$1.printed"
}

# Failures that the page does not tell of.
untold_failures() { # STEP NEXT
	[ -e "$1.failed" ] || return 0
	[ "$(cat "$2.command" 2>/dev/null)" != "echo \$?" ] || return 0
	grep -vE '^[12] linckia( --json| -q)* status\b' "$1.failed"
}

judge_step() { # STEP NEXT
	local kind line from to untold
	read -r kind line from to <"$1.where"
	if [ ! -e "$1.printed" ]; then
		complain "$line" "was not reached"
		return 1
	fi
	untold=$(untold_failures "$1" "$2")
	if [ -n "$untold" ]; then
		complain "$line" "exit status ${untold%%$'\n'*}"
		tail -n 20 "$1.printed" | sed 's/^/        /'
	fi
	[ "$kind" = console ] || return 0
	as_shown "$1" >"$1.new"
	sed -E -f "$here/normalise.sed" "$1.shown" >"$1.shown.equal"
	sed -E -f "$here/normalise.sed" "$1.new" >"$1.new.equal"
	awk -f "$here/match.awk" "$1.shown.equal" "$1.new.equal" && return 0
	if $update; then
		echo "$from $to $1.new" >>"$scratch/changes"
		echo "$name:$line: the output shown is another now"
	else
		complain "$line" "$(head -n 1 "$1.command")"
		diff -u --label "the page shows" --label "was printed" "$1.shown.equal" "$1.new.equal" | sed 's/^/        /'
	fi
}

# Puts the new outputs in the place of the old ones.
write_page() {
	awk '
		FILENAME == ARGV[1] { to[$1] = $2; file[$1] = $3; next }
		FNR in file {
			while ((getline line <file[FNR]) > 0)
				print line
			until = to[FNR]
		}
		FNR > until' "$scratch/changes" "$page" >"$scratch/page" && cat "$scratch/page" >"$page"
}

awk -v folder="$steps" -f "$here/page.awk" "$page" || exit 1
[ -z "$tree" ] || copy_tree "$tree" "$home/linckia" || exit 1
run_steps
all=("$steps"/*.command)
for ((i = 0; i < ${#all[@]}; i++)); do
	next=${all[i + 1]:-none}
	judge_step "${all[i]%.command}" "${next%.command}" || break
done
[ ! -e "$scratch/changes" ] || write_page
exit "$failed"
