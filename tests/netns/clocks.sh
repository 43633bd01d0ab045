#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: clocks that are set while the daemon lives and while it is dead, and nights in which a local time comes twice or never.
# What a packet's payload says is what the look-up answers; where a time was shown twice or never it says so, or is right.
#
# What        The box has a wall clock of its own (wall_clock.sh). First the night in which summer time ends: the same local
#             minute belongs to one subscriber, and an hour later, after a reboot, to another. Then the clock is set an hour on
#             and an hour back, over midnight, while the daemon lives and while it is dead. Packets are asked for at the time
#             that the clock showed, and so are times that it never showed (clocks_judge.py).
#             The control: a copy of the record without the rows that tell of the steps, which must give false answers.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/wall_clock.sh"
. "$(dirname "$0")/guests.sh"
need tcpdump jq python3 unshare
need_wall_clock
story "whatever the clock is set to, an answer is right or says why it cannot be; a local time that came twice is refused" 1
judge() { python3 "$root/tests/netns/clocks_judge.py" "$@"; }
set_short_loans
expect "the capture runs" start_capture outside net up0 udp and src net 203.0.113.0/28
echo "from_ms,to_ms,off" >"$work/dead.csv"

packets_outside() { awk '$1 == "up0:" { print $3 }' "/proc/${process_ids[outside]}/net/dev"; }
have_come_out() { (($(packets_outside) >= $1)); }
# more_come_out COUNT: so many packets from now on.
more_come_out() { wait_until 30 have_come_out $(($(packets_outside) + $1)); }

# while_dead COMMAND...: the daemon is killed, COMMAND happens, and it comes back.
while_dead() {
  local from off=no
  from=$(real_ms)
  kill_daemon
  sleep 1
  "$@"
  sleep 1
  expect "the daemon is back" start_daemon
  if [[ $1 == switch_on_at ]]; then off=yes; fi
  echo "$from,$(real_ms),$off" >>"$work/dead.csv"
}
# another_boot TIME: the machine is off until then.
switch_on_at() { reboot_box && set_wall "$1"; }
another_boot() { while_dead switch_on_at "$1"; }

echo "-- the night in which summer time ends: ten blocks, had by ten subscribers, and an hour later by ten others"
set_key pool ports '"1024-1343"'
set_key pool max_subscribers 10
set_key pool max_blocks_per_subscriber 1
set_wall 2026-10-25T00:29:50Z
expect "the daemon is ready" start_daemon
sends summer 100.64.128.0 10 2 40
expect "the first ten are seen outside" more_come_out 100
seen=$(wall_ms)
expect "for a while" more_come_out 600
stop summer || true
another_boot "$(in_words $((seen + 3600000 - 15000)))"
sends winter 100.64.192.0 10 2 40
expect "the second ten are seen outside" more_come_out 100
until_wall "$(in_words $((seen + 3600000 + 12000)))"
expect "for a while" more_come_out 200
read_truth
IFS=' ' read -r endpoint local_time first second < <(judge fold "$work")
echo "$endpoint at $local_time Europe/Berlin: $first, then $second"
asked() { ctl lookup "$endpoint" --proto udp --at "$1" --log-dir "$work/log"; }
asked "$local_time Europe/Berlin" >"$work/refused" 2>&1 && fail "a local time that came twice is answered: $(cat "$work/refused")"
expect "a local time that came twice is refused" contains "happened twice that night (DST end)" "$(cat "$work/refused")"
mapfile -t readings < <(grep -oE '2026-10-25T[0-9:.]+Z' "$work/refused")
expect "with two readings" equal 2 "${#readings[@]}"
expect "the first of which is the first subscriber's" names_holder "$endpoint" "${readings[0]}" udp "$first"
expect "and the second the second's" names_holder "$endpoint" "${readings[1]}" udp "$second"
set +e
asked "2027-03-28 02:30:00 Europe/Berlin" >"$work/refused" 2>&1
code=$?
set -e
expect "a local time that never came is refused as a question that makes no sense" equal 2 "$code"
expect "and it says why" contains "never happened that night" "$(cat "$work/refused")"
stop winter || true
stop_daemon || fail "the daemon did not end in order"
reboot_box

# It has shown times before; more packets come at `seen`, and for a while after it.
goes_on() {
  expect "$1: packets are seen outside" more_come_out 500
  seen=$(wall_ms)
  expect "for a while" more_come_out 1200
}
# To the time `seen`, so that it shows again what it showed.
back_to_seen() { step_wall $((($1 - $(wall_ms)) / 1000)); }

echo "-- the clock is set an hour on, over midnight, while the daemon lives, and again while it is dead"
set_key pool ports '"1024-65535"'
set_short_loans
set_wall 2026-11-10T22:59:00Z
start_senders
expect "the daemon is ready" start_daemon
goes_on "before"
step_wall 3600
goes_on "an hour on"
while_dead step_wall 3600
goes_on "another hour on"

echo "-- the clock is set back over midnight, to what it showed an hour before, while the daemon lives, and while it is dead"
another_boot 2026-11-20T23:00:00Z
goes_on "before"
first=$seen
another_boot 2026-11-21T00:00:00Z
goes_on "after an hour off"
back_to_seen "$first"
goes_on "back"
another_boot 2026-11-21T00:00:30Z
goes_on "after another hour off"
while_dead back_to_seen "$first"
goes_on "back once more"
hold_senders
another_boot 2026-11-21T02:00:00Z
sleep 2

read_truth
judge ask "$work" >"$work/questions.csv" || fail "there are no questions"
ask_batch "$work/log"
judge judge "$work" >"$work/judgement.json" || fail "the answers cannot be judged"
cat "$work/judgement.json"
verdict() { json "$work/judgement.json" "$1"; }
expect "a time that came once is answered ONE HOLDER, the right one" equal 0 "$(verdict '.once | .questions - .right')"
expect "one that came twice or never is answered so, or says why not" equal 0 "$(verdict '[.twice, .never, .edge] | map(.wrong) | add')"
expect "there were such that came twice and were AMBIGUOUS" at_least 20 "$(verdict .twice.ambiguous)"
expect "and such that never came" at_least 10 "$(verdict .never.questions)"
expect "each step of an hour is in the record" equal "1 1 -1 -1" "$(judge steps "$work/log")"
expect "the record is whole" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"

cp -r "$work/log" "$work/forged"
expect "control: the rows of the steps are taken out of a copy" judge forget_steps "$work/forged"
ask_batch "$work/forged"
judge judge "$work" >"$work/judgement.json" || fail "the answers cannot be judged"
cat "$work/judgement.json"
expect "control: false answers are found" at_least 10 "$(verdict '[.twice, .never, .once] | map(.wrong) | add')"
