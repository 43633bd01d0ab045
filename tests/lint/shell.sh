#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script parses, and the commands have their run bit. With shellcheck installed, it agrees, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t scripts < <(grep -rlE '^#!/usr/bin/env bash|shellcheck shell=bash' tools tests .ci | sort)
for script in "${scripts[@]}"; do
  bash -n "$script"
  if head -n 1 "$script" | grep -q '^#!' && [[ ! -x $script ]]; then echo "$script: has no run bit"; exit 1; fi
done
if type -P shellcheck >/dev/null; then
  # SC2016: `expect ... eval '...'` quotes on purpose. SC1091, SC2154: a sourced file is judged on its own.
  shellcheck -e SC2016,SC1091,SC2154,SC2034 "${scripts[@]}"
fi
echo "${#scripts[@]} scripts parse"
