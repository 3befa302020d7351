# The commands of the simulated network as scripts see them, and what a network does to those who use a store.

# The links, a line each: FROM TO LATENCY JITTER BANDWIDTH LOSS CUT.
links() {
	lk --json net show | jq -r '.[] | "\(.from) \(.to) \(.latency_ms) \(.jitter_ms) \(.bandwidth) \(.loss) \(.cut)"'
}

test_net_mistakes_end_with_2() {
	make_store
	local command
	for command in 'net' 'net what' 'net show x' 'net set' 'net set client node-1' 'net set client node-1 latency' \
		'net set client node-1 latency=' 'net set client node-1 latency=5' 'net set client node-1 latency=-5ms' \
		'net set client node-1 latency=2h' 'net set client node-1 jitter=x' 'net set client node-1 bandwidth=fast' \
		'net set client node-1 bandwidth=2000PiB' 'net set client node-1 loss=1.5' 'net set client node-1 loss=101%' \
		'net set client node-1 loss=-0' 'net set client node-1 loss=nan' 'net set client node-1 loss=.5' \
		'net set client node-1 loss=5.' 'net set client node-1 cut=yes' 'net set client node-1 speed=1' \
		'net set client node-1 latency=1s latency=2s' 'net set client,, node-1 cut=true' 'net set client client cut=true' \
		'net set node-1 node-1 cut=true' 'net cut' 'net cut client' 'net cut client node-1 node-2' 'net cut node-1 node-1' \
		'net cut client node-1 --two-way' 'net partition' 'net partition client,node-1' 'net partition client/' \
		'net partition client/node-1 node-2' 'net partition client,node-1/node-1' 'net preset' 'net preset slow-disk' \
		'net heal x'; do
		# shellcheck disable=SC2086
		exits 2 lk $command
		[ -s err ] || die "nothing on stderr for '$command'"
		[ ! -s out ] || die "something on stdout for '$command': $(cat out)"
	done
	for command in 'net set client node-9 cut=true' 'net cut all nobody' 'net partition client/nobody' 'net preset moon' \
		'net preset lan nobody'; do
		# shellcheck disable=SC2086
		exits 1 lk --json $command
		json err .error.code not_found
	done
	exits 2 lk net set client node-1 loss=2
	says err "share from 0 to 1, such as 0.02 or 2%"
	same '' "$(links)"
	health HEALTHY
}

test_net_help() {
	local command
	for command in show set cut partition preset heal; do
		exits 0 lk net $command --help
		says out "^Usage: linckia net $command"
	done
}

test_net_is_for_rehearsals_only() {
	lk -q new s --nodes 3 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	local command
	for command in 'net set client node-1 latency=5ms' 'net cut client node-1' 'net partition client/node-1' \
		'net preset lan' 'net heal'; do
		# shellcheck disable=SC2086
		exits 1 lk --json $command
		json err .error.code refused
		says err 'rehearsal: true'
	done
	sed -i 's/^network:.*/network: {links: [{from: client, to: node-1, latency: 1h, cut: true}]}/' s/config.yaml
	echo hello >file
	lk -q put file
	same hello "$(lk get file -o -)"
	health HEALTHY
	jq -e '.notes | any(test("network.links do nothing"))' status >/dev/null || die "nothing is said of the config's links"
	exits 0 lk net show
	same 'All links are perfect.' "$(cat out)"
}

test_net_set_and_show() {
	make_store
	exits 0 lk net set client node-1,node-2 latency=20ms jitter=5ms bandwidth=4MiB loss=2%
	says err 'changed 4 links'
	same 'client node-1 20 5 4194304 0.02 false
client node-2 20 5 4194304 0.02 false
node-1 client 20 5 4194304 0.02 false
node-2 client 20 5 4194304 0.02 false' "$(links)"
	# What is not named stays; one way is one way.
	exits 0 lk --json net set node-1 client latency=0 loss=0.5 --one-way
	json out .changed 1
	exits 0 lk --json net set node-1 client latency=0 --one-way
	json out .changed 0
	same 'node-1 client 0 5 4194304 0.5 false' "$(links | grep '^node-1')"
	exits 0 lk net show
	says out '^FROM +TO +STATE +LATENCY +JITTER +BANDWIDTH +LOSS +BY$'
	says out '^client +-> +node-1 +open +20 ms +5 ms +4.0 MiB/s +2 % +set$'
	says out '^client +<-> +node-2 '
	says out '^node-1 +-> +client +open +- +5 ms +4.0 MiB/s +50 % +set$'
	says out '^All other links are perfect.$'
	lk --json events | jq -e 'any(.[]; .code == "link_changed" and .node == "node-1")' >/dev/null || die "no event"
	exits 0 lk --json net heal
	json out .changed 4
	same '' "$(links)"
	exits 0 lk net heal
	says err 'nothing changed'
}

