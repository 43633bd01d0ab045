#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/counters.md equals what the one list of verdicts says. `counters_doc.sh GENERATOR --write` renews it.
set -euo pipefail
generator=$1
page=$(cd "$(dirname "$0")/../.." && pwd)/docs/counters.md
if [[ ${2:-} == --write ]]; then
  "$generator" >"$page"
elif ! diff -u "$page" <("$generator"); then
  echo "docs/counters.md is not what include/cgn/verdicts.h says; renew it: tests/lint/counters_doc.sh build/counters_doc --write"
  exit 1
fi
