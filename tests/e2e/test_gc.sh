# gc as scripts see it: what it says, what it frees, and what it must leave.

# Bytes in the chunk and quarantine files of all nodes.
stored_bytes() {
	find s/node-*/chunks s/node-*/quarantine -type f -printf '%s\n' | awk '{sum += $1} END {print sum + 0}'
}

# A document of gc: all members, with the right types.
gc_document() { # FILE
	jq -e '.kind == "gc" and (.dry_run | type == "boolean") and
		([.versions, .chunks, .files, .bytes, .waiting_bytes] | all(type == "number" and . >= 0))' "$1" >/dev/null ||
		die "no document of gc: $(cat "$1")"
}

# What --dry-run says is what gc frees.
frees_what_it_said() { # OPTION…
	local before after
	lk --json gc --dry-run "$@" >said
	gc_document said
	before=$(stored_bytes)
	lk --json gc "$@" >done.json
	gc_document done.json
	after=$(stored_bytes)
	same "$(jq .bytes said)" $((before - after)) "bytes that are free"
	for member in versions chunks files bytes waiting_bytes; do
		json done.json ".$member" "$(jq ".$member" said)"
	done
}

# Three versions of a file and of a folder of small ones; the current ones stay in ./kept.
make_history() {
	local i
	mkdir -p folder
	for i in 1 2 3; do
		random_file large 500000
		for name in a b c d e f; do random_file "folder/$name" "$((i * 1000))"; done
		lk -q put large folder
	done
	random_file gone 200000
	lk -q put gone
	lk -q rm gone
	rm -rf kept
	mkdir kept
	cp -a large folder kept/
}

is_whole() {
	rm -rf out.large out.folder
	lk -q get large -o out.large
	cmp kept/large out.large
	lk -q get --prefix folder -o out.folder
	same_folder kept/folder out.folder
}

test_gc_mistakes_end_with_2() {
	make_store
	local command
	for command in 'gc x' 'gc --keep-versions' 'gc --keep-versions x' 'gc --keep-versions=-1' 'gc --keep-for x' \
		'gc --keep-for 5' 'gc --keep-for' 'gc --wet-run'; do
		# shellcheck disable=SC2086
		exits 2 lk $command
		[ -s err ] || die "nothing on stderr for '$command'"
	done
	exits 0 lk gc --help
	says out '^Usage: linckia gc'
}

test_gc_keeps_everything_by_default() {
	make_store
	make_history
	lk --json gc --dry-run >said
	json said '.versions, .chunks, .files, .bytes, (.would_go | length)' $'0\n0\n0\n0\n0'
	exits 0 lk --json gc
	json out '.versions, .files' $'0\n0'
	exits 0 lk get large@1 -o out.old
}

test_gc_frees_what_the_dry_run_said() {
	make_store
	make_history
	# 3 names of 3 versions, and the folder with 6 names more, keep one each; the removed name keeps its last.
	frees_what_it_said --keep-versions 1
	json said '[.would_go[] | select(.name == "large") | .version] | sort | join(" ")' '1 2'
	json said '[.would_go[] | select(.why == "")] | length' 0
	[ "$(jq .bytes said)" -gt 3000000 ] || die "too little would go: $(cat said)"
	is_whole
	exits 0 lk get gone@1 -o out.gone
	cmp gone out.gone
	# By time, removed names go as well.
	sleep 1
	frees_what_it_said --keep-for 1s
	json said '[.would_go[].name] | join(" ")' gone
	exits 1 lk get gone@1 -o out.gone2
	is_whole
	frees_what_it_said --keep-versions 1 --keep-for 1s
	json said .bytes 0
	health HEALTHY
	lk -q scrub
	lk events | grep -q 'collected .* versions' || die "no event: $(lk events)"
}

