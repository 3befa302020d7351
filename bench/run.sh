#!/usr/bin/env bash
# run.sh: Linckia beside what people use today, in one run on one disk, and the report of it.
#
#	bench/run.sh [NAME…]
#
# NAME is a group of rows, or one of its names (the list below); without any, all are measured. Each row is the median of
# $BENCH_RUNS runs; the contenders take turns, so that a disk that gets slower gets slower for all. Before each timed run the
# outputs of the one before are removed and flushed. What was measured is kept in build/bench-results, a file a name, and
# bench/report.sh makes docs/benchmarks.md of all that is there.
#
#	BENCH_RUNS	runs of each contender (5)
#	BENCH_DIR	where to work (build/): a folder on a real disk, with 16 GiB free, or 50 GiB with BENCH_BIG
#	BENCH_BIG	0 leaves out the memory rows, which need an 8 GiB file and three copies of it, and makes the rows
#			about healing and about large catalogs smaller
#	BENCH_RESULTS	where what was measured is kept (build/bench-results)
#	BENCH_TEN	a store of ten million chunks that these rows made before, by large_store_of() in scale.sh: it is used as it is
#	BENCH_WITHOUT	a program built from a commit before there was a journal, for the row of that name
#	BENCH_NO_NETWORK	a program built from a commit before there was a simulated network, for the row net-off; without
#			it, that compares a store that may have one with one that may not
#
# The work folder is removed at the end, on Ctrl-C too.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1

# The groups, in the order of the report, and what each has.
groups="copies scale healing history network console paper"
declare -A names=(
	[copies]="put get files version check memory commands"
	[scale]="large ten inquiry"
	[healing]="detect refill clients rebalance flap"
	[history]="change snapshot rebuild journal gc"
	[network]="net-off net-accuracy net-slow"
	[console]="frame idle keys console"
	[paper]="placement year"
)
chosen=
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $groups
for word in "$@"; do
	case " ${names[*]} " in
	*" $word "*) chosen+=" $word" ;;
	*)
		[ -n "${names[$word]:-}" ] || {
			echo "run.sh: there is no '$word': $groups, or one of ${names[*]}" >&2
			exit 2
		}
		chosen+=" ${names[$word]}"
		;;
	esac
done

linckia=$(realpath "${LINCKIA:-linckia}") || exit 1
programs=${BENCH_PROGRAMS:-$root/build/release/bench}
rusage=$programs/rusage
runs=${BENCH_RUNS:-5}
export LC_ALL=C.UTF-8

# shellcheck source=bench/lib.sh
source "$root/bench/lib.sh"
for program in "$linckia" "$rusage"; do
	[ -x "$program" ] || {
		say "$program is missing: use 'make bench'"
		exit 1
	}
done
have jq || {
	say "jq is missing: use 'make bench'"
	exit 1
}
mkdir -p "${BENCH_DIR:-build}"
work=$(mktemp -d "$(realpath "${BENCH_DIR:-build}")/linckia-bench.XXXXXX") || exit 1
mkdir "$work/times"
export LINCKIA_CONFIG=$work/store/config.yaml

for part in bars rows others copies heal scale history gc net screen; do
	# shellcheck source=/dev/null
	source "$root/bench/$part.sh"
done
trap 'stop_daemon; clear_outputs; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

file_system=$(stat -f -c %T "$work")
case $file_system in
tmpfs | ramfs)
	say "$work is on $file_system, where nothing is durable: set BENCH_DIR to a folder on a disk"
	exit 1
	;;
esac
free_mib=$(df -m --output=avail "$work" | tail -n 1)
say "$(df --output=source,fstype "$work" | tail -n 1 | tr -s ' '), $((free_mib / 1024)) GiB free;" \
	"$(nproc) cores, $(uname -sr); $runs runs each; working in $work"
for other in $others; do
	have "$(program_of "$other")" || say "$(program_of "$other") is not installed and left out"
done

for name in $chosen; do
	begin_rows "$name"
	"bench_$name"
	end_rows
done
