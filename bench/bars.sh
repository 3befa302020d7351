# bars.sh: what is good enough: how many times the other's figure Linckia's may be, or a figure with its unit in the name. And
# why another takes less, where it does: $why_WHAT_OTHER, for the report.
# shellcheck shell=bash disable=SC2034

bar_put_cp=0.90      # two copies written at once, hashed, and durable
bar_put_restic=0.20  # five times as fast, though restic writes one copy (and compresses and encrypts)
bar_put_borg=0.33    # three times as fast; borg neither compresses nor encrypts here, and writes one copy
bar_get_cold_cp=1.00 # every byte is verified
bar_get_warm_cp=1.00 # hashing 1 GiB on two cores alone takes about as long as copying it in memory
bar_get_cold_restic=0.20
bar_get_warm_restic=0.20
bar_files_cp=1.00 # 20,000 names in a catalog, against 40,000 files without one
bar_files_restic=1.00
bar_memory_mib=96 # 64 MiB of chunk buffers, and the program
bar_command_ms=50

bar_detect_ms=1000 # from the fault to the first transfer
bar_refill_cp=1.50 # every byte is verified twice: as it is read, and as it was written
bar_clients=2.00   # half the speed
bar_check_openssl=1.25 # four fifths of the speed
bar_rebalance_points=3
bar_rebalance_moved=1.2
bar_flap_percent=1

bar_daemon_mib=128 # a million chunks
bar_scan_ms=300
bar_health_ms=100
bar_ten_status_ms=2000 # ten million chunks
bar_ten_command_ms=50
bar_ten_catalog_bytes=160
bar_ten_daemon_mib=256

bar_change_mib=16
bar_snapshot_ms=500
bar_snapshot_mib=1
bar_ls_at=1.10
bar_rebuild_s=30
bar_journal=1.15
bar_gc_s=10

bar_net_off=1.02
bar_net_accuracy=10
bar_net_slow=1.30

bar_frame_ms=2
bar_idle_percent=0.5 # htop at 1.5 s takes 0.15, btop at 2 s 0.4, and they keep no store
bar_idle_bytes=2048
bar_keys_ms=50
bar_start_ms=300
bar_console_kib=8192
bar_lost_ms=1000

bar_year_s=60
bar_year_mib=1024

why_put_cp="it hashes each byte, keeps a catalog and six journals, and flushes all of it"
why_put_restic="one copy is half of the writing; what is left is hashing, which takes as long here as there"
why_put_borg=$why_put_restic
why_memory="chunks are read, hashed and written in buffers of 4 MiB; 'memory' in the config says how many, and 64 MiB is the default"
why_put_memory_cp=$why_memory
why_put_memory_rsync=$why_memory
why_put_memory_annex=$why_memory
why_put_memory_casync=$why_memory
why_verified="each byte is hashed before it leaves, which takes half a second of a core for 1 GiB"
why_get_cold_cp=$why_verified
why_get_cold_rsync=$why_verified
why_get_cold_borg=$why_verified
why_get_cold_restic="a fifth of restic's time is about what two cores need to hash and write 1 GiB at all"
why_get_warm_cp="$why_verified, and chunks are read past the page cache, so that a large file does not push out of it what is used"
why_get_warm_rsync=$why_get_warm_cp
why_files_get_cp="each is looked up in the catalog, and hashed"
why_get_warm_restic=$why_get_cold_restic
why_version_grown_casync="casync's chunks are of 64 KiB on average, these of 1 MiB, and what changed is stored in whole chunks"
why_version_grown_restic="chunks are as large there; where one begins, by chance, decides how many a change touches"
why_version_grown_borg=$why_version_grown_restic
why_check_openssl="chunks are read past the page cache, where a disk gives less: four dd with iflag=direct took 1.4 times as long, too"
