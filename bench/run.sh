#!/usr/bin/env bash
# run.sh: Linckia beside what people use today, in one run on one disk.
#
# Each row is the median of $BENCH_RUNS runs (5); the contenders take turns, so that a disk that gets slower
# gets slower for all. Before each timed run the outputs of the one before are removed and flushed. Linckia
# and the two cp keep two copies; restic and borg keep one.
#
#	BENCH_RUNS	runs of each contender (5)
#	BENCH_DIR	where to work (build/): a folder on a real disk, with 16 GiB free, or 42 GiB with BENCH_BIG
#	BENCH_BIG	0 leaves out the memory rows, which need an 8 GiB file and three copies of it, and makes the rows
#			about healing smaller
#	BENCH_ROWS	which rows: "put get memory files commands placement year inquiry detect refill clients large
#			scrub rebalance flap change snapshot rebuild journal gc net-off net-accuracy net-slow frame idle
#			keys console"; healing is in heal.sh, gc in gc.sh, the network in net.sh, the last four in screen.sh, the
#			four before gc in history.sh
#	BENCH_WITHOUT	a program built from a commit before there was a journal, for the row of that name
#	BENCH_NO_NETWORK	a program built from a commit before there was a simulated network, for the row net-off; without
#			it, that compares a store that may have one with one that may not
#
# The work folder is removed at the end, on Ctrl-C too.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
linckia=$(realpath "${LINCKIA:-linckia}") || exit 1
programs=${BENCH_PROGRAMS:-$root/build/release/bench}
rusage=$programs/rusage
runs=${BENCH_RUNS:-5}
healing="detect refill clients large scrub rebalance flap"
history="change snapshot rebuild journal gc"
network="net-off net-accuracy net-slow"
screen="frame idle keys console"
chosen=${BENCH_ROWS:-put get memory files commands placement year inquiry $healing $history $network $screen}
export LC_ALL=C.UTF-8

# The bars: how many times the other's time Linckia may take.
bar_put_cp=0.90      # two copies written at once, hashed, and durable
bar_put_restic=0.20  # five times as fast, though restic writes one copy (and compresses and encrypts)
bar_put_borg=0.33    # three times as fast; borg neither compresses nor encrypts here, and writes one copy
bar_get_cp_cold=1.00 # every byte is verified
bar_get_cp_warm=1.00 # hashing 1 GiB on two cores alone takes about as long as copying it in memory
bar_get_restic=0.20
bar_files_cp=1.00    # 20,000 names in a catalog, against 40,000 files without one
bar_files_restic=1.00
bar_memory_mib=96    # 64 MiB of chunk buffers, and the program
bar_command_ms=50
bar_detect_ms=1000     # from the fault to the first transfer
bar_refill_cp=1.50     # every byte is verified twice: as it is read, and as it was written
bar_clients=2.00       # half the speed
bar_daemon_mib=128
bar_scan_ms=300
bar_health_ms=100
bar_scrub_openssl=1.25 # four fifths of the speed
bar_rebalance_points=3
bar_rebalance_moved=1.2
bar_flap_percent=1
bar_change_mib=16
bar_snapshot_ms=500
bar_snapshot_mib=1
bar_ls_at=1.10
bar_rebuild_s=30
bar_journal=1.15
bar_gc_s=10
bar_net_off=1.02
bar_net_accuracy=10
bar_net_slow=1.30
bar_frame_ms=2
bar_idle_percent=0.5 # htop at 1.5 s takes 0.15, btop at 2 s 0.4, and they keep no store
bar_idle_bytes=2048
bar_keys_ms=50
bar_start_ms=300
bar_console_kib=8192
bar_lost_ms=1000
bar_year_s=60
bar_year_mib=1024

# shellcheck source=bench/lib.sh
source "$root/bench/lib.sh"
# shellcheck source=bench/heal.sh
source "$root/bench/heal.sh"
# shellcheck source=bench/history.sh
source "$root/bench/history.sh"
# shellcheck source=bench/gc.sh
source "$root/bench/gc.sh"
# shellcheck source=bench/net.sh
source "$root/bench/net.sh"
# shellcheck source=bench/screen.sh
source "$root/bench/screen.sh"

for program in "$linckia" "$rusage"; do
	[ -x "$program" ] || {
		say "$program is missing: use 'make bench'"
		exit 1
	}
done
mkdir -p "${BENCH_DIR:-build}"
work=$(mktemp -d "$(realpath "${BENCH_DIR:-build}")/linckia-bench.XXXXXX") || exit 1
trap 'stop_daemon; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$work/times"

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

export RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=$work/cache RESTIC_PROGRESS_FPS=0
export BORG_BASE_DIR=$work/borg-base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
export LINCKIA_CONFIG=$work/store/config.yaml

