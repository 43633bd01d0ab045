#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the whole daemon is stopped in the middle of giving blocks, by kill -9 and by power cuts, and every packet that was
# seen outside is answered ONE HOLDER, the subscriber whose payload it carries.
#
# What        Thousands of subscribers come and go, their blocks reused; a few have steady flows. Half of the stops are kill -9;
#             half take the log's ext4 with them (everything that was not synced), then maps and links go, and there is
#             another boot. Each stop comes at a random moment after new packets of this life were seen outside.
#             The control: on a disk that does not sync, the same must report losses.
# Failure     CGN_STOPS=N is the long run (default 8), CGN_SEED repeats one. Stops without new blocks seen outside, or a row
#             said to be durable and gone, fail.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/disk.sh"
need tcpdump jq python3 mkfs.ext4 unshare
stops=${CGN_STOPS:-8}
seed=${CGN_SEED:-$RANDOM}
of_one_record=25   # stops; then a new disk, so that a start does not read the rows of a thousand others
story "$stops stops of the daemon under new flows: every packet outside has one holder, the right one" 1
echo "seed $seed"
RANDOM=$seed
drop_disks() { while umount -l "$disk" 2>/dev/null; do :; done; }
trap 'code=$?; drop_disks; finish "$code"' EXIT

# Blocks that live for seconds, few enough to be had again by others.
set_key pool addresses '["203.0.113.0/29"]'
set_key pool block_size 64
set_key pool extension_block_size 64
set_key pool max_blocks_per_subscriber 2
set_key pool max_subscribers 8000
set_key pool block_linger '"1s"'
set_key pool block_hold_down '"5s"'
set_key pool port_hold_down '"5s"'
set_key timeouts below_rfc_minimum true
set_key timeouts udp '"2s"'

# Nobody answers there. What one sends has its truth in the payload.
to=198.51.100.77
start_senders() {
  spawn guests bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count 16000 --flows 3 \
    --rate "${CGN_RATE:-600}" --rounds 0 --seconds 36000 --to $to:9000-9003
  spawn steady bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.128.0 --count 10 --flows 4 \
    --rate 40 --rounds 0 --seconds 36000 --to $to:9000-9003
}
let_go_on() { kill -CONT "${process_ids[guests]}" "${process_ids[steady]}"; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# Packets that came out of the box, without asking anybody; up0 of the capture's own machine.
packets_outside() { awk '$1 == "up0:" { print $3 }' "/proc/${process_ids[outside]}/net/dev"; }
have_come_out() { (($(packets_outside) >= $1)); }
durable_row() { ctl_json status | jq -er .log.last_seq; }

cut_power() {
  "$build/power_cut" "$disk" "${process_ids[cgnd]}" "${process_ids[guests]}" "${process_ids[steady]}" || fail "the power cannot be cut"
  finished cgnd || true
}
reboot_box() {
  rm -rf "$bpf_dir"
  umount "$disk" || fail "the disk is still in use"
  mount -o loop,errors=remount-ro "$work/disk.img" "$disk" || fail "the disk cannot be mounted again"
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
  let_go_on
}

# one_stop NUMBER KIND: a life of the daemon, from ready to its end, and the next one's beginning.
one_stop() {
  local kind=$2 row
  wait_until 20 have_come_out $(($(packets_outside) + 60)) || fail "stop $1: nothing comes out of the box"
  sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
  row=$(durable_row) || fail "stop $1: the daemon does not answer"
  echo "$1,$kind,$ready,$(milliseconds),$row" >>"$work/stops.csv"
  if [[ $kind == power ]]; then cut_power; else kill_daemon; fi
  if [[ $kind == power ]]; then reboot_box; fi
  start_daemon || return 1
  ready=$(milliseconds)
}

# stop_many FIRST LAST
stop_many() {
  local n kind
  echo "stop,kind,ready_ms,stop_ms,durable_row" >"$work/stops.csv"
  for ((n = $1; n <= $2; n++)); do
    if ((n % 2)); then kind="kill"; else kind="power"; fi
    one_stop "$n" "$kind" || return 1
  done
}

# One file system, one record, one capture; $senders go on over all of them.
begin_record() {
  drop_disks
  rm -f "$work/disk.img"
  make_disk 2G
  expect "the daemon is ready" start_daemon
  ready=$(milliseconds)
  start_capture outside net up0 udp and src net 203.0.113.0/28
}

# Everything captured is asked for; ends with one line of JSON in $work/judgement.json.
judge_record() {
  kill -STOP "${process_ids[guests]}" "${process_ids[steady]}"
  stop outside || true
  "$build/cgn-blast" truth --pcap "$work/outside.pcap" --pool 203.0.113.0/28 --silence-ms 0 --record "$work/truth.csv" >"$work/truth.json"
  sleep 2.2  # two heartbeats: the record reaches beyond the last packet and its tolerance
  awk -F, 'NR == 1 { print "ip,port,proto,time"; next } { print $3 "," $4 "," $5 "," $1 }' "$work/truth.csv" >"$work/questions.csv"
  ctl lookup --batch "$work/questions.csv" --report csv --log-dir "$work/log" >"$work/answers.csv" 2>"$work/batch.err" || true
  python3 "$root/tests/netns/crash_judge.py" "$work" 64 >"$work/judgement.json" || return 1
  let_go_on
}
verdict() { json "$work/judgement.json" "$1"; }

asked=0 packets=0 blocks=0 again=0
begin_senders_once() { if ! is_running guests; then start_senders; fi; }
for ((first = 1; first <= stops; first += of_one_record)); do
  last=$((first + of_one_record - 1 < stops ? first + of_one_record - 1 : stops))
  begin_record
  begin_senders_once
  expect "stops $first to $last: the daemon comes back" stop_many "$first" "$last"
  expect "the questions were asked" judge_record
  cat "$work/judgement.json"
  expect "each packet of the capture is ONE HOLDER, its sender" equal "0 0 0 0 0" \
    "$(verdict '[.wrong, .ambiguous, .nobody, .not_covered, .unanswered] | join(" ")')"
  expect "no row that was said to be durable is lost" equal 0 "$(verdict .rows_lost)"
  expect "at nine stops of ten blocks had been seen outside with a holder that is new to them" \
    at_least $(((last - first + 1) * 9 / 10)) "$(verdict '.stops - .stops_without_new_blocks')"
  expect "the record is whole" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"
  asked=$((asked + $(verdict .questions))) packets=$((packets + $(json "$work/truth.json" .ours)))
  blocks=$((blocks + $(verdict .new_blocks))) again=$((again + $(verdict .blocks_had_by_several)))
  expect "the daemon ends in order" stop_daemon
  rm -rf "$bpf_dir"
done
echo "seed $seed: $(((stops + 1) / 2)) kill -9 and $((stops / 2)) power cuts; $packets packets captured, $asked questions, $blocks new" \
  "blocks seen, $again had by several subscribers; 0 wrong, ambiguous, nobody, not covered; 0 rows lost"

# The control: nothing reaches the disk before the kernel feels like it.
shim=(env "LD_PRELOAD=$build/libsync_shim.so" CGN_SYNC=swallow)
begin_record
came_back=yes
stop_many 2 2 || came_back=no
echo "control: the daemon came back: $came_back"
expect "control: the questions were asked" judge_record
cat "$work/judgement.json"
expect "control: a disk that does not sync is found out" at_least 1 \
  "$(verdict '.wrong + .nobody + .not_covered + .unanswered')"
