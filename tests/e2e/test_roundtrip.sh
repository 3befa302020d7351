# Bytes come back as they went in, whatever their number, name and way in.

test_roundtrip_sizes() {
	make_store
	local size
	for size in 0 1 65535 65536 65537 196608 1000000; do
		random_file "f$size" "$size"
		lk --json put "f$size" | jq -s 'flatten[0]' >put
		json put .name "f$size"
		json put .size "$size"
		json put .version 1
		json put .replication_factor 3
		json put .sha256 "$(sha256sum <"f$size" | cut -d ' ' -f 1)"
		lk get "f$size" -o back
		cmp "f$size" back
		lk get "f$size" -o - | cmp - "f$size"
		rm back
	done
	health HEALTHY
	json status .files 7
}

test_roundtrip_default_output() {
	make_store
	random_file f 100000
	lk -q put -n some/folder/name f
	mkdir here
	cd here
	lk -q get some/folder/name
	cmp ../f name
}

test_roundtrip_stdin() {
	make_store
	random_file f 300000
	lk -q put -n from/stdin - <f
	cat f | lk -q put -n from/pipe -
	lk -q put -n from/nothing - </dev/null
	lk get from/stdin -o - | cmp - f
	lk get from/pipe -o - | cmp - f
	same 0 "$(lk get from/nothing -o - | wc -c)"
	exits 2 lk put - </dev/null
}

test_roundtrip_names() {
	make_store
	local name part
	part=$(printf 'x%.0s' {1..255})
	local names=($'new\nline' "single'quote" 'double"quote' $'escape\e[31m\e]0;title\a' $'bytes\xff\xfe\x80' 'back\slash'
		' space ' '-dash' 'ünïcödé' $'\u202eright' '%s%n' '*' '...' '.hidden' "$part" 'a@b' $'\x01\x7f')
	for name in "${names[@]}"; do
		printf 'content of %s' "$name" >"./$name"
		lk -q put -- "./$name"
		lk -q get -o back -- "$name"
		cmp "./$name" back
		lk --json stat -- "$name" | jq -e .sha256 >/dev/null
	done
	lk --json ls | jq -s 'flatten | length' >count
	same "${#names[@]}" "$(cat count)"
	lk ls >list
	[ "$(wc -l <list)" -ge "${#names[@]}" ] || die "ls is short: $(cat list)"
	health HEALTHY
}

