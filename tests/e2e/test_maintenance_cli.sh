# The commands of maintenance as scripts see them: what they refuse, what they print, how they end.

# Starts a command whose pid is $command_pid; its output is in ./run.out and ./run.err.
start() { # COMMAND…
	: >run.out
	: >run.err
	# A shell lets what it starts in the background ignore SIGINT; a terminal does not.
	env --default-signal=INT,TERM,HUP "$@" >run.out 2>run.err </dev/null &
	command_pid=$!
}

# Sends a signal to what start() started; it must end with CODE.
stop() { # SIGNAL CODE
	local code=0
	kill "-$1" "$command_pid"
	wait "$command_pid" || code=$?
	same "$2" "$code" "exit code after SIG$1, with $(cat run.err)"
}

lines() { # FILE COUNT: whether the file has at least so many
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# A document of a pass: all members, with the right types.
pass_document() { # FILE KIND
	jq -e --arg kind "$2" '
		.kind == $kind and ([.chunks, .bytes, .bad, .left, .duration_s] | all(type == "number" and . >= 0)) and
		(.by == "self" or .by == "other") and (.text | type == "string" and length > 0) and
		(keys | sort == ["bad", "by", "bytes", "chunks", "duration_s", "kind", "left", "text"])' "$1" >/dev/null ||
		die "no document of a pass: $(cat "$1")"
}

test_maintenance_mistakes_end_with_2() {
	make_store
	local command
	for command in 'scrub a b' 'scrub --bandwidth' 'scrub --bandwidth x' 'scrub --bandwidth=-1' 'scrub --pause' 'repair x' \
		'repair --bandwidth' 'repair --bandwidth x' 'repair --pause --resume' 'rebalance x' 'rebalance --bandwidth 1' \
		'node drain' 'node drain a b' 'node rm' 'node rm a b' 'node wipe' 'node corrupt' 'node corrupt node-1 --chunks 0' \
		'node corrupt node-1 --chunks x' 'node corrupt node-1 --chunks' 'risk x' 'risk --if-lost' 'risk --if-lost=' \
		'risk --if-lost a,,b' 'daemon x' 'daemon --nonsense' 'events x' 'events -f -n x'; do
		# shellcheck disable=SC2086
		exits 2 lk $command
		[ -s err ] || die "nothing on stderr for '$command'"
		[ ! -s out ] || die "something on stdout for '$command': $(cat out)"
	done
	# shellcheck disable=SC2086
	for command in 'status --watch=x' 'status --watch 0' 'status --watch 5 6' 'status --watch x' 'status -w 100000'; do
		exits 3 lk $command
		[ -s err ] || die "nothing on stderr for '$command'"
	done
	health HEALTHY
}

test_maintenance_help() {
	local command
	for command in scrub repair rebalance risk daemon status events 'node drain' 'node rm' 'node wipe' 'node corrupt'; do
		# shellcheck disable=SC2086
		exits 0 lk $command --help
		says out "^Usage: linckia $command"
	done
	lk --help >out
	for command in scrub repair rebalance risk daemon 'node drain' 'node rm'; do
		says out "^  $command "
	done
	lk --json help status | jq -e '.options[0] | .name == "watch" and .optional' >/dev/null || die "--watch is not optional"
}

test_maintenance_unknown_nodes() {
	make_store
	local command
	for command in 'scrub nobody' 'node drain nobody' 'node rm nobody' 'node wipe nobody' 'node corrupt nobody' \
		'risk --if-lost nobody' 'risk --if-lost node-1,nobody'; do
		# shellcheck disable=SC2086
		exits 1 lk --json $command
		[ ! -s out ] || die "something on stdout for '$command': $(cat out)"
		jq -e '.error | .code == "not_found" and (.message | test("nobody"))' err >/dev/null || die "$command: $(cat err)"
	done
}

test_maintenance_passes_print_one_document() {
	make_store
	random_file f 1000000
	lk -q put f
	exits 0 lk --json scrub
	pass_document out scrub
	json out .bad 0
	json out .by self
	[ ! -s err ] || die "stderr: $(cat err)"
	exits 0 lk --json scrub node-2 --bandwidth 1GiB
	pass_document out scrub
	exits 0 lk --json repair
	pass_document out repair
	json out .left 0
	exits 0 lk --json rebalance
	pass_document out rebalance
	exits 0 lk scrub
	[ ! -s out ] || die "stdout: $(cat out)"
	[ -s err ] || die "scrub says nothing"
	! grep -q $'\r' err || die "a progress bar without a terminal: $(cat -v err)"
	exits 0 lk -q repair
	[ ! -s out ] && [ ! -s err ] || die "repair is not quiet: $(cat out err)"
}

test_maintenance_scrub_warns_of_bad_copies() {
	make_store
	random_file f 1000000
	lk -q put f
	exits 0 lk --json node corrupt node-1 --chunks 2
	json out '[.name, .chunks] | join(" ")' 'node-1 2'
	exits 0 lk --json scrub node-1
	pass_document out scrub
	json out .bad 2
	jq -e '.warning | .code == "damaged" and (.message | test("2 copies"))' err >/dev/null || die "$(cat err)"
	exits 0 lk --json repair
	json out .left 0
	exits 0 lk -q scrub
	[ ! -s err ] || die "still bad: $(cat err)"
	lk -q get f -o back
	cmp f back
}

test_maintenance_repair_fails_while_copies_are_missing() {
	lk new s --nodes 3 --rf 3 --chunk-size 64KiB --rehearsal >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 500000
	lk -q put f
	lk -q node fail node-3
	exits 1 lk --json repair
	pass_document out repair
	[ "$(jq .left out)" -gt 0 ] || die "nothing is left: $(cat out)"
	jq -e '.error.code == "unavailable"' err >/dev/null || die "$(cat err)"
	lk -q node recover node-3
	exits 0 lk repair
}

test_maintenance_control_returns_at_once() {
	make_store
	exits 0 lk --json repair --bandwidth 1MiB
	json out '[.bandwidth, .bandwidth_of_config, .paused] | map(tostring) | join(" ")' '1048576 false null'
	lk --json status >status
	json status .repair.bandwidth 1048576
	exits 0 lk --json repair --bandwidth 0 --pause
	json out '[.bandwidth, .bandwidth_of_config, .paused] | map(tostring) | join(" ")' '0 false true'
	exits 0 lk --json repair --resume --bandwidth default
	json out '[.bandwidth, .bandwidth_of_config, .paused] | map(tostring) | join(" ")' 'null true false'
	exits 0 lk repair --pause
	says err paused
	[ ! -s out ] || die "stdout: $(cat out)"
	exits 0 lk repair --resume
}

test_maintenance_status_document() {
	make_store
	random_file f 200000
	lk -q put f
	lk --json status >status
	jq -e '
		(.repair | has("grace_left_s") and (.bandwidth | type == "number") and (.repaired | type == "number") and
			(.repaired_bytes | type == "number") and (.transfers | type == "array")) and
		(.scrub | (.running | type == "boolean") and (.done | type == "number") and (.total | type == "number") and
			(.bad | type == "number") and has("rate") and has("oldest_verified"))' status >/dev/null ||
		die "$(jq -c '[.repair, .scrub]' status)"
	json status .repair.grace_left_s null
	lk status >out
	says out '^repair '
	says out '^scrub '
	lk -q scrub
	lk --json status >status
	jq -e '.scrub.oldest_verified | test("^[0-9-]+T[0-9:]+Z$")' status >/dev/null || die "$(jq -c .scrub status)"
}

test_maintenance_risk() {
	make_store
	random_file f 200000
	lk -q put f
	exits 0 lk risk
	says out 'no file is at risk'
	same '[]' "$(lk --json risk)" 'risk of a healthy store'
	local node
	node=$(nodes_of f | head -n 1)
	exits 0 lk --json risk --if-lost "$node"
	jq -e '
		length == 1 and (.[0] | .name == "f" and .version == 1 and .current == true and .snapshots == [] and
			.chunks_at_risk >= 1 and .worst_live == 2 and .want == 3)' out >/dev/null || die "$(cat out)"
	exits 0 lk risk --if-lost "$node"
	says out '^LIVE +WANT'
	says out '^ +2 +3 .* current +f$'
	exits 0 lk --json risk --if-lost node-1,node-2,node-3 --if-lost node-4,node-5,node-6
	json out '.[0].worst_live' 0
	json out '.[0].chunks_at_risk' 4
	health HEALTHY
}

test_maintenance_node_drain_and_rm() {
	make_store
	random_file f 500000
	lk -q put f
	exits 0 lk --json node drain node-1
	json out '[.name, .changed] | map(tostring) | join(" ")' 'node-1 true'
	exits 0 lk --json node drain node-1
	json out .changed false
	lk --json node list >nodes
	json nodes '.[0].state' draining
	exits 0 lk --json node recover node-1
	json out .changed true
	exits 0 lk --json node rm node-6
	jq -e '.name == "node-6" and (.chunks | type == "number")' out >/dev/null || die "$(cat out)"
	lk --json node list >nodes
	json nodes length 5
	! grep -q 'name: node-6' s/config.yaml || die "node-6 is still in the config"
	exits 0 lk -q repair
	lk -q get f -o back
	cmp f back
}

test_maintenance_node_faults() {
	make_store
	random_file f 500000
	lk -q put f
	local held
	held=$(find s/node-1/chunks -type f | wc -l)
	exits 0 lk --json node corrupt node-1
	json out .chunks 1
	exits 0 lk --json node wipe node-1
	json out '[.name, .chunks] | map(tostring) | join(" ")' "node-1 $held"
	same 0 "$(find s/node-1/chunks -type f | wc -l)" 'chunk files after the wipe'
	lk -q get f -o back
	cmp f back
}

test_maintenance_faults_are_for_rehearsals() {
	lk new s --nodes 3 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 100000
	lk -q put f
	local command before
	before=$(fingerprint s/node-1)
	for command in 'node wipe node-1' 'node corrupt node-1'; do
		# shellcheck disable=SC2086
		exits 1 lk --json $command
		json err .error.code refused
	done
	same "$before" "$(fingerprint s/node-1)" 'node-1'
}

test_maintenance_events_follow() {
	make_store
	lk -q node fail node-1
	start "$LINCKIA" --json events -f -n 1
	wait_for lines run.out 1
	lk -q node recover node-1
	wait_for grep -q recover run.out
	stop TERM 0
	jq -es 'length >= 2 and all(.[];
		(.id | type == "number") and (.time | type == "string") and (.code | length > 0) and (.text | length > 0) and
		has("severity") and has("node") and has("trigger") and has("source") and has("target") and
		(.chunks | type == "number") and (.bytes | type == "number") and has("duration_s") and has("result") and
		([.node, .trigger, .source, .target, .result] | all(. != ""))) and
		([.[].id] | . == (unique | sort))' run.out >/dev/null || die "$(cat run.out)"
	start "$LINCKIA" events -f -l
	wait_for lines run.out 3
	stop INT 0
	! grep -q '()' run.out || die "empty details: $(cat run.out)"
}

