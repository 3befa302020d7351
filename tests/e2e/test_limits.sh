# Full disks, quotas, big numbers.

make_small_nodes() { # MEBIBYTES COUNT
	[ "$(id -u)" -eq 0 ] || skip "only root can mount small file systems"
	local n options=()
	for ((n = 1; n <= $2; n++)); do
		mkdir -p "disk-$n"
		mount -t tmpfs -o "size=$1m" tmpfs "disk-$n" 2>/dev/null || skip "a tmpfs cannot be mounted here"
		options+=(--node "$PWD/disk-$n,zone=z$n")
	done
	lk new s "${options[@]}" --rf 2 --chunk-size 64KiB >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
}

test_full_disk_loses_nothing() {
	make_small_nodes 6 2
	local n code
	mkdir kept
	for n in {1..40}; do
		random_file "f$n" 500000
		code=0
		lk put "f$n" >out 2>err || code=$?
		[ "$code" -eq 0 ] || break
		mv "f$n" kept
	done
	same 1 "$code" "exit code of the put that found no room"
	says err 'space|room|full'
	! lk ls | grep -qx "f$n" || die "f$n has a name though it was refused"
	[ "$(find kept -type f | wc -l)" -ge 3 ] || die "hardly anything fitted"
	for n in kept/*; do
		lk get "${n##*/}" -o back
		cmp "$n" back
	done
	code=0
	lk --json status >status || code=$?
	[ "$code" -eq 1 ] || [ "$code" -eq 2 ] || die "status ended with $code"
	# Room made by hand serves again: names can still be removed.
	n=$(find kept -type f -printf '%f\n' | head -n 1)
	lk -q rm "$n"
}

test_full_disk_is_passed_over() {
	make_small_nodes 4 1
	umount -l disk-1
	rm -rf s disk-1
	unset LINCKIA_CONFIG
	mkdir disk-1
	mount -t tmpfs -o size=1m tmpfs disk-1
	mkdir -p large
	lk new s --node "$PWD/disk-1" --node large/a --node large/b --rf 2 --chunk-size 64KiB >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 8000000
	lk -q put f
	lk get f -o back
	cmp f back
}

test_quota() {
	lk new s --node one,capacity=2MiB --node two,capacity=2MiB --rf 2 --chunk-size 64KiB >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	random_file f 1000000
	random_file g 3000000
	lk -q put f
	exits 1 lk put g
	says err 'space|room|full|capacity'
	! lk ls | grep -qx g || die "g has a name though it was refused"
	lk get f -o back
	cmp f back
	[ "$(du -sb one/chunks | cut -f 1)" -le 2200000 ] || die "the quota was passed: $(du -sb one/chunks)"
}

test_full_output_leaves_nothing() {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount small file systems"
	make_store
	random_file f 3000000
	lk -q put f
	mkdir small
	mount -t tmpfs -o size=1m tmpfs small 2>/dev/null || skip "a tmpfs cannot be mounted here"
	exits 1 lk get f -o small/back
	says err 'space'
	same '' "$(ls -A small)" "the full disk"
	exits 1 sh -c '"$LINCKIA" get f -o - >/dev/full'
}

test_memory_is_bounded() {
	case $LINCKIA in */asan/* | */tsan/*) skip "a sanitizer's memory is not the program's" ;; esac
	lk new s --nodes 3 --rf 3 >/dev/null
	export LINCKIA_CONFIG=$PWD/s/config.yaml
	# 1 GiB without 1 GiB of disk: all of its chunks are the same one.
	truncate -s 1G f
	(
		ulimit -v 600000
		lk -q put f
		lk -q get f -o - | cmp - f
	)
}

# On a disk that is full, names can still be removed and what they leave be collected: that is what the reserve is for.
test_limits_full_catalog_disk() {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount small file systems"
	mkdir small
	mount -t tmpfs -o size=100m tmpfs small 2>/dev/null || skip "a tmpfs cannot be mounted here"
	mkdir nodes
	lk -q new small/s --node nodes/one --node nodes/two --rf 2 --rehearsal
	export LINCKIA_CONFIG=$PWD/small/s/config.yaml
	mkdir many
	for i in $(seq 500); do
		echo "$i" >"many/file $i"
	done
	lk -q put many
	[ "$(stat -c %s small/s/reserve)" -gt 1000000 ] || die "there is no reserve"
	head -c 200M /dev/zero >small/filler 2>/dev/null || true
	same 0 "$(df --output=avail small | tail -n 1 | tr -d ' ')" "room on the full disk"
	random_file more 1000000
	exits 1 lk put more
	lk -q rm many/
	same 0 "$(lk --json ls | jq length)" "names that are left"
	lk -q gc --keep-for 1ms
	same 0 "$(find nodes/*/chunks -type f | wc -l)" "chunk files that are left"
}
