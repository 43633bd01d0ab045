#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the log's disk is slow, read-only, gone and back. Held blocks go on; first packets wait for their row and are not
# lost; what cannot be recorded is refused by name, and given when it can be.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/disk.sh"
need jq mkfs.ext4 e2fsck unshare findmnt
story "with a slow log first packets are delayed and not lost; with a dead one new blocks are refused, old ones go on" 3
trap 'code=$?; drop_disk; finish "$code"' EXIT
make_disk
shim=(env "LD_PRELOAD=$build/libsync_shim.so" CGN_SYNC=slow CGN_SYNC_MS=200 "CGN_SYNC_WHILE=$work/slow")

log_is_writable() { [[ $(ctl_json status | jq .log.writable) == "$1" ]]; }
warned() { contains "legal log" "$(ctl_json status | jq -r '.warnings[]')"; }

expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
first=$(ask sub1 5000) || fail "no service with a healthy disk"

# Slow: each sync takes 200 ms longer; the first packet waits, and gets its answer.
touch "$work/slow"
before=$(counter no_journal)
ask_patience_ms=3000
expect "with each sync 200 ms slower a subscriber without a block is answered, by its first packet" answers sub2 5000
expect "nobody was refused" equal "$before" "$(counter no_journal)"
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
rm "$work/slow"
ask_patience_ms=1000

# Slower than first_packet_wait: refused in time, by name; the late row is followed by its release.
expect "the daemon ends in order" stop_daemon
shim=(env "LD_PRELOAD=$build/libsync_shim.so" CGN_SYNC=slow CGN_SYNC_MS=2500 "CGN_SYNC_WHILE=$work/slow")
expect "the daemon is back" start_daemon
touch "$work/slow"
before=$(counter no_journal)
expect_not "with syncs slower than first_packet_wait a new subscriber gets no block" answers sub3 5000
within 5 "the refusal is counted as no_journal" moved no_journal "$before"
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
rm "$work/slow"
within 15 "with the disk fast again the subscriber gets its block" answers sub3 5001

# Gone, and back.
expect "the log directory is moved away" mv "$disk/log" "$disk/away"
within 15 "gone: the daemon says that it cannot write" log_is_writable false
before=$(counter no_journal)
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
expect "the log directory is back" mv "$disk/away" "$disk/log"
within 15 "back: the log goes on" log_is_writable true
expect "a new flow works" answers sub2 5201

# Read-only, as ext4 makes itself after an error of the disk: only a repair helps.
device=$(basename "$(findmnt -no SOURCE "$disk")")
echo 1 >"/sys/fs/ext4/$device/trigger_fs_error"
expect "the disk is read-only" eval '! touch "$disk/x" 2>/dev/null'
ask_patience_ms=300
answers sub3 5301 || true  # any event makes the log find out
within 20 "read-only: the daemon says that it cannot write" log_is_writable false
expect "and warns" warned
ask_patience_ms=1000
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
expect "a new flow in a block that is held works" answers sub1 5101
kill_daemon
expect "killed, the daemon starts on the read-only disk" start_daemon
expect "it says that it cannot write" log_is_writable false
expect "the old mapping is the same" equal "$first" "$(ask sub1 5000)"
expect "a new flow in a block that is held works" answers sub1 5102
stop_daemon || true
umount "$disk"
e2fsck -fy "$work/disk.img" >/dev/null 2>&1 || true
expect "the disk is mended" mount -o loop,errors=remount-ro "$work/disk.img" "$disk"
expect "the daemon is back" start_daemon
within 10 "the log goes on" log_is_writable true
expect "the old mapping is the same" equal "$first" "$(ask sub1 5000)"
expect "the daemon ends in order" stop_daemon
expect "the record is as it was written" ctl log verify --log-dir "$disk/log" --key "$state_dir/sign.pub"
