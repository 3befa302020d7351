# copies.sh: the rows about storing, fetching and checking bytes, beside the contenders of others.sh. Sourced by run.sh.
#
# The contenders take turns, so that a disk that gets slower gets slower for all. $bar_… are bars.sh's.
# shellcheck shell=bash

source_file() {
	[ -e "$work/file" ] || {
		say "making 1 GiB of random data"
		head -c 1G /dev/urandom >"$work/file"
		settle
	}
	cat "$work/file" >/dev/null
}

source_tree() {
	[ -e "$work/tree" ] || {
		local folder
		say "making 20,000 files of 4 KiB"
		for folder in {00..99}; do
			mkdir -p "$work/tree/$folder"
			head -c $((200 * 4096)) /dev/urandom | split -b 4096 -a 3 -d - "$work/tree/$folder/file-"
		done
		settle
	}
	find "$work/tree" -type f -exec cat {} + >/dev/null
}

# What bars.sh says for OTHER, or nothing.
said_for() { # bar|why WHAT OTHER
	local name=$1_$2_$3
	echo "${!name:-}"
}

# One row for each contender; only the first names what it is about. BARS says what they do.
compare_all() { # LABEL WHAT BARS [COLUMN UNIT DIVISOR]
	local other why title=$2
	for other in $others; do
		[ -s "$work/times/$1.$other" ] || continue
		compare "$title" "$(figure "$1.ours" "${4:-1}" "${6:-1}")" "$(title_of "$other" "$3")" \
			"$(figure "$1.$other" "${4:-1}" "${6:-1}")" "$(said_for bar "$3" "$other")" "${5:-s}"
		why=$(said_for why "$3" "$other")
		[ -z "$why" ] || because "$why"
		title=
	done
}

figure() { # LABEL COLUMN DIVISOR
	median "$1" "$2" | awk -v divisor="$3" '{ print $1 / divisor }'
}

# ---- storing ----

store_round() { # LABEL SOURCE RUN [WITHOUT]
	local other
	for other in $(contenders store "$3"); do
		[ "$other" != "${4:-}" ] || continue
		"store_$other" "$1.$other" "$2"
		clear_outputs "$other"
	done
}

bench_put() {
	local run
	source_file
	for ((run = 1; run <= runs; run++)); do
		say "put, run $run of $runs"
		store_round put "$work/file" "$run"
	done
	compare_all put "put 1 GiB, 2 copies, durable" put
	compare_all put "... peak memory" put_memory 4 MiB 1024
}

# git-annex takes minutes for 20,000 files: one run is enough to tell.
bench_files() {
	local run without=
	source_tree
	remove_later
	for ((run = 1; run <= runs; run++)); do
		say "small files, run $run of $runs"
		store_round files "$work/tree" "$run" $without
		without=annex
	done
	compare_all files "put 20,000 files of 4 KiB, 2 copies" files
	fetch_rounds files-get "$work/tree" fetch_tree warm 1
	remove_now
	compare_all files-get.warm "get 20,000 files of 4 KiB, warm caches" files_get
}

# ---- fetching ----

cold() { # PATH…
	evict "$@"
}

warm() { # PATH…
	settle
	find "$@" -type f -exec cat {} + >/dev/null
}

# One fetch of the same source by each contender; `prepare` makes the caches cold or warm.
fetch_round() { # LABEL NAME FETCH PREPARE RUN [WITHOUT]
	local other
	for other in $(contenders "$3" "$5"); do
		[ "$other" != "${6:-}" ] || continue
		remove "$work/out"
		# shellcheck disable=SC2046
		"$4" $(kept_by "$other")
		"${3}_$other" "$1.$4.$other" "$2"
	done
	remove "$work/out"
	settle
}

# Each contender has the source; then all of them fetch it, $runs times in each state of the caches.
fetch_rounds() { # LABEL SOURCE FETCH STATES [RUNS-OF-ANNEX]
	local run other state without
	for other in $(contenders store); do
		"store_$other" "$1.stored.$other" "$2"
		# Both lie in the same two folders.
		[ "$other" != cp ] || ! have rsync || clear_outputs cp
	done
	for ((run = 1; run <= runs; run++)); do
		without=
		[ "$run" -le "${5:-$runs}" ] || without=annex
		for state in $4; do
			say "$1, $state caches, run $run of $runs"
			fetch_round "$1" "${2##*/}" "$3" "$state" "$run" "$without"
		done
	done
	clear_outputs
}

bench_get() {
	source_file
	fetch_rounds get "$work/file" fetch "cold warm"
	compare_all get.cold "get 1 GiB, cold caches" get_cold
	compare_all get.warm "get 1 GiB, warm caches" get_warm
}

