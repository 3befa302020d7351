#!/usr/bin/env bash
# coverage.sh: how many of each source's lines the tests ran, from what gcov says of FOLDER (build/coverage).
set -eu
cd "$(dirname "$0")/.."
folder=$1

find "$folder/engine" "$folder/tui" "$folder/cli" -name '*.gcda' -print0 2>/dev/null | sort -z |
	xargs -0 -r gcov -n 2>/dev/null |
	awk '
		/^File / { file = $2; gsub("\047", "", file) }
		/^Lines executed:/ && file ~ /^(engine|tui|cli)\/.*\.c$/ {
			split(substr($2, 10), part, "%")
			run = part[1] * $4 / 100
			printf "%6.1f %%  %5d lines  %s\n", part[1], $4, file
			all += $4
			ran += run
			file = ""
		}
		END {
			if (all == 0) {
				print "No coverage was recorded." > "/dev/stderr"
				exit 1
			}
			printf "%6.1f %%  %5d lines  in all\n", 100 * ran / all, all
		}'
