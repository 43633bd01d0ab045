#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what no honest host sends ends in its own counter, and nothing of it leaves on the other side.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need tcpdump bpftool jq python3
story "spoofed, martian, malformed and source-routed packets are refused by name, and loops by the pool's blackhole"

set_key interfaces bogons '["203.0.113.128/25"]'
expect "the daemon is ready" start_daemon
mac_of() { in_lab cgn ip -j link show "$1" | jq -r '.[0].address'; }
# What comes from the box, on either side.
expect "the wire is watched" eval 'start_capture outside net up0 ether src "$(mac_of ext0)" and udp port 4242 &&
  start_capture inside bng acc0 ether src "$(mac_of int0)" and udp port 4242'

declare -A before
# from_inside SOURCE DESTINATION FAULT and from_outside likewise.
from_inside() { in_lab bng "$root/tests/netns/raw_frame.py" acc0 "$(mac_of int0)" "$@"; }
from_outside() { in_lab net "$root/tests/netns/raw_frame.py" up0 "$(mac_of ext0)" "$@"; }
# refused COUNTER WHERE SOURCE DESTINATION FAULT
refused() {
  local word=$1 where=$2
  shift 2
  before[$word]=$(counter "$word")
  "from_$where" "$@"
  within 5 "from $where, $1 to $2, fault: $3 -> $word" moved "$word" "${before[$word]}"
}

sub=100.64.1.50 web=198.51.100.10 pool=203.0.113.9 bogon=203.0.113.200
refused header_checksum inside $sub $web checksum
refused ip_options inside $sub $web options
refused source_route inside $sub $web source_route
refused truncated inside $sub $web udp_length
refused unknown_link inside $sub $web vlan
refused foreign_mac inside $sub $web mac
refused land inside $sub $sub none
refused martian_source inside 127.0.0.1 $web none
refused martian_source inside $pool $web none
refused martian_source inside 100.127.255.3 $web none
refused martian_destination inside $sub 240.0.0.1 none
refused martian_destination inside $sub $bogon none
refused unknown_source inside 192.0.2.77 $web none

refused header_checksum outside $web $pool checksum
refused ip_options outside $web $pool options
refused source_route outside $web $pool source_route
refused unknown_link outside $web $pool vlan
refused foreign_mac outside $web $pool mac
refused land outside $pool $pool none
refused martian_source outside $pool 203.0.113.10 none
refused martian_source outside 169.254.1.1 $pool none
refused martian_source outside 192.0.2.3 $pool none
refused martian_source outside $bogon $pool none
refused spoofed_subscriber outside $sub $pool none
refused no_mapping outside $web $pool none

# The control: the very frame without a fault is seen outside, so what was refused would have been, too.
from_inside $sub $web none
within 10 "control: the same frame without a fault leaves" something_captured outside
expect "it is the only one that left" equal 1 "$(captured outside)"
expect "nothing came in" nothing_captured inside

detach_links() {
  local pin
  for pin in "$bpf_dir"/link_*; do bpftool link detach pinned "$pin" || return; done
}
dropped_by_blackhole() { contains blackhole "$(in_lab cgn ip route get 203.0.113.9 from 198.51.100.10 iif ext0 2>&1)" ||
  ! in_lab cgn ip route get 203.0.113.9 >/dev/null 2>&1; }
kill_daemon
in_lab cgn sysctl -qw net.ipv4.ip_forward=1
expect "the daemon is dead, the program gone, the kernel forwards" detach_links
expect "the pool is a blackhole of the kernel's" dropped_by_blackhole
for _ in 1 2 3 4 5; do from_outside $web $pool none; done
pings cgn 192.0.2.2
expect "a packet to the pool never leaves again by the port it came in by" equal 1 "$(captured outside)"
expect "and nothing came in" nothing_captured inside
