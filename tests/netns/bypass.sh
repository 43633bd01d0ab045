#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what bypass rules name keeps its address, all else is translated, and the kernel forwards none of it.
. "$(dirname "$0")/harness.sh"
need curl ping nginx dig dnsmasq
story "a business line and a bypassed resolver are reached untranslated, and pool addresses answer pings"
cat >>"$config" <<'TOML'
[[rule]]
action = "bypass"
internal = ["100.64.1.13"]
[[rule]]
action = "bypass"
destination = ["198.51.100.53"]
ports = ["53/udp"]
TOML
set_key nat answer_ping true
# The internet knows the way to the business line, and the resolver the way to subscribers.
in_lab net ip route add 100.64.1.0/24 via 192.0.2.1
expect "the daemon is ready" start_daemon
expect "mirror, web server and resolver are up" eval 'start_mirror && start_web && start_resolver'

expect "the business line is seen under its own address" equal 100.64.1.13:5000 "$(ask sub3 5000)"
expect "it fetches a page" contains "hello from the internet" "$(in_lab sub3 curl -sS --max-time 5 "http://$web/")"
expect "it pings" pings sub3 198.51.100.10
expect "the world pings it" pings net 100.64.1.13
expect "in fragments, too" eval 'in_lab net ping -q -c 1 -W 2 -s 4000 100.64.1.13 >/dev/null'
expect "another subscriber is translated" is_pool_endpoint "$(ask sub1 5000)"

dig_example() { in_lab "$1" dig +short +time=2 +tries=1 "${@:2}" "@$resolver" example.net; }
seen_by_resolver() { grep -E 'query\[A\] example.net from' "$work"/resolver.{out,err} | tail -n 1; }
expect "the resolver answers a subscriber" equal 198.51.100.10 "$(dig_example sub1)"
expect "and saw its own address" contains "from 100.64.1.11" "$(seen_by_resolver)"
expect "by TCP it answers, too" equal 198.51.100.10 "$(dig_example sub1 +tcp)"
expect_not "and saw a pool address" contains "from 100.64." "$(seen_by_resolver)"

expect "the counter names them" at_least 6 "$(counter bypassed)"
expect "the kernel forwards nothing" equal 0 "$(in_lab cgn cat /proc/sys/net/ipv4/conf/int0/forwarding)"
expect "a pool address answers the internet's ping" pings net 203.0.113.9
expect "and a subscriber's" pings sub1 203.0.113.9
expect "each of them counted" equal 2 "$(counter echo_answered)"
