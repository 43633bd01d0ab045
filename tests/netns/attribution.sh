#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: every endpoint in a capture of the external side is answered with the right subscriber, across kills and restarts.
# The truth comes from the packets' payload, never from cgnd; one forged packet put into the capture is found out.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/batch.sh"
need tcpdump jq
subscribers=100
flows=${CGN_FLOWS:-160}   # of each; 32 ports a block, so five blocks
rounds=${CGN_ROUNDS:-5}
story "a capture of $((subscribers * flows)) endpoints is answered whole and right by lookup --batch" 1
set_key pool block_size 32
set_key pool extension_block_size 32
set_key pool max_blocks_per_subscriber 8
set_key pool max_subscribers 1000
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
expect "the external side is captured" start_capture outside net up0 udp and src net 203.0.113.0/28

# round FIRST-PORT FLOWS: every flow of every subscriber, answered and judged by cgn-blast itself.
blast() {
  in_lab bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count "$subscribers" \
    --first-port "$1" --flows "$2" --rate 10000 --rounds "$3" --seconds 60 \
    --to 198.51.100.10:9000-9003 --to 198.51.100.11:9000-9003 >"$work/blast.json"
}
complete() { equal "$(json "$work/blast.json" .flows)" "$(json "$work/blast.json" .flows_answered)"; }

half=$((flows / 2))
expect "first half of the flows: nothing wrong" blast 10000 "$half" "$rounds"
expect "each of them was answered" complete
kill_daemon
expect "the daemon killed: established flows go on, nothing wrong" blast 10000 "$half" 1
expect "each of them was answered" complete
expect "the daemon is back" start_daemon
expect "second half of the flows: nothing wrong" blast $((10000 + half)) "$half" "$rounds"
expect "each of them was answered" complete
stop_daemon || fail "the daemon did not end in order"
expect "the daemon is back from a clean stop" start_daemon
expect "all of the flows: nothing wrong" blast 10000 "$flows" 2
expect "each of them was answered" complete
kill_daemon
expect "the daemon is back from another kill" start_daemon

read_truth() {
  "$build/cgn-blast" truth --pcap "$work/outside.pcap" --pool 203.0.113.0/28 --record "$work/truth.csv" | tee "$work/truth.json"
}
expect "the capture can be read" read_truth
endpoints=$(json "$work/truth.json" .endpoints)
expect "the capture holds enough packets" at_least $((subscribers * flows * 25 / 4)) "$(json "$work/truth.json" .packets)"
expect "the capture holds every endpoint" at_least $((subscribers * flows)) "$endpoints"
expect "the capture holds every subscriber" equal "$subscribers" "$(json "$work/truth.json" .subscribers)"
blocks=$(ctl_json show block | jq '.blocks | length')
expect "they stand in $blocks blocks" at_least $((subscribers * flows / 32)) "$blocks"

expect "lookup answers the whole batch" answer_batch "$work/truth.csv" "$work/answers.csv"
expect "every endpoint at its first and last time: ONE HOLDER, the right one" equal 0 \
  "$(false_answers "$work/truth.csv" "$work/answers.csv")"

# The control: a packet that is not the holder's, from the box's own wire, with a payload that says so.
IFS=, read -r _ _ address port _ < <(sed -n 2p "$work/truth.csv")
expect "one forged packet is put into the capture" in_lab cgn "$build/cgn-blast" subscribers --interface ext0 \
  --base "$address" --first-port "$port" --count 1 --flows 1 --rounds 1 --to 198.51.100.13:9 --patience-ms 0
forged_is_in() { read_truth >/dev/null && equal $((endpoints + 1)) "$(json "$work/truth.json" .endpoints)"; }
within 5 "the capture holds it" forged_is_in
stop outside
expect "lookup answers the whole batch" answer_batch "$work/truth.csv" "$work/answers.csv"
expect "control: exactly the forged packet is reported" equal 1 "$(false_answers "$work/truth.csv" "$work/answers.csv")"
