# net.sh: the rows about the simulated network. Sourced by run.sh after heal.sh.
#
# $bar_… are bars.sh's.
# shellcheck shell=bash

# ---- what it costs while it is off ----

# Puts and gets the file once, with caches warm. The network of a rehearsal store is there; in others it never comes.
off_once() { # LABEL PROGRAM [OPTION…]
	local linckia=$2
	fresh_store "${@:3}"
	settle
	timed "$1.put" "$linckia" -q put "$work/file"
	settle
	warm "$work/store"/node-*/chunks
	timed "$1.get" "$linckia" -q get file -o "$work/out"
	rm -rf "$work/out"
	clear_outputs
}

# Which of the two comes first changes from run to run.
bench_net-off() {
	local run name="a store without a network" other=$linckia with=(--rehearsal) without=()
	[ ! -x "${BENCH_NO_NETWORK:-}" ] || {
		name="a program without one"
		other=$BENCH_NO_NETWORK
		without=(--rehearsal)
	}
	source_file
	for ((run = 1; run <= runs; run++)); do
		say "put and get with the network off, run $run of $runs"
		((run % 2)) || off_once net-off.without "$other" "${without[@]}"
		off_once net-off.with "$linckia" "${with[@]}"
		((run % 2 == 0)) || off_once net-off.without "$other" "${without[@]}"
	done
	compare "put 1 GiB, network off" "$(median net-off.with.put)" "$name" "$(median net-off.without.put)" $bar_net_off
	compare "get 1 GiB, network off" "$(median net-off.with.get)" "$name" "$(median net-off.without.get)" $bar_net_off
	[ "$other" = "$linckia" ] || because "what else has changed since that program was built counts as well"
}

# ---- whether a get takes what was configured ----

# How far FOUND is from WANTED, in percent.
deviation() { # FOUND WANTED
	[ -z "$1" ] || awk -v found="$1" -v wanted="$2" \
		'BEGIN { d = found / wanted - 1; printf "%.1f", 100 * (d < 0 ? -d : d) }'
}

# Times one get of NAME with all links of the client like that.
get_over() { # LABEL NAME SETTING
	"$linckia" -q net set client all "$3" || return
	settle
	timed "$1" "$linckia" -q get "$2" -o "$work/out"
	rm -f "$work/out"
	"$linckia" -q net heal
}

# Of a get with latency, what the command takes without it is no part: it is measured in turn. Of one with bandwidth it is, but is
# lost in the eight seconds that such a get takes.
bench_net-accuracy() {
	local run ms rate measured
	source_file
	zone_store 1 1 5s ""
	head -c 1000 /dev/urandom >"$work/small"
	"$linckia" -q put "$work/small" || return
	for ms in 20 100 500; do
		for ((run = 1; run <= runs; run++)); do
			say "get over $ms ms, run $run of $runs"
			get_over "net.none-$ms" small latency=0
			get_over "net.latency-$ms" small latency=${ms}ms
		done
		measured=$(awk -v with="$(median net.latency-$ms)" -v without="$(median net.none-$ms)" \
			'BEGIN { print (with - without) * 1000 }')
		limit "latency of $ms ms, there and back: a get is off by" "$(deviation "$measured" $((2 * ms)))" % $bar_net_accuracy
	done
	for rate in 4 16 64; do
		head -c $((8 * rate))M "$work/file" >"$work/sized"
		"$linckia" -q put "$work/sized" || return
		for ((run = 1; run <= runs; run++)); do
			say "get over $rate MiB/s, run $run of $runs"
			get_over "net.bandwidth-$rate" sized bandwidth=${rate}MiB
		done
		measured=$(awk -v rate=$rate -v s="$(median net.bandwidth-$rate)" 'BEGIN { print 8 * rate / s }')
		limit "bandwidth of $rate MiB/s: a get is off by" "$(deviation "$measured" $rate)" % $bar_net_accuracy
	done
	rm -f "$work/sized" "$work/small"
	clear_outputs
}

# ---- what one slow node costs ----

# Which of the two comes first changes from run to run.
get_with_latency() { # LABEL LATENCY
	"$linckia" -q net set client node-2 "latency=$2" || return
	settle
	warm "$work/store"/node-*/chunks
	timed "$1" "$linckia" -q get file -o "$work/out"
	rm -f "$work/out"
}

# Nobody maintains the store, so that nobody has found out that the node is slow.
bench_net-slow() {
	local run
	source_file
	fresh_store --rf 3 --rehearsal
	"$linckia" -q put "$work/file" || return
	for ((run = 1; run <= runs; run++)); do
		say "get with a slow node, run $run of $runs"
		((run % 2)) || get_with_latency net-slow.slow 500ms
		get_with_latency net-slow.quick 0
		((run % 2 == 0)) || get_with_latency net-slow.slow 500ms
	done
	compare "get 1 GiB of 3 copies, one node at 500 ms" "$(median net-slow.slow)" "all nodes quick" \
		"$(median net-slow.quick)" $bar_net_slow
	clear_outputs
}
