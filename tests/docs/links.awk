# links.awk: the relative links of pages lead to what is there.
#
#	cd TREE && awk -f links.awk PAGE…
#
# The PAGEs are relative to the current folder, './docs/a.md'. Prints 'PAGE:LINE: …' for each link whose file is not
# there, or whose '#anchor' is no heading of its page, and exits with 1 if there is one.

# The anchor that a heading has: small letters, no punctuation, hyphens for blanks.
function anchor(text,    i, c, made) {
	gsub(/\[|\]\([^)]*\)/, "", text)
	text = tolower(text)
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == " ")
			c = "-"
		else if (c ~ /[!-,.\/:-@\[-^`{-~]/)
			c = ""
		made = made c
	}
	return made
}

# Reads a page for its headings, once.
function read_headings(page,    line, name, fence) {
	if (page in known)
		return
	known[page] = 1
	while ((getline line <page) > 0) {
		if (line ~ /^```/)
			fence = !fence
		if (fence || line !~ /^#+ /)
			continue
		sub(/^#+ +/, "", line)
		name = page "#" anchor(line)
		if (name in heading)
			name = name "-" ++again[name]
		heading[name] = 1
	}
	close(page)
}

function exists(path,    line, there) {
	if (!(path in found))
		found[path] = system("test -e '" path "'") == 0
	return found[path]
}

# PAGE's folder and a relative path, without '..'.
function resolve(page, path,    parts, kept, n, i, depth, made) {
	if (path == "")
		return page
	sub(/[^\/]*$/, "", page)
	n = split(page path, parts, "/")
	for (i = 1; i <= n; i++) {
		if (parts[i] == "..")
			depth--
		else if (parts[i] != "." && parts[i] != "")
			kept[++depth] = parts[i]
		if (depth < 0)
			return "/outside"
	}
	made = "."
	for (i = 1; i <= depth; i++)
		made = made "/" kept[i]
	return made
}

function check(target,    path, name, whole) {
	if (target ~ /^[a-z]+:/)
		return
	sub(/ .*/, "", target)
	path = name = target
	sub(/#.*/, "", path)
	whole = resolve(FILENAME, path)
	if (!exists(whole)) {
		printf "%s:%d: '%s' leads nowhere\n", FILENAME, FNR, target
		bad = 1
	} else if (sub(/^[^#]*#/, "", name)) {
		read_headings(whole)
		if (!((whole "#" name) in heading)) {
			printf "%s:%d: '%s' is no heading there\n", FILENAME, FNR, target
			bad = 1
		}
	}
}

FNR == 1 {
	fence = 0
}
/^[ \t]*```/ {
	fence = !fence
}
!fence {
	rest = $0
	gsub(/`[^`]*`/, "", rest)
	while (match(rest, /\]\([^)]*\)/)) {
		check(substr(rest, RSTART + 2, RLENGTH - 3))
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (match(rest, /^\[[^]]*\]: */))
		check(substr(rest, RSTART + RLENGTH))
}
END {
	exit bad
}
