# screen.sh: the rows about the console, on a pseudo-terminal of 200 by 60 cells. Sourced by run.sh after scale.sh.
# shellcheck shell=bash

on_terminal() { # WHAT [NUMBER]
	"$programs/console" "$1" "$linckia" "$LINCKIA_CONFIG" "${2:-}"
}

bench_frame() {
	local run
	for ((run = 1; run <= runs; run++)); do
		say "frames, run $run of $runs"
		"$programs/frame" >"$work/frames" || return
		awk 'NR > 1 { print $3 / 1000 }' "$work/frames" | sort -g | tail -n 1 >>"$work/times/frame"
	done
	limit "a frame of 200x60, 100 nodes, the slowest screen" "$(median frame | awk '{ printf "%.2f", $1 * 1000 }')" ms \
		$bar_frame_ms
}

# A store at rest: the console keeps it, so detection and probing are part of the figure.
bench_idle() {
	local run cpu bytes
	zone_store 6 3 5s ""
	random_mebibytes 64 "$work/data"
	"$linckia" -q put "$work/data"
	rm "$work/data"
	for ((run = 1; run <= runs; run++)); do
		say "at rest, run $run of $runs"
		read -r cpu bytes < <(on_terminal idle 20)
		echo "$cpu" >>"$work/times/idle.cpu"
		echo "$bytes" >>"$work/times/idle.bytes"
	done
	limit "console at rest: share of a core" "$(median idle.cpu)" % $bar_idle_percent
	limit "console at rest: to the terminal" "$(median idle.bytes)" bytes/s $bar_idle_bytes
}

# Puts, a wiped node and scrubs without end, until it is told to stop.
keep_busy() {
	while [ ! -e "$work/enough" ]; do
		"$linckia" -q put -n load "$work/data" 2>/dev/null
		"$linckia" -q node wipe "node-$((RANDOM % 6 + 1))" 2>/dev/null
		"$linckia" -q scrub 2>/dev/null
	done
}

bench_keys() {
	local run middle last
	zone_store 6 3 0s ""
	random_mebibytes 512 "$work/data"
	"$linckia" -q put "$work/data"
	rm -f "$work/enough"
	keep_busy &
	local busy=$!
	for ((run = 1; run <= runs; run++)); do
		say "keys beside put, repair and scrub, run $run of $runs"
		read -r middle last < <(on_terminal keys 200)
		keep keys.middle "$middle"
		keep keys.last "$last"
	done
	touch "$work/enough"
	wait $busy
	rm -rf "$work/store" "$work/data"
	inform "key to screen beside put, repair and scrub: median" "$(median keys.middle | awk '{ printf "%.1f", $1 * 1000 }')" ms
	limit "... 99th percentile" "$(median keys.last | awk '{ printf "%.1f", $1 * 1000 }')" ms $bar_keys_ms
}

# A million chunks: how soon the first frame, how much more memory than the daemon, how soon the end without a terminal.
bench_console() {
	local run chunks=1000000 ours engine
	[ "${BENCH_BIG:-1}" != 0 ] || chunks=100000
	large_store_of $chunks || return
	for ((run = 1; run <= runs; run++)); do
		say "the console of a large store, run $run of $runs"
		keep console.start "$(on_terminal start)"
		start_daemon || return
		sleep 20
		engine=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status")
		stop_daemon
		ours=$(on_terminal memory 20)
		keep console.more $((ours - engine))
		keep console.lost "$(on_terminal lost)"
	done
	rm -rf "$work/store"
	limit "console of $chunks chunks: first frame" "$(milliseconds console.start)" ms $bar_start_ms
	limit "... more memory than the daemon" "$(milliseconds console.more)" KiB $bar_console_kib
	limit "... from the terminal's end to the end" "$(milliseconds console.lost)" ms $bar_lost_ms
}
