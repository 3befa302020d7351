# A folder comes back from get --prefix as it was.

make_folder() { # FOLDER
	mkdir -p "$1/sub/deep" "$1/empty" "$1/closed" "$1/a b"
	random_file "$1/large" 300000
	random_file "$1/sub/small" 100
	: >"$1/sub/deep/nothing"
	echo text >"$1/a b/new"$'\n'"line"
	echo same >"$1/one"
	echo same >"$1/two"
	ln -s large "$1/link"
	ln -s ../nowhere "$1/sub/dangling"
	ln -s . "$1/sub/loop"
	chmod 755 "$1/large"
	chmod 400 "$1/one"
	chmod 1755 "$1/two"
	chmod 700 "$1/closed"
	touch -d '2001-02-03 04:05:06.123456789' "$1/sub/small"
	touch -d '1969-12-31 23:00:00' "$1/one"
	touch -h -d '2010-01-01 00:00:00' "$1/link"
	touch -d '2005-05-05 05:05:05' "$1/sub/deep" "$1/empty"
	touch -d '2006-06-06 06:06:06' "$1/sub"
}

test_folder_comes_back_as_it_was() {
	make_store
	make_folder tree
	lk -q put tree
	lk -q get --prefix tree -o back
	same_folder tree back
	same "$(stat -c '%a %Y' tree)" "$(stat -c '%a %Y' back)" "the folder itself"
	health HEALTHY
}

test_folder_comes_back_from_a_failed_node() {
	make_store
	make_folder tree
	lk -q put tree
	rm -rf s/node-2
	lk -q get --prefix tree -o back
	same_folder tree back
}

test_folder_under_another_name() {
	make_store
	make_folder tree
	lk -q put -n some/where tree
	lk -q get --prefix some/where -o back
	same_folder tree back
	lk -q get --prefix some -o back2
	same_folder tree back2/where
}

test_folder_with_a_closing_slash() {
	make_store
	make_folder tree
	lk -q put tree/
	lk -q get --prefix tree/ -o back
	same_folder tree back
}

test_folder_of_many_files() {
	make_store
	mkdir tree
	local n
	for n in {1..500}; do
		mkdir -p "tree/$((n % 7))"
		printf 'file %d\n' "$n" >"tree/$((n % 7))/$n"
	done
	lk -q put tree
	same 500 "$(lk --json ls tree | jq -s 'flatten | length')"
	lk -q get --prefix tree -o back
	same_folder tree back
}

test_folder_skips_what_is_no_file() {
	make_store
	mkdir tree
	random_file tree/f 1000
	mkfifo tree/pipe
	exits 0 lk put tree
	says err pipe
	lk -q get --prefix tree -o back
	[ ! -e back/pipe ] || die "the pipe came back"
	cmp tree/f back/f
}

test_folder_links_are_not_followed() {
	make_store
	mkdir tree outside
	random_file outside/secret 1000
	ln -s "$PWD/outside" tree/link
	lk -q put tree
	same "$PWD/outside" "$(lk -q get --prefix tree -o back && readlink back/link)"
	same '' "$(lk ls | grep secret || true)"
}

test_folder_output_cannot_be_led_astray() {
	make_store
	mkdir tree outside
	mkdir tree/sub
	random_file tree/sub/f 1000
	lk -q put tree
	# A link in the way of a folder must not lead the files elsewhere.
	mkdir back
	ln -s "$PWD/outside" back/sub
	lk -q get --prefix tree -o back || true
	same '' "$(ls -A outside)" "the folder that a link in the output points to"
}

test_folder_puts_again_as_new_versions() {
	make_store
	mkdir tree
	echo one >tree/f
	lk -q put tree
	echo two >tree/f
	lk -q put tree
	same one "$(lk get tree/f@1 -o -)"
	same two "$(lk get tree/f -o -)"
}

test_folder_with_unreadable_parts() {
	for_nobody
	umask 022
	mkdir tree tree/shut
	random_file tree/good 100000
	random_file tree/bad 1000
	random_file tree/shut/inside 1000
	chmod -R a+rX .
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 .
	chmod 000 tree/bad tree/shut
	as_nobody "$LINCKIA" new s --nodes 3 --rf 2 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	touch out err
	chmod 666 out err
	exits 1 as_nobody "$LINCKIA" put tree
	says err 'bad'
	says err 'shut'
	as_nobody "$LINCKIA" -q get tree/good -o - | cmp - tree/good
	exits 1 as_nobody "$LINCKIA" put tree/bad
	says err 'permission'
}

test_prefix_that_matches_nothing() {
	make_store
	exits 1 lk get --prefix nothing -o back
	[ ! -e back ] || die "back exists"
	exits 1 lk ls nothing
}

test_prefix_is_a_folder_not_a_beginning() {
	make_store
	echo x >f
	lk -q put -n ab/one f
	lk -q put -n abc/two f
	same ab/one "$(lk ls ab)"
	lk -q get --prefix ab -o back
	same one "$(ls back)"
}

test_very_deep_folder() {
	make_store
	local path=deep level
	for ((level = 0; level < 900; level++)); do
		path+=/d
	done
	mkdir -p "$path"
	echo bottom >"$path/file"
	exits 0 lk put deep
	exits 0 lk get --prefix deep -o back
	cmp "$path/file" "back/${path#deep/}/file"
}
