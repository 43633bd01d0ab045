#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two subscribers of the same box meet as a game or a call does: each learns from a STUN server where the world sees
# it, tells the other, and they speak both ways; each sees only the other's external endpoint (RFC 4787 REQ-9).
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need turnserver stun socat tcpdump jq
story "two subscribers who know each other from a STUN server exchange datagrams by hairpin" 2
expect "the STUN server is up" start_stun
expect "the daemon is ready" start_daemon
for who in sub1 sub2; do expect "the wire of $who is watched" start_capture "at_$who" "$who" eth0 udp; done
expect "the wire outside is watched" start_capture outside net up0 udp

# learns WHO PORT: the external endpoint of WHO's socket on PORT, as the client "stun" is told in its first test.
learns() {
  in_lab "$1" stun "$stun_server" 1 -v -p "$2" 2>&1 | sed -n 's/.*[Mm]appedAddress *= *\([0-9.]*:[0-9]*\).*/\1/p' | head -n 1
}
outer1=$(learns sub1 5000) outer2=$(learns sub2 6000)
expect "the first learns a pool endpoint ($outer1)" is_pool_endpoint "$outer1"
expect "the second, too ($outer2)" is_pool_endpoint "$outer2"
expect_not "another one" equal "$outer1" "$outer2"

# A connected socket hears nobody but the peer it was told of. It says its sentence ten times a second until the end.
speaks() {
  local who=$1 port=$2 peer=$3
  spawn "speaking_$who" "$who" bash -c "exec socat -t 60 - UDP4:$peer,sourceport=$port \
    < <(while sleep 0.1; do echo 'here is $who'; done)"
}
hears() { grep -qx "here is $2" "$work/speaking_$1.out"; }
speaks sub1 5000 "$outer2"
speaks sub2 6000 "$outer1"
within 10 "the first hears the second" hears sub1 sub2
within 10 "the second hears the first" hears sub2 sub1
hairpinned() { (($(counter hairpinned) >= 10)); }
within 10 "by hairpin, in the kernel and counted" hairpinned

# from ENDPOINT, for tcpdump.
from() { echo "src host ${1%:*} and src port ${1#*:}"; }
within 5 "on the wire of the second the first has its external endpoint" something_captured at_sub2 "$(from "$outer1")"
within 5 "and the other way round" something_captured at_sub1 "$(from "$outer2")"
expect "no internal address of the other was seen there" nothing_captured at_sub2 "src host 100.64.1.11"
expect "nor on the other wire" nothing_captured at_sub1 "src host 100.64.1.12"
expect "nothing of it was seen outside, the STUN questions aside" nothing_captured outside "not port 3478 and not port 3479"

# The control: the neighbour's access line is no way round the box.
expect "detach takes everything down" eval 'stop_daemon && detach'
stop speaking_sub1 || true
stop speaking_sub2 || true
speaks sub1 5000 "$outer2"
speaks sub2 6000 "$outer1"
expect_not "control: without the box they do not meet" wait_until 2 hears sub1 sub2
