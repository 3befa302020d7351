# self.sh: a page that is wrong in some way is found to be so. Sourced by run.sh; each test runs in a folder of its
# own.
# shellcheck shell=bash

# Makes ./page.md of its arguments, a line each.
page() {
	printf '%s\n' "$@" >page.md
}

# A console block with these lines.
console() {
	page '```console' "$@" '```'
}

passes() {
	"$here/page.sh" page.md >told || {
		echo "a page that is right did not pass:"
		cat page.md told
		return 1
	}
}

# The page fails, and what is told has this.
fails() { # PATTERN
	if "$here/page.sh" page.md >told; then
		echo "a page that is wrong passed:"
		cat page.md told
		return 1
	fi
	grep -q -e "$1" told || {
		echo "not found: $1"
		cat told
		return 1
	}
}

test_self_what_is_right_passes() {
	console '$ printf "%s\n" one two' one two '$ echo $((1 +' '> 2))' 3 '$ cd ~ && pwd' /home/you '$ true' '$ pwd' /home/you
	passes
	page '```sh' 'number=3' 'mkdir made' '```' 'Text.' '```console' '$ echo $number; ls' 3 made '```'
	passes
}

test_self_a_wrong_word_is_found() {
	console '$ echo "3 chunks have their copies"' '3 chunks had their copies'
	fails '^ *+3 chunks have their copies$'
}

test_self_another_number_is_found() {
	console '$ echo "chunks    3, of which 2"' 'chunks 2, of which 2'
	fails 'page.md:2'
	console '$ echo "node-2  b  absent  1.0 MiB  ?  ?  1  ?  gone  /x"' 'node-3  b  absent  1.0 MiB  ?  ?  1  ?  gone  /x'
	fails 'page.md:2'
}

test_self_a_missing_and_an_extra_line_are_found() {
	console '$ printf "%s\n" one two three' one three
	fails '^ *+two$'
	console '$ printf "%s\n" one three' one two three
	fails '^ *-two$'
	console '$ true' something
	fails '^ *-something$'
	console '$ echo something'
	fails '^ *+something$'
}

test_self_dots_stand_for_any_lines() {
	console '$ seq 9' 1 ... 4 5 ... 9
	passes
	console '$ seq 9' ... 9
	passes
	console '$ seq 9' 1 ...
	passes
	console '$ seq 2' 1 ... 2
	passes
	console '$ seq 9' 1 ... 5 4 ... 9
	fails 'page.md:2'
	console '$ seq 9' 1 ... 8
	fails 'page.md:2'
	console '$ seq 9' 2 ...
	fails 'page.md:2'
	console '$ seq 2' 1 2 ... 2
	fails 'page.md:2'
}

test_self_what_differs_from_run_to_run_does_not_count() {
	console '$ echo "2026-11-29T12:32:54Z  copied from node-1 to node-4 in 1 min 13 s at 1.4 MiB/s by process 12"' \
		'2001-01-01T00:00:00Z copied from node-2 to node-3 in 8 ms at 12 B/s by process 99'
	passes
	console '$ echo "node-2  b     up  2.6 MiB  60.7 GiB    0%       1   0.1 ms         /home/you/2 3/node-2"' \
		'node-2  b  up  5 B  1.0 TiB  12%  88  14.9 ms  /home/you/2 3/node-2'
	passes
}

test_self_a_failing_command_is_found() {
	console '$ false'
	fails 'page.md:2: exit status 1 false'
	page '```sh' 'true' 'ls /nowhere' 'true' '```'
	fails 'page.md:1: exit status 2 ls /nowhere'
	console '$ ls /nowhere 2>/dev/null; true'
	fails 'exit status 2 ls'
	console '$ linckia status 2>/dev/null' '$ true'
	fails 'exit status'
}

test_self_an_exit_status_that_is_shown_is_none() {
	console '$ (exit 7)' '$ echo $?' 7
	passes
	console '$ (exit 7)' '$ echo $?' 0
	fails 'page.md:3'
	console '$ (exit 7)' '$ true'
	fails 'exit status 7'
}

test_self_a_page_that_ends_its_shell_is_found() {
	console '$ exit 0' '$ true'
	fails 'page.md:3: was not reached'
}

test_self_what_is_left_behind_is_found() {
	console '$ sleep 1000 &'
	fails 'left processes behind'
	grep -q 'sleep 1000' told
	console '$ mktemp >/dev/null'
	fails 'left temporary files behind'
}

test_self_a_page_that_hangs_is_ended() {
	console '$ sleep 1000'
	DOCS_LIMIT=1 fails 'took longer than 1 seconds'
}

test_self_only_make_is_let_off() {
	page '<!-- tested as:' 'true' '(it opens the console)' '-->' '```sh' 'make run' '```'
	passes
	page '<!-- tested as:' 'false' '(it opens the console)' '-->' '```sh' 'make run' '```'
	fails 'exit status 1 false'
	page '<!-- tested as:' 'true' '(it opens the console)' '-->' '```sh' 'linckia rebuild' '```'
	fails 'can be run as it is'
	page '<!-- tested as:' 'true' '-->' '```sh' 'make run' '```'
	fails 'gives no reason'
	page '<!-- tested as:' 'true' '(it opens the console)' '-->' 'Text.' '```sh' 'true' '```'
	fails 'stands before no block'
}

test_self_what_cannot_be_read_is_found() {
	page '```' 'linckia status' '```'
	fails "found a block of ''"
	page '```console' 'linckia status' '```'
	fails 'begins with a line'
	page '```sh' 'true'
	fails 'does not end'
	page 'Text.'
	fails 'nothing to run'
}

test_self_update_writes_what_was_printed() {
	console '$ echo one' two '$ seq 3' 1 ... '$ true' '$ printf "%s\n" a b' '$ true' gone
	cp page.md before
	fails 'page.md:2'
	cmp page.md before
	"$here/page.sh" --update page.md >told
	passes
	page '```console' '$ echo one' one '$ seq 3' 1 ... '$ true' '$ printf "%s\n" a b' a b '$ true' '```' && cp page.md wanted
	cp before page.md
	"$here/page.sh" --update page.md >told
	diff wanted page.md
}

test_self_links_that_lead_nowhere_are_found() {
	mkdir docs
	printf '%s\n' '# A `b` and: C' '## Again' '## Again' '```' '# no heading' '[x](nowhere)' '```' >docs/a.md
	printf '%s\n' '[a](docs/a.md) ![a](docs/a.md#a-b-and-c "A")' '[b](docs/a.md#again-1), [me](#top), `[x](nowhere)`' '# Top' \
		'[folder](docs/)' '[web](https://x.invalid/y)' >b.md
	awk -f "$here/links.awk" ./docs/a.md ./b.md
	printf '%s\n' '[a](a.md)' 'x [b](../b.md#nothing) [c](../b.md#top)' '[d](a.md#no-heading)' '[ref]: ../../b.md' >docs/c.md
	! awk -f "$here/links.awk" ./docs/c.md >told || return 1
	printf '%s\n' "./docs/c.md:2: '../b.md#nothing' is no heading there" "./docs/c.md:3: 'a.md#no-heading' is no heading there" \
		"./docs/c.md:4: '../../b.md' leads nowhere" >wanted
	diff wanted told
}
