#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines in the words of others, read as their collectors read them: export_lines.py DIRECTORY."""
import re
import sys
import zlib

room = sys.argv[1]
faults = []
truth = [line.rstrip("\n").split("\t") for line in open(f"{room}/truth.tsv")]

# As cgn-ec's NFWareSyslogHandler tells port blocks, mappings and sessions from one another.
ADDRESS = r"(\d+\.\d+\.\d+\.\d+)"
BLOCK = re.compile(rf"([AD]) VRF (\d+) INT {ADDRESS} EXT {ADDRESS}:(\d+)-(\d+)$")
MAPPING = re.compile(rf"([AD]) VRF (\d+) (\d+) INT {ADDRESS}:(\d+) EXT {ADDRESS}:(\d+)$")
SESSION = re.compile(rf"([AD]) VRF (\d+) (\d+) INT {ADDRESS}:(\d+) EXT {ADDRESS}:(\d+) DST {ADDRESS}:(\d+) DIR (OUT|IN)$")
FILTER = re.compile(r"[A|D] VRF (\d+|\d+ INT).*EXT \d{1,3}(?:\.\d{1,3}){3}.*$")


def lines_of(name):
    return [line.rstrip("\n") for line in open(f"{room}/{name}.out") if line.strip()]


def vrf(realm):
    return str(zlib.crc32(realm.encode()) & 0x7FFFFFFF if realm else 0)


nfware = lines_of("nfware")
told = [BLOCK.search(line).groups() for line in nfware if BLOCK.search(line)]
wanted = [("A" if kind == "16" else "D", vrf(realm), internal, external, first, last)
          for _, kind, _, internal, external, first, last, _, realm, _ in truth]
if sorted(told) != sorted(wanted):
    faults.append(f"nfware: {len(told)} blocks of {len(wanted)}")
for line in nfware:
    if not FILTER.search(line):
        faults.append(f"nfware: the producer's filter does not take {line}")
if any(MAPPING.search(line) or SESSION.search(line) for line in nfware):
    faults.append("nfware: single mappings were told although nobody asked for them")
if sorted(line for line in lines_of("replayed")) != sorted(line for line in nfware if BLOCK.search(line)):
    faults.append("the replay differs from what was sent live")

sessions = [line for line in lines_of("sessions") if not BLOCK.search(line)]
if len(sessions) < 1000 or not all(MAPPING.search(line) and FILTER.search(line) for line in sessions):
    faults.append(f"nfware: {len(sessions)} single mappings, or lines among them that are none")

junos = lines_of("junos")
for words, line in zip(sorted(truth, key=lambda w: int(w[0])), sorted(junos, key=lambda l: int(re.search(r'seq="(\d+)"', l)[1]))):
    _, kind, ms, internal, external, first, last, pool, _, _ = words
    # As its handler cuts: what stands between the first brackets, at blanks.
    pairs = dict(p.split("=", 1) for p in line[line.index("[") + 1:line.index("]")].split() if "=" in p)
    pairs = {k: v.strip('"') for k, v in pairs.items()}
    name = "RT_SRC_NAT_PBA_ALLOC" if kind == "16" else "RT_SRC_NAT_PBA_RELEASE"
    if name not in line or (pairs["internal-ip"], pairs["reflexive-ip"], pairs["block-port-low"], pairs["block-port-high"],
                            pairs["nat-pool-name"], int(pairs["epoch-time-64"], 16)) != (
                                internal, external, first, last, pool, int(ms) // 1000):
        faults.append(f"junos: {line} for {words}")
if len(junos) != len(truth):
    faults.append(f"junos: {len(junos)} lines of {len(truth)}")
print(f"nfware: {len(nfware)} lines, junos: {len(junos)}, replayed: {len(lines_of('replayed'))}")
for fault in faults[:10]:
    print("FAILED:", fault)
sys.exit(1 if faults else 0)
