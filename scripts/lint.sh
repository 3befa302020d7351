#!/usr/bin/env bash
# lint.sh: static analysis of the sources with clang-tidy, else cppcheck, and of the scripts with shellcheck.
# Says so where none is installed. $CFLAGS are the compiler's flags. Fails on any finding.
set -u
cd "$(dirname "$0")/.." || exit 1

shopt -s nullglob
sources=(engine/*.c tui/*.c cli/*.c bench/*.c)
scripts=(scripts/*.sh bench/*.sh tests/*/*.sh .ci/run)
result=0

# Left out: what follows values through calls into other files, which the analyzer cannot see (it takes an
# error_set() for a success, and an out-pointer for untouched); the sanitizers watch those. Matters of taste.
checks='-*,clang-analyzer-*,bugprone-*,misc-redundant-expression,misc-misplaced-const'
for check in 'clang-analyzer-security.insecureAPI.*' 'clang-analyzer-core.uninitialized.*' clang-analyzer-core.CallAndMessage \
	clang-analyzer-core.NullDereference clang-analyzer-core.NonNullParamChecker clang-analyzer-valist.Uninitialized \
	clang-analyzer-core.UndefinedBinaryOperatorResult clang-analyzer-optin.performance.Padding \
	bugprone-easily-swappable-parameters bugprone-narrowing-conversions bugprone-misplaced-widening-cast \
	bugprone-implicit-widening-of-multiplication-result bugprone-assignment-in-if-condition \
	bugprone-reserved-identifier bugprone-branch-clone bugprone-not-null-terminated-result \
	bugprone-multi-level-implicit-pointer-conversion bugprone-switch-missing-default-case bugprone-sizeof-expression; do
	checks+=",-$check"
done

if command -v clang-tidy >/dev/null; then
	echo "clang-tidy: ${#sources[@]} files"
	printf '%s\0' "${sources[@]}" | FLAGS=$CFLAGS CHECKS=$checks xargs -0 -n 4 -P "$(nproc)" sh -c \
		'exec clang-tidy --quiet --warnings-as-errors="*" --checks="$CHECKS" "$@" -- $FLAGS' sh 2>/dev/null || result=1
elif command -v cppcheck >/dev/null; then
	echo "cppcheck: ${#sources[@]} files"
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j "$(nproc)" -D_GNU_SOURCE -I. \
		--enable=warning,performance,portability "${sources[@]}" || result=1
else
	echo "lint: neither clang-tidy nor cppcheck is installed; the C sources were not looked at"
fi

if command -v shellcheck >/dev/null; then
	echo "shellcheck: ${#scripts[@]} files"
	# The tests run under set -e, so that a cd that fails ends them.
	shellcheck --shell=bash --severity=warning --exclude=SC2164,SC2154 "${scripts[@]}" || result=1
else
	echo "lint: shellcheck is not installed; the scripts were not looked at"
fi
[ "$result" -ne 0 ] || echo "lint: nothing found"
exit "$result"
