#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: nights in the life of one record. The daemon alive over midnight, dead over it, killed in the middle of the roll,
# the machine rebooted over it: packets that were seen outside are asked for at the time that the wall clock showed, and
# each is ONE HOLDER, the subscriber whose payload it carries.
#
# What        The box has a wall clock of its own (wall_clock.sh). Guests come and go, their blocks reused by others; a few
#             have flows that never end, so that their blocks are held through every night. Between the nights the machine
#             is off for most of a day. A copy of the record without its -wal is asked the same.
#             The control: the truth of one question is exchanged for another's, which must be reported.
# Failure     CGN_ROLLS=N kills in N rolls (default 4), CGN_SEED repeats their moments.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/wall_clock.sh"
need tcpdump jq python3 unshare
rolls=${CGN_ROLLS:-4}
seed=${CGN_SEED:-$RANDOM}
need_wall_clock
story "nights: the daemon alive, dead, killed in mid-roll, the machine rebooted; each packet has one holder, the right one" 1
echo "seed $seed"
RANDOM=$seed

# Blocks that live for seconds, few enough to be had again by others.
set_key pool addresses '["203.0.113.0/31"]'
set_key pool block_size 64
set_key pool extension_block_size 64
set_key pool max_blocks_per_subscriber 2
set_key pool max_subscribers 1800
set_key pool block_linger '"1s"'
set_key pool block_hold_down '"5s"'
set_key pool port_hold_down '"5s"'
set_key timeouts below_rfc_minimum true
set_key timeouts udp '"2s"'

# Nobody answers there. What one sends has its truth in the payload.
to=198.51.100.77
start_senders() {
  spawn guests bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count 16000 --flows 3 \
    --rate 200 --rounds 0 --seconds 36000 --to $to:9000-9003
  spawn steady bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.128.0 --count 10 --flows 2 \
    --rate 40 --rounds 0 --seconds 36000 --to $to:9000-9003
}

# day N: the N-th day of the record, 2026-11-20 the first. midnight N: at its end.
day() { date -u -d "2026-11-20 + $(($1 - 1)) days" +%F; }
midnight() { echo "$(day $(($1 + 1)))T00:00:00Z"; }
until_midnight() { until_wall "$(midnight "$night")" "$1"; }

live() { echo "$work/log/$(day "$1").cgnlog"; }
sealed() { [[ -e $work/log/$(day "$night").sealed.cgnlog && -e $work/log/$(day "$night").sealed.cgnlog.sig ]]; }
half_files() { compgen -G "$work/log/*.sealing*" || compgen -G "$work/log/*.new*"; }
only_sealed() { sealed && [[ ! -e $(live "$night") ]] && ! half_files >/dev/null; }

# begin_night SECONDS: the machine is switched on so long before midnight; on a slow one, sooner on the next day.
night=0
begin_night() {
  local before
  for ((before = $(patient "$1"); ; before *= 2)); do
    night=$((night + 1))
    set_wall "$(in_words $(($(in_ms "$(midnight "$night")") - 1000 * before)))"
    start_daemon || fail "the daemon is not ready"
    if (($(wall_ms) + 3500 < $(in_ms "$(midnight "$night")"))); then break; fi
    end_night
  done
  echo "midnight,$(in_ms "$(midnight "$night")")" >>"$work/events.csv"
  echo "$(now): the daemon is ready"
}
# The machine is off for most of a day.
end_night() {
  stop_daemon || fail "the daemon did not end in order"
  reboot_box
}
note_event() { echo "$1,$(wall_ms)" >>"$work/events.csv"; }
echo "event,wall_ms" >"$work/events.csv"

