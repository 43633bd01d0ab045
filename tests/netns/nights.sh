#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: nights in the life of one record. The daemon alive over midnight, dead over it, the machine rebooted over it: packets
# that were seen outside are asked for at the time that the wall clock showed, and each is ONE HOLDER, the subscriber whose
# payload it carries.
#
# What        The box has a wall clock of its own (wall_clock.sh). Guests come and go, their blocks reused by others; a few
#             have flows that never end, so that their blocks are held through every night. Between the nights the machine
#             is off for most of a day. A copy of the record without its -wal is asked the same, and so is the record by
#             somebody who is not root: right, or refused with what to do.
#             The control: the truth of one question is exchanged for another's, which must be reported.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/wall_clock.sh"
. "$(dirname "$0")/guests.sh"
. "$(dirname "$0")/night.sh"
need tcpdump jq python3 unshare setpriv
need_wall_clock
story "nights: the daemon alive, dead, the machine rebooted over midnight; each packet has one holder, the right one" 1
set_short_loans

expect "the capture runs" start_capture outside net up0 udp and src net 203.0.113.0/28
start_senders

# Somebody of group cgn-legal, and somebody else; neither is root.
grep -v '^cgn-legal:' /etc/group >"$work/group"
echo "cgn-legal:x:64931:" >>"$work/group"
as_group() { become="setpriv --reuid 64932 --regid 64932 --groups $1" ctl "${@:2}"; }
as_clerk() { as_group 64931 "$@"; }
as_stranger() { as_group 64932 "$@"; }
# refused WHO WHY NEXT-STEP: the question about the first packet is not answered, and both are said.
refused() {
  local endpoint time
  read -r endpoint time _ < <(judge pick "$work")
  "$1" lookup "$endpoint" --at "$time" --log-dir "$work/log" >"$work/refused" 2>&1 && return 1
  contains "$2" "$(cat "$work/refused")" && contains "$3" "$(cat "$work/refused")"
}
clerk_is_refused() { refused as_clerk "cannot be recorded, so it is not answered" "sudo, or start cgnd"; }
stranger_is_refused() { refused as_stranger "may not be read" "sudo, or as a member of group cgn-legal"; }

echo "-- the daemon is alive over midnight"
begin_night 10
until_midnight 3000
within 20 "the day is sealed and signed" sealed
asker=as_clerk expect "a clerk asks for both sides of midnight" answered clerk
expect "and is answered as well" all_right clerk
expect "a stranger is refused, and told why" stranger_is_refused
mkdir "$work/copy"
cp "$work"/log/*.cgnlog "$work/log/heads" "$work/copy"
expect "with the daemon alive both sides of midnight are asked for" answered alive
expect "each packet is ONE HOLDER, its sender" all_right alive
expect "so it is for who asks a single question" singly
expect "a copy without -wal is asked the same" answered copy "$work/copy" --copy "$work/copy"
expect "it is right up to what it holds, and says NOT COVERED beyond" equal "0 0 0" \
  "$(json "$work/copy.json" '[.wrong, .nobody, .unanswered] | join(" ")')"
expect "of the one there is something" at_least 50 "$(json "$work/copy.json" .right)"
expect "and of the other" at_least 50 "$(json "$work/copy.json" .not_covered)"
stop_daemon || fail "the daemon did not end in order"
expect "with the daemon stopped they are asked for" answered stopped
expect "each packet is ONE HOLDER, its sender" all_right stopped
expect "a clerk is refused then, and told what to do" clerk_is_refused
expect "and so is a stranger" stranger_is_refused
reboot_box

echo "-- killed before midnight, back after it; established flows go on meanwhile"
begin_night 10
until_midnight -2000
note_event killed
kill_daemon
until_midnight 1500
expect "with the daemon dead, both sides of midnight are asked for" answered dead
expect "each packet is ONE HOLDER, its sender" all_right dead
expect "so it is for who asks a single question" singly
expect "a clerk is refused, and told what to do" clerk_is_refused
expect "and so is a stranger" stranger_is_refused
note_event back
expect "the daemon is back" start_daemon
echo "at $(now)"
within 20 "the day is sealed and signed" sealed
sleep 2
expect "with it back, they are asked for again" answered back
expect "each packet is ONE HOLDER, its sender" all_right back
expect "so it is for who asks a single question" singly
end_night

echo "-- the power is off over midnight"
begin_night 10
until_midnight -1500
note_event off
kill_daemon
reboot_box
until_midnight 1500
expect "another boot: the daemon is ready" start_daemon
echo "at $(now)"
note_event on
within 20 "the day is sealed and signed" sealed
sleep 2
expect "both sides of midnight are asked for" answered rebooted
expect "each packet is ONE HOLDER, its sender" all_right rebooted
expect "packets were seen on both sides of each event" equal 0 "$(json "$work/rebooted.json" .events_without_packets)"
expect "blocks had several holders" at_least 50 "$(json "$work/rebooted.json" .blocks_had_by_several)"
expect "the record is whole" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"

judge judge "$work" --exchange 1 >"$work/control.json" || fail "the control cannot be judged"
expect "control: the truth of one question exchanged is found" equal 1 "$(json "$work/control.json" .wrong)"
