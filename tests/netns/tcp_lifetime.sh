#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what ends a TCP mapping and what does not, with real sockets at both ends and forged RSTs between them.
. "$(dirname "$0")/harness.sh"
need python3 jq nft
story "a forged RST outside the window ends nothing, one inside holds the mapping, and data revives it" 2
set_key timeouts below_rfc_minimum true
set_key timeouts tcp_opening '"3s"'
set_key timeouts tcp_closing '"3s"'
set_key nat tcp_mss_clamp 1300
set_key pool port_hold_down '"1s"'
peer=$root/tests/netns/tcp_peer.py
order() { echo "${*:2}" >"$work/$1.orders"; }
said() { grep -q "$2" "$work/$1.out"; }
# state PORT: of sub1's TCP mapping of this internal port, empty without one.
state() { ctl_json show mapping --internal "100.64.1.11:$1" | jq -r '.mappings[] | select(.proto == "tcp").state'; }
is() { equal "$1" "$(state "$2")"; }
external() { ctl_json show mapping --internal "100.64.1.11:$1" | jq -r '.mappings[] | select(.proto == "tcp").external'; }
# start_end NAME WHO ARGUMENTS...: a tcp_peer with a FIFO of its own.
start_end() {
  mkfifo "$work/$1.orders"
  spawn "$1" "$2" python3 "$peer" --orders "$work/$1.orders" "${@:3}"
}
# talk TEXT: a line goes there and back.
talk() { order client say "$1" && wait_until 5 said server "heard $1" && wait_until 5 said client "heard $1"; }
# forge NUMBER: a RST in the server's name, and it has come to the box.
forge() {
  local before=$forged
  forged=$((forged + 1))
  order server rst "$1" && wait_until 5 eval '(($(grep -c forged "$work/server.out") > before))'
}
forged=0

expect "the daemon is ready, with no mapping" start_daemon

# A segment of the middle of a connection, on tables that a reboot emptied.
in_lab sub1 nft 'add table ip t; add chain ip t out { type filter hook output priority 0; }'
in_lab net nft 'add table ip t; add chain ip t out { type filter hook output priority 0; }'
in_lab sub1 nft 'add rule ip t out tcp flags & rst == rst tcp sport 5100 drop'
in_lab net nft 'add rule ip t out tcp flags & rst == rst tcp sport { 5200, 5300 } drop'
expect "mid-stream TCP is sent" in_lab sub1 python3 "$peer" raw 6000 198.51.100.10 5300 16
within 5 "after a start with empty tables it opens a mapping" is opening 6000
expect "so is a RST" in_lab sub1 python3 "$peer" raw 6001 198.51.100.10 5300 4
within 5 "which opens none, and is counted" moved midstream 0
expect "indeed" equal "" "$(state 6001)"

start_end server net listen 198.51.100.10 7000
within 5 "the server listens" said server ready
start_end client sub1 connect 5000 198.51.100.10 7000
within 5 "the connection stands" said client peer
within 5 "its mapping is established, before the server said a word" is established 5000
expect "a line goes there and back" talk one
port=$(external 5000)
mss=$(in_lab sub1 ss -Htni "sport = :5000" | grep -oE '\bmss:[0-9]+' | cut -d: -f2)
expect "the SYN-ACK's MSS was lowered on its way to the subscriber ($mss with timestamps)" at_least "$mss" 1300

for offset in -1 beyond 1000000000 -2000000000; do
  expect "a RST is forged at the latest acknowledgement plus $offset" forge "$offset"
  expect "a line still goes there and back" talk "after $offset"
  expect "the mapping is established" is established 5000
done
sleep_until=$((SECONDS + 5))
within 10 "longer than the closing time goes by" eval '((SECONDS > sleep_until))'
expect "the mapping stays, established, on its port" eval 'is established 5000 && equal "$port" "$(external 5000)"'

# One byte off what comes next: the kernel of the subscriber challenges it (RFC 5961), the box must hold.
expect "a RST is forged inside the window" forge 1
within 5 "the mapping is closing" is closing 5000
expect "data goes there and back" talk revived
# Data of the very tick of the RST (62.5 ms) is not later than it.
within 5 "and has revived it" eval 'talk revived && is established 5000'
sleep_until=$((SECONDS + 5))
within 10 "longer than the closing time goes by" eval '((SECONDS > sleep_until))'
expect "the mapping stays, established, on its port" eval 'is established 5000 && equal "$port" "$(external 5000)"'
expect "another RST is forged inside the window" forge 2
within 10 "without data the mapping is gone after the hold" is "" 5000

# Both open: the subscriber's SYN finds no listener but a peer that opens too.
start_end there net meet 198.51.100.10 5200
within 5 "the peer waits for a SYN" said there ready
start_end here sub1 connect 5100 198.51.100.10 5200
within 10 "the peer has opened too" said there "peer"
within 10 "and the subscriber's socket is connected" said here "peer"
within 5 "the mapping is established" is established 5100
order here say both opened
within 5 "a line goes there and back" said here "heard both opened"
expect "the sockets end" eval 'order here end && order there end && finished here && finished there'

# A restart that adopts mappings is no reboot.
start_end other net listen 198.51.100.11 7001
within 5 "another server listens" said other ready
start_end lasting sub1 connect 5001 198.51.100.11 7001
within 5 "its connection stands" is established 5001
stop_daemon
expect "the daemon is back, with the mapping" eval 'start_daemon && is established 5001'
before=$(counter midstream)
expect "mid-stream TCP is sent" in_lab sub1 python3 "$peer" raw 6002 198.51.100.10 5300 16
within 5 "it is refused and counted" moved midstream "$before"
expect "and has no mapping" equal "" "$(state 6002)"
order lasting say still here
within 5 "the old connection goes on" said lasting "heard still here"

before=$(counter no_mapping)
expect "a SYN to a port that nobody holds is sent" \
  in_lab net python3 "$peer" raw 5300 203.0.113.1 60999 2
within 5 "it is dropped in silence" moved no_mapping "$before"
