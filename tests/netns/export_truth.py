#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Port blocks that collectors must have been told of: export_truth.py LOG-DIRECTORY CUSTOMERS.csv

Read with SQLite from the record itself; whose an address is stands in the list that was imported. One line each, tabs between:
seq, natEvent, milliseconds, internal, external, first, last, pool, realm, user.
"""
import csv
import glob
import ipaddress
import os
import sqlite3
import sys

directory, customers = sys.argv[1:]
names = {}
if os.path.exists(customers):
    names = {row["subscriber"]: row["id"] for row in csv.DictReader(open(customers))}
for file in sorted(glob.glob(f"{directory}/*.cgnlog")):
    record = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    for seq, kind, ms, internal, length, external, first, last, pool, realm in record.execute(
            "SELECT seq, kind, wall_ms, subscriber, subscriber_length, external, first, last, pool, coalesce(realm, '') FROM events"
            " WHERE kind IN (16, 17) ORDER BY seq"):
        assert length == 32
        internal, external = str(ipaddress.IPv4Address(internal)), str(ipaddress.IPv4Address(external))
        print(seq, kind, ms, internal, external, first, last, pool, realm, names.get(internal, ""), sep="\t")
