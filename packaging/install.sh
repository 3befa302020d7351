#!/usr/bin/env bash
# install.sh: puts what was built where it belongs, and takes it away again.
#
#	packaging/install.sh install|uninstall|list
#
# One list says what goes where; `list` prints it: the mode, the source and the destination of each file. The Makefile
# gives the folders: $BUILD, $DESTDIR, $BINDIR, $MANDIR, $DOCDIR, $UNITDIR, $BASHDIR, $ZSHDIR, $FISHDIR. Where a page
# or a unit names such a folder, @FOLDER@ in the source is filled in; the units among the documents, which are good as
# they are for /usr/local, name the program where it is.
#
# uninstall removes the files of the list, and the folders that are Linckia's own unless somebody put something there.
# Folders that others use too, such as bin, stay.
set -eu
cd "$(dirname "$0")/.."

entry() { # MODE SOURCE DESTINATION
	printf '%s\t%s\t%s\n' "$@"
}

list() {
	local page file
	entry 755 "$BUILD/linckia" "$BINDIR/linckia"
	for page in linckia.1 linckia.yaml.5 linckia-scenario.7; do
		entry 644 "$BUILD/manual/$page" "$MANDIR/man${page##*.}/$page"
	done
	entry 644 packaging/linckia.service.in "$UNITDIR/linckia.service"
	entry 644 packaging/completions/linckia.bash "$BASHDIR/linckia"
	entry 644 packaging/completions/linckia.zsh "$ZSHDIR/_linckia"
	entry 644 packaging/completions/linckia.fish "$FISHDIR/linckia.fish"
	for file in README.md CONTRIBUTING.md LICENSE config.yaml nodes/README.md docs/*.md docs/*/*; do
		entry 644 "$file" "$DOCDIR/$file"
	done
}

# A folder as it must stand in a replacement of sed.
escape() { # FOLDER
	printf '%s' "$1" | sed 's/[\\&|]/\\&/g'
}

# What names folders is filled in on the way; everything else is copied as it is.
install_one() { # MODE SOURCE DESTINATION
	local to=$DESTDIR$3
	install -d "${to%/*}"
	case $2 in
	*.service.in | */manual/* | docs/*.service)
		sed "s|@BINDIR@|$(escape "$BINDIR")|g; s|@DOCDIR@|$(escape "$DOCDIR")|g; s|/usr/local/bin/linckia|$(escape "$BINDIR")/linckia|g" \
			"$2" >"$filled"
		install -m "$1" "$filled" "$to"
		;;
	*) install -m "$1" "$2" "$to" ;;
	esac
}

case ${1:-} in
list) list ;;
install)
	filled=$(mktemp)
	trap 'rm -f "$filled"' EXIT
	list | while IFS=$'\t' read -r mode source destination; do
		install_one "$mode" "$source" "$destination"
	done
	;;
uninstall)
	list | while IFS=$'\t' read -r _ _ destination; do
		rm -f "$DESTDIR$destination"
	done
	# From the inside out.
	[ ! -d "$DESTDIR$DOCDIR" ] || find "$DESTDIR$DOCDIR" -depth -type d -exec rmdir --ignore-fail-on-non-empty {} +
	;;
*)
	echo "install.sh: install, uninstall or list" >&2
	exit 2
	;;
esac
