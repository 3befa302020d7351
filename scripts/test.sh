#!/usr/bin/env bash
# test.sh: runs suites of tests, and ends with a line 'N passed, N failed'.
#
#	scripts/test.sh [VARIANT/]SUITE… [PATTERN…]
#
# The programs are those of build/VARIANT; without one, of build/$VARIANT (release). The suites:
#
#	units    cmocka programs of tests/unit
#	e2e      tests/e2e/run.sh, limited to the patterns
#	model    random histories of the program, killed now and then, against a model: tests/model
#	screen   the console in a real terminal: tests/screen/run.sh
#	sim      random histories and faults on a virtual clock: tests/sim
#	crash    the program killed at its calls; faults: its calls made to fail: tests/crash
#	power    what a loss of power leaves: tests/power
#	docs     what README.md and docs/tour.md show, and all links: tests/docs
#	package  what is installed and packaged: tests/package
#	fuzz     the corpora of tests/fuzz
#	threads  the unit tests that $THREAD_TESTS names
#	lint     scripts/lint.sh
#
# Stores are made below $TMPDIR or /tmp; with IN_MEMORY=1 below /dev/shm, if it has room for them, where making and removing a
# store's thousand folders takes a tenth of the time. Unit tests, crashes, faults and docs choose that by themselves.
#
# $LANES of them run side by side (1). A suite that fails does not keep the next one from running. With one suite its
# output comes as it is made, with several when each has ended.
set -u
cd "$(dirname "$0")/.." || exit 1

# The thread sanitizer of some compilers cannot live with as many random address bits as new kernels use.
prefix=()
use_variant() { # VARIANT
	build=$PWD/build/$1
	export BUILD=build/$1 LINCKIA=$build/linckia WALK=$build/tests/walk
	[ "$1" != tsan ] || ! setarch "$(uname -m)" -R true 2>/dev/null || prefix=(setarch "$(uname -m)" -R)
}

# cmocka's TAP output is counted; a program's output is shown only when something in it failed.
run_unit() { # NAME
	local output code good bad
	output=$(CMOCKA_MESSAGE_OUTPUT=tap "${prefix[@]}" "$build/tests/$1" 2>&1 </dev/null)
	code=$?
	good=$(grep -c '^ok ' <<<"$output")
	bad=$(grep -c '^not ok ' <<<"$output")
	# A program that crashed, or that failed outside its tests, counts as one more failure.
	[ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	if [ "$bad" -eq 0 ]; then
		printf 'ok      %s (%d)\n' "$1" "$good"
	else
		printf 'FAILED  %s (exit %d)\n' "$1" "$code"
		printf '%s\n' "$output" | sed 's/^/        /'
	fi
	echo "$good $bad" >"$folder/$1.count"
}

run_units() { # NAME…
	local name
	for name in "$@"; do
		while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
		run_unit "$name" &
	done
	wait
	cat "$folder"/test_*.count | awk '{ good += $1; bad += $2 } END { print good " passed, " bad + 0 " failed" }'
}

# A target that ends well took all the files of its corpus.
run_fuzz() {
	local source name passed=0 failed=0
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		name=${name%.c}
		if "$build/tests/fuzz/$name" "tests/fuzz/corpus/$name"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED  $name"
		fi
	done
	echo "$passed passed, $failed failed"
}

run_suite() { # VARIANT SUITE [PATTERN…]
	local variant=$1 suite=$2 names
	shift 2
	use_variant "$variant"
	case $suite in
	units | threads)
		mapfile -t names < <(if [ "$suite" = units ]; then
			basename -s .c tests/unit/test_*.c
		else
			tr ' ' '\n' <<<"${THREAD_TESTS:?names unit tests}"
		fi)
		run_units "${names[@]}"
		;;
	e2e) "${prefix[@]}" tests/e2e/run.sh "$@" ;;
	package) tests/package/run.sh "$@" ;;
	model) "${prefix[@]}" "$build/tests/histories" "$LINCKIA" "${MODEL_SEED:-1}" "${MODEL_RUNS:-20}" ;;
	sim) "$build/tests/simulate" "${SIM_SEED:-1}" "${SIM_RUNS:-500}" "${SIM_STEPS:-32}" ${SIM_SKIP:+"$SIM_SKIP"} ;;
	crash | faults) "$build/tests/crash-points" "$suite" "$LINCKIA" ;;
	power) "$build/tests/powerloss" "$LINCKIA" "$build/tests/librecord.so" "${POWER_SEED:-1}" "${POWER_POINTS:-5000}" \
		${POWER_STORY:+"$POWER_STORY"} ;;
	fuzz) run_fuzz ;;
	screen) "${prefix[@]}" tests/screen/run.sh ;;
	docs) tests/docs/run.sh ;;
	lint) make --no-print-directory lint QUICK=1 ;;
	esac
}

# Runs one suite in a shell of its own; its last line says how many tests passed and failed.
start() { # VARIANT SUITE [PATTERN…]
	local began=$SECONDS
	folder=$base/$1-$2
	mkdir "$folder"
	run_suite "$@" 2>&1 | tee "$folder/output"
	echo "$1 $2 $((SECONDS - began)) $(tail -n 1 "$folder/output")" >"$folder/result"
}

suites=()
patterns=()
for word in "$@"; do
	case $word in
	*/*) suites+=("${word/\// }") ;;
	units | e2e | package | model | sim | crash | faults | power | fuzz | threads | screen | docs | lint) suites+=("${VARIANT:-release} $word") ;;
	*) patterns+=("$word") ;;
	esac
done

room_in_memory() { # BYTES
	[ -w /dev/shm ] && [ "$(df -B 1 --output=avail /dev/shm | tail -n 1)" -ge "$1" ]
}

[ -z "${IN_MEMORY:-}" ] || ! room_in_memory $((4 << 30)) || export TMPDIR=/dev/shm

base=$(mktemp -d "${TMPDIR:-/tmp}/linckia-test.XXXXXX") || exit 1
trap 'rm -rf "$base"' EXIT
if [ "${#suites[@]}" -eq 1 ]; then
	# shellcheck disable=SC2086
	start ${suites[0]} "${patterns[@]}"
else
	for suite in "${suites[@]}"; do
		while [ "$(jobs -rp | wc -l)" -ge "${LANES:-1}" ]; do wait -n; done
		# shellcheck disable=SC2086
		(
			start $suite "${patterns[@]}" >"$base/$BASHPID"
			echo "== $suite"
			cat "$base/$BASHPID"
		) &
	done
	wait
fi

# A suite that did not come to its last line has failed, and so has a run without a single test.
awk -v several="$((${#suites[@]} > 1))" '
	$5 == "passed," && $7 == "failed" { good += $4; bad += $6; line = $4 " passed, " $6 " failed" }
	$5 != "passed," || $7 != "failed" { bad++; line = "did not end as it should" }
	several { printf "%s %-8s %-8s %4d s  %s\n", line ~ / 0 failed/ ? "ok    " : "FAILED", $2, $1, $3, line }
	END {
		if (several)
			print good + 0 " passed, " bad + 0 " failed"
		exit bad > 0 || good == 0
	}' "$base"/*/result
