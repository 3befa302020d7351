# What an attacker would write: into a node's folder, into names, into journals, beside where files are fetched to.
#
# Whatever must not be touched lies in ./victim; unharmed() fails when anything in it changed. Commands that an attack may
# hold up run under a limit.

LIMIT=100

lk_in_time() {
	local code=0
	timeout "$LIMIT" "$LINCKIA" "$@" || code=$?
	[ "$code" -ne 124 ] || die "linckia $* did not end"
	return "$code"
}

make_victim() {
	mkdir victim
	echo precious >victim/file
	echo precious >victim/new-0123456789abcdef # as drafts of a copy of the catalog are called
	fingerprint victim >victim.before
	cat victim/file victim/new-* >victim.bytes
}

unharmed() { # [WHAT]
	fingerprint victim >victim.now
	diff victim.before victim.now || die "the victim's files are not as they were: ${1:-}"
	cat victim/file victim/new-* >victim.now
	cmp victim.bytes victim.now || die "the victim's bytes were changed: ${1:-}"
}

make_attacked_store() {
	make_store
	make_victim
	random_file f 300000
	lk -q put f
}

# All that maintenance does to a node's folder.
exercise() {
	random_file more 300000
	lk_in_time -q put more 2>>err || true
	lk_in_time -q node recover node-1 2>>err || true
	lk_in_time -q scrub >/dev/null 2>>err || true
	lk_in_time -q repair >/dev/null 2>>err || true
	lk_in_time -q gc >/dev/null 2>>err || true
	lk_in_time --json status >status || true
}

still_serves() {
	lk_in_time -q get f -o back
	cmp f back
	rm back
}

link_folder() { # FOLDER
	mv "s/node-1/$1" "kept-${1//\//-}"
	ln -s "$PWD/victim" "s/node-1/$1"
	exercise
	unharmed "$1 was a link"
	still_serves
	rm "s/node-1/$1"
	mv "kept-${1//\//-}" "s/node-1/$1"
}

test_hostile_folders_lead_nowhere() {
	local folder
	make_attacked_store
	for folder in journal catalog quarantine chunks; do
		link_folder "$folder"
	done
	lk_in_time -q repair >/dev/null
	health HEALTHY
}

test_hostile_shards_lead_nowhere() {
	make_attacked_store
	mkdir victim/{0..9}{0..9} victim/{0..9}{a..f} victim/{a..f}{0..9} victim/{a..f}{a..f}
	fingerprint victim >victim.before
	mv s/node-1/chunks kept
	mkdir s/node-1/chunks
	ln -s "$PWD"/victim/?? s/node-1/chunks/
	exercise
	unharmed "shards were links"
	still_serves
	lk_in_time -q node wipe node-1 >/dev/null 2>&1 || true
	lk_in_time -q node corrupt node-1 --chunks 5 >/dev/null 2>&1 || true
	unharmed "wiping"
}

