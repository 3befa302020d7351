# Whatever happens to nodes and daemons: nothing that was stored is lost, no wrong byte is served, the store heals by
# itself, and what it says of itself is what is on the nodes.

throttle() { # BANDWIDTH
	timeout 20 "$LINCKIA" -q repair --bandwidth "$1" </dev/null >throttle.out 2>&1 ||
		die "repair --bandwidth $1: $(cat throttle.out)"
}

# Repair has begun with what a node's absence brought about, and is far from its end.
in_the_middle() {
	until_status '.chunks.under_replicated > 0 and .repair.queued + .repair.active > 0 and
		(.repair.state | IN("running", "throttled"))'
}

# Fetches ./f again and again beside the test; every time it must come back.
start_reader() {
	(
		while [ ! -e reader.stop ]; do
			if "$LINCKIA" -q get f -o reader.back 2>reader.err; then
				cmp -s f reader.back || echo "wrong bytes" >>reader.failed
				rm -f reader.back
			else
				cat reader.err >>reader.failed
			fi
			sleep 0.05
		done
	) &
	reader=$!
}

stop_reader() {
	: >reader.stop
	wait "$reader"
	[ ! -e reader.failed ] || die "a reader met this: $(head -n 5 reader.failed)"
}

# ---- nodes that vanish ----

test_heal_one_node_gone() {
	make_fast_store 0s
	put_data
	start_daemon
	away node-2
	wait_node node-2 absent
	wait_full
	wait_idle
	agree
	health DEGRADED NODE_ABSENT
	whole f f
	whole g g
	event '(.source // "" | test("^node-")) and (.target // "" | test("^node-")) and (.trigger // "") != ""'
	back node-2
	healed
	whole f f
}

test_heal_two_nodes_gone() {
	make_fast_store 0s
	put_data
	start_daemon
	away node-2 node-6
	wait_node node-6 absent
	wait_full
	wait_idle
	agree
	whole f f
	whole g g
	back node-2 node-6
	healed
}

test_heal_is_blocked_with_one_node_left() {
	make_fast_store 0s
	put_data
	random_file everywhere 100000
	lk -q put -r 6 everywhere
	start_daemon
	local before
	away node-{2..6}
	until_status '.repair.state == "blocked"'
	before=$(copies node-1)
	[ -n "$(jq -r .repair.reason status)" ] || die "no reason is given"
	sleep 1
	health CRITICAL REPAIR_BLOCKED CHUNKS_UNAVAILABLE WRITES_REFUSED
	agree
	same "$before" "$(copies node-1)" "what the node that is left holds"
	whole everywhere everywhere
	mkdir o
	exits 1 lk get f -o o/back
	same '' "$(ls -A o)" "the output's folder"
	back node-{2..6}
	healed
	whole f f
	whole g g
	whole everywhere everywhere
}

test_heal_half_of_the_nodes_cut_off() {
	make_fast_store 0s
	put_data
	start_daemon
	away node-1 node-2 node-3
	wait_node node-3 absent
	until_status '.chunks.under_replicated == 0'
	wait_idle
	agree
	health "$(jq -r 'if .chunks.unavailable > 0 then "CRITICAL" else "DEGRADED" end' status)" NODE_ABSENT
	back node-1 node-2 node-3
	healed
	whole f f
	whole g g
}

test_heal_second_failure_in_the_middle() {
	make_fast_store 0s
	put_data 4000000
	start_daemon
	throttle 256KiB
	away node-1
	in_the_middle
	away node-2
	until_status '.chunks.last_copy > 0'
	local before
	before=$(jq .chunks.under_replicated status)
	whole f f
	# What is endangered most comes first. A chunk that left its last copy is still under-replicated, so the sum
	# need not have fallen by then.
	until_status '.chunks.last_copy == 0'
	jq -e --argjson before "$before" '.chunks.under_replicated | . > 0 and . <= $before' status >/dev/null ||
		die "last copies did not come first: $(jq -c .chunks status)"
	throttle 0
	wait_full
	wait_idle
	agree
	whole f f
	back node-1 node-2
	healed
	whole f f
	whole g g
}

