#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file opens with its licence and with what it is, and is short enough to read.
#
# What        Sources under bpf include userspace tools tests: the first line (after #!) names the licence of its folder,
#             a comment that says what the file is follows. CMake files open with a comment. No source passes 400 lines,
#             and none carries a mark of work left undone.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

licence_of() { if [[ $1 == bpf/* ]]; then echo GPL-2.0-or-later; else echo Apache-2.0; fi; }
files() {
  find bpf include userspace tools tests -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.sh' \)
  find tools -maxdepth 1 -type f ! -name 'CMakeLists.txt'
  find .ci -type f
}

judge() {
  local file=$1 head lines
  head=$(sed -n '1{/^#!/d}; 1,6p' "$file")
  lines=$(wc -l <"$file")
  if ! sed -n 1p <<<"$head" | grep -qE "SPDX-License-Identifier:.*\b$(licence_of "$file")\b"; then
    echo "$file: does not open with SPDX-License-Identifier: $(licence_of "$file")"
  # The essay: a comment with words, or the second line of the licence's own block comment.
  elif ! sed -n 2,3p <<<"$head" | grep -qE '^( \*|//|#|/\*).*[[:alpha:]]{3}'; then
    echo "$file: does not say what it is"
  fi
  if ((lines > 400)); then echo "$file: has $lines lines; is there a missing noun?"; fi
}

faults=$(
  while read -r file; do judge "$file"; done < <(files | sort -u)
  while read -r file; do
    if ! sed -n 1p "$file" | grep -qE '^# .*[[:alpha:]]{3}'; then echo "$file: does not open with what it is"; fi
  done < <(find . -name CMakeLists.txt -not -path './build*')
  # The marks are spelt in two halves here, so that this file does not find itself.
  files | sort -u | xargs grep -nHE '\b(TO''DO|FIX''ME|XX''X)\b' || true
)
if [[ -n $faults ]]; then
  echo "$faults"
  exit 1
fi
echo "every file opens with what it is"