test_roundtrip_names_of_4096_bytes() {
	make_store
	local part name
	part=$(printf 'y%.0s' {1..255})
	name=$(for _ in {1..15}; do printf '%s/' "$part"; done)$(printf 'z%.0s' {1..256})
	same 4096 ${#name}
	random_file f 1000
	lk -q put -n "$name" f
	lk -q get "$name" -o back
	cmp f back
	exits 2 lk_or_1 put -n "${name}z" f
}

# Wrong names may end with 1 or 2; both become 2 here.
lk_or_1() {
	local code=0
	lk "$@" || code=$?
	[ "$code" -ne 1 ] || code=2
	return "$code"
}

test_bad_names_are_refused() {
	make_store
	random_file f 10
	local name
	for name in ../x x/.. x/../y /x a//b a/ . .. a/./b '' "$(head -c 5000 /dev/zero | tr '\0' n)"; do
		exits 2 lk_or_1 put -n "$name" f
		[ -s err ] || die "no message for '$name'"
		[ "$(wc -c <err)" -lt 20000 ] || die "too long a message"
	done
	same '' "$(lk ls)"
	exits 2 lk_or_1 get ../x
	exits 2 lk_or_1 rm /x
	health HEALTHY
}

test_messages_escape_foreign_bytes() {
	make_store
	local name=$'gone\e[31m\e]0;title\a\r\x9b\u202e'
	exits 1 lk get "$name"
	! LC_ALL=C grep -q "[$(printf '\033\007\015\233')]" err || die "raw control bytes on stderr: $(cat -v err)"
	! grep -q $'\u202e' err || die "a bidirectional mark on stderr"
	exits 1 lk put "./$name"
	! LC_ALL=C grep -q "[$(printf '\033\007\015\233')]" err || die "raw control bytes on stderr: $(cat -v err)"
	exits 2 lk "$name"
	! LC_ALL=C grep -q "[$(printf '\033\007\015\233')]" err || die "raw control bytes on stderr: $(cat -v err)"
}

test_roundtrip_content_defined_chunks() {
	make_store
	sed -i 's/^chunk:.*/chunk: {size: 64KiB, method: cdc}/' s/config.yaml
	grep -q '^chunk:.*cdc' s/config.yaml || die "the config has no line for chunk: $(cat s/config.yaml)"
	random_file f 3000000
	lk -q put f
	lk get f -o back
	cmp f back
	# One byte before all others changes few chunks.
	{ printf x && cat f; } >g
	lk --json put g | jq -s 'flatten[0]' >put
	lk get g -o back
	cmp g back
	[ "$(jq .new_chunks put)" -le 6 ] || die "$(jq -c . put): one byte made too many new chunks"
	[ "$(jq .chunks put)" -ge 15 ] || die "$(jq -c . put): too few chunks"
}

test_second_copy_of_content_stores_nothing_new() {
	make_store
	random_file f 500000
	lk --json put f | jq -s 'flatten[0]' >first
	lk --json put -n g f | jq -s 'flatten[0]' >second
	json first '.chunks == .new_chunks' true
	json second .new_chunks 0
	json second .chunks "$(jq .chunks first)"
	lk --json status >status
	json status .bytes.logical 1000000
	json status .bytes.unique 500000
	json status .bytes.stored 1500000
}

test_versions() {
	make_store
	local n
	for n in 1 2 3; do
		random_file "f$n" $((n * 70000))
		lk --json put -n name "f$n" | jq -s 'flatten[0]' >put
		json put .version "$n"
	done
	for n in 1 2 3; do
		lk get "name@$n" -o back
		cmp "f$n" back
	done
	lk get name -o back
	cmp f3 back
	exits 1 lk get name@4 -o back
	cmp f3 back
	exits 1 lk get name@0 -o back2
	[ ! -e back2 ] || die "back2 exists"
	lk --json status >status
	json status .files 1
	json status .versions 3
	lk --json stat name@2 | jq -e '.version == 2 and .size == 140000' >/dev/null
}

test_replication_factor() {
	make_store
	random_file f 200000
	local n
	for n in 1 2 4 6; do
		lk --json put -r "$n" -n "f$n" f | jq -s 'flatten[0].replication_factor' >out
		same "$n" "$(cat out)"
	done
	lk --json stat f6 >stat
	json stat .replication_factor 6
	json stat '[.chunks[].replicas | length] | unique | join(" ")' 6
	json stat '[.chunks[].replicas[].state] | unique | join(" ")' live
	exits 2 lk put -r 0 -n x f
	exits 2 lk put -r 17 -n x f
	exits 2 lk put -r two -n x f
}

test_copies_are_on_distinct_zones() {
	make_store
	random_file f 2000000
	lk -q put f
	lk --json status | jq '[.nodes[] | {(.name): .zone}] | add' >zones
	lk --json stat f >stat
	jq -e --slurpfile zones zones '[.chunks[] | [.replicas[].node | $zones[0][.]] | unique | length] | all(. == 3)' stat \
		>/dev/null || die "copies share a zone: $(jq -c '.chunks[].replicas' stat | sort | uniq -c)"
}

test_set_rf() {
	make_store
	mkdir d
	random_file d/one 100000
	random_file d/two 100000
	lk -q put d
	lk -q set-rf 2 d/one
	same 2 "$(lk --json stat d/one | jq .replication_factor)"
	same 3 "$(lk --json stat d/two | jq .replication_factor)"
	lk -q set-rf 1 d/
	same 1 "$(lk --json stat d/one | jq .replication_factor)"
	same 1 "$(lk --json stat d/two | jq .replication_factor)"
	lk get d/one -o back
	cmp d/one back
	exits 1 lk set-rf 2 nothing
	exits 2 lk set-rf 0 d/one
	exits 2 lk set-rf 17 d/one
}

test_chunks_verify_with_sha256sum() {
	make_store
	mkdir d
	random_file d/one 400000
	random_file d/two 10
	: >d/three
	lk -q put d
	find s/node-*/chunks -type f -printf '%f  %p\n' >sums
	[ "$(wc -l <sums)" -ge 21 ] || die "too few chunk files: $(wc -l <sums)"
	sha256sum --quiet -c sums
	# What stat says is what is there, and the parts make up the file.
	local sha node
	for sha in $(chunks_of d/one); do
		for node in $(lk --json stat d/one | jq -r --arg sha "$sha" '.chunks[] | select(.sha256 == $sha).replicas[].node'); do
			test -f "$(chunk_path "$node" "$sha")"
		done
	done
	for sha in $(chunks_of d/one); do
		cat "$(find s/node-*/chunks -name "$sha" | head -n 1)"
	done | cmp - d/one
}

test_get_replaces_whole_or_not_at_all() {
	make_store
	random_file f 300000
	lk -q put f
	mkdir out.d
	echo old >out.d/target
	ln out.d/target held
	lk -q get f -o out.d/target
	cmp f out.d/target
	same old "$(cat held)" "the replaced file's other name"
	same target "$(ls -A out.d)" "the folder"
	exits 1 lk get f -o missing/target
	says err missing
	exits 1 lk get nothing -o out.d/new
	same target "$(ls -A out.d)" "the folder"
	exits 1 lk get f -o out.d/target/x
	cmp f out.d/target
}

test_rm() {
	make_store
	random_file f 100000
	lk -q put f
	lk -q put -n d/one f
	lk -q put -n d/two f
	lk -q rm f
	exits 1 lk get f -o back
	[ ! -e back ] || die "back exists"
	exits 1 lk rm f
	exits 1 lk rm nothing
	lk -q rm d/
	same '' "$(lk ls)"
	health HEALTHY
	# A name that was removed can be put again.
	lk -q put f
	lk get f -o back
	cmp f back
}
