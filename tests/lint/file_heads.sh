#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file opens with its licence and with what it is, and is short enough to read.
#
# What        Sources under bpf include userspace tools tests: the first line (after #!) names the licence of its folder,
#             a comment that says what the file is follows. CMake files open with a comment. No source passes 400 lines,
#             and none carries a mark of work left undone.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

files() {
  find bpf include userspace tools tests -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.sh' \)
  find tools -maxdepth 1 -type f ! -name 'CMakeLists.txt'
  find .ci -type f
}

# A line for each fault. The head is the first six lines, one that begins with #! aside.
judge() {
  awk '
    function conclude() {
      if (name == "") return
      if (!named) print name ": does not open with SPDX-License-Identifier: " licence
      # The essay: a comment with words, or the second line of the block comment that names the licence.
      else if (!told) print name ": does not say what it is"
      if (lines > 400) print name ": has " lines " lines; is there a missing noun?"
    }
    FNR == 1 {
      conclude()
      name = FILENAME; lines = 0; named = 0; told = 0; at = 0
      licence = name ~ /^bpf\// ? "GPL-2.0-or-later" : "Apache-2.0"
    }
    { lines = FNR }
    FNR > 6 || (FNR == 1 && /^#!/) { next }
    { ++at }
    at == 1 { named = index($0, "SPDX-License-Identifier:") && $0 ~ (licence "([^[:alnum:]_]|$)") }
    (at == 2 || at == 3) && /^( \*|\/\/|#|\/\*).*[[:alpha:]][[:alpha:]][[:alpha:]]/ { told = 1 }
    END { conclude() }' "$@"
}

mapfile -t all < <(files | sort -u)
faults=$(
  judge "${all[@]}"
  while read -r file; do
    if ! sed -n 1p "$file" | grep -qE '^# .*[[:alpha:]]{3}'; then echo "$file: does not open with what it is"; fi
  done < <(find . -name CMakeLists.txt -not -path './build*')
  # The marks are spelt in two halves here, so that this file does not find itself.
  grep -nHE '\b(TO''DO|FIX''ME|XX''X)\b' "${all[@]}" || true
)
if [[ -n $faults ]]; then
  echo "$faults"
  exit 1
fi
echo "every file opens with what it is"
