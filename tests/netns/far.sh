# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that need a router beyond the box: net becomes one, and `far` stands behind it.
#
# What        far_up makes cgn-ID-far: far0 198.51.100.66/30 on net's down0 198.51.100.65/30, and the server's address
#             198.51.100.80. narrow WHO TO MTU makes WHO a router that lets at most MTU bytes on to TO.
# Ownership   tools/lab down removes the machine with the others.
# shellcheck shell=bash disable=SC2154

far_server=198.51.100.80

far_up() {
  local far=cgn-$id-far net=cgn-$id-net
  ip netns add "$far"
  ip -n "$net" link add down0 type veth peer name far0 netns "$far"
  in_lab net ethtool -K down0 tx off tso off gso off >/dev/null
  in_lab far ethtool -K far0 tx off tso off gso off >/dev/null
  ip -n "$net" link set down0 up
  ip -n "$net" addr add 198.51.100.65/30 dev down0
  ip -n "$net" route add "$far_server" via 198.51.100.66
  ip -n "$far" link set lo up
  ip -n "$far" link set far0 up
  ip -n "$far" addr add 198.51.100.66/30 dev far0
  ip -n "$far" addr add "$far_server/32" dev lo
  ip -n "$far" route add default via 198.51.100.65 src "$far_server"
  in_lab net sysctl -qw net.ipv4.ip_forward=1
}

# A locked route MTU binds a Linux router for what it forwards, without making the link itself smaller: the ends go on
# offering full segments, and have to learn.
narrow() {
  local route
  route=$(in_lab "$1" ip -4 route get "$2" | grep -oE '(via [0-9.]+ )?dev [a-z0-9]+' | head -1)
  # shellcheck disable=SC2086  # a route is several words
  ip -n "cgn-$id-$1" route replace "$2" $route mtu lock "$3"
}

# What WHO has learnt of the path to an address: "mtu 1300", or nothing.
learnt() { in_lab "$1" ip -4 route get "$2" | grep -oE 'mtu [0-9]+'; }
has_learnt() { equal "mtu $3" "$(learnt "$1" "$2")"; }
forget_paths() { in_lab "$1" ip route flush cache; }
