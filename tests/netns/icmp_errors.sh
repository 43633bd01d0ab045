#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what routers and hosts tell by ICMP errors reaches the program it is for, through the box, in every direction.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/far.sh"
need traceroute mtr socat tcpdump ping jq
story "traceroute, refused ports and path MTU discovery work across the box"
expect "a machine stands behind a router on the internet" far_up
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
expect "the wire outside is watched" start_capture outside net up0 icmp

# shows HOP TEXT...: a line of the text has the hop at this address.
shows() { grep -qwF "$1" <<<"$2"; }
trace() { in_lab sub1 traceroute -n -q 1 -w 2 "$@" "$far_server"; }

# hops HOW OPTION...: what the tool sends differs, and so does what the errors quote.
hops() {
  local seen
  seen=$(trace "${@:2}")
  expect "traceroute by $1 shows the router beyond the box" shows 192.0.2.2 "$seen"
  expect "traceroute by $1 arrives" shows "$far_server" "$seen"
}
spawn refuser far socat TCP4-LISTEN:7000,fork,reuseaddr /dev/null
hops UDP
hops "ICMP echo" -I
hops "TCP SYN" -T -p 7000
report=$(in_lab sub1 mtr -n -r -c 2 -i 0.2 "$far_server")
expect "mtr shows the router beyond the box" shows 192.0.2.2 "$report"
expect "mtr shows the box" shows 100.127.255.1 "$report"
expect "mtr arrives" shows "$far_server" "$report"

# refused WHO ENDPOINT: a connected UDP socket learns that nobody listens there.
refused() {
  local said
  said=$(in_lab "$1" socat -t 3 - "UDP4-CONNECT:$2" <<<"anybody?" 2>&1) || true
  contains "Connection refused" "$said"
}
expect "a subscriber's socket learns that a port outside is closed" refused sub1 "$far_server:9"
inside=$(ask sub2 5000)
expect "a socket outside learns that the subscriber's port is closed" refused far "$inside"
expect "another subscriber's socket learns it too, by hairpin" refused sub1 "$inside"
expect "the mapping lives on, the same" equal "$inside" "$(ask sub2 5000)"

spawn taker far socat -u TCP4-LISTEN:7001,fork,reuseaddr OPEN:"$work/taken",creat,append
spawn giver far socat -U TCP4-LISTEN:7002,fork,reuseaddr SYSTEM:"head -c 1000000 /dev/zero"
within 5 "servers are up behind the router" eval "listens far tcp 0.0.0.0 7001 && listens far tcp 0.0.0.0 7002"
sends() { head -c 1000000 /dev/zero | in_lab sub1 socat -u - "TCP4:$far_server:7001,connect-timeout=5"; }
taken() { (($(stat -c %s "$work/taken") == 1000000)); }
gets() { in_lab sub1 socat -u "TCP4:$far_server:7002,connect-timeout=5" - | wc -c; }
# datagram FROM ENDPOINT: 1372 bytes of UDP data are a packet of 1400, which Linux sends unfragmented as long as it can.
datagram() { head -c 1372 /dev/zero | in_lab "$1" socat -u -b 1372 - "UDP4-CONNECT:$2"; }
# told_by_udp FROM ENDPOINT MTU
told_by_udp() { datagram "$1" "$2" && has_learnt "$1" "${2%:*}" "$3"; }

narrow net "$far_server" 1300
expect "TCP to a server behind a path of 1300 bytes sends all" sends
within 5 "and the server has it" taken
expect "because the subscriber has learnt the path" has_learnt sub1 "$far_server" 1300
forget_paths sub1
within 10 "UDP to it learns the path" told_by_udp sub1 "$far_server:9000" 1300
forget_paths sub1
expect_not "ping with DF does not get through" in_lab sub1 ping -q -c 1 -W 2 -M 'do' -s 1372 "$far_server"
expect "and has learnt why" has_learnt sub1 "$far_server" 1300
in_lab net ip route replace "$far_server" via 198.51.100.66

narrow bng 100.64.1.11 1280
expect "TCP from a server to a subscriber behind a path of 1280 bytes sends all" equal 1000000 "$(gets)"
outer=$(ask sub1 5000)
expect "because the server has learnt the path" has_learnt far "${outer%:*}" 1280
forget_paths far
within 10 "UDP to the subscriber learns the path" told_by_udp far "$outer" 1280

expect "errors crossed the wire outside" something_captured outside 'icmp[0] == 3 or icmp[0] == 11'
expect_not "none of them, quotes included, showed an internal address" \
  eval "tcpdump -n -v -r '$work/outside.pcap' 2>/dev/null | grep -E '100\.(64|127)\.'"
expect "no error was refused as damaged" equal 0 "$(counter icmp_checksum)"
