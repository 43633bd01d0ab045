#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: no packet before its block's row is synced, also when the log's disk is full.
. "$(dirname "$0")/harness.sh"
need jq
story "with the log's disk full, held blocks go on and new ones are refused by name; with room again, they are given"

# The log on a small disk of its own, which goes before the work directory does.
mkdir -p "$work/log"
mount -t tmpfs -o size=8m tmpfs "$work/log"
trap 'code=$?; umount -l "$work/log" || true; finish "$code"' EXIT

log_is_writable() { [[ $(ctl_json status | jq .log.writable) == "$1" ]]; }
fill_disk() { dd if=/dev/zero of="$work/log/filler" bs=64k 2>/dev/null || true; }

expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
first=$(ask sub1 5000) || fail "no service before the disk is full"

fill_disk
expect "there is no room left on the log's disk" eval '! dd if=/dev/zero of="$work/log/more" bs=64k count=1 2>/dev/null'
# A commit may still fit into what the log has already taken of the disk; sooner or later none does.
within 20 "the daemon says that it cannot write" log_is_writable false
before=$(counter no_journal)
expect_not "a subscriber without a block gets none" answers sub2 5000
within 3 "the refusal is counted as no_journal" moved no_journal "$before"
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
expect "a new flow in a block that is held works" answers sub1 5001

rm -f "$work/log/filler" "$work/log/more"
within 10 "with room again the log is writable" log_is_writable true
within 5 "and the subscriber gets its block" answers sub2 5001
