#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: no packet before its block's row is synced, also when the log's disk is full, and also for a daemon that starts on the
# full disk: what lives and what is held go on, nothing new is given, and the record tells of it when there is room again.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/disk.sh"
need jq mkfs.ext4 unshare python3
story "with the log's disk full, held blocks go on and new ones are refused by name, over a restart as well; with room again, they are given" 4
trap 'code=$?; drop_disk; finish "$code"' EXIT
# State and log on one small disk, as they stand in /var/lib/cgn. The book of resting ports takes 28 bytes a mapping of it.
set_key limits mappings 100000
make_disk 96M

log_is_writable() { [[ $(ctl_json status | jq .log.writable) == "$1" ]]; }
alarm_is() { equal "$1" "$(ctl_json show alarms | jq -r '[.alarms[] | select(.event == "log_unwritable") | .reason] | join(" ")')"; }
says() { contains "$1" "$(cat "$work/cgnd.err")"; }
fill_disk() {
  dd if=/dev/zero of="$disk/filler" bs=64k 2>/dev/null || true
  dd if=/dev/zero of="$disk/crumbs" bs=1k 2>/dev/null || true
  sync -f "$disk"
}
make_room() { rm -f "$disk/filler" "$disk/crumbs"; }
# A commit may still fit into what the log has already taken of the disk; sooner or later none does.
fill_until_unwritable() {
  fill_disk
  within 30 "$1: the daemon says that it cannot write" log_is_writable false
}
# rows SQL: of the live file, read beside the daemon.
rows() {
  python3 -c 'import glob, sqlite3, sys
file = [f for f in glob.glob(sys.argv[1] + "/*.cgnlog") if ".sealed." not in f][-1]
for row in sqlite3.connect("file:" + file + "?mode=ro", uri=True).execute(sys.argv[2]): print(*row)' "$work/log" "$1"
}
newest_gap() { rows "select detail from events where kind = 27 order by seq desc limit 1" | jq -r "$1"; }
instant() { date -d "$1" +%s%3N; }

expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
first=$(ask sub1 5000) || fail "no service before the disk is full"
given=$(now)

# In life.
fill_until_unwritable "full"
before=$(counter no_journal)
expect_not "a subscriber without a block gets none" answers sub2 5000
within 3 "the refusal is counted as no_journal" moved no_journal "$before"
expect "the alarm is on" alarm_is no_journal
expect "an existing mapping goes on, the same" equal "$first" "$(ask sub1 5000)"
expect "a new flow in a block that is held works" answers sub1 5001
make_room
within 10 "with room again the log is writable" log_is_writable true
expect "the alarm is off" alarm_is ""
within 5 "and the subscriber gets its block" answers sub2 5001
expect "the time without is an event" equal "the log could not be written" "$(newest_gap .why)"
expect "with how much was refused" at_least 1 "$(newest_gap .refused)"

# Killed on the full disk: the next one starts there.
fill_until_unwritable "full again"
kill_daemon
dead=$(now)
expect "on the full disk the daemon starts" start_daemon
expect "it says that it cannot write" log_is_writable false
expect "in its own log" says "no new block is given until it can be"
expect "the alarm is on from the start" alarm_is no_journal
expect "the old mapping is the same" equal "$first" "$(ask sub1 5000)"
meanwhile=$(ask sub1 5002) || fail "a new flow in a block that is held does not work"
asked=$(now)
before=$(counter no_journal)
expect_not "a subscriber without a block gets none" answers sub3 5000
within 3 "the refusal is counted as no_journal" moved no_journal "$before"
expect "killed and started once more, it is the same" eval 'kill_daemon; start_daemon && log_is_writable false && equal "$first" "$(ask sub1 5000)"'
started=$(now)
sleep 1.2  # so that the room comes later than the start
make_room
room=$(now)
within 10 "with room again the log is writable" log_is_writable true
within 5 "and the subscriber gets its block" answers sub3 5001
start_ms=$(rows "select wall_ms from events where kind = 3 order by seq desc limit 1")
expect "the record says when the daemon began, not when it could write" eval '((start_ms > $(instant "$dead") && start_ms <= $(instant "$started")))'
expect "and that it adopted, then" eval '(($(rows "select wall_ms from events where kind = 23 order by seq desc limit 1") <= $(instant "$started")))'
expect "the gap reaches from there to the room" eval '(($(newest_gap .from_ms) <= start_ms + 1000 && $(newest_gap .to_ms) >= $(instant "$room")))'
expect "of the life that ended on the full disk nothing is there" equal 2 "$(rows "select count(*) from events where kind = 3")"
expect "who had the block before, is known" one_holder "$first" "$given" udp 100.64.1.11
expect "and while nothing could be written" one_holder "$meanwhile" "$asked" udp 100.64.1.11

# A reboot onto the full disk: nothing lives, and what is held must be on record of this boot before it is used.
fill_until_unwritable "full a third time"
kill_daemon
rm -rf "$bpf_dir"
cat /proc/sys/kernel/random/uuid >"$work/boot_id"
expect "after a reboot onto the full disk the daemon starts" start_daemon
expect "it says that nothing new is begun" says "nothing new is begun until it can"
before=$(counter no_journal)
expect_not "who holds a block is refused, too" answers sub1 5100
within 3 "as no_journal" moved no_journal "$before"
make_room
within 10 "with room again the log is writable" log_is_writable true
within 5 "who held a block before the reboot is served" answers sub1 5101
after=$(ask sub1 5102) || fail "no service after the reboot"
expect "in that block" equal "${first%:*}" "${after%:*}"
expect "a subscriber without one gets one" answers sub4 5001
expect "who has it, is known" one_holder "$after" "$(now)" udp 100.64.1.11
expect "the daemon ends in order" stop_daemon
expect "the record is as it was written" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"
