# Nodes that fail, vanish and come back.

put_some() {
	random_file f 1000000
	random_file g 300
	lk -q put f
	lk -q put g
}

all_comes_back() {
	rm -f back
	lk -q get f -o back
	cmp f back
	lk -q get g -o back
	cmp g back
}

test_two_of_six_nodes_are_removed() {
	make_store
	put_some
	rm -rf s/node-1
	all_comes_back
	health DEGRADED CHUNKS_UNDER_REPLICATED NODE_ABSENT
	rm -rf s/node-5
	all_comes_back
	health DEGRADED CHUNKS_UNDER_REPLICATED NODE_ABSENT
}

test_too_few_nodes_are_left() {
	make_store
	put_some
	local node
	for node in $(nodes_of f); do
		mv "s/$node" "away-$node"
	done
	health CRITICAL CHUNKS_UNAVAILABLE
	says status '"f"|\bf\b'
	mkdir o
	exits 1 lk get f -o o/back
	same '' "$(ls -A o)" "the output's folder"
	for node in away-*; do
		mv "$node" "s/${node#away-}"
	done
	all_comes_back
	health HEALTHY
}

test_node_fail_and_recover() {
	make_store
	put_some
	health HEALTHY
	exits 0 lk node fail node-2
	health DEGRADED NODE_DOWN CHUNKS_UNDER_REPLICATED
	json status '.nodes[1].state' down
	says status 'failed by operator'
	all_comes_back
	exits 0 lk node fail node-2
	exits 0 lk node recover node-2
	health HEALTHY
	exits 0 lk node recover node-2
	exits 1 lk node fail nobody
	says err nobody
	exits 2 lk node fail
	lk --json events | jq -s 'flatten' >events
	jq -e 'any(.[]; .node == "node-2")' events >/dev/null || die "no event names the node"
}

test_failed_node_is_not_written() {
	make_store
	lk -q node fail node-4
	local before
	before=$(fingerprint s/node-4)
	put_some
	all_comes_back
	same "$before" "$(fingerprint s/node-4)" "the failed node"
}

test_writes_are_refused_below_min_replicas() {
	make_store
	put_some
	local n
	for n in 1 2 3 4 5; do
		lk -q node fail "node-$n"
	done
	health CRITICAL WRITES_REFUSED
	random_file h 100000
	exits 1 lk put h
	[ -s err ] || die "no message"
	! lk ls | grep -qx h || die "h has a name"
	for n in 1 2 3 4 5; do
		lk -q node recover "node-$n"
	done
	lk -q put h
	all_comes_back
	health HEALTHY
}

test_fewer_nodes_than_copies() {
	lk new s --nodes 2 --rf 2 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 100000
	exits 0 lk put -r 3 f
	[ -s err ] || die "no warning"
	lk get f -o back
	cmp f back
	health DEGRADED CHUNKS_UNDER_REPLICATED
}

test_put_during_an_outage_is_read_back() {
	make_store
	lk -q node fail node-1
	lk -q node fail node-2
	put_some
	lk -q node recover node-1
	lk -q node recover node-2
	all_comes_back
}

test_node_that_cannot_be_written() {
	for_nobody
	as_nobody "$LINCKIA" new s --nodes 4 --rf 2 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 1000000
	random_file h 1000000
	chmod 644 f h
	as_nobody "$LINCKIA" -q put f
	chmod -R a-w s/node-1
	as_nobody "$LINCKIA" -q put h
	as_nobody "$LINCKIA" -q get f -o - | cmp - f
	as_nobody "$LINCKIA" -q get h -o - | cmp - h
	local code=0
	as_nobody "$LINCKIA" --json status >status || code=$?
	same 1 "$code" "exit code of status"
	[ "$(jq -r '.nodes[0].state' status)" != up ] || die "node-1 is called up"
	[ -n "$(jq -r '.nodes[0].cause' status)" ] || die "no cause is given"
}

