# Folders that are not the node that they should be, nodes that come and go by command, and what is at risk.

# ---- folders that are not what they should be ----

# While node-2's path holds what is there now, it is not written; the store heals elsewhere, and with `undo` for good.
heal_around_node_2() { # CAUSE UNDO…
	local before
	before=$(fingerprint s/node-2)
	start_daemon
	wait_node node-2 absent down
	jq -e --arg cause "$1" '.nodes[1].cause | test($cause)' status >/dev/null ||
		die "the cause is '$(jq -r '.nodes[1].cause' status)', not '$1'"
	wait_full
	wait_idle
	agree
	random_file new 500000
	lk -q put new
	whole f f
	whole new new
	same "$before" "$(fingerprint s/node-2)" "what is at the node's path"
	"${@:2}"
	healed
	whole f f
	whole g g
	whole new new
}

test_heal_bare_mount_point() {
	make_fast_store 0s
	put_data
	away node-2
	mkdir s/node-2
	put_it_back() {
		rmdir s/node-2
		back node-2
	}
	heal_around_node_2 'identity file missing' put_it_back
}

test_heal_identity_missing() {
	make_fast_store 0s
	put_data
	mv s/node-2/linckia-node.json identity
	heal_around_node_2 'identity file missing' mv identity s/node-2/linckia-node.json
}

# An empty chunk folder may be the mount point of a disk that is away, so only the operator has it filled again.
test_heal_chunk_folder_lost() {
	make_fast_store 0s
	put_data
	rm -r s/node-2/chunks
	mkdir s/node-2/chunks
	heal_around_node_2 'chunk folder missing' exits 0 lk init
}

test_heal_identity_damaged() {
	make_fast_store 0s
	put_data
	mv s/node-2/linckia-node.json identity
	head -c 60 identity >s/node-2/linckia-node.json
	heal_around_node_2 'identity' mv identity s/node-2/linckia-node.json
}

test_heal_node_of_another_store() {
	make_fast_store 0s
	put_data
	lk -q new other --nodes 1
	away node-2
	mv other/node-1 s/node-2
	put_it_back() {
		mv s/node-2 other/node-1
		back node-2
	}
	heal_around_node_2 'another store' put_it_back
	same '' "$(find other/node-1/chunks -type f)" "chunks on the other store's node"
}

test_heal_swapped_nodes() {
	make_fast_store 0s
	put_data
	swap() {
		mv s/node-1 swap
		mv s/node-2 s/node-1
		mv swap s/node-2
	}
	swap
	local second
	second=$(fingerprint s/node-1)
	swap_back() {
		same "$second" "$(fingerprint s/node-1)" "what is at the other node's path"
		look
		json status '.nodes[0].state' absent
		json status '.nodes[0].cause | test("node-2")' true
		swap
	}
	heal_around_node_2 'node-1' swap_back
}

test_heal_read_only_node() {
	make_fast_store 0s
	put_data
	start_daemon
	if [ "$(id -u)" -eq 0 ]; then
		mount --bind s/node-2 s/node-2 2>/dev/null && mount -o remount,bind,ro s/node-2 2>/dev/null ||
			skip "a folder cannot be mounted read-only here"
	else
		chmod -R a-w s/node-2
	fi
	local before
	before=$(copies node-2)
	wait_node node-2 read_only
	health DEGRADED NODE_READ_ONLY
	[ -n "$(jq -r '.nodes[1].cause' status)" ] || die "no cause is given"
	random_file new 500000
	lk -q put new
	away node-1
	wait_node node-1 absent
	wait_full
	wait_idle
	agree
	same "$before" "$(copies node-2)" "the copies on the node"
	back node-1
	if [ "$(id -u)" -eq 0 ]; then
		umount -l s/node-2
	else
		chmod -R u+w s/node-2
	fi
	healed
	whole f f
	whole new new
}

# ---- nodes that come and go by command ----

test_heal_drain_and_remove() {
	make_fast_store 0s
	put_data
	start_daemon
	exits 0 lk node drain node-2
	wait_node node-2 draining
	until_status '.nodes[] | select(.name == "node-2").chunks == 0'
	wait_idle
	agree
	random_file new 500000
	lk -q put new
	until_status '.nodes[] | select(.name == "node-2").chunks == 0'
	exits 0 lk node rm node-2
	! grep -q 'name: node-2' s/config.yaml || die "the config still has the node"
	[ -d s/node-2 ] && [ ! -e s/node-2/linckia-node.json ] || die "the folder is gone or is still a node"
	healed
	json status '[.nodes[].name] | join(",")' node-1,node-3,node-4,node-5,node-6
	whole f f
	whole g g
	whole new new
}

test_heal_drain_ends() {
	make_fast_store 0s
	put_data
	exits 0 lk node drain node-2
	exits 0 lk node recover node-2
	health HEALTHY
	json status '.nodes[1].state' up
	agree
	exits 1 lk node drain nobody
	says err nobody
}

test_heal_last_copy_keeps_its_node() {
	make_fast_store 0s
	put_data
	random_file one 70000
	lk -q put -r 1 one
	local node before
	node=$(nodes_of one | head -n 1)
	before=$(copies)
	exits 1 lk node rm "$node"
	[ -s err ] || die "no message"
	grep -q "name: $node" s/config.yaml || die "the config lost the node"
	same "$before" "$(copies)" "the copies"
	health HEALTHY
	agree
	whole one one
	exits 1 lk node rm nobody
	says err nobody
}

test_heal_last_copy_on_a_dead_node() {
	make_fast_store 0s
	random_file one 70000
	lk -q put -r 1 one
	local node
	node=$(nodes_of one | head -n 1)
	away "$node"
	exits 1 lk node rm "$node"
	says err "'$node' does not answer"
	says_not err drain
	back "$node"
	whole one one
}

