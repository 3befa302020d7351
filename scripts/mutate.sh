#!/usr/bin/env bash
# mutate.sh: changes the engine in one small place at a time, and tells which changes no test notices.
#
#	MUTATE_CFLAGS=… BUILD=build/mutate UNITS="PROGRAM …" scripts/mutate.sh
#
# 'make mutate' calls it. tests/mutation/mutate.h says what is changed. All of it happens below build/: the
# changed file is compiled into a folder of its own, the engine is linked to a shared object there, and the tests
# find that one first.
#
# Which tests run a line is asked of gcov beforehand (build/map); those are tried, the quickest first and before these
# whatever killed the last mutants of the same file, until one fails. A test that takes ten times as long as usual has
# failed. A mutant that does not compile, or compiles to what was there before or to what another mutant is, is none.
# What tests/mutation/equivalent lists makes no difference that matters, and says why.
#
# $MUTATE_FILES are the files of the engine (those that keep the invariants), $MUTATE_FUNCTIONS the functions in them
# (all), $MUTATE_COUNT how many mutants in all (0: each one), $MUTATE_SEED which. $MUTATE_E2E are patterns of
# end-to-end tests that take part ("": none). $MUTATE_JOBS is how many are tried at a time; $MUTATE_TESTS are patterns
# of the unit tests that take part (all). MUTATE_AGAIN=1 tries again those that survived last time. $MUTATE_MAP=keep
# takes the last map of lines and tests although something has changed since. $MUTATE_RESULTS gets what came of each
# (build/mutate/results.tsv).
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
out=$root/$BUILD
map=$root/build/map
seed=${MUTATE_SEED:-1}
count=${MUTATE_COUNT:-0}
results=${MUTATE_RESULTS:-$out/results.tsv}
jobs=${MUTATE_JOBS:-$(nproc 2>/dev/null || echo 2)}
scratch=$(mktemp -d "${MUTATE_DIR:-/dev/shm}/linckia-mutate.XXXXXX") || exit 1
tree=$scratch/tree
known=tests/mutation/equivalent
export LINCKIA=$out/linckia WALK=$out/tests/walk CCACHE_DISABLE=1

keepers="placement repair_plan grace retention chunk_file copy_read replica fetch flush task collect
	put_chunk put_batch put_flush put_commit put catalog catalog_transaction catalog_entry catalog_chunk catalog_collect
	journal journal_file journal_read journal_copy rebuild rebuild_replay rebuild_chunks rebuild_source
	maintain_commit maintain_stray maintain_garbage maintain_collect maintain_scrub maintain_scan maintain_dispatch
	maintain_nodes maintain_inventory node_identity node_probe node node_admin node_remove snapshot snapshot_set
	snapshot_restore history health hints init"
files=${MUTATE_FILES:-$keepers}

trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# The tests run in a copy of the tree: whatever a mutant does to its surroundings, it does there.
mkdir -p "$tree" "$scratch/queue" "$scratch/seen"
cp -a cli docs engine nodes scripts tests tui config.yaml LICENSE README.md "$tree" || exit 1

# ---- running one test ----

run() { # TEST LIBRARIES FOLDER SECONDS
	local words=("$out/tests/$1")
	[[ $1 != e2e:* ]] || words=(tests/e2e/run.sh "${1#e2e:}")
	(
		cd "$tree" || exit 1
		ulimit -c 0 -f 4194304 -v 16777216
		export CMOCKA_TEST_ABORT=1 LD_LIBRARY_PATH=$2 TMPDIR=$3 E2E_DIR=$3 E2E_JOBS=1 E2E_LIMIT=$4
		exec timeout -k 5 "$4" "${words[@]}"
	) >/dev/null 2>&1 </dev/null
}

# ---- which tests run which lines ----

