#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bench: how long a first packet takes, in a new block and in a held one, against the disk's own sync and an established flow.
#
# What        CGN_ROUNDS rounds (5) of CGN_SUBSCRIBERS new subscribers (300) each; figures are medians of the rounds' own
#             percentiles. The log is on the disk of CGN_LOG_DIRECTORY (the work directory's own otherwise).
. "$(dirname "$0")/../netns/harness.sh"
need python3 jq
rounds=${CGN_ROUNDS:-5}
subscribers=${CGN_SUBSCRIBERS:-300}
story "first packets of $subscribers new subscribers, $rounds rounds" 1
set_key pool addresses '["203.0.113.0/26"]'
if [[ -n ${CGN_LOG_DIRECTORY:-} ]]; then
  log_directory=$(mktemp -d "$CGN_LOG_DIRECTORY/cgn-bench.XXXXXX")
  trap 'code=$?; rm -rf "$log_directory"; (exit "$code"); finish' EXIT
  set_key log path "\"$log_directory/log\""
else
  log_directory=$work
fi
# Subscribers of a house: all their addresses behind the one that the lab has.
expect "the access router knows the way to them" in_lab bng ip route add 100.64.32.0/19 via 100.64.1.11
expect "they are addresses of one machine" in_lab sub1 ip addr add 100.64.32.0/19 dev lo
expect "the daemon is ready" start_daemon
spawn echo net python3 "$root/tests/bench/first_packet.py" serve 198.51.100.10 9000
expect "the server listens" wait_until 5 grep -qx ready "$work/echo.out"

measure() {
  in_lab sub1 python3 "$root/tests/bench/first_packet.py" measure --directory "$log_directory" 198.51.100.10 9000 \
    "100.64.$((32 + $1 * 2)).1" "$subscribers" >"$work/round-$1"
}
for ((round = 0; round < rounds; round++)); do expect "round $((round + 1))" measure "$round"; done
expect "each of them had a block of its own" at_least $((rounds * subscribers)) "$(status .subscribers)"

percentiles() {
  jq -s 'def at($p): sort | .[(length - 1) * $p | floor];
    [ .[] | map_values({p50: (at(0.5) * 1e6 | round), p99: (at(0.99) * 1e6 | round)}) ] as $rounds
    | ($rounds[0] | keys) as $names
    | [ $names[] | . as $name | {key: $name, value: {
        p50: ([$rounds[][$name].p50] | at(0.5)), p99: ([$rounds[][$name].p99] | at(0.5))}} ] | from_entries' "$work"/round-*
}
figures=$(percentiles)
echo "microseconds, median of $rounds rounds:        p50      p99"
jq -r '["the disk: one sync, alone", .sync], ["first packet in a new block", .new_block],
    ["first packet of a flow in a held block", .new_mapping], ["packet of an established flow", .established]
  | [.[0], (.[1].p50 | tostring), (.[1].p99 | tostring)] | @tsv' <<<"$figures" |
  awk -F'\t' '{ printf "  %-40s %8s %8s\n", $1, $2, $3 }'
jq -r '"new block less sync, p99: \(.new_block.p99 - .sync.p99) us   new block to sync: p50 \(.new_block.p50 / .sync.p50 * 100 | round / 100), p99 \(.new_block.p99 / .sync.p99 * 100 | round / 100)"' <<<"$figures"
