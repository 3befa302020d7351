# Making a store, finding its config, and who may write to a node.

test_new_makes_nodes_in_zones() {
	exits 0 lk new s --nodes 6 --rf 2
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	local n
	for n in 1 2 3 4 5 6; do
		jq -e '.format and .store and .node and .name' "s/node-$n/linckia-node.json" >/dev/null ||
			jq -e 'length >= 4' "s/node-$n/linckia-node.json" >/dev/null || die "identity of node-$n"
		same "node-$n" "$(jq -r .name "s/node-$n/linckia-node.json")"
	done
	health HEALTHY
	json status '[.nodes[].name] | join(" ")' 'node-1 node-2 node-3 node-4 node-5 node-6'
	json status '[.nodes[].zone] | join(" ")' 'a b c a b c'
	json status '[.nodes[].state] | unique | join(" ")' up
	random_file f 1000
	lk --json put f | jq -s 'flatten[0].replication_factor' >out
	same 2 "$(cat out)"
}

test_new_refuses_a_folder_with_a_config() {
	make_store
	cp s/config.yaml before
	exits 1 lk new s --nodes 3
	cmp before s/config.yaml
	health HEALTHY
}

test_new_with_node_options() {
	mkdir disks
	exits 0 lk new s --node disks/one,zone=left,capacity=8MiB --node "$PWD/disks/two,zone=right" --rf 2
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	health HEALTHY
	json status '[.nodes[].name] | join(" ")' 'one two'
	json status '[.nodes[].zone] | join(" ")' 'left right'
	json status '.nodes[0].capacity' 8388608
	test -f disks/one/linckia-node.json
	test -f disks/two/linckia-node.json
}

test_new_writes_the_config_that_c_names() {
	export LINCKIA_CONFIG=$PWD/of-another-store
	exits 0 lk -c etc/linckia.yaml new s --nodes 2
	says err 'its config is etc/linckia.yaml'
	[ ! -e s/config.yaml ] || die "a second config"
	local config=$PWD/etc/linckia.yaml
	same "$PWD/s HEALTHY" "$(cd / && lk -c "$config" --json status | jq -r '.store + " " + .health')"
	exits 1 lk -c etc/linckia.yaml new t
	[ ! -e t ] || die "a folder is left"
}

test_new_wrong_usage() {
	local arguments
	for arguments in '--nodes 0' '--nodes x' '--nodes -1' '--nodes 1025' '--nodes 3 --rf 17' '--nodes 3 --rf 0' \
		'--nodes 3 --chunk-size 1KiB' '--nodes 3 --chunk-size 65MiB' '--nodes 3 --chunk-size many' '--nodes' \
		'--nodes 3 --wrong'; do
		# shellcheck disable=SC2086
		exits 2 lk new s $arguments
		[ -s err ] || die "nothing on stderr for $arguments"
		[ ! -e s/config.yaml ] || die "new s $arguments left a config behind"
	done
	exits 2 lk new
}

test_init_is_repeatable() {
	make_store
	random_file f 200000
	lk -q put f
	cp s/config.yaml before
	local n
	for n in 1 2; do
		exits 0 lk init
		exits 0 lk init
		lk get f -o g
		cmp f g
	done
	cmp before s/config.yaml
	health HEALTHY
}

test_init_makes_what_the_config_describes() {
	cat >config.yaml <<-'CONFIG'
		store: data
		replication_factor: 2
		nodes:
		  - {name: one, path: one, zone: a, capacity: 1GiB, weight: 1}
		  - {name: two, path: two, zone: b, capacity: 1GiB}
	CONFIG
	exits 3 lk status
	exits 0 lk init
	exits 0 lk status
	test -f data/catalog.db
	test -f data/one/linckia-node.json
	test -f data/two/linckia-node.json
}

test_init_refuses_another_stores_node() {
	make_store
	local before
	before=$(fingerprint s/node-1)
	mkdir t
	printf 'store: .\nnodes:\n  - {name: n, path: %s}\n' "$PWD/s/node-1" >t/config.yaml
	exits 1 lk -c t/config.yaml init
	says err 'node-1'
	[ ! -e t/catalog.db ] || die "a catalog was made"
	lk new u --nodes 2 --rf 2 >/dev/null
	sed -i "s|^\( *\)- {name: node-2.*|&\n\1- {name: more, path: $PWD/s/node-1}|" u/config.yaml
	grep -q 'name: more' u/config.yaml || die "the config has another form: $(cat u/config.yaml)"
	exits 1 lk -c u/config.yaml init
	says err 'another store|other store'
	same "$before" "$(fingerprint s/node-1)" "the node of the first store"
	health HEALTHY
}