test_node_that_cannot_be_read() {
	for_nobody
	as_nobody "$LINCKIA" new s --nodes 4 --rf 2 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 1000000
	chmod 644 f
	as_nobody "$LINCKIA" -q put f
	chmod 000 s/node-1
	as_nobody "$LINCKIA" -q get f -o - | cmp - f
	local code=0
	as_nobody "$LINCKIA" --json status >status || code=$?
	same 1 "$code" "exit code of status"
	[ "$(jq -r '.nodes[0].state' status)" != up ] || die "node-1 is called up"
}

test_node_list() {
	make_store
	lk --json node list | jq -s 'flatten' >nodes
	json nodes 'length' 6
	json nodes '.[3].name' node-4
	json nodes '.[3].zone' a
	json nodes '.[3].state' up
	lk node list >list
	says list 'node-6'
}

test_node_add() {
	lk new s --nodes 2 --rf 2 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	exits 2 lk node add
	printf -- '# a note that stays\n' >>s/config.yaml
	exits 0 lk node add node-3 --path s/node-3 --zone c
	grep -q 'a note that stays' s/config.yaml
	lk --json status >status
	json status '.nodes | length' 3
	exits 0 lk --json node add node-3 --path s/node-3
	json out '.changed' false
	exits 0 lk node add node-3
	says err 'was part of the store already'
	random_file f 500000
	lk -q put -r 3 f
	health HEALTHY
}

# A mount point without its disk is a folder like any other, on the system's disk; that deserves a word.
test_node_add_where_a_disk_was_forgotten_warns() {
	local root other
	root=$(mktemp -d /var/tmp/linckia-e2e.XXXXXX) && other=$(mktemp -d /dev/shm/linckia-e2e.XXXXXX)
	# shellcheck disable=SC2064
	trap "rm -rf '$root' '$other'" EXIT
	[ "$(stat -c %d "$root")" = "$(stat -c %d /)" ] && [ "$(stat -c %d "$other")" != "$(stat -c %d /)" ] ||
		skip "/var/tmp is not on the disk of /, or /dev/shm is"
	exits 0 lk new s --node "$other/a" --node "$other/b"
	says_not err 'disk of the system'
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	exits 0 lk node add c --path "$other/c"
	says_not err 'disk of the system'
	exits 0 lk node add d --path "$root/d"
	says err "$root/d is on the disk of the system, .*'linckia node rm'"
	exits 0 lk node add d --path "$root/d"
	says_not err 'disk of the system'
	exits 0 lk new t --node "$other/e" --node "$root/e"
	says err "$root/e is on the disk of the system"
	exits 0 lk new u --node "$root/f" --node "$root/g"
	says_not err 'disk of the system'
}

# Neither a node that cannot be made nor one that was never made may be in the way for ever.
test_node_add_that_fails_leaves_the_config_alone() {
	make_store
	cp s/config.yaml before
	mkdir -p full/chunks/00
	touch full/chunks/00/some
	exits 1 lk node add node-7 --path full --zone d
	says err 'has chunks but no'
	cmp before s/config.yaml
	health HEALTHY
	awk '/name: node-6/ { print; print "  - {name: node-7, path: full, zone: d}"; next } { print }' before >s/config.yaml
	health DEGRADED NODE_ABSENT
	exits 0 lk node rm node-7
	cmp before s/config.yaml
	health HEALTHY
}

# The config has the entry already when an addition is killed before the node is made.
test_node_add_goes_on_where_it_was_interrupted() {
	make_store
	cp s/config.yaml before
	awk '/name: node-6/ { print; print "  - {name: node-7, path: node-7, zone: d}"; next } { print }' before >s/config.yaml
	exits 1 lk node add node-7 --path elsewhere --zone d
	exits 1 lk node add node-7 --path s/node-7 --zone e
	exits 0 lk node add node-7 --path s/node-7 --zone d
	health HEALTHY
	lk --json status >status
	json status '.nodes | length' 7
}

test_node_add_removes_what_a_killed_writer_of_the_config_left() {
	make_store
	touch s/.linckia-config-0123456789abcdef
	lk -q node add node-7 --path s/node-7
	[ ! -e s/.linckia-config-0123456789abcdef ] || die "it is still there"
}