test_heal_returning_node_is_used_again() {
	make_fast_store 60s
	put_data
	start_daemon
	local before
	before=$(copies)
	away node-3
	until_status '.repair.state == "grace"'
	sleep 1
	agree
	back node-3
	healed
	same "$before" "$(copies)" "the copies"
}

test_heal_flapping_node_moves_nothing() {
	make_fast_store 5s
	put_data
	start_daemon
	local before n
	before=$(copies 'node-[1-35-6]')
	for n in {1..5}; do
		away node-4
		sleep 1
		same "$before" "$(copies 'node-[1-35-6]')" "the copies on the other nodes, round $n"
		back node-4
		sleep 1
		same "$before" "$(copies 'node-[1-35-6]')" "the copies on the other nodes, round $n"
	done
	healed
	same "$before" "$(copies 'node-[1-35-6]')" "the copies on the other nodes"
	whole f f
}

test_heal_stale_node_brings_nothing_back() {
	make_fast_store 0s
	put_data
	start_daemon
	mv f f.old
	random_file f 1500000
	away node-1 node-5
	wait_node node-5 absent
	wait_full
	lk -q put f
	lk -q rm g
	wait_full
	agree
	back node-1 node-5
	healed
	same f "$(lk ls)" "the names"
	whole f f f@2
	whole f.old f@1
	exits 1 lk get g -o back
	same '' "$(find . -maxdepth 1 -name back)" "what there is of g"
}

test_heal_journals_by_command() {
	make_fast_store 0s
	put_data
	away node-1
	lk -q rm g
	back node-1
	health DEGRADED JOURNAL_BEHIND
	lk -q repair
	health HEALTHY
}

# ---- grace ----

test_heal_grace_counts_down() {
	make_fast_store 30s
	put_data
	start_daemon
	local before first
	before=$(copies 'node-[2-6]')
	away node-1
	until_status '.repair.state == "grace" and .repair.grace_left_s > 0'
	first=$(jq .repair.grace_left_s status)
	sleep 2
	look
	jq -e --argjson first "$first" '.repair.grace_left_s < $first' status >/dev/null ||
		die "$first seconds were left, then $(jq .repair.grace_left_s status)"
	jq -e --argjson first "$first" '$first <= 30' status >/dev/null || die "more grace than configured: $first"
	lk status >text || true
	says text 'repair +grace'
	health DEGRADED NODE_ABSENT CHUNKS_UNDER_REPLICATED
	same "$before" "$(copies 'node-[2-6]')" "the copies on the other nodes"
	agree
	back node-1
	healed
}

test_heal_last_copy_does_not_wait() {
	make_fast_store 60s
	put_data
	random_file two 1000000
	lk -q put -r 2 two
	start_daemon
	away node-1
	until_status '.chunks.under_replicated > 0'
	until_status '.chunks.last_copy == 0' 20
	sleep 0.5
	agree
	jq -e '.chunks.under_replicated > 0' status >/dev/null || die "nothing waits for the end of the grace"
	whole two two
	back node-1
	healed
}

# ---- the way repair goes ----

test_heal_paused_and_resumed() {
	make_fast_store 0s
	put_data
	start_daemon
	exits 0 timeout 20 "$LINCKIA" repair --pause
	local before
	before=$(copies 'node-[2-6]')
	away node-1
	until_status '.chunks.under_replicated > 0 and .repair.state == "paused"'
	sleep 1
	same "$before" "$(copies 'node-[2-6]')" "the copies on the other nodes"
	agree
	exits 0 timeout 20 "$LINCKIA" repair --resume
	wait_full
	wait_idle
	agree
	back node-1
	healed
	whole f f
}

test_heal_by_command() {
	make_fast_store 1s
	put_data
	away node-1
	exits 0 lk repair
	look
	json status '.chunks.full == .chunks.total' true
	json status .maintenance.pid null
	agree
	whole f f
	back node-1
	exits 0 lk repair
	health HEALTHY
	agree
}

