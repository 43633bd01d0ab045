#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a sender whose packet ends at the box is told so; what is too large is told or cut, in both directions.
. "$(dirname "$0")/harness.sh"
need jq ping traceroute nginx socat nstat cmp
story "traceroute shows the box as a hop, path MTU discovery works both ways, and a flood silences only its sender"
us=100.127.255.1
outside_us=192.0.2.1

# hops WHO OPTIONS...: the addresses that traceroute to the web server saw, one line; a star where nobody answered.
hops() { in_lab "$1" traceroute -n -q 1 -N 1 -w 2 -m 3 "${@:2}" "$web" | awk 'NR > 1 { printf "%s ", $2 }'; }
# heard WHO: how often the machine heard "TTL exceeded", since it is there.
heard() { in_lab "$1" nstat -asz IcmpInTimeExcds | awk '$1 == "IcmpInTimeExcds" { print $2 }'; }
# mtu_to WHO ADDRESS: what WHO believes the path MTU to be.
mtu_to() { in_lab "$1" ip route get "$2" | grep -o 'mtu [0-9]*'; }
set_mtu() { in_lab "$1" ip link set "$2" mtu "$3"; }
# arrived NAME TIMES: the receiver has what was sent, so many times over.
arrived() { cmp -s <(for ((i = 0; i < $2; i++)); do cat "$work/sent"; done) "$work/$1.out"; }

# The ways out and in are narrower than what the subscribers send, and what is sent to them.
set_mtu cgn ext0 1400
set_mtu net up0 1400
expect "the daemon is ready" start_daemon
expect "mirror and web server are up" eval 'start_mirror && start_web'

expect "UDP: the second hop is our internal address" contains "100.64.1.1 $us " "$(hops sub1)"
expect "ICMP: so it is, and the third is the server" equal "100.64.1.1 $us $web " "$(hops sub1 -I)"
expect "TCP: so it is, and the third is the server" equal "100.64.1.1 $us $web " "$(hops sub1 -T -p 80)"

endpoint=$(ask sub1 5000) || fail "the subscriber got no mapping"
pool_address=${endpoint%:*}
traced=$(in_lab net traceroute -n -q 1 -N 1 -w 2 -m 1 -U -p "${endpoint#*:}" "$pool_address" | awk 'NR > 1 { print $2 }')
expect "from outside, a mapping's hop is our external address" equal "$outside_us" "$traced"
nobody=$((${endpoint#*:} ^ 1))
traced=$(in_lab net traceroute -n -q 1 -N 1 -w 1 -m 1 -U -p "$nobody" "$pool_address" | awk 'NR > 1 { print $2 }')
expect "a port that nobody holds tells nothing" equal "*" "$traced"

# --- larger than the way out
said=$(in_lab sub2 ping -M 'do' -c 1 -W 2 -s 1472 "$web" || true)
expect "out: who may not be cut is told the MTU, by our internal address" \
  contains "From $us icmp_seq=1 Frag needed and DF set (mtu = 1400)" "$said"
expect "out: the subscriber has learned it" equal "mtu 1400" "$(mtu_to sub2 "$web")"
expect "out: TCP finds its size and fetches 64 MiB whole" equal 67108864 \
  "$(in_lab sub3 curl -sS --max-time 30 -o /dev/null -w '%{size_download}' "http://$web/large")"

head -c 1472 /dev/urandom >"$work/sent"
receive() { spawn "$1" "$2" socat -u "UDP4-RECV:$3" STDOUT && wait_until 5 listens "$2" udp 0.0.0.0 "$3"; }
expect "a server listens" receive cut-out net 7000
in_lab sub1 sysctl -qw net.ipv4.ip_no_pmtu_disc=1
in_lab sub1 socat -u "FILE:$work/sent" "UDP4-SENDTO:$web:7000,sourceport=7000"
within 5 "out: who may be cut arrives whole, in pieces, the first packet of its flow" arrived cut-out 1
in_lab sub1 socat -u "FILE:$work/sent" "UDP4-SENDTO:$web:7000,sourceport=7000"
within 5 "out: so does one of an established mapping" arrived cut-out 2

# --- larger than the way in
set_mtu cgn ext0 1500
set_mtu net up0 1500
set_mtu cgn int0 1300
set_mtu bng acc0 1300
endpoint=$(ask sub1 7001) || fail "the subscriber got no mapping"
expect "the subscriber listens" receive cut-in sub1 7001
send_in() { in_lab net socat -u "FILE:$work/sent" "UDP4-SENDTO:$endpoint"; }
# A socket that is gone learns nothing, so this one stays open until it has.
expect "in: who may not be cut is told the MTU, and has learned it" in_lab net timeout 5 bash -c '
  exec 3<>"/dev/udp/${1%:*}/${1#*:}" && cat "$2" >&3
  until ip route get "${1%:*}" | grep -q "mtu 1300"; do :; done' - "$endpoint" "$work/sent"
expect_not "in: nothing of it came through" test -s "$work/cut-in.out"
in_lab net ip route flush cache
in_lab net sysctl -qw net.ipv4.ip_no_pmtu_disc=1
send_in
within 5 "in: who may be cut arrives whole, in pieces" arrived cut-in 1

# --- a flood of what can only be answered
before=$(counter ttl_exceeded)
heard_before=$(heard sub1)
started=$SECONDS
spawn steady sub3 ping -q -i 0.02 -c 100 -W 2 "$web"
# A thousand at once, then as fast as ping goes without answers.
spawn flood sub1 ping -q -l 1000 -i 0.001 -c 1300 -t 2 -W 1 "$web"
expect "beside the flood another subscriber's traceroute shows our hop" contains "$us" "$(hops sub2 -I)"
expect "and the one after that" contains "$us" "$(hops sub2)"
finished flood || true  # no echo came back, of course
told=$(($(heard sub1) - heard_before))
passed=$((SECONDS - started + 1))
# Some of the flood may be of echoes that the ping never sent: its own socket buffer is the limit.
expect "the packets of the flood are counted" at_least 1200 $(($(counter ttl_exceeded) - before))
expect "some were told ($told)" at_least 10 "$told"
expect "but only as many as one sender may have" at_least "$told" $((10 + 10 * passed))
expect "the steady flow ended" finished steady
expect "and lost nothing" contains " 0% packet loss" "$(cat "$work/steady.out")"
