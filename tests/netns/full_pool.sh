#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: every port of the pool is in use, and new flows are refused without end; not one of the thousand that live is lost or
# changed, with the timers that the product has.
#
# What        125 subscribers hold 8 ports each, which is the pool. For CGN_SECONDS (default 12; `tools/prove full_pool`: 600)
#             250 others ask for service and one of the 125 asks for more, while each of the thousand flows speaks once a
#             minute (in a short run three times in all). Judged at both ends: by the sender, whose every datagram must be
#             answered, and by the mirror, which must see each flow at the endpoint where it was before.
. "$(dirname "$0")/harness.sh"
need jq
seconds=${CGN_SECONDS:-12}
subscribers=125
flows=8
total=$((subscribers * flows))
rounds=$((seconds / 60 > 3 ? seconds / 60 : 3))
story "at a full pool, $seconds s of refused new flows: $total kept flows, not one lost or changed" 1
set_key pool addresses '["203.0.113.1/32"]'
set_key pool ports "\"1024-$((1023 + total))\""
set_key pool block_size "$flows"
set_key pool extension_block_size "$flows"
set_key pool max_blocks_per_subscriber 1
set_key pool max_subscribers "$subscribers"
expect "the daemon is ready" start_daemon

mirrors=(--interface acc0 --to 198.51.100.10:9000-9003 --to 198.51.100.11:9000-9003)
# speak ROUNDS PER_SECOND: the flows to keep; JSON.
speak() {
  in_lab bng "$build/cgn-blast" subscribers "${mirrors[@]}" --base 100.64.64.0 --count "$subscribers" --flows "$flows" \
    --rounds "$1" --rate "$2" --seconds $((seconds * 10)) --patience-ms "$(patient 2000)"
}
# press SECONDS: new flows of everybody else, beside us.
press() {
  spawn strangers bng "$build/cgn-blast" subscribers "${mirrors[@]}" --base 100.64.66.0 --count 250 --flows 200 --rate 2000 --seconds "$1"
  spawn greedy bng "$build/cgn-blast" flood "${mirrors[@]}" --subscriber 100.64.64.7 --first-port 20000 --new-flows-per-second 500 --seconds "$1"
}
pressing() { is_running strangers && is_running greedy; }
pressed() { finished strangers && finished greedy; }
# who_was_where RECORD: internal and external endpoints of the flows, sorted. Columns are found by name.
who_was_where() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { print $(column["internal_address"]) ":" $(column["internal_port"]), $(column["external_address"]) ":" $(column["external_port"]) }' "$1" | sort
}
lost() { echo $(($(json "$1" .sent) - $(json "$1" .answered))); }
changed() { comm -3 "$work/before" <(who_was_where "$1") | wc -l; }

expect "the mirror is up" start_mirror --record "$work/before.csv"
speak 1 2000 >"$work/fill.json" || fail "wrong answers: $(cat "$work/fill.json")"
expect "all $total flows have service" equal "$total" "$(json "$work/fill.json" .flows_answered)"
expect "the mirror has seen them" stop mirror
who_was_where "$work/before.csv" >"$work/before"
expect "each at an endpoint of its own, which is every port of the pool" equal "$total" "$(cut -d' ' -f2 "$work/before" | sort -u | wc -l)"

expect "the mirror is up again" start_mirror --record "$work/during.csv"
refused_before=$(($(counter subscriber_limit) + $(counter pool_full))) limited_before=$(counter block_limit)
press $((seconds + 5))
speak "$rounds" $(((total * rounds + seconds - 1) / seconds)) >"$work/kept.json" || fail "wrong answers: $(cat "$work/kept.json")"
expect "the pressure went on all the while" pressing
expect "and came to its end" pressed
cat "$work/kept.json"
echo "new flows: $(json "$work/strangers.out" .sent) datagrams of strangers, $(json "$work/greedy.out" .sent) of a holder"
refused=$(($(counter subscriber_limit) + $(counter pool_full) - refused_before)) limited=$(($(counter block_limit) - limited_before))
echo "refused: $refused as subscriber_limit or pool_full, $limited as block_limit"
expect "no stranger got service" equal 0 "$(json "$work/strangers.out" .answered)"
expect "they were refused by name" at_least $((seconds * 100)) "$refused"
expect "and so was the holder who asked for more" at_least $((seconds * 100)) "$limited"
expect "every flow spoke $rounds times" equal $((total * rounds)) "$(json "$work/kept.json" .sent)"
expect "not one datagram was lost" equal 0 "$(lost "$work/kept.json")"
expect "every flow was answered to the last" equal "$total" "$(json "$work/kept.json" .flows_answered_in_last_round)"
expect "the core counts $total mappings" status_is .mappings "$total"
expect "the mirror has seen it all" stop mirror
expect "not one endpoint changed, and there is no other" equal 0 "$(changed "$work/during.csv")"

# The control: one subscriber's mappings are ended under the same pressure, which both ends together must notice.
expect "the mirror is up a third time" start_mirror --record "$work/control.csv"
press 5
expect "control: a subscriber's mappings are ended" ctl clear subscriber 100.64.64.9 --yes
speak 2 1000 >"$work/control.json" || true
pressed || true
stop mirror
echo "control: $(lost "$work/control.json") datagrams lost, $(changed "$work/control.csv") differences of endpoints"
expect_not "control: it is noticed" equal 0 $(($(lost "$work/control.json") + $(changed "$work/control.csv")))