test_net_config_and_heal() {
	make_store
	sed -i 's/^network:.*/network: {links: [{from: client, to: node-1, latency: 5ms}]}/' s/config.yaml
	same 'client node-1 5 0 0 0 false' "$(links)"
	lk --json net show | jq -e '.[0].of_config' >/dev/null || die "not of the config"
	lk -q net heal
	same '' "$(links)"
	lk -q net set client node-1 jitter=1ms --one-way
	same 'client node-1 0 1 0 0 false' "$(links)"
}

test_net_presets() {
	make_store
	exits 0 lk --json net preset slow-disk node-3
	json out '"\(.preset) \(.nodes | join(","))"' 'slow-disk node-3'
	same 12 "$(links | wc -l)"
	same 'client node-3 250 50 2097152 0 false' "$(links | grep '^client')"
	exits 0 lk net preset lan
	says err "all links are like 'lan'"
	same 42 "$(links | wc -l)"
	same 1 "$(links | cut -d' ' -f3- | sort -u | wc -l)"
}

test_net_cut_and_partition() {
	make_store
	random_file file 1000000
	lk -q put file
	exits 0 lk net cut client node-1
	health DEGRADED LINK_CUT NODE_DOWN
	json status '.nodes[0] | "\(.state) \(.cause)"' 'down cut off'
	json status '.checks[] | select(.code == "LINK_CUT") | .details[0]' 'client and node-1'
	json status '.checks[] | select(.code == "LINK_CUT") | .advice | test("linckia net heal")' true
	lk get file -o - | cmp - file
	exits 0 lk net partition client,node-1,node-2/node-3,node-4,node-5,node-6
	says err '2 groups'
	# node-1 was cut before, and still is; only node-2 can be reached.
	health CRITICAL WRITES_REFUSED LINK_CUT
	exits 1 lk --json put file
	says err 'cut off'
	exits 1 lk --json get file -o other
	json err .error.code unavailable
	says err 'cut off'
	[ ! -e other ] || die "a partial file is left"
	lk -q net heal
	health HEALTHY
	lk get file -o - | cmp - file
}

test_net_a_get_under_way_follows() {
	make_store
	random_file file 300000
	lk -q put file
	lk -q net set client all bandwidth=1KiB
	lk -q get file -o got &
	local get=$!
	sleep 1
	kill -0 $get || die "it took no time"
	lk -q net heal
	wait $get || die "the get failed"
	cmp got file
}

# Runs linckia, and interrupts it half a second after it has come to catch that; its exit code is in $code.
interrupted() { # ARGUMENT…
	local pid
	env --default-signal=INT "$LINCKIA" "$@" 2>err &
	pid=$!
	until (($((16#$(awk '/^SigCgt/ {print $2}' /proc/$pid/status))) & 2)); do
		sleep 0.05
	done
	sleep 0.5
	kill -INT $pid
	code=0
	wait $pid || code=$?
}

test_net_a_slow_link_can_be_interrupted() {
	make_store
	random_file file 300000
	lk -q put file
	lk -q net set client all bandwidth=1KiB
	local code
	interrupted get file -o got
	[ "$code" -ne 0 ] || die "it was done in a second"
	says err 'interrupted'
	[ ! -e got ] || die "a partial file is left"
	random_file other 300000
	interrupted put other
	says err 'interrupted'
	exits 1 lk ls other
	lk -q net heal
	health HEALTHY
}

test_net_maintenance_follows() {
	make_fast_store 0s
	put_data
	start_daemon
	wait_idle
	lk -q net cut client node-2
	wait_node node-2 down
	until_status '.chunks.under_replicated == 0 and .repair.queued == 0'
	lk -q net heal
	wait_health HEALTHY
	whole f f
	events
	json events '[.[] | select(.code == "replica_bad")] | length' 0
	event '.code == "link_cut"'
	event '.code == "network_healed"'
	stop_daemon
}
