#!/usr/bin/env bash
# prepare.sh: makes the folders that operations are struck in (operation.c): a small store in ./s, sources in ./in.
#
#	LINCKIA=PROGRAM prepare.sh base      in an empty folder
#	LINCKIA=PROGRAM prepare.sh STATE     in a copy of what `base` made
#
# Placement is round_robin and there is one worker, so that two runs make the same calls as far as threads allow.
set -eu
unset LINCKIA_CONFIG
export LC_ALL=C

lk() {
	"$LINCKIA" -q -c s/config.yaml "$@" >/dev/null
}

# BYTES bytes of their own kind: no two chunks are the same.
bytes() { # FIRST-NUMBER BYTES
	seq "$1" "$(($1 + $2))" | head -c "$2" || true
}

base() {
	mkdir -p in/folder/empty in/tree/deep out
	bytes 1000000 150000 >in/new
	bytes 2000000 140000 >in/a
	bytes 3000000 9000 >in/b
	bytes 4000000 70000 >in/b2
	bytes 5000000 3000 >in/folder/one
	bytes 6000000 5000 >in/folder/two
	bytes 7000000 80000 >in/folder/three
	ln -s one in/folder/link
	bytes 8000000 2000 >in/tree/x
	bytes 8500000 2500 >in/tree/deep/y
	bytes 8700000 90000 >in/tree/z
	: >in/tree/nothing
	"$LINCKIA" -q new s --nodes 4 --rf 3 --chunk-size 64KiB >/dev/null
	# A thousand empty folders would have to be copied, listed and removed at each point; the engine makes what it
	# needs, and one
	# is enough to tell a node from the place where its disk is not mounted.
	rmdir s/node-?/chunks/{?[1-9a-f],[1-9a-f]0}
	sed -e 's/^workers: 0 /workers: 1 /' -e 's/policy: balanced/policy: round_robin/' s/config.yaml >c
	mv c s/config.yaml
	lk put in/a in/b
	lk put -n b in/b2
	lk put in/tree
	lk snapshot create s1
	rm in/a in/b in/b2
	mv in/tree out/kept
}

stock() { :; }

# All folders that chunks may be in are there, as in any store.
shards() {
	mkdir -p s/node-{1,2,3,4}/chunks/{0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f}{0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f}
	chmod -R go-rwx s
}

nothing() {
	rm -r s
}

config_only() {
	mv s/config.yaml c
	rm -r s
	mkdir s
	mv c s/config.yaml
}

changed() {
	lk rm a
	lk put -n b in/folder/three
	lk put -n new in/folder/one
}

overwrite() {
	bytes 9000000 1000 >out/a
}

node_lost() {
	rm -r s/node-2
}

wanted_less() {
	lk set-rf 2 a
	lk set-rf 2 tree/
}

draining() {
	lk node drain node-4
}

# The path of a node stays relative, so that the folder can be copied.
skewed() {
	sed -e 's/max_skew: 0.1/max_skew: 0.01/' -e '/name: node-/s/}/, capacity: 4MiB}/' \
		-e '/name: node-4/a\  - {name: node-5, path: node-5, zone: b, capacity: 4MiB}' s/config.yaml >c
	mv c s/config.yaml
	lk node add node-5
}

ended() {
	lk rm a
	lk put -n b in/new
	lk snapshot rm s1
}

# Other bytes in one copy of two chunks.
corrupt() {
	local file
	for file in s/node-1/chunks/*/*; do
		printf x | dd of="$file" bs=1 seek=100 conv=notrunc status=none
		break
	done
	for file in s/node-3/chunks/*/*; do
		printf x | dd of="$file" bs=1 seek=100 conv=notrunc status=none
		break
	done
}

# A node was away while names came and went.
stale() {
	mv s/node-3 away
	lk rm a
	lk put in/new
	lk put -n b in/folder/three
	mv away s/node-3
}

failed() {
	lk node fail node-2
}

# Journals beyond the size at which a copy of the catalog is worth while: long names say much and store nothing.
long_journal() {
	local part i folder=in/names
	part=$(printf 'x%.0s' {1..240})
	for i in {1..15}; do
		folder+=/$part
	done
	mkdir -p "$folder"
	for ((i = 0; i < 1500; i++)); do
		: >"$folder/$i"
	done
	lk put in/names
	lk rm names/
	lk gc --keep-versions 1
	rm -r in/names
}

no_catalog() {
	rm s/catalog.db*
}

# Before journals were kept; the catalog itself is aged by operation.c.
old_format() {
	rm -r s/node-?/journal s/node-?/catalog
}

"$1"
