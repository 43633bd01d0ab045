#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two subscribers of one external address keep ESP tunnels to one gateway, a GRE tunnel goes both ways and a second to
# the same remote is refused by name, all without ports, and all of them outlive the daemon.
. "$(dirname "$0")/harness.sh"
need jq python3
story "tunnels without ports: ESP by its SPIs, GRE by its remote, the rest refused with protocol unreachable"
set_key pool addresses '["203.0.113.0"]'
peer=$root/tests/netns/tunnel_peer.py

# esp WHO SPI ANSWER [SIZE], gre WHO [SIZE]: what became of it.
esp() { in_lab "$1" python3 "$peer" esp "$web" "${@:2}"; }
gre() { in_lab "$1" python3 "$peer" gre "$web" "${@:2}"; }
strange() { in_lab "$1" python3 "$peer" strange "$web" "$2"; }
gateway_speaks() { grep -qx ready "$work/gateway.out"; }
# seen_by_gateway PROTOCOL SPI: from which address.
seen_by_gateway() { grep "^$1 .* $2 " "$work/gateway.out" | tail -n 1 | cut -d ' ' -f 2; }
# Tunnels alone, one a line.
shown() {
  ctl_json show mapping --limit 0 |
    jq -r '.mappings[] | select(.proto == "esp" or .proto == "gre") | "\(.proto) \(.internal) \(.external) \(.remote)"' | sort
}
# is_shown LINE: exactly so.
is_shown() { grep -qx "$1" <(shown); }

expect "the daemon is ready" start_daemon
spawn gateway net python3 "$peer" gateway "$web"
expect "the gateway listens" wait_until 30 gateway_speaks

# --- ESP, two subscribers, one gateway
expect "sub1's first ESP packet waits for its block, leaves and is answered" equal answered "$(esp sub1 a1 b1)"
expect "the gateway saw our address" equal 203.0.113.0 "$(seen_by_gateway 50 000000a1)"
expect "the tunnel is shown" is_shown "esp 100.64.1.11 203.0.113.0 $web"
expect "sub2 speaks ESP to the same gateway" equal answered "$(esp sub2 a2 b2)"
expect "sub1 is heard by its own SPI" equal answered "$(esp sub1 a1 b1)"
expect "and sub2 by its own" equal answered "$(esp sub2 a2 b2)"
before=$(counter no_mapping)
expect "an SPI that nobody waits for is nobody's" equal silence "$(esp sub1 a1 b9)"
within 15 "and is dropped as such" moved no_mapping "$before"

# --- GRE
expect "GRE goes out and comes back" equal answered "$(gre sub1)"
expect "with IPv4 fragments, too" equal answered "$(gre sub1 3000)"
expect "so does ESP in fragments" equal answered "$(esp sub1 a1 b1 3000)"
before=$(counter tunnel_taken)
expect "a second subscriber to the same remote is told so" equal "told 3/1" "$(gre sub2)"
within 15 "and counted by name" moved tunnel_taken "$before"
expect "GRE is shown" is_shown "gre 100.64.1.11 203.0.113.0 $web"

# --- all other protocols
before=$(counter protocol)
expect "another protocol is answered with protocol unreachable" equal "told 3/2" "$(strange sub1 41)"
within 15 "and counted by name" moved protocol "$before"

# --- they outlive the daemon
all=$(shown)
expect "the daemon is killed" eval 'kill_daemon; true'
expect "ESP goes on without it" equal answered "$(esp sub1 a1 b1)"
expect "so does GRE" equal answered "$(gre sub1)"
expect "it comes back" start_daemon
expect "with the same tunnels" equal "$all" "$(shown)"
expect "sub2 is heard by its SPI still" equal answered "$(esp sub2 a2 b2)"
expect "and GRE is taken still" equal "told 3/1" "$(gre sub2)"

# --- an operator ends them, and who is left alone may change keys
expect "sub2 is cleared" ctl clear subscriber 100.64.1.12 --yes
expect_not "and its tunnel is gone" is_shown "esp 100.64.1.12 203.0.113.0 $web"
expect "who speaks to the gateway alone is heard with new keys at once" equal answered "$(esp sub1 a3 b3)"
expect "and with the old ones" equal answered "$(esp sub1 a1 b1)"

# --- by option, not at all
expect "the daemon goes" stop_daemon
set_key nat tunnels '[]'
expect "it comes back without tunnels" start_daemon
expect "none is kept" equal "" "$(shown)"
expect "ESP is answered with protocol unreachable" equal "told 3/2" "$(esp sub1 a1 b1)"
expect "so is GRE" equal "told 3/2" "$(gre sub1)"
