#!/usr/bin/env bash
# run.sh: end-to-end tests of the real program.
#
#	tests/e2e/run.sh [PATTERN…]
#
# Runs each function test_* of each file test_*.sh in a shell, a temporary folder and a time limit of its
# own, and prints one line a test, the output of those that failed, and 'N passed, N failed'. A pattern such
# as 'put_*' chooses tests by their name without test_, or a file's by 'name_*' of the file (test_name.sh).
# A test that exits with 77 is skipped and counts as neither.
#
# $LINCKIA is the program (./linckia), $WALK what looks at a store from outside (tests/walk beside the program;
# tests/tools/walk.c), $E2E_DIR where the folders are made ($TMPDIR or /tmp), $E2E_LIMIT the
# seconds that one test may take (120), $E2E_TESTS another folder with such files.
set -u
here=$(cd "$(dirname "$0")" && pwd)
LINCKIA=$(realpath "${LINCKIA:-$here/../../linckia}") || exit 1
WALK=${WALK:-${LINCKIA%/*}/tests/walk}
export LINCKIA WALK E2E_HERE=$here
limit=${E2E_LIMIT:-120}
jobs=${E2E_JOBS:-$((3 * $(nproc 2>/dev/null || echo 2)))}

[ -x "$LINCKIA" ] || {
	echo "There is no program at $LINCKIA: make it first, or set LINCKIA." >&2
	echo "0 passed, 1 failed"
	exit 1
}

base=$(mktemp -d "${E2E_DIR:-${TMPDIR:-/tmp}}/linckia-e2e.XXXXXX") || exit 1
# Other users' programs take part in some tests and must reach their folders.
chmod 711 "$base"

unmount_below() { # FOLDER
	awk -v base="$1/" 'index($5, base) == 1 { print $5 }' /proc/self/mountinfo 2>/dev/null | sort -r |
		while read -r mount; do umount -l "$mount" 2>/dev/null; done
}

# Nothing below a mount that stayed is removed: it need not be ours.
remove() {
	unmount_below "$1"
	chmod -R u+rwx "$1" 2>/dev/null
	rm -rf --one-file-system "$1"
}
trap 'remove "$base"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chosen() { # FILE TEST
	local pattern
	[ $# -gt 2 ] || return 0
	for pattern in "${@:3}"; do
		# shellcheck disable=SC2053
		[[ $2 == $pattern || ${1}_ == $pattern ]] && return 0
	done
	return 1
}

# Runs one test in the background; what it printed and its exit code are left in $base/NUMBER.*
run_test() { # NUMBER FILE NAME TEST
	local folder=$base/$3.$4 code
	mkdir -m 755 "$folder"
	timeout -k 10 "$limit" bash -c '
		cd "$1" || exit 1
		set -eEuo pipefail
		source "$E2E_HERE/lib.sh"
		source "$2"
		"test_$3"' bash "$folder" "$2" "$4" >"$base/$1.output" 2>&1 </dev/null
	code=$?
	remove "$folder"
	echo "$code" >"$base/$1.code.new"
	mv "$base/$1.code.new" "$base/$1.code"
}

passed=0
failed=0
skipped=0
tell() { # NUMBER NAME TEST
	local code
	code=$(cat "$base/$1.code")
	case $code in
	0)
		passed=$((passed + 1))
		echo "ok      $2: $3"
		;;
	77)
		skipped=$((skipped + 1))
		echo "skipped $2: $3 ($(tail -n 1 "$base/$1.output"))"
		;;
	*)
		failed=$((failed + 1))
		[ "$code" -ne 124 ] || echo "took longer than $limit seconds" >>"$base/$1.output"
		echo "FAILED  $2: $3 (exit $code)"
		tail -n 60 "$base/$1.output" | cat -v | sed 's/^/        /'
		;;
	esac
}

names=()
tests=()
told=0
tell_finished() {
	while [ "$told" -lt "${#tests[@]}" ] && [ -e "$base/$told.code" ]; do
		tell "$told" "${names[told]}" "${tests[told]}"
		told=$((told + 1))
	done
}

for file in "${E2E_TESTS:-$here}"/test_*.sh; do
	name=${file##*/test_}
	name=${name%.sh}
	for test in $(sed -n 's/^test_\([a-z0-9_]*\)() *{.*/\1/p' "$file"); do
		chosen "$name" "$test" "$@" || continue
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
			wait -n
			tell_finished
		done
		names+=("$name")
		tests+=("$test")
		run_test "$((${#tests[@]} - 1))" "$file" "$name" "$test" &
	done
done
wait
tell_finished
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
