# What was stored once can be had again: versions, snapshots, and bringing things back.

# A folder with all that there is: files, links, an empty folder, modes, times, names of any bytes.
make_tree() {
	mkdir -p t/sub t/empty t/gone
	random_file t/small 100
	random_file t/sub/large 300000
	random_file $'t/new\nline' 10
	random_file 't/a@b' 20
	random_file $'t/bytes\xff\xfe' 30
	random_file t/gone/file 40
	ln -s sub/large t/link
	chmod 640 t/small
	chmod 700 t/empty
	touch -d '2001-02-03 04:05:06.789' t/small t/sub/large t/empty t/sub
	touch -h -d '2002-03-04 05:06:07' t/link
}

change_tree() {
	random_file t/small 101
	chmod 600 t/small
	rm -r t/gone t/empty t/link
	ln -s small t/link
	random_file t/sub/added 50
	random_file $'t/bytes\xff\xfe' 31
	random_file 't/a@b' 21
}

test_history_versions() {
	make_store
	random_file one 1000
	random_file two 2000
	chmod 640 one
	touch -d '2001-02-03 04:05:06' one
	lk -q put -n f one
	lk -q snapshot create s1
	lk -q put -n f two
	lk --json versions f | jq . >versions
	json versions 'map(.version) | join(",")' 2,1
	json versions '.[0].current' true
	json versions '.[0].ended' null
	json versions '.[1].current' false
	json versions '.[1].snapshots | join(",")' s1
	json versions '.[1].size' 1000
	json versions '.[1].mode' 0640
	json versions '.[1].mtime' "$(date -u -d '2001-02-03 04:05:06' +%FT%TZ)"
	json versions '.[1].sha256' "$(sha256sum <one | cut -d ' ' -f 1)"
	jq -e '.[1].ended >= .[1].stored' versions >/dev/null
	lk -q rm f
	lk --json versions f >versions
	json versions 'map(.current) | any' false
	lk get f@1 -o - | cmp - one
	lk get f@s1 -o - | cmp - one
	exits 1 lk get f
	says err 'removed.*linckia versions'
	exits 1 lk versions g
	says err "no version of 'g'"
	lk --json status >status
	json status .snapshots 1
}

test_history_restore_one() {
	make_store
	random_file one 200000
	random_file two 10
	chmod 640 one
	lk -q put -n d/f one
	lk -q put -n d/f two
	local before
	before=$(find s/node-*/chunks -type f | sort)
	lk --json restore d/f@1 >restored
	json restored '[.name, .from, .version, .changed] | join(" ")' 'd/f 1 3 true'
	lk -q get d/f -o back
	cmp one back
	same 640 "$(stat -c %a back)"
	same "$(stat -c %y one)" "$(stat -c %y back)"
	lk --json restore d/f@1 >restored
	json restored '[.version, .changed] | join(" ")' '3 false'
	lk -q rm d/f
	lk restore d/f@2 2>err
	says err "restored version 2 of 'd/f', as version 4"
	lk get d/f -o - | cmp - two
	same "$before" "$(find s/node-*/chunks -type f | sort)" "chunk files"
	exits 2 lk restore d/f
	says err 'NAME@7'
	exits 1 lk restore d/f@9
	says err 'no version 9'
	exits 1 lk restore nothing@1
	lk events >events
	says events "restored version 1 of 'd/f', as version 3"
	health HEALTHY
}

test_history_snapshot_restore() {
	make_store
	make_tree
	lk -q put t
	cp -a t before
	lk -q snapshot create before
	lk ls >before.list
	lk -q rm t/gone/ t/empty/ t/link
	change_tree
	lk -q put t
	cp -a t now
	lk ls --at before | cmp - before.list
	lk -q get --prefix t --at before -o back.before
	same_folder before back.before
	lk -q get --prefix t -o back.now
	same_folder now back.now

	lk snapshot diff before >differences
	grep -qx '~ t/small' differences
	grep -qx -- '- t/gone/file' differences
	grep -qx '+ t/sub/added' differences
	grep -qx -- '- t/empty/' differences
	grep -qx '~ t/a@b' differences
	lk --json snapshot diff before now t/small >differences
	json differences 'length' 1
	json differences '.[0] | [.name, .change, .before.version, .before.size, .after.version, .after.size] | join(" ")' \
		't/small changed 1 100 2 101'

	lk --json snapshot restore before >restored
	undo=$(jq -r .undo restored)
	says restored before-restore-
	lk -q get --prefix t -o again.before
	same_folder before again.before
	lk ls | cmp - before.list
	same '' "$(lk snapshot diff before)"
	lk snapshot restore before 2>err
	says err 'nothing differs'

	lk -q snapshot restore "$undo"
	lk -q get --prefix t -o again.now
	same_folder now again.now
	lk --json snapshot list >list
	json list 'length' 3
	health HEALTHY
}

test_history_snapshot_restore_prefix() {
	make_store
	mkdir -p a/b
	random_file a/b/f 10
	random_file a/g 20
	lk -q put a
	lk -q snapshot create s1
	lk -q put -n a/b/f a/g
	lk -q put -n a/g a/b/f
	lk -q put -n a/b/new a/g
	lk -q snapshot restore s1 a/b
	lk get a/b/f -o - | cmp - a/b/f
	lk get a/g -o - | cmp - a/b/f
	exits 1 lk get a/b/new
	exits 1 lk snapshot restore s1 nowhere
	says err "no 'nowhere'"
}

