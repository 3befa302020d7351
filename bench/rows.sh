# rows.sh: the rows of a benchmark, kept in files of their own, and shown as a table. Sourced by run.sh; report.sh reads them.
#
# What was measured under a name of $chosen is the file $results/NAME:
#
#	run|DATE|COMMIT|RUNS
#	row|what|ours|whom beside|theirs|ratio|bar|verdict
#	because|why it is as it is        of the row before
#	text|a line of a program's own table
# shellcheck shell=bash

results=${BENCH_RESULTS:-$root/build/bench-results}
revision=$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)

begin_rows() { # NAME
	rows_file=$work/rows.$1
	rows_name=$1
	echo "run|$(date +%F)|$revision|$runs" >"$rows_file"
}

# A name under which nothing could be measured leaves what was known before.
end_rows() {
	grep -Eq '^(row|text)\|' "$rows_file" || return 0
	mkdir -p "$results"
	cp "$rows_file" "$results/$rows_name"
	print_rows "$rows_file"
}

add_row() { # WHAT OURS WHOM THEIRS RATIO BAR VERDICT
	local IFS='|'
	echo "row|$*" >>"$rows_file"
}

# Why the row before is as it is. The report tells it where Linckia is behind.
because() { # TEXT
	echo "because|$1" >>"$rows_file"
}

# What a program printed.
add_text() { # COMMAND…
	"$@" | sed 's/^/text|/' >>"$rows_file"
}

# A row that compares: the bar, if there is one, is the largest ratio ours / theirs that is good enough.
compare() { # WHAT OURS WHOM THEIRS [BAR [UNIT]]
	local ratio=- verdict=-
	if [ -n "$2" ] && [ -n "$4" ]; then
		ratio=$(awk -v a="$2" -v b="$4" 'BEGIN { if (b == 0) print "-"; else printf "%.2f", a / b }')
		[ -z "${5:-}" ] || verdict=$(awk -v r="$ratio" -v bar="$5" 'BEGIN { print r + 0 <= bar ? "met" : "MISSED" }')
	fi
	add_row "$1" "$(with_unit "$2" "${6:-s}")" "$3" "$(with_unit "$4" "${6:-s}")" "$ratio" "${5:+<= $5}" "$verdict"
}

# A row with an absolute bar.
limit() { # WHAT OURS UNIT BAR
	local verdict=-
	[ -z "$2" ] || verdict=$(awk -v a="$2" -v bar="$4" 'BEGIN { print a <= bar ? "met" : "MISSED" }')
	add_row "$1" "${2:-failed}${2:+ $3}" "" "" "" "<= $4 $3" "$verdict"
}

# A row without a bar.
inform() { # WHAT OURS UNIT
	add_row "$1" "${2:-failed}${2:+ $3}" "" "" "" "" ""
}

with_unit() { # FIGURE UNIT
	if [ -n "$1" ]; then
		printf '%.*f %s' "$(awk -v f="$1" 'BEGIN { print f < 10 ? 2 : f < 100 ? 1 : 0 }')" "$1" "$2"
	else
		echo failed
	fi
}

print_rows() { # FILE
	{
		echo "row|what|ours|beside|theirs|ratio|bar|verdict"
		grep '^row|' "$1"
	} | awk -F '|' '
		{
			lines = NR
			for (i = 2; i <= NF; i++) {
				cell[NR, i] = $i
				if (length($i) > width[i])
					width[i] = length($i)
			}
		}
		END {
			for (n = 1; n <= lines && lines > 1; n++) {
				line = ""
				for (i = 2; i <= 8; i++)
					line = line sprintf("%-*s  ", width[i], cell[n, i])
				sub(/ +$/, "", line)
				print line
			}
		}'
	sed -n 's/^text|//p' "$1"
	echo
}
