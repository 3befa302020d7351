# match.awk: does what a page shows match what was printed?
#
#	awk -f match.awk SHOWN PRINTED
#
# Line for line, but a shown line '...' stands for any lines, or none. The exit status tells.

FILENAME == ARGV[1] {
	shown[++wanted] = $0
	next
}
{
	printed[++there] = $0
}

# Whether the shown lines from..to are the printed ones that begin at `at`.
function same(from, to, at,    i) {
	for (i = from; i <= to; i++)
		if (at + i - from > there || shown[i] != printed[at + i - from])
			return 0
	return 1
}

# Each run of lines between two '...' is taken where it first fits; the last one has to end where the output does.
END {
	at = 1
	for (from = 1; ; from = to + 2) {
		for (to = from - 1; to < wanted && shown[to + 1] != "..."; to++)
			;
		first = from == 1
		last = to == wanted
		if (last && !first) {
			if (there - (to - from) < at)
				exit 1
			at = there - (to - from)
		}
		while (!same(from, to, at)) {
			if (first || last || at > there)
				exit 1
			at++
		}
		at += to - from + 1
		if (last)
			exit at != there + 1
	}
}
