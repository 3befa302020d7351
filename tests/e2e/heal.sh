# heal.sh: what the tests of healing share: daemons, waiting for a state, and holding what the store says of itself
# against what is really on its nodes. Sourced by lib.sh.
# shellcheck shell=bash

# ---- stores ----

# Replaces a key of the top level, with the lines below it that belong to it, by one line.
configure() { # KEY VALUE
	grep -q "^$1:" s/config.yaml || die "the config has no line $1"
	awk -v key="$1:" -v line="$1: $2" '
		index($0, key) == 1 { print line; inside = 1; next }
		inside && /^[ \t]/ { next }
		{ inside = 0; print }' s/config.yaml >config.new
	cat config.new >s/config.yaml
}

repair_config() { # GRACE
	configure repair "{interval: 200ms, grace: $1, bandwidth: 0, concurrency: 4, min_up_ratio: 0.5}"
}

# As make_store(), with repair that looks often and waits for GRACE.
make_fast_store() { # GRACE [OPTION…]
	make_store "${@:2}"
	repair_config "$1"
}

# Stores ./f, of many chunks, and ./g, of one.
put_data() { # [BYTES]
	random_file f "${1:-2000000}"
	random_file g 70000
	lk -q put f
	lk -q put g
}

# Fetches names and compares each with the file that it must be.
whole() { # FILE NAME…
	local name
	for name in "${@:2}"; do
		rm -f whole.back
		lk -q get "$name" -o whole.back || die "$name does not come back"
		cmp "$1" whole.back
	done
}

# Takes a node's folder away, as if its disk had been pulled, and brings it back.
away() { # NODE…
	local node
	for node in "$@"; do
		mv "s/$node" "away-$node"
	done
}
back() { # NODE…
	local node
	for node in "$@"; do
		mv "away-$node" "s/$node"
	done
}

# The chunk files of the nodes that match, as NODE/…/DIGEST.
copies() { # [PATTERN]
	(cd s && find . -path "./${1:-node-*}/chunks/*" -type f | sort)
}

# How many replicas each chunk of a name has in the catalog, each number once.
replica_counts() { # NAME
	lk --json stat "$1" | jq -r '[.chunks[].replicas | map(select(.state == "live")) | length] | unique | join(",")'
}

events() { # into ./events
	lk --json events -n 0 | jq -s 'flatten' >events
}

event() { # JQ-CONDITION
	events
	jq -e "any(.[]; $1)" events >/dev/null || die "no event with $1 among: $(jq -c '.[-20:][]' events)"
}

# ---- daemons ----

# Starts a daemon; its process is $daemon. Comes back when some daemon has the role.
start_daemon() {
	"$LINCKIA" daemon >>daemon.out 2>>daemon.err &
	daemon=$!
	taken() {
		daemon_runs || die "the daemon ended: $(tail -n 5 daemon.err)"
		look && jq -e '.maintenance.pid != null' status >/dev/null
	}
	wait_for taken
}

# Ends a daemon the way a service manager does.
stop_daemon() {
	local pid=$daemon code=0
	ended() { ! kill -0 "$pid" 2>/dev/null; }
	kill -TERM "$pid" || die "the daemon has ended before: $(tail -n 5 daemon.err)"
	wait_for ended
	wait "$pid" || code=$?
	same 0 "$code" "exit code of the daemon, which said: $(tail -n 5 daemon.err)"
	daemon=
}

kill_daemon() {
	kill -KILL "$daemon" || die "the daemon has ended before: $(tail -n 5 daemon.err)"
	wait "$daemon" 2>/dev/null || true
	daemon=
}

daemon_runs() {
	[ -n "${daemon:-}" ] && kill -0 "$daemon" 2>/dev/null
}

# ---- waiting ----

# Writes the status to ./status, whatever it is.
look() {
	local code=0
	lk --json status >status 2>status.err || code=$?
	[ "$code" -le 2 ]
}

# Waits until a condition on the status holds; the document is in ./status.
until_status() { # JQ-CONDITION [SECONDS]
	local deadline=$((SECONDS + ${2:-40}))
	until look && jq -e "$1" status >/dev/null; do
		[ "$SECONDS" -lt "$deadline" ] || die "this never came true: $1
$(cat status.err)
$(jq -c '{health, repair, chunks, maintenance, checks: [.checks[] | [.code, .summary]],
	nodes: [.nodes[] | [.name, .state, .cause, .chunks]]}' status)
$(tail -n 5 daemon.err 2>/dev/null)"
		sleep 0.1
	done
}

wait_health() { # WORD [SECONDS]
	until_status ".health == \"$1\"" "${2:-40}"
}

wait_node() { # NAME STATE…
	until_status "any(.nodes[]; .name == \"$1\" and (.state | IN($(printf '"%s"\n' "${@:2}" | paste -sd,))))"
}

# Waits until nothing is left to be done, and all chunks have what they want.
wait_idle() {
	until_status '.repair | .state == "idle" and .queued == 0 and .active == 0'
}
wait_full() {
	until_status '.chunks.full == .chunks.total'
}

# ---- agreement ----

# Compares once; what differs is in ./why.
compare_with_nodes() { # [strays]
	local node nodes=()
	look || {
		cp status.err why
		return 1
	}
	while read -r node; do
		nodes+=("$node")
	done < <(jq -r '.nodes[] | select(.state | IN("up", "slow", "read_only", "draining")) | .name + "=" + .path' status)
	"$WALK" --versions s "${nodes[@]}" >walk 2>why || return 1
	jq -n -r --arg allowed "${1:-}" --slurpfile status status --slurpfile walk walk '
		$status[0] as $status | $walk[0] as $walk
		| ("total", "full", "under_replicated", "last_copy", "unavailable", "lost", "excess"
			| select($status.chunks[.] != $walk.chunks[.])
			| "\(.): \($status.chunks[.]) in status, \($walk.chunks[.]) on the nodes"),
		($walk.nodes[] | . as $node
			| (("bad", "missing", (if $allowed == "strays" then empty else "strays", "misnamed" end))
				| select($node[.] != 0) | "\($node.name): \($node[.]) \(.)"),
			(select(.identity != "own") | "\(.name): identity \(.identity)"),
			($status.nodes[] | select(.name == $node.name and .chunks != $node.placed)
				| "\(.name): \(.chunks) chunks in status, \($node.placed) in the catalog")),
		($walk.versions.differ[] | "\(.) has other bytes")' >why
	[ ! -s why ]
}

# What status says of chunks must be what is on the nodes that can be reached, no copy may be bad or missing, no version
# have other bytes, and no file be one that the catalog does not place there, unless strays are allowed. While a daemon
# works on it, it may take a moment.
agree() { # [strays]
	local deadline=$((SECONDS + 20))
	until compare_with_nodes "$@"; do
		daemon_runs && [ "$SECONDS" -lt "$deadline" ] || die "status and nodes disagree: $(cat why)
$(cat walk)"
		sleep 0.2
	done
}

# Everything is as it should be, and stays so when the daemon has gone.
healed() { # [strays]
	wait_health HEALTHY
	wait_idle
	agree "$@"
	stop_daemon
	health HEALTHY
	agree "$@"
}
