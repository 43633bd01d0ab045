#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What four collectors decoded against what the record says: export_flows.py DIRECTORY.

The control: of a record with one port changed, each collector must be found not to agree with it.
"""
import calendar
import collections
import csv
import datetime
import json
import re
import sys
import time
import xml.etree.ElementTree as xml
import zlib

room = sys.argv[1]
faults = collections.defaultdict(list)
NODE = 1


def number_of(name):
    return zlib.crc32(name.encode()) & 0x7FFFFFFF if name else 0


def read_truth():
    blocks = []
    for line in open(f"{room}/truth.tsv"):
        seq, kind, ms, internal, external, first, last, pool, realm, user = line.rstrip("\n").split("\t")
        blocks.append(dict(seq=int(seq), event=int(kind), ms=int(ms), internal=internal, external=external, first=int(first),
                           last=int(last), step=1, ports=int(last) - int(first) + 1, pool=number_of(pool), pool_name=pool,
                           vrf=number_of(realm), mask=32, node=NODE, user=user))
    assert len(blocks) > 100 and {b["event"] for b in blocks} == {16, 17} and any(b["user"] for b in blocks)
    return blocks


def read(who, told, wanted):
    readings.append((who, told, wanted))


def of(blocks, *keys, **fixed):
    return [{**{k: b[k] for k in keys}, **fixed} for b in blocks]


readings = []  # (who, what it told, what of the record's blocks it is to tell)


def judge(who, told, wanted):
    """Lists of dicts with the same keys; order does not count. What is wrong, if anything is."""
    def key(d):
        return sorted(d.items(), key=str)

    told, wanted = sorted(told, key=key), sorted(wanted, key=key)
    if told == wanted:
        return None
    return f"{len(told)} records of {len(wanted)}; first difference {[(t, w) for t, w in zip(told, wanted) if t != w][:1]}"


def nfdump():
    names = {"Port block allocation": 16, "Port block de-allocation": 17}
    told = []
    for r in json.load(open(f"{room}/nfdump.json")):
        if "pblock_start" in r:
            second, fraction = r["t_event"].split(".")  # a number of milliseconds, without its leading zeros
            ms = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S")) * 1000 + int(fraction)
            told.append(dict(event=names.get(r["nat_event"], r["nat_event"]), internal=r["src4_addr"], external=r["src4_xlt_ip"],
                             first=int(r["pblock_start"]), last=int(r["pblock_end"]), step=int(r["pblock_step"]),
                             ports=int(r["pblock_size"]), mask=r["src_mask"], vrf=int(r["ingress_vrf"]), seq=int(r["connect_id"]),
                             ms=ms))
    read("nfdump (v9)", told, lambda blocks: of(blocks, "event", "internal", "external", "first", "last", "step", "ports", "mask", "vrf", "seq", "ms"))


def text(octets):
    """Of '72-65-73': how nfacctd shows octets."""
    return bytes(int(o, 16) for o in octets.split("-")).decode() if octets else ""


def nfacctd(protocol, file):
    told = []
    for line in open(f"{room}/{file}"):
        r = json.loads(line)
        if int(r.get("pblock_end", 0)) != 0:
            told.append(dict(event=int(r["nat_event"]), internal=r["ip_src"], external=r["post_nat_ip_src"],
                             first=int(r["pblock_start"]), last=int(r["pblock_end"]), step=int(r["pblock_step"]),
                             ports=int(r["pblock_ports"]), pool=int(r["nat_pool"]), vrf=int(r["vrf"]),
                             node=int(r["nat_instance"]), seq=int(r["log_seq"]), ms=int(r["obs_time_ms"]),
                             pool_name=text(r["pool_name"]), user=text(r["user_name"])))
    keys = ("event", "internal", "external", "first", "last", "step", "ports", "pool", "vrf", "node", "seq", "ms")
    if protocol == "IPFIX":
        read("nfacctd (IPFIX)", told, lambda blocks: of(blocks, *keys, "pool_name", "user"))
    else:  # v9 has no place for names
        read("nfacctd (v9)", told, lambda blocks: of(blocks, *keys, pool_name="", user=""))


def milliseconds(shown):
    """Of 'Nov 30, 2026 08:36:00.123000000 UTC'."""
    date, fraction = re.match(r"(.*\d)\.(\d{3})", shown).groups()
    return calendar.timegm(time.strptime(date, "%b %d, %Y %H:%M:%S")) * 1000 + int(fraction)


def sequence_faults(who, packets):
    """v9 counts packets, IPFIX the records before."""
    expected = None
    for sequence, records in packets:
        if expected is not None and sequence != expected:
            faults[who].append(f"the message's sequence number is {sequence}, not {expected}")
            return
        expected = sequence + (1 if "v9" in who else records)


def tshark(protocol, file):
    who = f"tshark ({protocol})"
    told, others, packets = [], [], []
    for packet in xml.parse(f"{room}/{file}.pdml").getroot():
        text = xml.tostring(packet, encoding="unicode")
        if "unexpected_sequence" in text or "malformed" in text.lower():
            faults[who].append("a packet is malformed or out of sequence")
        records = 0
        for flow in packet.iter("field"):
            f = {}
            if re.match(r"Flow \d+", flow.get("show") or ""):
                f = {x.get("name"): x.get("show") for x in flow.iter("field")}
                records += 1
            if "cflow.nat_event" not in f:
                continue
            if int(f["cflow.nat_event"]) not in (16, 17):
                others.append(f)
                continue
            told.append(dict(event=int(f["cflow.nat_event"]), internal=f["cflow.srcaddr"],
                             external=f["cflow.post_natsource_ipv4_address"], first=int(f["cflow.port_range_start"]),
                             last=int(f["cflow.port_range_end"]), step=int(f["cflow.port_range_step_size"]),
                             ports=int(f["cflow.port_range_num_ports"]), pool=int(f["cflow.nat_pool_id"]),
                             vrf=int(f["cflow.ingress_vrfid"]), mask=int(f["cflow.srcmask"]), node=int(f["cflow.nat_instanceid"]),
                             seq=int(f["cflow.flow_id"]), ms=milliseconds(f["cflow.observation_time_milliseconds"]),
                             pool_name=f.get("cflow.nat_pool_name") or "", user=f.get("cflow.user_name") or ""))
        sequence = [x.get("show") for x in packet.iter("field") if x.get("name") == "cflow.sequence"]
        packets.append((int(sequence[0]), records))
    sequence_faults(who, packets)
    keys = ("event", "internal", "external", "first", "last", "step", "ports", "pool", "vrf", "mask", "node", "seq", "ms")
    if protocol == "IPFIX":
        read(who, told, lambda blocks: of(blocks, *keys, "pool_name", "user"))
    else:
        read(who, told, lambda blocks: of(blocks, *keys, pool_name="", user=""))
    mappings_of(who, {(f["cflow.srcaddr"], f["cflow.post_natsource_ipv4_address"], int(f["cflow.post_naptsource_transport_port"]))
                      for f in others if int(f["cflow.nat_event"]) == 8})
    notices_of(who, [int(f["cflow.nat_event"]) for f in others])


def ipfixdump():
    """From the TCP stream: 'name : value', record by record."""
    who = "ipfixDump (TCP)"
    records = [{}]
    for line in open(f"{room}/ipfixdump.txt"):
        if line.startswith("--- "):
            records.append({})
        found = re.match(r"\s*\(\d+\)\s+(\w+) : (?:\(?len: \d+\)? ?)?(.*)$", line)
        if found:
            records[-1][found[1]] = found[2]
    told = [dict(event=int(r["natEvent"]), internal=r["sourceIPv4Address"], external=r["postNATSourceIPv4Address"],
                 first=int(r["portRangeStart"]), last=int(r["portRangeEnd"]), step=int(r["portRangeStepSize"]),
                 ports=int(r["portRangeNumPorts"]), pool=int(r["natPoolId"]), pool_name=r["natPoolName"], seq=int(r["flowId"]),
                 user=r["userName"], vrf=int(r["ingressVRFID"]), mask=int(r["sourceIPv4PrefixLength"]), node=int(r["natInstanceID"]),
                 ms=int(datetime.datetime.fromisoformat(r["observationTimeMilliseconds"] + "+00:00").timestamp() * 1000 + 0.5))
            for r in records if "portRangeStart" in r]
    read(who, told, lambda blocks: of(blocks, "event", "internal", "external", "first", "last", "step", "ports", "pool", "pool_name", "seq", "user",
                       "vrf", "mask", "node", "ms"))
    others = [r for r in records if "natEvent" in r and "portRangeStart" not in r]
    mappings_of(who, {(r["sourceIPv4Address"], r["postNATSourceIPv4Address"], int(r["postNAPTSourceTransportPort"]))
                      for r in others if r["natEvent"] == "8"})
    notices_of(who, [int(r["natEvent"]) for r in others])


def mappings_of(who, told):
    """Every endpoint that the mirror was spoken to by is told as a mapping."""
    rows = list(csv.reader(open(f"{room}/mirror.csv")))[1:]
    seen = {(row[5], row[2], int(row[3])) for row in rows}
    assert len(seen) > 1000
    if seen - told:
        faults[who].append(f"{len(seen - told)} mappings of {len(seen)} were not told, such as {sorted(seen - told)[0]}")
    print(f"{who}: {len(told)} mappings")


def notices_of(who, events):
    notices = [e for e in events if e not in (4, 5, 8, 9)]
    if 13 not in notices or not set(notices) <= {3, 12, 13, 18}:
        faults[who].append(f"notices {notices}: the quota that was exceeded (13) is to be among them")
    print(f"{who}: notices {sorted(notices)}, {events.count(9)} mappings ended")


nfdump()
nfacctd("IPFIX", "events.json")
nfacctd("v9", "events-v9.json")
tshark("v9", "wire-v9")
tshark("IPFIX", "wire-ipfix")
ipfixdump()
truth = read_truth()
forged = [dict(b) for b in truth]
forged[50]["first"] += 1
for who, told, wanted in readings:
    if wrong := judge(who, told, wanted(truth)):
        faults[who].append(wrong)
    found = judge(who, told, wanted(forged))
    if not found:
        faults[who].append("the control: a record that was changed is not told from the true one")
    print(f"{who}: {len(told)} records, {len(wanted(truth)[0])} fields each; control: the change is {'found' if found else 'NOT found'}")
for who, wrong in faults.items():
    for fault in wrong[:5]:
        print(f"FAILED: {who}: {fault}")
sys.exit(1 if faults else 0)