wants() {
	case " $chosen " in *" $1 "*) return 0 ;; esac
	return 1
}

fresh_store() { # [OPTION…]
	rm -rf "$work/store"
	"$linckia" -q new "$work/store" --nodes 6 --rf 2 "$@" >/dev/null || exit 1
}

# What the contenders do with a source, from nothing. Only the last command of each is timed.
run_ours() { # LABEL SOURCE
	fresh_store
	settle
	timed "$1" "$linckia" -q put "$2"
}

run_cp() {
	rm -rf "$work/copy-1" "$work/copy-2"
	settle
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cp -r "$1" "$2/copy-1" & cp -r "$1" "$2/copy-2" && wait $! && sync -f "$2/copy-1"' sh "$2" "$work"
}

run_restic() {
	have restic || return 0
	rm -rf "$work/restic" "$work/cache"
	restic init -q -r "$work/restic" >/dev/null || return 0
	settle
	timed "$1" restic -q -r "$work/restic" backup "$2"
}

run_borg() {
	have borg || return 0
	rm -rf "$work/borg" "$work/borg-base"
	borg init -e none "$work/borg" >/dev/null 2>&1 || return 0
	settle
	timed "$1" borg create -C none "$work/borg::archive" "$2"
}

clear_outputs() {
	rm -rf "$work/store" "$work/copy-1" "$work/copy-2" "$work/restic" "$work/borg" "$work/cache" "$work/borg-base"
	settle
}

# The median of a contender that may not be here.
theirs() { # PROGRAM LABEL
	if have "$1"; then median "$2"; else echo "not installed"; fi
}

source_file() {
	[ -e "$work/file" ] || {
		say "making 1 GiB of random data"
		head -c 1G /dev/urandom >"$work/file"
		settle
	}
	cat "$work/file" >/dev/null
}

bench_put() {
	local run
	source_file
	for ((run = 1; run <= runs; run++)); do
		say "put, run $run of $runs"
		run_ours put.ours "$work/file"
		rm -rf "$work/store"
		run_cp put.cp "$work/file"
		rm -rf "$work/copy-1" "$work/copy-2"
		run_restic put.restic "$work/file"
		rm -rf "$work/restic" "$work/cache"
		run_borg put.borg "$work/file"
		clear_outputs
	done
	compare "put 1 GiB, 2 copies, durable" "$(median put.ours)" "2 parallel cp + sync -f" "$(median put.cp)" $bar_put_cp
	compare "" "$(median put.ours)" "restic backup" "$(theirs restic put.restic)" $bar_put_restic
	compare "" "$(median put.ours)" "borg create -C none" "$(theirs borg put.borg)" $bar_put_borg
}

# One round of fetching the same file with each contender; `prepare` makes the caches cold or warm.
get_round() { # LABEL PREPARE
	rm -rf "$work/out"
	"$2" "$work/store"/node-*/chunks
	timed "$1.ours" "$linckia" -q get file -o "$work/out"
	rm -rf "$work/out"
	"$2" "$work/file"
	timed "$1.cp" cp "$work/file" "$work/out"
	rm -rf "$work/out"
	if have restic; then
		"$2" "$work/restic"
		timed "$1.restic" restic -q -r "$work/restic" restore latest --target "$work/out"
		rm -rf "$work/out"
	fi
	settle
}

cold() {
	drop_caches
}

warm() {
	settle
	find "$@" -type f -exec cat {} + >/dev/null
}

bench_get() {
	local run cold_works=true
	source_file
	run_ours get.put "$work/file"
	run_restic get.backup "$work/file"
	"$linckia" -q get file -o - | cmp - "$work/file" || say "get did not return what was put"
	drop_caches || {
		say "caches can be dropped by root only; the cold rows are left out"
		cold_works=false
	}
	for ((run = 1; run <= runs; run++)); do
		say "get, run $run of $runs"
		! $cold_works || get_round get.cold cold
		get_round get.warm warm
	done
	clear_outputs
	if $cold_works; then
		compare "get 1 GiB, cold caches" "$(median get.cold.ours)" "cp" "$(median get.cold.cp)" $bar_get_cp_cold
		compare "" "$(median get.cold.ours)" "restic restore" "$(theirs restic get.cold.restic)" $bar_get_restic
	fi
	compare "get 1 GiB, warm caches" "$(median get.warm.ours)" "cp" "$(median get.warm.cp)" $bar_get_cp_warm
	compare "" "$(median get.warm.ours)" "restic restore" "$(theirs restic get.warm.restic)" $bar_get_restic
}

