#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Questions about a capture at the times that a wall clock showed, and the answers held against the payloads.
#
#   nights_judge.py ask WORK            > questions for `cgnctl lookup --batch`
#   nights_judge.py pick WORK           > ENDPOINT TIME SUBSCRIBER, a few of them, of the last event
#   nights_judge.py judge WORK [--copy DIRECTORY] [--exchange SEED]  > one JSON document about WORK/answers.csv
#
# What        Reads what really happened (nights_truth.py) and events.csv: what happened when, by the wall clock. It asks for
#             the packets nearest to each event, before and after it, and for some others; for each event, of a flow that was
#             seen within a second before and after it, a millisecond before, at, and a millisecond after; and of a port
#             that no pool lends.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import argparse, json, os, random, sqlite3, sys

from nights_truth import Wall, around, in_words, packets, read

# A packet or question is (wall ms, address, port, who): the subscriber, or None where nobody can be.
ADDRESS, NOBODYS_PORT = "203.0.113.0", "1023"
COUNTED = {"AMBIGUOUS": "ambiguous", "NOBODY": "nobody", "NOT COVERED": "not_covered"}
NEAR_MS = 1000   # the tolerance of a question
FAR_MS = 60_000  # no event is without a packet for so long
NEAREST, OTHERS = 120, 500  # packets: on each side of an event, and of all


def around_events(seen, events):
    for at in events:
        before, after = {}, {}
        for ms, *flow in seen:
            if at - NEAR_MS <= ms < at:
                before[tuple(flow)] = ms
            if at < ms <= at + NEAR_MS:
                after[tuple(flow)] = ms
        for address, port, who in sorted(before.keys() & after.keys()):
            for offset in (-1, 0, 1):
                yield at + offset, address, port, who
        for offset in (-1, 0, 1):
            yield at + offset, ADDRESS, NOBODYS_PORT, None


def questions(work):
    wall = Wall(work)
    seen = sorted((wall.of(real), *packet) for real, *packet in packets(work))
    events = [int(row["wall_ms"]) for row in read(os.path.join(work, "events.csv"))]
    events = [at for at in events if at < seen[-1][0] - NEAR_MS]
    return seen, around(seen, events, NEAREST, OTHERS) + list(around_events(seen, events)), events


def has_packets(seen, first, last):
    return any(first < row[0] < last for row in seen)


# Up to where a copy knows, by its rows: a sealed file up to the end of its day, a live one up to its newest row.
def copy_knows(directory):
    name = max(name for name in os.listdir(directory) if name.endswith(".cgnlog"))
    base = sqlite3.connect(f"file:{directory}/{name}?immutable=1", uri=True)
    return base.execute("SELECT max(wall_ms) FROM events").fetchone()[0]


def is_right(who, answer):
    if who is None:
        return answer["answer"] == "NOBODY"
    return answer["answer"] == "ONE HOLDER" and answer["subscriber"].split("/")[0] == who


# `until`: what the record can know; beyond it NOT COVERED is right, and before it is not.
def judge(asked, answers, until, counts):
    shown = 0
    for (ms, address, port, who), answer in zip(asked, answers):
        said = answer["answer"]
        beyond = said == "NOT COVERED" and ms > until - NEAR_MS
        if is_right(who, answer) and ms <= until + NEAR_MS:
            counts["right"] += 1
            continue
        counts[COUNTED.get(said, "wrong")] += 1
        if shown < 5 and not beyond:
            shown += 1
            print("FALSE:", in_words(ms), address, port, who, dict(answer), file=sys.stderr)
        if said == "NOT COVERED" and not beyond:
            counts["wrong"] += 1
    counts["unanswered"] = max(0, len(asked) - len(answers))


# One question's truth is another's.
def exchange(asked, seed):
    n = random.Random(seed).randrange(len(asked))
    ms, address, port, who = asked[n]
    others = {row[3] for row in asked if row[3] not in (None, who)}
    asked[n] = ms, address, port, min(others)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("what", choices=("ask", "pick", "judge"))
    options.add_argument("work")
    options.add_argument("--copy")
    options.add_argument("--exchange", type=int)
    options = options.parse_args()
    seen, asked, events = questions(options.work)
    if options.what == "ask":
        print("ip,port,proto,time")
        for ms, address, port, _ in asked:
            print(f"{address},{port},udp,{in_words(ms)}")
        return
    if options.what == "pick":
        for ms, address, port, who in [row for row in asked if row[3] is not None][-3:]:
            print(f"{address}:{port} {in_words(ms)} {who}")
        return
    if options.exchange is not None:
        exchange(asked, options.exchange)
    counts = dict.fromkeys(("right", "wrong", "ambiguous", "nobody", "not_covered"), 0)
    until = copy_knows(options.copy) if options.copy else seen[-1][0]
    judge(asked, read(os.path.join(options.work, "answers.csv")), until, counts)
    holders = {}
    for _, address, port, who in seen:
        holders.setdefault((address, int(port) // 64), set()).add(who)
    bare = [at for at in events if not has_packets(seen, at - FAR_MS, at) or not has_packets(seen, at, at + FAR_MS)]
    counts |= {"questions": len(asked), "packets": len(seen), "events": len(events),
               "events_without_packets": len(bare), "blocks_had_by_several": sum(len(who) > 1 for who in holders.values())}
    print(json.dumps(counts))


main()
