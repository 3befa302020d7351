# What anybody who looks at a store sees of it, whoever works with it: traffic, queues, the console's overview in a pipe.
# shellcheck shell=bash

# What differs from one look to the next by itself.
steady() { # FILE
	sed -E 's/ +[0-9.]+ (ms|KiB|MiB|GiB|TiB|B) / X /g; s/\([^)]* (ms|s|m|h|d)\)$/(AGE)/' "$1"
}

test_console_once_is_what_status_prints() {
	make_store
	random_file f 300000
	lk -q put f
	lk status >status.out
	exits 0 lk console --once
	[ ! -s err ] || die "on stderr: $(cat err)"
	diff <(steady status.out) <(steady out) || die "the console says something else than status"
	says out '^HEALTHY'
	! grep -q $'\x1b' out || die 'escape sequences in a pipe'
	exits 0 lk console --once </dev/null
	lk console --once | head -n 1 | grep -q '^HEALTHY' || die 'not in a pipe'
}

test_console_once_exits_with_0_however_the_store_is() {
	make_store
	random_file f 300000
	lk -q put f
	lk -q node fail node-1
	exits 1 lk status
	cp out status.out
	exits 0 lk console --once
	diff <(steady status.out) <(steady out) || die "the console says something else than status"
	says out '^DEGRADED'
	# One picture of status --watch is the same.
	timeout 20 env "$LINCKIA" status --watch 1 2>err | head -n "$(wc -l <status.out)" >watch.out || true
	diff <(steady status.out) <(steady watch.out) || die "status --watch says something else"
}

test_console_once_tells_its_mistakes() {
	make_store
	exits 2 lk --json console --once
	jq -e '.error.code == "usage"' err >/dev/null || die "$(cat err)"
	exits 2 lk console --once more
	rm -r s/catalog.db s/node-*
	exits 1 lk console --once
	[ -s err ] || die 'nothing on stderr'
	[ ! -s out ] || die "on stdout: $(cat out)"
	exits 0 lk console --help
	says out '--once'
}

test_traffic_of_one_process_is_seen_by_another() {
	make_store
	random_file f 1000000
	lk -q put f
	# A read that is late is overtaken by one of another copy, and both count; so what is fetched here has one copy only.
	random_file g 1000000
	lk -q put -r 1 g
	lk -q get g -o got
	lk --json status >status
	json status '[.nodes[].written_bytes] | add' 4000000
	json status '[.nodes[].read_bytes] | add' 1000000
	same 600 "$(stat -c %a s/traffic)" 'the mode of the file'
	# Looking moves nothing.
	lk --json status >status
	json status '[.nodes[].read_bytes] | add' 1000000
	lk -q scrub
	lk --json status >status
	json status '[.nodes[].read_bytes] | add' 5000000
	json status '[.nodes[].errors] | add' 0
	damage_flip "$(chunk_path "$(nodes_of f | head -n 1)" "$(chunks_of f | head -n 1)")"
	lk -q scrub 2>/dev/null
	lk --json status >status || true
	json status '[.nodes[].errors] | add' 1
	exits 0 lk node list
	says out ERRORS
}

test_everything_works_without_counters() {
	make_store
	random_file f 100000
	# Neither a file that makes no sense nor one that cannot be made stops anything.
	echo nonsense >s/traffic
	lk -q put f
	lk -q get f -o got
	cmp f got
	same nonsense "$(cat s/traffic)" 'the file'
	rm s/traffic
	mkdir s/traffic
	lk -q get f -o got
	health HEALTHY
	json status '[.nodes[].read_bytes] | add' 0
	rmdir s/traffic
	lk -q get f -o got
	lk --json status >status
	json status '[.nodes[].read_bytes] | add' 100000
}

test_the_queue_is_the_same_with_and_without_a_daemon() {
	make_store
	random_file f 1000000
	lk -q put f
	lk -q repair --pause
	lk -q node fail node-1
	lk -q node fail node-2
	lk --json status >status || true
	jq -e '.repair | .queued > 0 and ([.queue[].chunks] | add) == .queued and
		([.queue | del(.excess)[].bytes] | add) == .queued_bytes and
		(.queue | keys == ["balance", "drain", "excess", "last_copy", "misplaced", "missing"])' status >/dev/null ||
		die "without a daemon: $(jq -c .repair status)"
	jq -c '.repair.queue | {last_copy, missing}' status >nobody
	"$LINCKIA" -q daemon 2>/dev/null &
	for _ in $(seq 100); do
		lk --json status >status || true
		jq -e '.maintenance.pid and .repair.queued > 0' status >/dev/null && break
		sleep 0.1
	done
	jq -e '.repair | .state == "paused" and ([.queue[].chunks] | add) == .queued and
		([.queue | del(.excess)[].bytes] | add) == .queued_bytes' status >/dev/null ||
		die "with a daemon: $(jq -c .repair status)"
	same "$(cat nobody)" "$(jq -c '.repair.queue | {last_copy, missing}' status)" 'the queues'
	kill %1
	wait %1 || true
}
