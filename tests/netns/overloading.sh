#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: one port to many destinations. A subscriber with 16 ports holds 16 real connections to each of 20 remotes, all alive
# at once, each byte checked; they outlive the daemon; one more to a remote is refused for that remote alone.
. "$(dirname "$0")/harness.sh"
need python3 jq
ports=16
remotes=20
total=$((ports * remotes))
story "a block of $ports ports carries $total TCP connections to $remotes remotes at once" 1
set_key pool addresses '["203.0.113.1"]'
set_key pool ports '"20000-20031"'
set_key pool block_size $ports
set_key pool extension_block_size $ports
set_key pool max_blocks_per_subscriber 1
set_key pool tcp '{ mapping = "connection-dependent" }'
expect "the configuration is good" in_lab cgn "$build/cgnctl" config check "$config"

addresses=()
for ((n = 1; n <= remotes; n++)); do
  addresses+=("198.51.100.$((100 + n))")
  in_lab net ip addr add "198.51.100.$((100 + n))/32" dev lo
done
expect "the daemon is ready" start_daemon
spawn crowd_server net python3 "$root/tests/netns/crowd.py" serve 8080 "${addresses[@]}"
expect "the servers listen" wait_until 5 grep -qx ready "$work/crowd_server.out"
mkfifo "$work/orders"
spawn crowd sub1 python3 "$root/tests/netns/crowd.py" hold --orders "$work/orders" --each $ports 8080 "${addresses[@]}"
exec {orders}>"$work/orders"

told=0
# what FILTER: of the crowd's newest answer, which must be a new one.
has_told() { (($(wc -l <"$work/crowd.out") > told)) || ! is_running crowd; }
hear() { wait_until "$1" has_told && is_running crowd && told=$((told + 1)); }
last() { tail -n 1 "$work/crowd.out" | jq -r "$1"; }
order() { echo "$1" >&"$orders" && hear 60; }
all_answer() {
  equal "$total" "$(last .answered)" && equal true "$(last .one_each)" && equal "$ports" "$(last .endpoints)" &&
    equal 1 "$(last .addresses)"
}

expect "every connection is made" hear 120
expect "each byte comes back, from $ports external endpoints, none of them twice to one remote" all_answer
expect "each port carries $remotes connections" equal "$remotes" "$(last .most_on_one)"
echo "    connections per port: $(last '.answered / .endpoints')"
shown() { ctl_json show mapping --limit 1000 | jq '[.. | objects | select(.proto? == "tcp" and .state? == "established")] | length'; }
expect "cgnctl shows each with its remote" equal "$total" "$(shown)"
expect "and counts them as mappings" status_is .mappings "$total"
expect "of one block's row in the log" equal 1 "$(ctl_json show block | jq '.blocks | length')"
at=$(now)
expect "the log names one holder of a port with many connections" one_holder "$(last .first)" "$at" tcp 100.64.1.11

before=$(counter block_limit)
expect "one connection more to each remote is tried" order more
expect "and none comes about" equal 0 "$(last .more)"
within 5 "each is refused by name" moved block_limit $((before + remotes - 1))
in_lab net ip addr add 198.51.100.99/32 dev lo
spawn late_server net python3 "$root/tests/netns/crowd.py" serve 8080 198.51.100.99
expect "another server listens" wait_until 5 grep -qx ready "$work/late_server.out"
spawn late sub1 python3 -c 'import socket; c = socket.create_connection(("198.51.100.99", 8080), 10); c.sendall(b"late\n"); print(c.recv(99).decode(), end="")'
expect "to another remote the subscriber connects all the same" finished late
expect "by one of its ports" contains "203.0.113.1:200" "$(cat "$work/late.out")"

kill_daemon
expect "without the daemon" order say
expect "every connection answers" all_answer
expect "the daemon is back" start_daemon
expect "with it" order say
expect "every connection answers again" all_answer
expect "it shows them all, the late one too" at_least "$total" "$(status .mappings)"
expect "nothing was mended at the start" equal "" "$(grep -E 'removed|released .* blocks' "$work/cgnd.err" || true)"
expect "a full remote is still full" order more
expect "for the new daemon, too" equal 0 "$(last .more)"