# How far a roll has come, by the names in the log's directory.
stages=("birth of the next file" "the next file in use" "sealing" "sealed, the live file still there")
has_come_to() {
  case $1 in
    0) compgen -G "$(live $((night + 1))).new*" ;;
    1) [[ -e $(live $((night + 1))) ]] ;;
    2) compgen -G "$work/log/*.sealing*" ;;
    3) [[ -e $work/log/$(day "$night").sealed.cgnlog ]] ;;
  esac >/dev/null
}
until_stage() {
  local deadline=$((SECONDS + $(patient 15)))
  until has_come_to "$1"; do
    if ((SECONDS >= deadline)); then fail "the roll does not come to: ${stages[$1]}"; fi
    read -rt 0.004 <>"$work/idle" || true  # a nap that forks nothing
  done
}
mkfifo "$work/idle"

judge() { python3 "$root/tests/netns/nights_judge.py" "$@"; }
# answered WHAT [DIRECTORY [WORDS-FOR-THE-JUDGE...]]: all that was captured so far is asked for and judged; one line of
# JSON in $work/WHAT.json.
answered() {
  kill -STOP "${process_ids[guests]}" "${process_ids[steady]}"
  "$build/cgn-blast" truth --pcap "$work/outside.pcap" --pool 203.0.113.0/28 --silence-ms 0 \
    --record "$work/truth.csv" >"$work/truth.json"
  judge ask "$work" >"$work/questions.csv" || return 1
  ctl lookup --batch "$work/questions.csv" --report csv --log-dir "${2:-$work/log}" >"$work/answers.csv" \
    2>"$work/batch.err" || true
  judge judge "$work" "${@:3}" >"$work/$1.json" || return 1
  kill -CONT "${process_ids[guests]}" "${process_ids[steady]}"
  cat "$work/$1.json"
}
all_right() {
  equal "0 0 0 0 0" "$(json "$work/$1.json" '[.wrong, .ambiguous, .nobody, .not_covered, .unanswered] | join(" ")')"
}
# The flows around the last event, asked for one by one.
singly() {
  local endpoint time who count=0
  while read -r endpoint time who; do
    names_holder "$endpoint" "$time" udp "$who" || { echo "$endpoint at $time is not said to be $who"; return 1; }
    count=$((count + 1))
  done < <(judge pick "$work")
  ((count > 0))
}

expect "the capture runs" start_capture outside net up0 udp and src net 203.0.113.0/28
start_senders

echo "-- the daemon is alive over midnight"
begin_night 10
until_midnight 3000
within 20 "the day is sealed and signed" sealed
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
end_night

echo "-- killed before midnight, back after it; established flows go on meanwhile"
begin_night 10
until_midnight -2000
note_event killed
kill_daemon
until_midnight 1500
expect "with the daemon dead, both sides of midnight are asked for" answered dead
expect "each packet is ONE HOLDER, its sender" all_right dead
expect "so it is for who asks a single question" singly
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
end_night

echo "-- killed in $rolls rolls, each sync 50 ms slower"
shim=(env "LD_PRELOAD=$build/libsync_shim.so" CGN_SYNC=slow CGN_SYNC_MS=50)
for ((roll = 0; roll < rolls; roll++)); do
  begin_night 7
  until_midnight -100
  stage=$((roll % ${#stages[@]}))
  delay=$((RANDOM % 150))
  until_stage $stage
  read -rt "0.$(printf %03d $delay)" <>"$work/idle" || true
  note_event killed
  kill_daemon
  echo "killed $delay ms after: ${stages[stage]}"
  expect "the daemon is back" start_daemon
  within 20 "the day is sealed and signed, no half file is left" only_sealed
  sleep 1.5
  end_night
done
shim=()
expect "all nights are asked for" answered rolls
expect "each packet is ONE HOLDER, its sender" all_right rolls
expect "packets were seen on both sides of each event" equal 0 "$(json "$work/rolls.json" .events_without_packets)"
expect "blocks had several holders" at_least 50 "$(json "$work/rolls.json" .blocks_had_by_several)"
expect "the record is whole" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"

judge judge "$work" --exchange "$seed" >"$work/control.json" || fail "the control cannot be judged"
expect "control: the truth of one question exchanged is found" equal 1 "$(json "$work/control.json" .wrong)"
