#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: one file with seven faults is refused with seven lines, and nothing is attached.
. "$(dirname "$0")/harness.sh"
story "seven faults in one file: seven lines with line and column, exit 6, nothing attached" 1
cp "$root/tests/netns/seven_faults.toml" "$config"
in_lab cgn ip link set ext0 mtu 9000
# A pool on a connected subnet is a fault only there where the subnet is connected: in the box of the lab.
check_in_box() { in_lab cgn "$build/cgnd" --check --config "$config"; }

code=0
check_in_box >"$work/complaints" 2>&1 || code=$?
cat "$work/complaints"
expect "cgnd --check exits 6" equal 6 "$code"
expect "there are seven complaints" equal 7 "$(grep -cE '^[^ ]*:[0-9]+:[0-9]+: ' "$work/complaints")"
for word in blok_size overlap block_size nowhere0 udp mtu arp; do
  expect "one of them speaks of $word" grep -qi "$word" "$work/complaints"
done

code=0
in_lab cgn "$build/cgnd" --config "$config" --state-dir "$state_dir" --socket "$socket" --bpf-dir "$bpf_dir" \
  >"$work/run.out" 2>&1 || code=$?
expect "cgnd does not run with it and exits 6" equal 6 "$code"
expect_not "no program is attached" contains prog/xdp "$(in_lab cgn ip -d link show type veth)"
expect "no rule was made" equal 3 "$(in_lab cgn ip rule | wc -l)"
expect "nothing is pinned" eval '[[ ! -e $bpf_dir ]]'
code=0
in_lab cgn "$build/cgnctl" config check "$config" >"$work/ctl" 2>&1 || code=$?
expect "cgnctl config check exits 6, too" equal 6 "$code"
