#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the daemon is killed in the middle of day rolls, at each of their stages. It comes back, the day is sealed and signed
# whole, and packets that were seen outside around midnight are ONE HOLDER, the subscriber whose payload they carry.
#
# What        The box has a wall clock of its own (wall_clock.sh); each sync of the log takes 50 ms longer, so that the stages of
#             a roll can be told apart. Guests come and go, their blocks reused by others; a few have flows that never end.
#             In the end the record is forged in every way that docs/log.md names, and `log verify` must find and locate each.
#             The control: the truth of one question is exchanged for another's, which must be reported.
# Failure     CGN_ROLLS=N kills in N rolls (default 4), CGN_SEED repeats their moments.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/wall_clock.sh"
. "$(dirname "$0")/guests.sh"
. "$(dirname "$0")/night.sh"
. "$(dirname "$0")/forgeries.sh"
need tcpdump jq python3 openssl unshare
rolls=${CGN_ROLLS:-4}
seed=${CGN_SEED:-$RANDOM}
need_wall_clock
story "killed in $rolls day rolls: the day is sealed whole, each packet has one holder, the right one" 1
echo "seed $seed"
RANDOM=$seed
set_short_loans

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

expect "the capture runs" start_capture outside net up0 udp and src net 203.0.113.0/28
start_senders
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
  keep_older_copy
  sleep 1.5
  end_night
done
shim=()
expect "all nights are asked for" answered rolls
expect "each packet is ONE HOLDER, its sender" all_right rolls
expect "packets were seen on both sides of each event" equal 0 "$(json "$work/rolls.json" .events_without_packets)"
expect "blocks had several holders" at_least 50 "$(json "$work/rolls.json" .blocks_had_by_several)"
judge judge "$work" --exchange "$seed" >"$work/control.json" || fail "the control cannot be judged"
expect "control: the truth of one question exchanged is found" equal 1 "$(json "$work/control.json" .wrong)"

echo "-- what a forger may do to this record"
find_forgeries
