#!/usr/bin/env bash
# pictures.sh: draws docs/pictures/ anew, from a real run.
#
# Makes a store of six nodes in $PICTURES_STORE (/tmp/tour, which must not be there yet), puts the sources and some
# noise into it, opens the console in a terminal of tmux, presses keys, and has build/picture draw what stands there.
# Needs tmux. Takes about two minutes and removes the store at the end.
set -u
cd "$(dirname "$0")/.." || exit 1
linckia=$PWD/linckia
store=${PICTURES_STORE:-/tmp/tour}
out=docs/pictures
socket=linckia-pictures-$$
export LINCKIA_CONFIG=$store/config.yaml

if [ -e "$store" ]; then
	echo "$store is there already; set PICTURES_STORE to a folder that is not" >&2
	exit 1
fi

on_tmux() {
	env -u TMUX tmux -L "$socket" -f /dev/null "$@"
}

clean_up() {
	on_tmux kill-server 2>/dev/null
	rm -rf "$store"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# open COLUMNS ROWS: a console, which stays open until the next one.
open() {
	columns=$1 rows=$2
	on_tmux kill-server 2>/dev/null
	on_tmux new-session -d -s picture -x "$columns" -y "$rows" \
		env LC_ALL=C.UTF-8 TERM=xterm-256color NO_COLOR= "$linckia" console --theme dark || exit 1
	on_tmux set-option -t picture status off
	sleep 2
}

resize() {
	columns=$1 rows=$2
	on_tmux resize-window -t picture -x "$columns" -y "$rows"
	sleep 0.5
}

press() {
	for key in "$@"; do
		on_tmux send-keys -t picture "$key"
		sleep 0.3
	done
}

# shot NAME: draws what is shown now.
shot() {
	on_tmux capture-pane -e -p -N -t picture | build/picture "$columns" "$rows" >"$out/$1.svg"
	echo "$out/$1.svg"
}

mkdir -p "$out"
nodes=()
for node in 1 2 3 4 5 6; do
	zone=$(echo abc | cut -c $(((node - 1) % 3 + 1)))
	nodes+=(--node "$store/node-$node,zone=$zone,capacity=$((192 + node % 2 * 64))MiB")
done
"$linckia" -q new "$store" "${nodes[@]}" --rf 3 --chunk-size 256KiB --rehearsal || exit 1
sed -i 's|^repair:.*|repair: {interval: 2s, grace: 3s, bandwidth: 0, concurrency: 4, min_up_ratio: 0.5}|' "$LINCKIA_CONFIG"
for folder in engine tui cli tests docs; do
	"$linckia" -q put -n "linckia/$folder" "$folder" || exit 1
done
for number in 1 2 3 4 5; do
	head -c 17M /dev/urandom | "$linckia" -q put -n "photos/2026/film-$number.mov" - || exit 1
done

open 100 32
press 2
shot nodes
press Enter
shot node
press Escape w
sleep 1
shot what-if
press Escape 4
sleep 0.5
shot files
press 5
sleep 0.5
shot chunks
press v
sleep 0.5
shot pairs
"$linckia" -q net preset wan node-5 || exit 1
"$linckia" -q net set client node-4 latency=150ms loss=1% || exit 1
"$linckia" -q net cut node-2 node-3 || exit 1
press 8
sleep 2
shot network
"$linckia" -q net heal || exit 1
press 1 :
on_tmux send-keys -t picture 'node '
press Tab
shot command
press Escape '?'
shot help
press q

# A node fails while files are put, and repair is held back so that it can be watched.
open 120 40
"$linckia" -q repair --bandwidth 1536KiB
for number in 6 7 8; do
	head -c 9M /dev/urandom | "$linckia" -q put -n "photos/2026/film-$number.mov" -
	sleep 3
done
press f y
sleep 16
shot console
resize 100 32
press 6
sleep 1
shot repair
press 3 m m m m
sleep 0.5
shot heat
press m m 4 a
sleep 1
shot at-risk
press a /
on_tmux send-keys -t picture film-1
press Enter
sleep 1
press Enter
sleep 1
shot file
press Escape 7
sleep 0.5
shot events
press Enter
shot event
press Escape 9 :
on_tmux send-keys -t picture 'get linckia/nothing'
press Enter Escape :
on_tmux send-keys -t picture 'put -n linckia/again docs'
press Enter :
on_tmux send-keys -t picture 'scrub'
press Enter
sleep 1
shot jobs
press q