test_maintenance_follow_ends_with_its_reader() {
	make_store
	local code=0
	timeout 30 bash -c '"$LINCKIA" events -f -n 1 | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' || code=$?
	same 1 "$code" 'exit code of events -f'
	code=0
	timeout 30 bash -c '"$LINCKIA" status --watch 1000 | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' || code=$?
	same 3 "$code" 'exit code of status --watch'
}

test_maintenance_status_watch() {
	make_store
	start "$LINCKIA" --json status --watch 1
	wait_for lines run.out 2
	stop TERM 0
	jq -es 'length >= 2 and all(.[]; .health == "HEALTHY")' run.out >/dev/null || die "$(cat run.out)"
	start "$LINCKIA" status -w1
	wait_for grep -q '^$' run.out
	wait_for eval '[ "$(grep -c ^HEALTHY run.out)" -ge 2 ]'
	! grep -q $'\e' run.out || die "escape sequences without a terminal"
	lk -q node fail node-1
	wait_for grep -q '^DEGRADED' run.out
	stop HUP 1
}

test_maintenance_status_watch_on_a_terminal() {
	command -v script >/dev/null || skip "script is not installed"
	make_store
	TERM=xterm script -qec "stty rows 10; timeout -s INT 3 '$LINCKIA' status --watch 1; true" /dev/null </dev/null >out
	[ "$(grep -o $'\e\\[H' out | wc -l)" -ge 2 ] || die "it was not drawn in place: $(cat -v out)"
	says out 'more lines'
}

