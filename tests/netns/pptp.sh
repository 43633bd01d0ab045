#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: two subscribers of one external address call one PPTP server with the same call id, and both calls carry GRE both ways,
# also in fragments, over the daemon's death and its return; a server at home is called from the internet; and with the gateway
# off nothing of a message is changed.
. "$(dirname "$0")/harness.sh"
need jq python3
story "PPTP calls whose ids collide are told apart, and outlive the daemon"
set_key pool addresses '["203.0.113.0"]'
cat >>"$config" <<'TOML'
[[static]]
external = "203.0.113.20:1723/tcp"
internal = "100.64.1.13:1723"
TOML
peer=$root/tests/netns/pptp_peer.py

# serve NAME WHO ADDRESS
serve() { spawn "$1" "$2" python3 "$peer" server "$3" && wait_until 30 grep -qx ready "$work/$1.out"; }
# call NAME WHO REMOTE ID [SIZE]
call() { rm -f "$work/$1.stop" && spawn "$1" "$2" python3 "$peer" call "$3" "$4" "$work/$1" "${@:5}"; }
granted() { grep -q "^granted" "$work/$1.out"; }
carried() { grep -c '^carried' "$work/$1.out" || true; }
# carries NAME: three packets more come back.
carries() {
  local before
  before=$(carried "$1")
  wait_until 20 eval "((\$(carried $1) >= $before + 3))"
}
clears() { touch "$work/$1.stop" && wait_until 20 grep -qx cleared "$work/$1.out"; }
# The ids by which the server knows its callers.
known() { awk '$1 == "call" { print $3 }' "$work/$1.out"; }
shown() {
  ctl_json show mapping --limit 0 |
    jq -r '.mappings[] | select(.proto == "gre") | "\(.internal) \(.external) \(.remote)"' | sort
}
is_shown() { grep -qx "$1" <(shown); }

expect "the daemon ends with the gateway off" eval 'start_daemon && stop_daemon'
set_key alg pptp true
expect "and is ready with it" start_daemon
expect "a server listens" serve server net "$web"

# --- two callers, one id
call alice sub1 "$web" 7
expect "sub1's call is granted" wait_until 30 granted alice
call bob sub2 "$web" 7
expect "so is sub2's, with the same id" wait_until 30 granted bob
expect "both came from one address" equal "203.0.113.0" "$(awk '$1 == "call" { print $2 }' "$work/server.out" | sort -u)"
expect "the server knows the first by the id that was chosen" equal 7 "$(known server | head -n 1)"
expect_not "and the second by another" equal 7 "$(known server | tail -n 1)"
expect "each reply named the id that was chosen" equal 2 "$(cat "$work"/{alice,bob}.out | grep -c '^granted [0-9]* 7$')"
expect "sub1's call carries GRE both ways" carries alice
expect "and sub2's" carries bob
expect "the calls are shown with their ids" is_shown "100.64.1.11:7 203.0.113.0:7 $web:16385"
expect "both of them" is_shown "100.64.1.12:7 203.0.113.0:$(known server | tail -n 1) $web:16386"
call large sub3 "$web" 7 3000
expect "a third call carries GRE in fragments" eval 'wait_until 30 granted large && carries large'

# --- they outlive the daemon
all=$(shown)
expect "the daemon is killed" eval 'kill_daemon; true'
expect "both calls go on without it" eval 'carries alice && carries bob'
expect "it comes back" start_daemon
expect "with the same calls" equal "$all" "$(shown)"
expect "which go on" eval 'carries alice && carries bob && carries large'

# --- and end as they are told
expect "sub2's call is cleared" clears bob
expect_not "and gone" is_shown "100.64.1.12:7 .*"
expect "sub1's goes on" carries alice
# Without its mapping, what it sends on would be GRE like any.
stop alice KILL || true
expect "a call whose program died is there still" is_shown "100.64.1.11:7 203.0.113.0:7 $web:16385"
expect "sub1 is cleared by an operator" ctl clear subscriber 100.64.1.11 --yes
expect_not "and its call is gone with its control connection" is_shown "100.64.1.11:7 .*"

# --- a server at home
expect "a server at home listens" serve home sub3 100.64.1.13
call visitor net 203.0.113.20 9
expect "it is called from the internet" eval 'wait_until 30 granted visitor'
expect "and the call carries GRE" carries visitor
touch "$work/large.stop" "$work/visitor.stop"

# --- the control: without the gateway
expect "the daemon goes" stop_daemon
set_key alg pptp false
expect "it comes back with the gateway off" start_daemon
expect "no call is kept" equal "" "$(shown)"
call third sub1 "$web" 7
expect "a call is granted" wait_until 30 granted third
call fourth sub2 "$web" 7
expect "and another" wait_until 30 granted fourth
expect "the server read the same id twice" equal "7 7" "$(known server | tail -n 2 | xargs)"
expect "the first carries GRE, as GRE like any" carries third
within 20 "the second is told that somebody else does" grep -qx "told 3/1" "$work/fourth.out"
expect "and carries none" equal 0 "$(carried fourth)"
