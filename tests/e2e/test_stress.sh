# Many programs on one store at once: they put, get, remove, take snapshots, repair, collect and scrub, a daemon heals, a console
# and a status look on, and now and then one of them is killed. What was acknowledged is there afterwards.
#
# $STRESS_ROUNDS is how often each of those that store does so, $STRESS_SEED what they draw from.

# Stores files under names of its own, again and again; ./told-N says what was acknowledged: a line "put NAME SUM", or "rm
# NAME" before a removal is tried.
stress_put() { # NUMBER ROUNDS
	local number=$1 round name
	RANDOM=$((${STRESS_SEED:-1} * 100 + number))
	for ((round = 1; round <= $2; round++)); do
		name=of-$number/$((RANDOM % 6))
		if [ $((RANDOM % 6)) -eq 0 ]; then
			echo "rm $name" >>"told-$number"
			"$LINCKIA" -q rm "$name" >/dev/null 2>>"err-$number" || true
			continue
		fi
		head -c $((RANDOM * 8)) /dev/urandom >"in-$number"
		# That it is tried is told first: a put that is killed may have happened or not.
		echo "try $name $(sha256sum <"in-$number")" >>"told-$number"
		if "$LINCKIA" -q put -n "$name" "in-$number" >/dev/null 2>>"err-$number"; then
			echo "put $name $(sha256sum <"in-$number")" >>"told-$number"
		fi
	done
}

# Fetches what was acknowledged by others; a file that comes must be one that somebody stored under that name.
stress_get() { # NUMBER
	local name
	while [ ! -e over ]; do
		name=of-$((RANDOM % 2))/$((RANDOM % 6))
		if "$LINCKIA" get "$name" -o "out-$1" 2>>"err-get-$1"; then
			grep -q "$name $(sha256sum <"out-$1")" told-* || echo "$name is not what was stored" >>wrong
		fi
	done
}

# Runs commands in turn until all is over.
stress_loop() { # COMMAND-LINE…
	local line
	while [ ! -e over ]; do
		for line in "$@"; do
			# shellcheck disable=SC2086 # the words of a command
			"$LINCKIA" $line >/dev/null 2>>err-loop || true
		done
	done
}

# Kills one of the programs, found by whose child it is, now and then.
stress_kill() { # PARENT…
	local parent child
	while [ ! -e over ]; do
		sleep 0.7
		parent=$(shuf -n 1 -e "$@")
		child=$(pgrep -P "$parent" | head -n 1) || true
		[ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
	done
}

# The last word on each name: what it must be now, or what it may be where a put or a removal was cut short.
stress_verify() {
	local name sum last
	[ ! -s wrong ] || die "$(cat wrong)"
	cut -d ' ' -f 2 told-* | sort -u >every-name
	while read -r name; do
		last=$(grep -h " $name\b" told-* | tail -n 1)
		if ! lk get "$name" -o back 2>err; then
			# Only one that may have been removed since may be missing.
			grep -h " $name\b" told-* | awk '$1 == "put" { there = 1 } $1 == "rm" { there = 0 } END { exit there }' ||
				die "$name is lost: $(cat err)"
			continue
		fi
		sum=$(sha256sum <back)
		if [ "${last%% *}" = put ]; then
			same "put $name $sum" "$last" "the content of $name"
		else
			grep -q " $name $sum" told-* || die "$name is nothing that was stored"
		fi
	done <every-name
	[ "$(wc -l <every-name)" -ge 6 ] || die "only $(wc -l <every-name) names were stored"
}

test_stress_many_programs_at_once() {
	make_store
	local rounds=${STRESS_ROUNDS:-5} putters=() others=() number
	touch told-0 told-1 wrong
	"$LINCKIA" daemon >daemon.out 2>&1 &
	others+=($!)
	"$LINCKIA" --json status --watch 1 >watch.out 2>&1 &
	others+=($!)
	mkfifo keys
	exec 9<>keys
	TERM=xterm-256color script -qec "$LINCKIA console" /dev/null >console.out 2>&1 <keys &
	others+=($!)
	for number in 0 1; do
		stress_put "$number" "$rounds" &
		putters+=($!)
		stress_get "$number" &
		others+=($!)
	done
	stress_loop "-q snapshot create" "repair" "gc --keep-versions 2" &
	others+=($!)
	stress_loop "-q scrub" "-q node corrupt node-2" "-q node fail node-1" "-q node recover node-1" "risk" &
	others+=($!)
	stress_kill "${putters[@]}" "${others[@]:3}" &
	others+=($!)
	wait "${putters[@]}"
	touch over
	wait "${others[@]:3}"
	kill -TERM "${others[@]:0:3}" 2>/dev/null || true
	wait "${others[@]:0:3}" || true
	lk -q node recover node-1
	lk -q scrub
	lk -q repair
	lk -q scrub
	! grep -aE "Assertion|runtime error|Sanitizer" err-* ./*.out || die "a program fell over"
	stress_verify
	agree
}
