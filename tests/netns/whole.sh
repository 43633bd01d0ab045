#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a host with a whole external address of its own speaks every transport both ways, as if no NAT were there; the log
# names it for every port, and with the entry gone from the file the address is nobody's again.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/home.sh"
need curl jq nginx ping python3 tcpdump
story "a host mapped 1:1 is reached and reaches everybody by whatever transport, with its ports"
outside=203.0.113.20
home=100.64.1.11
cp "$config" "$work/without.toml"
printf '\n[[static]]\nexternal = "%s"\ninternal = "%s"\n' "$outside" "$home" >>"$config"
cp "$config" "$work/with.toml"

peer=$root/tests/netns/raw_peer.py
# echoes WHO PROTOCOL
echoes() { spawn "echo-$1-$2" "$1" "$peer" echo "$2" && wait_until 5 grep -qx ready "$work/echo-$1-$2.out"; }
asked() { in_lab "$1" "$peer" ask "$2" "$3"; }
visits() { contains "hello from home" "$(in_lab "$1" curl -sS --max-time 5 "http://$outside:8080/index.html" 2>&1)"; }
pings_big() { in_lab "$1" ping -q -c 2 -i 0.2 -s 4000 -W 2 "$2" >/dev/null; }

expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
expect "the wire is watched" start_capture leaving net any ip and src net 100.64.0.0/10
expect "the home server is up" start_home_web
expect "the host is seen under its address, with its port" wait_until 5 equal "$outside:5000" "$(ask sub1 5000)"
expect "any port is the same outside" equal "$outside:53" "$(ask sub1 53)"
expect "it pings" pings sub1 "$web"
expect "it is pinged" pings net "$outside"
expect "its server is reached from outside" visits net
expect "and by a neighbour" visits sub2
expect "and by the host itself" visits sub1
expect "a neighbour pings it" pings sub2 "$outside"
expect "a closed port is told from outside" in_lab net "$peer" closed "$outside" 9
expect "fragments go out" pings_big sub1 "$web"
expect "fragments come in" pings_big net "$outside"

for protocol in 47 50 132 253; do
  expect "transport $protocol: both ends listen" eval "echoes net $protocol && echoes sub1 $protocol"
  expect "transport $protocol: out and back" equal "$web $home" "$(asked sub1 "$protocol" "$web")"
  expect "transport $protocol: in and back" equal "$outside 192.0.2.2" "$(asked net "$protocol" "$outside")"
done
expect_not "who is mapped by a pool speaks no such transport" asked sub2 253 "$web"

expect "it is shown" equal "any installed" "$(ctl_json show static | jq -r '.statics[] | "\(.proto) \(.state)"')"
expect "it holds its address and no block of a pool" equal static \
  "$(ctl_json show block --subscriber "$home" | jq -r '.. | objects | .pool? // empty' | sort -u)"
at=$(now)
expect "the log names the holder of a low port" one_holder "$outside:1" "$at" tcp "$home"
expect "and of a high one" one_holder "$outside:65535" "$at" udp "$home"

expect "the daemon goes" stop_daemon
expect "the address works without it" eval "visits net && pings sub1 $web && asked net 50 $outside >/dev/null"
expect "it comes back" start_daemon
expect "nothing was mended at the start" equal "" "$(grep -E 'removed entries|released .* blocks' "$work/cgnd.err" || true)"
expect "and the address works" eval "visits net && asked net 50 $outside >/dev/null"

expect "the daemon goes again" stop_daemon
cp "$work/without.toml" "$config"
expect "it comes back without the entry" start_daemon
expect_not "the address is nobody's" pings net "$outside"
expect "its host is mapped by its pool" wait_until 5 eval 'is_pool_endpoint "$(ask sub1 5000)"'
nobody() { contains NOBODY "$(lookup "$outside:1" "$1" tcp)"; }
expect "and so says the log" wait_until 10 nobody "$(now)"
expect "it still knows who had it" names_holder "$outside:1" "$at" tcp "$home"
expect "no internal source left" nothing_captured leaving
