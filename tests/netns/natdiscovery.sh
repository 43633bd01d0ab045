#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two independent clients call the box endpoint-independent, and call nftables in the same lab something else.
. "$(dirname "$0")/harness.sh"
need turnserver turnutils_natdiscovery stun nft
export CGN_XDP_MODE=${1:-native}
story "turnutils_natdiscovery and stun judge the box in $CGN_XDP_MODE mode, and nftables in its place" 1
expect "the STUN server is up" start_stun

# Both tools say it in words; stun also in its exit code (low bits, +0x10 = no hairpin).
discover() { in_lab sub1 turnutils_natdiscovery "$1" "$stun_server" 2>&1; }
stun_code() {
  local code=0
  in_lab sub1 stun "$stun_server" >"$work/stun-client.out" 2>&1 || code=$?
  echo "$code"
}
is_wanted_code() { [[ $1 == 2 || $1 == 3 ]]; }

expect "the daemon is ready" start_daemon
expect "the program runs in $CGN_XDP_MODE mode" status_is '[.ports[].xdp] | unique | join(" ")' "$CGN_XDP_MODE"
expect "mapping is endpoint-independent" contains "NAT with Endpoint Independent Mapping" "$(discover -m)"
expect "filtering is endpoint-independent" contains "NAT with Endpoint Independent Filtering" "$(discover -f)"
hairpin=$(discover -H)
expect "a subscriber reaches itself by its external endpoint" contains "successful hairpinning" "$hairpin"
code=$(stun_code)
expect "stun agrees with 2 or 3 (it says $code: $(grep Primary "$work/stun-client.out"))" is_wanted_code "$code"
expect "detach takes everything down" eval 'stop_daemon && detach'

# The control: the kernel's own NAT on the same box, on the same wire.
in_lab cgn sysctl -qw net.ipv4.ip_forward=1
in_lab cgn nft -f - <<'NFT'
table ip nat {
  chain out {
    type nat hook postrouting priority 100
    oifname "ext0" snat to 203.0.113.1 random
  }
}
NFT
in_lab cgn ip addr add 203.0.113.1/32 dev lo
expect_not "control: nftables' filtering is not" contains "NAT with Endpoint Independent Filtering" "$(discover -f)"
code=$(stun_code)
expect_not "control: stun does not give nftables 2 or 3 (it says $code)" is_wanted_code "$code"