list_tests() {
	local -
	set -f # patterns stay patterns
	local unit file test name pattern
	for unit in $UNITS; do
		for pattern in ${MUTATE_TESTS:-*}; do
			# shellcheck disable=SC2053
			[[ ${unit##*/test_} == $pattern ]] && echo "${unit##*/}" && break
		done
	done
	[ -n "${MUTATE_E2E-}" ] || return 0
	for file in tests/e2e/test_*.sh; do
		name=${file##*/test_}
		# shellcheck disable=SC2013
		for test in $(sed -n 's/^test_\([a-z0-9_]*\)() *{.*/\1/p' "$file"); do
			for pattern in $MUTATE_E2E; do
				# shellcheck disable=SC2053
				[[ $test == $pattern || ${name%.sh}_ == $pattern ]] && echo "e2e:$test" && break
			done
		done
	done
}

failed="seconds	0" # all that is known of a test that fails by itself; next time it is tried again

# $map/tests/TEST gets a line for each file and line that the test runs, or that is code at all; the first one says
# how long it took.
map_test() { # TEST
	local began took code=0 folder=$scratch/map/${1//:/.}
	local counters=$folder/counters
	mkdir -p "$folder/tmp" "$counters$map/engine"
	began=${EPOCHREALTIME/[.,]/}
	GCOV_PREFIX=$counters run "$1" "$map" "$folder/tmp" 600 || code=$?
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000000 + 1))
	if [ "$code" -ne 0 ]; then
		echo "left out: $1 fails by itself (exit $code)"
		echo "$failed" >"$map/tests/${1//:/.}"
	else
		cp "$map"/engine/*.gcno "$counters$map/engine"
		{
			printf 'seconds\t%d\n' "$took"
			gcov -t "$counters$map"/engine/*.gcda 2>/dev/null | awk -F : '
				$2 + 0 == 0 && $3 == "Source" { file = $4; wanted = file ~ /^engine\/.*[.]c$/ }
				wanted && $1 ~ /[0-9#]/ { print file "\t" $2 + 0 "\t" ($1 !~ /#/) }'
		} >"$folder/lines"
		mv "$folder/lines" "$map/tests/${1//:/.}"
	fi
	rm -rf "$folder"
}

is_mapped() { # TEST
	local file=$map/tests/${1//:/.} source=tests/unit/$1.c
	[ -e "$file" ] || return 1
	[ "$(head -n 1 "$file")" != "$failed" ] || return 1
	[ "${MUTATE_MAP-}" = keep ] && return 0
	[[ $1 != e2e:* ]] || source=tests/e2e
	[ -z "$(find engine "$source" -newer "$file" -type f | head -n 1)" ]
}

make_map() {
	local test
	mkdir -p "$map/tests" "$scratch/lines" "$scratch/map"
	for test in $(list_tests); do
		is_mapped "$test" && continue
		echo "looking which lines $test runs"
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
		map_test "$test" &
	done
	wait
	for test in $(list_tests); do
		awk -F '\t' -v test="$test" '
			$1 == "seconds" { print test "\t" $2 >"/dev/stderr"; next }
			{ print $1 "\t" $2 "\t" ($3 ? test : "-") }' "$map/tests/${test//:/.}"
	done 2>"$scratch/times.tsv" | sort -u | awk -F '\t' -v folder="$scratch/lines" '
		{ sub(/^engine\//, "", $1); print $2 "\t" $3 >(folder "/" $1 ".tsv") }'
}

# The tests that run a line, or the nearest one above it that is code; the quickest first.
tests_of() { # FILE LINE
	awk -F '\t' -v line="$2" '
		FILENAME ~ /times.tsv$/ { time[$1] = $2; next }
		$1 <= line && $1 > nearest { nearest = $1; delete found }
		$1 == nearest && $2 != "-" { found[$2] = 1 }
		END { for (test in found) print time[test] "\t" test }' \
		"$scratch/times.tsv" <(sort -n "$scratch/lines/$1.tsv") | sort -n
}

# ---- trying mutants ----

compile() { # WORK FILE OBJECT
	# shellcheck disable=SC2086
	(cd "$1" && ${CC:-cc} $MUTATE_CFLAGS -w -I"$root" -c -o "$3" "engine/$2") 2>/dev/null
}

# All but the file that is changed is put together only once.
link_engine() { # WORK FILE
	local object objects=()
	if [ ! -e "$1/$2.rest" ]; then
		for object in "$out"/engine/*.o; do
			[ "$object" = "$out/engine/${2%.c}.o" ] || objects+=("$object")
		done
		${CC:-cc} -r -nostdlib -o "$1/$2.rest" "${objects[@]}" || return
	fi
	${CC:-cc} -shared -Wl,-soname,libengine.so -o "$1/libengine.so" "$1/$2.rest" "$1/mutant.o"
}

# Prints what became of the mutant that lies compiled in the work folder: STATUS TEST
try() { # WORK FILE LINE
	local time test code limit ordered=() rest=() recent=$1/killers.$2
	link_engine "$1" "$2" || {
		echo "uncompilable	-"
		return
	}
	while IFS=$'\t' read -r time test; do
		rest+=("$test $time")
	done < <(tests_of "$2" "$3")
	[ "${#rest[@]}" -gt 0 ] || {
		echo "unreached	-"
		return
	}
	touch "$recent"
	mapfile -t ordered < <(printf '%s\n' "${rest[@]}" | awk '
		recent { last[$1] = FNR; next }
		{ print ($1 in last ? -last[$1] : FNR), $0 }' recent=1 "$recent" recent=0 - | sort -n | cut -d ' ' -f 2-)
	for test in "${ordered[@]}"; do
		time=${test#* }
		test=${test% *}
		limit=$((10 + 10 * time))
		mkdir -p "$1/tmp"
		run "$test" "$1" "$1/tmp" "$limit"
		code=$?
		chmod -R u+rwx "$1/tmp" 2>/dev/null
		rm -rf "$1/tmp"
		[ "$code" -ne 0 ] || continue
		echo "$test" >>"$recent"
		[ "$code" -eq 124 ] || [ "$code" -eq 137 ] && echo "hung	$test" || echo "killed	$test"
		return
	done
	echo "survived	-"
}

work() { # NUMBER
	local work=$scratch/work.$1 file number line function kind change result sum
	mkdir -p "$work/engine"
	while IFS=$'\t' read -r file number line function kind change _; do
		"$out/tests/mutants" write "engine/$file" "$number" >"$work/engine/$file"
		if ! compile "$work" "$file" mutant.o; then
			result="uncompilable	-"
		else
			sum=$(cksum <"$work/mutant.o")
			if mkdir "$scratch/seen/$file.${sum// /.}" 2>/dev/null; then
				result=$(try "$work" "$file" "$line" 2>/dev/null)
			else
				result="equal	-"
			fi
		fi
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$file" "$line" "$function" "$kind" "$change" "$result" |
			tee -a "$scratch/results" | grep -P '\t(survived|unreached)\t-$'
	done <"$scratch/queue/$1"
}

# ---- which mutants ----

list_mutants() {
	local name
	for name in $files; do
		name=${name%.c}.c
		name=${name#engine/}
		[ -e "engine/$name" ] || continue
		"$out/tests/mutants" list "engine/$name" "$seed" | sed "s|^|$name\t|"
	done
}

choose() {
	list_mutants | awk -F '\t' -v known="$known" -v functions="${MUTATE_FUNCTIONS-}" '
		BEGIN { while ((getline line <known) > 0) { split(line, part, "\t"); same[part[1] FS part[2] FS part[3]] = 1 } }
		!($1 FS $4 FS $6 in same) && (functions == "" || index(" " functions " ", " " $4 " "))' >"$scratch/all"
	if [ "${MUTATE_AGAIN:-0}" = 1 ]; then
		awk -F '\t' 'FNR == NR { if ($6 ~ /survived|unreached/) again[$1 FS $3 FS $5] = 1; next }
			$1 FS $4 FS $6 in again' "$results" "$scratch/all"
	elif [ "$count" -gt 0 ]; then
		sort -t $'\t' -k 7,7 "$scratch/all" | head -n "$count" | sort -t $'\t' -k 1,1 -k 2,2n
	else
		cat "$scratch/all"
	fi
}

# ---- telling ----

report() {
	awk -F '\t' '
		{ files[$1]; total[$1]++; kinds[$1 FS $6]++; all[$6]++ }
		$6 ~ /survived|unreached/ { lines[++left] = $1 ":" $2 " " $3 ": " $4 ": " $5 ($6 == "unreached" ? " (no test gets here)" : "") }
		END {
			printf "%-24s %6s %6s %6s %6s %9s %9s\n", "file", "tried", "none", "killed", "hung", "survived", "unreached"
			fflush()
			for (file in files)
				printf "%-24s %6d %6d %6d %6d %9d %9d\n", file, total[file],
					kinds[file FS "equal"] + kinds[file FS "uncompilable"],
					kinds[file FS "killed"], kinds[file FS "hung"],
					kinds[file FS "survived"], kinds[file FS "unreached"] | "sort"
			close("sort")
			if (left) print "\nNo test noticed:"
			for (i = 1; i <= left; i++) print lines[i]
			printf "%d passed, %d failed\n", all["killed"] + all["hung"], all["survived"] + all["unreached"]
			exit left > 0
		}' "$results"
}

make_map
choose >"$scratch/chosen"
echo "$(wc -l <"$scratch/chosen") mutants of $(cut -f 1 "$scratch/chosen" | sort -u | wc -l) files, seed $seed"
touch "$scratch/results"
mkdir -p "$scratch/base/engine"
while read -r file; do
	cp "engine/$file" "$scratch/base/engine"
	compile "$scratch/base" "$file" base.o || exit 1
	sum=$(cksum <"$scratch/base/base.o")
	mkdir "$scratch/seen/$file.${sum// /.}"
done < <(cut -f 1 "$scratch/chosen" | sort -u)
for ((i = 0; i < jobs; i++)); do
	awk -v i="$i" -v jobs="$jobs" 'NR % jobs == i' "$scratch/chosen" >"$scratch/queue/$i"
	work "$i" &
done
wait
if [ "${MUTATE_AGAIN:-0}" = 1 ]; then
	awk -F '\t' '$6 !~ /survived|unreached/' "$results" >>"$scratch/results"
fi
sort -t $'\t' -k 1,1 -k 2,2n "$scratch/results" >"$results"

report
