#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Questions about times that a wall clock showed once, twice or never, and the answers held against the payloads.
#
#   clocks_judge.py ask WORK         > questions for `cgnctl lookup --batch`
#   clocks_judge.py judge WORK       > one JSON document about WORK/answers.csv
#   clocks_judge.py fold WORK        > ENDPOINT LOCAL-TIME FIRST SECOND: an hour apart, a block had by two subscribers
#   clocks_judge.py steps LOG        > the steps of an hour and more that the record tells of, in hours
#   clocks_judge.py forget_steps LOG   takes them out of it (a copy, for the control)
#
# What        Reads what really happened (nights_truth.py) and dead.csv, when there was no daemon. Asks for the packets nearest to
#             each instant at which the clock was set, on either side, for some others, and, of flows seen on both sides of a
#             step forward, for times that the clock never showed. What came once and not within the tolerance of a step must be
#             ONE HOLDER; otherwise ONE HOLDER must be the right one, AMBIGUOUS must have it among its candidates, each must
#             say why, and NOBODY is wrong.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import collections, csv, json, os, sqlite3, sys

from nights_truth import Wall, around, in_words, packets, read

NEAREST, OTHERS, FLOWS = 120, 600, 6
SETTING_MS = 30      # so long before and after, who looks may see it set or not
LOOKING_MS = 500     # within so long a daemon has noticed
TOLERANCE_MS = 1000
HOUR_MS = 3_600_000
STEP = 7             # the row


class Showing:
    """The stretches of the wall clock, each as long as the record may believe it to have been."""

    def __init__(self, work):
        self.wall = Wall(work)
        self.dead = [(int(row["from_ms"]), int(row["to_ms"]), row["off"] == "yes") for row in read(os.path.join(work, "dead.csv"))]
        self.spans = []
        for n, since in enumerate(self.wall.since):
            self.spans.append((self.unseen(since)[0] + self.wall.ahead[n], self.end_of(n)))

    # When the daemon last looked before the clock was set at this instant, when it did next, and whether it was a reboot.
    def unseen(self, at):
        return next((d for d in self.dead if d[0] <= at <= d[1]), (at - LOOKING_MS, at + LOOKING_MS, False))

    # A clock of a machine that is off goes on until that is on again.
    def end_of(self, n):
        since, ahead = self.wall.since, self.wall.ahead
        if n + 1 == len(since):
            return since[n] + ahead[n] + 24 * HOUR_MS
        _, seen_again, off = self.unseen(since[n + 1])
        return seen_again + max(ahead[n], ahead[n + 1] if off else ahead[n])

    # "once", "twice", "never"; an edge is what may have been shown or not.
    def times(self, wall_ms):
        near = [s for s in self.spans if s[0] - TOLERANCE_MS <= wall_ms <= s[1] + TOLERANCE_MS]
        if len(near) > 1:
            return "twice"
        sure = near and near[0][0] + 2 * TOLERANCE_MS < wall_ms < near[0][1] - 2 * TOLERANCE_MS
        return "once" if sure else "never" if not near else "edge"


def around_settings(seen, wall):
    chosen = around(seen, wall.since, NEAREST, OTHERS)
    settings = [(at - SETTING_MS, at + took + SETTING_MS) for at, took in zip(wall.since, wall.took)]
    return [row for row in chosen if not any(begin <= row[0] <= end for begin, end in settings)]


# Of flows on both sides of a step forward, and of those seen last before it: times between what it showed before and after.
def skipped(seen, showing):
    wall = showing.wall
    for n in range(1, len(wall.since)):
        at, jump = wall.since[n], wall.ahead[n] - wall.ahead[n - 1]
        if jump <= 0 or jump > 2 * HOUR_MS:
            continue
        if showing.unseen(at)[2]:
            continue
        alive = min(at, showing.unseen(at)[0] + LOOKING_MS)
        before = {row[1:] for row in seen if at - 1500 < row[0] < at}
        after = {row[1:] for row in seen if at < row[0] < at + 1500}
        last = [row[1:] for row in seen if alive - 500 < row[0] < alive - SETTING_MS]
        for flow in sorted(before & after)[:FLOWS] + last[-FLOWS:]:
            for part in (0.001, 0.01, 0.5, 0.99, 0.999):
                yield at + wall.ahead[n - 1] + round(part * jump), *flow


