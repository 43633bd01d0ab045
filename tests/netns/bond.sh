#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: both lines of the box are 802.3ad bonds of two ports each: the program stands on the members, LACP goes on, and
# losing a member loses no service, whether its signal goes or only its LACP.
#
# What        `bond.sh` has the addresses on the bonds; `bond.sh vlan` on a VLAN of each.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
. "$(dirname "$0")/links.sh"
. "$(dirname "$0")/crossing.sh"
form=${1:-plain}
need tcpdump curl nginx ping jq bpftool
need_kernel "802.3ad bonds" "ip link add bond9 type bond mode 802.3ad && ip link add link bond9 name bond9.1 type vlan id 1"
story "two bonds by LACP, the lines $form"

in_lab cgn ip link add int1 type veth peer name acc1 netns "cgn-$id-bng"
for end in "cgn int1" "bng acc1"; do
  read -r who device <<<"$end"
  in_lab "$who" ethtool -K "$device" tx off tso off gso off rxvlan off txvlan off >/dev/null
done
in_lab bng ethtool -K acc1 gro on >/dev/null
bonded cgn inner int0 int1
bonded bng inner acc0 acc1
bonded cgn outer ext0 ext1
bonded net outer up0 up1
inner=inner outer=outer
if [[ $form == vlan ]]; then
  for who in cgn bng; do tagged "$who" inner 100; done
  for who in cgn net; do tagged "$who" outer 300; done
  inner=inner.100 outer=outer.300
fi
move_access int0 "$inner" acc0 "$inner"
move_uplink ext0 "$outer" up0 "$outer"
set_key interfaces internal "[\"$inner\"]"
set_key interfaces external "[\"$outer\"]"
invite_leaks

# aggregated WHO BOND PORTS: so many members speak LACP with the other end and carry traffic.
aggregated() {
  in_lab "$1" cat "/proc/net/bonding/$2" | awk -v want="$3" '
    /Number of ports:/ { ports = $4 } /Partner Mac Address:/ { partner = $4 }
    END { exit !(ports == want && partner != "00:00:00:00:00:00") }'
}
all_aggregated() {
  aggregated cgn inner 2 && aggregated bng inner 2 && aggregated cgn outer 2 && aggregated net outer 2
}
within 30 "LACP has made the aggregates, before there is a program" all_aggregated
expect "the daemon is ready" start_daemon
expect "the program stands on the members" status_is '[.ports[].interface] | sort | join(" ")' "ext0 ext1 int0 int1"
expect "mirror and web server are up" eval 'start_mirror && start_web'
expect "the wires are watched" eval 'start_capture outside net outer && start_capture inside bng inner'
use "both members"
stay_clean "daemon alive"
# Its timeout is three seconds: the knocks of stay_clean alone took two.
sleep "$(patient 3)"
expect "LACP has gone on under the program" all_aggregated

came_by() { [[ -e $work/by_$1.pcap ]] && something_captured "by_$1" "$(any_tags "ip and src net 203.0.113.0/28")"; }
# A line without signal cannot be watched; nothing comes by it.
watch_anew() {
  local n
  for n in 0 1; do
    stop "by_$n" || true
    rm -f "$work/by_$n.pcap"
    if in_lab net ip link show "up$n" up | grep -q LOWER_UP; then start_capture "by_$n" net "up$n" || return; fi
  done
}
# goes_on_without N WHEN: with member N of the uplink gone, all goes by the other.
goes_on_without() {
  within 20 "$2: service goes on" answers sub3
  expect "$2: the wires are watched anew" watch_anew
  expect "$2: a page is fetched whole" fetches sub1 500000
  expect "$2: it was asked for by the other member" came_by $((1 - $1))
  expect_not "$2: and nothing came by this one" came_by "$1"
}
for n in 0 1; do
  in_lab net ip link set "up$n" down
  within 10 "the bond has noticed that up$n is down" aggregated cgn outer 1
  goes_on_without "$n" "no signal on ext$n"
  in_lab net ip link set "up$n" up
  within 30 "the aggregate is whole again" all_aggregated
done
# Somebody misconfigures the far end of a member: the wire is lit, and nobody listens.
in_lab net ip link set up0 nomaster
in_lab net ip link set up0 up
within 30 "LACP has dropped ext0, whose signal is there" aggregated cgn outer 1
goes_on_without 0 "no LACP on ext0"
in_lab net ip link set up0 down
in_lab net ip link set up0 master outer
within 30 "the aggregate is whole again" all_aggregated
within 10 "and serves" answers sub2

kill_daemon
stay_clean "daemon dead"
expect "the program is taken away, too" detach_links
stay_clean "daemon dead, no program"
expect "the daemon is back" start_daemon
within 10 "service is back" answers sub3

# The control: without guard and program these very filters show what they look for.
expect "guard and program are taken out" eval 'stop_daemon && detach'
within 20 "control: internal sources leave" leaked_out
within 20 "control: strangers enter" leaked_in
