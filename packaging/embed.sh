#!/bin/sh
# embed.sh: files as C, each as a text by its ending: linckia.bash becomes `completion_bash`.
#
#	packaging/embed.sh FILE… >completions.c
set -eu
echo '#include "cli/completion_scripts.h"'
for file in "$@"; do
	echo
	echo "const char completion_${file##*.}[] = {"
	od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1, /g'
	echo "0x00};"
done