# ---- another version ----

bytes_of() { # OTHER
	case $1 in
	ours) bytes_on_nodes ;;
	annex) du -sb "$work/annex" "$work/annex-copy" | awk '{ sum += $1 } END { printf "%.0f", sum }' ;;
	*) du -sb "$work/$1" | cut -f 1 ;;
	esac
}

copies_of() { # OTHER
	case $1 in ours | annex | openssl) echo 2 ;; *) echo 1 ;; esac
}

# Stores the file once more, after 1 MiB in the middle of it has changed, and keeps what each copy grew by.
bench_version() {
	local run other before
	source_file
	for ((run = 1; run <= runs; run++)); do
		say "a second version, run $run of $runs"
		for other in $(contenders store_again "$run"); do
			rm -rf "$work/changing"
			mkdir "$work/changing"
			cp "$work/file" "$work/changing/file"
			if [ "$other" = ours ]; then
				fresh_store
				sed -i 's|^chunk:.*|chunk: {size: 1MiB, method: cdc}|' "$work/store/config.yaml"
				"$linckia" -q put "$work/changing/file"
			else
				"store_$other" "version.first.$other" "$work/changing/file"
			fi
			head -c 1M /dev/urandom |
				dd of="$work/changing/file" bs=1M seek=$((200 + RANDOM % 600)) conv=notrunc iflag=fullblock status=none
			before=$(bytes_of "$other")
			settle
			"store_again_$other" "version.$other" "$work/changing/file"
			keep "version.grown.$other" "$((($(bytes_of "$other") - before) * 1000 / $(copies_of "$other") / 1048576))"
			clear_outputs "$other"
		done
	done
	rm -rf "$work/changing"
	compare_all version "a second version of 1 GiB, 1 MiB changed (cdc, 1 MiB chunks)" version
	compare_all version.grown "... each copy grows by" version_grown 1 MiB
}

# ---- checking ----

# What is checked of each is all that it keeps: two copies, or one.
bench_check() {
	local run other
	source_file
	for other in $(contenders check); do
		! declare -F "store_$other" >/dev/null || "store_$other" "check.stored.$other" "$work/file"
	done
	for ((run = 1; run <= runs; run++)); do
		say "checks, run $run of $runs"
		for other in $(contenders check "$run"); do
			# shellcheck disable=SC2046
			cold $(kept_by "$other")
			"check_$other" "check.$other"
		done
	done
	clear_outputs
	for other in $(contenders check); do
		awk -v copies="$(copies_of "$other")" '{ print $1 / copies }' "$work/times/check.$other" >"$work/times/check.each.$other"
	done
	compare_all check.each "verify 1 GiB, for each copy, cold caches" check
}

# ---- memory and commands ----

mebibytes() { # LABEL
	median "$1" 4 | awk '{ printf "%.0f", $1 / 1024 }'
}

bench_memory() {
	if [ "${BENCH_BIG:-1}" = 0 ]; then
		say "BENCH_BIG=0: the memory rows are left out"
		return
	fi
	if [ "$free_mib" -lt $((42 * 1024)) ]; then
		say "the memory rows need 42 GiB free; they are left out"
		return
	fi
	rm -f "$work/file"
	say "making 8 GiB of random data"
	head -c 8G /dev/urandom >"$work/big"
	fresh_store --rf 3
	grep -Eq '^memory: *64MiB' "$work/store/config.yaml" || echo "memory: 64MiB" >>"$work/store/config.yaml"
	settle
	say "put and get of 8 GiB, 3 copies"
	timed memory.put "$linckia" -q put "$work/big"
	timed memory.get "$linckia" -q get big -o "$work/out"
	cmp "$work/big" "$work/out" || say "get did not return what was put"
	rm -rf "$work/big" "$work/out"
	clear_outputs
	limit "put 8 GiB, 3 copies: peak memory" "$(mebibytes memory.put)" MiB $bar_memory_mib
	limit "get 8 GiB: peak memory" "$(mebibytes memory.get)" MiB $bar_memory_mib
}

bench_commands() {
	local run command
	source_tree
	store_ours commands.put "$work/tree"
	for run in {1..10}; do
		for command in status "ls tree/42" "ls" "stat tree/42/file-042"; do
			# shellcheck disable=SC2086
			timed "${command//[ \/]/_}" "$linckia" $command
		done
	done
	for command in status "ls tree/42" "ls" "stat tree/42/file-042"; do
		limit "$command, among 20,000 files" "$(median "${command//[ \/]/_}" | awk '{ printf "%.1f", $1 * 1000 }')" ms \
			$bar_command_ms
	done
	clear_outputs
}