test_maintenance_daemon() {
	make_store
	random_file f 500000
	lk -q put f
	start "$LINCKIA" daemon
	wait_for grep -q 'maintains the store' run.err
	wait_for grep -q 'HEALTHY' run.err
	lk --json status >status
	json status .maintenance.role other
	json status .maintenance.pid "$command_pid"
	# Another one stands by.
	: >second.err
	env --default-signal=INT,TERM,HUP "$LINCKIA" daemon 2>second.err &
	local second=$! code=0
	wait_for grep -q "process $command_pid maintains the store" second.err
	stop TERM 0
	wait_for grep -q 'this process maintains the store' second.err
	kill -HUP "$second"
	wait "$second" || code=$?
	same 0 "$code" 'exit code of the second daemon'
	[ ! -s run.out ] || die "stdout: $(cat run.out)"
	lk --json status >status
	json status .maintenance.role none
}

test_maintenance_daemon_in_json() {
	make_store
	start "$LINCKIA" --json daemon
	wait_for lines run.out 1
	lk -q node fail node-1
	wait_for grep -q DEGRADED run.out
	stop INT 0
	jq -es 'length >= 2 and all(.[]; (.time | type == "string") and (.health | type == "string") and has("reason") and
		(.checks | type == "array") and (.maintenance | has("role") and has("pid"))) and
		(.[-1] | .checks | index("NODE_DOWN") != null)' run.out >/dev/null || die "$(cat run.out)"
	[ ! -s run.err ] || die "stderr: $(cat run.err)"
}

