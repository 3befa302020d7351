#!/usr/bin/env bash
# lint.sh: static analysis of the sources with clang-tidy, else cppcheck, and of the scripts with
# shellcheck; says so where none is installed. $CFLAGS are the compiler's flags. Fails on any finding.
set -u
cd "$(dirname "$0")/.." || exit 1

shopt -s nullglob
sources=(engine/*.c tui/*.c cli/*.c bench/*.c)
scripts=(scripts/*.sh bench/*.sh tests/*/*.sh .ci/run)
result=0

# Left out: what the C library's own macros trip over, and advice to use functions that it does not have.
checks='-*,clang-analyzer-*,bugprone-*,misc-redundant-expression,misc-misplaced-const'
checks+=',-clang-analyzer-security.insecureAPI.*,-bugprone-easily-swappable-parameters'
checks+=',-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result'
checks+=',-bugprone-assignment-in-if-condition,-bugprone-reserved-identifier,-bugprone-branch-clone'
checks+=',-bugprone-multi-level-implicit-pointer-conversion,-bugprone-switch-missing-default-case'

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
	shellcheck --severity=warning "${scripts[@]}" || result=1
else
	echo "lint: shellcheck is not installed; the scripts were not looked at"
fi
[ "$result" -ne 0 ] || echo "lint: nothing found"
exit "$result"
