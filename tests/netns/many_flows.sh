#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: 1,000 subscribers with 200 UDP flows each; then all expire, and every port is free again after its rest.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/batch.sh"
need jq
subscribers=${CGN_SUBSCRIBERS:-1000}
flows=${CGN_FLOWS:-200}
total=$((subscribers * flows))
story "$subscribers subscribers x $flows flows: payload whole both ways; table, core and log agree; then all is free again" 1
set_key timeouts below_rfc_minimum true
set_key timeouts udp '"60s"'
set_key pool block_linger '"2s"'
set_key pool port_hold_down '"2s"'
set_key pool block_hold_down '"2s"'
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror --record "$work/truth.csv"

in_lab bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count "$subscribers" --flows "$flows" \
  --to 198.51.100.10:9000-9003 --to 198.51.100.11:9000-9003 --rate 12000 --rounds 2 --seconds 120 >"$work/blast.json" ||
  fail "wrong answers: $(cat "$work/blast.json")"
cat "$work/blast.json"
expect "every flow was answered, whole, to the endpoint that sent it" equal "$total" "$(json "$work/blast.json" .flows_answered)"
expect "the core counts $total mappings" status_is .mappings "$total"
expect "the table holds $total mappings" equal "$total" "$(ctl_json show dataplane | jq .mappings)"
expect "the core counts $subscribers subscribers" status_is .subscribers "$subscribers"
expect "the core shows a block for each" equal "$subscribers" "$(ctl_json show block | jq '.blocks | length')"
expect "the mirror was told the truth by $subscribers subscribers" eval 'stop mirror; equal "$subscribers" "$(json <(tail -n 1 "$work/mirror.out") .subscribers)"'
expect "each flow had one external endpoint" equal "$total" "$(($(wc -l <"$work/truth.csv") - 1))"
expect "no external endpoint served two flows" equal "$total" "$(tail -n +2 "$work/truth.csv" | cut -d, -f3,4 | sort -u | wc -l)"
# The log is asked for every fifth flow, by what the mirror saw.
awk 'NR == 1 || NR % 5 == 0' "$work/truth.csv" >"$work/sample.csv"
expect "the log answers for $(($(wc -l <"$work/sample.csv") - 1)) of the flows" answer_batch "$work/sample.csv" "$work/answers.csv"
expect "each with its one holder" equal 0 "$(false_answers "$work/sample.csv" "$work/answers.csv")"

within 150 "all mappings expire" status_is .mappings 0
within 60 "all subscribers give their blocks back" status_is .subscribers 0
within 60 "every block is free again after its rest" status_is '[.pools[] | .first_held + .first_resting + .extension_held + .extension_resting] | add' 0
