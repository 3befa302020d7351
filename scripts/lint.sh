#!/usr/bin/env bash
# lint.sh: the format of the sources, static analysis with clang-tidy, else cppcheck, and the scripts with shellcheck.
#
#	CFLAGS='…' scripts/lint.sh [--quick]
#
# $CFLAGS are the compiler's flags. With --quick without the path-sensitive analyzer, which takes minutes. Says so
# where a tool is not installed. Each tool is a check; any finding fails it. Ends with a line 'N passed, N failed'.
set -u
cd "$(dirname "$0")/.." || exit 1

quick=false
[ "${1:-}" != --quick ] || quick=true

shopt -s nullglob
sources=(engine/*.c tui/*.c cli/*.c bench/*.c packaging/*/*.c)
formatted=(engine/*.[ch] tui/*.[ch] cli/*.[ch] bench/*.[ch] packaging/*/*.[ch] tests/*/*.[ch])
scripts=(scripts/*.sh bench/*.sh packaging/*.sh packaging/completions/*.bash tests/*/*.sh .ci/run)
passed=0
failed=0

check() { # NAME COMMAND…
	echo "$1"
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED  $1"
	fi
}

# Left out: what follows values through calls into other files, which the analyzer cannot see (it takes an
# error_set() for a success, and an out-pointer for untouched); the sanitizers watch those. Matters of taste.
checks='-*,bugprone-*,misc-redundant-expression,misc-misplaced-const'
$quick || checks+=",clang-analyzer-*"
for check in 'clang-analyzer-security.insecureAPI.*' 'clang-analyzer-core.uninitialized.*' clang-analyzer-core.CallAndMessage \
	clang-analyzer-core.NullDereference clang-analyzer-core.NonNullParamChecker clang-analyzer-valist.Uninitialized \
	clang-analyzer-core.UndefinedBinaryOperatorResult clang-analyzer-optin.performance.Padding \
	bugprone-easily-swappable-parameters bugprone-narrowing-conversions bugprone-misplaced-widening-cast \
	bugprone-implicit-widening-of-multiplication-result bugprone-assignment-in-if-condition \
	bugprone-reserved-identifier bugprone-branch-clone bugprone-not-null-terminated-result \
	bugprone-multi-level-implicit-pointer-conversion bugprone-switch-missing-default-case bugprone-sizeof-expression; do
	checks+=",-$check"
done

tidy() {
	printf '%s\0' "${sources[@]}" | FLAGS=${CFLAGS:-} CHECKS=$checks xargs -0 -n 4 -P "$(nproc)" sh -c \
		'exec clang-tidy --quiet --warnings-as-errors="*" --checks="$CHECKS" "$@" -- $FLAGS' sh 2>/dev/null
}

if command -v clang-format >/dev/null; then
	check "clang-format: ${#formatted[@]} files" clang-format --dry-run -Werror "${formatted[@]}"
else
	echo "lint: clang-format is not installed; the format was not looked at"
fi

if command -v clang-tidy >/dev/null; then
	check "clang-tidy: ${#sources[@]} files" tidy
elif command -v cppcheck >/dev/null; then
	check "cppcheck: ${#sources[@]} files" cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j "$(nproc)" \
		-D_GNU_SOURCE -I. --enable=warning,performance,portability "${sources[@]}"
else
	echo "lint: neither clang-tidy nor cppcheck is installed; the C sources were not looked at"
fi

if command -v shellcheck >/dev/null; then
	# The tests run under set -e, so that a cd that fails ends them.
	check "shellcheck: ${#scripts[@]} files" \
		shellcheck --shell=bash --severity=warning --exclude=SC2164,SC2154 "${scripts[@]}"
else
	echo "lint: shellcheck is not installed; the scripts were not looked at"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
