# Wrong bytes are never served, and what was damaged is named.

# Stores ./f, damages its second chunk's copy on every node in turn that the file's readers may try first,
# and checks that the file still comes back.
damage_one_copy() { # HOW
	make_store
	random_file f 300000
	lk -q put f
	local sha node path
	sha=$(chunks_of f | sed -n 2p)
	node=$(nodes_of f 1 | head -n 1)
	path=$(chunk_path "$node" "$sha")
	"damage_$1" "$path"
	# Which copy is read is the engine's choice: with the other two failed by hand there is but this one …
	local other others
	others=$(nodes_of f 1 | tail -n +2)
	for other in $others; do
		lk -q node fail "$other"
	done
	mkdir o
	exits 1 lk get f -o o/back
	same '' "$(ls -A o)" "the output's folder"
	# … and with them back, they serve.
	for other in $others; do
		lk -q node recover "$other"
	done
	lk -q get f -o back
	cmp f back
	lk --json events | jq -s 'flatten' >events
	jq -e --arg node "$node" 'any(.[]; .node == $node and (.severity == "warning" or .severity == "error"))' events \
		>/dev/null || die "no event tells it: $(jq -c '.[]' events)"
	health DEGRADED
	jq -e 'any(.checks[]; .code == "CHUNKS_CORRUPT" or .code == "CHUNKS_UNDER_REPLICATED")' status >/dev/null ||
		die "status does not tell it: $(jq -c .checks status)"
	same bad "$(lk --json stat f | jq -r --arg node "$node" '
		.chunks[1].replicas[] | select(.node == $node).state')" "state of the damaged copy"
}

quarantined() { # as damage_one_copy() left it
	local node
	node=$(lk --json stat f | jq -r '.chunks[1].replicas[] | select(.state == "bad").node')
	[ -n "$(find "s/$node/quarantine" -mindepth 1 ! -type d)" ] || [ -n "$(find "s/$node/quarantine" -mindepth 1)" ] ||
		die "quarantine of $node is empty"
	find s/node-*/chunks -type f -printf '%f  %p\n' >sums
	sha256sum --quiet -c sums
}

test_damage_truncated() { damage_one_copy truncate && quarantined; }
test_damage_emptied() { damage_one_copy empty && quarantined; }
test_damage_flipped() { damage_one_copy flip && quarantined; }
test_damage_lengthened() { damage_one_copy lengthen && quarantined; }
test_damage_removed() { damage_one_copy remove; }
test_damage_fifo() { damage_one_copy fifo && quarantined; }
test_damage_folder() { damage_one_copy folder; }
test_damage_symlink() {
	damage_one_copy symlink
	quarantined
	test -f elsewhere
}

test_damage_swapped() {
	make_store
	random_file f 131072
	lk -q put -r 6 f
	local one two path
	one=$(chunks_of f | sed -n 1p)
	two=$(chunks_of f | sed -n 2p)
	path=$(chunk_path node-3 "$one")
	mv "$path" kept
	mv "$(chunk_path node-3 "$two")" "$path"
	mv kept "$(chunk_path node-3 "$two")"
	local n
	for n in 1 2 4 5 6; do
		lk -q node fail "node-$n"
	done
	exits 1 lk get f -o back
	[ ! -e back ] || die "wrong bytes were served"
	for n in 1 2 4 5 6; do
		lk -q node recover "node-$n"
	done
	lk -q get f -o back
	cmp f back
}

test_all_copies_damaged() {
	make_store
	random_file f 300000
	random_file g 300000
	lk -q put f
	lk -q put g
	local sha node
	sha=$(chunks_of f | sed -n 3p)
	for node in $(nodes_of f 2); do
		damage_flip "$(chunk_path "$node" "$sha")"
	done
	mkdir o
	echo old >o/old
	exits 1 lk get f -o o/new
	says err '\bf\b'
	exits 1 lk get f -o o/old
	same old "$(ls -A o)" "the output's folder"
	same old "$(cat o/old)"
	exits 1 lk get f -o -
	cmp -n "$(stat -c %s out)" f out || die "wrong bytes on standard output"
	lk get g -o back
	cmp g back
	health CRITICAL CHUNKS_LOST
	jq -e '.checks[] | select(.code == "CHUNKS_LOST") | .details | tostring | test("f")' status >/dev/null ||
		die "CHUNKS_LOST does not name the file: $(jq -c .checks status)"
	same 3 "$(find s/node-*/quarantine -type f | wc -l)" "files in quarantine"
	# The same content put again is the remedy.
	lk -q put f
	lk get f -o back
	cmp f back
}

test_damage_in_a_folder_spares_the_rest() {
	make_store
	mkdir tree
	random_file tree/one 200000
	random_file tree/two 200000
	lk -q put tree
	local sha node
	sha=$(chunks_of tree/one | head -n 1)
	for node in $(nodes_of tree/one); do
		damage_flip "$(chunk_path "$node" "$sha")"
	done
	exits 1 lk get --prefix tree -o back
	says err 'tree/one'
	cmp tree/two back/two
	same two "$(ls -A back)"
}

test_put_does_not_trust_a_damaged_copy() {
	make_store
	random_file f 65536
	lk -q put f
	local sha node
	sha=$(chunks_of f)
	for node in $(nodes_of f); do
		damage_flip "$(chunk_path "$node" "$sha")"
	done
	exits 1 lk get f -o back
	lk -q put -n g f
	lk get g -o back
	cmp f back
}

test_leftovers_on_a_node_are_harmless() {
	make_store
	mkdir -p s/node-1/chunks/zz s/node-1/chunks/ab
	echo x >s/node-1/chunks/ab/not-a-chunk
	echo x >s/node-1/chunks/stray
	echo x >s/node-1/stray
	random_file f 300000
	lk -q put f
	lk get f -o back
	cmp f back
	health HEALTHY
}
