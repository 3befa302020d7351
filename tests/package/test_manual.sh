# test_manual.sh: the manual pages.
# shellcheck shell=bash

source "$E2E_TESTS/lib.sh"

pages=(man1/linckia.1 man5/linckia.yaml.5 man7/linckia-scenario.7)

# Installs them below ./root, as ./root/man/….
install_pages() {
	build install DESTDIR="$PWD/root" PREFIX=/p MANDIR=/man
}

# A page as a reader at 80 columns sees it, in ./shown.
show() { # PAGE
	MANWIDTH=80 MAN_KEEP_STDERR=1 MANPAGER=cat LC_ALL=C.UTF-8 man -l --warnings=w "root/man/$1" >shown 2>complaints
}

need_man() {
	man --version 2>/dev/null | grep -q '^man ' || skip "man-db is not installed"
}

test_manual_has_no_warnings() {
	need_man
	install_pages
	local page
	for page in "${pages[@]}"; do
		show "$page"
		same '' "$(cat complaints)" "what man says of $page"
		grep -q '^NAME$' shown || die "nothing is shown of $page: $(head shown)"
		[ "$(wc -L <shown)" -le 80 ] || die "$page has lines that are too wide: $(grep -E '.{81}' shown)"
	done
}

test_manual_is_right_for_mandoc() {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	install_pages
	local page
	for page in "${pages[@]}"; do
		mandoc -T lint -W warning "root/man/$page" || die "$page"
	done
}

# Every command with its usage and its options, which can be copied to a shell: their hyphens are hyphens.
test_manual_tells_every_command() {
	need_man
	install_pages
	show man1/linckia.1
	lk --json --help >help
	local name option
	while IFS= read -r name; do
		grep -q "^       $name\( \|$\)" shown || die "the command '$name' is missing"
	done < <(jq -r '.commands[].name' help)
	while IFS= read -r option; do
		grep -qF -- "--$option" shown || die "the option --$option is missing"
	done < <(jq -r '.commands[].options[].name, .options[].name' help)
	tr -s ' \n' ' ' <shown >flat
	while IFS= read -r name; do
		grep -qF -- "$name" flat || die "a description is missing: $name"
	done < <(jq -r '.commands[].description' help | grep '^[A-Z]' | tr -s ' ' | cut -d ' ' -f 1-4)
}

# The name of each page and what it is about, as whatis and apropos want them.
test_manual_can_be_found() {
	command -v lexgrog >/dev/null || skip "lexgrog is not installed"
	install_pages
	local page
	for page in "${pages[@]}"; do
		lexgrog "root/man/$page" >out || die "$page has no NAME that can be indexed"
	done
}

# A page that was changed by that expression of sed is not made, and MESSAGE says why. $tool and $from are the test's.
page_fails() { # PAGE EXPRESSION MESSAGE
	sed "$2" "$from/$1.in" >page.in
	exits 1 "$tool" page.in 2000-01-01
	says err "$3"
}

# The keys of configs and scenarios are checked when a page is made.
test_manual_must_be_complete() {
	local tool=${LINCKIA%/*}/packaging/manual/manual from=$ROOT/packaging/manual
	build manual
	[ -x "$tool" ] || tool=$ROOT/build/release/packaging/manual/manual
	exits 0 "$tool" "$from/linckia.yaml.5.in" 2000-01-01
	grep -q 'time, 0 to 30d; default 5s' out

	page_fails linckia.yaml.5 '/^@CONFIG repair.grace@$/d' "nothing is said of the key 'repair.grace'"
	page_fails linckia.yaml.5 's/^@CONFIG repair.grace@$/@CONFIG repair.mercy@/' "there is no key 'repair.mercy'"
	page_fails linckia-scenario.7 '/^@STEP wipe@$/d' "nothing is said of the step 'wipe'"
	page_fails linckia-scenario.7 's/^\\fBone_way\\fR$/that/' "says nothing of its key 'one_way'"
}
