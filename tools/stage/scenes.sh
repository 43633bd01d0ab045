# SPDX-License-Identifier: Apache-2.0
# Sourced: the six scenes of the demo, in the order in which they are played. Each says what one sees and why it matters,
# and compares every answer with what it knows: the machine that a client ran in.
# shellcheck shell=bash disable=SC2154

# discover WHO: what an RFC 5780 client behind the box is told, as two words.
discover() {
  local kind says
  for kind in -m -f; do
    says=$(in_lab "$1" turnutils_natdiscovery "$kind" "$stun_server" 2>&1 | grep -oE 'NAT with .* (Mapping|Filtering)' | tail -n 1)
    echo "${says:-no answer}"
  done
}
is_endpoint_independent() { equal 2 "$(grep -c 'Endpoint Independent' <<<"$1")"; }

scene_nat_type() {
  scene 1 "What kind of NAT is it?" \
    "The same client behind the kernel's own NAT, then behind cgnd: games and calls connect only through the second."
  local before after
  in_lab cgn sysctl -qw net.ipv4.ip_forward=1
  in_lab cgn ip addr add 203.0.113.1/32 dev lo
  in_lab cgn nft 'add table ip before
add chain ip before out { type nat hook postrouting priority 100; }
add rule ip before out oifname "ext0" snat to 203.0.113.1 random'
  before=$(discover sub1)
  prints "turnutils_natdiscovery -m -f $stun_server      # nftables" echo "$before"
  in_lab cgn nft delete table ip before
  in_lab cgn ip addr del 203.0.113.1/32 dev lo
  in_lab cgn sysctl -qw net.ipv4.ip_forward=0

  start_daemon || exit 1
  after=$(discover sub1)
  prints "turnutils_natdiscovery -m -f $stun_server      # cgnd" echo "$after"
  prints "cgnctl show dataplane" ctl show dataplane
  truth "nftables is not endpoint-independent in both" eval '! is_endpoint_independent "$before"'
  truth "cgnd is: mapping and filtering" is_endpoint_independent "$after"
}

# rate_of FILE: Mbit/s that arrived, of an iperf3 report.
rate_of() { jq -r '.end.sum_received.bits_per_second / 1000000 | floor' "$1"; }

scene_clients() {
  scene 2 "Two subscribers use the internet" \
    "Web, names, ping and a bulk transfer, and the servers see pool addresses only: two customers, two public addresses or ports."
  local who
  for who in sub1 sub2; do
    prints "curl http://$web/                 # $who" in_lab "$who" curl -sS --max-time 5 "http://$web/"
    prints "dig +short @$resolver example.net  # $who" in_lab "$who" dig +short +time=2 +tries=2 "@$resolver" example.net
    truth "$who pings" pings "$who" "$web" 3
    in_lab "$who" iperf3 -c "$iperf_server" -t 2 -J >"$work/iperf-$who.json" || truth "$who can run iperf3" false
    note "iperf3 of $who: $(rate_of "$work/iperf-$who.json") Mbit/s"
  done
  prints "tail -n 2 access.log               # on the web server" tail -n 2 "$work/web/access.log"
  truth "the web server answered both" equal 2 "$(grep -c ' /$' "$work/web/access.log")"
  truth "no server saw an internal address" eval '! grep -q "100\.64\." "$work/web/access.log" "$work/resolver.err" "$work/resolver.out"'
}

scene_blocks() {
  scene 3 "The port blocks they hold" \
    "One row in the log per block, not one per connection: all that a court's question needs, and no destination in it."
  prints "cgnctl show block" ctl show block
  prints "cgnctl show subscriber 100.64.1.11" ctl show subscriber 100.64.1.11
  truth "exactly the two subscribers hold blocks" equal "100.64.1.11 100.64.1.12" \
    "$(ctl_json show block | jq -r '[.blocks[].subscriber | split("/")[0]] | unique | join(" ")')"
}

# The web server's own log: endpoint and time of the last page that came to it (from sub2).
last_visit() { tail -n 1 "$work/web/access.log" | awk '{ print $1, $2 }'; }
as_time() { date -u -d "@$1" +%FT%T.%3NZ; }
# answer_is WORDS SUBSCRIBER lookup-arguments...: the look-up says WORDS, and names SUBSCRIBER where one is given.
answer_is() {
  local words=$1 subscriber=$2 answer
  shift 2
  answer=$(ctl lookup "$@" --log-dir "$work/log" 2>&1) || true
  contains "$words" "$answer" && { [[ -z $subscriber ]] || grep -qwF "$subscriber" <<<"$answer"; }
}

