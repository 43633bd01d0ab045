#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes the hash chain of a log file of cgnd, from docs/log.md alone: with Python's own sqlite3, and nothing of cgnd.

usage: chain.py FILE.cgnlog...     prints the link of each file's last row; exit 1 at the first row that does not fit

The link of a file's last row must be the one that the next file begins with (previous_hash of its header), and the one in its
signature (docs/log.md says how openssl checks that).
"""
import hashlib
import sqlite3
import struct
import sys

COLUMNS = ("seq kind wall_ms boot_ms external first last subscriber subscriber_length realm pool allocated_ms detail").split()
TEXTS = {"realm", "pool", "detail"}


def bytes_of(column, value):
    if column not in TEXTS:
        return struct.pack(">q", value or 0)
    text = (value or "").encode()
    return struct.pack(">q", len(text)) + text


def check(path):
    sealed = path.endswith(".sealed.cgnlog")
    log = sqlite3.connect("file:%s?%s" % (path, "immutable=1" if sealed else "mode=ro"), uri=True)
    kept = dict(log.execute("SELECT seq, hash FROM links" if sealed else "SELECT last_seq, hash FROM commits"))
    (link,) = log.execute("SELECT value FROM header WHERE key = 'previous_hash'").fetchone()
    expected = None
    for row in log.execute("SELECT %s FROM events ORDER BY seq" % ", ".join(COLUMNS)):
        if expected not in (None, row[0]):
            sys.exit("%s: rows %d to %d are missing" % (path, expected, row[0] - 1))
        expected = row[0] + 1
        link = hashlib.sha256(link + b"".join(map(bytes_of, COLUMNS, row))).digest()
        if kept.get(row[0], link) != link:
            sys.exit("%s: a row between the kept link before and row %d is not as it was written" % (path, row[0]))
    print(link.hex(), "is the link of row", expected - 1, "of", path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        check(name)
