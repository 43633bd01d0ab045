#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the first UDP packet of a subscriber, from its own socket to the legal look-up.
. "$(dirname "$0")/harness.sh"
need curl jq
story "the first UDP packet of a subscriber is translated, answered and can be looked up"

expect "the daemon is ready" start_daemon
expect "the internet's mirror is up" start_mirror

seen=$(ask sub1 5000) || fail "the first packet was not answered"
at=$(now)
expect "the server saw a pool address, not the subscriber ($seen)" is_pool_endpoint "$seen"
expect "the look-up of exactly what the server saw names the subscriber" one_holder "$seen" "$at" udp 100.64.1.11

again=$(ask sub1 5000) || fail "the second packet was not answered"
expect "the same socket keeps its external endpoint" equal "$seen" "$again"

other=$(ask sub1 5001) || fail "another socket was not answered"
expect "another socket of the subscriber has the same address (paired)" equal "${seen%:*}" "${other%:*}"
expect_not "and another port" equal "$seen" "$other"

neighbour=$(ask sub2 5000) || fail "another subscriber was not answered"
at=$(now)
expect "the neighbour's look-up names the neighbour" one_holder "$neighbour" "$at" udp 100.64.1.12
expect "two subscribers hold a block" status_is .subscribers 2

expect "the daemon ends in order" stop_daemon
after=$(ask sub1 5000) || fail "a stopped daemon left no state"
expect "a clean stop leaves the mapping in force" equal "$seen" "$after"
expect "detach takes everything down" detach
expect "no rule of the guard is left" equal 3 "$(in_lab cgn ip rule | wc -l)"
expect_not "no program is left on the ports" contains prog/xdp "$(in_lab cgn ip -d link show type veth)"