def questions(work):
    showing, seen = Showing(work), packets(work)
    asked = [(showing.wall.of(real), *flow) for real, *flow in around_settings(seen, showing.wall)]
    asked += [row for row in skipped(seen, showing) if showing.times(row[0]) == "never"]
    return showing, asked


# "right", "wrong", or which honest answer it is.
def fate(who, answer):
    said, reason = answer["answer"], answer["reason"]
    candidates = [candidate.split("/")[0] for candidate in answer["subscriber"].split(" | ")]
    if said == "ONE HOLDER":
        return "right" if candidates == [who] else "wrong"
    if said == "AMBIGUOUS":
        return "ambiguous" if reason and who in candidates else "wrong"
    return "not_covered" if said == "NOT COVERED" and reason else "wrong"


def judge(work):
    showing, asked = questions(work)
    answers = read(os.path.join(work, "answers.csv"))
    names = ("questions", "right", "ambiguous", "not_covered", "wrong")
    counts = {times: dict.fromkeys(names, 0) for times in ("once", "twice", "never", "edge")}
    if len(answers) != len(asked):
        sys.exit(f"{len(asked)} questions, {len(answers)} answers")
    shown = collections.Counter()
    for (ms, address, port, who), answer in zip(asked, answers):
        times, how = showing.times(ms), fate(who, answer)
        counts[times]["questions"] += 1
        counts[times][how] += 1
        if (how == "wrong" or times == "once" and how != "right") and shown[times] < 4:
            shown[times] += 1
            print("FALSE:", times, in_words(ms), address, port, who, dict(answer), file=sys.stderr)
    print(json.dumps(counts))


# A packet of the first hour whose block another subscriber has exactly an hour later, by packets before and after.
def fold(work):
    wall = Wall(work)
    seen = [(wall.of(real), address, port, who) for real, address, port, who in packets(work)]
    blocks = collections.defaultdict(list)
    for ms, address, port, who in seen:
        blocks[address, int(port) // 64].append((ms, who))
    for ms, address, port, who in seen:
        later = [row for row in blocks[address, int(port) // 64] if abs(row[0] - ms - HOUR_MS) < 1500]
        others = {row[1] for row in later}
        both_sides = later and later[0][0] < ms + HOUR_MS < later[-1][0]
        if both_sides and len(others) == 1 and who not in others:
            local = in_words(ms + 2 * HOUR_MS)[:-1]  # by CEST
            print(f"{address}:{port} {local} {who} {others.pop()}")
            return
    sys.exit("no block was had by two subscribers an hour apart")


def files_in(directory):
    return [os.path.join(directory, name) for name in sorted(os.listdir(directory)) if name.endswith(".cgnlog")]


def steps(directory):
    rows = []
    for path in files_in(directory):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        rows += base.execute("SELECT seq, wall_ms - allocated_ms FROM events WHERE kind = ?", (STEP,)).fetchall()
    print(*(round(by / HOUR_MS) for _, by in sorted(rows)))


def forget_steps(directory):
    for path in files_in(directory):
        base = sqlite3.connect(path, isolation_level=None)
        table = "others" if path.endswith(".sealed.cgnlog") else "events"
        base.execute(f"DELETE FROM {table} WHERE kind = ?", (STEP,))
        base.close()


def ask(work):
    lines = csv.writer(sys.stdout)
    lines.writerow(("ip", "port", "proto", "time"))
    for ms, address, port, _ in questions(work)[1]:
        lines.writerow((address, port, "udp", in_words(ms)))


{"ask": ask, "judge": judge, "fold": fold, "steps": steps, "forget_steps": forget_steps}[sys.argv[1]](sys.argv[2])