test_heal_target_fills_up() {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount small file systems"
	mkdir small
	mount -t tmpfs -o size=8m tmpfs small 2>/dev/null || skip "a tmpfs cannot be mounted here"
	lk -q new s --node one,zone=a --node two,zone=b --node three,zone=c --node small,zone=d --rf 2 \
		--chunk-size 64KiB --rehearsal
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	repair_config 0s
	put_data 3000000
	start_daemon
	throttle 256KiB
	mv one away-one
	in_the_middle
	head -c 16M /dev/zero >small/filler 2>filler.err || true
	throttle 0
	wait_full
	wait_idle
	agree
	health DEGRADED NODE_FULL NODE_ABSENT
	whole f f
	whole g g
	rm small/filler
	mv away-one one
	healed
	whole f f
}

test_heal_capacity_is_kept() {
	lk -q new s --node one,zone=a --node two,zone=b --node three,zone=c --node small,zone=d,capacity=1MiB --rf 2 \
		--chunk-size 64KiB --rehearsal
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	repair_config 0s
	put_data 2500000
	start_daemon
	mv one away-one
	wait_node one absent
	wait_full
	wait_idle
	agree
	jq -e '.nodes[] | select(.name == "small").bytes <= 1048576' walk >/dev/null || die "too much: $(cat walk)"
	whole f f
	mv away-one one
	until_status 'all(.nodes[]; .state == "up") and .chunks.excess == 0'
	wait_idle
	agree
	stop_daemon
}

# ---- daemons that die ----

test_heal_killed_daemons() {
	make_fast_store 0s
	put_data 3000000
	start_daemon
	throttle 2MiB
	start_reader
	local n node pause
	for n in {1..10}; do
		node=$(find . -maxdepth 1 -name 'away-*' -printf '%f\n')
		if [ -n "$node" ]; then
			back "${node#away-}"
		else
			away "node-$((n / 2 + 1))"
		fi
		pause=0.$((RANDOM % 5))$((RANDOM % 10))
		echo "round $n: killed after $pause s, away: $(find . -maxdepth 1 -name 'away-*')"
		sleep "$pause"
		kill_daemon
		start_daemon
	done
	node=$(find . -maxdepth 1 -name 'away-*' -printf '%f\n')
	[ -z "$node" ] || back "${node#away-}"
	throttle 0
	stop_reader
	healed
	whole f f
	whole g g
}

test_heal_role_takeover() {
	make_fast_store 0s
	put_data
	start_daemon
	local first=$daemon second
	until_status ".maintenance.pid == $first"
	json status .maintenance.role other
	start_daemon
	second=$daemon
	sleep 1
	kill -0 "$second" || die "the second daemon did not wait: $(cat daemon.err)"
	look
	json status .maintenance.pid "$first"
	daemon=$first
	kill_daemon
	until_status ".maintenance.pid == $second" 5
	daemon=$second
	away node-4
	wait_node node-4 absent
	wait_full
	wait_idle
	agree
	back node-4
	healed
}

# Whatever is under way when a pass is interrupted is settled or dropped, and the next one finishes the work. A signal
# that comes before the program looks for it (143) ends it as it ends any other.
test_heal_passes_that_are_interrupted() {
	local delay code
	make_fast_store 0s
	random_file f 60000000
	lk -q put f
	lk -q node drain node-2
	for delay in 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6; do
		code=0
		timeout --preserve-status -s TERM "$delay" "$LINCKIA" repair >out 2>err || code=$?
		[ "$code" -le 1 ] || [ "$code" -eq 143 ] || die "a repair that was interrupted after $delay s ended with $code: $(cat err)"
		code=0
		timeout --preserve-status -s TERM "$delay" "$LINCKIA" scrub >out 2>err || code=$?
		[ "$code" -le 1 ] || [ "$code" -eq 143 ] || die "a scrub that was interrupted after $delay s ended with $code: $(cat err)"
		says_not err 'interrupted: interrupted'
	done
	exits 0 lk repair
	whole f f
}
