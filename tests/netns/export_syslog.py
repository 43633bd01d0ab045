#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A collector's file of rfc5424 lines against the record: export_syslog.py TRUTH FILE none|some|filled.

What is missing: none, after one break; some, or the control shows nothing; none, because a replay filled what was."""
import collections
import re
import sys

truth_file, lines_file, allowed = sys.argv[1:]
truth = [line.rstrip("\n").split("\t") for line in open(truth_file)]
NOTICE = re.compile(r" (ADDRESSES_EXHAUSTED|PORTS_EXHAUSTED|QUOTA_EXCEEDED|THRESHOLD) ")  # of no row
lines = [line.rstrip("\n") for line in open(lines_file) if not NOTICE.search(line)]
seqs = [int(re.search(r' seq="(\d+)"', line).group(1)) for line in lines]

faults = []
of = collections.defaultdict(set)
for seq, line in zip(seqs, lines):
    of[seq].add(line)
missing = [n for n in range(min(seqs), max(seqs) + 1) if n not in of]
different = [n for n, told in of.items() if len(told) > 1]
backwards = [i for i in range(1, len(seqs)) if seqs[i] <= seqs[i - 1]]
repeats = len(seqs) - len(of)
for seq, kind, _, internal, external, first, last, pool, realm, _ in truth:
    word = {"16": "PBA_ALLOC", "17": "PBA_RELEASE"}[kind]
    wanted = f'internal="{internal}" realm="{realm or "default"}" external="{external}" ports="{first}-{last}" pool="{pool}"'
    for line in of.get(int(seq), ()):
        if word not in line or wanted not in line:
            faults.append(f"row {seq} is told as: {line}")
if truth and int(truth[-1][0]) not in of:
    faults.append(f"the last row, {truth[-1][0]}, is not there")
if different:
    faults.append(f"{len(different)} rows were told in two ways, such as {sorted(of[different[0]])}")
if allowed != "filled" and len(backwards) > 1:
    faults.append(f"the numbers go back {len(backwards)} times, with one break")
if allowed != "some" and missing:
    faults.append(f"{len(missing)} rows are missing, such as {missing[:5]}")
if allowed == "none" and repeats == 0:
    faults.append("nothing was repeated: the break was none")
if allowed == "some" and not missing:
    faults.append("nothing is missing: the control shows nothing")
print(f"{len(lines)} lines, rows {min(seqs)} to {max(seqs)}: {len(missing)} missing, {repeats} repeated, {len(different)} unlike")
for fault in faults[:10]:
    print("FAILED:", fault)
sys.exit(1 if faults else 0)
