#!/usr/bin/env bash
# run.sh: opens the store that config.yaml describes, and makes it first where there is none.
#
# A store that never held anything gets the project's own sources, so that there is something to look at.
# Without a terminal there is no console: the status is printed once instead, and the exit code says
# whether that worked, not how the store is.
set -u
cd "$(dirname "$0")/.." || exit 1
export LINCKIA_CONFIG=$PWD/config.yaml

./linckia -q init || exit 1

versions=$(./linckia --json status | tr -d ' \n\t' | grep -o '"versions":[0-9]*' | head -n 1)
if [ "$versions" = '"versions":0' ]; then
	echo "The store is empty; putting the sources in as linckia/" >&2
	for path in README.md LICENSE Makefile config.yaml engine tui cli packaging tests bench scripts docs; do
		[ -e "$path" ] || continue
		./linckia -q put -n "linckia/$path" "$path" || echo "$path is not in the store; see above." >&2
	done
fi

if [ -t 0 ] && [ -t 1 ]; then
	exec ./linckia console
fi
./linckia status
[ $? -le 2 ] || exit 1
echo "This is not a terminal, so there is no console here. On one: ./linckia console"