scene_look_up() {
  scene 4 "Who was it?" \
    "The web server's own log names an address, a port and a time. The connection is over; the answer is the customer, or no answer."
  local endpoint seconds at from earlier
  read -r endpoint seconds < <(last_visit)
  at=$(as_time "$seconds")
  wait_until 5 answer_is "ONE HOLDER" "" "$endpoint" --at "$at" || true  # the log's next heartbeat covers it
  prints "cgnctl lookup $endpoint --proto tcp --at $at" ctl lookup "$endpoint" --proto tcp --at "$at" --log-dir "$work/log"
  truth "it was sub2 (100.64.1.12), which is where curl ran" answer_is "ONE HOLDER" 100.64.1.12 "$endpoint" --proto tcp --at "$at"
  from=$(ctl_json lookup "$endpoint" --proto tcp --at "$at" --log-dir "$work/log" | jq -r '.holders[0].from')
  earlier=$(as_time "$(second_before "$from")")
  prints "cgnctl lookup $endpoint --at $earlier --tolerance 500ms   # a second before the block existed" \
    ctl lookup "$endpoint" --at "$earlier" --tolerance 500ms --log-dir "$work/log"
  truth "nobody: the answer is not stretched" answer_is NOBODY "" "$endpoint" --at "$earlier" --tolerance 500ms
  asked_endpoint=$endpoint asked_at=$at
}
# second_before TIME: that, as seconds since 1970.
second_before() { date -u -d "$1 1 second ago" +%s.%3N; }

# dips FILE: intervals of an iperf3 report with less than 70 % of the 20 Mbit/s that are sent.
dips() { jq '[.intervals[].sum.bits_per_second | select(. < 14000000)] | length' "$1"; }

scene_kill() {
  scene 5 "The daemon is killed" \
    "The kernel goes on translating what is established; the record still answers; new flows wait for the daemon, a second at most."
  local before
  before=$(ask sub1 5000)
  spawn transfer sub2 iperf3 -c "$iperf_server" -b 20M -t 10 -i 1 -J
  wait_until 5 eval '(($(ctl_json status | jq .mappings_by_protocol.tcp) >= 2))' || true
  note "a transfer of 20 Mbit/s runs; kill -9"
  kill_daemon
  truth "the established mapping of sub1 works with the daemon dead" equal "$before" "$(ask sub1 5000)"
  ask_patience_ms=300
  truth "a new flow does not" eval '! answers sub1 5001'
  mv "$work/log" "$work/log.away"
  truth "with the log moved away, the look-up says NOT COVERED" answer_is "NOT COVERED" "" "$asked_endpoint" --at "$asked_at"
  mv "$work/log.away" "$work/log"
  truth "with the log back, it answers without the daemon" answer_is "ONE HOLDER" 100.64.1.12 "$asked_endpoint" --at "$asked_at"
  waits 3 "the daemon stays away"
  start_daemon || exit 1
  truth "the daemon is back: a new flow works" wait_until 2 answers sub1 5002
  ask_patience_ms=1000
  truth "sub1's mapping is the one from before" equal "$before" "$(ask sub1 5000)"
  truth "the transfer came to its end" finished transfer
  prints "jq '.intervals[].sum.bits_per_second' transfer.json   # Mbit/s, second by second" \
    jq -r '[.intervals[].sum.bits_per_second / 1000000 | floor] | join(" ")' "$work/transfer.out"
  truth "in no second did the rate dip" equal 0 "$(dips "$work/transfer.out")"
}

drops_that_moved() { ctl show drops -o verdict,total,meaning | awk 'NR == 1 || $2 > 0'; }

scene_flood() {
  scene 6 "One subscriber floods, the other browses" \
    "An infected machine opens new flows as fast as it can. It hits its own limits; its neighbour does not notice."
  local pages=0 limit
  spawn flood sub2 "$build/cgn-blast" flood --interface eth0 --subscriber 100.64.1.12 --to 198.51.100.13:9999 \
    --new-flows-per-second 20000 --seconds 6
  while is_running flood; do
    in_lab sub1 curl -sS --max-time 2 -o /dev/null "http://$web/" 2>/dev/null || truth "sub1 fetches page $((pages + 1))" false
    pages=$((pages + 1))
    sleep 0.1
  done
  finished flood || truth "the flood could be sent" false
  prints "cgnctl show drops -o verdict,total,meaning   # those that moved" drops_that_moved
  truth "sub1 fetched $pages pages, every one of them, under $(jq .sent "$work/flood.out") new flows of sub2" at_least 20 "$pages"
  limit=$(ctl_json show drops | jq '[.verdicts[] | select(.verdict | IN("policed", "rate_limit", "port_limit", "mapping_limit", "block_limit")).total] | add')
  truth "sub2 was stopped by its own limits ($limit packets, counted by name)" at_least 1000 "$limit"
}
