#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: on the interfaces that carry translated traffic, everything else a box needs goes on working.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need tcpdump bird birdc socat dig curl ping jq nginx dnsmasq
story "ARP, IPv6, BGP, OSPF, SSH, a resolver, LLDP, LACP and asymmetric returns work beside translated traffic"
expect "the daemon is ready" start_daemon
expect "mirror and web server are up" eval 'start_mirror && start_web'
expect "translated traffic flows" answers sub1

declare -A before
remember() { before[$1]=$(counter "$1"); }
rose() { within 5 "the counter $1 names it" moved "$1" "${before[$1]}"; }

remember not_ipv4
in_lab cgn ip neigh flush all
expect "ARP: neighbours are resolved anew, both sides" eval 'pings cgn 192.0.2.2 && pings cgn 100.127.255.2'
expect "IPv6: a subscriber pings through the box" pings sub1 2001:db8:100::10
expect "IPv6: a subscriber fetches a page through the box" contains "hello from the internet" \
  "$(in_lab sub1 curl -gsS --max-time 5 'http://[2001:db8:100::10]/')"
rose not_ipv4

# bird_config WHO ROUTER-ID NEIGHBOUR LOCAL-AS REMOTE-AS DEVICE
bird_config() {
  cat >"$work/bird-$1.conf" <<BIRD
router id $2;
protocol device { scan time 5; }
protocol bgp peer { local $2 as $4; neighbor $3 as $5; ipv4 { import all; export none; }; connect delay time 1; }
protocol ospf v2 area0 { ipv4 { import all; export none; };
  area 0 { interface "$6" { type ptp; hello 1; dead 4; retransmit 2; }; }; }
BIRD
}
start_bird() { spawn "bird-$1" "$1" bird -f -c "$work/bird-$1.conf" -s "$work/bird-$1.ctl" -P "$work/bird-$1.pid"; }
bird_says() { birdc -s "$work/bird-$1.ctl" "${@:3}" 2>/dev/null | grep -q "$2"; }
remember local
remember multicast
bird_config cgn 192.0.2.1 192.0.2.2 64512 64513 ext0
bird_config net 192.0.2.2 192.0.2.1 64513 64512 up0
start_bird cgn
start_bird net
within 30 "BGP: the session is established" bird_says cgn Established show protocols peer
within 30 "OSPF: the neighbour is full" bird_says cgn Full/PtP show ospf neighbors area0
rose local
rose multicast

remember local
spawn ssh cgn socat TCP4-LISTEN:22,fork,reuseaddr SYSTEM:'echo hello from the box'
within 5 "the box listens on port 22" listens cgn tcp 0.0.0.0 22
box_says_hello() { contains "hello from the box" "$(in_lab "$1" socat -T 2 - "TCP4:$2:22,connect-timeout=2" 2>/dev/null)"; }
expect "SSH: the internet reaches the box" box_says_hello net 192.0.2.1
rose local
remember host_service_refused
expect_not "SSH: a subscriber does not, by default" box_says_hello sub1 100.127.255.1
rose host_service_refused

spawn box-resolver cgn dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces \
  --listen-address=100.127.255.1 --address=/box.example/192.0.2.1 --user=root --pid-file="$work/box-resolver.pid"
within 5 "the box has a resolver" listens cgn udp 100.127.255.1 53
expect "resolver: it answers a subscriber by UDP" equal 192.0.2.1 \
  "$(in_lab sub1 dig +short +time=2 +tries=1 @100.127.255.1 box.example)"
expect "resolver: it answers a subscriber by TCP" equal 192.0.2.1 \
  "$(in_lab sub1 dig +short +tcp +time=2 +tries=1 @100.127.255.1 box.example)"
expect "a subscriber pings the box" pings sub1 100.127.255.1

# frame DESTINATION TYPE: a minimal frame of a protocol that is not IP, as hexadecimal escapes.
frame() { printf '%b' "$1"'\x02\x00\x00\x00\x00\x01'"$2"; head -c 60 /dev/zero; }
# reaches NAME FRAME...: the frame, sent by the neighbour, arrives at a raw socket of the box.
reaches() {
  local name=$1 filter=$2
  shift 2
  start_capture "$name" cgn ext0 "$filter" && frame "$@" | in_lab net socat -u - INTERFACE:up0 &&
    wait_until 5 something_captured "$name"
}
remember not_ipv4
expect "LLDP: a frame reaches a raw socket" reaches lldp 'ether proto 0x88cc' '\x01\x80\xc2\x00\x00\x0e' '\x88\xcc'
expect "LACP: a frame reaches a raw socket" reaches lacp 'ether proto 0x8809' '\x01\x80\xc2\x00\x00\x02' '\x88\x09'
rose not_ipv4

start_capture up1 net up1 ip and dst net 203.0.113.0/28
first=$(ask sub1 5000)
expect "answers come back by the other uplink from now on" "$root/tools/lab" --id "$id" return-by ext1
expect "the same mapping goes on" equal "$first" "$(ask sub1 5000)"
expect "new flows work, too" answers sub2
expect "TCP works, too" contains "hello from the internet" "$(in_lab sub1 curl -sS --max-time 5 "http://$web/")"
within 5 "the answers took the other uplink" something_captured up1