test_gc_follows_the_config_in_a_daemon_too() {
	make_store
	printf 'history: {keep_versions: 2}\n' >>s/config.yaml
	sed -i '/^history: {keep_versions: 0/d' s/config.yaml
	make_history
	"$LINCKIA" -q daemon 2>/dev/null &
	local daemon=$!
	timeout 10 sh -c "until $LINCKIA --json status | jq -e '.maintenance.role != \"none\"' >/dev/null; do sleep 0.1; done" || true
	lk --json gc >done.json
	gc_document done.json
	json done.json .by other
	exits 1 lk get large@1 -o out.1
	exits 0 lk get large@2 -o out.2
	is_whole
	kill "$daemon"
	wait "$daemon" || true
}

test_gc_on_a_node_that_is_away_is_done_when_it_returns() {
	make_store
	make_history
	mv s/node-1 away
	frees_what_it_said --keep-versions 1
	[ "$(jq .waiting_bytes said)" -gt 0 ] || die "nothing waits: $(cat said)"
	is_whole
	mv away s/node-1
	lk -q repair
	frees_what_it_said --keep-versions 1
	same 0 "$(lk --json gc --dry-run --keep-versions 1 | jq .bytes)" "bytes left"
	is_whole
	health HEALTHY
	# What is on the nodes is what the catalog counts.
	same "$(jq .bytes.stored status)" "$(stored_bytes)" "bytes on the nodes"
}

test_gc_that_is_killed_is_made_good_by_the_next() {
	local i
	make_store
	make_history
	for i in 1 2 3 4 5 6 7 8; do
		random_file large 500000
		lk -q put large
		cp large kept/large
		"$LINCKIA" -q gc --keep-versions 1 &
		sleep "0.0$i"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		is_whole
	done
	lk -q gc --keep-versions 1
	is_whole
	health HEALTHY
	same "$(jq .bytes.stored status)" "$(stored_bytes)" "bytes on the nodes"
	json status .versions 8
}

test_gc_removes_what_killed_puts_left() {
	local i
	make_store
	make_history
	random_file big 30000000
	for i in 1 2 3 4 5; do
		"$LINCKIA" -q put big &
		sleep "0.0$((i * 2 - 1))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	lk -q rm big 2>/dev/null || true
	# A removed name is kept by number; nothing but files of killed puts may go.
	frees_what_it_said --keep-versions 9
	# A kill between two names of a file that takes another one's place leaves a draft, which nobody can tell from one that is
	# being written before it is a day old.
	find s/node-*/chunks -name '.new-*' -delete
	lk --json status >status || true
	same "$(jq .bytes.stored status)" "$(stored_bytes)" "bytes on the nodes"
	is_whole
}

# What repair would do at the same time is no part of it: copies that are too many, and bad ones that wait for a good one.
test_gc_frees_what_was_said_though_repair_has_work() {
	make_store
	random_file f 3000000 && lk -q put f
	random_file g 500000 && lk -q put g
	lk -q node corrupt node-1 --chunks 3
	lk -q get f -o back
	lk -q set-rf 1 f
	lk -q rm g
	lk --json gc --dry-run --keep-for 1ms >said
	lk --json gc --keep-for 1ms >outcome
	same "$(jq '[.versions, .chunks, .files, .bytes]' said)" "$(jq '[.versions, .chunks, .files, .bytes]' outcome)" "what went"
	lk -q repair
	lk -q get f -o back2 && cmp f back2
}

test_gc_removes_drafts_of_killed_processes() {
	make_store
	random_file f 100000 && lk -q put f
	mkdir s/regrowing
	touch s/catalog.db.new-0123 s/catalog.db.new-0123-journal s/traffic.new-abcdef s/regrowing/catalog.db s/newer
	touch s/.linckia-config-0123 s/.linckia-config-4567
	flock s/.linckia-config-4567 "$LINCKIA" -c s/config.yaml -q gc
	same newer "$(cd s && ls -d -- *new* regrowing 2>/dev/null || true)" "what is left"
	same s/.linckia-config-4567 "$(echo s/.linckia-config-*)" "drafts of configs, of which one is being written"
	lk -q get f -o back && cmp f back
}
