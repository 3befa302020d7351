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
# seconds that one test may take (120).
set -u
here=$(cd "$(dirname "$0")" && pwd)
LINCKIA=$(realpath "${LINCKIA:-$here/../../linckia}") || exit 1
WALK=${WALK:-${LINCKIA%/*}/tests/walk}
export LINCKIA WALK E2E_HERE=$here
limit=${E2E_LIMIT:-120}

[ -x "$LINCKIA" ] || {
	echo "There is no program at $LINCKIA: make it first, or set LINCKIA." >&2
	echo "0 passed, 1 failed"
	exit 1
}

base=$(mktemp -d "${E2E_DIR:-${TMPDIR:-/tmp}}/linckia-e2e.XXXXXX") || exit 1
# Other users' programs take part in some tests and must reach their folders.
chmod 711 "$base"

unmount_all() {
	awk -v base="$base/" 'index($5, base) == 1 { print $5 }' /proc/self/mountinfo 2>/dev/null | sort -r |
		while read -r mount; do umount -l "$mount" 2>/dev/null; done
}

# Nothing below a mount that stayed is removed: it need not be ours.
remove() {
	unmount_all
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

passed=0
failed=0
skipped=0
for file in "$here"/test_*.sh; do
	name=${file##*/test_}
	name=${name%.sh}
	for test in $(sed -n 's/^test_\([a-z0-9_]*\)() *{.*/\1/p' "$file"); do
		chosen "$name" "$test" "$@" || continue
		folder=$base/$name.$test
		mkdir -m 755 "$folder"
		timeout -k 10 "$limit" bash -c '
			cd "$1" || exit 1
			set -eEuo pipefail
			source "$E2E_HERE/lib.sh"
			source "$2"
			"test_$3"' bash "$folder" "$file" "$test" >"$base/output" 2>&1 </dev/null
		code=$?
		case $code in
		0)
			passed=$((passed + 1))
			echo "ok      $name: $test"
			;;
		77)
			skipped=$((skipped + 1))
			echo "skipped $name: $test ($(tail -n 1 "$base/output"))"
			;;
		*)
			failed=$((failed + 1))
			[ "$code" -ne 124 ] || echo "took longer than $limit seconds" >>"$base/output"
			echo "FAILED  $name: $test (exit $code)"
			tail -n 60 "$base/output" | cat -v | sed 's/^/        /'
			;;
		esac
		remove "$folder"
	done
done
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
