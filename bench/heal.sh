# heal.sh: the rows about detection, repair, scrub and balance. Sourced by run.sh after lib.sh.
#
# Every node is a zone of its own. Moments come from the store's own events and from await, which looks 50 times a
# second; a fault's moment is taken before the command that injects it starts. $bar_… are bars.sh's.
# shellcheck shell=bash

daemon=

now_ms() {
	date +%s%3N
}

# A store of NODES nodes; COPIES of each file; SIZE for each node, "" for the whole disk.
zone_store() { # NODES COPIES GRACE SIZE [OPTION…]
	local node nodes=()
	rm -rf "$work/store"
	for ((node = 1; node <= $1; node++)); do
		nodes+=(--node "$work/store/node-$node,zone=zone-$node${4:+,capacity=$4}")
	done
	"$linckia" -q new "$work/store" "${nodes[@]}" --rf "$2" --rehearsal "${@:5}" >/dev/null || exit 1
	sed -i "s|^repair:.*|repair: {interval: 2s, grace: $3, bandwidth: 0, concurrency: 4, min_up_ratio: 0.5}|" \
		"$work/store/config.yaml"
}

start_daemon() {
	local tries
	"$linckia" --json daemon >"$work/daemon.out" 2>"$work/daemon.err" &
	daemon=$!
	for ((tries = 0; tries < 200; tries++)); do
		! grep -q '"role":"self"' "$work/daemon.out" || return 0
		sleep 0.05
	done
	say "the daemon did not begin: $(tail -n 3 "$work/daemon.err")"
	return 1
}

stop_daemon() {
	[ -n "$daemon" ] || return 0
	kill -TERM "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
	daemon=
}

await() { # WHAT…
	"$programs/await" "$LINCKIA_CONFIG" "$@"
}

status_of() { # JQ-EXPRESSION
	"$linckia" --json status 2>/dev/null | jq -r "$1"
}

chunk_files() { # NODE…
	local node
	for node in "$@"; do
		find "$work/store/$node/chunks" -type f
	done
}

# Copies the files that a list names, two processes at a time.
copy_files() { # LABEL LIST FOLDER
	split -n r/2 "$2" "$2."
	mkdir "$3"
	# shellcheck disable=SC2016
	timed "$1" sh -c '{ xargs -a "$1.aa" cp -t "$2" & xargs -a "$1.ab" cp -t "$2"; } && wait $! && sync -f "$2"' sh "$2" "$3"
}

# ---- how soon repair begins ----

fail_by_operator() {
	"$linckia" -q node fail node-2
}

pull_folder() {
	mv "$work/store/node-2" "$work/store/away"
}

detect_once() { # LABEL INJECT COPIES GRACE
	local began started copied
	zone_store 6 "$3" "$4" ""
	"$linckia" -q put "$work/small" || return
	start_daemon || return
	sleep 1
	began=$(now_ms)
	"$2"
	started=$(await event repair_started "$began")
	copied=$(await event repair_copy "$began")
	stop_daemon
	keep "$1.start" "${started:+$((started - began))}"
	keep "$1.copy" "${copied:+$((copied - began))}"
}

detect_rows() { # LABEL WHAT
	limit "$2: repair begins" "$(milliseconds "$1.start")" ms $bar_detect_ms
	inform "... the first copy is durable" "$(milliseconds "$1.copy")" ms
}

bench_detect() {
	local run
	random_mebibytes 64 "$work/small"
	for ((run = 1; run <= runs; run++)); do
		say "detection, run $run of $runs"
		detect_once detect.fail fail_by_operator 3 0
		detect_once detect.pull pull_folder 3 0
		detect_once detect.last fail_by_operator 2 1h
	done
	rm -rf "$work/small" "$work/store"
	detect_rows detect.fail "node fail, grace 0"
	detect_rows detect.pull "a node's folder goes, grace 0"
	detect_rows detect.last "a last copy, grace 1h"
}

# ---- a wiped node ----

# Six nodes with three copies of 4 GiB, so that each holds about 2 GiB.
large_store() {
	[ ! -e "$work/store/large" ] || return 0
	local mebibytes=4096
	[ "${BENCH_BIG:-1}" != 0 ] || mebibytes=1024
	zone_store 6 3 5s 40GiB
	random_mebibytes "$mebibytes" "$work/data"
	"$linckia" -q put "$work/data" || return
	rm "$work/data"
	touch "$work/store/large"
	settle
}

refill_once() { # NODE
	local began ended size
	chunk_files "$1" >"$work/list"
	size=$(xargs -a "$work/list" cat | wc -c)
	keep refill.mebibytes $((size * 1000 / 1048576))
	evict "$work"/store/node-*/chunks
	fill_memory
	copy_files refill.cp "$work/list" "$work/copy"
	rm -rf "$work/copy"
	evict "$work"/store/node-*/chunks
	fill_memory
	await mended >"$work/mended" &
	"$linckia" -q node wipe "$1"
	began=$(now_ms)
	wait $!
	ended=$(cat "$work/mended")
	keep refill.ours "${ended:+$((ended - began))}"
	await idle >/dev/null
	settle
}

