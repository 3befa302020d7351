# Rehearsals from the command line: a real clock with a maintenance process of its own, mistakes, and interruptions.
# shellcheck shell=bash

# A scenario that takes some seconds: $1 more lines of steps.
write_scenario() { # FILE CLOCK [STEPS]
	cat >"$1" <<END
clock: $2
seed: 3
store:
  nodes: 6
  zones: 3
  capacity: 1GiB
  replication_factor: 3
  chunk: {size: 64KiB}
  repair: {interval: 100ms, grace: 1s}
steps:
  - put: {name: photos, files: 5, size: 200KiB}
${3-}
END
}

# Temporary folders go here, so that a test sees what is left.
own_temporary_folder() {
	mkdir -p tmp
	export TMPDIR=$PWD/tmp
}

nothing_is_left() {
	same 0 "$(find tmp -mindepth 1 | wc -l)" "files in the temporary folder"
	! pgrep -f "linckia -c $PWD/tmp" >/dev/null || die "the maintenance process is still there"
}

test_run_with_a_real_clock_repairs_while_its_maintenance_is_killed() {
	own_temporary_folder
	write_scenario s.yaml real '
  - fail: node-2
  - expect: {health: DEGRADED, nodes.node-2.state: down, within: 5s}
  - kill: 1s
  - expect: {maintenance.role: other, chunks.under_replicated: 0, within: 60s}
  - recover: node-2
  - expect: {health: HEALTHY, chunks.excess: 0, within: 60s}
  - verify'
	exits 0 lk --json run s.yaml
	json out .passed true
	json out .clock real
	json out .verified.versions 5
	json out .bytes.lost 0
	jq -e '.bytes.repaired > 0 and .time_in_s.DEGRADED > 1 and .healthy_after_s > 1' out >/dev/null || die "$(cat out)"
	nothing_is_left
}

test_run_tells_its_verdict_and_what_went_on() {
	own_temporary_folder
	write_scenario s.yaml virtual '
  - wipe: node-1
  - expect: {health: DEGRADED, within: 10s}
  - expect: {health: HEALTHY, within: 5m}
  - verify'
	exits 0 lk run s.yaml
	says out '^PASSED: s$'
	says out 'met +after'
	says out '^verified +5 versions'
	says err 'wipe node-1'
	exits 0 lk -q run s.yaml
	same '' "$(cat err)" 'standard error of -q'
	nothing_is_left
}

test_run_ends_with_1_when_an_expectation_fails() {
	own_temporary_folder
	write_scenario s.yaml virtual '
  - expect: {files: 6, within: 2s}'
	exits 1 lk run s.yaml
	says out '^FAILED: s$'
	says out 'line 13: .*files is 5'
	exits 1 lk --json run s.yaml
	json out .passed false
	json out '.expectations[0].found' 'files is 5'
	nothing_is_left
}

test_run_twice_gives_the_same_log_and_verdict() {
	own_temporary_folder
	write_scenario s.yaml virtual '
  - random: {for: 10m, every: 10s, lasting: 20s, at_once: 2, faults: {fail: 1, away: 1, corrupt: 1, cut: 1, slow: 1, kill: 1, put: 2, rm: 1}}
  - scrub
  - expect: {health: HEALTHY, within: 10m}
  - verify'
	exits 0 lk --json run s.yaml --store one
	mv out verdict.one
	exits 0 lk --json run s.yaml --store two
	cmp verdict.one out
	lk --json -c one/config.yaml events -n 0 >log.one
	lk --json -c two/config.yaml events -n 0 >log.two
	[ "$(jq length log.one)" -gt 50 ] || die "few events: $(cat log.one)"
	cmp log.one log.two
}

# A signal, whichever: the run ends soon, and what it made goes, with the process that it started.
test_run_that_is_interrupted_cleans_up() {
	own_temporary_folder
	local clock signal pid code
	for clock in real virtual; do
		for signal in TERM HUP; do # a shell has what it puts in the background ignore INT
			write_scenario s.yaml $clock "
  - wait: 3650d"
			"$LINCKIA" run s.yaml >out 2>err &
			pid=$!
			for _ in $(seq 200); do
				grep -q wait err && break
				sleep 0.1
			done
			kill -$signal $pid
			code=0
			wait $pid || code=$?
			[ $code -ne 0 ] || die "an interrupted run ended with 0 ($clock, $signal)"
			grep -q interrupted err || die "no word of it ($clock, $signal, ended with $code): $(cat err)"
			nothing_is_left
		done
	done
}

test_run_refuses_stores_that_are_not_for_rehearsals() {
	own_temporary_folder
	lk -q new real --nodes 3 >/dev/null
	printf 'clock: real\nsteps:\n  - wipe: node-1\n' >s.yaml
	find real -type f -exec sha256sum {} + | sort >before
	exits 1 lk run s.yaml --store real
	says err 'not for rehearsals'
	find real -type f -exec sha256sum {} + | sort >after
	cmp before after
	mkdir other
	echo mine >other/file
	exits 1 lk run s.yaml --store other
	says err 'neither empty'
	same mine "$(cat other/file)"
	nothing_is_left
}

test_run_plays_on_a_rehearsal_store() {
	own_temporary_folder
	make_store
	random_file f 300000
	lk -q put f
	printf 'clock: real\nsteps:\n  - fail: node-1\n  - expect: {nodes.node-1.state: down, within: 5s}\n  - recover: node-1\n  - verify\n' >s.yaml
	exits 0 lk --json run s.yaml --store s
	json out .verified.versions 1
	lk -q get f -o back
	cmp f back
}

test_run_says_where_a_scenario_is_wrong() {
	own_temporary_folder
	write_scenario s.yaml virtual '  - fail: node-7'
	exits 2 lk run s.yaml
	says err 's.yaml:12:11: step 2, fail: found .node-7.'
	write_scenario s.yaml virtual '  - expect: {chunk.lost: 0}'
	exits 2 lk run s.yaml
	says err 's.yaml:12:.*step 2, expect'
	printf 'clock: virtual\nsteps: [{put: {size: 1GB}}]\n' >s.yaml
	exits 2 lk run s.yaml
	says err 's.yaml:2:.*step 1, put'
	exits 2 lk run
	exits 2 lk run missing.yaml
	exits 2 lk console --store x
	nothing_is_left
}
