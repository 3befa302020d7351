#!/usr/bin/env bash
# report.sh: makes the page of benchmarks of what run.sh measured, on standard output.
#
#	bench/report.sh [RESULTS] >docs/benchmarks.md
#
# What is behind is collected from the rows themselves: each that took longer than another tool, or that missed its bar.
set -u
cd "$(dirname "$0")/.." || exit 1
results=${1:-build/bench-results}
[ -d "$results" ] || {
	echo "report.sh: there is no $results: 'make bench' first" >&2
	exit 1
}
export LC_ALL=C.UTF-8

first_line() { # COMMAND…
	"$@" 2>/dev/null | head -n 1
}

version_of() { # PROGRAM
	command -v "$1" >/dev/null || {
		echo "not installed"
		return
	}
	case $1 in
	restic) first_line restic version | cut -d ' ' -f 2 ;;
	git-annex) first_line git-annex version | cut -d ' ' -f 3 ;;
	rsync) first_line rsync --version | awk '{ print $3 }' ;;
	openssl) first_line openssl version | cut -d ' ' -f 2 ;;
	*) first_line "$1" --version | awk '{ print $NF }' ;;
	esac
}

machine() {
	echo "| what | is |"
	echo "| --- | --- |"
	echo "| processor | $(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) cores$(hints) |"
	echo "| memory | $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) |"
	echo "| disk | $(df --output=fstype . | tail -n 1) on one device, $(df -h --output=size . | tail -n 1 | tr -d ' ') |"
	echo "| system | $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), $(uname -sr) |"
	echo "| Linckia | $(first_line ./linckia --version | cut -d ' ' -f 2), $(first_line "${CC:-cc}" --version) |"
	echo "| libraries | SQLite $(pkg-config --modversion sqlite3), OpenSSL $(pkg-config --modversion libcrypto) |"
	local program
	for program in cp rsync git-annex restic borg casync openssl; do
		echo "| $program | $(version_of $program) |"
	done
}

# What decides how fast SHA-256 is.
hints() {
	! grep -qw sha_ni /proc/cpuinfo || printf ' with SHA instructions'
	! grep -qw hypervisor /proc/cpuinfo || printf ', virtual'
}

# The rows of NAME… as a table, and what programs printed.
section() { # NAME…
	local name files=()
	for name in "$@"; do
		[ ! -e "$results/$name" ] || files+=("$results/$name")
	done
	[ ${#files[@]} -gt 0 ] || {
		echo
		echo "Not measured."
		return
	}
	cat "${files[@]}" | awk -F '|' '
		$1 == "row" && !rows++ {
			print "\n| what | Linckia | beside | its figure | ratio | bar | |"
			print "| --- | --- | --- | --- | --- | --- | --- |"
		}
		$1 == "row" {
			print "| " $2 " | " $3 " | " $4 " | " $5 " | " $6 " | " $7 " | " ($8 == "-" ? "" : $8 == "MISSED" ? "**missed**" : $8) " |"
		}'
	cat "${files[@]}" | awk -F '|' '
		$1 == "run" { close_text() }
		$1 == "text" { if (!open++) print "\n```"; print substr($0, 6) }
		END { close_text() }
		function close_text() { if (open) print "```"; open = 0 }'
	cat "${files[@]}" | awk -F '|' '
		$1 == "run" { key = $2 ", " $4 " runs, commit " $3; if (!(key in seen)) { seen[key]; list = list (list ? "; " : "") key } }
		END { print "\n*" list ".*" }'
}

# Each row in which Linckia takes more than another tool, or missed its bar, and why.
behind() {
	local file
	for file in "$results"/*; do
		awk -F '|' '
			$1 == "row" {
				tell()
				if ($2 != "" && $2 !~ /^\.\.\./) subject = $2
				what = $2 == "" ? last : $2 ~ /^\.\.\./ ? subject ": " substr($2, 5) : $2
				last = what
				losing = $6 + 0 > 1 && $4 ~ /cp|rsync|git-annex|restic|borg|casync|openssl/ || $8 == "MISSED"
				line = "- " what ": " $3 ($4 ? ", " $4 " " $5 ", " $6 " times" : "") ($8 == "MISSED" ? "; the bar is " $7 : "")
			}
			$1 == "because" { reason = $2 }
			END { tell() }
			function tell() {
				if (losing) print line "." (reason ? " " toupper(substr(reason, 1, 1)) substr(reason, 2) "." : "")
				losing = 0
				reason = ""
			}' "$file"
	done
}

cat <<-'TEXT'
	# Benchmarks

	This page is made by `make bench`; change the programs in [bench/](../bench/run.sh), not the page. Each figure is a median. In a ratio, below 1
	means that Linckia takes less. The contenders took turns on one disk within one run, so ratios say more than seconds: another machine has
	other seconds.

	Who does what differs, and no ratio says so. Linckia keeps two copies of what is stored here, durable, each named by its SHA-256, and
	verifies each byte it gives back. `cp` and `rsync` copy, twice at once, and verify nothing. git-annex keeps two copies, named by their SHA-256.
	restic, borg and casync keep one copy; restic compresses and encrypts it, casync compresses it, borg is told to do neither. On one disk
	several copies share what the disk can do: with a disk for each, storing gets faster.

	Free memory is filled with a page cache that nobody needs before each run, as on a machine that has been up for a day; "cold" means that no
	byte of what is read is in memory.

	## The machine
TEXT
machine
cat <<-'TEXT'

	## Where Linckia is behind
	Every row below in which another tool takes less, or a bar was missed.

TEXT
behind
cat <<-'TEXT'

	## Storing, fetching and checking
	1 GiB of random bytes in one file, and 20,000 files of 4 KiB.
TEXT
section put get version files check memory commands
cat <<-'TEXT'

	## Large catalogs
	Catalogs are synthetic: random digests, three copies, a hundred chunks to a file, and chunk files that are links to a few empty ones.
TEXT
section large ten inquiry
cat <<-'TEXT'

	## Healing
	A lost node is wiped while a daemon runs; the time is that until every chunk has its copies again.
TEXT
section detect refill clients rebalance flap
cat <<-'TEXT'

	## History, the journal and collection
TEXT
section change snapshot rebuild journal gc
cat <<-'TEXT'

	## The simulated network
TEXT
section net-off net-accuracy net-slow
cat <<-'TEXT'

	## The console
	On a pseudo-terminal of 200 by 60 cells.
TEXT
section frame idle keys console
cat <<-'TEXT'

	## On paper
	Placement, and a year of failing disks, computed without a store.
TEXT
section placement year
