#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bench: how many rows a second a closed day is sealed at, beside what of it no sealing can do without.
#
# What        build/bench_sealing (tests/bench/sealing.cpp) over a day of 100,000 subscribers. CGN_AGAINST=PROGRAM, the same program
#             of another build, is played in turn with it, so that both meet the same moods of the machine. CGN_ROUNDS=5,
#             CGN_EVENTS=1000000 (after the 100,000 opening rows).
# Failure     A day that cannot be sealed ends it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${CGN_BUILD:-$root/build}
rounds=${CGN_ROUNDS:-5}
events=${CGN_EVENTS:-1000000}
if [[ -z ${CGN_AGAINST:-} ]]; then exec "$build/bench_sealing" --rounds "$rounds" --events "$events"; fi
for ((round = 1; round <= rounds; round++)); do
  for program in "$CGN_AGAINST" "$build/bench_sealing"; do
    echo "$program"
    "$program" --rounds 1 --events "$events" | grep -v medians
  done
done