# Stores 'one' with two copies, on $node and $other.
make_pair() {
	make_fast_store 0s
	random_file one 50000
	lk -q put -r 2 one
	node=$(nodes_of one | head -n 1)
	other=$(nodes_of one | tail -n 1)
	[ "$node" != "$other" ] || die "there is only one copy"
}

# A copy that has rotted unseen is none.
test_heal_last_good_copy_keeps_its_node() {
	local node other
	make_pair
	lk -q node corrupt "$other"
	exits 1 lk node rm "$node"
	says err "'$node' holds the only good copy"
	grep -q "name: $node" s/config.yaml || die "the config lost the node"
	whole one one
	health DEGRADED CHUNKS_UNDER_REPLICATED
	exits 0 lk -q repair
	exits 0 lk node rm "$node"
	whole one one
}

# The node that is gone has the only good copy: it has to come back.
test_heal_last_good_copy_on_a_dead_node() {
	local node other
	make_pair
	away "$node"
	lk -q node corrupt "$other"
	exits 1 lk node rm "$node"
	says err "'$node' does not answer"
	back "$node"
	whole one one
}

# A catalog that regrows would not know that the node is gone.
test_heal_node_rm_is_recorded_on_others() {
	make_fast_store 0s
	lk -q node fail node-1 && lk -q node fail node-2 && lk -q node fail node-3 && lk -q node fail node-4
	exits 1 lk node rm node-6
	says err 'has to be recorded on at least 2 other nodes, and 1 can be written to'
	grep -q 'name: node-6' s/config.yaml || die "the config lost the node"
	lk -q node recover node-4
	exits 0 lk node rm node-6
}

test_heal_node_rm_without_drain() {
	make_fast_store 0s
	put_data
	start_daemon
	exits 0 lk node rm node-6
	healed
	json status '.nodes | length' 5
	whole f f
	whole g g
}

test_heal_added_node_is_filled() {
	lk -q new s --node one,zone=a,capacity=6MiB --node two,zone=b,capacity=6MiB --node three,zone=c,capacity=6MiB \
		--rf 2 --chunk-size 64KiB --rehearsal
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	repair_config 0s
	put_data 4000000
	exits 0 lk node add four --path four --zone d --capacity 6MiB
	exits 0 lk rebalance
	agree
	jq -e '.nodes[3].chunks >= 12 and ([.nodes[].used] | max - min) < 1572864' status >/dev/null ||
		die "not balanced: $(jq -c '[.nodes[] | [.name, .chunks, .used]]' status)"
	health HEALTHY
	json status .chunks.excess 0
	whole f f
	whole g g
}

test_heal_replication_factor_up_and_down() {
	make_fast_store 0s
	put_data
	start_daemon
	lk -q set-rf 5 f
	wait_full
	wait_idle
	agree
	same 5 "$(replica_counts f)" "copies of each chunk"
	same 3 "$(replica_counts g)" "copies of each chunk of another file"
	lk -q set-rf 2 f
	until_status '.chunks.excess == 0'
	wait_idle
	agree
	same 2 "$(replica_counts f)" "copies of each chunk"
	whole f f
	healed
}

# ---- risk and watching ----

test_heal_risk_if_lost() {
	make_fast_store 0s
	local n
	for n in {1..6}; do
		random_file "h$n" 200000
		lk -q put -r $((n % 2 + 1)) "h$n"
		lk --json stat "h$n"
	done | jq -s . >stats
	lk --json risk | jq -s flatten >risk
	json risk length 0
	lk --json risk --if-lost node-1,node-5 | jq -s flatten >risk
	# What the manifests say of it.
	jq --argjson lost '["node-1", "node-5"]' '[.[]
		| [.chunks[] | [.replicas[].node] - $lost | length] as $live
		| .replication_factor as $want
		| [$live[] | select(. < $want)] as $short
		| select($short | length > 0)
		| {name, version, chunks_at_risk: ($short | length), worst_live: ($short | min), want: $want}]
		| sort_by(.name)' stats >wanted
	jq 'map({name, version, chunks_at_risk, worst_live, want}) | sort_by(.name)' risk >found
	diff wanted found || die "risk tells something else: $(cat risk)"
	json wanted 'length > 0' true
	json risk 'map(.worst_live) | . == sort' true
	# The same when they are really away.
	away node-1 node-5
	lk --json risk | jq -s 'flatten | map({name, version, chunks_at_risk, worst_live, want}) | sort_by(.name)' >found
	diff wanted found || die "risk tells something else when they are away"
	exits 1 lk risk --if-lost nobody
	says err nobody
}

test_heal_watching() {
	make_fast_store 0s
	put_data
	start_daemon
	"$LINCKIA" --json status --watch 1 >watched 2>watched.err &
	local watcher=$! follower
	"$LINCKIA" --json events -f -n 1 >followed 2>followed.err &
	follower=$!
	# The last line may not be whole yet.
	last() { tail -n 2 watched | head -n 1 | jq -e --arg word "$1" '.health == $word' >/dev/null 2>&1; }
	wait_for last HEALTHY
	away node-1
	wait_for last DEGRADED
	wait_full
	back node-1
	wait_for last HEALTHY
	told() { jq -e -s 'flatten | any(.[]; .node == "node-1" or .source == "node-1")' followed >/dev/null 2>&1; }
	wait_for told
	jq -e -s 'flatten | map(.id) | . == (sort | unique)' followed >/dev/null || die "events are not in order: $(cat followed)"
	kill "$watcher" "$follower"
	wait "$watcher" "$follower" 2>/dev/null || true
	healed
}
