#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: fragments of every protocol, both ways, in every order; two subscribers never mixed; floods of them harmless.
. "$(dirname "$0")/harness.sh"
need ping socat jq turnserver turnutils_natdiscovery
story "datagrams larger than any link pass in pieces, in any order, and floods of pieces harm nobody"
# One external address, so that all subscribers' datagrams to one server have the same ends outside.
set_key pool addresses '["203.0.113.1/32"]'
expect "the daemon is ready" start_daemon

# answered LINE: none wrong, and 19 of 20 at least; on a busy machine a ring may overflow once.
answered() { [[ $1 =~ ^([0-9]+)\ of\ ([0-9]+)\ answered,\ 0\ wrong$ ]] && ((BASH_REMATCH[1] * 20 >= BASH_REMATCH[2] * 19)); }
peer() {
  local line
  line=$(in_lab "$1" "$build/fragment_peer" "${@:2}" | tail -n 1) || true
  echo "$line"
  answered "$line"
}
spawn echo-kernel net "$build/fragment_peer" echo 198.51.100.10 9100 kernel
spawn echo-raw net "$build/fragment_peer" echo 198.51.100.10 9101 raw
within 5 "the server that lets its kernel cut is up" grep -qx ready "$work/echo-kernel.out"
within 5 "the server that cuts by hand is up" grep -qx ready "$work/echo-raw.out"

expect "the very first datagram of a subscriber may be in pieces" peer sub1 udp 100.64.1.11 5000 198.51.100.10 9100 4000 1 kernel
expect "UDP: 4000 bytes, both ways" peer sub1 udp 100.64.1.11 5000 198.51.100.10 9100 4000 20 kernel
expect "UDP: 20000 bytes, both ways" peer sub1 udp 100.64.1.11 5000 198.51.100.10 9100 20000 10 kernel
expect "UDP: 65507 bytes, both ways" peer sub1 udp 100.64.1.11 5000 198.51.100.10 9100 65507 3 kernel
expect "UDP: every order of four pieces, both ways" peer sub1 udp 100.64.1.11 5001 198.51.100.10 9101 4000 48 raw
expect "ICMP: a ping of 3000 bytes" in_lab sub1 ping -q -c 3 -i 0.2 -W 2 -s 3000 198.51.100.10
expect "ICMP: every order of four pieces" peer sub1 ping 100.64.1.11 198.51.100.10 4000 24

expect "the mirror is up" start_mirror
endpoint=$(ask sub2 5004) || fail "the second subscriber was not answered"
spawn echo-hairpin sub2 "$build/fragment_peer" echo 100.64.1.12 5004 raw
within 5 "a subscriber serves" grep -qx ready "$work/echo-hairpin.out"
expect "hairpin: every order of four pieces, both ways" \
  peer sub1 udp 100.64.1.11 5004 "${endpoint%:*}" "${endpoint#*:}" 4000 48 raw

# TCP sends no fragments; a router on its way makes them of packets without DF.
in_lab sub1 sysctl -qw net.ipv4.ip_no_pmtu_disc=1
in_lab bng ip link set dev acc0 mtu 900
head -c 3000000 /dev/urandom >"$work/upload"
spawn tcp-sink net socat -u TCP4-LISTEN:9102,bind=198.51.100.10,reuseaddr "CREATE:$work/received"
within 5 "a TCP server is up" listens net tcp 198.51.100.10 9102
before=$(counter translated)
expect "TCP: 3 MB in segments that a router cuts" in_lab sub1 socat -u "OPEN:$work/upload" TCP4:198.51.100.10:9102,connect-timeout=5
expect "TCP: the server has them all" eval 'finished tcp-sink'
expect "TCP: every byte is right" cmp "$work/upload" "$work/received"
expect "they came in pieces (more packets than segments)" at_least $((before + 4000)) "$(counter translated)"
in_lab bng ip link set dev acc0 mtu 1500

expect "a STUN server is up" start_stun
expect "turnutils_natdiscovery agrees when it pads its questions to 1500 bytes" contains \
  "NAT with Endpoint Independent Mapping" "$(in_lab sub1 turnutils_natdiscovery -m -P "$stun_server" 2>&1)"

echo "two subscribers send 4711 to one server at once"
spawn twin1 sub1 "$build/fragment_peer" udp 100.64.1.11 5002 198.51.100.10 9101 5000 240 raw 4711
spawn twin2 sub2 "$build/fragment_peer" udp 100.64.1.12 5002 198.51.100.10 9101 5000 240 raw 4711
for twin in twin1 twin2; do
  finished "$twin" || true  # it fails for a lost echo, too
  expect "$twin: the echoes are all its own ($(cat "$work/$twin.out"))" answered "$(cat "$work/$twin.out")"
done

expect "no fragment overlapped, none came twice" eval 'equal 0 "$(counter fragment_overlap)" && equal 0 "$(counter fragment_duplicate)"'
before=$(counter fragment_limit)
policed=$(counter policed)
spawn flood-out sub3 "$build/fragment_peer" flood 100.64.1.13 198.51.100.10 6
spawn flood-in net "$build/fragment_peer" flood 198.51.100.11 203.0.113.1 6
within 5 "the floods have filled their senders' room" moved fragment_limit "$before"
expect "no small datagram of a subscriber is lost meanwhile" peer sub1 udp 100.64.1.11 5003 198.51.100.10 9100 100 1000 kernel
peer sub1 udp 100.64.1.11 5001 198.51.100.10 9101 1600 48 raw >"$work/meanwhile" || true
expect "datagrams in pieces pass meanwhile, both ways ($(cat "$work/meanwhile"))" at_least 43 "$(cut -d' ' -f1 "$work/meanwhile")"
is_running flood-out || fail "the flood was over before the test was"
for flood in flood-out flood-in; do finished "$flood" || fail "$flood did not end well"; done
echo "subscriber: $(cat "$work/flood-out.out"); stranger: $(cat "$work/flood-in.out")"
expect "most of them never woke the daemon" moved policed "$policed"
within 15 "what waited for a first piece ends by name" moved fragment_timeout 0
