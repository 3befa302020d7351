#!/usr/bin/env bash
# deb.sh: makes build/linckia_VERSION_ARCH.deb.
#
#	packaging/deb.sh [--list]
#
# With --list it only names the files that the package is made from.
#
# The package is built from a copy of the sources below build/deb: of the files that git tracks, as they are now, or
# of everything but what was built where this is no clone. The version is that of cli/version.h.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^#define LINCKIA_VERSION "\(.*\)"/\1/p' cli/version.h)
source=build/deb/linckia-$version

list_files() {
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
		# What git still knows but is gone is no file.
		git ls-files | while IFS= read -r file; do
			[ ! -e "$file" ] || echo "$file"
		done
	else
		find . -mindepth 1 \( -path ./build -o -path ./linckia -o -path ./.git \
			-o -path './nodes/*' ! -name README.md \) -prune -o ! -type d -printf '%P\n'
	fi
}

if [ "${1:-}" = --list ]; then
	list_files
	exit
fi

rm -rf build/deb
mkdir -p "$source"
list_files | tar --verbatim-files-from --files-from=- -cf - | tar -C "$source" -xf -
cp -r packaging/debian "$source/debian"
sed "s/@VERSION@/$version/" packaging/debian/changelog.in >"$source/debian/changelog"
rm "$source/debian/changelog.in"

# What calls this is a make with a variant, targets and folders of its own, none of which is for the package.
log=build/deb/log
if ! (
	cd "$source"
	export DEB_BUILD_OPTIONS="noautodbgsym ${DEB_BUILD_OPTIONS:-}"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u VARIANT -u DESTDIR -u PREFIX -u BUILD \
		dpkg-buildpackage --build=binary --no-sign -j"$(nproc)"
) >"$log" 2>&1; then
	tail -n 25 "$log" | cut -c 1-300 >&2
	echo "The package was not made; all that was said is in $log." >&2
	exit 1
fi
package=$(echo build/deb/linckia_"$version"_*.deb)
mv "$package" build/
echo "build/${package##*/}"
