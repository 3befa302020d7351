# What looks at a store from outside sees every kind of damage, so that what agrees with it is right.

# Looks at ./s with the given nodes; the outcome is in ./walk.
walk_nodes() { # N…
	local n nodes=()
	for n in "$@"; do
		nodes+=("node-$n=s/node-$n")
	done
	"$WALK" --versions s "${nodes[@]}" >walk
}

test_walk_sees_damage() {
	make_store
	random_file f 300000
	lk -q put f
	local sha holders node
	sha=$(chunks_of f | sed -n 1p)
	mapfile -t holders < <(nodes_of f)
	agree
	for node in "${holders[@]}"; do
		damage_flip "$(chunk_path "$node" "$sha")"
	done
	walk_nodes 1 2 3 4 5 6
	json walk '.chunks | [.total, .full, .lost, .corrupt_files] | join(",")' 5,4,1,3
	json walk '.versions | [.checked, .differ[], .unreadable[]] | join(",")' 1,f@1
	rm "$(chunk_path "${holders[0]}" "$sha")"
	damage_flip "$(chunk_path "${holders[1]}" "$sha")" # back to what it was
	walk_nodes 1 2 3 4 5 6
	json walk '.chunks | [.total, .full, .under_replicated, .last_copy, .lost, .corrupt_files] | join(",")' 5,4,1,1,0,1
	json walk "[.nodes[] | select(.missing == 1).name] | join(\",\")" "${holders[0]}"
	json walk '[.versions.differ[], .versions.unreadable[]] | length' 0
	(agree) >out && die "a missing and a bad copy are called right"
	says out 'missing'
	# A reader that has no other choice finds out, and then the two agree again.
	lk -q node fail "${holders[1]}"
	exits 1 lk get f -o back
	lk -q node recover "${holders[1]}"
	agree
	json status .chunks.last_copy 1
}

test_walk_sees_what_is_away() {
	make_store
	random_file f 300000
	lk -q put f
	away node-1 node-4
	agree
	away node-2 node-5
	agree
	away node-3 node-6
	agree
	walk_nodes
	json walk '.chunks | [.total, .unavailable, .lost] | join(",")' 5,5,0
	back node-{1..6}
	lk -q node fail node-2
	agree
	health DEGRADED NODE_DOWN
}

test_walk_sees_strays() {
	make_store
	random_file f 300000
	lk -q put f
	local sha node
	sha=$(chunks_of f | sed -n 1p)
	node=$(nodes_of f | head -n 1)
	mkdir -p s/node-1/chunks/zz
	echo x >s/node-1/chunks/ab/note
	cp "$(chunk_path "$node" "$sha")" copy
	for node in node-{1..6}; do
		cp copy "$(chunk_path "$node" "$sha")"
	done
	walk_nodes 1 2 3 4 5 6
	json walk '[.nodes[].strays] | add' 3
	json walk '.nodes[0].misnamed' 2
	json walk '.chunks.excess' 0
	(agree) >out && die "strays are overlooked"
	agree strays
	mv s/node-1/linckia-node.json kept
	cp s/node-2/linckia-node.json s/node-1
	walk_nodes 1
	json walk '.nodes[0].identity' other
}

test_walk_puts_packed_files_together() {
	make_store
	mkdir tree
	local n
	for n in {1..50}; do
		random_file "tree/$n" 3000
	done
	: >tree/empty
	ln -s empty tree/link
	lk -q put tree
	random_file tree/7 5000
	lk -q put tree
	walk_nodes 1 2 3 4 5 6
	json walk '.versions.differ + .versions.unreadable | length' 0
	jq -e '.versions.checked >= 52' walk >/dev/null || die "too few versions: $(cat walk)"
	agree
}
