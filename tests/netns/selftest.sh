#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the conformance suite passes, all of it, on every way a packet can take, and leaves nothing behind.
#
# What        `selftest.sh` plays every row to cgnd; `selftest.sh forwarding` and `selftest.sh nftables` play them to what they
#             must tell cgnd from.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${CGN_BUILD:-$root/build}
against=${1:-cgnd}
if ((EUID != 0)); then echo "SKIPPED: network namespaces need root"; exit 77; fi
if ! type -P nft jq >/dev/null; then echo "SKIPPED: nft or jq is not installed (tools/packages install check)"; exit 77; fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT

code=0
"$build/cgnctl" --json selftest --against "$against" >"$out" || code=$?
jq -r '[.rows[] | select(.passed | not) | .id as $id | .results | to_entries[] | select(.value.passed | not)
  | "\($id), \(.key): \(.value.reason)"][:60][]' "$out"
jq -r '"\(.rows | length) rows on \(.against): \(.passed) passed, \(.failed) failed, \(.not_played) not played"' "$out"

# judge EXPRESSION WHAT
judge() {
  if ! jq -e "$1" "$out" >/dev/null; then echo "NOT OK: $2"; exit 1; fi
  echo "ok: $2"
}
judge '.not_played == 0' "every row was played"
judge '.rows | length >= 95' "95 rows or more"
case $against in
  cgnd)
    judge 'all(.rows[]; .results | has("slow") and has("native") and has("generic"))' "by the slow path, native and generic"
    judge 'all(.rows[].results[]; .received > 0)' "every row saw packets" ;;
  forwarding) judge '.failed >= 70' "70 rows or more tell cgnd from plain forwarding" ;;
  nftables) judge '.failed >= 12' "12 rows or more tell cgnd from nftables" ;;
esac
if ls -d /run/netns/cgn-selftest-* /sys/fs/bpf/cgn-selftest-* 2>/dev/null; then echo "NOT OK: left behind"; exit 1; fi
exit "$code"
