# Several programs at once, and programs that are stopped in the middle.

# Starts a put of standard input that has taken 8 MiB and waits for more; its process is $put_pid.
start_put() { # NAME
	mkfifo pipe
	# A shell lets what it starts in the background ignore SIGINT; a terminal does not.
	env --default-signal=INT,TERM "$LINCKIA" put -n "$1" - <pipe >put.out 2>put.err &
	put_pid=$!
	exec 9>pipe
	head -c 8388608 /dev/urandom >&9
}

stop_put() { # SIGNAL
	kill "-$1" "$put_pid"
	put_code=0
	wait "$put_pid" || put_code=$?
	exec 9>&-
	rm pipe
}

test_concurrent_interrupted_put() {
	make_store
	random_file f 500000
	lk -q put f
	local signal
	for signal in INT TERM; do
		start_put big
		stop_put "$signal"
		[ "$put_code" -ne 0 ] || die "put ended with 0 after SIG$signal"
		same f "$(lk ls)" "the names after SIG$signal"
		lk get f -o back
		cmp f back
	done
	health HEALTHY
	lk -q put -n big f
	lk get big -o back
	cmp f back
}

test_concurrent_killed_put() {
	make_store
	random_file f 500000
	lk -q put f
	start_put big
	stop_put KILL
	same f "$(lk ls)" "the names"
	lk get f -o back
	cmp f back
	health HEALTHY
	lk -q put -n big f
	lk get big -o back
	cmp f back
	health HEALTHY
	find s/node-*/chunks -type f -printf '%f  %p\n' >sums
	sha256sum --quiet -c sums
}

test_concurrent_killed_put_keeps_what_it_acknowledged() {
	make_store
	mkdir tree
	local n pid name
	for n in {1..300}; do
		random_file "tree/$n" 20000
	done
	for n in 1 50 200; do
		"$LINCKIA" --json put -n "t$n" tree >acknowledged 2>put.err &
		pid=$!
		enough() { [ "$(wc -l <acknowledged)" -ge "$n" ] || ! kill -0 "$pid" 2>/dev/null; }
		wait_for enough
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" || true
		# The last line may have been cut by the kill.
		head -n "$(wc -l <acknowledged)" acknowledged | jq -r 'select(.size == 20000).name' >names
		while read -r name; do
			lk get "$name" -o back
			cmp "tree/${name##*/}" back
		done < <(shuf -n 20 --random-source=<(yes) names)
	done
	lk -q put -n last tree
	lk -q get --prefix last -o whole
	same_folder tree whole
	health HEALTHY
}

test_concurrent_killed_get_leaves_no_name() {
	make_store
	random_file f 3000000
	lk -q put f
	mkdir o
	local pid
	mkfifo pipe
	"$LINCKIA" get f -o o/back >out 2>err &
	pid=$!
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" || true
	[ ! -e o/back ] || cmp f o/back
}

test_concurrent_puts_of_one_name() {
	make_store
	random_file one 3000000
	random_file two 3000000
	local a b version match
	"$LINCKIA" -q put -n name one &
	a=$!
	"$LINCKIA" -q put -n name two &
	b=$!
	wait "$a"
	wait "$b"
	for version in 1 2; do
		lk get "name@$version" -o "back$version"
	done
	match=no
	cmp -s one back1 && cmp -s two back2 && match=yes
	cmp -s two back1 && cmp -s one back2 && match=yes
	same yes "$match" "whether the versions are what was put"
	exits 1 lk get name@3 -o back3
	health HEALTHY
}

test_concurrent_puts_of_the_same_content() {
	make_store
	random_file f 2000000
	local n pids=()
	for n in 1 2 3 4; do
		"$LINCKIA" -q put -n "f$n" f &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n"
	done
	for n in 1 2 3 4; do
		lk get "f$n" -o back
		cmp f back
	done
	health HEALTHY
	json status .bytes.unique 2000000
}

test_concurrent_puts_and_status() {
	make_store
	local n pid code rounds=0
	mkdir tree
	for n in {1..100}; do
		random_file "tree/$n" 30000
	done
	"$LINCKIA" -q put tree &
	pid=$!
	while :; do
		code=0
		lk --json status >status || code=$?
		[ "$code" -le 2 ] || die "status ended with $code: $(cat status)"
		jq -e .health status >/dev/null
		lk ls >/dev/null
		rounds=$((rounds + 1))
		kill -0 "$pid" 2>/dev/null || break
	done
	wait "$pid"
	lk -q get --prefix tree -o back
	same_folder tree back
	health HEALTHY
}

test_concurrent_change_of_the_source() {
	make_store
	random_file f 20000000
	local writer code sum
	touch going
	while [ -e going ]; do
		printf 'x%.0s' {1..100} | dd of=f bs=1 seek=$((RANDOM * 600)) conv=notrunc status=none
	done &
	writer=$!
	for _ in 1 2 3; do
		code=0
		lk --json put f >put 2>err || code=$?
		if [ "$code" -eq 0 ]; then
			sum=$(jq -rs 'flatten[0].sha256' put)
			same "$sum" "$(lk get f -o - | sha256sum | cut -d ' ' -f 1)" "what was acknowledged"
		else
			same 1 "$code" "exit code of put"
			says err 'chang'
		fi
	done
	rm going
	wait "$writer"
	lk -q put f
	lk get f -o - | cmp - f
	health HEALTHY
}

test_concurrent_fail_and_put() {
	make_store
	random_file f 5000000
	local n pid
	"$LINCKIA" -q put f &
	pid=$!
	for n in 1 2; do
		lk -q node fail "node-$n"
		lk -q node recover "node-$n"
	done
	wait "$pid"
	lk get f -o back
	cmp f back
}
