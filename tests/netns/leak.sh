#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: whatever happens to the program, no internal source leaves and nothing enters untranslated.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need tcpdump bpftool ping jq
story "program detached, daemon dead, interface bounced or re-created, rules flushed: the wire stays clean"

# The box as its owner may have left it: forwarding on everywhere. Somebody outside knows a route to the subscribers.
in_lab cgn sysctl -qw net.ipv4.ip_forward=1
outside_knows_a_route() { in_lab net ip route replace 100.64.0.0/10 via 192.0.2.1; }
outside_knows_a_route

keep_traffic_up() {
  is_running pinging || spawn pinging sub1 ping -q -i 0.01 "$web"
  is_running intruding || spawn intruding net ping -q -i 0.01 100.64.1.12
  is_running blasting || spawn blasting bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count 50 \
    --flows 4 --to 198.51.100.11:9000-9003 --rate 1000 --seconds 600
}

# Captures on `any` outlive the interfaces that are re-created under them.
watch_wire() {
  start_capture leaving net any ip and src net 100.64.0.0/10 &&
    start_capture entering bng any ip and src host 192.0.2.2 and dst net 100.64.0.0/10 &&
    start_capture translated net any ip and src net 203.0.113.0/28
}

sent_by_sub1() { in_lab sub1 awk '$1 == "eth0:" { print $11 }' /proc/net/dev; }
sub1_has_sent() { (($(sent_by_sub1) >= $1)); }
# A hundred more packets of a real subscriber have come by since.
clean() {
  keep_traffic_up
  wait_until 20 sub1_has_sent $(($(sent_by_sub1) + 100)) || fail "no traffic to judge by"
  expect "$1: no internal source left by either uplink" nothing_captured leaving
  expect "$1: nothing entered untranslated" nothing_captured entering
}

detach_links() {
  local pin
  for pin in "$bpf_dir"/link_*; do bpftool link detach pinned "$pin" || return; done
}
# The kernel forgets routes of an interface that goes down; who brings it up brings them back.
bounce() {
  in_lab cgn ip link set "$1" down
  in_lab cgn ip link set "$1" up
  in_lab cgn ip route replace default via 192.0.2.2 dev ext0
  in_lab cgn ip route replace 100.64.0.0/16 via 100.127.255.2 dev int0
}
remake() { "$root/tools/lab" --id "$id" remake "$1" && outside_knows_a_route; }
# Whoever flushes the rules soon wants a main table again.
flush_rules() { in_lab cgn ip rule flush && in_lab cgn ip rule add pref 32766 table main; }
guard_is_whole() { status_is .guard.whole true && (($(in_lab cgn ip rule | grep -c blackhole) >= 3)); }

expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
expect "the wire is watched" watch_wire
keep_traffic_up
within 5 "service is there" answers sub3
clean "undisturbed"
expect "translated packets are seen outside" something_captured translated

for fault in detach_links "bounce ext0" "bounce int0" "remake ext0" "remake int0" flush_rules; do
  expect "daemon alive, $fault" eval "$fault"
  clean "daemon alive, $fault"
  within 10 "service is back after $fault" answers sub3
  within 10 "the guard is whole after $fault" guard_is_whole
done

kill_daemon
for fault in true detach_links "bounce int0" "remake ext0" "remake int0"; do
  expect "daemon dead, $fault" eval "$fault"
  clean "daemon dead, $fault"
done
expect "the daemon is back" start_daemon
within 10 "service is back" answers sub3
kill_daemon
for fault in flush_rules detach_links; do
  expect "daemon dead, $fault" eval "$fault"
  clean "daemon dead, $fault"
done

# The control: without guard and program this very wire shows what the captures look for.
expect "guard and program are taken out" detach
within 10 "control: internal sources leave" something_captured leaving
within 10 "control: strangers enter" something_captured entering
