#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a pool inside the uplink's own subnet works, because the box answers ARP for it, and only for it.
. "$(dirname "$0")/harness.sh"
need ping jq
story "a router on the pool's own subnet finds pool addresses by ARP"
# The subnet ends beyond the pool: its last address is nobody's, for no kernel answers a broadcast address.
in_lab cgn ip addr add 192.0.2.33/27 dev ext0
in_lab net ip addr add 192.0.2.34/27 dev up0
set_key pool addresses '["192.0.2.40/29"]'
set_key pool name '"near"'
set_key rule pool '"near"'
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror

expect "a subscriber is seen with an address of that pool" contains 192.0.2.4 "$(ask sub1 5000)"
has_neighbour() { in_lab net ip -4 neigh show dev up0 | grep -E "^192\.0\.2\.4[0-7] .*$(in_lab cgn ip -j link show ext0 | jq -r ".[0].address")"; }
expect "the router has the pool address as a neighbour, with the box's MAC" has_neighbour
expect "the counter names the answer" at_least 1 "$(counter arp_answered)"
expect_not "an address that is neither the pool's nor the box's stays unanswered" pings net 192.0.2.36
