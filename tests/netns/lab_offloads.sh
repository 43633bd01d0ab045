#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the lab's own hygiene is checked, and the check can fail.
. "$(dirname "$0")/harness.sh"
need ethtool
story "tools/lab check passes, and fails for every single offload that would falsify what is seen" 1
lab() { "$root/tools/lab" --id "$id" "$@"; }
lab_faults() { ! lab check 2>/dev/null; }

expect "a fresh lab is as it must be" lab check
for fault in "sub1 eth0 tx on" "cgn int0 tso on" "cgn ext0 gso on" "net up0 txvlan on" "bng acc0 rxvlan on" \
  "bng acc0 gro off" "net up0 gro off" "net up1 gro off"; do
  read -r who device feature state <<<"$fault"
  back=$([[ $state == on ]] && echo off || echo on)
  # Segmentation offload is only on where checksum offload is.
  if [[ $feature == tso ]]; then in_lab "$who" ethtool -K "$device" tx on >/dev/null; fi
  in_lab "$who" ethtool -K "$device" "$feature" "$state" >/dev/null
  expect "$who $device with $feature $state is found" lab_faults
  in_lab "$who" ethtool -K "$device" "$feature" "$back" >/dev/null
  if [[ $feature == tso ]]; then in_lab "$who" ethtool -K "$device" tx off >/dev/null; fi
done
expect "put right again, the lab is as it must be" lab check

other=${id}b
"$root/tools/lab" --id "$other" up --subscribers 1
expect "a second lab stands beside the first" "$root/tools/lab" --id "$other" check
expect "both are listed" equal 2 "$("$root/tools/lab" list | grep -cE "^($id|$other)$")"
expect "taking one down leaves the other" eval '"$root/tools/lab" --id "$other" down && lab check'
