# A catalog that is lost, damaged or too old regrows from the nodes.

# A store with history: versions, a removed name, a large file, names that are not nice, another replication factor.
make_history() {
	make_store
	mkdir -p tree/sub tree/empty
	random_file tree/big 1000000
	for i in 1 2 3 4 5 6; do
		random_file "tree/sub/$i" $((i * 700))
	done
	printf 'a\nb' >'tree/two
lines'
	printf x >tree/$'\xff\xfe'
	ln -s sub/1 tree/link
	chmod 751 tree/sub
	lk -q put tree
	random_file v1 5000 && cp v1 f && lk -q put f
	random_file v2 300000 && cp v2 f && lk -q put f
	random_file gone 4000 && lk -q put gone && lk -q rm gone
	lk -q set-rf 2 tree/sub/
}

expect_history() {
	rm -rf back
	lk -q get --prefix tree -o back
	same_folder tree back
	lk -q get f@1 -o back1 && cmp v1 back1
	lk -q get f -o back2 && cmp v2 back2
	lk -q get gone@1 -o back3 && cmp gone back3
	exits 1 lk get gone -o back4
	same 2 "$(lk --json stat tree/sub/3 | jq .replication_factor)"
}

test_rebuild_a_catalog_that_is_gone() {
	make_history
	lk --json ls >before
	rm s/catalog.db*
	health CRITICAL CATALOG_DAMAGED
	exits 1 lk ls
	says err 'rebuild'
	exits 1 lk init
	says err 'rebuild'
	lk --json rebuild >result 2>/dev/null
	json result .gaps 0
	json result .chunks_missing 0
	json result .nodes 6
	json result .aside ''
	same "$(jq -S . before)" "$(lk --json ls | jq -S .)" "what ls tells"
	expect_history
	lk -q scrub
	health HEALTHY
	lk -q put v1 && lk -q get v1 -o back5 && cmp v1 back5
}

# What vouches for the list of a file's chunks goes on through journals, copies of the catalog and rebuilds; a list that does
# not match it is not served.
test_rebuild_knows_what_vouches_for_a_list_of_chunks() {
	local before
	make_store
	random_file f 300000 && random_file small 3000
	lk -q put f && lk -q put small
	before=$(jq -r 'select(.fact == "version" and .name == "f").manifest' s/node-1/journal/*.jsonl)
	[ "${#before}" -eq 64 ] || die "the record of f has no manifest: '$before'"
	same null "$(jq -r 'select(.fact == "version" and .name == "small").manifest' s/node-1/journal/*.jsonl)"
	cp f first
	random_file f 200000 && lk -q put f
	lk -q restore f@1
	rm s/catalog.db*
	lk -q rebuild
	same "1 $before,3 $before" "$(cat s/node-1/catalog/*.jsonl | jq -r --arg digest "$before" \
		'select(.fact == "version" and .manifest == $digest) | "\(.version) \(.manifest)"' | sort -u | paste -sd ,)"
	lk -q get f -o back && cmp first back
}

# What is found may be rotten, and the good copy be on the node that is away.
test_rebuild_while_the_good_copy_is_away() {
	local node other
	make_store
	random_file f 50000
	lk -q put -r 2 f
	node=$(nodes_of f | head -n 1)
	other=$(nodes_of f | tail -n 1)
	mv "s/$node" away
	lk -q node corrupt "$other"
	rm s/catalog.db*
	lk -q rebuild
	mv away "s/$node"
	lk -q get f -o back && cmp f back
	lk -q repair
	lk -q scrub
	health HEALTHY
}

# The same, where enough was found elsewhere to take its place: the good copy counts again once nothing else is left.
test_rebuild_before_the_only_good_copy_is_back() {
	local node other file
	make_store
	random_file f 50000
	lk -q put -r 1 f
	node=$(nodes_of f)
	other=$(nodes_of_nothing 2 | grep -vx "$node" | head -n 1)
	file=$(cd "s/$node" && ls chunks/*/*)
	mkdir -p "s/$other/${file%/*}"
	head -c 50000 /dev/zero >"s/$other/$file"
	mv "s/$node" away
	rm s/catalog.db*
	lk -q rebuild
	lk -q scrub
	exits 1 lk -q get f -o back
	health CRITICAL CHUNKS_LOST
	mv away "s/$node"
	lk -q repair
	same "$node" "$(nodes_of f)"
	lk -q get f -o back && cmp f back
	lk --json events | jq -r '.[].code' | grep -q copy_found || die "nothing is said of it"
	health HEALTHY
}

