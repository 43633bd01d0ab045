#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two customers with the same address, behind two internal interfaces of two realms. Each has an external endpoint of
# its own, gets its own answers, meets the other by hairpin, survives the daemon's death, and is named with its realm in the
# record. Routes back into the second realm are asked for by an interface with a rule and a table of its own.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need curl jq nginx ping socat tcpdump
story "the same address in two realms"

cgn=cgn-$id-cgn twin=cgn-$id-sub9
inner=100.64.1.11  # sub1's, and sub9's

# sub9, the namesake of sub1, on a second internal interface.
ip netns add "$twin"
ip -n "$cgn" link add int1 type veth peer name eth0 netns "$twin"
in_lab cgn ethtool -K int1 tx off tso off gso off >/dev/null
in_lab sub9 ethtool -K eth0 tx off tso off gso off >/dev/null
in_lab sub9 ethtool -K eth0 gro on >/dev/null
ip -n "$cgn" addr add 100.127.254.1/30 dev int1
ip -n "$twin" addr add 100.127.254.2/30 dev eth0
ip -n "$twin" addr add "$inner/32" dev lo
ip -n "$cgn" link set int1 up
ip -n "$twin" link set lo up
ip -n "$twin" link set eth0 up
ip -n "$twin" route add default via 100.127.254.1 src "$inner"
# Routes of the realm: a table, and the interface that leads to it.
ip -n "$cgn" link add by-east type veth peer name by-east-end
ip -n "$cgn" link set by-east up
ip -n "$cgn" rule add pref 500 iif by-east lookup 500
ip -n "$cgn" route add 100.64.0.0/16 via 100.127.254.2 dev int1 table 500

set_key interfaces internal '["int0", "int1"]'
cat >>"$config" <<TOML

[[realm]]
name = "east"
interfaces = ["int1"]
route_by = "by-east"

[[rule]]
realm = "east"
internal = ["100.64.0.0/16"]
pool = "lab"
TOML

visits() { contains "hello from the internet" "$(in_lab "$1" curl -sS --max-time 5 "http://$web/" 2>&1)"; }
block_of() { ctl_json show block --realm "$1" | jq -er '.blocks[0] | "\(.external):\(.first_port)-\(.last_port)"'; }
whereis_blocks() { ctl_json whereis "$inner" --realm "$1" --log-dir "$work/log" | jq -er '.blocks | length'; }

expect "the daemon is ready" start_daemon
expect "the mirror and the web are up" eval 'start_mirror && start_web'
expect "the wire of each is watched" eval 'start_capture at_sub1 sub1 eth0 udp && start_capture at_sub9 sub9 eth0 udp'
expect "the wire outside is watched" start_capture outside net up0 ip and src net 100.64.0.0/10

outer1=$(ask sub1 5000) outer9=$(ask sub9 5000)
expect "the customer of the default realm has a pool endpoint ($outer1)" is_pool_endpoint "$outer1"
expect "his namesake, too ($outer9)" is_pool_endpoint "$outer9"
expect_not "another one" equal "$outer1" "$outer9"
expect "and each keeps it" eval 'equal "$outer1" "$(ask sub1 5000)" && equal "$outer9" "$(ask sub9 5000)"'
for who in sub1 sub9; do
  expect "$who fetches a page" visits "$who"
  expect "$who pings" pings "$who" "$web"
  expect "fragments of $who pass" eval "in_lab $who ping -q -c 1 -s 4000 -W 3 $web >/dev/null"
  expect "$who is told by the box when the TTL runs out" \
    contains "Time to live exceeded" "$(in_lab "$who" ping -n -c 1 -t 1 -W 2 "$web" 2>&1 || true)"
done

# Each speaks to the other's external endpoint; unconnected, for one of them begins while nobody listens yet.
speaks() {
  spawn "speaking_$1" "$1" bash -c "exec socat -t 60 - UDP4-DATAGRAM:$3,bind=$inner:$2 < <(while sleep 0.1; do echo 'here is $1'; done)"
}
hears() { grep -qx "here is $2" "$work/speaking_$1.out"; }
speaks sub1 5000 "$outer9"
speaks sub9 5000 "$outer1"
within 10 "the one hears the other" hears sub1 sub9
within 10 "the other hears the one" hears sub9 sub1
from() { echo "src host ${1%:*} and src port ${1#*:}"; }
within 5 "who is seen there by an external endpoint" something_captured at_sub9 "$(from "$outer1")"
expect "nobody sees the other's internal address" eval \
  'nothing_captured at_sub1 "src host $inner and dst host $inner" && nothing_captured at_sub9 "src host $inner and dst host $inner"'

# Who is who: the operator must say which.
expect "two blocks, one a realm" eval '[[ $(block_of default) != $(block_of east) ]]'
expect_not "one address is two subscribers" eval 'ctl show subscriber $inner >"$work/ambiguous" 2>&1'
expect "which is said" grep -q "several realms: default, east" "$work/ambiguous"
expect "with the realm it is one" eval 'contains "realm east" "$(ctl show subscriber $inner --realm east)"'
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
at=$(now)
within 10 "the record reaches there" is_covered "$outer9" "$at" udp
expect "the record names the realm" eval 'contains "realm east" "$(lookup "$outer9" "$at" udp)"'
expect_not "and no realm where it is the default one" eval 'contains "realm" "$(lookup "$outer1" "$at" udp)"'
expect "whereis tells them apart" eval 'equal "1 1" "$(whereis_blocks default) $(whereis_blocks east)"'

# The daemon dies, and comes back with the realms in another order and one more before them.
stop speaking_sub1 || true
stop speaking_sub9 || true
expect "the daemon is killed" kill_daemon
expect "both go on with what they have" eval 'equal "$outer1" "$(ask sub1 5000)" && equal "$outer9" "$(ask sub9 5000)"'
awk '/^\[\[realm\]\]/ { print "[[realm]]\nname = \"north\"\ninterfaces = []\n" } { print }' "$config" >"$config.new"
mv "$config.new" "$config"
expect "it comes back" start_daemon
expect "nobody's mapping changed" eval 'equal "$outer1" "$(ask sub1 5000)" && equal "$outer9" "$(ask sub9 5000)"'
expect "and new ones are their own" eval 'is_pool_endpoint "$(ask sub1 5001)" && is_pool_endpoint "$(ask sub9 5001)"'
expect "no internal source left to the internet" nothing_captured outside

# The control: without its own way, answers for the second realm would go to the first. The rule taken away, they do.
expect "the rule of the realm's routes is taken away" ip -n "$cgn" rule del pref 500
expect_not "control: its answers do not arrive any more" answers sub9 5000
expect "the default realm does not care" equal "$outer1" "$(ask sub1 5000)"
