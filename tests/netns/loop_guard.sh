#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a packet to an external address that nobody holds ends here. The internet routes the whole block to us, our default
# route leads back to it, and the kernel would forward: without the guard's blackhole routes it goes to and fro until its TTL
# is spent.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need bpftool jq python3 tcpdump
story "a packet to an unused external address does not come back to the router, with the program or without"
printf '\n[[static]]\nexternal = "203.0.113.20"\ninternal = "100.64.1.11"\n' >>"$config"
printf '\n[[static]]\nexternal = "203.0.113.21:443/tcp"\ninternal = "100.64.1.12:443"\n' >>"$config"
in_lab cgn sysctl -qw net.ipv4.ip_forward=1
in_lab net sysctl -qw net.ipv4.ip_forward=1

# Of the pool, of a port forward (another port), of a 1:1 mapping.
unused=203.0.113.9
addresses=("$unused" 203.0.113.21 203.0.113.20)
station() { in_lab "$1" ip -j link show "$2" | jq -r '.[0].address'; }
# throw WHO ADDRESS: twenty packets with TTL 64.
throw() {
  in_lab "$1" python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
for _ in range(20): s.sendto(b'anybody', ('$2', 7))"
}
throw_all() {
  local who address
  for who in net sub2; do
    for address in "${addresses[@]}"; do throw "$who" "$address"; done
  done
}
thrown() { (($(captured arriving) >= 20 * ${#addresses[@]})); }
watch() {
  start_capture arriving net up0 udp dst port 7 and ether dst "$(station cgn ext0)" &&
    start_capture returning net up0 udp dst port 7 and ether src "$(station cgn ext0)"
}
# The captures see what is there; a packet that came back would go again at once.
expect_no_return() {
  throw_all
  within 5 "$1: the packets went to the box" thrown
  expect "$1: none came back" nothing_captured returning
}

expect "the daemon is ready" start_daemon
expect "the wire is watched" watch
before=$(counter no_mapping)
expect_no_return "with the program"
expect "they were dropped by name" wait_until 3 moved no_mapping "$((before + 40))"

kill_daemon
for pin in "$bpf_dir"/link_*; do bpftool link detach pinned "$pin"; done
stop arriving && stop returning
expect "the wire is watched anew" watch
# cgnd keeps its ports from forwarding; whoever turns that on again has the blackhole routes.
for port in int0 ext0 ext1; do in_lab cgn sysctl -qw "net.ipv4.conf.$port.forwarding=1"; done
expect_no_return "without program and daemon"

# The control: what would happen without them.
while read -r route; do
  # shellcheck disable=SC2086  # a route is several words
  in_lab cgn ip route del $route
done < <(in_lab cgn ip route show type blackhole table all)
throw net "$unused"
expect "without the blackhole routes it loops" wait_until 5 something_captured returning
expect "the daemon takes all of it in hand again" start_daemon