# SQLite would take a log that the lost catalog left for the new one's, and write old pages over it.
test_rebuild_beside_the_log_of_a_catalog_that_is_gone() {
	local log
	make_history
	lk -q rebuild --force
	lk -q put -n later v1
	log=$(sha256sum <s/catalog.db-wal)
	rm s/catalog.db
	lk -q rebuild
	sha256sum s/catalog.db.aside-*-wal | grep -q "^${log%% *} " || die "the log is not put aside: $(ls s)"
	lk -q get later -o back6 && cmp v1 back6
	expect_history
}

test_rebuild_from_the_nodes_that_are_left() {
	make_history
	rm s/catalog.db*
	mkdir away
	mv s/node-1 s/node-4 away
	lk --json rebuild >result 2>/dev/null
	json result .nodes_absent 2
	json result .chunks_missing 0
	expect_history
	mv away/node-1 away/node-4 s
	lk -q repair && lk -q scrub
	expect_history
	health HEALTHY
}

# With all copies of something on nodes that are away, it is unavailable, not lost, and comes back with them.
test_rebuild_knows_what_only_absent_nodes_hold() {
	make_history
	local node
	rm -f s/catalog.db*
	mkdir away
	for node in $(nodes_of_nothing 3); do
		mv "s/$node" away
	done
	lk --json rebuild >result 2>/dev/null
	mv away/* s
	lk -q repair && lk -q scrub
	expect_history
	health HEALTHY
}

nodes_of_nothing() { # COUNT: so many nodes
	ls -d s/node-* | head -n "$1" | xargs -n 1 basename
}

test_rebuild_a_damaged_catalog() {
	make_history
	sqlite_settle
	head -c 60000 /dev/urandom | dd of=s/catalog.db bs=4096 seek=2 conv=notrunc status=none
	rm -f s/catalog.db-wal s/catalog.db-shm
	lk --json rebuild >result 2>/dev/null
	same yes "$(case $(jq -r .aside result) in */s/catalog.db.aside-*) echo yes ;; esac)" "where the old one is"
	[ -s "$(jq -r .aside result)" ] || die "the damaged catalog is not put aside"
	expect_history
	lk -q scrub
	health HEALTHY
}

# A backup of the catalog that somebody put back.
test_rebuild_a_catalog_that_is_too_old() {
	make_history
	sqlite_settle
	cp s/catalog.db old.db
	random_file later 2000 && lk -q put later
	cp old.db s/catalog.db && rm -f s/catalog.db-wal s/catalog.db-shm
	health CRITICAL CATALOG_DAMAGED
	expect_history
	exits 1 lk put v1
	says err 'older copy'
	exits 1 lk rm f
	exits 1 lk set-rf 1 f
	lk -q rebuild
	expect_history
	lk -q get later -o back6 && cmp later back6
	lk -q scrub
	health HEALTHY
}

# Without -wal, the database alone says all there is.
sqlite_settle() {
	lk -q put v1 -n settled
	if [ -s s/catalog.db-wal ]; then
		have_sqlite || skip "no sqlite3"
		sqlite3 s/catalog.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	fi
}

have_sqlite() {
	command -v sqlite3 >/dev/null
}

test_rebuild_is_refused_without_need() {
	make_history
	exits 1 lk rebuild
	says err 'in order'
	lk -q rebuild --force
	expect_history
}

