#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: UDP-Lite and DCCP are translated as UDP is, SCTP under its own port or not at all; all three outlive the daemon.
. "$(dirname "$0")/harness.sh"
. "$(dirname "$0")/capture.sh"
need jq python3 tcpdump
story "UDP-Lite, DCCP and SCTP reach their servers and are answered; an SCTP port that is taken is refused by name"
# One external address; 1024-6143 are first blocks, all above are extensions.
set_key pool addresses '["203.0.113.1/32"]'
set_key pool max_subscribers 10
expect "the daemon is ready" start_daemon
expect "the wire is watched" start_capture outside net up0 ip proto 136 or ip proto 33 or ip proto 132

peer() { in_lab "$1" "$root/tests/netns/transport_peer.py" "${@:2}"; }
serve() { # PROTO ADDRESS
  spawn "$1-$2" net "$root/tests/netns/transport_peer.py" serve "$1" "$2" 7000
  wait_until 15 grep -qx ready "$work/$1-$2.out"
}
# seen WHO PROTO PORT [SERVER [SIZE [COVERAGE]]]: the endpoint as which the server saw it.
seen() { peer "$1" ask "$2" "100.64.1.1${1#sub}" "$3" "${4:-198.51.100.10}" 7000 "${@:5}"; }
is_ours() { [[ $1 =~ ^203\.0\.113\.1:[0-9]+$ ]]; }

for proto in udplite dccp sctp; do
  expect "$proto: two servers are up" eval "serve $proto 198.51.100.10 && serve $proto 198.51.100.11"
done

# Before anybody else: the first block that holds its port may not be another's.
expect "sctp: sub3 leaves under its own port" equal 203.0.113.1:5100 "$(seen sub3 sctp 5100)"

declare -A outside
for proto in udplite dccp; do
  outside[$proto]=$(seen sub1 $proto 5000) || fail "$proto: no answer to the first packet"
  expect "$proto: the server saw the external address" is_ours "${outside[$proto]}"
  expect "$proto: another server sees the same endpoint" equal "${outside[$proto]}" "$(seen sub1 $proto 5000 198.51.100.11)"
  expect_not "$proto: another subscriber has another" equal "${outside[$proto]}" "$(seen sub2 $proto 5000)"
done
expect "udplite: a checksum over the header alone is as right as any" equal "${outside[udplite]}" \
  "$(seen sub1 udplite 5000 198.51.100.10 400 8)"
expect "udplite: in fragments, both ways" equal "${outside[udplite]}" "$(seen sub1 udplite 5000 198.51.100.10 4000)"
expect "udplite: in fragments of which the first is summed alone" equal "${outside[udplite]}" \
  "$(seen sub1 udplite 5000 198.51.100.10 4000 100)"
expect "dccp: in fragments, both ways" equal "${outside[dccp]}" "$(seen sub1 dccp 5000 198.51.100.10 3000)"
expect "udplite: a port where nobody listens is told, quoting what was sent" equal "told: Connection refused" \
  "$(peer sub1 ask udplite 100.64.1.11 5000 198.51.100.10 7001)"

# --- SCTP
expect "sctp: under that port to another server, too" equal 203.0.113.1:5100 "$(seen sub3 sctp 5100 198.51.100.11)"
expect "sctp: in fragments, both ways" equal 203.0.113.1:5100 "$(seen sub3 sctp 5100 198.51.100.10 3000)"
expect "sctp: under another port, by an extension that holds it" equal 203.0.113.1:20000 "$(seen sub3 sctp 20000)"
before=$(counter sctp_port)
expect "sctp: a port that another has is refused, and told" equal "told: No route to host" "$(seen sub1 sctp 20000)"
expect "sctp: so is one in a block that is promised to others" equal "told: No route to host" "$(seen sub3 sctp 1030)"
expect "sctp: a free one is not" equal 203.0.113.1:40000 "$(seen sub1 sctp 40000)"
within 5 "the counter names both" eval "(( \$(counter sctp_port) >= before + 2 ))"

shown() { ctl_json show mapping --proto "$1" | jq -r '[.. | objects | select(.proto?).proto] | unique | join(" ")'; }
for proto in udplite dccp sctp; do expect "cgnctl shows $proto alone" equal $proto "$(shown $proto)"; done
expect "status counts them" at_least 6 "$(status .mappings_by_protocol.other)"
at=$(now)
for proto in udplite dccp; do
  expect "the log names the holder of a $proto port" one_holder "${outside[$proto]}" "$at" $proto 100.64.1.11
done
expect "and of an SCTP port" one_holder 203.0.113.1:20000 "$at" sctp 100.64.1.13

# --- without the daemon, and with the next one
all_as_before() {
  equal "${outside[udplite]}" "$(seen sub1 udplite 5000)" && equal "${outside[dccp]}" "$(seen sub1 dccp 5000)" &&
    equal 203.0.113.1:20000 "$(seen sub3 sctp 20000)"
}
expect "the daemon goes" stop_daemon
expect "all three go on without it" all_as_before
expect "it comes back" start_daemon
expect "and all three are as before" all_as_before
expect "nothing was mended at the start" equal "" "$(grep -E 'removed entries|released .* blocks' "$work/cgnd.err" || true)"
expect "nothing left untranslated" nothing_captured outside src net 100.64.0.0/10
expect "control: what left was seen" something_captured outside src 203.0.113.1
