#!/usr/bin/env bash
# fuzz.sh: runs fuzz targets with libFuzzer, one after another, each from its corpus.
#
#	BUILD=build/fuzz FUZZ_TIME=SECONDS scripts/fuzz.sh NAME…
#
# New inputs are collected below build/fuzz/corpus and never touch tests/fuzz/corpus; scripts/fuzz.sh --keep NAME…
# takes from them what reaches further than the corpus does, smallest first, for tests/fuzz/corpus. An input that
# fails is left in build/fuzz/found, with the command that plays it again.
set -u
cd "$(dirname "$0")/.." || exit 1

# Freed memory is kept back for a while, but not so much that the targets that open stores spend their time on it.
export ASAN_OPTIONS=max_malloc_fill_size=0:quarantine_size_mb=16:malloc_context_size=8
keep=0
[ "${1:-}" != --keep ] || { keep=1 && shift; }

# Stores and files are made in memory.
base=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/linckia-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$base"' EXIT
export TMPDIR=$base

# No input needs to be longer to say all it can; a store is opened for some, which takes its time.
length_of() {
	case $1 in
	config | scenario) echo 4096 ;;
	identity | escape) echo 1024 ;;
	journal) echo 8192 ;;
	console) echo 96 ;;
	database) echo 128 ;;
	catalog | name) echo 256 ;;
	*) echo 512 ;;
	esac
}

passed=0
failed=0
for name in "$@"; do
	work=build/fuzz/corpus/$name
	found=build/fuzz/found
	mkdir -p "$work" "$found" "tests/fuzz/corpus/$name"
	if [ "$keep" -eq 1 ]; then
		"$BUILD/tests/fuzz/$name" -merge=1 "tests/fuzz/corpus/$name" "$work" 2>&1 | tail -n 1
		continue
	fi
	echo "$name: ${FUZZ_TIME:-600} s"
	if "$BUILD/tests/fuzz/$name" -max_total_time="${FUZZ_TIME:-600}" -max_len="$(length_of "$name")" -len_control=0 \
		-timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/$name-" "$work" \
		"tests/fuzz/corpus/$name" >"$base/log" 2>&1; then
		grep -E 'number_of_executed_units|average_exec_per_sec|peak_rss' "$base/log"
		passed=$((passed + 1))
	else
		grep -avE '^#[0-9]+' "$base/log" | tail -n 60
		for input in "$found/$name"-*; do
			echo "play it again: make VARIANT=fuzz fuzz-programs && $BUILD/tests/fuzz/$name $input"
		done
		failed=$((failed + 1))
	fi
done
[ "$keep" -eq 0 ] || exit 0
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