test_rebuild_is_refused_while_the_store_is_used() {
	make_history
	"$LINCKIA" -q daemon >/dev/null 2>&1 &
	local daemon=$!
	until lk --json status | jq -e '.maintenance.pid > 0' >/dev/null; do
		sleep 0.1
	done
	exits 1 lk rebuild --force
	says err "process $daemon"
	kill "$daemon"
	wait "$daemon" || true
}

# A record that is damaged on one node is taken from another.
test_rebuild_needs_each_record_on_one_node_only() {
	make_history
	local number=0 file line
	for file in s/node-*/journal/0*.jsonl; do
		number=$((number + 1))
		line=$(grep -n '"fact":"commit"' "$file" | sed -n "${number}s/:.*//p")
		sed -i "${line}s/\"check\"/\"chekk\"/" "$file"
	done
	rm s/catalog.db*
	lk --json rebuild >result 2>/dev/null
	json result .gaps 0
	same true "$(jq '.damaged_lines > 0' result)" "damaged lines are told"
	expect_history
}

test_rebuild_tells_of_a_gap() {
	make_history
	local file
	for file in s/node-*/journal/0*.jsonl; do
		sed -i '3s/"check"/"chekk"/' "$file"
	done
	rm s/catalog.db*
	exits 0 lk rebuild
	says err 'missing on every node'
	lk -q get f -o back && cmp v2 back
}

# What a node had that was away while the history went on without it is put aside there.
test_rebuild_goes_on_without_a_node_that_knew_more() {
	make_history
	mkdir away
	random_file later 2000 && lk -q put -r 6 later
	cp -a s/node-1 away/knows
	rm -rf s/node-1
	# The others go back to what they were before: as if only node-1 had got the last record.
	local node
	for node in 2 3 4 5 6; do
		sed -i '/"name":"later"/,$d' "s/node-$node/journal/"0*.jsonl
	done
	rm -f s/catalog.db*
	lk -q rebuild
	expect_history
	exits 1 lk get later
	mv away/knows s/node-1
	lk -q repair
	ls s/node-1/journal/*.aside >/dev/null || die "what it knew is not kept"
	expect_history
	lk -q scrub
	health HEALTHY
}

# After a rebuild without some nodes, what these may know of is not collected as garbage.
test_rebuild_without_some_nodes_collects_nothing_unknown() {
	make_history
	random_file later 200000 && lk -q put -r 6 later
	mkdir away
	mv s/node-1 s/node-2 s/node-3 away
	local node
	for node in 4 5 6; do
		sed -i '/"name":"later"/,$d' "s/node-$node/journal/"0*.jsonl
	done
	rm -f s/catalog.db*
	lk -q rebuild
	exits 1 lk get later
	find s/node-4/chunks -type f | sort >before
	lk -q gc
	same '' "$(find s/node-4/chunks -type f | sort | comm -23 before -)" "files that were collected"
	# With every node there, nobody can know of them.
	mv away/* s
	lk -q gc
	[ -n "$(find s/node-4/chunks -type f | sort | comm -23 before -)" ] || die "nothing was collected"
	expect_history
}

# A folder that could not be read then is no reason to take what is in it for lost.
test_rebuild_past_folders_that_cannot_be_read_loses_nothing() {
	make_store
	random_file f 60000 && lk -q put f
	local chunk node
	chunk=$(chunks_of f)
	chunk=${chunk:0:2}
	mkdir away
	for node in 1 2 3 4 5 6; do
		mv "s/node-$node/chunks/$chunk" "away/$node"
		touch "s/node-$node/chunks/$chunk"
	done
	rm s/catalog.db*
	lk rebuild >out 2>err || true
	says err "chunks/$chunk cannot be read"
	for node in 1 2 3 4 5 6; do
		rm "s/node-$node/chunks/$chunk"
		mv "away/$node" "s/node-$node/chunks/$chunk"
	done
	lk -q repair
	health HEALTHY
	lk -q get f -o back && cmp f back
}