bench_refill() {
	local run
	large_store || return
	start_daemon || return
	for ((run = 1; run <= runs; run++)); do
		say "a wiped node, run $run of $runs"
		refill_once "node-$(((run - 1) % 6 + 1))"
	done
	stop_daemon
	compare "wiped node of $(median refill.mebibytes | cut -d . -f 1) MiB until HEALTHY" "$(median refill.ours)" \
		"2 parallel cp + sync -f" "$(median refill.cp)" $bar_refill_cp
	because "each byte is hashed as it is read, and again as it was written, from the disk"
}

# ---- clients while repair runs ----

prepare_put() {
	head -c 1G /dev/urandom >"$work/more"
	settle
}

prepare_get() {
	evict "$work"/store/node-*/chunks
}

client_put() { # LABEL
	timed "$1" "$linckia" -q put -r 2 "$work/more"
	rm -f "$work/more"
}

client_get() { # LABEL
	timed "$1" "$linckia" -q get asked-for -o "$work/out"
	rm -f "$work/out"
}

# One put or get undisturbed, and one while NODE is refilled. A measurement during which the repair ended is none.
client_round() { # WHAT NODE
	local began
	await idle >/dev/null
	"prepare_$1"
	"client_$1" "clients.alone.$1"
	await idle >/dev/null
	"prepare_$1"
	fill_memory
	began=$(now_ms)
	"$linckia" -q node wipe "$2"
	await event repair_started "$began" >/dev/null
	"client_$1" "clients.busy.$1"
	[ "$(status_of .repair.queued)" = 0 ] || return 0
	say "the repair ended before the $1 did"
	echo failed >>"$work/times/clients.busy.$1.failed"
}

bench_clients() {
	local run what
	large_store || return
	head -c 1G /dev/urandom >"$work/asked-for"
	"$linckia" -q put "$work/asked-for"
	rm "$work/asked-for"
	start_daemon || return
	for ((run = 1; run <= runs; run++)); do
		say "clients beside repair, run $run of $runs"
		for what in put get; do
			client_round "$what" "node-$(((run - 1) % 6 + 1))"
		done
	done
	await idle >/dev/null
	[ "$(status_of '.chunks | .total - .full')" = 0 ] || say "not all chunks are full at the end"
	stop_daemon
	rm -rf "$work/store"
	compare "put 1 GiB, 2 copies, while a node is refilled" "$(median clients.busy.put)" "undisturbed" \
		"$(median clients.alone.put)" $bar_clients
	compare "get 1 GiB while a node is refilled" "$(median clients.busy.get)" "undisturbed" \
		"$(median clients.alone.get)" $bar_clients
}

# ---- a seventh node ----

rebalance_once() {
	local least moved
	zone_store 6 3 5s 1GiB
	"$linckia" -q put "$work/data"
	"$linckia" -q node add node-7 --path "$work/store/node-7" --zone zone-7 --capacity 1GiB
	# What the nodes below the mean lack of it has to be moved at the least.
	least=$(status_of '(([.nodes[].used] | add) / ([.nodes[].capacity] | add)) as $mean
		| [.nodes[] | .capacity * $mean - .used | select(. > 0)] | add')
	moved=$("$linckia" --json rebalance | jq .bytes)
	# In thousandths, for keep() and median().
	keep rebalance.skew "$(status_of '[.nodes[] | .used / .capacity] | (max - min) * 100 * 1000')"
	keep rebalance.moved "$(jq -n "1000 * ${moved:-0} / $least")"
	[ "$(status_of '.chunks | .full == .total')" = true ] || say "not all chunks are full after the rebalance"
}

bench_rebalance() {
	local run
	random_mebibytes 1024 "$work/data"
	for ((run = 1; run <= runs; run++)); do
		say "rebalance, run $run of $runs"
		rebalance_once
	done
	rm -rf "$work/store" "$work/data"
	limit "a seventh node, rebalanced: skew" "$(median rebalance.skew | awk '{ printf "%.2f", $1 }')" points \
		$bar_rebalance_points
	limit "... moved, of the least possible" "$(median rebalance.moved | awk '{ printf "%.2f", $1 }')" times \
		$bar_rebalance_moved
}

# ---- a flapping node ----

bench_flap() {
	local until=$((SECONDS + 60)) share lost
	[ "${BENCH_BIG:-1}" != 0 ] || until=$((SECONDS + 12))
	zone_store 6 3 5s ""
	random_mebibytes 512 "$work/data"
	"$linckia" -q put "$work/data"
	start_daemon || return
	say "a node flaps"
	while [ $SECONDS -lt $until ]; do
		mv "$work/store/node-2" "$work/store/away"
		sleep 2
		mv "$work/store/away" "$work/store/node-2"
		sleep 2
	done
	await idle >/dev/null
	share=$(status_of '.repair.repaired * 100 / (.nodes[] | select(.name == "node-2").chunks)')
	lost=$(status_of '.chunks | .total - .full')
	"$linckia" -q get data -o - | cmp - "$work/data" || lost="other bytes"
	stop_daemon
	rm -rf "$work/store" "$work/data"
	limit "a node flaps every 2 s: copied elsewhere" "$(awk -v s="$share" 'BEGIN { printf "%.1f", s }')" % \
		$bar_flap_percent
	limit "... chunks that are not full at the end" "$lost" chunks 0
}
