# scale.sh: the rows about large catalogs, made by synthetic.c: a million chunks, and ten. Sourced by run.sh after heal.sh.
#
# The nodes have a chunk file for each copy, as links to a few empty ones, so that a daemon finds what it expects.
# $bar_… are bars.sh's.
# shellcheck shell=bash

# A store of CHUNKS chunks in three copies on twelve nodes, a hundred to a file; how many are on the first in $on_first.
large_store_of() { # CHUNKS
	zone_store 12 3 1h 4TiB --chunk-size 64KiB
	say "making a catalog of $1 chunks on 12 nodes"
	on_first=$("$programs/synthetic" "$LINCKIA_CONFIG" "$1" $(($1 / 100)))
}

# How soon the daemon, and others, see that a node failed.
failures_of_large() { # LABEL
	local run began known
	for ((run = 1; run <= runs; run++)); do
		say "a node of a large store fails, run $run of $runs"
		"$linckia" -q node fail node-1
		timed "$1.status" sh -c '"$1" --json status >"$2/status"; [ $? -le 2 ]' sh "$linckia" "$work"
		[ "$(jq .chunks.under_replicated "$work/status")" = "$on_first" ] || {
			say "status is wrong after a failure"
			echo failed >>"$work/times/$1.status.failed"
		}
		"$linckia" -q node recover node-1
		sleep 3
		began=$(now_ms)
		"$linckia" -q node fail node-1
		began=$(await event node_failed "$began")
		known=$(await event node_lost "$began")
		keep "$1.lost" "${known:+$((known - began))}"
		known=$(await event health "$began")
		keep "$1.health" "${known:+$((known - began))}"
		[ "$run" = "$runs" ] || "$linckia" -q node recover node-1
		sleep 3
	done
}

# Leaves the highest memory of a daemon in $peak, that of the inventory of a node that came back included.
daemon_of_large() { # LABEL SECONDS
	start_daemon || return
	sleep 3
	failures_of_large "$1"
	"$programs/scan" "$LINCKIA_CONFIG" >"$work/scan.failed"
	"$linckia" -q node recover node-1
	sleep "$2"
	peak=$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$daemon/status")
	stop_daemon
}

daemon_rows() { # LABEL CHUNKS BAR-MIB
	limit "daemon with $2 chunks: peak memory" "$peak" MiB "$3"
	limit "scan of $2 chunks on 12 nodes" "$(cut -d ' ' -f 1 "$work/scan.well")" ms $bar_scan_ms
	limit "... with one of the nodes failed" "$(cut -d ' ' -f 1 "$work/scan.failed")" ms $bar_scan_ms
	limit "status after a failure, $2 chunks" "$(milliseconds "$1.status")" ms $bar_health_ms
	limit "from the commit to the daemon's node_lost" "$(milliseconds "$1.lost")" ms $bar_health_ms
	limit "from the commit to the health event" "$(milliseconds "$1.health")" ms $bar_health_ms
}

bench_large() {
	local chunks=1000000 on_first peak
	[ "${BENCH_BIG:-1}" != 0 ] || chunks=100000
	large_store_of $chunks || return
	"$programs/scan" "$LINCKIA_CONFIG" >"$work/scan.well"
	daemon_of_large large 5 || return
	daemon_rows large $chunks $bar_daemon_mib
	zone_store 100 3 1h 4TiB --chunk-size 64KiB
	say "making a catalog of $chunks chunks on 100 nodes"
	"$programs/synthetic" "$LINCKIA_CONFIG" $chunks $((chunks / 100)) bare >/dev/null || return
	"$programs/scan" "$LINCKIA_CONFIG" >"$work/scan.well"
	"$linckia" -q node fail node-1
	"$programs/scan" "$LINCKIA_CONFIG" >"$work/scan.failed"
	inform "scan of $chunks chunks on 100 nodes ($(cut -d ' ' -f 2 "$work/scan.well") copysets)" \
		"$(cut -d ' ' -f 1 "$work/scan.well")" ms
	inform "... with one of the nodes failed" "$(cut -d ' ' -f 1 "$work/scan.failed")" ms
	rm -rf "$work/store"
}

