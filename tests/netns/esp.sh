#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two subscribers behind one external address have tunnels of plain ESP (protocol 50, no UDP) to one gateway, made by
# the kernel from states set by hand: the second joins when the first is there, keys change, the daemon restarts.
#
# What        ESP has no ports: whose an answer is says its SPI, which the box learns from the first packet that comes in while
#             exactly one subscriber waits for one. So the second tunnel is spoken for only after the first has been answered.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need tcpdump ping socat jq
algorithm="aead rfc4106(gcm(aes))"
read -ra cipher <<<"$algorithm 0x000102030405060708090a0b0c0d0e0f00010203 128"
need_kernel "ESP" "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel \
  aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f00010203 128"
story "native ESP from two subscribers behind one address to one gateway" 2
gateway=198.51.100.13
server=192.0.2.200
outer=203.0.113.1
set_key pool addresses "[\"$outer\"]"
declare -A address=([sub1]=100.64.1.11 [sub2]=100.64.1.12) inner=([sub1]=192.0.2.129 [sub2]=192.0.2.130)

xfrm() { in_lab "$1" ip xfrm "${@:2}"; }
# state WHO add|del FROM TO SPI..., policy WHO FROM TO DIRECTION OUTER-FROM OUTER-TO.
state() { xfrm "$1" state "$2" src "$3" dst "$4" proto esp spi "$5" "${@:6}"; }
policy() { xfrm "$1" policy add src "$2" dst "$3" dir "$4" tmpl src "$5" dst "$6" proto esp mode tunnel; }

# keys WHO OUT IN: SPIs of a subscriber's tunnel. The gateway knows it by the external address.
keys() {
  state "$1" add "${address[$1]}" "$gateway" "$2" mode tunnel "${cipher[@]}"
  state "$1" add "$gateway" "${address[$1]}" "$3" mode tunnel "${cipher[@]}"
  state net add "$outer" "$gateway" "$2" mode tunnel "${cipher[@]}"
  # Two tunnels to one address: the gateway tells them apart by a selector of their own.
  state net add "$gateway" "$outer" "$3" mode tunnel "${cipher[@]}" sel src "$server" dst "${inner[$1]}"
}
forget_keys() {
  state "$1" del "${address[$1]}" "$gateway" "$2"
  state "$1" del "$gateway" "${address[$1]}" "$3"
  xfrm net state del src "$outer" dst "$gateway" proto esp spi "$2"
  xfrm net state del src "$gateway" dst "$outer" proto esp spi "$3"
}
tunnel() {
  in_lab "$1" ip addr add "${inner[$1]}/32" dev lo
  policy "$1" "${inner[$1]}" "$server" out "${address[$1]}" "$gateway"
  policy "$1" "$server" "${inner[$1]}" in "$gateway" "${address[$1]}"
  policy net "${inner[$1]}" "$server" in "$outer" "$gateway"
  policy net "$server" "${inner[$1]}" out "$gateway" "$outer"
  keys "$1" "$2" "$3"
}
in_lab net ip addr add "$server/32" dev lo
# A route is looked up before a policy.
in_lab net ip route add 192.0.2.128/28 via 192.0.2.1
reaches() { in_lab "$1" ping -q -c "${2:-1}" -i 0.2 -W "$(patient 2)" -I "${inner[$1]}" "$server" >/dev/null; }
sends() { head -c 300000 /dev/zero | in_lab "$1" socat -u - "TCP4:$server:7001,bind=${inner[$1]},connect-timeout=$(patient 5)"; }
taken() { (($(stat -c %s "$work/taken") == $1)); }

tunnel sub1 0x1001 0x2001
tunnel sub2 0x1002 0x2002

# The control: a box that does not serve ESP refuses it by name, and nothing gets out.
set_key nat tunnels '[]'
expect "the daemon is ready, without tunnels" start_daemon
expect "the mirror is up" start_mirror
expect "the wire outside is watched" start_capture outside net up0 ip
expect "and the line of the subscribers" start_capture access bng acc0 ip
expect "a subscriber is behind the address" contains "$outer:" "$(ask sub1)"
expect_not "control: its tunnel carries nothing" reaches sub1
within 5 "control: the refusal is counted by name" moved protocol 0
expect "control: no ESP left" nothing_captured outside "ip proto 50"
expect "the daemon goes" stop_daemon

set_key nat tunnels '["esp", "gre"]'
expect "the daemon is ready, with tunnels" start_daemon
within 10 "the first tunnel carries a ping" reaches sub1
expect "and more" reaches sub1 5
within 10 "the second tunnel, to the same gateway, carries a ping" reaches sub2
both_ping() {
  spawn pinging1 sub1 ping -q -c 20 -i 0.1 -W "$(patient 2)" -I "${inner[sub1]}" "$server"
  spawn pinging2 sub2 ping -q -c 20 -i 0.1 -W "$(patient 2)" -I "${inner[sub2]}" "$server"
  finished pinging1 && finished pinging2
  grep -q ' 0% packet loss' "$work/pinging1.out" && grep -q ' 0% packet loss' "$work/pinging2.out"
}
expect "both at once, and lose nothing" both_ping
touch "$work/taken"
spawn taker net socat -u "TCP4-LISTEN:7001,bind=$server,fork,reuseaddr" OPEN:"$work/taken",creat,append
within 5 "a server stands behind the gateway" listens net tcp "$server" 7001
expect "a TCP transfer goes through the first" sends sub1
within 10 "whole" taken 300000
expect "and through the second" sends sub2
within 10 "whole, too" taken 600000

expect "ESP crossed the wire outside, from the external address" something_captured outside "ip proto 50 and src host $outer"
expect "and back" something_captured outside "ip proto 50 and dst host $outer"
expect "no internal address" nothing_captured outside "src net 100.64.0.0/10"
# A capture at the gateway itself also sees what its kernel has just decrypted, so there only what it sends counts.
expect "nothing of what is inside, to the gateway or from it" nothing_captured access "host $server"
expect "and nothing from it outside" nothing_captured outside "src host $server"

kill_daemon
expect "with the daemon dead both go on" both_ping
expect "the daemon is back" start_daemon
expect "and both are as before" both_ping

# Beside another subscriber of the gateway, new keys are heard only when the old SPI has been silent for [timeouts] udp.
expect "the second subscriber's tunnel is ended" ctl clear subscriber 100.64.1.12 --yes
keys sub1 0x1003 0x2003
forget_keys sub1 0x1001 0x2001
within 20 "with new keys, and so new SPIs, a tunnel that is alone at its gateway works" reaches sub1
