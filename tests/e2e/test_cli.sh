# What scripts rely on: exit codes, JSON, streams.

test_usage_errors_end_with_2() {
	make_store
	local command
	for command in 'nonsense' '--nonsense' 'put' 'get' 'rm' 'stat' 'set-rf' 'set-rf 2' 'node' 'node nonsense' \
		'get a b -o' 'put --nonsense x' 'ls a b' '-c' 'get --prefix x' 'set-rf x y'; do
		# shellcheck disable=SC2086
		exits 2 lk $command
		[ -s err ] || die "nothing on stderr for '$command'"
		[ ! -s out ] || die "something on stdout for '$command': $(cat out)"
	done
	# For monitoring, 2 is CRITICAL: a status that cannot be told is 3.
	exits 3 lk status --nonsense
	[ -s err ] || die "nothing on stderr"
}

test_help() {
	exits 0 lk --help
	says out put
	says out status
	exits 0 lk --version
	[ -s out ] || die "no version"
}

# Summaries stand in one column, whatever the names before them.
test_help_lists_commands_in_columns() {
	lk --help >out
	same 1 "$(sed -n '/^Commands:/,/^$/p' out | grep '^  ' | sed -E 's/^(  [a-z-]+( [a-z]+)? {2,}).*/\1/' | awk '{ print length }' | sort -u | wc -l)" \
		"columns in which summaries begin"
}

test_json_errors() {
	make_store
	exits 1 lk --json get nothing
	[ ! -s out ] || die "stdout: $(cat out)"
	jq -e '.error.code == "not_found" and (.error.message | length > 0)' err >/dev/null || die "$(cat err)"
	exits 2 lk --json nonsense
	jq -e '.error.code == "usage"' err >/dev/null || die "$(cat err)"
}

test_json_status() {
	make_store
	random_file f 200000
	lk -q put f
	lk --json status >status
	jq -e '
		(.store | type == "string") and .health == "HEALTHY" and (.since | test("^[0-9-]+T[0-9:]+Z$")) and
		(.checks == []) and (.nodes | length == 6) and
		(.nodes[0] | has("name") and has("zone") and has("state") and has("cause") and has("path") and
			has("capacity") and has("used") and has("chunks") and has("latency_ms") and has("read_bytes") and
			has("written_bytes") and has("errors")) and
		([.nodes[].written_bytes] | add == 600000) and ([.nodes[].errors] | add == 0) and
		(.links | length == 6 and all(.from == "client" and .latency_ms >= 0 and .cut == false)) and
		.files == 1 and .versions == 1 and .snapshots == 0 and
		.chunks.total == 4 and .chunks.full == 4 and
		(.chunks | has("under_replicated") and has("last_copy") and has("unavailable") and has("lost") and
			has("excess") and has("corrupt")) and
		.bytes.logical == 200000 and .bytes.unique == 200000 and .bytes.stored == 600000 and
		(.repair | has("state") and has("reason") and has("queued") and has("queued_bytes") and has("queue") and has("active") and
			has("rate") and has("eta_s")) and
		(.maintenance | has("role") and has("pid"))' status >/dev/null || die "$(jq -c . status)"
	lk -q node fail node-1
	lk --json status >status || true
	jq -e '.checks[0] | has("code") and has("severity") and has("summary") and has("count") and has("details") and
		has("advice")' status >/dev/null || die "$(jq -c .checks status)"
}

test_json_ls_and_stat() {
	make_store
	random_file f 200000
	touch -d '2020-01-02T03:04:05Z' f
	lk -q put f
	lk -q put -n d/g f
	lk --json ls >list
	json list type array
	json list length 2
	json list '[.[].name] | join(" ")' 'd/g f'
	json list '.[1] | [.version, .size, .replication_factor] | join(" ")' '1 200000 3'
	json list '.[1].sha256' "$(sha256sum <f | cut -d ' ' -f 1)"
	json list '.[1].mtime | .[0:19]' 2020-01-02T03:04:05
	lk --json ls d | jq -r '.[].name' >out
	same d/g "$(cat out)"
	lk --json stat f >stat
	json stat .replication_factor 3
	json stat '.chunks | length' 4
	json stat '[.chunks[].size] | add' 200000
	json stat '[.chunks[].replicas | length] | unique | join(" ")' 3
	json stat '[.chunks[].replicas[].state] | unique | join(" ")' live
	exits 1 lk stat nothing
}

test_json_events() {
	make_store
	random_file f 200000
	lk -q put f
	lk -q node fail node-1
	lk -q node recover node-1
	lk --json events | jq -s 'flatten' >events
	[ "$(jq length events)" -ge 2 ] || die "too few events: $(cat events)"
	lk --json events -n 1 | jq -s 'flatten' >one
	json one length 1
	json one '.[0].node' node-1
	json events '.[-1].node' node-1
}

test_quiet_and_streams() {
	make_store
	random_file f 100000
	exits 0 lk -q put f
	[ ! -s out ] && [ ! -s err ] || die "put is not quiet: $(cat out err)"
	exits 0 lk put -n g f
	! grep -q $'\r' err || die "a progress bar without a terminal: $(cat -v err)"
	exits 0 lk get f -o -
	cmp f out
}

test_output_that_is_closed() {
	make_store
	random_file f 1000000
	lk -q put f
	exits 1 sh -c '"$LINCKIA" ls >/dev/full'
	exits 1 sh -c '"$LINCKIA" --json stat f >/dev/full'
	lk get f -o - | head -c 10 >/dev/null || true
	health HEALTHY
}

test_ls_on_a_terminal_escapes() {
	command -v script >/dev/null || skip "script is not installed"
	make_store
	lk -q put -n $'red\e[31m' - <<<x
	TERM=xterm script -qec "'$LINCKIA' ls" /dev/null </dev/null >out
	! grep -q $'\e\[31m' out || die "ls sent the escape sequence to the terminal"
	says out 'red'
}

# Nothing is known then of what is stored: no count says that it is none.
test_status_without_a_catalog_counts_nothing() {
	make_store
	echo text | lk -q put -n text -
	rm s/catalog.db*
	exits 2 lk status
	says out '^CRITICAL: the catalog .* is missing'
	says out '^store  '
	says_not out '^(files|chunks|bytes|repair|scrub)  '
	same 2 "$(grep -c '^$' out)" "empty lines"
}

# With fewer nodes than copies repair cannot help, and is not said to.
test_status_says_that_there_are_too_few_nodes() {
	lk new s --nodes 2 --rf 3 2>err
	says err 'warning: 3 copies of each file are wanted, but the store has 2 nodes'
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	echo text | lk -q put -n text - 2>err
	exits 1 lk status
	says out 'What to do: .*linckia node add.*linckia set-rf'
	lk -q set-rf 2 text
	exits 0 lk status
	lk new t --nodes 3 --rf 3 2>err
	says_not err warning
}

test_status_in_words() {
	make_store
	exits 0 lk status
	says out HEALTHY
	lk -q node fail node-3
	exits 1 lk status
	says out DEGRADED
	says out node-3
	says out NODE_DOWN
}
