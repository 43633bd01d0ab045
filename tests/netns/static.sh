#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a subscriber's web server is reached at a port forward, by everybody, also while no daemon runs, and the log says
# whose it is; a packet to an external address that nobody holds does not leave the box again.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/home.sh"
need curl nginx jq
story "a port forward leads the internet, a neighbour and the server itself to a subscriber's web server"
cat >>"$config" <<'TOML'
[[static]]
external = "203.0.113.20:80/tcp"
internal = "100.64.1.11:8080"
TOML

visits() { contains "hello from home" "$(in_lab "$1" curl -sS --max-time 5 "http://203.0.113.20/" 2>&1)"; }
last_visitor() { tail -n 1 "$work/home/access.log"; }

expect "the daemon is ready" start_daemon
expect "the server and the mirror are up" eval 'start_home_web && start_mirror'
expect "the internet reaches it" wait_until 5 visits net
expect_not "and the server saw no address of ours" contains 203.0.113. "$(last_visitor)"
expect "another subscriber reaches it" visits sub2
expect "and came with its pool address" contains 203.0.113. "$(last_visitor)"
expect "the server reaches itself" visits sub1
expect "its other ports are mapped by its pool" is_pool_endpoint "$(ask sub1 5000)"
expect_not "the next port is nobody's" in_lab net curl -sS --max-time 1 http://203.0.113.20:81/

shown_state() { ctl_json show mapping | jq -r '.. | objects | select(.external? == "203.0.113.20:80").state'; }
expect "the mapping is shown as static" equal static "$(shown_state)"
at=$(now)
names_holder() { contains "ONE HOLDER" "$1" && contains 100.64.1.11 "$1"; }
holder_is_known() { names_holder "$(ctl lookup 203.0.113.20:80 --proto tcp --at "$at" --log-dir "$work/log" 2>&1)"; }
expect "the log names the holder" wait_until 5 holder_is_known

expect "the daemon goes" stop_daemon
expect "the server is reached without it" visits net
expect "it comes back" start_daemon
expect "and so is the server" visits net
expect "nothing was mended at the start" equal "" "$(grep -E 'removed entries|released .* blocks' "$work/cgnd.err" || true)"

# The loop guard: the internet routes all of 203.0.113.0/24 to us, and our default route leads back to it.
before=$(counter no_mapping)
in_lab net bash -c 'echo x >/dev/udp/203.0.113.20/9999; echo x >/dev/udp/203.0.113.9/9'
expect "a packet to nobody is dropped by name" wait_until 3 moved no_mapping $((before + 1))
expect "with the program gone, blackhole routes hold it" contains 203.0.113.20 "$(in_lab cgn ip route show type blackhole table all)"
