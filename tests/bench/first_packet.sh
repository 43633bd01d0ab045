#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bench: how much longer does a first packet take that needs a new block, whose row is synced before it leaves?
#
# What        Real daemon, real lab, the log on an ext4 of its own. In each round, for each of many subscribers, one after the other:
#             the round trip of the first packet of a subscriber without a block (new block), of the first packet of another
#             flow in that block (new flow), of the next one (established), and what a sync of 4 KiB appended to the same disk
#             takes meanwhile (fdatasync). Medians of the rounds, and how many syncs a new block costs beyond a new flow.
#             Nothing is asserted: the figures are this machine's, and its disk's.
# Failure     A question that is not answered ends it.
. "$(dirname "$0")/../netns/harness.sh"
. "$(dirname "$0")/../netns/disk.sh"
need python3 mkfs.ext4 unshare
rounds=${CGN_ROUNDS:-5}
each=${CGN_EACH:-30}
story "first packets of $((rounds * each)) subscribers, against $((rounds * each)) syncs of the log's disk" 1
trap 'code=$?; drop_disk; finish "$code"' EXIT
make_disk
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
for ((n = 0; n < rounds * each; n++)); do
  ip -n "cgn-$id-sub1" address add "100.64.1.$((100 + n))/24" dev eth0
done
expect "what is not measured is warm" answers sub1 5000
expect "every question is answered" in_lab sub1 "$root/tests/bench/round_trips.py" --mirror "$mirror" --base 100.64.1.100 \
  --rounds "$rounds" --each "$each" --disk "$disk/sync"
expect "every subscriber got a block" equal "$((rounds * each + 1))" "$(ctl_json show block | jq '.blocks | length')"
