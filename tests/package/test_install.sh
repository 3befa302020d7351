# test_install.sh: make install and make uninstall.
# shellcheck shell=bash

source "$E2E_TESTS/lib.sh"

test_install_puts_each_file_where_it_belongs() {
	build install DESTDIR="$PWD/a root" PREFIX=/opt/x
	{
		cat <<-'FILES'
			opt/x/bin/linckia
			opt/x/lib/systemd/system/linckia.service
			opt/x/share/bash-completion/completions/linckia
			opt/x/share/fish/vendor_completions.d/linckia.fish
			opt/x/share/man/man1/linckia.1
			opt/x/share/man/man5/linckia.yaml.5
			opt/x/share/man/man7/linckia-scenario.7
			opt/x/share/zsh/site-functions/_linckia
		FILES
		documents | sed 's|^|opt/x/share/doc/linckia/|'
	} | LC_ALL=C sort >wanted
	files_below 'a root' >found
	diff -u wanted found
	same 755 "$(stat -c %a 'a root/opt/x/bin/linckia')" 'mode of the program'
	same '' "$(find 'a root' -type f ! -perm 644 ! -name linckia)" 'files that are not to be read by all'
	same "linckia $(sed -n 's/^#define LINCKIA_VERSION "\(.*\)"/\1/p' "$ROOT/cli/version.h")" \
		"$('a root/opt/x/bin/linckia' --version)" 'version'
}

test_install_fills_in_the_folders() {
	build install DESTDIR="$PWD/root" PREFIX=/opt/x DOCDIR=/srv/doc
	local unit=root/opt/x/lib/systemd/system/linckia.service
	grep -qx 'ExecStart=/opt/x/bin/linckia daemon' "$unit"
	grep -q '^Documentation=.*file:/srv/doc/docs/daemon.md$' "$unit"
	[ -f root/srv/doc/docs/daemon.md ] || die "its documentation is missing"
	! grep -q '@' <(grep -v '^#\|^SystemCallFilter=' "$unit") || die "something is not filled in: $(grep @ "$unit")"
	! grep -rn '^Exec.*/usr/local' root --include=*.service || die "a unit names another program"
	grep -q '/srv/doc/docs' root/opt/x/share/man/man1/linckia.1
	! grep -rn '@[A-Z]*@' root/opt/x/share/man || die "something is not filled in"
}

test_install_to_other_folders() {
	build install DESTDIR="$PWD/root" PREFIX=/usr BINDIR=/b MANDIR=/m DOCDIR=/d UNITDIR=/u BASHDIR=/c1 ZSHDIR=/c2 FISHDIR=/c3
	same 'b c1 c2 c3 d m u' "$(cd root && echo *)" 'folders'
	build uninstall DESTDIR="$PWD/root" PREFIX=/usr BINDIR=/b MANDIR=/m DOCDIR=/d UNITDIR=/u BASHDIR=/c1 ZSHDIR=/c2 FISHDIR=/c3
	same '' "$(files_below root)" 'what uninstall left'
}

# Twice, because an update is an installation over the one before.
test_install_is_undone_by_uninstall() {
	build install DESTDIR="$PWD/root"
	build install DESTDIR="$PWD/root"
	build uninstall DESTDIR="$PWD/root"
	same '' "$(files_below root)" 'what uninstall left'
	[ ! -e root/usr/local/share/doc/linckia ] || die "its own folder was left"
	[ -d root/usr/local/bin ] || die "a folder that others use is gone"
	build uninstall DESTDIR="$PWD/root"
}

test_install_leaves_what_is_not_its_own() {
	local files=(bin/other share/doc/linckia/notes share/doc/linckia/docs/scenarios/mine.yaml share/man/man1/other.1
		share/bash-completion/completions/other lib/systemd/system/linckia.service.d/override.conf)
	build install DESTDIR="$PWD/root" PREFIX=/p
	local file
	for file in "${files[@]}"; do
		mkdir -p "root/p/${file%/*}"
		echo mine >"root/p/$file"
	done
	build uninstall DESTDIR="$PWD/root" PREFIX=/p
	printf 'p/%s\n' "${files[@]}" | LC_ALL=C sort >wanted
	files_below root >found
	diff -u wanted found
}

# What is installed is what the program prints, and each shell can read it.
test_install_completions_are_the_program_s() {
	build install DESTDIR="$PWD/root" PREFIX=/p
	lk completion bash | cmp - root/p/share/bash-completion/completions/linckia
	lk completion zsh | cmp - root/p/share/zsh/site-functions/_linckia
	lk completion fish | cmp - root/p/share/fish/vendor_completions.d/linckia.fish
	lk --json completion bash | jq -j .script | cmp - root/p/share/bash-completion/completions/linckia
	bash -n root/p/share/bash-completion/completions/linckia
	! command -v zsh >/dev/null || zsh -n root/p/share/zsh/site-functions/_linckia
	! command -v fish >/dev/null || fish -n root/p/share/fish/vendor_completions.d/linckia.fish
	exits 2 lk completion ksh
	exits 2 lk completion
}

# bash-completion finds the file by the program's name, and loads it at the first tab.
test_install_completion_is_found_by_bash() {
	[ -f /usr/share/bash-completion/bash_completion ] || skip "bash-completion is not installed"
	build install DESTDIR="$PWD/root" PREFIX=/p
	env -i PATH="$PWD/root/p/bin:$PATH" HOME="$PWD" XDG_DATA_DIRS="$PWD/root/p/share:/usr/share" bash --noprofile --norc -c '
		source /usr/share/bash-completion/bash_completion
		_completion_loader linckia || [ $? -eq 124 ]
		complete -p linckia
		COMP_LINE="linckia snapshot cr" COMP_POINT=19 COMP_WORDS=(linckia snapshot cr) COMP_CWORD=2
		_linckia linckia cr snapshot
		echo "${COMPREPLY[@]}"' >out 2>err
	grep -q '_linckia linckia$' out
	grep -qx create out
}
