#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one wrong line: `plant.sh FAULT TREE OUT` copies bpf/ and userspace/packet of TREE into OUT and replaces one line.
#
# What        A .fault file names a file ("file: "), says in a sentence what goes wrong ("says: "), and holds the right line
#             behind "-" and the wrong one behind "+", blanks in front included.
# Failure     When the right line does not stand in the file exactly once, the source has changed and the fault has to follow
#             it. The copy is then left right, and this says so: the control fails, as it does for any fault not found, and
#             the build goes on.
set -euo pipefail
fault=$1 tree=$2 out=$3

file=$(sed -n 's/^file: //p' "$fault")
right=$(sed -n 's/^-//p' "$fault")
wrong=$(sed -n 's/^+//p' "$fault")

rm -rf "$out"
mkdir -p "$out/userspace"
cp -r "$tree/bpf" "$out/bpf"
cp -r "$tree/userspace/packet" "$out/userspace/packet"
found=$(grep -cxF -e "$right" "$out/$file" || true)
if [[ $found != 1 ]]; then
  echo "$fault: not planted: its right line stands $found times in $file, once is wanted; has the source changed?" >&2
  exit 0
fi
RIGHT=$right WRONG=$wrong awk '{ print ($0 == ENVIRON["RIGHT"]) ? ENVIRON["WRONG"] : $0 }' "$tree/$file" >"$out/$file"
