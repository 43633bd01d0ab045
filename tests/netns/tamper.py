#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What a forger may do to a record: to a copy of one that a real daemon wrote, for `cgnctl log verify` to find.
#
#   tamper.py HOW LOG    does it, and prints FILE ROW: where (ROW 0: the file as a whole)
#   tamper.py located FILE ROW < the document of `log verify --json`    ends with 0 if a finding says so
#
# What        HOW is one of: flip (a byte of a sealed file), delete and swap (rows of a sealed file, rows of the live one with
#             -live), cut (the newest rows of the live one), rewrite (a sealed file's row changed and its whole chain made anew
#             by docs/chain.py, up to the header). What a forger does with files needs no program.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import hashlib, json, os, sqlite3, sys

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "docs"))

NEWEST = 40  # rows


def files_in(directory, sealed):
    names = sorted(name for name in os.listdir(directory) if name.endswith(".cgnlog"))
    return [os.path.join(directory, name) for name in names if name.endswith(".sealed.cgnlog") == sealed]


# The largest sealed file that is not the newest, or the file in use.
def victim(directory, live):
    return files_in(directory, False)[-1] if live else max(files_in(directory, True)[:-1], key=os.path.getsize)


def first_of(base, live):
    return 0 if live else base.execute("SELECT value FROM header WHERE key = 'first_seq'").fetchone()[0]


# A row in the middle whose next one is in the same table.
def middle(base, table):
    rows = base.execute(f"SELECT a.seq FROM {table} a JOIN {table} b ON b.seq = a.seq + 1 ORDER BY a.seq").fetchall()
    return rows[len(rows) // 2][0]


def flip(path):
    at = os.path.getsize(path) // 2 + 700
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    return 0


def delete(base, table, live):
    row = middle(base, table)
    base.execute(f"DELETE FROM {table} WHERE seq = ?", (row,))
    return first_of(base, live) + row


def swap(base, table, live):
    row = middle(base, table)
    for old, new in ((row, -1), (row + 1, row), (-1, row + 1)):
        base.execute(f"UPDATE {table} SET seq = ? WHERE seq = ?", (new, old))
    return first_of(base, live) + row


def cut(base):
    last = base.execute("SELECT max(seq) FROM events").fetchone()[0] - NEWEST
    base.execute("DELETE FROM events WHERE seq > ?", (last,))
    base.execute("DELETE FROM commits WHERE last_seq > ?", (last,))
    return last + 1


def rewrite(base):
    from chain import COLUMNS, bytes_of

    row = middle(base, "blocks")
    somebody = base.execute("SELECT id FROM subscribers WHERE id != (SELECT subscriber FROM blocks WHERE seq = ?)", (row,))
    base.execute("UPDATE blocks SET subscriber = ? WHERE seq = ?", (somebody.fetchone()[0], row))
    kept = {seq for seq, in base.execute("SELECT seq FROM links")}
    (link,) = base.execute("SELECT value FROM header WHERE key = 'previous_hash'").fetchone()
    links = []
    for values in base.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY seq"):
        link = hashlib.sha256(link + b"".join(map(bytes_of, COLUMNS, values))).digest()
        if values[0] in kept:
            links.append((link, values[0]))
    base.executemany("UPDATE links SET hash = ? WHERE seq = ?", links)
    base.execute("UPDATE header SET value = ? WHERE key = 'last_hash'", (link,))
    return 0


def tamper(how, directory):
    live = how.endswith("-live") or how == "cut"
    path = victim(directory, live)
    if how == "flip":
        return path, flip(path)
    base = sqlite3.connect(path, isolation_level=None)
    table = "events" if live else "blocks"
    change = {"delete": lambda: delete(base, table, live), "swap": lambda: swap(base, table, live),
              "cut": lambda: cut(base), "rewrite": lambda: rewrite(base)}
    row = change[how.removesuffix("-live")]()
    base.close()
    return path, row


def located(file, row):
    findings = json.load(sys.stdin)["findings"]
    for finding in findings:
        whole = row == 0 or finding["first_seq"] == 0
        if finding["file"] == file and (whole or finding["first_seq"] - 1 <= row <= finding["last_seq"]):
            print(f'{file}, rows {finding["first_seq"]}-{finding["last_seq"]}: {finding["what"]}')
            return
    sys.exit(f"not among {findings}")


if sys.argv[1] == "located":
    located(sys.argv[2], int(sys.argv[3]))
else:
    forged, row = tamper(sys.argv[1], sys.argv[2])
    print(os.path.basename(forged), row)
