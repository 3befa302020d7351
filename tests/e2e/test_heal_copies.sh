# Copies that go bad are found, never copied, and replaced; what cannot be is named.

# A pass over all copies; that it finds bad ones may be told by its exit code.
scrub() { # [NODE]
	local code=0
	lk scrub "$@" >scrub.out 2>scrub.err || code=$?
	[ "$code" -le 1 ] || die "scrub ended with $code: $(cat scrub.err)"
}

# How many chunk files of the nodes that match have other bytes than their name says.
bad_copies() { # PATTERN
	copies "$1" | sed 's|.*/\(.*\)|\1  s/&|' >sums
	[ -s sums ] || die "$1 holds nothing"
	{ sha256sum --quiet -c sums 2>/dev/null || true; } | wc -l
}

# Flips a bit in every copy of some size on a node.
damage_node() { # NODE
	local path
	find "s/$1/chunks" -type f -size +8 >damaged
	[ -s damaged ] || die "$1 holds nothing"
	while read -r path; do
		damage_flip "$path"
	done <damaged
}

test_heal_bad_source_is_never_copied() {
	make_fast_store 0s
	put_data
	damage_node node-1
	away node-2
	start_daemon
	wait_full
	wait_idle
	same 0 "$(bad_copies 'node-[3-6]')" "bad copies on the nodes that were good"
	whole f f
	scrub
	wait_full
	wait_idle
	agree
	event '.code == "replica_bad" and .node == "node-1"'
	back node-2
	healed
	whole f f
	whole g g
}

test_heal_only_source_is_bad() {
	make_fast_store 0s
	put_data 4000000
	damage_node node-1
	away node-2 node-3 node-5
	start_daemon
	until_status '.chunks.unavailable > 0 and .chunks.under_replicated == 0'
	wait_idle
	same 0 "$(bad_copies 'node-[46]')" "bad copies on the nodes that were good"
	health CRITICAL CHUNKS_UNAVAILABLE
	back node-2 node-3 node-5
	wait_full
	scrub
	healed
	whole f f
	whole g g
}

test_heal_all_copies_bad() {
	make_fast_store 0s
	put_data
	start_daemon
	local sha node
	sha=$(chunks_of f | sed -n 3p)
	for node in $(nodes_of f 2); do
		damage_flip "$(chunk_path "$node" "$sha")"
	done
	scrub
	wait_health CRITICAL
	until_status '.chunks.lost == 1'
	health CRITICAL CHUNKS_LOST
	jq -e '.checks[] | select(.code == "CHUNKS_LOST").details | tostring | test("\\bf\\b")' status >/dev/null ||
		die "CHUNKS_LOST does not name the file: $(jq -c .checks status)"
	lk --json risk | jq -s flatten >risk
	json risk '.[] | select(.name == "f") | [.version, .chunks_at_risk, .worst_live, .want] | join(",")' 1,1,0,3
	json risk 'length' 1
	exits 1 lk get f -o back
	sleep 1
	same 3 "$(find s/node-*/quarantine -type f | wc -l)" "files in quarantine"
	same '' "$(find s/node-*/chunks -name "$sha")" "copies of the chunk"
	agree
	whole g g
	lk -q put f
	healed
	whole f f
	same 3 "$(lk --json stat f | jq '.chunks[2].replicas | map(select(.state == "live")) | length')" "copies"
}

test_heal_corrupt_copies() {
	make_fast_store 0s
	put_data
	start_daemon
	exits 0 lk node corrupt node-3 --chunks 4
	same 4 "$(bad_copies node-3)" "bad copies"
	scrub
	wait_full
	event '.code == "replica_bad" and .node == "node-3" and (.text | test("\\b[fg]\\b"))'
	healed
	same 0 "$(bad_copies 'node-*')" "bad copies"
	whole f f
	whole g g
}

# A copy went bad, and is not missed because fewer are wanted by now: that is no reason for worry either.
test_heal_bad_copy_that_is_not_missed() {
	make_fast_store 0s
	put_data
	local sha node holders
	sha=$(chunks_of f | sed -n 1p)
	mapfile -t holders < <(nodes_of f)
	damage_flip "$(chunk_path "${holders[0]}" "$sha")"
	for node in "${holders[@]:1}"; do
		lk -q node fail "$node"
	done
	exits 1 lk get f -o back
	for node in "${holders[@]:1}"; do
		lk -q node recover "$node"
	done
	health DEGRADED CHUNKS_CORRUPT CHUNKS_UNDER_REPLICATED
	lk -q set-rf 2 f
	start_daemon
	healed
	same 2 "$(replica_counts f)" "copies of each chunk"
	whole f f
}

test_heal_scrub_of_one_node() {
	make_fast_store 0s
	put_data
	lk -q node corrupt node-1 --chunks 2
	lk -q node corrupt node-2 --chunks 2
	lk -q repair --pause
	scrub node-1
	same 2 "$(bad_copies node-2)" "bad copies on the other node"
	same 2 "$(find s/node-1/quarantine -type f | wc -l)" "files in quarantine"
	health DEGRADED CHUNKS_CORRUPT CHUNKS_UNDER_REPLICATED
	event '.code == "replica_bad" and .node == "node-1"'
	same false "$(jq 'any(.[]; .code == "replica_bad" and .node == "node-2")' events)" "whether node-2 was looked at"
	lk -q repair --resume
	scrub
	event '.code == "replica_bad" and .node == "node-2"'
	exits 0 lk repair
	health HEALTHY
	agree
	whole f f
}

test_heal_wiped_node() {
	make_fast_store 0s
	put_data
	start_daemon
	local before
	before=$(copies node-5 | wc -l)
	exits 0 lk node wipe node-5
	refilled() { compare_with_nodes && [ "$(jq '.chunks.full == .chunks.total' status)" = true ]; }
	wait_for refilled
	events
	jq -e 'any(.[]; .node == "node-5")' events >/dev/null || die "no event names the node"
	[ "$before" -gt 0 ] || die "the node was empty from the beginning"
	healed
	whole f f
	whole g g
}

test_heal_faults_are_for_rehearsals() {
	lk -q new s --nodes 3 --chunk-size 64KiB
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	put_data
	local before
	before=$(fingerprint s/node-1)
	exits 1 lk node wipe node-1
	says err rehearsal
	exits 1 lk node corrupt node-1
	says err rehearsal
	same "$before" "$(fingerprint s/node-1)" "the node"
	agree
}
