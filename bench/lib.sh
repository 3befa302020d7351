# lib.sh: timing, medians and the table of the benchmarks. Sourced by run.sh, which sets $work and $rusage.
# shellcheck shell=bash

say() {
	echo "bench: $*" >&2
}

have() {
	command -v "$1" >/dev/null
}

# Runs a command and keeps what it cost under LABEL, for median() and peak(). A command that fails is
# shown and ends the row: the label then has no figures.
timed() { # LABEL COMMAND…
	local label=$1 code=0
	shift
	"$rusage" "$work/cost" "$@" >"$work/output" 2>&1 </dev/null || code=$?
	if [ "$code" -ne 0 ]; then
		say "$* ended with $code: $(tail -n 3 "$work/output")"
		echo failed >>"$work/times/$label.failed"
		return 0
	fi
	cat "$work/cost" >>"$work/times/$label"
}

# The median of one column of what timed() kept: 1 wall seconds, 4 peak KiB. Nothing when a run failed.
median() { # LABEL [COLUMN]
	[ -s "$work/times/$1" ] && [ ! -e "$work/times/$1.failed" ] || return 0
	sort -g -k "${2:-1},${2:-1}" "$work/times/$1" | awk -v column="${2:-1}" '
		{ value[NR] = $column }
		END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# What was written or removed before must not be paid for by what is timed next.
settle() {
	sync -f "$work"
}

# Empties the page cache; fails where that is not allowed.
drop_caches() {
	settle
	[ -w /proc/sys/vm/drop_caches ] && echo 3 2>/dev/null >/proc/sys/vm/drop_caches
}

rows=()

# A row that compares: the bar is the largest ratio ours / theirs that is good enough.
compare() { # WHAT OURS THEIRS-NAME THEIRS BAR
	local ratio=- verdict=-
	if [ -n "$2" ] && [ -n "$4" ] && [ "$4" != "not installed" ]; then
		ratio=$(awk -v a="$2" -v b="$4" 'BEGIN { printf "%.2f", a / b }')
		verdict=$(awk -v a="$2" -v b="$4" -v bar="$5" 'BEGIN { print a / b <= bar ? "met" : "MISSED" }')
	fi
	rows+=("$1|$(seconds "$2")|$3: $(seconds "$4")|$ratio|<= $5|$verdict")
}

# A row with an absolute bar.
limit() { # WHAT OURS UNIT BAR
	local verdict=-
	[ -z "$2" ] || verdict=$(awk -v a="$2" -v bar="$4" 'BEGIN { print a <= bar ? "met" : "MISSED" }')
	rows+=("$1|${2:-failed}${2:+ $3}|-|-|<= $4 $3|$verdict")
}

# A row without a bar.
inform() { # WHAT OURS UNIT
	rows+=("$1|${2:-failed}${2:+ $3}|-|-|-|-")
}

seconds() {
	case $1 in
	'') echo failed ;;
	*[a-z]*) echo "$1" ;;
	*) printf '%.2f s' "$1" ;;
	esac
}

print_table() {
	{
		echo "what|ours|theirs|ratio|bar|verdict"
		printf '%s\n' "${rows[@]}"
	} | awk -F '|' '
		{
			lines = NR
			for (i = 1; i <= NF; i++) {
				cell[NR, i] = $i
				if (length($i) > width[i])
					width[i] = length($i)
			}
		}
		END {
			for (n = 1; n <= lines; n++) {
				line = ""
				for (i = 1; i <= 6; i++)
					line = line sprintf("%-*s  ", width[i], cell[n, i])
				sub(/ +$/, "", line)
				print line
			}
		}'
}
