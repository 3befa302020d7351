#!/usr/bin/env bash
# session.sh: the shell in which the commands of one page are run, one after the other.
#
#	session.sh STEPS
#
# For each STEPS/*.command, STEPS/*.printed is what it printed, and STEPS/*.failed has a line with exit status and
# text for each command in it that failed. A step without .printed was not reached. Everything here is called docs_…
# so that no page meets it.
exec </dev/null
umask 022
docs_steps=$1
docs_status=0
docs_restoring=0
set --

docs_failed() { # STATUS COMMAND
	if [ "$docs_restoring" -ne 0 ]; then
		docs_restoring=0
	else
		echo "$1 $2" >>"$docs_step.failed"
	fi
}
trap 'docs_failed "$?" "$BASH_COMMAND"' ERR

for docs_step in "$docs_steps"/*.command; do
	docs_step=${docs_step%.command}
	exec >"$docs_step.printed" 2>&1
	# $? is what the command before left, as in any shell. Setting it so looks like one more failure.
	docs_restoring=$docs_status
	eval "(exit $docs_status)
$(<"$docs_step.command")
docs_status=\$?"
done
