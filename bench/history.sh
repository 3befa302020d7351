# history.sh: the rows about versions, snapshots, the journal and rebuild. Sourced by run.sh after heal.sh.
#
# $bar_… are bars.sh's.
# shellcheck shell=bash

# The largest of what keep() was given in thousandths.
largest() { # LABEL
	[ ! -e "$work/times/$1.failed" ] && sort -g "$work/times/$1" 2>/dev/null | tail -n 1 | awk '{ printf "%.1f", $1 }'
}

# ---- what a change costs ----

# Stores another version of the file, and keeps what it added for each of its two copies, in MiB.
changed_once() { # LABEL FILE
	local before
	before=$(bytes_on_nodes)
	"$linckia" -q put -n file "$2" || return
	keep "$1" "$((($(bytes_on_nodes) - before) * 1000 / 2 / 1048576))"
}

bench_change() {
	local run at
	source_file
	fresh_store
	sed -i 's|^chunk:.*|chunk: {size: 4MiB, method: cdc}|' "$work/store/config.yaml"
	"$linckia" -q put "$work/file" || return
	for ((run = 1; run <= runs; run++)); do
		say "a file with changes, run $run of $runs"
		cp "$work/file" "$work/changed"
		at=$((200 + RANDOM % 600))
		head -c 1M /dev/urandom | dd of="$work/changed" bs=1M seek=$at conv=notrunc iflag=fullblock status=none
		changed_once change.middle "$work/changed"
		{ head -c 100 /dev/urandom && cat "$work/file"; } >"$work/changed"
		changed_once change.front "$work/changed"
		"$linckia" get file -o - | cmp - "$work/changed" || say "get did not return what was put"
		rm "$work/changed"
	done
	clear_outputs
	limit "1 MiB of 1 GiB changed, cdc: new, for each copy" "$(largest change.middle)" MiB $bar_change_mib
	limit "100 bytes put in front of 1 GiB, cdc: new" "$(largest change.front)" MiB $bar_change_mib
}

# ---- snapshots ----

bench_snapshot() {
	local files=1000000 run before
	[ "${BENCH_BIG:-1}" != 0 ] || files=100000
	zone_store 6 3 1h 4TiB --chunk-size 64KiB
	say "making a catalog of $files files"
	"$programs/synthetic" "$LINCKIA_CONFIG" $files $files bare >/dev/null || return
	settle
	for ((run = 1; run <= runs; run++)); do
		say "snapshots of $files files, run $run of $runs"
		before=$(catalog_bytes)
		timed snapshot.create "$linckia" -q snapshot create "run-$run"
		keep snapshot.mebibytes "$((($(catalog_bytes) - before) * 1000 / 1048576))"
		timed snapshot.ls "$linckia" ls
		timed snapshot.ls-at "$linckia" ls --at "run-$run"
		cmp <("$linckia" ls -l) <("$linckia" ls -l --at "run-$run") || say "the snapshot shows other files"
	done
	rm -rf "$work/store"
	limit "snapshot create, $files files" "$(milliseconds snapshot.create)" ms $bar_snapshot_ms
	limit "... and the catalog grows by" "$(largest snapshot.mebibytes)" MiB $bar_snapshot_mib
	compare "ls --at, $files files" "$(median snapshot.ls-at)" "ls" "$(median snapshot.ls)" $bar_ls_at
}

# ---- a lost catalog ----

# Files of which every tenth has an older version, and some a name that was removed.
store_with_past() { # FILES
	local folder
	zone_store 6 4 1h ""
	mkdir "$work/past"
	for ((folder = 0; folder < $1 / 1000; folder++)); do
		mkdir "$work/past/$folder"
		head -c $((1000 * 1024)) /dev/urandom | split -b 1024 -a 3 -d - "$work/past/$folder/file-"
	done
	"$linckia" --json put "$work/past" >"$work/first" || return
	for ((folder = 0; folder < $1 / 10000; folder++)); do
		cp -r "$work/past/$folder" "$work/past.$folder"
		head -c $((1000 * 1024)) /dev/urandom | split -b 1024 -a 3 -d - "$work/past/$folder/file-"
	done
	"$linckia" --json put "$work/past" >"$work/second" || return
	"$linckia" -q snapshot create before || return
	"$linckia" -q rm past/0/file-001
}

# Everything that was acknowledged: each version of a sample, all that is current, all that the snapshot holds.
regrown_differs() {
	local name sha256 found
	"$linckia" --json ls >"$work/ls.after"
	cmp "$work/ls.before" "$work/ls.after" || return 0
	"$linckia" --json ls --at before >"$work/at.after"
	cmp "$work/at.before" "$work/at.after" || return 0
	[ "$(status_of .versions)" = "$1" ] || return 0
	"$linckia" -q get --prefix past -o "$work/back" && rm "$work/past/0/file-001" || return 0
	diff -r "$work/past" "$work/back" || return 0
	while read -r name sha256; do
		found=$("$linckia" get "$name@1" -o - | sha256sum)
		[ "${found%% *}" = "$sha256" ] || return 0
	done < <(shuf -n 200 "$work/first" | jq -r '[.name, .sha256] | join(" ")')
	return 1
}

bench_rebuild() {
	local files=100000 versions node
	[ "${BENCH_BIG:-1}" != 0 ] || files=10000
	say "storing $files files twice"
	store_with_past $files || return
	"$linckia" --json ls >"$work/ls.before"
	"$linckia" --json ls --at before >"$work/at.before"
	versions=$(status_of .versions)
	mkdir "$work/gone"
	for node in 2 3 5; do
		mv "$work/store/node-$node" "$work/gone"
	done
	rm "$work/store"/catalog.db*
	evict "$work/store"
	say "rebuild from three of six nodes"
	timed rebuild.ours "$linckia" --json rebuild
	! regrown_differs "$versions" || {
		say "what was regrown is not what was stored"
		echo failed >>"$work/times/rebuild.ours.failed"
	}
	rm -rf "$work/store" "$work/gone" "$work"/past* "$work/back"
	limit "rebuild of $versions versions of $files files from 3 of 6 nodes" "$(median rebuild.ours | awk '{ printf "%.1f", $1 }')" \
		s $bar_rebuild_s
}

# ---- what the journal costs ----

bench_journal() {
	local run
	[ -x "${BENCH_WITHOUT:-}" ] || {
		say "the journal row needs BENCH_WITHOUT, a program that keeps none; it is left out"
		return
	}
	source_tree
	find "$work/tree" -type f -exec cat {} + >/dev/null
	for ((run = 1; run <= runs; run++)); do
		say "with and without a journal, run $run of $runs"
		store_ours journal.with "$work/tree"
		rm -rf "$work/store"
		linckia=$BENCH_WITHOUT store_ours journal.without "$work/tree"
		clear_outputs
	done
	compare "put 20,000 files of 4 KiB" "$(median journal.with)" "without a journal" "$(median journal.without)" \
		$bar_journal
}
