# page.awk: the command blocks of a page, taken apart into steps.
#
#	awk -v folder=STEPS -f page.awk PAGE
#
# A step is one command of a console block with the output shown below it, or a whole sh block. Step 12 is left as
# STEPS/0012.command, .shown (console only) and .where: its kind, the line it stands at, and the first and the last
# line of the output shown (the last is less than the first where none is).
#
# A comment just before a block names what is run in its place:
#
#	<!-- tested as:
#	make run
#	(why the block itself cannot be run)
#	-->
#
# What a page says wrongly is printed with its line, and the exit status is 1 then.

function wrong(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

function begin(kind) {
	steps++
	name = sprintf("%s/%04d", folder, steps)
	at = FNR
	what = kind
	shown_from = shown_to = 0
	printf "" >(name ".command")
	if (kind == "console")
		printf "" >(name ".shown")
}

function finish() {
	if (what == "")
		return
	print what, at, shown_from ? shown_from : FNR, shown_from ? shown_to : FNR - 1 >(name ".where")
	close(name ".command")
	close(name ".shown")
	close(name ".where")
	what = ""
}

comment && /^-->$/ {
	comment = 0
	next
}
comment {
	if ($0 !~ /^\(.*\)$/)
		instead = instead $0 "\n"
	else
		reason = 1
	next
}
!language && /^<!-- tested as:$/ {
	comment = 1
	reason = 0
	instead = ""
	next
}
!language && /^```/ {
	language = substr($0, 4)
	sub(/ .*/, "", language)
	if (language !~ /^(console|sh|yaml|json|text)$/) {
		wrong("found a block of '" language "', allowed is console, sh, yaml, json or text")
		language = "text"
	}
	if (instead != "") {
		if (!reason)
			wrong("the comment above gives no reason, in brackets on a line of its own")
		begin("sh")
		printf "%s", instead >(name ".command")
		finish()
		skipped = 1
		instead = ""
	} else if (language == "sh")
		begin("sh")
	next
}
!language && instead != "" && NF {
	wrong("the comment above stands before no block")
	instead = ""
}
language && /^```$/ {
	finish()
	language = ""
	skipped = 0
	next
}
# Only what opens the console, or the tests within themselves, is let off.
skipped && !/make (run|test)/ {
	wrong("this block can be run as it is; the comment above it is for 'make run' and 'make test'")
}
skipped {
	next
}
language == "sh" {
	print >(name ".command")
}
language == "console" && /^\$ / {
	finish()
	begin("console")
	print substr($0, 3) >(name ".command")
	next
}
language == "console" && what == "" {
	wrong("a console block begins with a line '$ command'")
	next
}
language == "console" && /^> / && !shown_from {
	print substr($0, 3) >(name ".command")
	next
}
language == "console" {
	if (!shown_from)
		shown_from = FNR
	shown_to = FNR
	print >(name ".shown")
}
END {
	if (language || comment)
		wrong("the last block or comment does not end")
	if (!steps)
		wrong("there is nothing to run on this page")
	exit bad
}
