# test_deb.sh: the Debian package.
# shellcheck shell=bash

source "$E2E_TESTS/lib.sh"

version=$(sed -n 's/^#define LINCKIA_VERSION "\(.*\)"/\1/p' "$ROOT/cli/version.h")

# Package managers want to be root, or to be told so.
as_root() { # COMMAND…
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		fakeroot "$@"
	fi
}

# The same files as make install, the manual compressed, with what Debian adds.
check_files() {
	build install DESTDIR="$PWD/installed" PREFIX=/usr UNITDIR=/lib/systemd/system
	{
		files_below installed | sed 's|^usr/share/man/.*|&.gz|' | grep -v '/LICENSE$'
		echo usr/share/doc/linckia/changelog.gz
		echo usr/share/doc/linckia/copyright
	} | LC_ALL=C sort >wanted
	files_below root | sed 's|^usr/lib/systemd|lib/systemd|' | LC_ALL=C sort >found
	diff -u wanted found
}

check_program() {
	same "linckia $version" "$(root/usr/bin/linckia --version)" 'version of the program'
	echo hello >f
	export LINCKIA=$PWD/root/usr/bin/linckia
	make_store
	lk -q put f
	same hello "$(lk get f -o -)" 'what comes back'
}

check_unit() {
	local unit
	unit=$(find root -name linckia.service)
	grep -qx 'ExecStart=/usr/bin/linckia daemon' "$unit"
	command -v systemd-analyze >/dev/null || return 0
	# The program is not where the unit says, but here.
	sed "s|^ExecStart=|&$PWD/root|" "$unit" >linckia.service
	systemd-analyze verify --man=no "$PWD/linckia.service" || die "systemd does not like the unit"
}

# Installed and purged in a folder. The package's scripts speak to systemd; where one runs, which is none of this
# test's business, they are left out.
check_dpkg() { # PACKAGE
	local how=--install tool=(dpkg --root="$PWD/scratch" --force-depends --force-not-root --force-script-chrootless --log=/dev/null)
	[ ! -d /run/systemd/system ] || how=--unpack
	mkdir -p scratch/var/lib/dpkg/info scratch/var/lib/dpkg/updates
	touch scratch/var/lib/dpkg/status scratch/var/lib/dpkg/available
	as_root "${tool[@]}" "$how" "$1" >out 2>&1 || die "$(cat out)"
	scratch/usr/bin/linckia --version >/dev/null
	[ -z "$(find scratch -name '*.wants')" ] || die "the service is enabled"
	[ "$how" = --install ] || rm -f scratch/var/lib/dpkg/info/linckia.p*
	as_root "${tool[@]}" --purge linckia >out 2>&1 || die "$(cat out)"
	same '' "$(files_below scratch | sed '/^var\/lib\/dpkg\//d')" 'what the removal left'
}

test_deb() {
	command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null || skip "Debian's tools are not installed"
	build deb >out 2>&1 || die "$(cat out)"
	local package
	package=$ROOT/build/linckia_${version}_$(dpkg --print-architecture).deb
	same "$version" "$(dpkg-deb -f "$package" Version)" 'version of the package'
	dpkg-deb -f "$package" Depends | grep -q 'libsqlite3-0.*libyaml-0-2' || die "its libraries are missing"
	dpkg-deb -x "$package" root
	check_files
	check_program
	check_unit
	check_dpkg "$package"
	command -v lintian >/dev/null || skip "all well so far, but lintian is not installed"
	lintian --allow-root --fail-on error,warning "$package" || die "lintian does not like it"
}

# What goes into the package is the same from a clone and from what was unpacked elsewhere, whatever was built there.
test_deb_without_git() {
	[ -e "$ROOT/.git" ] || skip "this is no clone"
	"$ROOT/packaging/deb.sh" --list | LC_ALL=C sort >tracked
	mkdir copy
	(cd "$ROOT" && tar -cf - --files-from="$OLDPWD/tracked") | tar -C copy -xf -
	mkdir -p copy/build/release copy/nodes/node-1
	touch copy/build/release/x copy/nodes/node-1/secret copy/linckia
	copy/packaging/deb.sh --list | LC_ALL=C sort >found
	diff -u tracked found
}
