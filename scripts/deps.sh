#!/usr/bin/env bash
# deps.sh: what a target needs, and how to get it.
#
#	scripts/deps.sh [--check] [run|deb|test|bench]
#
# Looks for the compiler, the tools and the libraries that `make run`, `make deb`, or `make test` and all else, needs; with
# `bench`, for what `make bench` measures beside.
# Says nothing when all is there. Else it installs what is missing with apt-get where there is one, and
# elsewhere prints the packages' names for the other package managers and fails. With --check it installs
# nothing: it says what is missing and fails.
#
# It looks each time instead of trusting a stamp: a look costs a few milliseconds, and a stamp would hide
# a package that went away.
set -u

check_only=false
if [ "${1:-}" = --check ]; then
	check_only=true
	shift
fi
target=${1:-test}

# One row a need: how to look for it, then its package for apt, dnf, pacman, apk, zypper, brew ("-": comes
# with another row's package or with the system).
needs_of() {
	cat <<-'NEEDS'
		cc          -          gcc,libc6-dev    gcc            gcc         gcc,musl-dev        gcc                -
		tool        make       make             make           make        make                make               make
		tool        pkg-config pkg-config       pkgconf        pkgconf     pkgconf             pkg-config         pkgconf
		library     ncursesw   libncurses-dev   ncurses-devel  ncurses     ncurses-dev         ncurses-devel      ncurses
		library     libcjson   libcjson-dev     cjson-devel    cjson       cjson-dev           cJSON-devel        cjson
		library     yaml-0.1   libyaml-dev      libyaml-devel  libyaml     yaml-dev            libyaml-devel      libyaml
		library     sqlite3    libsqlite3-dev   sqlite-devel   sqlite      sqlite-dev          sqlite3-devel      sqlite
		library     libcrypto  libssl-dev       openssl-devel  openssl     openssl-dev         libopenssl-devel   openssl
	NEEDS
	case $1 in bench) cat <<-'NEEDS' ;; esac
		tool        jq         jq               jq             jq          jq                  jq                 jq
		tool        rsync      rsync            rsync          rsync       rsync               rsync              rsync
		tool        git-annex  git-annex        git-annex      git-annex   git-annex           git-annex          git-annex
		tool        restic     restic           restic         restic      restic              restic             restic
		tool        borg       borgbackup       borgbackup     borg        borgbackup          borgbackup         borgbackup
		tool        casync     casync           casync         casync      -                   casync             -
	NEEDS
	case $1 in deb | test) cat <<-'NEEDS' ;; esac
		debian      dh         debhelper        -              -           -                   -                  -
		debian      dpkg-buildpackage dpkg-dev  -              -           -                   -                  -
		debian      fakeroot   fakeroot         -              -           -                   -                  -
		package     build-essential build-essential -          -           -                   -                  -
	NEEDS
	case $1 in test) cat <<-'NEEDS' ;; esac
		debian      lintian    lintian          -              -           -                   -                  -
		tool        man        man-db,groff-base man-db        man-db      mandoc              man                -
		tool        mandoc     mandoc           mandoc         mandoc      mandoc              mandoc             mandoc
		file        /usr/share/bash-completion/bash_completion bash-completion bash-completion bash-completion bash-completion bash-completion -
		tool        zsh        zsh              zsh            zsh         zsh                 zsh                zsh
		tool        fish       fish             fish           fish        fish                fish               fish
		library     cmocka     libcmocka-dev    libcmocka-devel cmocka     cmocka-dev          libcmocka-devel    cmocka
		tool        tmux       tmux             tmux           tmux        tmux                tmux               tmux
		tool        jq         jq               jq             jq          jq                  jq                 jq
		tool        sqlite3    sqlite3          sqlite         sqlite      sqlite              sqlite3            sqlite
		tool        ps         procps           procps-ng      procps-ng   procps              procps             -
		python      prometheus_client python3-prometheus-client python3-prometheus_client python-prometheus_client py3-prometheus-client python3-prometheus_client -
		tool        clang      clang            clang          clang       clang               clang              llvm
		sanitizers  sanitizers libclang-rt-dev  compiler-rt    compiler-rt compiler-rt         clang              -
		tool        clang-format clang-format   clang-tools-extra clang    clang-extra-tools   clang-tools        clang-format
		tool        clang-tidy clang-tidy       clang-tools-extra clang    clang-extra-tools   clang-tools        llvm
		tool        shellcheck shellcheck       ShellCheck     shellcheck  shellcheck          ShellCheck         shellcheck
	NEEDS
}

