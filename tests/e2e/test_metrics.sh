# Numbers for Prometheus: what they say, who can read them, and what is told when nothing can be.
# shellcheck shell=bash

# Where scripts/promtool.sh puts it.
PATH=$PATH:$E2E_HERE/../../build/tools

# The Python that has the readers: another one may come first in PATH.
metrics_python() {
	local python
	for python in python3 /usr/bin/python3; do
		"$python" -c 'import prometheus_client' 2>/dev/null && echo "$python" && return
	done
}

# Both readers must take FILE and agree; what they read is in ./samples.
read_metrics() { # FILE
	local python
	python=$(metrics_python)
	[ -n "$python" ] || skip "python3-prometheus-client is not installed"
	"$python" "$E2E_HERE/../tools/read_metrics.py" "$1" >samples || die "no reader takes: $(cat "$1")"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$1" >lint 2>&1 || die "promtool does not like it: $(cat lint)"
	fi
}

take_metrics() {
	exits 0 lk metrics
	read_metrics out
}

metric() { # NAME [LABELS as JSON] WANTED
	local labels='{}'
	[ $# -lt 3 ] || labels=$2
	same "${!#}" "$(NAME=$1 LABELS=$labels awk -F '\t' \
		'$1 == ENVIRON["NAME"] && $2 == ENVIRON["LABELS"] { print $3 }' samples)" "$1$labels"
}

check() { # CODE HOLDS COUNT
	metric linckia_check "{\"code\": \"$1\"}" "$2"
	metric linckia_check_items "{\"code\": \"$1\"}" "$3"
}

test_metrics_say_what_status_says() {
	make_store
	random_file f 300000
	lk -q put f
	lk -q snapshot create s1
	lk -q put f -n g
	lk status >/dev/null # the first look notes the health in the catalog, which grows by that
	lk --json status >status
	take_metrics
	metric linckia_up 1
	metric linckia_health 0
	metric linckia_maintained 0
	local pair
	for pair in files:.files versions:.versions snapshots:.snapshots logical_bytes:.bytes.logical \
		unique_bytes:.bytes.unique stored_bytes:.bytes.stored catalog_bytes:.bytes.catalog replication_factor:.replication_factor \
		min_replicas:.min_replicas repair_queued_chunks:.repair.queued; do
		metric "linckia_${pair%%:*}" "$(jq "${pair#*:}" status)"
	done
	metric linckia_chunks '{"state": "full"}' "$(jq .chunks.full status)"
	metric linckia_catalog_bytes "$(cat s/catalog.db s/catalog.db-wal 2>/dev/null | wc -c)"
	local node
	for node in node-1 node-6; do
		metric linckia_node_used_bytes "{\"node\": \"$node\"}" \
			"$(jq --arg node "$node" '.nodes[] | select(.name == $node).used' status)"
		metric linckia_node_chunks "{\"node\": \"$node\"}" \
			"$(jq --arg node "$node" '.nodes[] | select(.name == $node).chunks' status)"
		metric linckia_node_state "{\"node\": \"$node\", \"state\": \"up\"}" 1
	done
	metric linckia_node_info '{"node": "node-3", "zone": "c"}' 1
	same "$(linckia_codes)" "$(awk -F '\t' '$1 == "linckia_check"' samples | wc -l)" 'codes'
	says_not out '/s/|node-1/|"f"'
}

# How many codes a check may have: as the design of the engine lists them.
linckia_codes() {
	sed -n '/^enum check_code {/,/CHECK_CODES/p' "$E2E_HERE/../../engine/view.h" | grep -c '^	CHECK_[A-Z_]*,'
}

test_metrics_of_a_store_in_trouble() {
	make_store
	random_file f 300000
	lk -q put f
	lk -q node fail node-1
	mv s/node-2 away
	take_metrics
	metric linckia_up 1
	metric linckia_health 1
	check NODE_DOWN 1 1
	check NODE_ABSENT 1 1
	check NODE_FULL 0 0
	metric linckia_node_state '{"node": "node-1", "state": "down"}' 1
	metric linckia_node_state '{"node": "node-2", "state": "absent"}' 1
	metric linckia_node_state '{"node": "node-2", "state": "up"}' 0
	metric linckia_node_latency_seconds '{"node": "node-2"}' ''
	mv away s/node-2
	lk -q node recover node-1

	# A copy that is found bad is counted where it was, and gone once it was replaced.
	local chunk node
	chunk=$(chunks_of f | head -n 1)
	node=$(nodes_of f | head -n 1)
	damage_flip "$(chunk_path "$node" "$chunk")"
	lk -q scrub >/dev/null
	take_metrics
	metric linckia_node_errors_total "{\"node\": \"$node\"}" 1
	lk -q repair >/dev/null
	take_metrics
	metric linckia_health 0
	metric linckia_chunks '{"state": "full"}' "$(lk --json status | jq .chunks.total)"

	# Fewer nodes take chunks than must, and that is none: the reason holds all the same.
	local i
	for i in 1 2 3 4 5 6; do lk -q node fail "node-$i"; done
	take_metrics
	metric linckia_health 2
	check WRITES_REFUSED 1 0
	metric linckia_chunks '{"state": "unavailable"}' "$(lk --json status | jq .chunks.total || true)"
}

test_metrics_in_a_file() {
	make_store
	mkdir collector
	(umask 077 && lk metrics -o collector/linckia.prom >out 2>err)
	[ ! -s out ] || die "on stdout: $(cat out)"
	[ ! -s err ] || die "on stderr: $(cat err)"
	same 644 "$(stat -c %a collector/linckia.prom)" 'mode'
	read_metrics collector/linckia.prom
	metric linckia_up 1
	same linckia.prom "$(ls -A collector)" 'files'
	# A relative path without a folder, and over the file that is there.
	echo old >here.prom
	chmod 600 here.prom
	exits 0 lk metrics --output=here.prom
	read_metrics here.prom
	same 644 "$(stat -c %a here.prom)" 'mode'
	exits 0 lk metrics -o -
	read_metrics out
}

test_metrics_are_never_seen_half() {
	make_store
	lk metrics -o m.prom
	local i
	(for i in 1 2 3 4 5 6 7 8; do lk metrics -o m.prom; done) &
	while kill -0 $! 2>/dev/null; do
		same '# EOF' "$(tail -n 1 m.prom)" 'last line'
	done
	wait $!
}

test_metrics_that_cannot_be_written() {
	make_store
	exits 1 lk metrics -o missing/m.prom
	says err 'missing/m.prom'
	# Nothing but a file is replaced.
	mkfifo fifo
	ln -s elsewhere link
	mkdir folder
	local kind
	for kind in fifo link folder; do
		exits 1 lk metrics -o "$kind"
		says err "$kind is there and is no regular file"
	done
	[ -p fifo ] && [ -L link ] && [ -d folder ] && [ ! -e elsewhere ] || die 'something was replaced'
	[ -w /dev/full ] || return 0
	local code=0
	lk metrics >/dev/full 2>err || code=$?
	same 1 "$code" 'exit code'
	says err 'standard output'
	same '' "$(find . -name '.linckia-*')" 'left behind'
}

# The file and the exit status say that there is no catalog to go by, and no number is made up.
tells_of_no_catalog() {
	exits 1 lk metrics -o m.prom
	[ -s err ] || die 'nothing on stderr'
	read_metrics m.prom
	metric linckia_up 0
	metric linckia_health 2
	check CATALOG_DAMAGED 1 1
	metric linckia_files ''
}

# One who reads the file must learn that nothing is known, rather than go on with what was.
test_metrics_of_a_store_that_is_gone() {
	make_store
	lk metrics -o m.prom
	mv s/catalog.db away.db
	tells_of_no_catalog
	exits 1 lk metrics
	read_metrics out
	metric linckia_up 0
	mv away.db s/catalog.db
	lk metrics -o m.prom
	echo 'nodes: 7' >>s/config.yaml
	exits 2 lk metrics -o m.prom
	says err 'nodes'
	read_metrics m.prom
	metric linckia_up 0
	metric linckia_health 3
}

test_metrics_of_a_damaged_catalog() {
	make_store
	random_file f 300000
	lk -q put f
	printf 'this is no catalog any more, but still a file' | dd of=s/catalog.db conv=notrunc status=none
	tells_of_no_catalog
}

# Whatever holds it up: here another program keeps the catalog to itself.
test_metrics_do_not_wait_for_ever() {
	make_store
	local python begun
	python=$(metrics_python)
	[ -n "$python" ] || skip "python3-prometheus-client is not installed"
	"$python" - s/catalog.db <<'PYTHON' &
import sqlite3, sys, time
catalog = sqlite3.connect(sys.argv[1], isolation_level=None)
catalog.execute("PRAGMA locking_mode=EXCLUSIVE")
catalog.execute("BEGIN EXCLUSIVE")
open("held", "w").close()
time.sleep(60)
PYTHON
	wait_for test -e held
	begun=$SECONDS
	exits 1 lk metrics --timeout 1 -o m.prom
	[ $((SECONDS - begun)) -le 4 ] || die "took $((SECONDS - begun)) s"
	says err 'within 1 s'
	read_metrics m.prom
	metric linckia_up 0
	metric linckia_health 3
	exits 1 lk metrics --timeout 1
	read_metrics out
	metric linckia_up 0
	kill $!
	wait $! || true
	take_metrics
	metric linckia_up 1
}

test_metrics_with_labels() {
	make_store
	exits 0 lk metrics -l "store=the \"big\\one\"
linckia_up 1" --label site=
	read_metrics out
	# As JSON: the line break is the two characters that `ls` on a terminal shows.
	metric linckia_up '{"site": "", "store": "the \"big\\one\"\\nlinckia_up 1"}' 1
	exits 0 lk metrics -l "store=$(printf '\xff\x1b[2J')"
	read_metrics out
	# shellcheck disable=SC1003
	metric linckia_up '{"store": "\\xFF\\x1B[2J"}' 1
	local wrong
	for wrong in store =x 9=x a-b=x __name__=x node=x code=x; do
		exits 2 lk metrics --label "$wrong"
		[ ! -s out ] || die "on stdout: $(cat out)"
		says err '--label'
	done
	exits 2 lk metrics -l a=1 -l b=2 -l a=3
	says err "'a' is given twice"
}

# A name of a zone is the one text that the config lets be nearly anything.
test_metrics_with_any_zone() {
	make_store
	sed -i "s/name: node-1, path: node-1, zone: a/name: node-1, path: node-1, zone: 'say \"\\\\\" ü {x} 1 # EOF'/" s/config.yaml
	take_metrics
	# shellcheck disable=SC1003
	metric linckia_node_info '{"node": "node-1", "zone": "say \"\\\" \u00fc {x} 1 # EOF"}' 1
}

test_metrics_mistakes() {
	make_store
	exits 2 lk --json metrics
	json err .error.code usage
	says err 'status --json'
	exits 2 lk metrics --timeout 0
	exits 2 lk metrics --output=
	exits 2 lk metrics more
	exits 0 lk metrics --help
	says out '--timeout'
}

test_metrics_alerts() {
	local alerts=$E2E_HERE/../../docs/monitoring/linckia-alerts.yaml metric
	# Each metric that an alert asks for is one that there is.
	make_store
	lk metrics >out
	for metric in $(grep -o 'linckia_[a-z_]*' "$alerts" | sort -u); do
		grep -q "^${metric}[ {]" out || die "there is no $metric"
	done
	command -v promtool >/dev/null || skip 'promtool is not installed; the rules themselves were not looked at'
	cp "$alerts" "$E2E_HERE/linckia-alerts.test.yaml" .
	promtool check rules linckia-alerts.yaml
	promtool test rules linckia-alerts.test.yaml
}