# ---- ten million ----

# Times a command that succeeds, or tells a health, and whose output nobody needs.
asked() { # LABEL ARGUMENT…
	# shellcheck disable=SC2016
	timed "$1" sh -c '"$@" >/dev/null 2>&1; [ $? -le 2 ]' sh "$linckia" "${@:2}"
}

commands_of_ten() {
	local run
	head -c 100K /dev/urandom >"$work/single"
	"$linckia" -q put "$work/single" || return
	for ((run = 1; run <= runs; run++)); do
		! drop_caches || asked ten.cold status
		asked ten.status status
		asked ten.stat stat "folder-050/file-$((50000 + run))"
		timed ten.get "$linckia" -q get single -o "$work/out"
		cmp -s "$work/single" "$work/out" || say "get did not return what was put"
		asked ten.ls ls "folder-0$((50 + run % 10))"
		keep ten.console "$(on_terminal start)"
		rm -f "$work/out"
	done
	rm "$work/single"
}

# Makes it, unless there is one: filling twelve folders with thirty million links takes a quarter of an hour.
store_of_ten() {
	[ -z "${BENCH_TEN:-}" ] || {
		LINCKIA_CONFIG=$BENCH_TEN/config.yaml
		on_first=$(status_of '.nodes[] | select(.name == "node-1").chunks')
		return
	}
	local chunks=10000000
	[ "${BENCH_BIG:-1}" != 0 ] || chunks=200000
	[ "$free_mib" -gt $((chunks / 200)) ] || {
		say "$chunks chunks need $((chunks / 200 / 1024)) GiB free; they are left out"
		return 1
	}
	large_store_of $chunks
}

bench_ten() {
	local -x LINCKIA_CONFIG=$LINCKIA_CONFIG
	local chunks on_first peak per_chunk journal
	store_of_ten || return
	chunks=$(status_of .chunks.total)
	per_chunk=$(($(catalog_bytes "${LINCKIA_CONFIG%/*}") / chunks))
	journal=$(jq -n "$(cat "${LINCKIA_CONFIG%/*}"/node-2/{journal,catalog}/*.jsonl | wc -c) / $chunks | floor")
	"$programs/scan" "$LINCKIA_CONFIG" >"$work/scan.well"
	commands_of_ten
	daemon_of_large ten 60 || return
	limit "catalog for each of $chunks chunks, 3 copies" "$per_chunk" bytes $bar_ten_catalog_bytes
	inform "journal and copies of the catalog on each node, for each chunk" "$journal" bytes
	limit "opening and status" "$(milliseconds ten.status)" ms $bar_ten_status_ms
	limit "... cold caches" "$(milliseconds ten.cold)" ms $bar_ten_status_ms
	limit "stat of one file" "$(milliseconds ten.stat)" ms $bar_ten_command_ms
	limit "get of one file" "$(milliseconds ten.get)" ms $bar_ten_command_ms
	inform "ls of a folder of 1,000 files" "$(milliseconds ten.ls)" ms
	limit "console: first frame" "$(milliseconds ten.console)" ms $bar_start_ms
	daemon_rows ten "$chunks" $bar_ten_daemon_mib
	rm -rf "$work/store"
}

# ---- questions, and stores on paper ----

# What the console asks, of 100,000 files with 200,000 chunks and one of a million on top.
bench_inquiry() {
	[ -x "$programs/inquiry" ] && [ -x "$programs/synthetic" ] || return 0
	say "making a catalog of 100,000 files"
	fresh_store --chunk-size 64KiB
	"$programs/synthetic" "$LINCKIA_CONFIG" 200000 100000 bare >/dev/null || return
	"$programs/synthetic" "$LINCKIA_CONFIG" 1000000 1 bare >/dev/null || return
	add_text "$programs/inquiry" "$LINCKIA_CONFIG" "$runs"
	clear_outputs
}

bench_placement() {
	[ ! -x "$programs/placement" ] || add_text "$programs/placement"
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