present() {
	case $1 in
	# A compiler without the C library's headers is of no use, and some systems package them apart.
	cc) command -v "${CC:-cc}" >/dev/null && echo '#include <stdio.h>' | "${CC:-cc}" -E - >/dev/null 2>&1 ;;
	tool) command -v "$2" >/dev/null ;;
	# A module of the system's own Python, which need not be the first in PATH.
	python) python3 -c "import $2" 2>/dev/null || /usr/bin/python3 -c "import $2" 2>/dev/null ;;
	file) [ -e "$2" ] ;;
	# Debian packages are made on Debian; elsewhere nothing is missing without their tools.
	debian) command -v "$2" >/dev/null || ! command -v dpkg >/dev/null ;;
	# What Debian's own tools ask for by its name.
	package) ! command -v dpkg >/dev/null || dpkg -s "$2" 2>/dev/null | grep -q '^Status: .* installed$' ;;
	# Some systems package clang's runtime apart from it.
	sanitizers) echo 'int main(void) { return 0; }' |
		clang -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1 ;;
	library) command -v pkg-config >/dev/null && pkg-config --exists "$2" 2>/dev/null ;;
	esac
}

case $target in
run | deb | test | bench) ;;
*)
	echo "deps.sh: there is no target '$target': run, deb, test or bench" >&2
	exit 2
	;;
esac

missing=$(needs_of "$target" | while read -r kind name packages; do
	present "$kind" "$name" || echo "$kind $name $packages"
done)
[ -n "$missing" ] || exit 0

packages_for() { # COLUMN
	echo "$missing" | awk -v column="$1" '$column != "-" { gsub(",", " ", $column); print $column }' | sort -u | tr '\n' ' '
}
names=$(echo "$missing" | awk '{ printf "%s%s", (NR > 1 ? ", " : ""), ($1 == "cc" ? "a C compiler" : $2) }')

if $check_only; then
	echo "Missing: $names. 'make deps' installs or names the packages." >&2
	exit 1
fi

if command -v apt-get >/dev/null; then
	root=
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "Missing: $names. As root: apt-get install --no-install-recommends $(packages_for 3)" >&2
			exit 1
		fi
		root="sudo"
	fi
	read -r -a packages <<<"$(packages_for 3)"
	apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3)
	echo "Missing: $names. Installing ${packages[*]}" >&2
	# An update that fails in part may still have brought what the installation needs.
	$root "${apt[@]}" update >&2 || echo "apt-get update failed; trying with the lists at hand" >&2
	$root "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >&2 || {
		echo "apt-get could not install ${packages[*]}; its messages above say why." >&2
		exit 1
	}
	still=$(echo "$missing" | while read -r kind name packages; do
		present "$kind" "$name" || echo "$name"
	done)
	[ -z "$still" ] || {
		echo "Still missing after the installation:" $still >&2
		exit 1
	}
	exit 0
fi

{
	echo "Missing: $names. Install what your system calls:"
	echo "  dnf:    dnf install $(packages_for 4)"
	echo "  pacman: pacman -S $(packages_for 5)"
	echo "  apk:    apk add $(packages_for 6)"
	echo "  zypper: zypper install $(packages_for 7)"
	echo "  brew:   brew install $(packages_for 8)"
} >&2
exit 1
