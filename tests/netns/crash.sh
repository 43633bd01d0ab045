#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the daemon is killed, or the machine loses its power, while blocks are given by the hundred; every packet that was
# seen outside is answered for. CGN_CRASHES=1000 is the long run; CGN_SEED repeats one; `crash.sh control` runs it on a disk
# that does not sync, and must find losses.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/batch.sh"
. "$(dirname "$0")/disk.sh"
need tcpdump jq mkfs.ext4 unshare
crashes=${CGN_CRASHES:-6}
seed=${CGN_SEED:-$RANDOM}
control=${1:-}
sets=16
subscribers=60
flows=40
story "after $crashes crashes every captured packet is answered ONE HOLDER, the right one" 1
trap 'code=$?; drop_disk; (exit "$code"); finish' EXIT
make_disk
if [[ $control == control ]]; then
  shim=(env "LD_PRELOAD=$build/libsync_shim.so" CGN_SYNC=swallow)
  crashes=$((2 * crashes))
fi
echo "seed $seed, $crashes crashes${control:+, $control}"
RANDOM=$seed
set_key pool block_size 32
set_key pool extension_block_size 32
set_key pool max_blocks_per_subscriber 8
set_key pool max_subscribers 1000
set_key pool block_linger '"1s"'
set_key timeouts below_rfc_minimum true
set_key timeouts udp '"5s"'
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror

packets=0 endpoints=0 wrong=0 under_way=0 cuts=0

blast() {
  spawn blast bng "$build/cgn-blast" subscribers --interface acc0 --base "100.64.$((64 + $1 % sets)).0" \
    --count "$subscribers" --first-port $((10000 + RANDOM % 40000)) --flows "$flows" --rate 4000 --rounds 2 --seconds 3 \
    --patience-ms 100 --to 198.51.100.10:9000-9003 --to 198.51.100.11:9000-9003
}

crash() {
  if [[ $control != control ]] && (($1 % 2)); then kill_daemon; return; fi
  cuts=$((cuts + 1))
  cut_power && mend_disk
}

judge() {
  "$build/cgn-blast" truth --pcap "$work/outside.pcap" --pool 203.0.113.0/28 --record "$work/truth.csv" >"$work/truth.json" || return 1
  packets=$((packets + $(json "$work/truth.json" .packets)))
  endpoints=$((endpoints + $(json "$work/truth.json" .endpoints)))
  answer_batch "$work/truth.csv" "$work/answers.csv" || return 1
  local false_ones
  false_ones=$(false_answers "$work/truth.csv" "$work/answers.csv")
  wrong=$((wrong + false_ones))
  if ((false_ones > 0)) && [[ $control != control ]]; then
    cp "$work/outside.pcap" "$work/truth.csv" "$work/answers.csv" /tmp/
    fail "crash $1: $false_ones endpoints of the capture are not answered right (kept in /tmp)"
  fi
}

one_crash() {
  start_capture outside net up0 udp and src net 203.0.113.0/28 || fail "no capture"
  blast "$1"
  sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
  if is_running blast; then under_way=$((under_way + 1)); fi
  crash "$1" || fail "crash $1 did not happen"
  stop blast KILL || true
  stop outside || true
  start_daemon || fail "after crash $1 the daemon does not come back"
  judge "$1" || fail "crash $1 cannot be judged"
}

for ((n = 1; n <= crashes; n++)); do
  one_crash "$n"
  if ((n % 50 == 0)); then echo "$n crashes: $packets packets, $endpoints endpoints, $wrong wrong"; fi
done
echo "$crashes crashes, $cuts of them power cuts, $under_way in the middle of sending: $packets packets of $endpoints endpoints, $wrong wrong"
expect "most crashes met blocks being given" at_least $((crashes / 3)) "$under_way"
expect "the captures hold enough endpoints" at_least $((crashes * 100)) "$endpoints"
if [[ $control == control ]]; then
  expect "control: without syncs packets are left unanswered" at_least 1 "$wrong"
else
  expect "every captured packet is answered for" equal 0 "$wrong"
  expect "the record is as it was written" ctl log verify --log-dir "$disk/log" --key "$state_dir/sign.pub"
fi