test_maintenance_daemon_repairs() {
	make_store
	sed -i 's/^repair:.*/repair: {interval: 1s, grace: 1s}/' s/config.yaml
	random_file f 1000000
	lk -q put f
	start "$LINCKIA" daemon
	wait_for grep -q 'HEALTHY' run.err
	rm -rf s/node-1
	is_full() { [ "$(lk --json status | jq '.chunks.under_replicated')" = 0 ]; }
	wait_for grep -q 'DEGRADED' run.err
	wait_for is_full
	stop TERM 0
	lk -q get f -o back
	cmp f back
}

test_maintenance_pass_beside_a_daemon() {
	make_store
	random_file f 500000
	lk -q put f
	start "$LINCKIA" daemon
	wait_for grep -q 'maintains the store' run.err
	exits 0 lk --json scrub
	pass_document out scrub
	json out .by other
	stop TERM 0
}

# A program that names itself is not outlived, even when it is killed; whatever command it runs.
test_maintenance_ends_with_the_program_that_runs_it() {
	make_store
	local command
	for command in 'events -f' 'status --watch=1' daemon 'put -n x -'; do
		mkfifo pipe
		sleep 600 >pipe &
		local sleeper=$!
		# shellcheck disable=SC2086
		bash -c 'LINCKIA_PARENT=$$ env --default-signal=INT "$0" "$@" <pipe >run.out 2>run.err & echo $! >pid; wait' "$LINCKIA" $command &
		local parent=$!
		wait_for test -s pid
		local pid
		pid=$(cat pid)
		sleep 0.3
		kill -0 "$pid" || die "'$command' does not run: $(cat run.err)"
		kill -KILL "$parent"
		wait "$parent" 2>/dev/null || true
		wait_for gone "$pid"
		kill "$sleeper"
		rm -f pid pipe
	done
}

gone() { # PID
	! kill -0 "$1" 2>/dev/null
}

test_maintenance_is_not_begun_for_a_program_that_is_gone() {
	make_store
	local code=0
	LINCKIA_PARENT=1 "$LINCKIA" scrub >run.out 2>run.err || code=$?
	same 1 "$code" 'exit code without the parent'
	grep -q 'nothing was done' run.err || die "not told: $(cat run.err)"
}
