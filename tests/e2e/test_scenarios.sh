# The library of scenarios: each passes, and with a virtual clock twice in the same way.
# shellcheck shell=bash

library=$E2E_HERE/../../docs/scenarios

# All events, as they are in the log.
event_log() {
	lk -c store/config.yaml --json events -n 1000000
}

plays() { # NAME
	exits 0 lk -q --json run "$library/$1.yaml"
	json out .passed true
	json out .bytes.lost 0
}

# The same seed gives the same verdict and the same events, byte for byte.
plays_alike() { # NAME
	local time
	for time in first second; do
		rm -rf store
		exits 0 lk -q --json run "$library/$1.yaml" --store store
		cp out "$time.verdict"
		event_log >"$time.events"
	done
	json first.verdict .passed true
	json first.verdict .bytes.lost 0
	json first.verdict .clock virtual
	cmp first.verdict second.verdict
	cmp first.events second.events
	[ "$(jq length first.events)" -gt 0 ] || die "nothing happened"
}

test_scenario_one_disk_dies() { plays_alike one-disk-dies; }
test_scenario_two_disks_die() { plays_alike two-disks-die; }
test_scenario_rolling_restarts() { plays_alike rolling-restarts; }
test_scenario_flapping_node() { plays_alike flapping-node; }
test_scenario_rack_lost() { plays_alike rack-lost; }
test_scenario_bit_rot() { plays_alike bit-rot; }
test_scenario_partition() { plays_alike partition; }
test_scenario_slow_disk() { plays_alike slow-disk; }
test_scenario_full_disk() { plays_alike full-disk; }
test_scenario_stale_disk_returns() { plays_alike stale-disk-returns; }
test_scenario_catalog_lost() { plays_alike catalog-lost; }
test_scenario_a_bad_hour() { plays_alike a-bad-hour; }
test_scenario_a_year_compared() { plays_alike a-year-compared; }
test_scenario_killed_in_repair() { plays killed-in-repair; }

test_scenarios_are_all_played_and_described() {
	local file name
	for file in "$library"/*.yaml; do
		name=$(basename "$file" .yaml)
		declare -F "test_scenario_${name//-/_}" >/dev/null || die "no test plays $name"
		says "$library/README.md" "\($name\.yaml\)"
	done
}

# Another seed is another history.
test_scenarios_differ_with_the_seed() {
	sed 's/^seed: .*/seed: 99/' "$library/bit-rot.yaml" >other.yaml
	exits 0 lk -q --json run "$library/bit-rot.yaml" --store store
	event_log >first.events
	rm -rf store
	exits 0 lk -q --json run other.yaml --store store
	event_log >second.events
	! cmp -s first.events second.events || die "two seeds gave the same events"
}

test_scenarios_that_are_wrong_end_with_2() {
	printf 'steps:\n  - put: {name: a}\n  - fail: nod-2\n' >wrong.yaml
	exits 2 lk run wrong.yaml --store store
	says err 'wrong.yaml:3:11: step 2, fail: found .nod-2.*did you mean node-2'
	[ ! -e store ] || die "a store was made for a scenario that is wrong"
	exits 2 lk --json run wrong.yaml
	json err .error.code config
	exits 2 lk run nothing.yaml
	says err 'nothing.yaml cannot be read'
}

test_scenarios_that_fail_end_with_1() {
	printf 'clock: virtual\nsteps:\n  - expect: {files: 1, within: 5s}\n  - verify\n' >failing.yaml
	exits 1 lk -q --json run failing.yaml
	json out .passed false
	json out '.expectations[0].met' false
	json out '.expectations[0].found' 'files is 0'
	json out '.expectations[0].line' 3
	json out '.expectations[1].met' true
}
