#!/bin/sh
# End-to-end test of the console in a real terminal, which tmux is.
#
# On a rehearsal store of its own, for each size and locale: the console shows HEALTHY; f and y fail the first
# node, and it shows DEGRADED; r brings the node back, and it shows HEALTHY; a command is typed; q gives the terminal back.
# For each size and kind of terminal: every tab, and many sizes in quick succession. A snapshot is taken, and a file brought
# back from it. Then the terminal that is too small, the one that is no terminal, and the signals. $LINCKIA names the
# program (default ./linckia), $SIZES the sizes, such as '80 24,40 10'. Needs tmux. Everything is waited for by looking,
# for at most $LIMIT seconds (default 20) each.
set -u
# What is looked at are characters, whatever the environment says; each console is given a locale of its own.
export LC_ALL=C.UTF-8

LINCKIA=${LINCKIA:-./linckia}
LIMIT=${LIMIT:-20}
case $LINCKIA in
/*) ;;
*) LINCKIA=$PWD/$LINCKIA ;;
esac

folder=$(mktemp -d "${TMPDIR:-/tmp}/linckia-screen.XXXXXX") || exit 1
socket=linckia-screen-$$
before=: # what the shell in the terminal does first
words=   # of the console under test
passed=0
failed=0

on_tmux() {
	env -u TMUX tmux -L "$socket" -f /dev/null "$@" 2>>"$folder/tmux.log"
}

clean_up() {
	on_tmux kill-server
	rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

screen() {
	on_tmux capture-pane -p -t test
}

# passes WHAT / fails WHAT: counts one check.
passes() {
	passed=$((passed + 1))
	printf '[       OK ] %s\n' "$1"
}

fails() {
	failed=$((failed + 1))
	printf '[  FAILED  ] %s; the screen was:\n' "$1"
	if on_tmux has-session -t test; then
		screen
	else
		printf 'none: there is no terminal; tmux said last:\n'
		tail -n 3 "$folder/tmux.log"
	fi
}

# becomes WHAT MISTAKE COMMAND...: waits until COMMAND succeeds; the check WHAT fails with MISTAKE when it does not.
becomes() {
	what=$1 mistake=$2
	shift 2
	tries=$((LIMIT * 10))
	while [ "$tries" -gt 0 ]; do
		if "$@"; then
			passes "$what"
			return 0
		fi
		sleep 0.1
		tries=$((tries - 1))
	done
	fails "$what: $mistake"
	return 1
}

has() {
	screen | grep -qF -e "$1" ${2:+-e "$2"}
}

has_not() {
	! has "$1"
}

banner_says() {
	screen | head -n 1 | grep -qF -- "$1"
}

is_as_wide_as() {
	screen | head -n 1 | grep -q "^.\\{$(($1 - 9))\\}[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\$" &&
		screen | tail -n 1 | grep -q 'q quit'
}

has_ended() {
	! kill -0 "$1" 2>>"$folder/kill.log"
}

# sees WHAT TEXT [OTHER]: waits until the screen has TEXT, or OTHER, in it.
sees() {
	becomes "$1" "'$2' did not appear" has "$2" "${3-}"
}

# sees_not WHAT TEXT: waits until the screen no longer has TEXT in it.
sees_not() {
	becomes "$1" "'$2' did not go away" has_not "$2"
}

# health WHAT WORD: waits until the banner, which is the first row, says WORD.
health() {
	becomes "$1" "the banner does not say $2" banner_says "$2"
}

# fits WHAT COLUMNS: waits until the clock stands at the end of the first row, and the keys in the last row.
fits() {
	becomes "$1" "the picture is not as large as the terminal" is_as_wide_as "$2"
}

# gone WHAT PID: waits until there is no such process.
gone() {
	becomes "$1" "it is still there" has_ended "$2" && return 0
	kill -KILL "$2"
	return 1
}

press() {
	on_tmux send-keys -t test "$@"
}

# open COLUMNS ROWS LOCALE [SETTING…]: a terminal with a shell, in which the console is started, with more settings of
# the environment. Before the console there stands a word, and after it its exit code and the terminal's settings (but for speed and size), to see
# that all is as it was.
open() {
	on_tmux kill-session -t test
	cat >"$folder/session.sh" <<-END
		$before
		printf 'BEFORE\n'
		stty -a | sed '1d' >'$folder/stty.before'
		'$LINCKIA' $words
		code=\$?
		stty -a | sed '1d' >'$folder/stty.after'
		printf 'AFTER %s\n' "\$code"
		exec sleep 600
	END
	rm -f "$folder/stty.before" "$folder/stty.after"
	columns=$1 rows=$2 locale=$3
	shift 3
	on_tmux new-session -d -s test -x "$columns" -y "$rows" env LC_ALL="$locale" "$@" sh "$folder/session.sh"
	on_tmux set-option -t test status off
	on_tmux resize-window -t test -x "$columns" -y "$rows"
}

# restored WHAT CODE: the console is gone, with that exit code, and the terminal is as it was.
restored() {
	sees "$1: the console ends" "AFTER $2" || return
	# What was printed since may have pushed it off a small screen.
	if ! on_tmux capture-pane -p -S -100 -t test | grep -q '^BEFORE'; then
		fails "$1: what stood on the terminal before is gone"
	elif ! cmp -s "$folder/stty.before" "$folder/stty.after"; then
		fails "$1: the terminal's settings are changed"
	elif [ "$(on_tmux display-message -p -t test '#{cursor_flag} #{alternate_on}')" != "1 0" ]; then
		fails "$1: the cursor is hidden, or the other screen still on"
	else
		passes "$1: the terminal is as it was"
	fi
}

# console_pid: the process of the console under test.
console_pid() {
	shell=$(on_tmux display-message -p -t test '#{pane_pid}')
	ps -o pid= --ppid "$shell" | head -n 1 | tr -d ' '
}

try_keys() {
	name="$1x$2 $3"
	open "$1" "$2" "$3"
	health "$name: shows HEALTHY" HEALTHY || return
	sees "$name: shows the nodes" node-1
	press f
	sees "$name: f asks" 'Fail this node?'
	press f
	sees_not "$name: f does not confirm" 'Fail this node?'
	press f
	sees "$name: f asks again" 'Fail this node?'
	press y
	health "$name: y fails the node" DEGRADED
	sees "$name: the node is down" down
	press r
	health "$name: r recovers it" HEALTHY
	press e
	sees "$name: e opens the events" following
	press Escape
	sees "$name: Esc goes to the overview" node-2
	press '?'
	sees "$name: ? helps" Help
	press q
	sees "$name: q goes back" node-2
	press C-l
	sees "$name: Ctrl-L leaves the picture whole" node-1
	press : 'node rec' Tab 'node-1' Enter
	sees "$name: a command can be typed, and says how it went" 'node recover n'
	press : 'nod fail node-1' Enter
	sees "$name: a failure is a sentence" 'nod fail node-1: '
	press j j k
	sees "$name: a failure stays" 'nod fail'
	press Escape
	sees_not "$name: Esc lets the failure go" 'nod fail'
	press : 'get none -o /dev/null' Enter
	press 9
	sees "$name: jobs are listed" 'get none'
	sees "$name: with how they ended" failed
	sees_not "$name: all have ended" running
	press q
	restored "$name" 0
}

# Every tab, by its digit, in a terminal of some kind; then sizes in quick succession.
try_tabs() {
	columns=$1 rows=$2 locale=$3 kind=$4
	shift 4
	name="${columns}x$rows $locale $kind"
	open "$columns" "$rows" "$locale" "$@"
	health "$name: shows HEALTHY" HEALTHY || return
	while read -r digit word; do
		press "$digit"
		sees "$name: $digit shows $word" "$word"
	done <"$folder/tabs"
	for size in '120 36' '41 11' '300 100' '20 5' '79 23' '200 12' '40 60' "$columns $rows"; do
		# shellcheck disable=SC2086
		set -- $size
		on_tmux resize-window -t test -x "$1" -y "$2"
		press Tab
		[ "$1" -lt 60 ] || fits "$name: fits $1x$2" "$1"
	done
	press 1
	health "$name: is whole after many sizes" HEALTHY
	press q
	restored "$name" 0
}

# A file that is removed is missed since a snapshot, and brought back.
try_history() {
	name="history, $1x$2"
	open "$1" "$2" C.UTF-8
	health "$name: shows HEALTHY" HEALTHY || return
	press S
	sees "$name: S asks for a name" 'Snapshot: 2'
	press C-u "at-$1x$2" Enter
	press 4 s
	sees "$name: the snapshot is listed" "▶ at-$1x$2"
	press : 'rm run.sh' Enter
	sees "$name: removing asks" 'Run this?'
	press y Enter
	sees "$name: Enter compares with now" "at-$1x$2 to now"
	sees "$name: what was removed is missed" '- 1 removed'
	press r
	sees "$name: r asks" 'Restore this version?'
	press y
	sees "$name: y brings it back" 'Nothing differs'
	press q x
	sees "$name: x asks" 'Remove this snapshot?'
	press y
	sees "$name: y removes the snapshot" 'No snapshots yet'
	sees "$name: and says so" 'removed 1 snapshot'
	press q q
	restored "$name" 0
}

try_small() {
	open 20 5 C.UTF-8
	sees "20x5: says which size it needs" 40x10
	on_tmux resize-window -t test -x 80 -y 24
	sees "20x5: shows the nodes when it grows" node-1
	on_tmux resize-window -t test -x 20 -y 5
	sees "20x5: says so again when it shrinks" 40x10
	press q
	restored "20x5" 0
}

try_signal() {
	open 80 24 C.UTF-8
	health "$1: shows HEALTHY" HEALTHY || return
	kill -"$1" "$(console_pid)"
	restored "$1" "$2"
}

try_stop() {
	open 80 24 C.UTF-8
	health "TSTP: shows HEALTHY" HEALTHY || return
	pid=$(console_pid)
	kill -STOP "$pid"
	kill -CONT "$pid"
	health "CONT: the picture is back" HEALTHY
	press q
	restored "CONT" 0
}

# The terminal goes away, which HUP tells; with HUP ignored, as by nohup, only the terminal itself tells.
try_hangup() {
	open 80 24 C.UTF-8
	health "hang-up: shows HEALTHY" HEALTHY || return
	pid=$(console_pid)
	on_tmux kill-session -t test
	gone "hang-up: the console ends" "$pid"
	before="trap '' HUP"
	open 80 24 C.UTF-8
	before=:
	health "hang-up ignored: shows HEALTHY" HEALTHY || return
	pid=$(console_pid)
	on_tmux kill-session -t test
	gone "hang-up ignored: the console ends all the same" "$pid"
}

# type_line TEXT: each character is a key of its own.
type_line() {
	on_tmux send-keys -l -t test "$1"
}

# The command line, with commands that run in processes of their own.
try_commands() {
	name="$1x$2 $3, commands"
	open "$1" "$2" "$3"
	health "$name: shows HEALTHY" HEALTHY || return
	type_line ':node fa'
	press Tab
	sees "$name: Tab completes the command" ':node fail'
	type_line 'node-1'
	press Enter
	sees "$name: what takes a node away asks" 'Run this?'
	press Enter
	sees_not "$name: Enter does not confirm" 'Run this?'
	health "$name: nothing has happened" HEALTHY
	press : Up Enter
	sees "$name: the line comes back" 'Run this?'
	press y
	health "$name: y runs it" DEGRADED
	type_line ':node recover node-1'
	press Enter
	health "$name: what puts it back does not ask" HEALTHY
	type_line ':sta'
	press Enter
	sees "$name: the program's own sentence" "unknown command 'sta'"
	press Escape
	sees_not "$name: Esc lets it go" "unknown command 'sta'"
	type_line ':node list'
	press Enter
	sees "$name: what was said opens" 'took'
	press q
	press :
	printf 'rm\n\ny\nq\nend' | on_tmux load-buffer -
	on_tmux paste-buffer -p -t test
	sees "$name: what is pasted is text" ':rm  y q end'
	press Escape
	press q
	restored "$name" 0
}

# A job that lasts ends with the console: when it is left, when its terminal goes away, when it is killed.
try_jobs() {
	head -c 60000000 /dev/urandom >"$folder/large"
	"$LINCKIA" -q -c "$folder/store/config.yaml" put "$folder/large" || fails "jobs: something to verify"
	for how in leave hang-up kill; do
		open 80 24 C.UTF-8
		health "jobs, $how: shows HEALTHY" HEALTHY || return
		type_line ':scrub --bandwidth 1MiB'
		press Enter
		sees "jobs, $how: the line tells of it" 'scrub --bandwidth 1MiB'
		pid=$(console_pid)
		job=$(ps -o pid= --ppid "$pid" | tr -d ' ')
		if [ -z "$job" ]; then
			fails "jobs, $how: no process runs"
			return
		fi
		case $how in
		leave)
			press q
			sees "jobs, $how: asks" '1 job is still running'
			press y
			restored "jobs, $how" 0
			;;
		hang-up) on_tmux kill-session -t test ;;
		kill) kill -KILL "$pid" ;;
		esac
		gone "jobs, $how: the console is gone" "$pid"
		gone "jobs, $how: its job is gone too" "$job"
	done
}

# A shell without job control leaves TSTP alone, so the console runs in one that has it.
try_suspend() {
	open 80 24 C.UTF-8
	on_tmux kill-session -t test
	on_tmux new-session -d -s test -x 80 -y 24 env LC_ALL=C.UTF-8 PS1='READY ' bash --norc --noprofile -i
	on_tmux set-option -t test status off
	sees "TSTP: a shell" READY
	press "'$LINCKIA' -c '$folder/store/config.yaml' console" Enter
	health "TSTP: shows HEALTHY" HEALTHY || return
	press C-z
	sees "TSTP: Ctrl-Z gives the terminal back" Stopped
	press 'fg' Enter
	health "TSTP: fg shows the console again" HEALTHY
	press q
	sees_not "TSTP: q ends it" HEALTHY
}

# Links: nodes are cut off after a question, connected again, made slow, and all is healed.
try_network() {
	name="$1x$2, links"
	open "$1" "$2" C.UTF-8
	health "$name: shows HEALTHY" HEALTHY || return
	press 8 g l Space Space p
	sees "$name: p asks" 'Cut these nodes off?'
	# Which of the two depends on where the copies are.
	sees "$name: and says what that means" 'Safe: ' 'Thin: '
	press Enter
	sees_not "$name: Enter does not confirm" 'Cut these nodes off?'
	press p y
	health "$name: y cuts them off" DEGRADED
	press h
	sees "$name: the link is told to be cut" 'cut, nothing passes'
	press p
	health "$name: p connects them again" HEALTHY
	press u P Down Enter
	sees "$name: a preset is taken" 'are like'
	press v C-u 'latency=70ms loss=2%' Enter
	sees "$name: a link is set" 'changed'
	press H
	sees "$name: all is healed" 'healed'
	health "$name: and well" HEALTHY
	press q
	restored "$name" 0
}

# A scenario on a virtual clock: paused, stepped, played to its end, with a verdict. Leaving it early leaves nothing behind.
try_scenario() {
	name="$1x$2, scenario"
	words="console --run '$folder/scenario.yaml'"
	open "$1" "$2" C.UTF-8 TMPDIR="$folder/scratch"
	sees "$name: says that it plays" PLAYING || return
	press ,
	sees "$name: , pauses" PAUSED
	press f
	sees "$name: a virtual clock is only watched" 'only watched'
	press Escape ,
	sees "$name: , goes on" PLAYING
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		press '>'
	done
	sees "$name: ends with a verdict" 'HEALTHY all'
	sees "$name: which is told in the strip" PASSED
	press q
	sees_not "$name: q leaves the verdict" 'HEALTHY all'
	press ,
	sees "$name: , shows it again" 'HEALTHY all'
	press q q
	restored "$name" 0
	open "$1" "$2" C.UTF-8 TMPDIR="$folder/scratch"
	sees "$name: plays once more" PLAYING || return
	press q
	sees "$name: and is left in the middle" AFTER
	words=$usual_words
	if [ -z "$(find "$folder/scratch" -mindepth 1)" ]; then
		passes "$name: nothing is left behind"
	else
		fails "$name: something is left behind"
	fi
}

if ! command -v tmux >/dev/null; then
	echo "tests/screen/run.sh needs tmux" >&2
	exit 1
fi
if ! "$LINCKIA" new "$folder/store" --nodes 6 --rehearsal >"$folder/new.log" 2>&1; then
	cat "$folder/new.log" >&2
	exit 1
fi

usual_words="-c '$folder/store/config.yaml' console"
words=$usual_words
mkdir "$folder/scratch"
cat >"$folder/scenario.yaml" <<-'END'
	name: All is well
	clock: virtual
	steps:
	  - put: {files: 5, size: 256KiB}
	  - wait: 20m
	  - verify
END

# What each tab shows at every size, and nowhere else.
cat >"$folder/tabs" <<-'END'
	2 all answer
	3 of the nodes
	4 file
	5 mean
	6 Nothing is
	7 following
	8 Links, in
	9 Nothing was run
	1 newest
END

# tmux ends with its last session, and one that is begun at that moment is lost. This one stays, so that it never ends.
if ! on_tmux new-session -d -s stays sleep 3600; then
	cat "$folder/tmux.log" >&2
	exit 1
fi
if ! "$LINCKIA" -q -c "$folder/store/config.yaml" put "$0" 2>"$folder/put.log"; then
	cat "$folder/put.log" >&2
	exit 1
fi

IFS=,
for size in ${SIZES:-40 10,80 24,120 36,200 60}; do
	unset IFS
	for locale in C.UTF-8 C; do
		# shellcheck disable=SC2086
		try_keys $size "$locale"
	done
	# shellcheck disable=SC2086
	{
		try_tabs $size C.UTF-8 "256 colours" TERM=xterm-256color
		try_tabs $size C.UTF-8 "8 colours" TERM=xterm
		try_tabs $size C.UTF-8 NO_COLOR TERM=xterm-256color NO_COLOR=1
		try_tabs $size C ASCII TERM=xterm-256color
	}
done
for size in '40 10' '80 24' '120 36' '200 60'; do
	# shellcheck disable=SC2086
	try_commands $size C.UTF-8
done
try_commands 80 24 C
try_history 40 10
try_history 80 24
try_network 40 15
try_network 80 24
try_scenario 40 15
try_scenario 80 24
try_jobs
try_small
for signal in INT TERM HUP QUIT; do
	try_signal "$signal" 0
done
try_signal ABRT 134
try_signal SEGV 139
try_stop
try_suspend
try_hangup

if "$LINCKIA" -c "$folder/store/config.yaml" console </dev/null >/dev/null 2>&1; then
	fails "no terminal: the console refuses"
else
	passes "no terminal: the console refuses"
fi

# A terminal that cannot be drawn on; and a size in the environment that is another terminal's.
before='TERM=dumb; export TERM'
open 80 24 C.UTF-8
sees "dumb terminal: the console refuses" "TERM=dumb"
on_tmux kill-session -t test
before='LINES=60 COLUMNS=200; export LINES COLUMNS'
open 80 24 C.UTF-8
before=:
sees "size in the environment: the keys are in sight" "q quit"
on_tmux resize-window -t test -x 60 -y 20
sees "size in the environment: the keys are in sight again" "q quit"
on_tmux kill-session -t test

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
