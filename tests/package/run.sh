#!/usr/bin/env bash
# run.sh: tests of what is installed and packaged: completions in real shells, manual pages, make install, make deb.
#
#	tests/package/run.sh [PATTERN…]
#
# They are run as the end-to-end tests are (tests/e2e/run.sh). A tool that is not installed skips its test.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export E2E_TESTS=$here ROOT=${here%/tests/package}
exec "$here/../e2e/run.sh" "$@"
