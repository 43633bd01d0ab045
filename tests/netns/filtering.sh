#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: three pools in one box, each with a filtering of its own, as two independent clients see them; permissions outlive
# the daemon and go with their mappings.
. "$(dirname "$0")/harness.sh"
need turnserver turnutils_natdiscovery stun bpftool
story "turnutils_natdiscovery and stun tell a full cone from a restricted and from a port-restricted one" 3

# The lab's one pool and rule become three, one for each subscriber; all else stays.
sed -i '/^\[\[pool\]\]/,/^pool = /d' "$config"
{
  for n in 1 2 3; do
    printf '[[pool]]\nname = "p%s"\naddresses = ["203.0.113.%s"]\nblock_size = 512\n' "$n" "$n"
    case $n in
      2) printf '[pool.udp]\nfiltering = "address-dependent"\n' ;;
      3) printf '[pool.udp]\nfiltering = "address-and-port-dependent"\n' ;;
    esac
    printf '[[rule]]\ninternal = ["100.64.1.1%s"]\npool = "p%s"\n' "$n" "$n"
  done
} >>"$config"
expect "the configuration is good" in_lab cgn "$build/cgnctl" config check "$config"
expect "the STUN server is up" start_stun
expect "the daemon is ready" start_daemon

discover() { in_lab "$1" turnutils_natdiscovery "$2" "$stun_server" 2>&1; }
# The client says in its exit code what it saw: low bits, and 0x10 if there is no hairpin.
stun_code() {
  local code=0
  in_lab "$1" stun "$stun_server" >"$work/stun-client.out" 2>&1 || code=$?
  echo $((code & 0x0e))
}

for who in sub1 sub2 sub3; do
  expect "$who: mapping is endpoint-independent" contains "NAT with Endpoint Independent Mapping" "$(discover "$who" -m)"
done
expect "sub1: filtering is endpoint-independent" contains "NAT with Endpoint Independent Filtering" "$(discover sub1 -f)"
expect "sub2: filtering is address-dependent" contains "NAT with Address Dependent Filtering" "$(discover sub2 -f)"
expect "sub3: filtering is address- and port-dependent" \
  contains "NAT with Address and Port Dependent Filtering" "$(discover sub3 -f)"
for row in "sub1 2 full cone" "sub2 4 restricted cone" "sub3 6 port-restricted cone"; do
  read -r who wanted kind <<<"$row"
  expect "$who: stun calls it a $kind" equal "$wanted" "$(stun_code "$who")"
done
expect "what was not let in is counted as filtered" at_least 1 "$(counter filtered)"

# --- permissions outlive the daemon ------------------------------------------------------------------------------------
# permissions POOL-ADDRESS'S-LAST-BYTE: how many remotes mappings of that address hear.
permissions() {
  bpftool map dump pinned "$bpf_dir/permissions" -j | jq --arg byte "0x0$1" '[.[] | select(.key[3] == $byte)] | length'
}
expect "a mirror is up" start_mirror
expect "sub3 is answered by whom it asked" answers sub3 5100
before=$(permissions 3)
expect "the kernel holds permissions" at_least 1 "$before"
kill_daemon
expect "without a daemon sub3 is answered by whom it asked before" answers sub3 5100
expect "the daemon is back" start_daemon
expect "it kept what the mappings hear" equal "$before" "$(permissions 3)"
expect "the pool that hears everybody has none" equal 0 "$(permissions 1)"
expect "sub3 is answered still" answers sub3 5100
expect "sub3's mappings are ended" ctl clear subscriber 100.64.1.13 --yes
expect "and with them what they heard" equal 0 "$(permissions 3)"
expect "others hear as before" at_least 1 "$(permissions 2)"
