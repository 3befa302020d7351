# lib.sh: what the end-to-end tests share. Sourced by run.sh in each test's own folder and shell, under set -e.
# shellcheck shell=bash

unset LINCKIA_CONFIG NO_COLOR XDG_CONFIG_HOME
export HOME=$PWD LC_ALL=C.UTF-8
umask 022

# Where a test failed: the line of the test, and the lines that led there.
trap 'code=$?; [ "$code" -eq 77 ] || echo "line ${BASH_LINENO[0]:-?} of ${FUNCNAME[0]:-?}: $BASH_COMMAND (exit $code)"' ERR
# A job that ends meanwhile is none to end.
trap 'jobs -p | xargs -r kill -9 2>/dev/null || true' EXIT

die() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

lk() {
	"$LINCKIA" "$@"
}

# Makes the store ./s with six nodes in three zones, three copies and small chunks, and goes on using it.
make_store() { # [OPTION…]
	lk -q new s --nodes 6 --rf 3 --chunk-size 64KiB --rehearsal "$@" >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
}

# Runs a command that must end with the exit code CODE; what it wrote is in ./out and ./err.
exits() { # CODE COMMAND…
	local wanted=$1 code=0
	shift
	"$@" >out 2>err || code=$?
	[ "$code" -eq "$wanted" ] || {
		echo "$* ended with $code instead of $wanted"
		sed 's/^/stdout: /' out | head -n 20
		sed 's/^/stderr: /' err | head -n 20
		exit 1
	}
}

same() { # WANTED FOUND [WHAT]
	[ "$1" = "$2" ] || die "${3:-value}: found '$2' instead of '$1'"
}

# What jq makes of a JSON document must be as wanted.
json() { # FILE FILTER WANTED
	same "$3" "$(jq -r "$2" "$1")" "$2 of $(head -c 2000 "$1")"
}

says() { # FILE REGEX
	grep -Eiq -- "$2" "$1" || die "nothing like '$2' in: $(cat "$1")"
}

says_not() { # FILE REGEX
	! grep -Eiq -- "$2" "$1" || die "'$2' is in: $(cat "$1")"
}

# The health must be WORD, with each CODE among its checks; the document is in ./status.
health() { # WORD [CODE…]
	local word=$1 code=0 wanted check
	shift
	case $word in HEALTHY) wanted=0 ;; DEGRADED) wanted=1 ;; CRITICAL) wanted=2 ;; *) wanted=3 ;; esac
	lk --json status >status || code=$?
	same "$word" "$(jq -r .health status)" "health, with $(jq -c '[.checks[] | [.code, .summary]]' status)"
	same "$wanted" "$code" "exit code of status"
	for check in "$@"; do
		jq -e --arg code "$check" 'any(.checks[]; .code == $code)' status >/dev/null ||
			die "$check is not among the checks: $(jq -c '[.checks[].code]' status)"
	done
}

random_file() { # FILE BYTES
	head -c "$2" /dev/urandom >"$1"
}

# What a folder holds, in a form that two folders can be compared by.
picture() { # FOLDER
	(cd "$1" && find . -mindepth 1 \( -type d -printf 'd %m %T@ %p\0' \) -o \( -type l -printf 'l %T@ %p -> %l\0' \) \
		-o -printf '%y %m %s %T@ %p\0' | sort -z | tr '\0' '\n')
}

same_folder() { # A B
	diff -r --no-dereference "$1" "$2" || die "$1 and $2 differ"
	diff <(picture "$1") <(picture "$2") || die "$1 and $2 differ in modes, times or kinds"
}

chunks_of() { # NAME
	lk --json stat "$1" | jq -r '.chunks[].sha256'
}

# The nodes that hold the N-th chunk of a name, the first being 0.
nodes_of() { # NAME [N]
	lk --json stat "$1" | jq -r --argjson n "${2:-0}" '.chunks[$n].replicas[].node'
}

chunk_path() { # NODE SHA256
	echo "s/$1/chunks/${2:0:2}/$2"
}

# Everything about the files below a folder that a write would change.
fingerprint() { # FOLDER
	find "$1" -printf '%p %y %m %s %T@ %i\n' | sort
}

# Breaks every way in which a chunk file can be damaged; each is called with a path.
damage_truncate() { truncate -s -1 "$1"; }
damage_empty() { : >"$1"; }
damage_flip() {
	local byte
	byte=$(od -An -tu1 -j 1000 -N 1 "$1")
	printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek=1000 conv=notrunc status=none
}
damage_lengthen() { printf x >>"$1"; }
damage_remove() { rm "$1"; }
damage_fifo() { rm "$1" && mkfifo "$1"; }
damage_folder() { rm "$1" && mkdir "$1"; }
damage_symlink() { mv "$1" "${PWD}/elsewhere" && ln -s "$PWD/elsewhere" "$1"; }

# Runs a command as a user without rights over the test's folder but what it was given.
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# Makes ./s belong to the user that as_nobody() runs as, and the program reachable for it.
for_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null || skip "setpriv is not installed"
		cp "$LINCKIA" ./program
		chmod 755 ./program
		LINCKIA=$PWD/program
		chown -R 65534:65534 .
		as_nobody "$LINCKIA" --version >/dev/null 2>&1 || as_nobody test -x "$LINCKIA" ||
			skip "another user cannot run a program in $PWD"
	fi
}

# Waits until a condition holds; how long it takes does not matter to the outcome.
wait_for() { # COMMAND…
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || die "this never came true: $*"
		sleep 0.05
	done
}

source "$E2E_HERE/heal.sh"