# A FIFO that nobody writes to or reads from holds up whoever opens it.
test_hostile_fifos_hold_up_nobody() {
	local name
	make_attacked_store
	for name in journal/new linckia-node.json linckia-node.json.new "$(cd s/node-1 && ls journal/0*)"; do
		rm -f "s/node-1/$name"
		mkfifo "s/node-1/$name"
		exercise
		still_serves
	done
	rm s/node-1/journal/*
	mkfifo "s/node-1/catalog/99999999999999999999.jsonl" s/node-1/catalog/00000000000000000001.jsonl
	lk_in_time -q rebuild --force >/dev/null 2>&1
	still_serves
}

# The journal is written in place, its drafts are not: neither may reach a file that has another name elsewhere.
test_hostile_hard_links_are_not_written_through() {
	make_attacked_store
	ln victim/file s/node-1/journal/new
	rm s/node-1/journal/0*
	ln victim/file s/node-1/journal/00000000000000000001.jsonl
	fingerprint victim >victim.before
	exercise
	unharmed "the journal was a hard link"
	still_serves
}

test_hostile_sizes_are_not_read() {
	local journal
	make_attacked_store
	journal=$(ls s/node-1/journal/0*)
	truncate -s 1T "$journal" || skip "no sparse file of a tebibyte can be made here"
	truncate -s 1T s/node-1/linckia-node.json.new s/node-1/journal/new s/node-1/catalog/00000000000000000007.jsonl
	exercise
	still_serves
	lk_in_time -q rebuild --force >/dev/null 2>&1
	still_serves
	cp s/node-2/linckia-node.json kept
	truncate -s 1T s/node-2/linckia-node.json
	exercise
	still_serves
}

# ---- journals ----

# A line of a journal with the check that it needs; anybody can make one.
seal() { # LINE-WITHOUT-ITS-END
	printf '%s,"check":"%s"}\n' "$1" "$(printf %s "$1" | sha256sum | cut -c 1-16)"
}

# Adds a record of one line to node-1's journal, following on its last one.
forge() { # LINE-AFTER-THE-SEQUENCE [SEQUENCE]
	local journal last history sequence
	journal=$(ls s/node-1/journal/0* | tail -n 1)
	last=$(tail -n 1 "$journal" | jq .sequence)
	history=$(tail -n 1 "$journal" | jq -r .history)
	sequence=${2:-$((last + 1))}
	seal "{\"sequence\":$sequence,$1" >>"$journal"
	seal "{\"sequence\":$sequence,\"fact\":\"commit\",\"previous\":$last,\"lines\":1,\"history\":\"$history\"" >>"$journal"
}

forged_version() { # NAME [MTIME [CHUNK-SIZE [ID [KIND]]]]
	local sha
	sha=$(chunks_of f | head -n 1)
	printf '"fact":"version","id":%s,"name":"%s","version":1,"kind":"%s","size":65536,"sha256":"%s","mode":"4755",' \
		"${4:-1000}" "$1" "${5:-file}" "$sha"
	printf '"mtime":%s,"mtime_nsec":0,"stored_ms":1,"replication_factor":3,"target":"x",' "${2:-1}"
	printf '"chunks":[{"sha256":"%s","size":%s}]' "$sha" "${3:-65536}"
}

# A rebuild that meets the line says whose it is and leaves the catalog as it was.
refused() { # LINE
	local kept
	kept=$(ls s/node-1/journal/0* | tail -n 1)
	cp "$kept" kept
	forge "$1"
	exits 1 lk_in_time rebuild --force
	says err 'node-1: its journal cannot be used'
	cp kept "$kept"
	still_serves
}

test_hostile_records_are_refused() {
	local name
	make_attacked_store
	for name in ../escape a/../../escape /escape a//b . .. a/. '' escape/; do
		refused "$(forged_version "$name")"
	done
	refused "$(forged_version escape 9007199254740992)"
	refused "$(forged_version escape -9007199254740992)"
	refused "$(forged_version escape 1 1125899906842624)"
	refused "$(forged_version escape 1 65536 9007199254740992)"
	refused "$(forged_version escape 1 65536 1000 socket)"
	refused "$(forged_version "$(printf '%5000s' x | tr ' ' y)")"
	refused '"fact":"node","id":0,"uuid":"x","name":"y"'
	refused '"fact":"node","id":9,"uuid":"../../x","name":"y"'
	refused '"fact":"chunks","id":5,"first":9007199254740992,"chunks":[]'
	refused '"fact":"regrown","from":"x","at":-1'
	refused '"fact":"nothing that is known"'
	# What says nothing wrong is believed, as docs/security.md says; where it is stored is not left.
	forge "$(forged_version tree/inside)"
	lk_in_time -q rebuild --force 2>err
	lk_in_time -q get --prefix tree -o fetched
	same 755 "$(stat -c %a fetched/inside)" "mode"
}

# Numbers that cannot be counted on from would leave a store whose own records are not read again.
test_hostile_sequences_are_not_believed() {
	make_attacked_store
	forge "$(forged_version evil)" 999999999999999999
	lk_in_time -q rebuild --force 2>err
	random_file later 1000
	lk_in_time -q put later
	lk_in_time -q rebuild --force 2>err
	lk_in_time -q get later -o back && cmp later back
	lk ls >names
	says_not names evil
}

# ---- names ----

test_hostile_names_do_nothing_to_a_terminal() {
	local name=$'a\e]0;title\a\u009b31m\u202eb\r\nlinckia: error: forged'
	make_store
	echo x >f
	lk -q put -n "$name" f
	exits 1 lk get "$name/none"
	exits 1 lk rm "no $name"
	! LC_ALL=C grep -q $'[\e\a\r]' err || die "a message has control characters in it"
	same 1 "$(wc -l <err)" "lines of a message"
	lk -q set-rf 2 "$name"
	lk -q snapshot create "s" >/dev/null
	lk events >events
	! LC_ALL=C grep -q $'[\e\a\r]' events || die "the log has control characters in it"
	says_not events '^linckia: error'
	lk --json ls >list
	! LC_ALL=C grep -q $'\e\\|\a\\|\r\\|\u009b\\|\u202e' list || die "a JSON document has control characters in it"
	same "$name" "$(jq -r '.[0].name' list)" "the name in JSON"
	same 1 "$(jq length list)"
}

# ---- fetching ----

test_hostile_destinations_are_not_left() {
	make_attacked_store
	mkdir -p tree/sub
	echo new >tree/sub/file
	echo new >tree/file
	ln -s "$PWD/victim" tree/out
	lk -q put tree
	mkdir back
	ln -s "$PWD/victim" back/sub
	ln -s "$PWD/victim/file" back/file
	exits 1 lk get --prefix tree -o back
	unharmed "fetched into a folder with links"
	same new "$(cat back/file)"
	[ ! -L back/file ] || die "a link was written through"
	# A link that was stored, and a file that was stored under its name.
	lk -q rm tree/
	echo new >tree/file
	lk -q put -n tree/out/file tree/file
	ln -sfn "$PWD/victim" back/out
	exits 1 lk get --prefix tree -o back
	unharmed "a stored link"
}

test_hostile_set_user_id_stays_behind() {
	make_store
	mkdir tree
	echo x >tree/both
	chmod 6755 tree/both
	chmod 2775 tree
	lk -q put tree
	lk -q get --prefix tree -o back
	same 755 "$(stat -c %a back/both)" "mode of a file in a folder"
	same 2775 "$(stat -c %a back)" "mode of the folder"
	lk -q get tree/both -o single
	same 755 "$(stat -c %a single)" "mode of a file"
}

# A folder that is exchanged for a link while it is stored: what the link leads to is not.
test_hostile_sources_are_not_followed() {
	local i secret
	make_attacked_store
	secret=$(sha256sum <victim/file | cut -d ' ' -f 1)
	mkdir -p tree/sub
	for i in {1..50}; do echo "$i" >"tree/sub/$i"; done
	echo harmless >tree/sub/file
	(
		while [ -e tree ]; do
			mv tree/sub kept-sub && ln -s "$PWD/victim" tree/sub && rm tree/sub
			mv kept-sub tree/sub
		done
	) 2>/dev/null &
	for i in {1..15}; do
		lk_in_time -q put -n "tree-$i" tree 2>/dev/null || true
	done
	mv tree gone
	wait
	lk --json ls >names
	same 0 "$(jq --arg secret "$secret" '[.[] | select(.sha256 == $secret)] | length' names)" "secrets that were stored"
	unharmed
}

# ---- whose files ----

test_hostile_config_in_the_working_folder() {
	make_store
	unset LINCKIA_CONFIG
	cd s
	lk ls >/dev/null
	chmod 666 config.yaml
	exits 2 lk ls
	says err 'can be written by everybody.*-c ./config.yaml'
	lk -c ./config.yaml ls
	chmod 600 config.yaml
	[ "$(id -u)" -eq 0 ] || return 0
	chown 12345 config.yaml
	exits 2 lk ls
	says err 'belongs to another user.*-c ./config.yaml'
	lk -c config.yaml ls
	LINCKIA_CONFIG=config.yaml lk ls
	SUDO_UID=12345 lk ls
	exits 2 env SUDO_UID=12346 "$LINCKIA" ls
}

test_hostile_umask() {
	umask 0
	make_store
	umask 0
	random_file f 300000
	lk -q put f
	lk -q gc >/dev/null
	lk -q repair >/dev/null
	lk -q rebuild --force >/dev/null 2>&1
	lk -q scrub >/dev/null
	same '' "$(find s -mindepth 1 ! -type l -perm /077)" "what others may use"
	same '' "$(find s -mindepth 1 -type f ! -perm 600)" "files that are not 0600"
	same '' "$(find s -mindepth 1 -type d ! -perm 700)" "folders that are not 0700"
}

# ---- the program ----

test_hardening_of_the_program() {
	command -v readelf >/dev/null || skip "readelf is not installed"
	readelf -sW "$LINCKIA" >symbols
	grep -Eq '__(asan|tsan)_init|__gcov_' symbols && skip "not a build for use"
	readelf -hW "$LINCKIA" >header
	readelf -lW "$LINCKIA" >segments
	readelf -dW "$LINCKIA" >dynamic
	says header 'Type: +DYN'
	says dynamic 'FLAGS_1.*PIE'
	says dynamic 'BIND_NOW|FLAGS_1.*NOW'
	says segments 'GNU_RELRO'
	says segments 'GNU_STACK.* RW '
	says_not segments 'GNU_STACK.*RWE'
	says_not segments 'LOAD.* RWE '
	says_not dynamic 'RPATH|RUNPATH|TEXTREL'
	says symbols '__stack_chk_fail'
	says symbols '__(snprintf|vsnprintf|memcpy|printf|fprintf)_chk'
}
