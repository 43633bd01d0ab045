#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: full means refuse, count and tell; nothing live is evicted.
. "$(dirname "$0")/harness.sh"
need jq
story "a full pool and a full block refuse what is new by name, and leave alone what lives"
set_key pool addresses '["203.0.113.1/32"]'
set_key pool ports '"1024-1151"'
set_key pool block_size 64
set_key pool extension_block_size 64
set_key pool max_blocks_per_subscriber 1
set_key pool max_subscribers 2
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror

first=$(ask sub1 5000) || fail "the first subscriber got no service"
expect "the second subscriber gets service" answers sub2 5000
before=$(counter subscriber_limit)
expect_not "the third is refused" answers sub3 5000
within 2 "the refusal is counted" moved subscriber_limit "$before"
refusal=$(ask sub3 5001 2>&1 || true)
expect "the third is told by ICMP ($refusal)" contains "No route to host" "$refusal"

# 63 more ports of the first subscriber's block, then one too many.
for ((port = 5001; port <= 5063; port++)); do answers sub1 "$port" || fail "port $port of 64 was refused"; done
echo "ok: every one of the block's 64 ports can be had"
before=$(counter block_limit)
expect_not "the 65th is refused" answers sub1 5064
within 2 "the refusal is counted" moved block_limit "$before"
expect "the first mapping lives on, the same" equal "$first" "$(ask sub1 5000)"
expect "the second subscriber lives on" answers sub2 5000