test_node_without_identity_is_absent_and_never_written() {
	make_store
	random_file f 300000
	lk -q put f
	mv s/node-1 away
	mkdir s/node-1
	local before
	before=$(fingerprint s/node-1)
	random_file g 300000
	lk -q put g
	lk init >/dev/null 2>&1 || true
	lk -q put -n h f
	health DEGRADED NODE_ABSENT
	json status '.nodes[0].state' absent
	says_not status '"cause": *"",? *"path": *"[^"]*node-1"'
	[ -n "$(jq -r '.nodes[0].cause' status)" ] || die "no cause is given"
	lk get f -o f.back
	cmp f f.back
	same "$before" "$(fingerprint s/node-1)" "the folder without identity"
	rmdir s/node-1
	mv away s/node-1
	lk --json status >status || true
	json status '.nodes[0].state' up
}

test_node_of_another_store_is_absent_and_never_written() {
	make_store
	lk new t --nodes 1 --rf 1 >/dev/null
	mv s/node-2 away
	cp -a t/node-1 s/node-2
	local before
	before=$(fingerprint s/node-2)
	random_file f 500000
	lk -q put f
	health DEGRADED NODE_ABSENT
	json status '.nodes[1].state' absent
	lk get f -o f.back
	cmp f f.back
	same "$before" "$(fingerprint s/node-2)" "the node of the other store"
}

test_node_with_a_damaged_identity_is_not_used() {
	make_store
	local text before
	for text in '' '{' '[]' '{"format":999}' 'null'; do
		printf '%s' "$text" >s/node-3/linckia-node.json
		health DEGRADED
		json status '.nodes[2].state | . == "absent" or . == "down"' true
		before=$(fingerprint s/node-3)
		random_file f 300000
		lk -q put f
		same "$before" "$(fingerprint s/node-3)" "the node with the identity '$text'"
		same "$text" "$(cat s/node-3/linckia-node.json)" "the identity file"
	done
}

test_permissions_do_not_follow_the_umask() {
	local mask
	for mask in 000 022 077 0277; do
		rm -rf s folder
		mkdir folder
		random_file folder/f 100000
		(
			umask "$mask"
			make_store
			lk -q put folder
			lk -q put -n g folder/f
		)
		find s/node-* s/catalog.db* -type f ! -perm 600 -printf '%m %p\n' >wrong
		find s/node-* -type d ! -perm 700 -printf '%m %p\n' >>wrong
		[ ! -s wrong ] || die "with umask $mask: $(head wrong)"
	done
}

test_config_is_found_in_order() {
	lk new one --nodes 1 --rf 1 >/dev/null
	lk new two --nodes 2 --rf 1 >/dev/null
	lk new three --nodes 3 --rf 1 >/dev/null
	lk new four --nodes 4 --rf 1 >/dev/null
	mkdir -p home/.config/linckia
	cp four/config.yaml home/.config/linckia/config.yaml
	sed -i "s|^store:.*|store: $PWD/four|" home/.config/linckia/config.yaml
	export HOME=$PWD/home
	same 4 "$(lk --json status | jq '.nodes | length')" "nodes by ~/.config/linckia/config.yaml"
	cd three
	same 3 "$(lk --json status | jq '.nodes | length')" "nodes by ./config.yaml"
	export LINCKIA_CONFIG=$PWD/../two/config.yaml
	same 2 "$(lk --json status | jq '.nodes | length')" 'nodes by $LINCKIA_CONFIG'
	same 1 "$(lk -c ../one/config.yaml --json status | jq '.nodes | length')" "nodes by -c"
}

test_config_faults_are_located() {
	mkdir t
	cat >t/config.yaml <<-'CONFIG'
		store: .
		repair:
		  grace: soon
		nodes:
		  - {name: one, path: one}
	CONFIG
	exits 2 lk -c t/config.yaml init
	says err 'config\.yaml:3:[0-9]+'
	says err 'repair\.grace'
	says err soon
	exits 2 lk -c missing.yaml put x
	[ -s err ] || die "no message"
	printf 'nodes: [{name: a, path: a}, {name: a, path: b}]\n' >t/config.yaml
	exits 2 lk -c t/config.yaml init
	printf 'nodes: [{name: a, path: a}]\nunknown: 1\n' >t/config.yaml
	exits 2 lk -c t/config.yaml init
	says err unknown
	printf 'nodes: [{name: a, path: a}]\nstore: x\nstore: y\n' >t/config.yaml
	exits 2 lk -c t/config.yaml init
	head -c 3000000 /dev/zero | tr '\0' '[' >t/config.yaml
	exits 2 lk -c t/config.yaml init
}

test_store_that_was_never_made() {
	printf 'nodes: [{name: a, path: a}]\n' >config.yaml
	exits 3 lk status
	exits 1 lk ls
	says err init
	random_file f 10
	exits 1 lk put f
	says err init
	[ ! -e nodes/catalog.db ] || die "a catalog was made"
}
