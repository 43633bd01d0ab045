#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the daemon is killed under running transfers and comes back, several times, at random moments.
# CGN_KILLS=20 is the long run; CGN_SEED repeats one.
. "$(dirname "$0")/harness.sh"
need iperf3 jq
away=${CGN_AWAY_SECONDS:-5}
kills=${CGN_KILLS:-2}
seed=${CGN_SEED:-$RANDOM}
story "with the daemon dead, established traffic goes on and new flows fail; with it back, new flows work within a second"
echo "seed $seed, $kills kills of $away s"
RANDOM=$seed
expect "the daemon is ready" start_daemon
expect "mirror and iperf3 are up" eval 'start_mirror --record "$work/truth.csv" && start_iperf'

before=$(ask sub1 5000) || fail "no service before the kill"
# UDP flows at 200 datagrams a second both ways, and TCP both ways, through the whole story.
long=$((kills * (away + 4) + 6))
spawn steady bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count 4 --flows 5 \
  --to 198.51.100.11:9000 --rate 200 --seconds "$long"
spawn transfer sub2 iperf3 -c "$iperf_server" --bidir -b 20M -t "$long" -i 0.5 -J
within 5 "the steady flows have begun" eval '(($(status .mappings) >= 21))'
within 5 "the TCP transfer has begun" eval '(($(status .mappings_by_protocol.tcp) >= 2))'

new_port() { echo $((10000 + RANDOM % 50000)); }
one_kill() {
  local killed port
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  kill_daemon
  killed=$SECONDS
  expect "an existing UDP mapping works with the daemon dead" equal "$before" "$(ask sub1 5000)"
  ask_patience_ms=300
  while ((SECONDS - killed < away)); do
    expect_not "a new flow fails with the daemon dead" answers sub1 "$(new_port)"
    sleep 0.7
  done
  expect "the daemon is back" start_daemon
  port=$(new_port)
  within 2 "a new flow works" answers sub1 "$port"
  ask_patience_ms=1000
  expect "the old mapping is the same as before" equal "$before" "$(ask sub1 5000)"
}
for ((n = 1; n <= kills; n++)); do
  echo "kill $n"
  one_kill
done
expect "a new subscriber gets service" answers sub3

expect "the steady flows saw nothing wrong" finished steady
cat "$work/steady.out"
expect "every steady flow was answered to the end" equal 20 "$(json "$work/steady.out" .flows_answered_in_last_round)"
lost=$(json "$work/steady.out" '.sent - .answered')
expect "of the steady datagrams less than 1 % was lost ($lost)" at_least "$((lost * 100))" "$(json "$work/steady.out" .sent)"
expect "the steady flows were never silent for two seconds" at_least "$(json "$work/steady.out" .longest_silence_ms)" 2000
expect "the TCP transfer ended well" finished transfer
for direction in sum sum_bidir_reverse; do
  idle=$(jq "[.intervals[] | select(.$direction.bytes == 0)] | length" "$work/transfer.out")
  expect "no half second of $direction without bytes" equal 0 "$idle"
done
expect "the mirror ends" stop mirror
expect "each steady flow kept one external endpoint throughout" equal 20 "$(grep -cE ',100\.64\.64\.[0-3],' "$work/truth.csv")"
