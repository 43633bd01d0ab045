#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The answers to a capture, held against the payloads, and each stop against what was seen of the life before it.
#
#   crash_judge.py WORK BLOCK-SIZE
#
# What        Reads truth.csv (a row per packet), answers.csv (of `cgnctl lookup --batch`, in the same order), stops.csv, and the
#             rows `start` of WORK/log; prints one JSON document. A row is lost when the start after a stop has a number that
#             the daemon had said to be durable before. A block is new when no packet of it and its subscriber was seen before.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import collections, csv, datetime, json, os, sqlite3, sys

ONE_HOLDER, START = "ONE HOLDER", 3
COUNTED = {"AMBIGUOUS": "ambiguous", "NOBODY": "nobody", "NOT COVERED": "not_covered"}


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


def in_ms(text):
    whole = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round(whole.timestamp() * 1000)


def judge(truth, answers, into):
    shown = 0
    for packet, answer in zip(truth, answers):
        said = answer["answer"]
        right = answer["subscriber"].split("/")[0] == packet["internal_address"]
        if said == ONE_HOLDER and right:
            continue
        into[COUNTED.get(said, "wrong")] += 1
        if shown < 5:
            shown += 1
            print("FALSE:", dict(packet), dict(answer), file=sys.stderr)
    into["unanswered"] = max(0, len(truth) - len(answers))


# The numbers of the rows `start`. A file that cannot be read has lost them all.
def starts_in(path):
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [row[0] for row in base.execute("SELECT seq FROM events WHERE kind = ? ORDER BY seq", (START,))]
    except sqlite3.DatabaseError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return []
    finally:
        base.close()


# Rows that were said to be durable before a stop, and whose numbers the start after it gave anew.
def rows_lost(directory, stops):
    names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    starts = [seq for name in names if name.endswith(".cgnlog") for seq in starts_in(os.path.join(directory, name))]
    lost = 0
    for n, stop in enumerate(stops):
        last_before = starts[n + 1] - 1 if n + 1 < len(starts) else 0
        lost += max(0, int(stop["durable_row"]) - last_before)
    return lost


# How many at each stop, and how many blocks had several holders in all.
def new_blocks(truth, stops, size):
    seen, per_stop = set(), [0] * len(stops)
    for packet in sorted(truth, key=lambda p: p["time_first"]):
        block = (packet["external_address"], (int(packet["external_port"]) - 1024) // size, packet["internal_address"])
        if block in seen:
            continue
        seen.add(block)
        at = in_ms(packet["time_first"])
        for n, stop in enumerate(stops):
            if int(stop["ready_ms"]) <= at <= int(stop["stop_ms"]):
                per_stop[n] += 1
                break
    holders = collections.Counter(block[:2] for block in seen)
    return per_stop, sum(count > 1 for count in holders.values())


def main():
    work, size = sys.argv[1], int(sys.argv[2])
    truth, answers, stops = (read(os.path.join(work, name + ".csv")) for name in ("truth", "answers", "stops"))
    counts = {"stops": len(stops), "questions": len(truth), "wrong": 0, "ambiguous": 0, "nobody": 0, "not_covered": 0}
    judge(truth, answers, counts)
    counts["rows_lost"] = rows_lost(os.path.join(work, "log"), stops)
    per_stop, counts["blocks_had_by_several"] = new_blocks(truth, stops, size)
    counts["new_blocks"] = sum(per_stop)
    counts["stops_without_new_blocks"] = per_stop.count(0)
    print(json.dumps(counts))


main()
