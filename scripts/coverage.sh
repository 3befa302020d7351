#!/usr/bin/env bash
# coverage.sh: which share of each source's lines and branches the tests ran, from what gcov says of FOLDER
# (build/coverage), and by name what they did not run of the engine: FOLDER/uncovered.txt. Fails when the engine is
# below the bars.
#
# A branch is one way out of a condition, as gcc without optimisation compiles it: `a && b` has four. It counts once
# it was taken at least once. The branches of an assert() do not count, because taking them all would mean a bug.
set -eu
cd "$(dirname "$0")/.."
folder=$1
lines_bar=90    # percent of the engine's lines, …
branches_bar=80 # … and of its branches

# Of each line, also of sources that no test touched: file, number, function, how often it ran, its branches, and how
# many of these were taken.
list_lines() {
	find "$folder/engine" "$folder/tui" "$folder/cli" -name '*.gcno' -print0 2>/dev/null | sort -z |
		xargs -0 -r gcov --branch-probabilities --json-format --stdout 2>/dev/null |
		jq -r '.files[] | select(.file | test("^(engine|tui|cli)/[^/]*[.]c$")) | .file as $file | .lines[] |
			[$file, .line_number, (.function_name // "?"), .count, (.branches | length),
				([.branches[] | select(.count > 0)] | length)] | @tsv' |
		sort -t "$(printf '\t')" -k 1,1 -k 2,2n
}

list_lines | awk -F '\t' -v lines_bar="$lines_bar" -v branches_bar="$branches_bar" -v out="$folder/uncovered.txt" '
	function share(part, whole) {
		return whole ? 100 * part / whole : 100
	}
	function print_row(name) {
		printf "%6.1f %% of %5d lines  %6.1f %% of %5d branches  %s\n", share(ran[name], lines[name]), lines[name],
			share(taken[name], branches[name]), branches[name], name
	}
	# The text of the file, and which of its lines belong to an assert().
	function load(file,   text, number, inside) {
		split("", source)
		split("", asserts)
		number = inside = 0
		while ((getline text < file) > 0) {
			gsub(/^[ \t]+|[ \t]+$/, "", text)
			source[++number] = text
			if (text ~ /^assert\(/)
				inside = 1
			asserts[number] = inside
			if (text ~ /;$/)
				inside = 0
		}
		close(file)
	}
	# Ends the run of lines that never ran, if there is one.
	function tell_run() {
		if (first)
			printf "%s:%s\t%s: %s\n", file, first == last ? first : first "-" last, where, source[first] > out
		first = 0
	}
	function add(name) {
		lines[name]++
		ran[name] += $4 > 0
		if (!asserts[$2]) {
			branches[name] += $5
			taken[name] += $6
		}
	}
	$1 != file {
		tell_run()
		load($1)
		file = $1
		files[++file_count] = file
	}
	{
		split(file, part, "/")
		add(file)
		add(part[1] "/")
		if (part[1] != "engine")
			next
		if ($4 == 0 && first && where == $3) {
			last = $2
		} else if ($4 == 0) {
			tell_run()
			first = last = $2
			where = $3
		} else {
			tell_run()
			if ($6 < $5 && !asserts[$2])
				printf "%s:%d\t%s: %d of %d branches not taken: %s\n", file, $2, $3, $5 - $6, $5, source[$2] > out
		}
	}
	END {
		tell_run()
		if (!lines["engine/"]) {
			print "No coverage was recorded." > "/dev/stderr"
			exit 1
		}
		for (i = 1; i <= file_count; i++)
			print_row(files[i])
		print ""
		print_row("tui/")
		print_row("cli/")
		print_row("engine/")
		print "What the tests did not run of the engine is in " out "."
		if (share(ran["engine/"], lines["engine/"]) < lines_bar || share(taken["engine/"], branches["engine/"]) < branches_bar) {
			printf "The engine is below the bars: %d %% of the lines, %d %% of the branches.\n", lines_bar,
				branches_bar > "/dev/stderr"
			exit 1
		}
	}'
