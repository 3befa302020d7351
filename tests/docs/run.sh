#!/usr/bin/env bash
# run.sh: the documents do what they say.
#
#	tests/docs/run.sh [--update] [PAGE…]
#
# Runs every command block of README.md and docs/tour.md, or of each PAGE, and compares what is printed with what is
# shown (page.sh says how); follows every relative link of every page (links.awk); and looks whether it would notice
# (self.sh). Prints one line a check, what is wrong in those that failed, and 'N passed, N failed'.
#
# With --update it runs the pages alone and writes what was printed into them, where it is not what they show.
#
# The program is the one of build/release, as in a tree that was made by `make`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
cd "$tree" || exit 1

update=()
if [ "${1:-}" = --update ]; then
	update=(--update)
	shift
fi
pages=("$@")
[ $# -gt 0 ] || pages=(README.md docs/tour.md)

[ -x build/release/linckia ] || {
	echo "There is no program at build/release/linckia: make it first." >&2
	echo "0 passed, 1 failed"
	exit 1
}

# Where it has room, in memory: there a store's thousand folders are made in no time.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df -B 1 --output=avail /dev/shm | tail -n 1)" -ge $((1 << 30)) ]; then
	export TMPDIR=/dev/shm
fi

base=$(mktemp -d "${TMPDIR:-/tmp}/linckia-docs.XXXXXX") || exit 1
trap 'rm -rf "$base"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
tell() { # EXIT NAME OUTPUT
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok      $2"
		[ "${#update[@]}" -eq 0 ] || cat "$3"
	else
		failed=$((failed + 1))
		echo "FAILED  $2"
		sed 's/^/        /' "$3"
	fi
}

find_pages() {
	find . -name '*.md' -not -path './build/*' -not -path './.git/*' -not -path './nodes/*/*' | sort
}

check_links() {
	local found
	mapfile -t found < <(find_pages)
	awk -f tests/docs/links.awk "${found[@]}"
}

# A page waits more than it works, so all are run at once.
running=()
for i in "${!pages[@]}"; do
	"$here/page.sh" "${update[@]}" --tree "$tree" "${pages[i]}" >"$base/$i" 2>&1 &
	running+=($!)
done
if [ $# -eq 0 ] && [ "${#update[@]}" -eq 0 ]; then
	check_links >"$base/output" 2>&1
	tell $? "links" "$base/output"
	source "$here/self.sh"
	for test in $(compgen -A function test_); do
		mkdir "$base/$test"
		(
			cd "$base/$test" || exit 1
			set -e
			"$test"
		) >"$base/output" 2>&1
		tell $? "${test#test_}" "$base/output"
	done
fi
for i in "${!pages[@]}"; do
	wait "${running[i]}"
	tell $? "${pages[i]}" "$base/$i"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
