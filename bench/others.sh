# others.sh: how Linckia, and what people use today, store a source, fetch it again and check what they have. Sourced by run.sh.
#
# For each of them there are the functions store_X, fetch_X and check_X. Each prepares without being timed, and times one
# command, or one line of a shell, under the LABEL it is given. A tool that cannot do a thing has no such function. Who keeps
# how many copies, and does what with them:
#
#	ours     two, durable, each verified as it is fetched
#	cp       two at once, made durable with sync; nothing is verified
#	rsync    the same
#	annex    git-annex: two, one of them in the repository and one in a folder; named by their SHA-256
#	restic   one, compressed and encrypted
#	borg     one, neither compressed nor encrypted
#	casync   one, compressed
#	openssl  none: it only hashes what Linckia keeps
# shellcheck shell=bash

others="cp rsync annex restic borg casync openssl"

export RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=$work/cache RESTIC_PROGRESS_FPS=0
export BORG_BASE_DIR=$work/borg-base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@localhost GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@localhost

program_of() { # OTHER
	case $1 in
	annex) echo git-annex ;;
	*) echo "$1" ;;
	esac
}

# What a row says of it. A fetch is one copy from one of the two, and nobody's is durable.
title_of() { # OTHER BARS
	case $1 in
	cp | rsync)
		case $2 in
		*get*) echo "$1" ;;
		*) echo "2 parallel $1 + sync" ;;
		esac
		;;
	annex) echo "git-annex, 2 copies" ;;
	restic) echo "restic, 1 copy" ;;
	borg) echo "borg, 1 copy" ;;
	casync) echo "casync, 1 copy" ;;
	openssl) echo "2 openssl dgst -sha256" ;;
	esac
}

# Linckia and the others that are here and can do WHAT. In each run another one is first, so that nobody is alone in coming after
# a pause.
contenders() { # WHAT [RUN]
	local other list=(ours)
	for other in $others; do
		! have "$(program_of "$other")" || ! declare -F "$1_$other" >/dev/null || list+=("$other")
	done
	local first=$(((${2:-1} - 1) % ${#list[@]}))
	echo "${list[@]:first}" "${list[@]:0:first}"
}

# What all of them, or one, have stored.
clear_outputs() { # [OTHER]
	case ${1:-all} in all | ours) remove "$work/store" ;; esac
	case ${1:-all} in all | cp | rsync) remove "$work/copy-1" "$work/copy-2" ;; esac
	case ${1:-all} in all | restic) remove "$work/restic" "$work/cache" ;; esac
	case ${1:-all} in all | borg) remove "$work/borg" "$work/borg-base" ;; esac
	case ${1:-all} in all | casync) remove "$work/casync" ;; esac
	case ${1:-all} in all | annex)
		[ ! -e "$work/annex" ] || chmod -R u+w "$work/annex" "$work/annex-copy"
		remove "$work/annex" "$work/annex-copy"
		;;
	esac
	remove "$work/out"
	settle
}

# Where the bytes are that a fetch reads, for the page cache.
kept_by() { # OTHER
	case $1 in
	ours) echo "$work"/store/node-*/chunks ;;
	cp | rsync) echo "$work/copy-1" ;;
	annex) echo "$work/annex $work/annex-copy" ;;
	openssl) kept_by ours ;;
	*) echo "$work/$1" ;;
	esac
}

# ---- ours ----

# shellcheck disable=SC2120
fresh_store() { # [OPTION…]
	remove "$work/store"
	"$linckia" -q new "$work/store" --nodes 6 --rf 2 "$@" >/dev/null || exit 1
}

store_ours() { # LABEL SOURCE
	fresh_store
	settle
	timed "$1" "$linckia" -q put "$2"
}

fetch_ours() { # LABEL NAME
	timed "$1" "$linckia" -q get "$2" -o "$work/out"
}

fetch_tree_ours() { # LABEL NAME
	timed "$1" "$linckia" -q get --prefix "$2" -o "$work/out"
}

check_ours() {
	timed "$1" "$linckia" -q scrub
}

store_again_ours() {
	timed "$1" "$linckia" -q put -n "${2##*/}" "$2"
}