test_history_snapshot_commands() {
	make_store
	random_file f 1000
	lk -q put f
	local name
	name=$(lk -q snapshot create)
	[[ $name =~ ^20[0-9-]+T[0-9.]+Z$ ]] || die "a strange name: $name"
	lk --json snapshot create daily >made
	json made '[.name, .files, .bytes] | join(" ")' 'daily 1 1000'
	exits 1 lk snapshot create daily
	says err 'already'
	exits 2 lk snapshot create 'a b'
	exits 2 lk snapshot create 17
	exits 2 lk snapshot
	says err 'create, list, show, diff, restore, rm'
	lk --json snapshot list >list
	json list 'map(.name) | join(" ")' "$name daily"
	lk snapshot show daily >shown
	says shown '^files +1$'
	says shown ' f$'
	lk --json snapshot show daily >shown
	json shown '.entries | map(.name) | join(" ")' f
	exits 1 lk snapshot show none
	exits 1 lk ls --at none
	says err "no snapshot 'none'"
	exits 2 lk get f --at daily
	lk snapshot rm daily 2>err
	says err 'removed 1 snapshot'
	exits 1 lk snapshot rm daily
	lk get f -o - | cmp - f
}

test_history_names_with_at() {
	make_store
	random_file one 10
	random_file two 20
	lk -q put -n f one
	lk -q snapshot create s1
	lk -q put -n f@s1 two
	lk -q put -n f@1 two
	lk get f@s1 -o - | cmp - two
	lk get f@1 -o - | cmp - two
	lk get f@s1@1 -o - | cmp - two
	lk -q rm f@s1 f@1
	lk get f@s1 -o - | cmp - one
	lk get f@1 -o - | cmp - one
	lk -q restore f@1@1
	lk get f@1 -o - | cmp - two
}

test_history_risk_names_snapshots() {
	make_store
	random_file one 100000
	random_file two 100000
	lk -q put -r 1 -n f one
	lk -q snapshot create s1
	lk -q put -r 1 -n f two
	lk --json risk --if-lost node-1,node-2,node-3,node-4,node-5,node-6 >risk
	json risk 'map(select(.version == 1))[0].snapshots | join(" ")' s1
	json risk 'map(select(.version == 2))[0].snapshots | length' 0
}

# A snapshot is one moment: whoever stores meanwhile is in it as a whole commit, or not at all.
test_history_snapshots_while_others_write() {
	make_store
	mkdir t
	local i
	for i in {1..40}; do echo 0 >"t/$i"; done
	lk -q put t
	(
		for i in {1..6}; do
			for j in {1..40}; do echo "$i" >"t/$j"; done
			lk -q put t
		done
	) &
	for i in {1..12}; do lk -q snapshot create "s$i"; done
	wait
	for i in {1..12}; do
		lk -q get --prefix t --at "s$i" -o "back$i"
		same 40 "$(find "back$i" -type f | wc -l)"
		same 1 "$(cat "back$i"/* | sort -u | wc -l)" "different rounds in one snapshot"
	done
}

# What a rebuild finds on the nodes is all of it: versions that were restored, whatever their size, and snapshots.
test_history_outlives_the_catalog() {
	make_store
	random_file large 20000000
	random_file small 100
	lk -q put large
	lk -q put -n large small
	lk -q snapshot create s1
	lk -q restore large@1
	lk -q put -n small small
	lk -q rm small
	lk -q snapshot create s2
	lk -q snapshot create s3
	lk -q snapshot rm s2
	lk --json versions large >before
	lk --json snapshot list >snapshots.before
	rm s/catalog.db*
	lk -q rebuild 2>/dev/null
	lk --json versions large | cmp - before
	lk --json snapshot list | cmp - snapshots.before
	lk get large -o - | cmp - large
	lk get large@s1 -o - | cmp - small
	lk -q restore large@2
	lk -q restore large@3
	lk get large -o - | cmp - large
}

# Killed at any point, a restore leaves each name as it was or as it is to be, and goes on when it is asked again.
test_history_restore_killed() {
	make_store
	mkdir t
	local i
	for i in {1..3000}; do echo "$i" >"t/$i"; done
	lk -q put t
	lk -q snapshot create s1
	lk -q rm t/
	for i in 1 2 3 4; do
		timeout -s KILL "0.0$((i * 2))" "$LINCKIA" -q snapshot restore s1 || true
	done
	lk -q snapshot restore s1
	same '' "$(lk snapshot diff s1)"
	lk -q get --prefix t -o back
	same_folder t back
	lk -q repair # nodes may lack the record of a commit after which its process was killed
	health HEALTHY
}

# The journal does not list that many chunks again, but says whose they are.
test_history_restore_of_many_chunks() {
	make_store
	truncate -s 1076000000 large
	printf end >>large
	lk -q put large
	lk -q put -n large - </dev/null
	lk -q restore large@1
	lk -q put -n large - </dev/null
	lk -q restore large@3
	rm s/catalog.db*
	lk -q rebuild 2>/dev/null
	lk --json versions large >versions
	json versions 'map(.size) | join(" ")' '1076000003 0 1076000003 0 1076000003'
	same 16419 "$(lk --json stat large | jq '.chunks | length')"
	lk -q restore large@3
	lk get large@3 -o - | cmp - large
}
