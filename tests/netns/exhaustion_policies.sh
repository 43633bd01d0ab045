#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what happens when there is no room is the operator's choice, and may be changed while packets flow.
. "$(dirname "$0")/harness.sh"
. "$root/tests/netns/capture.sh"
need jq tcpdump curl nginx
story "a refusal is told as the config says, a packet may wait, a closing session may make room, limits change live"
set_key pool addresses '["203.0.113.1/32"]'
set_key pool ports '"1024-1087"'
set_key pool block_size 16
set_key pool extension_block_size 16
set_key pool max_blocks_per_subscriber 1
set_key pool max_subscribers 2
set_key pool port_hold_down '"1s"'
set_key timeouts below_rfc_minimum true
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
expect "the web server is up" start_web
start_capture told sub1 eth0 icmp

# refused PORT VERDICT: a new flow of sub1 is refused with this verdict.
refused() {
  local before
  before=$(counter "$2")
  expect_not "port $1 is refused" answers sub1 "$1"
  within 2 "as $2" moved "$2" "$before"
}
# told TYPE-AND-WORDS PORT: sub1 got such an ICMP error, quoting its own packet with its own address and port.
told() { tcpdump -nvr "$work/told.pcap" 2>/dev/null | grep -A2 -E "$1" | grep -q "100.64.1.11.$2 > 198.51.100.10.9000: UDP"; }
errors() { captured told 'icmp[0] == 3'; }
alarms() { ctl_json show alarms | jq -r "$1"; }
alarms_are() { equal "$2" "$(alarms "$1")"; }

first=$(ask sub1 5000) || fail "the first packet got no service"
for ((port = 5001; port <= 5015; port++)); do answers sub1 "$port" || fail "port $port of 16 was refused"; done
expect "nobody is refused yet" alarms_are '[.alarms[] | select(.subscriber != "")] | length' 0

# --- told by ICMP as the config says
refused 6001 block_limit
within 2 "the subscriber is told by ICMP 3/1, in its own terms" told 'host 198.51.100.10 unreachable,' 6001
within 2 "the alarm names the subscriber" alarms_are '.alarms[] | select(.reason == "block_limit") | .subscriber' 100.64.1.11
refused 6002 block_limit
expect "an episode is told of once" equal 1 "$(grep -c 'block_limit: subscriber 100.64.1.11' "$work/cgnd.err")"
expect "and counts its packets" at_least 2 "$(alarms '.alarms[] | select(.reason == "block_limit") | .refused')"
expect "status warns" contains "show alarms" "$(status '.warnings[]')"

set_key nat refusal '"admin-prohibited"'
expect "a dry run says what would change" contains '[nat] refusal: "host-unreachable" -> "admin-prohibited"' "$(ctl reload --dry-run)"
refused 6003 block_limit
within 2 "and changes nothing" told 'host 198.51.100.10 unreachable,' 6003
expect "the file is reloaded" ctl reload
refused 6004 block_limit
within 2 "now it is ICMP 3/13" told 'unreachable - admin prohibited' 6004

set_key nat refusal '"silent"'
expect "the file is reloaded" ctl reload
before=$(errors)
refused 6005 block_limit
expect "now there is silence" equal "$before" "$(errors)"

# --- limits change live
set_key pool max_blocks_per_subscriber 2
kill -HUP "${process_ids[cgnd]}"
within 5 "SIGHUP raises the limit: the 17th port is there" answers sub1 5016
for ((port = 5017; port <= 5031; port++)); do answers sub1 "$port" || fail "port $port of 32 was refused"; done
refused 6006 block_limit
set_key limits udp_ports_per_subscriber 20
expect "the file is reloaded" ctl reload
refused 6007 port_limit
expect "a lower limit ends nothing" equal "$first" "$(ask sub1 5000)"
set_key limits udp_ports_per_subscriber 0
expect "the file is reloaded" ctl reload

# --- what cannot change live, and what is wrong
cp "$config" "$work/good.toml"
set_key pool ports '"1024-2047"'
expect_not "a pool's ports ask for a restart" ctl reload
set_key pool ports '"1024-70000"'
code=0
ctl reload 2>"$work/reload.err" || code=$?
expect "a wrong file is exit code 6" equal 6 "$code"
expect "with its place" grep -qE 'cgn.toml:[0-9]+:[0-9]+: ' "$work/reload.err"
cp "$work/good.toml" "$config"
expect "the right file changes nothing" contains "nothing has changed" "$(ctl reload)"
expect "the old config was in force all the time" equal "$first" "$(ask sub1 5000)"

# --- a first packet waits for a port that is about to come free
# Refused packets are told of, so that `ask` need not wait for an answer that will not come.
set_key nat refusal '"host-unreachable"'
set_key nat wait_for_port '"1s"'
expect "the file is reloaded" ctl reload
# A port rests for a second, within which the next packet must come to have to wait: on a busy machine not the first time.
port=7000 taken=5031
waits_and_arrives() {
  local held i
  held=$(counter held)
  ctl clear mapping "100.64.1.11:$taken/udp" --yes || true
  port=$((port + 1))
  ask_patience_ms=3000 answers sub1 "$port" || return 1
  taken=$port
  for ((i = 0; i < 20; i++)); do
    if moved held "$held"; then return 0; fi
    sleep 0.1
  done
  return 1
}
within 40 "a port is freed, and rests; a first packet is held for it, and gets it" waits_and_arrives
expect_not "and then all are in use again" answers sub1 6008
set_key nat wait_for_port '"0s"'
expect "the file is reloaded" ctl reload

# --- a closing session makes room for a new one, by option
fetch() { in_lab sub1 curl -s -o /dev/null --max-time 3 --local-port "$1" "http://$web/"; }
for ((port = 20000; port < 20032; port++)); do fetch "$port" || fail "session $port of 32 was refused"; done
before=$(counter block_limit)
expect_not "the 33rd session is refused" fetch 20032
within 2 "as block_limit" moved block_limit "$before"
set_key nat reclaim_closing true
expect "the file is reloaded" ctl reload
for ((port = 20033; port < 20043; port++)); do fetch "$port" || fail "session $port was not helped by reclaiming"; done
echo "ok: ten more sessions take the ports of ten that were closing"
expect "what lives was left alone" equal "$first" "$(ask sub1 5000)"
