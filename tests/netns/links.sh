# SPDX-License-Identifier: Apache-2.0
# Sourced by stories whose lines are VLANs or bonds: they move the lab's addresses and routes onto other devices.
#
# What        tagged makes a VLAN device; bonded makes an 802.3ad bond of what are plain lines; move_access and move_uplink
#             give the access line and the uplink of the box to other devices at both ends. any_tags widens a capture's
#             filter to frames with one tag and two; spelled as they stood on the wire, so the capture itself has none.
# Ownership   The devices end with the lab's machines.
# shellcheck shell=bash disable=SC2154

# tagged WHO DEVICE ID [PROTOCOL]: DEVICE.ID
tagged() {
  in_lab "$1" ip link add link "$2" name "$2.$3" type vlan id "$3" protocol "${4:-802.1q}"
  in_lab "$1" ip link set "$2.$3" up
}

# bonded WHO BOND DEVICE...: LACP every second, so that a member that is gone is noticed by what it does not say.
bonded() {
  local who=$1 bond=$2 device
  shift 2
  in_lab "$who" ip link add "$bond" type bond mode 802.3ad lacp_rate fast miimon 100 xmit_hash_policy layer3+4
  for device in "$@"; do
    in_lab "$who" ip addr flush dev "$device"
    in_lab "$who" ip link set "$device" down
    in_lab "$who" ip link set "$device" master "$bond"
  done
  in_lab "$who" ip link set "$bond" up
}

# The ends of both lose their addresses first: by two devices a machine would answer for one.
give() { in_lab "$1" ip addr flush dev "$2"; in_lab "$1" ip addr add "$4" dev "$3"; }

# move_access FROM TO AT-BNG-FROM AT-BNG-TO
move_access() {
  give cgn "$1" "$2" 100.127.255.1/30
  give bng "$3" "$4" 100.127.255.2/30
  in_lab bng ip route replace default via 100.127.255.1
  in_lab cgn ip route replace 100.64.0.0/16 via 100.127.255.2
}

# move_uplink FROM TO AT-NET-FROM AT-NET-TO
move_uplink() {
  give cgn "$1" "$2" 192.0.2.1/30
  give net "$3" "$4" 192.0.2.2/30
  in_lab cgn ip route replace default via 192.0.2.2
  in_lab net ip route replace 203.0.113.0/24 via 192.0.2.1
}

any_tags() { echo "($1) or (vlan and ($1)) or (vlan and ($1))"; }
