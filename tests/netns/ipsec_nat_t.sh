#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two subscribers behind one external address have strongSwan tunnels to the same gateway, both at once.
#
# What        `ipsec_nat_t.sh` (libipsec: each charon does ESP itself, on any kernel) and `ipsec_nat_t.sh kernel` (the
#             kernel does, if it can; tools/vm has one that can). Both meet the NAT as UDP 4500 (RFC 3948).
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/strongswan.sh"
esp=${1:-libipsec}
need charon-systemd swanctl tcpdump ping jq
if [[ $esp == libipsec ]]; then need_kernel "tun devices" "ip tuntap add dev tun9 mode tun"; fi
if [[ $esp == kernel ]]; then
  need_kernel "ESP" "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel \
    aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f00010203 128"
fi
story "strongSwan from two subscribers behind one address to one gateway, ESP by $esp" 2
set_key pool addresses '["203.0.113.1"]'
in_lab net ip addr add "$inner_server/32" dev lo
expect "the daemon is ready" start_daemon
expect "the wire outside is watched" start_capture outside net up0 ip
expect "and the line of the subscribers" start_capture access bng acc0 ip
take_strongswan
as_gateway net
for who in sub1 sub2; do as_client "$who"; done
for who in net sub1 sub2; do
  expect "strongSwan runs on $who" start_charon "$who" "$esp"
  expect "and has its connection" load "$who"
done

spawn inner net "$build/cgn-blast" sink --listen "$inner_server:9000"
expect "a server stands behind the gateway" wait_until 5 grep -qx ready "$work/inner.out"
# Who a client is beyond its tunnel, as the server there says.
ask_inside() { in_lab "$1" "$build/cgn-blast" ask --to "$inner_server:9000" --port 5000 --patience-ms "$(patient 2000)"; }

declare -A inner
for who in sub1 sub2; do
  expect "$who's tunnel is up" connect "$who"
  inner[$who]=$(inner_address "$who")
  expect "$who was given an inner address (${inner[$who]:-none})" contains 192.0.2.1 "${inner[$who]:-}"
done
expect_not "each another one" equal "${inner[sub1]}" "${inner[sub2]}"

both_ping() {
  spawn pinging1 sub1 ping -q -c 20 -i 0.1 -W "$(patient 5)" "$inner_server"
  spawn pinging2 sub2 ping -q -c 20 -i 0.1 -W "$(patient 5)" "$inner_server"
  finished pinging1 && finished pinging2
  grep -q ' 0% packet loss' "$work/pinging1.out" && grep -q ' 0% packet loss' "$work/pinging2.out"
}
expect "both ping through their tunnels at the same time, and lose nothing" both_ping
for who in sub1 sub2; do
  expect "beyond its tunnel $who has its inner address" equal "${inner[$who]}:5000" "$(ask_inside "$who")"
done

# The gateway's side of the wire: one external address, two ports, and nothing in the clear.
sources() { tcpdump -n -r "$work/outside.pcap" "udp dst port 4500" 2>/dev/null | grep -oE '203\.0\.113\.1\.[0-9]+ >' | sort -u | wc -l; }
expect "the gateway sees two ports of one address" equal 2 "$(sources)"
expect "ESP in UDP crossed the wire" something_captured outside 'udp port 4500 and udp[8:4] != 0 and greater 80'
expect "keep-alives of one byte, too" wait_until 10 something_captured outside 'udp dst port 4500 and udp[4:2] = 9'
# A capture at the gateway itself also sees what its kernel has just decrypted, so there only what it sends counts.
expect "nothing of what is inside, to the gateway or from it" nothing_captured access "host $inner_server or net 192.0.2.128/28"
expect "and nothing from it outside" nothing_captured outside "src host $inner_server"

for who in sub1 sub2; do
  expect "$who renews the keys of its tunnel" swan "$who" --rekey --child net
  expect "and of the negotiation" swan "$who" --rekey --ike home
done
expect "the gateway renews them, from outside" swan net --rekey --child net
within 10 "both tunnels carry pings with new keys" both_ping

kill_daemon
expect "with the daemon dead both tunnels go on" both_ping
expect "the daemon is back" start_daemon
expect "and both tunnels are the same" both_ping
for who in sub1 sub2; do
  expect "beyond its tunnel $who is who it was" equal "${inner[$who]}:5000" "$(ask_inside "$who")"
done

# The control: the tunnels stand or fall with their mappings.
expect "detach takes everything down" eval 'stop_daemon && detach'
expect_not "control: without the box no ping gets through" in_lab sub1 ping -q -c 2 -W 1 "$inner_server"
