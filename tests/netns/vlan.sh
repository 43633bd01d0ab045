#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the lines of the box are VLANs: tags are taken off and written, next hops are those of the VLAN devices, and nothing
# leaves untranslated, whatever tags it bears.
#
# What        `vlan.sh` has 802.1Q inside and 802.1Q in 802.1ad outside (QinQ), on two ports; `vlan.sh stick` has both sides
#             as VLANs of one port. The program stands on the ports, the addresses on the VLAN devices.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/links.sh"
. "$(dirname "$0")/crossing.sh"
form=${1:-qinq}
need tcpdump curl nginx ping jq bpftool
need_kernel "VLAN devices" "ip link add left type veth peer name right && ip link add link left name left.1 type vlan id 1"
story "lines that are VLANs: $form"

tagged cgn int0 100
tagged bng acc0 100
move_access int0 int0.100 acc0 acc0.100
set_key interfaces internal '["int0.100"]'
if [[ $form == qinq ]]; then
  for end in "cgn ext0" "net up0"; do
    read -r who device <<<"$end"
    # Linux takes frames of one tag more than the MTU says, not of two: as everywhere with QinQ, the port's MTU makes room.
    in_lab "$who" ip link set "$device" mtu 1508
    tagged "$who" "$device" 200 802.1ad
    tagged "$who" "$device.200" 30
    in_lab "$who" ip link set "$device.200.30" mtu 1500
  done
  move_uplink ext0 ext0.200.30 up0 up0.200.30
  set_key interfaces external '["ext0.200.30"]'
  uplink_tags="vlan 200 and vlan 30"
  outer_wire=up0 ports="ext0 int0"
else
  # The other end of the second VLAN is a device of the internet, on the same wire.
  tagged cgn int0 200
  tagged bng acc0 200
  in_lab bng ip link set acc0.200 netns "cgn-$id-net"
  in_lab net ip link set acc0.200 up
  move_uplink ext0 int0.200 up0 acc0.200
  set_key interfaces external '["int0.200"]'
  uplink_tags="vlan 200"
  outer_wire=acc0.200 ports=int0 entering_tag=100
fi
invite_leaks

expect "the daemon is ready" start_daemon
expect "the program stands on the ports, not on the VLANs" status_is '[.ports[].interface] | sort | join(" ")' "$ports"
expect "mirror and web server are up" eval 'start_mirror && start_web'
expect "the wires are watched" eval "start_capture outside net $outer_wire && start_capture inside bng acc0"
use "$form"
translated() { something_captured "$1" "$2 and ip and src net 203.0.113.0/28"; }
if [[ $form == qinq ]]; then
  expect "what left bore both tags" translated outside "$uplink_tags"
  expect_not "and never none" something_captured outside "ip and src net 203.0.113.0/28"
else
  expect "what left bore the second tag, on the one wire" translated inside "$uplink_tags"
fi
expect "what came in to subscribers bore theirs" something_captured inside "vlan 100 and ip and dst net 100.64.1.0/24"
expect "the fast path did it" at_least 500 "$(ctl_json show drops | jq '[.verdicts[] | select(.verdict == "translated").kernel] | add')"

# A tag that nobody has configured: a subscriber's packet on it is refused by name.
tagged bng acc0 999
in_lab bng ip addr add 100.127.254.2/30 dev acc0.999
in_lab bng ip neigh replace 100.127.254.1 lladdr "$(in_lab cgn ip -j link show int0 | jq -r ".[0].address")" dev acc0.999
in_lab bng ip route add 198.51.100.11 via 100.127.254.1
before=$(counter unknown_link)
expect_not "a tag that is not ours leads nowhere" in_lab bng ping -q -c 2 -W 1 -I 100.64.1.1 198.51.100.11
within 5 "and is counted by name" moved unknown_link "$before"

stay_clean "daemon alive"
kill_daemon
stay_clean "daemon dead"
expect "an established mapping works without it" is_pool_endpoint "$(ask sub1 5000)"
expect "the program is taken away, too" detach_links
stay_clean "daemon dead, no program"
expect "the daemon is back" start_daemon
within 10 "service is back" answers sub3
stay_clean "daemon back"

# The control: without guard and program these very filters show what they look for.
expect "guard and program are taken out" eval 'stop_daemon && detach'
within 20 "control: internal sources leave" leaked_out
within 20 "control: strangers enter" leaked_in