check_openssl() {
	# shellcheck disable=SC2016
	timed "$1" sh -c 'find "$1"/node-*/chunks -type f -print0 | xargs -0 -P 2 -n 64 openssl dgst -sha256' sh "$work/store"
}

# ---- cp and rsync ----

store_cp() {
	settle
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cp -r "$1" "$2/copy-1" & cp -r "$1" "$2/copy-2" && wait $! && sync -f "$2/copy-1"' sh "$2" "$work"
}

fetch_cp() {
	timed "$1" cp -r "$work/copy-1" "$work/out"
}

fetch_tree_cp() {
	fetch_cp "$@"
}

store_rsync() {
	settle
	# A folder's own name would become one more folder.
	# shellcheck disable=SC2016
	timed "$1" sh -c '[ ! -d "$1" ] || set -- "$1/" "$2"
		rsync -a "$1" "$2/copy-1" & rsync -a "$1" "$2/copy-2" && wait $! && sync -f "$2/copy-1"' sh "$2" "$work"
}

fetch_rsync() {
	timed "$1" rsync -a "$work/copy-1" "$work/out"
}

fetch_tree_rsync() {
	timed "$1" rsync -a "$work/copy-1/" "$work/out"
}

# ---- git-annex ----

new_annex() {
	git init -q "$work/annex" && mkdir "$work/annex-copy" && (
		cd "$work/annex" && git annex init -q bench &&
			git annex initremote -q second type=directory directory="$work/annex-copy" encryption=none
	) >/dev/null 2>&1
}

# The source stays where it is, as with the others.
store_annex() {
	new_annex || return 0
	settle
	store_again_annex "$@"
}

store_again_annex() {
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cd "$2/annex" && rm -rf "./${1##*/}" && cp -r "$1" . && git annex add -q . && git commit -q -m stored &&
		git annex copy -q -J2 --to second && sync -f .' sh "$2" "$work"
}

fetch_annex() { # LABEL NAME
	(cd "$work/annex" && git annex drop -q --force .) >/dev/null 2>&1
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cd "$1/annex" && git annex get -q -J2 .' sh "$work"
}

fetch_tree_annex() {
	fetch_annex "$@"
}

check_annex() {
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cd "$1/annex" && git annex fsck -q -J2 && git annex fsck -q -J2 --from second' sh "$work"
}

# ---- restic ----

store_restic() {
	restic init -q -r "$work/restic" >/dev/null || return 0
	settle
	store_again_restic "$@"
}

store_again_restic() {
	timed "$1" restic -q -r "$work/restic" backup "$2"
}

fetch_restic() {
	timed "$1" restic -q -r "$work/restic" restore latest --target "$work/out"
}

fetch_tree_restic() {
	fetch_restic "$@"
}

check_restic() {
	timed "$1" restic -q -r "$work/restic" check --read-data
}

# ---- borg ----

store_borg() {
	borg init -e none "$work/borg" >/dev/null 2>&1 || return 0
	settle
	store_again_borg "$@"
}

store_again_borg() {
	timed "$1" borg create -C none "$work/borg::{now:%s.%f}" "$2"
}

fetch_borg() {
	mkdir "$work/out"
	# shellcheck disable=SC2016
	timed "$1" sh -c 'cd "$1/out" && borg extract "$1/borg::$(borg list --last 1 --short "$1/borg")"' sh "$work"
}

fetch_tree_borg() {
	fetch_borg "$@"
}

check_borg() {
	timed "$1" borg check --verify-data "$work/borg"
}

# ---- casync ----

# An index of a file ends in caibx, one of a folder in caidx.
casync_index() {
	[ -d "$1" ] && echo "$work/casync/index.caidx" || echo "$work/casync/index.caibx"
}

store_casync() {
	mkdir "$work/casync"
	settle
	store_again_casync "$@"
}

store_again_casync() {
	# shellcheck disable=SC2016
	timed "$1" sh -c 'casync make --store="$1/casync/chunks" "$2" "$3" && sync -f "$1"' sh "$work" "$(casync_index "$2")" "$2"
}

fetch_casync() {
	timed "$1" casync extract --store="$work/casync/chunks" "$work/casync/index.caibx" "$work/out"
}

fetch_tree_casync() {
	timed "$1" casync extract --store="$work/casync/chunks" "$work/casync/index.caidx" "$work/out"
}
