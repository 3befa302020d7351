#!/usr/bin/env bash
# test.sh: runs suites of tests one after the other; each ends with a line 'N passed, N failed'.
#
#	BUILD=build/release LINCKIA=PROGRAM UNITS="PROGRAM …" scripts/test.sh SUITE… [PATTERN…]
#
# Suites: units (cmocka programs, named in $UNITS), e2e (tests/e2e/run.sh, limited to the patterns), model
# (tests/model: $MODEL_RUNS runs from the seed $MODEL_SEED on), screen (tests/screen/run.sh). A suite that fails does not
# keep the next one from running.
set -u
cd "$(dirname "$0")/.." || exit 1
WALK=$PWD/$BUILD/tests/walk
export LINCKIA BUILD WALK

# The thread sanitizer of some compilers cannot live with as many random address bits as new kernels use.
prefix=()
case $BUILD in
*/tsan) setarch "$(uname -m)" -R true 2>/dev/null && prefix=(setarch "$(uname -m)" -R) ;;
esac

suites=()
patterns=()
for word in "$@"; do
	case $word in
	units | e2e | model | screen) suites+=("$word") ;;
	*) patterns+=("$word") ;;
	esac
done

# cmocka's TAP output is counted; a program's output is shown only when something in it failed.
run_units() {
	local passed=0 failed=0 program name output code good bad
	for program in $UNITS; do
		name=${program##*/}
		output=$(CMOCKA_MESSAGE_OUTPUT=tap "${prefix[@]}" "./$program" 2>&1 </dev/null)
		code=$?
		good=$(grep -c '^ok ' <<<"$output")
		bad=$(grep -c '^not ok ' <<<"$output")
		# A program that crashed, or that failed outside its tests, counts as one more failure.
		[ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
		passed=$((passed + good))
		failed=$((failed + bad))
		if [ "$bad" -eq 0 ]; then
			printf 'ok      %s (%d)\n' "$name" "$good"
		else
			printf 'FAILED  %s (exit %d)\n' "$name" "$code"
			printf '%s\n' "$output" | sed 's/^/        /'
		fi
	done
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

result=0
for suite in "${suites[@]}"; do
	case $suite in
	units)
		echo "unit tests"
		run_units || result=1
		;;
	e2e)
		echo "end-to-end tests"
		"${prefix[@]}" tests/e2e/run.sh "${patterns[@]}" || result=1
		;;
	model)
		echo "model test"
		"${prefix[@]}" "$BUILD/tests/histories" "$LINCKIA" "${MODEL_SEED:-1}" "${MODEL_RUNS:-20}" || result=1
		;;
	screen)
		[ -x tests/screen/run.sh ] || continue
		echo "screen tests"
		"${prefix[@]}" tests/screen/run.sh || result=1
		;;
	esac
done
exit "$result"