bench_memory() {
	if [ "${BENCH_BIG:-1}" = 0 ]; then
		say "BENCH_BIG=0: the memory rows are left out"
		return
	fi
	if [ "$free_mib" -lt $((42 * 1024)) ]; then
		say "the memory rows need 42 GiB free; they are left out"
		return
	fi
	rm -f "$work/file"
	say "making 8 GiB of random data"
	head -c 8G /dev/urandom >"$work/big"
	fresh_store --rf 3
	grep -Eq '^memory: *64MiB' "$work/store/config.yaml" || echo "memory: 64MiB" >>"$work/store/config.yaml"
	settle
	say "put and get of 8 GiB, 3 copies"
	timed memory.put "$linckia" -q put "$work/big"
	timed memory.get "$linckia" -q get big -o "$work/out"
	cmp "$work/big" "$work/out" || say "get did not return what was put"
	rm -rf "$work/big" "$work/out"
	clear_outputs
	limit "put 8 GiB, 3 copies: peak memory" "$(mebibytes memory.put)" MiB $bar_memory_mib
	limit "get 8 GiB: peak memory" "$(mebibytes memory.get)" MiB $bar_memory_mib
}

mebibytes() {
	median "$1" 4 | awk '{ printf "%.0f", $1 / 1024 }'
}

source_tree() {
	[ ! -e "$work/tree" ] || return 0
	local folder
	say "making 20,000 files of 4 KiB"
	for folder in {00..99}; do
		mkdir -p "$work/tree/$folder"
		head -c $((200 * 4096)) /dev/urandom | split -b 4096 -a 3 -d - "$work/tree/$folder/file-"
	done
	settle
}

bench_files() {
	local run
	source_tree
	find "$work/tree" -type f -exec cat {} + >/dev/null
	for ((run = 1; run <= runs; run++)); do
		say "small files, run $run of $runs"
		run_ours files.ours "$work/tree"
		rm -rf "$work/store"
		run_cp files.cp "$work/tree"
		rm -rf "$work/copy-1" "$work/copy-2"
		run_restic files.restic "$work/tree"
		clear_outputs
	done
	compare "put 20,000 files of 4 KiB, 2 copies" "$(median files.ours)" "2 parallel cp -r + sync -f" "$(median files.cp)" \
		$bar_files_cp
	compare "" "$(median files.ours)" "restic backup" "$(theirs restic files.restic)" $bar_files_restic
}

bench_commands() {
	local run command
	source_tree
	run_ours commands.put "$work/tree"
	for run in {1..10}; do
		for command in status "ls tree/42" "ls" "stat tree/42/file-042"; do
			# shellcheck disable=SC2086
			timed "${command//[ \/]/_}" "$linckia" $command
		done
	done
	for command in status "ls tree/42" "ls" "stat tree/42/file-042"; do
		limit "$command, among 20,000 files" "$(median "${command//[ \/]/_}" | awk '{ printf "%.1f", $1 * 1000 }')" ms \
			$bar_command_ms
	done
	clear_outputs
}

bench_placement() {
	[ -x "$programs/placement" ] || return 0
	echo
	"$programs/placement"
}

# A virtual year of 1,000 nodes and 1,000,000 chunks, without outages and with twelve for each node.
bench_year() {
	local outages
	for outages in 0 12; do
		say "a virtual year with $outages outages a node"
		timed "year.$outages" "$programs/year" $outages
		limit "virtual year, $outages outages a node" "$(median year.$outages | awk '{ printf "%.1f", $1 }')" s $bar_year_s
		limit "virtual year, $outages outages a node: memory" "$(mebibytes year.$outages)" MiB $bar_year_mib
	done
}

# What the console asks, of 100,000 files with 200,000 chunks and one of a million on top.
bench_inquiry() {
	[ -x "$programs/inquiry" ] && [ -x "$programs/synthetic" ] || return 0
	say "making a catalog of 100,000 files"
	fresh_store --chunk-size 64KiB
	"$programs/synthetic" "$LINCKIA_CONFIG" 200000 100000 bare >/dev/null || return
	"$programs/synthetic" "$LINCKIA_CONFIG" 1000000 1 bare >/dev/null || return
	echo
	"$programs/inquiry" "$LINCKIA_CONFIG" "$runs"
	clear_outputs
}

for row in put get memory files commands year; do
	! wants $row || "bench_$row"
done
for row in $healing $history $network $screen; do
	wants "$row" || continue
	have jq || {
		say "the rows about healing, history and the console need jq; they are left out"
		break
	}
	"bench_$row"
done
[ ${#rows[@]} -eq 0 ] || print_table
for program in restic borg; do
	have $program || echo "$program is not installed: apt-get install ${program/borg/borgbackup}"
done
! wants placement || bench_placement
! wants inquiry || bench_inquiry
