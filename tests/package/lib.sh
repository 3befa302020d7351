# lib.sh: what the tests of this folder share. Sourced by them.
# shellcheck shell=bash

# The build, as somebody would call it: not as a part of the make that runs the tests.
build() { # ARGUMENT…
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$ROOT" "$@"
}

# All files and links below FOLDER, sorted, each from there on.
files_below() { # FOLDER
	(cd "$1" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort)
}

# The documents that are installed, by their names in the sources.
documents() {
	(cd "$ROOT" && ls README.md CONTRIBUTING.md LICENSE config.yaml nodes/README.md && find docs -type f) | LC_ALL=C sort
}
