#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every requirement of an RFC has a test that passes, every tag a requirement, and docs/rfc-compliance.md says so.
# `rfc_table.sh GENERATOR --write` renews the page.
set -euo pipefail
generator=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
page=$root/docs/rfc-compliance.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT

# The tags of test cases and of stories, as "[RFC6888" and "-REQ-8]" written together.
tags() { grep -rhoE '\[RFC[0-9]+-[A-Za-z0-9.-]+\]' "$root/tests" --include='*.cpp' --include='*.sh' --exclude-dir=lint | tr -d '[]'; }

tags | "$generator" "$root/docs/conformance/requirements.tsv" "$root/docs/conformance/seen.tsv" >"$new" || faults=yes
if [[ ${2:-} == --write ]]; then
  cp "$new" "$page"
elif ! diff -u "$page" "$new"; then
  echo "docs/rfc-compliance.md is out of date; renew it: tests/lint/rfc_table.sh build/rfc_page --write"
  faults=yes
fi
[[ -z ${faults:-} ]]
