#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: one subscriber sends fragments of datagrams that never begin (RFC 4787 REQ-14); the daemon's memory stays within the
# bound of what it keeps, and another subscriber's datagrams, half of them in pieces out of order, all arrive whole.
#
# What        CGN_FRAGMENTS (default 50,000; `tools/prove fragment_flood`: 1,000,000) at 10,000 a second, which is more than a
#             sender's bucket lets through; beside them one datagram of the other subscriber for every hundred.
. "$(dirname "$0")/harness.sh"
need jq
fragments=${CGN_FRAGMENTS:-50000}
datagrams=$((fragments / 100))
# What one direction may keep (docs/packet-flow.md, Fragments), in KiB.
bound=4096
story "$fragments fragments without a first from one subscriber, beside $datagrams datagrams of another"
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
spawn echo-raw net "$build/fragment_peer" echo 198.51.100.10 9101 raw
within 5 "the server that cuts by hand is up" grep -qx ready "$work/echo-raw.out"

# memory VmRSS|VmHWM: of the daemon, in KiB; the second is its highest since forget_peak.
memory() { awk -v what="$1:" '$1 == what { print $2 }' "/proc/${process_ids[cgnd]}/status"; }
forget_peak() { echo 5 >"/proc/${process_ids[cgnd]}/clear_refs"; }
grown() { echo $(($(memory VmHWM) - memory_before)); }
within_bound() { at_least "$1" "$bound"; }
# speaks HOW DATAGRAMS: they and their echoes, one after the other.
speaks() { in_lab sub1 "$build/fragment_peer" udp 100.64.1.11 5001 198.51.100.10 9101 4000 "$2" "$1"; }

expect "a datagram of the flooding subscriber gives it a block" answers sub3 5000
expect "every order of four pieces, both ways, before the flood" speaks mixed 96
forget_peak
memory_before=$(memory VmRSS)
policed=$(counter policed) limited=$(counter fragment_limit)
spawn flood sub3 "$build/fragment_peer" flood 100.64.1.13 198.51.100.10 $((fragments / 10000)) "$fragments"
within 5 "the flood has filled its sender's room" moved fragment_limit "$limited"
speaks mixed "$datagrams" >"$work/speaks.out" || fail "the other subscriber lost some: $(cat "$work/speaks.out")"
expect "the other subscriber's datagrams all arrived whole, and so did their echoes ($(cat "$work/speaks.out"))" \
  equal "$datagrams of $datagrams answered, 0 wrong" "$(cat "$work/speaks.out")"
expect "the flood went on all the while" is_running flood
expect "it came to its end" finished flood
expect "all of it was sent" equal "$fragments fragments sent" "$(cat "$work/flood.out")"
within 20 "what waited for a first piece ends by name" moved fragment_timeout 0
echo "the flood: $(($(counter policed) - policed)) policed, $(($(counter fragment_limit) - limited)) past a bound, $(counter fragment_timeout) in vain"
growth=$(grown)
echo "the daemon's memory: $memory_before KiB before, $(memory VmHWM) KiB at its highest, bound $bound KiB above"
expect "the daemon's memory stayed within the bound ($growth KiB)" within_bound "$growth"

# The controls: a datagram that is not whole is noticed, and so is memory.
speaks torn 96 >"$work/torn.out" || true
expect "control: a lost piece is noticed" equal "95 of 96 answered, 0 wrong" "$(cat "$work/torn.out")"
in_lab bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count 200 --flows 500 --to "$mirror" \
  --rate 10000 --rounds 1 --seconds 60 >"$work/many.json" || true
expect_not "control: the meter shows what 100,000 mappings take ($(grown) KiB)" within_bound "$(grown)"
