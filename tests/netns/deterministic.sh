#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a deterministic pool: servers see the address and ports that the page lets anybody compute, the log has no row per
# block, overflow is lent and logged, and look-ups answer both, also after a kill and across a change of parameters.
# CGN_LONG=1 waits until a block that changed hands has rested.
. "$(dirname "$0")/harness.sh"
need jq python3
story "computed blocks are used as computed, need no rows, and are answered for"
set_key rule internal '["100.64.1.0/24"]'
set_key pool allocation '"deterministic"'
set_key pool block_size 20
set_key pool extension_block_size 20
set_key pool max_blocks_per_subscriber 2

sub1=100.64.1.11 sub2=100.64.1.12
now_in_ms() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
# computed INTERNAL [OPTIONS]: "ADDRESS FIRST LAST", by the script that was written from docs/deterministic.md.
computed() {
  ctl det parameters "${@:2}" >"$work/record.json" || return 1
  echo "$1" | "$root/tests/deterministic/recompute.py" "$work/record.json" forward | awk -F, '{print $6, $7, $8}'
}
# is_inside ENDPOINT ADDRESS FIRST LAST
is_inside() { [[ ${1%:*} == "$2" ]] && (($3 <= ${1#*:} && ${1#*:} <= $4)); }
is_beside() { [[ ${1%:*} == "$2" ]] && ! is_inside "$@"; }
rows() { status .log.events_today; }
says_computed() { contains "computed" "$(lookup "$@")"; }

expect "config check says the ratio" contains "256 subscribers on 16 addresses, 16:1, 20 computed ports each; 64192 ports" \
  "$(ctl config check "$config" --offline)"
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
from_file=$(computed $sub1 --config "$config")
expect "the log says what the file says" equal "$from_file" "$(computed $sub1 --log-dir "$work/log")"
read -r -a own1 < <(computed $sub1 --log-dir "$work/log")
read -r -a own2 < <(computed $sub2 --log-dir "$work/log")
echo "computed: $sub1 ${own1[*]}, $sub2 ${own2[*]}"
expect "cgnctl computes the same" contains "${own1[0]}:${own1[1]}-${own1[2]}" "$(ctl det forward $sub1 --log-dir "$work/log")"

# --- computed ---
before=$(rows)
for ((port = 5000; port < 5020; port++)); do
  seen=$(ask sub1 "$port") || fail "port $port got no service"
  is_inside "$seen" "${own1[@]}" || fail "the server saw $seen, computed is ${own1[*]}"
done
echo "ok: the server saw the computed address and ports, 20 of 20"
first=$(ask sub1 5000)
expect "another subscriber has its own" is_inside "$(ask sub2 5000)" "${own2[@]}"
expect "not one row was written for it" equal "$before" "$(rows)"
expect "show block calls it computed" equal "computed" "$(ctl --no-headers show block --subscriber $sub1 -o kind | tr -d ' ')"
expect "show subscriber knows who never sent" contains "computed" "$(ctl show subscriber 100.64.1.77)"
expect "show pool says the ratio" equal "16:1" "$(ctl --no-headers show pool -o ratio | tr -d ' ')"
at=$(now_in_ms)
expect "the look-up names the holder of a computed port" one_holder "$first" "$at" udp $sub1
expect "and that it is computed" says_computed "$first" "$at" udp
expect "one that sent nothing, too" one_holder "${own2[0]}:${own2[2]}" "$at" tcp $sub2

# --- overflow ---
over=$(ask sub1 6000) || fail "the 21st port got no service"
expect "the 21st port is beside the block, on its address ($over)" is_beside "$over" "${own1[@]}"
expect "one row was written for the block it is in" equal $((before + 1)) "$(rows)"
at=$(now_in_ms)
expect "the look-up names the holder of the overflow" one_holder "$over" "$at" udp $sub1
expect_not "which is not computed" says_computed "$over" "$at" udp
expect "det reverse calls it overflow" contains overflow "$(ctl det reverse "$over" --log-dir "$work/log")"

# --- kill -9 ---
kill_daemon
expect "the computed mapping works with the daemon dead" equal "$first" "$(ask sub1 5000)"
expect "the look-up answers with the daemon dead" names_holder "$first" "$at" udp $sub1
expect "the daemon is back" start_daemon
expect "the computed mapping is the same as before" equal "$first" "$(ask sub1 5000)"
expect "the overflow mapping is the same as before" equal "$over" "$(ask sub1 6000)"
expect "nothing was mended at the start" equal "" "$(grep -E 'removed entries|released .* blocks' "$work/cgnd.err" || true)"
expect "a new flow of another subscriber is inside its block" is_inside "$(ask sub2 5001)" "${own2[@]}"

# --- other parameters ---
set_key rule internal '["100.64.1.128/25", "100.64.1.0/25"]'
expect_not "a reload refuses other parameters" eval 'ctl reload >"$work/reload.out" 2>&1'
expect "and says that they need a restart" contains "restart" "$(cat "$work/reload.out")"
expect "what was computed goes on" equal "$first" "$(ask sub1 5000)"
before_change=$(now_in_ms)
expect "the daemon goes" stop_daemon
expect "it comes back with the new parameters" start_daemon
read -r -a new1 < <(computed $sub1 --log-dir "$work/log")
expect_not "they give another block" equal "${own1[*]}" "${new1[*]}"
expect "mappings that do not fit were ended" contains "mappings without a block" "$(cat "$work/cgnd.err")"
again=$(ask sub1 5000) || fail "no service after the change"
expect "until its new block has rested, overflow serves ($again)" is_beside "$again" "${new1[@]}"
expect "on the new address" equal "${new1[0]}" "${again%:*}"
after_change=$(now_in_ms)
expect "the look-up knows who had the old port before" one_holder "$first" "$before_change" udp $sub1
expect "and names the overflow after" one_holder "$again" "$after_change" udp $sub1
old_port_is_nobodys() { contains "NOBODY" "$(lookup "$first" "$(date -u -d '-1 second' +%Y-%m-%dT%H:%M:%S.%3NZ)")"; }
within 10 "and nobody for the old port, while it rests" old_port_is_nobodys
others=$(ctl whereis $sub1 --log-dir "$work/log" || true)
expect "whereis lists the old block" contains "${own1[1]}-${own1[2]}" "$others"
expect_not "and the new one not before it has rested" contains "${new1[1]}-${new1[2]}" "$others"

if [[ ${CGN_LONG:-} == 1 ]]; then
  in_new_block() { is_inside "$(ask sub1 $((7000 + RANDOM % 1000)))" "${new1[@]}"; }
  within 200 "after its rest the new block is used" in_new_block
fi

# --- the end ---
at=$(now_in_ms)
expect "detach" eval 'ctl detach --yes >/dev/null && wait_until 20 eval "! is_running cgnd"'
expect "parameters are over with it" contains '"pools":[]' "$(ctl det parameters --log-dir "$work/log" | tr -d ' ')"
