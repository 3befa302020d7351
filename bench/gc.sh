# gc.sh: the row about collection. Sourced by run.sh after history.sh, whose bytes_on_nodes() it uses.
#
#	BENCH_GC_MIB	how much is on the nodes before (4096)
# shellcheck shell=bash

gc_file_mib=16

# Stores the files FIRST to LAST, with new bytes, as they then lie in $work/gc.
gc_put() { # FIRST LAST
	local i
	for ((i = $1; i <= $2; i++)); do
		head -c ${gc_file_mib}M /dev/urandom >"$work/gc/file-$i"
	done
	for ((i = $1; i <= $2; i++)); do echo "$work/gc/file-$i"; done | xargs "$linckia" -q put
}

# Whether every file that is left comes back as it was put last.
gc_is_whole() {
	local file
	for file in "$work"/gc/*; do
		"$linckia" get "${file##*/}" -o - | cmp -s - "$file" || return 1
	done
	"$linckia" -q scrub && [ "$(status_of .health)" = HEALTHY ]
}

# In two copies, three quarters of what there will be; then new versions of a third of that, and another third is removed. What is
# old and removed is half of all.
bench_gc() {
	local total=${BENCH_GC_MIB:-4096} third i before said freed
	third=$((total / 2 / 4 / gc_file_mib))
	[ $third -gt 0 ] || {
		say "BENCH_GC_MIB is too small for files of $gc_file_mib MiB"
		return
	}
	fresh_store
	mkdir -p "$work/gc"
	say "storing $total MiB of which half is to go"
	gc_put 1 $((3 * third)) && gc_put 1 $third || return
	for ((i = third + 1; i <= 2 * third; i++)); do
		"$linckia" -q rm "file-$i" || return
		rm "$work/gc/file-$i"
	done
	sleep 1
	settle
	before=$(bytes_on_nodes)
	said=$("$linckia" --json gc --dry-run --keep-for 1s | jq .bytes)
	say "gc of $((said / 1048576)) of $((before / 1048576)) MiB"
	timed gc.ours "$linckia" -q gc --keep-for 1s
	freed=$((before - $(bytes_on_nodes)))
	gc_is_whole || {
		say "what is left is not whole"
		echo failed >>"$work/times/gc.ours.failed"
	}
	clear_outputs
	rm -rf "$work/gc"
	limit "gc of half of $total MiB: bytes freed other than --dry-run said" "$((freed > said ? freed - said : said - freed))" B 0
	limit "... and its time" "$(median gc.ours | awk '{ printf "%.2f", $1 }')" s $bar_gc_s
}
