# What docs/by-hand.md says to do by hand, done just so: with the nodes that are left, and no part of Linckia.

by_hand_page=$E2E_HERE/../../docs/by-hand.md

# The commands of one chapter of the page; those of blocks marked as examples are the reader's to fill in.
commands_of() { # CHAPTER
	awk -v chapter="## $1" '
		/^## / { here = $0 == chapter }
		/^```$/ { code = 0 }
		here && code
		/^```sh$/ { code = 1 }' "$by_hand_page"
}

# Leaves half of the nodes, without the catalog and the config, and one bad copy; ./left has what remains.
lose_the_store() {
	local copy
	mkdir left
	mv s/node-1 s/node-3 s/node-4 s/node-6 left
	rm -rf s
	unset LINCKIA_CONFIG
	copy=$(find left/*/chunks -type f -size +60k -print -quit)
	damage_flip "$copy"
	nodes=("$PWD"/left/*)
	mkdir recovered
	cd recovered
	commands_of "What is there" >what-is-there
	commands_of "A file" >a-file
	[ -s what-is-there ] && [ -s a-file ] || die "the page has no commands"
	as_a_reader ./what-is-there >told
}

# Runs commands in a shell as a reader has it: what fails does not end it.
as_a_reader() { # FILE
	# shellcheck disable=SC2016
	NAME=${name:-} VERSION=${version:-} bash -c '
		commands=$1 name=$NAME version=$VERSION nodes=("${@:2}")
		source "$commands"' bash "$1" "${nodes[@]}"
}

# Gets $name@$version back by the page's commands; it is in ./file then.
recover() { # NAME VERSION
	local name=$1 version=$2
	rm -f file
	as_a_reader ./a-file >>told
}

expect_recovered() { # NAME VERSION ORIGINAL
	recover "$1" "$2"
	cmp "$3" file
	same "$(stat -c '%a %.9Y' "$3")" "$(stat -c '%a %.9Y' file)" "mode and time of $1"
}

make_past() {
	make_store
	mkdir docs
	random_file docs/large 25000000
	random_file docs/letter 3000
	random_file docs/note 700
	: >docs/empty
	printf x >"docs/with space"
	chmod 640 docs/letter
	touch -d '2001-02-03 04:05:06.000456789' docs/letter
	lk -q put docs
	cp -rp docs first
	random_file docs/large 1000000
	random_file docs/letter 90000
	touch -d '1969-12-31 23:00:00' docs/letter
	lk -q put docs/large -n docs/large
	lk -q put docs/letter -n docs/letter
	lk -q rm docs/note docs/large
}

test_by_hand_files_come_back() {
	make_past
	lose_the_store
	local wanted
	wanted=$(printf '%s\n' "docs/empty 1" "docs/large 1" "docs/large 2" "docs/letter 1" "docs/letter 2" "docs/note 1" \
		"docs/with space 1")
	same "$wanted" "$(cut -f 1,2 versions | tr '\t' ' ')" "the versions"
	expect_recovered docs/letter latest ../docs/letter
	expect_recovered docs/letter 1 ../first/letter
	expect_recovered docs/note 1 ../first/note
	expect_recovered docs/large 1 ../first/large
	expect_recovered docs/large latest ../docs/large
	expect_recovered docs/empty 1 ../first/empty
	expect_recovered "docs/with space" 1 "../first/with space"
}

# A node that was away does not know the end of the story, and where a record was only begun it does not count.
test_by_hand_the_latest_journal_is_believed() {
	make_past
	mv s/node-1 away
	random_file more 70000
	lk -q put more
	mv away s/node-1
	printf '{"sequence":99,"fact":"version","id":9999,"name":"more","version":2,' >>"$(ls s/node-6/journal/*.jsonl)"
	printf '{"sequence":99,"fact":"removed","name":"docs/letter"}\n' >>"$(ls s/node-4/journal/*.jsonl)"
	lose_the_store
	says_not <(tail -n 1 standings) 'node-1$'
	expect_recovered more latest ../more
	expect_recovered docs/letter latest ../docs/letter
}

test_by_hand_a_lost_chunk_is_told() {
	make_past
	lk stat docs/letter@1 --json >manifest
	local chunk
	chunk=$(jq -r '.chunks[0].sha256' manifest)
	rm s/node-*/chunks/"${chunk:0:2}/$chunk"
	lose_the_store
	! recover docs/letter 1 2>err || die "a file with a lost chunk came back"
	says err "no good copy of the chunk $chunk"
}
