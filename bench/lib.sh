# lib.sh: timing, medians and caches. Sourced by run.sh, which sets $work, $programs and $rusage.
# shellcheck shell=bash

FILLER_MIB=128 # a piece of fill_memory()
FREE_MIB=200   # about what the kernel keeps free itself

say() {
	echo "bench: $*" >&2
}

have() {
	command -v "$1" >/dev/null
}

# Runs a command and keeps what it cost under LABEL, for median(). A command that fails is shown and ends the
# row: the label then has no figures.
timed() { # LABEL COMMAND…
	local label=$1 code=0
	shift
	fill_memory
	"$rusage" "$work/cost" "$@" >"$work/output" 2>&1 </dev/null || code=$?
	if [ "$code" -ne 0 ]; then
		say "$* ended with $code: $(tail -n 3 "$work/output")"
		echo failed >>"$work/times/$label.failed"
		return 0
	fi
	cat "$work/cost" >>"$work/times/$label"
}

# The median of one column of what timed() kept: 1 wall seconds, 4 peak KiB. Nothing when a run failed.
median() { # LABEL [COLUMN]
	[ -s "$work/times/$1" ] && [ ! -e "$work/times/$1.failed" ] || return 0
	sort -g -k "${2:-1},${2:-1}" "$work/times/$1" | awk -v column="${2:-1}" '
		{ value[NR] = $column }
		END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# What was written or removed before must not be paid for by what is timed next.
settle() {
	sync -f "$work"
}

# Removes what was made; of rows with many small files only at their end. ext4 without a journal gives no new file the
# number of one that was removed a minute ago, and looks through all of these for each new one.
removing_later=
removed_next=0
remove_later() {
	removing_later=yes
}
remove_now() {
	removing_later=
	rm -rf "$work/removed"
}
remove() { # PATH…
	local path
	for path; do
		if [ -z "$removing_later" ] || [ ! -e "$path" ]; then
			rm -rf "$path"
		else
			mkdir -p "$work/removed"
			mv "$path" "$work/removed/$((removed_next++))"
		fi
	done
}

# The next read of the files below PATH… comes from the disk.
evict() { # PATH…
	settle
	"$programs/evict" "$@"
}

# Empties the page cache, and that of names; fails where that is not allowed.
drop_caches() {
	settle
	[ -w /proc/sys/vm/drop_caches ] && echo 3 2>/dev/null >/proc/sys/vm/drop_caches
}

free_memory_mib() {
	awk '/^MemFree:/ { printf "%d", $2 / 1024 }' /proc/meminfo
}

# Fills what memory is free with a page cache that nobody needs, as it is on a machine that has been up for a day. A virtual
# machine gives free memory back to its host, and who is the first to use it again waits for the host: where this was
# measured, 3 s for each GiB, which fell on whoever came after a pause. The files are holes, which take no room on the disk.
filler_next=0
fill_memory() {
	local piece pieces=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 1024 / FILLER_MIB + 1)) turn=0
	while [ "$(free_memory_mib)" -gt "$FREE_MIB" ] && [ "$turn" -lt "$pieces" ]; do
		piece=$work/filler/$((filler_next++ % pieces))
		[ -e "$piece" ] || {
			mkdir -p "$work/filler"
			truncate -s "${FILLER_MIB}M" "$piece"
		}
		cat "$piece" >/dev/null
		turn=$((turn + 1))
	done
}

# Keeps a time that was not measured by timed(), for median(). Without one, the label has failed.
keep() { # LABEL MILLISECONDS
	if [ -n "$2" ]; then
		awk -v ms="$2" 'BEGIN { printf "%.6f\n", ms / 1000 }' >>"$work/times/$1"
	else
		echo failed >>"$work/times/$1.failed"
	fi
}

milliseconds() { # LABEL
	median "$1" | awk '{ printf "%.0f", $1 * 1000 }'
}

random_mebibytes() { # COUNT FILE
	head -c "${1}M" /dev/urandom >"$2"
}

# The bytes of all chunk files together.
bytes_on_nodes() {
	find "$work/store"/node-*/chunks -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

catalog_bytes() { # [STORE]
	stat -c %s "${1:-$work/store}"/catalog.db "${1:-$work/store}"/catalog.db-wal 2>/dev/null |
		awk '{ sum += $1 } END { print sum }'
}
