#!/usr/bin/env bash
# promtool.sh: puts promtool, which reads metrics and alerts as Prometheus does, into build/tools, unless there is one.
#
# Debian has it only in the package of the server, which starts one when it is installed; so the package is unpacked instead.
# Where it cannot be had that is said, and is no failure: the tests that want it say that they are skipped.
set -u
cd "$(dirname "$0")/.." || exit 1

if command -v promtool >/dev/null || [ -x build/tools/promtool ]; then
	exit 0
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
# As whoever runs this, for whom the folder is; apt-get as root would drop its rights and not get in.
if (cd "$folder" && apt-get -q -o APT::Sandbox::User=root download prometheus) >"$folder/log" 2>&1 &&
	dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -x -C "$folder" ./usr/bin/promtool; then
	mkdir -p build/tools && mv "$folder/usr/bin/promtool" build/tools/promtool
else
	echo "promtool is not to be had: $(tail -n 1 "$folder/log")" >&2
fi
