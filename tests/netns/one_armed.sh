#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: one port for both sides. The access router has the subscribers and the internet behind it, and sends through the box
# what subscribers send out and what comes for the pool; the box sends everything back to it, translated.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need curl jq nginx ping tcpdump
story "one-armed: subscribers and the internet behind one router on one link"

# The router's own line to the internet, instead of the box's.
bng=cgn-$id-bng net=cgn-$id-net cgn=cgn-$id-cgn
ip -n "$cgn" link set ext0 down
ip -n "$cgn" link set ext1 down
ip -n "$bng" link add wan0 type veth peer name wan1 netns "$net"
in_lab bng ethtool -K wan0 tx off tso off gso off >/dev/null
in_lab net ethtool -K wan1 tx off tso off gso off >/dev/null
ip -n "$bng" addr add 192.0.2.9/30 dev wan0
ip -n "$net" addr add 192.0.2.10/30 dev wan1
ip -n "$bng" link set wan0 up
ip -n "$net" link set wan1 up
# The router: from subscribers to the box, from the box to the internet; the pool is behind the box.
ip -n "$bng" route replace default via 192.0.2.10
ip -n "$bng" route add 203.0.113.0/24 via 100.127.255.1
ip -n "$bng" rule add pref 100 iif br0 to 100.64.0.0/16 lookup main
ip -n "$bng" rule add pref 101 iif br0 lookup 100
ip -n "$bng" route add default via 100.127.255.1 table 100
ip -n "$net" route replace 203.0.113.0/24 via 192.0.2.9
ip -n "$net" route add 100.127.255.0/30 via 192.0.2.9
ip -n "$cgn" route replace default via 100.127.255.2 dev int0
set_key interfaces internal '["int0"]'
set_key interfaces external '["int0"]'
printf '\n[[static]]\nexternal = "203.0.113.20"\ninternal = "100.64.1.12"\n' >>"$config"

visits() { contains "hello from the internet" "$(in_lab "$1" curl -sS --max-time 5 "http://$web/" 2>&1)"; }
last_visitor() { tail -n 1 "$work/web/access.log"; }
pings_big() { in_lab "$1" ping -q -c 2 -i 0.2 -s 4000 -W 2 "$2" >/dev/null; }

expect "the daemon is ready" start_daemon
expect "the mirror and the web are up" eval 'start_mirror && start_web'
expect "the wire is watched" start_capture leaving bng wan0 ip and src net 100.64.0.0/10 and not src net 100.127.255.0/30
expect "UDP leaves with a pool address" wait_until 5 eval 'is_pool_endpoint "$(ask sub1 5000)"'
expect "a connection works" visits sub1
expect "and was seen from a pool address" contains 203.0.113. "$(last_visitor)"
expect "ping works" pings sub1 "$web"
expect "fragments pass" pings_big sub1 "$web"
expect "a traceroute is answered by the box" contains 100.127.255.1 "$(in_lab sub1 ping -n -c 1 -t 2 -W 2 "$web" 2>&1 || true)"
expect "a 1:1 host is seen under its address" equal 203.0.113.20:5000 "$(ask sub2 5000)"
expect "and is reached from outside" pings net 203.0.113.20
expect "and by a neighbour, by hairpin" pings sub1 203.0.113.20
expect "the status names one port for both sides" equal "true true" \
  "$(ctl_json show dataplane | jq -r '.ports[] | select(.interface == "int0") | "\(.internal) \(.external)"')"

expect "the daemon goes" stop_daemon
expect "what is established works without it" pings sub2 "$web"
expect "it comes back" start_daemon
expect "and all works" eval "visits sub1 && pings sub2 $web"
before=$(counter no_mapping)
in_lab net bash -c 'echo x >/dev/udp/203.0.113.9/9'
expect "a packet to an unused pool address ends here" wait_until 3 moved no_mapping "$before"
expect "no internal source left to the internet" nothing_captured leaving
